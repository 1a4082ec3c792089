/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/ikelint.h"

#include <stdarg.h>
#include <stdio.h>

#include "conf/ikeprint.h"
#include "model/ikealg.h"

#define WEAK_KEY 128 /* bits that a preshared key should have */

struct lint {
	const struct ikecfg *c;
	const struct ikelint_env *env;
	struct lex lx; /* reports */
};

static struct lint
lint_of(const struct ikecfg *c, const char *file, const struct ikelint_env *env)
{
	struct lint l = { .c = c, .env = env };

	l.lx = lex_from(file, "", 0, 0, env->report, env->report_ctx);
	return l;
}

/* r may be NULL: about what stands outside of rules. */
__attribute__((format(printf, 3, 4))) static void
warn(struct lint *l, const struct ikecfg_rule *r, const char *fmt, ...)
{
	struct lex_tok at = { .kind = LEX_WORD, .line = 1, .col = 1 };
	char text[CONF_TEXT];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (r == NULL) {
		lex_warning(&l->lx, &at, "%s", text);
		return;
	}
	at.line = r->line != 0 ? r->line : 1;
	lex_warning(&l->lx, &at, "rule \"%s\": %s", r->label, text);
}

/* ---- transforms ---- */

static void
weak(struct lint *l, const struct ikecfg_rule *r, unsigned type, unsigned id)
{
	const struct ikealg *a = ikealg_by_id(type, id);

	if (a != NULL && a->status == IKEALG_LEGACY)
		warn(l, r, "%s %s should be used no more (RFC 8247)",
		    ikealg_type_name(type), a->name);
}

static bool
same_xform(const struct ikecfg_xform *a, const struct ikecfg_xform *b)
{
	return a->encr == b->encr && a->key_min <= b->key_min &&
	       b->key_max <= a->key_max && a->integ == b->integ &&
	       a->prf == b->prf && a->ke == b->ke && a->auth == b->auth &&
	       memcmp(a->addke, b->addke, sizeof(a->addke)) == 0;
}

static void
lint_xforms(struct lint *l, const struct ikecfg_rule *r,
    const struct ikecfg_xform *x, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		weak(l, r, IKEALG_ENCR, x[i].encr);
		weak(l, r, IKEALG_INTEG, x[i].integ);
		weak(l, r, IKEALG_PRF, x[i].prf);
		weak(l, r, IKEALG_KE, x[i].ke);
		if (x[i].auth == IKECFG_RSA_ENCRYPT ||
		    x[i].auth == IKECFG_DSS_SIG)
			warn(l, r,
			    "no peer can accept \"auth_method %s\": it is of "
			    "IKE version 1",
			    ikeval_auth_name(x[i].auth));
		for (unsigned k = 0; k < i; k++)
			if (same_xform(&x[k], &x[i])) {
				warn(l, r,
				    "its p1_xform number %u is never chosen: "
				    "number %u offers all of it",
				    i + 1, k + 1);
				break;
			}
	}
}

/* ---- lifetimes and limits ---- */

static void
lint_pair(struct lint *l, const struct ikecfg_rule *r, enum ikecfg_value soft,
    enum ikecfg_value hard)
{
	uint64_t s = ikecfg_value(l->c, r, soft);
	uint64_t h = ikecfg_value(l->c, r, hard);

	/* of a rule: what is said in it; the rest is told once */
	if (r != NULL &&
	    (r->part.set & (UINT64_C(1) << soft | UINT64_C(1) << hard)) == 0)
		return;
	if (s == 0)
		return;
	if (h == 0)
		warn(l, r, "%s is ignored without %s", ikeval_row(soft)->name,
		    ikeval_row(hard)->name);
	else if (s >= h)
		warn(l, r,
		    "%s is not below %s: nothing is rekeyed before its end",
		    ikeval_row(soft)->name, ikeval_row(hard)->name);
}

static bool
said(const struct lint *l, const struct ikecfg_rule *r, enum ikecfg_value v)
{
	const struct ikecfg_part *p = r != NULL ? &r->part : &l->c->part;

	return (p->set >> v & 1) != 0;
}

