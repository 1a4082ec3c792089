/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reply - which requests came protected a moment ago, and how: what the host's
 * stack answers by itself is protected alike (spec: policy 20). A table of fixed
 * size and short memory; when it had to forget one too early, it knows that it
 * has.
 */
#ifndef CORE_REPLY_H
#define CORE_REPLY_H

#include "base/hash.h"

#include "core/sa.h"
#include "core/spd.h"
#include "model/rule.h"

#define REPLY_LIFE 8000 /* ms that a request is remembered */
/*
 * ms after a start for which requests may be under way that an earlier process
 * has let in: the stack answers at once, and while nobody reads the device its
 * answers are dropped.
 */
#define REPLY_BEGIN 1000
#define REPLY_ALTS  8 /* alternatives for an answer, at most */

/*
 * A request. a, b: ports, local first; of ICMP identifier and sequence number,
 * and type is that of the request. local of no family: sent to a group.
 */
struct reply_key {
	struct addr local, remote;
	uint8_t proto, type;
	uint16_t a, b;
};

struct reply_table;

/*
 * now: mono, ms. What came before is not known, so at first the table is not
 * whole. NULL: no memory, or no random bytes.
 */
struct reply_table *reply_new(const struct rng *rng, uint64_t now);
void reply_free(struct reply_table *t);

/* The request came so: the newest word holds. May forget another one. */
void reply_put(struct reply_table *t, const struct reply_key *k,
    const struct action *a, uint64_t now);
/* How it came, or NULL: not known. Valid until the next reply_put(). */
const struct action *reply_find(
    struct reply_table *t, const struct reply_key *k, uint64_t now);
/*
 * Remember until then what reply_find() has found since the last reply_entry(),
 * if it has.
 */
void reply_keep(struct reply_table *t, uint64_t until);
/* True: if this one is not found, it did not come protected within REPLY_LIFE. */
MUST_USE bool reply_is_whole(
    const struct reply_table *t, const struct reply_key *k, uint64_t now);

/*
 * What SAs have done, as an alternative of policy: their protocols, algorithms,
 * key sizes and uniqueness. One of the two may be NULL.
 */
struct action reply_action(
    const struct sa *ah, const struct sa *esp, bool selfencap);

/*
 * The entry by which one answer is sent, without an alternative so far; the same
 * one each time. Its priority is that of no entry of the SPD, and its index says
 * which alternatives it has.
 */
struct spd_entry *reply_entry(struct reply_table *t, uint8_t fam);
/* One more alternative for it; beyond REPLY_ALTS none. */
void reply_add(struct reply_table *t, const struct action *a);
MUST_USE bool reply_is_entry(
    const struct reply_table *t, const struct spd_entry *e);

#endif /* CORE_REPLY_H */
