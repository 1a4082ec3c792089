/* SPDX-License-Identifier: BSD-2-Clause */
/* polopts - the command line of ipsecconf (spec: policy 2). */
#ifndef CMD_IPSECCONF_POLOPTS_H
#define CMD_IPSECCONF_POLOPTS_H

#include "base/rd.h"

enum polopts_cmd {
	POLOPTS_VIEW,
	POLOPTS_ADD,
	POLOPTS_CHECK,
	POLOPTS_DELETE,
	POLOPTS_FLUSH,
	POLOPTS_FLUSH_ALL,
	POLOPTS_LIST,
	POLOPTS_LIST_ALL,
	POLOPTS_REMOVE,
	POLOPTS_CMDS /* how many there are */
};

struct polopts {
	enum polopts_cmd cmd;
	bool replace, replace_all; /* POLOPTS_ADD behind a flush */
	bool quiet, numeric, json;
	bool strict; /* POLOPTS_CHECK: warnings are errors */
	const char *file;
	const char *tun; /* "": the host */
	uint64_t index;	 /* POLOPTS_DELETE */
	char error[128];
};

/*
 * False: o->error says what is wrong. The tunnel's name of "-d tunnel,index" is
 * cut out of argv, which the rest of o points into.
 */
MUST_USE bool polopts_read(struct polopts *o, int argc, char *argv[]);

extern const char polopts_usage[];

#endif /* CMD_IPSECCONF_POLOPTS_H */
