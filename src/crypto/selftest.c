/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/selftest.h"

#include "base/secret.h"

#include "crypto/etm.h"
#include "crypto/way.h"

enum { TEXT_MAX = 512 };

/* A known answer as bytes. */
struct answer {
	const struct alg *alg;
	unsigned bits;
	bool esn, folded;
	uint8_t key[80], aad[12], iv[16], icv[64], out[TEXT_MAX];
	uint8_t in[TEXT_MAX];
	size_t len, icv_len, out_len;
};

static unsigned
hex_digit(char c)
{
	return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* Lower-case digits of our own table; what does not fit is cut. */
static size_t
unhex(uint8_t *to, size_t cap, const char *s)
{
	size_t n = 0;

	if (s == NULL)
		return 0;
	for (; n < cap && s[0] != '\0' && s[1] != '\0'; s += 2)
		to[n++] = (uint8_t)(hex_digit(s[0]) << 4 | hex_digit(s[1]));
	return n;
}

static bool
answer_from(struct answer *w, const struct kat *k)
{
	memset(w, 0, sizeof(*w));
	w->alg = alg_by_id((enum alg_table)k->table, k->id);
	w->bits = k->bits;
	w->esn = k->esn;
	w->folded = k->in == NULL;
	if (w->alg == NULL || k->len > TEXT_MAX)
		return false;
	w->icv_len = unhex(w->icv, sizeof(w->icv), k->icv);
	w->out_len = unhex(w->out, sizeof(w->out), k->out);
	if (!w->folded) {
		unhex(w->key, sizeof(w->key), k->key);
		unhex(w->aad, sizeof(w->aad), k->aad);
		unhex(w->iv, sizeof(w->iv), k->iv);
		w->len = unhex(w->in, sizeof(w->in), k->in);
		return true;
	}
	unhex(w->aad, sizeof(w->aad), k->esn ? KAT_AAD_ESN : KAT_AAD);
	for (size_t i = 0; i < sizeof(w->key); i++)
		w->key[i] = KAT_KEY(i);
	for (size_t i = 0; i < sizeof(w->iv); i++)
		w->iv[i] = KAT_IV(i);
	for (w->len = 0; w->len < k->len; w->len++)
		w->in[w->len] = KAT_IN(w->len);
	return true;
}

static bool
text_is(const struct answer *w, const uint8_t *ct)
{
	uint8_t fold[16] = { 0 };

	if (!w->folded)
		return w->out_len == w->len && memcmp(ct, w->out, w->len) == 0;
	for (size_t i = 0; i < w->len; i++)
		fold[i % sizeof(fold)] ^= ct[i];
	return w->out_len == sizeof(fold) &&
	       memcmp(fold, w->out, sizeof(fold)) == 0;
}

static bool
aead_answers_with(const struct aead_way *a, void *x, const struct answer *w)
{
	uint8_t hdr[8], out[TEXT_MAX], icv[64];
	struct aead_op op = { .hdr = hdr,
		.esn = w->esn,
		.iv = w->iv,
		.in = w->in,
		.out = out,
		.len = w->len,
		.icv = icv };
	bool ok;

	memcpy(hdr, w->aad, 4);
	memcpy(hdr + 4, w->aad + (w->esn ? 8 : 4), 4);
	op.seq_hi = (uint32_t)w->aad[4] << 24 | (uint32_t)w->aad[5] << 16 |
		    (uint32_t)w->aad[6] << 8 | w->aad[7];
	a->seal(a, &x, &op, 1);
	ok = op.ok && a->info.icv_len == w->icv_len && text_is(w, out) &&
	     memcmp(icv, w->icv, w->icv_len) == 0;
	/* back, in place */
	op.in = out;
	if (ok) {
		a->open(a, &x, &op, 1);
		ok = op.ok && memcmp(out, w->in, w->len) == 0;
	}
	if (ok && w->icv_len != 0) {
		icv[w->icv_len - 1] ^= 1;
		a->open(a, &x, &op, 1);
		ok = !op.ok;
	}
	return ok;
}

/* Takes a over. */
static bool
aead_answers(
    struct aead_way *a, const struct aead_spec *s, const struct answer *w)
{
	void *x = way_new(&a->way, s);
	bool ok = x != NULL && aead_answers_with(a, x, w);

	way_free(&a->way, x);
	way_drop(&a->way);
	return ok;
}

static bool
encr_answers(const struct crypto_slot *s, const struct answer *w)
{
	const struct aead_spec spec = {
		.encr = w->alg, .ekey = w->key, .ekey_bits = w->bits
	};
	struct aead_way a = { 0 };
	struct cipher_way c = { 0 };
	bool known = false, ok = true, null = w->alg->id == EALG_NULL;

	if (s->be->aead(s->st, &spec, &a)) {
		known = true;
		ok = aead_answers(&a, &spec, w);
	}
	if ((w->alg->flags & ALG_COMBINED) != 0)
		return known && ok;
	if (null || s->be->cipher(s->st, w->alg, w->bits, &c)) {
		known = true;
		ok = etm_join(&spec, null ? NULL : &c, NULL, &a) &&
		     aead_answers(&a, &spec, w) && ok;
	}
	return known && ok;
}

/* Twice, since the second use of a context is another path; in odd pieces. */
static bool
sign_answers(const struct mac_way *m, void *x, const struct answer *w)
{
	size_t cut = w->len < 5 ? w->len : 5;
	const struct mac_part part[] = { { w->in, cut },
		{ w->in + cut, w->len - cut } };
	uint8_t icv[2][64] = { { 0 } };
	struct mac_op op[2];
	void *both[2] = { x, x };
	bool ok = m->info.icv_len == w->icv_len;

	for (size_t i = 0; i < 2 && m->sign != NULL; i++) {
		ok = ok && m->sign(m, x, icv[i], w->iv, part, 2) &&
		     memcmp(icv[i], w->icv, w->icv_len) == 0;
		memset(icv[i], 0, sizeof(icv[i]));
	}
	if (!ok || m->sign_n == NULL || w->len == 0)
		return ok;
	for (size_t i = 0; i < 2; i++)
		op[i] = (struct mac_op){
			.iv = w->iv, .part = part, .n = 2, .icv = icv[i]
		};
	m->sign_n(m, both, op, 2);
	for (size_t i = 0; i < 2; i++)
		ok = ok && op[i].ok && memcmp(icv[i], w->icv, w->icv_len) == 0;
	return ok;
}

/* Takes m over. */
static bool
mac_answers(
    struct mac_way *m, const struct aead_spec *s, const struct answer *w)
{
	void *x = way_new(&m->way, s);
	bool ok = x != NULL && sign_answers(m, x, w);

	way_free(&m->way, x);
	way_drop(&m->way);
	return ok;
}

/*
 * A MAC in ESP under NULL encryption: the message's first 8 bytes stand where
 * SPI and sequence number do.
 */
static bool
with_null(const struct crypto_slot *s, const struct answer *w,
    const struct aead_spec *mac, bool *known)
{
	struct aead_spec spec = *mac;
	struct aead_way a = { 0 };
	struct answer pair;

	spec.encr = alg_by_id(ALG_ENCR, EALG_NULL);
	if (w->len < 8 || w->alg->iv_len != 0 || !s->be->aead(s->st, &spec, &a))
		return true;
	*known = true;
	pair = *w;
	pair.folded = false;
	memcpy(pair.aad, w->in, 8);
	pair.len = w->len - 8;
	memmove(pair.in, w->in + 8, pair.len);
	memcpy(pair.out, pair.in, pair.len);
	pair.out_len = pair.len;
	return aead_answers(&a, &spec, &pair);
}

static bool
auth_answers(const struct crypto_slot *s, const struct answer *w)
{
	const struct aead_spec spec = {
		.integ = w->alg, .akey = w->key, .akey_bits = w->bits
	};
	struct mac_way m = { 0 };
	bool ok = true, known = false;

	if (s->be->mac(s->st, w->alg, w->bits, &m)) {
		known = true;
		ok = mac_answers(&m, &spec, w);
	}
	ok = with_null(s, w, &spec, &known) && ok;
	return ok && (known || w->len < 8);
}

bool
selftest_run(const struct crypto_slot *s, const struct kat *k)
{
	struct answer w;

	if (!answer_from(&w, k))
		return false;
	if (w.alg->table == ALG_AUTH)
		return auth_answers(s, &w);
	return encr_answers(s, &w);
}
