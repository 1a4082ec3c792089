/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lint - what is no error in a policy file, but hardly meant: entries that never
 * match, or never decide, or protect less than it seems (ipsecconf -c). What
 * shows in one word (legacy algorithms, encryption without authentication, ports
 * of a protocol without ports) was reported when the file was read.
 */
#ifndef CONF_LINT_H
#define CONF_LINT_H

#include "conf/ipsecinit.h"

/* With more rules than this, shadowed ones are not looked for. */
#define LINT_RULES 8192

/* Warnings and notes about the entries of p, in their order, to report. */
void lint_policy(const struct ipsecinit *p, const char *file,
    conf_report *report, void *ctx);

#endif /* CONF_LINT_H */
