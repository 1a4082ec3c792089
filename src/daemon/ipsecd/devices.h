/* SPDX-License-Identifier: BSD-2-Clause */
/* devices - the host's TUN devices, opened while that may still be done. */
#ifndef DAEMON_DEVICES_H
#define DAEMON_DEVICES_H

#include "daemon/ipsecd/ipsecd.h"

/*
 * That of the host, with a queue for each thread that seals (pump_crew.c), and that of
 * sockets: their descriptors in fds, their indexes in d. False: the log says why.
 */
MUST_USE bool devices_open(struct ipsecd *d, struct pump_fds *fds);

#endif /* DAEMON_DEVICES_H */
