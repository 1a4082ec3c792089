/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/props.h"

#define ALG_TOKEN 40 /* longest algorithm token (spec: policy 3) */

static const char *const action_words[] = { "apply", "permit", "ipsec",
	"bypass", "pass", "drop", NULL };
static const uint8_t action_values[] = { PROPS_APPLY, PROPS_PERMIT, PROPS_IPSEC,
	PROPS_PASS, PROPS_PASS, PROPS_DROP };

enum what { W_AUTH, W_ENCR, W_ENCR_AUTH, W_SA, W_DIR, W_N };

static const char *const property_words[] = { "auth_algs", "encr_algs",
	"encr_auth_algs", "sa", "dir", NULL };

enum props_word
props_word(struct lex *lx, const struct lex_tok *t)
{
	for (unsigned i = 0; action_words[i] != NULL; i++)
		if (lex_is(t, action_words[i]))
			return action_values[i];
	lex_expected(lx, t, action_words,
	    "an action (ipsec, apply, permit, bypass, pass, drop)");
	return PROPS_UNKNOWN;
}

/* What env offers under this number; NULL: nothing usable. */
static const struct alg *
offered(const struct ipsecinit_env *env, enum alg_table table, unsigned id)
{
	for (size_t i = 0; i < env->n_algs; i++)
		if (env->algs[i].table == table && env->algs[i].id == id &&
		    (env->algs[i].flags & ALG_VALID) != 0)
			return &env->algs[i];
	return NULL;
}

/*
 * Clamp what was typed to the key sizes of a. A minimum left out is the
 * default size, not the smallest (spec: policy 7), unless the maximum is
 * below it. False: they have nothing in common.
 */
static bool
clamp(const struct alg *a, const struct props_alg *p, uint16_t *min,
    uint16_t *max)
{
	unsigned high = p->max < a->key_max ? p->max : a->key_max;
	unsigned low = p->min;

	if (low == 0)
		low = high < a->key_def ? a->key_min : a->key_def;
	if (low < a->key_min)
		low = a->key_min;
	*min = (uint16_t)low;
	*max = (uint16_t)high;
	return low <= high;
}

static bool
read_bits(const struct lex_tok *t, uint16_t *out)
{
	uint64_t v;

	if (!lex_number(t, UINT16_MAX, &v) || v == 0)
		return false;
	*out = (uint16_t)v;
	return true;
}

/* N, N.., ..N, N..N: t is what stands between the parentheses. */
static bool
read_range(const struct lex_tok *t, struct props_alg *a)
{
	struct lex_tok low = *t, high = *t;
	const char *dots = memchr(t->s, '.', t->n);

	if (dots == NULL) {
		if (!read_bits(t, &a->min))
			return false;
		a->max = a->min;
		return true;
	}
	low.n = (size_t)(dots - t->s);
	if (t->n - low.n < 2 || dots[1] != '.')
		return false;
	high.s = dots + 2;
	high.n = t->n - low.n - 2;
	if (low.n == 0 && high.n == 0)
		return false;
	return (low.n == 0 || read_bits(&low, &a->min)) &&
	       (high.n == 0 || read_bits(&high, &a->max)) && a->min <= a->max;
}

/* Cut the "(bits)" off t. False: reported. */
static bool
split_bits(struct lex *lx, struct lex_tok *t, struct props_alg *a, bool *has)
{
	const char *open = memchr(t->s, '(', t->n);
	struct lex_tok in = *t;

	*has = open != NULL;
	a->min = 0;
	a->max = UINT16_MAX;
	if (open == NULL)
		return true;
	in.s = open + 1;
	in.n = t->n - (size_t)(in.s - t->s);
	in.col += (unsigned)(in.s - t->s);
	t->n = (size_t)(open - t->s);
	if (in.n == 0 || in.s[--in.n] != ')' || !read_range(&in, a)) {
		lex_error(lx, &in,
		    "the key length is written (BITS), (MIN..), (..MAX) or "
		    "(MIN..MAX), without blanks");
		return false;
	}
	return true;
}

/* The number of the algorithm that t names. False: reported. */
static bool
read_id(struct lex *lx, const struct lex_tok *t, enum alg_table table,
    const struct ipsecinit_env *env, uint8_t *id)
{
	const struct ipsecalgs_row *row =
	    ipsecalgs_by_name(env->names, table, t->s, t->n);
	char near[IPSECALGS_NAME];
	uint64_t n;

	if (row != NULL && row->id != 0) {
		*id = row->id;
		return true;
	}
	if (lex_number(t, 255, &n) && n != 0) {
		*id = (uint8_t)n;
		return true;
	}
	const char *const words[] = {
		ipsecalgs_nearest(near, env->names, table, t), NULL
	};

	lex_expected(lx, t, words,
	    "an %s algorithm of /etc/inet/ipsecalgs, "
	    "its number (1 to 255), any or none",
	    table == ALG_AUTH ? "authentication" : "encryption");
	return false;
}

