/* SPDX-License-Identifier: BSD-2-Clause */
/* parts - smaller nouns of the engine's inside: ike/inside.h. */
#ifndef IKE_PARTS_H
#define IKE_PARTS_H

#include "base/list.h"

#include "crypto/ke.h"
#include "ike/ike.h"
#include "ike/propose.h"
#include "wire/ikehdr.h"

struct child; /* ike/inside.h */
struct ikesa;

/* Bytes that somebody owns. */
struct blob {
	uint8_t *b;
	size_t n;
};

enum { NONCE_OWN = 32, NONCE_MAX = 256, NONCE_MIN = 16 };

struct nonce {
	uint16_t n;
	uint8_t b[NONCE_MAX];
};

/* What was agreed for IKE itself. */
struct suite {
	const struct ikealg *encr, *prf, *integ, *ke; /* integ NULL: combined */
	uint16_t keylen;			      /* the attribute */
};

/* A decrypted request whose answer has to wait. Its payloads begin with next. */
struct job {
	bool there;
	uint32_t id;
	uint8_t exchange, next;
	struct blob text;
	struct ike_end local, remote; /* where it came in */
	bool natt;
};

/* An own wish, done one after the other: ike/task.c. */
enum task_type {
	TASK_CHILD,	  /* a new Child SA; child */
	TASK_REKEY_CHILD, /* child is the old one */
	TASK_REKEY_IKE,
	TASK_DELETE_CHILD,
	TASK_DELETE_IKE,
	TASK_PROBE /* is the peer alive? */
};

struct task {
	struct link link;
	enum task_type type;
	struct child *child; /* NULL: it is gone meanwhile */
	uint64_t not_before; /* ms */
	unsigned tries;	     /* TEMPORARY_FAILURE came so often */
};

/* Only while an IKE SA is made: by IKE_SA_INIT and IKE_AUTH, or a rekey. */
struct nego {
	struct ke *ke;
	struct nonce ni, nr;
	struct blob init_i, init_r; /* whole messages (RFC 7296 2.15) */
	struct blob cookie;
	unsigned rounds; /* of IKE_SA_INIT: cookies, groups (2.6.1) */
	unsigned groups; /* INVALID_KE_PAYLOAD that we followed */
	const struct ikealg *group;    /* the one that is offered */
	uint16_t hash[IKE_ASK_HASHES]; /* RFC 7427, of the peer */
	unsigned n_hash;
	struct child *child; /* that IKE_AUTH carries */
	struct job job;	     /* the IKE_AUTH request that is at work */
	struct blob certreq; /* authorities of the peer, 20 bytes each */
	/* what the keystore made of us */
	uint8_t method;
	struct blob auth;		 /* behind the method */
	struct blob cert[IKE_ASK_CERTS]; /* DER */
	unsigned n_cert;
	uint16_t child_error; /* notification instead of a Child SA */
	struct ikesa *old;    /* of a rekey: what it replaces */
	bool tried_wait; /* a hint of an error came; wait for better (2.21.1) */
	uint16_t hint;
};

/* Random (RFC 7296 2.10). False: no random bytes. */
MUST_USE bool nonce_make(struct nonce *n, const struct rng *rng);
MUST_USE bool nonce_set(struct nonce *n, struct ike_view v);
/* As RFC 7296 2.8.1 compares: byte by byte, the shorter one is lower. */
int nonce_compare(const struct nonce *a, const struct nonce *b);

MUST_USE bool blob_set(struct blob *b, const void *p, size_t n);
void blob_fini(struct blob *b);

#endif /* IKE_PARTS_H */
