/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/keymat.h"

static struct mac_part
part(struct ike_view v)
{
	/* a view of nothing may have no address */
	return (struct mac_part){ v.n != 0 ? v.p : (const uint8_t *)"", v.n };
}

/* A secret of the prf's length, or none. */
static bool
done(struct secret *s, const struct ikealg *prf, bool ok)
{
	if (ok)
		s->bits = (uint16_t)(prf_len(prf) * 8);
	else
		secret_fini(s);
	return ok;
}

static bool
prf_fits(const struct ikealg *prf)
{
	return prf_len(prf) <= SECRET_MAX;
}

bool
keymat_seed(
    const struct keymat *k, struct ike_view shared, struct secret *skeyseed)
{
	/*
	 * RFC 7296 2.14: a prf with keys of fixed length takes half of it from
	 * each nonce: 64 bits each (RFC 4434, RFC 4615).
	 */
	size_t half = (k->prf->flags & IKEALG_SHORT_NONCES) != 0 ? 8 : 256;
	struct mac_part p = part(shared);
	uint8_t key[512];
	struct wr w = wr_into(key, sizeof(key));
	bool ok;

	wr_bytes(&w, k->ni.p, k->ni.n < half ? k->ni.n : half);
	wr_bytes(&w, k->nr.p, k->nr.n < half ? k->nr.n : half);
	ok = !w.bad && prf_fits(k->prf) &&
	     prf_sign(k->crypto, k->prf, key, w.len, &p, 1, skeyseed->b);
	return done(skeyseed, k->prf, ok);
}

bool
keymat_reseed(const struct keymat *k, const struct ikealg *prf_old,
    const struct secret *sk_d_old, const struct keymat_dh *dh,
    struct secret *skeyseed)
{
	struct mac_part p[] = { part(dh->shared), part(k->ni), part(k->nr),
		part(dh->more) };
	bool ok = prf_fits(prf_old) &&
		  prf_sign(k->crypto, prf_old, sk_d_old->b,
		      secret_bytes(sk_d_old->bits), p, 4, skeyseed->b);

	return done(skeyseed, prf_old, ok);
}

bool
keymat_resume(const struct keymat *k, const struct secret *sk_d_old,
    struct secret *skeyseed)
{
	static const uint8_t label[] = "Resumption";
	struct mac_part p[] = { { label, sizeof(label) - 1 }, part(k->ni),
		part(k->nr) };
	bool ok = prf_fits(k->prf) &&
		  prf_sign(k->crypto, k->prf, sk_d_old->b,
		      secret_bytes(sk_d_old->bits), p, 3, skeyseed->b);

	return done(skeyseed, k->prf, ok);
}

struct slice {
	struct secret *to;
	size_t n; /* bytes */
};

/* prf+ of the seed, cut into keys one behind the other. */
static bool
derive(const struct keymat *k, const struct secret *key,
    const struct mac_part *seed, size_t n_seed, const struct slice *s, size_t n)
{
	uint8_t out[7 * SECRET_MAX];
	struct rd r;
	size_t total = 0;
	bool ok = true;

	for (size_t i = 0; i < n; i++) {
		ok = ok && s[i].n <= SECRET_MAX;
		total += s[i].n;
	}
	ok = ok && total <= sizeof(out) &&
	     prf_plus(k->crypto, k->prf, key->b, secret_bytes(key->bits), seed,
		 n_seed, out, total);
	r = rd_from(out, ok ? total : 0);
	for (size_t i = 0; i < n; i++) {
		const uint8_t *p = rd_take(&r, s[i].n);

		*s[i].to = (struct secret){ 0 };
		ok = ok && p != NULL &&
		     secret_set(s[i].to, p, (unsigned)(s[i].n * 8));
	}
	for (size_t i = 0; !ok && i < n; i++)
		secret_fini(s[i].to);
	secret_wipe(out, sizeof(out));
	return ok;
}

