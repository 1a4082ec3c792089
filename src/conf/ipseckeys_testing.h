/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ipseckeys_testing - reads ipseckey commands for the tests: what came out, and
 * what was reported as text. A host named "both" has one address of each
 * family, "two" has two IPv4 ones, "enigma" and "proxy" have one.
 */
#ifndef CONF_IPSECKEYS_TESTING_H
#define CONF_IPSECKEYS_TESTING_H

#include <stdio.h>
#include <string.h>

#include "conf/ipseckeys.h"

struct testing {
	struct ipseckeys_cmd c[8];
	size_t n;
	char said[4096]; /* errors and warnings, one a line */
	struct ipseckeys_result res;
};

static inline size_t
testing_lookup(void *ctx, const char *name, struct addr *out, size_t max)
{
	static const struct {
		const char *name, *addr;
	} hosts[] = {
		{ "both", "192.0.2.1" },
		{ "both", "2001:db8::1" },
		{ "two", "192.0.2.2" },
		{ "two", "192.0.2.3" },
		{ "enigma", "192.168.116.16" },
		{ "proxy", "192.0.2.4" },
	};
	size_t n = 0;

	(void)ctx;
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]) && n < max; i++)
		if (strcmp(hosts[i].name, name) == 0 &&
		    addr_read(&out[n], hosts[i].addr))
			n++;
	return n;
}

static inline void
testing_emit(void *ctx, const struct ipseckeys_cmd *c)
{
	struct testing *t = ctx;

	if (t->n < sizeof(t->c) / sizeof(t->c[0]))
		t->c[t->n++] = *c;
}

static inline void
testing_report(void *ctx, const struct conf_error *e)
{
	struct testing *t = ctx;
	char line[CONF_LINE];
	size_t n = strlen(t->said);

	(void)snprintf(
	    t->said + n, sizeof(t->said) - n, "%s\n", lex_error_print(line, e));
}

static inline void
testing_read(struct testing *t, enum ipseckeys_from from, const char *text)
{
	struct ipseckeys_input in = { .file = "f",
		.from = from,
		.lookup = testing_lookup,
		.emit = testing_emit,
		.report = testing_report,
		.ctx = t };

	memset(t, 0, sizeof(*t));
	t->res = ipseckeys_read(&in, text, strlen(text));
}

#endif /* CONF_IPSECKEYS_TESTING_H */
