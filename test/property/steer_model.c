/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the kernel is told about packets against what policy says of them. The
 * lists of io/steer.h are gone through here as that header says, with random
 * rules and packets. The kernel may never be less strict than policy: what policy
 * protects or drops is diverted or dropped, and what is let in, policy accepts.
 * And it is told exactly that, where it can see all of the packet.
 *
 * STEER_MODEL_SECONDS (6) says how long, STEER_MODEL_SEED repeats a run.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core/judge.h"
#include "core/polrand.h"
#include "daemon/ipsecd/steering.h"
#include "wire/pfpolicy.h"

enum { ESP = 50, AH = 51, IGMP = 2, PIM = 103 };

static uint64_t seed, first_seed;
static struct {
	uint64_t packets, strict, in, let_in, answers, plans;
} count;

/* A packet as the kernel sees it. */
struct seen {
	uint8_t fam;
	struct addr src, dst;
	uint8_t proto;
	bool has_ports, has_icmp;
	uint16_t sport, dport;
	uint8_t type, code;
	bool piece;  /* a fragment that does not show its ports */
	bool routed; /* it names further stops */
	bool root;
	bool reset; /* TCP */
};

static void
demand(bool holds, const char *what, const struct seen *p)
{
	char a[ADDR_TEXT], b[ADDR_TEXT];

	if (holds)
		return;
	printf("FAIL: %s (STEER_MODEL_SEED=%" PRIu64 ")\n%s > %s proto %u "
	       "ports %u > %u type %u code %u piece %d routed %d root %d\n",
	    what, first_seed, addr_print(a, &p->src), addr_print(b, &p->dst),
	    p->proto, p->sport, p->dport, p->type, p->code, p->piece, p->routed,
	    p->root);
	exit(1);
}

/* --- the lists, as io/steer.h has them --- */

static bool
in_net(const struct netaddr *net, uint8_t len, const struct addr *a)
{
	if (net->fam == 0)
		return true;
	if (net->fam != a->fam)
		return false;
	for (unsigned i = 0; i < len; i++)
		if (((net->b[i / 8] ^ a->b[i / 8]) >> (7 - i % 8) & 1) != 0)
			return false;
	return true;
}

static bool
in_range(uint16_t min, uint16_t max, uint16_t v)
{
	return min == 0 || (min <= v && v <= max);
}

static bool
matches(const struct steer_match *m, const struct seen *p)
{
	bool hidden = p->piece && p->fam == FAM_V6; /* its protocol, too */

	if (m->fam != p->fam || !in_net(&m->src, m->src_len, &p->src) ||
	    !in_net(&m->dst, m->dst_len, &p->dst))
		return false;
	if ((m->only == STEER_PIECE && !p->piece) ||
	    (m->only == STEER_ROUTED && !p->routed) ||
	    (m->only == STEER_ROOT && !p->root) ||
	    (m->only == STEER_RESET && !p->reset))
		return false;
	if (m->proto != 0 && (hidden || m->proto != p->proto))
		return false;
	if ((m->sport_min != 0 || m->dport_min != 0) &&
	    (p->piece || !p->has_ports ||
		!in_range(m->sport_min, m->sport_max, p->sport) ||
		!in_range(m->dport_min, m->dport_max, p->dport)))
		return false;
	if (m->has_type && (p->piece || !p->has_icmp || p->type < m->type_min ||
			       p->type > m->type_max))
		return false;
	return !m->has_code ||
	       (p->code >= m->code_min && p->code <= m->code_max);
}

static enum steer_verb
first_match(const struct steer_line *l, size_t n, const struct seen *p)
{
	for (size_t i = 0; i < n; i++)
		if (matches(&l[i].m, p))
			return l[i].verb;
	return STEER_PASS;
}

/* quoted: the packet of this host that an ICMP error is about, or NULL. */
static enum steer_verb
plan_in(const struct steer_plan *plan, const struct seen *p,
    const struct seen *quoted)
{
	enum steer_verb v = STEER_PASS;

	if (quoted != NULL)
		v = first_match(plan->quoted, plan->n_quoted, quoted);
	if (v != STEER_SECOND)
		v = first_match(plan->in, plan->n_in, p);
	if (v == STEER_SECOND)
		v = first_match(plan->second, plan->n_second, p);
	return v;
}

/* --- random policy and packets --- */

static void
random_actions(struct rule *r, struct action act[2])
{
	static const struct action ipsec = { .type = ACT_IPSEC,
		.flags = ACT_ESP | ACT_ESPA,
		.esp_alg = EALG_AES,
		.espa_alg = AALG_SHA256HMAC };

	r->n_actions = 1 + (polrand(&seed, 6) == 0);
	r->actions = act;
	for (unsigned i = 0; i < r->n_actions; i++)
		switch (polrand(&seed, 4)) {
		case 0:
			act[i] = (struct action){ .type = ACT_PASS };
			break;
		case 1:
			act[i] = (struct action){ .type = ACT_DROP };
			break;
		default:
			act[i] = ipsec;
		}
}

