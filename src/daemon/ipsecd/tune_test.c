/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ipsecd/tune.h"

#include <errno.h>

#include "base/test.h"

#include "crypto/be/be.h"
#include "daemon/ipsecd/ipsecd.h"
#include "io/log.h"

static struct ipsecd d;

static int
setup(void **state)
{
	static const struct sadb_env env = { 0 };

	(void)state;
	d.crypto = crypto_new(be_all, NULL, NULL);
	d.sadb = sadb_new(d.crypto, &crypto_rng, &env);
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

/* Each row: names differ, the range holds the default, errors fit a line. */
static void
test_rows(void **state)
{
	const struct tune_row *r;
	char err[256];

	(void)state;
	for (size_t i = 0; (r = tune_row(i)) != NULL; i++) {
		assert_ptr_equal(tune_find(r->name), r);
		if (r->alias != NULL) {
			assert_int_equal(r->alias[0], '_');
			assert_ptr_equal(tune_find(r->alias), r);
		}
		assert_true(r->min <= r->value && r->value <= r->max);
		assert_true(r->solaris != r->value || r->solaris == 0);
		assert_true((r->home == TUNE_NOWHERE) == (r->refusal != NULL));
		assert_true(r->home == TUNE_NOWHERE || r->size == 1 ||
			    r->size == 4 || r->size == 8);
		assert_true(r->size != 1 || r->max <= UINT8_MAX);
		assert_true(r->size != 4 || r->max <= UINT32_MAX);
		memset(err, 'x', sizeof(err));
		if (r->home == TUNE_NOWHERE)
			assert_int_equal(
			    tune_check(r, r->value, err, sizeof(err)),
			    EOPNOTSUPP);
		else
			assert_int_equal(
			    tune_check(r, r->max + 1, err, sizeof(err)),
			    ERANGE);
		assert_true(strlen(err) < sizeof(err) - 1);
	}
}

/* Two rows never share a field, and each is read back as it was set. */
static void
test_fields(void **state)
{
	const struct tune_row *r;
	char err[256];

	(void)state;
	tune_defaults(&d);
	for (size_t i = 0; (r = tune_row(i)) != NULL; i++)
		assert_int_equal(tune_get(&d, r), r->value);
	for (size_t i = 0; (r = tune_row(i)) != NULL; i++) {
		struct tune_row quiet = *r;
		const struct tune_row *o;

		if (r->home == TUNE_NOWHERE || r->home == TUNE_AUDIT)
			continue;
		quiet.changed = NULL; /* no loop here */
		assert_int_equal(tune_check(r, r->max, err, sizeof(err)), 0);
		tune_set(&d, &quiet, r->max);
		for (size_t k = 0; (o = tune_row(k)) != NULL; k++)
			assert_int_equal(
			    tune_get(&d, o), o == r ? r->max : o->value);
		tune_set(&d, &quiet, r->value);
	}
}

static void
test_effect(void **state)
{
	(void)state;
	tune_set(&d, tune_find("ipsecah_larval_timeout"), 7);
	assert_int_equal(sadb_tuning(d.sadb, SATYPE_AH)->larval_timeout, 7);
	assert_int_equal(sadb_tuning(d.sadb, SATYPE_ESP)->larval_timeout, 90);
	tune_set(&d, tune_find("ipsecesp_padding_check"), 2);
	assert_int_equal(d.path.tune.padding_check, 2);
	for (unsigned on = 0; on < 2; on++) {
		const char *name;

		tune_set(&d, tune_find("ipsec_gcm_kernel"), on);
		name = crypto_backend_name(
		    d.crypto, alg_by_id(ALG_ENCR, EALG_AES_GCM_16));
		/* what the CPU has no instructions for is not there anyway */
		assert_true(on != 0 || strcmp(name, "gcmx") != 0);
	}
	log_init("tune", false);
	tune_set(&d, tune_find("spdsock_debug"), 3);
	assert_true(log_is_debug());
	tune_set(&d, tune_find("spdsock_debug"), 0);
	assert_false(log_is_debug());
}

static void
test_names(void **state)
{
	char text[256];

	(void)state;
	assert_null(tune_find("ipsecesp_larval_timeuot"));
	assert_string_equal(
	    tune_nearest("ipsecesp_larval_timeuot"), "ipsecesp_larval_timeout");
	assert_null(tune_nearest("hello"));
	assert_ptr_equal(tune_find("ip_ipsec_policy_log_interval"),
	    tune_find("_ipsec_policy_log_interval"));
	tune_driver(text, sizeof(text), tune_find("ipsecah_debug"));
	assert_string_equal(text, "ipsecah");
	tune_driver(
	    text, sizeof(text), tune_find("_pim_accept_clear_messages"));
	assert_string_equal(text, "ip");
	assert_int_equal(tune_check(tune_find("ipsecesp_age_interval"), 124,
			     text, sizeof(text)),
	    ERANGE);
	assert_string_equal(text,
	    "ipsecesp_age_interval: 124 is out of range, 125 to 32000 ms");
}

static void
test_first_offload(void **state)
{
	static const char *const bad[] = { "", "-1", " 1", "128", "5x", "0x1",
		"99999999999999999999" };

	(void)state;
	assert_int_equal(tune_first_offload(NULL), 127);
	assert_int_equal(tune_first_offload("0"), 0);
	assert_int_equal(tune_first_offload("63"), 63);
	assert_int_equal(tune_first_offload("24"), 24);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(tune_first_offload(bad[i]), 127);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_offload),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_effect),
		cmocka_unit_test(test_names),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
