/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * props - one alternative of an entry of ipsecinit.conf: the action word and
 * its properties, and what they mean as actions (spec: policy 6, 7, 8, 11).
 */
#ifndef CONF_PROPS_H
#define CONF_PROPS_H

#include "conf/ipsecinit.h"
#include "conf/section.h"

enum props_word {
	PROPS_UNKNOWN, /* reported; its section is checked as ipsec's */
	PROPS_APPLY,
	PROPS_PERMIT,
	PROPS_IPSEC,
	PROPS_PASS, /* bypass too */
	PROPS_DROP
};

struct props_alg {
	const struct lex_tok *at; /* NULL: not given, or none */
	bool any;
	uint8_t id;
	uint16_t min,
	    max; /* as typed: 0 and UINT16_MAX for what was left out */
};

struct props {
	enum props_word word;
	struct lex_tok word_at;
	struct props_alg ah, esp, espa;
	bool unique;
	uint8_t dir; /* enum rule_dir, 0: not given */
	const struct lex_tok *dir_at, *sa_at;
};

/* The action that t names; PROPS_UNKNOWN when that was reported. */
enum props_word props_word(struct lex *lx, const struct lex_tok *t);

/* p->word and word_at are set; s outlives p. Errors are reported. */
void props_read(struct props *p, struct lex *lx, const struct section *s,
    const struct ipsecinit_env *env);

/*
 * Append the actions of this alternative to r: one, or for "any" one for each
 * combination of what env offers. Errors are reported. False: no memory.
 */
MUST_USE bool props_expand(const struct props *p, struct lex *lx,
    const struct ipsecinit_env *env, struct rule *r);

#endif /* CONF_PROPS_H */
