/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ipsecd/steering.h"

#include <stdio.h>
#include <stdlib.h>

#include "daemon/ipsecd/loopback.h"
#include "model/alg.h"

/* --- growing lists --- */

static struct steer_line *
line(struct steering *s, struct steering_list *l, uint8_t fam, uint8_t verb)
{
	static struct steer_line nowhere;

	if (l->n == l->cap) {
		size_t cap = l->cap == 0 ? 64 : l->cap * 2;
		struct steer_line *v = reallocarray(l->v, cap, sizeof(*v));

		if (v == NULL) {
			s->no_memory = true;
			return &nowhere;
		}
		l->v = v;
		l->cap = cap;
	}
	l->v[l->n] = (struct steer_line){ .m.fam = fam, .verb = verb };
	return &l->v[l->n++];
}

/* --- what a rule says --- */

static uint32_t
mix(uint32_t h, const void *p, size_t n)
{
	const uint8_t *b = p;

	for (size_t i = 0; i < n; i++)
		h = (h ^ b[i]) * 16777619u;
	return h;
}

/*
 * The index of an entry is used again after a flush; what it selects makes the
 * name its own, so that counts are not those of another entry.
 */
void
steering_counter(char name[STEER_NAME], const struct rule *r)
{
	const struct sel *s = &r->sel;
	uint32_t h = 2166136261u;
	const uint16_t ports[] = { s->lport_min, s->lport_max, s->rport_min,
		s->rport_max };
	const uint8_t bytes[] = { r->fam, s->proto, s->type_min, s->type_max,
		s->code_min, s->code_max, s->laddr.len, s->raddr.len };

	h = mix(h, &s->has, sizeof(s->has));
	h = mix(h, bytes, sizeof(bytes));
	h = mix(h, ports, sizeof(ports));
	h = mix(h, s->laddr.a.b, sizeof(s->laddr.a.b));
	h = mix(h, s->raddr.a.b, sizeof(s->raddr.a.b));
	for (unsigned i = 0; i < r->n_actions; i++)
		h = mix(h, &r->actions[i].type, 1);
	(void)snprintf(name, STEER_NAME, "%s%c%llu_%08x",
	    r->key_id != 0 ? "key_" : "", r->dir == RULE_OUT ? 'o' : 'i',
	    (unsigned long long)r->index, h);
}

static struct netaddr
addr_of(const struct prefix *p)
{
	struct netaddr a = { .fam = p->a.fam };

	memcpy(a.b, p->a.b, sizeof(a.b));
	return a;
}

/* What the selectors say of one end of a packet; zeros: nothing. */
struct end {
	struct netaddr a;
	uint8_t len;
	uint16_t min, max;
};

static struct end
end_of(const struct sel *s, bool local)
{
	const struct prefix *p = local ? &s->laddr : &s->raddr;
	struct end e = { 0 };

	if ((s->has & (local ? SEL_LADDR : SEL_RADDR)) != 0) {
		e.a = addr_of(p);
		e.len = p->len;
	}
	if ((s->has & (local ? SEL_LPORT : SEL_RPORT)) != 0) {
		e.min = local ? s->lport_min : s->rport_min;
		e.max = local ? s->lport_max : s->rport_max;
	}
	return e;
}

bool
steering_match(struct steer_match *m, const struct rule *r)
{
	const struct sel *s = &r->sel;
	struct end src = end_of(s, r->dir == RULE_OUT);
	struct end dst = end_of(s, r->dir != RULE_OUT);

	*m = (struct steer_match){ .fam = r->fam,
		.src = src.a,
		.src_len = src.len,
		.sport_min = src.min,
		.sport_max = src.max,
		.dst = dst.a,
		.dst_len = dst.len,
		.dport_min = dst.min,
		.dport_max = dst.max,
		.proto = (s->has & SEL_PROTO) != 0 ? s->proto : 0 };
	m->has_type = (s->has & SEL_TYPE) != 0;
	m->has_code = (s->has & SEL_CODE) != 0;
	m->type_min = s->type_min;
	m->type_max = s->type_max;
	m->code_min = s->code_min;
	m->code_max = s->code_max;
	if (m->has_type && m->proto == 0)
		m->proto = r->fam == FAM_V4 ? IPPROTO_ICMP_ : IPPROTO_ICMPV6_;
	return (s->has & (SEL_LPORT | SEL_RPORT)) == 0 || m->proto == 0 ||
	       m->proto == IPPROTO_TCP_ || m->proto == IPPROTO_UDP_ ||
	       m->proto == IPPROTO_SCTP_;
}

