/* SPDX-License-Identifier: BSD-2-Clause */
#include "pki/certsel.h"

#include "base/test.h"

#include "pki/certs_fix_test.h"

static struct cert *
of(const struct recipe *r, const char *slot)
{
	struct made m = fix_make(r);
	struct fix_bytes b = fix_der(m.x);
	char why[CERT_WHY];
	struct cert *c = cert_new(NULL, false, b.p, b.n, why);

	assert_non_null(c);
	strcpy(c->slot, slot);
	fix_free(&m);
	return c;
}

static const struct {
	const char *text;
	bool yes, negated;
} rows[] = {
	{ "", true, false },
	{ "O=Test, CN=host", true, false },
	{ "SUBJECT=O=Test, CN=host", true, false },
	{ "subject = O=Test, CN=HOST", true, false },
	{ "!O=Test, CN=host", true, true },
	{ " ! SUBJECT=O=Test, CN=other", false, true },
	{ "SUBJECT=O=Test, CN=other", false, false },
	{ "SUBJECT=CN=host", false, false },
	{ "ISSUER=O=Test, CN=Root", true, false },
	{ "ISSUER=O=Test, CN=host", false, false },
	{ "SLOT=3", true, false },
	{ "SLOT=33", false, false },
	{ "EMAIL=u@host.example", true, false },
	{ "EMAIL=v@host.example", false, false },
	{ "IP=192.0.2.1", true, false },
	{ "IP=2001:db8::1", true, false },
	{ "IP=192.0.2.2", false, false },
	{ "DNS=host.example", true, false },
	{ "dns=HOST.example", true, false },
	{ "DNS=ost.example", false, false },
	{ "DNS=u@host.example", false, false },
	{ "URI=ike://host", true, false },
	{ "URI=ike://hos", false, false },
	{ "RID=1.2.3.4", true, false },
	{ "RID=1.2.3.5", false, false },
	{ "DN=O=Test, CN=alias", true, false },
	{ "DN=O=Test, CN=host", false, false },
	{ "host.example", true, false },
	{ "u@host.example", true, false },
	{ "192.0.2.1", true, false },
	{ "ike://host", true, false },
	{ "1.2.3.4", true, false },
	{ "3", true, false },
	{ "4", false, false },
	{ "other.example", false, false },
};

static void
test_match(void **state)
{
	struct made root =
	    fix_make(&(struct recipe){ .cn = "Root", .basic = "CA:TRUE" });
	struct cert *c = of(&(struct recipe){ .cn = "host",
				.by = &root,
				.alt = "DNS:host.example,email:u@host.example,"
				       "IP:192.0.2.1,IP:2001:db8::1,"
				       "URI:ike://host,RID:1.2.3.4" },
	    "3");
	GENERAL_NAMES *names =
	    X509_get_ext_d2i(c->x, NID_subject_alt_name, NULL, NULL);
	GENERAL_NAME *g = GENERAL_NAME_new();
	X509_NAME *dn = X509_NAME_new();
	char why[CERT_WHY];
	struct certsel s;

	(void)state;
	fix_name(dn, "alias");
	GENERAL_NAME_set0_value(g, GEN_DIRNAME, dn);
	assert_true(sk_GENERAL_NAME_push(names, g) > 0);
	assert_int_equal(X509_add1_ext_i2d(c->x, NID_subject_alt_name, names, 0,
			     X509V3_ADD_REPLACE),
	    1);
	GENERAL_NAMES_free(names);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(certsel_read(&s, rows[i].text, why));
		assert_string_equal(why, "");
		assert_int_equal(s.negated, rows[i].negated);
		if (certsel_match(&s, c) != rows[i].yes)
			fail_msg("%s", rows[i].text);
	}
	cert_free(c);
	fix_free(&root);
}

static void
test_wrong(void **state)
{
	static const char *const wrong[] = { "!",
		"SUBJECT=", "SLOT= ", "IP=host", "IP=192.0.2.256",
		"DN=nonsense", "FOO=bar", "SUBJECT=XX=1", "!ISSUER=" };
	char why[CERT_WHY], longer[2 * CERTSEL_VALUE];
	struct certsel s;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (certsel_read(&s, wrong[i], why))
			fail_msg("%s", wrong[i]);
		assert_true(strlen(why) > 10);
	}
	memset(longer, 'a', sizeof(longer));
	longer[CERTSEL_VALUE] = '\0';
	assert_false(certsel_read(&s, longer, why));
	longer[CERTSEL_VALUE - 1] = '\0';
	assert_true(certsel_read(&s, longer, why));
}

/* Without a certificate: a selector of names tells an identity. */
static void
test_identity(void **state)
{
	static const struct {
		const char *text;
		unsigned type;
		const char *id;
		bool yes;
	} ids[] = {
		{ "", IKEID_FQDN, "a.example", true },
		{ "DNS=a.example", IKEID_FQDN, "A.example", true },
		{ "DNS=a.example", IKEID_EMAIL, "u@a.example", false },
		{ "a.example", IKEID_FQDN, "a.example", true },
		{ "u@a.example", IKEID_EMAIL, "u@a.example", true },
		{ "EMAIL=u@a.example", IKEID_EMAIL, "u@a.example", true },
		{ "IP=192.0.2.1", IKEID_IPV4, "192.0.2.1", true },
		{ "192.0.2.1", IKEID_IPV4, "192.0.2.1", true },
		{ "IP=192.0.2.1", IKEID_IPV4, "192.0.2.2", false },
		{ "O=Test, CN=a", IKEID_DN, "O=Test, CN=a", true },
		{ "DN=O=Test, CN=a", IKEID_DN, "O=Test, CN=a", true },
		{ "O=Test, CN=a", IKEID_DN, "O=Test, CN=b", false },
		{ "O=Test, CN=a", IKEID_FQDN, "a", false },
		{ "KEYID=0x0102", IKEID_KEY, "0x0102", true },
		{ "KEYID=0x0102", IKEID_KEY, "0x0103", false },
		{ "SLOT=a.example", IKEID_FQDN, "a.example", false },
		{ "ISSUER=O=Test, CN=a", IKEID_DN, "O=Test, CN=a", false },
	};
	char why[CERT_WHY];
	struct certsel s;
	struct ikeid i;

	(void)state;
	for (size_t k = 0; k < sizeof(ids) / sizeof(ids[0]); k++) {
		assert_true(certsel_read(&s, ids[k].text, why));
		assert_true(ikeid_read(&i, ids[k].type, ids[k].id));
		if (certsel_match_id(&s, &i) != ids[k].yes)
			fail_msg("%s %s", ids[k].text, ids[k].id);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_match),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_identity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
