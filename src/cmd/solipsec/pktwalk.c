/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/solipsec/pktwalk.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/replay.h"

/*
 * [number sent, authentication fails, result, high half to be guessed]: false
 * when the window says something else.
 */
static bool
step(struct replay *r, struct jsonsa_err *e, const json_t *s, size_t i,
    char why[120])
{
	uint64_t sent = jsonsa_number_at(e, s, 0, "step", UINT64_MAX), seq = 0;
	const json_t *high = json_array_get(s, 3);
	const char *result = json_string_value(json_array_get(s, 2));
	bool bad = json_is_true(json_array_get(s, 1)), ok, want;

	if (result == NULL || !json_is_boolean(json_array_get(s, 1))) {
		jsonsa_fail(
		    e, "step %zu is not [number, bool, result, ...]", i);
		return false;
	}
	if (e->bad)
		return false;
	want = strcmp(result, "accept") == 0;
	ok = replay_check(r, (uint32_t)sent, &seq);
	if (ok && r->esn && high != NULL && !json_is_null(high) &&
	    seq >> 32 != jsonsa_number_at(e, s, 3, "high half", UINT32_MAX)) {
		(void)snprintf(why, 120,
		    "step %zu, number %" PRIu64 ": high half %" PRIu64
		    " guessed",
		    i, sent, seq >> 32);
		return false;
	}
	/* the ICV holds only over the number that was sent */
	ok = ok && !bad && seq == sent && replay_commit(r, seq);
	if (ok != want)
		(void)snprintf(why, 120, "step %zu, number %" PRIu64 ": %s", i,
		    sent, ok ? "accepted" : "dropped");
	return ok == want;
}

static bool
walk(struct replay *r, struct jsonsa_err *e, const json_t *c, char why[120])
{
	const json_t *s, *last = json_object_get(c, "final_highest");
	size_t i;

	json_array_foreach(json_object_get(c, "steps"), i, s)
	{
		if (!step(r, e, s, i, why))
			return false;
	}
	if (last != NULL &&
	    r->top != jsonsa_number(e, c, "final_highest", UINT64_MAX, 0)) {
		(void)snprintf(why, 120, "the window ends at %" PRIu64, r->top);
		return false;
	}
	return true;
}

bool
pktwalk_run(struct jsonsa_err *e, const json_t *c, char why[120])
{
	uint32_t size = (uint32_t)jsonsa_number(e, c, "window", REPLAY_MAX, 64);
	bool esn = jsonsa_bool(e, c, "esn", false), ok;
	uint64_t top = jsonsa_number(e, c, "initial_highest", UINT64_MAX, 0);
	size_t room = replay_room(size);
	void *mem = calloc(1, room != 0 ? room : 1);
	struct replay r;

	if (!json_is_array(json_object_get(c, "steps")))
		jsonsa_fail(e, "\"steps\" is not an array");
	if (mem == NULL)
		jsonsa_fail(e, "no memory");
	if (e->bad) {
		free(mem);
		return false;
	}
	replay_init(&r, size, esn, top, room != 0 ? mem : NULL);
	ok = walk(&r, e, c, why);
	free(mem);
	return ok && !e->bad;
}
