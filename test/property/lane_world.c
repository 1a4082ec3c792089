/* SPDX-License-Identifier: BSD-2-Clause */
#include "lane_world.h"

#include <err.h>

const struct addr world_here[2] = { { FAM_V4, { 10, 0, 0, 1 } },
	{ FAM_V6, { 0x20, 1, [15] = 1 } } };

/* --- the host --- */

static bool
fill(void *ctx, uint8_t *p, size_t n)
{
	struct world *w = ctx;

	for (size_t i = 0; i < n; i++) {
		w->stream = w->stream * UINT64_C(6364136223846793005) +
			    UINT64_C(1442695040888963407);
		p[i] = (uint8_t)(w->stream >> 56);
	}
	return true;
}

static bool
is_local(void *ctx, const struct addr *a)
{
	const struct world *w = ctx;

	return !w->forwards &&
	       (addr_equal(a, &w->tun.src) || addr_equal(a, &world_here[0]) ||
		   addr_equal(a, &world_here[1]));
}

static void
expired(void *ctx, struct sa *sa, int which)
{
	struct world *w = ctx;

	w->n_expired += 1 + (uint32_t)which * sa->spi;
}

static uint32_t
mtu(void *ctx, const struct addr *dst)
{
	const struct world *w = ctx;

	return w->mtu - dst->b[3] % 4;
}

static bool
acquire(void *ctx, uint32_t seq, const struct rule *r, const struct flow *f,
    const struct addr *src, const struct addr *dst)
{
	struct world *w = ctx;

	(void)r;
	(void)src;
	w->n_acquires += seq + f->lport + dst->b[3];
	return false;
}

static const struct path_tunnel *
tunnel(void *ctx, const char *name)
{
	struct world *w = ctx;

	return w->has_tun && strcmp(name, w->tun.name) == 0 ? &w->tun : NULL;
}

static const struct path_tunnel *
between(
    void *ctx, const struct addr *local, const struct addr *remote, size_t i)
{
	struct world *w = ctx;

	return i == 0 && w->has_tun && addr_equal(&w->tun.src, local) &&
		       addr_equal(&w->tun.dst, remote)
		   ? &w->tun
		   : NULL;
}

static void
ask_socket(void *ctx, const struct flow *f, struct path_socket *s)
{
	struct world *w = ctx;
	const struct world_socket *is;

	w->n_asked++;
	if (f->lport > WORLD_PORTS ||
	    (f->proto != IPPROTO_TCP_ && f->proto != IPPROTO_UDP_))
		return;
	is = &w->sock[f->proto == IPPROTO_TCP_][f->lport];
	*s = (struct path_socket){ .found = is->found,
		.connected = is->connected,
		.cookie = is->cookie,
		.own = is->own };
}

/* --- what comes out --- */

static uint8_t *
room(struct world *w, size_t n)
{
	uint8_t *p = w->got + w->n_got;

	if (n > WORLD_GOT - w->n_got)
		errx(1, "too much in one step");
	w->n_got += n;
	return p;
}

static void
note(struct world *w, uint8_t what, const void *p, size_t n)
{
	uint8_t *r = room(w, 5 + n);
	uint32_t len = (uint32_t)n;

	r[0] = what;
	memcpy(r + 1, &len, 4);
	if (n != 0)
		memcpy(r + 5, p, n);
}

/*
 * A UDP-encapsulated packet: what a UDP socket can be told of its header, and
 * the payload. IPv6's checksum, which its kernel makes, is looked at.
 */
static void
note_udp(struct world *w, const struct ip_new *h, uint16_t sport,
    uint16_t dport, const uint8_t *p, size_t n)
{
	uint8_t *r = room(w, 48 + n);

	memset(r, 0, 48);
	r[0] = 'U';
	r[1] = h->tos;
	r[2] = h->ttl;
	r[3] = h->dst.fam == FAM_V4 && h->df;
	memcpy(r + 4, h->src.b, 16);
	memcpy(r + 20, h->dst.b, 16);
	memcpy(r + 36, &sport, 2);
	memcpy(r + 38, &dport, 2);
	memcpy(r + 40, &n, 8);
	memcpy(r + 48, p, n);
}

