/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * keyhome - what all keys of one struct crypto have in common: the rows that say
 * how an algorithm is computed, numbers for the keys, and the caches to wipe.
 * Keys may be made and freed by several threads at once.
 *
 * Only the crypto room includes this.
 */
#ifndef CRYPTO_KEYHOME_H
#define CRYPTO_KEYHOME_H

#include "crypto/backend.h"
#include "crypto/keycache.h"

enum { ROW_WAYS = 4 };

/* One for each pair of algorithms and key lengths in use. Never freed before its
   home. */
struct keyrow {
	struct keyhome *home;
	struct keyrow *next;
	const struct alg *encr, *integ; /* encr NULL: of MACs */
	unsigned ebits, abits;
	uint16_t e_len, a_len; /* bytes, with the salt */
	/* in order of preference; the last one takes all that the others do not */
	uint8_t n, slot[ROW_WAYS];
	union {
		struct aead_way aead[ROW_WAYS];
		struct mac_way mac[ROW_WAYS];
	};
	struct aead_info info;
	struct mac_info mac_info;
};

/* Head of struct aead and struct mac; e_len and a_len bytes of keys follow. */
struct keyed {
	const struct keyrow *row;
	uint64_t id; /* never that of another key of this home */
};

struct aead {
	struct keyed k;
};

struct mac {
	struct keyed k;
};

struct keyhome *keyhome_new(void);
void keyhome_free(struct keyhome *h);

/*
 * The row for these algorithms, NULL where encr and integ, which are rows of
 * model/alg.c, cannot be computed, or there is no memory.
 */
const struct keyrow *keyhome_row(
    const struct crypto *c, const struct aead_spec *s);
/* A copy of the keys in s. NULL: no memory. */
struct keyed *keyhome_key(const struct keyrow *row, const struct aead_spec *s);
/* Wipes it and its schedules. */
void keyhome_forget(struct keyed *k);

/* Backends that are switched off, a bit for each slot. */
unsigned keyhome_off(const struct keyhome *h);
void keyhome_set_off(struct keyhome *h, unsigned slots);

/* The home's own cache, or NULL while another thread has it. */
struct keycache *keyhome_take(struct keyhome *h);
void keyhome_give(struct keyhome *h);

/* For keycache.c. False: there are too many. */
MUST_USE bool keyhome_join(struct keyhome *h, struct keycache *kc);
void keyhome_leave(struct keyhome *h, const struct keycache *kc);

static inline const struct way *
keyrow_way(const struct keyrow *r, unsigned i)
{
	return r->encr == NULL ? &r->mac[i].way : &r->aead[i].way;
}

/* What expand gets; borrowed from the key. */
static inline struct aead_spec
keyed_spec(const struct keyed *k)
{
	const struct keyrow *r = k->row;
	const uint8_t *key = (const void *)(k + 1);

	return (struct aead_spec){ .encr = r->encr,
		.integ = r->integ,
		.ekey = key,
		.ekey_bits = r->ebits,
		.akey = key + r->e_len,
		.akey_bits = r->abits };
}

#endif /* CRYPTO_KEYHOME_H */
