/* SPDX-License-Identifier: BSD-2-Clause */
/* ask - what the engine asks the keystore, which alone has keys that last. */
#ifndef IKE_ASK_H
#define IKE_ASK_H

#include "ike/ends.h"

/*
 * What the keystore is asked. Octets are those of RFC 7296 2.15 (message, nonce
 * and prf(SK_p, ID)), put together by the engine.
 */
enum ike_ask_type {
	/*
	 * Make the AUTH payload of this end. For a preshared key the method of
	 * the answer is 2 and data is prf(prf(key, "Key Pad for IKEv2"),
	 * octets).
	 */
	IKE_ASK_SIGN,
	/*
	 * Is the peer's AUTH payload right, are its certificates trusted, do
	 * they bear the identity peer_id, does the rule want that identity?
	 */
	IKE_ASK_VERIFY,
	/*
	 * Which identity does the rule send? Only asked where local_id names a
	 * certificate (ikecfg_own_id()): its subject, or the alternative name
	 * of local_id_type. Answer: data is the type (RFC 7296 3.5) in one byte,
	 * then the identity.
	 */
	IKE_ASK_ID,
	IKE_ASK_DROP /* the question id is of no interest any more: no answer */
};

#define IKE_ASK_CERTS  8
#define IKE_ASK_HASHES 8

struct ike_ask {
	enum ike_ask_type type;
	uint32_t id;	  /* never 0; unique among those under way */
	const char *rule; /* label of the configuration's rule */
	bool initiator;	  /* are we? */
	struct ike_end local, remote;
	uint16_t prf; /* transform id: for preshared keys */
	/*
	 * ID payloads: one byte of type (RFC 7296 3.5), then the data. peer_id
	 * is not there when the initiator signs and named no IDr.
	 */
	uint8_t own_id_type, peer_id_type; /* 0: none */
	struct ike_bytes own_id, peer_id;
	struct ike_bytes octets;
	/* SIGN: what the peer takes: RFC 7427 hash numbers; none: old methods */
	uint16_t hash[IKE_ASK_HASHES];
	unsigned n_hash;
	/* SIGN: SHA-1 of the authorities that the peer named, 20 bytes each */
	struct ike_bytes authorities;
	/* VERIFY */
	uint8_t method;
	struct ike_bytes auth;
	/* DER; the first is the end entity's (RFC 7296 3.6). None: raw or PSK */
	struct ike_bytes cert[IKE_ASK_CERTS];
	uint8_t cert_encoding[IKE_ASK_CERTS]; /* RFC 7296 3.6 */
	unsigned n_cert;
};

#endif /* IKE_ASK_H */
