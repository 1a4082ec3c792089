/* SPDX-License-Identifier: BSD-2-Clause */
#include "wire/polattr.h"

#include <errno.h>
#include <stddef.h>

/*
 * A tag whose value is simply kept: where, how wide, and what to say about one
 * that does not fit.
 */
struct field {
	uint16_t tag, diag;
	uint16_t off;
	uint8_t size;
	bool zero_is_bad; /* algorithm 0: wildcards are expanded before */
};

#define A(tag, diag, member, zero)                             \
	{                                                      \
		SPD_ATTR_##tag, PFPOLICY_DIAG_##diag,          \
		    offsetof(struct action, member),           \
		    sizeof(((struct action *)0)->member), zero \
	}

static const struct field action_fields[] = {
	A(AH_AUTH, UNSUPP_AH_ALG, ah_alg, true),
	A(AH_MINBITS, UNSUPP_AH_KEYSIZE, ah_min, false),
	A(AH_MAXBITS, UNSUPP_AH_KEYSIZE, ah_max, false),
	A(ESP_ENCR, UNSUPP_ESP_ENCR_ALG, esp_alg, true),
	A(ENCR_MINBITS, UNSUPP_ESP_ENCR_KEYSIZE, esp_min, false),
	A(ENCR_MAXBITS, UNSUPP_ESP_ENCR_KEYSIZE, esp_max, false),
	A(ESP_AUTH, UNSUPP_ESP_AUTH_ALG, espa_alg, true),
	A(ESPA_MINBITS, UNSUPP_ESP_AUTH_KEYSIZE, espa_min, false),
	A(ESPA_MAXBITS, UNSUPP_ESP_AUTH_KEYSIZE, espa_max, false),
};

#define G(tag, diag, member, zero)                                   \
	{                                                            \
		SPD_ATTR_##tag, PFPOLICY_DIAG_##diag,                \
		    offsetof(struct pfpolicy_alg, member),           \
		    sizeof(((struct pfpolicy_alg *)0)->member), zero \
	}

/* ALGLIST names each use of an algorithm by tags of its own. */
static const struct field list_fields[] = {
	G(AH_AUTH, ALG_ID_RANGE, id, true),
	G(AH_MINBITS, ALG_NUM_KEY_SIZES, key_min, false),
	G(AH_MAXBITS, ALG_NUM_KEY_SIZES, key_max, false),
	G(AH_DEFBITS, ALG_NUM_KEY_SIZES, key_def, false),
	G(AH_INCRBITS, ALG_NUM_KEY_SIZES, key_incr, false),
	G(ESP_AUTH, ALG_ID_RANGE, id, true),
	G(ESPA_MINBITS, ALG_NUM_KEY_SIZES, key_min, false),
	G(ESPA_MAXBITS, ALG_NUM_KEY_SIZES, key_max, false),
	G(ESPA_DEFBITS, ALG_NUM_KEY_SIZES, key_def, false),
	G(ESPA_INCRBITS, ALG_NUM_KEY_SIZES, key_incr, false),
	G(ESP_ENCR, ALG_ID_RANGE, id, true),
	G(ENCR_MINBITS, ALG_NUM_KEY_SIZES, key_min, false),
	G(ENCR_MAXBITS, ALG_NUM_KEY_SIZES, key_max, false),
	G(ENCR_DEFBITS, ALG_NUM_KEY_SIZES, key_def, false),
	G(ENCR_INCRBITS, ALG_NUM_KEY_SIZES, key_incr, false),
	G(ALG_FLAGS, MALFORMED_ACTION, flags, false),
};

static const struct field dump_fields[] = {
	G(ALG_ID, ALG_ID_RANGE, id, true),
	G(ALG_PROTO, ALG_ID_RANGE, table, true),
	G(ALG_INCRBITS, ALG_NUM_KEY_SIZES, key_incr, false),
	G(ALG_FLAGS, MALFORMED_ACTION, flags, false),
};

