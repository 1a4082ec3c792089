/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/sa.h"

#include <stdlib.h>

#include "core/sacheck.h"
#include "core/sapool.h"
#include "core/shared.h"
#include "crypto/algset.h"
#include "wire/pfkey_diag.h"

enum { COUNTER_IV = 8, SA_LINE = 64 };

/* What a key of the spec is made of, in bits. */
struct parts {
	unsigned key, salt, iv;
};

/* spec: sa 6: key | salt | initial IV. False: it does not fit the algorithm. */
static bool
split_key(struct parts *k, const struct alg *a, unsigned bits, unsigned iv_bits)
{
	k->salt = a->salt_len * 8u;
	k->iv = iv_bits;
	/* only a counter can be started somewhere */
	if (iv_bits != 0 &&
	    ((a->flags & ALG_COUNTER) == 0 || iv_bits != a->iv_len * 8u))
		return false;
	if (bits < k->salt + k->iv)
		return false;
	k->key = bits - k->salt - k->iv;
	return (k->key % 8 == 0 || (k->salt == 0 && k->iv == 0)) &&
	       alg_keybits_ok(a, k->key);
}

/* The authentication part of the spec. 0, or a diagnostic. */
static uint16_t
check_auth(const struct crypto *c, const struct sa_spec *s, struct parts *k)
{
	const struct alg *a = algset_by_id(c, ALG_AUTH, s->auth);

	if (a == NULL || !crypto_usable(c, a))
		return PFKEY_DIAG_BAD_AALG;
	if (s->akey.bits == 0)
		return PFKEY_DIAG_MISSING_AKEY;
	if (!split_key(k, a, s->akey.bits, 0))
		return PFKEY_DIAG_BAD_AKEYBITS;
	return alg_key_is_weak(a, s->akey.b, secret_bytes(k->key))
		   ? PFKEY_DIAG_WEAK_AKEY
		   : 0;
}

static uint16_t
check_encr(const struct crypto *c, const struct sa_spec *s, struct parts *k)
{
	const struct alg *e = algset_by_id(c, ALG_ENCR, s->encr);

	if (e == NULL || !crypto_usable(c, e))
		return PFKEY_DIAG_BAD_EALG;
	if (e->key_max != 0 && s->ekey.bits == 0)
		return PFKEY_DIAG_MISSING_EKEY;
	if (!split_key(k, e, s->ekey.bits, s->ekey_iv_bits))
		return PFKEY_DIAG_BAD_EKEYBITS;
	return alg_key_is_weak(e, s->ekey.b, secret_bytes(k->key))
		   ? PFKEY_DIAG_WEAK_EKEY
		   : 0;
}

/* RFC 4303 3.2: which ciphers go with which authentication; spec: sa 15. */
static uint16_t
check_esp(const struct crypto *c, const struct sa_spec *s, struct parts *ek,
    struct parts *ak)
{
	const struct alg *e = algset_by_id(c, ALG_ENCR, s->encr), *a;
	uint16_t diag = check_encr(c, s, ek);

	if (diag != 0)
		return diag;
	if ((e->flags & ALG_COMBINED) != 0) {
		if (s->auth != AALG_NONE)
			return PFKEY_DIAG_BAD_AALG;
		return s->akey.bits != 0 ? PFKEY_DIAG_AKEY_PRESENT : 0;
	}
	if (s->auth == AALG_NONE) {
		/* NULL with NULL; RFC 3686 7: a stream never without a MAC */
		if (alg_is(e, EALG_NULL) || (e->flags & ALG_COUNTER) != 0)
			return PFKEY_DIAG_BAD_AALG;
		return s->akey.bits != 0 ? PFKEY_DIAG_AKEY_PRESENT : 0;
	}
	a = algset_by_id(c, ALG_AUTH, s->auth);
	/* RFC 4543: its own ESP transform */
	if (a != NULL && alg_is(a, AALG_AES_GMAC))
		return PFKEY_DIAG_BAD_AALG;
	return check_auth(c, s, ak);
}