/* What the first alternative is; an ipsec rule may also let clear packets by. */
static uint8_t
kind(const struct rule *r, bool *or_pass)
{
	uint8_t first = r->n_actions != 0 ? r->actions[0].type : ACT_DROP;

	*or_pass = false;
	if (first == ACT_DROP) /* whatever follows */
		return first;
	for (unsigned i = 0; i < r->n_actions; i++) {
		if (r->actions[i].type == ACT_PASS)
			*or_pass = true;
		if (r->actions[i].type == ACT_IPSEC)
			first = ACT_IPSEC;
	}
	return first;
}

/* --- room that protection needs --- */

static uint32_t
esp_room(const struct action *a)
{
	const struct alg *e = alg_by_id(ALG_ENCR, a->esp_alg);
	const struct alg *i = alg_by_id(ALG_AUTH, a->espa_alg);
	/* RFC 4303 2: SPI, number, pad length, next header; RFC 3948 2.1: UDP */
	uint32_t n = 8 + 2 + 8;

	/* a number of the administrator's own: the most that any takes */
	if (e == NULL)
		return n + 16 + 15 + 32;
	n += e->iv_len + e->icv_len + (e->align > 4 ? e->align : 4u) - 1;
	if ((a->flags & ACT_ESPA) != 0 || a->espa_alg != 0)
		n += i != NULL ? i->icv_len : 32u;
	return n;
}

static uint32_t
ah_room(const struct action *a)
{
	const struct alg *i = alg_by_id(ALG_AUTH, a->ah_alg);
	uint32_t n;

	if (i == NULL)
		return 44; /* spec: policy 23 */
	/* RFC 4302 2.2: IPv6 wants a multiple of 8 */
	n = 12u + i->iv_len + i->icv_len;
	return (n + 7) / 8 * 8;
}

uint32_t
steering_overhead(const struct rule *r)
{
	uint32_t worst = 0, outer = 0;

	/* a tunnel interface's is a matter of its own MTU */
	if (r->tunnel_mode && r->key_id != 0)
		outer = r->end_remote.fam == FAM_V4 ? 20 : 40;
	for (unsigned i = 0; i < r->n_actions; i++) {
		const struct action *a = &r->actions[i];
		uint32_t n = outer;

		if (a->type != ACT_IPSEC)
			continue;
		if (a->flags & ACT_ESP)
			n += esp_room(a);
		if (a->flags & ACT_AH)
			n += ah_room(a);
		if (a->flags & ACT_SELFENCAP)
			n += 20;
		if (n > worst)
			worst = n;
	}
	return worst;
}

/* --- outbound --- */

/*
 * Neighbour discovery and group membership are between this host and its link
 * (RFC 4861 11.1, RFC 3810 4): they cannot be protected by SAs that need them.
 * Only an entry that names such a type has its way.
 */
static void
spare_link(struct steering *s, const struct steer_match *m)
{
	static const uint8_t types[][2] = { { 130, 137 }, { 143, 143 } };

	if (m->fam != 6 || m->has_type || m->sport_min != 0 ||
	    m->dport_min != 0 || (m->proto != 0 && m->proto != IPPROTO_ICMPV6_))
		return;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct steer_line *l = line(s, &s->out, 6, STEER_PASS);

		l->m = *m;
		l->m.proto = IPPROTO_ICMPV6_;
		l->m.has_type = true;
		l->m.type_min = types[i][0];
		l->m.type_max = types[i][1];
	}
}

