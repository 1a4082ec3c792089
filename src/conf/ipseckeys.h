/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ipseckeys - the language of ipseckey(8) and /etc/inet/secret/ipseckeys: its
 * commands read (spec: sa 3-8). Pure: names
 * are looked up by the caller's function; nothing is allocated.
 */
#ifndef CONF_IPSECKEYS_H
#define CONF_IPSECKEYS_H

#include "conf/ipsecalgs.h"
#include "conf/lex.h"
#include "model/saspec.h"

enum ipseckeys_op {
	IPSECKEYS_ADD,
	IPSECKEYS_UPDATE,
	IPSECKEYS_UPDATE_PAIR,
	IPSECKEYS_DELETE,
	IPSECKEYS_DELETE_PAIR,
	IPSECKEYS_GET,
	IPSECKEYS_FLUSH,
	IPSECKEYS_DUMP,
	IPSECKEYS_MONITOR,
	IPSECKEYS_PMONITOR,
	IPSECKEYS_SAVE,
	IPSECKEYS_HELP,
	IPSECKEYS_QUIT,
	IPSECKEYS_OPS
};

/*
 * One message's worth: a command with a destination name of several addresses
 * is as many of these. spec: for add ... get; satype for flush, dump and save
 * (SATYPE_UNSPEC: all). word: the file of save, the topic of help, or "".
 */
struct ipseckeys_cmd {
	enum ipseckeys_op op;
	unsigned line;
	struct sa_spec spec; /* spec.more: NULL, see below */
	/*
	 * Further addresses, if any. Commands are copied, so whoever uses spec
	 * has spec.more point to here.
	 */
	struct sa_more more;
	char word[256];
};

/* Which commands may stand in the text (spec: sa 1, 4). */
enum ipseckeys_from {
	IPSECKEYS_FILE,	  /* not monitor, pmonitor, help, dump, save, quit */
	IPSECKEYS_PROMPT, /* all */
	IPSECKEYS_ARGS	  /* not add, update, update-pair: keys would show */
};

#define IPSECKEYS_ADDRS 64 /* addresses of one name that are used */

struct ipseckeys_input {
	const char *file; /* for errors */
	enum ipseckeys_from from;
	/*
	 * The addresses of a name, at most max; returns how many, 0 for an
	 * unknown one. NULL: literals only.
	 */
	size_t (*lookup)(
	    void *ctx, const char *name, struct addr *out, size_t max);
	/* one good command; it is wiped after the call. May be NULL. */
	void (*emit)(void *ctx, const struct ipseckeys_cmd *c);
	/* What algorithms are called; NULL: as in model/alg.h. */
	const struct ipsecalgs *algs;
	conf_report *report; /* errors and warnings; never quotes a key */
	void *ctx;	     /* for all three */
};

struct ipseckeys_result {
	unsigned commands; /* lines with a good command */
	unsigned errors, warnings;
};

/* Reads on behind a line with errors, so that all are found. */
struct ipseckeys_result ipseckeys_read(
    const struct ipseckeys_input *in, const void *text, size_t n);

/*
 * The i-th command (i is its enum ipseckeys_op) or attribute, for the help
 * command. NULL past the end.
 */
struct ipseckeys_help {
	const char *name; /* with its other names, comma separated */
	const char *args; /* "" for none */
	const char *text;
};
const struct ipseckeys_help *ipseckeys_command(size_t i);
const struct ipseckeys_help *ipseckeys_attribute(size_t i);

#endif /* CONF_IPSECKEYS_H */
