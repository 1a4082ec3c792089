/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/lane.h"

#include <stdlib.h>

#include "core/lanein.h"
#include "core/laneout.h"
#include "core/lanework.h"

enum { UDP_HEAD = 8, V4_HEAD = 20, V6_HEAD = 40 };

struct lane *
lane_new(struct path *p, const struct lane_env *env)
{
	struct lane *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	l->p = p;
	l->env = *env;
	l->fc = flowcache_new(p->rng);
	/* pages that are not used are not there */
	l->out = calloc(1, LANE_BATCH * LANE_ITEM_ROOM + PATH_ROOM);
	for (int i = 0; i < 2; i++)
		l->in[i] = calloc(LANE_BATCH, LANE_SLOT);
	l->sad = calloc(LANE_SADS, sizeof(*l->sad));
	coalesce_init(&l->co, env->write, env->ctx);
	if (l->fc == NULL || l->out == NULL || l->in[0] == NULL ||
	    l->in[1] == NULL || l->sad == NULL) {
		lane_free(l);
		return NULL;
	}
	p->flows = l->fc;
	return l;
}

void
lane_free(struct lane *l)
{
	if (l == NULL)
		return;
	if (l->p->flows == l->fc)
		l->p->flows = NULL;
	flowcache_free(l->fc);
	free(l->out);
	free(l->in[0]);
	free(l->in[1]);
	free(l->sad);
	free(l);
}

struct lane_off *
lane_off(struct lane *l)
{
	return &l->off;
}

const struct lane_stats *
lane_stats(const struct lane *l)
{
	return &l->stats;
}

struct lane_stats *
lane_stats_of(struct lane *l)
{
	return &l->stats;
}

void
lane_out(struct lane *l, const char *tun, struct lane_item *items, size_t n,
    struct now now)
{
	l->now = now;
	for (size_t k; n != 0; items += k, n -= k) {
		k = n < LANE_BATCH ? n : LANE_BATCH;
		lanework_turn(l);
		laneout_items(l, tun, items, k);
	}
}

void
lane_in(struct lane *l, const struct lane_pkt *pkts, size_t n, struct now now)
{
	l->now = now;
	for (size_t k; n != 0; pkts += k, n -= k) {
		k = n < LANE_BATCH ? n : LANE_BATCH;
		lanework_turn(l);
		lanein_packets(l, pkts, k);
	}
	lanein_end(l);
	l->stats.writes_in = l->co.writes;
}

bool
lane_split(struct lane_pkt *k, const uint8_t *p, size_t n)
{
	size_t head, len, more;
	uint8_t proto;

	if (n < V4_HEAD)
		return false;
	if (p[0] == 0x45) {
		head = V4_HEAD;
		len = laneip_get16(p + 2);
		proto = p[9];
		if ((laneip_get16(p + 6) & 0x3fff) != 0)
			return false;
	} else if (p[0] >> 4 == 6 && n >= V6_HEAD) {
		head = V6_HEAD;
		len = V6_HEAD + (size_t)laneip_get16(p + 4);
		proto = p[6];
	} else {
		return false;
	}
	more = proto == IPPROTO_UDP_ ? UDP_HEAD : 0;
	if (len > n || len < head + more ||
	    (proto != IPPROTO_UDP_ && proto != IPPROTO_ESP_) ||
	    (more != 0 && laneip_get16(p + head + 4) != len - head))
		return false;
	*k = (struct lane_pkt){ .head = p,
		.esp = p + head + more,
		.n_head = (uint16_t)(head + more),
		.n_esp = (uint32_t)(len - head - more) };
	return true;
}

bool
lane_whole(struct wr *to, const struct lane_pkt *k)
{
	bool v4 = k->head[0] >> 4 == 4;
	size_t ip = v4 ? V4_HEAD : V6_HEAD;
	size_t len = (size_t)k->n_head + k->n_esp;
	uint8_t *p;

	if (len - (v4 ? 0 : V6_HEAD) > UINT16_MAX ||
	    (p = wr_room(to, len)) == NULL)
		return false;
	memcpy(p, k->head, k->n_head);
	memcpy(p + k->n_head, k->esp, k->n_esp);
	if (k->n_head != ip) {
		/* RFC 3948 2.1: no sum; the one of a run is not its own */
		laneip_put16(p + ip + 4, (uint16_t)(len - ip));
		laneip_put16(p + ip + 6, 0);
	}
	if (v4) {
		laneip_put16(p + 2, (uint16_t)len);
		ip_csum_header(p, ip);
	} else {
		laneip_put16(p + 4, (uint16_t)(len - V6_HEAD));
	}
	return true;
}

/* --- several threads --- */

enum { GIFT_LIFE = 500 }; /* ms */

_Static_assert(
    sizeof(struct flowcache_entry) <= sizeof(((struct lane_gift *)0)->entry),
    "an entry has room in a gift");

void
lane_crowd(struct lane *l, struct keycache *kc)
{
	l->crowd = true;
	l->guest = kc != NULL;
	l->kc = kc;
}

void
lane_notes(struct lane *l, bool on)
{
	flowcache_notes(l->fc, on);
}

/* Is all that it leads to there until somebody says that policy or SAs change? */
static bool
is_lasting(const struct lane *l, const struct flowcache_entry *e)
{
	return e->c == NULL ||
	       (e->c->own == NULL &&
		   conn_is_current(e->c, spd_version(l->p->spd)));
}

bool
lane_give(
    struct lane *l, size_t i, struct lane_gift *g, uint64_t mono, bool *last)
{
	struct flowcache_entry *to = (void *)g->entry;
	enum flowcache_dir dir = FLOWCACHE_OUT;
	const struct flowcache_entry *e;

	/* what changed since it was noted */
	flowcache_sync(l->fc, l->p);
	e = flowcache_noted(l->fc, i, &dir, last);
	if (e == NULL || e->esp == NULL || e->ah != NULL ||
	    e->esp->aead == NULL || !is_lasting(l, e))
		return false;
	if (dir == FLOWCACHE_OUT ? e->iface != NULL : e->tun[0] != '\0')
		return false;
	*to = *e;
	g->inbound = dir == FLOWCACHE_IN;
	if (to->until > mono + GIFT_LIFE)
		to->until = mono + GIFT_LIFE;
	/* the one with the path uses it, when the gift has gone stale */
	to->c = NULL;
	/* and remembers requests for longer than a gift lasts (REPLY_LIFE) */
	to->reflects = false;
	to->tun = "";
	if (!g->inbound)
		to->mtu = l->p->env.mtu(l->p->env.ctx,
		    sa_is_tunnel(e->esp) ? &e->esp->dst : &e->dst);
	/* once: others may be reading it by now */
	if (!e->esp->shared)
		e->esp->shared = true;
	return true;
}

void
lane_take(struct lane *l, const struct lane_gift *g)
{
	struct flowcache_entry e;

	memcpy(&e, g->entry, sizeof(e));
	if (!g->inbound) {
		/* devices have other numbers here */
		e.k.w[5] = flowcache_device(l->fc, "");
		flowcache_put(l->fc, FLOWCACHE_OUT, &e);
		return;
	}
	flowcache_put(l->fc, FLOWCACHE_IN, &e);
	lanein_know(l, e.esp, &e.src, &e.dst);
}

void
lane_forget(struct lane *l)
{
	flowcache_forget(l->fc);
}
