/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/satable.h"

#include <stdlib.h>

enum { FIRST_HEADS = 16 };

/* Which selectors an SA has (bits of the mask). */
enum { HAS_PROTO = 1, HAS_SPORT = 2, HAS_DPORT = 4 };

/* The form of an outbound SA's key. */
struct satable_shape {
	size_t n; /* SAs of this shape; 0: free */
	uint8_t satype, mask;
	bool tunnel, wild;		/* wild: source unspecified */
	bool list;			/* several addresses (RFC 3554) */
	uint8_t sfam, slen, dfam, dlen; /* inner prefixes */
};

/* What is hashed; parts that a shape leaves out are zero. */
struct key {
	struct addr src, dst;	/* outer */
	struct addr isrc, idst; /* inner, masked */
	uint8_t proto;
	uint16_t sport, dport;
};

static bool
heads_init(struct satable_heads *h, size_t size)
{
	h->head = malloc(size * sizeof(*h->head));
	if (h->head == NULL)
		return false;
	h->size = size;
	h->n = 0;
	for (size_t i = 0; i < size; i++)
		list_init(&h->head[i]);
	return true;
}

bool
satable_init(struct satable *t, const struct hash_seed *seed)
{
	*t = (struct satable){ .seed = *seed };
	list_init(&t->all);
	if (heads_init(&t->id, FIRST_HEADS) &&
	    heads_init(&t->out, FIRST_HEADS) &&
	    heads_init(&t->sel, FIRST_HEADS))
		return true;
	satable_fini(t);
	return false;
}

void
satable_fini(struct satable *t)
{
	free(t->id.head);
	free(t->out.head);
	free(t->sel.head);
	free(t->shape);
	*t = (struct satable){ 0 };
	list_init(&t->all);
}

static void
hash_addr(struct hash *h, const struct addr *a)
{
	uint64_t w[2];

	memcpy(w, a->b, sizeof(w));
	hash_word(h, a->fam);
	hash_word(h, w[0]);
	if (a->fam == FAM_V6)
		hash_word(h, w[1]);
}

static uint64_t
id_hash(const struct satable *t, uint8_t satype, uint32_t spi,
    const struct addr *dst)
{
	struct hash h = hash_begin(&t->seed);

	hash_word(&h, (uint64_t)satype << 32 | spi);
	hash_addr(&h, dst);
	return hash_end(h);
}

static uint64_t
key_hash(const struct satable *t, const struct satable_shape *s,
    const struct key *k, bool with_dst)
{
	struct hash h = hash_begin(&t->seed);

	hash_word(&h, (uint64_t)s->satype << 56 | (uint64_t)s->tunnel << 55 |
			  (uint64_t)s->mask << 48 | (uint64_t)k->proto << 32 |
			  (uint64_t)k->sport << 16 | k->dport);
	if (with_dst)
		hash_addr(&h, &k->dst);
	if (s->tunnel) {
		hash_word(&h, (uint64_t)s->slen << 8 | s->dlen);
		hash_addr(&h, &k->isrc);
		hash_addr(&h, &k->idst);
	} else {
		hash_addr(&h, &k->src);
	}
	return hash_end(h);
}

/* The first len bits. No family: no address. */
static struct addr
masked(const struct addr *a, uint8_t fam, uint8_t len)
{
	struct addr out = { .fam = fam };
	unsigned whole = len / 8u, rest = len % 8u;

	if (fam == FAM_NONE)
		return out;
	memcpy(out.b, a->b, whole);
	if (rest != 0)
		out.b[whole] = (uint8_t)(a->b[whole] & 0xff00u >> rest);
	return out;
}

static struct satable_shape
shape_of(const struct sa *sa)
{
	const struct sa_extra *s = sa_extra(sa);
	const struct sa_rest *r = sa->rest;
	bool tunnel = sa_is_tunnel(sa);
	struct satable_shape out = { .satype = sa->satype,
		.tunnel = tunnel,
		.wild = addr_is_unspec(&sa->src),
		.list = s->more != NULL };

	if ((tunnel ? s->iproto : r->proto) != 0)
		out.mask |= HAS_PROTO;
	if ((tunnel ? s->isport : r->sport) != 0)
		out.mask |= HAS_SPORT;
	if ((tunnel ? s->idport : r->dport) != 0)
		out.mask |= HAS_DPORT;
	if (tunnel) {
		out.sfam = s->isrc.a.fam;
		out.slen = s->isrc.len;
		out.dfam = s->idst.a.fam;
		out.dlen = s->idst.len;
	}
	return out;
}

