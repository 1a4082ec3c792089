/* SPDX-License-Identifier: BSD-2-Clause */
/* sockflow - what becomes of connections when policy changes (spec: policy 22). */
#ifndef DAEMON_SOCKFLOW_H
#define DAEMON_SOCKFLOW_H

#include "daemon/ipsecd/sockets.h"
#include "io/steer.h"

/*
 * Policy is about to change from the set `old` of the SPD to `new` (the same:
 * only the steering is told again): latches what there is, and completes the plan
 * of the new one. False: no memory, or a connection that is protected could not
 * be kept so.
 */
MUST_USE bool sockflow_plan(
    struct sockets *s, struct steer_plan *p, int old, int new);
/* The plan holds now, or (not applied) the one before does. */
void sockflow_planned(struct sockets *s, bool applied);

#endif /* DAEMON_SOCKFLOW_H */