static bool
make_ah(struct sa *sa, const struct crypto *c, const struct sa_spec *s,
    uint16_t *diag)
{
	struct parts k;

	if (s->encr != EALG_NONE)
		*diag = PFKEY_DIAG_ENCR_NOTSUPP;
	else if (s->ekey.bits != 0)
		*diag = PFKEY_DIAG_EKEY_PRESENT;
	else
		*diag = check_auth(c, s, &k);
	if (*diag != 0)
		return false;
	sa->mac =
	    mac_new(c, algset_by_id(c, ALG_AUTH, s->auth), s->akey.b, k.key);
	return sa->mac != NULL;
}

static bool
make_esp(struct sa *sa, const struct crypto *c, const struct sa_spec *s,
    uint16_t *diag)
{
	struct parts ek = { 0 }, ak = { 0 };

	*diag = check_esp(c, s, &ek, &ak);
	if (*diag != 0)
		return false;

	struct aead_spec as = { .encr = algset_by_id(c, ALG_ENCR, s->encr),
		.integ = s->auth != AALG_NONE
			     ? algset_by_id(c, ALG_AUTH, s->auth)
			     : NULL,
		.ekey = s->ekey.b,
		.ekey_bits = ek.key,
		.akey = s->akey.b,
		.akey_bits = ak.key };

	sa->aead = aead_new(c, &as);
	if (ek.iv != 0) {
		size_t at = (ek.key + ek.salt) / 8u;
		struct rd r = rd_from(s->ekey.b + at, COUNTER_IV);

		sa->rest->iv_first = rd_be64(&r);
		sa->rest->given_iv = true;
	}
	return sa->aead != NULL;
}

static bool
wants_counter(const struct sa *sa)
{
	if (sa_is_ah(sa))
		return mac_info(sa->mac)->iv_len != 0;
	return aead_info(sa->aead)->counter_iv;
}

/* The first IV of a counter is random, unless it was given. */
static bool
start_iv(struct sa *sa, const struct rng *rng)
{
	uint8_t b[COUNTER_IV] = { 0 };
	struct rd r = rd_from(b, sizeof(b));

	if (wants_counter(sa) && !sa->rest->given_iv) {
		if (!rng->fill(rng->ctx, b, sizeof(b)))
			return false;
		sa->rest->iv_first = rd_be64(&r);
	}
	sa->iv_next = sa->rest->iv_first;
	return true;
}

static bool
start_replay(struct sa *sa, uint64_t top)
{
	struct sa_rest *r = sa->rest;
	void *mem = NULL;
	size_t room;

	/* RFC 4303 2.2, 3.4.3: without integrity a window protects nothing */
	if ((sa->flags & SAF_NOREPLAY) != 0 ||
	    (!sa_is_ah(sa) && aead_info(sa->aead)->icv_len == 0))
		r->window = 0;
	room = replay_room(r->window);
	if (room != 0 && (mem = calloc(1, room)) == NULL)
		return false;
	replay_init(&sa->replay, r->window, sa_is_esn(sa), top, mem);
	sa->seq = top;
	return true;
}

/* --- what not every SA has --- */

const struct sa_extra sa_no_extra;
const struct sa_lives sa_no_lives;
const struct sa_ident sa_no_ident;

struct sa_extra *
sa_make_extra(struct sa *sa)
{
	if (sa->rest->extra == NULL)
		sa->rest->extra = calloc(1, sizeof(*sa->rest->extra));
	return sa->rest->extra;
}

struct sa_lives *
sa_make_lives(struct sa *sa)
{
	struct sa_extra *x = sa_make_extra(sa);

	if (x != NULL && x->lives == NULL)
		x->lives = calloc(1, sizeof(*x->lives));
	return x != NULL ? x->lives : NULL;
}

void
sa_note_acquire(struct sa *sa, uint32_t seq)
{
	struct sa_extra *x = seq != 0 ? sa_make_extra(sa) : NULL;

	if (x != NULL)
		x->acquire_seq = seq;
}

/* False: no memory. */
static bool
keep_lives(struct sa *sa, const struct sa_spec *s)
{
	struct sa_lives *l;

	if (!sacheck_has_lives(s))
		return true;
	l = sa_make_lives(sa);
	if (l == NULL)
		return false;
	*l = (struct sa_lives){ s->hard, s->soft, s->idle };
	return true;
}