static bool
note_if_udp(struct world *w, const uint8_t *p, size_t n)
{
	struct ip_view v;
	struct flow f;

	if (!ip_parse(&v, p, n) || v.proto != IPPROTO_UDP_ || v.len != n)
		return false;
	ip_flow(&f, &v, p, true);
	if (f.lport != w->p.tune.natt_port)
		return false;

	struct ip_new h = { .src = v.src,
		.dst = v.dst,
		.tos = v.tos,
		.ttl = v.ttl,
		.df = v.df };

	note_udp(w, &h, f.lport, f.rport, p + v.upper + 8, n - v.upper - 8);
	return true;
}

/*
 * A packet for the host. Where nobody may split it, its identification means
 * nothing (RFC 6864 4.1), and a lane may count it up.
 */
static void
note_host(struct world *w, const char *tun, uint8_t *p, size_t n)
{
	note(w, 'D', tun, strlen(tun));
	if (n >= 20 && p[0] >> 4 == 4 && (p[6] & 0x40) != 0)
		p[4] = p[5] = p[10] = p[11] = 0;
	note(w, 'H', p, n);
}

static void
note_result(struct world *w, const struct path_result *r)
{
	switch (r->to) {
	case PATH_WIRE:
		if (!note_if_udp(w, w->out, r->len))
			note(w, 'W', w->out, r->len);
		break;
	case PATH_HOST:
		note_host(w, r->tun, w->out, r->len);
		break;
	case PATH_SENDER:
		note(w, 'S', w->out, r->len);
		break;
	case PATH_NOWHERE:
		note(w, 'N', NULL, 0);
		break;
	}
}

static void
send(void *ctx, const struct lane_run *r)
{
	struct world *w = ctx;

	w->fast += r->n;
	if (r->n == 0 || (size_t)r->stride * (r->n - 1) >= r->len ||
	    (size_t)r->stride * r->n < r->len)
		errx(1, "a run of %u packets, %u bytes, stride %u", r->n,
		    r->len, r->stride);
	for (uint32_t i = 0; i < r->n; i++) {
		const uint8_t *p = r->bytes + (size_t)i * r->stride;
		size_t n = i + 1 == r->n ? r->len - i * r->stride : r->stride;

		if (r->udp)
			note_udp(w, &r->head, r->sport, r->dport, p, n);
		else
			note(w, 'W', p, n);
		if (n + (r->udp ? r->head.dst.fam == FAM_V4 ? 28 : 48 : 0) >
		    r->mtu)
			errx(1, "%zu bytes for a way of %u", n, r->mtu);
	}
}

static void
path_one(struct world *w, const char *tun, const uint8_t *pkt, size_t n)
{
	struct path_result r =
	    path_out(&w->p, w->out, w->work, tun, pkt, n, w->now);

	note_result(w, &r);
}

static void
out_slow(void *ctx, const char *tun, const struct lane_item *it)
{
	struct world *w = ctx;

	if (it->s.kind == SUPER_NONE) {
		path_one(w, tun, it->pkt, it->s.len);
		w->slow++;
		return;
	}
	for (uint32_t i = 0; i < super_count(&it->s); i++) {
		struct wr to = wr_into(w->pkt, PATH_ROOM);

		super_segment(&to, &it->s, it->pkt, i);
		path_one(w, tun, w->pkt, to.len);
		w->slow++;
	}
}

static void
in_slow(void *ctx, const struct lane_pkt *k)
{
	struct world *w = ctx;
	struct wr to = wr_into(w->pkt, PATH_ROOM);
	struct path_result r;

	if (!lane_whole(&to, k))
		errx(1, "a packet too long");
	r = path_in(&w->p, w->out, w->work, w->pkt, to.len, w->now);
	note_result(w, &r);
	w->slow++;
}

/* A super-packet for the device, cut again as the host's stack would. */
static void
write(void *ctx, const struct lane_write *lw)
{
	struct world *w = ctx;
	static uint8_t all[1 << 17], seg[PATH_ROOM];
	size_t n = 0;
	struct super s;

	for (size_t i = 1; i < lw->n; i++) {
		memcpy(all + n, lw->piece[i].p, lw->piece[i].n);
		n += lw->piece[i].n;
	}
	if (n != lw->len || lw->piece[0].n != SUPER_VNET_MAX ||
	    !super_from_vnet(&s, lw->piece[0].p, all, n))
		errx(1,
		    "a write that no device takes: %zu of %zu bytes, %u "
		    "packets",
		    n, lw->len, lw->count);
	if (super_count(&s) != lw->count)
		errx(1, "a super-packet of %u, not %u", super_count(&s),
		    lw->count);
	for (uint32_t i = 0; i < lw->count; i++) {
		struct wr to = wr_into(seg, sizeof(seg));

		super_segment(&to, &s, all, i);
		note_host(w, lw->tun, seg, to.len);
		w->fast++;
	}
}

