/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * link - a connection to the ipsecd of this network namespace, one message a
 * send and one a receive; LINK_STATUS only gives, and is a stream. What the messages say is wire/pfkey, wire/pfpolicy.
 */
#ifndef CLIENT_LINK_H
#define CLIENT_LINK_H

#include "base/rd.h"

enum link_which {
	LINK_PFKEY,
	LINK_PFPOLICY,
	LINK_ADMIN,
	LINK_STATUS,
	LINK_IKE /* in.iked's, not ipsecd's: for ikeadm */
};

enum link_fault {
	LINK_OK,
	LINK_NOT_RUNNING, /* no socket, or nobody listens there */
	LINK_ZONE,	  /* a shared-IP zone has no ipsecd to speak to */
	LINK_ELSEWHERE,	  /* who listens serves another network namespace */
	LINK_DENIED,	  /* the socket's permissions, or ipsecd, say no */
	LINK_TIMEOUT,	  /* nothing came in time */
	LINK_CLOSED,	  /* ipsecd ended the connection */
	LINK_INTERRUPTED, /* a signal came while waiting */
	LINK_OTHER	  /* err says what */
};

struct link_to {
	int fd; /* -1: not connected. Pollable: readable when a message is there */
	enum link_fault fault; /* of the last call that failed */
	int err;	       /* errno that goes with it, or 0 */
	enum link_which which;
	char path[108]; /* of the socket, for people */
};

/* Failure: false, to->fault says why, nothing is left open. */
MUST_USE bool link_connect(struct link_to *to, enum link_which which);

/* One whole message. Never a signal (SIGPIPE): LINK_CLOSED instead. */
MUST_USE bool link_send(struct link_to *to, const void *msg, size_t n);

/*
 * One whole message into buf; *n is its length. timeout_ms: -1 waits for ever.
 * A message longer than cap is LINK_OTHER with EMSGSIZE and is lost.
 */
MUST_USE bool link_recv(
    struct link_to *to, void *buf, size_t cap, size_t *n, int timeout_ms);

/* Harmless on one that is not connected. */
void link_close(struct link_to *to);

/*
 * The sentence for people about the last failure: what happened, where, and
 * what to do about it. Fits in LINK_TEXT bytes. Returns buf.
 */
#define LINK_TEXT 320
const char *link_sentence(const struct link_to *to, char buf[LINK_TEXT]);

#endif /* CLIENT_LINK_H */
