/* SPDX-License-Identifier: BSD-2-Clause */
/* wiresock - the sockets of the wire, opened while that may still be done. */
#ifndef DAEMON_WIRESOCK_H
#define DAEMON_WIRESOCK_H

#include "daemon/ipsecd/pump.h"
#include "io/steer.h"

/*
 * All of f that is of sockets, and descriptors for the devices of tunnels. False:
 * what has to be there is not; the log says why. Close f in any case.
 */
MUST_USE bool wiresock_open(struct pump_fds *f, const struct steer_conf *conf,
    uint16_t natt_port, size_t workers);
/* Every descriptor of f that is there. */
void wiresock_close(struct pump_fds *f);

#endif /* DAEMON_WIRESOCK_H */
