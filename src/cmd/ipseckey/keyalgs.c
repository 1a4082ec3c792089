/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/ipseckey/keyalgs.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/algfile.h"

static struct ipsecalgs table;
static enum { UNREAD, READ, NONE } state;

static void
report(void *ctx, const struct conf_error *e)
{
	char line[CONF_LINE];

	(void)ctx;
	(void)fprintf(stderr, "ipseckey: %s\n", lex_error_print(line, e));
}

const struct ipsecalgs *
keyalgs_table(void)
{
	struct algfile_stamp stamp;
	const char *path = algfile_path();
	char *text;
	size_t n;
	int e;

	if (state != UNREAD)
		return state == READ ? &table : NULL;
	state = NONE;
	algfile_stamp(&stamp, path);
	if (!stamp.there)
		return NULL;
	e = algfile_text(path, &text, &n);
	if (e != 0) {
		(void)fprintf(stderr, "ipseckey: %s: %s\n", path, strerror(e));
		return NULL;
	}
	if (ipsecalgs_read(&table, path, text, n, report, NULL))
		state = READ;
	free(text);
	return state == READ ? &table : NULL;
}

const char *
keyalgs_name(enum alg_table t, unsigned id)
{
	/* a line of a listing has some names */
	static char names[8][IPSECALGS_NAME];
	static unsigned next;
	const struct ipsecalgs *algs = keyalgs_table();
	const struct alg *a = alg_by_id(t, id);

	if (algs == NULL)
		return a != NULL ? a->name : NULL;
	if (id == 0 || id > UINT8_MAX ||
	    ipsecalgs_by_id(algs, t, (uint8_t)id) == NULL)
		return NULL;
	next = (next + 1) % 8;
	return ipsecalgs_name(names[next], algs, t, (uint8_t)id);
}
