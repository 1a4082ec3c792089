/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/sa.h"

#include <stdlib.h>

#include "crypto/algset.h"
#include "wire/pfkey_diag.h"

enum { COUNTER_IV = 8 };

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
make_ah(struct sa *sa, const struct crypto *c, uint16_t *diag)
{
	struct parts k;
	const struct sa_spec *s = &sa->spec;

	if (s->encr != EALG_NONE)
		*diag = PFKEY_DIAG_ENCR_NOTSUPP;
	else if (s->ekey.bits != 0)
		*diag = PFKEY_DIAG_EKEY_PRESENT;
	else
		*diag = check_auth(c, s, &k);
	if (*diag != 0)
		return false;
	sa->spec.akey_salt_bits = (uint8_t)k.salt;
	sa->mac =
	    mac_new(c, algset_by_id(c, ALG_AUTH, s->auth), s->akey.b, k.key);
	return sa->mac != NULL;
}

static bool
make_esp(struct sa *sa, const struct crypto *c, uint16_t *diag)
{
	struct parts ek = { 0 }, ak = { 0 };
	const struct sa_spec *s = &sa->spec;

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

	sa->spec.ekey_salt_bits = (uint8_t)ek.salt;
	sa->aead = aead_new(c, &as);
	if (ek.iv != 0) {
		size_t at = (ek.key + ek.salt) / 8u;
		struct rd r = rd_from(s->ekey.b + at, COUNTER_IV);

		sa->iv_first = rd_be64(&r);
	}
	return sa->aead != NULL;
}

static bool
wants_counter(const struct sa *sa)
{
	if (sa->mac != NULL)
		return mac_info(sa->mac)->iv_len != 0;
	return aead_info(sa->aead)->counter_iv;
}

/* The first IV of a counter is random, unless it was given. */
static bool
start_iv(struct sa *sa, const struct rng *rng)
{
	uint8_t b[COUNTER_IV] = { 0 };
	struct rd r = rd_from(b, sizeof(b));

	if (wants_counter(sa) && sa->spec.ekey_iv_bits == 0) {
		if (!rng->fill(rng->ctx, b, sizeof(b)))
			return false;
		sa->iv_first = rd_be64(&r);
	}
	sa->iv_next = sa->iv_first;
	return true;
}

static bool
start_replay(struct sa *sa)
{
	struct sa_spec *s = &sa->spec;

	/* RFC 4303 2.2, 3.4.3: without integrity a window protects nothing */
	if ((s->flags & SAF_NOREPLAY) != 0 ||
	    (sa->aead != NULL && aead_info(sa->aead)->icv_len == 0))
		s->window = 0;

	size_t room = replay_room(s->window);

	if (room != 0) {
		sa->replay_mem = calloc(1, room);
		if (sa->replay_mem == NULL)
			return false;
	}
	replay_init(&sa->replay, s->window, sa_is_esn(sa), s->replay_value,
	    sa->replay_mem);
	sa->seq = s->replay_value;
	return true;
}

struct sa *
sa_larval(const struct sa_spec *spec, struct now now)
{
	struct sa *sa = calloc(1, sizeof(*sa));

	if (sa == NULL)
		return NULL;
	sa->spec = *spec;
	if (spec->more != NULL) {
		sa->more_mem = malloc(sizeof(*spec->more));
		if (sa->more_mem == NULL) {
			sa_free(sa);
			return NULL;
		}
		memcpy(sa->more_mem, spec->more, sizeof(*spec->more));
		sa->spec.more = sa->more_mem;
	}
	sa->added = now;
	list_init(&sa->name.id_link);
	list_init(&sa->name.out_link);
	list_init(&sa->sel_link);
	list_init(&sa->all_link);
	return sa;
}

struct sa *
sa_new(const struct crypto *c, const struct rng *rng,
    const struct sa_spec *spec, struct now now, uint16_t *diag)
{
	struct sa *sa = sa_larval(spec, now);
	bool made = false;

	*diag = 0;
	if (sa == NULL)
		return NULL;
	if (spec->satype == SATYPE_AH)
		made = make_ah(sa, c, diag);
	else if (spec->satype == SATYPE_ESP)
		made = make_esp(sa, c, diag);
	else
		*diag = PFKEY_DIAG_UNKNOWN_SATYPE;
	if (made && start_iv(sa, rng) && start_replay(sa))
		return sa;
	sa_free(sa);
	return NULL;
}

void
sa_free(struct sa *sa)
{
	if (sa == NULL)
		return;
	aead_free(sa->aead);
	mac_free(sa->mac);
	free(sa->replay_mem);
	free(sa->more_mem);
	saspec_fini(&sa->spec);
	free(sa);
}

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
	else if (sa->spec.window == 0 && (sa->spec.flags & SAF_NOREPLAY) != 0)
		*seq = 0;
	else
		return false;
	return true;
}

enum verdict
sa_next(struct sa *sa, const struct rng *rng, uint64_t *seq, uint8_t iv[16])
{
	bool ah = sa->mac != NULL, counter = wants_counter(sa);
	uint64_t n;

	memset(iv, 0, 16);
	if (!next_seq(sa, &n))
		return ah ? VERDICT_AH_REPLAY : VERDICT_ESP_REPLAY;
	/* RFC 4106 2, RFC 4543 2: no IV twice under one key */
	if (counter && sa->iv_used && sa->iv_next == sa->iv_first)
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

enum sa_check
sa_account(struct sa *sa, uint64_t bytes, struct now now)
{
	const struct lifetime *h = &sa->spec.hard, *s = &sa->spec.soft;
	struct sa_count *c = &sa->count;

	if (sa->used.mono == 0)
		sa->used = now;
	sa->last_use = now.mono;
	sa->idle_sent = false;
	sa->spec.flags |= SAF_USED;
	c->packets++;
	c->bytes += bytes;
	if ((h->bytes != 0 && c->bytes >= h->bytes) ||
	    (h->allocs != 0 && c->packets > h->allocs))
		return SA_HARD;
	if ((s->bytes != 0 && c->bytes >= s->bytes) ||
	    (s->allocs != 0 && c->packets >= s->allocs))
		return sa->soft_sent ? SA_OK : SA_SOFT;
	return SA_OK;
}

bool
sa_has_next(const struct sa *sa, uint64_t k)
{
	uint64_t last = sa_is_esn(sa) ? UINT64_MAX : UINT32_MAX;

	/* an SA of which all IVs were used has as many before it as behind */
	return last - sa->seq >= k &&
	       (!sa->iv_used || sa->iv_first - sa->iv_next >= k ||
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
	return passed(sa->added.mono, l->addtime, less, now) ||
	       (sa->used.mono != 0 &&
		   passed(sa->used.mono, l->usetime, 0, now));
}

enum sa_check
sa_age(const struct sa *sa, struct now now)
{
	if (is_over(sa, &sa->spec.hard, 0, now))
		return SA_HARD;
	if (!sa->soft_sent && is_over(sa, &sa->spec.soft, sa->soft_jitter, now))
		return SA_SOFT;
	return SA_OK;
}

bool
sa_is_idle(const struct sa *sa, struct now now)
{
	const struct lifetime *l = &sa->spec.idle;

	if (sa->idle_sent)
		return false;
	if (sa->used.mono == 0)
		return passed(sa->added.mono, l->addtime, 0, now);
	return passed(
	    sa->last_use, l->usetime != 0 ? l->usetime : l->addtime, 0, now);
}