/* Of several sources none is hashed: the lookup compares. */
static struct key
key_of_sa(const struct sa *sa, const struct addr *dst,
    const struct satable_shape *shape)
{
	const struct sa_extra *s = sa_extra(sa);
	struct key k = { .dst = *dst };

	if (shape->tunnel) {
		k.isrc = masked(&s->isrc.a, shape->sfam, shape->slen);
		k.idst = masked(&s->idst.a, shape->dfam, shape->dlen);
		k.proto = s->iproto;
		k.sport = s->isport;
		k.dport = s->idport;
		return k;
	}
	if (!shape->wild && !shape->list)
		k.src = sa->src;
	k.proto = sa->rest->proto;
	k.sport = sa->rest->sport;
	k.dport = sa->rest->dport;
	return k;
}

/* The key that an SA of this shape would have if it carried the flow. */
static struct key
key_of_want(const struct sadb_want *w, const struct satable_shape *s)
{
	const struct flow *f = w->flow;
	struct key k = { .dst = w->dst };

	if (s->tunnel) {
		k.isrc = masked(&f->local, s->sfam, s->slen);
		k.idst = masked(&f->remote, s->dfam, s->dlen);
	} else if (!s->wild && !s->list) {
		k.src = w->src;
	}
	if ((s->mask & HAS_PROTO) != 0)
		k.proto = f->proto;
	if ((s->mask & HAS_SPORT) != 0)
		k.sport = f->has_ports ? f->lport : 0;
	if ((s->mask & HAS_DPORT) != 0)
		k.dport = f->has_ports ? f->rport : 0;
	return k;
}

static bool
shape_equal(const struct satable_shape *a, const struct satable_shape *b)
{
	return a->satype == b->satype && a->mask == b->mask &&
	       a->tunnel == b->tunnel && a->wild == b->wild &&
	       a->list == b->list && a->sfam == b->sfam && a->slen == b->slen &&
	       a->dfam == b->dfam && a->dlen == b->dlen;
}

static struct satable_shape *
shape_find(const struct satable *t, const struct satable_shape *s)
{
	for (size_t i = 0; i < t->n_shapes; i++)
		if (shape_equal(&t->shape[i], s))
			return &t->shape[i];
	return NULL;
}

/* Count one more SA of this shape. False: no memory. */
static bool
shape_enter(struct satable *t, const struct satable_shape *s)
{
	struct satable_shape *there = shape_find(t, s);

	if (there != NULL) {
		there->n++;
		return true;
	}
	if (t->n_shapes == t->cap_shapes) {
		size_t cap = t->cap_shapes == 0 ? 8 : 2 * t->cap_shapes;

		there = realloc(t->shape, cap * sizeof(*there));
		if (there == NULL)
			return false;
		t->shape = there;
		t->cap_shapes = cap;
	}
	t->shape[t->n_shapes] = *s;
	t->shape[t->n_shapes++].n = 1;
	return true;
}

static void
shape_leave(struct satable *t, const struct satable_shape *s)
{
	struct satable_shape *there = shape_find(t, s);

	if (there != NULL && --there->n == 0)
		*there = t->shape[--t->n_shapes];
}

static uint64_t
id_hash_of(const struct satable *t, struct link *l)
{
	const struct sa_name *n = list_item(l, struct sa_name, id_link);

	return id_hash(t, n->sa->satype, n->sa->spi, n->dst);
}

static uint64_t
sa_key_hash(const struct satable *t, const struct sa *sa,
    const struct addr *dst, bool with_dst)
{
	struct satable_shape s = shape_of(sa);
	struct key k = key_of_sa(sa, dst, &s);

	return key_hash(t, &s, &k, with_dst);
}

static uint64_t
out_hash_of(const struct satable *t, struct link *l)
{
	const struct sa_name *n = list_item(l, struct sa_name, out_link);

	return sa_key_hash(t, n->sa, n->dst, true);
}

