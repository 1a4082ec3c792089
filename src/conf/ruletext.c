/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/ruletext.h"

#include <inttypes.h>

#include "base/txt.h"

static bool
is_any(const struct sel *s, unsigned which)
{
	const struct prefix *p = which == SEL_LADDR ? &s->laddr : &s->raddr;

	return (s->has & which) != 0 && p->len == 0 && addr_is_unspec(&p->a);
}

/*
 * The text of an address of zeros is left out, as Solaris does, where the
 * other address shows the family; else the rule could not be read again.
 */
static void
put_addr(struct wr *w, const struct ruletext_env *env, const struct sel *s,
    unsigned which)
{
	const struct prefix *p = which == SEL_LADDR ? &s->laddr : &s->raddr;
	unsigned other = which == SEL_LADDR ? SEL_RADDR : SEL_LADDR;
	const char *name = NULL;
	char buf[ADDR_TEXT];

	if ((s->has & which) == 0)
		return;
	txt_put(w, which == SEL_LADDR ? "laddr " : "raddr ");
	if (env->host != NULL && p->len == addr_bits(p->a.fam))
		name = env->host(env->ctx, &p->a);
	if (name != NULL)
		txt_print(w, "%s/%u ", name, p->len);
	else if (is_any(s, which) && (s->has & other) != 0 && !is_any(s, other))
		txt_put(w, "/0 ");
	else
		txt_print(w, "%s ", prefix_print(buf, p));
}

static void
put_port(struct wr *w, const struct ruletext_env *env, const char *word,
    uint16_t min, uint16_t max)
{
	const char *name = NULL;

	if (min == max && env->service != NULL)
		name = env->service(env->ctx, min);
	if (name != NULL)
		txt_print(w, "%s %s ", word, name);
	else if (min == max)
		txt_print(w, "%s %u ", word, min);
	else
		txt_print(w, "%s %u-%u ", word, min, max);
}

static void
put_range(struct wr *w, const char *word, uint8_t min, uint8_t max)
{
	if (min == max)
		txt_print(w, "%s %u ", word, min);
	else
		txt_print(w, "%s %u-%u ", word, min, max);
}

static void
put_sel(struct wr *w, const struct ruletext_env *env, const struct rule *r)
{
	const struct sel *s = &r->sel;

	if ((s->has & SEL_PROTO) != 0) {
		const char *name = env->protocol != NULL
				       ? env->protocol(env->ctx, s->proto)
				       : NULL;

		if (name != NULL)
			txt_print(w, "ulp %s ", name);
		else
			txt_print(w, "ulp %u ", s->proto);
	}
	put_addr(w, env, s, SEL_LADDR);
	if ((s->has & SEL_LPORT) != 0)
		put_port(w, env, "lport", s->lport_min, s->lport_max);
	put_addr(w, env, s, SEL_RADDR);
	if ((s->has & SEL_RPORT) != 0)
		put_port(w, env, "rport", s->rport_min, s->rport_max);
	if ((s->has & SEL_TYPE) != 0) {
		put_range(w, "type", s->type_min, s->type_max);
		if ((s->has & SEL_CODE) != 0)
			put_range(w, "code", s->code_min, s->code_max);
	}
}

static void
put_alg(struct wr *w, const struct ruletext_env *env, const char *word,
    enum alg_table table, uint8_t id, uint16_t min, uint16_t max)
{
	char name[IPSECALGS_NAME];

	txt_print(
	    w, "%s %s", word, ipsecalgs_name(name, env->names, table, id));
	if (min == 0 && (max == 0 || max == UINT16_MAX))
		txt_put(w, " ");
	else if (min == max)
		txt_print(w, "(%u) ", min);
	else if (max == UINT16_MAX)
		txt_print(w, "(%u..) ", min);
	else
		txt_print(w, "(%u..%u) ", min, max);
}

static void
put_action(struct wr *w, const struct ruletext_env *env, const struct action *a)
{
	if (a->type != ACT_IPSEC) {
		txt_put(w, a->type == ACT_PASS ? "pass { } " : "drop { } ");
		return;
	}
	txt_put(w, "ipsec { ");
	if ((a->flags & ACT_AH) != 0)
		put_alg(w, env, "auth_algs", ALG_AUTH, a->ah_alg, a->ah_min,
		    a->ah_max);
	if ((a->flags & ACT_ESP) != 0)
		put_alg(w, env, "encr_algs", ALG_ENCR, a->esp_alg, a->esp_min,
		    a->esp_max);
	if ((a->flags & ACT_ESPA) != 0)
		put_alg(w, env, "encr_auth_algs", ALG_AUTH, a->espa_alg,
		    a->espa_min, a->espa_max);
	txt_put(
	    w, (a->flags & ACT_UNIQUE) != 0 ? "sa unique } " : "sa shared } ");
}

void
ruletext_print(
    struct wr *w, const struct ruletext_env *env, const struct rule *r)
{
	static const char *const dirs[] = { "", "dir in ", "dir out ",
		"dir both " };

	txt_put(w, "#INDEX ");
	if (r->tun[0] != '\0')
		txt_print(w, "%s,", r->tun);
	txt_print(w, "%" PRIu64 "\n{ ", r->index);
	if (r->tun[0] != '\0')
		txt_print(w, "tunnel %s negotiate %s ", r->tun,
		    r->tunnel_mode ? "tunnel" : "transport");
	put_sel(w, env, r);
	txt_print(w, "%s} ", dirs[r->dir & 3u]);
	for (unsigned i = 0; i < r->n_actions; i++) {
		if (i != 0)
			txt_put(w, "or ");
		put_action(w, env, &r->actions[i]);
	}
	txt_put(w, "\n");
}
