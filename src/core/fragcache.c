/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/fragcache.h"

#include <stdlib.h>

#include "crypto/provider.h"

enum { SLOTS = 256, DATAGRAM_MAX = 65535 };

/* One datagram of which not all is there. */
struct datagram {
	struct link chain; /* of its slot */
	struct link order; /* oldest first */
	struct fragcache_key key;
	uint64_t expires;   /* mono ms */
	enum verdict wrong; /* PASS, or why all of it is dropped */
	struct link pieces; /* by offset */
	size_t n, bytes;    /* pieces; of the datagram, that are there */
	size_t end;	    /* of the datagram, 0: not known yet */
	bool has_first;
	struct flow flow;
};

struct fragcache {
	struct hash_seed seed;
	struct link slot[SLOTS], order, ready;
	size_t datagrams, pieces, bytes;
};

struct fragcache *
fragcache_new(const struct rng *rng)
{
	struct fragcache *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	if (!rng->fill(rng->ctx, (uint8_t *)&c->seed, sizeof(c->seed))) {
		free(c);
		return NULL;
	}
	for (unsigned i = 0; i < SLOTS; i++)
		list_init(&c->slot[i]);
	list_init(&c->order);
	list_init(&c->ready);
	return c;
}

static struct fragcache_piece *
piece_of(struct link *l)
{
	return list_item(l, struct fragcache_piece, link);
}

/* --- datagrams --- */

static void
hash_addr(struct hash *h, const struct addr *a)
{
	struct rd r = rd_from(a->b, sizeof(a->b));

	hash_word(h, rd_be64(&r));
	hash_word(h, rd_be64(&r));
}

static struct link *
slot_of(struct fragcache *c, const struct fragcache_key *k)
{
	struct hash h = hash_begin(&c->seed);

	hash_addr(&h, &k->src);
	hash_addr(&h, &k->dst);
	hash_word(&h, (uint64_t)k->id << 8 | k->proto);
	hash_word(&h, (uint64_t)k->esp << 32 | k->ah);
	return &c->slot[hash_end(h) % SLOTS];
}

static bool
same(const struct fragcache_key *a, const struct fragcache_key *b)
{
	return a->inbound == b->inbound && a->id == b->id &&
	       a->proto == b->proto && a->esp == b->esp && a->ah == b->ah &&
	       addr_equal(&a->src, &b->src) && addr_equal(&a->dst, &b->dst) &&
	       addr_equal(&a->outer_src, &b->outer_src) &&
	       addr_equal(&a->outer_dst, &b->outer_dst) &&
	       strncmp(a->tun, b->tun, sizeof(a->tun)) == 0;
}

static struct datagram *
find(struct fragcache *c, const struct fragcache_key *k)
{
	list_each (l, slot_of(c, k)) {
		struct datagram *d = list_item(l, struct datagram, chain);

		if (same(&d->key, k))
			return d;
	}
	return NULL;
}

static size_t
cost(const struct fragcache_piece *p)
{
	return sizeof(*p) + p->len;
}

/* From here on the datagram is only remembered as bad. */
static void
ruin(struct fragcache *c, struct datagram *d, enum verdict why,
    struct path_stats *st)
{
	list_each (l, &d->pieces) {
		struct fragcache_piece *p = piece_of(l);

		c->bytes -= cost(p);
		c->pieces--;
		if (st != NULL)
			st->n[d->key.inbound][why]++;
		list_remove(l);
		free(p);
	}
	d->n = 0;
	d->wrong = why;
}

static void
forget(struct fragcache *c, struct datagram *d)
{
	list_remove(&d->chain);
	list_remove(&d->order);
	free(d);
	c->datagrams--;
}

/* The oldest gives way, unless it is `but`. False: there is no other. */
static bool
make_room(
    struct fragcache *c, const struct datagram *but, struct path_stats *st)
{
	list_each (l, &c->order) {
		struct datagram *d = list_item(l, struct datagram, order);

		if (d == but)
			continue;
		ruin(c, d, VERDICT_SPD_MAX_FRAGS, st);
		forget(c, d);
		return true;
	}
	return false;
}

