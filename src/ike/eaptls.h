/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * eaptls - carries TLS messages in EAP packets, in pieces that are acknowledged one
 * by one (RFC 5216 2.1.5, 3.1); EAP-TLS, and PEAP and TTLS in their outer form. Pure:
 * TLS itself is the caller's, and so is what its end means.
 *
 *	eaptls_hear() = EAPTLS_READY: m->in has what the other side's TLS said; give
 *	it to TLS, and what TLS says to eaptls_say(). Of nothing: an empty packet.
 */
#ifndef IKE_EAPTLS_H
#define IKE_EAPTLS_H

#include "wire/eap.h"

enum eaptls_result {
	EAPTLS_SEND,  /* send what was written, and wait */
	EAPTLS_READY, /* nothing was written; see above */
	EAPTLS_DROP,  /* bad or out of order: nothing changes */
	EAPTLS_FAILED /* too long, or its length is not what was said: give up */
};

enum { EAPTLS_PACKET_MIN = 64, EAPTLS_PACKET = 1024 }; /* bytes of a packet */

struct eaptls {
	bool server;
	uint8_t type; /* enum eap_type */
	uint8_t id;   /* server: of the request under way; peer: to answer to */
	enum { EAPTLS_FIRST, EAPTLS_TALK, EAPTLS_OVER } state;
	size_t packet;
	struct ike_view in; /* whole after EAPTLS_READY, until the next call */
	uint8_t *buf;	    /* the caller's; in is in it */
	size_t cap;
	uint32_t want;	     /* bytes that L has announced; 0: it did not */
	bool partial;	     /* some of a message is there */
	struct ike_view out; /* the caller's, until all of it is sent */
	size_t sent;
};

/*
 * buf: where messages are put together, cap bytes; longer ones are EAPTLS_FAILED.
 * packet: the most bytes of an EAP packet, EAPTLS_PACKET_MIN at least.
 */
void eaptls_init(struct eaptls *m, bool server, uint8_t type, uint8_t *buf,
    size_t cap, size_t packet);
/* Server: the first packet, with the Start bit. False: not now, or no room. */
MUST_USE bool eaptls_start(struct eaptls *m, struct wr *w, uint8_t id);

/* A packet of this type came. */
enum eaptls_result eaptls_hear(
    struct eaptls *m, struct wr *w, const struct eap *e);
/*
 * After EAPTLS_READY: what TLS says; kept by the caller until the next
 * EAPTLS_READY. The first piece is written. False: not now, or no room.
 */
MUST_USE bool eaptls_say(struct eaptls *m, struct wr *w, struct ike_view tls);

#endif /* IKE_EAPTLS_H */
