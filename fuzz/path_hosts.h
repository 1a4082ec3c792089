/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * path_hosts - two hosts with a fixed policy and SAs, for fuzz_path_in and
 * fuzz_path_out. UDP is bypassed in the clear but for one port that is dropped;
 * TCP has ESP and AH, all else ESP; ip.tun0 has tunnel mode with ESP, or ESP and
 * AH for TCP.
 */
#ifndef FUZZ_PATH_HOSTS_H
#define FUZZ_PATH_HOSTS_H

#include <stdlib.h>

#include "core/larval.h"
#include "core/reply.h"
#include "crypto/be/be.h"
#include "path_tunnels.h"
#include "wire/pfpolicy.h"

enum { SPI_ESP = 100, SPI_AH = 200, SPI_TUNNEL = 300 };

static uint8_t work[PATH_ROOM + GUARD];
static const struct now now = { 1000000, 1700000000 };

static void
demand(bool holds)
{
	if (!holds)
		abort();
}

static bool
fill(void *ctx, uint8_t *p, size_t n)
{
	(void)ctx;
	memset(p, 0x5a, n);
	return true;
}

static const struct rng rng = { .fill = fill };

static bool
is_local(void *ctx, const struct addr *a)
{
	const struct host *h = ctx;

	return addr_equal(a, &h->a4) || addr_equal(a, &h->a6);
}

static void
expired(void *ctx, struct sa *sa, int which)
{
	(void)ctx;
	(void)sa;
	demand(which < 0); /* these SAs have no limit */
}

static uint32_t
mtu(void *ctx, const struct addr *dst)
{
	(void)ctx;
	(void)dst;
	return 9000;
}

static bool
acquire(void *ctx, uint32_t seq, const struct rule *r, const struct flow *f,
    const struct addr *src, const struct addr *dst)
{
	(void)ctx;
	(void)f;
	demand(src != NULL && dst != NULL);
	demand(seq >= LARVAL_SEQ && r->n_actions != 0);
	return true;
}

static void
add_rule(struct host *h, const char *tun, unsigned proto, unsigned rport,
    uint32_t priority, uint8_t type, uint8_t flags)
{
	struct action a = { .type = type, .flags = flags };
	struct rule r = { .dir = RULE_BOTH, .priority = priority };
	uint64_t index;
	uint16_t diag;

	if ((flags & ACT_AH) != 0)
		a.ah_alg = AALG_SHA1HMAC;
	if ((flags & ACT_ESP) != 0)
		a.esp_alg = EALG_AES, a.espa_alg = AALG_SHA1HMAC;
	memcpy(r.tun, tun, strlen(tun) + 1);
	r.tunnel_mode = tun[0] != '\0' && strcmp(tun, "ip.tun1") != 0;
	if (proto != 0) {
		r.sel.has |= SEL_PROTO;
		r.sel.proto = (uint8_t)proto;
	}
	if (rport != 0) {
		r.sel.has |= SEL_RPORT;
		r.sel.rport_min = r.sel.rport_max = (uint16_t)rport;
	}
	demand(rule_add_action(&r, &a));
	demand(spd_add(h->p.spd, SPD_ACTIVE, &r, &diag, &index) == 0);
	rule_fini(&r);
}

static void
add_sa(uint32_t spi, bool ah, const struct addr *src, const struct addr *dst,
    bool tunnel, bool inner6)
{
	struct sa_spec s = { .satype = ah ? SATYPE_AH : SATYPE_ESP,
		.spi = spi,
		.state = SA_MATURE,
		.flags = SAF_NOREPLAY,
		.auth = AALG_SHA1HMAC,
		.encr = ah ? 0 : EALG_AES,
		.src = *src,
		.dst = *dst };
	uint8_t key[20] = { 1, 2, 3, (uint8_t)spi };
	struct sa *sa;
	uint16_t diag;

	demand(secret_set(&s.akey, key, 160));
	demand(ah || secret_set(&s.ekey, key, 128));
	if (tunnel) {
		s.flags |= SAF_TUNNEL;
		s.isrc.a.fam = s.idst.a.fam = inner6 ? FAM_V6 : FAM_V4;
	}
	demand(sadb_add(left.p.sadb, &s, now, &diag, &sa) == 0);
	demand(sadb_add(right.p.sadb, &s, now, &diag, &sa) == 0);
}

