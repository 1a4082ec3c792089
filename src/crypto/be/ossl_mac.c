/* SPDX-License-Identifier: BSD-2-Clause */
/* MACs on EVP: HMAC, AES-CMAC, AES-GMAC for AH, AES-XCBC-MAC. */
#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <stdlib.h>

#include "base/secret.h"

#include "crypto/be/ossl.h"

/* One structure for all; each kind uses its context. */
struct ossl_mac {
	EVP_MAC_CTX *mac;    /* HMAC, CMAC */
	EVP_CIPHER_CTX *aes; /* GMAC: GCM; XCBC: CBC under K1 */
	uint8_t salt[4];     /* GMAC */
	uint8_t k2[16], k3[16];
};

/* RFC 2104, RFC 4493. The context keeps the key, HMAC its inner and outer. */
static bool
ossl_mac_sign(const struct mac_way *w, void *x, uint8_t *icv, const uint8_t *iv,
    const struct mac_part *part, size_t n)
{
	const struct ossl_mac *m = x;
	EVP_MAC_CTX *ctx = m->mac;
	uint8_t full[EVP_MAX_MD_SIZE];
	size_t len = 0;

	(void)iv;
	if (EVP_MAC_init(ctx, NULL, 0, NULL) != 1)
		return false;
	for (size_t i = 0; i < n; i++)
		if (EVP_MAC_update(ctx, part[i].p, part[i].n) != 1)
			return false;
	if (EVP_MAC_final(ctx, full, &len, sizeof(full)) != 1 ||
	    len < w->info.icv_len)
		return false;
	memcpy(icv, full, w->info.icv_len);
	return true;
}

/* RFC 4543 3.3: GCM without plaintext; the message is authenticated data. */
static bool
ossl_gmac_sign(const struct mac_way *w, void *x, uint8_t *icv,
    const uint8_t *iv, const struct mac_part *part, size_t n)
{
	const struct ossl_mac *m = x;
	uint8_t nonce[12], none[16];
	int len = 0;

	memcpy(nonce, m->salt, 4);
	memcpy(nonce + 4, iv, 8);
	if (EVP_EncryptInit_ex2(m->aes, NULL, NULL, nonce, NULL) != 1)
		return false;
	for (size_t i = 0; i < n; i++)
		if (part[i].n > INT_MAX ||
		    (part[i].n != 0 && EVP_EncryptUpdate(m->aes, NULL, &len,
					   part[i].p, (int)part[i].n) != 1))
			return false;
	return EVP_EncryptFinal_ex(m->aes, none, &len) == 1 &&
	       EVP_CIPHER_CTX_ctrl(
		   m->aes, EVP_CTRL_AEAD_GET_TAG, w->info.icv_len, icv) == 1;
}

/* A CBC-MAC that takes pieces and holds the last block back. */
struct xcbc {
	EVP_CIPHER_CTX *aes;
	uint8_t block[16]; /* not yet encrypted */
	size_t fill;
	bool ok;
};

/* Encrypt whole blocks for the sake of the chaining value. */
static void
xcbc_blocks(struct xcbc *x, const uint8_t *p, size_t n)
{
	uint8_t sink[256];
	int len = 0;

	for (size_t step; n != 0 && x->ok; p += step, n -= step) {
		step = n < sizeof(sink) ? n : sizeof(sink);
		x->ok =
		    EVP_EncryptUpdate(x->aes, sink, &len, p, (int)step) == 1;
	}
}

static void
xcbc_feed(struct xcbc *x, const uint8_t *p, size_t n)
{
	size_t take = sizeof(x->block) - x->fill;

	if (n <= take) {
		if (n != 0)
			memcpy(x->block + x->fill, p, n);
		x->fill += n;
		return;
	}
	memcpy(x->block + x->fill, p, take);
	xcbc_blocks(x, x->block, sizeof(x->block));
	p += take;
	n -= take;
	/* at least one byte stays, so that the last block is known */
	take = (n - 1) / 16 * 16;
	xcbc_blocks(x, p, take);
	x->fill = n - take;
	memcpy(x->block, p + take, x->fill);
}

/* RFC 3566 4: K2 goes into a full last block, K3 into a padded one. */
static bool
ossl_xcbc_sign(const struct mac_way *w, void *x, uint8_t *icv,
    const uint8_t *iv, const struct mac_part *part, size_t n)
{
	static const uint8_t zero_iv[16];
	const struct ossl_mac *m = x;
	struct xcbc c = { .aes = m->aes };
	const uint8_t *last = m->k2;
	uint8_t mac[16];
	int len = 0;

	(void)iv;
	c.ok = EVP_EncryptInit_ex2(m->aes, NULL, NULL, zero_iv, NULL) == 1;
	for (size_t i = 0; i < n; i++)
		xcbc_feed(&c, part[i].p, part[i].n);
	if (c.fill < 16) {
		last = m->k3;
		c.block[c.fill] = 0x80;
		memset(c.block + c.fill + 1, 0, 15 - c.fill);
	}
	for (size_t i = 0; i < 16; i++)
		c.block[i] ^= last[i];
	if (!c.ok || EVP_EncryptUpdate(m->aes, mac, &len, c.block, 16) != 1 ||
	    len != 16)
		return false;
	memcpy(icv, mac, w->info.icv_len);
	return true;
}

