/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/mac.h"

#include "base/secret.h"

#include "crypto/backend.h"

struct mac *
mac_new(const struct crypto *c, const struct alg *alg, const uint8_t *key,
    unsigned key_bits)
{
	if (alg == NULL || key == NULL || alg->table != ALG_AUTH ||
	    !alg_keybits_ok(alg, key_bits) || !crypto_usable(c, alg))
		return NULL;
	return crypto_mac(c, alg_impl(alg), key, key_bits);
}

void
mac_free(struct mac *m)
{
	if (m != NULL)
		m->free(m);
}

const struct mac_info *
mac_info(const struct mac *m)
{
	return &m->info;
}

bool
mac_sign(const struct mac *m, uint8_t *icv, const uint8_t *iv,
    const struct mac_part *part, size_t n)
{
	if (m->sign(m, icv, iv, part, n))
		return true;
	memset(icv, 0, m->info.icv_len);
	return false;
}

bool
mac_verify(const struct mac *m, const uint8_t *icv, const uint8_t *iv,
    const struct mac_part *part, size_t n)
{
	uint8_t want[64];

	return m->sign(m, want, iv, part, n) &&
	       secret_equal(want, icv, m->info.icv_len);
}