static void
add_rule(struct spd *d)
{
	struct rule r = { .dir = (uint8_t)(1 + polrand(&seed, 3)) };
	uint8_t fam = polrand(&seed, 2) ? FAM_V4 : FAM_V6;
	struct action act[2];
	uint64_t index;
	uint16_t diag;

	r.sel = polrand_sel(&seed, fam);
	r.fam =
	    (r.sel.has & (SEL_LADDR | SEL_RADDR)) != 0 || polrand(&seed, 2) == 0
		? fam
		: FAM_NONE;
	r.priority = polrand(&seed, 30);
	random_actions(&r, act);
	(void)spd_add(d, SPD_ACTIVE, &r, &diag, &index);
}

static struct flow
random_flow(void)
{
	static const uint8_t fixed[] = { ESP, AH, IGMP, PIM };
	struct flow f =
	    polrand_flow(&seed, polrand(&seed, 2) ? FAM_V4 : FAM_V6);

	f.has_icmp = f.proto ==
		     (f.local.fam == FAM_V4 ? IPPROTO_ICMP_ : IPPROTO_ICMPV6_);
	f.has_ports = !f.has_icmp && f.proto != 47;
	if (f.has_ports && f.lport == 0) { /* what polrand made a fragment */
		f.lport = (uint16_t)(1 + polrand(&seed, 6));
		f.rport = (uint16_t)(1 + polrand(&seed, 6));
	}
	if (f.has_ports && polrand(&seed, 8) == 0)
		f.lport = polrand(&seed, 2) ? 500 : 4500;
	if (f.has_ports && polrand(&seed, 8) == 0)
		f.rport = (uint16_t)(30000 + polrand(&seed, 35536));
	if (f.has_icmp && polrand(&seed, 2))
		f.icmp_type =
		    (uint8_t)(polrand(&seed, 2) ? polrand(&seed, 20)
						: 126 + polrand(&seed, 20));
	if (polrand(&seed, 40) == 0) {
		f.proto = fixed[polrand(&seed, 4)];
		f.has_ports = f.has_icmp = false;
	}
	return f;
}

static struct seen
packet_of(const struct flow *f, bool out)
{
	return (struct seen){ .fam = f->local.fam,
		.src = out ? f->local : f->remote,
		.dst = out ? f->remote : f->local,
		.proto = f->proto,
		.has_ports = f->has_ports,
		.has_icmp = f->has_icmp,
		.sport = out ? f->lport : f->rport,
		.dport = out ? f->rport : f->lport,
		.type = f->icmp_type,
		.code = f->icmp_code };
}

/* --- outbound --- */

static bool
is_key_management(const struct seen *p, uint16_t port)
{
	return p->proto == ESP || p->proto == AH ||
	       (p->proto == IPPROTO_UDP_ && (port == 500 || port == 4500));
}

/* docs/steering.md: neighbour discovery and group reports of an entry that does
   not name them. */
static bool
is_links_own(const struct seen *p, const struct spd_entry *e)
{
	bool own = p->proto == IPPROTO_ICMPV6_ && p->has_icmp &&
		   ((p->type >= 130 && p->type <= 137) || p->type == 143);

	return own && (e->rule.sel.has & SEL_TYPE) == 0;
}

static bool
is_error(const struct seen *p)
{
	if (!p->has_icmp)
		return false;
	return p->fam == FAM_V6 ? p->type < 128
				: (p->type >= 3 && p->type <= 5) ||
				      p->type == 11 || p->type == 12;
}

static void
check_out(struct spd *d, const struct steer_plan *plan)
{
	struct flow f = random_flow();
	struct seen p = packet_of(&f, true);
	const struct spd_entry *e = spd_lookup(d, "", RULE_OUT, &f);
	uint8_t want = e != NULL ? e->rule.actions[0].type : ACT_PASS;
	enum steer_verb got;

	p.root = polrand(&seed, 2) != 0;
	p.piece = polrand(&seed, 6) == 0;
	p.routed = polrand(&seed, 12) == 0;
	got = first_match(plan->out, plan->n_out, &p);
	count.packets++;
	if (is_key_management(&p, p.root ? p.sport : 0))
		return;
	if (want != ACT_PASS && !is_links_own(&p, e)) {
		demand(got == STEER_DIVERT || got == STEER_DROP,
		    "what policy protects or drops leaves", &p);
		count.strict++;
	}
	/* for the rest of these the kernel may be told more than policy says */
	if (p.piece || p.routed || is_error(&p) ||
	    (e != NULL && (e->rule.n_actions > 1 || is_links_own(&p, e))))
		return;
	demand(got == (want == ACT_PASS	     ? STEER_PASS
			  : want == ACT_DROP ? STEER_DROP
					     : STEER_DIVERT),
	    "the kernel is told what policy says", &p);
}

/* --- inbound, in the clear --- */

