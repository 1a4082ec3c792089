/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/laneah.h"

#include "core/ah.h"

enum {
	MIN_V4 = 68, /* as fit.c */
	MIN_V6 = 1280
};

/* Bytes that are added to a packet, at most. */
static uint32_t
overhead(const struct flowcache_entry *f)
{
	size_t n = ah_overhead(f->ah);

	if (f->esp != NULL)
		n += esp_overhead(f->esp);
	return (uint32_t)n;
}

/* No limit within k packets of so many bytes in all, with all headers. */
static bool
is_far(const struct flowcache_entry *f, uint64_t k, uint64_t bytes)
{
	return sa_is_far(f->ah, k, bytes) && sa_has_next(f->ah, k) &&
	       (f->esp == NULL ||
		   (sa_is_far(f->esp, k, bytes) && sa_has_next(f->esp, k)));
}

static void
send_run(struct lane *l, struct lane_run *r)
{
	if (r->n == 0)
		return;
	l->stats.runs_out++;
	l->env.send(l->env.ctx, r);
	r->n = 0;
}

static void
begin_run(struct lane_run *r, const uint8_t *p, const struct path_result *res)
{
	struct ip_view v;

	*r = (struct lane_run){ .bytes = p,
		.len = (uint32_t)res->len,
		.stride = (uint32_t)res->len,
		.n = 1,
		.mtu = res->mtu };
	if (ip_parse(&v, p, res->len))
		r->head = (struct ip_new){ .src = v.src,
			.dst = v.dst,
			.tos = v.tos,
			.ttl = v.ttl,
			.df = v.df,
			.flow = v.flow,
			.proto = v.proto };
}

/* One packet, into the out buffer; into the run, or behind it. */
static void
seal_one(struct lane *l, const char *tun, const struct flowcache_entry *f,
    const uint8_t *pkt, size_t n, struct lane_run *r)
{
	uint8_t *out = l->out + l->at;
	struct path_result res =
	    path_out_known(l->p, out, l->work, f, tun, pkt, n, l->now);

	l->stats.out_fast++;
	if (res.verdict != VERDICT_PASS) {
		/* cryptography has failed; it was counted */
		send_run(l, r);
		return;
	}
	l->at += res.len;
	if (r->n != 0 && r->len == r->n * r->stride && res.len <= r->stride) {
		r->len += (uint32_t)res.len;
		r->n++;
		return;
	}
	send_run(l, r);
	begin_run(r, out, &res);
}

bool
laneah_seal(struct lane *l, const char *tun, const struct flowcache_entry *f,
    const struct lane_item *it, uint32_t mtu)
{
	uint32_t over = overhead(f), k, most;
	uint32_t least = it->pkt[0] >> 4 == 6 ? MIN_V6 : MIN_V4;
	struct lane_run r = { .n = 0 };
	struct super sp = it->s;

	if (mtu > UINT16_MAX)
		mtu = UINT16_MAX;
	/* below that a packet goes anyway, and is split */
	if (mtu <= over + least)
		return false;
	most = mtu - over;
	if (sp.kind == SUPER_NONE) {
		if (sp.len > most || !is_far(f, 1, mtu))
			return false;
		seal_one(l, tun, f, it->pkt, sp.len, &r);
		send_run(l, &r);
		return true;
	}
	if (sp.head >= most || (sp.len > most && sp.head + sp.gso > most &&
				   !super_shrink(&sp, most - sp.head)))
		return false;
	k = super_count(&sp);
	if (k > LANE_SEGMENTS || !is_far(f, k, (uint64_t)k * mtu))
		return false;
	for (uint32_t i = 0; i < k; i++) {
		struct wr w = wr_into(l->segment, sizeof(l->segment));

		super_segment(&w, &sp, it->pkt, i);
		seal_one(l, tun, f, l->segment, w.len, &r);
	}
	send_run(l, &r);
	return true;
}
