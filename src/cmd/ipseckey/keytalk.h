/* SPDX-License-Identifier: BSD-2-Clause */
/* keytalk - one question to ipsecd by PF_KEY and its answer. */
#ifndef CMD_IPSECKEY_KEYTALK_H
#define CMD_IPSECKEY_KEYTALK_H

#include "client/link.h"
#include "wire/pfkey.h"

#define KEYTALK_TIMEOUT 10000 /* ms to wait for an answer (spec: sa 7.10) */

enum keytalk_end {
	KEYTALK_OK,
	KEYTALK_REFUSED, /* errnum and diag say why */
	KEYTALK_LINK,	 /* to.fault says why; the connection is closed */
	KEYTALK_TIMED_OUT,
	KEYTALK_GARBAGE, /* an answer that cannot be read */
	KEYTALK_TOO_LONG /* the question does not fit into a message */
};

struct keytalk {
	struct link_to to;
	bool open;
	uint32_t seq;	/* of the last question */
	int timeout_ms; /* KEYTALK_TIMEOUT, but in tests */
	int errnum;	/* of the last refusal */
	uint16_t diag;
	/* each question as it goes out, for -v; may be NULL */
	void (*sent)(void *ctx, const struct pfkey_msg *m, size_t n);
	void *ctx;
	size_t got;		/* length of the last message received */
	uint8_t buf[PFKEY_MAX]; /* the last message; may hold keys */
};

void keytalk_init(struct keytalk *k);
/* Closes, and wipes what was received. */
void keytalk_fini(struct keytalk *k);

/*
 * Send q (sequence number and process are filled in) and wait for its answer,
 * which goes to a and borrows from k->buf. Connects when that is not done yet.
 * Messages that answer somebody else are skipped.
 */
enum keytalk_end keytalk_ask(
    struct keytalk *k, struct pfkey_msg *q, struct pfkey_msg *a);

/* DUMP: each SA's message of n bytes goes to f. KEYTALK_OK: all came. */
enum keytalk_end keytalk_dump(struct keytalk *k, uint8_t satype,
    void (*f)(void *ctx, const struct pfkey_msg *m, size_t n), void *ctx);

/* The next message, whoever it is for; waits for ever. */
enum keytalk_end keytalk_next(struct keytalk *k, struct pfkey_msg *m);

/* Connect now. */
enum keytalk_end keytalk_open(struct keytalk *k);
void keytalk_close(struct keytalk *k);

#endif /* CMD_IPSECKEY_KEYTALK_H */
