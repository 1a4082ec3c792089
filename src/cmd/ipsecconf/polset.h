/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * polset - a change of policy that comes into force whole or not at all: it is
 * made in STANDBY, which then becomes ACTIVE (spec: policy 13). Messages are
 * printed; functions give the exit status, POLRUN_OK to go on.
 */
#ifndef CMD_IPSECCONF_POLSET_H
#define CMD_IPSECCONF_POLSET_H

#include "cmd/pol/polcache.h"
#include "cmd/pol/pollink.h"

/*
 * A message about a whole policy set; what says what it is for: "ipsecd can not
 * WHAT". all: of the host and every tunnel.
 */
int polset_tell(
    struct pollink *l, uint8_t type, uint8_t spdid, bool all, const char *what);
/*
 * The end of a change: e says how it went so far. With POLRUN_OK STANDBY and the
 * cache become the active ones; otherwise, or when that fails, all stays as it
 * was, and that is said. Returns the exit status.
 */
int polset_finish(struct pollink *l, struct polcache *c, int e);

#endif /* CMD_IPSECCONF_POLSET_H */
