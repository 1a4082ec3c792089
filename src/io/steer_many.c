/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/steer_many.h"

#include <stdlib.h>
#include <string.h>

enum {
	FORMS = 64,	 /* in a run; lines of others have rules of their own */
	LINE_KEYS = 8,	 /* that a line may become; else the same */
	PORT_BLOCKS = 30 /* a range of 16-bit numbers is no more */
};

/* What lines of one rule have in common. */
struct form {
	struct steer_match m; /* addresses and ports are empty */
	uint8_t src_len, dst_len, sport_len, dport_len;
	bool counted; /* count[1] */
	size_t size;
	/* the keys, and the lines they are of */
	uint8_t *keys;
	const char **counters;
	size_t n, cap;
	size_t *slot; /* hash table: index of a key and 1 */
	size_t n_slots;
};

struct run {
	const struct steer_line *v;
	size_t n;
	struct form *form;
	size_t n_forms, last;
	bool no_memory;
};

/* --- ports --- */

struct block {
	uint16_t from;
	uint8_t len; /* leading bits */
};

/* The fewest blocks that make up a range. min 0: any port, one empty block. */
static size_t
blocks(struct block out[PORT_BLOCKS], uint16_t min, uint16_t max)
{
	uint32_t at = min;
	size_t n = 0;

	if (min == 0) {
		out[0] = (struct block){ 0, 0 };
		return 1;
	}
	while (at <= max) {
		uint32_t size = at & (~at + 1);
		uint8_t len = 16;

		while (at + size - 1 > max)
			size /= 2;
		for (uint32_t s = size; s > 1; s /= 2)
			len--;
		out[n++] = (struct block){ (uint16_t)at, len };
		at += size;
	}
	return n;
}

/* --- forms and keys --- */

static bool
same_form(const struct form *a, const struct form *b)
{
	const struct steer_match *x = &a->m, *y = &b->m;

	return a->counted == b->counted && a->src_len == b->src_len &&
	       a->dst_len == b->dst_len && a->sport_len == b->sport_len &&
	       a->dport_len == b->dport_len && x->fam == y->fam &&
	       x->only == y->only && x->proto == y->proto &&
	       x->has_type == y->has_type && x->has_code == y->has_code &&
	       x->type_min == y->type_min && x->type_max == y->type_max &&
	       x->code_min == y->code_min && x->code_max == y->code_max &&
	       x->sport_min == y->sport_min && x->dport_min == y->dport_min;
}

static struct form
form_of(const struct steer_line *l, uint8_t sport_len, uint8_t dport_len)
{
	const struct steer_match *m = &l->m;
	struct form f = { .m = *m,
		.src_len = m->src.fam != 0 ? m->src_len : 0,
		.dst_len = m->dst.fam != 0 ? m->dst_len : 0,
		.sport_len = sport_len,
		.dport_len = dport_len,
		.counted = l->count[1][0] != '\0' };
	size_t a = netaddr_bytes(m->fam);

	f.m.src = f.m.dst = (struct netaddr){ 0 };
	f.m.src_len = f.m.dst_len = 0;
	/* only whether there are any: they tell which protocols are meant */
	f.m.sport_min = f.m.sport_max = m->sport_min != 0;
	f.m.dport_min = f.m.dport_max = m->dport_min != 0;
	f.size = (f.src_len != 0 ? a : 0) + (f.dst_len != 0 ? a : 0) +
		 (sport_len != 0 ? 4u : 0u) + (dport_len != 0 ? 4u : 0u);
	return f;
}

/* NULL: there are too many, or no memory. */
static struct form *
find_form(struct run *r, const struct form *want)
{
	if (r->last < r->n_forms && same_form(&r->form[r->last], want))
		return &r->form[r->last];
	for (r->last = 0; r->last < r->n_forms; r->last++)
		if (same_form(&r->form[r->last], want))
			return &r->form[r->last];
	if (r->n_forms == FORMS)
		return NULL;
	r->form[r->n_forms] = *want;
	return &r->form[r->n_forms++];
}