void
world_out(struct world *w, const char *tun, struct lane_item *items, size_t n)
{
	if (w->lane != NULL) {
		lane_out(w->lane, tun, items, n, w->now);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		if (items[i].s.kind == SUPER_NONE)
			super_finish_csum(&items[i].s, items[i].pkt);
		out_slow(w, tun, &items[i]);
	}
}

/* Where a record ends, and which flow it is of; 0: of none. */
static size_t
next_record(const struct world *w, size_t at, uint64_t *flow)
{
	uint32_t n, m;
	struct ip_view v;
	struct flow f;
	const uint8_t *p = w->got + at;

	*flow = 0;
	memcpy(&n, p + 1, 4);
	if (p[0] != 'D')
		return at + 5 + n;
	p += 5 + n; /* the packet for that device */
	memcpy(&m, p + 1, 4);
	if (ip_parse(&v, p + 5, m)) {
		ip_flow(&f, &v, p + 5, false);
		*flow = 1 + n + (uint64_t)f.lport * 31 + f.rport * 977u +
			f.proto * 100003u;
		for (size_t i = 0; i < 16; i++)
			*flow = *flow * 131 + f.local.b[i] * 7u + f.remote.b[i];
	}
	return at + 5 + n + 5 + m;
}

/* Order counts within a flow. */
static void
sort_flows(struct world *w)
{
	static uint8_t sorted[WORLD_GOT];
	uint64_t low = 0, flow, least;
	size_t n = 0, at, next;
	bool more = true;

	while (more) {
		more = false;
		least = UINT64_MAX;
		for (at = 0; at < w->n_got; at = next) {
			next = next_record(w, at, &flow);
			if (flow == low) {
				memcpy(sorted + n, w->got + at, next - at);
				n += next - at;
			} else if (flow > low && flow <= least) {
				least = flow;
				more = true;
			}
		}
		low = least;
	}
	memcpy(w->got, sorted, n);
}

void
world_in(struct world *w, const struct lane_pkt *pkts, size_t n)
{
	w->n_got = 0;
	if (w->lane != NULL)
		lane_in(w->lane, pkts, n, w->now);
	else
		for (size_t i = 0; i < n; i++)
			in_slow(w, &pkts[i]);
	sort_flows(w);
}

/* --- life --- */

void
world_init(struct world *w, const struct crypto *c, bool lane,
    const struct addr local[2])
{
	struct lane_env le = { send, out_slow, write, in_slow, w };
	struct sadb_env se = { is_local, expired, w };
	struct hash_seed seed = { { 1, 2 } };

	*w = (struct world){ .mtu = 1500,
		.stream = 42,
		.rng = { fill, w },
		.now = { 100000, 1700000000 },
		.tun = { .name = "ip.tun0", .src = local[0] } };
	w->got = malloc(WORLD_GOT);
	w->p = (struct path){ .spd = spd_new(),
		.kspd = kspd_new(),
		.sadb = sadb_new(c, &w->rng, &se),
		.rng = &w->rng,
		.larval = larval_new(),
		.replies = reply_new(&w->rng, w->now.mono),
		.conns = conn_new(&seed, 1024, NULL),
		.env = { .mtu = mtu,
		    .acquire = acquire,
		    .tunnel = tunnel,
		    .between = between,
		    .socket = ask_socket,
		    .is_local = is_local,
		    .ctx = w },
		.tune = { .padding_check = 2,
		    .esn_resync = 3,
		    .acquire_timeout = 15,
		    .natt_port = 4500,
		    .latch = true } };
	if (w->got == NULL || w->p.spd == NULL || w->p.sadb == NULL ||
	    w->p.kspd == NULL || w->p.larval == NULL || w->p.replies == NULL ||
	    w->p.conns == NULL)
		errx(1, "no memory");
	if (lane && (w->lane = lane_new(&w->p, &le)) == NULL)
		errx(1, "no lane");
	w->stream = 43; /* what the lane took does not count */
}