/* NULL: there is none, or (*ok false) no memory. */
static struct sa_ident *
keep_ident(const struct sa_ident *i, bool *ok)
{
	struct sa_ident *mine;

	if (i->type == 0 && i->len == 0)
		return NULL;
	mine = malloc(offsetof(struct sa_ident, id) + i->len + 1);
	if (mine == NULL)
		*ok = false;
	else
		saspec_copy_ident(mine, i);
	return mine;
}

/* What few have. False: no memory. */
static bool
keep_extra(struct sa *sa, const struct sa_spec *s)
{
	struct sa_extra *x;
	bool ok = true;

	if (s->more == NULL && s->sid.type == 0 && s->sid.len == 0 &&
	    s->did.type == 0 && s->did.len == 0 && s->kmc == 0 && s->kmp == 0 &&
	    s->isrc.a.fam == FAM_NONE && s->isrc.len == 0 &&
	    s->idst.a.fam == FAM_NONE && s->idst.len == 0 && s->iproto == 0 &&
	    s->isport == 0 && s->idport == 0 && s->sport == 0 &&
	    s->dport == 0 && s->proto == 0 && s->natt_lport == 0 &&
	    s->reqid == 0 && s->natt_loc.fam == FAM_NONE &&
	    s->natt_rem.fam == FAM_NONE)
		return true;
	x = sa_make_extra(sa);
	if (x == NULL)
		return false;
	x->kmc = s->kmc;
	x->kmp = s->kmp;
	x->isrc = s->isrc;
	x->idst = s->idst;
	x->iproto = s->iproto;
	x->isport = s->isport;
	x->idport = s->idport;
	x->sport = s->sport;
	x->dport = s->dport;
	x->proto = s->proto;
	x->natt_lport = s->natt_lport;
	x->reqid = s->reqid;
	x->natt_loc = s->natt_loc;
	x->natt_rem = s->natt_rem;
	x->sid = keep_ident(&s->sid, &ok);
	x->did = keep_ident(&s->did, &ok);
	if (s->more != NULL) {
		x->more = malloc(sizeof(*x->more));
		if (x->more == NULL)
			return false;
		*x->more = *s->more;
	}
	return ok;
}

static uint64_t
least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

void
sa_renew(struct sa *sa)
{
	const struct sa_lives *l = sa_lives(sa);

	sa->far_packets = sa->far_bytes = UINT64_MAX;
	if (l->hard.bytes != 0)
		sa->far_bytes = l->hard.bytes;
	if (l->hard.allocs != 0)
		sa->far_packets = l->hard.allocs + UINT64_C(1);
	if (sa->soft_sent)
		return;
	if (l->soft.bytes != 0)
		sa->far_bytes = least(sa->far_bytes, l->soft.bytes);
	if (l->soft.allocs != 0)
		sa->far_packets = least(sa->far_packets, l->soft.allocs);
}

/* --- life --- */

void
sa_pool_init(struct sa_pool *p)
{
	slab_init(&p->core, sizeof(struct sa));
	slab_init(&p->rest, sizeof(struct sa_rest));
}

void
sa_pool_fini(struct sa_pool *p)
{
	slab_fini(&p->core);
	slab_fini(&p->rest);
}

/* What is alone has both in one piece. */
struct alone {
	_Alignas(SA_LINE) struct sa sa;
	struct sa_rest rest;
};

static struct sa *
alloc_alone(void)
{
	struct alone *a = aligned_alloc(SA_LINE, sizeof(*a));

	if (a == NULL)
		return NULL;
	memset(a, 0, sizeof(*a));
	a->sa.rest = &a->rest;
	return &a->sa;
}

static struct sa *
alloc(struct sa_pool *p)
{
	struct sa *sa;

	if (p == NULL)
		return alloc_alone();
	sa = slab_alloc(&p->core);
	if (sa == NULL)
		return NULL;
	sa->rest = slab_alloc(&p->rest);
	if (sa->rest != NULL)
		return sa;
	slab_free(&p->core, sa);
	return NULL;
}