static void
ossl_mac_release(const struct way *w, void *x)
{
	struct ossl_mac *m = x;

	(void)w;
	EVP_MAC_CTX_free(m->mac);
	EVP_CIPHER_CTX_free(m->aes);
}

static bool
key_mac(struct ossl_mac *m, EVP_MAC *evp, const char *param, const char *name,
    const uint8_t *key, unsigned bits)
{
	char value[16];

	/* the parameter's type has no const; strlen(name) < sizeof(value) */
	memcpy(value, name, strlen(name) + 1);

	/* measures the text, so it has to be there already */
	OSSL_PARAM set[] = { OSSL_PARAM_construct_utf8_string(param, value, 0),
		OSSL_PARAM_construct_end() };

	m->mac = evp != NULL ? EVP_MAC_CTX_new(evp) : NULL;
	return m->mac != NULL && EVP_MAC_init(m->mac, key, bits / 8, set) == 1;
}

static bool
key_gmac(struct ossl_mac *m, const EVP_CIPHER *gcm, const uint8_t *key,
    unsigned bits)
{
	memcpy(m->salt, key + bits / 8, sizeof(m->salt));
	m->aes = gcm != NULL ? EVP_CIPHER_CTX_new() : NULL;
	return m->aes != NULL &&
	       EVP_EncryptInit_ex2(m->aes, gcm, key, NULL, NULL) == 1;
}

/* RFC 3566 4, step 1: three keys, each a block of one byte encrypted. */
static bool
key_xcbc(struct ossl_mac *m, const EVP_CIPHER *cbc, const uint8_t *key)
{
	uint8_t k[3][16], in[16];
	EVP_CIPHER_CTX *ctx;
	int len = 0;
	bool ok;

	ctx = m->aes = cbc != NULL ? EVP_CIPHER_CTX_new() : NULL;
	ok = ctx != NULL;
	for (int i = 0; i < 3 && ok; i++) {
		static const uint8_t zero_iv[16];

		memset(in, i + 1, sizeof(in));
		ok = EVP_EncryptInit_ex2(ctx, cbc, key, zero_iv, NULL) == 1 &&
		     EVP_EncryptUpdate(ctx, k[i], &len, in, sizeof(in)) == 1;
	}
	if (ok) {
		memcpy(m->k2, k[1], sizeof(m->k2));
		memcpy(m->k3, k[2], sizeof(m->k3));
		ok = EVP_EncryptInit_ex2(ctx, cbc, k[0], NULL, NULL) == 1 &&
		     EVP_CIPHER_CTX_set_padding(ctx, 0) == 1;
	}
	secret_wipe(k, sizeof(k));
	return ok;
}

static bool
key_by_alg(struct ossl_mac *m, const struct ossl *o, const struct alg *a,
    const uint8_t *key, unsigned bits)
{
	EVP_MAC *evp = ossl_mac_of(o, a);

	switch (a->id) {
	case AALG_MD5HMAC:
		return key_mac(m, evp, OSSL_MAC_PARAM_DIGEST, "MD5", key, bits);
	case AALG_SHA1HMAC:
		return key_mac(
		    m, evp, OSSL_MAC_PARAM_DIGEST, "SHA1", key, bits);
	case AALG_SHA256HMAC:
		return key_mac(
		    m, evp, OSSL_MAC_PARAM_DIGEST, "SHA256", key, bits);
	case AALG_SHA384HMAC:
		return key_mac(
		    m, evp, OSSL_MAC_PARAM_DIGEST, "SHA384", key, bits);
	case AALG_SHA512HMAC:
		return key_mac(
		    m, evp, OSSL_MAC_PARAM_DIGEST, "SHA512", key, bits);
	case AALG_AES_CMAC:
		return key_mac(
		    m, evp, OSSL_MAC_PARAM_CIPHER, "AES-128-CBC", key, bits);
	case AALG_AES_GMAC:
		return key_gmac(m, ossl_cipher_of(o, a, bits), key, bits);
	case AALG_AES_XCBC:
		return key_xcbc(m, ossl_aes_cbc(o, bits), key);
	default:
		return false;
	}
}

static bool
ossl_mac_expand(const struct way *w, void *x, const struct aead_spec *s)
{
	if (key_by_alg(x, w->st, s->integ, s->akey, s->akey_bits))
		return true;
	ERR_clear_error();
	ossl_mac_release(w, x);
	return false;
}

/* Is it there at all? */
static bool
has(const struct ossl *o, const struct alg *a, unsigned bits)
{
	if (a->id == AALG_AES_GMAC)
		return ossl_cipher_of(o, a, bits) != NULL;
	if (a->id == AALG_AES_XCBC)
		return ossl_aes_cbc(o, bits) != NULL;
	return ossl_mac_of(o, a) != NULL;
}

bool
ossl_mac_way(void *st, const struct alg *a, unsigned bits, struct mac_way *w)
{
	if (!has(st, a, bits))
		return false;
	w->way = (struct way){ .expand = ossl_mac_expand,
		.release = ossl_mac_release,
		.size = sizeof(struct ossl_mac),
		.st = st };
	w->sign = a->id == AALG_AES_GMAC   ? ossl_gmac_sign
		  : a->id == AALG_AES_XCBC ? ossl_xcbc_sign
					   : ossl_mac_sign;
	w->info = (struct mac_info){ a->iv_len, a->icv_len };
	return true;
}
