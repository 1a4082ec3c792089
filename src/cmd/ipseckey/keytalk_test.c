/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/ipseckey/keytalk.h"

#include "base/test.h"

#include "cmd/ipseckey/keyfake.h"

static struct keytalk k;
static struct pfkey_msg q, a;

static enum keytalk_end
ask(uint8_t type, uint32_t spi)
{
	q = (struct pfkey_msg){ .type = type,
		.satype = SATYPE_ESP,
		.has = UINT64_C(1) << PFKEY_EXT_SA,
		.spi = spi };
	return keytalk_ask(&k, &q, &a);
}

static void
test_answers(void **state)
{
	(void)state;
	keytalk_init(&k);
	assert_int_equal(ask(PFKEY_ADD, FAKE_GOOD), KEYTALK_OK);
	assert_int_equal(a.type, PFKEY_ADD);
	assert_int_equal(ask(PFKEY_ADD, FAKE_EXISTS), KEYTALK_REFUSED);
	assert_int_equal(k.errnum, EEXIST);
	assert_int_equal(ask(PFKEY_ADD, FAKE_BADKEY), KEYTALK_REFUSED);
	assert_int_equal(k.errnum, EINVAL);
	assert_int_equal(k.diag, PFKEY_DIAG_BAD_AKEYBITS);
	assert_int_equal(ask(PFKEY_GET, 9), KEYTALK_OK);
	assert_int_equal(a.spi, 9);
	assert_int_equal(a.ekey.bits, 128);
	assert_int_equal(ask(PFKEY_ADD, FAKE_GARBAGE), KEYTALK_GARBAGE);
	assert_int_equal(ask(PFKEY_ADD, FAKE_GOOD), KEYTALK_OK);
	keytalk_fini(&k);
}

static void
test_silence(void **state)
{
	(void)state;
	keytalk_init(&k);
	assert_int_equal(k.timeout_ms, 10000);
	k.timeout_ms = 30;
	assert_int_equal(ask(PFKEY_ADD, FAKE_SILENT), KEYTALK_TIMED_OUT);
	assert_int_equal(ask(PFKEY_ADD, FAKE_GOOD), KEYTALK_OK);
	keytalk_fini(&k);
}

static void
test_hangup(void **state)
{
	(void)state;
	keytalk_init(&k);
	assert_int_equal(ask(PFKEY_ADD, FAKE_HANGUP), KEYTALK_LINK);
	assert_int_equal(k.to.fault, LINK_CLOSED);
	assert_false(k.open);
	/* and it connects again */
	assert_int_equal(ask(PFKEY_ADD, FAKE_GOOD), KEYTALK_OK);
	keytalk_fini(&k);
}

static void
count(void *ctx, const struct pfkey_msg *m, size_t n)
{
	unsigned *sum = ctx;

	assert_true(n > PFKEY_HEADER);
	*sum += m->spi;
}

static void
test_dump(void **state)
{
	unsigned sum = 0;

	(void)state;
	keytalk_init(&k);
	assert_int_equal(keytalk_dump(&k, 0, count, &sum), KEYTALK_OK);
	assert_int_equal(sum, 0x100 + 0x101 + 0x102);
	keytalk_fini(&k);
}

/* Nothing of a question stays in memory behind its answer. */
static void
test_wiped(void **state)
{
	static const uint8_t mark[] = "SIXTEENBYTESOFKY";
	struct sa_spec s = { .satype = SATYPE_ESP,
		.spi = FAKE_GOOD,
		.dst = { .fam = FAM_V4, .b = { 1, 2, 3, 4 } } };

	(void)state;
	keytalk_init(&k);
	assert_true(secret_set(&s.ekey, mark, 128));
	q = (struct pfkey_msg){ .type = PFKEY_ADD };
	pfkey_from_spec(&q, &s, true);
	assert_int_equal(keytalk_ask(&k, &q, &a), KEYTALK_OK);
	assert_null(memmem(k.buf, sizeof(k.buf), mark, 16));
	assert_int_equal(ask(PFKEY_GET, 9), KEYTALK_OK);
	assert_non_null(memmem(k.buf, sizeof(k.buf), "\xab\xcd", 2));
	keytalk_fini(&k);
	assert_null(memmem(k.buf, sizeof(k.buf), "\xab\xcd", 2));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_hangup),
		cmocka_unit_test(test_dump),
		cmocka_unit_test(test_wiped),
	};
	return cmocka_run_group_tests(tests, fake_start, fake_stop);
}
