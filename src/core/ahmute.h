/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ahmute - an IP header as AH's ICV sees it: mutable fields zero, predictable
 * ones as the destination will see them (RFC 4302 3.3.3.1, appendix A).
 */
#ifndef CORE_AHMUTE_H
#define CORE_AHMUTE_H

#include "core/verdict.h"
#include "wire/ip.h"

/*
 * h: the n bytes of headers before AH of the packet v; changed in place. PASS,
 * AH_BAD_V4_OPTS, AH_BAD_V6_HDRS.
 */
enum verdict ahmute_headers(uint8_t *h, size_t n, uint8_t ver);

#endif /* CORE_AHMUTE_H */