static struct datagram *
datagram_new(struct fragcache *c, const struct fragcache_key *k, uint64_t now,
    struct path_stats *st)
{
	struct datagram *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return NULL;
	if (c->datagrams == FRAGCACHE_DATAGRAMS)
		(void)make_room(c, NULL, st);
	d->key = *k;
	d->expires = now + FRAGCACHE_LIFE;
	list_init(&d->pieces);
	list_push_head(slot_of(c, k), &d->chain);
	list_push_tail(&c->order, &d->order);
	c->datagrams++;
	return d;
}

void
fragcache_free(struct fragcache *c)
{
	if (c == NULL)
		return;
	list_each (l, &c->order) {
		struct datagram *d = list_item(l, struct datagram, order);

		ruin(c, d, VERDICT_PASS, NULL);
		forget(c, d);
	}
	list_each (l, &c->ready)
		fragcache_drop(piece_of(l));
	free(c);
}

/* --- fragments --- */

/* What can be said of a fragment by itself; flow: of a first one. */
static enum verdict
look(const struct ip_view *v, const uint8_t *pkt, size_t n, bool out,
    struct flow *flow)
{
	/* what stands before the datagram's part counts in its length, too */
	size_t fixed = v->ver == 4 ? v->fixed : v->piece - 8 - 40;
	bool ports, icmp;

	if (n == 0 || (v->more && n % 8 != 0))
		return VERDICT_SPD_MALFORMED_FRAG;
	if (v->frag_off == 8 || fixed + v->frag_off + n > DATAGRAM_MAX)
		return VERDICT_SPD_EVIL_FRAG;
	if (v->frag_off != 0)
		return VERDICT_PASS;
	ip_flow(flow, v, pkt, out);
	ports = flow->proto == IPPROTO_TCP_ || flow->proto == IPPROTO_UDP_ ||
		flow->proto == IPPROTO_SCTP_;
	icmp = flow->proto == (v->ver == 4 ? IPPROTO_ICMP_ : IPPROTO_ICMPV6_);
	return (ports && !flow->has_ports) || (icmp && !flow->has_icmp)
		   ? VERDICT_SPD_MALFORMED_FRAG
		   : VERDICT_PASS;
}

/* RFC 8200 4.5: one end, which nothing is behind of. */
static bool
ends_fit(const struct datagram *d, size_t end, bool more)
{
	const struct fragcache_piece *last;

	if (d->end != 0)
		return more ? end < d->end : end == d->end;
	if (more || list_empty(&d->pieces))
		return true;
	last = list_item(d->pieces.prev, const struct fragcache_piece, link);
	return last->off + last->n <= end;
}

/* Where it goes: behind *at. Most come in order, so look from the end. */
static enum verdict
place(struct datagram *d, size_t off, size_t n, const uint8_t *body,
    struct link **at, bool *again)
{
	struct link *l = d->pieces.prev;
	const struct fragcache_piece *p;

	*again = false;
	while (l != &d->pieces && piece_of(l)->off > off)
		l = l->prev;
	if (l->next != &d->pieces && off + n > piece_of(l->next)->off)
		return VERDICT_SPD_OVERLAP_FRAG;
	*at = l;
	if (l == &d->pieces)
		return VERDICT_PASS;
	p = piece_of(l);
	/* the network has made two of one */
	*again = p->off == off && p->n == n &&
		 memcmp(p->pkt + p->len - n, body, n) == 0;
	return p->off + p->n > off ? VERDICT_SPD_OVERLAP_FRAG : VERDICT_PASS;
}

static void
complete(struct fragcache *c, struct datagram *d)
{
	if (d->end == 0 || !d->has_first || d->bytes != d->end)
		return;
	list_each (l, &d->pieces) {
		struct fragcache_piece *p = piece_of(l);

		p->flow = d->flow;
		list_remove(l);
		list_push_tail(&c->ready, l);
	}
	forget(c, d);
}

