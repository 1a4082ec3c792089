/* SPDX-License-Identifier: BSD-2-Clause */
/* keyshow - PF_KEY messages as dump, get and monitor print them (spec: sa 11). */
#ifndef CMD_IPSECKEY_KEYSHOW_H
#define CMD_IPSECKEY_KEYSHOW_H

#include <stdio.h>
#include <time.h>

#include "wire/pfkey.h"

struct keyshow {
	FILE *f;
	bool numeric;	/* no names of hosts and protocols */
	bool verbose;	/* raw numbers with times */
	bool hide_keys; /* XX for each byte of a key */
	time_t now;
};

/* The whole message, n bytes long on the wire. */
void keyshow_message(
    const struct keyshow *s, const struct pfkey_msg *m, size_t n);

/* "AH", "ESP", "<unspecified/all>", ...; buf: for an unknown one. */
const char *keyshow_satype(char buf[32], unsigned satype);
/* "MATURE", ...; NULL for an unknown one. */
const char *keyshow_state(unsigned state);
/* Calls word with the name of each flag, in the order of a listing. */
void keyshow_flags(
    uint32_t have, void (*word)(void *ctx, const char *name), void *ctx);
/* What type of identity it is; buf: for an unknown one. */
const char *keyshow_ident(char buf[32], unsigned type);
/* The name of an algorithm; buf: for an unknown one. */
const char *keyshow_alg(char buf[32], bool auth, unsigned id);

#endif /* CMD_IPSECKEY_KEYSHOW_H */
