/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/ipseckey/keysave.h"

#include "base/test.h"

#define DIRS (SAF_INBOUND | SAF_OUTBOUND)

static struct addr
addr(const char *text)
{
	struct addr a;

	assert_true(addr_read(&a, text));
	return a;
}

static struct sa_spec
sa(uint32_t spi, const char *src, const char *dst, uint32_t flags)
{
	return (struct sa_spec){ .satype = SATYPE_ESP,
		.spi = spi,
		.src = addr(src),
		.dst = addr(dst),
		.flags = flags };
}

/* The flags that are left: what has to be said. */
static void
says_what_addresses_do_not(void **state)
{
	const struct addr own[] = { addr("10.0.0.1"), addr("2001:db8::1") };
	const struct {
		const char *src, *dst;
		uint32_t is, said;
	} row[] = {
		{ "10.0.0.2", "10.0.0.1", SAF_INBOUND, 0 },
		{ "10.0.0.1", "10.0.0.2", SAF_OUTBOUND, 0 },
		{ "10.0.0.2", "10.0.0.1", SAF_OUTBOUND, SAF_OUTBOUND },
		{ "10.0.0.1", "10.0.0.2", SAF_INBOUND, SAF_INBOUND },
		{ "0.0.0.0", "10.0.0.2", DIRS, 0 },
		{ "0.0.0.0", "10.0.0.2", SAF_OUTBOUND, SAF_OUTBOUND },
		{ "10.0.0.1", "224.0.0.9", DIRS, 0 },
		{ "10.0.0.1", "255.255.255.255", DIRS, 0 },
		{ "127.0.0.1", "127.0.0.9", SAF_INBOUND, 0 },
		{ "2001:db8::2", "2001:db8::1", SAF_INBOUND, 0 },
		{ "2001:db8::1", "ff02::1", DIRS, 0 },
	};
	struct keysave k;

	(void)state;
	keysave_init(&k, own, 2);
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct sa_spec s =
		    sa(1, row[i].src, row[i].dst, row[i].is | SAF_ESN);

		keysave_fit(&k, &s);
		assert_int_equal(s.flags, row[i].said | SAF_ESN);
	}
	/* any of several destinations */
	struct sa_more more = { .n_dst = 1, .dst = { addr("2001:db8::1") } };
	struct sa_spec s = sa(1, "10.0.0.2", "10.0.0.9", SAF_INBOUND);
	s.more = &more;
	keysave_fit(&k, &s);
	assert_int_equal(s.flags, 0);
	keysave_fini(&k);
}

/* The second of a pair says so; many pairs, in any order. */
static void
pairs_the_second(void **state)
{
	struct keysave k;
	struct sa_spec s;

	(void)state;
	keysave_init(&k, NULL, 0);
	for (uint32_t i = 1; i <= 100; i++) {
		s = sa(i, "10.0.0.1", "10.0.0.2", SAF_PAIRED);
		s.pair_spi = 1000 + i;
		keysave_fit(&k, &s);
		assert_int_equal(s.pair_spi, 0);
		assert_int_equal(s.flags & SAF_PAIRED, 0);
	}
	for (uint32_t i = 100; i >= 1; i--) {
		s = sa(1000 + i, "10.0.0.2", "10.0.0.1", SAF_PAIRED);
		s.pair_spi = i;
		keysave_fit(&k, &s);
		assert_int_equal(s.pair_spi, i);
		assert_int_not_equal(s.flags & SAF_PAIRED, 0);
	}
	assert_int_equal(k.n_alone, 0);
	/* another address, another type: not the partner */
	s = sa(1, "10.0.0.1", "10.0.0.2", SAF_PAIRED);
	s.pair_spi = 2;
	keysave_fit(&k, &s);
	s = sa(2, "10.0.0.3", "10.0.0.1", SAF_PAIRED);
	s.pair_spi = 1;
	keysave_fit(&k, &s);
	assert_int_equal(s.pair_spi, 0);
	s = sa(2, "10.0.0.2", "10.0.0.1", SAF_PAIRED);
	s.satype = SATYPE_AH;
	s.pair_spi = 1;
	keysave_fit(&k, &s);
	assert_int_equal(s.pair_spi, 0);
	keysave_fini(&k);
}

static void
knows_this_host(void **state)
{
	struct keysave k;
	struct sa_spec s = sa(1, "10.0.0.2", "127.0.0.1", SAF_INBOUND);

	(void)state;
	keysave_here(&k);
	keysave_fit(&k, &s);
	assert_int_equal(s.flags, 0);
	keysave_fini(&k);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_addresses_do_not),
		cmocka_unit_test(pairs_the_second),
		cmocka_unit_test(knows_this_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
