/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/flowcache.h"

#include <stdlib.h>

#include "core/reflect.h"
#include "core/trip.h"

enum {
	SETS = 1024, /* of each direction; a power of two */
	WAYS = 8,
	DEVICES = 256,
	NOTE_FRESH = 1000 /* ms, as latch.c: a note of a socket is believed */
};

/* All that decisions come from and that has a number. */
struct flowcache_state {
	uint64_t spd, kspd, sadb, changes;
	struct path_tune tune;
};

struct flowcache {
	void *mem; /* with this in it, at a cache line */
	uint64_t secret[4];
	uint64_t epoch;
	struct flowcache_state state;
	uint32_t clock;
	bool noting;
	size_t n_notes;
	struct flowcache_entry *note[FLOWCACHE_NOTES];
	uint16_t n_devices;
	char device[DEVICES][RULE_TUN_NAME];
	/* the upper half of the hash of each entry */
	uint32_t tag[2][SETS][WAYS];
	struct flowcache_entry set[2][SETS][WAYS];
};

struct flowcache *
flowcache_new(const struct rng *rng)
{
	enum { LINE = 64 };
	char *mem = calloc(1, sizeof(struct flowcache) + LINE);
	struct flowcache *fc;

	if (mem == NULL)
		return NULL;
	fc = (struct flowcache *)(void *)(mem + LINE - (uintptr_t)mem % LINE);
	if (!rng->fill(rng->ctx, (uint8_t *)fc->secret, sizeof(fc->secret))) {
		free(mem);
		return NULL;
	}
	fc->mem = mem;
	fc->epoch = 1;
	return fc;
}

void
flowcache_free(struct flowcache *fc)
{
	if (fc != NULL)
		free(fc->mem);
}

uint16_t
flowcache_device(struct flowcache *fc, const char *tun)
{
	size_t n = strnlen(tun, RULE_TUN_NAME);

	for (uint16_t i = 0; i < fc->n_devices; i++)
		if (strcmp(fc->device[i], tun) == 0)
			return (uint16_t)(i + 1);
	if (fc->n_devices == DEVICES || n == RULE_TUN_NAME)
		return 0;
	memcpy(fc->device[fc->n_devices++], tun, n + 1);
	return fc->n_devices;
}

void
flowcache_sync(struct flowcache *fc, const struct path *p)
{
	struct flowcache_state *s = &fc->state;
	/* bytes, not members: what is between them is compared, too */
	const uint8_t *was = (const void *)&s->tune;
	const uint8_t *is = (const void *)&p->tune;
	uint64_t spd = spd_version(p->spd), sadb = sadb_version(p->sadb);
	uint64_t kspd = p->kspd != NULL ? kspd_version(p->kspd) : 0;

	if (s->spd == spd && s->kspd == kspd && s->sadb == sadb &&
	    s->changes == p->changes && memcmp(was, is, sizeof(p->tune)) == 0)
		return;
	s->spd = spd;
	s->kspd = kspd;
	s->sadb = sadb;
	s->changes = p->changes;
	memcpy(&s->tune, &p->tune, sizeof(p->tune));
	fc->epoch++;
}

uint64_t
flowcache_epoch(const struct flowcache *fc)
{
	return fc->epoch;
}

/* 64 by 64 bits, folded: each bit of both makes a difference. */
static uint64_t
mix(uint64_t a, uint64_t b)
{
	__extension__ typedef unsigned __int128 wide;
	wide m = (wide)a * b;

	return (uint64_t)m ^ (uint64_t)(m >> 64);
}

uint64_t
flowcache_hash(const struct flowcache *fc, enum flowcache_dir dir,
    const struct flowcache_key *k)
{
	const uint64_t *s = fc->secret;
	uint64_t h = mix(k->w[0] ^ s[0], k->w[4] ^ s[1]);

	if ((k->w[4] & 0xff) == 6)
		h ^= mix(k->w[1] ^ s[1], k->w[2] ^ s[2]) ^
		     mix(k->w[3] ^ s[3], s[0]);
	h = mix(h ^ s[2], k->w[5] ^ s[3]);
	__builtin_prefetch(fc->tag[dir][h & (SETS - 1)]);
	return h;
}

