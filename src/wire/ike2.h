/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ike2 - an IKEv2 message as nouns (RFC 7296 3). Everything in it is borrowed
 * from the bytes that were parsed: it lives as long as they do. A message that is
 * protected takes two steps:
 *
 *   ike2_parse()        the datagram: header, and SK or SKF; or, where there is
 *                       neither, all payloads
 *   ike2_parse_inner()  what was in SK, once it was decrypted (and put together)
 *
 * Which payloads a message must and may have is the engine's to know: it compares
 * sets (struct ike2_msg.has). Whatever may come once only does so here.
 */
#ifndef WIRE_IKE2_H
#define WIRE_IKE2_H

#include "wire/ike2cp.h"
#include "wire/ike2note.h"
#include "wire/ike2num.h"
#include "wire/ike2sa.h"
#include "wire/ike2ts.h"

/*
 * The set of payloads: one bit for each type that is known. IDi and IDr, TSi and
 * TSr are bits of their own.
 */
#define IKE2_SET(type) (UINT64_C(1) << ((type)-IKE2_P_SA))

enum ike2_result {
	IKE2_OK,
	/* not an IKE message: shorter than a header, or than it says, or longer */
	IKE2_LENGTH,
	IKE2_VERSION,  /* another major version: INVALID_MAJOR_VERSION */
	IKE2_CRITICAL, /* UNSUPPORTED_CRITICAL_PAYLOAD; which: struct ike2_bad */
	IKE2_SYNTAX,   /* INVALID_SYNTAX */
	IKE2_TOO_MANY, /* more of something than is taken: INVALID_SYNTAX, too */
	/*
	 * Payloads outside of SK in a protected message, or SKF with numbers that
	 * cannot be: nothing is answered (RFC 7383 2.6)
	 */
	IKE2_UNPROTECTED
};

/* A message with more is refused (unknown payloads count, too). */
enum {
	IKE2_PAYLOADS = 96,
	IKE2_NOTIFIES = 48,
	IKE2_CERTS = 16,
	IKE2_CERTREQS = 16,
	IKE2_DELETES = 8,
	IKE2_VENDORS = 24
};

struct ike2_ke {
	uint16_t group; /* any value */
	struct ike_view data;
};

struct ike2_id {
	uint8_t type;	      /* enum ike2_id_type, or any */
	struct ike_view data; /* 4 and 16 bytes for addresses; else 1 or more */
	/* The body as it was: what AUTH is computed over (RFC 7296 2.15). */
	struct ike_view body;
};

struct ike2_cert {
	uint8_t enc; /* enum ike2_cert_enc, or any */
	struct ike_view data;
};

struct ike2_authdata {
	uint8_t method; /* enum ike2_auth_method, or any */
	/* RFC 7427 3: AlgorithmIdentifier (DER) of method 14; otherwise empty */
	struct ike_view alg;
	struct ike_view data; /* signature or MAC, behind that */
};

struct ike2_delete {
	uint8_t proto;	    /* IKE, AH or ESP: others are refused */
	uint16_t n;	    /* SPIs; 0 for IKE, 1 at least for the others */
	const uint8_t *spi; /* ike2_delete_spi() */
};

/* SK, or SKF: total is 0 for SK. */
struct ike2_sk {
	uint8_t first;	     /* type of the first payload inside */
	uint16_t num, total; /* of the fragment: 1 <= num <= total */
	/*
	 * Bytes from the header up to the body: the associated data of an AEAD
	 * (RFC 5282 5.1, RFC 7383 2.5).
	 */
	size_t head;
	struct ike_view body; /* IV, ciphertext, ICV */
};

/* Where in the message a payload stood: for ike2_write(), logs, and tests. */
struct ike2_order {
	uint8_t type;
	uint8_t i; /* index in the array of its type */
};

struct ike2_msg {
	struct ikehdr hdr;
	uint64_t has; /* IKE2_SET() of all that are there */
	struct ike2_sk sk;
	struct ike_view nonce, eap;
	struct ike2_ke ke;
	struct ike2_id idi, idr;
	struct ike2_authdata auth;
	uint8_t ncert, ncertreq, nnote, ndel, nvendor, norder;
	uint8_t nskipped; /* unknown, not critical */
	struct ike2_order order[IKE2_PAYLOADS];
	struct ike2_cert cert[IKE2_CERTS], certreq[IKE2_CERTREQS];
	struct ike2_note note[IKE2_NOTIFIES];
	struct ike2_delete del[IKE2_DELETES];
	struct ike_view vendor[IKE2_VENDORS];
	struct ike2_cp cp;
	struct ike2_sa sa;
	struct ike2_tslist tsi, tsr;
};

/* What was wrong: for the answer, and for the log. */
struct ike2_bad {
	uint8_t payload; /* type of the payload; 0: the header, or the chain */
	const char
	    *what; /* plain English, constant; "" when nothing is wrong */
};

/*
 * n bytes of a datagram (without the marker of UDP 4500). m->hdr is filled in as
 * far as there are 28 bytes, also when the result is not IKE2_OK; of the rest
 * nothing is to be used then. bad is filled in always.
 */
enum ike2_result ike2_parse(
    struct ike2_msg *m, struct ike2_bad *bad, const uint8_t *b, size_t n);

/*
 * The n bytes that SK had inside, without padding; m is from ike2_parse(), and
 * first the type of its first payload (0: nothing is inside). Keeps hdr and sk.
 */
enum ike2_result ike2_parse_inner(struct ike2_msg *m, struct ike2_bad *bad,
    uint8_t first, const uint8_t *b, size_t n);

/* The notification that says so: 0 where none does. */
uint16_t ike2_result_notify(enum ike2_result r);

/* "NONCE payload: must have 16 to 256 bytes" into buf. Returns buf. */
#define IKE2_BAD_TEXT 96
const char *ike2_bad_print(char buf[IKE2_BAD_TEXT], const struct ike2_bad *bad);

MUST_USE static inline bool
ike2_has(const struct ike2_msg *m, enum ike2_payload type)
{
	return (m->has & IKE2_SET(type)) != 0;
}

/* The first notification of this type, or NULL. */
const struct ike2_note *ike2_note_find(const struct ike2_msg *m, uint16_t type);
/* The first one that is an error, or NULL. */
const struct ike2_note *ike2_note_error(const struct ike2_msg *m);
/* SPI i < d->n, of AH or ESP. */
uint32_t ike2_delete_spi(const struct ike2_delete *d, unsigned i);

/*
 * "SA KE NONCE N(COOKIE) V" into buf, in the message's order; cut when it does
 * not fit. Returns buf.
 */
const char *ike2_print(char *buf, size_t size, const struct ike2_msg *m);

#endif /* WIRE_IKE2_H */
