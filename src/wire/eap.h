/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * eap - EAP packets (RFC 3748 4) and what MSCHAPv2 and TLS put into them. Views of
 * the caller's bytes, as in wire/ike2.h. Readers look at every length; what they
 * refuse is dropped by who runs the method (RFC 3748 4.1), never answered.
 */
#ifndef WIRE_EAP_H
#define WIRE_EAP_H

#include "wire/ikehdr.h"

enum eap_code {
	EAP_REQUEST = 1,
	EAP_RESPONSE = 2,
	EAP_SUCCESS = 3,
	EAP_FAILURE = 4
};

enum eap_type {
	EAP_IDENTITY = 1,
	EAP_NOTIFICATION = 2,
	EAP_NAK = 3, /* responses only */
	EAP_TLS = 13,
	EAP_TTLS = 21,
	EAP_PEAP = 25,
	EAP_MSCHAPV2 = 26,
	EAP_EXPANDED = 254
};

struct eap {
	uint8_t code; /* one of the four */
	uint8_t id;
	uint8_t type; /* of requests and responses; any value but 0 */
	struct ike_view data;
};

/*
 * False: shorter than 4 bytes or than it says, a code that is none of the four, a
 * request or response without a type (RFC 3748 4.1), success or failure with data
 * (4.2). Bytes behind what it says are padding (4.1).
 */
MUST_USE bool eap_parse(struct eap *e, const uint8_t *b, size_t n);
void eap_write(struct wr *w, const struct eap *e);

/* Of a Nak: does the peer want this method instead (RFC 3748 5.3.1)? */
MUST_USE bool eap_nak_wants(const struct eap *e, uint8_t type);

/* ---- MSCHAPv2: draft-kamath-pppext-eap-mschapv2 2, RFC 2759 3 to 7 ---- */

enum eap_msc_op {
	EAP_MSC_CHALLENGE = 1,
	EAP_MSC_RESPONSE = 2,
	EAP_MSC_SUCCESS = 3,
	EAP_MSC_FAILURE = 4
};

enum {
	EAP_MSC_CHALLENGE_LEN = 16,
	EAP_MSC_NT_LEN = 24,
	EAP_MSC_AUTH_LEN = 20,
	EAP_MSC_NAME = 256
};

/* What EAP_MSC_FAILURE says: "E=691 R=0 C=... V=3 M=...". */
enum { EAP_MSC_E_AUTHENTICATION = 691 };

struct eap_msc {
	uint8_t op; /* one of the four */
	uint8_t id; /* of challenge, response; success and failure as request */
	/* CHALLENGE: 16 bytes. RESPONSE: the peer's own, 16 bytes. */
	struct ike_view challenge;
	struct ike_view nt;   /* RESPONSE: 24 bytes */
	struct ike_view name; /* CHALLENGE, RESPONSE */
	/* SUCCESS of the server: S=, 20 bytes; is it there? */
	bool has_auth;
	uint8_t auth[EAP_MSC_AUTH_LEN];
	/* FAILURE of the server */
	uint32_t error;
	bool retry;
	struct ike_view text; /* M=, of both; empty: none */
};

/*
 * What e, of type EAP_MSCHAPV2, has. Requests are of the server: challenge,
 * success, failure; responses of the peer: response, and success and failure,
 * which are one byte. False: any length that disagrees, an operation that does not
 * go with the direction, a success without the 40 hex digits.
 */
MUST_USE bool eap_msc_parse(struct eap_msc *m, const struct eap *e);
/* The data of a packet: of a request (of the server), or a response. */
void eap_msc_write(struct wr *w, const struct eap_msc *m, bool request);

/* ---- TLS and its kin: RFC 5216 3.1 ---- */

struct eap_tls {
	bool start, more; /* S, M */
	bool has_len;	  /* L */
	uint32_t len;	  /* of the whole TLS message; 0 without L */
	uint8_t version;  /* PEAP, TTLS: the low three bits */
	struct ike_view data;
};

enum { EAP_TLS_MAX = 65536 }; /* bytes of a TLS message; more is refused */

/*
 * False: no flags, no room for the length that L says is there, a length over
 * EAP_TLS_MAX or less than what is in this packet.
 */
MUST_USE bool eap_tls_parse(struct eap_tls *t, const struct eap *e);
void eap_tls_write(struct wr *w, const struct eap_tls *t);

#endif /* WIRE_EAP_H */
