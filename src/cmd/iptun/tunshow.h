/* SPDX-License-Identifier: BSD-2-Clause */
/* tunshow - `iptun show': tunnel interfaces as a table, for scripts, as JSON. */
#ifndef CMD_TUNSHOW_H
#define CMD_TUNSHOW_H

#include <jansson.h>
#include <stdio.h>

#include "base/rd.h"

struct tunshow {
	const char *link;   /* NULL: all */
	const char *fields; /* names with commas; NULL: the usual ones */
	bool parseable, json, persistent;
};

/* Returns the exit status. */
int tunshow_run(const struct tunshow *o);

/* Is it a list of names of fields? False: *bad is the first that is none. */
MUST_USE bool tunshow_fields(const char *fields, char bad[32]);

/* The rows, objects as tunnel-list has them. */
void tunshow_print(FILE *f, const json_t *rows, const struct tunshow *o);

#endif /* CMD_TUNSHOW_H */
