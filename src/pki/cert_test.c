/* SPDX-License-Identifier: BSD-2-Clause */
#include "pki/cert.h"

#include <openssl/pem.h>

#include "base/test.h"

#include "pki/certs_fix_test.h"

static struct cert *
of(const struct recipe *r)
{
	struct made m = fix_make(r);
	struct fix_bytes b = fix_der(m.x);
	char why[CERT_WHY];
	struct cert *c = cert_new(NULL, false, b.p, b.n, why);

	assert_non_null(c);
	assert_string_equal(why, "");
	fix_free(&m);
	return c;
}

static struct ikeid
id(unsigned type, const char *text)
{
	struct ikeid i;

	assert_true(ikeid_read(&i, type, text));
	return i;
}

/* RFC 4945 3.1: alternative names and the subject; no common name. */
static void
test_bears(void **state)
{
	static const struct {
		unsigned type;
		const char *text;
		bool yes;
	} rows[] = {
		{ IKEID_FQDN, "a.example", true },
		{ IKEID_FQDN, "A.Example", true },
		{ IKEID_FQDN, "b.example", true },
		{ IKEID_FQDN, "x.a.example", false },
		{ IKEID_FQDN, "example", false },
		{ IKEID_FQDN, "cn.example", false },
		{ IKEID_EMAIL, "u@a.example", true },
		{ IKEID_EMAIL, "v@a.example", false },
		{ IKEID_IPV4, "192.0.2.1", true },
		{ IKEID_IPV4, "192.0.2.2", false },
		{ IKEID_IPV6, "2001:db8::1", true },
		{ IKEID_IPV6, "2001:db8::2", false },
		{ IKEID_DN, "O=Test, CN=cn.example", true },
		{ IKEID_DN, "CN=cn.example", false },
		{ IKEID_DN, "O=Test, CN=cn.example, CN=x", false },
		{ IKEID_KEY, "u@a.example", false },
	};
	struct cert *c = of(&(struct recipe){ .cn = "cn.example",
	    .alt = "DNS:a.example,DNS:b.example,email:u@a.example,"
		   "IP:192.0.2.1,IP:2001:db8::1" });
	struct cert *bare = of(&(struct recipe){ .cn = "cn.example" });
	struct ikeid i;

	(void)state;
	for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
		i = id(rows[k].type, rows[k].text);
		assert_int_equal(cert_bears(c, &i), rows[k].yes);
		assert_int_equal(cert_bears(bare, &i),
		    rows[k].yes && rows[k].type == IKEID_DN);
	}
	/* the subject key identifier */
	i = (struct ikeid){ .type = IKEID_KEY, .n = 20 };
	memcpy(i.b, ASN1_STRING_get0_data(X509_get0_subject_key_id(c->x)), 20);
	assert_true(cert_bears(c, &i));
	assert_false(cert_bears(bare, &i));
	i = (struct ikeid){ .type = IKEID_NONE };
	assert_false(cert_bears(c, &i));
	i = cert_subject_id(c);
	assert_true(cert_bears(c, &i));
	cert_free(c);
	cert_free(bare);
}

/* A NUL in a name is no end of it. */
static void
test_nul(void **state)
{
	struct made m = fix_make(&(struct recipe){ .cn = "x" });
	GENERAL_NAMES *names = GENERAL_NAMES_new();
	GENERAL_NAME *g = GENERAL_NAME_new();
	ASN1_IA5STRING *s = ASN1_IA5STRING_new();
	struct ikeid i = id(IKEID_FQDN, "a.example");
	char why[CERT_WHY];
	struct fix_bytes b;
	struct cert *c;

	(void)state;
	assert_int_equal(ASN1_STRING_set(s, "a.example\0.evil", 15), 1);
	GENERAL_NAME_set0_value(g, GEN_DNS, s);
	assert_true(sk_GENERAL_NAME_push(names, g) > 0);
	assert_int_equal(
	    X509_add1_ext_i2d(m.x, NID_subject_alt_name, names, 0, 0), 1);
	GENERAL_NAMES_free(names);
	assert_true(X509_sign(m.x, m.key, EVP_sha256()) > 0);
	b = fix_der(m.x);
	c = cert_new(NULL, false, b.p, b.n, why);
	assert_non_null(c);
	assert_false(cert_bears(c, &i));
	cert_free(c);
	fix_free(&m);
}

