/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * larval - packets that wait for an SA (spec: sa 19, 20; Solaris' acquire
 * records). An outbound record holds at most 4 packets, the oldest goes first,
 * and ends after the acquire timeout; a larval inbound SA holds one packet, which
 * a newer one replaces.
 */
#ifndef CORE_LARVAL_H
#define CORE_LARVAL_H

#include "core/path.h"

#define LARVAL_PACKETS 4
#define LARVAL_RECORDS 4096		    /* of each direction */
#define LARVAL_BYTES   (16u << 20)	    /* of all packets that wait */
#define LARVAL_SEQ     UINT32_C(0x80000000) /* ACQUIREs count from here */

/* A copy of a packet that was held; the taker frees it with larval_drop(). */
struct held {
	struct link link;
	char tun[RULE_TUN_NAME];
	uint32_t via; /* struct path */
	uint32_t seq; /* outbound: of its ACQUIRE */
	bool inbound; /* waited for a larval inbound SA: give to path_in() */
	size_t len;
	uint8_t pkt[];
};

/*
 * What one ACQUIRE is for: a rule of a policy version and, as far as the SA it
 * wants is bound to them, addresses and the flow. What does not count is zero.
 */
struct larval_key {
	char tun[RULE_TUN_NAME];
	uint64_t version, rule;
	bool by_key; /* the rule is one of PF_KEY's policy */
	struct addr src, dst;
	uint8_t proto;
	uint16_t sport, dport;
	uint32_t via; /* of the packet; makes no difference */
};

struct larval *larval_new(void);
void larval_free(struct larval *l);

/*
 * Hold a copy of an outbound packet. HOLD: done; *seq is not 0 when the record
 * is new, then an ACQUIRE with this number is due. Or why it was not held. A
 * packet that gives way is counted in st. now: mono ms; timeout: s.
 */
enum verdict larval_hold(struct larval *l, const struct larval_key *k,
    const uint8_t *pkt, size_t n, uint64_t now, uint32_t timeout, uint32_t *seq,
    struct path_stats *st);
/* Nobody took the ACQUIRE: the record and its packets go, uncounted. */
void larval_cancel(struct larval *l, uint32_t seq);
/*
 * Hold the one packet of a larval inbound SA, which lives that many seconds.
 * HOLD, or why not.
 */
enum verdict larval_hold_in(struct larval *l, const struct sa *sa,
    const uint8_t *pkt, size_t n, uint64_t now, uint32_t timeout,
    struct path_stats *st);

/*
 * An SA came (failed: will not come) for ACQUIRE seq; seq 0: any may be ready.
 * The packets of the records that are meant become takeable, and so do all that
 * wait for larval inbound SAs; those of a failed record are dropped and counted.
 */
void larval_wake(
    struct larval *l, uint32_t seq, bool failed, struct path_stats *st);
/*
 * The next packet to run through the path again, or NULL. One that has to wait
 * again may do so once without a new ACQUIRE: AH and ESP come one by one.
 */
struct held *larval_take(struct larval *l);
/*
 * h, outbound, has gone: the SA is there. Its record ends, if nothing waits in it
 * again, so that the first packet that finds the SA gone has an ACQUIRE sent.
 */
void larval_done(struct larval *l, const struct held *h);
void larval_drop(struct held *h);
/* Records that are over; counts their packets. */
void larval_age(struct larval *l, struct now now, struct path_stats *st);
/* The most packets that an outbound record had, the most records at a time. */
struct larval_marks {
	uint64_t packets, records;
};
struct larval_marks larval_marks(const struct larval *l);
/* Packets that wait, for status. */
size_t larval_waiting(const struct larval *l);

#endif /* CORE_LARVAL_H */