static enum verdict
insert(struct fragcache *c, struct datagram *d, struct link *at,
    const struct ip_view *v, const uint8_t *pkt, struct path_stats *st)
{
	size_t size = sizeof(struct fragcache_piece) + v->len;
	struct fragcache_piece *p;

	while (c->bytes + size > FRAGCACHE_BYTES)
		if (!make_room(c, d, st))
			return VERDICT_SPD_MAX_FRAGS;
	if ((p = malloc(size)) == NULL)
		return VERDICT_SPD_NOMEM;
	*p = (struct fragcache_piece){ .key = d->key,
		.off = v->frag_off,
		.n = v->len - v->piece,
		.len = v->len };
	memcpy(p->pkt, pkt, v->len);
	list_insert_after(at, &p->link);
	d->n++;
	d->bytes += p->n;
	c->pieces++;
	c->bytes += cost(p);
	return VERDICT_HOLD;
}

static enum verdict
add(struct fragcache *c, struct datagram *d, const struct ip_view *v,
    const uint8_t *pkt, struct path_stats *st, bool *again)
{
	size_t n = v->len - v->piece, end = v->frag_off + n;
	struct flow flow = { 0 };
	enum verdict why = look(v, pkt, n, !d->key.inbound, &flow);
	struct link *at;

	*again = false;
	if (why == VERDICT_PASS && !ends_fit(d, end, v->more))
		why = VERDICT_SPD_EVIL_FRAG;
	if (why == VERDICT_PASS)
		why = place(d, v->frag_off, n, pkt + v->piece, &at, again);
	if (why == VERDICT_PASS && d->n == FRAGCACHE_PIECES)
		why = VERDICT_SPD_MAX_FRAGS;
	if (why == VERDICT_PASS)
		why = insert(c, d, at, v, pkt, st);
	if (why != VERDICT_HOLD)
		return why;
	if (!v->more)
		d->end = end;
	if (v->frag_off == 0) {
		d->has_first = true;
		d->flow = flow;
	}
	return VERDICT_HOLD;
}

enum verdict
fragcache_add(struct fragcache *c, const struct fragcache_key *k,
    const struct ip_view *v, const uint8_t *pkt, uint64_t now,
    struct path_stats *st)
{
	struct datagram *d = find(c, k);
	enum verdict why;
	bool again;

	if (d != NULL && d->expires <= now) {
		ruin(c, d, VERDICT_SPD_EXPIRED_FRAGS, st);
		forget(c, d);
		d = NULL;
	}
	if (d == NULL && (d = datagram_new(c, k, now, st)) == NULL)
		return VERDICT_SPD_NOMEM;
	if (d->wrong != VERDICT_PASS)
		return d->wrong;
	why = add(c, d, v, pkt, st, &again);
	if (why == VERDICT_HOLD)
		complete(c, d);
	else if (!again)
		ruin(c, d, why, st);
	return why;
}

struct fragcache_piece *
fragcache_take(struct fragcache *c)
{
	struct fragcache_piece *p;

	if (list_empty(&c->ready))
		return NULL;
	p = piece_of(c->ready.next);
	list_remove(&p->link);
	c->pieces--;
	c->bytes -= cost(p);
	return p;
}

void
fragcache_drop(struct fragcache_piece *p)
{
	free(p);
}

void
fragcache_age(struct fragcache *c, uint64_t now, struct path_stats *st)
{
	list_each (l, &c->order) {
		struct datagram *d = list_item(l, struct datagram, order);

		if (d->expires > now)
			return;
		ruin(c, d, VERDICT_SPD_EXPIRED_FRAGS, st);
		forget(c, d);
	}
}

size_t
fragcache_waiting(const struct fragcache *c)
{
	return c->pieces;
}

size_t
fragcache_bytes(const struct fragcache *c)
{
	return c->bytes;
}