/* RFC 8221: not for new use, but Solaris has them. */
static bool
is_legacy(const struct alg *a)
{
	return (a->flags & ALG_LEGACY) != 0;
}

/* Is the algorithm there, has it such keys, is it one to warn about? */
static void
check_alg(struct lex *lx, const struct lex_tok *t, enum alg_table table,
    const struct props_alg *p, const struct ipsecinit_env *env)
{
	const struct alg *a = offered(env, table, p->id);
	uint16_t min, max;

	if (a == NULL) {
		lex_error(lx, t,
		    "ipsecd does not offer this %s algorithm (number %u)",
		    table == ALG_AUTH ? "authentication" : "encryption", p->id);
		return;
	}
	if (!clamp(a, p, &min, &max)) {
		if (a->key_min == a->key_max)
			lex_error(lx, t, "the algorithm has keys of %u bits",
			    a->key_min);
		else
			lex_error(lx, t,
			    "the algorithm has keys of %u to %u bits",
			    a->key_min, a->key_max);
		return;
	}
	if (min == max && !alg_keybits_ok(a, min))
		lex_warning(lx, t,
		    "no key has %u bits: they go from %u to %u in steps of %u",
		    min, a->key_min, a->key_max, a->key_incr);
	if (is_legacy(a))
		lex_warning(lx, t,
		    "DANGER: \"%.*s\" is a legacy algorithm that no longer "
		    "protects well (RFC 8221)",
		    (int)t->n, t->s);
}

/* "any" takes in what one would not name. */
static void
check_any(struct lex *lx, const struct lex_tok *t, enum alg_table table,
    const struct props_alg *p, const struct ipsecinit_env *env)
{
	char name[IPSECALGS_NAME];
	uint16_t min, max;

	for (size_t i = 0; i < env->n_algs; i++) {
		const struct alg *a = &env->algs[i];

		if (a->table == table && is_legacy(a) &&
		    (a->flags & ALG_VALID) != 0 && clamp(a, p, &min, &max)) {
			lex_warning(lx, t,
			    "\"any\" takes in legacy algorithms such as %s; "
			    "better name those you want",
			    ipsecalgs_name(name, env->names, table, a->id));
			return;
		}
	}
}

static void
read_alg(struct lex *lx, const struct lex_tok *value, enum alg_table table,
    const struct ipsecinit_env *env, struct props_alg *a)
{
	struct lex_tok name = *value;
	struct props_alg got = { .at = value };
	bool has_bits;

	if (value->n > ALG_TOKEN) {
		lex_error(lx, value, "longer than %d letters", ALG_TOKEN);
		return;
	}
	if (!split_bits(lx, &name, &got, &has_bits))
		return;
	if (lex_is_nocase(&name, "none") && !has_bits)
		return;
	got.any = lex_is_nocase(&name, "any");
	if (got.any) {
		check_any(lx, &name, table, &got, env);
	} else {
		if (!read_id(lx, &name, table, env, &got.id))
			return;
		check_alg(lx, &name, table, &got, env);
	}
	*a = got;
}

static void
read_sa(struct props *p, struct lex *lx, const struct lex_tok *value)
{
	static const char *const kinds[] = { "shared", "unique", NULL };

	p->unique = lex_is(value, "unique");
	p->sa_at = value;
	if (!p->unique && !lex_is(value, "shared"))
		lex_expected(lx, value, kinds, "a kind of SA (shared, unique)");
}

static void
read_dir(struct props *p, struct lex *lx, const struct lex_tok *word,
    const struct lex_tok *value)
{
	static const char *const dirs[] = { "in", "out", NULL };

	p->dir_at = word;
	if (lex_is(value, "in"))
		p->dir = RULE_IN;
	else if (lex_is(value, "out"))
		p->dir = RULE_OUT;
	else if (lex_is(value, "both"))
		lex_error(lx, value,
		    "\"dir both\" is written in the pattern, before the "
		    "action");
	else
		lex_expected(lx, value, dirs, "a direction (in, out)");
}

