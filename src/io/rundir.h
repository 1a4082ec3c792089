/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rundir - where the ipsecd of this network namespace keeps its sockets, so
 * that a command reaches the right one without being told (`ip netns exec`).
 *
 * Sockets in the folder: RUNDIR_PFKEY, RUNDIR_PFKEY_LINUX, RUNDIR_PFPOLICY,
 * RUNDIR_ADMIN and RUNDIR_SOCKET (SOCK_SEQPACKET), RUNDIR_STATUS (SOCK_STREAM).
 * in.iked has a folder of its own there, RUNDIR_IKE, since it is another user's;
 * in it RUNDIR_IKE_ADMIN (SOCK_SEQPACKET).
 */
#ifndef IO_RUNDIR_H
#define IO_RUNDIR_H

#include <sys/types.h>

#include "base/rd.h"

#define RUNDIR_ROOT	   "/run/solipsec"
#define RUNDIR_PFKEY	   "pfkey"
#define RUNDIR_PFKEY_LINUX "pfkey-linux" /* the other dialect */
#define RUNDIR_PFPOLICY	   "pfpolicy"
#define RUNDIR_STATUS	   "status"
#define RUNDIR_ADMIN	   "admin"
#define RUNDIR_SOCKET	   "socket" /* everybody may, about its own ones */
#define RUNDIR_POLICY	   "policy" /* folder of ipsecconf's files */
#define RUNDIR_IKE	   "ike"
#define RUNDIR_IKE_ADMIN   "ike/admin"

/*
 * The folder of this network namespace's ipsecd:
 *   $SOLIPSEC_RUN when it is set (never in a set-user-ID process);
 *   RUNDIR_ROOT/net-<inode number of the namespace> in a namespace that is not
 *     that of process 1, or for which this folder exists. Where process 1
 *     cannot be looked at: also in one that has a name in /run/netns;
 *   RUNDIR_ROOT otherwise.
 * Never NULL. Valid until the next call.
 */
const char *rundir_path(void);

/*
 * "<rundir_path()>/<name>" into buf. False when that is longer than a socket
 * address or buf can be; buf is then "".
 */
MUST_USE bool rundir_socket(char *buf, size_t cap, const char *name);

/*
 * Make dir, or take over one that is there, for this process' user, that group
 * and with that mode. 0 or errno. EPERM: nobody but this user and `former` can
 * be trusted to have made a folder here, and somebody else did, or all may write
 * in it; ELOOP, ENOTDIR: a link or a file is in its place.
 */
int rundir_make(const char *dir, mode_t mode, uid_t former, gid_t group);

#endif /* IO_RUNDIR_H */
