/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ticks - the clock of the benchmarks: the time stamp counter where there is
 * one, else nanoseconds; and a canary. Another guest's hyperthread can halve the
 * speed of this one for seconds at a time. A loop of one decrement and branch for
 * each core cycle, run before and after each repetition, shows it.
 */
#ifndef BENCH_TICKS_H
#define BENCH_TICKS_H

#include <stdint.h>
#include <time.h>

#if defined(__x86_64__)
#include <x86intrin.h>
#define TICKS_UNIT "cycles (TSC)"

static inline uint64_t
ticks(void)
{
	unsigned aux;

	return __rdtscp(&aux);
}
#else
#define TICKS_UNIT "ns"

static inline uint64_t
ticks(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}
#endif

/* Turns of a loop in a tick: the greater, the more of the core was ours. */
static inline double
canary(void)
{
	uint64_t from = ticks();

	for (unsigned long n = 100000; n != 0; n--)
		__asm__ volatile("" : "+r"(n));
	return 100000.0 / (double)(ticks() - from + 1);
}

static inline uint64_t
ticks_in_us(uint64_t us)
{
	static double rate;
	struct timespec a, b;
	uint64_t from, to;
	double ns;

	if (rate == 0) {
		(void)clock_gettime(CLOCK_MONOTONIC, &a);
		from = ticks();
		do {
			(void)clock_gettime(CLOCK_MONOTONIC, &b);
			to = ticks();
			ns = (double)(b.tv_sec - a.tv_sec) * 1e9 +
			     (double)(b.tv_nsec - a.tv_nsec);
		} while (ns < 5e6);
		rate = (double)(to - from) / (ns / 1000);
	}
	return (uint64_t)((double)us * rate);
}

/* xorshift: the same run every time */
static inline uint64_t
next_random(uint64_t *s)
{
	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return *s;
}

#endif /* BENCH_TICKS_H */
