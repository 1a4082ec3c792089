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
/* The name of an algorithm; buf: for an unknown one. */
const char *keyshow_alg(char buf[32], bool auth, unsigned id);

#endif /* CMD_IPSECKEY_KEYSHOW_H */
