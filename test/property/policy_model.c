/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Decisions of policy against a model that is as simple as the text it was
 * written from (spec: policy 11, 12, 17, 19, 20): a list of rules, looked
 * through from the first to the last, bit by bit. Shares no line with core/spd,
 * core/classify, core/judge and model/rule; random rules, changes and packets
 * come from core/polrand.h.
 *
 * POLICY_MODEL_SECONDS (12) says how long, POLICY_MODEL_SEED repeats a run.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core/judge.h"
#include "core/polrand.h"
#include "core/said_test.h"
#include "core/spd.h"
#include "wire/pfpolicy.h"

#define MAX_RULES 1200
#define HEADS	  3

static const char *const tuns[HEADS] = { "", "ip.tun0", "ip.tun7" };

static uint64_t seed, first_seed;
static struct {
	uint64_t packets, matched, rules, refused, judged, accepted;
} count;

static void
demand(bool holds, const char *what)
{
	if (holds)
		return;
	printf("FAIL: %s (POLICY_MODEL_SEED=%" PRIu64 ")\n", what, first_seed);
	exit(1);
}

/* --- the model --- */

struct entry {
	unsigned head;
	bool in;
	uint8_t fam;
	uint32_t priority;
	uint64_t index;
	struct sel sel;
	unsigned n_actions;
	struct action action[3];
};

static struct model {
	unsigned n;
	uint64_t next[HEADS];
	uint8_t mode[HEADS]; /* 1: tunnel, of a tunnel that has entries */
	struct entry e[MAX_RULES];
} model, kept;

static bool
bit(const struct addr *a, unsigned i)
{
	return (a->b[i / 8] >> (7 - i % 8) & 1) != 0;
}

static bool
in_prefix(const struct prefix *p, const struct addr *a)
{
	if (p->a.fam != a->fam)
		return false;
	for (unsigned i = 0; i < p->len; i++)
		if (bit(&p->a, i) != bit(a, i))
			return false;
	return true;
}

static bool
has_ports(uint8_t proto)
{
	return proto == 6 || proto == 17 || proto == 132;
}

/* policy 17: each selector that is there has to match. */
static bool
matches(const struct entry *e, const struct flow *f)
{
	const struct sel *s = &e->sel;

	if (e->fam != f->local.fam)
		return false;
	if ((s->has & SEL_LADDR) && !in_prefix(&s->laddr, &f->local))
		return false;
	if ((s->has & SEL_RADDR) && !in_prefix(&s->raddr, &f->remote))
		return false;
	if ((s->has & SEL_PROTO) && s->proto != f->proto)
		return false;
	if (s->has & (SEL_LPORT | SEL_RPORT)) {
		if (!has_ports(f->proto) || !f->has_ports)
			return false;
		if ((s->has & SEL_LPORT) &&
		    (f->lport < s->lport_min || f->lport > s->lport_max))
			return false;
		if ((s->has & SEL_RPORT) &&
		    (f->rport < s->rport_min || f->rport > s->rport_max))
			return false;
	}
	if (s->has & SEL_TYPE) {
		if (!f->has_icmp)
			return false;
		if (f->icmp_type < s->type_min || f->icmp_type > s->type_max)
			return false;
		if ((s->has & SEL_CODE) &&
		    (f->icmp_code < s->code_min || f->icmp_code > s->code_max))
			return false;
	}
	return true;
}

/* policy 12: the greatest priority; among equals the newest. */
static const struct entry *
decide(unsigned head, bool in, const struct flow *f)
{
	const struct entry *best = NULL;

	for (unsigned i = 0; i < model.n; i++) {
		const struct entry *e = &model.e[i];

		if (e->head != head || e->in != in || !matches(e, f))
			continue;
		if (best == NULL || e->priority > best->priority ||
		    (e->priority == best->priority && e->index > best->index))
			best = e;
	}
	return best;
}

static bool
same_prefix(const struct prefix *a, const struct prefix *b)
{
	return a->len == b->len && in_prefix(a, &b->a);
}

static bool
same_sel(const struct sel *a, const struct sel *b)
{
	if (a->has != b->has)
		return false;
	if ((a->has & SEL_LADDR) && !same_prefix(&a->laddr, &b->laddr))
		return false;
	if ((a->has & SEL_RADDR) && !same_prefix(&a->raddr, &b->raddr))
		return false;
	if ((a->has & SEL_PROTO) && a->proto != b->proto)
		return false;
	if ((a->has & SEL_LPORT) &&
	    (a->lport_min != b->lport_min || a->lport_max != b->lport_max))
		return false;
	if ((a->has & SEL_RPORT) &&
	    (a->rport_min != b->rport_min || a->rport_max != b->rport_max))
		return false;
	if ((a->has & SEL_TYPE) &&
	    (a->type_min != b->type_min || a->type_max != b->type_max))
		return false;
	return !(a->has & SEL_CODE) ||
	       (a->code_min == b->code_min && a->code_max == b->code_max);
}