bool
keymat_ike(const struct keymat *k, const struct secret *skeyseed,
    uint64_t spi_i, uint64_t spi_r, size_t n_integ, size_t n_encr,
    struct keymat_ike *out)
{
	size_t n_prf = prf_len(k->prf);
	uint8_t spis[16];
	struct wr w = wr_into(spis, sizeof(spis));
	struct mac_part seed[] = { part(k->ni), part(k->nr),
		{ spis, sizeof(spis) } };
	/* RFC 7296 2.14: in this order */
	struct slice s[] = { { &out->d, n_prf }, { &out->ai, n_integ },
		{ &out->ar, n_integ }, { &out->ei, n_encr },
		{ &out->er, n_encr }, { &out->pi, n_prf },
		{ &out->pr, n_prf } };

	wr_be64(&w, spi_i);
	wr_be64(&w, spi_r);
	return derive(k, skeyseed, seed, 3, s, sizeof(s) / sizeof(s[0]));
}

void
keymat_ike_fini(struct keymat_ike *s)
{
	secret_wipe(s, sizeof(*s));
}

bool
keymat_child(const struct keymat *k, const struct secret *sk_d,
    const struct keymat_dh *dh, size_t n_encr, size_t n_integ,
    struct keymat_child *out)
{
	struct mac_part seed[4];
	size_t n = 0;
	/* RFC 7296 2.17: first what goes from the initiator to the responder */
	struct slice s[] = { { &out->ei, n_encr }, { &out->ai, n_integ },
		{ &out->er, n_encr }, { &out->ar, n_integ } };

	if (dh != NULL)
		seed[n++] = part(dh->shared);
	seed[n++] = part(k->ni);
	seed[n++] = part(k->nr);
	if (dh != NULL) /* RFC 9370 2.2.4 */
		seed[n++] = part(dh->more);
	return derive(k, sk_d, seed, n, s, sizeof(s) / sizeof(s[0]));
}

void
keymat_child_fini(struct keymat_child *s)
{
	secret_wipe(s, sizeof(*s));
}

/* RFC 8784 3: X = prf+ (PPK, X') */
static bool
mix(const struct keymat *k, const struct secret *ppk, struct secret *x)
{
	uint8_t old[SECRET_MAX];
	size_t n = secret_bytes(x->bits);
	struct mac_part seed = { old, n };
	struct slice s = { x, n };
	bool ok;

	memcpy(old, x->b, n);
	ok = derive(k, ppk, &seed, 1, &s, 1);
	secret_wipe(old, sizeof(old));
	return ok;
}

bool
keymat_ppk(const struct keymat *k, struct ike_view ppk, struct keymat_ike *keys)
{
	struct secret key;
	bool ok = ppk.n > 0 && ppk.n <= SECRET_MAX &&
		  secret_set(&key, ppk.p, (unsigned)(ppk.n * 8));

	ok = ok && mix(k, &key, &keys->d) && mix(k, &key, &keys->pi) &&
	     mix(k, &key, &keys->pr);
	secret_wipe(&key, sizeof(key));
	if (!ok)
		keymat_ike_fini(keys);
	return ok;
}

bool
keymat_shared_auth(const struct keymat *k, struct ike_view shared,
    struct ike_view octets, uint8_t *auth)
{
	static const uint8_t pad[] = "Key Pad for IKEv2"; /* without the NUL */
	struct mac_part inner = { pad, sizeof(pad) - 1 }, p = part(octets);
	struct mac_part key = part(shared);
	uint8_t padded[PRF_MAX];
	bool ok;

	memset(auth, 0, prf_len(k->prf));
	ok = prf_sign(k->crypto, k->prf, key.p, key.n, &inner, 1, padded) &&
	     prf_sign(k->crypto, k->prf, padded, prf_len(k->prf), &p, 1, auth);
	secret_wipe(padded, sizeof(padded));
	return ok;
}
