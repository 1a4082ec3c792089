/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kstatcmd - counters by the names of kstats: module:instance:name:statistic,
 * chosen by patterns as kstat(1M) -p does, once or again and again.
 */
#ifndef CMD_KSTATCMD_H
#define CMD_KSTATCMD_H

#include <jansson.h>
#include <stdio.h>

#include "base/rd.h"

struct kstatcmd {
	char *const *pattern;
	size_t n;	     /* of patterns; 0: all */
	unsigned interval;   /* s, 0: once */
	unsigned long count; /* rounds; 0: without an end */
	bool json;
};

/* Returns the exit status. */
int kstatcmd_run(const struct kstatcmd *k);

/*
 * Does the pattern fit? Its parts are those between colons, each a pattern of
 * the shell; one that is empty or not there fits everything.
 */
MUST_USE bool kstatcmd_fits(const char *pattern, const char *module,
    long instance, const char *name, const char *statistic);

/*
 * The kstats of an answer to the op "stat" that fit, as an answer of the same
 * shape; each has "difference" to before, unless that is NULL. The caller's to
 * json_decref(). *found: how many statistics.
 */
json_t *kstatcmd_select(const json_t *answer, const json_t *before,
    char *const *pattern, size_t n, size_t *found);

/* Lines of those: the name, a tab, the value; and a tab and the difference. */
void kstatcmd_print(FILE *f, const json_t *selected);

#endif /* CMD_KSTATCMD_H */