static bool
same_actions(const struct entry *a, const struct entry *b)
{
	if (a->n_actions != b->n_actions)
		return false;
	for (unsigned i = 0; i < a->n_actions; i++) {
		const struct action *x = &a->action[i], *y = &b->action[i];

		if (x->type != y->type || x->flags != y->flags ||
		    x->ah_alg != y->ah_alg || x->esp_alg != y->esp_alg ||
		    x->espa_alg != y->espa_alg)
			return false;
	}
	return true;
}

static bool
is_icmp_ipsec(const struct entry *e)
{
	return (e->sel.has & SEL_PROTO) &&
	       e->sel.proto == (e->fam == FAM_V4 ? 1 : 58) &&
	       e->action[0].type == ACT_IPSEC;
}

static bool
whole_remote(const struct entry *e)
{
	return (e->sel.has & SEL_RADDR) &&
	       e->sel.raddr.len == (e->fam == FAM_V4 ? 32 : 128);
}

/* policy 12, "Duplicates". */
static bool
refuses(const struct entry *e)
{
	for (unsigned i = 0; i < model.n; i++) {
		const struct entry *o = &model.e[i];

		if (o->head != e->head || o->in != e->in || o->fam != e->fam)
			continue;
		if (same_sel(&o->sel, &e->sel))
			return true;
		if (!is_icmp_ipsec(o) || !is_icmp_ipsec(e) ||
		    same_actions(o, e))
			continue;
		if (whole_remote(o) != whole_remote(e))
			continue;
		if (!whole_remote(o) ||
		    same_prefix(&o->sel.raddr, &e->sel.raddr))
			return true;
	}
	return false;
}

/* policy 11: out IPv4, out IPv6, in IPv4, in IPv6, or none of them. */
static int
model_add(unsigned head, const struct rule *r)
{
	struct entry fresh[4];
	unsigned n = 0;
	bool any = false;

	for (unsigned i = 0; i < model.n; i++)
		any |= model.e[i].head == head;
	if (head != 0 && any && model.mode[head] != r->tunnel_mode)
		return EBUSY;
	for (unsigned in = 0; in < 2; in++)
		for (uint8_t fam = FAM_V4; fam <= FAM_V6; fam += 2) {
			struct entry *e = &fresh[n];

			if (!(r->dir & (in ? RULE_IN : RULE_OUT)) ||
			    (r->fam != FAM_NONE && r->fam != fam))
				continue;
			*e = (struct entry){ .head = head,
				.in = in,
				.fam = fam,
				.priority = r->priority,
				.sel = r->sel,
				.n_actions = r->n_actions };
			for (unsigned k = 0; k < r->n_actions; k++)
				e->action[k] = r->actions[k];
			if (refuses(e))
				return EEXIST;
			n++;
		}
	for (unsigned i = 0; i < n; i++) {
		fresh[i].index = model.next[head]++;
		model.e[model.n++] = fresh[i];
	}
	model.mode[head] = r->tunnel_mode;
	return 0;
}

static bool
model_delete(unsigned head, uint64_t index)
{
	for (unsigned i = 0; i < model.n; i++)
		if (model.e[i].head == head && model.e[i].index == index) {
			model.e[i] = model.e[--model.n];
			return true;
		}
	return false;
}

static void
model_flush(unsigned head)
{
	for (unsigned i = 0; i < model.n;)
		if (model.e[i].head == head)
			model.e[i] = model.e[--model.n];
		else
			i++;
	model.next[head] = 1;
}

/* --- random rules --- */

static const uint8_t ah_algs[] = { AALG_SHA256HMAC, AALG_SHA1HMAC };
static const uint8_t ciphers[] = { EALG_AES, EALG_AES_GCM_16, EALG_NULL };

static struct action
random_ipsec(void)
{
	struct action a = { .type = ACT_IPSEC };
	unsigned what = 1 + polrand(&seed, 3);

	if (what & 1) {
		a.flags |= ACT_AH;
		a.ah_alg = ah_algs[polrand(&seed, 2)];
	}
	if (what & 2) {
		a.flags |= ACT_ESP;
		a.esp_alg = ciphers[polrand(&seed, 3)];
		if (a.esp_alg != EALG_AES_GCM_16 && polrand(&seed, 2)) {
			a.flags |= ACT_ESPA;
			a.espa_alg = ah_algs[polrand(&seed, 2)];
		}
	}
	if (polrand(&seed, 4) == 0)
		a.flags |= ACT_UNIQUE;
	return a;
}

