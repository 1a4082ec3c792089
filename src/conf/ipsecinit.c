/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/ipsecinit.h"

#include <stdlib.h>

#include "conf/pattern.h"
#include "conf/props.h"
#include "conf/section.h"

/* An entry while it is read. */
struct draft {
	const struct ipsecinit_env *env;
	struct lex *lx;
	struct lex_tok open; /* the first { */
	struct section pattern_s, props_s;
	struct pattern pattern;
	struct rule base; /* gets the actions */
	unsigned n;	  /* alternatives typed */
	bool listed;	  /* it comes from a listing: no limits of length */
	bool has_ipsec;	  /* the word */
	uint8_t by_props; /* direction said in properties, 0: none */
	struct lex_tok or_at, props_dir_at, first_at;
	struct lex_tok apply_at, permit_at; /* n 0: no such word */
	const char *end;		    /* behind the last } */
	bool no_memory;
};

/* The next token that is no end of a line, not yet read. */
static struct lex_tok
peek_past_lines(struct lex *lx)
{
	struct lex_tok t;

	while ((t = lex_peek(lx)).kind == LEX_EOL)
		(void)lex_next(lx);
	return t;
}

/* After something that is no entry: to the next line that begins with {. */
static void
resync(struct lex *lx)
{
	struct lex_tok t = lex_peek(lx);

	/* a { that begins the line may begin an entry: see section_read() */
	if (t.kind == LEX_OPEN && !lx->mid_line)
		return;
	do {
		lex_skip_line(lx);
		t = lex_peek(lx);
	} while (t.kind != LEX_OPEN && t.kind != LEX_END);
}

/* What an alternative says about the direction, and with the pattern. */
static void
note(struct draft *d, const struct props *p)
{
	if (d->n++ == 0)
		d->first_at = p->word_at;
	if (p->word == PROPS_APPLY && d->apply_at.n == 0)
		d->apply_at = p->word_at;
	if (p->word == PROPS_PERMIT && d->permit_at.n == 0)
		d->permit_at = p->word_at;
	d->has_ipsec |= p->word == PROPS_IPSEC || p->word == PROPS_UNKNOWN;
	if (p->dir_at != NULL) {
		d->props_dir_at = *p->dir_at;
		d->by_props = p->dir;
		pattern_set_style(
		    &d->pattern, d->lx, PATTERN_OLD, &d->props_dir_at);
		if (d->pattern.dir_at != NULL)
			lex_error(d->lx, p->dir_at,
			    "\"dir\" is there twice, first at %u:%u",
			    d->pattern.dir_at->line, d->pattern.dir_at->col);
	}
	if (d->pattern.tunnel && p->unique)
		lex_error(d->lx, p->sa_at,
		    "\"sa unique\" does not go with \"negotiate tunnel\"");
	if (!d->listed && d->n == IPSECINIT_ACTIONS + 1)
		lex_error(d->lx, &p->word_at,
		    "more than %d actions in one entry", IPSECINIT_ACTIONS);
}

/*
 * The { that comes next begins a line and has a selector behind it: it is the
 * next entry's, not that of properties.
 */
static bool
begins_entry(const struct lex *lx)
{
	struct lex ahead = *lx;
	bool at_begin = !lx->mid_line;

	ahead.report = NULL;
	(void)lex_next(&ahead);

	struct lex_tok t = lex_next(&ahead);

	return at_begin && pattern_is_selector(&t);
}

/* An action word and its section. False: the entry can not be followed. */
static bool
read_alternative(struct draft *d)
{
	struct lex *lx = d->lx;
	struct lex_tok t = peek_past_lines(lx);
	struct props p = { .word_at = t };
	unsigned errors = lx->errors;

	if (t.kind == LEX_WORD)
		t = lex_next(lx);
	else if (t.kind != LEX_OPEN || !lx->mid_line) {
		lex_expected(lx, &t, NULL,
		    "an action (ipsec, apply, permit, bypass, pass, drop)");
		return false;
	}
	p.word = props_word(lx, &t);
	t = peek_past_lines(lx);
	if (t.kind == LEX_OPEN && begins_entry(lx)) {
		lex_error(lx, &p.word_at,
		    "the { } of properties behind \"%.*s\" is missing",
		    (int)p.word_at.n, p.word_at.s);
		return false;
	}
	if (t.kind != LEX_OPEN) {
		lex_expected(
		    lx, &t, NULL, "the { of the properties of the action");
		return false;
	}
	t = lex_next(lx);
	if (!section_read(&d->props_s, lx, &t, "properties"))
		return false;
	props_read(&p, lx, &d->props_s, d->env);
	d->end = lx->tok_end;
	note(d, &p);
	if (errors == lx->errors && !props_expand(&p, lx, d->env, &d->base))
		d->no_memory = true;
	return !d->no_memory;
}

