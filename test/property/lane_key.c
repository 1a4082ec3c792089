/* SPDX-License-Identifier: BSD-2-Clause */
/* Changes of PF_KEY's policy for lane_equal, in both worlds. */
#include <err.h>

#include "lane_gen.h"

/* One end of a selector: the host, or some of the others. */
static struct pfkey_addr
some_end(bool v6, bool here, uint8_t proto)
{
	struct pfkey_addr a = { .a = here ? world_here[v6] : lane_gen_there(v6),
		.plen = v6 ? 128 : 32,
		.proto = proto };

	if (rnd(2))
		a.plen = v6 ? 64 : 24;
	if (proto != KAME_PROTO_ANY && rnd(3) == 0)
		a.port = here ? (uint16_t)(1 + rnd(3)) : (uint16_t)(7 + rnd(2));
	return a;
}

static struct kame_policy
some_policy(bool v6, bool out)
{
	struct kame_policy p = { .type = KAME_POLICY_IPSEC,
		.dir = out	? KAME_DIR_OUT
		       : rnd(3) ? KAME_DIR_IN
				: KAME_DIR_FWD,
		.priority = rnd(3) };
	struct kame_req q = { .proto = IPPROTO_ESP_,
		.mode = rnd(3) ? KAME_MODE_TRANSPORT : KAME_MODE_TUNNEL,
		.level = rnd(4) ? KAME_LEVEL_REQUIRE : KAME_LEVEL_USE };

	if (rnd(12) == 0) {
		p.type = rnd(2) ? KAME_POLICY_NONE : KAME_POLICY_DISCARD;
		return p;
	}
	if (q.mode == KAME_MODE_TUNNEL) {
		q.src = out ? world_here[v6] : lane_gen_there(v6);
		q.dst = out ? lane_gen_there(v6) : world_here[v6];
	}
	p.req[p.n++] = q;
	return p;
}

void
lane_key_add(struct world *const w[2])
{
	static const uint8_t protos[] = { KAME_PROTO_ANY, IPPROTO_TCP_,
		IPPROTO_UDP_ };
	bool v6 = rnd(4) == 0, out = rnd(2);
	uint8_t proto = protos[rnd(3)];
	struct pfkey_addr here = some_end(v6, true, proto);
	struct pfkey_addr there = some_end(v6, false, proto);
	struct kame_policy p = some_policy(v6, out);

	for (int i = 0; i < 2; i++) {
		struct kspd *d = w[i]->p.kspd;
		struct kspd_entry *e;

		if (kspd_make(&e, out ? &here : &there, out ? &there : &here,
			&p) != 0)
			errx(1, "my own entry of PF_KEY");
		if (kspd_same(d, e) != NULL)
			kspd_drop(e);
		else if (kspd_insert(d, e) != 0)
			errx(1, "no memory");
	}
}

void
lane_key_remove(struct world *const w[2])
{
	uint32_t after = rnd(100);

	for (int i = 0; i < 2; i++) {
		struct kspd_entry *e = kspd_after(w[i]->p.kspd, after);

		if (e == NULL)
			continue;
		kspd_remove(w[i]->p.kspd, e);
		kspd_drop(e);
	}
}
