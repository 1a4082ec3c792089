/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The lane does what the path does: two hosts alike, the packets of one by
 * lane_out() and lane_in(), those of the other one by one, and between them any
 * change of policy, SAs, sockets, tunnels, tunables and time. Packets, their
 * order, and everything that is counted have to be the same after each step.
 * usage: lane_equal [SECONDS [SEED]]
 */
#include <err.h>
#include <inttypes.h>
#include <time.h>

#include "core/esp.h"
#include "lane_gen.h"
#include "wire/pfkey.h"

enum { PEERS = 48, ITEMS = 8, BUF = LANE_GEN_ROOM };

static struct world slow, fast;
static struct world *const both[2] = { &slow, &fast };
static struct crypto *crypto;
static uint8_t buf[2][ITEMS][BUF], wire[LANE_BATCH][4096];
static struct lane_item item[2][ITEMS];
static unsigned long told[2][VERDICT_N]; /* what became of packets */
static char trace[64][80];
static unsigned traced;

static void
say(const char *what, unsigned long a, unsigned long b)
{
	(void)snprintf(
	    trace[traced++ % 64], sizeof(trace[0]), "%s %lu %lu", what, a, b);
}

static void
send_some(void)
{
	static const char *const from[] = { "", "", "ip.tun0" };
	const char *tun = rnd(15) ? from[rnd(3)] : PATH_OWN;
	size_t n = 1 + rnd(ITEMS);

	for (size_t i = 0; i < n; i++) {
		lane_gen_item(&item[0][i], buf[0][i], slow.mtu);
		/* flows come more than once */
		if (i != 0 && rnd(2)) {
			memcpy(buf[0][i], buf[0][i - 1], item[0][i - 1].s.len);
			item[0][i].s = item[0][i - 1].s;
		}
		memcpy(buf[1][i], buf[0][i], item[0][i].s.len);
		item[1][i] = item[0][i];
		item[1][i].pkt = buf[1][i];
		say("item", item[0][i].s.kind, item[0][i].s.len);
	}
	world_out(&slow, tun, item[0], n);
	world_out(&fast, tun, item[1], n);
}

/* --- SAs --- */

/* The other end of an inbound SA. */
struct peer {
	struct sa *sa;
	uint64_t seq;
	uint32_t tcp_seq; /* of the flow it sends */
	uint64_t flow;	  /* lane_seed of its packets' headers */
};

static struct peer peer[PEERS];
static unsigned n_peers;
static uint32_t spi = 1000;

static const struct algs {
	uint8_t encr, auth;
} algs[] = { { EALG_AES_GCM_16, 0 }, { EALG_AES_GCM_16, 0 },
	{ EALG_AES, AALG_SHA256HMAC }, { EALG_NULL, AALG_SHA1HMAC },
	{ EALG_CHACHA20_POLY1305, 0 }, { EALG_AES_GMAC, 0 }, { EALG_AES, 0 } };

static void
key(struct secret *s, unsigned bits)
{
	uint8_t b[SECRET_MAX];

	for (size_t i = 0; i < sizeof(b); i++)
		b[i] = (uint8_t)(i * 5 + rnd(256));
	if (!secret_set(s, b, bits))
		errx(1, "key");
}