/* As ipsecconf gives them: the boosts of all alternatives (policy 12). */
static uint32_t
boost(const struct rule *r)
{
	uint32_t b = 0;

	for (unsigned i = 0; i < r->n_actions; i++) {
		if (r->actions[i].type == ACT_PASS)
			b |= 0x00800000;
		if (r->actions[i].flags & ACT_ESP)
			b |= 0x00400000;
		if (r->actions[i].flags & ACT_AH)
			b |= 0x00200000;
	}
	return b;
}

static void
random_rule(struct rule *r, struct action act[3], unsigned head)
{
	static const uint8_t fams[] = { FAM_NONE, FAM_V4, FAM_V6, FAM_V4 };

	*r = (struct rule){ .dir = (uint8_t)(1 + polrand(&seed, 3)),
		.fam = fams[polrand(&seed, 4)],
		.n_actions = (uint16_t)(1 + (polrand(&seed, 4) == 0) +
					(polrand(&seed, 8) == 0)),
		.actions = act };
	for (unsigned i = 0; i < r->n_actions; i++) {
		unsigned what = polrand(&seed, 5);

		act[i] = what == 0   ? (struct action){ .type = ACT_DROP }
			 : what == 1 ? (struct action){ .type = ACT_PASS }
				     : random_ipsec();
	}
	r->sel = polrand_sel(&seed, r->fam == FAM_V6 ? FAM_V6 : FAM_V4);
	if ((r->sel.has & (SEL_LADDR | SEL_RADDR)) != 0 && r->fam == FAM_NONE)
		r->fam = FAM_V4;
	/* few bases, so that there are ties as well */
	r->priority = polrand(&seed, 3) == 0
			  ? polrand(&seed, 4)
			  : boost(r) | (0xfffff - polrand(&seed, 50));
	memcpy(r->tun, tuns[head], strlen(tuns[head]));
	r->tunnel_mode = head != 0 && polrand(&seed, 100) != 0;
}

/* One change of that set of the SPD and of the model: they agree about it. */
static void
change(struct spd *d, int id)
{
	unsigned head = polrand(&seed, 4) == 0 ? 1 + polrand(&seed, 2) : 0;
	struct action act[3];
	struct rule r;
	uint64_t index;
	uint16_t diag;
	int want, got;

	if (polrand(&seed, 40) == 0) {
		(void)spd_flush(d, id, tuns[head], false);
		model_flush(head);
		return;
	}
	if (polrand(&seed, 4) == 0) {
		index = 1 + polrand(&seed, 60);
		demand(model_delete(head, index) ==
			   (spd_delete(d, id, tuns[head], index) == 0),
		    "the same rules are there to be deleted");
		return;
	}
	random_rule(&r, act, head);
	got = spd_add(d, id, &r, &diag, &index);
	want = model_add(head, &r);
	if (got != want)
		printf("SPD says %d, the model %d\n", got, want);
	demand(got == want, "the same rules are refused");
	demand(want != 0 || index == model.next[head] - 1, "the same index");
	count.rules++;
	count.refused += want != 0;
}

/* --- packets --- */

static void
compare_lookup(struct spd *d)
{
	struct flow f =
	    polrand_flow(&seed, polrand(&seed, 2) ? FAM_V4 : FAM_V6);
	unsigned head = polrand(&seed, 4) == 0 ? 1 + polrand(&seed, 2) : 0;
	bool in = polrand(&seed, 2) != 0;
	const struct entry *want;
	const struct spd_entry *got;

	if (f.has_ports && polrand(&seed, 8) == 0)
		f.rport = (uint16_t)(30000 + polrand(&seed, 35536));
	want = decide(head, in, &f);
	got = spd_lookup(d, tuns[head], in ? RULE_IN : RULE_OUT, &f);
	if (want == NULL || got == NULL)
		demand(want == NULL && got == NULL, "both or none have a rule");
	else
		demand(want->index == got->rule.index &&
			   want->n_actions == got->rule.n_actions &&
			   want->action[0].type == got->rule.actions[0].type,
		    "the same rule decides");
	count.packets++;
	count.matched += want != NULL;
}