/* What may follow the } of the properties on its line; true: another action. */
static bool
read_or(struct draft *d, bool *broken)
{
	static const char *const words[] = { "or", NULL };
	struct lex *lx = d->lx;
	struct lex_tok t = lex_peek(lx);

	*broken = false;
	if (t.kind == LEX_EOL || t.kind == LEX_END)
		return false;
	t = lex_next(lx);
	if (lex_is(&t, "or")) {
		if (d->or_at.n == 0) {
			d->or_at = t;
			pattern_set_style(
			    &d->pattern, lx, PATTERN_NEW, &d->or_at);
		}
		return true;
	}
	*broken = true;
	if (t.kind == LEX_WORD && t.s[0] == '\\')
		lex_error(lx, &t, "a backslash does not continue a line here");
	else if (t.kind == LEX_OPEN)
		lex_error(lx, &t, "an entry begins on a line of its own");
	else
		lex_expected(lx, &t, words, "\"or\" or the end of the line");
	return false;
}

/* False: reported; the rest of the entry can not be followed. */
static bool
read_words(struct draft *d)
{
	bool broken = false, more = true;

	if (!section_read(&d->pattern_s, d->lx, &d->open, "pattern"))
		return false;
	pattern_read(&d->pattern, d->lx, &d->pattern_s, d->env);
	while (more) {
		if (!read_alternative(d))
			return false;
		more = read_or(d, &broken);
	}
	return !broken;
}

/* An #INDEX line stands before: the entry is from a listing. */
static bool
is_listed(const char *text, const struct lex_tok *open)
{
	static const char mark[] = "#INDEX ";
	const char *line = open->s - (open->col - 1), *before;

	if (line == text)
		return false;
	before = memrchr(text, '\n', (size_t)(line - 1 - text));
	before = before != NULL ? before + 1 : text;
	return (size_t)(line - before) >= sizeof(mark) - 1 &&
	       memcmp(before, mark, sizeof(mark) - 1) == 0;
}

/*
 * Limits of the length (spec: policy 3). What a listing shows for "any" may be
 * longer, and a listing can be read again.
 */
static void
check_length(struct draft *d)
{
	const char *p = d->open.s - (d->open.col - 1);
	struct lex_tok at = d->open;

	if (d->listed)
		return;
	if (d->end - d->open.s > IPSECINIT_ENTRY)
		lex_error(d->lx, &d->open, "the entry is longer than %d bytes",
		    IPSECINIT_ENTRY);
	for (; p < d->end; at.line++) {
		const char *nl = memchr(p, '\n', (size_t)(d->lx->end - p));
		const char *stop = nl != NULL ? nl : d->lx->end;

		at.col = IPSECINIT_LINE + 1;
		if (stop - p > IPSECINIT_LINE)
			lex_error(d->lx, &at,
			    "the line is longer than %d bytes", IPSECINIT_LINE);
		p = stop + 1;
	}
}

/* The direction of the whole entry (spec: policy 9); 0: reported. */
static uint8_t
resolve_dir(struct draft *d)
{
	uint8_t given = d->by_props != 0 ? d->by_props : d->pattern.dir;
	uint8_t word = d->apply_at.n != 0    ? RULE_OUT
		       : d->permit_at.n != 0 ? RULE_IN
					     : 0;
	const struct lex_tok *at =
	    d->apply_at.n != 0 ? &d->apply_at : &d->permit_at;

	if (d->apply_at.n != 0 && d->permit_at.n != 0) {
		lex_error(d->lx, &d->permit_at,
		    "\"permit\" is for inbound and \"apply\" for outbound "
		    "packets: write two entries");
		return 0;
	}
	if (word != 0 && d->by_props != 0 && d->by_props != word) {
		lex_error(d->lx, &d->props_dir_at,
		    "the direction conflicts with \"%.*s\"", (int)at->n, at->s);
		return 0;
	}
	if (word != 0) {
		if (given != 0 && given != word)
			lex_warning(d->lx, d->pattern.dir_at,
			    "\"%.*s\" is for %s packets whatever \"dir\" says",
			    (int)at->n, at->s,
			    word == RULE_OUT ? "outbound" : "inbound");
		return word;
	}
	if (given != 0)
		return given;
	if (d->pattern.style == PATTERN_OLD) {
		lex_error(d->lx, &d->first_at,
		    "\"%.*s\" with selectors of the old style needs \"dir in\" "
		    "or \"dir out\"",
		    (int)d->first_at.n, d->first_at.s);
		return 0;
	}
	if (!d->has_ipsec)
		lex_warning(d->lx, &d->first_at,
		    "\"%.*s\" without \"dir\" is taken as \"dir both\"",
		    (int)d->first_at.n, d->first_at.s);
	return RULE_BOTH;
}

