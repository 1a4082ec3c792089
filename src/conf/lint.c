/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/lint.h"

#include <stdarg.h>
#include <stdio.h>

struct lint {
	const struct ipsecinit *p;
	const char *file;
	conf_report *report;
	void *ctx;
};

__attribute__((format(printf, 4, 5))) static void
say(const struct lint *l, const struct ipsecinit_entry *at,
    enum conf_severity severity, const char *fmt, ...)
{
	struct conf_error e = { .severity = severity,
		.file = l->file,
		.line = at->line,
		.col = at->col };
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(e.text, sizeof(e.text), fmt, ap);
	va_end(ap);
	l->report(l->ctx, &e);
}

static bool
same_head(const struct rule *a, const struct rule *b)
{
	return strcmp(a->tun, b->tun) == 0;
}

static bool
has_family(const struct rule *r, uint8_t fam)
{
	return r->fam == FAM_NONE || r->fam == fam;
}

/* --- one entry by itself --- */

static void
check_family(const struct lint *l, const struct ipsecinit_entry *e)
{
	for (size_t i = 0; i < e->n_rules; i++) {
		const struct rule *r = &e->rule[i];

		if ((r->sel.has & SEL_PROTO) == 0)
			continue;
		if (r->sel.proto == IPPROTO_ICMP_ && r->fam == FAM_V6)
			say(l, e, CONF_WARNING,
			    "never matches: IPv6 packets have \"ulp "
			    "ipv6-icmp\", not \"ulp icmp\"");
		else if (r->sel.proto == IPPROTO_ICMPV6_ && r->fam == FAM_V4)
			say(l, e, CONF_WARNING,
			    "never matches: IPv4 packets have \"ulp icmp\", "
			    "not \"ulp ipv6-icmp\"");
		else
			continue;
		return;
	}
}

/* spec: policy 18.3: the first alternative that can be used is used. */
static void
check_alternatives(const struct lint *l, const struct ipsecinit_entry *e)
{
	const struct rule *r = &e->rule[0];

	for (unsigned i = 0; i + 1 < r->n_actions; i++) {
		if (r->actions[i].type == ACT_IPSEC)
			continue;
		say(l, e, CONF_WARNING,
		    "what stands behind \"%s\" is never used for sending",
		    r->actions[i].type == ACT_PASS ? "pass" : "drop");
		return;
	}
	for (unsigned i = 1; i < r->n_actions; i++)
		for (unsigned k = 0; k < i; k++)
			if (action_equal(&r->actions[i], &r->actions[k])) {
				say(l, e, CONF_WARNING,
				    "one alternative is there twice");
				return;
			}
}

static bool
is_sha1(const struct action *a)
{
	return ((a->flags & ACT_AH) != 0 && a->ah_alg == AALG_SHA1HMAC) ||
	       ((a->flags & ACT_ESPA) != 0 && a->espa_alg == AALG_SHA1HMAC);
}

/* RFC 8221 5, 6: MUST-; not "any", which takes it in among others. */
static void
check_sha1(const struct lint *l, const struct ipsecinit_entry *e)
{
	const struct rule *r = &e->rule[0];

	for (unsigned i = 0; i < r->n_actions; i++)
		if (!is_sha1(&r->actions[i]))
			return;
	say(l, e, CONF_NOTE,
	    "SHA-1 is on its way out (RFC 8221): prefer sha256, or a cipher "
	    "that authenticates");
}

/* --- entries beside each other, in the order of the file --- */

/* May a packet of both directions and families be of both rules? */
static bool
share_head(const struct rule *a, const struct rule *b)
{
	return same_head(a, b) && (a->dir & b->dir) != 0 &&
	       (a->fam == FAM_NONE || has_family(b, a->fam));
}

static bool
is_full(const struct rule *r)
{
	return (r->sel.has & SEL_RADDR) != 0 &&
	       r->sel.raddr.len == addr_bits(r->sel.raddr.a.fam);
}

static bool
same_actions(const struct rule *a, const struct rule *b)
{
	if (a->n_actions != b->n_actions)
		return false;
	for (unsigned i = 0; i < a->n_actions; i++)
		if (!action_equal(&a->actions[i], &b->actions[i]))
			return false;
	return true;
}

/* spec: policy 12: ICMP entries of one chain have one action. */
static bool
icmp_conflict(const struct rule *a, const struct rule *b)
{
	uint8_t proto = a->sel.proto;
	uint8_t fam = proto == IPPROTO_ICMP_ ? FAM_V4 : FAM_V6;

	if ((a->sel.has & b->sel.has & SEL_PROTO) == 0 ||
	    proto != b->sel.proto ||
	    (proto != IPPROTO_ICMP_ && proto != IPPROTO_ICMPV6_) ||
	    !has_family(a, fam) || !has_family(b, fam) ||
	    a->actions[0].type != ACT_IPSEC || b->actions[0].type != ACT_IPSEC)
		return false;
	return is_full(a) == is_full(b) &&
	       (!is_full(a) || prefix_equal(&a->sel.raddr, &b->sel.raddr)) &&
	       !same_actions(a, b);
}

