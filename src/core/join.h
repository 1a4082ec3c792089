/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * join - IPv6 datagrams from their fragments (RFC 8200 4.5), for packets that
 * come here before the kernel has put them together.
 */
#ifndef CORE_JOIN_H
#define CORE_JOIN_H

#include "core/fragcache.h"

/*
 * buf has a packet of *n bytes, and room bytes in all. PASS: it is no IPv6
 * fragment; or the last that was missing, and buf has the datagram, *n bytes. HOLD: a copy waits for the
 * others in c. Else why it is dropped, as fragcache_add().
 */
enum verdict join_fragment(struct fragcache *c, uint8_t *buf, size_t room,
    size_t *n, uint64_t now, struct path_stats *st);

#endif /* CORE_JOIN_H */