/* Selectors but for the addresses; lcl is the side that is the local one. */
static void
set_sel(struct rule *r, const struct pattern *p, int lcl)
{
	if (p->port_min[lcl] != 0) {
		r->sel.has |= SEL_LPORT;
		r->sel.lport_min = p->port_min[lcl];
		r->sel.lport_max = p->port_max[lcl];
	}
	if (p->port_min[1 - lcl] != 0) {
		r->sel.has |= SEL_RPORT;
		r->sel.rport_min = p->port_min[1 - lcl];
		r->sel.rport_max = p->port_max[1 - lcl];
	}
	if (p->has_proto) {
		r->sel.has |= SEL_PROTO;
		r->sel.proto = p->proto;
	}
	if (p->has_type) {
		r->sel.has |= SEL_TYPE;
		r->sel.type_min = p->type_min;
		r->sel.type_max = p->type_max;
	}
	if (p->has_code) {
		r->sel.has |= SEL_CODE;
		r->sel.code_min = p->code_min;
		r->sel.code_max = p->code_max;
	}
}

static void
set_addr(struct rule *r, bool local, const struct prefix *p)
{
	r->fam = p->a.fam;
	if (local) {
		r->sel.has |= SEL_LADDR;
		r->sel.laddr = *p;
	} else {
		r->sel.has |= SEL_RADDR;
		r->sel.raddr = *p;
	}
}

/* Boosts of all alternatives together (spec: policy 12). */
static uint32_t
boosts(const struct rule *r)
{
	uint32_t b = 0;

	for (unsigned i = 0; i < r->n_actions; i++) {
		if (r->actions[i].type == ACT_PASS)
			b |= RULE_PRIO_PASS;
		if ((r->actions[i].flags & ACT_ESP) != 0)
			b |= RULE_PRIO_ESP;
		if ((r->actions[i].flags & ACT_AH) != 0)
			b |= RULE_PRIO_AH;
	}
	return b;
}

/* One message of the entry. False: no memory. */
static bool
add_rule(struct ipsecinit_entry *e, const struct rule *r)
{
	struct rule *p = realloc(e->rule, (e->n_rules + 1) * sizeof(*e->rule));

	if (p == NULL)
		return false;
	e->rule = p;
	if (!rule_copy(&e->rule[e->n_rules], r))
		return false;
	e->n_rules++;
	return true;
}

/* One message for each pair of addresses of one family (spec: policy 10). */
static bool
add_rules(struct ipsecinit_entry *e, const struct draft *d, int lcl)
{
	const struct pattern_addr *l = &d->pattern.side[lcl];
	const struct pattern_addr *r = &d->pattern.side[1 - lcl];
	bool has_l = l->value != NULL, has_r = r->value != NULL;

	for (unsigned i = 0; i < (has_l ? l->n : 1); i++)
		for (unsigned k = 0; k < (has_r ? r->n : 1); k++) {
			struct rule rule = d->base;

			if (has_l)
				set_addr(&rule, true, &l->p[i]);
			if (has_r)
				set_addr(&rule, false, &r->p[k]);
			if (has_l && has_r && l->p[i].a.fam != r->p[k].a.fam)
				continue;
			if (!add_rule(e, &rule))
				return false;
		}
	if (e->n_rules == 0)
		lex_error(d->lx, r->value,
		    "\"%.*s\" and \"%.*s\" have no addresses of one family, "
		    "IPv4 or IPv6",
		    (int)l->value->n, l->value->s, (int)r->value->n,
		    r->value->s);
	return true;
}