static void
fit_tcp(struct steering *s, const struct rule *r)
{
	const struct sel *sel = &r->sel;
	uint32_t need = steering_overhead(r), mtu;
	bool six = r->fam == FAM_V6;

	if ((sel->has & SEL_PROTO) != 0 && sel->proto != IPPROTO_TCP_)
		return;
	if ((sel->has & SEL_RADDR) == 0 || sel->raddr.len == 0) {
		if (s->plan.mtu[six] > s->least[six] - need)
			s->plan.mtu[six] = s->least[six] - need;
		return;
	}
	mtu = s->mtu(s->ctx,
	    r->end_remote.fam != FAM_NONE ? &r->end_remote : &sel->raddr.a);
	if (!steerway_add(
		&s->ways, &sel->raddr, mtu > need + 100 ? mtu - need : mtu))
		s->no_memory = true;
}

static bool
asks_for_ports(const struct steer_match *m)
{
	return m->sport_min != 0 || m->dport_min != 0 || m->has_type;
}

static bool
same_place(const struct steer_match *a, const struct steer_match *b)
{
	return a->fam == b->fam && a->proto == b->proto &&
	       a->src_len == b->src_len && a->dst_len == b->dst_len &&
	       a->src.fam == b->src.fam && a->dst.fam == b->dst.fam &&
	       memcmp(a->src.b, b->src.b, sizeof(a->src.b)) == 0 &&
	       memcmp(a->dst.b, b->dst.b, sizeof(a->dst.b)) == 0;
}

/*
 * Fragments that a program makes by itself: whether an entry with a protocol or
 * ports is for them, ipsecd says.
 */
static void
pieces(struct steering *s, const struct steer_match *m, uint8_t verb)
{
	struct steer_match p = { .fam = m->fam,
		.only = STEER_PIECE,
		.src = m->src,
		.dst = m->dst,
		.src_len = m->src_len,
		.dst_len = m->dst_len };
	struct steer_line *l;

	if (!asks_for_ports(m) && (m->fam == 4 || m->proto == 0))
		return;
	if (m->fam == 4) /* which says the protocol in each */
		p.proto = m->proto;
	if (same_place(&s->piece, &p))
		return;
	s->piece = p;
	l = line(s, &s->out, m->fam, verb);
	l->m = p;
	if (verb == STEER_DROP)
		(void)snprintf(l->count[0], STEER_NAME, STEERING_OUT_DROP);
}

/*
 * An ICMP error of this host quotes what came in. It may be about a packet of
 * the entry though the entry is not for ICMP: ipsecd looks (RFC 4301 6). It goes
 * to where the packet came from.
 */
static void
errors(struct steering *s, const struct steer_match *m)
{
	/* RFC 792; RFC 4443 2.1 */
	static const uint8_t four[][2] = { { 3, 5 }, { 11, 12 } };
	static const uint8_t six[][2] = { { 0, 127 } };
	struct steer_match e = { .fam = m->fam,
		.proto = m->fam == 4 ? IPPROTO_ICMP_ : IPPROTO_ICMPV6_,
		.has_type = true,
		.dst = m->dst,
		.dst_len = m->dst_len };

	if ((m->proto == 0 && !asks_for_ports(m)) || same_place(&s->error, &e))
		return;
	s->error = e;
	for (size_t i = 0; i < (m->fam == 4 ? 2u : 1u); i++) {
		struct steer_line *l = line(s, &s->out, m->fam, STEER_DIVERT);

		l->m = e;
		l->m.type_min = m->fam == 4 ? four[i][0] : six[i][0];
		l->m.type_max = m->fam == 4 ? four[i][1] : six[i][1];
	}
}

