/* SPDX-License-Identifier: BSD-2-Clause */
/* Certificates, CRLs and OCSP responses made on the spot, for tests. */
#ifndef PKI_CERTS_FIX_TEST_H
#define PKI_CERTS_FIX_TEST_H

#include <openssl/ec.h>
#include <openssl/ocsp.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "base/rd.h"

#define FIX_NOW INT64_C(1800000000)
#define FIX_DAY INT64_C(86400)

struct made {
	EVP_PKEY *key;
	X509 *x;
};

struct recipe {
	const char *cn;
	const struct made *by; /* NULL: itself */
	const char *basic;     /* basicConstraints, ... in libcrypto's words */
	const char *usage, *extended, *alt, *constraints;
	int64_t from, to; /* days from now; 0, 0: a year each way */
	long serial;
	const EVP_MD *md; /* NULL: SHA-256 */
	EVP_PKEY *key;	  /* NULL: a new one of P-256 */
	int version;	  /* 0: 3 */
};

static inline void
fix_name(X509_NAME *n, const char *cn)
{
	assert_int_equal(X509_NAME_add_entry_by_txt(n, "O", MBSTRING_UTF8,
			     (const void *)"Test", -1, -1, 0),
	    1);
	assert_int_equal(X509_NAME_add_entry_by_txt(n, "CN", MBSTRING_UTF8,
			     (const void *)cn, -1, -1, 0),
	    1);
}

static inline void
fix_ext(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *e;

	if (value == NULL)
		return;
	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	e = X509V3_EXT_nconf_nid(NULL, &ctx, nid, value);
	assert_non_null(e);
	assert_int_equal(X509_add_ext(x, e, -1), 1);
	X509_EXTENSION_free(e);
}

static inline void
fix_times(ASN1_TIME *a, ASN1_TIME *b, int64_t from, int64_t to)
{
	bool both = from == 0 && to == 0;

	assert_non_null(ASN1_TIME_set(
	    a, (time_t)(FIX_NOW + (both ? -365 : from) * FIX_DAY)));
	assert_non_null(
	    ASN1_TIME_set(b, (time_t)(FIX_NOW + (both ? 365 : to) * FIX_DAY)));
}

static inline struct made
fix_make(const struct recipe *r)
{
	static long serial = 1000;
	struct made m = { .x = X509_new() };
	const struct made *by = r->by != NULL ? r->by : &m;

	if (r->key != NULL) {
		m.key = r->key;
		assert_int_equal(EVP_PKEY_up_ref(m.key), 1);
	} else {
		m.key = EVP_EC_gen("P-256");
	}
	assert_non_null(m.key);
	assert_int_equal(
	    X509_set_version(m.x, r->version != 0 ? r->version - 1 : 2), 1);
	assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(m.x),
			     r->serial != 0 ? r->serial : ++serial),
	    1);
	fix_name(X509_get_subject_name(m.x), r->cn);
	assert_int_equal(
	    X509_set_issuer_name(m.x, X509_get_subject_name(by->x)), 1);
	fix_times(
	    X509_getm_notBefore(m.x), X509_getm_notAfter(m.x), r->from, r->to);
	assert_int_equal(X509_set_pubkey(m.x, m.key), 1);
	fix_ext(m.x, by->x, NID_basic_constraints, r->basic);
	fix_ext(m.x, by->x, NID_key_usage, r->usage);
	fix_ext(m.x, by->x, NID_ext_key_usage, r->extended);
	fix_ext(m.x, by->x, NID_subject_alt_name, r->alt);
	fix_ext(m.x, by->x, NID_name_constraints, r->constraints);
	if (r->version == 0)
		fix_ext(m.x, by->x, NID_subject_key_identifier, "hash");
	assert_true(
	    X509_sign(m.x, by->key,
		r->md != NULL			    ? r->md
		: EVP_PKEY_is_a(by->key, "ED25519") ? NULL
						    : EVP_sha256()) > 0);
	return m;
}

static inline void
fix_free(struct made *m)
{
	X509_free(m->x);
	EVP_PKEY_free(m->key);
}

