/* SPDX-License-Identifier: BSD-2-Clause */
#include "wire/ike2name.h"

#include "base/test.h"

#include "wire/ike2num.h"

static void
test_names(void **state)
{
	(void)state;
	assert_string_equal(ike2name_exchange(IKE2_SA_INIT), "IKE_SA_INIT");
	assert_string_equal(
	    ike2name_exchange(IKE2_FOLLOWUP_KE), "IKE_FOLLOWUP_KE");
	assert_string_equal(ike2name_payload(IKE2_P_TSR), "TSr");
	assert_string_equal(ike2name_payload(IKE2_P_SKF), "SKF");
	assert_string_equal(
	    ike2name_notify(IKE2_N_TS_UNACCEPTABLE), "TS_UNACCEPTABLE");
	assert_string_equal(ike2name_notify(16446), "PPK_IDENTITY_KEY");
	assert_string_equal(ike2name_proto(IKE2_PROTO_ESP), "ESP");
	assert_string_equal(ike2name_xform_type(IKE2_T_ADDKE7), "ADDKE7");
	assert_string_equal(ike2name_id(IKE2_ID_FQDN), "FQDN");
	assert_string_equal(ike2name_auth(IKE2_AUTH_PSK), "shared key");
	assert_string_equal(ike2name_hash(IKE2_HASH_SHA384), "SHA2-384");
	assert_string_equal(ike2name_cert(IKE2_CERT_OCSP), "OCSP");
	assert_string_equal(ike2name_cp_type(IKE2_CFG_REPLY), "CFG_REPLY");
	assert_string_equal(
	    ike2name_cp_attr(IKE2_CA_DNS_DOMAIN), "INTERNAL_DNS_DOMAIN");
}

typedef const char *name_fn(unsigned);

/* Each number may come from outside; each name fits the text. */
static void
test_any_number(void **state)
{
	static name_fn *const all[] = { ike2name_exchange, ike2name_payload,
		ike2name_notify, ike2name_proto, ike2name_xform_type,
		ike2name_id, ike2name_auth, ike2name_hash, ike2name_cert,
		ike2name_cp_type, ike2name_cp_attr };
	char buf[IKE2NAME_TEXT];

	(void)state;
	for (size_t f = 0; f < sizeof(all) / sizeof(all[0]); f++) {
		unsigned named = 0;

		for (unsigned n = 0; n < 70000; n++) {
			const char *s = all[f](n);

			named += s != NULL;
			assert_true(s == NULL || strlen(s) < IKE2NAME_TEXT);
		}
		assert_in_range(named, 3, 120);
		assert_null(all[f](UINT32_MAX));
	}
	assert_string_equal(
	    ike2name_text(buf, ike2name_notify(40000), 40000), "40000");
	assert_string_equal(
	    ike2name_text(buf, ike2name_notify(7), 7), "INVALID_SYNTAX");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_any_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