struct sa *
sa_larval_in(struct sa_pool *pool, const struct sa_spec *spec, struct now now)
{
	struct sa *sa = alloc(pool);
	struct sa_rest *r;

	if (sa == NULL)
		return NULL;
	sa->spi = spec->spi;
	sa->flags = spec->flags;
	sa->src = spec->src;
	sa->dst = spec->dst;
	sa->satype = spec->satype;
	sa->state = spec->state;
	sa->natt_rport = spec->natt_rport;
	sa->auth = spec->auth;
	sa->encr = spec->encr;
	list_init(&sa->all_link);
	r = sa->rest;
	r->window = spec->window & 0x1ffff;
	r->pair_spi = spec->pair_spi;
	r->added = now.mono;
	r->added_wall = (uint32_t)now.wall;
	if (!keep_lives(sa, spec) || !keep_extra(sa, spec)) {
		sa_free_in(pool, sa);
		return NULL;
	}
	sa_renew(sa);
	return sa;
}

struct sa *
sa_larval(const struct sa_spec *spec, struct now now)
{
	return sa_larval_in(NULL, spec, now);
}

struct sa *
sa_new_in(struct sa_pool *pool, const struct crypto *c, const struct rng *rng,
    const struct sa_spec *spec, struct now now, uint16_t *diag)
{
	struct sa *sa = sa_larval_in(pool, spec, now);
	bool made = false;

	*diag = 0;
	if (sa == NULL)
		return NULL;
	if (spec->satype == SATYPE_AH)
		made = make_ah(sa, c, spec, diag);
	else if (spec->satype == SATYPE_ESP)
		made = make_esp(sa, c, spec, diag);
	else
		*diag = PFKEY_DIAG_UNKNOWN_SATYPE;
	if (made && start_iv(sa, rng) && start_replay(sa, spec->replay_value))
		return sa;
	sa_free_in(pool, sa);
	return NULL;
}

struct sa *
sa_new(const struct crypto *c, const struct rng *rng,
    const struct sa_spec *spec, struct now now, uint16_t *diag)
{
	return sa_new_in(NULL, c, rng, spec, now, diag);
}

static void
extra_free(struct sa_extra *x)
{
	if (x == NULL)
		return;
	free(x->lives);
	free(x->more);
	free(x->sid);
	free(x->did);
	free(x);
}

void
sa_free_in(struct sa_pool *p, struct sa *sa)
{
	struct sa_rest *rest;

	if (sa == NULL)
		return;
	rest = sa->rest;
	if (sa_is_ah(sa))
		mac_free(sa->mac);
	else
		aead_free(sa->aead);
	extra_free(rest->extra);
	if (replay_words(&sa->replay) > REPLAY_SMALL)
		free(sa->replay.bits);
	/* what numbers and IVs come next is wiped, too */
	if (p != NULL) {
		slab_free(&p->rest, rest);
		slab_free(&p->core, sa);
	} else {
		secret_wipe(sa, sizeof(struct alone));
		free(sa);
	}
}

void
sa_free(struct sa *sa)
{
	sa_free_in(NULL, sa);
}

/* --- what it is --- */

struct aead_spec
sa_keys(const struct sa *sa)
{
	if (sa->aead == NULL)
		return (struct aead_spec){ .encr = NULL };
	return sa_is_ah(sa) ? mac_keys(sa->mac) : aead_keys(sa->aead);
}

unsigned
sa_akey_bits(const struct sa *sa)
{
	return sa_keys(sa).akey_bits;
}

unsigned
sa_ekey_bits(const struct sa *sa)
{
	return sa_keys(sa).ekey_bits;
}

/* The key and its salt; they fitted once. */
static uint8_t
put_key(
    struct secret *to, const struct alg *a, const uint8_t *key, unsigned bits)
{
	uint8_t salt = bits != 0 && a != NULL ? (uint8_t)(a->salt_len * 8) : 0;

	if (bits != 0 && !secret_set(to, key, bits + salt))
		return 0;
	return salt;
}

static void
put_keys(struct sa_spec *s, const struct sa *sa)
{
	struct aead_spec k = sa_keys(sa);
	size_t at;

	s->akey_salt_bits = put_key(&s->akey, k.integ, k.akey, k.akey_bits);
	s->ekey_salt_bits = put_key(&s->ekey, k.encr, k.ekey, k.ekey_bits);
	if (!sa->rest->given_iv)
		return;
	at = secret_bytes(s->ekey.bits);
	if (at + COUNTER_IV <= SECRET_MAX) {
		struct wr w = wr_into(s->ekey.b + at, COUNTER_IV);

		wr_be64(&w, sa->rest->iv_first);
		s->ekey_iv_bits = COUNTER_IV * 8;
		s->ekey.bits = (uint16_t)(s->ekey.bits + COUNTER_IV * 8);
	}
}

