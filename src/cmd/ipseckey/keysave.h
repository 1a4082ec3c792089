/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * keysave - what a saved SA has to say so that adding it makes the same one
 * again: its direction when the addresses do not tell it, and its pair when that
 * was saved before (spec: sa 12, 13, 18).
 */
#ifndef CMD_IPSECKEY_KEYSAVE_H
#define CMD_IPSECKEY_KEYSAVE_H

#include "model/saspec.h"

struct keysave_name {
	uint8_t satype;
	uint32_t spi;
	struct addr dst;
};

struct keysave {
	struct addr *own; /* the host's addresses */
	size_t n_own;
	struct keysave_name *alone; /* saved, but their partners were not yet */
	size_t n_alone, cap_alone;
};

/* own: the host's addresses; copied. Without memory there are none. */
void keysave_init(struct keysave *k, const struct addr *own, size_t n);
/* The same with the addresses that this host has now. */
void keysave_here(struct keysave *k);
void keysave_fini(struct keysave *k);

/* In the order of saving: take out of s what its command does not say. */
void keysave_fit(struct keysave *k, struct sa_spec *s);

#endif /* CMD_IPSECKEY_KEYSAVE_H */
