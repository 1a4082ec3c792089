/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/larval.h"

#include <stdlib.h>

#define BUCKETS 256
#define GRACE	2000 /* ms for the second SA of a bundle, once one came */

/* What an inbound packet waits for. */
struct inbound_key {
	uint8_t satype;
	uint32_t spi;
	struct addr src, dst;
};

struct record {
	struct link link;
	struct larval_key key; /* outbound */
	struct inbound_key in; /* inbound */
	uint32_t seq;	       /* outbound */
	bool woken;	       /* an SA came; packets may come back once */
	uint64_t expires;      /* mono ms */
	struct link packets;   /* oldest first */
	unsigned n;
};

struct larval {
	struct link out[BUCKETS], in[BUCKETS]; /* records by hash of key */
	size_t n_out, n_in;		       /* records */
	struct link ready;		       /* packets to take */
	size_t packets, bytes;		       /* in records */
	uint32_t next;			       /* ACQUIRE number */
	struct larval_marks marks;
};

struct larval *
larval_new(void)
{
	struct larval *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	for (unsigned i = 0; i < BUCKETS; i++) {
		list_init(&l->out[i]);
		list_init(&l->in[i]);
	}
	list_init(&l->ready);
	l->next = LARVAL_SEQ;
	return l;
}

static struct held *
held_of(struct link *l)
{
	return list_item(l, struct held, link);
}

static struct record *
record_of(struct link *l)
{
	return list_item(l, struct record, link);
}

/* Take a packet out of its record. */
static struct held *
unhold(struct larval *l, struct record *r, struct held *h)
{
	list_remove(&h->link);
	r->n--;
	l->packets--;
	l->bytes -= h->len;
	return h;
}

/* The record's packets are dropped, counted under `why` when it is a drop. */
static void
empty(
    struct larval *l, struct record *r, enum verdict why, struct path_stats *st)
{
	list_each (k, &r->packets) {
		struct held *h = unhold(l, r, held_of(k));

		if (verdict_is_drop(why))
			st->n[h->inbound][why]++;
		free(h);
	}
}

static void
forget(struct larval *l, struct record *r, size_t *count)
{
	empty(l, r, VERDICT_PASS, NULL);
	list_remove(&r->link);
	free(r);
	--*count;
}

static void
forget_all(struct larval *l, struct link *bucket, size_t *count)
{
	for (unsigned i = 0; i < BUCKETS; i++)
		list_each (k, &bucket[i])
			forget(l, record_of(k), count);
}

void
larval_free(struct larval *l)
{
	if (l == NULL)
		return;
	forget_all(l, l->out, &l->n_out);
	forget_all(l, l->in, &l->n_in);
	list_each (k, &l->ready)
		larval_drop(held_of(k));
	free(l);
}

static unsigned
mix(unsigned h, unsigned v)
{
	return (h ^ v) * 0x9e3779b1u;
}

static unsigned
mix_addr(unsigned h, const struct addr *a)
{
	for (unsigned i = 0; i < sizeof(a->b); i++)
		h = mix(h, a->b[i]);
	return h;
}

static struct link *
bucket_out(struct larval *l, const struct larval_key *k)
{
	unsigned h = mix((unsigned)k->rule, k->proto);

	h = mix(h, (unsigned)k->sport << 16 | k->dport);
	h = mix_addr(mix_addr(h, &k->src), &k->dst);
	return &l->out[h >> 24 & (BUCKETS - 1)];
}

static bool
key_equal(const struct larval_key *a, const struct larval_key *b)
{
	return a->version == b->version && a->rule == b->rule &&
	       a->by_key == b->by_key && strcmp(a->tun, b->tun) == 0 &&
	       addr_equal(&a->src, &b->src) && addr_equal(&a->dst, &b->dst) &&
	       a->proto == b->proto && a->sport == b->sport &&
	       a->dport == b->dport;
}

/* A copy of the packet at the end of the record. */
static bool
append(struct larval *l, struct record *r, const char *tun, bool inbound,
    const uint8_t *pkt, size_t n)
{
	struct held *h;

	if (n > LARVAL_BYTES - l->bytes ||
	    (h = calloc(1, sizeof(*h) + n)) == NULL)
		return false;
	memcpy(h->tun, tun, strnlen(tun, RULE_TUN_NAME - 1));
	h->inbound = inbound;
	h->len = n;
	memcpy(h->pkt, pkt, n);
	list_push_tail(&r->packets, &h->link);
	r->n++;
	l->packets++;
	l->bytes += n;
	/* one more for a moment: the oldest gives way next */
	if (!inbound && r->n > l->marks.packets && r->n <= LARVAL_PACKETS)
		l->marks.packets = r->n;
	if (l->n_out > l->marks.records)
		l->marks.records = l->n_out;
	return true;
}

static struct record *
record_new(struct link *bucket, uint64_t expires, size_t *count)
{
	struct record *r;

	if (*count == LARVAL_RECORDS || (r = calloc(1, sizeof(*r))) == NULL)
		return NULL;
	r->expires = expires;
	list_init(&r->packets);
	list_push_head(bucket, &r->link);
	++*count;
	return r;
}

static struct record *
find_out(struct larval *l, const struct larval_key *k)
{
	list_each (i, bucket_out(l, k))
		if (key_equal(&record_of(i)->key, k))
			return record_of(i);
	return NULL;
}