static const struct field *
field_find(const struct field *f, size_t n, uint32_t tag)
{
	for (size_t i = 0; i < n; i++)
		if (f[i].tag == tag)
			return &f[i];
	return NULL;
}

#define FIND(table, tag) \
	field_find(table, sizeof(table) / sizeof(table[0]), tag)

/* False: the value is not one for this field; *diag says so. */
static bool
field_set(void *to, const struct field *f, uint32_t v, uint16_t *diag)
{
	uint8_t *p = (uint8_t *)to + f->off;

	if ((v == 0 && f->zero_is_bad) ||
	    v > (f->size == 1 ? UINT8_MAX : UINT16_MAX)) {
		*diag = f->diag;
		return false;
	}
	if (f->size == 1)
		*p = (uint8_t)v;
	else
		memcpy(p, &(uint16_t){ (uint16_t)v }, 2);
	return true;
}

struct attr {
	uint32_t tag, v;
};

static struct attr
attr_read(struct rd *r)
{
	uint32_t tag = rd_h32(r);

	return (struct attr){ tag, rd_h32(r) };
}

static void
emit(struct wr *w, uint32_t tag, uint32_t v)
{
	wr_h32(w, tag);
	wr_h32(w, v);
}

/* What follows a group: NEXT, or END behind the last. */
static void
emit_end(struct wr *w, bool last)
{
	emit(w, last ? SPD_ATTR_END : SPD_ATTR_NEXT, 0);
}

/* Actions. */

/* An algorithm that the flags do not ask for is no part of the noun. */
static struct action
action_canon(struct action a)
{
	if (a.type != ACT_IPSEC || (a.flags & ACT_AH) == 0)
		a.ah_alg = 0, a.ah_min = a.ah_max = 0;
	if (a.type != ACT_IPSEC || (a.flags & ACT_ESP) == 0)
		a.esp_alg = 0, a.esp_min = a.esp_max = 0;
	if (a.type != ACT_IPSEC || (a.flags & ACT_ESPA) == 0)
		a.espa_alg = 0, a.espa_min = a.espa_max = 0;
	return a;
}

static bool
action_attr(struct action *a, struct attr t, uint16_t *diag)
{
	const struct field *f;

	switch (t.tag) {
	case SPD_ATTR_EMPTY:
		*a = (struct action){ 0 };
		return true;
	case SPD_ATTR_TYPE:
		*diag = PFPOLICY_DIAG_ADD_BAD_TYPE;
		a->type = (uint8_t)t.v;
		return t.v >= ACT_DROP && t.v <= ACT_IPSEC;
	case SPD_ATTR_FLAGS:
		*diag = PFPOLICY_DIAG_ADD_BAD_FLAGS;
		a->flags = (uint8_t)t.v;
		return (t.v & ~(uint32_t)(ACT_AH | ACT_ESP | ACT_SELFENCAP |
					  ACT_UNIQUE | ACT_BYPASS |
					  ACT_ESPA)) == 0;
	case SPD_ATTR_NOP:
	/* accepted and ignored, as Solaris does */
	case SPD_ATTR_LIFE_SOFT_TIME:
	case SPD_ATTR_LIFE_HARD_TIME:
	case SPD_ATTR_LIFE_SOFT_BYTES:
	case SPD_ATTR_LIFE_HARD_BYTES:
	case SPD_ATTR_KM_PROTO:
	case SPD_ATTR_KM_COOKIE:
	case SPD_ATTR_REPLAY_DEPTH:
		return true;
	default:
		f = FIND(action_fields, t.tag);
		*diag = PFPOLICY_DIAG_MALFORMED_ACTION;
		return f != NULL && field_set(a, f, t.v, diag);
	}
}

