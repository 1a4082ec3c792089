/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tuneop - the tunables on the admin socket.
 *
 *   {"op":"tune-get"}, or with "name":"N"
 *     -> {"tunables":[{"name","driver","alias","unit","help","value","default",
 *         "solaris_default","min","max","settable","reason"}, ...]}
 *   {"op":"tune-set","set":[{"name":"N","value":V}, ...]}
 *     -> {"changed":[{"name","old","new"}, ...]}
 *
 * alias, solaris_default and reason are there only where there is one. A set is
 * checked as a whole before any of it is done; the error names the first that
 * is wrong. With "check":true it is only checked.
 */
#ifndef DAEMON_TUNEOP_H
#define DAEMON_TUNEOP_H

#include <jansson.h>

#include "base/rd.h"

struct ipsecd;

/* As struct admin_op.run. */
int tuneop_get(
    struct ipsecd *d, const json_t *in, json_t *out, char *err, size_t n);
int tuneop_set(
    struct ipsecd *d, const json_t *in, json_t *out, char *err, size_t n);

#endif /* DAEMON_TUNEOP_H */
