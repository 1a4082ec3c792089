/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * table - which message is taken in which state of an IKE SA, what it must and
 * may have in it, and who treats it. Everything else is refused before a handler
 * sees it.
 */
#ifndef IKE_TABLE_H
#define IKE_TABLE_H

#include "ike/inside.h"

/* A message that is authentic (or of IKE_SA_INIT), on its way to a handler. */
struct in {
	const struct ike_event *ev;
	const struct ike2_msg *m;
	/* the decrypted payloads that m borrows from */
	uint8_t first;
	const uint8_t *text;
	size_t n;
	/*
	 * Of an answer that lacks what it must have: the error that it has
	 * instead. NULL: it has all.
	 */
	const struct ike2_note *error;
};

/* What becomes of the SA: for the test of the table, and for readers. */
#define TABLE_TO(state) (1u << (state))

struct table_row {
	uint8_t state;	  /* enum ikesa_state */
	uint8_t exchange; /* enum ike2_exchange */
	bool response;
	uint64_t must, may; /* IKE2_SET(); may has must in it, too */
	void (*handle)(struct ikesa *sa, struct in *in);
	unsigned next; /* TABLE_TO() of all states that it may be in then */
	const char *rfc;
};

/* NULL: a message of that kind is not taken now. */
const struct table_row *table_find(
    enum ikesa_state state, uint8_t exchange, bool response);
/* The i-th row; NULL past the end. */
const struct table_row *table_row(size_t i);

const char *table_state_name(enum ikesa_state state);

#endif /* IKE_TABLE_H */
