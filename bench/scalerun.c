/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * usage: bench_scale [--quick] [--reps N] [--most N]
 * What lookups, additions and bytes cost as policy and SAs grow, one JSON object a
 * line: what bench/scale makes its table of.
 */
#include <err.h>
#include <getopt.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "many.h"
#include "ticks.h"

static double before;

size_t
many_bytes(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}

static void
say(const char *what, size_t n, const char *unit, double value)
{
	double after = canary(), alone = before < after ? before : after;

	printf("{\"what\":\"%s\",\"n\":%zu,\"unit\":\"%s\",\"value\":%.2f,"
	       "\"canary\":%.3f}\n",
	    what, n, unit, value, alone);
	(void)fflush(stdout);
	before = canary();
}

/* Is there memory for n of that many bytes? Half of what is free, at most. */
static bool
fits(size_t n, size_t each)
{
	long pages = sysconf(_SC_AVPHYS_PAGES), size = sysconf(_SC_PAGESIZE);

	return pages > 0 &&
	       (double)n * (double)each < (double)pages * (double)size / 2;
}

static void
run(const struct many *m, size_t most)
{
	static const size_t rules[] = { 10, 100, 1000, 10000, 100000, 1000000 };
	static const size_t sas[] = { 1, 10, 100, 1000, 10000, 100000,
		1000000 };
	enum { SA_MOST = 4096 }; /* bytes of one, and more */

	for (unsigned i = 0;
	     i < sizeof(rules) / sizeof(rules[0]) && rules[i] <= most; i++)
		if (!manyrules_run(m, rules[i]) ||
		    !manyrules_cached(m, rules[i])) {
			printf("{\"gave_up\":\"rules\",\"n\":%zu}\n", rules[i]);
			break;
		}
	for (unsigned i = 0; i < n_suites; i++)
		manysas_bytes(m, &suites[i], most < 10000 ? most : 10000);
	for (unsigned i = 0; i < sizeof(sas) / sizeof(sas[0]) && sas[i] <= most;
	     i++)
		if (!fits(sas[i], SA_MOST) || !manysas_run(m, sas[i])) {
			printf("{\"gave_up\":\"SAs\",\"n\":%zu}\n", sas[i]);
			break;
		}
}

int
main(int argc, char **argv)
{
	static const struct option o[] = { { "quick", no_argument, NULL, 'q' },
		{ "reps", required_argument, NULL, 'r' },
		{ "most", required_argument, NULL, 'm' }, { 0 } };
	struct many m = { .reps = 7,
		.budget = ticks_in_us(2000),
		.patience = ticks_in_us(1000) * 60000,
		.say = say };
	size_t most = 1000000;
	int c;

	while ((c = getopt_long(argc, argv, "", o, NULL)) != -1)
		switch (c) {
		case 'q':
			m.reps = 2;
			m.budget = ticks_in_us(30);
			most = 1000;
			break;
		case 'r':
			m.reps = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 'm':
			most = strtoul(optarg, NULL, 10);
			break;
		default:
			return 2;
		}
	before = canary();
	run(&m, most);
	return 0;
}
