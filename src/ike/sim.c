/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/sim.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "ike/keymat.h"
#include "model/alg.h"
#include "model/ikealg.h"

#define X(e) (UINT64_C(1) << PFKEY_EXT_##e)

struct sim_event {
	uint64_t at, order;
	unsigned host;
	struct ike_event ev;
	struct pfkey_msg *pfkey;
	uint8_t *bytes;
};

/* ---- chance ---- */

static uint64_t
next(struct sim *s)
{
	/* splitmix64 */
	uint64_t z = s->seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

uint32_t
sim_rnd(struct sim *s, uint32_t n)
{
	return n == 0 ? 0 : (uint32_t)(next(s) >> 16) % n;
}

static bool
fill(void *ctx, uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(next(ctx) >> 24);
	return true;
}

/* ---- what will happen ---- */

static void
push(struct sim *s, uint64_t in, unsigned host, struct sim_event e)
{
	static const unsigned most = 4096;

	if (s->n_queue == s->cap) {
		unsigned cap = s->cap != 0 ? s->cap * 2 : 64;
		struct sim_event *q =
		    cap > most ? NULL : realloc(s->queue, cap * sizeof(*q));

		if (q == NULL) {
			free(e.bytes);
			free(e.pfkey);
			return;
		}
		s->queue = q;
		s->cap = cap;
	}
	e.at = s->now + in;
	e.host = host;
	e.order = next(s);
	s->queue[s->n_queue++] = e;
}

static bool
pop(struct sim *s, uint64_t until, struct sim_event *out)
{
	unsigned best = 0;

	if (s->n_queue == 0)
		return false;
	for (unsigned i = 1; i < s->n_queue; i++)
		if (s->queue[i].at < s->queue[best].at)
			best = i;
	if (s->queue[best].at > until)
		return false;
	*out = s->queue[best];
	/* the order of what comes at the same time stays */
	memmove(&s->queue[best], &s->queue[best + 1],
	    (s->n_queue - best - 1) * sizeof(s->queue[0]));
	s->n_queue--;
	return true;
}

static struct ike_bytes
keep(struct sim_event *e, struct ike_bytes b)
{
	e->bytes = malloc(b.n != 0 ? b.n : 1);
	if (e->bytes == NULL)
		return (struct ike_bytes){ NULL, 0 };
	if (b.n != 0)
		memcpy(e->bytes, b.p, b.n);
	return (struct ike_bytes){ e->bytes, b.n };
}

/* ---- the network ---- */

static int
host_of(struct sim *s, const struct ike_end *to)
{
	for (unsigned i = 0; i < s->n; i++) {
		const struct sim_host *h = &s->h[i];

		if (h->nat.port != 0 && addr_equal(&h->nat.a, &to->a) &&
		    (h->nat.port == to->port || to->port == 500))
			return (int)i;
		if (h->nat.port == 0 && addr_equal(&h->a, &to->a))
			return (int)i;
	}
	return -1;
}

static void
carry(struct sim *s, unsigned from, const struct ike_action *a)
{
	struct ike_bytes msg = a->dgram.msg;
	unsigned copies;
	struct sim_host *h = &s->h[from];
	int to = host_of(s, &a->dgram.remote);

	h->sent++;
	h->bytes_out += msg.n;
	if (s->tap != NULL && !s->tap(s, from, &msg))
		return;
	if (to < 0 || h->cut || s->h[to].cut || msg.n == 0)
		return;
	copies = sim_rnd(s, 100) < s->twice ? 2 : 1;
	for (unsigned i = 0; i < copies; i++) {
		struct sim_event e = { .ev = { .type = IKE_EV_DATAGRAM } };
		uint64_t in = 1 + sim_rnd(s, s->delay);

		if (sim_rnd(s, 100) < s->loss)
			continue;
		if (sim_rnd(s, 100) < s->reorder)
			in += sim_rnd(s, 4 * s->delay + 4);
		e.ev.dgram.local = a->dgram.remote;
		if (s->h[to].nat.port != 0)
			e.ev.dgram.local = s->h[to].natted_from;
		e.ev.dgram.remote = a->dgram.local;
		if (h->nat.port != 0) {
			h->natted_from = a->dgram.local;
			e.ev.dgram.remote = h->nat;
		}
		e.ev.dgram.natt = a->dgram.natt;
		e.ev.dgram.msg = keep(&e, msg);
		push(s, in, (unsigned)to, e);
	}
}

/* ---- ipsecd ---- */

static void
answer(struct sim *s, unsigned at, const struct pfkey_msg *m)
{
	struct sim_event e = { .ev = { .type = IKE_EV_PFKEY } };

	e.pfkey = malloc(sizeof(*e.pfkey));
	if (e.pfkey == NULL)
		return;
	*e.pfkey = *m;
	e.pfkey->has &= ~(X(KEY_AUTH) | X(KEY_ENCRYPT));
	push(s, 1 + sim_rnd(s, s->lag), at, e);
}

static void
refuse(struct sim *s, unsigned at, const struct pfkey_msg *m, int err)
{
	struct pfkey_msg r = { .type = m->type,
		.satype = m->satype,
		.seq = m->seq,
		.pid = 1,
		.errnum = (uint8_t)err };

	answer(s, at, &r);
}

static struct sim_sa *
lookup(struct sim_host *h, const struct pfkey_msg *m)
{
	for (unsigned i = 0; i < h->n_sa; i++) {
		struct sim_sa *a = &h->sa[i];

		if (a->spi == m->spi && a->satype == m->satype &&
		    addr_equal(&a->dst, &m->dst.a))
			return a;
	}
	return NULL;
}

static void
getspi(struct sim *s, unsigned at, const struct pfkey_msg *m)
{
	struct sim_host *h = &s->h[at];
	struct pfkey_msg r = *m;

	if (h->n_sa == SIM_SAS) {
		refuse(s, at, m, ENOMEM);
		return;
	}
	h->sa[h->n_sa++] = (struct sim_sa){ .satype = m->satype,
		.inbound = true,
		.larval = true,
		.spi = h->next_spi,
		.src = m->src.a,
		.dst = m->dst.a,
		.born = s->now };
	r.has = X(SA) | X(ADDRESS_SRC) | X(ADDRESS_DST);
	r.spi = h->next_spi++;
	r.pid = 1;
	answer(s, at, &r);
}

/* What an SA needs to be sound: of ipsecd's own checks (spec: sa 15). */
static int
check(const struct pfkey_msg *m)
{
	const struct alg *e = alg_by_id(ALG_ENCR, m->encr);
	const struct alg *a = alg_by_id(ALG_AUTH, m->auth);

	if (m->satype == SATYPE_ESP && e == NULL)
		return EINVAL;
	if (e != NULL && e->id != EALG_NULL &&
	    (m->ekey.bits < e->salt_len * 8 ||
		!alg_keybits_ok(e, m->ekey.bits - e->salt_len * 8u)))
		return EINVAL;
	if (m->auth != 0 &&
	    (a == NULL || m->akey.bits < a->salt_len * 8 ||
		!alg_keybits_ok(a, m->akey.bits - a->salt_len * 8u)))
		return EINVAL;
	/* CVE-2006-4436: a replay window of 0 */
	return m->replay == 0 || m->spi < 256 ? EINVAL : 0;
}

static void
set_sa(struct sim *s, struct sim_sa *a, const struct pfkey_msg *m, bool in)
{
	*a = (struct sim_sa){ .satype = m->satype,
		.inbound = in,
		.spi = m->spi,
		.src = m->src.a,
		.dst = m->dst.a,
		.isrc = m->isrc,
		.idst = m->idst,
		.flags = m->sa_flags,
		.encr = m->encr,
		.auth = m->auth,
		.replay = m->replay,
		.soft = m->soft,
		.hard = m->hard,
		.natt_lport = m->natt_loc.port,
		.natt_rport = m->natt_rem.port,
		.born = s->now };
	if (!secret_set(&a->ekey, m->ekey.b, m->ekey.bits) ||
	    !secret_set(&a->akey, m->akey.b, m->akey.bits))
		abort();
}

static void
add(struct sim *s, unsigned at, const struct pfkey_msg *m)
{
	struct sim_host *h = &s->h[at];
	struct sim_sa *a = lookup(h, m);
	bool update = m->type == PFKEY_UPDATE;
	int err = check(m);

	if (err == 0 && update != (a != NULL))
		err = update ? ESRCH : EEXIST;
	if (err == 0 && update && !a->larval)
		err = EINVAL;
	if (err == 0 && !update && (h->full || h->n_sa == SIM_SAS))
		err = ENOMEM;
	if (err != 0) {
		s->errors++;
		s->unsound += err == EINVAL;
		refuse(s, at, m, err);
		return;
	}
	if (!update)
		a = &h->sa[h->n_sa++];
	set_sa(s, a, m, update);
	if (m->seq >> 31 != 0)
		h->woken = m->seq;
	struct pfkey_msg r = *m;
	r.pid = 1;
	answer(s, at, &r);
}

static void
del(struct sim *s, unsigned at, const struct pfkey_msg *m)
{
	struct sim_host *h = &s->h[at];
	struct sim_sa *a = lookup(h, m);
	struct pfkey_msg r = *m;

	if (a == NULL) {
		refuse(s, at, m, ESRCH);
		return;
	}
	memmove(a, a + 1, (size_t)(&h->sa[h->n_sa] - (a + 1)) * sizeof(*a));
	h->n_sa--;
	r.pid = 1;
	answer(s, at, &r);
}

static void
put_policy(const struct sim_host *h, struct pfkey_msg *m)
{
	m->has |= X(EPROP);
	m->n_ecombs = h->n_comb;
	memcpy(m->ecomb, h->comb, h->n_comb * sizeof(h->comb[0]));
	if (h->policy != SIM_TUNNEL)
		return;
	m->has |= X(INNER_SRC) | X(INNER_DST);
	m->isrc = (struct pfkey_addr){ .a = h->inner_own.a,
		.plen = h->inner_own.len };
	m->idst = (struct pfkey_addr){ .a = h->inner_peer.a,
		.plen = h->inner_peer.len };
}

static void
inverse(struct sim *s, unsigned at, const struct pfkey_msg *m)
{
	const struct sim_host *h = &s->h[at];
	bool tunnel = pfkey_has(m, PFKEY_EXT_INNER_SRC);
	struct pfkey_msg r = { .type = m->type, .seq = m->seq, .pid = 1 };

	if (h->policy == SIM_NONE || tunnel != (h->policy == SIM_TUNNEL) ||
	    (tunnel && (!prefix_match(&h->inner_own, &m->isrc.a) ||
			   !prefix_match(&h->inner_peer, &m->idst.a)))) {
		refuse(s, at, m, ENOENT);
		return;
	}
	r.has = X(ADDRESS_SRC) | X(ADDRESS_DST);
	r.src = (struct pfkey_addr){ .a = m->src.a };
	r.dst = (struct pfkey_addr){ .a = m->dst.a };
	put_policy(h, &r);
	answer(s, at, &r);
}

static void
ipsecd(struct sim *s, unsigned at, const struct pfkey_msg *m)
{
	switch (m->type) {
	case PFKEY_GETSPI:
		getspi(s, at, m);
		break;
	case PFKEY_UPDATE:
	case PFKEY_ADD:
		add(s, at, m);
		break;
	case PFKEY_DELETE:
		del(s, at, m);
		break;
	case PFKEY_X_INVERSE_ACQUIRE:
		inverse(s, at, m);
		break;
	case PFKEY_ACQUIRE:
		s->h[at].refused = m->seq;
		break;
	default:
		break;
	}
}

/* ---- the keystore ---- */

static bool
psk_auth(struct sim *s, unsigned at, const struct ike_ask *q, uint8_t *out,
    size_t *n)
{
	const char *key = s->h[at].psk;
	const struct keymat k = { .crypto = s->crypto,
		.prf = ikealg_by_id(IKEALG_PRF, q->prf) };

	*n = prf_len(k.prf);
	return key != NULL &&
	       keymat_shared_auth(&k,
		   (struct ike_view){ (const uint8_t *)key, strlen(key) },
		   (struct ike_view){ q->octets.p, q->octets.n }, out);
}

static void
keystore(struct sim *s, unsigned at, const struct ike_ask *q)
{
	struct sim_event e = { .ev = { .type = IKE_EV_ANSWER } };
	uint8_t auth[PRF_MAX];
	size_t n;

	if (q->type == IKE_ASK_DROP)
		return;
	e.ev.answer.id = q->id;
	if (!psk_auth(s, at, q, auth, &n)) {
		e.ev.answer.told = IKE_TOLD_NONE;
		(void)snprintf(e.ev.answer.why, sizeof(e.ev.answer.why),
		    "no preshared key");
	} else if (q->type == IKE_ASK_SIGN) {
		e.ev.answer.method = 2;
		e.ev.answer.data = keep(&e, (struct ike_bytes){ auth, n });
	} else if (q->method != 2 || q->auth.n != n ||
		   memcmp(auth, q->auth.p, n) != 0) {
		e.ev.answer.told = IKE_TOLD_NO;
		(void)snprintf(e.ev.answer.why, sizeof(e.ev.answer.why),
		    "another preshared key");
	}
	push(s, 1 + sim_rnd(s, s->lag), at, e);
}

/* ---- a step ---- */

static void
heard_reply(struct sim *s, const struct ike_action *a)
{
	s->replies++;
	if (a->reply.stats != NULL)
		s->stats = *a->reply.stats;
	if (a->reply.view != NULL && s->n_view < 8)
		s->view[s->n_view++] = *a->reply.view;
}

static void
actions(struct sim *s, unsigned at)
{
	const struct ike_action *a;

	while ((a = ike_take(s->h[at].ike)) != NULL) {
		switch (a->type) {
		case IKE_ACT_SEND:
			carry(s, at, a);
			break;
		case IKE_ACT_PFKEY:
			ipsecd(s, at, a->pfkey);
			break;
		case IKE_ACT_ASK:
			keystore(s, at, &a->ask);
			break;
		case IKE_ACT_REPLY:
			heard_reply(s, a);
			break;
		case IKE_ACT_LOG:
			s->logs++;
			memcpy(s->last_log, a->log.text, IKE_LOG_TEXT);
			if (s->verbose)
				(void)fprintf(stderr, "%8llu host%u: %s\n",
				    (unsigned long long)s->now, at,
				    a->log.text);
			break;
		default:
			break;
		}
	}
}

void
sim_give(struct sim *s, unsigned at, const struct ike_event *ev)
{
	if (ev->type == IKE_EV_DATAGRAM) {
		s->h[at].received++;
		s->h[at].bytes_in += ev->dgram.msg.n;
	}
	ike_step(s->h[at].ike, ev, s->now);
	actions(s, at);
}

static unsigned
first_due(struct sim *s, uint64_t *at)
{
	unsigned who = 0;

	*at = UINT64_MAX;
	for (unsigned i = 0; i < s->n; i++) {
		uint64_t d = ike_deadline(s->h[i].ike);

		if (d < *at) {
			*at = d;
			who = i;
		}
	}
	return who;
}

void
sim_run(struct sim *s, uint64_t ms)
{
	const struct ike_event timer = { .type = IKE_EV_TIMER };
	uint64_t end = s->now + ms;

	for (;;) {
		struct sim_event e;
		uint64_t due;
		unsigned who = first_due(s, &due);

		if (pop(s, due < end ? due : end, &e)) {
			if (e.at > s->now)
				s->now = e.at;
			e.ev.pfkey = e.pfkey;
			sim_give(s, e.host, &e.ev);
			free(e.bytes);
			free(e.pfkey);
			continue;
		}
		if (due > end)
			break;
		s->now = due > s->now ? due : s->now;
		sim_give(s, who, &timer);
	}
	s->now = end;
}

/* ---- what tests do ---- */

static void
add_rule(struct sim_host *h)
{
	struct ikecfg_rule r = { .label = strdup("sim") };
	struct ikecfg_addr any = { .form = IKECFG_PREFIX };
	struct ikecfg_xform x = { .auth = IKECFG_PRESHARED,
		.encr = IKE_ENCR_AES_GCM_16,
		.key_min = 128,
		.key_max = 128,
		.prf = IKE_PRF_HMAC_SHA256,
		.ke = IKE_KE_CURVE25519 };
	const uint8_t last[4] = { 255, 255, 255, 255 }, zero[4] = { 0 };
	struct ikecfg_addr both[2];

	any.lo = addr_v4(zero);
	any.hi = addr_v4(last);
	both[0] = both[1] = any;
	if (r.label == NULL ||
	    !ikecfg_add_addr(&r.part, IKECFG_LOCAL_ADDR, &both[0]) ||
	    !ikecfg_add_addr(&r.part, IKECFG_REMOTE_ADDR, &both[1]) ||
	    !ikecfg_add_xform(&r.part, &x) || !ikecfg_add_rule(&h->cfg, &r))
		abort();
}

static void
init_host(struct sim_host *h, unsigned i)
{
	const uint8_t a[4] = { 10, 0, 0, (uint8_t)(i + 1) };

	h->a = addr_v4(a);
	h->policy = SIM_TRANSPORT;
	h->satype = SATYPE_ESP;
	h->psk = "a key that both know";
	h->next_spi = 0x1000 * (i + 1);
	h->n_comb = 1;
	h->comb[0] = (struct pfkey_ecomb){ .n = 1,
		.desc = { { .satype = SATYPE_ESP,
		    .type = PFKEY_ALGTYPE_CRYPT,
		    .alg = EALG_AES_GCM_16,
		    .min = 128,
		    .max = 256 } } };
	add_rule(h);
}

void
sim_init(struct sim *s, struct crypto *c, unsigned hosts, uint64_t seed)
{
	*s = (struct sim){ .n = hosts,
		.seed = seed,
		.crypto = c,
		.now = 1000,
		.delay = 20,
		.lag = 3 };
	s->rng = (struct rng){ fill, s };
	for (unsigned i = 0; i < hosts; i++)
		init_host(&s->h[i], i);
}

static void
start_one(struct sim *s, unsigned i)
{
	const struct ike_env env = { .rng = &s->rng,
		.crypto = s->crypto,
		.limits = s->limits,
		.pid = 1 };
	struct ike_event up = { .type = IKE_EV_PFKEY_UP };
	struct ike_event cfg = { .type = IKE_EV_CONFIG, .cfg = &s->h[i].cfg };

	s->h[i].ike = ike_new(&env);
	if (s->h[i].ike == NULL)
		abort();
	sim_give(s, i, &up);
	sim_give(s, i, &cfg);
}

void
sim_start(struct sim *s)
{
	for (unsigned i = 0; i < s->n; i++)
		start_one(s, i);
}

void
sim_reboot(struct sim *s, unsigned at)
{
	ike_free(s->h[at].ike);
	s->h[at].n_sa = 0;
	start_one(s, at);
}

void
sim_fini(struct sim *s)
{
	for (unsigned i = 0; i < s->n; i++) {
		ike_free(s->h[i].ike);
		ikecfg_fini(&s->h[i].cfg);
	}
	for (unsigned i = 0; i < s->n_queue; i++) {
		free(s->queue[i].bytes);
		free(s->queue[i].pfkey);
	}
	free(s->queue);
}

void
sim_packet(struct sim *s, unsigned from, unsigned to)
{
	struct sim_host *h = &s->h[from];
	struct ike_event ev = { .type = IKE_EV_PFKEY };
	struct pfkey_msg *m = calloc(1, sizeof(*m));

	if (m == NULL)
		abort();
	h->last_acquire =
	    h->last_acquire != 0 ? h->last_acquire + 1 : 0x80000001;
	m->type = PFKEY_ACQUIRE;
	m->seq = h->last_acquire;
	m->has = X(ADDRESS_SRC) | X(ADDRESS_DST);
	m->src = (struct pfkey_addr){ .a = h->a };
	m->dst =
	    (struct pfkey_addr){ .a = s->h[to].nat.port != 0 ? s->h[to].nat.a
							     : s->h[to].a };
	put_policy(h, m);
	ev.pfkey = m;
	sim_give(s, from, &ev);
	free(m);
}

static bool
is_between(struct sim *s, const struct sim_sa *a, unsigned at, unsigned peer)
{
	const struct addr *p =
	    s->h[peer].nat.port != 0 ? &s->h[peer].nat.a : &s->h[peer].a;

	return addr_equal(a->inbound ? &a->dst : &a->src, &s->h[at].a) &&
	       addr_equal(a->inbound ? &a->src : &a->dst, p);
}

struct sim_sa *
sim_find(struct sim *s, unsigned at, unsigned peer, bool inbound)
{
	struct sim_host *h = &s->h[at];

	/* spec: sa 19.7: the newest */
	for (unsigned i = h->n_sa; i-- > 0;)
		if (h->sa[i].inbound == inbound && !h->sa[i].larval &&
		    is_between(s, &h->sa[i], at, peer))
			return &h->sa[i];
	return NULL;
}

unsigned
sim_count(const struct sim *s, unsigned at, bool inbound)
{
	unsigned n = 0;

	for (unsigned i = 0; i < s->h[at].n_sa; i++)
		n += s->h[at].sa[i].inbound == inbound;
	return n;
}

bool
sim_expire(struct sim *s, unsigned at, unsigned to, bool hard)
{
	struct sim_sa *a = sim_find(s, at, to, false);
	struct ike_event ev = { .type = IKE_EV_PFKEY };
	struct pfkey_msg *m;

	if (a == NULL)
		return false;
	m = calloc(1, sizeof(*m));
	if (m == NULL)
		abort();
	m->type = PFKEY_EXPIRE;
	m->satype = a->satype;
	m->spi = a->spi;
	m->src.a = a->src;
	m->dst.a = a->dst;
	m->has = X(SA) | X(ADDRESS_SRC) | X(ADDRESS_DST) |
		 (hard ? X(LIFETIME_HARD) : X(LIFETIME_SOFT));
	ev.pfkey = m;
	sim_give(s, at, &ev);
	free(m);
	return true;
}

void
sim_admin(struct sim *s, unsigned at, enum ike_admin what)
{
	const struct ike_event ev = { .type = IKE_EV_ADMIN,
		.admin = { .id = 1, .what = what } };

	s->n_view = 0;
	sim_give(s, at, &ev);
}

static bool
same_keys(const struct sim_sa *a, const struct sim_sa *b)
{
	return a != NULL && b != NULL && a->spi == b->spi &&
	       a->satype == b->satype && a->encr == b->encr &&
	       a->auth == b->auth && a->ekey.bits == b->ekey.bits &&
	       a->akey.bits == b->akey.bits &&
	       (a->flags & (SAF_TUNNEL | SAF_ESN)) ==
		   (b->flags & (SAF_TUNNEL | SAF_ESN)) &&
	       memcmp(a->ekey.b, b->ekey.b, a->ekey.bits / 8) == 0 &&
	       memcmp(a->akey.b, b->akey.b, a->akey.bits / 8) == 0;
}

bool
sim_carries(struct sim *s, unsigned from, unsigned to)
{
	struct sim_sa *out = sim_find(s, from, to, false);
	struct sim_host *h = &s->h[to];

	if (out == NULL)
		return false;
	for (unsigned i = 0; i < h->n_sa; i++)
		if (h->sa[i].inbound && !h->sa[i].larval &&
		    h->sa[i].spi == out->spi)
			return same_keys(out, &h->sa[i]);
	return false;
}

const char *
sim_agree(struct sim *s, unsigned a, unsigned b)
{
	struct ike_saview v;
	const unsigned who[2] = { a, b };

	for (unsigned i = 0; i < 2; i++)
		for (unsigned in = 0; in < 2; in++)
			if (sim_count(s, who[i], in != 0) != 1)
				return "not exactly one pair of SAs";
	if (!sim_carries(s, a, b) || !sim_carries(s, b, a))
		return "the SAs of both sides do not fit";
	sim_admin(s, a, IKE_ADMIN_DUMP);
	if (s->n_view != 1 || s->view[0].n_child != 1)
		return "not exactly one IKE SA with one child";
	v = s->view[0];
	sim_admin(s, b, IKE_ADMIN_DUMP);
	if (s->n_view != 1 || s->view[0].n_child != 1)
		return "not exactly one IKE SA with one child there";
	if (s->view[0].spi_i != v.spi_i || s->view[0].spi_r != v.spi_r ||
	    s->view[0].initiator == v.initiator)
		return "two different IKE SAs";
	return NULL;
}

void
sim_dump(struct sim *s)
{
	for (unsigned i = 0; i < s->n; i++) {
		const struct sim_host *h = &s->h[i];

		for (unsigned k = 0; k < h->n_sa; k++)
			(void)fprintf(stderr,
			    "host%u: SPI 0x%08x %s%s born %llu\n", i,
			    h->sa[k].spi, h->sa[k].inbound ? "in" : "out",
			    h->sa[k].larval ? " larval" : "",
			    (unsigned long long)h->sa[k].born);
		sim_admin(s, i, IKE_ADMIN_DUMP);
		for (unsigned k = 0; k < s->n_view; k++)
			(void)fprintf(stderr,
			    "host%u: IKE %016llx %016llx %s, %u children\n", i,
			    (unsigned long long)s->view[k].spi_i,
			    (unsigned long long)s->view[k].spi_r,
			    s->view[k].state, s->view[k].n_child);
	}
}
