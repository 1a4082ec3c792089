/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/ikeconf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "conf/ikeword.h"
#include "conf/ikexform.h"

#define LABEL 255	 /* bytes */
#define RULES (1u << 20) /* of one file */

struct draft {
	struct lex lx;
	struct ikecfg *out;
	bool rules_only, no_memory;
	/* of the rule that is read */
	struct lex_tok label;
};

/* What only says that something of version 1 is wanted. */
#define V1_AUTHS (1u << IKECFG_RSA_ENCRYPT | 1u << IKECFG_DSS_SIG)
#define SECRETS	 (1u << IKECFG_PRESHARED)
#define EAPS	 (1u << IKECFG_EAP_MSCHAPV2 | 1u << IKECFG_EAP_TLS)

static void
read_label(struct draft *d, struct ikecfg_rule *r, const struct lex_tok *key)
{
	struct lex_tok t = ikexform_peek(&d->lx);

	if (t.kind != LEX_STRING &&
	    (t.kind != LEX_WORD || ikeword_find(&t).kind != IKEWORD_NONE)) {
		lex_expected(&d->lx, &t, NULL, "a label in quotes");
		return;
	}
	t = ikexform_next(&d->lx);
	if (r->label != NULL) {
		lex_error(&d->lx, key, "\"label\" is there twice");
		return;
	}
	for (size_t i = 0; i < t.n; i++)
		if ((uint8_t)t.s[i] < 0x20 || t.s[i] == 0x7f) {
			lex_error(
			    &d->lx, &t, "a control character in the label");
			return;
		}
	d->label = t;
	r->label = ikeword_string(&t);
	d->no_memory |= r->label == NULL;
	if (r->label != NULL && (t.n == 0 || strlen(r->label) > LABEL))
		lex_error(&d->lx, &t, "a label has 1 to %d characters", LABEL);
}

/* A value behind a word that is none, if one seems to be there. */
static void
skip_value(struct draft *d)
{
	struct lex_tok t = ikexform_peek(&d->lx);

	if (t.kind == LEX_STRING ||
	    (t.kind == LEX_WORD && ikeword_find(&t).kind == IKEWORD_NONE))
		(void)ikexform_next(&d->lx);
}

static void
skip_braces(struct draft *d)
{
	unsigned depth = 0;

	do {
		struct lex_tok t = ikexform_next(&d->lx);

		if (t.kind == LEX_END)
			return;
		depth += t.kind == LEX_OPEN;
		depth -= t.kind == LEX_CLOSE && depth != 0;
	} while (depth != 0);
}

/* The parameter that begins with t, which has been read. r: NULL outside. */
static void
read_parameter(struct draft *d, const struct lex_tok *t, struct ikecfg_rule *r)
{
	struct ikecfg_part *p = r != NULL ? &r->part : &d->out->part;
	struct ikeword w = ikeword_find(t);
	const char *near[IKEWORD_ALL];
	struct ikecfg_xform x;
	bool here = (r != NULL ? w.in_rule : w.outside) &&
		    (r != NULL || !d->rules_only);

	if (w.kind == IKEWORD_NONE) {
		ikeword_all(near, r != NULL);
		lex_expected(&d->lx, t, near,
		    r != NULL ? "a parameter, or the } of this rule"
			      : "a parameter, or the { of a rule");
		skip_value(d);
	} else if (!here) {
		lex_error(&d->lx, t,
		    r != NULL	    ? "\"%s\" stands outside of rules only"
		    : d->rules_only ? "\"%s\" is not part of a rule"
				    : "\"%s\" stands in rules only",
		    ikeword_name((enum ikeword_kind)w.kind, w.i));
		if (w.kind == IKEWORD_XFORM)
			skip_braces(d);
		else
			skip_value(d);
	} else if (w.kind == IKEWORD_LABEL) {
		read_label(d, r, t);
	} else if (w.kind == IKEWORD_XFORM) {
		if (ikexform_read(&x, &d->lx) && !ikecfg_add_xform(p, &x))
			d->no_memory = true;
	} else if (!ikeword_read(p, w, t, &d->lx)) {
		d->no_memory = true;
	}
}

/* What can be said of a rule when it ends. */
static void
check_ended(
    struct draft *d, const struct ikecfg_rule *r, const struct lex_tok *open)
{
	static const enum ikecfg_list need[] = { IKECFG_LOCAL_ADDR,
		IKECFG_REMOTE_ADDR };
	const struct ikecfg_rule *same =
	    r->label != NULL ? ikecfg_by_label(d->out, r->label) : NULL;

	if (r->label == NULL)
		lex_error(&d->lx, open, "the rule has no \"label\"");
	for (size_t i = 0; i < 2; i++)
		if (r->part.n_list[need[i]] == 0)
			lex_error(&d->lx, open, "the rule has no \"%s\"",
			    ikeword_name(IKEWORD_LIST, need[i]));
	if (same != NULL)
		lex_error(&d->lx, &d->label,
		    "the rule of line %u has this label too", same->line);
}

