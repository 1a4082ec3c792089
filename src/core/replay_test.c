/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/replay.h"

#include <stdlib.h>

#include "base/test.h"

/* xorshift64*: the same walk every time */
static uint64_t
rnd(uint64_t *s)
{
	*s ^= *s >> 12;
	*s ^= *s << 25;
	*s ^= *s >> 27;
	return *s * UINT64_C(2685821657736338717);
}

/*
 * The naive window: every number that was accepted within the last few, in a
 * list, and the definition of RFC 4303 3.4.3 word by word.
 */
enum { SEEN = 1 << 17 };

struct naive {
	uint32_t w;
	bool esn;
	uint64_t top;
	uint64_t seen[SEEN]; /* by number modulo SEEN */
};

static bool
naive_fresh(const struct naive *m, uint64_t seq)
{
	if (seq == 0)
		return false;
	if (seq > m->top)
		return true;
	return m->top - seq < m->w && m->seen[seq % SEEN] != seq;
}

/* The number with this low half that is in the window or right of it, nearest. */
static bool
naive_guess(const struct naive *m, uint32_t low, uint64_t *seq)
{
	uint64_t hi = m->top >> 32;

	for (int d = -1; d <= 1; d++) {
		/* in the window, but before the first number: no number */
		if (d < 0 && hi == 0) {
			if (m->top + (UINT64_C(1) << 32) - low < m->w)
				return false;
			continue;
		}

		uint64_t n = (hi + (uint64_t)(int64_t)d) << 32 | low;

		/* the least that is not left of the window */
		if (n > m->top || m->top - n < m->w) {
			*seq = n;
			return true;
		}
	}
	return false;
}

static bool
naive_check(const struct naive *m, uint32_t low, uint64_t *seq)
{
	*seq = low;
	if (m->esn && !naive_guess(m, low, seq))
		return false;
	return naive_fresh(m, *seq);
}

static void
naive_commit(struct naive *m, uint64_t seq)
{
	m->seen[seq % SEEN] = seq;
	if (seq > m->top)
		m->top = seq;
}

static uint64_t
next_step(uint64_t *s, uint64_t top, uint32_t w)
{
	uint64_t r = rnd(s), back = rnd(s) % (2 * (uint64_t)w + 2);

	switch (r % 8) {
	case 0: /* far ahead */
		return top + rnd(s) % (3 * (uint64_t)w);
	case 1:
	case 2: /* somewhere behind, maybe too far */
		return top > back ? top - back : back;
	case 3: /* at the edge */
		return top + 1 - w + r % 3;
	case 4:
		return r % 64 == 4 ? rnd(s) : top;
	default:
		return top + 1;
	}
}

static void
walk(uint32_t w, bool esn, uint64_t start, unsigned steps)
{
	static struct naive m;
	void *mem = malloc(replay_room(w));
	struct replay r;
	uint64_t seed = w * 77 + start + 1;

	assert_non_null(mem);
	memset(&m, 0, sizeof(m));
	m.w = w;
	m.esn = esn;
	m.top = start;
	m.seen[start % SEEN] = start;
	replay_init(&r, w, esn, start, mem);
	for (unsigned i = 0; i < steps; i++) {
		uint64_t sent = next_step(&seed, m.top, w), a = 0, b = 0;
		bool want = naive_check(&m, (uint32_t)sent, &a);
		struct replay was = r;

		bool got = replay_check(&r, (uint32_t)sent, &b);

		if (got != want)
			print_error("w %u esn %d top %llx sent %llx\n", w, esn,
			    (unsigned long long)m.top,
			    (unsigned long long)sent);
		assert_int_equal(got, want);
		/* a check changes nothing */
		assert_memory_equal(&was, &r, sizeof(r));
		if (!want)
			continue;
		assert_true(a == b);
		if (i % 5 == 0) /* as if the ICV had failed */
			continue;
		assert_true(replay_commit(&r, b));
		naive_commit(&m, a);
		assert_true(r.top == m.top);
		assert_false(replay_commit(&r, b));
	}
	free(mem);
}

static void
test_against_naive(void **state)
{
	static const uint32_t sizes[] = { 32, 64, 96, 128, 160, 1024, 65536 };
	static const uint64_t starts[] = { 0, 100, UINT32_MAX - 40,
		UINT64_C(1) << 32, (UINT64_C(7) << 32) - 3,
		(UINT64_C(7) << 32) + 70000, UINT64_C(0x123456789abcdef) };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		walk(sizes[i], false, 0, 20000);
		walk(sizes[i], false, UINT32_MAX - 30000, 20000);
		for (size_t k = 0; k < sizeof(starts) / sizeof(starts[0]); k++)
			walk(sizes[i], true, starts[k], 10000);
	}
}

static void
test_sizes(void **state)
{
	uint64_t mem[8];
	struct replay r;

	(void)state;
	assert_int_equal(replay_room(0), 0);
	assert_int_equal(replay_room(REPLAY_MAX), replay_room(UINT32_MAX));
	assert_true(replay_room(64) <= sizeof(mem));
	replay_init(&r, 33, false, 0, mem);
	assert_int_equal(r.size, 64);
	replay_init(&r, 64, false, 0, NULL); /* all inside */
	assert_int_equal(r.size, 64);
	replay_init(&r, 65, false, 0, NULL);
	assert_int_equal(r.size, 0);
}

