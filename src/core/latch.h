/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * latch - where a packet's connection, or its socket, decides instead of the SPD
 * (spec: policy 18.1, 19, 22, 25). For path.c only.
 */
#ifndef CORE_LATCH_H
#define CORE_LATCH_H

#include "core/judge.h"
#include "core/trip.h"

/*
 * The entry for an outbound packet of the host, into t->e (NULL: no policy). PASS,
 * or why it is dropped.
 */
enum verdict latch_out(struct trip *t);
/* The alternatives of t->e that may be used: [*from, *to). */
void latch_range(
    const struct trip *t, enum rule_dir dir, unsigned *from, unsigned *to);
/* The SAs for this alternative were chosen, t->esp and t->ah. */
void latch_sent(struct trip *t, unsigned alternative);

/* The entry for an inbound packet of the host, into t->e. */
void latch_in(struct trip *t);
/* judge_rule() of t->e and t->c, identities included. On PASS it is latched. */
enum verdict latch_judge(struct trip *t, const struct judge_case *c);

/*
 * RFC 4301 6: an error shows a part of what it is about. Where that flow is
 * protected (or dropped), so is the error, by the SAs that an answer would take.
 */
enum verdict latch_guard_quoted(struct trip *t);
/*
 * The other end of latch_guard_quoted(): an error that policy would have in the
 * clear came protected, in answer to a flow between the same two that is so.
 */
void latch_accept_quoted(struct trip *t, struct flow *f, struct judge_case *c);

#endif /* CORE_LATCH_H */
