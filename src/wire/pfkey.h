/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pfkey - PF_KEY v2 messages: RFC 2367 with the Solaris extensions and numbers
 * (spec: pfkey). One noun for a whole message; the same code reads and writes
 * it for ipsecd, the commands and in.iked.
 *
 * Integers are host order here and on the wire, but SPIs, SPI ranges and ports,
 * which the wire has in network order.
 */
#ifndef WIRE_PFKEY_H
#define WIRE_PFKEY_H

#include "base/wr.h"

#include "model/saspec.h"

#define PFKEY_VERSION 2
#define PFKEY_MAX     16384 /* bytes of the longest message that is accepted */
#define PFKEY_HEADER  16

enum pfkey_type {
	PFKEY_RESERVED = 0,
	PFKEY_GETSPI,
	PFKEY_UPDATE,
	PFKEY_ADD,
	PFKEY_DELETE,
	PFKEY_GET,
	PFKEY_ACQUIRE,
	PFKEY_REGISTER,
	PFKEY_EXPIRE,
	PFKEY_FLUSH,
	PFKEY_DUMP,
	PFKEY_X_PROMISC,
	PFKEY_X_INVERSE_ACQUIRE,
	PFKEY_X_UPDATEPAIR,
	PFKEY_X_DELPAIR,
	PFKEY_X_DELPAIR_STATE,
	PFKEY_TYPE_N
};

enum pfkey_ext {
	PFKEY_EXT_SA = 1,
	PFKEY_EXT_LIFETIME_CURRENT,
	PFKEY_EXT_LIFETIME_HARD,
	PFKEY_EXT_LIFETIME_SOFT,
	PFKEY_EXT_ADDRESS_SRC,
	PFKEY_EXT_ADDRESS_DST,
	PFKEY_EXT_INNER_SRC, /* = ADDRESS_PROXY */
	PFKEY_EXT_KEY_AUTH,
	PFKEY_EXT_KEY_ENCRYPT,
	PFKEY_EXT_IDENTITY_SRC,
	PFKEY_EXT_IDENTITY_DST,
	PFKEY_EXT_SENSITIVITY,
	PFKEY_EXT_PROPOSAL,
	PFKEY_EXT_SUPPORTED_AUTH,
	PFKEY_EXT_SUPPORTED_ENCRYPT,
	PFKEY_EXT_SPIRANGE,
	PFKEY_EXT_EREG,
	PFKEY_EXT_EPROP,
	PFKEY_EXT_KM_COOKIE,
	PFKEY_EXT_NATT_LOC,
	PFKEY_EXT_NATT_REM,
	PFKEY_EXT_INNER_DST,
	PFKEY_EXT_PAIR,
	PFKEY_EXT_REPLAY_VALUE,
	PFKEY_EXT_EDUMP,
	PFKEY_EXT_LIFETIME_IDLE,
	PFKEY_EXT_OUTER_SENS,
	/* solipsec's own, far from what illumos may add: windows over 255 */
	PFKEY_EXT_WINDOW = 48,
	/* the same: further addresses of an association's ends (RFC 3554) */
	PFKEY_EXT_MORE_SRC,
	PFKEY_EXT_MORE_DST,
	PFKEY_EXT_REQID, /* which policy of wire/kame.h it is for */
	PFKEY_EXT_N
};

/* X-list of diagnostics: name, text (spec: pfkey 9). Values are positions. */
#include "wire/pfkey_diag.h"

struct pfkey_addr {
	struct addr a; /* FAM_V4 or FAM_V6 */
	uint16_t port;
	uint8_t proto;
	uint8_t plen; /* as in the message; 0 means full for inner addresses */
};

/*
 * As on the wire (spec: sa 6). Into the kernel: bits count key, salt and initial
 * IV, reserved is how many of them are the IV. Out of it (GET and DUMP answers):
 * bits count the key alone, reserved the bits of salt that follow it.
 */
struct pfkey_key {
	uint16_t bits, reserved;
	const uint8_t *b; /* pfkey_key_len() bytes; borrowed: see below */
};

struct pfkey_blob {	  /* an extension that is passed on as it is */
	const uint8_t *b; /* whole extension, header included; borrowed */
	size_t n;
};

#define PFKEY_MAX_COMBS 64
#define PFKEY_MAX_DESCS 4
#define PFKEY_MAX_ALGS	48

struct pfkey_comb { /* one row of PROPOSAL */
	uint8_t auth, encr, salt_bits;
	uint16_t flags, auth_min, auth_max, encr_min, encr_max;
	struct lifetime soft, hard;
};

