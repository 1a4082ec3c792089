/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys and certificates; all else is in test/golden/ikeconf.txt. */
#include "conf/ikelint.h"

#include <stdio.h>
#include <string.h>

#include "base/test.h"

#include "conf/ikeconf.h"
#include "conf/ikepsk.h"

static char said[8192];

static void
keep(void *ctx, const struct conf_error *e)
{
	char line[CONF_LINE];

	(void)ctx;
	assert_true(strlen(said) + CONF_LINE + 2 < sizeof(said));
	strcat(said, lex_error_print(line, e));
	strcat(said, "\n");
}

static bool
has_cert(void *ctx, const struct ikecfg_sel *s)
{
	return strcmp(s->text, ctx) == 0;
}

static void
lint(const char *conf, const char *psk, const char *cert, const char *want)
{
	struct ikecfg c;
	struct ikekeys k = { 0 };
	struct ikelint_env env = { .report = keep };
	char name[32] = "";
	unsigned n;

	said[0] = '\0';
	if (!ikeconf_read(&c, "c", conf, strlen(conf), keep, NULL, NULL))
		fail_msg("%s: %s", conf, said);
	if (psk != NULL) {
		if (!ikepsk_read(&k, "p", psk, strlen(psk), keep, NULL, NULL))
			fail_msg("%s: %s", psk, said);
		env.keys = &k;
	}
	if (cert != NULL) {
		(void)snprintf(name, sizeof(name), "%s", cert);
		env.has_cert = has_cert;
		env.cert_ctx = name;
	}
	n = ikelint_config(&c, "c", &env);
	n += ikelint_keys(&k, "p", &env);
	assert_string_equal(said, want);
	assert_true((n != 0) == (want[0] != '\0'));
	ikecfg_fini(&c);
	ikekeys_fini(&k);
}

#define XFORM                                                               \
	"p1_xform { auth_method preshared oakley_group 14 auth_alg sha256 " \
	"encr_alg aes }"
#define ENDS "local_addr 10.0.0.1 remote_addr 10.0.0.0/24 "
#define NONE                                                                \
	"c:1:1: warning: rule \"a\": no entry of ike.preshared is for its " \
	"addresses and identities\n"
#define KEY  "key 00112233445566778899aabbccddeeff"
#define MINE "localidtype ip localid 10.0.0.1 "

static void
test_keys(void **state)
{
	static const char plain[] = XFORM "{ label a " ENDS "}";
	static const char named[] =
	    XFORM "{ label a " ENDS "local_id me.example local_id_type fqdn "
		  "remote_id peer.example }";
	static const char more[] = XFORM "{ label a " ENDS "ppk_id \"k\" }";

	(void)state;
	lint(plain, NULL, NULL, "");
	lint(plain, "", NULL, NONE);
	lint(plain, "{ " MINE "remoteidtype ip remoteid 10.0.0.7 " KEY " }",
	    NULL, "");
	lint(plain, "{ " MINE "remoteidtype ip remoteid 10.0.1.7 " KEY " }",
	    NULL, NONE);
	lint(plain, "{ " MINE "remoteidtype ip remoteid 10.0.0.0/8 " KEY " }",
	    NULL, "");
	lint(plain, "{ " MINE "remoteidtype ip remoteid 11.0.0.0/8 " KEY " }",
	    NULL, NONE);
	lint(plain,
	    "{ localidtype ip localid 10.0.0.2 remoteidtype any " KEY " }",
	    NULL, NONE);
	lint(named,
	    "{ localidtype fqdn localid me.example remoteidtype fqdn "
	    "remoteid peer.example " KEY " }",
	    NULL, "");
	lint(named,
	    "{ localidtype fqdn localid me.example remoteidtype fqdn "
	    "remoteid peer.example.net " KEY " }",
	    NULL, NONE);
	lint(named, "{ " MINE "remoteidtype any " KEY " }", NULL, NONE);
	lint(more, "{ " MINE "remoteidtype any key 00112233 }", NULL,
	    "c:1:1: warning: rule \"a\": ike.preshared has no ppkid \"k\"\n"
	    "p:1:1: warning: a key of 32 bits: 128 or more keep it from being "
	    "guessed\n");
}

static void
test_certs(void **state)
{
	static const char conf[] =
	    "cert_root CN=root cert_trust CN=trusted\n"
	    "p1_xform { auth_method eap-mschapv2 oakley_group 14 "
	    "encr_alg aes-gcm }\n"
	    "{ label a " ENDS "local_id CN=me remote_id \"\" eap_id user }";

	(void)state;
	lint(conf, NULL, "CN=root",
	    "c:1:1: warning: no certificate for cert_trust "
	    "\"SUBJECT=CN=trusted\"\n"
	    "c:3:1: warning: rule \"a\": no certificate for local_id "
	    "\"SUBJECT=CN=me\"\n");
	lint(conf, "", NULL,
	    "c:3:1: warning: rule \"a\": ike.preshared has no eapid "
	    "\"user\"\n");
	lint(conf, "{ eapid user key \"password\" }", NULL, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_certs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
