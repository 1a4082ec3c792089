/* SPDX-License-Identifier: BSD-2-Clause */
/* runopts - the command line of `solipsec run`. */
#ifndef CMD_SOLIPSEC_RUNOPTS_H
#define CMD_SOLIPSEC_RUNOPTS_H

#include "base/rd.h"

#include "client/sockpol.h"

enum runopts_kind { RUNOPTS_TCP = 1, RUNOPTS_UDP = 2 };

struct runopts {
	ipsec_req_t req;
	struct sockpol_bits bits;
	unsigned kinds; /* of sockets: RUNOPTS_* */
	bool no_guard;	/* the preload library alone sees to it */
	bool pf_key;	/* PF_KEY sockets go to ipsecd */
	bool help;
	char **command; /* borrowed of argv; NULL-terminated, not empty */
	char error[200];
};

/*
 * Names of algorithms are those of /etc/inet/ipsecalgs. False: o->error is one
 * line (or "" when errors of that file were printed).
 */
MUST_USE bool runopts_read(struct runopts *o, int argc, char *argv[]);

extern const char runopts_usage[];

#endif /* CMD_SOLIPSEC_RUNOPTS_H */
