/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/ikexform.h"

#include <strings.h>

#include "base/txt.h"

#include "model/ikealg.h"

#define NAME 64 /* bytes of a value, with NUL */

enum { X_GROUP, X_ENCR, X_AUTH_ALG, X_PRF, X_METHOD, X_LIFE, X_ADDKE, X_WORDS };

static const char *const words[] = { [X_GROUP] = "oakley_group",
	[X_ENCR] = "encr_alg",
	[X_AUTH_ALG] = "auth_alg",
	[X_PRF] = "prf",
	[X_METHOD] = "auth_method",
	[X_LIFE] = "p1_lifetime_secs",
	[X_ADDKE] = "additional_ke",
	[X_WORDS] = NULL };

/* A transform while it is read. */
struct draft {
	struct lex *lx;
	struct ikecfg_xform x;
	struct lex_tok at[X_WORDS]; /* n 0: not there */
	const struct ikealg *integ, *prf, *encr;
	bool auth_none, bad;
	unsigned n_addke;
};

struct lex_tok
ikexform_next(struct lex *lx)
{
	struct lex_tok t;

	while ((t = lex_next(lx)).kind == LEX_EOL)
		;
	return t;
}

struct lex_tok
ikexform_peek(struct lex *lx)
{
	struct lex_tok t;

	while ((t = lex_peek(lx)).kind == LEX_EOL)
		(void)lex_next(lx);
	return t;
}

static unsigned
word_of(const struct lex_tok *t)
{
	/* Solaris 11 calls the group so */
	if (lex_is(t, "dh_group"))
		return X_GROUP;
	for (unsigned i = 0; i < X_WORDS; i++)
		if (lex_is(t, words[i]))
			return i;
	return X_WORDS;
}

/* Names of a type, to find the one that was meant. */
#define NAMES 40
static void
names_of(const char *out[NAMES], unsigned type)
{
	const struct ikealg *a;
	unsigned n = 0;

	for (size_t i = 0; (a = ikealg_row(i)) != NULL && n < NAMES - 1; i++)
		if (a->type == type && a->status != IKEALG_NEVER)
			out[n++] = a->name;
	out[n] = NULL;
}

/* May protect IKE itself; says so if not. */
static const struct ikealg *
alg_of(struct draft *d, unsigned type, const struct lex_tok *t, size_t n,
    const char *expected)
{
	const struct ikealg *a = ikealg_by_name(type, t->s, n);
	struct lex_tok name = *t;
	const char *near[NAMES];

	name.n = n;
	if (a == NULL) {
		names_of(near, type);
		lex_expected(d->lx, &name, near, "%s", expected);
	} else if (a->status == IKEALG_NEVER ||
		   (a->flags & IKEALG_FOR_IKE) == 0) {
		lex_error(
		    d->lx, t, "%s does not protect IKE in version 2", a->name);
		a = NULL;
	}
	d->bad |= a == NULL;
	return a;
}

static bool
number(const char *s, size_t n, uint64_t *out)
{
	struct lex_tok t = { .kind = LEX_WORD, .s = s, .n = n };

	return lex_number(&t, UINT16_MAX, out);
}

/* What stands in the ( ): "128" or "128..256". */
static bool
key_range(const char *s, size_t n, uint64_t *lo, uint64_t *hi)
{
	for (size_t i = 0; i + 1 < n; i++)
		if (s[i] == '.' && s[i + 1] == '.')
			return number(s, i, lo) &&
			       number(s + i + 2, n - i - 2, hi) && *lo <= *hi;
	*hi = 0;
	return number(s, n, lo) && number(s, n, hi);
}

/* Blanks around the ( ) and in it are no matter. The text without them. */
static struct lex_tok
joined(struct lex *lx, const struct lex_tok *t, char buf[NAME])
{
	struct lex_tok all = *t;
	size_t n = 0;

	all.s = buf;
	all.n = 0;
	for (struct lex_tok next = *t;; next = ikexform_next(lx)) {
		if (next.n >= NAME - n)
			return *t;
		memcpy(buf + n, next.s, next.n);
		n += next.n;

		bool open = memchr(buf, '(', n) != NULL;
		bool closed = memchr(buf, ')', n) != NULL;
		struct lex_tok peek = ikexform_peek(lx);

		if (peek.kind != LEX_WORD || closed ||
		    (!open && peek.s[0] != '('))
			break;
	}
	all.n = n;
	return all;
}

