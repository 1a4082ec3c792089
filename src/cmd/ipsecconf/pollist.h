/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pollist - show, delete and flush policy (spec: policy 2, 13, 15). All return
 * the exit status.
 */
#ifndef CMD_IPSECCONF_POLLIST_H
#define CMD_IPSECCONF_POLLIST_H

#include "cmd/ipsecconf/polopts.h"

int pollist_view(const struct polopts *o);
int pollist_list(const struct polopts *o);
int pollist_delete(const struct polopts *o);
int pollist_flush(const struct polopts *o);

#endif /* CMD_IPSECCONF_POLLIST_H */