int
polattr_read_actions(struct pfpolicy_msg *m, uint16_t *diag, struct rd *r)
{
	unsigned count = rd_h16(r);
	struct action a = { 0 };
	bool ended = false;

	rd_skip(r, 2);
	while (!ended && rd_more(r)) {
		struct attr t = attr_read(r);
		struct action whole = action_canon(a);

		if (t.tag != SPD_ATTR_NEXT && t.tag != SPD_ATTR_END) {
			if (!action_attr(&a, t, diag))
				return EINVAL;
			continue;
		}
		ended = t.tag == SPD_ATTR_END;
		*diag = PFPOLICY_DIAG_ADD_BAD_TYPE;
		if (a.type == 0)
			return EINVAL;
		*diag = PFPOLICY_DIAG_ADD_WRONG_ACT_COUNT;
		if (m->rule.n_actions == count ||
		    m->rule.n_actions == RULE_MAX_ACTIONS)
			return EINVAL;
		*diag = PFPOLICY_DIAG_ADD_NO_MEM;
		if (!rule_add_action(&m->rule, &whole))
			return ENOMEM;
	}
	*diag = PFPOLICY_DIAG_MALFORMED_ACTION;
	if (!rd_end(r))
		return EINVAL;
	*diag = PFPOLICY_DIAG_ADD_WRONG_ACT_COUNT;
	return ended && m->rule.n_actions == count ? 0 : EINVAL;
}

/* None named: the reader refuses a 0, and ipsecd a flag without algorithm. */
static void
emit_alg_id(struct wr *w, uint32_t tag, uint8_t id)
{
	if (id != 0)
		emit(w, tag, id);
}

static void
emit_action(struct wr *w, const struct action *a)
{
	emit(w, SPD_ATTR_EMPTY, 0);
	emit(w, SPD_ATTR_TYPE, a->type);
	emit(w, SPD_ATTR_FLAGS, a->flags);
	if (a->type != ACT_IPSEC)
		return;
	if ((a->flags & ACT_AH) != 0) {
		emit_alg_id(w, SPD_ATTR_AH_AUTH, a->ah_alg);
		emit(w, SPD_ATTR_AH_MINBITS, a->ah_min);
		emit(w, SPD_ATTR_AH_MAXBITS, a->ah_max);
	}
	if ((a->flags & ACT_ESP) != 0) {
		emit_alg_id(w, SPD_ATTR_ESP_ENCR, a->esp_alg);
		emit(w, SPD_ATTR_ENCR_MINBITS, a->esp_min);
		emit(w, SPD_ATTR_ENCR_MAXBITS, a->esp_max);
	}
	if ((a->flags & ACT_ESPA) != 0) {
		emit_alg_id(w, SPD_ATTR_ESP_AUTH, a->espa_alg);
		emit(w, SPD_ATTR_ESPA_MINBITS, a->espa_min);
		emit(w, SPD_ATTR_ESPA_MAXBITS, a->espa_max);
	}
}

void
polattr_write_actions(struct wr *w, const struct pfpolicy_msg *m)
{
	const struct rule *r = &m->rule;

	wr_h16(w, (uint16_t)r->n_actions);
	wr_h16(w, 0);
	for (unsigned i = 0; i < r->n_actions; i++) {
		emit_action(w, &r->actions[i]);
		emit_end(w, i + 1 == r->n_actions);
	}
}

/* Algorithms. */

/* One group as it is read. */
struct alg_group {
	struct pfpolicy_alg a;
	/* PROTO_ID: says how a protocol runs, and is no algorithm; 0: it is one */
	uint8_t proto;
	bool async;
	uint32_t n_keys, n_blocks, n_params; /* announced */
};

/* False: more than announced, or than there is room for. */
static bool
alg_size(struct pfpolicy_sizes *s, uint32_t announced, uint32_t v)
{
	if (s->n == announced || s->n == PFPOLICY_ALG_SIZES || v > UINT16_MAX)
		return false;
	s->v[s->n++] = (uint16_t)v;
	return true;
}

