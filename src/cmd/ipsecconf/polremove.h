/* SPDX-License-Identifier: BSD-2-Clause */
/* polremove - take out of the policy what a file says (ipsecconf -r). */
#ifndef CMD_IPSECCONF_POLREMOVE_H
#define CMD_IPSECCONF_POLREMOVE_H

#include "cmd/ipsecconf/polopts.h"

/* Returns the exit status. */
int polremove_remove(const struct polopts *o);

#endif /* CMD_IPSECCONF_POLREMOVE_H */