static void
outbound(struct steering *s, const struct rule *r)
{
	struct steer_match m;
	struct steer_line *l;
	bool or_pass;
	uint8_t k = kind(r, &or_pass);

	if (!steering_match(&m, r))
		return;
	if (k == ACT_IPSEC) {
		spare_link(s, &m);
		errors(s, &m);
	}
	/* what names further stops, has its destination elsewhere */
	if (k != ACT_PASS && !s->no_memory)
		s->out.v[s->routed[r->fam == FAM_V6]].verb = STEER_DIVERT;
	if (k != ACT_PASS)
		pieces(s, &m, k == ACT_IPSEC ? STEER_DIVERT : STEER_DROP);
	l = line(s, &s->out, r->fam,
	    k == ACT_IPSEC  ? STEER_DIVERT
	    : k == ACT_PASS ? STEER_PASS
			    : STEER_DROP);
	l->m = m;
	if (k == ACT_IPSEC) {
		fit_tcp(s, r);
		return;
	}
	steering_counter(l->count[1], r);
	if (k == ACT_DROP)
		(void)snprintf(l->count[0], STEER_NAME, STEERING_OUT_DROP);
}

/* --- inbound, what arrives in the clear --- */

/* The other way round. */
static struct steer_match
turn(const struct steer_match *m)
{
	struct steer_match t = *m;

	t.src = m->dst;
	t.dst = m->src;
	t.src_len = m->dst_len;
	t.dst_len = m->src_len;
	t.sport_min = m->dport_min;
	t.sport_max = m->dport_max;
	t.dport_min = m->sport_min;
	t.dport_max = m->sport_max;
	return t;
}

/*
 * An ICMP error in the clear about a flow that has to be protected: whose
 * address it comes from does not matter (spec: policy 20). What it quotes went
 * out: the entry the other way round.
 */
static void
quoted(struct steering *s, const struct steer_match *m, uint8_t verb)
{
	struct steer_line *l = line(
	    s, &s->quoted, m->fam, verb == STEER_SECOND ? verb : STEER_PASS);

	l->m = turn(m);
}

static void
reply(struct steering *s, const struct steer_match *m, uint8_t verb,
    struct steer_match *last)
{
	bool ports = m->sport_min == last->sport_min &&
		     m->sport_max == last->sport_max &&
		     m->dport_min == last->dport_min &&
		     m->dport_max == last->dport_max;

	/* one that passes stands in between: no line of before is the same */
	if (verb == STEER_DIVERT && ports && same_place(m, last))
		return;
	*last = verb == STEER_DIVERT ? *m : (struct steer_match){ 0 };
	line(s, &s->replies, m->fam, verb)->m = *m;
}

/* Answers to the requests that m takes in. */
static void
icmp_replies(struct steering *s, const struct steer_match *m, uint8_t verb)
{
	/* request, answer; RFC 792, RFC 4443 4 */
	static const uint8_t four[][2] = { { 8, 0 }, { 13, 14 } };
	static const uint8_t six[][2] = { { 128, 129 } };
	bool v4 = m->fam == 4;
	uint8_t icmp = v4 ? IPPROTO_ICMP_ : IPPROTO_ICMPV6_;

	if (m->sport_min != 0 || m->dport_min != 0 ||
	    (m->proto != 0 && m->proto != icmp))
		return;
	for (size_t i = 0; i < (v4 ? 2u : 1u); i++) {
		const uint8_t *t = v4 ? four[i] : six[i];
		struct steer_match a = turn(m);

		if (m->has_type && (t[0] < m->type_min || t[0] > m->type_max))
			continue;
		a.proto = icmp;
		a.has_type = true;
		a.has_code = false;
		a.type_min = a.type_max = t[1];
		/* to a group: from another address */
		if (verb == STEER_DIVERT)
			a.src = (struct netaddr){ 0 };
		reply(s, &a, verb, &s->answer[i]);
	}
}

static void
error_replies(struct steering *s, const struct steer_match *m, uint8_t verb)
{
	static const uint8_t four[][2] = { { 3, 5 }, { 11, 12 } };
	static const uint8_t six[][2] = { { 0, 127 } };
	bool v4 = m->fam == 4;

	/* an error may be about any packet between the two */
	if (verb == STEER_PASS &&
	    (m->proto != 0 || m->dst.fam != 0 || asks_for_ports(m)))
		return;
	for (size_t i = 0; i < (v4 ? 2u : 1u); i++) {
		struct steer_match e = { .fam = m->fam,
			.proto = v4 ? IPPROTO_ICMP_ : IPPROTO_ICMPV6_,
			.has_type = true,
			.dst = m->src,
			.dst_len = m->src_len,
			.type_min = v4 ? four[i][0] : six[i][0],
			.type_max = v4 ? four[i][1] : six[i][1] };

		reply(s, &e, verb, &s->answer[2 + i]);
	}
}

