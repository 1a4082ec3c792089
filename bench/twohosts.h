/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * twohosts - a sender and a receiver in memory, each with the policy and the SAs
 * that ipsecd would have, and what is needed to send packets between them.
 */
#ifndef BENCH_TWOHOSTS_H
#define BENCH_TWOHOSTS_H

#include "core/path.h"
#include "suite.h"

/* What is between the two. */
struct form {
	const struct suite *suite;
	bool tunnel; /* tunnel mode; else transport mode */
	bool udp;    /* ESP in UDP, RFC 3948 */
	unsigned sas;
};

struct onehost {
	struct path path;
	bool sender;
};

struct twohosts {
	struct form form;
	struct onehost from, to;
	const char *tun; /* device that the packets come from and go to */
};

/* What both hosts of all forms share; exits when there is no memory. */
struct crypto *twohosts_crypto(void);
/* Policy and form->sas SAs at both ends; exits when that cannot be. */
void twohosts_init(struct twohosts *h, const struct form *form);
void twohosts_fini(struct twohosts *h);

/* A packet of n bytes in all; proto: IPPROTO_TCP_ or IPPROTO_UDP_. */
void twohosts_packet(
    const struct twohosts *h, uint8_t *p, size_t n, uint8_t proto);
/* Have a packet take the SA of this number. */
void twohosts_aim(uint8_t *p, unsigned sa);

extern const struct now twohosts_now;

#endif /* BENCH_TWOHOSTS_H */
