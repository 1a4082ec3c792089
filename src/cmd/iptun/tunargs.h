/* SPDX-License-Identifier: BSD-2-Clause */
/* tunargs - the arguments of `iptun create' and `iptun modify'. */
#ifndef CMD_TUNARGS_H
#define CMD_TUNARGS_H

#include "conf/tunconf.h"

struct tunargs {
	bool temporary;
	uint8_t type; /* -T, or what the name of the link says; FAM_NONE */
	char link[32];
	struct tunconf conf;
	char *text; /* the words, which tokens of conf point into */
};

/*
 * argv[0] is the subcommand. 0, 1 (printed why), 2: usage. tunargs_free() in
 * every case.
 */
int tunargs_read(struct tunargs *a, bool create, int argc, char **argv);
void tunargs_free(struct tunargs *a);

#endif /* CMD_TUNARGS_H */
