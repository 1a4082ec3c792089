/* SPDX-License-Identifier: BSD-2-Clause */
/* tally - what Solaris counts of each protocol (spec: services 10). */
#ifndef CORE_TALLY_H
#define CORE_TALLY_H

#include "core/path.h"

/* A packet was to be sealed, and v became of it. Returns v. */
enum verdict tally_sealed(
    struct path_stats *st, const struct sa *sa, enum verdict v);
/* A packet came, and v became of it. Returns v. */
enum verdict tally_opened(struct path_stats *st, bool is_ah, enum verdict v);
/* Cryptography was used to open a packet by this SA, and v became of it. */
void tally_checked(struct path_stats *st, const struct sa *sa, enum verdict v);
/* SAs for this rule are asked for. */
void tally_acquire(struct path_stats *st, const struct rule *r);

#endif /* CORE_TALLY_H */