void
world_fini(struct world *w)
{
	lane_free(w->lane);
	conn_free(w->p.conns);
	for (int i = 0; i < 2; i++)
		for (int j = 0; j <= WORLD_PORTS; j++)
			conn_own_put(w->sock[i][j].own);
	reply_free(w->p.replies);
	larval_free(w->p.larval);
	sadb_free(w->p.sadb);
	kspd_free(w->p.kspd);
	spd_free(w->p.spd);
	free(w->got);
}

/* --- comparison --- */

/* Numbers that stand for the state, one after the other. */
struct digest {
	uint64_t n, h;
};

static void
add(struct digest *d, uint64_t x)
{
	d->n++;
	d->h = (d->h ^ x) * UINT64_C(0x9e3779b97f4a7c15);
	d->h ^= d->h >> 29;
}

static bool
add_sa(void *ctx, struct sa *sa)
{
	struct digest *d = ctx;
	const uint64_t x[] = { sa->spi, sa->state, sa->flags, sa->natt_rport,
		sa->count.packets, sa->count.bytes, sa->rest->drops, sa->seq,
		sa->iv_next, sa->iv_used, sa->used, sa->last_use, sa->soft_sent,
		sa->idle_sent, sa->replay.top, sa->replay.misses };

	for (size_t i = 0; i < sizeof(x) / sizeof(x[0]); i++)
		add(d, x[i]);
	for (uint32_t i = 0; i < replay_words(&sa->replay); i++)
		add(d, replay_ring(&sa->replay)[i]);
	return true;
}

static bool
add_entry(void *ctx, struct spd_entry *e)
{
	struct digest *d = ctx;

	add(d, e->rule.index);
	add(d, e->packets);
	add(d, e->bytes);
	add(d, e->drops);
	return true;
}

static bool
add_conn(void *ctx, struct conn *c)
{
	struct digest *d = ctx;

	add(d, c->used);
	add(d, c->checked);
	add(d, (uint64_t)c->alt_out << 32 ^ (uint16_t)c->alt_in);
	add(d, (uint64_t)c->latched << 2 | (uint64_t)c->ended << 1 |
		   (c->own != NULL));
	return true;
}

static void
tell_record(const char *who, const struct world *w, size_t at)
{
	printf("%s:", who);
	for (size_t i = at; i < w->n_got && i < at + 160; i++)
		printf(" %02x", w->got[i]);
	printf("\n");
}

/* The first record that is not the same. */
static void
tell_first(const struct world *a, const struct world *b)
{
	size_t at = 0, next = 0;
	uint32_t n;

	while (next < a->n_got && next < b->n_got && a->got[next] != 'U' &&
	       memcmp(a->got + at, b->got + at, next - at) == 0) {
		at = next;
		memcpy(&n, a->got + at + 1, 4);
		next = at + 5 + n;
	}
	tell_record("by path", a, at);
	tell_record("by lane", b, at);
}

const char *
world_differ(struct world *a, struct world *b)
{
	struct world *w[2] = { a, b };
	struct digest sa[2] = { 0 }, spd[2] = { 0 }, conn[2] = { 0 };

	if (a->n_got != b->n_got || memcmp(a->got, b->got, a->n_got) != 0) {
		tell_first(a, b);
		return "packets";
	}
	if (memcmp(&a->p.stats, &b->p.stats, sizeof(a->p.stats)) != 0)
		return "counters";
	if (a->n_expired != b->n_expired || a->n_acquires != b->n_acquires)
		return "what key management was told";
	if (a->p.ip_id != b->p.ip_id || a->stream != b->stream)
		return "identification or random bytes";
	for (int i = 0; i < 2; i++) {
		sadb_each(w[i]->p.sadb, 0, add_sa, &sa[i]);
		spd_each(w[i]->p.spd, SPD_ACTIVE, "", true, add_entry, &spd[i]);
		conn_each(w[i]->p.conns, add_conn, &conn[i]);
		w[i]->n_got = 0;
	}
	if (sa[0].h != sa[1].h)
		return "SAs";
	if (spd[0].h != spd[1].h)
		return "counters of policy";
	return conn[0].h != conn[1].h ? "connections" : NULL;
}