static void
lint_lives(struct lint *l, const struct ikecfg_rule *r)
{
	uint64_t p1 = ikecfg_value(l->c, r, IKECFG_P1_LIFE);
	uint64_t p2 = ikecfg_value(l->c, r, IKECFG_P2_LIFE);
	uint64_t idle = ikecfg_value(l->c, r, IKECFG_P2_IDLE);

	lint_pair(l, r, IKECFG_P1_SOFT, IKECFG_P1_LIFE);
	lint_pair(l, r, IKECFG_P2_SOFT, IKECFG_P2_LIFE);
	lint_pair(l, r, IKECFG_P2_SOFT_KB, IKECFG_P2_KB);
	if (said(l, r, IKECFG_P1_LIFE) && p1 < 300)
		warn(l, r,
		    "p1_lifetime_secs %llu: IKE SAs are rekeyed all "
		    "the time",
		    (unsigned long long)p1);
	if (said(l, r, IKECFG_P2_LIFE) && p2 < 120)
		warn(l, r,
		    "p2_lifetime_secs %llu: IPsec SAs are rekeyed all "
		    "the time",
		    (unsigned long long)p2);
	if (said(l, r, IKECFG_P2_IDLE) && idle > p2)
		warn(l, r,
		    "p2_idletime_secs is longer than p2_lifetime_secs: no SA "
		    "is ever idle so long");
	if (ikecfg_value(l->c, r, IKECFG_KEEP) == IKECFG_YES && idle != 0 &&
	    (said(l, r, IKECFG_KEEP) || said(l, r, IKECFG_P2_IDLE)))
		warn(l, r, "keep brings back what p2_idletime_secs ends");
}

static void
lint_globals(struct lint *l)
{
	lint_lives(l, NULL);
	if (ikecfg_value(l->c, NULL, IKECFG_RETRY_INIT) >
	    ikecfg_value(l->c, NULL, IKECFG_RETRY_MAX))
		warn(l, NULL, "retry_timer_init is above retry_timer_max");
	if (ikecfg_value(l->c, NULL, IKECFG_COOKIE_THRESHOLD) >=
	    ikecfg_value(l->c, NULL, IKECFG_HALF_OPEN))
		warn(l, NULL,
		    "cookie_threshold is not below half_open_limit: cookies "
		    "are never asked for");
	lint_xforms(l, NULL, l->c->part.xform, l->c->part.n_xform);
}

/* ---- rules ---- */

static bool
at_most(const struct addr *a, const struct addr *b)
{
	return memcmp(a->b, b->b, sizeof(a->b)) <= 0;
}

/* Is all of b in one of a's? Names: only the same one. */
static bool
covers_one(const struct ikecfg_rule *a, enum ikecfg_list l,
    const struct ikecfg_addr *b)
{
	for (unsigned i = 0; i < a->part.n_list[l]; i++) {
		const struct ikecfg_addr *x = &a->part.list[l][i];

		if (x->form == IKECFG_HOST || b->form == IKECFG_HOST) {
			if (x->form == b->form && strcmp(x->host, b->host) == 0)
				return true;
		} else if (x->lo.fam == b->lo.fam && at_most(&x->lo, &b->lo) &&
			   at_most(&b->hi, &x->hi)) {
			return true;
		}
	}
	return false;
}

static bool
covers(const struct ikecfg_rule *a, const struct ikecfg_rule *b,
    enum ikecfg_list l)
{
	for (unsigned i = 0; i < b->part.n_list[l]; i++)
		if (!covers_one(a, l, &b->part.list[l][i]))
			return false;
	return true;
}

/* Any peer may be meant: a later rule gets none whose address suits. */
static bool
takes_any(const struct ikecfg_rule *r)
{
	for (unsigned i = 0; i < r->part.n_sel[IKECFG_REMOTE_ID]; i++)
		if (r->part.sel[IKECFG_REMOTE_ID][i].by != IKECFG_BY_ANY)
			return false;
	return true;
}