/* What was read, as messages. Errors are reported. False: no memory. */
static bool
build(struct draft *d, struct ipsecinit_entry *e)
{
	uint8_t dir = resolve_dir(d);
	/* an old style entry names sides of the packet (spec: policy 9) */
	int lcl = d->pattern.style == PATTERN_OLD && dir == RULE_IN;

	if (dir == 0)
		return true;
	pattern_check_mixed(&d->pattern, d->lx, dir);
	check_length(d);
	d->base.dir = dir;
	d->base.tunnel_mode = d->pattern.tunnel;
	memcpy(d->base.tun, d->pattern.tun, sizeof(d->base.tun));
	set_sel(&d->base, &d->pattern, lcl);
	d->base.priority = boosts(&d->base);
	return add_rules(e, d, lcl);
}

static void
entry_fini(struct ipsecinit_entry *e)
{
	for (size_t i = 0; i < e->n_rules; i++)
		rule_fini(&e->rule[i]);
	free(e->rule);
	*e = (struct ipsecinit_entry){ 0 };
}

/* Takes e over. False: no memory. */
static bool
add_entry(struct ipsecinit *out, struct ipsecinit_entry *e)
{
	struct ipsecinit_entry *p =
	    realloc(out->entry, (out->n + 1) * sizeof(*p));

	if (p == NULL) {
		entry_fini(e);
		return false;
	}
	out->entry = p;
	out->entry[out->n++] = *e;
	return true;
}

/* The entry that begins at open. False: no memory. */
static bool
read_entry(struct ipsecinit *out, const struct ipsecinit_env *env,
    struct lex *lx, const struct lex_tok *open, const char *text)
{
	struct draft d = {
		.env = env, .lx = lx, .open = *open, .end = open->s
	};
	struct ipsecinit_entry e = {
		.line = open->line, .col = open->col, .text = open->s
	};
	unsigned errors = lx->errors;
	bool ok = true;

	d.listed = is_listed(text, open);
	if (!read_words(&d))
		resync(lx);
	else if (errors == lx->errors)
		ok = build(&d, &e);
	rule_fini(&d.base);
	ok &= !d.no_memory;
	e.len = (size_t)(d.end - open->s);
	if (ok && errors == lx->errors)
		return add_entry(out, &e);
	out->bad += ok;
	entry_fini(&e);
	return ok;
}

/*
 * The first message of a run has the base priority, each further one less
 * (spec: policy 12).
 */
static void
set_priorities(struct ipsecinit *out, struct lex *lx)
{
	uint32_t base = RULE_PRIO_BASE;

	for (size_t i = 0; i < out->n; i++)
		for (size_t k = 0; k < out->entry[i].n_rules; k++) {
			struct lex_tok at = { .line = out->entry[i].line,
				.col = out->entry[i].col };

			if (base == 0) {
				lex_error(lx, &at,
				    "more than %d rules in one file",
				    RULE_PRIO_BASE);
				return;
			}
			out->entry[i].rule[k].priority |= base--;
		}
}

/* A line begins with t, which is no {. */
static void
no_entry(struct lex *lx, const struct lex_tok *t)
{
	if (lex_is(t, "or"))
		lex_error(
		    lx, t, "\"or\" is written on the line of the } before it");
	else
		lex_expected(lx, t, NULL, "the { that begins a pattern");
	resync(lx);
}

bool
ipsecinit_read(struct ipsecinit *out, const struct ipsecinit_env *env,
    const char *file, const void *text, size_t n)
{
	struct lex lx = lex_from(file, text, n, LEX_BRACES | LEX_COMMENTS,
	    env->report, env->report_ctx);
	bool ok = true;

	*out = (struct ipsecinit){ 0 };
	while (ok) {
		struct lex_tok t = lex_next(&lx);

		if (t.kind == LEX_END)
			break;
		if (t.kind == LEX_EOL)
			continue;
		if (t.kind == LEX_OPEN) {
			ok = read_entry(out, env, &lx, &t, text);
		} else {
			no_entry(&lx, &t);
			out->bad++;
		}
	}
	set_priorities(out, &lx);
	if (!ok || lx.errors != 0) {
		struct ipsecinit none = { .bad = out->bad };

		ipsecinit_fini(out);
		*out = none;
	}
	out->errors = ok ? lx.errors : 0;
	out->warnings = lx.warnings;
	return ok && lx.errors == 0;
}

void
ipsecinit_fini(struct ipsecinit *p)
{
	for (size_t i = 0; i < p->n; i++)
		entry_fini(&p->entry[i]);
	free(p->entry);
	*p = (struct ipsecinit){ 0 };
}
