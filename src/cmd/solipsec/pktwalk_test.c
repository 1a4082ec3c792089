/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/solipsec/pktwalk.h"

#include "base/test.h"

static struct jsonsa_err e;
static char why[120];

static bool
walk(const char *json)
{
	json_t *o = json_loads(json, 0, NULL);
	bool ok;

	assert_non_null(o);
	e = (struct jsonsa_err){ .bad = false };
	why[0] = '\0';
	ok = pktwalk_run(&e, o, why);
	json_decref(o);
	return ok;
}

static void
test_walks(void **state)
{
	(void)state;
	assert_true(walk(
	    "{\"window\":32,\"esn\":false,\"initial_highest\":\"0\","
	    "\"final_highest\":\"40\",\"steps\":[[\"5\",false,\"accept\",null],"
	    "[\"5\",false,\"drop-replay\",null],[40,true,\"drop-icv\",null],"
	    "[\"40\",false,\"accept\",null],[\"5\",false,\"drop-old\",null]]"
	    "}"));
	assert_true(
	    walk("{\"window\":64,\"esn\":true,\"initial_highest\":"
		 "\"4294967290\",\"steps\":[[\"4294967300\",false,"
		 "\"accept\",1],[\"4294967291\",false,\"accept\",0]]}"));
	assert_true(walk("{\"steps\":[]}"));
}

static void
test_otherwise(void **state)
{
	(void)state;
	assert_false(walk("{\"steps\":[[1,false,\"accept\",null],"
			  "[1,false,\"accept\",null]]}"));
	assert_string_equal(why, "step 1, number 1: dropped");
	assert_false(walk("{\"steps\":[[1,false,\"drop-old\",null]]}"));
	assert_string_equal(why, "step 0, number 1: accepted");
	assert_false(walk("{\"esn\":true,\"steps\":[[1,false,\"accept\",7]]}"));
	assert_string_equal(why, "step 0, number 1: high half 0 guessed");
	assert_false(walk("{\"final_highest\":2,\"steps\":[[1,false,"
			  "\"accept\",null]]}"));
	assert_string_equal(why, "the window ends at 1");
	assert_false(e.bad);
}

static void
test_malformed(void **state)
{
	static const char *const bad[] = { "{\"steps\":5}", "{\"steps\":[5]}",
		"{\"steps\":[[1]]}", "{\"steps\":[[1,2,\"accept\"]]}",
		"{\"steps\":[[-1,false,\"accept\"]]}",
		"{\"window\":100000,\"steps\":[]}", "{\"esn\":1,\"steps\":[]}",
		"{\"esn\":true,\"steps\":[[1,false,\"accept\",\"x\"]]}" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(walk(bad[i]));
		assert_true(e.bad);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_walks),
		cmocka_unit_test(test_otherwise),
		cmocka_unit_test(test_malformed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