static void
lint_shadow(struct lint *l, unsigned at)
{
	const struct ikecfg_rule *r = &l->c->rule[at];

	for (unsigned i = 0; i < at; i++) {
		const struct ikecfg_rule *a = &l->c->rule[i];

		if ((ikecfg_value(l->c, r, IKECFG_VERSION) &
			~ikecfg_value(l->c, a, IKECFG_VERSION)) != 0 ||
		    !covers(a, r, IKECFG_LOCAL_ADDR) ||
		    !covers(a, r, IKECFG_REMOTE_ADDR))
			continue;
		if (takes_any(a))
			warn(l, r,
			    "never used: rule \"%s\" of line %u has all its "
			    "addresses and comes first",
			    a->label, a->line);
		else
			warn(l, r,
			    "never used to initiate: rule \"%s\" of line %u "
			    "has all its addresses and comes first",
			    a->label, a->line);
		return;
	}
}

static unsigned
families(const struct ikecfg_rule *r, enum ikecfg_list l)
{
	unsigned bits = 0;

	for (unsigned i = 0; i < r->part.n_list[l]; i++) {
		const struct ikecfg_addr *x = &r->part.list[l][i];

		bits |= x->form == IKECFG_HOST ? 3u
			: x->lo.fam == FAM_V4  ? 1u
					       : 2u;
	}
	return bits;
}

/* ---- keys and certificates ---- */

/* Is one address of the list in the prefix, or the prefix in a range of it? */
static bool
touches(const struct ikecfg_rule *r, enum ikecfg_list l, const struct addr *lo,
    const struct addr *hi)
{
	for (unsigned i = 0; i < r->part.n_list[l]; i++) {
		const struct ikecfg_addr *x = &r->part.list[l][i];

		if (x->form == IKECFG_HOST)
			return true;
		if (x->lo.fam == lo->fam && at_most(&x->lo, hi) &&
		    at_most(lo, &x->hi))
			return true;
	}
	return false;
}

/* May the entry's end be that of the rule? */
static bool
may_be(const struct ikecfg_rule *r, enum ikecfg_list l, enum ikecfg_sels s,
    const struct ikekey_who *who)
{
	struct ikecfg_rule as = { .part = r->part };
	struct addr lo, hi;

	if (who->form == IKEKEY_ANY)
		return true;
	if (who->form == IKEKEY_PREFIX) {
		lo = hi = who->p.a;
		for (unsigned i = who->p.len; i < addr_bits(lo.fam); i++)
			hi.b[i / 8] |= (uint8_t)(0x80u >> i % 8);
		return touches(r, l, &lo, &hi);
	}
	if (r->part.n_sel[s] != 0) {
		/* as if those were the ones of the peer */
		as.part.sel[IKECFG_REMOTE_ID] = r->part.sel[s];
		as.part.n_sel[IKECFG_REMOTE_ID] = r->part.n_sel[s];
		return ikecfg_takes_id(&as, &who->id);
	}
	return !ikeid_to_addr(&who->id, &lo) || touches(r, l, &lo, &lo);
}

static bool
has_key(const struct lint *l, const struct ikecfg_rule *r)
{
	const struct ikekeys *k = l->env->keys;

	for (unsigned i = 0; i < k->n; i++)
		if (k->key[i].what == IKEKEY_PRESHARED &&
		    may_be(r, IKECFG_LOCAL_ADDR, IKECFG_LOCAL_ID,
			&k->key[i].own) &&
		    may_be(r, IKECFG_REMOTE_ADDR, IKECFG_REMOTE_ID,
			&k->key[i].peer))
			return true;
	return false;
}

