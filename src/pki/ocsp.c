/* SPDX-License-Identifier: BSD-2-Clause */
#include "pki/ocsp.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>

#include "crypto/be/sig.h"

/* Seconds that clocks may differ, and age of a response that names no end. */
enum { SKEW = 300, AGE = 7 * 86400 };

static bool
before(const ASN1_TIME *t, int64_t now)
{
	time_t at = (time_t)now;

	return t != NULL && X509_cmp_time(t, &at) == -1;
}

static bool
after(const ASN1_TIME *t, int64_t now)
{
	time_t at = (time_t)now;

	return t != NULL && X509_cmp_time(t, &at) == 1;
}

/* RFC 6960 4.2.2.2: the issuer, or whom it has made a certificate for that. */
static bool
may_sign(X509 *signer, X509 *issuer, int64_t now)
{
	EVP_PKEY *key = X509_get0_pubkey(issuer);

	if (X509_cmp(signer, issuer) == 0)
		return true;
	return X509_check_issued(issuer, signer) == X509_V_OK &&
	       (X509_get_extension_flags(signer) & EXFLAG_XKUSAGE) != 0 &&
	       (X509_get_extended_key_usage(signer) & XKU_OCSP_SIGN) != 0 &&
	       before(X509_get0_notBefore(signer), now) &&
	       after(X509_get0_notAfter(signer), now) &&
	       X509_get0_pubkey(signer) != NULL &&
	       sig_key_weak(X509_get0_pubkey(signer)) == NULL && key != NULL &&
	       X509_verify(signer, key) == 1;
}

static bool
is_signed(OCSP_BASICRESP *b, X509 *issuer, int64_t now)
{
	STACK_OF(X509) *known = sk_X509_new_null();
	X509 *signer = NULL;
	bool ok = known != NULL && sk_X509_push(known, issuer) != 0 &&
		  OCSP_resp_get0_signer(b, &signer, known) == 1 &&
		  may_sign(signer, issuer, now) &&
		  (signer == issuer || sk_X509_push(known, signer) != 0) &&
		  /* who signed was judged above */
		  OCSP_basic_verify(b, known, NULL, OCSP_TRUSTOTHER) == 1;

	sk_X509_free(known);
	return ok;
}

static bool
names(OCSP_SINGLERESP *one, X509 *cert, X509 *issuer)
{
	static const int hashes[] = { NID_sha1, NID_sha256 };
	const OCSP_CERTID *has = OCSP_SINGLERESP_get0_id(one);
	bool yes = false;

	for (size_t i = 0; i < 2 && !yes; i++) {
		OCSP_CERTID *id = OCSP_cert_to_id(
		    EVP_get_digestbynid(hashes[i]), cert, issuer);

		yes = id != NULL && OCSP_id_cmp(id, has) == 0;
		OCSP_CERTID_free(id);
	}
	return yes;
}

/* RFC 6960 4.2.2.1: not from the future, and not outlived. */
static bool
is_fresh(ASN1_GENERALIZEDTIME *from, ASN1_GENERALIZEDTIME *to, int64_t now)
{
	if (!before(from, now + SKEW))
		return false;
	return to != NULL ? after(to, now - SKEW) : after(from, now - AGE);
}

static enum ocsp_status
status(OCSP_BASICRESP *b, X509 *cert, X509 *issuer, int64_t now)
{
	ASN1_GENERALIZEDTIME *from = NULL, *to = NULL;
	int n = OCSP_resp_count(b);

	for (int i = 0; i < n && i < 64; i++) {
		OCSP_SINGLERESP *one = OCSP_resp_get0(b, i);
		int s;

		if (!names(one, cert, issuer))
			continue;
		s = OCSP_single_get0_status(one, NULL, NULL, &from, &to);
		if (!is_fresh(from, to, now))
			continue;
		return s == V_OCSP_CERTSTATUS_GOOD ? OCSP_FINE : OCSP_BAD;
	}
	return OCSP_NOTHING;
}

enum ocsp_status
ocsp_ask(const uint8_t *der, size_t n, X509 *cert, X509 *issuer, int64_t now)
{
	const uint8_t *p = der;
	OCSP_RESPONSE *r = d2i_OCSP_RESPONSE(NULL, &p, (long)n);
	OCSP_BASICRESP *b = NULL;
	enum ocsp_status s = OCSP_NOTHING;

	if (r != NULL && p == der + n &&
	    OCSP_response_status(r) == OCSP_RESPONSE_STATUS_SUCCESSFUL)
		b = OCSP_response_get1_basic(r);
	if (b != NULL && is_signed(b, issuer, now))
		s = status(b, cert, issuer, now);
	OCSP_BASICRESP_free(b);
	OCSP_RESPONSE_free(r);
	ERR_clear_error();
	return s;
}
