/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/cookie.h"

enum { MAC_LEN = COOKIE_LEN - 1 };

bool
cookie_turn(struct cookie_jar *j, const struct rng *rng, uint64_t now)
{
	uint8_t fresh[COOKIE_SECRET];

	if (j->n > 0 && now - j->since < COOKIE_AGE)
		return true;
	if (!rng->fill(rng->ctx, fresh, sizeof(fresh)))
		return false;
	/* the one before is known for another period, and not for two */
	if (j->n > 0 && now - j->since >= 2 * (uint64_t)COOKIE_AGE)
		j->n = 0;
	j->version++;
	memcpy(j->secret[j->version & 1], fresh, sizeof(fresh));
	secret_wipe(fresh, sizeof(fresh));
	j->n = j->n > 0 ? 2 : 1;
	j->since = now;
	return true;
}

void
cookie_jar_fini(struct cookie_jar *j)
{
	secret_wipe(j, sizeof(*j));
}

/* RFC 7296 2.6: version | hash(Ni | IPi | SPIi | secret), the hash an HMAC. */
static bool
compute(const struct cookie_jar *j, const struct crypto *c, uint8_t version,
    uint64_t spi_i, struct ike_view ni, const struct addr *remote,
    uint8_t out[COOKIE_LEN])
{
	const struct ikealg *prf =
	    ikealg_by_id(IKEALG_PRF, IKE_PRF_HMAC_SHA256);
	uint8_t spi[8], mac[PRF_MAX];
	struct wr w = wr_into(spi, sizeof(spi));
	struct mac_part p[] = { { ni.p, ni.n }, { &remote->fam, 1 },
		{ remote->b, sizeof(remote->b) }, { spi, sizeof(spi) } };

	wr_be64(&w, spi_i);
	if (!prf_sign(c, prf, j->secret[version & 1], COOKIE_SECRET, p, 4, mac))
		return false;
	out[0] = version;
	memcpy(out + 1, mac, MAC_LEN);
	return true;
}

bool
cookie_make(const struct cookie_jar *j, const struct crypto *c, uint64_t spi_i,
    struct ike_view ni, const struct addr *remote, uint8_t out[COOKIE_LEN])
{
	return j->n > 0 && compute(j, c, j->version, spi_i, ni, remote, out);
}

bool
cookie_check(const struct cookie_jar *j, const struct crypto *c, uint64_t spi_i,
    struct ike_view ni, const struct addr *remote, struct ike_view cookie)
{
	uint8_t want[COOKIE_LEN];

	if (cookie.n != COOKIE_LEN ||
	    (uint8_t)(j->version - cookie.p[0]) >= j->n)
		return false;
	return compute(j, c, cookie.p[0], spi_i, ni, remote, want) &&
	       secret_equal(want, cookie.p, COOKIE_LEN);
}
