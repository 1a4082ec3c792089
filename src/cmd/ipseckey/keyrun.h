/* SPDX-License-Identifier: BSD-2-Clause */
/* keyrun - do what a command of the language says, and tell the result. */
#ifndef CMD_IPSECKEY_KEYRUN_H
#define CMD_IPSECKEY_KEYRUN_H

#include <stdio.h>

#include "cmd/ipseckey/keytalk.h"
#include "conf/ipseckeys.h"

struct keyrun {
	struct keytalk talk;
	bool numeric, paranoid, verbose; /* -n, -p, -v */
	/*
	 * get and dump fill one list, see keyrun_list(); a monitor writes a
	 * document for each message.
	 */
	bool json;
	bool listed; /* something is in the list */
	bool quiet; /* nothing about single commands: the log is for all eyes */
	FILE *out, *err;
	const char *file; /* of the commands, for errors; NULL: none */
	unsigned done, failed;
	bool quit;	/* the command was quit */
	bool lost;	/* ipsecd cannot be reached: no use to go on */
	bool forbidden; /* ... because of permissions */
};

void keyrun_init(struct keyrun *r);
void keyrun_fini(struct keyrun *r);

/* Begin the JSON document of the commands that follow, or end it. */
void keyrun_list(struct keyrun *r, bool begin);

/* Counts in done or failed; what failed is told on err. */
void keyrun_command(struct keyrun *r, const struct ipseckeys_cmd *c);

#endif /* CMD_IPSECKEY_KEYRUN_H */