/*
 * What the host's stack answers by itself goes out as the request came: ipsecd
 * knows how it came, and gets the answers to all that may have come protected
 * (docs/adr/0018).
 */
static void
replies(struct steering *s, const struct rule *r, const struct steer_match *m,
    bool diverts)
{
	uint8_t verb = diverts ? STEER_DIVERT : STEER_PASS;
	struct steer_match reset = turn(m);

	if (r->key_id != 0 || (!diverts && m->has_code))
		return;
	icmp_replies(s, m, verb);
	error_replies(s, m, verb);
	if (m->has_type)
		return;
	if (m->proto == 0 || m->proto == IPPROTO_TCP_) {
		reset.only = STEER_RESET;
		reset.proto = IPPROTO_TCP_;
		reply(s, &reset, verb, &s->reset);
	}
}

static void
inbound(struct steering *s, const struct rule *r)
{
	struct steer_match m;
	struct steer_line *l;
	bool or_pass;
	uint8_t k = kind(r, &or_pass);

	if (!steering_match(&m, r))
		return;
	l = line(s, &s->in, r->fam,
	    k == ACT_PASS || or_pass ? STEER_PASS
	    : k == ACT_IPSEC	     ? STEER_SECOND
				     : STEER_DROP);
	l->m = m;
	steering_counter(l->count[1], r);
	if (k == ACT_DROP)
		(void)snprintf(l->count[0], STEER_NAME, STEERING_IN_DROP);
	quoted(s, &m, l->verb);
	replies(s, r, &m, k == ACT_IPSEC);
}

static void
clear_icmp(struct steering *s, uint8_t fam, uint8_t verb, uint8_t type,
    int code_min, int code_max)
{
	struct steer_line *l = line(s, &s->clear, fam, verb);

	l->m.proto = fam == 4 ? IPPROTO_ICMP_ : IPPROTO_ICMPV6_;
	l->m.has_type = true;
	l->m.type_min = l->m.type_max = type;
	if (code_min >= 0) {
		l->m.has_code = true;
		l->m.code_min = (uint8_t)code_min;
		l->m.code_max = (uint8_t)code_max;
	}
	if (verb == STEER_DROP)
		(void)snprintf(l->count[0], STEER_NAME, STEERING_IN_CLEAR);
}

/*
 * A clear packet where policy demands protection (spec: policy 20, the table):
 * a few kinds of ICMP, without which nothing works, are let by.
 */
static void
clear_lines(struct steering *s)
{
	/* echo reply, squench, router advert., timex, timestamp, info replies */
	static const uint8_t four[] = { 0, 4, 9, 11, 14, 16 };
	struct steer_line *l;

	if (s->tune == NULL || s->tune->icmp_accept_clear_messages) {
		for (size_t i = 0; i < sizeof(four); i++)
			clear_icmp(s, 4, STEER_PASS, four[i], -1, -1);
		/* unreachable: net, host; fragmentation needed */
		clear_icmp(s, 4, STEER_PASS, 3, 0, 1);
		clear_icmp(s, 4, STEER_PASS, 3, 4, 4);
		/* parameter problem, echo request */
		clear_icmp(s, 6, STEER_DROP, 4, -1, -1);
		clear_icmp(s, 6, STEER_DROP, 128, -1, -1);
		l = line(s, &s->clear, 6, STEER_PASS);
		l->m.proto = IPPROTO_ICMPV6_;
	}
	for (uint8_t fam = 4; fam <= 6; fam += 2) {
		l = line(s, &s->clear, fam, STEER_DROP);
		(void)snprintf(l->count[0], STEER_NAME, STEERING_IN_CLEAR);
	}
}

/* --- the whole --- */

