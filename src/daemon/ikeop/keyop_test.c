/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ikeop/keyop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/test.h"

#define ONE                                                           \
	"{ localidtype ip localid 10.0.0.1 remoteidtype ip remoteid " \
	"10.0.0.2 key 00112233 }"
#define TWO                                                           \
	"{ localidtype ip localid 10.0.0.1 remoteidtype ip remoteid " \
	"10.0.0.3 key 44556677 }"

static struct ikekeys keys;
static struct keyop k;

/* The errno; what was answered, as text, in answer. */
static char answer[2048];

static int
run(int privilege, json_t *in)
{
	json_t *out = json_object();
	char *text;
	int err;

	k = (struct keyop){ .keys = &keys, .privilege = privilege };
	err = keyop_answer(&k, in, out);
	json_decref(in);
	text = json_dumps(out, JSON_COMPACT);
	assert_true(strlen(text) < sizeof(answer));
	strcpy(answer, text);
	free(text);
	json_decref(out);
	return err;
}

static json_t *
with_text(const char *op, const char *text)
{
	return json_pack("{s:s,s:s}", "op", op, "text", text);
}

static json_t *
about(const char *op, const char *remote)
{
	return json_pack("{s:s,s:{s:s},s:{s:s,s:s}}", "op", op, "local", "id",
	    "10.0.0.1", "remote", "type", "IP", "id", remote);
}

static void
test_levels(void **state)
{
	static const char *const ops[] = { "preshared-add", "preshared-delete",
		"preshared-dump", "preshared-read", "preshared-write" };
	const char *help;

	(void)state;
	/* spec: ike 7: level 0 sees nothing, 1 no key, 2 all */
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		assert_int_equal(
		    run(KEYOP_BASE, with_text(ops[i], ONE)), EPERM);
		assert_string_equal(keyop_name(i, &help), ops[i]);
	}
	assert_null(keyop_name(5, &help));
	assert_int_equal(
	    run(KEYOP_MODKEYS, with_text("preshared-add", ONE)), 0);
	assert_int_equal(
	    run(KEYOP_MODKEYS, with_text("preshared-dump", "")), 0);
	assert_non_null(strstr(answer, "10.0.0.2"));
	assert_null(strstr(answer, "00112233"));
	assert_int_equal(run(KEYOP_KEYMAT, with_text("preshared-dump", "")), 0);
	assert_non_null(strstr(answer, "\"key\":\"00112233\""));
	assert_int_equal(
	    run(KEYOP_MODKEYS, with_text("preshared-write", "")), 0);
	assert_null(strstr(answer, "00112233"));
	assert_non_null(strstr(answer, "key XXXXXXXX"));
	assert_int_equal(
	    run(KEYOP_KEYMAT, with_text("preshared-write", "")), 0);
	assert_non_null(strstr(answer, "key 00112233"));
	ikekeys_fini(&keys);
}

static void
test_change(void **state)
{
	(void)state;
	assert_int_equal(run(1, with_text("preshared-add", ONE)), 0);
	assert_int_equal(run(1, with_text("preshared-add", ONE TWO)), 0);
	assert_string_equal(answer, "{\"added\":1,\"duplicates\":1}");
	assert_int_equal(run(1, with_text("preshared-add", ONE)), EEXIST);
	assert_int_equal(run(1, with_text("preshared-add", "{")), EINVAL);
	assert_true(k.err[0] != '\0');
	assert_int_equal(run(1, about("preshared-dump", "10.0.0.3")), 0);
	assert_int_equal(run(1, about("preshared-dump", "10.0.0.4")), ENOENT);
	assert_int_equal(run(1, about("preshared-dump", "host")), EINVAL);
	assert_int_equal(run(1, about("preshared-delete", "10.0.0.2")), 0);
	assert_int_equal(keys.n, 1);
	assert_int_equal(run(1, about("preshared-delete", "10.0.0.2")), ENOENT);
	assert_int_equal(run(1, with_text("preshared-read", "{")), EINVAL);
	assert_int_equal(keys.n, 1);
	assert_int_equal(run(1, with_text("preshared-read", ONE TWO)), 0);
	assert_int_equal(keys.n, 2);
	assert_int_equal(run(1, with_text("else", "")), -1);
	ikekeys_fini(&keys);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