static bool
alg_mech(struct alg_group *g, struct rd *r, uint32_t n)
{
	const uint8_t *p;

	if (n != SPD_MECHNAME_MAX || (p = rd_take(r, n)) == NULL ||
	    memchr(p, '\0', n) == NULL)
		return false;
	/* whatever stands behind the NUL is not passed on */
	memset(g->a.mech, 0, sizeof(g->a.mech));
	memcpy(g->a.mech, p, strlen((const char *)p));
	return true;
}

/* The tags of DUMPALGS that are more than one field. */
static bool
alg_dump_attr(struct alg_group *g, struct attr t, struct rd *r, uint16_t *diag)
{
	switch (t.tag) {
	case SPD_ATTR_ALG_NKEYSIZES:
		*diag = PFPOLICY_DIAG_ALG_NUM_KEY_SIZES;
		g->n_keys = t.v;
		return g->a.keys.n == 0;
	case SPD_ATTR_ALG_KEYSIZE:
		*diag = PFPOLICY_DIAG_ALG_NUM_KEY_SIZES;
		return alg_size(&g->a.keys, g->n_keys, t.v);
	case SPD_ATTR_ALG_NBLOCKSIZES:
		*diag = PFPOLICY_DIAG_ALG_NUM_BLOCK_SIZES;
		g->n_blocks = t.v;
		return g->a.blocks.n == 0;
	case SPD_ATTR_ALG_BLOCKSIZE:
		*diag = PFPOLICY_DIAG_ALG_NUM_BLOCK_SIZES;
		return alg_size(&g->a.blocks, g->n_blocks, t.v);
	case SPD_ATTR_ALG_NPARAMS:
		g->n_params = t.v;
		return g->a.params.n == 0;
	case SPD_ATTR_ALG_PARAMS:
		return alg_size(&g->a.params, g->n_params, t.v);
	case SPD_ATTR_ALG_MECHNAME:
		*diag = PFPOLICY_DIAG_ALG_MECH_NAME_LEN;
		return alg_mech(g, r, t.v);
	case SPD_ATTR_PROTO_ID:
		*diag = PFPOLICY_DIAG_ALG_ID_RANGE;
		g->proto = (uint8_t)t.v;
		return t.v == ALG_AUTH || t.v == ALG_ENCR;
	case SPD_ATTR_PROTO_EXEC_MODE:
		g->async = t.v == SPD_ALG_EXEC_MODE_ASYNC;
		return t.v == SPD_ALG_EXEC_MODE_SYNC ||
		       t.v == SPD_ALG_EXEC_MODE_ASYNC;
	default:
		return false;
	}
}

static bool
alg_attr(
    struct alg_group *g, bool list, struct attr t, struct rd *r, uint16_t *diag)
{
	const struct field *f =
	    list ? FIND(list_fields, t.tag) : FIND(dump_fields, t.tag);

	*diag = PFPOLICY_DIAG_MALFORMED_ACTION;
	if (f == NULL)
		return t.tag == SPD_ATTR_NOP ||
		       (!list && alg_dump_attr(g, t, r, diag));
	if (t.tag == SPD_ATTR_AH_AUTH)
		g->a.table = ALG_AUTH, g->a.uses = ACT_AH;
	if (t.tag == SPD_ATTR_ESP_AUTH)
		g->a.table = ALG_AUTH, g->a.uses = ACT_ESPA;
	if (t.tag == SPD_ATTR_ESP_ENCR)
		g->a.table = ALG_ENCR, g->a.uses = ACT_ESP;
	return field_set(&g->a, f, t.v, diag);
}