static size_t
put_addr(uint8_t *key, const struct steer_match *m, const struct netaddr *a,
    unsigned bits)
{
	size_t n = netaddr_bytes(m->fam);

	if (bits == 0)
		return 0;
	memset(key, 0, n);
	memcpy(key, a->b, bits / 8);
	if (bits % 8 != 0)
		key[bits / 8] = (uint8_t)(a->b[bits / 8] & 0xff00u >> bits % 8);
	return n;
}

static size_t
put_port(uint8_t *key, struct block p)
{
	const uint8_t b[4] = { (uint8_t)(p.from >> 8), (uint8_t)p.from };

	if (p.len == 0)
		return 0;
	memcpy(key, b, sizeof(b));
	return sizeof(b);
}

static size_t
slot_of(const struct form *f, const uint8_t *key)
{
	uint64_t h = UINT64_C(0x9e3779b97f4a7c15);
	size_t i;

	/* not to be guessed at: policy is the administrator's */
	for (size_t k = 0; k < f->size; k += 4) {
		uint32_t w;

		memcpy(&w, key + k, sizeof(w));
		h = (h ^ w) * UINT64_C(0xff51afd7ed558ccd);
		h ^= h >> 32;
	}
	i = (size_t)h & (f->n_slots - 1);
	while (f->slot[i] != 0 &&
	       memcmp(f->keys + (f->slot[i] - 1) * f->size, key, f->size) != 0)
		i = (i + 1) & (f->n_slots - 1);
	return i;
}

static bool
grow(struct form *f)
{
	size_t cap = f->cap == 0 ? 64 : f->cap * 2, *slot;
	uint8_t *keys = reallocarray(f->keys, cap, f->size);
	const char **c;

	if (keys == NULL)
		return false;
	f->keys = keys;
	c = reallocarray(f->counters, cap, sizeof(*c));
	if (c == NULL)
		return false;
	f->counters = c;
	slot = calloc(cap * 2, sizeof(*slot));
	if (slot == NULL)
		return false;
	free(f->slot);
	f->slot = slot;
	f->n_slots = cap * 2;
	f->cap = cap;
	for (size_t i = 0; i < f->n; i++)
		slot[slot_of(f, keys + i * f->size)] = i + 1;
	return true;
}

/* Of two lines with one key the first is asked. */
static bool
add_key(struct form *f, const uint8_t *key, const char *counter)
{
	size_t i;

	if (f->n == f->cap && !grow(f))
		return false;
	i = slot_of(f, key);
	if (f->slot[i] != 0)
		return true;
	memcpy(f->keys + f->n * f->size, key, f->size);
	f->counters[f->n] = counter;
	f->slot[i] = ++f->n;
	return true;
}

/* False: the line is to have a rule of its own. */
static bool
add_line(struct run *r, const struct steer_line *l)
{
	struct block s[PORT_BLOCKS], d[PORT_BLOCKS];
	const struct steer_match *m = &l->m;
	size_t n_s = blocks(s, m->sport_min, m->sport_max);
	size_t n_d = blocks(d, m->dport_min, m->dport_max);
	struct form *to[LINE_KEYS];

	if (n_s == 0 || n_d == 0 || n_s * n_d > LINE_KEYS)
		return false;
	for (size_t i = 0; i < n_s * n_d; i++) {
		struct form f = form_of(l, s[i / n_d].len, d[i % n_d].len);

		/* forms lie still: a run has room for all */
		to[i] = f.size != 0 ? find_form(r, &f) : NULL;
		if (to[i] == NULL)
			return false;
	}
	for (size_t i = 0; i < n_s * n_d; i++) {
		uint8_t key[NFT_MANY_KEY];
		size_t k = put_addr(key, m, &m->src, to[i]->src_len);

		k += put_addr(key + k, m, &m->dst, to[i]->dst_len);
		k += put_port(key + k, s[i / n_d]);
		(void)put_port(key + k, d[i % n_d]);
		if (!add_key(to[i], key, l->count[1]))
			r->no_memory = true;
	}
	return true;
}

