/* SPDX-License-Identifier: BSD-2-Clause */
#include "pki/cert.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "crypto/be/sig.h"
#include "model/ikedn.h"

static bool
say(char why[CERT_WHY], const char *text)
{
	(void)snprintf(why, CERT_WHY, "%s", text);
	return false;
}

/* --- one --- */

static bool
parse(struct cert *c, OSSL_LIB_CTX *ctx, bool raw, char why[CERT_WHY])
{
	const uint8_t *p = c->der;
	const char *weak;

	if (raw) {
		c->key = d2i_PUBKEY_ex(NULL, &p, (long)c->n, ctx, NULL);
	} else {
		c->x = X509_new_ex(ctx, NULL);
		if (c->x == NULL || d2i_X509(&c->x, &p, (long)c->n) == NULL)
			return say(why, "it is no X.509 certificate");
		c->key = X509_get0_pubkey(c->x);
		/* reads all extensions now; a broken one is found */
		if ((X509_get_extension_flags(c->x) & EXFLAG_INVALID) != 0)
			return say(why, "an extension of the certificate is "
					"broken");
	}
	if (c->key == NULL)
		return say(why, "its public key cannot be read");
	if (p != c->der + c->n)
		return say(why, "there is something behind the certificate");
	weak = sig_key_weak(c->key);
	return weak == NULL || say(why, weak);
}

struct cert *
cert_new(OSSL_LIB_CTX *ctx, bool raw, const uint8_t *der, size_t n,
    char why[CERT_WHY])
{
	struct cert *c = NULL;

	why[0] = '\0';
	if (n == 0 || n > CERT_DER) {
		(void)say(why, "it is empty, or longer than 16384 bytes");
		return NULL;
	}
	c = calloc(1, sizeof(*c));
	if (c != NULL)
		c->der = malloc(n);
	if (c == NULL || c->der == NULL) {
		(void)say(why, "no memory");
		cert_free(c);
		return NULL;
	}
	memcpy(c->der, der, n);
	c->n = n;
	if (!parse(c, ctx, raw, why)) {
		cert_free(c);
		c = NULL;
	}
	ERR_clear_error();
	return c;
}

void
cert_free(struct cert *c)
{
	if (c == NULL)
		return;
	if (c->x == NULL)
		EVP_PKEY_free(c->key);
	X509_free(c->x);
	free(c->der);
	free(c);
}

/* --- files --- */

struct reading {
	OSSL_LIB_CTX *ctx;
	bool (*take)(void *arg, struct cert *c, char why[CERT_WHY]);
	void *arg;
	unsigned n;
};

static bool
give(struct reading *r, bool raw, const uint8_t *der, size_t n,
    char why[CERT_WHY])
{
	struct cert *c;

	if (++r->n > CERT_FILE)
		return say(why, "there are more than 64 certificates in it");
	c = cert_new(r->ctx, raw, der, n, why);
	return c != NULL && r->take(r->arg, c, why);
}

/* One PEM block after the other; what stands between is comment. */
static bool
read_pem(struct reading *r, BIO *bio, char why[CERT_WHY])
{
	char *name = NULL, *header = NULL;
	uint8_t *der = NULL;
	long n = 0;
	bool ok = true;

	while (ok && PEM_read_bio(bio, &name, &header, &der, &n) == 1) {
		if (strcmp(name, "CERTIFICATE") == 0 ||
		    strcmp(name, "X509 CERTIFICATE") == 0)
			ok = give(r, false, der, (size_t)n, why);
		else if (strcmp(name, "PUBLIC KEY") == 0)
			ok = give(r, true, der, (size_t)n, why);
		else if (strstr(name, "PRIVATE KEY") != NULL)
			ok = say(why, "there is a private key in it, which "
				      "belongs into ike.privatekeys");
		/* a private key is among what may have been read */
		OPENSSL_cleanse(der, (size_t)n);
		OPENSSL_free(name);
		OPENSSL_free(header);
		OPENSSL_free(der);
	}
	if (ok && r->n == 0)
		ok = say(why, "it has no certificate and no public key");
	return ok;
}