static uint64_t
sel_hash_of(const struct satable *t, struct link *l)
{
	const struct sa *sa = list_item(l, struct sa_rest, sel_link)->name.sa;

	return sa_key_hash(t, sa, &sa->dst, false);
}

static struct sa *
out_sa(struct link *l)
{
	return list_item(l, struct sa_name, out_link)->sa;
}

static struct sa *
sel_sa(struct link *l)
{
	return list_item(l, struct sa_rest, sel_link)->name.sa;
}

typedef struct sa *sa_of_fn(struct link *l);

typedef uint64_t hash_of_fn(const struct satable *t, struct link *l);

static struct link *
head_of(const struct satable_heads *h, uint64_t hash)
{
	return &h->head[hash & (h->size - 1)];
}

/* Room for one more, so that chains stay short. Without memory they grow. */
static void
heads_grow(struct satable *t, struct satable_heads *h, hash_of_fn *hash_of)
{
	struct satable_heads big;

	if (h->n < h->size || !heads_init(&big, 2 * h->size))
		return;
	big.n = h->n;
	for (size_t i = 0; i < h->size; i++) {
		/* from the tail, so that the newest stay first */
		struct link *l = h->head[i].prev, *prev;

		for (; l != &h->head[i]; l = prev) {
			prev = l->prev;
			list_push_head(head_of(&big, hash_of(t, l)), l);
		}
	}
	free(h->head);
	*h = big;
}

static void
heads_enter(struct satable *t, struct satable_heads *h, struct link *l,
    hash_of_fn *hash_of)
{
	heads_grow(t, h, hash_of);
	list_push_head(head_of(h, hash_of(t, l)), l);
	h->n++;
}

/* The same behind those that are newer: the first that fits is used. */
static void
heads_enter_aged(struct satable *t, struct satable_heads *h, struct link *l,
    hash_of_fn *hash_of, sa_of_fn *sa_of)
{
	uint64_t serial = sa_of(l)->rest->serial;
	struct link *head, *next;

	heads_grow(t, h, hash_of);
	head = head_of(h, hash_of(t, l));
	for (next = head->next; next != head; next = next->next)
		if (sa_of(next)->rest->serial < serial)
			break;
	list_push_tail(next, l);
	h->n++;
}

static void
heads_leave(struct satable_heads *h, struct link *l)
{
	list_remove(l);
	h->n--;
}

/* The i-th of the SA's names, NULL behind the last. */
static struct sa_name *
name_at(struct sa *sa, size_t i)
{
	if (i == 0)
		return &sa->rest->name;
	if (sa->rest->more_names == NULL || i > sa_extra(sa)->more->n_dst)
		return NULL;
	return &sa->rest->more_names[i - 1];
}

/* False: no memory. */
static bool
make_names(struct sa *sa)
{
	const struct sa_more *more = sa_extra(sa)->more;

	sa->rest->name.sa = sa;
	sa->rest->name.dst = &sa->dst;
	if (more == NULL || more->n_dst == 0)
		return true;
	sa->rest->more_names =
	    calloc(more->n_dst, sizeof(*sa->rest->more_names));
	if (sa->rest->more_names == NULL)
		return false;
	for (size_t i = 0; i < more->n_dst; i++) {
		struct sa_name *n = &sa->rest->more_names[i];

		n->sa = sa;
		n->dst = &more->dst[i];
		list_init(&n->id_link);
		list_init(&n->out_link);
	}
	return true;
}

static void
drop_names(struct sa *sa)
{
	free(sa->rest->more_names);
	sa->rest->more_names = NULL;
}

/* False: no memory. */
static bool
enter_outbound(struct satable *t, struct sa *sa)
{
	struct satable_shape s = shape_of(sa);
	struct sa_name *n;

	if (!shape_enter(t, &s))
		return false;
	for (size_t i = 0; (n = name_at(sa, i)) != NULL; i++)
		heads_enter_aged(t, &t->out, &n->out_link, out_hash_of, out_sa);
	if (s.tunnel)
		heads_enter_aged(
		    t, &t->sel, &sa->rest->sel_link, sel_hash_of, sel_sa);
	return true;
}

