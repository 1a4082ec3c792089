/* SPDX-License-Identifier: BSD-2-Clause */
/* admcmd - ikeadm's commands as they are typed (spec: ike 7). */
#ifndef CMD_IKEADM_ADMCMD_H
#define CMD_IKEADM_ADMCMD_H

#include <stdio.h>

#include "base/rd.h"

enum admcmd_verb {
	ADM_GET,
	ADM_SET,
	ADM_ADD,
	ADM_DEL,
	ADM_DUMP,
	ADM_FLUSH,
	ADM_READ,
	ADM_WRITE,
	ADM_TOKEN,
	ADM_HELP,
	ADM_EXIT
};

enum admcmd_object {
	ADM_NONE,
	ADM_DEBUG,
	ADM_PRIV,
	ADM_STATS,
	ADM_DEFAULTS,
	ADM_P1,
	ADM_RULE,
	ADM_PRESHARED,
	ADM_CERTCACHE,
	ADM_GROUPS,
	ADM_ENCRALGS,
	ADM_AUTHALGS,
	ADM_LOGIN,
	ADM_LOGOUT
};

#define ADMCMD_ARGS 8
#define ADMCMD_TEXT 256

struct admcmd {
	enum admcmd_verb verb;
	enum admcmd_object object;
	unsigned n;
	const char *arg[ADMCMD_ARGS]; /* borrowed */
	/* what begins with a {, up to the end; NULL: nothing does. Borrowed */
	const char *braces;
};

/*
 * Words of a command, which are borrowed. False: why is a sentence. arguments:
 * they come from the command line, where everybody sees keys.
 */
MUST_USE bool admcmd_read(struct admcmd *c, unsigned n,
    const char *const word[], bool arguments, char why[ADMCMD_TEXT]);

/*
 * A typed line into words; the line is changed. "a b" is one word; what begins
 * with { is the last one, as it is. Returns how many, at most max; more are lost.
 */
unsigned admcmd_split(char *line, const char *word[], unsigned max);

/* Names of objects in messages: "rule", "preshared key" and so on. */
const char *admcmd_object_name(enum admcmd_object o);

/* word NULL: the list of commands. False: it is no command. */
MUST_USE bool admcmd_help(FILE *f, const char *word);

/*
 * A level of debugging: a number, or names joined with + and - ("all-op"). False:
 * it is none.
 */
#define ADMCMD_DEBUG_ALL 0x7ffu
MUST_USE bool admcmd_debug(const char *text, unsigned *out);
/* 0 base, 1 modkeys, 2 keymat, by name or number. False: it is none. */
MUST_USE bool admcmd_priv(const char *text, unsigned *out);
const char *admcmd_priv_name(unsigned level);

#endif /* CMD_IKEADM_ADMCMD_H */
