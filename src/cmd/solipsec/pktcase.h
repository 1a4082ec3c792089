/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pktcase - cases of a vector file, run through the real path. Only here are
 * IVs and sequence numbers what somebody says.
 */
#ifndef CMD_SOLIPSEC_PKTCASE_H
#define CMD_SOLIPSEC_PKTCASE_H

#include <jansson.h>
#include <stdio.h>

#include "crypto/provider.h"

enum { PKTCASE_IN = 1, PKTCASE_OUT = 2 };

struct pktcase {
	const struct crypto *crypto;
	unsigned directions; /* PKTCASE_* */
	FILE *out;	     /* a line of JSON for each check */
	unsigned cases, passed, failed;
	bool lost; /* out cannot be written */
};

/*
 * Run one case. Of whatever kind or shape it is, there is at least one line; one
 * that is malformed or of an unknown kind is a failed check.
 */
void pktcase_run(struct pktcase *p, const json_t *c);

/*
 * Run a whole document, {"vectors": [...]} or an array, and write the last line,
 * the summary. True when there was a case and all checks passed.
 */
bool pktcase_all(struct pktcase *p, const json_t *doc);

#endif /* CMD_SOLIPSEC_PKTCASE_H */
