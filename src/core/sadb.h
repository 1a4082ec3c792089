/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sadb - the security association database: inbound and outbound tables for AH
 * and ESP (spec: sa 13-19). Pure; memory by calloc.
 */
#ifndef CORE_SADB_H
#define CORE_SADB_H

#include "core/sa.h"
#include "model/rule.h"

struct sadb;

/* Tells which table an SA without a direction flag goes to (spec: sa 13). */
struct sadb_env {
	/* is this address one of the host's own? */
	bool (*is_local)(void *ctx, const struct addr *a);
	/*
	 * an SA reached a limit; called for SOFT, HARD, IDLE (PFKEY_EXT_LIFETIME_*).
	 * It may not change the SADB.
	 */
	void (*expired)(void *ctx, struct sa *sa, int which);
	void *ctx;
};

/* What may be set while it runs, of AH or of ESP (spec: sa 24). */
struct sadb_tune {
	uint32_t larval_timeout;    /* s, 90 */
	uint32_t reap_delay;	    /* s that a dead SA can still be seen, 1 */
	uint32_t replay_size;	    /* window that proposals name, 64 */
	struct lifetime soft, hard; /* that proposals name: 24000, 28800 s */
	/*
	 * SAs at once, larval ones too; more are refused with ENOBUFS: what key
	 * management makes may not take the host's memory. Of ESP's, for both.
	 */
	uint32_t max_sas; /* SADB_MAX_SAS */
};
#define SADB_MAX_SAS 100000

/* NULL: no memory, or no random bytes. */
struct sadb *sadb_new(
    const struct crypto *c, const struct rng *rng, const struct sadb_env *env);
void sadb_free(struct sadb *d);
/*
 * Who is told that an SA is about to be freed, or to become what its packets
 * depend on: no other thread may know of it any more (docs/adr/0023). To be set by
 * whoever has such threads.
 */
struct sadb_hook {
	void (*changing)(void *ctx);
	void *ctx;
};
struct sadb_hook *sadb_hook(struct sadb *d);
/* Tell: also for who changes an SA beside the functions here. */
static inline void
sadb_changing(const struct sadb_hook *h)
{
	if (h->changing != NULL)
		h->changing(h->ctx);
}
struct sadb_tune *sadb_tuning(struct sadb *d, uint8_t satype);

/*
 * All return 0 or an errno value, and a PF_KEY diagnostic in *diag. *out: the SA,
 * which the SADB owns; valid until it is deleted or updated from larval.
 *
 * Add checks everything of spec: sa 15 and 18 that can be told from s. It takes
 * the direction from the flags or the addresses, and sets SAF_INBOUND,
 * SAF_OUTBOUND (both: found both ways), SAF_UNIQUE, SAF_TUNNEL.
 */
int sadb_add(struct sadb *d, const struct sa_spec *s, struct now now,
    uint16_t *diag, struct sa **out);
/*
 * A larval SA becomes a mature one, as if added. Of another, the lifetimes that
 * are not 0, the KM cookie and the pair are set (spec: sa 16).
 */
int sadb_update(struct sadb *d, const struct sa_spec *s, struct now now,
    uint16_t *diag, struct sa **out);
/* The lifetimes, of the SA and its pair. */
int sadb_update_pair(
    struct sadb *d, const struct sa_spec *s, struct now now, uint16_t *diag);
/* What names an SA: satype, spi, dst, src when specified; direction flags. */
struct sa *sadb_find(struct sadb *d, const struct sa_spec *name);
/* As sadb_find(), with the errno and diagnostic of what is wrong. */
int sadb_get(struct sadb *d, const struct sa_spec *name, uint16_t *diag,
    struct sa **out);
/* pair: the other one too. ESRCH, PAIR_SA_NOTFOUND: there was none; it is gone. */
int sadb_delete(
    struct sadb *d, const struct sa_spec *name, bool pair, uint16_t *diag);
/*
 * Delete each SA of the type (0: all) for which f says true; pair: its pair as
 * well. Returns how many are gone.
 */
size_t sadb_delete_if(struct sadb *d, uint8_t satype, bool pair,
    bool (*f)(void *ctx, const struct sa *sa), void *ctx);
