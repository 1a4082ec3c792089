/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cookie - proof that a peer has the address it sends from, without state about
 * it (RFC 7296 2.6): version of the secret, and a MAC with it over nonce, address
 * and SPI.
 */
#ifndef IKE_COOKIE_H
#define IKE_COOKIE_H

#include "base/secret.h"

#include "crypto/prf.h"
#include "crypto/provider.h"
#include "model/addr.h"
#include "wire/ikehdr.h"

enum {
	COOKIE_LEN = 33,
	COOKIE_SECRET = 32,
	COOKIE_AGE = 60000 /* ms that a secret makes cookies; then as long again
			      it is still known */
};

/* Begins as zeros; wiped by cookie_jar_fini(). */
struct cookie_jar {
	uint8_t secret[2][COOKIE_SECRET]; /* [version & 1] */
	uint8_t version;		  /* of the newer one */
	uint8_t n;			  /* secrets that there are: 0, 1, 2 */
	uint64_t since;			  /* ms: the newer one is from then */
};

/*
 * A new secret when it is time. False: no random bytes; then the old ones go on
 * (or there is none: no cookie is made or known). Before each of the two below.
 */
MUST_USE bool cookie_turn(
    struct cookie_jar *j, const struct rng *rng, uint64_t now);
void cookie_jar_fini(struct cookie_jar *j);

/* False: no secret, or it cannot be computed. */
MUST_USE bool cookie_make(const struct cookie_jar *j, const struct crypto *c,
    uint64_t spi_i, struct ike_view ni, const struct addr *remote,
    uint8_t out[COOKIE_LEN]);
/* Is this one ours, for this message, and not too old? Constant time. */
MUST_USE bool cookie_check(const struct cookie_jar *j, const struct crypto *c,
    uint64_t spi_i, struct ike_view ni, const struct addr *remote,
    struct ike_view cookie);

#endif /* IKE_COOKIE_H */