void
sa_describe(const struct sa *sa, struct sa_spec *s)
{
	const struct sa_rest *r = sa->rest;
	const struct sa_extra *x = sa_extra(sa);
	const struct sa_lives *l = sa_lives(sa);

	*s = (struct sa_spec){ .satype = sa->satype,
		.state = sa->state,
		.auth = sa->auth,
		.encr = sa->encr,
		.spi = sa->spi,
		.flags = sa->flags,
		.src = sa->src,
		.dst = sa->dst,
		.more = x->more,
		.proto = x->proto,
		.iproto = x->iproto,
		.sport = x->sport,
		.dport = x->dport,
		.isport = x->isport,
		.idport = x->idport,
		.isrc = x->isrc,
		.idst = x->idst,
		.natt_lport = x->natt_lport,
		.natt_rport = sa->natt_rport,
		.natt_loc = x->natt_loc,
		.natt_rem = x->natt_rem,
		.window = r->window,
		.pair_spi = r->pair_spi,
		.reqid = x->reqid,
		.hard = l->hard,
		.soft = l->soft,
		.idle = l->idle,
		.kmc = x->kmc,
		.kmp = x->kmp };
	saspec_copy_ident(&s->sid, sa_sid(sa));
	saspec_copy_ident(&s->did, sa_did(sa));
	put_keys(s, sa);
}

static bool
is_one_of(const struct addr *list, size_t n, const struct addr *a)
{
	for (size_t i = 0; i < n; i++)
		if (addr_equal(&list[i], a))
			return true;
	return false;
}

bool
sa_has_dst(const struct sa *sa, const struct addr *a)
{
	const struct sa_more *more;

	if (addr_equal(&sa->dst, a))
		return true;
	more = sa_extra(sa)->more;
	return more != NULL && is_one_of(more->dst, more->n_dst, a);
}

bool
sa_has_src(const struct sa *sa, const struct addr *a)
{
	const struct sa_more *more;

	if (addr_is_unspec(&sa->src) || addr_equal(&sa->src, a))
		return true;
	more = sa_extra(sa)->more;
	return more != NULL && is_one_of(more->src, more->n_src, a);
}

/* --- numbers and limits --- */

/*
 * RFC 4303 3.3.3: the numbers never cycle while the receiver may check them;
 * only an SA that says that nobody does goes on (spec: sa 21).
 */
static bool
next_seq(struct sa *sa, uint64_t *seq)
{
	uint64_t last = sa_is_esn(sa) ? UINT64_MAX : UINT32_MAX;

	if (sa->seq < last)
		*seq = sa->seq + 1;
	else if (sa->rest->window == 0 && (sa->flags & SAF_NOREPLAY) != 0)
		*seq = 0;
	else
		return false;
	return true;
}

static enum verdict
next(struct sa *sa, const struct rng *rng, uint64_t *seq, uint8_t iv[16])
{
	bool ah = sa_is_ah(sa), counter = wants_counter(sa);
	uint64_t n;

	memset(iv, 0, 16);
	if (!next_seq(sa, &n))
		return ah ? VERDICT_AH_REPLAY : VERDICT_ESP_REPLAY;
	/* RFC 4106 2, RFC 4543 2: no IV twice under one key */
	if (counter && sa->iv_used && sa->iv_next == sa->rest->iv_first)
		return ah ? VERDICT_AH_IV_WRAP : VERDICT_ESP_IV_WRAP;
	if (counter) {
		struct wr w = wr_into(iv, COUNTER_IV);

		wr_be64(&w, sa->iv_next++);
		sa->iv_used = true;
	} else if (!ah && aead_info(sa->aead)->iv_len != 0) {
		/* RFC 3602 2.1: unpredictable */
		if (!rng->fill(rng->ctx, iv, aead_info(sa->aead)->iv_len))
			return VERDICT_ESP_CRYPTO_FAILED;
	}
	sa->seq = *seq = n;
	return VERDICT_PASS;
}

enum verdict
sa_next(struct sa *sa, const struct rng *rng, uint64_t *seq, uint8_t iv[16])
{
	enum verdict v;

	shared_enter(sa);
	v = next(sa, rng, seq, iv);
	shared_leave(sa);
	return v;
}