struct flowcache_entry *
flowcache_spot(struct flowcache *fc, enum flowcache_dir dir, uint64_t hash)
{
	const uint32_t *tag = fc->tag[dir][hash & (SETS - 1)];
	struct flowcache_entry *e;

	for (int i = 0; i < WAYS; i++)
		if (tag[i] == (uint32_t)(hash >> 32)) {
			e = &fc->set[dir][hash & (SETS - 1)][i];
			__builtin_prefetch(e);
			__builtin_prefetch((const char *)e + 64);
			return e;
		}
	return NULL;
}

static bool
holds(const struct flowcache *fc, const struct flowcache_entry *e)
{
	/* another thread may have its connections at work */
	return e->epoch == fc->epoch &&
	       __atomic_load_n(e->gen, __ATOMIC_RELAXED) == e->gen_was;
}

struct flowcache_entry *
flowcache_pick(const struct flowcache *fc, struct flowcache_entry *spot,
    const struct flowcache_key *k, uint64_t now)
{
	if (spot == NULL || !flowcache_key_equal(&spot->k, k) ||
	    !holds(fc, spot) || now >= spot->until)
		return NULL;
	spot->used = fc->clock;
	return spot;
}

/* The entry of that tag; or one that is of no use; or the one used longest ago. */
static struct flowcache_entry *
place(
    struct flowcache *fc, enum flowcache_dir dir, const struct flowcache_key *k)
{
	uint64_t hash = flowcache_hash(fc, dir, k);
	struct flowcache_entry *set = fc->set[dir][hash & (SETS - 1)];
	struct flowcache_entry *old = flowcache_spot(fc, dir, hash);

	for (int i = 0; i < WAYS && old == NULL; i++)
		if (set[i].epoch == 0 || !holds(fc, &set[i]))
			old = &set[i];
	if (old == NULL) {
		old = set;
		for (int i = 1; i < WAYS; i++)
			if (fc->clock - set[i].used > fc->clock - old->used)
				old = &set[i];
	}
	fc->tag[dir][hash & (SETS - 1)][old - set] = (uint32_t)(hash >> 32);
	return old;
}

/* --- what may be kept --- */

/* A whole datagram of TCP or UDP without options. */
static bool
is_plain(const struct trip *t, const struct ip_view *v)
{
	return t->whole == NULL && !v->has_frag &&
	       v->upper == (v->ver == 4 ? 20u : 40u) && t->f.has_ports &&
	       (v->proto == IPPROTO_TCP_ || v->proto == IPPROTO_UDP_) &&
	       t->f.proto == v->proto;
}

/* A reset may answer something, and go as that came (core/reflect.h). */
static bool
is_reset(const struct trip *t, const struct ip_view *v)
{
	return v->proto == IPPROTO_TCP_ && v->len - v->upper > TCP_FLAGS &&
	       (t->inner_pkt[v->upper + TCP_FLAGS] & TCP_RST) != 0;
}

/* Of two SAs the first packet has latched one's identities only. */
static bool
fits_ids(const struct conn *c, const struct sa *sa, enum rule_dir dir)
{
	const struct sa_ident *sid, *did;

	if (sa == NULL)
		return true;
	sid = sa_sid(sa);
	did = sa_did(sa);
	return dir == RULE_OUT ? conn_fits_ids(c, sid, did)
			       : conn_fits_ids(c, did, sid);
}

/*
 * Would the connection decide the next time, too, without asking the host? until:
 * how long.
 */
static bool
is_settled(const struct trip *t, enum rule_dir dir, uint64_t *until)
{
	const struct sa_ident *local, *remote;
	const struct conn *c = t->c;

	*until = UINT64_MAX;
	if (c == NULL)
		return true;
	if (c->ended || (c->own != NULL &&
			    c->own->e[0][0].rule.actions[0].type == ACT_PASS))
		return false;
	if (!c->latched) {
		*until = c->checked + NOTE_FRESH;
		return true;
	}
	if (conn_is_clear(c))
		return false;
	/* the first SA sets these; without memory they come later */
	return (dir == RULE_IN ? c->alt_in : c->alt_out) >= 0 &&
	       conn_ids(c, &local, &remote) && fits_ids(c, t->esp, dir) &&
	       fits_ids(c, t->ah, dir);
}

static void
fill(struct flowcache_entry *e, const struct trip *t, uint64_t until,
    uint64_t epoch)
{
	static const uint32_t never;
	struct conn_key k;

	e->epoch = epoch;
	e->until = until;
	e->esp = t->esp;
	e->ah = t->ah;
	e->e = t->e;
	e->c = t->c;
	e->gen = &never;
	if (t->p->conns != NULL && conn_key(&k, &t->f))
		e->gen = conn_watch(t->p->conns, &k);
	e->gen_was = *e->gen;
	e->mtu_turn = 0;
}