bool
cert_read_file(OSSL_LIB_CTX *ctx, const void *b, size_t n,
    bool (*take)(void *arg, struct cert *c, char why[CERT_WHY]), void *arg,
    char why[CERT_WHY])
{
	struct reading r = { .ctx = ctx, .take = take, .arg = arg };
	const uint8_t *p = b;
	char ignore[CERT_WHY];
	BIO *bio;
	bool ok;

	why[0] = '\0';
	if (n == 0 || n > (size_t)CERT_FILE * CERT_DER)
		return say(why, "it is empty or too long");
	if (p[0] == 0x30) { /* DER: SEQUENCE */
		struct cert *c = cert_new(ctx, false, p, n, why);

		if (c == NULL)
			c = cert_new(ctx, true, p, n, ignore);
		if (c == NULL)
			return false;
		why[0] = '\0';
		return take(arg, c, why);
	}
	bio = BIO_new_mem_buf(b, (int)n);
	ok = bio != NULL ? read_pem(&r, bio, why) : say(why, "no memory");
	BIO_free(bio);
	ERR_clear_error();
	return ok;
}

/* --- names --- */

static const char *
fixed(char *buf, size_t n, const char *text)
{
	(void)snprintf(buf, n, "%s", text);
	return buf;
}

const char *
cert_name(char buf[CERT_TEXT], const X509_NAME *name)
{
	struct wr w = wr_into(buf, CERT_TEXT - 1);
	uint8_t *der = NULL;
	int n = name != NULL ? i2d_X509_NAME(name, &der) : -1;

	if (n < 0 || !ikedn_print(&w, der, (size_t)n)) {
		w = wr_into(buf, CERT_TEXT - 1);
		wr_bytes(&w, "a long name", 11);
	} else if (w.len == 0) {
		wr_bytes(&w, "no name", 7);
	}
	OPENSSL_free(der);
	buf[w.len] = '\0';
	return buf;
}

const char *
cert_subject(char buf[CERT_TEXT], const struct cert *c)
{
	if (c->x == NULL)
		return fixed(buf, CERT_TEXT, "a public key");
	return cert_name(buf, X509_get_subject_name(c->x));
}

const char *
cert_issuer(char buf[CERT_TEXT], const struct cert *c)
{
	if (c->x == NULL)
		return fixed(buf, CERT_TEXT, "nobody");
	return cert_name(buf, X509_get_issuer_name(c->x));
}

struct ikeid
cert_subject_id(const struct cert *c)
{
	struct ikeid id = { .type = IKEID_NONE };
	uint8_t *der = NULL;
	int n = c->x != NULL ? i2d_X509_NAME(X509_get_subject_name(c->x), &der)
			     : -1;

	if (n <= 0 || !ikeid_set(&id, IKEID_DN, der, (size_t)n))
		id = (struct ikeid){ .type = IKEID_NONE };
	OPENSSL_free(der);
	return id;
}

static bool
subject_is(const struct cert *c, const struct ikeid *id)
{
	struct ikeid own = cert_subject_id(c);

	return own.type == IKEID_DN && ikedn_same(own.b, own.n, id->b, id->n);
}

/* Is this alternative name the identity? One with a NUL in it never is. */
static bool
alt_is(const GENERAL_NAME *g, const struct ikeid *id)
{
	struct ikeid alt = { .type = IKEID_NONE };
	const ASN1_STRING *s;
	int type = 0;

	s = GENERAL_NAME_get0_value(g, &type);
	switch (type) {
	case GEN_DNS:
		return ikeid_set(&alt, IKEID_FQDN, ASN1_STRING_get0_data(s),
			   (size_t)ASN1_STRING_length(s)) &&
		       ikeid_equal(&alt, id);
	case GEN_EMAIL:
		return ikeid_set(&alt, IKEID_EMAIL, ASN1_STRING_get0_data(s),
			   (size_t)ASN1_STRING_length(s)) &&
		       ikeid_equal(&alt, id);
	case GEN_IPADD:
		return ikeid_set(&alt,
			   ASN1_STRING_length(s) == 4 ? IKEID_IPV4 : IKEID_IPV6,
			   ASN1_STRING_get0_data(s),
			   (size_t)ASN1_STRING_length(s)) &&
		       ikeid_equal(&alt, id);
	default:
		return false;
	}
}

