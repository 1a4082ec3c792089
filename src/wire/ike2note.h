/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ike2note - the body of a Notify payload (RFC 7296 3.10), and what the data of
 * the single notifications looks like. ike2note_parse() has looked at sizes: the
 * readers below it cannot read past an end.
 */
#ifndef WIRE_IKE2NOTE_H
#define WIRE_IKE2NOTE_H

#include "model/addr.h"
#include "wire/ikehdr.h"

struct ike2_note {
	uint8_t proto;	     /* of the SPI; any value, also nonsense */
	uint16_t type;	     /* enum ike2_notify, or any */
	struct ike_view spi; /* REKEY_SA: of 4 bytes */
	struct ike_view data;
};

/*
 * 0, or EINVAL: lengths disagree; data of a known notification is shorter or
 * longer than it can be; REKEY_SA without the SPI of an AH or ESP SA;
 * CHILD_SA_NOT_FOUND with an SPI of another size.
 */
MUST_USE int ike2note_parse(struct ike2_note *out, struct rd r);
void ike2note_write(struct wr *w, const struct ike2_note *in);

static inline bool
ike2note_is_error(uint16_t type)
{
	return type < 16384;
}

/* The SPI, where it has 4 bytes; otherwise 0. */
uint32_t ike2note_spi32(const struct ike2_note *n);

/*
 * Data of a notification that is one number of 1 to 4 bytes: INVALID_KE_PAYLOAD
 * (the group), SET_WINDOW_SIZE, INVALID_SPI, AUTH_LIFETIME (seconds),
 * UNSUPPORTED_CRITICAL_PAYLOAD (the type). 0 for other sizes.
 */
uint32_t ike2note_number(const struct ike2_note *n);

/* SIGNATURE_HASH_ALGORITHMS: is this one (enum ike2_hash) among them? */
MUST_USE bool ike2note_has_hash(const struct ike2_note *n, uint16_t hash);

/* ADDITIONAL_IP4_ADDRESS, ADDITIONAL_IP6_ADDRESS: FAM_NONE for any other. */
struct addr ike2note_addr(const struct ike2_note *n);

/* REDIRECT, REDIRECTED_FROM, REDIRECT_SUPPORTED with an address (RFC 5685 10). */
enum { IKE2_GW_IPV4 = 1, IKE2_GW_IPV6 = 2, IKE2_GW_FQDN = 3 };
struct ike2_gateway {
	uint8_t type;	    /* one of the three */
	struct ike_view id; /* 4, 16, or 1 to 255 bytes: the name, no NUL */
	struct ike_view
	    nonce; /* REDIRECT as an answer to IKE_SA_INIT; or none */
};
/* False: there is none, its size is not its type's, or the type is unknown. */
MUST_USE bool ike2note_gateway(
    struct ike2_gateway *out, const struct ike2_note *n);
void ike2note_write_gateway(struct wr *w, const struct ike2_gateway *in);

/* IKEV2_MESSAGE_ID_SYNC (RFC 6311 5.2). */
struct ike2_idsync {
	uint32_t nonce;
	uint32_t send, recv; /* expected message ids, as the sender sees it */
};
MUST_USE bool ike2note_idsync(
    struct ike2_idsync *out, const struct ike2_note *n);
void ike2note_write_idsync(struct wr *w, const struct ike2_idsync *in);

/* TICKET_LT_OPAQUE (RFC 5723 7.2): lifetime in seconds, and the ticket. */
MUST_USE bool ike2note_ticket(
    uint32_t *life, struct ike_view *ticket, const struct ike2_note *n);

/* PPK_IDENTITY (RFC 8784 5.1): type 1 is opaque, 2 a fixed name. */
enum { IKE2_PPK_ID_OPAQUE = 1, IKE2_PPK_ID_FIXED = 2 };
MUST_USE bool ike2note_ppk_id(
    uint8_t *type, struct ike_view *id, const struct ike2_note *n);

/* SUPPORTED_AUTH_METHODS (RFC 9593 3.2): one announcement. */
struct ike2_announce {
	uint8_t method;	     /* enum ike2_auth_method, or any */
	uint8_t cert_link;   /* 0: all of the CERTREQ's authorities */
	struct ike_view alg; /* DER AlgorithmIdentifier; empty: none is given */
};
/*
 * The next one; start with *at = 0. False at the end, or where the list is not
 * right: then *bad is true.
 */
MUST_USE bool ike2note_announce(struct ike2_announce *out, size_t *at,
    bool *bad, const struct ike2_note *n);
void ike2note_write_announce(struct wr *w, const struct ike2_announce *in);

#endif /* WIRE_IKE2NOTE_H */