void
flowcache_learn_out(const struct trip *t)
{
	struct flowcache *fc = t->p->flows;
	const struct ip_view *v = &t->inner;
	struct flowcache_entry *e;
	struct flowcache_key k;
	uint16_t device;
	uint64_t until;

	if (fc == NULL || t->r.verdict != VERDICT_PASS ||
	    t->r.to != PATH_WIRE || (t->esp == NULL && t->ah == NULL) ||
	    t->p->via != 0 || t->wrapped || t->once || !is_plain(t, v) ||
	    is_reset(t, v) || !is_settled(t, RULE_OUT, &until))
		return;
	device = flowcache_device(fc, t->from);
	if (device == 0)
		return;
	flowcache_sync(fc, t->p);
	flowcache_key(
	    &k, t->inner_pkt, t->inner_pkt + v->upper, v->proto, device);
	e = place(fc, FLOWCACHE_OUT, &k);
	e->k = k;
	e->used = ++fc->clock;
	e->iface = t->iface;
	e->src = v->src;
	e->dst = v->dst;
	fill(e, t, until, fc->epoch);
	flowcache_note(fc, e);
}

void
flowcache_learn_in(const struct trip *t)
{
	struct flowcache *fc = t->p->flows;
	const struct ip_view *v = &t->v;
	struct flowcache_entry *e;
	struct flowcache_key k;
	uint64_t until;

	if (fc == NULL || t->r.verdict != VERDICT_PASS ||
	    t->r.to != PATH_HOST || t->esp == NULL || t->selfencap ||
	    t->tunnel != sa_is_tunnel(t->esp) || !is_plain(t, v) ||
	    !is_settled(t, RULE_IN, &until))
		return;
	/* what an interface of IP in IP took out of a transport-mode packet */
	if (!t->tunnel && t->outer.ver != 0)
		return;
	/* who takes it is asked each time (latch.c) */
	if (!t->tunnel && t->c == NULL && t->p->conns != NULL)
		return;
	flowcache_sync(fc, t->p);
	flowcache_key(&k, t->pkt, t->pkt + v->upper, v->proto,
	    flowcache_sas(t->esp, t->ah));
	e = place(fc, FLOWCACHE_IN, &k);
	e->k = k;
	e->used = ++fc->clock;
	e->tun = t->r.tun;
	e->reflects = reflect_key(t, &e->request);
	e->src = t->tunnel ? t->outer.src : v->src;
	e->dst = t->tunnel ? t->outer.dst : v->dst;
	fill(e, t, until, fc->epoch);
	flowcache_note(fc, e);
}

/* --- from one cache to another --- */

void
flowcache_notes(struct flowcache *fc, bool on)
{
	fc->noting = on;
	fc->n_notes = 0;
}

void
flowcache_note(struct flowcache *fc, struct flowcache_entry *e)
{
	if (!fc->noting || fc->n_notes == FLOWCACHE_NOTES ||
	    (fc->n_notes != 0 && fc->note[fc->n_notes - 1] == e))
		return;
	fc->note[fc->n_notes++] = e;
}

const struct flowcache_entry *
flowcache_noted(
    const struct flowcache *fc, size_t i, enum flowcache_dir *dir, bool *last)
{
	*last = i >= fc->n_notes;
	if (*last || !holds(fc, fc->note[i]))
		return NULL;
	*dir = fc->note[i] >= fc->set[FLOWCACHE_IN][0] ? FLOWCACHE_IN
						       : FLOWCACHE_OUT;
	return fc->note[i];
}

void
flowcache_put(struct flowcache *fc, enum flowcache_dir dir,
    const struct flowcache_entry *from)
{
	struct flowcache_entry *e = place(fc, dir, &from->k);

	*e = *from;
	e->used = ++fc->clock;
	e->epoch = fc->epoch;
}

void
flowcache_forget(struct flowcache *fc)
{
	fc->epoch++;
}

size_t
flowcache_count(const struct flowcache *fc, enum flowcache_dir dir)
{
	size_t n = 0;

	for (size_t i = 0; i < SETS; i++)
		for (size_t j = 0; j < WAYS; j++)
			n += fc->set[dir][i][j].epoch != 0 &&
			     holds(fc, &fc->set[dir][i][j]);
	return n;
}