static bool
alt_bears(const struct cert *c, const struct ikeid *id)
{
	GENERAL_NAMES *names =
	    X509_get_ext_d2i(c->x, NID_subject_alt_name, NULL, NULL);
	bool yes = false;

	for (int i = 0; i < sk_GENERAL_NAME_num(names) && !yes; i++)
		yes = alt_is(sk_GENERAL_NAME_value(names, i), id);
	GENERAL_NAMES_free(names);
	ERR_clear_error();
	return yes;
}

bool
cert_bears(const struct cert *c, const struct ikeid *id)
{
	const ASN1_OCTET_STRING *skid;

	if (c->x == NULL)
		return false;
	switch (id->type) {
	case IKEID_DN:
		return subject_is(c, id);
	case IKEID_FQDN:
	case IKEID_EMAIL:
	case IKEID_IPV4:
	case IKEID_IPV6:
		return alt_bears(c, id);
	case IKEID_KEY:
		skid = X509_get0_subject_key_id(c->x);
		return skid != NULL && ASN1_STRING_length(skid) == id->n &&
		       memcmp(ASN1_STRING_get0_data(skid), id->b, id->n) == 0;
	default:
		return false;
	}
}

bool
cert_key_hash(const struct cert *c, uint8_t hash[20])
{
	uint8_t *spki = NULL;
	int n = c->x != NULL
		    ? i2d_X509_PUBKEY(X509_get_X509_PUBKEY(c->x), &spki)
		    : i2d_PUBKEY(c->key, &spki);
	size_t len = 20;
	bool ok = n > 0 && EVP_Q_digest(NULL, "SHA1", NULL, spki, (size_t)n,
			       hash, &len) == 1;

	OPENSSL_free(spki);
	ERR_clear_error();
	return ok;
}

/* --- times and use --- */

int
cert_when(const struct cert *c, int64_t now)
{
	time_t t = (time_t)now;

	if (c->x == NULL)
		return 0;
	/* X509_cmp_time says 0 for a broken date */
	if (X509_cmp_time(X509_get0_notBefore(c->x), &t) != -1)
		return -1;
	return X509_cmp_time(X509_get0_notAfter(c->x), &t) != 1 ? 1 : 0;
}

const char *
cert_date(char buf[CERT_DATE], const struct cert *c, bool end)
{
	struct tm tm;
	const ASN1_TIME *t = c->x == NULL ? NULL
			     : end	  ? X509_get0_notAfter(c->x)
					  : X509_get0_notBefore(c->x);

	if (t == NULL || ASN1_TIME_to_tm(t, &tm) != 1)
		return fixed(buf, CERT_DATE, "?");
	(void)snprintf(buf, CERT_DATE, "%04d-%02d-%02d", tm.tm_year + 1900,
	    tm.tm_mon + 1, tm.tm_mday);
	return buf;
}

static bool
eku_allows(const struct cert *c)
{
	/* any, for servers, clients, ipsecIKE (RFC 4945 5.1.3.12), and the one
	   that was used before that had a number */
	static const char *const good[] = { "2.5.29.37.0", "1.3.6.1.5.5.7.3.1",
		"1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.17",
		"1.3.6.1.5.5.8.2.2" };
	EXTENDED_KEY_USAGE *eku =
	    X509_get_ext_d2i(c->x, NID_ext_key_usage, NULL, NULL);
	bool yes = false;
	char oid[80];

	for (int i = 0; i < sk_ASN1_OBJECT_num(eku) && !yes; i++) {
		(void)OBJ_obj2txt(
		    oid, sizeof(oid), sk_ASN1_OBJECT_value(eku, i), 1);
		for (size_t k = 0; k < sizeof(good) / sizeof(good[0]); k++)
			yes = yes || strcmp(oid, good[k]) == 0;
	}
	EXTENDED_KEY_USAGE_free(eku);
	return yes;
}

const char *
cert_usage(const struct cert *c)
{
	uint32_t flags;

	if (c->x == NULL)
		return NULL;
	flags = X509_get_extension_flags(c->x);
	if ((flags & EXFLAG_KUSAGE) != 0 &&
	    (X509_get_key_usage(c->x) &
		(KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) == 0)
		return "its key usage does not allow signatures";
	if ((flags & EXFLAG_XKUSAGE) != 0 && !eku_allows(c))
		return "its extended key usage is for something else than IKE";
	return NULL;
}
