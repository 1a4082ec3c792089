/* SPDX-License-Identifier: BSD-2-Clause */
/* What answers look like to people is in test/golden/ikeadm.txt. */
#include "daemon/ikeop/ruleop.h"

#include <errno.h>
#include <string.h>

#include "base/test.h"

#include "conf/ikeconf.h"

static const char base[] =
    "p1_xform { auth_method preshared encr_alg aes-gcm oakley_group 31 }\n"
    "{ label a local_addr 10.0.0.1 remote_addr 10.0.0.2 }\n"
    "{ label b local_addr 10.0.0.1 remote_addr 10.0.0.3 }\n";

static struct ikecfg cfg;

/* The errno of an op, after which cfg is what the op made of it. */
static int
run(struct ruleop *r, json_t *in, json_t **out)
{
	int err;

	*r = (struct ruleop){ .now = &cfg };
	*out = json_object();
	err = ruleop_answer(r, in, *out);
	json_decref(in);
	if (r->changed) {
		ikecfg_fini(&cfg);
		cfg = r->next;
	}
	return err;
}

static int
run_text(struct ruleop *r, const char *op, const char *text)
{
	json_t *out;
	int err = run(r, json_pack("{s:s,s:s}", "op", op, "text", text), &out);

	json_decref(out);
	return err;
}

static void
test_change(void **state)
{
	static const char more[] =
	    "{ label b local_addr 10.0.0.1 remote_addr 10.0.0.9 }"
	    "{ label c local_addr 10.0.0.1 remote_addr 10.0.0.4 }";
	struct ruleop r;
	json_t *out;

	(void)state;
	assert_true(
	    ikeconf_read(&cfg, "f", base, strlen(base), NULL, NULL, NULL));
	assert_int_equal(run_text(&r, "rule-add", more), 0);
	assert_int_equal(cfg.n, 3);
	assert_int_equal(ikecfg_by_label(&cfg, "c")->cookie, 3);
	/* the first one of a label stays */
	assert_int_equal(
	    ikecfg_by_label(&cfg, "b")->part.list[1][0].lo.b[3], 3);
	assert_int_equal(run_text(&r, "rule-add", more), EEXIST);
	assert_false(r.changed);
	assert_int_equal(run_text(&r, "rule-add", "{ label }"), EINVAL);
	assert_non_null(strstr(r.err, "input:1:9"));
	assert_int_equal(
	    run(&r, json_pack("{s:s,s:s}", "op", "rule-delete", "label", "a"),
		&out),
	    0);
	json_decref(out);
	assert_int_equal(cfg.n, 2);
	assert_int_equal(
	    run(&r, json_pack("{s:s,s:s}", "op", "rule-delete", "label", "a"),
		&out),
	    ENOENT);
	json_decref(out);
	/* another file: a label that stays keeps its cookie */
	assert_int_equal(run_text(&r, "rule-read", base), 0);
	assert_int_equal(ikecfg_by_label(&cfg, "b")->cookie, 2);
	assert_int_equal(ikecfg_by_label(&cfg, "a")->cookie, 4);
	assert_int_equal(run_text(&r, "rule-read", "nonsense"), EINVAL);
	assert_int_equal(cfg.n, 2);
	assert_int_equal(
	    run(&r, json_pack("{s:s}", "op", "rule-add"), &out), EINVAL);
	json_decref(out);
	assert_int_equal(run(&r, json_pack("{s:s}", "op", "else"), &out), -1);
	json_decref(out);
	ikecfg_fini(&cfg);
}

static void
test_show(void **state)
{
	static const char *const ops[][2] = { { "defaults", "defaults" },
		{ "groups", "groups" }, { "encralgs", "encralgs" },
		{ "authalgs", "authalgs" } };
	struct ruleop r;
	const char *help;
	json_t *out, *one;
	size_t n = 0;

	(void)state;
	assert_true(
	    ikeconf_read(&cfg, "f", base, strlen(base), NULL, NULL, NULL));
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(
		    run(&r, json_pack("{s:s}", "op", ops[i][0]), &out), 0);
		assert_true(
		    json_array_size(json_object_get(out, ops[i][1])) > 3);
		json_decref(out);
	}
	assert_int_equal(
	    run(&r, json_pack("{s:s,s:s}", "op", "rule-dump", "label", "b"),
		&out),
	    0);
	one = json_array_get(json_object_get(out, "rules"), 0);
	assert_string_equal(
	    json_string_value(json_object_get(one, "label")), "b");
	json_decref(out);
	assert_int_equal(
	    run(&r, json_pack("{s:s,s:s}", "op", "rule-dump", "label", "x"),
		&out),
	    ENOENT);
	json_decref(out);
	while (ruleop_name(n, &help) != NULL && help[0] != '\0')
		n++;
	assert_int_equal(n, 9);
	ikecfg_fini(&cfg);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_change),
		cmocka_unit_test(test_show),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
