/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ipsecd/admin.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/test.h"

static json_t *
ask(const char *text, size_t n)
{
	char *answer = admin_answer(NULL, text, n);
	json_t *o;

	assert_non_null(answer);
	assert_null(strchr(answer, '\n'));
	o = json_loads(answer, 0, NULL);
	assert_true(json_is_object(o));
	free(answer);
	return o;
}

static void
refused(const char *text, size_t n, int errnum, const char *line)
{
	json_t *o = ask(text, n);

	assert_true(json_is_false(json_object_get(o, "ok")));
	assert_int_equal(
	    json_integer_value(json_object_get(o, "errno")), errnum);
	assert_string_equal(
	    json_string_value(json_object_get(o, "error")), line);
	json_decref(o);
}

static void
test_help(void **state)
{
	json_t *o = ask("{\"op\":\"help\"}", 13), *list, *first;

	(void)state;
	assert_true(json_is_true(json_object_get(o, "ok")));
	list = json_object_get(o, "ops");
	assert_true(json_array_size(list) != 0);
	first = json_array_get(list, 0);
	assert_non_null(json_string_value(json_object_get(first, "op")));
	assert_non_null(json_string_value(json_object_get(first, "help")));
	json_decref(o);
}

static void
test_bad_questions(void **state)
{
	static const char not_one[] = "the question is not one JSON object";
	static char large[ADMIN_MESSAGE + 1];

	(void)state;
	refused("", 0, EINVAL, not_one);
	refused("{", 1, EINVAL, not_one);
	refused("[]", 2, EINVAL, not_one);
	refused("{}{}", 4, EINVAL, not_one);
	refused("{\"op\":\"a\",\"op\":\"b\"}", 19, EINVAL, not_one);
	refused("{\"op\":\"\xff\"}", 10, EINVAL, not_one);
	refused("{}", 2, EINVAL, "`op' is missing");
	refused("{\"op\":1}", 8, EINVAL, "`op' has to be a string");
	refused("{\"op\":\"x\"}", 10, EOPNOTSUPP,
	    "this ipsecd has no such op; op \"help\" lists them");
	memset(large, ' ', sizeof(large));
	memcpy(large, "{\"op\":\"help\"}", 13);
	refused(large, sizeof(large), EINVAL, not_one);
	json_decref(ask(large, sizeof(large) - 1));
}

static void
test_values(void **state)
{
	json_t *o = json_loads("{\"a\":\"x\",\"b\":7,\"c\":1.5}", 0, NULL);
	char err[ADMIN_ERROR] = "";
	const char *text;
	json_int_t v;

	(void)state;
	assert_true(admin_text(o, "a", &text, err, sizeof(err)));
	assert_string_equal(text, "x");
	assert_true(admin_number(o, "b", &v, err, sizeof(err)));
	assert_int_equal(v, 7);
	assert_string_equal(err, "");
	assert_false(admin_text(o, "b", &text, err, sizeof(err)));
	assert_string_equal(err, "`b' has to be a string");
	assert_false(admin_number(o, "c", &v, err, sizeof(err)));
	assert_string_equal(err, "`c' has to be a whole number");
	assert_false(admin_number(o, "d", &v, err, sizeof(err)));
	assert_string_equal(err, "`d' is missing");
	json_decref(o);
}

/* A line that is no UTF-8, as one that was cut. */
static void
test_cut(void **state)
{
	char *text = admin_refusal("no \xc3");

	(void)state;
	assert_string_equal(
	    text, "{\"ok\":false,\"errno\":1,\"error\":\"no ?\"}");
	free(text);
}

static void
test_refusal(void **state)
{
	char *text = admin_refusal("not you");

	(void)state;
	assert_string_equal(
	    text, "{\"ok\":false,\"errno\":1,\"error\":\"not you\"}");
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_help),
		cmocka_unit_test(test_bad_questions),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_refusal),
		cmocka_unit_test(test_cut),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
