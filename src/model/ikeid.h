/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ikeid - who somebody is in IKE (RFC 7296 3.5): a type and bytes, as they stand
 * in the identification payload.
 */
#ifndef MODEL_IKEID_H
#define MODEL_IKEID_H

#include "model/addr.h"

/* Numbers of RFC 7296 3.5; the four of ranges are IKEv1's (RFC 2407 4.6.2.1). */
enum ikeid_type {
	IKEID_NONE = 0,
	IKEID_IPV4 = 1,
	IKEID_FQDN = 2,
	IKEID_EMAIL = 3, /* ID_RFC822_ADDR, IKEv1: ID_USER_FQDN */
	IKEID_IPV4_PREFIX = 4,
	IKEID_IPV6 = 5,
	IKEID_IPV6_PREFIX = 6,
	IKEID_IPV4_RANGE = 7,
	IKEID_IPV6_RANGE = 8,
	IKEID_DN = 9,  /* DER of a Name */
	IKEID_GN = 10, /* DER of a GeneralName */
	IKEID_KEY = 11 /* opaque bytes */
};

/* Bytes; longer ones are refused. */
#define IKEID_MAX 512

struct ikeid {
	uint8_t type; /* enum ikeid_type */
	uint16_t n;
	uint8_t b[IKEID_MAX];
};

/* Room for any printed identity with a NUL. */
#define IKEID_TEXT (4 * IKEID_MAX + 8)

/*
 * From the bytes of a payload. False, id is of type IKEID_NONE then: no such
 * type in IKEv2, too long, or the bytes are not of that type: an address of
 * another length, a name with a NUL, a control character or nothing in it, DER
 * that is no whole element.
 */
MUST_USE bool ikeid_set(
    struct ikeid *id, unsigned type, const void *b, size_t n);
/* IKEID_NONE for no address. */
struct ikeid ikeid_addr(const struct addr *a);
/* The address of an identity that is one. False: it is none. */
MUST_USE bool ikeid_to_addr(const struct ikeid *id, struct addr *out);

/*
 * Same type and same value: names of hosts without regard to the case of ASCII
 * letters, of mail addresses only the host; all else byte by byte. An identity
 * that only begins alike is another one. Two of IKEID_NONE are equal.
 */
MUST_USE bool ikeid_equal(const struct ikeid *a, const struct ikeid *b);

/* Both are DNs, and ikedn_same(). */
MUST_USE bool ikeid_same_dn(const struct ikeid *a, const struct ikeid *b);

/*
 * From text, as ikeid_print() writes it, without the type:
 *   IPV4, IPV6  an address; either type takes an address of either family
 *   FQDN        host.example
 *   EMAIL       user@host.example
 *   DN          C=US, O=Example\, Inc., CN=host (see ikedn.h)
 *   GN, KEY     bytes in hexadecimal behind 0x; KEY also as plain text
 */
MUST_USE bool ikeid_read(struct ikeid *id, unsigned type, const char *text);
/* buf has room for IKEID_TEXT. Returns buf. "" for none. */
const char *ikeid_print(char *buf, const struct ikeid *id);

/*
 * The keyword of ike/config: ip, fqdn, user_fqdn, dn, gn, key_id, ipv4_prefix
 * and so on. "?" for no such type.
 */
const char *ikeid_type_name(unsigned type);
/*
 * The keywords of spec: ike 3, and key_id, email, rfc822. "ip" gives IKEID_IPV4,
 * which stands for an address of either family where no address is said.
 * IKEID_NONE: unknown.
 */
enum ikeid_type ikeid_type_by_name(const char *name);
/* The keywords, NULL-terminated; to find the one that was meant. */
const char *const *ikeid_type_names(void);

#endif /* MODEL_IKEID_H */
