/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * satable - the SADB's indexes. Every SA is found by what names it (SA type, SPI,
 * destination; each destination, when it has several: RFC 3554). An outbound SA is also found by the flow that it may carry: by
 * addresses and selectors, without a walk over SAs to the same destination. SAs
 * whose selectors have the same form (which ports, which prefix lengths) are one
 * `shape`; a lookup asks once for each shape. Borrows SAs, frees none.
 */
#ifndef CORE_SATABLE_H
#define CORE_SATABLE_H

#include "base/hash.h"

#include "core/sa.h"
#include "core/sadb.h"
#include "core/sahash.h"

struct satable {
	struct hash_seed seed;
	struct sahash id;  /* all SAs, by name */
	struct sahash out; /* outbound, by addresses and selectors */
	struct sahash sel; /* outbound tunnels, by selectors alone */
	struct link all;   /* oldest first */
	struct satable_shape *shape;
	size_t n_shapes, cap_shapes;
};

#define SATABLE_DIRS (SAF_INBOUND | SAF_OUTBOUND)

/* False: no memory. */
MUST_USE bool satable_init(struct satable *t, const struct hash_seed *seed);
/* The SAs that are still in it are the caller's to free. */
void satable_fini(struct satable *t);

/*
 * sa has its direction flags set; names and selectors may not change while
 * it is in. False: no memory; it is not in then.
 */
MUST_USE bool satable_insert(struct satable *t, struct sa *sa);
void satable_remove(struct satable *t, struct sa *sa);
/*
 * Give an SA that is in it other directions; its age stays. False: no memory, and
 * nothing has changed.
 */
MUST_USE bool satable_redirect(struct satable *t, struct sa *sa, uint32_t dirs);

/*
 * The newest SA of that name with any of the directions (SAF_INBOUND,
 * SAF_OUTBOUND). src: NULL or unspecified matches any; an SA whose source is
 * unspecified matches each src that no other SA of the name has (RFC 4301 4.1).
 */
struct sa *satable_find(const struct satable *t, uint8_t satype, uint32_t spi,
    const struct addr *dst, const struct addr *src, uint32_t dirs);

/* The same of many. */
void satable_find_n(
    const struct satable *t, struct sadb_ask *a, size_t n, uint32_t dirs);

/* The SA of that name and source with any of the directions, or NULL. */
struct sa *satable_same(
    const struct satable *t, const struct sa_spec *s, uint32_t dirs);

/* As sadb_outbound(). */
struct sa *satable_outbound(const struct satable *t, const struct sadb_want *w);

#endif /* CORE_SATABLE_H */