/* What the properties say together (spec: policy 6, 8). */
static void
check(const struct props *p, struct lex *lx, const struct section *s)
{
	const struct lex_tok *alg = p->ah.at != NULL	? p->ah.at
				    : p->esp.at != NULL ? p->esp.at
							: p->espa.at;

	if (p->word == PROPS_UNKNOWN)
		return;
	if (p->word == PROPS_PASS || p->word == PROPS_DROP) {
		if (alg != NULL || p->sa_at != NULL)
			lex_error(lx, alg != NULL ? alg : p->sa_at,
			    "\"%.*s\" takes no algorithms and no SA",
			    (int)p->word_at.n, p->word_at.s);
		return;
	}
	if (alg == NULL)
		lex_error(lx, &s->open,
		    "\"%.*s\" needs auth_algs, encr_algs or encr_auth_algs "
		    "other than none",
		    (int)p->word_at.n, p->word_at.s);
}

static void
check_esp(
    const struct props *p, struct lex *lx, const struct ipsecinit_env *env)
{
	const struct alg *e;

	if (p->espa.at != NULL && !p->espa.any && p->espa.id == AALG_AES_GMAC)
		lex_error(lx, p->espa.at,
		    "this algorithm is for AH: write auth_algs, or encr_algs "
		    "with the algorithm of that name for ESP");
	if (p->esp.at == NULL)
		return;
	if (p->esp.any) {
		if (p->espa.at == NULL && p->ah.at == NULL)
			lex_warning(lx, p->esp.at,
			    "DANGER: encryption without authentication where "
			    "the cipher does not authenticate; add "
			    "encr_auth_algs");
		return;
	}
	e = offered(env, ALG_ENCR, p->esp.id);
	if (e == NULL)
		return;
	if ((e->flags & ALG_COMBINED) != 0) {
		if (p->espa.at != NULL)
			lex_error(lx, p->espa.at,
			    "\"encr_auth_algs\" together with a cipher that "
			    "authenticates by itself");
	} else if (p->espa.at == NULL && p->esp.id == EALG_NULL) {
		/* RFC 4303 3.2: not both NULL */
		lex_error(lx, p->esp.at,
		    "ESP with null encryption needs encr_auth_algs");
	} else if (p->espa.at == NULL && (e->flags & ALG_COUNTER) != 0) {
		/* RFC 3686 7 */
		lex_error(lx, p->esp.at,
		    "this cipher in counter mode needs encr_auth_algs");
	} else if (p->espa.at == NULL && p->ah.at == NULL) {
		lex_warning(lx, p->esp.at,
		    "DANGER: encryption without authentication: packets can "
		    "be changed on their way; add encr_auth_algs");
	}
}

void
props_read(struct props *p, struct lex *lx, const struct section *s,
    const struct ipsecinit_env *env)
{
	const struct lex_tok *at[W_N] = { NULL }, *word, *value;
	unsigned i = 0, key, errors = lx->errors;

	while (section_pair(s, lx, &i, property_words,
	    "a property (auth_algs, encr_algs, encr_auth_algs, sa, dir)", &key,
	    &word, &value)) {
		if (at[key] != NULL) {
			lex_error(lx, word,
			    "\"%s\" is there twice, first at %u:%u",
			    property_words[key], at[key]->line, at[key]->col);
			continue;
		}
		/* none is as if it were not there: it may be said again */
		if (key > W_ENCR_AUTH || !lex_is_nocase(value, "none"))
			at[key] = word;
		if (key == W_AUTH)
			read_alg(lx, value, ALG_AUTH, env, &p->ah);
		else if (key == W_ENCR)
			read_alg(lx, value, ALG_ENCR, env, &p->esp);
		else if (key == W_ENCR_AUTH)
			read_alg(lx, value, ALG_AUTH, env, &p->espa);
		else if (key == W_SA)
			read_sa(p, lx, value);
		else
			read_dir(p, lx, word, value);
	}
	/* what is missing may be what could not be read */
	if (errors == lx->errors)
		check(p, lx, s);
	if (errors == lx->errors)
		check_esp(p, lx, env);
}

/* Is "any" no word for this one, used so? */
static bool
is_left_out(const struct props *p, uint8_t use, const struct alg *a)
{
	if (use == ACT_AH)
		return false;
	if (use == ACT_ESPA) /* RFC 4543: in ESP it is a cipher */
		return a->id == AALG_AES_GMAC;
	/* it is no permission not to encrypt */
	if (a->id == EALG_NULL || a->id == EALG_AES_GMAC)
		return true;
	/* RFC 3686 7 */
	return p->espa.at == NULL && (a->flags & ALG_COUNTER) != 0 &&
	       (a->flags & ALG_COMBINED) == 0;
}

