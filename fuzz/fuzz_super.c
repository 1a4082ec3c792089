/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A vnet header and a packet, as a device gives them. The segments of what is
 * taken are whole packets, and together have the payload in its order.
 */
#include <stdlib.h>

#include "core/super.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static uint8_t seg[70000], pkt[70000];

static void
demand(bool holds)
{
	if (!holds)
		abort();
}

static void
cut(const struct super *s, size_t n)
{
	size_t done = s->head;

	demand(s->head > s->upper && s->upper >= s->fixed && s->head < n);
	/* tiny segments of a large packet tell nothing that few do not */
	for (uint32_t i = 0; i < super_count(s); i++) {
		struct wr w = wr_into(seg, sizeof(seg));
		struct ip_view v;
		size_t len, at = super_part(s, i, &len);

		demand(at == done && len != 0 && len <= n - at);
		super_segment(&w, s, pkt, i);
		demand(!w.bad && w.len == s->head + len);
		demand(ip_parse(&v, seg, w.len) && v.len == w.len);
		demand(v.upper == s->upper && !v.frag);
		demand(memcmp(seg + s->head, pkt + at, len) == 0);
		done += len;
	}
	demand(done == n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct super s;

	if (n < SUPER_VNET || n - SUPER_VNET > UINT16_MAX)
		return 0;
	n -= SUPER_VNET;
	memcpy(pkt, p + SUPER_VNET, n);
	if (!super_from_vnet(&s, p, pkt, n))
		return 0;
	if (s.kind != SUPER_NONE) {
		cut(&s, n);
		if (super_shrink(&s, 1 + s.gso / 3))
			cut(&s, n);
		return 0;
	}
	demand(super_count(&s) == 1);
	super_finish_csum(&s, pkt);

	/* only the field has changed */
	for (size_t i = 0; i < n; i++)
		demand(pkt[i] == p[SUPER_VNET + i] ||
		       (s.csum && i - s.csum_start - s.csum_off < 2));
	return 0;
}
