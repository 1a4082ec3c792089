/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/selfencap.h"

#include "core/latch.h"

bool
selfencap_wrap(struct trip *t)
{
	struct wr w = wr_into(t->work, PATH_ROOM);
	struct ip_new h = { .src = t->v.src,
		.dst = t->v.dst,
		.tos = t->v.tos,
		.ttl = t->v.ttl,
		.proto = IPPROTO_IPIP_,
		.df = t->v.df,
		.id = t->v.id };

	ip_write(&w, &h, t->v.len);
	wr_bytes(&w, t->pkt, t->v.len);
	if (w.bad || !ip_parse(&t->v, t->work, w.len))
		return false;
	t->pkt = t->work;
	t->wrapped = true;
	return true;
}

/* Does an alternative that may be used ask for it? */
static bool
is_wanted(struct trip *t)
{
	unsigned i, to;

	latch_in(t);
	if (t->e == NULL)
		return false;
	for (latch_range(t, RULE_IN, &i, &to); i < to; i++)
		if ((t->e->rule.actions[i].flags & ACT_SELFENCAP) != 0)
			return true;
	return false;
}

void
selfencap_open(struct trip *t)
{
	uint8_t *buf = t->pkt == t->out ? t->work : t->out;
	struct trip before = *t;
	struct ip_view inner;
	size_t n;

	if (t->v.ver != 4 || t->v.proto != IPPROTO_IPIP_ || t->v.frag ||
	    (t->ah == NULL && t->esp == NULL))
		return;
	n = t->v.len - t->v.upper;
	if (!ip_parse(&inner, t->pkt + t->v.upper, n) || inner.ver != 4)
		return;
	memmove(buf, t->pkt + t->v.upper, n);
	t->v = inner;
	t->pkt = buf;
	ip_flow(&t->f, &t->v, buf, false);
	t->selfencap = true;
	if (addr_equal(&inner.src, &before.v.src) &&
	    addr_equal(&inner.dst, &before.v.dst))
		return;
	/* policy 19: the inner addresses must equal the outer ones */
	t->bad_selfencap = true;
	if (!is_wanted(t))
		*t = before; /* IP in IP, as any protocol */
}
