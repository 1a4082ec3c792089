/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/window.h"

#include "base/test.h"

static const uint8_t text[] = "an answer";

/* Treat id and answer it with its own last byte. */
static void
answer(struct window *w, uint32_t id)
{
	struct packets p = { 0 };
	const uint8_t b = (uint8_t)id;

	assert_true(packets_add(&p, &b, 1));
	assert_true(window_answer(w, id, &p));
	assert_null(p.b);
}

/* R231, R233: what comes again gets the same bytes. */
static void
test_repeat(void **state)
{
	struct window w;
	const struct packets *p;
	size_t n = 0;

	(void)state;
	window_init(&w, 0, 0, 1);
	assert_int_equal(window_request(&w, 0, &p), WINDOW_NEW);
	assert_int_equal(window_request(&w, 0, &p), WINDOW_BUSY);
	assert_int_equal(window_request(&w, 1, &p), WINDOW_OUTSIDE);
	answer(&w, 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(window_request(&w, 0, &p), WINDOW_REPEAT);
		struct rd r = packets_begin(p);
		const uint8_t *b = packets_next(&r, &n);
		assert_int_equal(n, 1);
		assert_int_equal(b[0], 0);
		assert_null(packets_next(&r, &n));
	}
	window_fini(&w);
}

/* R231: kept until the peer has shown that it has the answer. */
static void
test_superseded(void **state)
{
	struct window w;
	const struct packets *p;

	(void)state;
	window_init(&w, 0, 0, 1);
	for (uint32_t id = 0; id < 100; id++) {
		assert_int_equal(window_request(&w, id, &p), WINDOW_NEW);
		if (id > 0)
			assert_int_equal(
			    window_peek(&w, id - 1, &p), WINDOW_REPEAT);
		answer(&w, id);
		if (id > 0)
			assert_int_equal(
			    window_peek(&w, id - 1, &p), WINDOW_OUTSIDE);
	}
	window_fini(&w);
}

/* R235, R236: several at once, in any order, none twice, none beyond. */
static void
test_wide(void **state)
{
	struct window w;
	const struct packets *p;

	(void)state;
	window_init(&w, 1, 1, 4);
	assert_int_equal(window_request(&w, 0, &p), WINDOW_OUTSIDE);
	assert_int_equal(window_request(&w, 5, &p), WINDOW_OUTSIDE);
	assert_int_equal(window_request(&w, 4, &p), WINDOW_NEW);
	assert_int_equal(window_request(&w, 2, &p), WINDOW_NEW);
	answer(&w, 4);
	assert_int_equal(window_request(&w, 5, &p), WINDOW_OUTSIDE);
	assert_int_equal(window_request(&w, 1, &p), WINDOW_NEW);
	answer(&w, 1);
	assert_int_equal(window_request(&w, 5, &p), WINDOW_NEW);
	assert_int_equal(window_request(&w, 6, &p), WINDOW_OUTSIDE);
	assert_int_equal(window_request(&w, 4, &p), WINDOW_REPEAT);
	answer(&w, 2);
	assert_int_equal(window_request(&w, 2, &p), WINDOW_REPEAT);
	assert_int_equal(window_request(&w, 3, &p), WINDOW_NEW);
	answer(&w, 3);
	/* 1 to 4 are answered, 5 is at work */
	assert_int_equal(w.low, 5);
	assert_int_equal(window_request(&w, 8, &p), WINDOW_NEW);
	assert_int_equal(window_request(&w, 9, &p), WINDOW_OUTSIDE);
	window_fini(&w);
}

static void
test_forget(void **state)
{
	struct window w;
	struct packets q = { 0 };
	const struct packets *p;

	(void)state;
	window_init(&w, 0, 0, 1);
	assert_false(window_answer(&w, 0, &q));
	assert_int_equal(window_request(&w, 0, &p), WINDOW_NEW);
	window_forget(&w, 0);
	assert_int_equal(window_request(&w, 0, &p), WINDOW_NEW);
	window_fini(&w);
}

/* R234: ids count up and never go round, on either side. */
static void
test_ids_end(void **state)
{
	struct window w;
	const struct packets *p;
	uint32_t id;

	(void)state;
	window_init(&w, 0, 0, 1);
	assert_true(window_take(&w, &id));
	assert_int_equal(id, 0);
	assert_true(window_take(&w, &id));
	assert_int_equal(id, 1);
	window_init(&w, UINT32_MAX - 1, UINT32_MAX - 1, 1);
	assert_true(window_take(&w, &id));
	assert_int_equal(id, UINT32_MAX - 1);
	assert_false(window_take(&w, &id));
	assert_int_equal(window_request(&w, UINT32_MAX - 1, &p), WINDOW_NEW);
	answer(&w, UINT32_MAX - 1);
	assert_int_equal(window_request(&w, 0, &p), WINDOW_OUTSIDE);
	assert_int_equal(window_request(&w, UINT32_MAX, &p), WINDOW_NEW);
	answer(&w, UINT32_MAX);
	assert_int_equal(window_request(&w, 0, &p), WINDOW_OUTSIDE);
	window_fini(&w);
}

static void
test_packets(void **state)
{
	struct packets p = { 0 };
	size_t n = 7;
	struct rd r = packets_begin(&p);

	(void)state;
	assert_null(packets_next(&r, &n));
	assert_true(packets_add(&p, text, sizeof(text)));
	assert_true(packets_add(&p, text, 2));
	assert_false(packets_add(&p, text, 65536));
	r = packets_begin(&p);
	assert_memory_equal(packets_next(&r, &n), text, sizeof(text));
	assert_int_equal(n, sizeof(text));
	assert_memory_equal(packets_next(&r, &n), text, 2);
	assert_int_equal(n, 2);
	assert_null(packets_next(&r, &n));
	packets_fini(&p);
	assert_null(p.b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_repeat),
		cmocka_unit_test(test_superseded),
		cmocka_unit_test(test_wide),
		cmocka_unit_test(test_forget),
		cmocka_unit_test(test_ids_end),
		cmocka_unit_test(test_packets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