static void
read_encr(struct draft *d, const struct lex_tok *t)
{
	char buf[NAME];
	struct lex_tok all = joined(d->lx, t, buf);
	const char *open = memchr(all.s, '(', all.n);
	size_t n = open != NULL ? (size_t)(open - all.s) : all.n;
	uint64_t lo = 0, hi = 0;

	d->encr = alg_of(d, IKEALG_ENCR, &all, n, "an encryption algorithm");
	if (d->encr == NULL)
		return;
	d->x.encr = d->encr->id;
	if ((d->encr->flags & IKEALG_KEYLEN) != 0) {
		lo = d->encr->key_min;
		hi = d->encr->key_max;
	}
	if (open != NULL) {
		if (all.s[all.n - 1] != ')' ||
		    !key_range(open + 1, all.n - n - 2, &lo, &hi)) {
			lex_expected(d->lx, &all, NULL,
			    "%s(BITS) or %s(BITS..BITS)", d->encr->name,
			    d->encr->name);
			d->bad = true;
		} else if (!ikealg_keylen_ok(d->encr, (unsigned)lo) ||
			   !ikealg_keylen_ok(d->encr, (unsigned)hi)) {
			lex_error(d->lx, &all,
			    d->encr->key_min == d->encr->key_max
				? "%s has keys of %u bits only, said without ( "
				  ")"
				: "%s has keys of %u to %u bits, in steps of "
				  "%u",
			    d->encr->name, d->encr->key_min, d->encr->key_max,
			    d->encr->key_incr);
			d->bad = true;
		}
	}
	d->x.key_min = (uint16_t)lo;
	d->x.key_max = (uint16_t)hi;
}

static void
read_ke(struct draft *d, const struct lex_tok *t, bool additional)
{
	const struct ikealg *a = alg_of(d, IKEALG_KE, t, t->n,
	    additional ? "a key exchange" : "a group or its number");

	if (a == NULL)
		return;
	if (additional) {
		if (d->n_addke == IKECFG_ADDKES) {
			lex_error(d->lx, t,
			    "there can be %d of additional_ke at most",
			    IKECFG_ADDKES);
			d->bad = true;
			return;
		}
		d->x.addke[d->n_addke++] = a->id;
		return;
	}
	/* RFC 9370 1: IKE_SA_INIT is not fragmented */
	if ((a->flags & IKEALG_KEM) != 0) {
		lex_error(d->lx, t,
		    "%s is a key exchange of \"additional_ke\", beside a group",
		    a->name);
		d->bad = true;
	}
	d->x.ke = a->id;
}

static void
read_auth_alg(struct draft *d, const struct lex_tok *t)
{
	if (lex_is(t, "none")) {
		d->auth_none = true;
		return;
	}
	d->integ =
	    alg_of(d, IKEALG_INTEG, t, t->n, "an authentication algorithm");
}

static void
read_method(struct draft *d, const struct lex_tok *t)
{
	char name[NAME];

	if (lex_copy(name, sizeof(name), t))
		d->x.auth = (uint8_t)ikeval_auth_by_name(name);
	if (d->x.auth != 0)
		return;
	lex_expected(d->lx, t, ikeval_auth_names(),
	    "a method: preshared, "
	    "rsa_sig, ecdsa, ed25519, ed448, pubkey, eap-mschapv2 or eap-tls");
	d->bad = true;
}

static void
read_life(struct draft *d, const struct lex_tok *t)
{
	const struct ikecfg_row *row = ikeval_row(IKECFG_P1_LIFE);
	uint64_t v;

	if (lex_cnumber(t, row->max, &v) && v >= row->min) {
		d->x.life = (uint32_t)v;
		return;
	}
	lex_expected(d->lx, t, NULL, "%llu to %llu seconds",
	    (unsigned long long)row->min, (unsigned long long)row->max);
	d->bad = true;
}

static void
read_pair(struct draft *d, const struct lex_tok *key, unsigned w)
{
	struct lex_tok t = ikexform_peek(d->lx);

	if (w != X_ADDKE && d->at[w].n != 0) {
		lex_error(d->lx, key, "\"%s\" is there twice, first at %u:%u",
		    words[w], d->at[w].line, d->at[w].col);
		d->bad = true;
	}
	d->at[w] = *key;
	if ((t.kind != LEX_WORD && t.kind != LEX_STRING) ||
	    word_of(&t) != X_WORDS) {
		lex_expected(d->lx, &t, NULL, "a value of \"%s\"", words[w]);
		d->bad = true;
		return;
	}
	t = ikexform_next(d->lx);
	switch (w) {
	case X_GROUP:
	case X_ADDKE:
		read_ke(d, &t, w == X_ADDKE);
		break;
	case X_ENCR:
		read_encr(d, &t);
		break;
	case X_AUTH_ALG:
		read_auth_alg(d, &t);
		break;
	case X_PRF:
		d->prf =
		    alg_of(d, IKEALG_PRF, &t, t.n, "a pseudo-random function");
		break;
	case X_METHOD:
		read_method(d, &t);
		break;
	default:
		read_life(d, &t);
		break;
	}
}