static struct sa_spec
any_spec(bool inbound)
{
	const struct algs *a = &algs[rnd(sizeof(algs) / sizeof(algs[0]))];
	const struct alg *e = alg_by_id(ALG_ENCR, a->encr);
	const struct alg *h = alg_by_id(ALG_AUTH, a->auth);
	bool v6 = rnd(4) == 0, tunnel = rnd(3) == 0;
	struct addr l = world_here[v6], r = lane_gen_there(v6);

	if (tunnel && !v6 && rnd(3))
		r.b[3] = 9; /* the interface's other end */

	struct sa_spec s = { .satype = SATYPE_ESP,
		.spi = spi++,
		.state = SA_MATURE,
		.window = rnd(4) ? 64 : 32 * rnd(8),
		.auth = a->auth,
		.encr = a->encr,
		.src = inbound ? r : l,
		.dst = inbound ? l : r,
		.flags = inbound ? SAF_INBOUND : SAF_OUTBOUND };

	if (!inbound && rnd(4) == 0) { /* one of AH */
		s.satype = SATYPE_AH;
		s.encr = 0;
		s.auth = AALG_SHA256HMAC;
		h = alg_by_id(ALG_AUTH, s.auth);
	} else if (e->key_def != 0)
		key(&s.ekey, e->key_def + e->salt_len * 8u);
	if (h != NULL)
		key(&s.akey, h->key_def);
	if (tunnel)
		s.flags |= SAF_TUNNEL;
	if (rnd(3) == 0)
		s.flags |= SAF_ESN;
	if (!v6 && s.satype == SATYPE_ESP && rnd(3) == 0) {
		s.flags |= SAF_NATT_REM;
		s.natt_rport = rnd(2) ? 4500 : 0;
		s.natt_rem =
		    rnd(2) ? r : (struct addr){ FAM_V4, { 9, 9, 9, 9 } };
	}
	if (rnd(9) == 0) {
		s.soft.bytes = 1 + rnd(60000);
		s.hard.bytes = s.soft.bytes + rnd(60000);
	}
	if (rnd(9) == 0)
		s.soft.allocs = 1 + rnd(60);
	if (rnd(9) == 0)
		s.hard.allocs = 60 + rnd(60);
	if (rnd(6) == 0) {
		s.soft.addtime = 1 + rnd(100);
		s.hard.addtime = s.soft.addtime + rnd(100);
	}
	if (rnd(20) == 0)
		s.replay_value = (s.flags & SAF_ESN) != 0 && rnd(2)
				     ? (UINT64_C(1) << 32) - rnd(300)
				     : UINT32_MAX - rnd(300);
	if (rnd(8) == 0) {
		s.sid = (struct sa_ident){ .type = 1, .len = 1, .id = "a" };
		s.sid.id[0] = (char)('a' + rnd(2));
	}
	return s;
}

static void
add_peer(const struct sa_spec *s)
{
	struct peer *p = &peer[n_peers % PEERS];
	struct sa_spec mine = *s;
	uint16_t diag;

	sa_free(p->sa);
	if ((s->flags & (SAF_NATT_LOC | SAF_NATT_REM)) != 0) {
		mine.flags = (mine.flags & ~SAF_NATT_REM) | SAF_NATT_LOC;
		mine.natt_loc = mine.natt_rem;
		mine.natt_lport = 4500;
		mine.natt_rport = 4500;
	}
	p->sa = sa_new(crypto, slow.p.rng, &mine, slow.now, &diag);
	fast.stream = slow.stream;
	if (p->sa == NULL)
		errx(1, "a peer's SA: %u", diag);
	p->seq = s->replay_value;
	p->tcp_seq = rnd(100000);
	p->flow = lane_seed;
	n_peers++;
}

static void
add_sa(void)
{
	bool inbound = rnd(2);
	struct sa_spec s = any_spec(inbound);
	int e[2];

	for (int i = 0; i < 2; i++) {
		struct sa *sa;
		uint16_t diag;

		e[i] = sadb_add(both[i]->p.sadb, &s, both[i]->now, &diag, &sa);
	}
	say("add sa", s.spi, e[0]);
	if (e[0] != e[1])
		errx(1, "an SA is taken by one of them");
	if (e[0] == 0 && inbound)
		add_peer(&s);
}

struct nth {
	uint32_t at;
	struct sa_spec name;
	bool found;
};

static bool
nth(void *ctx, struct sa *sa)
{
	struct nth *n = ctx;

	if (n->at-- != 0)
		return true;
	n->found = true;
	n->name = (struct sa_spec){ .satype = sa->satype,
		.spi = sa->spi,
		.dst = sa->dst,
		.src = sa->src };
	return false;
}