static void
test_words(void **state)
{
	struct cert *c = of(&(struct recipe){ .cn = "a, b" });
	char name[CERT_TEXT], date[CERT_DATE];

	(void)state;
	assert_string_equal(cert_subject(name, c), "O=Test, CN=a\\, b");
	assert_string_equal(cert_issuer(name, c), "O=Test, CN=a\\, b");
	assert_string_equal(cert_date(date, c, true), "2028-01-15");
	assert_string_equal(cert_date(date, c, false), "2026-01-15");
	assert_int_equal(cert_when(c, FIX_NOW), 0);
	assert_int_equal(cert_when(c, FIX_NOW + 366 * FIX_DAY), 1);
	assert_int_equal(cert_when(c, FIX_NOW - 366 * FIX_DAY), -1);
	cert_free(c);
}

static bool
count(void *arg, struct cert *c, char why[CERT_WHY])
{
	unsigned *n = arg;

	(void)why;
	cert_free(c);
	(*n)++;
	return true;
}

static bool
refuse(void *arg, struct cert *c, char why[CERT_WHY])
{
	(void)arg;
	cert_free(c);
	(void)snprintf(why, CERT_WHY, "no");
	return false;
}

/* PEM with any number of certificates and keys, and comments between them. */
static void
test_files(void **state)
{
	struct made m = fix_make(&(struct recipe){ .cn = "x" });
	BIO *bio = BIO_new(BIO_s_mem());
	struct fix_bytes der = fix_der(m.x), spki = fix_spki(m.key);
	unsigned n = 0;
	char why[CERT_WHY];
	char *pem;
	long len;

	(void)state;
	BIO_puts(bio, "# a comment\n");
	assert_int_equal(PEM_write_bio_X509(bio, m.x), 1);
	assert_int_equal(PEM_write_bio_X509(bio, m.x), 1);
	assert_int_equal(PEM_write_bio_PUBKEY(bio, m.key), 1);
	len = BIO_get_mem_data(bio, &pem);
	assert_true(cert_read_file(NULL, pem, (size_t)len, count, &n, why));
	assert_int_equal(n, 3);
	assert_false(cert_read_file(NULL, pem, (size_t)len, refuse, &n, why));
	assert_string_equal(why, "no");
	assert_true(cert_read_file(NULL, der.p, der.n, count, &n, why));
	assert_true(cert_read_file(NULL, spki.p, spki.n, count, &n, why));
	assert_int_equal(n, 5);
	/* a private key is in the wrong folder */
	assert_int_equal(
	    PEM_write_bio_PrivateKey(bio, m.key, NULL, NULL, 0, NULL, NULL), 1);
	len = BIO_get_mem_data(bio, &pem);
	assert_false(cert_read_file(NULL, pem, (size_t)len, count, &n, why));
	assert_non_null(strstr(why, "ike.privatekeys"));
	BIO_free(bio);
	/* no more than 64 of them */
	bio = BIO_new(BIO_s_mem());
	for (unsigned i = 0; i <= CERT_FILE; i++)
		assert_int_equal(PEM_write_bio_X509(bio, m.x), 1);
	len = BIO_get_mem_data(bio, &pem);
	n = 0;
	assert_false(cert_read_file(NULL, pem, (size_t)len, count, &n, why));
	assert_int_equal(n, CERT_FILE);
	BIO_free(bio);
	fix_free(&m);
}

static void
test_raw(void **state)
{
	struct made m = fix_make(&(struct recipe){ .cn = "x" });
	struct fix_bytes b = fix_spki(m.key), x = fix_der(m.x);
	struct ikeid i = id(IKEID_FQDN, "x");
	char why[CERT_WHY], name[CERT_TEXT];
	struct cert *c = cert_new(NULL, true, b.p, b.n, why);
	struct cert *full = cert_new(NULL, false, x.p, x.n, why);
	uint8_t one[20], two[20];

	(void)state;
	assert_non_null(c);
	assert_string_equal(cert_subject(name, c), "a public key");
	assert_false(cert_bears(c, &i));
	assert_int_equal(cert_subject_id(c).type, IKEID_NONE);
	assert_int_equal(cert_when(c, 0), 0);
	assert_null(cert_usage(c));
	assert_true(cert_key_hash(c, one));
	assert_true(cert_key_hash(full, two));
	assert_memory_equal(one, two, 20);
	cert_free(c);
	cert_free(full);
	assert_null(cert_new(NULL, true, b.p, b.n - 1, why));
	assert_null(cert_new(NULL, true, x.p, x.n, why));
	assert_null(cert_new(NULL, false, b.p, b.n, why));
	assert_null(cert_new(NULL, false, b.p, 0, why));
	assert_null(cert_new(NULL, false, b.p, CERT_DER + 1, why));
	fix_free(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bears),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_raw),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
