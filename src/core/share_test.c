/* SPDX-License-Identifier: BSD-2-Clause */
/* One SA in the hands of several threads at once (docs/adr/0023). */
#include <pthread.h>

#include "core/make_test.h"
#include "core/shared.h"
#include "model/alg.h"

enum { THREADS = 3, NUMBERS = 60000, MOST_RUN = 7 };

static struct sa *sa;
static uint8_t seen[NUMBERS + 1];  /* how often each number was given */
static uint8_t ivs[NUMBERS + 1];   /* each IV, from the first one on */
static uint32_t accepted, refused; /* of all threads */
static pthread_barrier_t start;

static struct sa *
make(uint32_t flags, uint32_t window, uint32_t packets)
{
	struct sa_spec s = make_spec(EALG_AES_GCM_16, AALG_NONE, 0);
	struct sa *made;
	uint16_t diag;

	s.flags |= flags;
	s.window = window;
	s.hard.allocs = packets;
	made = sa_new(make_crypto(), &crypto_rng, &s, make_now, &diag);
	assert_non_null(made);
	made->shared = true;
	return made;
}

static void
run(void *(*work)(void *))
{
	pthread_t t[THREADS];

	accepted = refused = 0;
	assert_int_equal(pthread_barrier_init(&start, NULL, THREADS), 0);
	for (uintptr_t i = 0; i < THREADS; i++)
		assert_int_equal(
		    pthread_create(&t[i], NULL, work, (void *)i), 0);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(t[i], NULL), 0);
	(void)pthread_barrier_destroy(&start);
}

/* As laneout.c takes numbers for a run. */
static bool
take(uint64_t k, uint64_t *seq, uint64_t *iv)
{
	bool ok;

	shared_enter(sa);
	ok = sa_is_far(sa, k, k * 100) && sa_has_next(sa, k);
	if (ok) {
		sa_account_run(sa, k, k * 100, make_now);
		sa_next_run(sa, true, k, seq, iv);
	}
	shared_leave(sa);
	return ok;
}

/* As the path takes one, where no run is possible. */
static bool
take_one(uint64_t *seq, uint64_t *iv)
{
	uint8_t b[16];
	struct rd r = rd_from(b, sizeof(b));

	if (sa_account(sa, 100, make_now) == SA_HARD ||
	    sa_next(sa, &crypto_rng, seq, b) != VERDICT_PASS)
		return false;
	*iv = rd_be64(&r);
	return true;
}

static void
note(uint64_t seq, uint64_t iv)
{
	iv -= sa->rest->iv_first;
	assert_in_range(seq, 1, NUMBERS);
	assert_in_range(iv, 0, NUMBERS - 1);
	__atomic_fetch_add(&seen[seq], 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&ivs[iv], 1, __ATOMIC_RELAXED);
}

/* The first thread is the one with the path; the others have lanes. */
static void *
send_all(void *ctx)
{
	uintptr_t me = (uintptr_t)ctx;
	uint64_t seq, iv;
	uint32_t got = 0;

	(void)pthread_barrier_wait(&start);
	for (uint64_t i = me;; i++) {
		uint64_t k = me == 0 ? 1 : 1 + i % MOST_RUN;

		if (me != 0 && take(k, &seq, &iv)) {
			for (uint64_t j = 0; j < k; j++)
				note(seq + j, iv + j);
			got += (uint32_t)k;
		} else if (take_one(&seq, &iv)) {
			note(seq, iv);
			got++;
		} else {
			break;
		}
	}
	__atomic_fetch_add(&accepted, got, __ATOMIC_RELAXED);
	return NULL;
}

static void
test_numbers(void **state)
{
	(void)state;
	memset(seen, 0, sizeof(seen));
	memset(ivs, 0, sizeof(ivs));
	sa = make(SAF_OUTBOUND, 0, NUMBERS);
	run(send_all);
	/* a limit of packets is reached exactly, and no number is given twice */
	assert_int_equal(accepted, NUMBERS);
	assert_int_equal(sa->seq, NUMBERS);
	assert_int_equal(sa->count.bytes, sa->count.packets * 100);
	for (int i = 1; i <= NUMBERS; i++)
		assert_int_equal(seen[i], 1);
	for (int i = 0; i < NUMBERS; i++)
		assert_int_equal(ivs[i], 1);
	sa_free(sa);
}

