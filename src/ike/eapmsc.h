/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * eapmsc - EAP-MSCHAPv2 as peer and as server: what is said next, and the MSK. Pure;
 * runs wherever the password is.
 *
 * The order is the whole point: a peer believes Success only after it has checked
 * the server's answer to its own challenge, a server only what follows its own
 * challenge. EAP's own Success and Failure packets say nothing here: whoever runs
 * the method goes by EAPMSC_DONE alone (RFC 3748 4.2, 7.16).
 *
 *	S: Challenge   P: Response   S: Success   P: Success   -> MSK
 *	                             S: Failure   P: Failure   -> no more
 */
#ifndef IKE_EAPMSC_H
#define IKE_EAPMSC_H

#include "crypto/mschap.h"
#include "crypto/provider.h"
#include "wire/eap.h"

enum eapmsc_result {
	EAPMSC_SEND,   /* send what was written, and wait */
	EAPMSC_DONE,   /* the peer: send what was written. MSK is there */
	EAPMSC_FAILED, /* it is over. What was written, if anything, is sent */
	EAPMSC_DROP    /* bad or out of order: nothing changes (RFC 3748 4.3) */
};

enum eapmsc_state {
	EAPMSC_BEGIN,
	EAPMSC_CHALLENGED, /* peer: has answered; server: has asked */
	EAPMSC_JUDGED,	   /* server: has said Success or Failure */
	EAPMSC_OVER
};

/* Of one run; wiped by eapmsc_fini(). Begins by one of the two below. */
struct eapmsc {
	uint8_t state; /* enum eapmsc_state */
	bool server, good;
	uint8_t id;  /* of the request that is under way */
	uint8_t msc; /* MSCHAPv2's own */
	uint8_t hash[MSCHAP_HASH];
	uint8_t own[MSCHAP_CHALLENGE], other[MSCHAP_CHALLENGE];
	uint8_t nt[MSCHAP_RESPONSE];
	uint8_t name[EAP_MSC_NAME];
	uint16_t n_name;
	uint8_t msk[MSCHAP_MSK]; /* only after EAPMSC_DONE */
};

/*
 * As peer: the name to say and the password's hash (mschap_hash()). False: the
 * name is too long, or there are no random bytes.
 */
MUST_USE bool eapmsc_peer(struct eapmsc *m, const struct rng *rng,
    struct ike_view name, const uint8_t hash[MSCHAP_HASH]);
/* As server; who the peer is it says itself. False: no random bytes. */
MUST_USE bool eapmsc_server(struct eapmsc *m, const struct rng *rng);
void eapmsc_fini(struct eapmsc *m);

/* Server: the Challenge, with EAP identifier id; a whole EAP packet to w. */
MUST_USE bool eapmsc_ask(struct eapmsc *m, struct wr *w, uint8_t id);

/*
 * Server: the hash of the password of that user, found by the name as the peer
 * said it. False: nobody of that name.
 */
struct eapmsc_users {
	bool (*find)(
	    void *ctx, struct ike_view name, uint8_t hash[MSCHAP_HASH]);
	void *ctx;
};

/*
 * A packet of type EAP_MSCHAPV2 came; what is to be said is written to w as a whole
 * EAP packet. users: NULL for a peer.
 */
enum eapmsc_result eapmsc_hear(struct eapmsc *m, struct wr *w,
    const struct eap *e, const struct eapmsc_users *users);

/* "DOMAIN\user": user. What the response is computed with (RFC 2759 4). */
struct ike_view eapmsc_user(struct ike_view name);

#endif /* IKE_EAPMSC_H */
