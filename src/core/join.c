/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/join.h"

enum { FRAG_HEAD = 8 };

/* The headers that each fragment has, as if there were none. */
static bool
begin(struct wr *w, const uint8_t *p, const struct ip_view *v)
{
	size_t head = v->piece - FRAG_HEAD;

	wr_bytes(w, p, head);
	if (w->bad)
		return false;
	w->base[v->piece_nh] = p[head];
	return true;
}

enum verdict
join_fragment(struct fragcache *c, uint8_t *buf, size_t room, size_t *n,
    uint64_t now, struct path_stats *st)
{
	struct fragcache_key k = { .inbound = true };
	struct wr w = wr_into(buf, room);
	struct fragcache_piece *f;
	struct ip_view v;
	enum verdict e;
	bool ok = true;

	if (!ip_parse(&v, buf, *n) || v.ver != 6 || !v.frag)
		return VERDICT_PASS;
	k.src = v.src;
	k.dst = v.dst;
	k.id = v.piece_id;
	e = fragcache_add(c, &k, &v, buf, now, st);
	if (e != VERDICT_HOLD || (f = fragcache_take(c)) == NULL)
		return e;
	do {
		if (f->off == 0)
			ok = ip_parse(&v, f->pkt, f->len) &&
			     begin(&w, f->pkt, &v);
		wr_bytes(&w, f->pkt + f->len - f->n, f->n);
		fragcache_drop(f);
	} while ((f = fragcache_take(c)) != NULL);
	if (!ok || w.bad || !ip_set_len(buf, &v, w.len))
		return VERDICT_SPD_MALFORMED_FRAG;
	*n = w.len;
	return VERDICT_PASS;
}
