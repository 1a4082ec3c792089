/* SPDX-License-Identifier: BSD-2-Clause */
/* poldump - the rules that ipsecd has, all of them at one moment. */
#ifndef CMD_POL_POLDUMP_H
#define CMD_POL_POLDUMP_H

#include "cmd/pol/pollink.h"

struct poldump {
	size_t n, cap;
	struct rule *rule; /* with index and family; owned */
	bool no_memory;	   /* then POLLINK_OK means nothing */
	bool torn;	   /* likewise: the policy changes all the time */
};

/*
 * Ask (SPD_DUMP) until an answer is whole, 8 times at most. *why: the refusal,
 * of POLLINK_REFUSED. poldump_free() in every case.
 */
MUST_USE enum pollink_result poldump_read(struct poldump *d, struct pollink *l,
    struct pfpolicy_msg *ask, struct pfpolicy_msg *why);
void poldump_free(struct poldump *d);

#endif /* CMD_POL_POLDUMP_H */