static void
delete_sa(void)
{
	size_t count = sadb_count(slow.p.sadb, 0);
	struct nth n = { .at = count == 0 ? 0 : rnd((uint32_t)count) };
	uint16_t diag;

	sadb_each(slow.p.sadb, 0, nth, &n);
	say("delete sa", n.name.spi, n.found);
	if (n.found)
		for (int i = 0; i < 2; i++)
			(void)sadb_delete(
			    both[i]->p.sadb, &n.name, false, &diag);
}

static void
update_sa(void)
{
	size_t count = sadb_count(slow.p.sadb, 0);
	struct nth n = { .at = count == 0 ? 0 : rnd((uint32_t)count) };
	uint16_t diag;
	struct sa *sa;

	sadb_each(slow.p.sadb, 0, nth, &n);
	n.name.state = SA_MATURE;
	n.name.soft.bytes = 1 + rnd(100000);
	n.name.hard.bytes = n.name.soft.bytes + rnd(100000);
	say("update sa", n.name.spi, n.found);
	if (rnd(3) == 0) { /* or a pair; it may not be there, or not match */
		n.name.pair_spi = n.name.spi - 4 + rnd(9);
		n.name.flags |= SAF_PAIRED;
	}
	if (n.found)
		for (int i = 0; i < 2; i++)
			(void)sadb_update(
			    both[i]->p.sadb, &n.name, both[i]->now, &diag, &sa);
}

/* --- from the wire --- */

static size_t
inner_packet(uint8_t *p, struct peer *from, bool tunnel)
{
	uint64_t keep = lane_seed;
	struct wr w = wr_into(p, 2000);
	const struct sa *s = from->sa;
	uint8_t proto = rnd(3) ? IPPROTO_TCP_ : IPPROTO_UDP_, flags;
	size_t n = rnd(3) ? 100 : rnd(200);
	bool plain = rnd(16) != 0;
	uint16_t port;
	struct ip_new h;

	/* mostly the packets of one flow */
	if (rnd(8) == 0)
		from->flow = keep;
	keep = lane_seed;
	lane_seed = from->flow;
	proto = rnd(3) ? IPPROTO_TCP_ : IPPROTO_UDP_;
	h = lane_gen_head(
	    tunnel ? rnd(4) == 0 : s->dst.fam == FAM_V6, proto, false);
	port = (uint16_t)rnd(6);
	lane_seed = keep;
	if (!tunnel) {
		h.src = s->src;
		h.dst = s->dst;
	}
	h.id = (uint16_t)(from->seq + rnd(8) / 7);
	flags = rnd(4) ? 0x10 : lane_gen_tcp_flags();
	if (!plain)
		h.tos = (uint8_t)rnd(256);
	ip_write(&w, &h, n + (proto == IPPROTO_TCP_ ? 20 : 8));
	lane_gen_upper(&w, proto, n, false, from->tcp_seq, flags, port);
	if (rnd(8))
		from->tcp_seq += (uint32_t)n;
	lane_gen_put_csum(p, w.len, false);
	if (!plain && rnd(2))
		p[rnd((uint32_t)w.len)] ^= (uint8_t)(1u << rnd(8));
	return w.len;
}

static size_t
sealed(uint8_t *to, struct peer *from)
{
	static uint8_t in[2000];
	bool tunnel = sa_is_tunnel(from->sa);
	size_t n = inner_packet(in, from, tunnel);
	struct seal_opts o = { .tfc = tunnel && rnd(8) == 0 ? rnd(40) : 0,
		.dummy = rnd(40) == 0,
		.udp_csum_zero = true };
	struct wr w = wr_into(to, sizeof(wire[0]));
	struct ip_view v;
	uint64_t seq;
	uint8_t iv[16];

	for (size_t i = 0; i < sizeof(iv); i++)
		iv[i] = (uint8_t)rnd(256);
	from->seq += rnd(12) == 0 ? rnd(100) : 1;
	seq = from->seq;
	if (rnd(12) == 0)
		seq -= rnd(80);
	if (!ip_parse(&v, in, n) ||
	    esp_seal(from->sa, &w, in, &v, seq, iv, &o) != VERDICT_PASS)
		return 0;
	if (rnd(20) == 0)
		w.base[rnd((uint32_t)w.len)] ^= (uint8_t)(1u << rnd(8));
	if (rnd(20) == 0) /* congestion on the way */
		w.base[1] |= 3;
	return w.len;
}

