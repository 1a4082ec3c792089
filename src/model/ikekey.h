/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ikekey - preshared keys, post-quantum preshared keys (RFC 8784) and passwords
 * of EAP, and for whom they are (spec: ike 6). They live in the keystore only.
 */
#ifndef MODEL_IKEKEY_H
#define MODEL_IKEKEY_H

#include "base/secret.h"

#include "model/ikeid.h"

enum ikekey_what { IKEKEY_PRESHARED, IKEKEY_PPK, IKEKEY_EAP };
enum ikekey_form { IKEKEY_ANY, IKEKEY_PREFIX, IKEKEY_ID };

struct ikekey_who {
	uint8_t form;	 /* enum ikekey_form */
	struct prefix p; /* PREFIX: any address identity in it */
	struct ikeid id; /* ID */
};

#define IKEKEY_NAME 256 /* bytes, with NUL */

struct ikekey {
	uint8_t what;		     /* enum ikekey_what */
	uint8_t mode;		     /* IKEv1: IKECFG_MAIN..IKECFG_BOTH */
	unsigned line;		     /* in the file; 0: not from one */
	struct ikekey_who own, peer; /* PRESHARED */
	char name[IKEKEY_NAME];	     /* PPK_ID, or the user's name; else "" */
	struct secret key;
};

struct ikekeys {
	unsigned n;
	struct ikekey *key;
};

/* Wipes and frees. */
void ikekeys_fini(struct ikekeys *k);
/* *x is copied and wiped. False: no memory, or the same entry is there. */
MUST_USE bool ikekeys_add(struct ikekeys *k, struct ikekey *x);
/* For the same (the same names, or the same two ends)? NULL: none. */
const struct ikekey *ikekeys_same(
    const struct ikekeys *k, const struct ikekey *x);
/* k->key[i] is wiped and goes away. */
void ikekeys_del(struct ikekeys *k, unsigned i);

/*
 * The preshared key for these two. The identities decide; where one is not known
 * yet (IKEID_NONE) its address stands for it. An entry with the identity itself
 * goes before one with a prefix, the longer of these before the shorter, and `any'
 * last; the peer's counts more than our own. NULL: none.
 */
const struct ikekey *ikekeys_find(const struct ikekeys *k,
    const struct ikeid *own, const struct addr *local, const struct ikeid *peer,
    const struct addr *remote);
/* By PPK_ID or the user's name. NULL: none. */
const struct ikekey *ikekeys_named(
    const struct ikekeys *k, enum ikekey_what what, const char *name);

MUST_USE bool ikekey_who_equal(
    const struct ikekey_who *a, const struct ikekey_who *b);

#endif /* MODEL_IKEKEY_H */
