/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kstatop - what is counted, by the names of Solaris' kstats (spec: services
 * 10), on the admin socket.
 *
 *   {"op":"stat"} -> {"snaptime":MS,"kstats":[{"module":"ipsecesp",
 *       "instance":0,"name":"esp_stat","statistics":{"num_aalgs":N, ...}}, ...],
 *       "drops":[{"reason","direction","packets","text"}, ...]}
 *
 * drops has what is not zero, the greatest first, by direction, while ip:0:ipdrop
 * has each reason of both directions together. snaptime does not go back.
 */
#ifndef DAEMON_KSTATOP_H
#define DAEMON_KSTATOP_H

#include <jansson.h>

#include "base/rd.h"

struct ipsecd;

/* As struct admin_op.run. */
int kstatop_stat(
    struct ipsecd *d, const json_t *in, json_t *out, char *err, size_t n);

/*
 * What goes into the answer, from what this process counts and what
 * status_counts() found.
 */
void kstatop_build(json_t *out, const struct ipsecd *d, const json_t *seen);

#endif /* DAEMON_KSTATOP_H */