static void
host_new(struct host *h, const struct crypto *c, uint8_t n)
{
	const struct sadb_env env = { is_local, expired, h };
	const struct hash_seed seed = { { 1, n } };
	const uint8_t a4[4] = { 192, 0, 2, n };
	const uint8_t a6[16] = { 0x20, 1, 0xd, 0xb8, [15] = n };

	h->a4 = addr_v4(a4);
	h->a6 = addr_v6(a6);
	h->p = (struct path){ .spd = spd_new(),
		.sadb = sadb_new(c, &rng, &env),
		.rng = &rng,
		.larval = larval_new(),
		.conns = conn_new(&seed, 64, NULL),
		.replies = reply_new(&rng, 0),
		.env = { .mtu = mtu,
		    .acquire = acquire,
		    .tunnel = find_tunnel,
		    .between = between,
		    .ctx = h,
		    .socket = find_socket },
		.tune = { .padding_check = 1,
		    .latch = true,
		    .icmp_accept_clear_messages = true,
		    .acquire_timeout = 15,
		    .natt_port = 4500 } };
	demand(h->p.spd != NULL && h->p.sadb != NULL && h->p.larval != NULL &&
	       h->p.conns != NULL && h->p.replies != NULL);
	add_rule(h, "", IPPROTO_UDP_, 9, 9, ACT_DROP, 0);
	add_rule(h, "", IPPROTO_UDP_, 0, 8, ACT_PASS, 0);
	add_rule(
	    h, "", IPPROTO_TCP_, 0, 7, ACT_IPSEC, ACT_AH | ACT_ESP | ACT_ESPA);
	add_rule(h, "", 0, 0, 6, ACT_IPSEC, ACT_ESP | ACT_ESPA);
	add_rule(h, "ip.tun0", IPPROTO_TCP_, 0, 7, ACT_IPSEC,
	    ACT_AH | ACT_ESP | ACT_ESPA);
	add_rule(h, "ip.tun0", 0, 0, 6, ACT_IPSEC, ACT_ESP | ACT_ESPA);
}

static void
hosts_new(void)
{
	struct crypto *c;

	if (left.p.spd != NULL)
		return;
	c = crypto_new(be_ossl, NULL, NULL);
	demand(c != NULL);
	host_new(&left, c, 1);
	host_new(&right, c, 2);
	add_sa(SPI_ESP + 4, false, &left.a4, &right.a4, false, false);
	add_sa(SPI_ESP + 6, false, &left.a6, &right.a6, false, false);
	add_sa(SPI_AH + 4, true, &left.a4, &right.a4, false, false);
	add_sa(SPI_AH + 6, true, &left.a6, &right.a6, false, false);
	add_sa(SPI_TUNNEL + 4, false, &left.a4, &right.a4, true, false);
	add_sa(SPI_TUNNEL + 6, false, &left.a4, &right.a4, true, true);
	add_sa(SPI_TUNNEL + 4, true, &left.a4, &right.a4, true, false);
	add_sa(SPI_TUNNEL + 6, true, &left.a4, &right.a4, true, true);
}

/* From left to right, if it has room for addresses. */
static void
readdress(uint8_t *p, size_t n)
{
	if (n >= 20 && p[0] >> 4 == 4) {
		memcpy(p + 12, left.a4.b, 4);
		memcpy(p + 16, right.a4.b, 4);
	} else if (n >= 40 && p[0] >> 4 == 6) {
		memcpy(p + 8, left.a6.b, 16);
		memcpy(p + 24, right.a6.b, 16);
	}
}

static uint64_t
total(const struct path_stats *st, unsigned dir)
{
	uint64_t n = 0;

	for (enum verdict v = 0; v < VERDICT_N; v++)
		n += st->n[dir][v];
	return n;
}

/* What holds of every result. */
static void
check(const struct host *h, const struct path_result *r)
{
	struct ip_view v;

	demand(r->verdict < VERDICT_N);
	demand(r->len <= PATH_ROOM);
	for (unsigned i = 0; i < GUARD; i++)
		demand(h->buf[PATH_ROOM + i] == 0 && work[PATH_ROOM + i] == 0);
	if (r->to == PATH_NOWHERE) {
		demand(r->len == 0);
		return;
	}
	demand(r->tun != NULL);
	demand(ip_parse(&v, h->buf, r->len) && v.len == r->len);
	demand(r->to != PATH_WIRE || addr_equal(&r->dst, &v.dst));
}

/* Nothing waits for the next input. */
static void
settle(struct host *h)
{
	struct now later = { now.mono + 1000000, now.wall + 1000 };

	larval_age(h->p.larval, later, &h->p.stats);
	conn_age(h->p.conns, later.mono);
	demand(conn_count(h->p.conns) == 0);
	demand(larval_waiting(h->p.larval) == 0);
	demand(larval_take(h->p.larval) == NULL);
	memset(&h->p.stats, 0, sizeof(h->p.stats));
}

#endif /* FUZZ_PATH_HOSTS_H */
