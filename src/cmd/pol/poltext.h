/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * poltext - files of the administrator: their text, their names for
 * algorithms, and what is wrong with them on standard error.
 */
#ifndef CMD_POL_POLTEXT_H
#define CMD_POL_POLTEXT_H

#include "conf/ipsecalgs.h"

#define POLTEXT_IPSECALGS "/etc/inet/ipsecalgs"

struct poltext {
	const char *name; /* as errors show it */
	char *text;	  /* n bytes and a NUL; owned: poltext_free() */
	size_t n;
	bool quiet;	   /* no warnings */
	unsigned warnings; /* there were, also when quiet */
};

/* The whole file, "-" for standard input. 0 or errno; EFBIG: too long. */
int poltext_read(struct poltext *t, const char *path);
void poltext_free(struct poltext *t);

/*
 * A conf_report with a struct poltext as its ctx: one line, then the line of
 * the file with a mark below the column.
 */
void poltext_report(void *ctx, const struct conf_error *e);

/*
 * The table of POLTEXT_IPSECALGS ($SOLIPSEC_IPSECALGS for tests), or the
 * built-in one where there is no such file. False: errors were printed.
 */
MUST_USE bool poltext_algs(struct ipsecalgs *out);

/* "PROGRAM: ..." and a newline on standard error. */
__attribute__((format(printf, 1, 2))) void poltext_say(const char *fmt, ...);

#endif /* CMD_POL_POLTEXT_H */
