/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/classify.h"

#include <stdlib.h>

struct classify_shape {
	unsigned has;	      /* selectors that are part of the key */
	uint8_t llen, rlen;   /* prefix lengths, 0 without the selector */
	uint8_t lport, rport; /* leading bits of the ports that count */
	uint32_t top;	      /* no node has a greater priority */
	size_t n, cap;	      /* nodes; buckets, a power of two */
	struct classify_node **bucket; /* each chain best first */
};

/* What of a selector or a packet a shape looks at. */
struct key {
	const struct addr *laddr, *raddr;
	uint8_t proto;
	uint16_t lport, rport;
};

/*
 * How many leading bits all ports of a range share: 16 of a single one. So a
 * range lies in the smallest block of ports that holds it, and ranges that are
 * far from each other, in different ones.
 */
static uint8_t
shared_bits(uint16_t min, uint16_t max)
{
	unsigned differ = (unsigned)min ^ max;
	uint8_t bits = 16;

	for (; differ != 0; differ >>= 1)
		bits--;
	return bits;
}

/*
 * What else a range says, and ICMP types, are no part of the key: sel_match()
 * decides about them within a chain.
 */
static struct classify_shape
shape_of(const struct sel *s)
{
	struct classify_shape shape = {
		.has = s->has & (SEL_LADDR | SEL_RADDR | SEL_PROTO),
	};

	if ((s->has & SEL_LADDR) != 0)
		shape.llen = s->laddr.len;
	if ((s->has & SEL_RADDR) != 0)
		shape.rlen = s->raddr.len;
	if ((s->has & SEL_LPORT) != 0)
		shape.lport = shared_bits(s->lport_min, s->lport_max);
	if ((s->has & SEL_RPORT) != 0)
		shape.rport = shared_bits(s->rport_min, s->rport_max);
	return shape;
}

static uint64_t
mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 32;
}

static uint64_t
mix_prefix(uint64_t h, const struct addr *a, unsigned len)
{
	struct rd r = rd_from(a->b, sizeof(a->b));

	while (len != 0) {
		unsigned bits = len < 64 ? len : 64;

		h = mix(h, rd_be64(&r) >> (64 - bits));
		len -= bits;
	}
	return h;
}

static uint32_t
hash(const struct classify_shape *s, const struct key *k)
{
	uint64_t h = 1;

	if ((s->has & SEL_LADDR) != 0)
		h = mix_prefix(h, k->laddr, s->llen);
	if ((s->has & SEL_RADDR) != 0)
		h = mix_prefix(h, k->raddr, s->rlen);
	if ((s->has & SEL_PROTO) != 0)
		h = mix(h, k->proto);
	if (s->lport != 0)
		h = mix(h, k->lport >> (16 - s->lport));
	if (s->rport != 0)
		h = mix(h, k->rport >> (16 - s->rport));
	return (uint32_t)h;
}

static struct key
key_of(const struct sel *s)
{
	return (struct key){ &s->laddr.a, &s->raddr.a, s->proto, s->lport_min,
		s->rport_min };
}

static size_t
find_shape(const struct classify *c, const struct classify_shape *want)
{
	size_t i = 0;

	while (i < c->n && !(c->shape[i].has == want->has &&
			       c->shape[i].llen == want->llen &&
			       c->shape[i].rlen == want->rlen &&
			       c->shape[i].lport == want->lport &&
			       c->shape[i].rport == want->rport))
		i++;
	return i;
}

static bool
better(const struct classify_node *a, const struct classify_node *b)
{
	return a->priority != b->priority ? a->priority > b->priority
					  : a->order > b->order;
}

static void
chain_add(struct classify_shape *s, struct classify_node *node)
{
	struct classify_node **at = &s->bucket[node->hash & (s->cap - 1)];

	while (*at != NULL && better(*at, node))
		at = &(*at)->next;
	node->next = *at;
	*at = node;
}