/* Do the sizes that came fit together? Sets what is made of them. */
static bool
alg_sizes(struct alg_group *g, uint16_t *diag)
{
	struct pfpolicy_alg *a = &g->a;
	const uint16_t *v = a->keys.v;

	*diag = PFPOLICY_DIAG_ALG_NUM_KEY_SIZES;
	if (a->keys.n != g->n_keys)
		return false;
	if (a->key_incr != 0 &&
	    (a->keys.n != 3 || v[1] >= v[2] || v[0] < v[1] || v[0] > v[2] ||
		(v[2] - v[1]) % a->key_incr != 0 ||
		(v[0] - v[1]) % a->key_incr != 0))
		return false;
	a->key_def = a->key_min = a->key_max = v[0];
	for (unsigned i = 0; i < a->keys.n; i++) {
		if (v[i] < a->key_min)
			a->key_min = v[i];
		if (v[i] > a->key_max)
			a->key_max = v[i];
	}
	*diag = PFPOLICY_DIAG_ALG_NUM_BLOCK_SIZES;
	if (a->blocks.n != g->n_blocks)
		return false;
	*diag = PFPOLICY_DIAG_MALFORMED_ACTION;
	return a->params.n == g->n_params;
}

static struct pfpolicy_alg *
alg_find(struct pfpolicy_msg *m, const struct pfpolicy_alg *a)
{
	for (unsigned i = 0; i < m->n_algs; i++)
		if (m->alg[i].table == a->table && m->alg[i].id == a->id)
			return &m->alg[i];
	return NULL;
}

/* A whole group: into m->alg. An algorithm of two uses is one row. */
static bool
alg_done(struct pfpolicy_msg *m, struct alg_group *g, uint16_t *diag)
{
	const struct pfpolicy_alg *a = &g->a;
	struct pfpolicy_alg *same = alg_find(m, a);

	if (g->proto != 0) {
		if (g->proto == ALG_AUTH)
			m->async_auth = g->async;
		else
			m->async_encr = g->async;
		return true;
	}
	if (a->uses == 0 && !alg_sizes(g, diag))
		return false;
	*diag = PFPOLICY_DIAG_ALG_ID_RANGE;
	if (a->id == 0 || (a->table != ALG_AUTH && a->table != ALG_ENCR))
		return false;
	if (same != NULL) {
		same->uses |= a->uses;
		return a->uses != 0;
	}
	if (m->n_algs == PFPOLICY_MAX_ALGS)
		return false;
	m->alg[m->n_algs++] = *a;
	return true;
}

int
polattr_read_algs(struct pfpolicy_msg *m, uint16_t *diag, struct rd *r)
{
	unsigned count = rd_h16(r), n = 0;
	struct alg_group g = { 0 };
	bool ended = false;

	rd_skip(r, 2);
	while (!ended && rd_more(r)) {
		struct attr t = attr_read(r);

		if (t.tag == SPD_ATTR_EMPTY) {
			g = (struct alg_group){ 0 };
		} else if (t.tag != SPD_ATTR_NEXT && t.tag != SPD_ATTR_END) {
			if (!alg_attr(&g, m->type == SPD_ALGLIST, t, r, diag))
				return EINVAL;
		} else {
			/* an empty list is one END alone */
			ended = t.tag == SPD_ATTR_END;
			if (count != 0 && !alg_done(m, &g, diag))
				return EINVAL;
			n += count != 0;
			g = (struct alg_group){ 0 };
		}
	}
	*diag = PFPOLICY_DIAG_MALFORMED_ACTION;
	if (!rd_end(r))
		return EINVAL;
	*diag = PFPOLICY_DIAG_ADD_WRONG_ACT_COUNT;
	return ended && n == count ? 0 : EINVAL;
}

