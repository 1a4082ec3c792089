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
	/* an SA reached a limit; called for SOFT, HARD, IDLE (PFKEY_EXT_LIFETIME_*) */
	void (*expired)(void *ctx, struct sa *sa, int which);
	void *ctx;
};

struct sadb *sadb_new(
    const struct crypto *c, const struct rng *rng, const struct sadb_env *env);
void sadb_free(struct sadb *d);

/* All return 0 or an errno value, and a PF_KEY diagnostic in *diag. */
int sadb_add(struct sadb *d, const struct sa_spec *s, struct now now,
    uint16_t *diag, struct sa **out);
int sadb_update(struct sadb *d, const struct sa_spec *s, struct now now,
    uint16_t *diag, struct sa **out);
/* What names an SA: satype, spi, dst, src when specified; direction flags. */
struct sa *sadb_find(struct sadb *d, const struct sa_spec *name);
int sadb_delete(
    struct sadb *d, const struct sa_spec *name, bool pair, uint16_t *diag);
/* satype 0: all. Returns how many. */
size_t sadb_flush(struct sadb *d, uint8_t satype);
/* Calls f for each SA of the type until f says false. f may not change the SADB. */
void sadb_each(struct sadb *d, uint8_t satype,
    bool (*f)(void *ctx, struct sa *sa), void *ctx);
/* Reserve an SPI of the range (RFC 2367 3.1.1): a larval SA. EEXIST when full. */
int sadb_getspi(struct sadb *d, uint8_t satype, const struct addr *src,
    const struct addr *dst, uint32_t min, uint32_t max, struct now now,
    uint16_t *diag, struct sa **out);

/* Inbound (spec: sa 19). Also finds larval SAs; the caller looks at the state. */
struct sa *sadb_inbound(struct sadb *d, uint8_t satype, uint32_t spi,
    const struct addr *src, const struct addr *dst);

/* What policy wants of an outbound SA. */
struct sadb_want {
	uint8_t satype;
	struct addr src,
	    dst;     /* outer; FAM_NONE: whatever the SA says (tunnel) */
	bool tunnel; /* tunnel-mode SA with these inner addresses */
	const struct flow *flow; /* the packet; inner one in tunnel mode */
	const struct action *act;
};
struct sa *sadb_outbound(struct sadb *d, const struct sadb_want *w);

/* Run lifetimes and larval timeouts; calls env->expired. Frees the dead. */
void sadb_age(struct sadb *d, struct now now);
/* The path says that a packet reached a limit of this SA. */
void sadb_reached(struct sadb *d, struct sa *sa, enum sa_check what);

size_t sadb_count(const struct sadb *d, uint8_t satype);

#endif /* CORE_SADB_H */