/*
 * The i-th algorithm that p names for this use, in the order of env; NULL past
 * the end. What was not given names nothing.
 */
static const struct alg *
candidate(const struct props *p, uint8_t use, const struct ipsecinit_env *env,
    size_t i)
{
	enum alg_table table = use == ACT_ESP ? ALG_ENCR : ALG_AUTH;
	const struct props_alg *named = use == ACT_ESP	? &p->esp
					: use == ACT_AH ? &p->ah
							: &p->espa;
	uint16_t min, max;

	if (named->at == NULL)
		return NULL;
	if (!named->any)
		return i == 0 ? offered(env, table, named->id) : NULL;
	for (size_t k = 0; k < env->n_algs; k++) {
		const struct alg *a = &env->algs[k];

		if (a->table == table && (a->flags & ALG_VALID) != 0 &&
		    clamp(a, named, &min, &max) && !is_left_out(p, use, a) &&
		    i-- == 0)
			return a;
	}
	return NULL;
}

/* One alternative of the product; NULL: that protocol part is not used. */
static bool
add(struct rule *r, const struct props *p, const struct alg *e,
    const struct alg *a, const struct alg *ea)
{
	struct action act = { .type = ACT_IPSEC,
		.flags = p->unique ? ACT_UNIQUE : 0 };

	if (a != NULL) {
		act.flags |= ACT_AH;
		act.ah_alg = a->id;
		(void)clamp(a, &p->ah, &act.ah_min, &act.ah_max);
	}
	if (e != NULL) {
		act.flags |= ACT_ESP;
		act.esp_alg = e->id;
		(void)clamp(e, &p->esp, &act.esp_min, &act.esp_max);
	}
	if (ea != NULL) {
		act.flags |= ACT_ESP | ACT_ESPA;
		act.espa_alg = ea->id;
		(void)clamp(ea, &p->espa, &act.espa_min, &act.espa_max);
		/* ESP authentication alone is ESP with the NULL cipher */
		if (e == NULL)
			act.esp_alg = EALG_NULL;
	}
	return rule_add_action(r, &act);
}

/* For one cipher and one AH algorithm, every ESP authentication. */
static bool
add_esp_auths(struct rule *r, const struct props *p,
    const struct ipsecinit_env *env, const struct alg *e, const struct alg *a)
{
	const struct alg *ea;

	if (p->espa.at == NULL || (e != NULL && (e->flags & ALG_COMBINED) != 0))
		return add(r, p, e, a, NULL);
	for (size_t i = 0; (ea = candidate(p, ACT_ESPA, env, i)) != NULL; i++)
		if (!add(r, p, e, a, ea))
			return false;
	return true;
}

static bool
add_ahs(struct rule *r, const struct props *p, const struct ipsecinit_env *env,
    const struct alg *e)
{
	const struct alg *a;

	if (p->ah.at == NULL)
		return add_esp_auths(r, p, env, e, NULL);
	for (size_t i = 0; (a = candidate(p, ACT_AH, env, i)) != NULL; i++)
		if (!add_esp_auths(r, p, env, e, a))
			return false;
	return true;
}

static bool
add_all(struct rule *r, const struct props *p, const struct ipsecinit_env *env)
{
	const struct alg *e;

	if (p->esp.at == NULL)
		return add_ahs(r, p, env, NULL);
	for (size_t i = 0; (e = candidate(p, ACT_ESP, env, i)) != NULL; i++)
		if (!add_ahs(r, p, env, e))
			return false;
	return true;
}

bool
props_expand(const struct props *p, struct lex *lx,
    const struct ipsecinit_env *env, struct rule *r)
{
	unsigned before = r->n_actions;

	if (p->word == PROPS_PASS || p->word == PROPS_DROP) {
		struct action act = {
			.type = p->word == PROPS_PASS ? ACT_PASS : ACT_DROP
		};

		if (rule_add_action(r, &act))
			return true;
	} else if (add_all(r, p, env)) {
		if (r->n_actions == before)
			lex_error(lx, &p->word_at,
			    "ipsecd offers no algorithm for \"any\" here");
		return true;
	}
	if (r->n_actions < RULE_MAX_ACTIONS)
		return false;
	lex_error(lx, &p->word_at,
	    "this entry stands for more than %d alternatives",
	    RULE_MAX_ACTIONS);
	return true;
}
