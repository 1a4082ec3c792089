/* SPDX-License-Identifier: BSD-2-Clause */
/* Arrival orders and what the anti-replay window must say to each packet. */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "vec.h"

static uint64_t
number(const json_t *v)
{
	return json_is_string(v) ? strtoull(json_string_value(v), NULL, 0)
				 : (uint64_t)json_integer_value(v);
}

/* One step: [number sent, authentication fails, result, high half guessed]. */
static bool
step(struct replay *r, const json_t *s)
{
	uint64_t sent = number(json_array_get(s, 0)), seq;
	bool bad_icv = json_is_true(json_array_get(s, 1));
	const char *want = json_string_value(json_array_get(s, 2));
	const json_t *hi = json_array_get(s, 3);
	bool ok = replay_check(r, (uint32_t)sent, &seq);

	if (r->esn && ok && !json_is_null(hi) && seq >> 32 != number(hi)) {
		printf("guessed high half %u, not %u\n", (unsigned)(seq >> 32),
		    (unsigned)number(hi));
		return false;
	}
	/* the ICV holds only over the number that was sent */
	ok = ok && !bad_icv && seq == sent && replay_commit(r, seq);
	if (ok != (strcmp(want, "accept") == 0)) {
		printf("%llu: %s expected\n", (unsigned long long)sent, want);
		return false;
	}
	return true;
}

static unsigned
walk(const json_t *c)
{
	uint32_t size = (uint32_t)vec_number(c, "window");
	void *mem = malloc(replay_room(size));
	struct replay r;
	const json_t *s;
	size_t i;

	if (mem == NULL)
		err(1, NULL);
	replay_init(&r, size, vec_true(c, "esn"),
	    vec_number(c, "initial_highest"), mem);
	json_array_foreach(json_object_get(c, "steps"), i, s)
	{
		if (!step(&r, s)) {
			printf("FAILED %s, step %zu\n", vec_text(c, "id"), i);
			free(mem);
			return 1;
		}
	}
	if (r.top != vec_number(c, "final_highest")) {
		printf("FAILED %s: ends at %llu\n", vec_text(c, "id"),
		    (unsigned long long)r.top);
		free(mem);
		return 1;
	}
	free(mem);
	return 0;
}

int
main(int argc, char *argv[])
{
	unsigned failed = 0;
	const json_t *c;
	size_t i;

	if (argc != 2)
		errx(2, "usage: replay_walks FOLDER");
	if (access(argv[1], R_OK) != 0) {
		printf("%s is not there\n", argv[1]);
		return 77;
	}

	json_t *v = vec_load(argv[1], "replay_window.json");

	json_array_foreach(v, i, c) failed += walk(c);
	printf("%zu walks, %u failed\n", i, failed);
	json_decref(v);
	return failed != 0;
}