static void
leave_outbound(struct satable *t, struct sa *sa)
{
	struct satable_shape s = shape_of(sa);
	struct sa_name *n;

	shape_leave(t, &s);
	for (size_t i = 0; (n = name_at(sa, i)) != NULL; i++)
		heads_leave(&t->out, &n->out_link);
	if (!list_empty(&sa->rest->sel_link))
		heads_leave(&t->sel, &sa->rest->sel_link);
}

bool
satable_insert(struct satable *t, struct sa *sa)
{
	struct sa_name *n;

	if (!make_names(sa))
		return false;
	if ((sa->flags & SAF_OUTBOUND) != 0 && !enter_outbound(t, sa)) {
		drop_names(sa);
		return false;
	}
	for (size_t i = 0; (n = name_at(sa, i)) != NULL; i++)
		heads_enter(t, &t->id, &n->id_link, id_hash_of);
	list_push_tail(&t->all, &sa->rest->all_link);
	return true;
}

void
satable_remove(struct satable *t, struct sa *sa)
{
	struct sa_name *n;

	if (!list_empty(&sa->rest->name.out_link))
		leave_outbound(t, sa);
	for (size_t i = 0; (n = name_at(sa, i)) != NULL; i++)
		heads_leave(&t->id, &n->id_link);
	list_remove(&sa->rest->all_link);
	drop_names(sa);
}

bool
satable_redirect(struct satable *t, struct sa *sa, uint32_t dirs)
{
	bool was = !list_empty(&sa->rest->name.out_link);
	bool is = (dirs & SAF_OUTBOUND) != 0;

	if (is && !was && !enter_outbound(t, sa))
		return false;
	if (was && !is)
		leave_outbound(t, sa);
	sa->flags = (sa->flags & ~SATABLE_DIRS) | dirs;
	return true;
}

static bool
src_fits(const struct sa *sa, const struct addr *src)
{
	return src == NULL || src->fam == FAM_NONE || sa_has_src(sa, src);
}

struct sa *
satable_find(const struct satable *t, uint8_t satype, uint32_t spi,
    const struct addr *dst, const struct addr *src, uint32_t dirs)
{
	const struct link *head = head_of(&t->id, id_hash(t, satype, spi, dst));

	struct sa *wild = NULL;

	if (src != NULL && addr_is_unspec(src))
		src = NULL;
	for (struct link *l = head->next; l != head; l = l->next) {
		const struct sa_name *n = list_item(l, struct sa_name, id_link);
		struct sa *sa = n->sa;

		if (sa->spi == spi && sa->satype == satype &&
		    (sa->flags & dirs) != 0 && addr_equal(n->dst, dst) &&
		    src_fits(sa, src)) {
			if (src == NULL || !addr_is_unspec(&sa->src))
				return sa;
			if (wild == NULL)
				wild = sa;
		}
	}
	return wild;
}

struct sa *
satable_same(const struct satable *t, const struct sa_spec *s, uint32_t dirs)
{
	const struct link *head =
	    head_of(&t->id, id_hash(t, s->satype, s->spi, &s->dst));

	for (struct link *l = head->next; l != head; l = l->next) {
		const struct sa_name *n = list_item(l, struct sa_name, id_link);
		struct sa *sa = n->sa;

		if (sa->spi == s->spi && sa->satype == s->satype &&
		    (sa->flags & dirs) != 0 && addr_equal(n->dst, &s->dst) &&
		    (addr_equal(&sa->src, &s->src) ||
			(addr_is_unspec(&sa->src) && addr_is_unspec(&s->src))))
			return sa;
	}
	return NULL;
}

/* Has a key at least that many bits? */
static bool
bits_fit(unsigned bits, unsigned min)
{
	return min == 0 || bits >= min;
}

/* spec: sa 19.4: equal algorithms, keys at least as long as the policy says. */
static bool
algs_fit(const struct sa *sa, const struct action *a)
{
	const struct sa_rest *s = sa->rest;
	uint8_t encr = a->esp_alg != 0 ? a->esp_alg : EALG_NULL;

	if ((a->flags & ACT_ANYALG) != 0)
		return true;
	if (sa_is_ah(sa))
		return s->auth == a->ah_alg &&
		       bits_fit(sa_akey_bits(sa), a->ah_min);
	if (s->encr != encr || s->auth != a->espa_alg)
		return false;
	return bits_fit(sa_akey_bits(sa), a->espa_min) &&
	       bits_fit(sa_ekey_bits(sa), a->esp_min);
}

