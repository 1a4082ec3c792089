/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/prf.h"

#include "base/secret.h"

#include "crypto/way.h"

/* One key at work. */
struct prf {
	struct alg row; /* the MAC, uncut */
	struct mac_way way;
	void *x; /* mem, or NULL: nothing there */
	_Alignas(64) uint8_t mem[WAY_SIZE];
};

/* The row of the MAC under it, NULL when that is not usable. */
static const struct alg *
mac_row(const struct crypto *c, const struct ikealg *prf)
{
	const struct alg *a = prf != NULL && prf->type == IKEALG_PRF
				  ? alg_by_id(ALG_AUTH, prf->alg)
				  : NULL;

	return a != NULL && crypto_usable(c, a) ? a : NULL;
}

bool
prf_usable(const struct crypto *c, const struct ikealg *prf)
{
	return mac_row(c, prf) != NULL;
}

static void
done(struct prf *p)
{
	if (p->x != NULL)
		way_clear(&p->way.way, p->x);
	way_drop(&p->way.way);
	p->x = NULL;
}

/* Key of a length that the MAC takes as it is. */
static bool
expand(struct prf *p, const struct crypto *c, const uint8_t *key, size_t n)
{
	static const uint8_t none[1];
	const struct aead_spec s = { .integ = &p->row,
		.akey = n != 0 ? key : none,
		.akey_bits = (unsigned)n * 8 };

	p->x = NULL;
	memset(&p->way, 0, sizeof(p->way));
	if (!crypto_mac(c, &p->row, s.akey_bits, &p->way))
		return false;
	if (way_fill(&p->way.way, p->mem, &s))
		p->x = p->mem;
	else
		done(p);
	return p->x != NULL;
}

static bool
sign(const struct prf *p, const struct mac_part *part, size_t n, uint8_t *out)
{
	return p->way.sign(&p->way, p->x, out, NULL, part, n);
}

/*
 * RFC 4434 2, RFC 4615 3: a key that is not 16 bytes becomes 16 bytes. XCBC pads
 * a short one with zeros; all else is the MAC of the key under a key of zeros.
 */
static bool
expand_aes(struct prf *p, const struct crypto *c, const uint8_t *key, size_t n)
{
	uint8_t k[16] = { 0 };
	bool ok = true;

	if (n == 16 || (n < 16 && p->row.id == AALG_AES_XCBC)) {
		if (n != 0)
			memcpy(k, key, n);
	} else {
		ok = expand(p, c, k, 16) &&
		     sign(p, &(struct mac_part){ key, n }, n != 0, k);
		done(p);
	}
	ok = ok && expand(p, c, k, 16);
	secret_wipe(k, sizeof(k));
	return ok;
}

static bool
begin(struct prf *p, const struct crypto *c, const struct ikealg *prf,
    const uint8_t *key, size_t n)
{
	const struct alg *a = mac_row(c, prf);

	p->x = NULL;
	memset(&p->way, 0, sizeof(p->way));
	if (a == NULL || n > AEAD_PACKET_MAX)
		return false;
	p->row = *a;
	p->row.icv_len = (uint8_t)prf_len(prf);
	if (a->id == AALG_AES_XCBC || a->id == AALG_AES_CMAC)
		return expand_aes(p, c, key, n);
	/* HMAC takes any (RFC 2104 2) */
	return expand(p, c, key, n);
}

bool
prf_sign(const struct crypto *c, const struct ikealg *prf, const uint8_t *key,
    size_t n_key, const struct mac_part *part, size_t n, uint8_t *out)
{
	struct prf p;
	bool ok = n <= PRF_PARTS && begin(&p, c, prf, key, n_key);

	if (ok) {
		ok = sign(&p, part, n, out);
		done(&p);
	}
	if (!ok && prf != NULL)
		memset(out, 0, prf_len(prf));
	return ok;
}

/* T1 = prf(K, S | 1), T2 = prf(K, T1 | S | 2), ... */
static bool
blocks(const struct prf *p, const struct mac_part *seed, size_t n, uint8_t *out,
    size_t len)
{
	struct mac_part part[PRF_PARTS] = { { 0 } };
	uint8_t t[PRF_MAX], count = 0;
	size_t size = p->row.icv_len;
	bool ok = true;

	part[0].p = t;
	for (size_t i = 0; i < n; i++)
		part[1 + i] = seed[i];
	part[1 + n] = (struct mac_part){ &count, 1 };
	for (size_t take; len != 0 && ok; len -= take, out += take) {
		take = len < size ? len : size;
		count++;
		ok = sign(p, part, n + 2, t);
		memcpy(out, t, take);
		part[0].n = size;
	}
	secret_wipe(t, sizeof(t));
	return ok;
}

bool
prf_plus(const struct crypto *c, const struct ikealg *prf, const uint8_t *key,
    size_t n_key, const struct mac_part *seed, size_t n, uint8_t *out,
    size_t len)
{
	struct prf p;
	/* RFC 7296 2.13: the count is one byte */
	bool ok = n <= PRF_PARTS - 2 && prf != NULL &&
		  len <= 255 * prf_len(prf) && begin(&p, c, prf, key, n_key);

	if (ok) {
		ok = blocks(&p, seed, n, out, len);
		done(&p);
	}
	if (!ok)
		secret_wipe(out, len);
	return ok;
}
