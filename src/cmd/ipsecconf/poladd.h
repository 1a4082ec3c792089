/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * poladd - check a policy file, and add its entries to the policy of ipsecd,
 * all or none (spec: policy 13). Both return the exit status.
 */
#ifndef CMD_IPSECCONF_POLADD_H
#define CMD_IPSECCONF_POLADD_H

#include "cmd/ipsecconf/polopts.h"

int poladd_check(const struct polopts *o);
int poladd_add(const struct polopts *o);

#endif /* CMD_IPSECCONF_POLADD_H */
