/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/keyacq.h"

#include <errno.h>

#include "core/keyoffer.h"

static const uint8_t both[] = { SATYPE_AH, SATYPE_ESP };

#define X(e) (UINT64_C(1) << PFKEY_EXT_##e)

/* Key management gives up (spec: sa 20.6), or one user asks the others. */
int
keyacq_input(struct pfkeyd_session *s, struct now now, uint16_t *diag)
{
	struct pfkeyd *d = s->d;
	struct pfkey_msg *m = &d->in;

	(void)now;
	if (m->errnum != 0) {
		if (m->satype == SATYPE_UNSPEC && s->regular == 0 &&
		    s->extended == 0)
			return EBUSY;
		if (m->seq == 0) /* would mean: all of them */
			return ESRCH;
		d->env.wake(d->env.ctx, m->seq, true);
		return 0;
	}
	if (m->satype == SATYPE_UNSPEC) {
		*diag = PFKEY_DIAG_SATYPE_NEEDED;
		return EINVAL;
	}
	return keysrv_acquire(d, m, m->satype) != 0 ? 0 : ESRCH;
}

static void
tell_supported(struct pfkeyd_session *s, uint8_t satype)
{
	struct pfkeyd *d = s->d;

	d->out = (struct pfkey_msg){ .type = PFKEY_REGISTER,
		.satype = satype,
		.seq = d->in.seq,
		.pid = d->in.pid };
	keyoffer_supported(&d->out, d->crypto, satype);
	(void)keysrv_reply(s, &d->out);
}

/* spec: algs 8, pfkey 2 */
void
keyacq_tell_algs(struct pfkeyd *d)
{
	for (size_t i = 0; i < sizeof(both); i++) {
		d->out = (struct pfkey_msg){ .type = PFKEY_REGISTER,
			.satype = both[i] };
		keyoffer_supported(&d->out, d->crypto, both[i]);
		keysrv_registered(d, &d->out);
	}
}

static bool
is_satype(uint8_t t)
{
	return t == SATYPE_AH || t == SATYPE_ESP;
}

/* spec: pfkey 12: the list ends at the first 0 */
static int
register_extended(struct pfkeyd_session *s, uint16_t *diag)
{
	const uint8_t *list = s->d->in.ereg;
	unsigned set = 0;

	if (s->d->in.satype != SATYPE_UNSPEC) {
		*diag = PFKEY_DIAG_NO_EXT;
		return EINVAL;
	}
	for (size_t i = 0; i < sizeof(s->d->in.ereg) && list[i] != 0; i++) {
		if (!is_satype(list[i])) {
			*diag = PFKEY_DIAG_UNKNOWN_SATYPE;
			return EINVAL;
		}
		set |= 1u << list[i];
	}
	if (set == 0) {
		*diag = PFKEY_DIAG_SATYPE_NEEDED;
		return EINVAL;
	}
	if (s->regular != 0)
		return EBUSY;
	s->extended |= set;
	for (size_t i = 0; i < sizeof(both); i++)
		if ((set >> both[i] & 1) != 0)
			tell_supported(s, both[i]);
	return 0;
}

int
keyacq_register(struct pfkeyd_session *s, struct now now, uint16_t *diag)
{
	uint8_t satype = s->d->in.satype;

	(void)now;
	if (pfkey_has(&s->d->in, PFKEY_EXT_EREG))
		return register_extended(s, diag);
	if (!is_satype(satype)) {
		*diag = satype == SATYPE_UNSPEC ? PFKEY_DIAG_SATYPE_NEEDED
						: PFKEY_DIAG_UNKNOWN_SATYPE;
		return EINVAL;
	}
	if (s->extended != 0)
		return EBUSY;
	s->regular |= 1u << satype;
	tell_supported(s, satype);
	return 0;
}

/* Ports and protocol of the packet, where the SA is to be its own. */
static void
put_outer(struct pfkey_msg *m, const struct rule *r, const struct flow *f,
    const struct addr *src, const struct addr *dst)
{
	bool unique = false;

	for (unsigned i = 0; i < r->n_actions; i++)
		unique |= (r->actions[i].flags & ACT_UNIQUE) != 0;
	m->src = (struct pfkey_addr){ .a = *src };
	m->dst = (struct pfkey_addr){ .a = *dst };
	if (m->src.a.fam == FAM_NONE)
		m->src.a.fam = dst->fam;
	m->has |= X(ADDRESS_SRC) | X(ADDRESS_DST);
	if (!unique || r->tunnel_mode)
		return;
	m->src.proto = m->dst.proto = f->proto;
	if (f->has_ports) {
		m->src.port = f->lport;
		m->dst.port = f->rport;
	}
}

/* A selector as an inner address: the whole family where it says nothing. */
static struct pfkey_addr
inner(bool has, const struct prefix *p, uint8_t fam)
{
	struct pfkey_addr a = { .a.fam = fam };

	if (has) {
		a.a = p->a;
		a.plen = p->len;
	}
	return a;
}

