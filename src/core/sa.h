/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sa - one security association at work: keys expanded, counters running
 * (RFC 4301 4.4.2.1; spec: sa 13, 14, 21). AH and ESP share this one life.
 */
#ifndef CORE_SA_H
#define CORE_SA_H

#include <stddef.h>

#include "base/wr.h"

#include "core/replay.h"
#include "core/sarest.h"
#include "core/verdict.h"
#include "crypto/aead.h"
#include "crypto/mac.h"

/* Counters that GET, DUMP and statistics show. */
struct sa_count {
	uint64_t packets,
	    bytes; /* bytes as RFC 2367 counts: protected payload */
};

/* Three cache lines: a packet reads the first, and writes the others. */
struct sa {
	union {
		struct aead *aead; /* ESP */
		struct mac *mac;   /* AH */
	};			   /* NULL: larval */
	struct sa_rest *rest;	   /* never NULL of an SA that sa.c made */
	uint32_t spi;		   /* host order */
	uint32_t flags;		   /* SAF_*, the live ones */
	struct addr src, dst;	   /* src may be unspecified or FAM_NONE */
	uint8_t satype, state;
	uint8_t auth, encr; /* model/alg.h numbers; 0: none */
	uint16_t natt_rport;
	/* --- 64 --- */
	uint64_t seq;	      /* outbound: last number sent */
	uint64_t iv_next;     /* counter-mode IVs (spec: sa 21) */
	struct replay replay; /* inbound */
	struct sa_count count;
	/* --- 128 --- */
	uint64_t last_use; /* mono ms, for idle lifetimes */
	uint64_t used;	   /* mono ms; 0: not yet; first use */
	/* with less packets and bytes no lifetime is reached: sa_renew() */
	uint64_t far_packets, far_bytes;
	struct link all_link; /* the SADB's, as the next */
	uint64_t serial; /* goes up with each SA: the newest has the greatest */
	bool iv_used, soft_sent, idle_sent;
	bool shared, busy; /* core/shared.h */
	/* tunnel mode: how the outer header is made (RFC 4301 5.1.2) */
	uint8_t tos;
	uint8_t ttl;	/* 0: 64 */
	uint8_t df : 2; /* enum df_mode */
	/* use the DSCP of tos; ECN is copied (RFC 6040 4.1) */
	uint8_t tos_fixed : 1;
};

_Static_assert(sizeof(struct sa) <= 192, "three cache lines");
_Static_assert(
    offsetof(struct sa, seq) == 64 && offsetof(struct sa, last_use) == 128,
    "lines two and three");

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

/*
 * All that was said about an SA, as it is now, with its keys: s is the caller's,
 * who calls saspec_fini(). s->more is borrowed.
 */
void sa_describe(const struct sa *sa, struct sa_spec *s);
/* Its key bytes with salt, and their bits without it: borrowed; 0: none. */
struct aead_spec sa_keys(const struct sa *sa);
unsigned sa_akey_bits(const struct sa *sa);
unsigned sa_ekey_bits(const struct sa *sa);

static inline const struct sa_extra *
sa_extra(const struct sa *sa)
{
	return sa->rest->extra != NULL ? sa->rest->extra : &sa_no_extra;
}

static inline const struct sa_lives *
sa_lives(const struct sa *sa)
{
	const struct sa_lives *l = sa_extra(sa)->lives;

	return l != NULL ? l : &sa_no_lives;
}

/* Identities. Of type 0: none. Only as long as their text. */
static inline const struct sa_ident *
sa_sid(const struct sa *sa)
{
	const struct sa_ident *i = sa_extra(sa)->sid;

	return i != NULL ? i : &sa_no_ident;
}

static inline const struct sa_ident *
sa_did(const struct sa *sa)
{
	const struct sa_ident *i = sa_extra(sa)->did;

	return i != NULL ? i : &sa_no_ident;
}

/* To be written (then sa_renew()): made if not there. NULL: no memory. */
struct sa_extra *sa_make_extra(struct sa *sa);
struct sa_lives *sa_make_lives(struct sa *sa);
/* Of which ACQUIRE it came. Without memory that is forgotten: who waits asks again. */
void sa_note_acquire(struct sa *sa, uint32_t seq);
/* Limits or soft_sent have changed. */
void sa_renew(struct sa *sa);

/* Is a one of the SA's destinations; of its sources, which may be any? */
MUST_USE bool sa_has_dst(const struct sa *sa, const struct addr *a);
MUST_USE bool sa_has_src(const struct sa *sa, const struct addr *a);

static inline bool
sa_is_ah(const struct sa *sa)
{
	return sa->satype == SATYPE_AH;
}

static inline bool
sa_is_tunnel(const struct sa *sa)
{
	return (sa->flags & SAF_TUNNEL) != 0;
}

static inline bool
sa_is_esn(const struct sa *sa)
{
	return (sa->flags & SAF_ESN) != 0;
}

static inline bool
sa_is_natt(const struct sa *sa)
{
	return (sa->flags & (SAF_NATT_LOC | SAF_NATT_REM)) != 0;
}

/* MATURE or DYING: may be used. */
static inline bool
sa_is_live(const struct sa *sa)
{
	return sa->state == SA_MATURE || sa->state == SA_DYING;
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
	uint64_t b = sa->count.bytes + bytes, n = sa->count.packets + k;

	return b >= bytes && b < sa->far_bytes && n < sa->far_packets;
}

/* For the two around it. */
void sa_first_use(struct sa *sa, struct now now);

/* Then count them. As k times sa_account(). */
static inline void
sa_account_run(struct sa *sa, uint64_t k, uint64_t bytes, struct now now)
{
	if (sa->used == 0 || (sa->flags & SAF_USED) == 0)
		sa_first_use(sa, now);
	sa->last_use = now.mono;
	sa->idle_sent = false;
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
MUST_USE bool sa_is_idle(struct sa *sa, struct now now);

/* Room for the lifetimes that s has. False: no memory. */
MUST_USE bool sa_room_for_lives(struct sa *sa, const struct sa_spec *s);
/*
 * Lifetimes of s that are not 0 become the SA's, which has room for them. One that
 * was dying may be as alive as before.
 */
void sa_set_lives(struct sa *sa, const struct sa_spec *s, struct now now);

#endif /* CORE_SA_H */
