/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sockdiag - which sockets this host has (sock_diag(7)): the one of a flow, all
 * of them, and which have just gone. TCP and UDP; a kernel may have more, and
 * raw sockets only where it was built so.
 */
#ifndef IO_SOCKDIAG_H
#define IO_SOCKDIAG_H

#include "io/netaddr.h"

struct sockdiag;

/* Zeros where a socket has not bound, or has no peer. */
struct sockdiag_socket {
	uint8_t proto;
	struct netaddr local, remote;
	uint16_t lport, rport;
	uint64_t cookie; /* SO_COOKIE: of this socket and never of another */
	uint32_t mark;	 /* 0 in what sockdiag_hear() tells */
	/* It has a peer: TCP that does not listen and has not ended, UDP */
	bool connected;
	bool established; /* connected; of TCP: the handshake is over */
};

/* NULL: errno says why. */
struct sockdiag *sockdiag_open(void);
void sockdiag_close(struct sockdiag *s);
/* To be watched: sockdiag_hear() has something to read. */
int sockdiag_fd(const struct sockdiag *s);

/*
 * The socket that gets packets from remote to local; one that has exactly these
 * ends, or one that listens. 0, ENOENT, or another errno.
 */
int sockdiag_find(struct sockdiag *s, uint8_t proto,
    const struct netaddr *local, uint16_t lport, const struct netaddr *remote,
    uint16_t rport, struct sockdiag_socket *out);
/* Every TCP and UDP socket but those in TIME-WAIT. 0 or errno. */
int sockdiag_each(struct sockdiag *s,
    bool (*f)(void *ctx, const struct sockdiag_socket *k), void *ctx);
/*
 * Sockets that have gone since. Of the addresses and ports there may be a part;
 * the cookie is there. False: some were lost, everything is to be looked at.
 */
MUST_USE bool sockdiag_hear(struct sockdiag *s,
    bool (*f)(void *ctx, const struct sockdiag_socket *k), void *ctx);

#endif /* IO_SOCKDIAG_H */
