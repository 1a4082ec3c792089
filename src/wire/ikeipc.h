/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ikeipc - what the processes of in.iked say to each other (docs/adr/0031):
 *
 *	parent -> engine, keystore	TAKE FILE DATA USE DEBUG STOP
 *	engine, keystore -> parent	READY USED WANT
 *	engine -> keystore		ASK
 *	keystore -> engine		TOLD
 *
 * One message a send and one a receive (SOCK_SEQPACKET). None of the processes
 * trusts what another one says: a message that does not parse ends the
 * connection. Numbers are in network order; nothing of this leaves the machine.
 */
#ifndef WIRE_IKEIPC_H
#define WIRE_IKEIPC_H

#include "base/wr.h"

#include "model/addr.h"

#define IKEIPC_MAX	(96u << 10) /* bytes of the longest message */
#define IKEIPC_PIECE	(32u << 10) /* bytes of a file in one DATA */
#define IKEIPC_FILE_MAX (16u << 20) /* bytes of a file */
#define IKEIPC_NAME	255	    /* characters of a file's name */
#define IKEIPC_LABEL	255	    /* characters of a rule's label */
#define IKEIPC_TEXT	1024	    /* characters of a reason */

enum ikeipc_type {
	/* A descriptor comes with it: which. An older one of that kind is closed. */
	IKEIPC_TAKE = 1,
	/* A file of `size` bytes begins: kind, name. */
	IKEIPC_FILE,
	/* The next bytes of it. */
	IKEIPC_DATA,
	/* All files that came since the last USE are the configuration now. */
	IKEIPC_USE,
	/* level: bits of ikeadm's debug mask (spec: ike 7) */
	IKEIPC_DEBUG,
	/* An orderly end. */
	IKEIPC_STOP,
	/* The sandbox is closed; this process serves. */
	IKEIPC_READY,
	/* The answer to USE: err 0, or text says what is wrong. */
	IKEIPC_USED,
	/* want: what the parent should do. */
	IKEIPC_WANT,
	IKEIPC_ASK,
	IKEIPC_TOLD,
	IKEIPC_TYPE_N
};

enum ikeipc_which {
	IKEIPC_UDP4 = 1,
	IKEIPC_UDP6,
	IKEIPC_NATT4,
	IKEIPC_NATT6,
	IKEIPC_PFKEY, /* connected to ipsecd */
	IKEIPC_ADMIN, /* listens for ikeadm */
	IKEIPC_PEER,  /* the engine's end to the keystore, and the other way */
	IKEIPC_WHICH_N
};

enum ikeipc_kind {
	IKEIPC_CONFIG = 1,
	IKEIPC_PRESHARED,
	IKEIPC_CERT,
	IKEIPC_CRL,
	IKEIPC_KEY, /* a private key */
	IKEIPC_KIND_N
};

enum ikeipc_want {
	IKEIPC_WANT_PFKEY = 1, /* the connection to ipsecd is gone */
	IKEIPC_WANT_READ,      /* read the files again, as after SIGHUP */
	IKEIPC_WANT_N
};

/* Borrowed: of what is parsed, from the message. */
struct ikeipc_bytes {
	const uint8_t *p;
	size_t n;
};

enum {
	IKEIPC_CERTS = 8,
	IKEIPC_HASHES = 8,
	IKEIPC_SIGN = 1,
	IKEIPC_VERIFY,
	IKEIPC_DROP,
	IKEIPC_ID,
	IKEIPC_OP_N,
	/* of TOLD */
	IKEIPC_OK = 0,
	IKEIPC_NO,
	IKEIPC_NONE,
	IKEIPC_VERDICT_N
};

struct ikeipc_cert {
	uint8_t encoding; /* RFC 7296 3.6 */
	struct ikeipc_bytes der;
};

/* A question to the keystore: what ike/ike.h's struct ike_ask says. */
struct ikeipc_ask {
	uint8_t op;
	bool initiator;
	struct addr local, remote;
	uint16_t local_port, remote_port;
	uint16_t prf;
	uint8_t own_id_type, peer_id_type;
	uint8_t method;
	struct ikeipc_bytes rule; /* characters */
	struct ikeipc_bytes own_id, peer_id, octets, authorities, auth;
	unsigned n_hash;
	uint16_t hash[IKEIPC_HASHES];
	unsigned n_cert;
	struct ikeipc_cert cert[IKEIPC_CERTS];
};

struct ikeipc_told {
	uint8_t verdict;
	uint8_t method;
	struct ikeipc_bytes why; /* characters */
	struct ikeipc_bytes data;
	unsigned n_cert;
	struct ikeipc_cert cert[IKEIPC_CERTS];
};

struct ikeipc_msg {
	uint8_t type;
	/*
	 * ASK, TOLD: of the question; a TOLD of 0 answers none: its data is SHA-1 of
	 * the keys of trusted authorities, 20 bytes each. USE, USED: which one
	 */
	uint32_t id;
	uint8_t which, kind, want;
	uint32_t size;		  /* FILE */
	struct ikeipc_bytes name; /* FILE: characters */
	struct ikeipc_bytes data; /* DATA */
	uint32_t level;		  /* DEBUG */
	uint32_t err;		  /* USED: errno */
	struct ikeipc_bytes text; /* USED: characters */
	struct ikeipc_ask ask;
	struct ikeipc_told told;
};

/*
 * Read one whole message of n bytes: every number is one of those above, every
 * length within its limit, and characters are no control characters. m borrows
 * from b.
 */
MUST_USE bool ikeipc_parse(struct ikeipc_msg *m, const void *b, size_t n);

/* Append the message. False: it does not fit, or would not parse. */
MUST_USE bool ikeipc_write(struct wr *w, const struct ikeipc_msg *m);

#endif /* WIRE_IKEIPC_H */