static bool
ordered(void *ctx, struct spd_entry *e)
{
	struct {
		unsigned n;
		struct spd_entry *last;
	} *o = ctx;
	const struct rule *r = &e->rule, *l;

	if (o->last != NULL && strcmp(o->last->rule.tun, r->tun) == 0) {
		l = &o->last->rule;
		demand(l->dir == r->dir || l->dir == RULE_OUT,
		    "outbound entries are listed first");
		demand(l->dir != r->dir || l->priority >= r->priority,
		    "a listing is in the order of matching");
	}
	o->last = e;
	o->n++;
	return true;
}

/* --- inbound: the tables of policy 19 and 20 --- */

static bool
harmless(const struct flow *f)
{
	/* policy 20, the column "accepted"; RFC 792 and 4443 numbers */
	if (!f->has_icmp)
		return false;
	if (f->proto == 58)
		return f->icmp_type != 128 && f->icmp_type != 4;
	if (f->icmp_type == 3)
		return f->icmp_code == 0 || f->icmp_code == 1 ||
		       f->icmp_code == 4;
	return f->icmp_type == 0 || f->icmp_type == 14 || f->icmp_type == 16 ||
	       f->icmp_type == 9 || f->icmp_type == 4 || f->icmp_type == 11;
}

static bool
same_ident(const struct sa_ident *a, const struct sa_ident *b)
{
	return a->type == b->type && a->len == b->len && a->id[0] == b->id[0];
}

static enum verdict
one_alternative(
    const struct action *a, const struct sa *ah, const struct sa *esp)
{
	if (a->type == ACT_PASS)
		return VERDICT_SPD_GOT_SECURE;
	if (a->type == ACT_DROP)
		return VERDICT_SPD_EXPLICIT;
	if ((ah != NULL) != ((a->flags & ACT_AH) != 0))
		return VERDICT_SPD_GOT_AH;
	if (ah != NULL && a->ah_alg != ah->auth)
		return VERDICT_SPD_BAD_AHALG;
	if ((esp != NULL) != ((a->flags & ACT_ESP) != 0))
		return VERDICT_SPD_GOT_ESP;
	if (esp != NULL && a->esp_alg != esp->encr)
		return VERDICT_SPD_BAD_ESPEALG;
	if (esp != NULL && (a->flags & ACT_ESPA) && a->espa_alg != esp->auth)
		return VERDICT_SPD_BAD_ESPAALG;
	if (ah != NULL && esp != NULL &&
	    !(same_ident(sa_sid(ah), sa_sid(esp)) &&
		same_ident(sa_did(ah), sa_did(esp))))
		return VERDICT_SPD_AHESP_DIFFID;
	return VERDICT_PASS;
}

static enum verdict
inbound(const struct entry *e, const struct sa *ah, const struct sa *esp,
    const struct flow *f, bool icmp)
{
	enum verdict why = VERDICT_SPD_EXPLICIT;

	if (e->action[0].type == ACT_DROP)
		return VERDICT_SPD_EXPLICIT;
	if (ah == NULL && esp == NULL) {
		for (unsigned i = 0; i < e->n_actions; i++)
			if (e->action[i].type == ACT_PASS)
				return VERDICT_PASS;
		return icmp && harmless(f) ? VERDICT_PASS
					   : VERDICT_SPD_GOT_CLEAR;
	}
	for (unsigned i = 0; i < e->n_actions; i++) {
		why = one_alternative(&e->action[i], ah, esp);
		if (why == VERDICT_PASS)
			return VERDICT_PASS;
	}
	return why;
}

/* RFC 4301 5.2 step 4; a value of 0 is no selector. */
static bool
fits(const struct sa *sa, const struct flow *f)
{
	const struct sa_extra *s = sa_extra(sa);

	if (s->proto != 0 && s->proto != f->proto)
		return false;
	if (s->sport != 0 && !(f->has_ports && s->sport == f->rport))
		return false;
	return s->dport == 0 || (f->has_ports && s->dport == f->lport);
}

static void
random_sa(struct sa *sa, bool is_ah, const struct flow *f)
{
	*sa = bare_sa(is_ah ? SATYPE_AH : SATYPE_ESP, 0, 0);
	sa->auth = ah_algs[polrand(&seed, 2)];
	if (!is_ah) {
		sa->encr = ciphers[polrand(&seed, 3)];
		if (sa->encr == EALG_AES_GCM_16)
			sa->auth = 0;
	}
	if (polrand(&seed, 3) == 0) {
		sa->rest->extra->sid->type = 1;
		sa->rest->extra->sid->len = 1;
		sa->rest->extra->sid->id[0] = (char)('a' + polrand(&seed, 2));
	}
	if (polrand(&seed, 4) == 0) { /* a unique one, perhaps another's */
		sa->rest->extra->proto = f->proto;
		if (f->has_ports) {
			sa->rest->extra->sport =
			    (uint16_t)(f->rport + (polrand(&seed, 4) == 0));
			sa->rest->extra->dport =
			    (uint16_t)(f->lport + (polrand(&seed, 4) == 0));
		}
	}
}