/* --- runs --- */

static bool
decides_alike(const struct steer_line *a, const struct steer_line *b)
{
	return a->verb == b->verb &&
	       (a->verb != STEER_CLASS || a->class == b->class) &&
	       strcmp(a->count[0], b->count[0]) == 0;
}

static void
hand_over(struct run *r, steer_many_fn *f, void *ctx)
{
	for (size_t i = 0; i < r->n_forms; i++) {
		struct form *o = &r->form[i];
		struct steer_line like = r->v[0];
		struct steer_many m = { .src_len = o->src_len,
			.dst_len = o->dst_len,
			.sport_len = o->sport_len,
			.dport_len = o->dport_len,
			.size = o->size,
			.n = o->n,
			.keys = o->keys,
			.counters = o->counted ? o->counters : NULL };

		like.m = o->m;
		memset(like.count[1], 0, sizeof(like.count[1]));
		if (o->n != 0)
			f(ctx, &like, &m);
	}
}

/* False: no memory. */
static bool
run(const struct steer_line *v, size_t n, steer_many_fn *f, void *ctx)
{
	struct run r = { .v = v, .n = n };

	if (n < STEER_MANY_LINES) {
		for (size_t i = 0; i < n; i++)
			f(ctx, &v[i], NULL);
		return true;
	}
	r.form = calloc(FORMS, sizeof(*r.form));
	if (r.form == NULL)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!add_line(&r, &v[i]))
			f(ctx, &v[i], NULL);
	hand_over(&r, f, ctx);
	for (size_t i = 0; i < r.n_forms; i++) {
		free(r.form[i].keys);
		free(r.form[i].counters);
		free(r.form[i].slot);
	}
	free(r.form);
	return !r.no_memory;
}

bool
steer_many_each(
    const struct steer_line *v, size_t n, steer_many_fn *f, void *ctx)
{
	for (size_t i = 0, k; i < n; i = k) {
		for (k = i + 1; k < n && decides_alike(&v[i], &v[k]);)
			k++;
		if (!run(v + i, k - i, f, ctx))
			return false;
	}
	return true;
}

/* --- for nf_tables --- */

struct steer_place
steer_place_of(uint8_t fam)
{
	/* RFC 791 3.1, RFC 8200 3; RFC 9293 3.1, RFC 768 */
	return (struct steer_place){ .base = NFT_BASE_IP,
		.src = fam == 4 ? 12 : 8,
		.dst = fam == 4 ? 16 : 24,
		.sport = 0,
		.dport = 2 };
}

uint32_t
steer_many_put(struct nft *b, const struct steer_many *m)
{
	return m == NULL ? 0
			 : nft_many_put(b, m->keys, m->size, m->n, m->counters);
}

static struct nft_many_part
part(enum nft_base base, uint32_t off, size_t n, uint8_t bits)
{
	return (struct nft_many_part){ base, off, (uint8_t)(bits != 0 ? n : 0),
		bits };
}

void
steer_many_in(struct nft *b, uint32_t set, const struct steer_place *at,
    uint8_t fam, const struct steer_many *m)
{
	size_t a = netaddr_bytes(fam);
	const struct nft_many_part parts[NFT_MANY_PARTS] = {
		part(at->base, at->src, a, m->src_len),
		part(at->base, at->dst, a, m->dst_len),
		part(NFT_BASE_UPPER, at->sport, 2, m->sport_len),
		part(NFT_BASE_UPPER, at->dport, 2, m->dport_len),
	};

	nft_many_in(b, set, parts, m->counters != NULL);
}