static bool
sels_fit(
    const struct sa *sa, const struct satable_shape *s, const struct key *k)
{
	const struct sa_extra *p = sa_extra(sa);
	const struct sa_rest *r = sa->rest;
	bool tunnel = sa_is_tunnel(sa);

	if (s->tunnel != tunnel ||
	    k->proto != (tunnel ? p->iproto : r->proto) ||
	    k->sport != (tunnel ? p->isport : r->sport) ||
	    k->dport != (tunnel ? p->idport : r->dport))
		return false;
	if (!tunnel)
		return true;
	return p->isrc.len == s->slen && p->idst.len == s->dlen &&
	       addr_equal(&p->isrc.a, &k->isrc) &&
	       addr_equal(&p->idst.a, &k->idst);
}

static bool
ident_fits(const struct sa_ident *want, const struct sa_ident *is)
{
	return want == NULL ||
	       (want->type == is->type && want->len == is->len &&
		   memcmp(want->id, is->id, is->len) == 0);
}

static bool
sa_fits(const struct sa *sa, const struct sadb_want *w,
    const struct satable_shape *s, const struct key *k)
{
	return sa->satype == w->satype && sa_is_live(sa) &&
	       (w->reqid == 0 || sa->rest->reqid == w->reqid) &&
	       addr_is_unspec(&sa->src) == s->wild &&
	       (sa_extra(sa)->more != NULL) == s->list &&
	       (w->dst.fam == FAM_NONE || sa_has_dst(sa, &w->dst)) &&
	       src_fits(sa, &w->src) && sels_fit(sa, s, k) &&
	       algs_fit(sa, w->act) && ident_fits(w->sid, sa_sid(sa)) &&
	       ident_fits(w->did, sa_did(sa));
}

/* Could an SA of this shape carry the flow at all? */
static bool
shape_fits(const struct satable_shape *s, const struct sadb_want *w)
{
	bool unique = (w->act->flags & ACT_UNIQUE) != 0;

	if (s->satype != w->satype || s->tunnel != w->tunnel)
		return false;
	if (s->tunnel)
		return (s->sfam == FAM_NONE || s->sfam == w->flow->local.fam) &&
		       (s->dfam == FAM_NONE || s->dfam == w->flow->remote.fam);
	/* spec: sa 19.6: unique policy, unique SA; shared policy, shared SA */
	return w->dst.fam != FAM_NONE && unique == (s->mask != 0);
}

/* The newest SA of the shape that may carry the flow. */
static struct sa *
shape_lookup(const struct satable *t, const struct sadb_want *w,
    const struct satable_shape *s)
{
	bool with_dst = w->dst.fam != FAM_NONE;
	struct key k = key_of_want(w, s);
	uint64_t hash = key_hash(t, s, &k, with_dst);
	const struct link *head = head_of(with_dst ? &t->out : &t->sel, hash);

	for (struct link *l = head->next; l != head; l = l->next) {
		struct sa *sa = with_dst ? out_sa(l) : sel_sa(l);

		if (sa_fits(sa, w, s, &k))
			return sa;
	}
	return NULL;
}

struct sa *
satable_outbound(const struct satable *t, const struct sadb_want *w)
{
	struct sa *best = NULL;
	bool best_wild = true;

	for (size_t i = 0; i < t->n_shapes; i++) {
		const struct satable_shape *s = &t->shape[i];
		struct sa *sa;

		if (!shape_fits(s, w) ||
		    (best != NULL && s->wild && !best_wild))
			continue;
		sa = shape_lookup(t, w, s);
		if (sa == NULL)
			continue;
		/* spec: sa 19.7: a source of its own first, then the newest */
		if (best == NULL || (best_wild && !s->wild) ||
		    (best_wild == s->wild &&
			sa->rest->serial > best->rest->serial)) {
			best = sa;
			best_wild = s->wild;
		}
	}
	return best;
}
