/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * governor - keeps work to a share of one CPU: who has used more than its share
 * rests until it has not (docs/adr/0013).
 */
#ifndef DAEMON_GOVERNOR_H
#define DAEMON_GOVERNOR_H

#include <stdint.h>

struct governor {
	uint32_t share; /* percent of one CPU, 1 to 100; 100: no limit */
	int64_t credit; /* ns of CPU time; below 0: used in advance */
	uint64_t at;	/* ms: when credit was right */
};

/* From now (ms) on. What was used before is forgotten. */
void governor_set(struct governor *g, uint32_t share, uint64_t now);
/*
 * So much CPU time (ns) was used. Returns for how many ms no more may be: 0, go
 * on. A short time without work may be made up for.
 */
uint32_t governor_spend(struct governor *g, uint64_t used, uint64_t now);

#endif /* DAEMON_GOVERNOR_H */
