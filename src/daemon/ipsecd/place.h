/* SPDX-License-Identifier: BSD-2-Clause */
/* place - the folder where the ipsecd of a network namespace is found. */
#ifndef DAEMON_PLACE_H
#define DAEMON_PLACE_H

#include <sys/types.h>

#include "base/rd.h"

struct ipsecd;

/*
 * The folder for the sockets, the lock in it, and the folder of ipsecconf's
 * files, where those write who may change policy: they cannot get at the sockets
 * from there.
 * False: there is another ipsecd, or it is logged why not.
 */
MUST_USE bool place_take(struct ipsecd *d, uid_t user, gid_t group);
/* The last one out takes the folders away, unless d->keep. */
void place_leave(struct ipsecd *d);

#endif /* DAEMON_PLACE_H */
