/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ruleop - what ikeadm asks in.iked about its configuration, answered from it
 * alone (docs/reference/ikeadm.md). A question is an object with "op", an answer
 * goes into an object that is empty.
 */
#ifndef DAEMON_RULEOP_H
#define DAEMON_RULEOP_H

#include <jansson.h>

#include "model/ikecfg.h"

#define RULEOP_ERROR 256

struct ruleop {
	const struct ikecfg *now;
	/*
	 * What the configuration is to be: a copy with the change. The caller's
	 * to use and to ikecfg_fini() when changed.
	 */
	struct ikecfg next;
	bool changed;
	char err[RULEOP_ERROR]; /* a sentence, or "" */
};

/*
 * 0 or errno: ENOENT no such rule, EEXIST all of them are there already, EINVAL
 * err says what is wrong. -1: no op of these.
 */
int ruleop_answer(struct ruleop *r, const json_t *in, json_t *out);
/* The i-th op and one line about it; NULL past the end. */
const char *ruleop_name(size_t i, const char **help);

#endif /* DAEMON_RULEOP_H */
