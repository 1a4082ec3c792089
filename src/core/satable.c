/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/satable.h"

#include <stdlib.h>

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

static uint64_t id_hash_of(const void *ctx, const struct sa *sa);
static uint64_t out_hash_of(const void *ctx, const struct sa *sa);
static uint64_t sel_hash_of(const void *ctx, const struct sa *sa);

bool
satable_init(struct satable *t, const struct hash_seed *seed)
{
	*t = (struct satable){ .seed = *seed };
	list_init(&t->all);
	if (sahash_init(&t->id, id_hash_of, t) &&
	    sahash_init(&t->out, out_hash_of, t) &&
	    sahash_init(&t->sel, sel_hash_of, t))
		return true;
	satable_fini(t);
	return false;
}

void
satable_fini(struct satable *t)
{
	sahash_fini(&t->id);
	sahash_fini(&t->out);
	sahash_fini(&t->sel);
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
	bool tunnel = sa_is_tunnel(sa);
	struct satable_shape out = { .satype = sa->satype,
		.tunnel = tunnel,
		.wild = addr_is_unspec(&sa->src),
		.list = s->more != NULL };

	if ((tunnel ? s->iproto : s->proto) != 0)
		out.mask |= HAS_PROTO;
	if ((tunnel ? s->isport : s->sport) != 0)
		out.mask |= HAS_SPORT;
	if ((tunnel ? s->idport : s->dport) != 0)
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
	k.proto = sa_extra(sa)->proto;
	k.sport = sa_extra(sa)->sport;
	k.dport = sa_extra(sa)->dport;
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
id_hash_of(const void *ctx, const struct sa *sa)
{
	return id_hash(ctx, sa->satype, sa->spi, &sa->dst);
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
out_hash_of(const void *ctx, const struct sa *sa)
{
	return sa_key_hash(ctx, sa, &sa->dst, true);
}

static uint64_t
sel_hash_of(const void *ctx, const struct sa *sa)
{
	return sa_key_hash(ctx, sa, &sa->dst, false);
}

/* The SA's i-th destination, NULL behind the last. */
static const struct addr *
dst_at(const struct sa *sa, size_t i)
{
	const struct sa_more *more = sa_extra(sa)->more;

	if (i == 0)
		return &sa->dst;
	return more != NULL && i <= more->n_dst ? &more->dst[i - 1] : NULL;
}

/* Any of the SAs of an entry. */
static const struct sa *
one_of(const struct sahash_entry *e)
{
	return e->list != NULL ? e->list->sa[0] : e->sa;
}

/* --- by name --- */

static bool
is_named(
    const struct sa *sa, uint8_t satype, uint32_t spi, const struct addr *dst)
{
	return sa->spi == spi && sa->satype == satype && sa_has_dst(sa, dst);
}

/* False: there is no SA of that name. */
static inline bool
id_find(const struct satable *t, struct sahash_entry *e, uint64_t hash,
    uint8_t satype, uint32_t spi, const struct addr *dst)
{
	struct sahash_look l = sahash_begin(&t->id, hash);

	while (sahash_next(&l, e))
		if ((e->list == NULL || e->list->hash == hash) &&
		    is_named(one_of(e), satype, spi, dst))
			return true;
	return false;
}

/* False: no memory. */
static bool
enter_name(struct satable *t, struct sa *sa, const struct addr *dst)
{
	uint64_t hash = id_hash(t, sa->satype, sa->spi, dst);
	struct sahash_entry e;
	bool like = id_find(t, &e, hash, sa->satype, sa->spi, dst);

	return sahash_put(&t->id, hash, sa, like ? &e : NULL);
}

static void
leave_names(struct satable *t, struct sa *sa, size_t n)
{
	const struct addr *dst;

	for (size_t i = 0; i < n && (dst = dst_at(sa, i)) != NULL; i++)
		sahash_take(&t->id, id_hash(t, sa->satype, sa->spi, dst), sa);
}

/* --- by what they carry --- */

static bool
key_equal(const struct key *a, const struct key *b)
{
	return a->proto == b->proto && a->sport == b->sport &&
	       a->dport == b->dport && addr_equal(&a->src, &b->src) &&
	       addr_equal(&a->dst, &b->dst) && addr_equal(&a->isrc, &b->isrc) &&
	       addr_equal(&a->idst, &b->idst);
}

/* Into out (dst: by this destination), or sel (NULL). False: no memory. */
static bool
enter_key(struct satable *t, struct sa *sa, const struct satable_shape *s,
    const struct addr *dst)
{
	struct sahash *h = dst != NULL ? &t->out : &t->sel;
	struct key k = key_of_sa(sa, dst != NULL ? dst : &sa->dst, s);
	uint64_t hash = key_hash(t, s, &k, dst != NULL);
	struct sahash_look l = sahash_begin(h, hash);
	struct sahash_entry e;

	while (sahash_next(&l, &e)) {
		const struct sa *is = one_of(&e);
		struct satable_shape its = shape_of(is);
		struct key its_key;

		if (!shape_equal(&its, s) ||
		    (e.list != NULL && e.list->hash != hash) ||
		    (dst != NULL && !sa_has_dst(is, dst)))
			continue;
		its_key = key_of_sa(is, &k.dst, s);
		if (key_equal(&its_key, &k))
			return sahash_put(h, hash, sa, &e);
	}
	return sahash_put(h, hash, sa, NULL);
}

static void
leave_keys(struct satable *t, struct sa *sa, size_t n)
{
	const struct addr *dst;

	for (size_t i = 0; i < n && (dst = dst_at(sa, i)) != NULL; i++)
		sahash_take(&t->out, sa_key_hash(t, sa, dst, true), sa);
}

/* False: no memory. */
static bool
enter_outbound(struct satable *t, struct sa *sa)
{
	struct satable_shape s = shape_of(sa);
	const struct addr *dst;
	size_t i = 0;

	if (!shape_enter(t, &s))
		return false;
	while ((dst = dst_at(sa, i)) != NULL && enter_key(t, sa, &s, dst))
		i++;
	if (dst == NULL && (!s.tunnel || enter_key(t, sa, &s, NULL)))
		return true;
	leave_keys(t, sa, i);
	shape_leave(t, &s);
	return false;
}

static void
leave_outbound(struct satable *t, struct sa *sa)
{
	struct satable_shape s = shape_of(sa);

	shape_leave(t, &s);
	leave_keys(t, sa, SIZE_MAX);
	if (s.tunnel)
		sahash_take(&t->sel, sa_key_hash(t, sa, &sa->dst, false), sa);
}

bool
satable_insert(struct satable *t, struct sa *sa)
{
	const struct addr *dst;
	size_t i = 0;

	if ((sa->flags & SAF_OUTBOUND) != 0 && !enter_outbound(t, sa))
		return false;
	while ((dst = dst_at(sa, i)) != NULL && enter_name(t, sa, dst))
		i++;
	if (dst == NULL) {
		list_push_tail(&t->all, &sa->all_link);
		return true;
	}
	leave_names(t, sa, i);
	if ((sa->flags & SAF_OUTBOUND) != 0)
		leave_outbound(t, sa);
	return false;
}

void
satable_remove(struct satable *t, struct sa *sa)
{
	if ((sa->flags & SAF_OUTBOUND) != 0)
		leave_outbound(t, sa);
	leave_names(t, sa, SIZE_MAX);
	list_remove(&sa->all_link);
}

bool
satable_redirect(struct satable *t, struct sa *sa, uint32_t dirs)
{
	bool was = (sa->flags & SAF_OUTBOUND) != 0;
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

/* Of SAs of one name: wild is what fits if no other does. */
static inline bool
is_it(const struct sa *sa, const struct addr *src, uint32_t dirs,
    const struct sa **wild)
{
	if ((sa->flags & dirs) == 0 || !src_fits(sa, src))
		return false;
	if (src == NULL || !addr_is_unspec(&sa->src))
		return true;
	if (*wild == NULL)
		*wild = sa;
	return false;
}

static struct sa *
find(const struct satable *t, uint64_t hash, uint8_t satype, uint32_t spi,
    const struct addr *dst, const struct addr *src, uint32_t dirs)
{
	const struct sa *wild = NULL;
	struct sahash_entry e;

	if (src != NULL && addr_is_unspec(src))
		src = NULL;
	if (!id_find(t, &e, hash, satype, spi, dst))
		return NULL;
	if (e.list == NULL)
		return is_it(e.sa, src, dirs, &wild) || wild != NULL ? e.sa
								     : NULL;
	for (uint32_t i = e.list->n; i-- != 0;)
		if (is_it(e.list->sa[i], src, dirs, &wild))
			return e.list->sa[i];
	for (uint32_t i = e.list->n; wild != NULL && i-- != 0;)
		if (e.list->sa[i] == wild)
			return e.list->sa[i];
	return NULL;
}

struct sa *
satable_find(const struct satable *t, uint8_t satype, uint32_t spi,
    const struct addr *dst, const struct addr *src, uint32_t dirs)
{
	return find(
	    t, id_hash(t, satype, spi, dst), satype, spi, dst, src, dirs);
}

void
satable_find_n(
    const struct satable *t, struct sadb_ask *a, size_t n, uint32_t dirs)
{
	for (size_t i = 0; i < n; i++) {
		a[i].hash = id_hash(t, a[i].satype, a[i].spi, &a[i].dst);
		sahash_prefetch(&t->id, a[i].hash);
	}
	for (size_t i = 0; i < n; i++)
		sahash_prefetch_sa(&t->id, a[i].hash);
	for (size_t i = 0; i < n; i++)
		a[i].sa = find(t, a[i].hash, a[i].satype, a[i].spi, &a[i].dst,
		    &a[i].src, dirs);
}

static bool
is_same(const struct sa *sa, const struct sa_spec *s, uint32_t dirs)
{
	return (sa->flags & dirs) != 0 &&
	       (addr_equal(&sa->src, &s->src) ||
		   (addr_is_unspec(&sa->src) && addr_is_unspec(&s->src)));
}

struct sa *
satable_same(const struct satable *t, const struct sa_spec *s, uint32_t dirs)
{
	uint64_t hash = id_hash(t, s->satype, s->spi, &s->dst);
	struct sahash_entry e;

	if (!id_find(t, &e, hash, s->satype, s->spi, &s->dst))
		return NULL;
	if (e.list == NULL)
		return is_same(e.sa, s, dirs) ? e.sa : NULL;
	for (uint32_t i = e.list->n; i-- != 0;)
		if (is_same(e.list->sa[i], s, dirs))
			return e.list->sa[i];
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
	const struct sa *s = sa;
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
	bool tunnel = sa_is_tunnel(sa);

	if (s->tunnel != tunnel ||
	    k->proto != (tunnel ? p->iproto : p->proto) ||
	    k->sport != (tunnel ? p->isport : p->sport) ||
	    k->dport != (tunnel ? p->idport : p->dport))
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
	       (w->reqid == 0 || sa_extra(sa)->reqid == w->reqid) &&
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
	struct sahash_look l = sahash_begin(with_dst ? &t->out : &t->sel, hash);
	struct sahash_entry e;

	while (sahash_next(&l, &e)) {
		if (e.list == NULL && sa_fits(e.sa, w, s, &k))
			return e.sa;
		for (uint32_t i = e.list != NULL ? e.list->n : 0; i-- != 0;)
			if (sa_fits(e.list->sa[i], w, s, &k))
				return e.list->sa[i];
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
		    (best_wild == s->wild && sa->serial > best->serial)) {
			best = sa;
			best_wild = s->wild;
		}
	}
	return best;
}