void
sa_first_use(struct sa *sa, struct now now)
{
	if (sa->used == 0) {
		sa->used = now.mono;
		sa->rest->used_wall = (uint32_t)now.wall;
	}
	sa->flags |= SAF_USED;
}

static enum sa_check
account(struct sa *sa, uint64_t bytes, struct now now)
{
	const struct lifetime *h = &sa_lives(sa)->hard;
	const struct lifetime *s = &sa_lives(sa)->soft;
	struct sa_count *c = &sa->count;

	sa_account_run(sa, 1, bytes, now);
	if ((h->bytes != 0 && c->bytes >= h->bytes) ||
	    (h->allocs != 0 && c->packets > h->allocs))
		return SA_HARD;
	if ((s->bytes != 0 && c->bytes >= s->bytes) ||
	    (s->allocs != 0 && c->packets >= s->allocs))
		return sa->soft_sent ? SA_OK : SA_SOFT;
	return SA_OK;
}

enum sa_check
sa_account(struct sa *sa, uint64_t bytes, struct now now)
{
	enum sa_check c;

	shared_enter(sa);
	c = account(sa, bytes, now);
	shared_leave(sa);
	return c;
}

bool
sa_has_next(const struct sa *sa, uint64_t k)
{
	uint64_t last = sa_is_esn(sa) ? UINT64_MAX : UINT32_MAX;

	/* an SA of which all IVs were used has as many before it as behind */
	return last - sa->seq >= k &&
	       (!sa->iv_used || sa->rest->iv_first - sa->iv_next >= k ||
		   !wants_counter(sa));
}

/* Have that many seconds (0: never) passed since a time in ms? */
static bool
passed(uint64_t since, uint64_t seconds, uint64_t less, struct now now)
{
	if (seconds == 0 || now.mono < since)
		return false;
	/* a limit shorter than what is taken off ends after a second */
	seconds = seconds > less ? seconds - less : 1;
	return (now.mono - since) / 1000 >= seconds;
}

static bool
is_over(const struct sa *sa, const struct lifetime *l, uint64_t less,
    struct now now)
{
	return passed(sa->rest->added, l->addtime, less, now) ||
	       (sa->used != 0 && passed(sa->used, l->usetime, 0, now));
}

enum sa_check
sa_age(const struct sa *sa, struct now now)
{
	if (is_over(sa, &sa_lives(sa)->hard, 0, now))
		return SA_HARD;
	if (!sa->soft_sent &&
	    is_over(sa, &sa_lives(sa)->soft, sa->rest->soft_jitter, now))
		return SA_SOFT;
	return SA_OK;
}

bool
sa_is_idle(struct sa *sa, struct now now)
{
	const struct lifetime *l = &sa_lives(sa)->idle;
	uint64_t last;
	bool sent;

	shared_enter(sa);
	last = sa->last_use;
	sent = sa->idle_sent;
	shared_leave(sa);
	if (sent)
		return false;
	if (sa->used == 0)
		return passed(sa->rest->added, l->addtime, 0, now);
	return passed(last, l->usetime != 0 ? l->usetime : l->addtime, 0, now);
}

static bool
is_spent(const struct sa *sa, struct now now)
{
	const struct lifetime *l = &sa_lives(sa)->soft;

	return sa_age(sa, now) != SA_OK ||
	       (l->bytes != 0 && sa->count.bytes >= l->bytes) ||
	       (l->allocs != 0 && sa->count.packets >= l->allocs);
}

void
sa_set_lives(struct sa *sa, const struct sa_spec *s, struct now now)
{
	bool soft_sent = sa->soft_sent;

	if (sacheck_has_lives(s))
		sacheck_merge(sa->rest->extra->lives, s);
	sa->idle_sent = false;
	sa_renew(sa);
	if (sa->state != SA_DYING)
		return;
	/* a later soft limit: it has not been reached after all */
	sa->soft_sent = false;
	if (is_spent(sa, now))
		sa->soft_sent = soft_sent;
	else
		sa->state = SA_MATURE; /* as alive as before */
	sa_renew(sa);
}

bool
sa_room_for_lives(struct sa *sa, const struct sa_spec *s)
{
	return !sacheck_has_lives(s) || sa_make_lives(sa) != NULL;
}