/* One of the latest, mostly. */
static struct peer *
some_peer(void)
{
	unsigned most = n_peers < PEERS ? n_peers : PEERS;
	unsigned back = rnd(8) && most > 10 ? rnd(10) : rnd(most);

	return &peer[(n_peers - 1 - back) % PEERS];
}

static void
receive_some(void)
{
	static struct lane_pkt k[LANE_BATCH];
	size_t want = 1 + rnd(LANE_BATCH), n = 0;
	struct peer *from = some_peer();
	bool joined = rnd(2);

	for (size_t i = 0; i < want; i++) {
		size_t len;

		if (rnd(20) == 0)
			from = some_peer();
		if (rnd(20) == 0 && n != 0) {
			k[n] = k[n - 1]; /* once more */
			n++;
			continue;
		}
		len = sealed(wire[n], from);
		/* what cannot be split off goes the slow way of both */
		if (len == 0 || !lane_split(&k[n], wire[n], len))
			continue;
		/* a UDP socket gives many with the header of the first */
		if (joined && n != 0 && k[n].n_head == 28 &&
		    k[n - 1].n_head == 28 &&
		    memcmp(k[n].head + 12, k[n - 1].head + 12, 12) == 0)
			k[n].head = k[n - 1].head;
		n++;
	}
	say("receive", n, from->sa->spi);
	world_in(&slow, k, n);
	world_in(&fast, k, n);
}

/* --- everything else --- */

static void
add_rule(void)
{
	const struct algs *a = &algs[rnd(sizeof(algs) / sizeof(algs[0]))];
	struct rule r = { .dir = rnd(3)	  ? RULE_BOTH
				 : rnd(2) ? RULE_IN
					  : RULE_OUT,
		.priority = RULE_PRIO_BASE + rnd(4) };
	unsigned alts = 1 + rnd(3);
	uint64_t index;
	uint16_t diag;
	int e[2];

	if (rnd(4) == 0) {
		memcpy(r.tun, "ip.tun0", 8);
		r.tunnel_mode = rnd(4) != 0;
	}
	if (rnd(2)) {
		r.sel.has = SEL_PROTO;
		r.sel.proto = rnd(2) ? IPPROTO_TCP_ : IPPROTO_UDP_;
		if (rnd(2)) {
			r.sel.has |= SEL_LPORT;
			r.sel.lport_min = (uint16_t)(1 + rnd(3));
			r.sel.lport_max = (uint16_t)(r.sel.lport_min + rnd(2));
		}
	}
	for (unsigned i = 0; i < alts; i++) {
		struct action act = { .type = ACT_IPSEC,
			.flags = ACT_ESP | (rnd(3) ? ACT_ANYALG : 0),
			.esp_alg = a->encr,
			.espa_alg = a->auth };

		if (a->auth != 0)
			act.flags |= ACT_ESPA;
		if (rnd(4) == 0) {
			act.flags |= ACT_AH;
			act.ah_alg = AALG_SHA256HMAC;
		}
		if ((act.flags & ACT_AH) != 0 && rnd(2))
			act.flags &= (uint8_t) ~(ACT_ESP | ACT_ESPA);
		if (rnd(12) == 0)
			act.flags |= ACT_UNIQUE;
		if (i != 0 && rnd(8) == 0)
			act = (struct action){ .type = ACT_PASS };
		else if (rnd(24) == 0)
			act = (struct action){ .type = ACT_DROP };
		a = &algs[rnd(sizeof(algs) / sizeof(algs[0]))];
		if (!rule_add_action(&r, &act))
			errx(1, "no memory");
	}
	for (int i = 0; i < 2; i++)
		e[i] = spd_add(both[i]->p.spd, SPD_ACTIVE, &r, &diag, &index);
	say("add rule", (unsigned long)e[0], r.tunnel_mode);
	rule_fini(&r);
	if (e[0] != e[1])
		errx(1, "a rule is taken by one of them");
}

