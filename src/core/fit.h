/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fit - is a packet that is about to be sent too large for its way (RFC 4301 8)?
 * For path.c and what does its work.
 */
#ifndef CORE_FIT_H
#define CORE_FIT_H

#include "core/trip.h"

/*
 * With overhead more bytes, on the way to dst: PASS, and t->r.mtu is set; or
 * TOO_BIG, and t->out may have an answer for the sender; or HOLD: its pieces come
 * by themselves. split: it is sent whole and split afterwards.
 */
enum verdict fit_check(
    struct trip *t, const struct addr *dst, size_t overhead, bool split);
/* May it be split afterwards, as its sender and its tunnel say? */
MUST_USE bool fit_may_split(const struct trip *t);

#endif /* CORE_FIT_H */