/* satype 0: all. Returns how many. */
size_t sadb_flush(struct sadb *d, uint8_t satype);
/* Calls f for each SA of the type until f says false. f may not change the SADB. */
void sadb_each(struct sadb *d, uint8_t satype,
    bool (*f)(void *ctx, struct sa *sa), void *ctx);
/* The other SA of a pair, or NULL. */
struct sa *sadb_pair(struct sadb *d, const struct sa *sa);
/*
 * Reserve an SPI of the range (RFC 2367 3.1.1): a larval SA. Never one below 256.
 * EEXIST when all are taken.
 */
int sadb_getspi(struct sadb *d, uint8_t satype, const struct addr *src,
    const struct addr *dst, uint32_t min, uint32_t max, struct now now,
    uint16_t *diag, struct sa **out);

/*
 * A walk that may rest while the SADB changes. It visits each SA of the type
 * (0: all) that was there when it began and is still there when its turn comes.
 * From sadb_walk_begin() to sadb_walk_end() the walk may not move in memory.
 */
struct sadb_walk {
	struct link link;
	struct link *next;
	uint64_t last; /* serial of the last SA to visit */
	uint8_t satype;
};
void sadb_walk_begin(struct sadb *d, struct sadb_walk *w, uint8_t satype);
struct sa *sadb_walk_next(struct sadb *d, struct sadb_walk *w);
/* Step back: sa, which was the last result, comes once more. */
void sadb_walk_again(struct sadb_walk *w, struct sa *sa);
void sadb_walk_end(struct sadb_walk *w);

/* Inbound (spec: sa 19). Also finds larval SAs; the caller looks at the state. */
struct sa *sadb_inbound(struct sadb *d, uint8_t satype, uint32_t spi,
    const struct addr *src, const struct addr *dst);
/* The same of many: the memory of all is on its way before the first is looked at. */
struct sadb_ask {
	uint8_t satype;
	uint32_t spi;
	struct addr src, dst;
	struct sa *sa; /* the answer */
	uint64_t hash; /* for sadb.c */
};
void sadb_inbound_n(struct sadb *d, struct sadb_ask *a, size_t n);

/* What policy wants of an outbound SA. */
struct sadb_want {
	uint8_t satype;
	struct addr src,
	    dst;     /* outer; FAM_NONE: whatever the SA says (tunnel) */
	bool tunnel; /* tunnel-mode SA with these inner addresses */
	const struct flow *flow; /* the packet; inner one in tunnel mode */
	const struct action *act;
	/* identities at both ends that it has to have; NULL: any */
	const struct sa_ident *sid, *did;
	uint32_t reqid; /* the SA's; 0: any */
};
struct sa *sadb_outbound(struct sadb *d, const struct sadb_want *w);

/*
 * Run lifetimes and larval timeouts of this type (0: all); calls env->expired.
 * Frees what was dead for reap_delay. Linear in the number of SAs.
 */
static inline void sadb_age(struct sadb *d, uint8_t satype, struct now now);
/*
 * The same in parts, so that packets need not wait for all of it: of at most so
 * many SAs of w, a walk that has begun and has to be ended. False: it is through.
 */
MUST_USE bool sadb_age_some(
    struct sadb *d, struct sadb_walk *w, size_t most, struct now now);
/* The path says that a packet reached a limit of this SA. */
void sadb_reached(struct sadb *d, struct sa *sa, enum sa_check what);

/*
 * The host has other addresses now: SAs of which nobody said the direction are
 * put into the table that fits (spec: sa 13). One whose name is taken there stays
 * where it is. Returns how many were moved. Linear in the number of SAs.
 */
size_t sadb_relocate(struct sadb *d);

/* Which way an SA of this name goes, or would: SAF_INBOUND, SAF_OUTBOUND, both. */
uint32_t sadb_direction(const struct sadb *d, const struct sa_spec *name);

/*
 * Goes up with every change of which SAs there are, of what state they are in and
 * of the tables they are found in.
 */
uint64_t sadb_version(const struct sadb *d);
/* satype 0: all. */
size_t sadb_count(const struct sadb *d, uint8_t satype);

static inline void
sadb_age(struct sadb *d, uint8_t satype, struct now now)
{
	struct sadb_walk w;

	sadb_walk_begin(d, &w, satype);
	while (sadb_age_some(d, &w, SIZE_MAX, now))
		continue;
	sadb_walk_end(&w);
}

#endif /* CORE_SADB_H */
