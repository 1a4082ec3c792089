/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/pieces.h"

#include "core/frag.h"

bool
pieces_wanted(const struct trip *t, const char *tun, enum rule_dir dir)
{
	return t->whole == NULL && t->p->frags != NULL && t->v.frag &&
	       tun[0] != '\0' &&
	       spd_looks_inside(t->p->spd, tun, dir, t->f.local.fam);
}

enum verdict
pieces_hold(struct trip *t, bool inbound)
{
	struct fragcache_key k = { .inbound = inbound,
		.src = t->v.src,
		.dst = t->v.dst,
		.proto = t->v.ver == 4 ? t->v.proto : 0,
		.id = t->v.piece_id };

	if (inbound) {
		k.esp = t->esp != NULL ? t->esp->spi : 0;
		k.ah = t->ah != NULL ? t->ah->spi : 0;
		k.outer_src = t->outer.src;
		k.outer_dst = t->outer.dst;
	} else {
		memcpy(k.tun, t->tun, strnlen(t->tun, sizeof(k.tun) - 1));
	}
	return fragcache_add(
	    t->p->frags, &k, &t->v, t->pkt, t->now.mono, &t->p->stats);
}

void
pieces_flow(struct trip *t)
{
	if (t->whole == NULL)
		return;
	t->f.proto = t->whole->proto;
	t->f.has_ports = t->whole->has_ports;
	t->f.has_icmp = t->whole->has_icmp;
	t->f.lport = t->whole->lport;
	t->f.rport = t->whole->rport;
	t->f.icmp_type = t->whole->icmp_type;
	t->f.icmp_code = t->whole->icmp_code;
}

/* The SA of this name, if it is still of use. */
static struct sa *
again(const struct trip *t, uint8_t type, uint32_t spi)
{
	struct sa *sa =
	    sadb_inbound(t->p->sadb, type, spi, &t->outer.src, &t->outer.dst);

	return sa != NULL && sa_is_live(sa) ? sa : NULL;
}

enum verdict
pieces_resume(struct trip *t, const struct fragcache_key *k)
{
	t->tunnel = true;
	t->outer.src = k->outer_src;
	t->outer.dst = k->outer_dst;
	if (k->esp != 0 && (t->esp = again(t, SATYPE_ESP, k->esp)) == NULL)
		return VERDICT_ESP_NO_SA;
	if (k->ah != 0 && (t->ah = again(t, SATYPE_AH, k->ah)) == NULL)
		return VERDICT_AH_NO_SA;
	return VERDICT_PASS;
}

static bool
may_split_here(const struct trip *t)
{
	const struct path *p = t->p;

	return t->e != NULL && t->e->rule.key_id != 0 &&
	       t->e->rule.tunnel_mode && p->via == 0 && p->frags != NULL &&
	       t->v.ver == 6 && !t->v.frag && t->f.proto != IPPROTO_TCP_ &&
	       (p->env.is_local == NULL ||
		   p->env.is_local(p->env.ctx, &t->v.src));
}

bool
pieces_split(struct trip *t, uint32_t fits)
{
	struct fragcache_key k = { .src = t->v.src, .dst = t->v.dst };
	struct path *p = t->p;
	uint8_t ident[4] = { 0 };
	struct rd r = rd_from(ident, sizeof(ident));
	enum verdict v = VERDICT_HOLD;
	struct ip_view piece;

	/* RFC 7739: not to be guessed */
	if (!may_split_here(t) ||
	    !p->rng->fill(p->rng->ctx, ident, sizeof(ident)))
		return false;
	k.id = rd_be32(&r);
	for (unsigned i = 0; v == VERDICT_HOLD; i++) {
		struct wr w = wr_into(t->out, PATH_ROOM);

		if (!frag_write(&w, t->pkt, t->v.len, fits, k.id, i))
			return i != 0;
		if (!ip_parse(&piece, t->out, w.len))
			return false;
		v = fragcache_add(
		    p->frags, &k, &piece, t->out, t->now.mono, &p->stats);
	}
	return false;
}
