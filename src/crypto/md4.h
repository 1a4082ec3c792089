/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * md4 - MD4 (RFC 1320), which is broken, for MSCHAPv2 alone (RFC 2759 8.3). The
 * message is given at once.
 */
#ifndef CRYPTO_MD4_H
#define CRYPTO_MD4_H

#include "base/rd.h"

#define MD4_LEN 16

void md4_sum(const void *p, size_t n, uint8_t out[MD4_LEN]);

#endif /* CRYPTO_MD4_H */