/* Without memory chains become longer; only a first table is indispensable. */
static bool
grow(struct classify_shape *s)
{
	struct classify_shape old = *s;
	size_t cap = old.cap == 0 ? 4 : old.cap * 2;
	struct classify_node **b;

	if (s->n < s->cap)
		return true;
	b = calloc(cap, sizeof(struct classify_node *));
	if (b == NULL)
		return s->cap != 0;
	s->bucket = b;
	s->cap = cap;
	for (size_t i = 0; i < old.cap; i++)
		for (struct classify_node *n = old.bucket[i], *next; n != NULL;
		     n = next) {
			next = n->next;
			chain_add(s, n);
		}
	free(old.bucket);
	return true;
}

/* The i-th shape got a new best node: shapes are in descending order of it. */
static void
rise(struct classify *c, size_t i, uint32_t priority)
{
	if (priority > c->shape[i].top)
		c->shape[i].top = priority;
	for (; i > 0 && c->shape[i - 1].top < c->shape[i].top; i--) {
		struct classify_shape t = c->shape[i];

		c->shape[i] = c->shape[i - 1];
		c->shape[i - 1] = t;
	}
}

bool
classify_add(struct classify *c, struct classify_node *node)
{
	struct classify_shape fresh = shape_of(node->sel);
	struct key k = key_of(node->sel);
	size_t i = find_shape(c, &fresh);

	if (i == c->cap) {
		size_t cap = c->cap == 0 ? 4 : c->cap * 2;
		struct classify_shape *p = realloc(c->shape, cap * sizeof(*p));

		if (p == NULL)
			return false;
		c->shape = p;
		c->cap = cap;
	}
	if (i == c->n) {
		fresh.top = node->priority;
		if (!grow(&fresh))
			return false;
		c->shape[c->n++] = fresh;
	}
	(void)grow(&c->shape[i]);
	node->hash = hash(&c->shape[i], &k);
	chain_add(&c->shape[i], node);
	c->shape[i].n++;
	rise(c, i, node->priority);
	return true;
}

void
classify_remove(struct classify *c, struct classify_node *node)
{
	struct classify_shape want = shape_of(node->sel);
	size_t i = find_shape(c, &want);
	struct classify_shape *s;
	struct classify_node **at;

	if (i == c->n)
		return;
	s = &c->shape[i];
	at = &s->bucket[node->hash & (s->cap - 1)];
	while (*at != NULL && *at != node)
		at = &(*at)->next;
	if (*at == NULL)
		return;
	*at = node->next;
	if (--s->n != 0)
		return; /* top may be too great now: costs a probe, no more */
	free(s->bucket);
	memmove(s, s + 1, (--c->n - i) * sizeof(*s));
}

/* Is everything there that the shape's key is made of? */
static bool
has_key(const struct classify_shape *s, const struct flow *f)
{
	return (s->lport == 0 && s->rport == 0) || f->has_ports;
}

struct classify_node *
classify_find(const struct classify *c, const struct flow *f)
{
	struct key k = { &f->local, &f->remote, f->proto, f->lport, f->rport };
	struct classify_node *best = NULL;

	for (size_t i = 0; i < c->n; i++) {
		const struct classify_shape *s = &c->shape[i];
		struct classify_node *n;
		uint32_t h;

		if (best != NULL && s->top < best->priority)
			break;
		if (!has_key(s, f))
			continue;
		h = hash(s, &k);
		n = s->bucket[h & (s->cap - 1)];
		while (n != NULL && !(n->hash == h && sel_match(n->sel, f)))
			n = n->next;
		if (n != NULL && (best == NULL || better(n, best)))
			best = n;
	}
	return best;
}

struct classify_node *
classify_same(const struct classify *c, const struct sel *sel)
{
	struct classify_shape want = shape_of(sel);
	struct key k = key_of(sel);
	size_t i = find_shape(c, &want);
	uint32_t h;
	struct classify_node *n;

	if (i == c->n)
		return NULL;
	h = hash(&want, &k);
	n = c->shape[i].bucket[h & (c->shape[i].cap - 1)];
	while (n != NULL && !(n->hash == h && sel_equal(n->sel, sel)))
		n = n->next;
	return n;
}

void
classify_fini(struct classify *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->shape[i].bucket);
	free(c->shape);
	*c = (struct classify){ 0 };
}
