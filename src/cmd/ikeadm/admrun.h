/* SPDX-License-Identifier: BSD-2-Clause */
/* admrun - a command of ikeadm is done: in.iked is asked, its answer shown. */
#ifndef CMD_IKEADM_ADMRUN_H
#define CMD_IKEADM_ADMRUN_H

#include "cmd/ikeadm/admcmd.h"
#include "cmd/ikeadm/admshow.h"

struct admrun {
	struct admshow show;
	FILE *err;
	bool json; /* answers as they are, one document each */
	/*
	 * Ask in.iked; takes the question over. NULL: *err is its errno, or 0
	 * when there was no answer, and why is a sentence.
	 */
	json_t *(*ask)(
	    void *ctx, json_t *question, int *err, char *why, size_t n);
	void *ctx;
	bool lost; /* in.iked cannot be reached */
};

/* True: it was done. Otherwise why it was not is on r->err. */
MUST_USE bool admrun_command(struct admrun *r, const struct admcmd *c);

#endif /* CMD_IKEADM_ADMRUN_H */