/* The last numbers of 32 bits: none beyond, none twice. */
static void *
use_up(void *ctx)
{
	uint64_t seq, iv;
	uint32_t got = 0;

	(void)ctx;
	(void)pthread_barrier_wait(&start);
	for (uint64_t k = MOST_RUN; k != 0;)
		if (take(k, &seq, &iv)) {
			assert_true(seq + k - 1 <= UINT32_MAX);
			for (uint64_t j = 0; j < k; j++)
				__atomic_fetch_add(
				    &seen[seq + j - (UINT32_MAX - NUMBERS)], 1,
				    __ATOMIC_RELAXED);
			got += (uint32_t)k;
		} else {
			k--;
		}
	__atomic_fetch_add(&accepted, got, __ATOMIC_RELAXED);
	return NULL;
}

static void
test_no_number_is_left(void **state)
{
	(void)state;
	memset(seen, 0, sizeof(seen));
	sa = make(SAF_OUTBOUND, 0, 0);
	sa->seq = UINT32_MAX - NUMBERS;
	run(use_up);
	assert_int_equal(accepted, NUMBERS);
	assert_int_equal(sa->seq, UINT32_MAX);
	for (int i = 1; i <= NUMBERS; i++)
		assert_int_equal(seen[i], 1);
	sa_free(sa);
}

/* Each thread has every number once, in an order that is nearly theirs. */
static void *
receive_all(void *ctx)
{
	uint32_t me = (uint32_t)(uintptr_t)ctx, yes = 0, no = 0;

	(void)pthread_barrier_wait(&start);
	for (uint32_t i = 0; i < NUMBERS; i++) {
		/* blocks of 16, each in another order for each thread */
		uint32_t low = (i & ~15u) + ((i * (2 * me + 1) + me) & 15) + 1;
		uint64_t seq;
		bool ok;

		ok = shared_is_fresh(sa, low, &seq);
		/* here the packet is opened */
		if (ok) {
			assert_int_equal(seq, low);
			shared_enter(sa);
			ok = replay_commit(&sa->replay, seq);
			if (ok)
				sa_account_run(sa, 1, 100, make_now);
			shared_leave(sa);
		}
		if (ok) {
			__atomic_fetch_add(&seen[low], 1, __ATOMIC_RELAXED);
			yes++;
		} else {
			no++;
		}
	}
	__atomic_fetch_add(&accepted, yes, __ATOMIC_RELAXED);
	__atomic_fetch_add(&refused, no, __ATOMIC_RELAXED);
	return NULL;
}

static void
receive(uint32_t flags, uint32_t window)
{
	memset(seen, 0, sizeof(seen));
	sa = make(SAF_INBOUND | flags, window, 0);
	run(receive_all);
	assert_int_equal(accepted + refused, THREADS * NUMBERS);
	assert_int_equal(sa->replay.top, NUMBERS);
	assert_int_equal(sa->count.packets, accepted);
	for (int i = 1; i <= NUMBERS; i++)
		assert_true(seen[i] <= 1);
}

static void
test_each_once(void **state)
{
	uint64_t seq;

	(void)state;
	/* nothing is ever left of a window of this size */
	receive(0, REPLAY_MAX);
	assert_int_equal(accepted, NUMBERS);
	assert_int_equal(refused, (THREADS - 1) * NUMBERS);
	sa_free(sa);
	receive(SAF_ESN, REPLAY_MAX);
	assert_int_equal(accepted, NUMBERS);
	sa_free(sa);
	/* a thread that waits finds its packets left of a small one */
	receive(0, 64);
	assert_true(accepted <= NUMBERS);
	for (uint32_t low = 1; low <= NUMBERS - 64; low++)
		assert_false(replay_check(&sa->replay, low, &seq));
	sa_free(sa);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_no_number_is_left),
		cmocka_unit_test(test_each_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