static void
change_policy(void)
{
	uint64_t index = 1 + rnd(40);

	if (rnd(3) == 0) {
		say("policy of PF_KEY", 0, 0);
		if (rnd(3))
			lane_key_add(both);
		else
			lane_key_remove(both);
		return;
	}
	if (rnd(8) == 0) {
		say("flip", 0, 0);
		for (int i = 0; i < 2; i++) {
			if (index % 2 && spd_clone(both[i]->p.spd) != 0)
				errx(1, "no memory");
			spd_flip(both[i]->p.spd);
		}
		return;
	}
	if (rnd(4) != 0 || spd_count(slow.p.spd, SPD_ACTIVE) == 0) {
		add_rule();
		return;
	}
	say("delete rules", index, 0);
	for (int i = 0; i < 2; i++) {
		struct spd *d = both[i]->p.spd;

		if (index > 36)
			(void)spd_flush(d, SPD_ACTIVE, "", true);
		else
			(void)spd_delete(
			    d, SPD_ACTIVE, index % 4 ? "" : "ip.tun0", index);
	}
}

static void
change_socket(void)
{
	uint32_t tcp = rnd(2), port = 1 + rnd(WORLD_PORTS), how = rnd(5);
	uint64_t cookie = 1 + rnd(1000);
	bool pass = rnd(3) == 0;

	say("socket", tcp * 100 + port, how);
	for (int i = 0; i < 2; i++) {
		struct world *w = both[i];
		struct world_socket *s = &w->sock[tcp][port];
		struct conn_key k = { .local = world_here[0],
			.remote = { FAM_V4, { 10, 0, 1, 1 } },
			.proto = tcp ? IPPROTO_TCP_ : IPPROTO_UDP_,
			.lport = (uint16_t)port,
			.rport = 7 };
		struct rule r = { .dir = RULE_BOTH };
		struct action a = { .type = pass ? ACT_PASS : ACT_IPSEC,
			.flags = pass ? 0 : ACT_ESP | ACT_ANYALG };

		switch (how) {
		case 0: /* it closes */
			conn_end(w->p.conns, &k, s->cookie, w->now.mono);
			conn_own_put(s->own);
			*s = (struct world_socket){ 0 };
			break;
		case 1:
			conn_end(w->p.conns, &k, 0, w->now.mono);
			break;
		case 2: /* it asks for something */
			conn_own_put(s->own);
			if (!rule_add_action(&r, &a))
				errx(1, "no memory");
			s->own = conn_own_new(w->p.conns, &r);
			s->found = true;
			break;
		default:
			s->found = true;
			s->connected = how == 3;
			s->cookie = cookie;
			break;
		}
	}
}

