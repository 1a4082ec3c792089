/* SPDX-License-Identifier: BSD-2-Clause */
/* Clocks that jump, and random numbers that repeat or cannot be had. */
#include <errno.h>

#include "core/sadb_fix_test.h"

#define ME   "10.0.0.1"
#define PEER "10.0.0.2"
#define YEAR INT64_C(31556952) /* s */

static struct fix f;
static struct rng rng;

static int
setup(void **state)
{
	(void)state;
	fix_new(&f, &rng);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	fix_free(&f);
	return 0;
}

/* s seconds later, with the wall clock wherever somebody has set it. */
static struct now
at_wall(uint64_t s, int64_t wall)
{
	struct now n = at(s);

	n.wall = wall > 0 ? (uint64_t)wall : 0;
	return n;
}

/* The time of day is shown and decides nothing. */
static void
test_wall_clock(void **state)
{
	static const int64_t walls[] = { 0, 1, 1700000000 - 10 * YEAR,
		1700000000 + 10 * YEAR, 1700000000 - 3600, INT64_MAX };
	struct sa_spec s = esp(0x1000, ME, PEER);
	struct sa *sa;

	(void)state;
	s.soft.addtime = 100; /* too short for jitter */
	s.hard.addtime = 200;
	sa = must_add(&f, &s);
	for (uint64_t i = 0; i < 100; i++)
		sadb_age(f.d, 0, at_wall(i, walls[i % 6]));
	assert_int_equal(f.n_expired, 0);
	assert_int_equal(sa->state, SA_MATURE);
	for (uint64_t i = 100; i < 200; i++)
		sadb_age(f.d, 0, at_wall(i, walls[i % 6]));
	assert_int_equal(f.n_expired, 1);
	assert_int_equal(f.expired[0].which, PFKEY_EXT_LIFETIME_SOFT);
	assert_int_equal(sa->state, SA_DYING);
	sadb_age(f.d, 0, at_wall(200, walls[0]));
	assert_int_equal(f.n_expired, 2);
	assert_int_equal(f.expired[1].which, PFKEY_EXT_LIFETIME_HARD);
}

/* First use and idleness as well; and a larval SA is over when it is. */
static void
test_wall_clock_of_use(void **state)
{
	struct sa_spec s = esp(0x1000, ME, PEER);
	struct addr src = addr(PEER), dst = addr(ME);
	struct sa *sa, *larval;
	uint16_t diag;

	(void)state;
	s.hard.usetime = 50;
	s.idle.addtime = 20;
	sa = must_add(&f, &s);
	assert_int_equal(sa_account(sa, 100, at_wall(10, 0)), SA_OK);
	assert_int_equal(sadb_getspi(f.d, SATYPE_ESP, &src, &dst, 256, 65535,
			     at_wall(10, 1), &diag, &larval),
	    0);
	for (uint64_t i = 10; i < 30; i++)
		sadb_age(f.d, 0, at_wall(i, (int64_t)i * YEAR));
	assert_int_equal(f.n_expired, 0);
	sadb_age(f.d, 0, at_wall(30, 0));
	assert_int_equal(f.n_expired, 1);
	assert_int_equal(f.expired[0].which, PFKEY_EXT_LIFETIME_IDLE);
	sadb_age(f.d, 0, at_wall(59, INT64_MAX));
	assert_int_equal(f.n_expired, 1);
	sadb_age(f.d, 0, at_wall(60, 0));
	assert_int_equal(f.n_expired, 2);
	assert_int_equal(f.expired[1].which, PFKEY_EXT_LIFETIME_HARD);
	sadb_age(f.d, 0, at_wall(99, INT64_MAX));
	assert_int_equal(sadb_count(f.d, 0), 1); /* the larval one */
	sadb_age(f.d, 0, at_wall(100, 0));
	assert_int_equal(sadb_count(f.d, 0), 0);
}

/* Limits beyond any clock never come, whatever is added to them. */
static void
test_far_limits(void **state)
{
	static const uint64_t far[] = { UINT64_MAX, UINT64_MAX / 1000,
		UINT64_MAX / 1000 + 1, UINT64_C(1) << 63 };
	struct now late = { .mono = UINT64_MAX / 2, .wall = UINT64_MAX };

	(void)state;
	for (uint32_t i = 0; i < 4; i++) {
		struct sa_spec s = esp(0x1000 + i, ME, PEER);

		s.hard.addtime = s.hard.usetime = far[i];
		s.hard.bytes = UINT64_MAX;
		s.hard.allocs = UINT32_MAX;
		assert_int_equal(sa_account(must_add(&f, &s), 1500, t0), SA_OK);
	}
	sadb_age(f.d, 0, late);
	assert_int_equal(f.n_expired, 0);
	assert_int_equal(sadb_count(f.d, 0), 4);
}

static bool
same_again(void *ctx, uint8_t *p, size_t n)
{
	(void)ctx;
	memset(p, 0x5a, n);
	return true;
}

