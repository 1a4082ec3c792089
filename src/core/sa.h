/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sa - one security association at work: keys expanded, counters running
 * (RFC 4301 4.4.2.1; spec: sa 13, 14, 21). AH and ESP share this one life.
 */
#ifndef CORE_SA_H
#define CORE_SA_H

#include "base/list.h"
#include "base/wr.h"

#include "core/replay.h"
#include "core/verdict.h"
#include "crypto/aead.h"
#include "crypto/mac.h"
#include "model/saspec.h"

/* Time as the caller sees it; core has no clock of its own. */
struct now {
	uint64_t mono; /* ms, never goes back: lifetimes and timers */
	uint64_t wall; /* s since 1970: only shown to people */
};

enum df_mode { DF_COPY, DF_SET, DF_CLEAR };

/* Counters that GET, DUMP and statistics show. */
struct sa_count {
	uint64_t packets,
	    bytes;	/* bytes as RFC 2367 counts: protected payload */
	uint64_t drops; /* of packets that found this SA */
};

/* One of the destinations by which the SADB finds an SA. */
struct sa_name {
	struct link id_link, out_link;
	struct sa *sa;
	const struct addr *dst;
};

struct sa {
	/* the SADB's: see core/satable.h */
	struct sa_name name;
	struct sa_name *more_names; /* spec.more->n_dst of them, or NULL */
	struct link sel_link, all_link;
	uint64_t serial; /* goes up with each SA: the newest has the greatest */
	struct sa_spec spec;  /* spec.state and spec.flags are the live ones */
	struct aead *aead;    /* ESP */
	struct mac *mac;      /* AH */
	struct replay replay; /* inbound */
	void *replay_mem;
	void *more_mem;		    /* what spec.more points to */
	uint64_t seq;		    /* outbound: last number sent */
	uint64_t iv_next, iv_first; /* counter-mode IVs (spec: sa 21) */
	bool iv_used;
	struct sa_count count;
	struct now added, used; /* used.mono 0: not yet; first use */
	uint64_t last_use;	/* mono ms, for idle lifetimes */
	uint64_t keepalive;	/* mono ms, last NAT keepalive sent */
	bool soft_sent, idle_sent;
	bool guessed; /* its direction was told from its addresses, not said */
	bool seen_dead; /* since died, mono ms */
	uint64_t died;
	uint32_t soft_jitter; /* s taken off soft addtime of outbound SAs */
	uint32_t acquire_seq; /* of the ACQUIRE that asked for it, or 0 */
	/* tunnel mode: how the outer header is made (RFC 4301 5.1.2) */
	enum df_mode df;
	uint8_t ttl;	/* 0: 64 */
	bool tos_fixed; /* use the DSCP of tos; ECN is copied (RFC 6040 4.1) */
	uint8_t tos;
	uint32_t flow_label;
};

enum sa_check { SA_OK, SA_SOFT, SA_HARD };

/*
 * A working SA from what was said about it. NULL: *diag is a PF_KEY diagnostic
 * (or 0 for no memory or no random bytes). The spec is copied. Checks algorithms
 * and keys only; the SADB checks the rest. NOREPLAY, or ESP without integrity,
 * makes the window 0. Counters start behind spec->replay_value.
 */
struct sa *sa_new(const struct crypto *c, const struct rng *rng,
    const struct sa_spec *spec, struct now now, uint16_t *diag);
/* An SPI without keys (spec: sa 14); nothing of spec is checked. NULL: no memory. */
struct sa *sa_larval(const struct sa_spec *spec, struct now now);
/* Wipes keys. NULL is harmless. */
void sa_free(struct sa *sa);

static inline bool
sa_is_tunnel(const struct sa *sa)
{
	return (sa->spec.flags & SAF_TUNNEL) != 0;
}

static inline bool
sa_is_esn(const struct sa *sa)
{
	return (sa->spec.flags & SAF_ESN) != 0;
}

static inline bool
sa_is_natt(const struct sa *sa)
{
	return (sa->spec.flags & (SAF_NATT_LOC | SAF_NATT_REM)) != 0;
}

/* MATURE or DYING: may be used. */
static inline bool
sa_is_live(const struct sa *sa)
{
	return sa->spec.state == SA_MATURE || sa->spec.state == SA_DYING;
}

/*
 * The next outbound sequence number and IV (up to 16 bytes, as the SA's
 * algorithm wants it). PASS, or why not: ESP_REPLAY, AH_REPLAY (the numbers are
 * used up, unless the SA is one with NOREPLAY and no window: then they cycle),
 * ESP_IV_WRAP, AH_IV_WRAP, ESP_CRYPTO_FAILED (no random bytes). iv_len is that
 * of aead_info() or mac_info().
 */
enum verdict sa_next(
    struct sa *sa, const struct rng *rng, uint64_t *seq, uint8_t iv[16]);

/*
 * Count a packet of so many payload bytes; what lifetime it reached, if any.
 * SA_HARD: the packet is to be dropped; so is the one that fills the byte limit,
 * and the first one beyond the packet limit (spec: sa 14). SA_SOFT comes until
 * soft_sent is set.
 */
enum sa_check sa_account(struct sa *sa, uint64_t bytes, struct now now);

/*
 * For a run of packets: may k of them, of so many payload bytes together, be
 * counted at once, since sa_account() would say OK of each?
 */
MUST_USE static inline bool
sa_is_far(const struct sa *sa, uint64_t k, uint64_t bytes)
{
	const struct lifetime *h = &sa->spec.hard, *s = &sa->spec.soft;
	uint64_t b = sa->count.bytes + bytes, n = sa->count.packets + k;

	if (b < bytes || (h->bytes != 0 && b >= h->bytes) ||
	    (h->allocs != 0 && n > h->allocs))
		return false;
	return sa->soft_sent || ((s->bytes == 0 || b < s->bytes) &&
				    (s->allocs == 0 || n < s->allocs));
}

/* Then count them. As k times sa_account(). */
static inline void
sa_account_run(struct sa *sa, uint64_t k, uint64_t bytes, struct now now)
{
	if (sa->used.mono == 0)
		sa->used = now;
	sa->last_use = now.mono;
	sa->idle_sent = false;
	sa->spec.flags |= SAF_USED;
	sa->count.packets += k;
	sa->count.bytes += bytes;
}

/* Outbound: would sa_next() have numbers and IVs for k packets? */
MUST_USE bool sa_has_next(const struct sa *sa, uint64_t k);
/*
 * Then take k numbers and, if IVs count, k IVs: the first ones; the others follow.
 * As k times sa_next() of an SA with such IVs.
 */
static inline void
sa_next_run(
    struct sa *sa, bool counter, uint64_t k, uint64_t *seq, uint64_t *iv)
{
	*seq = sa->seq + 1;
	*iv = sa->iv_next;
	sa->seq += k;
	if (counter) {
		sa->iv_next += k;
		sa->iv_used = true;
	}
}

/*
 * The timer's question: what time limit is reached now? Does not count. SA_SOFT
 * comes until soft_sent is set.
 */
enum sa_check sa_age(const struct sa *sa, struct now now);
/*
 * True when an idle lifetime has passed without use and was not reported: since
 * it was added (idle.addtime) or last used (idle.usetime, else idle.addtime).
 * Use clears idle_sent.
 */
MUST_USE bool sa_is_idle(const struct sa *sa, struct now now);

#endif /* CORE_SA_H */