/* What is no question of policy: ESP, AH, and key management (policy 18.4). */
static void
fixed_lines(struct steering *s, uint8_t fam)
{
	static const uint8_t protocols[] = { IPPROTO_ESP_, IPPROTO_AH_ };
	/* processed whatever policy says (spec: policy 20, tunables) */
	static const uint8_t groups[] = { IPPROTO_IGMP, IPPROTO_PIM };
	const struct path_tune *t = s->tune;
	const bool taken[] = { t == NULL || t->igmp_accept_clear_messages,
		t == NULL || t->pim_accept_clear_messages };
	static const uint16_t ports[] = { 500, 4500 };

	for (int i = 0; i < 2; i++) {
		line(s, &s->out, fam, STEER_PASS)->m.proto = protocols[i];
		line(s, &s->in, fam, STEER_PASS)->m.proto = protocols[i];
		if (taken[i])
			line(s, &s->in, fam, STEER_PASS)->m.proto = groups[i];
		line(s, &s->quoted, fam, STEER_PASS)->m.proto = protocols[i];
	}
	for (int i = 0; i < 2; i++) {
		struct steer_line *l = line(s, &s->out, fam, STEER_PASS);

		/* a program without rights cannot pass for key management */
		l->m.only = STEER_ROOT;
		l->m.proto = IPPROTO_UDP_;
		l->m.sport_min = l->m.sport_max = ports[i];
		l = line(s, &s->in, fam, STEER_PASS);
		l->m.proto = IPPROTO_UDP_;
		l->m.dport_min = l->m.dport_max = ports[i];
		l = line(s, &s->quoted, fam, STEER_PASS);
		l->m.proto = IPPROTO_UDP_;
		l->m.sport_min = l->m.sport_max = ports[i];
	}
}

static bool
see(void *ctx, struct spd_entry *e)
{
	struct steering *s = ctx;
	bool six = e->rule.fam == FAM_V6;

	if (!s->has[six]) {
		s->has[six] = true;
		fixed_lines(s, e->rule.fam);
		s->routed[six] = s->out.n;
		line(s, &s->out, e->rule.fam, STEER_PASS)->m.only =
		    STEER_ROUTED;
	}
	if (e->rule.dir == RULE_OUT)
		outbound(s, &e->rule);
	else
		inbound(s, &e->rule);
	return true;
}

/*
 * PF_KEY's policy is about what this host forwards, too (docs/adr/0009). What
 * transport mode asks for is no router's business: SAs are between the ends.
 */
static void
transit(struct steering *s, const struct rule *r)
{
	struct steer_match m;
	struct steer_line *l;
	bool or_pass;
	uint8_t k = kind(r, &or_pass);
	uint8_t verb = k == ACT_DROP			  ? STEER_DROP
		       : k == ACT_IPSEC && r->tunnel_mode ? STEER_DIVERT
							  : STEER_PASS;

	if (!steering_match(&m, r))
		return;
	/* which of the pieces of a datagram it is for, ipsecd says */
	if (verb == STEER_DIVERT &&
	    (asks_for_ports(&m) || (m.fam == 6 && m.proto != 0))) {
		l = line(s, &s->transit, r->fam, verb);
		l->m = m;
		l->m.only = STEER_PIECE;
		l->m.has_type = l->m.has_code = false;
		l->m.sport_min = l->m.dport_min = 0;
		if (m.fam == 6)
			l->m.proto = 0;
	}
	l = line(s, &s->transit, r->fam, verb);
	l->m = m;
	if (verb == STEER_DROP)
		(void)snprintf(l->count[0], STEER_NAME, STEERING_OUT_DROP);
}

static void
entering(struct steering *s, const struct rule *r)
{
	struct steer_match m;
	struct steer_line *l;
	bool or_pass;
	uint8_t k = kind(r, &or_pass);

	if (!steering_match(&m, r))
		return;
	l = line(s, &s->entering, r->fam,
	    k == ACT_PASS || or_pass ? STEER_PASS : STEER_DROP);
	l->m = m;
	steering_counter(l->count[1], r);
	if (l->verb == STEER_DROP)
		(void)snprintf(l->count[0], STEER_NAME, "%s",
		    k == ACT_IPSEC ? STEERING_IN_CLEAR : STEERING_IN_DROP);
}

