/* SPDX-License-Identifier: BSD-2-Clause */
/* sapool - memory of many SAs that live together, as those of the SADB. */
#ifndef CORE_SAPOOL_H
#define CORE_SAPOOL_H

#include "base/slab.h"

#include "core/sa.h"

struct sa_pool {
	struct slab core, rest;
};

void sa_pool_init(struct sa_pool *p);
/* All of its SAs have been freed. */
void sa_pool_fini(struct sa_pool *p);

/* As in sa.h. p NULL: of no pool. What is of a pool is freed into it. */
struct sa *sa_new_in(struct sa_pool *p, const struct crypto *c,
    const struct rng *rng, const struct sa_spec *spec, struct now now,
    uint16_t *diag);
struct sa *sa_larval_in(
    struct sa_pool *p, const struct sa_spec *spec, struct now now);
void sa_free_in(struct sa_pool *p, struct sa *sa);

#endif /* CORE_SAPOOL_H */
