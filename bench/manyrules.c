/* SPDX-License-Identifier: BSD-2-Clause */
#include <err.h>
#include <stdlib.h>

#include "chunks.h"
#include "core/spd.h"
#include "laneload.h"
#include "many.h"
#include "ticks.h"
#include "wire/pfpolicy.h"

enum { CHUNK = 256, SHAPES = 4 };

static struct addr
v4(uint32_t a)
{
	const uint8_t b[4] = { (uint8_t)(a >> 24), (uint8_t)(a >> 16),
		(uint8_t)(a >> 8), (uint8_t)a };

	return addr_v4(b);
}

static struct prefix
net(uint32_t a, uint8_t len)
{
	struct prefix p = { v4(a), len };

	prefix_canon(&p);
	return p;
}

/*
 * The selectors of rule i: a host; a network and a service; two networks; a larger
 * network and a range of ports.
 */
static struct sel
sel_of(size_t i)
{
	uint32_t k = (uint32_t)(i / SHAPES);
	uint16_t port = (uint16_t)(1024 + k % 50000);

	switch (i % SHAPES) {
	case 0:
		return (struct sel){ .has = SEL_RADDR,
			.raddr = net(UINT32_C(0x0a000000) + k, 32) };
	case 1:
		return (struct sel){ .has = SEL_RADDR | SEL_PROTO | SEL_RPORT,
			.raddr = net(UINT32_C(0x14000000) + k * 256, 24),
			.proto = IPPROTO_TCP_,
			.rport_min = port,
			.rport_max = port };
	case 2:
		return (struct sel){ .has = SEL_LADDR | SEL_RADDR,
			.laddr = net(UINT32_C(0xc0a80000) + k % 256 * 256, 24),
			.raddr = net(UINT32_C(0x28000000) + k * 256, 24) };
	default:
		port &= 0xfff8;
		return (struct sel){ .has = SEL_RADDR | SEL_PROTO | SEL_RPORT,
			.raddr =
			    net(UINT32_C(0x64000000) + k / 6000 * 65536, 16),
			.proto = IPPROTO_UDP_,
			.rport_min = (uint16_t)(1024 + k % 6000 * 8),
			.rport_max = (uint16_t)(1031 + k % 6000 * 8) };
	}
}

/* A flow that matches rule i. */
static struct flow
flow_of(size_t i, uint64_t random)
{
	struct sel s = sel_of(i);
	struct flow f = { .local = v4(UINT32_C(0xc0a80000)),
		.remote = s.raddr.a,
		.proto = IPPROTO_TCP_,
		.has_ports = true,
		.lport = (uint16_t)(random >> 16 | 1024),
		.rport = 80 };

	if ((s.has & SEL_LADDR) != 0)
		f.local = s.laddr.a;
	f.local.b[3] = (uint8_t)(random >> 32);
	if (s.raddr.len < 32)
		f.remote.b[3] = (uint8_t)(random >> 40);
	if ((s.has & SEL_PROTO) != 0)
		f.proto = s.proto;
	if ((s.has & SEL_RPORT) != 0)
		f.rport = s.rport_max;
	return f;
}

/* Rule i. */
static void
add(struct spd *d, size_t i)
{
	static const struct action a = {
		.type = ACT_IPSEC, .flags = ACT_ESP, .esp_alg = EALG_AES_GCM_16
	};
	struct rule r = { .dir = RULE_OUT,
		.fam = FAM_V4,
		.priority = RULE_PRIO_BASE + RULE_PRIO_ESP,
		.sel = sel_of(i) };
	uint64_t index;
	uint16_t diag;

	if (!rule_add_action(&r, &a))
		errx(1, "no memory");
	if (spd_add(d, SPD_ACTIVE, &r, &diag, &index) != 0)
		errx(1, "rule %zu was refused", i);
	rule_fini(&r);
}

static bool
fill(const struct many *m, struct spd *d, size_t n)
{
	uint64_t from = ticks();

	for (size_t i = 0; i < n; i++) {
		add(d, i);
		if (i % 1024 == 0 && ticks() - from > m->patience)
			return false;
	}
	return true;
}

static double
ns_each(uint64_t from, size_t n)
{
	return (double)(ticks() - from) / (double)n /
	       (double)ticks_in_us(1000) * 1e6;
}

static double
lookups(const struct many *m, struct spd *d, size_t n, bool one)
{
	static struct flow f[CHUNK];
	static uint64_t random = 88172645463325252u;
	struct chunks c = { .budget = m->budget };
	size_t same = next_random(&random) % n;
	uint64_t r;

	while (chunks_more(&c)) {
		unsigned found = 0;
		uint64_t from;

		for (unsigned i = 0; i < CHUNK; i++) {
			r = next_random(&random);
			f[i] = flow_of(one ? same : r % n, one ? 1 : r);
		}
		from = ticks();
		for (unsigned i = 0; i < CHUNK; i++)
			found += spd_lookup(d, "", RULE_OUT, &f[i]) != NULL;
		chunks_add(&c, ticks() - from, CHUNK);
		if (found != CHUNK)
			errx(1, "%u of %u rules were found", found, CHUNK);
	}
	return chunks_median(&c) / (double)ticks_in_us(1000) * 1e6;
}

bool
manyrules_run(const struct many *m, size_t n)
{
	struct spd *d = spd_new();
	size_t some = n < 1000 ? n : 1000, before = many_bytes();
	uint64_t from = ticks();

	if (d == NULL)
		errx(1, "no memory");
	if (!fill(m, d, n)) {
		spd_free(d);
		return false;
	}
	m->say("rule add", n, "ns", ns_each(from, n));
	m->say("rule bytes", n, "bytes",
	    (double)(many_bytes() - before) / (double)n);
	for (unsigned i = 0; i < m->reps; i++) {
		m->say("rule lookup, random", n, "ns", lookups(m, d, n, false));
		m->say("rule lookup, one", n, "ns", lookups(m, d, n, true));
	}
	/* indexes count from 1 */
	from = ticks();
	for (size_t i = 1; i <= some; i++)
		if (spd_delete(d, SPD_ACTIVE, "", i * (n / some)) != 0)
			errx(1, "rule %zu was not deleted", i);
	m->say("rule delete", n, "ns", ns_each(from, some));
	spd_free(d);
	return true;
}

/* Of no rule of ours: the last one decides, that of twohosts. */
bool
manyrules_cached(const struct many *m, size_t n)
{
	static const struct form form = {
		.suite = suites, .udp = true, .sas = 1
	};
	struct twohosts h;
	struct pathload l;
	struct laneload lanes;
	bool ok;

	twohosts_init(&h, &form);
	ok = fill(m, h.from.path.spd, n);
	laneload_init(&lanes, &h);
	pathload_init(&l, &h, 64, 32);
	lanes.load = &l;
	laneload_warm(&lanes);
	for (unsigned i = 0; ok && i < m->reps; i++) {
		double fast, t = laneload_out(&lanes, m->budget, &fast);

		if (fast < 1)
			errx(1, "a known flow was looked up");
		m->say("rule known, whole packet", n, "ns",
		    t / (double)ticks_in_us(1000) * 1e6);
	}
	pathload_fini(&l);
	laneload_fini(&lanes);
	twohosts_fini(&h);
	return ok;
}
