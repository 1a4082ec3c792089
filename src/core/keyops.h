/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * keyops - what each PF_KEY message from a user needs and does (spec: pfkey 8): a
 * table row each. The inside of pfkeyd.
 */
#ifndef CORE_KEYOPS_H
#define CORE_KEYOPS_H

#include "core/keysrv.h"

/* Which SA types a message may name. */
enum keyops_satype {
	KEYOPS_ONE,    /* AH or ESP */
	KEYOPS_ANY,    /* the same, or 0 for all */
	KEYOPS_NO_TYPE /* the field says something else, or nothing */
};

struct keyops_row {
	enum keyops_satype satype;
	uint64_t needs, allows; /* extensions: bit 1 << type */
	/*
	 * s->d->in is the message, checked against this row. 0: everything was
	 * answered; else the errno, with *diag, which the caller answers.
	 */
	int (*run)(struct pfkeyd_session *s, struct now now, uint16_t *diag);
};

/* NULL: no such type of message. */
const struct keyops_row *keyops_row(unsigned type);
/* 0, or EINVAL and *diag: does m keep the rules of its row? */
MUST_USE int keyops_check(
    const struct keyops_row *row, const struct pfkey_msg *m, uint16_t *diag);

/* Send as much of the DUMP under way as may go now. */
void keyops_dump_on(struct pfkeyd_session *s, struct now now);
/* Its end, whether it was finished or not. */
void keyops_dump_end(struct pfkeyd_session *s);

/*
 * Fill m, whose type is set, with everything that a GET answer says; with_keys:
 * keys too, borrowed from sa.
 */
void keyops_describe(struct pfkey_msg *m, const struct sa *sa, bool with_keys);

#endif /* CORE_KEYOPS_H */