/* spec: policy 26: a tunnel's SAs carry the selectors of the rule. */
static void
put_inner(struct pfkey_msg *m, const struct rule *r, const struct flow *f)
{
	const struct sel *s = &r->sel;

	if (!r->tunnel_mode)
		return;
	m->isrc = inner((s->has & SEL_LADDR) != 0, &s->laddr, f->local.fam);
	m->idst = inner((s->has & SEL_RADDR) != 0, &s->raddr, f->remote.fam);
	m->has |= X(INNER_SRC) | X(INNER_DST);
	if ((s->has & SEL_PROTO) != 0)
		m->isrc.proto = m->idst.proto = s->proto;
	if ((s->has & SEL_LPORT) != 0 && s->lport_min == s->lport_max)
		m->isrc.port = s->lport_min;
	if ((s->has & SEL_RPORT) != 0 && s->rport_min == s->rport_max)
		m->idst.port = s->rport_min;
}

bool
keyacq_output(struct pfkeyd *d, uint32_t seq, const struct rule *r,
    const struct flow *f, const struct addr *src, const struct addr *dst)
{
	struct pfkey_msg *m = &d->out;
	unsigned took;

	*m = (struct pfkey_msg){ .type = PFKEY_ACQUIRE, .seq = seq };
	put_outer(m, r, f, src, dst);
	put_inner(m, r, f);
	keyoffer_extended(m, d->crypto, r, sadb_tuning(d->sadb, SATYPE_ESP),
	    sadb_tuning(d->sadb, SATYPE_AH));
	/* its algorithms are gone, all of them: nobody can help */
	if (m->n_ecombs == 0)
		return false;
	took = keysrv_acquire(d, m, SATYPE_UNSPEC);
	m->has &= ~X(EPROP);
	for (size_t i = 0; i < sizeof(both); i++) {
		uint8_t t = both[i];

		if (!keyoffer_wants(r, t))
			continue;
		m->satype = t;
		keyoffer_regular(m, d->crypto, r, t, sadb_tuning(d->sadb, t));
		took += keysrv_acquire(d, m, t);
	}
	return took != 0;
}

/* The packet that the addresses of an inverse ACQUIRE stand for. */
static struct flow
flow_of(const struct pfkey_addr *l, const struct pfkey_addr *r)
{
	return (struct flow){ .local = l->a,
		.remote = r->a,
		.proto = l->proto,
		.has_ports = l->proto == IPPROTO_TCP_ ||
			     l->proto == IPPROTO_UDP_ ||
			     l->proto == IPPROTO_SCTP_,
		.lport = l->port,
		.rport = r->port };
}

/* The first tunnel with a rule for the inner flow. */
static int
find_tunnel_rule(struct spd *spd, const struct flow *f, const struct rule **out)
{
	const char *tun;

	/* no tunnel has policy: then no addresses fit one */
	if (spd_tunnel(spd, 0) == NULL)
		return EPROTOTYPE;
	for (size_t i = 0; (tun = spd_tunnel(spd, i)) != NULL; i++) {
		struct spd_entry *e = spd_lookup(spd, tun, RULE_OUT, f);

		if (e != NULL && e->rule.tunnel_mode) {
			*out = &e->rule;
			return 0;
		}
	}
	return ENOENT;
}

static int
find_rule(struct pfkeyd *d, struct flow *f, const struct rule **out)
{
	const struct pfkey_msg *m = &d->in;

	if (d->spd == NULL)
		return ENOENT;
	if (pfkey_has(m, PFKEY_EXT_INNER_SRC)) {
		*f = flow_of(&m->isrc, &m->idst);
		return find_tunnel_rule(d->spd, f, out);
	}
	*f = flow_of(&m->src, &m->dst);
	struct spd_entry *e = spd_lookup(d->spd, "", RULE_OUT, f);
	*out = e != NULL ? &e->rule : NULL;
	return e != NULL ? 0 : ENOENT;
}

/* spec: pfkey 13 */
int
keyacq_inverse(struct pfkeyd_session *s, struct now now, uint16_t *diag)
{
	struct pfkeyd *d = s->d;
	struct pfkey_msg *m = &d->out;
	const struct rule *r = NULL;
	struct flow f;
	int err;

	(void)now;
	if (pfkey_has(&d->in, PFKEY_EXT_INNER_SRC) !=
	    pfkey_has(&d->in, PFKEY_EXT_INNER_DST)) {
		*diag = pfkey_has(&d->in, PFKEY_EXT_INNER_SRC)
			    ? PFKEY_DIAG_MISSING_INNER_DST
			    : PFKEY_DIAG_MISSING_INNER_SRC;
		return EINVAL;
	}
	if (addr_is_unspec(&d->in.src.a)) {
		*diag = PFKEY_DIAG_BAD_SRC;
		return EINVAL;
	}
	err = find_rule(d, &f, &r);
	if (err != 0)
		return err;
	if (!keyoffer_wants(r, SATYPE_AH) && !keyoffer_wants(r, SATYPE_ESP))
		return ENOENT;
	*m = (struct pfkey_msg){
		.type = d->in.type, .seq = d->in.seq, .pid = d->in.pid
	};
	put_outer(m, r, &f, &d->in.src.a, &d->in.dst.a);
	put_inner(m, r, &f);
	keyoffer_extended(m, d->crypto, r, sadb_tuning(d->sadb, SATYPE_ESP),
	    sadb_tuning(d->sadb, SATYPE_AH));
	if (m->n_ecombs == 0)
		return ENOENT;
	(void)keysrv_reply(s, m);
	return 0;
}
