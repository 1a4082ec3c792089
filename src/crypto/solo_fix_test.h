/* SPDX-License-Identifier: BSD-2-Clause */
/* One backend's way with one schedule, for tests of backends. */
#ifndef CRYPTO_SOLO_FIX_TEST_H
#define CRYPTO_SOLO_FIX_TEST_H

#include "crypto/way.h"

struct solo {
	union {
		struct way way;
		struct aead_way aead;
		struct cipher_way cipher;
		struct mac_way mac;
	};
	void *x; /* NULL: the backend does not do it */
};

static inline struct solo
solo_aead(const struct crypto_be *be, void *st, const struct aead_spec *s)
{
	struct solo o = { 0 };

	if (be->aead(st, s, &o.aead))
		o.x = way_new(&o.way, s);
	return o;
}

static inline struct solo
solo_cipher(const struct crypto_be *be, void *st, const struct alg *a,
    const uint8_t *key, unsigned bits)
{
	const struct aead_spec s = {
		.encr = a, .ekey = key, .ekey_bits = bits
	};
	struct solo o = { 0 };

	if (be->cipher(st, a, bits, &o.cipher))
		o.x = way_new(&o.way, &s);
	return o;
}

static inline struct solo
solo_mac(const struct crypto_be *be, void *st, const struct alg *a,
    const uint8_t *key, unsigned bits)
{
	const struct aead_spec s = {
		.integ = a, .akey = key, .akey_bits = bits
	};
	struct solo o = { 0 };

	if (be->mac(st, a, bits, &o.mac))
		o.x = way_new(&o.way, &s);
	return o;
}

static inline void
solo_free(struct solo *o)
{
	way_free(&o->way, o->x);
	way_drop(&o->way);
	o->x = NULL;
}

static inline void
solo_run(const struct solo *o, struct aead_op *op, size_t n, bool seal)
{
	for (size_t i = 0; i < n; i++)
		(seal ? o->aead.seal : o->aead.open)(
		    &o->aead, &o->x, &op[i], 1);
}

static inline bool
solo_text(const struct solo *o, bool seal, const struct aead_text *t)
{
	return o->aead.text(&o->aead, o->x, seal, t);
}

static inline bool
solo_sign(const struct solo *o, uint8_t *icv, const uint8_t *iv,
    const struct mac_part *part, size_t n)
{
	return o->mac.sign(&o->mac, o->x, icv, iv, part, n);
}

#endif /* CRYPTO_SOLO_FIX_TEST_H */