static bool
nothing(void *ctx, uint8_t *p, size_t n)
{
	(void)ctx;
	(void)p;
	(void)n;
	return false;
}

/* The same random number always: another SPI each time, none taken away. */
static void
test_same_random(void **state)
{
	struct addr src = addr(PEER), dst = addr(ME);
	struct sa *sa[64];
	struct sa_spec s;
	uint16_t diag;

	(void)state;
	rng.fill = same_again;
	for (int i = 0; i < 64; i++) {
		assert_int_equal(sadb_getspi(f.d, SATYPE_ESP, &src, &dst, 256,
				     UINT32_MAX, t0, &diag, &sa[i]),
		    0);
		assert_true(sa[i]->spi >= 256);
		for (int k = 0; k < i; k++)
			assert_int_not_equal(sa[i]->spi, sa[k]->spi);
	}
	assert_int_equal(sadb_count(f.d, SATYPE_ESP), 64);
	/* an SA of that number is not written over, nor a number given twice */
	s = esp(sa[0]->spi + 64, PEER, ME);
	sa[1] = must_add(&f, &s);
	assert_int_equal(sadb_add(f.d, &s, t0, &diag, &sa[2]), EEXIST);
	assert_ptr_equal(sadb_find(f.d, &s), sa[1]);
	assert_int_equal(sadb_getspi(f.d, SATYPE_ESP, &src, &dst, s.spi, s.spi,
			     t0, &diag, &sa[3]),
	    EEXIST);
	assert_null(sa[3]);
	assert_int_equal(sadb_count(f.d, SATYPE_ESP), 65);
}

/* The end of the range is followed by its beginning, not by what is behind. */
static void
test_around_the_end(void **state)
{
	struct addr src = addr(PEER), dst = addr(ME);
	uint16_t diag;
	struct sa *sa;

	(void)state;
	rng.fill = same_again;
	for (int i = 0; i < 16; i++) {
		assert_int_equal(
		    sadb_getspi(f.d, SATYPE_ESP, &src, &dst, UINT32_MAX - 15,
			UINT32_MAX, t0, &diag, &sa),
		    0);
		assert_true(sa->spi >= UINT32_MAX - 15);
	}
	assert_int_equal(sadb_getspi(f.d, SATYPE_ESP, &src, &dst,
			     UINT32_MAX - 15, UINT32_MAX, t0, &diag, &sa),
	    EEXIST);
}

/* Without random numbers: no SPI, no SA that needs one for its IV. */
static void
test_no_random(void **state)
{
	struct addr src = addr(PEER), dst = addr(ME);
	struct sa_spec s = esp(0x1000, ME, PEER);
	struct sa *sa;
	uint16_t diag;

	(void)state;
	rng.fill = nothing;
	assert_int_not_equal(sadb_getspi(f.d, SATYPE_ESP, &src, &dst, 256,
				 UINT32_MAX, t0, &diag, &sa),
	    0);
	assert_null(sa);
	s.auth = AALG_NONE;
	s.akey.bits = 0;
	s.encr = EALG_AES_GCM_16;
	s.ekey.bits = 160;
	assert_int_not_equal(sadb_add(f.d, &s, t0, &diag, &sa), 0);
	assert_null(sa);
	assert_int_equal(sadb_count(f.d, 0), 0);
}

/*
 * In parts, while SAs come and go in between: each SA that was there is looked at
 * once, and no part is longer than asked for.
 */
static void
test_in_parts(void **state)
{
	enum { SAS = 40, PART = 7 };
	struct sadb_walk w;
	struct sa_spec s;
	uint16_t diag;
	unsigned parts = 1;

	(void)state;
	for (uint32_t i = 0; i < SAS; i++) {
		s = esp(0x1000 + i, ME, PEER);
		s.hard.addtime = i % 2 == 0 ? 10 : 1000;
		(void)must_add(&f, &s);
	}
	sadb_walk_begin(f.d, &w, SATYPE_ESP);
	while (sadb_age_some(f.d, &w, PART, at(20))) {
		assert_true(f.n_expired <= (parts * PART + 1) / 2);
		/* one that is over: behind the walk. One that is next is gone */
		s = esp(0x2000 + parts, ME, PEER);
		s.hard.addtime = 1;
		(void)must_add(&f, &s);
		if (parts == 2) {
			s = esp(0x1000 + 2 * PART, ME, PEER);
			assert_int_equal(sadb_delete(f.d, &s, false, &diag), 0);
		}
		parts++;
	}
	sadb_walk_end(&w);
	assert_int_equal(parts, SAS / PART + 1);
	assert_int_equal(f.n_expired, SAS / 2 - 1);
	for (uint32_t i = 0; i < f.n_expired; i++)
		assert_int_equal(
		    f.expired[i].spi, 0x1000 + 2 * (i < PART ? i : i + 1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_wall_clock, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_wall_clock_of_use, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_far_limits, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_same_random, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_around_the_end, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_no_random, setup, teardown),
		cmocka_unit_test_setup_teardown(test_in_parts, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