/* What ipsecd will not take beside an earlier entry. True: said. */
static bool
check_pair(const struct lint *l, const struct ipsecinit_entry *e,
    const struct rule *r, const struct ipsecinit_entry *before,
    const struct rule *b)
{
	if (r->tun[0] != '\0' && same_head(r, b) &&
	    r->tunnel_mode != b->tunnel_mode) {
		say(l, e, CONF_WARNING,
		    "\"%s\" has another mode at %u:%u: ipsecd will refuse "
		    "the file",
		    r->tun, before->line, before->col);
		return true;
	}
	if (!share_head(r, b))
		return false;
	if (sel_equal(&r->sel, &b->sel)) {
		say(l, e, CONF_WARNING,
		    "a duplicate of the entry at %u:%u: %s is ignored",
		    before->line, before->col,
		    e->n_rules > 1 ? "that part of it" : "all of it");
		return true;
	}
	if (icmp_conflict(r, b)) {
		say(l, e, CONF_WARNING,
		    "is ignored: ICMP entries of one peer protect alike, and "
		    "the one at %u:%u protects otherwise",
		    before->line, before->col);
		return true;
	}
	return false;
}

static bool
check_before(const struct lint *l, size_t at)
{
	const struct ipsecinit_entry *e = &l->p->entry[at];

	for (size_t i = 0; i < at; i++) {
		const struct ipsecinit_entry *b = &l->p->entry[i];

		for (size_t k = 0; k < e->n_rules; k++)
			for (size_t n = 0; n < b->n_rules; n++)
				if (check_pair(
					l, e, &e->rule[k], b, &b->rule[n]))
					return true;
	}
	return false;
}

/* --- who is looked at first --- */

/* The entry that takes what r would match in one direction and family. */
static const struct ipsecinit_entry *
shadow_of(const struct lint *l, const struct rule *r, uint8_t dir, uint8_t fam)
{
	for (size_t i = 0; i < l->p->n; i++) {
		const struct ipsecinit_entry *b = &l->p->entry[i];

		for (size_t k = 0; k < b->n_rules; k++) {
			const struct rule *o = &b->rule[k];

			if (o->priority > r->priority && same_head(o, r) &&
			    (o->dir & dir) != 0 && has_family(o, fam) &&
			    sel_covers(&o->sel, &r->sel, fam))
				return b;
		}
	}
	return NULL;
}

/* The entry that leaves nothing of e in that direction, or NULL. */
static const struct ipsecinit_entry *
shadow_of_entry(
    const struct lint *l, const struct ipsecinit_entry *e, uint8_t dir)
{
	static const uint8_t fams[] = { FAM_V4, FAM_V6 };
	const struct ipsecinit_entry *by = NULL;

	for (size_t i = 0; i < e->n_rules; i++)
		for (unsigned f = 0; f < 2; f++) {
			if (!has_family(&e->rule[i], fams[f]))
				continue;
			by = shadow_of(l, &e->rule[i], dir, fams[f]);
			if (by == NULL)
				return NULL;
		}
	return by;
}

static void
check_shadow(const struct lint *l, const struct ipsecinit_entry *e)
{
	static const char *const which[] = { "", " for inbound packets",
		" for outbound packets", "" };
	const struct ipsecinit_entry *by = NULL;
	uint8_t dir = e->rule[0].dir, lost = 0;

	for (unsigned d = RULE_IN; d <= RULE_OUT; d++) {
		const struct ipsecinit_entry *b =
		    (dir & d) != 0 ? shadow_of_entry(l, e, (uint8_t)d) : NULL;

		if (b == NULL)
			continue;
		by = b;
		lost |= (uint8_t)d;
	}
	if (by == NULL)
		return;
	say(l, e, CONF_WARNING, "never decides%s: the entry at %u:%u %s",
	    lost == dir ? "" : which[lost], by->line, by->col,
	    by < e ? "matches all of it before"
		   : "comes first wherever it stands (bypass, then ESP, then "
		     "AH, then drop)");
}

/* Is there an inbound entry that asks for protection of what r sends? */
static bool
is_answered(const struct lint *l, const struct rule *r, uint8_t dir)
{
	for (size_t i = 0; i < l->p->n; i++)
		for (size_t k = 0; k < l->p->entry[i].n_rules; k++) {
			const struct rule *o = &l->p->entry[i].rule[k];

			if (same_head(o, r) && (o->dir & dir) != 0 &&
			    (o->fam == FAM_NONE || o->fam == r->fam) &&
			    sel_covers(&o->sel, &r->sel, r->fam))
				return true;
		}
	return false;
}

/* spec: policy 9: a saddr/daddr entry protects one direction. */
static void
check_one_way(const struct lint *l, const struct ipsecinit_entry *e)
{
	const struct rule *r = &e->rule[0];
	uint8_t other = r->dir == RULE_OUT ? RULE_IN : RULE_OUT;

	if (r->dir == RULE_BOTH || r->actions[0].type != ACT_IPSEC ||
	    is_answered(l, r, other))
		return;
	say(l, e, CONF_NOTE, "is for %s packets only: no entry is for the %s",
	    r->dir == RULE_OUT ? "outbound" : "inbound",
	    r->dir == RULE_OUT ? "answers to them" : "other direction");
}

void
lint_policy(
    const struct ipsecinit *p, const char *file, conf_report *report, void *ctx)
{
	const struct lint l = { p, file, report, ctx };
	size_t rules = 0;

	for (size_t i = 0; i < p->n; i++)
		rules += p->entry[i].n_rules;
	for (size_t i = 0; i < p->n; i++) {
		const struct ipsecinit_entry *e = &p->entry[i];

		check_family(&l, e);
		check_alternatives(&l, e);
		check_sha1(&l, e);
		if (rules > LINT_RULES)
			continue;
		if (!check_before(&l, i))
			check_shadow(&l, e);
		check_one_way(&l, e);
	}
	if (rules > LINT_RULES)
		say(&l, &p->entry[0], CONF_NOTE,
		    "more than %d rules: entries were not compared with each "
		    "other",
		    LINT_RULES);
}