enum { PFKEY_ALGTYPE_AUTH = 1, PFKEY_ALGTYPE_CRYPT = 2 };

struct pfkey_desc {
	uint8_t satype, type, alg, salt_bits;
	uint16_t min, max;
};

struct pfkey_ecomb { /* one row of EPROP */
	uint16_t flags;
	struct lifetime soft, hard;
	uint8_t n;
	struct pfkey_desc desc[PFKEY_MAX_DESCS];
};

struct pfkey_supported {
	uint8_t id, ivlen, incr, salt_bits;
	uint16_t min, max;
};

struct pfkey_algs {
	unsigned n;
	struct pfkey_supported alg[PFKEY_MAX_ALGS];
};

struct pfkey_msg {
	uint8_t type, errnum, satype;
	uint16_t diag;
	uint32_t seq, pid;
	uint64_t has; /* bit 1 << enum pfkey_ext for each extension present */

	/* SA */
	uint32_t spi, sa_flags;
	uint8_t replay, state, auth, encr;
	struct lifetime current, hard, soft, idle;
	struct pfkey_addr src, dst, isrc, idst, natt_loc, natt_rem;
	struct pfkey_key akey, ekey;
	struct sa_ident sid, did;
	struct pfkey_blob sens, outer_sens;
	uint8_t prop_replay, eprop_replay;
	unsigned n_combs;
	struct pfkey_comb comb[PFKEY_MAX_COMBS];
	unsigned n_ecombs;
	struct pfkey_ecomb ecomb[PFKEY_MAX_COMBS];
	struct pfkey_algs sauth, sencr;
	uint32_t spi_min, spi_max;
	uint8_t ereg[4];
	uint32_t kmp;
	uint64_t kmc;
	uint32_t pair_spi;
	uint32_t replay32;
	uint64_t replay64;
	uint64_t edump_timeout;
	uint32_t window; /* PFKEY_EXT_WINDOW: packets */
	struct sa_more more;
	uint32_t reqid; /* PFKEY_EXT_REQID */
};

static inline bool
pfkey_has(const struct pfkey_msg *m, enum pfkey_ext e)
{
	return (m->has >> e & 1) != 0;
}

/* GET and DUMP have keys only in answers, so the type tells the convention. */
static inline bool
pfkey_is_output(const struct pfkey_msg *m)
{
	return m->type == PFKEY_GET || m->type == PFKEY_DUMP;
}

/* Bytes of key material behind k, which belongs to m. */
static inline size_t
pfkey_key_len(const struct pfkey_msg *m, const struct pfkey_key *k)
{
	unsigned salt = pfkey_is_output(m) ? k->reserved : 0;

	return secret_bytes(k->bits + salt);
}

/*
 * Read one whole message of n bytes. Returns 0, or the errno for the reply and
 * *diag: EMSGSIZE when n is not the length that the message says,
 * EPROTONOSUPPORT for another version, EINVAL for a bad extension. Whether the
 * extensions belong to the type of message is not asked here. Of a bad message,
 * the base fields that were readable are set, so that the reply can be
 * addressed. m borrows keys and blobs from msg: keep it as long as m.
 */
MUST_USE int pfkey_parse(
    struct pfkey_msg *m, uint16_t *diag, const void *msg, size_t n);

/*
 * Append the message with the extensions of m->has, in ascending order of type.
 * False when it does not fit into w or PFKEY_MAX, or a value does not fit into
 * its field.
 */
MUST_USE bool pfkey_write(struct wr *w, const struct pfkey_msg *m);

/*
 * SA nouns. To: fill out from an ADD, UPDATE, GET or DUMP (keys copied, in one
 * convention whatever the type); false when a key is longer than struct secret.
 * An unspecified source gets the destination's family. An inner prefix length of
 * 0 is the full length, but of an unspecified address it stays 0: any.
 * out->more borrows from m.
 */
MUST_USE bool pfkey_to_spec(struct sa_spec *out, const struct pfkey_msg *m);
/*
 * From: add the extensions of an ADD or UPDATE, or of a GET or DUMP answer;
 * m->type is set before and tells the convention of the keys (see above). Keys
 * are borrowed from s, and left out unless with_keys.
 */
void pfkey_from_spec(
    struct pfkey_msg *m, const struct sa_spec *s, bool with_keys);

/* "ADD", "UPDATE PAIR", ...; NULL for a type that is not known. */
const char *pfkey_type_text(unsigned type);
const char *pfkey_diag_text(unsigned diag); /* one sentence; never NULL */

#endif /* WIRE_PFKEY_H */
