/* SPDX-License-Identifier: BSD-2-Clause */
/* Who hears what: spec: pfkey 2. */
#include "core/keysrv.h"

#include "core/pfkeyd_fix_test.h"

static struct key_conn *const asker = &conns[0], *const other = &conns[1],
			      *const third = &conns[2],
			      *const plain = &conns[4];

static void
make_promisc(struct key_conn *c)
{
	struct pfkey_msg m = base(PFKEY_X_PROMISC, 1);

	ask(c, &m);
	expect_answer(c, PFKEY_X_PROMISC, 0, 0);
	hush();
}

static void
broadcasts_success(void **state)
{
	struct sa_spec s = esp(0x1000, "10.0.0.2", "10.0.0.1");
	struct pfkey_msg m = about(PFKEY_ADD, &s, true);

	(void)state;
	ask(asker, &m);
	for (size_t i = 0; i < CONNS - 1; i++)
		expect_answer(&conns[i], PFKEY_ADD, 0, 0);
	assert_int_equal(plain->n, 0); /* R175, R181 */
	/* R158: as it was asked, without keys */
	assert_int_equal(
	    other->last.has, m.has & ~(BIT(KEY_AUTH) | BIT(KEY_ENCRYPT)));
	assert_int_equal(other->last.spi, 0x1000);
	assert_int_equal(other->last.seq, 3);
	assert_int_equal(other->last.pid, 42);
}

static void
tells_errors_to_the_asker(void **state)
{
	struct pfkey_msg m = base(PFKEY_DELETE, SATYPE_ESP);

	(void)state;
	expect_refusal(&m, EINVAL, PFKEY_DIAG_MISSING_SA);
	make_promisc(third);
	ask(asker, &m);
	expect_answer(asker, PFKEY_DELETE, EINVAL, PFKEY_DIAG_MISSING_SA);
	expect_answer(third, PFKEY_DELETE, EINVAL, PFKEY_DIAG_MISSING_SA);
	assert_int_equal(other->n, 0);
}

/* An answer that stops behind the keys, since something cannot be written. */
static void
leaves_nothing_of_what_it_cannot_say(void **state)
{
	struct sa_spec s = esp(0x1000, "10.0.0.2", "10.0.0.1");
	struct pfkey_msg m = about(PFKEY_GET, &s, true);
	static const uint8_t zero[PFKEY_MAX];

	(void)state;
	m.has |= UINT64_C(1) << 63; /* no extension has that number */
	assert_false(keysrv_reply(asker->s, &m));
	assert_int_equal(asker->n, 0);
	assert_memory_equal(srv->form[0].b, zero, sizeof(zero));
}

/* R159: a promiscuous listener sees GETs and DUMPs of others, but no key. */
static void
gives_keys_to_the_asker_alone(void **state)
{
	struct sa_spec s = esp(0x1000, "10.0.0.2", "10.0.0.1");
	struct pfkey_msg m = about(PFKEY_GET, &s, false);
	const uint64_t keys = BIT(KEY_AUTH) | BIT(KEY_ENCRYPT);
	static const uint8_t zero[PFKEY_MAX];

	(void)state;
	(void)must_add(&f, &s);
	make_promisc(third);
	m.has = BIT(SA) | BIT(ADDRESS_SRC) | BIT(ADDRESS_DST);
	ask(asker, &m);
	expect_answer(asker, PFKEY_GET, 0, 0);
	assert_int_equal(asker->last.has & keys, keys);
	assert_memory_equal(asker->last.akey.b, s.akey.b, 32);
	expect_answer(third, PFKEY_GET, 0, 0);
	assert_int_equal(third->last.has, asker->last.has & ~keys);
	assert_int_equal(other->n, 0);
	/* nothing stays behind in the server */
	assert_memory_equal(srv->form[0].b, zero, 64);
	hush();
	m = base(PFKEY_DUMP, SATYPE_ESP);
	ask(asker, &m);
	assert_int_equal(asker->n, 2);
	assert_int_equal(third->n, 2);
	hush();
	/* a promiscuous asker hears its own answer once, with keys */
	m = about(PFKEY_GET, &s, false);
	m.has = BIT(SA) | BIT(ADDRESS_DST);
	ask(third, &m);
	expect_answer(third, PFKEY_GET, 0, 0);
	assert_int_equal(third->last.has & keys, keys);
}

static void
hears_once_when_promiscuous(void **state)
{
	struct pfkey_msg m = base(PFKEY_FLUSH, 0);

	(void)state;
	make_promisc(third);
	make_promisc(asker);
	ask(asker, &m);
	expect_answer(asker, PFKEY_FLUSH, 0, 0);
	expect_answer(third, PFKEY_FLUSH, 0, 0);
	/* off again */
	hush();
	m = base(PFKEY_X_PROMISC, 0);
	ask(third, &m);
	hush();
	m = base(PFKEY_DUMP, 0);
	ask(asker, &m);
	assert_int_equal(third->n, 0);
}

/* R182: a slow listener loses its own messages only. */
static void
does_not_wait_for_the_slow(void **state)
{
	struct pfkey_msg m = base(PFKEY_FLUSH, 0);

	(void)state;
	other->full = true;
	ask(asker, &m);
	assert_int_equal(other->n, 0);
	expect_answer(asker, PFKEY_FLUSH, 0, 0);
	expect_answer(third, PFKEY_FLUSH, 0, 0);
	/* not even the asker holds up the others */
	hush();
	asker->full = true;
	ask(asker, &m);
	expect_answer(third, PFKEY_FLUSH, 0, 0);
}

#define T(name) \
	cmocka_unit_test_setup_teardown(name, server_setup, server_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(broadcasts_success),
		T(tells_errors_to_the_asker),
		T(leaves_nothing_of_what_it_cannot_say),
		T(gives_keys_to_the_asker_alone),
		T(hears_once_when_promiscuous),
		T(does_not_wait_for_the_slow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
