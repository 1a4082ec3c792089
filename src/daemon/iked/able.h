/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * able - what of ike/config this in.iked can do. The grammar has words for more
 * than the engine does: one that protects, or that a peer would miss, is refused;
 * of one that only tunes, it is said that it has no effect.
 */
#ifndef DAEMON_ABLE_H
#define DAEMON_ABLE_H

#include "conf/lex.h"
#include "model/ikecfg.h"

/* Errors and warnings, with c's lines. True: no error. */
MUST_USE bool able_check(
    const struct ikecfg *c, const char *file, conf_report *report, void *ctx);

#endif /* DAEMON_ABLE_H */