static void
emit_use(struct wr *w, const struct pfpolicy_alg *a, unsigned use)
{
	static const uint16_t tag[3][5] = {
		{ SPD_ATTR_AH_AUTH, SPD_ATTR_AH_MINBITS, SPD_ATTR_AH_MAXBITS,
		    SPD_ATTR_AH_DEFBITS, SPD_ATTR_AH_INCRBITS },
		{ SPD_ATTR_ESP_AUTH, SPD_ATTR_ESPA_MINBITS,
		    SPD_ATTR_ESPA_MAXBITS, SPD_ATTR_ESPA_DEFBITS,
		    SPD_ATTR_ESPA_INCRBITS },
		{ SPD_ATTR_ESP_ENCR, SPD_ATTR_ENCR_MINBITS,
		    SPD_ATTR_ENCR_MAXBITS, SPD_ATTR_ENCR_DEFBITS,
		    SPD_ATTR_ENCR_INCRBITS },
	};
	const uint16_t *t = tag[use == ACT_AH ? 0 : use == ACT_ESPA ? 1 : 2];

	emit(w, t[0], a->id);
	emit(w, t[1], a->key_min);
	emit(w, t[2], a->key_max);
	emit(w, t[3], a->key_def);
	emit(w, t[4], a->key_incr);
	emit(w, SPD_ATTR_ALG_FLAGS, a->flags);
}

static void
emit_sizes(
    struct wr *w, uint32_t n_tag, uint32_t tag, const struct pfpolicy_sizes *s)
{
	emit(w, n_tag, s->n);
	for (unsigned i = 0; i < s->n; i++)
		emit(w, tag, s->v[i]);
}

static void
emit_alg(struct wr *w, const struct pfpolicy_alg *a)
{
	emit(w, SPD_ATTR_ALG_ID, a->id);
	emit(w, SPD_ATTR_ALG_PROTO, a->table);
	emit(w, SPD_ATTR_ALG_INCRBITS, a->key_incr);
	emit_sizes(w, SPD_ATTR_ALG_NKEYSIZES, SPD_ATTR_ALG_KEYSIZE, &a->keys);
	emit_sizes(
	    w, SPD_ATTR_ALG_NBLOCKSIZES, SPD_ATTR_ALG_BLOCKSIZE, &a->blocks);
	emit_sizes(w, SPD_ATTR_ALG_NPARAMS, SPD_ATTR_ALG_PARAMS, &a->params);
	emit(w, SPD_ATTR_ALG_FLAGS, a->flags);
	emit(w, SPD_ATTR_ALG_MECHNAME, SPD_MECHNAME_MAX);
	wr_bytes(w, a->mech, SPD_MECHNAME_MAX);
}

/* Each use that policy may name is a group of its own. */
static unsigned
write_alglist(struct wr *w, const struct pfpolicy_msg *m)
{
	static const uint8_t uses[] = { ACT_AH, ACT_ESPA, ACT_ESP };
	unsigned n = 0;

	for (unsigned i = 0; i < m->n_algs; i++)
		for (unsigned u = 0; u < sizeof(uses); u++) {
			if ((m->alg[i].uses & uses[u]) == 0)
				continue;
			if (n++ != 0)
				emit_end(w, false);
			emit_use(w, &m->alg[i], uses[u]);
		}
	return n;
}

static unsigned
write_dumpalgs(struct wr *w, const struct pfpolicy_msg *m)
{
	const bool async[] = { m->async_auth, m->async_encr };

	for (unsigned t = ALG_AUTH; t <= ALG_ENCR; t++) {
		if (t != ALG_AUTH)
			emit_end(w, false);
		emit(w, SPD_ATTR_PROTO_ID, t);
		emit(w, SPD_ATTR_PROTO_EXEC_MODE,
		    async[t - ALG_AUTH] ? SPD_ALG_EXEC_MODE_ASYNC
					: SPD_ALG_EXEC_MODE_SYNC);
	}
	for (unsigned i = 0; i < m->n_algs; i++) {
		emit_end(w, false);
		emit_alg(w, &m->alg[i]);
	}
	return m->n_algs + 2;
}

void
polattr_write_algs(struct wr *w, const struct pfpolicy_msg *m)
{
	uint8_t *count = wr_room(w, 2);
	uint16_t n;

	wr_h16(w, 0);
	n = (uint16_t)(m->type == SPD_ALGLIST ? write_alglist(w, m)
					      : write_dumpalgs(w, m));
	emit_end(w, true);
	if (count != NULL)
		memcpy(count, &n, sizeof(n));
}
