/* SPDX-License-Identifier: BSD-2-Clause */
/* algtable - a table of algorithms takes the place of the one before. */
#ifndef DAEMON_ALGTABLE_H
#define DAEMON_ALGTABLE_H

#include "crypto/algset.h"

/*
 * For struct pfpolicyd_env.set_algs; ctx is the struct ipsecd. Key management
 * that is registered hears of it.
 */
int algtable_set(void *ctx, const struct algmech_entry *e, size_t n,
    bool async_auth, bool async_encr);

#endif /* DAEMON_ALGTABLE_H */