static uint32_t
next_seq(struct larval *l)
{
	uint32_t seq = l->next++;

	if (l->next == 0)
		l->next = LARVAL_SEQ;
	return seq;
}

enum verdict
larval_hold(struct larval *l, const struct larval_key *k, const uint8_t *pkt,
    size_t n, uint64_t now, uint32_t timeout, uint32_t *seq,
    struct path_stats *st)
{
	struct record *r = find_out(l, k);

	*seq = 0;
	if (r == NULL) {
		r = record_new(bucket_out(l, k), now + timeout * UINT64_C(1000),
		    &l->n_out);
		if (r == NULL)
			return VERDICT_SADB_ACQUIRE_NOMEM;
		r->key = *k;
		r->seq = *seq = next_seq(l);
	} else if (r->woken) {
		r->woken = false;
		if (now + GRACE < r->expires)
			r->expires = now + GRACE;
	}
	if (!append(l, r, k->tun, false, pkt, n)) {
		if (*seq != 0)
			forget(l, r, &l->n_out);
		*seq = 0;
		return VERDICT_SADB_ACQUIRE_NOMEM;
	}
	held_of(r->packets.prev)->via = k->via;
	if (r->n > LARVAL_PACKETS) { /* sa 20.3 */
		free(unhold(l, r, held_of(r->packets.next)));
		st->n[0][VERDICT_SADB_ACQUIRE_TOOFULL]++;
	}
	return VERDICT_HOLD;
}

void
larval_cancel(struct larval *l, uint32_t seq)
{
	for (unsigned i = 0; i < BUCKETS; i++)
		list_each (k, &l->out[i])
			if (record_of(k)->seq == seq)
				forget(l, record_of(k), &l->n_out);
}

enum verdict
larval_hold_in(struct larval *l, const struct sa *sa, const uint8_t *pkt,
    size_t n, uint64_t now, uint32_t timeout, struct path_stats *st)
{
	struct link *bucket = &l->in[sa->spi % BUCKETS];
	struct record *r = NULL;

	list_each (i, bucket) {
		const struct inbound_key *k = &record_of(i)->in;

		if (k->satype == sa->satype && k->spi == sa->spi &&
		    addr_equal(&k->src, &sa->src) &&
		    addr_equal(&k->dst, &sa->dst))
			r = record_of(i);
	}
	if (r != NULL) {
		empty(l, r, VERDICT_SADB_INLARVAL_REPLACE, st);
	} else {
		r = record_new(
		    bucket, now + timeout * UINT64_C(1000), &l->n_in);
		if (r == NULL)
			return VERDICT_SADB_ACQUIRE_NOMEM;
		r->in = (struct inbound_key){ sa->satype, sa->spi, sa->src,
			sa->dst };
	}
	if (append(l, r, "", true, pkt, n))
		return VERDICT_HOLD;
	forget(l, r, &l->n_in);
	return VERDICT_SADB_ACQUIRE_NOMEM;
}

static void
make_ready(struct larval *l, struct record *r)
{
	list_each (k, &r->packets) {
		struct held *h = unhold(l, r, held_of(k));

		h->seq = r->seq;
		list_push_tail(&l->ready, &h->link);
	}
}

void
larval_wake(struct larval *l, uint32_t seq, bool failed, struct path_stats *st)
{
	for (unsigned i = 0; i < BUCKETS; i++)
		list_each (k, &l->out[i]) {
			struct record *r = record_of(k);

			if (seq != 0 && r->seq != seq)
				continue;
			if (failed) {
				empty(l, r, VERDICT_SADB_ACQUIRE_TIMEOUT, st);
				forget(l, r, &l->n_out);
			} else {
				make_ready(l, r);
				r->woken = true;
			}
		}
	if (failed)
		return;
	/* which of them is complete now, sadb_inbound() says */
	for (unsigned i = 0; i < BUCKETS; i++)
		list_each (k, &l->in[i]) {
			make_ready(l, record_of(k));
			forget(l, record_of(k), &l->n_in);
		}
}

struct held *
larval_take(struct larval *l)
{
	struct held *h;

	if (list_empty(&l->ready))
		return NULL;
	h = held_of(l->ready.next);
	list_remove(&h->link);
	return h;
}

void
larval_done(struct larval *l, const struct held *h)
{
	for (unsigned i = 0; i < BUCKETS; i++)
		list_each (k, &l->out[i])
			if (record_of(k)->seq == h->seq && record_of(k)->n == 0)
				forget(l, record_of(k), &l->n_out);
}

void
larval_drop(struct held *h)
{
	free(h);
}

static void
age(struct larval *l, struct link *bucket, size_t *count, struct now now,
    enum verdict why, struct path_stats *st)
{
	for (unsigned i = 0; i < BUCKETS; i++)
		list_each (k, &bucket[i]) {
			struct record *r = record_of(k);

			if (now.mono < r->expires)
				continue;
			empty(l, r, why, st);
			forget(l, r, count);
		}
}

void
larval_age(struct larval *l, struct now now, struct path_stats *st)
{
	age(l, l->out, &l->n_out, now, VERDICT_SADB_ACQUIRE_TIMEOUT, st);
	age(l, l->in, &l->n_in, now, VERDICT_SADB_INLARVAL_TIMEOUT, st);
}

size_t
larval_waiting(const struct larval *l)
{
	return l->packets;
}

struct larval_marks
larval_marks(const struct larval *l)
{
	return l->marks;
}
