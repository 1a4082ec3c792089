/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/iked/able.h"

#include <stdio.h>
#include <string.h>

#include "base/test.h"

#include "conf/ikeconf.h"

#define XFORM                                               \
	"p1_xform { auth_method preshared oakley_group 31 " \
	"encr_alg aes-gcm(256) prf sha384 }\n"
#define RULE(more)                                                           \
	XFORM "{ label \"a\" local_addr 10.0.0.1 remote_addr 10.0.0.2 " more \
	      " }\n"

static unsigned errors, warnings;
static char last[CONF_LINE];

static void
heard(void *ctx, const struct conf_error *e)
{
	(void)ctx;
	*(e->severity == CONF_ERROR ? &errors : &warnings) += 1;
	(void)lex_error_print(last, e);
}

static bool
able(const char *text)
{
	struct ikecfg c = { 0 };
	unsigned wrong = 0;
	bool ok;

	errors = warnings = 0;
	last[0] = '\0';
	assert_true(
	    ikeconf_read(&c, "f", text, strlen(text), heard, NULL, &wrong));
	errors = warnings = 0;
	ok = able_check(&c, "f", heard, NULL);
	assert_int_equal(ok, errors == 0);
	ikecfg_fini(&c);
	return ok;
}

static void
takes_what_it_can(void **state)
{
	(void)state;
	assert_true(able(RULE("p2_pfs 31 dpd_interval 5 p2_lifetime_secs 60")));
	assert_int_equal(warnings, 0);
	/* turned off is what it does */
	assert_true(able(RULE("mobike no keep no ppk_required no")));
	assert_int_equal(warnings, 0);
}

static void
warns_of_what_only_tunes(void **state)
{
	(void)state;
	assert_true(able("ldap_server \"ldap.example.com\"\n"
			 "use_http\n" RULE("keep")));
	assert_int_equal(warnings, 3);
	assert_non_null(strstr(last, "f:4:1: warning: \"a\": keep"));
}

static void
refuses_what_would_be_missed(void **state)
{
	static const char *const rules[] = {
		RULE("ppk_required yes"),
		RULE("request_addr ipv4"),
		RULE("pool_addr 10.9.0.1-10.9.0.9"),
		XFORM "{ label \"a\" local_addr 10.0.0.1 "
		      "remote_addr \"peer.example.com\" }\n",
		"{ label \"a\" local_addr 10.0.0.1 remote_addr 10.0.0.2 "
		"local_id_type fqdn local_id \"gw.example.com\" "
		"remote_id \"\" p1_xform { auth_method eap-mschapv2 "
		"oakley_group 31 encr_alg aes-gcm(256) prf sha384 } }\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		assert_false(able(rules[i]));
		assert_non_null(strstr(last, "\"a\": this in.iked cannot do"));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_what_it_can),
		cmocka_unit_test(warns_of_what_only_tunes),
		cmocka_unit_test(refuses_what_would_be_missed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
