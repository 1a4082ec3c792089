/* SPDX-License-Identifier: BSD-2-Clause */
/* algopts - the options of ipsecalgs(8), and what they say (spec: algs 4). */
#ifndef CMD_IPSECALGS_ALGOPTS_H
#define CMD_IPSECALGS_ALGOPTS_H

#include "conf/ipsecalgs.h"

enum algopts_cmd {
	ALGOPTS_SHOW,	/* the file */
	ALGOPTS_KERNEL, /* what ipsecd has */
	ALGOPTS_SYNC,	/* -s alone */
	ALGOPTS_ADD,
	ALGOPTS_ADD_PROTO,
	ALGOPTS_REMOVE,
	ALGOPTS_REMOVE_PROTO,
	ALGOPTS_MODE
};

#define ALGOPTS_ERROR 320

struct algopts {
	enum algopts_cmd cmd;
	bool json, force;
	bool sync;		  /* ipsecd is told of the change, too */
	const char *proto_name;	  /* -p; NULL: not said */
	uint8_t proto;		  /* -P; 0: not said */
	const char *alg_name;	  /* REMOVE: -n; NULL: by number */
	uint8_t alg;		  /* REMOVE: -N */
	bool async;		  /* MODE, ADD_PROTO */
	struct ipsecalgs_row row; /* ADD; row.proto is not set */
	char error[ALGOPTS_ERROR];
};

extern const char algopts_usage[];

/* False: o->error says why. Strings are argv's. */
MUST_USE bool algopts_read(struct algopts *o, int argc, char *argv[]);

#endif /* CMD_IPSECALGS_ALGOPTS_H */
