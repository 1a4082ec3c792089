/* SPDX-License-Identifier: BSD-2-Clause */
/* lanework - the inside of a lane. For lane*.c only. */
#ifndef CORE_LANEWORK_H
#define CORE_LANEWORK_H

#include "core/coalesce.h"
#include "core/flowcache.h"
#include "core/lane.h"

enum {
	LANE_SEGMENTS = 128, /* of one super-packet; more go slow */
	/* what one item may become, with headers of each of its segments */
	LANE_ITEM_ROOM = 65536 + LANE_SEGMENTS * 320,
	LANE_SADS = 4096,  /* names of inbound SAs; a power of two */
	LANE_SLOT = 66560, /* of one opened packet */
	LANE_OPEN_ROOM = LANE_BATCH * 4096 + LANE_SLOT
};

/* An outbound packet that is being made. */
struct lane_job {
	const struct flowcache_entry *f;
	struct sa *sa;
	uint32_t at, len; /* in the lane's out buffer */
	uint32_t inner;	  /* bytes, as counters have it */
	/* what the outer header has from the inner one */
	uint8_t tos, ttl;
	bool df, udp;
};

/* What an item is, when it is looked up. */
struct lane_look {
	struct flowcache_key k;
	struct flowcache_entry *set; /* NULL: not for the fast path */
	struct flowcache_entry *f;
};

/* An inbound SA by what packets say. */
struct lane_sad {
	uint64_t epoch;
	struct sa *sa;
	uint64_t src[2], dst[2]; /* the bytes of the addresses */
	uint32_t spi;
	uint8_t fam;
};

/* An inbound packet that is being opened. */
struct lane_open {
	struct sa *sa; /* NULL: it goes slow */
	uint8_t *pkt;  /* as it will be, in the lane's memory */
	uint64_t seq;
	uint32_t low;
	uint16_t head;	/* bytes before the text, of transport mode */
	uint16_t op;	/* index of its operation */
	uint16_t sport; /* of its UDP header */
	bool udp;
	uint8_t tos; /* of the outer header */
};

/* What was in it, when it was authentic. */
struct lane_inner {
	struct flowcache_key k;
	struct flowcache_entry *set;
	uint32_t len;
	uint16_t upper; /* 0: it goes slow */
};

struct lane {
	struct path *p;
	struct flowcache *fc;
	struct lane_env env;
	struct lane_off off;
	struct lane_stats stats;
	uint64_t turn; /* what was asked outside holds for one turn */
	struct now now;
	struct aead_op op[LANE_BATCH];
	/* outbound */
	struct lane_look look[LANE_BATCH];
	struct lane_job job[LANE_BATCH];
	size_t n_jobs, at;
	uint8_t *out;
	uint8_t iv[LANE_BATCH][16];
	/* inbound */
	struct lane_open open[LANE_BATCH];
	struct lane_inner inner[LANE_BATCH];
	const struct flowcache_entry *reflected; /* the last packet's */
	struct lane_sad *sad;
	uint8_t *in;
	uint8_t icv[LANE_BATCH][64];
	struct coalesce co;
};

/* Ask anew what somebody else may have changed. */
static inline void
lanework_turn(struct lane *l)
{
	l->turn++;
	flowcache_sync(l->fc, l->p);
}

static inline uint16_t
lanework_get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline void
lanework_put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline void
lanework_put32(uint8_t *p, uint32_t v)
{
	lanework_put16(p, (uint16_t)(v >> 16));
	lanework_put16(p + 2, (uint16_t)v);
}

enum { LANEWORK_TCP_FLAGS = 13, LANEWORK_TCP_SYN = 2, LANEWORK_TCP_RST = 4 };

/*
 * Where the upper header of a packet of n bytes begins: 20 or 40. 0: it is not a
 * whole packet of TCP or UDP without options of just that length.
 */
static inline size_t
lanework_plain(const uint8_t *p, size_t n)
{
	size_t at;
	uint8_t proto;

	if (n < 28)
		return 0;
	if (p[0] == 0x45) {
		at = 20;
		proto = p[9];
		if (lanework_get16(p + 2) != n ||
		    (lanework_get16(p + 6) & 0x3fff) != 0)
			return 0;
	} else if (p[0] >> 4 == 6 && n >= 48) {
		at = 40;
		proto = p[6];
		if (lanework_get16(p + 4) + 40u != n)
			return 0;
	} else {
		return 0;
	}
	if (proto == IPPROTO_UDP_)
		return at;
	return proto == IPPROTO_TCP_ && n - at >= 20 ? at : 0;
}

static inline uint8_t
lanework_tos(const uint8_t *p)
{
	return p[0] >> 4 == 4 ? p[1] : (uint8_t)(p[0] << 4 | p[1] >> 4);
}

#endif /* CORE_LANEWORK_H */