static void
compare_judge(struct spd *d)
{
	struct flow f =
	    polrand_flow(&seed, polrand(&seed, 2) ? FAM_V4 : FAM_V6);
	static struct sa ah, esp;
	unsigned what = polrand(&seed, 4);
	bool icmp = polrand(&seed, 2) != 0;
	struct judge_case c = { .f = &f };
	const struct entry *e;
	struct spd_entry *got;
	enum verdict want;

	if (f.has_icmp && polrand(&seed, 2))
		f.icmp_type =
		    (uint8_t)(polrand(&seed, 2) ? polrand(&seed, 20)
						: 126 + polrand(&seed, 14));
	e = decide(0, true, &f);
	got = spd_lookup(d, "", RULE_IN, &f);
	if (what & 1) {
		random_sa(&ah, true, &f);
		c.ah = &ah;
	}
	if (what & 2) {
		random_sa(&esp, false, &f);
		c.esp = &esp;
	}
	want = c.ah != NULL && !fits(c.ah, &f) ? VERDICT_SPD_AH_INNERMISMATCH
	       : c.esp != NULL && !fits(c.esp, &f)
		   ? VERDICT_SPD_ESP_INNERMISMATCH
		   : VERDICT_PASS;
	demand(judge_selectors(&c) == want, "selectors of an SA");
	if (e == NULL || got == NULL)
		return;
	want = inbound(e, c.ah, c.esp, &f, icmp);
	demand(judge_rule(&got->rule, &c, icmp) == want, "an inbound packet");
	count.judged++;
	count.accepted += want == VERDICT_PASS;
}

/* --- the walk --- */

static void
walk(void)
{
	struct spd *d = spd_new();
	unsigned changes = 1u << polrand(&seed, 9);
	struct {
		unsigned n;
		struct spd_entry *last;
	} listing = { 0 };

	demand(d != NULL, "memory");
	model.n = 0;
	for (unsigned i = 0; i < HEADS; i++)
		model.next[i] = 1;
	for (unsigned i = 0; i < changes; i++) {
		if (polrand(&seed, 10) == 0) { /* a transaction, or none */
			kept = model;
			demand(spd_clone(d) == 0, "memory");
			for (unsigned k = polrand(&seed, 6); k > 0; k--)
				change(d, SPD_STANDBY);
			if (polrand(&seed, 2))
				spd_flip(d);
			else
				model = kept;
			demand(
			    spd_flush(d, SPD_STANDBY, "", true) == 0, "flush");
		} else {
			change(d, SPD_ACTIVE);
		}
		for (unsigned k = 0; k < 8; k++)
			compare_lookup(d);
	}
	demand(spd_count(d, SPD_ACTIVE) == model.n, "as many rules");
	spd_each(d, SPD_ACTIVE, "", true, ordered, &listing);
	demand(listing.n == model.n, "all of them are listed");
	for (unsigned k = 0; k < 2000; k++) {
		compare_lookup(d);
		compare_judge(d);
	}
	spd_free(d);
}

static double
clock_s(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int
main(void)
{
	const char *s = getenv("POLICY_MODEL_SEED");
	const char *how_long = getenv("POLICY_MODEL_SECONDS");
	double end = clock_s() + (how_long != NULL ? atof(how_long) : 12);

	first_seed =
	    s != NULL ? strtoull(s, NULL, 10) : (uint64_t)time(NULL) * 1000003;
	seed = first_seed;
	printf("POLICY_MODEL_SEED=%" PRIu64 "\n", first_seed);
	do
		walk();
	while (clock_s() < end);
	printf("%" PRIu64 " packets, %" PRIu64 " with a rule; %" PRIu64
	       " rules, %" PRIu64 " refused; %" PRIu64 " judged, %" PRIu64
	       " accepted\n",
	    count.packets, count.matched, count.rules, count.refused,
	    count.judged, count.accepted);
	/* worth something only when all of it happens often */
	demand(
	    count.matched > count.packets / 10 && count.matched < count.packets,
	    "packets with and without a rule");
	demand(
	    count.accepted > count.judged / 20 && count.accepted < count.judged,
	    "packets that are accepted, and dropped");
	demand(count.refused > count.rules / 100, "rules that are refused");
	return 0;
}
