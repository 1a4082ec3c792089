/* SPDX-License-Identifier: BSD-2-Clause */
/* poljson - rules and entries of policy as one JSON document (ipsecconf(8)). */
#ifndef CMD_POL_POLJSON_H
#define CMD_POL_POLJSON_H

#include <jansson.h>

#include "conf/ipsecalgs.h"
#include "model/rule.h"

/* One rule of the SPD. NULL: no memory. The caller's to free. */
json_t *poljson_rule(const struct ipsecalgs *names, const struct rule *r);
/* One entry of the cache: its text without the #INDEX line and blank ends. */
json_t *poljson_entry(
    uint64_t index, const char *tun, const char *text, size_t n);
/*
 * Print {"KEY": LIST} to standard output and free list, also when it is NULL:
 * no memory. False: that, or it could not be written.
 */
MUST_USE bool poljson_print(const char *key, json_t *list);

#endif /* CMD_POL_POLJSON_H */
