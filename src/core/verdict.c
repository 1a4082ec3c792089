/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/verdict.h"

#include <string.h>

static const struct {
	const char *name, *text;
	bool drop;
} rows[VERDICT_N] = {
#define V(name, kstat, drop, text) [VERDICT_##name] = { kstat, text, drop },
	VERDICTS(V)
#undef V
};

const char *
verdict_name(enum verdict v)
{
	return v < VERDICT_N ? rows[v].name : "?";
}

const char *
verdict_text(enum verdict v)
{
	return v < VERDICT_N ? rows[v].text : "?";
}

bool
verdict_is_drop(enum verdict v)
{
	return v < VERDICT_N && rows[v].drop;
}

enum verdict
verdict_by_name(const char *name)
{
	for (enum verdict v = 0; v < VERDICT_N; v++)
		if (strcmp(rows[v].name, name) == 0)
			return v;
	return VERDICT_N;
}