static void
test_off(void **state)
{
	struct replay r;
	uint64_t seq;

	(void)state;
	replay_init(&r, 0, false, 0, NULL);
	assert_true(replay_check(&r, 0, &seq)); /* a sender that wrapped */
	assert_true(replay_check(&r, 5, &seq) && replay_commit(&r, seq));
	assert_true(replay_check(&r, 5, &seq) && replay_commit(&r, seq));
	assert_true(replay_check(&r, UINT32_MAX, &seq) && seq == UINT32_MAX);

	/* extended numbers have to be guessed all the same */
	replay_init(&r, 0, true, (UINT64_C(3) << 32) + 10, NULL);
	assert_true(replay_check(&r, 9, &seq));
	assert_true(seq == (UINT64_C(3) << 32) + 9);
	assert_true(replay_check(&r, UINT32_MAX, &seq));
	assert_true(seq == (UINT64_C(3) << 32) - 1);
	assert_true(replay_commit(&r, (UINT64_C(3) << 32) + UINT32_MAX));
	assert_true(replay_check(&r, 0, &seq) && seq == UINT64_C(4) << 32);
}

/* RFC 4303 A2.2: where case A meets case B, the window begins with a subspace */
static void
test_edge_of_subspace(void **state)
{
	static const uint32_t sizes[] = { 32, 64, 96, 1024, 65536 };
	static uint64_t mem[2048];

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		for (uint64_t high = 0; high < 3; high++) {
			uint32_t w = sizes[i];
			uint64_t begin = high << 32, top = begin + w - 1, seq;
			struct replay r;

			assert_true(replay_room(w) <= sizeof(mem));
			replay_init(&r, w, true, top, mem);
			/* in it, on its right, and far on its right */
			assert_true(
			    replay_check(&r, 1, &seq) && seq == begin + 1);
			assert_true(
			    replay_check(&r, w, &seq) && seq == begin + w);
			assert_true(replay_check(&r, UINT32_MAX, &seq) &&
				    seq == begin + UINT32_MAX);
			/* one back: the last number of the subspace before */
			replay_init(&r, w, true, top - 1, mem);
			assert_int_equal(
			    replay_check(&r, UINT32_MAX, &seq), high != 0);
			if (high != 0)
				assert_true(seq == begin - 1);
			assert_true(replay_check(&r, UINT32_MAX - 1, &seq) &&
				    seq == begin + UINT32_MAX - 1);
		}
}

static void
test_end_of_numbers(void **state)
{
	uint64_t mem[8], seq;
	struct replay r;

	(void)state;
	replay_init(&r, 64, true, UINT64_MAX - 1, mem);
	assert_true(replay_check(&r, UINT32_MAX, &seq) && seq == UINT64_MAX);
	assert_true(replay_commit(&r, seq));
	assert_false(replay_check(&r, 0, &seq)); /* 2^64 */
	assert_false(replay_check(&r, UINT32_MAX, &seq));

	/* nothing stands before the first number */
	replay_init(&r, 64, true, 0, mem);
	assert_false(replay_check(&r, UINT32_MAX, &seq));
	assert_false(replay_check(&r, 0, &seq));
	assert_true(replay_check(&r, 1, &seq) && seq == 1);

	/* nor within the window of a later one */
	replay_init(&r, 64, false, 5, mem);
	assert_false(replay_check(&r, 0, &seq));
	assert_true(replay_check(&r, 1, &seq));
	replay_init(&r, 64, true, 5, mem);
	assert_false(replay_check(&r, 0, &seq));
	replay_init(&r, 0, true, 5, NULL);
	assert_false(replay_check(&r, 0, &seq));

	/* RFC 4304 2: low half 0 is legal further on */
	replay_init(&r, 64, true, UINT32_MAX, mem);
	assert_true(replay_check(&r, 0, &seq) && seq == UINT64_C(1) << 32);

	replay_init(&r, 64, false, UINT32_MAX, mem);
	assert_false(replay_check(&r, UINT32_MAX, &seq));
	assert_true(replay_check(&r, UINT32_MAX - 1, &seq));
	assert_false(replay_check(&r, 1, &seq));
}

/* Numbers in a row at once are as one by one. */
static void
runs(void **state)
{
	static const uint32_t sizes[] = { 32, 64, 96, 1024 };
	static uint64_t mem[2][64];
	uint64_t seq = 0, ours;
	struct replay a, b;

	(void)state;
	for (size_t i = 0; i < 4; i++)
		for (int esn = 0; esn < 2; esn++) {
			uint64_t top = esn ? UINT32_MAX - 700u : 0;

			replay_init(&a, sizes[i], esn, top, mem[0]);
			replay_init(&b, sizes[i], esn, top, mem[1]);
			for (uint32_t n = 1; n < 200; n = n * 3 / 2 + 1) {
				uint64_t first = a.top + 1 + n % 70;

				if (replay_is_ahead(
					&a, (uint32_t)first, &ours)) {
					assert_int_equal(ours, first);
					assert_true(replay_check(
					    &a, (uint32_t)first, &seq));
					assert_int_equal(seq, first);
				} else {
					assert_true(esn);
				}
				replay_commit_run(&a, first, n);
				for (uint32_t k = 0; k < n; k++)
					assert_true(
					    replay_commit(&b, first + k));
				assert_int_equal(a.top, b.top);
				assert_memory_equal(replay_ring(&a),
				    replay_ring(&b),
				    replay_words(&a) * sizeof(uint64_t));
			}
		}
	/* neither what is in the window nor what is left of it is ahead */
	replay_init(&a, 64, false, 100, mem[0]);
	assert_false(replay_is_ahead(&a, 100, &seq));
	assert_false(replay_is_ahead(&a, 1, &seq));
	assert_true(replay_is_ahead(&a, 101, &seq));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_against_naive),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_off),
		cmocka_unit_test(test_edge_of_subspace),
		cmocka_unit_test(test_end_of_numbers),
		cmocka_unit_test(runs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
