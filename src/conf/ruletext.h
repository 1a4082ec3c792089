/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ruletext - a rule of the SPD as text, in the words of ipsecinit.conf, so
 * that a listing can be read again (spec: policy 15).
 */
#ifndef CONF_RULETEXT_H
#define CONF_RULETEXT_H

#include "base/wr.h"

#include "conf/ipsecalgs.h"
#include "model/rule.h"

struct ruletext_env {
	const struct ipsecalgs *names;
	/* Names for numbers, NULL: there is none. A NULL function: numbers. */
	const char *(*host)(void *ctx, const struct addr *a);
	const char *(*service)(void *ctx, uint16_t port);
	const char *(*protocol)(void *ctx, uint8_t proto);
	void *ctx;
};

/* Enough for RULE_MAX_ACTIONS alternatives and names of 255 bytes. */
#define RULETEXT_MAX (RULE_MAX_ACTIONS * 384 + 2048)

/* Two lines: #INDEX and the rule. */
void ruletext_print(
    struct wr *w, const struct ruletext_env *env, const struct rule *r);

#endif /* CONF_RULETEXT_H */