static void
see_key(void *ctx, struct kspd_entry *e)
{
	struct steering *s = ctx;

	if (kspd_dir(e) == KAME_DIR_FWD) {
		entering(s, &e->e.rule);
		return;
	}
	(void)see(s, &e->e);
	if (kspd_dir(e) == KAME_DIR_OUT)
		transit(s, &e->e.rule);
}

static bool
is_closing(const struct steering_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->v[i].verb != STEER_PASS)
			return true;
	return false;
}

/* What a socket asks for itself may be any of all alternatives. */
static uint32_t
own_mtu(uint32_t least)
{
	/* policy 23: AH, ESP with its UDP header, self-encapsulation */
	enum { WORST = 44 + 70 + 8 + 20, FLOOR = 576 };

	return least > FLOOR + WORST ? least - WORST : FLOOR;
}

bool
steering_compile(struct steering *s, struct spd *spd, int id,
    uint32_t (*mtu)(void *ctx, const struct addr *dst), void *ctx)
{
	return steering_compile_tuned(s, spd, id, NULL, NULL, mtu, ctx);
}

bool
steering_compile_tuned(struct steering *s, struct spd *spd, int id,
    struct kspd *kspd, const struct path_tune *tune,
    uint32_t (*mtu)(void *ctx, const struct addr *dst), void *ctx)
{
	static const char *const counters[] = { STEERING_OUT_DROP,
		STEERING_IN_DROP, STEERING_IN_CLEAR, STEERING_IN_FRAG,
		LOOPBACK_MISMATCH, LOOPBACK_SECURE };
	/* documentation addresses: what the default routes carry */
	static const uint8_t any4[4] = { 192, 0, 2, 1 };
	static const uint8_t any6[16] = { 0x20, 0x01, 0x0d, 0xb8 };
	struct addr a4 = addr_v4(any4), a6 = addr_v6(any6);

	*s = (struct steering){ .mtu = mtu, .ctx = ctx, .tune = tune };
	s->least[0] = mtu(ctx, &a4);
	s->least[1] = mtu(ctx, &a6);
	s->plan.mtu[0] = s->least[0];
	s->plan.mtu[1] = s->least[1];
	s->plan.own_mtu[0] = own_mtu(s->least[0]);
	s->plan.own_mtu[1] = own_mtu(s->least[1]);
	clear_lines(s);
	spd_each(spd, id, "", false, see, s);
	for (int dir = KAME_DIR_IN; kspd != NULL && dir <= KAME_DIR_FWD; dir++)
		kspd_each(kspd, (enum kame_dir)dir, see_key, s);
	steerway_merge(&s->ways);
	s->plan.out = s->out.v;
	s->plan.n_out = s->out.n;
	s->plan.in = s->in.v;
	s->plan.n_in = s->in.n;
	s->plan.transit = s->transit.v;
	s->plan.n_transit = s->transit.n;
	s->plan.entering = s->entering.v;
	s->plan.n_entering = s->entering.n;
	s->plan.quoted = s->quoted.v;
	s->plan.n_quoted = s->quoted.n;
	s->plan.replies = s->replies.v;
	s->plan.n_replies = s->replies.n;
	s->plan.second = s->clear.v;
	s->plan.n_second = s->clear.n;
	s->plan.way = s->ways.v;
	s->plan.n_way = s->ways.n;
	s->plan.counters = counters;
	s->plan.n_counters = sizeof(counters) / sizeof(counters[0]);
	s->plan.count_first = STEERING_IN_FRAG;
	s->plan.armed = is_closing(&s->out) || is_closing(&s->in) ||
			is_closing(&s->transit) || is_closing(&s->entering);
	if (!s->no_memory)
		return true;
	steering_fini(s);
	return false;
}

void
steering_fini(struct steering *s)
{
	free(s->out.v);
	free(s->in.v);
	free(s->clear.v);
	free(s->quoted.v);
	free(s->replies.v);
	free(s->transit.v);
	free(s->entering.v);
	free(s->ways.v);
	*s = (struct steering){ 0 };
}
