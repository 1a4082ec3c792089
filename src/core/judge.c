/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/judge.h"

/* RFC 792, RFC 950, RFC 1256, RFC 4443 */
enum {
	ICMP4_ECHO_REPLY = 0,
	ICMP4_UNREACH = 3,
	ICMP4_SOURCE_QUENCH = 4,
	ICMP4_ROUTER_ADVERT = 9,
	ICMP4_TIME_EXCEEDED = 11,
	ICMP4_TIMESTAMP_REPLY = 14,
	ICMP4_INFO_REPLY = 16,
	UNREACH_NET = 0,
	UNREACH_HOST = 1,
	UNREACH_NEEDFRAG = 4,
	ICMP6_PARAM_PROBLEM = 4,
	ICMP6_ECHO_REQUEST = 128
};

bool
judge_icmp_is_harmless(const struct flow *f)
{
	if (!f->has_icmp)
		return false;
	if (f->proto == IPPROTO_ICMPV6_)
		return f->icmp_type != ICMP6_ECHO_REQUEST &&
		       f->icmp_type != ICMP6_PARAM_PROBLEM;
	switch (f->icmp_type) {
	case ICMP4_UNREACH:
		return f->icmp_code == UNREACH_NET ||
		       f->icmp_code == UNREACH_HOST ||
		       f->icmp_code == UNREACH_NEEDFRAG;
	case ICMP4_ECHO_REPLY:
	case ICMP4_SOURCE_QUENCH:
	case ICMP4_ROUTER_ADVERT:
	case ICMP4_TIME_EXCEEDED:
	case ICMP4_TIMESTAMP_REPLY:
	case ICMP4_INFO_REPLY:
		return true;
	default:
		return false;
	}
}

static bool
ident_differs(const struct sa_ident *a, const struct sa_ident *b)
{
	return a->type != b->type || a->len != b->len ||
	       memcmp(a->id, b->id, a->len) != 0;
}

/* Policy 19: is the packet protected just as this alternative says? */
static enum verdict
satisfies(const struct action *a, const struct judge_case *c)
{
	const struct sa *ah = c->ah, *esp = c->esp;
	bool any = (a->flags & ACT_ANYALG) != 0;

	if (a->type == ACT_PASS)
		return VERDICT_SPD_GOT_SECURE;
	if (a->type != ACT_IPSEC)
		return VERDICT_SPD_EXPLICIT;
	if (((a->flags & ACT_AH) != 0) != (ah != NULL))
		return VERDICT_SPD_GOT_AH;
	if (ah != NULL && !any && ah->auth != a->ah_alg)
		return VERDICT_SPD_BAD_AHALG;
	if (((a->flags & ACT_ESP) != 0) != (esp != NULL))
		return VERDICT_SPD_GOT_ESP;
	if (esp != NULL && !any && esp->encr != a->esp_alg)
		return VERDICT_SPD_BAD_ESPEALG;
	/* ESP authentication that is not named is not compared */
	if (esp != NULL && (a->flags & ACT_ESPA) != 0 &&
	    esp->auth != a->espa_alg)
		return VERDICT_SPD_BAD_ESPAALG;
	if (((a->flags & ACT_SELFENCAP) != 0) != c->selfencap)
		return VERDICT_SPD_GOT_SELFENCAP;
	if (c->bad_selfencap)
		return VERDICT_SPD_BAD_SELFENCAP;
	if (ah != NULL && esp != NULL &&
	    (ident_differs(sa_sid(ah), sa_sid(esp)) ||
		ident_differs(sa_did(ah), sa_did(esp))))
		return VERDICT_SPD_AHESP_DIFFID;
	return VERDICT_PASS;
}

static enum verdict
judge_clear(const struct rule *r, const struct judge_case *c, bool icmp)
{
	/* a rule that begins with drop drops, whatever follows */
	if (r->actions[0].type == ACT_DROP)
		return VERDICT_SPD_EXPLICIT;
	for (unsigned i = 0; i < r->n_actions; i++)
		if (r->actions[i].type == ACT_PASS)
			return VERDICT_PASS;
	if (icmp && judge_icmp_is_harmless(c->f))
		return VERDICT_PASS;
	return VERDICT_SPD_GOT_CLEAR;
}

/* PF_KEY's policy may be for chosen SAs alone. */
static bool
reqids_fit(const struct rule *r, const struct judge_case *c)
{
	return (c->ah == NULL || r->ah_reqid == 0 ||
		   sa_extra(c->ah)->reqid == r->ah_reqid) &&
	       (c->esp == NULL || r->esp_reqid == 0 ||
		   sa_extra(c->esp)->reqid == r->esp_reqid);
}

enum verdict
judge_rule(const struct rule *r, const struct judge_case *c, bool icmp)
{
	unsigned which;

	return judge_which(r, c, icmp, &which);
}

enum verdict
judge_which(const struct rule *r, const struct judge_case *c, bool icmp,
    unsigned *which)
{
	enum verdict why = VERDICT_SPD_EXPLICIT;

	if (c->ah == NULL && c->esp == NULL)
		return judge_clear(r, c, icmp);
	if (r->actions[0].type == ACT_DROP)
		return VERDICT_SPD_EXPLICIT;
	if (!reqids_fit(r, c))
		return VERDICT_SPD_NO_POLICY;
	for (unsigned i = 0; i < r->n_actions; i++)
		if ((why = satisfies(&r->actions[i], c)) == VERDICT_PASS) {
			*which = i;
			return VERDICT_PASS;
		}
	return why;
}

static bool
port_fits(uint16_t want, bool there, uint16_t port)
{
	return want == 0 || (there && want == port);
}

/* An address that is not said, or is all zero, fits everything. */
static bool
prefix_fits(const struct prefix *p, const struct addr *a)
{
	return addr_is_unspec(&p->a) || prefix_match(p, a);
}

/* RFC 4301 5.2 step 4. The SA's source is the packet's: our remote side. */
static bool
fits(const struct sa *sa, const struct flow *f)
{
	const struct sa_extra *s = sa_extra(sa);

	if (!sa_is_tunnel(sa))
		return (s->proto == 0 || s->proto == f->proto) &&
		       port_fits(s->sport, f->has_ports, f->rport) &&
		       port_fits(s->dport, f->has_ports, f->lport);
	return prefix_fits(&s->isrc, &f->remote) &&
	       prefix_fits(&s->idst, &f->local) &&
	       (s->iproto == 0 || s->iproto == f->proto) &&
	       port_fits(s->isport, f->has_ports, f->rport) &&
	       port_fits(s->idport, f->has_ports, f->lport);
}

static bool
is_between(const struct sa *sa, const struct flow *f)
{
	return !sa_is_tunnel(sa) ||
	       (prefix_fits(&sa_extra(sa)->isrc, &f->remote) &&
		   prefix_fits(&sa_extra(sa)->idst, &f->local));
}

enum verdict
judge_addresses(const struct judge_case *c)
{
	if (c->ah != NULL && !is_between(c->ah, c->f))
		return VERDICT_SPD_AH_INNERMISMATCH;
	if (c->esp != NULL && !is_between(c->esp, c->f))
		return VERDICT_SPD_ESP_INNERMISMATCH;
	return VERDICT_PASS;
}

enum verdict
judge_selectors(const struct judge_case *c)
{
	if (c->ah != NULL && !fits(c->ah, c->f))
		return VERDICT_SPD_AH_INNERMISMATCH;
	if (c->esp != NULL && !fits(c->esp, c->f))
		return VERDICT_SPD_ESP_INNERMISMATCH;
	return VERDICT_PASS;
}
