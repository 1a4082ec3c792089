/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ipsecd/governor.h"

#define BURST	 50    /* ms whose share may be saved up */
#define LONG	 60000 /* ms after which nothing more is gained by waiting */
#define NS_OF_MS 10000 /* ns that one percent of a ms is */

void
governor_set(struct governor *g, uint32_t share, uint64_t now)
{
	*g = (struct governor){ .share = share, .at = now };
}

uint32_t
governor_spend(struct governor *g, uint64_t used, uint64_t now)
{
	int64_t rate = (int64_t)g->share * NS_OF_MS; /* for each ms */
	uint64_t past = now > g->at ? now - g->at : 0;
	int64_t owed;

	g->at = now;
	g->credit += rate * (int64_t)(past < LONG ? past : LONG);
	if (g->credit > rate * BURST)
		g->credit = rate * BURST;
	g->credit -= (int64_t)used;
	if (g->share >= 100 || g->credit >= 0)
		return 0;
	owed = (-g->credit + rate - 1) / rate;
	return (uint32_t)(owed < LONG ? owed : LONG);
}