static void
change_host(void)
{
	uint32_t what = rnd(10), x = rnd(4);

	/* mostly back to what is usual */
	if (what != 0 && what != 8 && x == 0 && rnd(3))
		x = 3;

	say("host", what, x);
	for (int i = 0; i < 2; i++) {
		struct world *w = both[i];
		struct path *p = &w->p;

		switch (what) {
		case 0:
			w->mtu = x == 0 ? 1280 : x == 1 ? 600 : 1500;
			break;
		case 1:
			p->tune.latch = x & 1;
			break;
		case 2:
			p->tune.override_sockets = x & 1;
			break;
		case 3:
			p->tune.padding_check = (uint8_t)x;
			break;
		case 4:
			p->tune.natt_port = x == 0 ? 4501 : 4500;
			break;
		case 5:
			w->forwards = x == 0;
			(void)sadb_relocate(p->sadb);
			path_changed(p);
			break;
		case 6:
		case 7:
			w->has_tun = x != 0;
			w->tun.dst = (struct addr){ FAM_V4, { 10, 0, 1, 9 } };
			if (x == 2)
				w->tun.dst = (struct addr){ .fam = FAM_NONE };
			w->tun.ttl = (uint8_t)(x * 20);
			w->tun.df = (uint8_t)(x % 3);
			w->tun.secure = x & 1;
			path_changed(p);
			break;
		case 8:
			p->stats.queued = x == 0;
			break;
		case 9:
			p->via = x == 0 ? 3 : 0;
			break;
		}
	}
}

static void
pass_time(void)
{
	uint32_t ms = rnd(3) ? rnd(300) : rnd(20000);

	say("time", ms, 0);
	for (int i = 0; i < 2; i++) {
		struct world *w = both[i];

		w->now.mono += ms;
		w->now.wall += ms / 1000;
		if (ms > 100) {
			sadb_age(w->p.sadb, 0, w->now);
			conn_age(w->p.conns, w->now.mono);
			larval_age(w->p.larval, w->now, &w->p.stats);
		}
	}
}

static void
step(void)
{
	uint32_t what = rnd(100);

	if (what < 45)
		send_some();
	else if (what < 75 && n_peers != 0)
		receive_some();
	else if (what < 80)
		add_sa();
	else if (what < 82)
		delete_sa();
	else if (what < 84)
		update_sa();
	else if (what < 88)
		change_policy();
	else if (what < 91)
		change_socket();
	else if (what < 94)
		change_host();
	else
		pass_time();
}

static void
fail(const char *what, uint64_t first, unsigned long steps)
{
	printf("seed %" PRIu64 ", step %lu: %s differ\n", first, steps, what);
	for (unsigned i = traced < 24 ? 0 : traced - 24; i < traced; i++)
		printf("  %s\n", trace[i % 64]);
	for (unsigned i = 0; i < VERDICT_N; i++)
		for (int d = 0; d < 2; d++)
			if (slow.p.stats.n[d][i] != fast.p.stats.n[d][i])
				printf("%s: %" PRIu64 ", by lane %" PRIu64 "\n",
				    verdict_name((enum verdict)i),
				    slow.p.stats.n[d][i], fast.p.stats.n[d][i]);
	for (size_t i = 0; i + 8 <= offsetof(struct path_stats, queued);
	     i += 8) {
		uint64_t a, b;

		memcpy(&a, (const char *)&slow.p.stats + i, 8);
		memcpy(&b, (const char *)&fast.p.stats + i, 8);
		if (a != b)
			printf("counter %zu: %" PRIu64 ", by lane %" PRIu64
			       "\n",
			    i / 8, a, b);
	}
	exit(1);
}