/* Bytes that stay until 64 others were made. */
struct fix_bytes {
	uint8_t *p;
	size_t n;
};

static inline struct fix_bytes
fix_keep(uint8_t *p, int n)
{
	static uint8_t *ring[64];
	static unsigned at;

	assert_true(n > 0);
	OPENSSL_free(ring[at % 64]);
	ring[at++ % 64] = p;
	return (struct fix_bytes){ p, (size_t)n };
}

static inline struct fix_bytes
fix_der(X509 *x)
{
	uint8_t *p = NULL;
	int n = i2d_X509(x, &p);

	return fix_keep(p, n);
}

static inline struct fix_bytes
fix_spki(EVP_PKEY *key)
{
	uint8_t *p = NULL;
	int n = i2d_PUBKEY(key, &p);

	return fix_keep(p, n);
}

/* PKCS#8 or the traditional form, as libcrypto likes it. */
static inline struct fix_bytes
fix_private(EVP_PKEY *key)
{
	uint8_t *p = NULL;
	int n = i2d_PrivateKey(key, &p);

	return fix_keep(p, n);
}

/* A CRL that names one serial, or with 0 none. */
static inline struct fix_bytes
fix_crl(const struct made *by, long serial, int64_t from, int64_t to)
{
	X509_CRL *crl = X509_CRL_new();
	ASN1_TIME *a = ASN1_TIME_new(), *b = ASN1_TIME_new();
	uint8_t *p = NULL;
	int n;

	fix_times(a, b, from, to);
	assert_int_equal(X509_CRL_set_version(crl, 1), 1);
	assert_int_equal(
	    X509_CRL_set_issuer_name(crl, X509_get_subject_name(by->x)), 1);
	assert_int_equal(X509_CRL_set1_lastUpdate(crl, a), 1);
	assert_int_equal(X509_CRL_set1_nextUpdate(crl, b), 1);
	if (serial != 0) {
		X509_REVOKED *r = X509_REVOKED_new();
		ASN1_INTEGER *i = ASN1_INTEGER_new();

		assert_int_equal(ASN1_INTEGER_set(i, serial), 1);
		assert_int_equal(X509_REVOKED_set_serialNumber(r, i), 1);
		assert_int_equal(X509_REVOKED_set_revocationDate(r, a), 1);
		assert_int_equal(X509_CRL_add0_revoked(crl, r), 1);
		ASN1_INTEGER_free(i);
	}
	assert_true(X509_CRL_sign(crl, by->key, EVP_sha256()) > 0);
	n = i2d_X509_CRL(crl, &p);
	ASN1_TIME_free(a);
	ASN1_TIME_free(b);
	X509_CRL_free(crl);
	return fix_keep(p, n);
}

/* An OCSP response about x, issued by `issuer`, signed by `by`. */
static inline struct fix_bytes
fix_ocsp(X509 *x, X509 *issuer, const struct made *by, int status, int64_t from,
    int64_t to)
{
	OCSP_BASICRESP *b = OCSP_BASICRESP_new();
	OCSP_CERTID *id = OCSP_cert_to_id(NULL, x, issuer);
	ASN1_TIME *at = ASN1_TIME_new(), *end = ASN1_TIME_new();
	OCSP_RESPONSE *r;
	uint8_t *p = NULL;
	int n;

	fix_times(at, end, from, to);
	assert_non_null(OCSP_basic_add1_status(b, id, status,
	    OCSP_REVOKED_STATUS_UNSPECIFIED,
	    status == V_OCSP_CERTSTATUS_REVOKED ? at : NULL, at, end));
	assert_int_equal(
	    OCSP_basic_sign(b, by->x, by->key, EVP_sha256(), NULL, 0), 1);
	r = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, b);
	n = i2d_OCSP_RESPONSE(r, &p);
	OCSP_RESPONSE_free(r);
	OCSP_BASICRESP_free(b);
	OCSP_CERTID_free(id);
	ASN1_TIME_free(at);
	ASN1_TIME_free(end);
	return fix_keep(p, n);
}

#endif /* PKI_CERTS_FIX_TEST_H */
