/* SPDX-License-Identifier: BSD-2-Clause */
/* keyhost - names of hosts, looked up both ways. */
#ifndef CMD_IPSECKEY_KEYHOST_H
#define CMD_IPSECKEY_KEYHOST_H

#include "model/addr.h"

/* As struct ipseckeys_input.lookup. */
size_t keyhost_lookup(
    void *ctx, const char *name, struct addr *out, size_t max);

/*
 * The name of an address, "<unspecified>" of the zero address, "<unknown>" of
 * one that has no name. Valid until the next call.
 */
const char *keyhost_name(const struct addr *a);

#endif /* CMD_IPSECKEY_KEYHOST_H */
