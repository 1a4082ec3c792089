/* SPDX-License-Identifier: BSD-2-Clause */
/* algshow - the command line of ipsecalgs, and its tables (spec: algs 4, 5). */
#ifndef CMD_IPSECALGS_ALGSHOW_H
#define CMD_IPSECALGS_ALGSHOW_H

#include "base/rd.h"

struct algshow_opts {
	bool kernel; /* -l: ipsecd's table */
	char error[160];
};

/* False: o->error says what is wrong. */
MUST_USE bool algshow_read(struct algshow_opts *o, int argc, char *argv[]);

extern const char algshow_usage[];

/* Print the table of the file, or that of ipsecd. Both return the exit status. */
int algshow_file(void);
int algshow_kernel(void);

#endif /* CMD_IPSECALGS_ALGSHOW_H */
