/* SPDX-License-Identifier: BSD-2-Clause */
/* lanework - the inside of a lane. For lane*.c only. */
#ifndef CORE_LANEWORK_H
#define CORE_LANEWORK_H

#include "core/coalesce.h"
#include "core/flowcache.h"
#include "core/lane.h"
#include "core/laneip.h"

enum {
	LANE_SEGMENTS = 128, /* of one super-packet; more go slow */
	/* what one item may become, with headers of each of its segments;
	   the last needs PATH_ROOM for a while */
	LANE_ITEM_ROOM = 65536 + LANE_SEGMENTS * 320,
	LANE_SADS = 4096,  /* names of inbound SAs; a power of two */
	LANE_SAD_WAYS = 4, /* places of one name, of a guest */
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
	bool joins; /* goes in one piece with the one before */
};

/* What the last job will be sent in. */
struct lane_tail {
	uint32_t n, len, stride, last; /* packets; bytes: all, first, last */
};

/* What an item is, when it is looked up. */
struct lane_look {
	const struct flowcache_key *key; /* own, or of one before */
	struct flowcache_key own;
	uint64_t hash;
	struct flowcache_entry *spot; /* NULL: not for the fast path */
	uint8_t upper;		      /* where its upper header begins */
	bool plain, same;	      /* as the one before */
};

/* What the packets of one flow have in common, outbound. */
struct lane_shape {
	const struct flowcache_entry *f; /* NULL: there was none */
	struct sa *sa;
	const struct aead_info *ai;
	bool tunnel, udp, esn, counter;
	uint8_t ver, next; /* of the packet; what ESP's trailer says */
	uint16_t ip;	   /* bytes of IP header that ESP does not carry */
	uint16_t outer;	   /* bytes of header before ESP in the out buffer */
	uint32_t fits;	   /* the longest packet that may go in */
	uint8_t front,
	    mask; /* between the header and the text; alignment - 1 */
	/* the outer header of the last packet, and what it was made for */
	bool known;
	uint32_t was;
	uint8_t tos, ttl;
	bool df;
	uint64_t a, b; /* of a tunnel's: but for length and number */
	uint32_t c;
};

/* An inbound SA by what packets say. */
struct lane_sad {
	uint64_t epoch;
	struct sa *sa;
	uint64_t src[2], dst[2]; /* the bytes of the addresses */
	uint32_t spi;
	uint8_t fam;
};

/* What packets with one head and one SPI have in common. */
struct lane_origin {
	const uint8_t *head; /* NULL: not for the fast path */
	struct sa *sa;	     /* NULL: its packets are not opened here */
	uint64_t w[3];	     /* of a plain head: what the next has as well */
	uint32_t spi;	     /* as in the packet; 0: none was looked for */
	uint32_t number;     /* of this head: they count up */
	bool plain;	     /* a head of 20 bytes, of native ESP */
	bool udp;
	uint8_t ip;    /* bytes of the IP header */
	uint8_t keeps; /* of them before the text, of transport mode */
	uint8_t tos;
	uint16_t sport;
	/* of the SA: before the text, behind it, its alignment - 1 */
	uint8_t front, icv, mask;
	bool esn;
	bool authentic; /* there is an ICV */
	bool alters;	/* natt_alters() */
};

/* An inbound packet that is being opened. */
struct lane_open {
	struct sa *sa; /* NULL: it goes slow */
	uint8_t *pkt;  /* as it will be, in the lane's memory */
	uint64_t seq;
	uint32_t low;
	uint32_t from;	/* equal: with the same head */
	uint16_t op;	/* index of its operation */
	uint16_t sport; /* of its UDP header */
	uint8_t head;	/* bytes before the text, of transport mode */
	uint8_t tos;	/* of the outer header */
	bool udp, authentic, alters;
};

/* What was in it, when it was authentic. */
struct lane_inner {
	const struct flowcache_key *key; /* own, or of one before */
	struct flowcache_key own;
	struct flowcache_entry *spot;
	uint64_t hash;
	uint32_t len;
	uint16_t upper; /* 0: it goes slow */
	bool same;	/* flow and SA as the one before */
	bool syn;
};

struct lane {
	struct path *p;
	bool crowd, guest;   /* lane_crowd() */
	struct keycache *kc; /* or NULL: that of struct crypto */
	struct flowcache *fc;
	struct lane_env env;
	struct lane_off off;
	struct lane_stats stats;
	uint64_t turn; /* what was asked outside holds for one turn */
	struct now now;
	struct aead_op op[LANE_BATCH];
	/* outbound */
	struct lane_look look[LANE_BATCH];
	struct lane_shape shape;
	struct lane_job job[LANE_BATCH];
	size_t n_jobs, at;
	struct lane_tail tail;
	uint8_t *out;
	uint8_t iv[LANE_BATCH][16];
	/* with AH */
	uint8_t work[PATH_ROOM], segment[PATH_ROOM];
	/* inbound */
	struct lane_open open[LANE_BATCH];
	struct lane_inner inner[LANE_BATCH];
	const struct flowcache_entry *reflected; /* the last packet's */
	struct lane_sad *sad;
	struct flowcache_entry *accepted; /* of the last packet, or NULL */
	uint32_t n_heads, accepted_from;
	bool waits; /* the last packet was the coalescer's, which has it yet */
	uint64_t n_accepted, n_authentic; /* not counted so far */
	uint8_t *in[2]; /* in turns: what was opened before may still wait */
	bool turned;
	struct coalesce co;
};

/* Of SAs that are about to be used. */
static inline void
lanework_prefetch_sa(const struct sa *sa)
{
	__builtin_prefetch(sa);
	__builtin_prefetch(&sa->seq);
	__builtin_prefetch(&sa->last_use);
}

/* Of SAs that are near by now: what they point to. */
static inline void
lanework_prefetch_more(const struct sa *sa)
{
	__builtin_prefetch(sa->aead);
	if (replay_words(&sa->replay) > REPLAY_SMALL)
		__builtin_prefetch(sa->replay.bits);
}

/* Ask anew what somebody else may have changed. */
static inline void
lanework_turn(struct lane *l)
{
	l->turn++;
	if (!l->guest)
		flowcache_sync(l->fc, l->p);
}

static inline void
lanework_seal(struct lane *l, size_t n)
{
	if (l->kc != NULL)
		aead_seal_in(l->kc, l->op, n);
	else
		aead_seal(l->op, n);
}

static inline void
lanework_open(struct lane *l, size_t n)
{
	if (l->kc != NULL)
		aead_open_in(l->kc, l->op, n);
	else
		aead_open(l->op, n);
}

/* A counter that lanes of several threads may have in common. */
static inline void
lanework_add(const struct lane *l, uint64_t *to, uint64_t n)
{
	if (l->crowd)
		__atomic_fetch_add(to, n, __ATOMIC_RELAXED);
	else
		*to += n;
}

#endif /* CORE_LANEWORK_H */