static void
lint_keys(struct lint *l, const struct ikecfg_rule *r)
{
	unsigned auths = ikecfg_auths(l->c, r);
	uint64_t remote = ikecfg_value(l->c, r, IKECFG_REMOTE_AUTH);
	const char *ppk = ikecfg_text(l->c, r, IKECFG_PPK_ID);
	const char *eap = ikecfg_text(l->c, r, IKECFG_EAP_ID);
	const struct ikekeys *k = l->env->keys;

	if (ppk == NULL &&
	    ikecfg_value(l->c, r, IKECFG_PPK_REQUIRED) == IKECFG_YES)
		warn(l, r, "ppk_required without a ppk_id: it cannot initiate");
	if (k == NULL)
		return;
	if (((auths & 1u << IKECFG_PRESHARED) != 0 ||
		remote == IKECFG_PRESHARED) &&
	    !has_key(l, r))
		warn(l, r,
		    "no entry of ike.preshared is for its addresses and "
		    "identities");
	if (ppk != NULL && ikekeys_named(k, IKEKEY_PPK, ppk) == NULL)
		warn(l, r, "ike.preshared has no ppkid \"%s\"", ppk);
	if (eap != NULL && (auths & 1u << IKECFG_EAP_MSCHAPV2) != 0 &&
	    ikekeys_named(k, IKEKEY_EAP, eap) == NULL)
		warn(l, r, "ike.preshared has no eapid \"%s\"", eap);
}

static void
lint_cert(struct lint *l, const struct ikecfg_rule *r, const char *word,
    const struct ikecfg_sel *s)
{
	char buf[1200];
	struct wr w = wr_into(buf, sizeof(buf) - 1);

	if (l->env->has_cert == NULL || l->env->has_cert(l->env->cert_ctx, s))
		return;
	ikeprint_sel(&w, s);
	buf[w.len] = '\0';
	warn(l, r, "no certificate for %s \"%s\"", word, buf);
}

static void
lint_certs(struct lint *l, const struct ikecfg_rule *r)
{
	const struct ikecfg_part *p = r != NULL ? &r->part : &l->c->part;
	unsigned plain = 1u << IKECFG_PRESHARED | 1u << IKECFG_PUBKEY;

	for (unsigned i = 0; i < p->n_sel[IKECFG_CERT_ROOT]; i++)
		lint_cert(l, r, "cert_root", &p->sel[IKECFG_CERT_ROOT][i]);
	for (unsigned i = 0; i < p->n_sel[IKECFG_CERT_TRUST]; i++)
		lint_cert(l, r, "cert_trust", &p->sel[IKECFG_CERT_TRUST][i]);
	if (r == NULL || (ikecfg_auths(l->c, r) & ~plain) == 0)
		return;
	if (p->n_sel[IKECFG_LOCAL_ID] != 0)
		lint_cert(l, r, "local_id", &p->sel[IKECFG_LOCAL_ID][0]);
	if (l->c->part.n_sel[IKECFG_CERT_ROOT] == 0 &&
	    l->c->part.n_sel[IKECFG_CERT_TRUST] == 0)
		warn(l, r,
		    "neither cert_root nor cert_trust: no peer's certificate "
		    "is believed");
}

static void
lint_rule(struct lint *l, unsigned at)
{
	const struct ikecfg_rule *r = &l->c->rule[at];

	if ((families(r, IKECFG_LOCAL_ADDR) &
		families(r, IKECFG_REMOTE_ADDR)) == 0)
		warn(l, r,
		    "never used: one end is IPv4 only and the other IPv6 only");
	lint_shadow(l, at);
	lint_xforms(l, r, r->part.xform, r->part.n_xform);
	lint_lives(l, r);
	lint_keys(l, r);
	lint_certs(l, r);
}

unsigned
ikelint_config(
    const struct ikecfg *c, const char *file, const struct ikelint_env *env)
{
	struct lint l = lint_of(c, file, env);

	lint_globals(&l);
	lint_certs(&l, NULL);
	for (unsigned i = 0; i < c->n; i++)
		lint_rule(&l, i);
	return l.lx.warnings;
}

unsigned
ikelint_keys(
    const struct ikekeys *k, const char *file, const struct ikelint_env *env)
{
	struct lint l = lint_of(NULL, file, env);

	for (unsigned i = 0; i < k->n; i++) {
		const struct lex_tok at = { .kind = LEX_WORD,
			.line = k->key[i].line != 0 ? k->key[i].line : 1,
			.col = 1 };

		if (k->key[i].what != IKEKEY_EAP &&
		    k->key[i].key.bits < WEAK_KEY)
			lex_warning(&l.lx, &at,
			    "a key of %u bits: %u or more keep it from being "
			    "guessed",
			    k->key[i].key.bits, WEAK_KEY);
	}
	return l.lx.warnings;
}