static void
read_rule(struct draft *d, const struct lex_tok *open)
{
	struct ikecfg_rule r = { .line = open->line };
	struct lex_tok from = *open;
	unsigned errors = d->lx.errors;

	for (;;) {
		struct lex_tok t = ikexform_next(&d->lx);

		if (t.kind == LEX_CLOSE)
			break;
		if (t.kind == LEX_END) {
			lex_expected(&d->lx, &t, NULL,
			    "the } of the rule that begins at %u:%u", from.line,
			    from.col);
			break;
		}
		if (t.kind == LEX_OPEN) {
			lex_expected(&d->lx, &t, NULL,
			    "the } of the rule that begins at %u:%u first",
			    from.line, from.col);
			/* which is where another one begins, it seems */
			ikecfg_rule_fini(&r);
			r.line = t.line;
			from = t;
			errors = d->lx.errors;
			continue;
		}
		read_parameter(d, &t, &r);
	}
	if (errors == d->lx.errors)
		check_ended(d, &r, &from);
	if (errors != d->lx.errors || d->no_memory)
		ikecfg_rule_fini(&r);
	else if (!ikecfg_add_rule(d->out, &r))
		d->no_memory = true;
}

/* ---- the rules when all is read ---- */

__attribute__((format(printf, 3, 4))) static void
tell(struct draft *d, const struct ikecfg_rule *r, const char *fmt, ...)
{
	const struct lex_tok at = {
		.kind = LEX_WORD, .line = r->line, .col = 1
	};
	char text[CONF_TEXT];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	lex_error(&d->lx, &at, "rule \"%s\": %s", r->label, text);
}

static void
check_auth(struct draft *d, const struct ikecfg_rule *r)
{
	const struct ikecfg *c = d->out;
	unsigned auths = ikecfg_auths(c, r);
	unsigned remote = (unsigned)ikecfg_value(c, r, IKECFG_REMOTE_AUTH);
	unsigned own = auths & ~SECRETS & ~EAPS;

	if ((auths & SECRETS) != 0 && auths != SECRETS) {
		tell(d, r, "all its \"auth_method\"s are preshared, or none");
		return;
	}
	/* spec: ike 4: required where there are certificates */
	if (own != 0 && r->part.n_sel[IKECFG_LOCAL_ID] == 0)
		tell(d, r, "certificates need a \"local_id\"");
	if (((auths & ~SECRETS) != 0 ||
		(remote != 0 && remote != IKECFG_PRESHARED)) &&
	    r->part.n_sel[IKECFG_REMOTE_ID] == 0)
		tell(d, r, "certificates need a \"remote_id\" (\"\": any)");
	/* RFC 7296 2.16: the one who answers is no EAP client */
	if (remote != 0 && (auths & EAPS) != 0)
		tell(d, r, "\"remote_auth_method\" does not go with eap");
}

static void
check_version(struct draft *d, const struct ikecfg_rule *r)
{
	unsigned auths = ikecfg_auths(d->out, r);
	uint64_t version = ikecfg_value(d->out, r, IKECFG_VERSION);

	if (version == IKECFG_V1)
		tell(d, r,
		    "it allows IKE version 1 only, and in.iked speaks version "
		    "2: \"ike_version any\" or \"2\"");
	else if (auths != 0 && (auths & ~V1_AUTHS) == 0)
		tell(d, r,
		    "its \"auth_method\" is of IKE version 1 only, and in.iked "
		    "speaks version 2");
}

static void
check_all(struct draft *d)
{
	const struct ikecfg *c = d->out;
	unsigned n;

	for (unsigned i = 0; i < c->n; i++) {
		const struct ikecfg_rule *r = &c->rule[i];

		(void)ikecfg_xforms(c, r, &n);
		if (n == 0) {
			tell(d, r,
			    "no \"p1_xform\", in it or outside of the rules");
			continue;
		}
		check_version(d, r);
		check_auth(d, r);
	}
}

static bool
read_all(struct draft *d)
{
	for (;;) {
		struct lex_tok t = ikexform_next(&d->lx);

		if (t.kind == LEX_END || d->no_memory)
			break;
		if (t.kind == LEX_OPEN) {
			read_rule(d, &t);
			if (d->out->n > RULES)
				lex_error(&d->lx, &t, "too many rules");
			if (d->out->n > RULES)
				break;
		} else if (t.kind == LEX_CLOSE) {
			lex_expected(&d->lx, &t, NULL,
			    "a parameter, or the { of a rule");
		} else {
			read_parameter(d, &t, NULL);
		}
	}
	if (!d->no_memory && d->lx.errors == 0)
		check_all(d);
	if (!d->no_memory && d->lx.errors == 0)
		return true;
	ikecfg_fini(d->out);
	return false;
}

static struct lex
lexer(const char *file, const void *text, size_t n, conf_report *report,
    void *ctx)
{
	return lex_from(file, text, n,
	    LEX_BRACES | LEX_COMMENTS | LEX_SLASHES | LEX_QUOTES | LEX_ESCAPES,
	    report, ctx);
}

bool
ikeconf_read(struct ikecfg *out, const char *file, const void *text, size_t n,
    conf_report *report, void *ctx, unsigned *errors)
{
	struct draft d = { .lx = lexer(file, text, n, report, ctx),
		.out = out };
	bool ok;

	*out = (struct ikecfg){ 0 };
	ok = read_all(&d);
	if (errors != NULL)
		*errors = d.lx.errors;
	return ok;
}

bool
ikeconf_read_rules(struct ikecfg *out, const struct ikecfg *base,
    const char *file, const void *text, size_t n, conf_report *report,
    void *ctx, unsigned *errors)
{
	struct ikecfg only = { .part = base->part };
	struct draft d = { .lx = lexer(file, text, n, report, ctx),
		.out = out,
		.rules_only = true };
	bool ok;

	if (errors != NULL)
		*errors = 0;
	/* base's rules are not copied */
	if (!ikecfg_copy(out, &only))
		return false;
	ok = read_all(&d);
	if (errors != NULL)
		*errors = d.lx.errors;
	return ok;
}
