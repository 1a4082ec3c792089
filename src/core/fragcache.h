/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fragcache - fragments of datagrams that tunnels carry, where policy asks for
 * what only the first of them shows (RFC 4301 7.3, spec: policy 23). They wait
 * until the datagram is complete, so that all of it gets one decision or none of
 * it goes on. A datagram with an overlap or a lie in it is dropped as a whole,
 * and so is what comes of it later (RFC 5722).
 */
#ifndef CORE_FRAGCACHE_H
#define CORE_FRAGCACHE_H

#include "base/hash.h"
#include "base/list.h"

#include "core/path.h"

#define FRAGCACHE_DATAGRAMS 1024
#define FRAGCACHE_PIECES    1366       /* of one datagram */
#define FRAGCACHE_BYTES	    (8u << 20) /* of all that waits, with overhead */
#define FRAGCACHE_LIFE	    UINT64_C(5000) /* ms, from the first to come */

/* One datagram: how its fragments are known to belong together. */
struct fragcache_key {
	bool inbound;
	char tun[RULE_TUN_NAME]; /* outbound: the interface */
	struct addr src, dst;
	uint8_t proto; /* IPv4 */
	uint32_t id;
	/*
	 * Inbound: SPIs of the tunnel's SAs, 0: none, and the header they were
	 * in. Who may send by one SA cannot touch the datagrams of another.
	 */
	uint32_t esp, ah;
	struct addr outer_src, outer_dst;
};

/* A fragment whose datagram is complete; fragcache_drop() frees it. */
struct fragcache_piece {
	struct link link;
	struct fragcache_key key;
	struct flow flow; /* of the datagram: with ports or type */
	size_t off, n;	  /* its part of the datagram */
	size_t len;	  /* of pkt */
	uint8_t pkt[];
};

struct fragcache;

/* NULL: no memory, or no random bytes, which keep others from choosing slots. */
struct fragcache *fragcache_new(const struct rng *rng);
void fragcache_free(struct fragcache *c);

/*
 * Keep a copy of the fragment pkt, of which v is the view. now: mono ms. HOLD:
 * done; its datagram may be complete now, see fragcache_take(). Else why it is
 * dropped; the others of its datagram are dropped with it, and counted in st:
 *
 * SPD_MALFORMED_FRAG: empty, a length that no fragment but the last may have, or
 * a first one that does not show what policy asks for (RFC 7112). SPD_EVIL_FRAG:
 * begins 8 bytes behind the start (RFC 1858, RFC 3128), reaches beyond 64 KiB or
 * the datagram's end. SPD_OVERLAP_FRAG: RFC 5722, RFC 8200 4.5; an exact
 * duplicate is dropped alone. SPD_MAX_FRAGS: too many, also of a datagram that
 * gives way to others. SPD_NOMEM.
 */
enum verdict fragcache_add(struct fragcache *c, const struct fragcache_key *k,
    const struct ip_view *v, const uint8_t *pkt, uint64_t now,
    struct path_stats *st);

/* The next fragment of a complete datagram, in order of offsets, or NULL. */
struct fragcache_piece *fragcache_take(struct fragcache *c);
void fragcache_drop(struct fragcache_piece *p);

/* What has waited too long is dropped: SPD_EXPIRED_FRAGS. */
void fragcache_age(struct fragcache *c, uint64_t now, struct path_stats *st);

/* Fragments that wait, and the memory they take. */
size_t fragcache_waiting(const struct fragcache *c);
size_t fragcache_bytes(const struct fragcache *c);

#endif /* CORE_FRAGCACHE_H */
