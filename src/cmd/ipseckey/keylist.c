/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/ipseckey/keylist.h"

#include <stdlib.h>

#include "base/secret.h"

#include "cmd/ipseckey/keyalgs.h"
#include "cmd/ipseckey/keyhost.h"

/* As realloc(), but what was there is wiped. */
static bool
grow(struct keylist *l)
{
	size_t cap = l->cap != 0 ? 2 * l->cap : 16;
	struct ipseckeys_cmd *c = calloc(cap, sizeof(*c));

	if (c == NULL)
		return false;
	if (l->n != 0) {
		memcpy(c, l->c, l->n * sizeof(*c));
		secret_wipe(l->c, l->n * sizeof(*c));
	}
	free(l->c);
	l->c = c;
	l->cap = cap;
	return true;
}

static void
emit(void *ctx, const struct ipseckeys_cmd *c)
{
	struct keylist *l = ctx;

	if (l->n == l->cap && !grow(l))
		l->no_memory = true;
	else
		l->c[l->n++] = *c;
}

static void
report(void *ctx, const struct conf_error *e)
{
	struct keylist *l = ctx;
	char line[CONF_LINE];

	if (l->err != NULL)
		(void)fprintf(
		    l->err, "%s: %s\n", l->who, lex_error_print(line, e));
}

bool
keylist_read(struct keylist *l, const char *file, enum ipseckeys_from from,
    bool lookup, const char *text, size_t n)
{
	struct ipseckeys_input in = { .file = file,
		.from = from,
		.lookup = lookup ? keyhost_lookup : NULL,
		.emit = emit,
		.algs = keyalgs_table(),
		.report = report,
		.ctx = l };

	l->res = ipseckeys_read(&in, text, n);
	if (l->no_memory && l->err != NULL)
		(void)fprintf(l->err, "%s: no memory\n", l->who);
	return l->res.errors == 0 && !l->no_memory;
}

void
keylist_fini(struct keylist *l)
{
	if (l->c != NULL)
		secret_wipe(l->c, l->n * sizeof(*l->c));
	free(l->c);
	*l = (struct keylist){ 0 };
}