/* The words up to the }. False: there is none. */
static bool
read_body(struct draft *d)
{
	for (;;) {
		struct lex_tok t = ikexform_peek(d->lx);
		unsigned w = word_of(&t);

		if (t.kind == LEX_CLOSE) {
			(void)ikexform_next(d->lx);
			return true;
		}
		if (t.kind == LEX_END || t.kind == LEX_OPEN) {
			lex_expected(
			    d->lx, &t, NULL, "the } of this \"p1_xform\"");
			return false;
		}
		(void)ikexform_next(d->lx);
		if (w != X_WORDS) {
			read_pair(d, &t, w);
			continue;
		}
		lex_expected(
		    d->lx, &t, words, "a parameter of \"p1_xform\", or its }");
		d->bad = true;
		/* its value, if that is what follows */
		t = ikexform_peek(d->lx);
		if ((t.kind == LEX_WORD || t.kind == LEX_STRING) &&
		    word_of(&t) == X_WORDS)
			(void)ikexform_next(d->lx);
	}
}

/* What of auth_alg and prf is the integrity, and what the PRF. */
static void
complete(struct draft *d, const struct lex_tok *open)
{
	static const unsigned need[] = { X_METHOD, X_GROUP, X_ENCR };
	bool combined =
	    d->encr != NULL && (d->encr->flags & IKEALG_COMBINED) != 0;
	const struct ikealg *prf = d->prf;

	for (size_t i = 0; i < sizeof(need) / sizeof(need[0]); i++)
		if (d->at[need[i]].n == 0) {
			lex_error(d->lx, open, "\"p1_xform\" has no \"%s\"",
			    words[need[i]]);
			d->bad = true;
		}
	if (d->encr != NULL && !combined && d->integ == NULL && !d->bad) {
		lex_error(d->lx, open, "%s needs an \"auth_alg\" beside it",
		    d->encr->name);
		d->bad = true;
	}
	/*
	 * IKEv1's auth_alg is a hash, for both. RFC 5282 8: without integrity
	 * transform where the cipher has it; then auth_alg is the PRF.
	 */
	if (prf == NULL && d->integ != NULL)
		prf = ikealg_by_name(
		    IKEALG_PRF, d->integ->name, strlen(d->integ->name));
	d->x.prf = prf != NULL ? prf->id : IKE_PRF_HMAC_SHA256;
	d->x.integ =
	    combined || d->integ == NULL ? IKE_INTEG_NONE : d->integ->id;
	if (d->integ != NULL && combined && d->prf != NULL) {
		lex_error(d->lx, &d->at[X_AUTH_ALG],
		    "%s authenticates by itself: \"auth_alg none\", or none",
		    d->encr->name);
		d->bad = true;
	}
	for (unsigned i = 0; i < d->n_addke; i++)
		for (unsigned k = 0; k < i; k++)
			if (d->x.addke[i] == d->x.addke[k]) {
				lex_error(d->lx, &d->at[X_ADDKE],
				    "the same \"additional_ke\" twice");
				d->bad = true;
			}
}

bool
ikexform_read(struct ikecfg_xform *x, struct lex *lx)
{
	struct draft d = { .lx = lx };
	struct lex_tok open = ikexform_peek(lx);

	if (open.kind != LEX_OPEN) {
		lex_expected(lx, &open, NULL, "the { of \"p1_xform\"");
		return false;
	}
	(void)ikexform_next(lx);
	if (!read_body(&d))
		return false;
	complete(&d, &open);
	*x = d.x;
	return !d.bad;
}

static const char *
name_of(unsigned type, unsigned id)
{
	const struct ikealg *a = ikealg_by_id(type, id);

	return a != NULL ? a->name : "?";
}

void
ikexform_print(struct wr *w, const struct ikecfg_xform *x)
{
	const struct ikealg *ke = ikealg_by_id(IKEALG_KE, x->ke);

	txt_print(
	    w, "{ auth_method %s oakley_group ", ikeval_auth_name(x->auth));
	/* as administrators know them: those of MODP by number */
	if (ke != NULL && x->ke <= IKE_KE_MODP_8192)
		txt_print(w, "%u", x->ke);
	else
		txt_put(w, name_of(IKEALG_KE, x->ke));
	txt_print(w, " encr_alg %s", name_of(IKEALG_ENCR, x->encr));
	if (x->key_min != 0 && x->key_min == x->key_max)
		txt_print(w, "(%u)", x->key_min);
	else if (x->key_min != 0)
		txt_print(w, "(%u..%u)", x->key_min, x->key_max);
	txt_print(w, " auth_alg %s prf %s",
	    x->integ != 0 ? name_of(IKEALG_INTEG, x->integ) : "none",
	    name_of(IKEALG_PRF, x->prf));
	for (unsigned i = 0; i < IKECFG_ADDKES && x->addke[i] != 0; i++)
		txt_print(
		    w, " additional_ke %s", name_of(IKEALG_KE, x->addke[i]));
	if (x->life != 0)
		txt_print(w, " p1_lifetime_secs %u", x->life);
	txt_put(w, " }");
}