/* Is what an ICMP error quotes of an entry that wants protection? */
static bool
quotes_protected(struct spd *d, const struct flow *q)
{
	struct seen p = packet_of(q, true);
	const struct spd_entry *e;

	if (is_key_management(&p, p.sport))
		return false;
	e = spd_lookup(d, "", RULE_IN, q);
	if (e == NULL || e->rule.actions[0].type == ACT_DROP)
		return false;
	for (unsigned i = 0; i < e->rule.n_actions; i++)
		if (e->rule.actions[i].type == ACT_PASS)
			return false;
	for (unsigned i = 0; i < e->rule.n_actions; i++)
		if (e->rule.actions[i].type == ACT_IPSEC)
			return true;
	return false;
}

static void
check_in(struct spd *d, const struct steer_plan *plan)
{
	struct flow f = random_flow(), q = random_flow();
	struct seen p = packet_of(&f, false), about = packet_of(&q, true);
	struct judge_case c = { .f = &f };
	const struct spd_entry *e = spd_lookup(d, "", RULE_IN, &f);
	bool quotes = is_error(&p) && about.fam == p.fam && polrand(&seed, 2);
	bool accept, got;

	got = plan_in(plan, &p, quotes ? &about : NULL) == STEER_PASS;
	count.in++;
	count.let_in += got;
	if (is_key_management(&p, p.dport) || p.proto == IGMP || p.proto == PIM)
		return;
	if (quotes && quotes_protected(d, &q))
		accept = judge_icmp_is_harmless(&f);
	else
		accept =
		    e == NULL || judge_rule(&e->rule, &c, true) == VERDICT_PASS;
	demand(!got || accept, "what policy drops gets in", &p);
	demand(got == accept, "what policy accepts gets in", &p);
}

/* --- what the host's stack answers by itself --- */

static bool
takes_protected(const struct spd_entry *e)
{
	if (e == NULL || e->rule.actions[0].type == ACT_DROP)
		return false;
	for (unsigned i = 0; i < e->rule.n_actions; i++)
		if (e->rule.actions[i].type == ACT_IPSEC)
			return true;
	return false;
}

/* The answer to what may have come protected is diverted: docs/adr/0018. */
static void
check_answer(struct spd *d, const struct steer_plan *plan)
{
	struct flow f = random_flow();
	struct seen p, error;
	bool six = f.local.fam == FAM_V6, take;
	enum steer_verb v;

	if (f.has_icmp) {
		f.icmp_type = six ? 128 : polrand(&seed, 2) ? 8 : 13;
		f.icmp_code = 0;
	}
	take = takes_protected(spd_lookup(d, "", RULE_IN, &f));
	p = packet_of(&f, true);
	error = p;
	error.has_ports = false;
	error.has_icmp = true;
	error.proto = six ? IPPROTO_ICMPV6_ : IPPROTO_ICMP_;
	error.type = six ? 4 : 12;
	p.reset = p.proto == IPPROTO_TCP_;
	if (f.has_icmp)
		p.type = six ? 129 : p.type == 8 ? 0 : 14;
	count.answers++;
	if (take) {
		v = first_match(plan->replies, plan->n_replies, &error);
		demand(
		    v == STEER_DIVERT, "an error may show what came", &error);
	}
	if (!p.reset && !f.has_icmp)
		return;
	v = first_match(plan->replies, plan->n_replies, &p);
	demand(!take || v == STEER_DIVERT, "an answer leaves", &p);
	/* echo replies may be for a group, and leave by another address */
	demand(!p.reset || take || v == STEER_PASS,
	    "what came in the clear is not diverted", &p);
}

/* --- the walk --- */

static uint32_t
mtu(void *ctx, const struct addr *dst)
{
	(void)ctx;
	(void)dst;
	return 1500;
}

static void
walk(void)
{
	struct spd *d = spd_new();
	struct steering s;

	for (unsigned i = 1u << polrand(&seed, 7); i > 0; i--)
		add_rule(d);
	if (!steering_compile(&s, d, SPD_ACTIVE, mtu, NULL))
		exit(1);
	count.plans++;
	for (unsigned i = 0; i < 600; i++) {
		check_out(d, &s.plan);
		check_in(d, &s.plan);
		check_answer(d, &s.plan);
	}
	steering_fini(&s);
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
	const char *s = getenv("STEER_MODEL_SEED");
	const char *how_long = getenv("STEER_MODEL_SECONDS");
	double end = clock_s() + (how_long != NULL ? atof(how_long) : 6);

	first_seed =
	    s != NULL ? strtoull(s, NULL, 10) : (uint64_t)time(NULL) * 1000003;
	seed = first_seed;
	printf("STEER_MODEL_SEED=%" PRIu64 "\n", first_seed);
	do
		walk();
	while (clock_s() < end);
	printf("%" PRIu64 " plans; outbound %" PRIu64 " packets, %" PRIu64
	       " to protect or drop; inbound %" PRIu64 ", %" PRIu64 " let in\n",
	    count.plans, count.packets, count.strict, count.in, count.let_in);
	/* worth something only when all of it happens often */
	if (count.strict < count.packets / 20 || count.let_in == count.in ||
	    count.let_in < count.in / 20) {
		printf("FAIL: too little happened\n");
		return 1;
	}
	return 0;
}