/* Policy and SAs for all flows, to begin with. */
static void
usual(void)
{
	static const char *const tuns[] = { "", "ip.tun0" };
	const struct action any = { .type = ACT_IPSEC,
		.flags = ACT_ESP | ACT_ANYALG };
	uint64_t index;
	uint16_t diag;
	struct sa *sa;

	for (int i = 0; i < 4; i++) {
		struct world *w = both[i % 2];
		struct rule r = { .dir = RULE_BOTH,
			.priority = RULE_PRIO_BASE,
			.tunnel_mode = i >= 2 };

		memcpy(r.tun, tuns[i / 2], strlen(tuns[i / 2]) + 1);
		if (!rule_add_action(&r, &any) ||
		    spd_add(w->p.spd, SPD_ACTIVE, &r, &diag, &index) != 0)
			errx(1, "the usual policy");
		rule_fini(&r);
		w->has_tun = true;
		w->tun.dst = (struct addr){ FAM_V4, { 10, 0, 1, 9 } };
	}
	for (int i = 0; i < 12; i++) {
		struct sa_spec s = any_spec(i >= 6);
		bool v6 = s.dst.fam == FAM_V6;

		memset(&s.soft, 0, sizeof(s.soft));
		memset(&s.hard, 0, sizeof(s.hard));
		s.replay_value = 0;
		s.src = i >= 6 ? lane_gen_there(v6) : world_here[v6];
		s.dst = i >= 6 ? world_here[v6] : lane_gen_there(v6);
		if (!v6)
			s.src.b[3] = s.dst.b[3] = 1;
		if (!v6 && (s.flags & SAF_TUNNEL) != 0)
			*(i >= 6 ? &s.src.b[3] : &s.dst.b[3]) = 9;
		for (int j = 0; j < 2; j++)
			if (sadb_add(both[j]->p.sadb, &s, both[j]->now, &diag,
				&sa) != 0)
				errx(1, "the usual SAs: %s",
				    pfkey_diag_text(diag));
		if (i >= 6)
			add_peer(&s);
	}
}

static void
life(uint64_t first, unsigned long steps)
{
	lane_seed = first;
	traced = n_peers = 0;
	spi = 1000;
	lane_gen_begin();
	world_init(&slow, crypto, false, world_here);
	world_init(&fast, crypto, true, world_here);
	usual();
	/* PF_KEY's policy is asked where there is no other */
	if (first % 3 == 0)
		for (int i = 0; i < 2; i++)
			(void)spd_flush(both[i]->p.spd, SPD_ACTIVE, "", true);
	for (int i = 0; i < 30 && first % 3 == 0; i++)
		lane_key_add(both);
	for (int i = 0; i < 6; i++)
		add_sa();
	for (unsigned long i = 0; i < steps; i++) {
		const char *why;

		step();
		why = world_differ(&slow, &fast);
		if (why != NULL)
			fail(why, first, i);
	}
	for (unsigned i = 0; i < PEERS; i++) {
		sa_free(peer[i].sa);
		peer[i].sa = NULL;
	}
}

int
main(int argc, char **argv)
{
	const char *env = getenv("LANE_EQUAL_SECONDS");
	double seconds = argc > 1      ? strtod(argv[1], NULL)
			 : env != NULL ? strtod(env, NULL)
				       : 8;
	uint64_t first = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
	uint64_t by_lane = 0, by_path = 0, lives = 0;
	struct timespec t0, t;

	crypto = crypto_new(be_all, NULL, NULL);
	if (crypto == NULL)
		errx(1, "no cryptography");
	(void)clock_gettime(CLOCK_MONOTONIC, &t0);
	do {
		life(first + lives++, 600);
		for (unsigned i = 0; i < VERDICT_N; i++)
			for (int d = 0; d < 2; d++)
				told[d][i] +=
				    (unsigned long)fast.p.stats.n[d][i];
		by_lane += fast.fast;
		by_path += fast.slow;
		world_fini(&slow);
		world_fini(&fast);
		(void)clock_gettime(CLOCK_MONOTONIC, &t);
	} while ((double)(t.tv_sec - t0.tv_sec) +
		     (double)(t.tv_nsec - t0.tv_nsec) / 1e9 <
		 seconds);
	crypto_free(crypto);
	if (getenv("LANE_EQUAL_TELL") != NULL)
		for (unsigned i = 0; i < VERDICT_N; i++)
			if (told[0][i] + told[1][i] != 0)
				printf("%s %lu %lu\n",
				    verdict_name((enum verdict)i), told[0][i],
				    told[1][i]);
	printf("%" PRIu64 " lives of 600 steps: %" PRIu64
	       " packets by the lane, %" PRIu64 " given back\n",
	    lives, by_lane, by_path);
	/* a test that no packet passed the short way would show nothing */
	return by_lane > 100 * lives ? 0 : 1;
}
