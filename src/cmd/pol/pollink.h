/* SPDX-License-Identifier: BSD-2-Clause */
/* pollink - questions to ipsecd's PF_POLICY server and their answers. */
#ifndef CMD_POL_POLLINK_H
#define CMD_POL_POLLINK_H

#include "client/link.h"
#include "wire/pfpolicy.h"

enum pollink_result {
	POLLINK_OK,
	POLLINK_REFUSED, /* in->errnum, in->diag say why */
	POLLINK_BROKEN	 /* the connection failed: pollink_sentence() */
};

struct pollink {
	struct link_to to;
	uint32_t seq;
	bool garbled; /* what came was no PF_POLICY message */
	bool too_big; /* what was to go is longer than a message can be */
	uint8_t buf[PFPOLICY_MAX];
};

/* False: pollink_sentence() says why, pollink_denied() whether by permission. */
MUST_USE bool pollink_open(struct pollink *l);
void pollink_close(struct pollink *l);

/*
 * Send m (its seq and pid are set here) and wait for the answer, 10 seconds at
 * most. in may be NULL when only the result matters, unless POLLINK_REFUSED is
 * to be explained; else pfpolicy_fini() it in every case.
 */
MUST_USE enum pollink_result pollink_ask(
    struct pollink *l, struct pfpolicy_msg *m, struct pfpolicy_msg *in);

/* The next message of the answer to the last question: of a dump. */
MUST_USE enum pollink_result pollink_next(struct pollink *l,
    const struct pfpolicy_msg *asked, struct pfpolicy_msg *in);

/* Why the last call was POLLINK_BROKEN or pollink_open() false. */
#define POLLINK_TEXT LINK_TEXT
const char *pollink_sentence(const struct pollink *l, char buf[POLLINK_TEXT]);
MUST_USE bool pollink_denied(const struct pollink *l);

/*
 * What ipsecd offers (SPD_ALGLIST), as rows for conf/ipsecinit in its order of
 * preference. *n: how many of max.
 */
MUST_USE enum pollink_result pollink_algs(
    struct pollink *l, struct alg *out, size_t max, size_t *n);

#endif /* CMD_POL_POLLINK_H */
