/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ipsecd/tuneop.h"

#include <stdlib.h>
#include <string.h>

#include "base/test.h"

#include "crypto/be/be.h"
#include "daemon/ipsecd/admin.h"
#include "daemon/ipsecd/ipsecd.h"

static struct ipsecd d;

static int
setup(void **state)
{
	static const struct sadb_env env = { 0 };

	(void)state;
	d.crypto = crypto_new(be_all, NULL, NULL);
	d.sadb = sadb_new(d.crypto, &crypto_rng, &env);
	tune_defaults(&d);
	d.closed = true; /* nothing is steered */
	return d.sadb != NULL ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	sadb_free(d.sadb);
	crypto_free(d.crypto);
	return 0;
}

/* The whole way; the caller's to json_decref(). */
static json_t *
ask(const char *text)
{
	char *answer = admin_answer(&d, text, strlen(text));
	json_t *o = json_loads(answer, 0, NULL);

	free(answer);
	return o;
}

static void
refused(const char *text, const char *line)
{
	json_t *o = ask(text);

	assert_true(json_is_false(json_object_get(o, "ok")));
	assert_string_equal(
	    json_string_value(json_object_get(o, "error")), line);
	json_decref(o);
}

static void
test_get(void **state)
{
	json_t *o = ask("{\"op\":\"tune-get\"}"), *list, *one;
	size_t n = 0;

	(void)state;
	while (tune_row(n) != NULL)
		n++;
	list = json_object_get(o, "tunables");
	assert_int_equal(json_array_size(list), n);
	json_decref(o);
	o = ask("{\"op\":\"tune-get\",\"name\":\"ipsecah_age_interval\"}");
	list = json_object_get(o, "tunables");
	assert_int_equal(json_array_size(list), 1);
	one = json_array_get(list, 0);
	assert_int_equal(
	    json_integer_value(json_object_get(one, "value")), 500);
	assert_int_equal(
	    json_integer_value(json_object_get(one, "solaris_default")), 8000);
	assert_true(json_is_true(json_object_get(one, "settable")));
	assert_null(json_object_get(one, "reason"));
	json_decref(o);
	refused("{\"op\":\"tune-get\",\"name\":\"ipsecha_age_interval\"}",
	    "no tunable is named `ipsecha_age_interval'; did you mean "
	    "`ipsecah_age_interval'?");
	refused(
	    "{\"op\":\"tune-get\",\"name\":7}", "`name' has to be a string");
}

static void
test_set(void **state)
{
	json_t *o;

	(void)state;
	o = ask("{\"op\":\"tune-set\",\"set\":["
		"{\"name\":\"ipsecesp_reap_delay\",\"value\":9},"
		"{\"name\":\"_igmp_accept_clear_messages\",\"value\":1},"
		"{\"name\":\"ipsecesp_default_hard_bytes\","
		"\"value\":4294967295}]}");
	assert_true(json_is_true(json_object_get(o, "ok")));
	assert_int_equal(json_array_size(json_object_get(o, "changed")), 3);
	json_decref(o);
	assert_int_equal(sadb_tuning(d.sadb, SATYPE_ESP)->reap_delay, 9);
	assert_int_equal(
	    sadb_tuning(d.sadb, SATYPE_ESP)->hard.bytes, UINT32_MAX);
}

static void
test_all_or_nothing(void **state)
{
	json_t *o;

	(void)state;
	refused("{\"op\":\"tune-set\",\"set\":["
		"{\"name\":\"ipsecah_reap_delay\",\"value\":9},"
		"{\"name\":\"ipsecah_larval_timeout\",\"value\":1801}]}",
	    "ipsecah_larval_timeout: 1801 is out of range, 1 to 1800 s");
	assert_int_equal(sadb_tuning(d.sadb, SATYPE_AH)->reap_delay, 1);
	refused("{\"op\":\"tune-set\",\"set\":["
		"{\"name\":\"ipsecah_reap_delay\",\"value\":-1}]}",
	    "ipsecah_reap_delay: a value cannot be negative");
	refused("{\"op\":\"tune-set\",\"set\":["
		"{\"name\":\"ipsecah_reap_delay\",\"value\":\"1\"}]}",
	    "`value' has to be a whole number");
	refused("{\"op\":\"tune-set\",\"set\":[7]}", "`name' is missing");
	refused("{\"op\":\"tune-set\",\"set\":[]}",
	    "`set' has to be an array of 1 to 256 objects");
	o = ask("{\"op\":\"tune-set\",\"check\":true,\"set\":["
		"{\"name\":\"ipsecah_reap_delay\",\"value\":5}]}");
	assert_true(json_is_true(json_object_get(o, "ok")));
	json_decref(o);
	assert_int_equal(sadb_tuning(d.sadb, SATYPE_AH)->reap_delay, 1);
	refused("{\"op\":\"tune-set\"}",
	    "`set' has to be an array of 1 to 256 objects");
	refused("{\"op\":\"tune-set\",\"set\":["
		"{\"name\":\"spdsock_recv_hiwat\",\"value\":8192}]}",
	    "spdsock_recv_hiwat cannot be set here: PF_POLICY here has only "
	    "answers, and they are never lost: nothing has to be bounded by a "
	    "buffer");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_get),
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_all_or_nothing),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
