/* SPDX-License-Identifier: BSD-2-Clause */
#include "pki/certstore.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/provider.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

#include "crypto/be/sig.h"
#include "pki/ocsp.h"

struct row {
	struct cert *c;
	bool root, trusted;
};

/* A selector that waits for all certificates to be there. */
struct anchor {
	struct anchor *next;
	struct certsel sel;
	bool root;
};

struct certstore {
	OSSL_LIB_CTX *ctx;
	OSSL_PROVIDER *base;
	X509_STORE *x; /* roots and CRLs */
	struct row *row;
	size_t n, room;
	struct anchor *anchors;
	bool ignore_crls;
	const char *slot; /* of the file that is being read */
};

struct certstore *
certstore_new(void)
{
	struct certstore *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	/* private, so that no configuration file changes what it does */
	s->ctx = OSSL_LIB_CTX_new();
	if (s->ctx != NULL)
		s->base = OSSL_PROVIDER_load(s->ctx, "default");
	s->x = X509_STORE_new();
	if (s->base != NULL && s->x != NULL)
		return s;
	certstore_free(s);
	return NULL;
}

void
certstore_free(struct certstore *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->n; i++)
		cert_free(s->row[i].c);
	free(s->row);
	while (s->anchors != NULL) {
		struct anchor *a = s->anchors;

		s->anchors = a->next;
		free(a);
	}
	X509_STORE_free(s->x);
	if (s->base != NULL)
		OSSL_PROVIDER_unload(s->base);
	OSSL_LIB_CTX_free(s->ctx);
	free(s);
}

OSSL_LIB_CTX *
certstore_ctx(const struct certstore *s)
{
	return s->ctx;
}

/* --- filling --- */

static bool
say(char *why, const char *text)
{
	(void)snprintf(why, CERT_WHY, "%s", text);
	return false;
}

static bool
keep(void *arg, struct cert *c, char why[CERT_WHY])
{
	struct certstore *s = arg;

	if (s->n == s->room) {
		size_t room = s->room != 0 ? 2 * s->room : 16;
		struct row *row = s->n < CERTSTORE_MAX
				      ? realloc(s->row, room * sizeof(*row))
				      : NULL;

		if (row == NULL) {
			cert_free(c);
			return say(why, "there are too many certificates");
		}
		s->row = row;
		s->room = room;
	}
	(void)snprintf(c->slot, sizeof(c->slot), "%s", s->slot);
	/* RFC 7670: whoever put a key alone here believes it */
	s->row[s->n++] = (struct row){ .c = c, .trusted = c->x == NULL };
	return true;
}

bool
certstore_add(struct certstore *s, const char *slot, const void *b, size_t n,
    char why[CERT_WHY])
{
	s->slot = slot;
	return cert_read_file(s->ctx, b, n, keep, s, why);
}

static bool
keep_crl(struct certstore *s, X509_CRL *crl, char why[CERT_WHY])
{
	bool ok = crl != NULL && X509_STORE_add_crl(s->x, crl) == 1;

	X509_CRL_free(crl);
	return ok || say(why, "it is no CRL");
}

bool
certstore_add_crl(struct certstore *s, const char *slot, const void *b,
    size_t n, char why[CERT_WHY])
{
	const uint8_t *p = b;
	unsigned count = 0;
	bool ok = true;
	BIO *bio;

	(void)slot;
	why[0] = '\0';
	if (n == 0 || n > INT32_MAX)
		return say(why, "it is empty or too long");
	if (p[0] == 0x30) {
		X509_CRL *crl = d2i_X509_CRL(NULL, &p, (long)n);

		ok = keep_crl(s, crl, why);
		if (ok && p != (const uint8_t *)b + n)
			ok = say(why, "there is something behind the CRL");
		ERR_clear_error();
		return ok;
	}
	bio = BIO_new_mem_buf(b, (int)n);
	for (X509_CRL *crl; ok && bio != NULL; count++) {
		crl = PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL);
		if (crl == NULL)
			break;
		ok = keep_crl(s, crl, why);
	}
	BIO_free(bio);
	ERR_clear_error();
	return ok && (count != 0 || say(why, "it has no CRL"));
}

static bool
anchor(struct certstore *s, bool root, const char *selector, char why[CERT_WHY])
{
	struct anchor *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return say(why, "no memory");
	if (!certsel_read(&a->sel, selector, why)) {
		free(a);
		return false;
	}
	if (a->sel.by == CERTSEL_ANY || a->sel.negated) {
		free(a);
		return say(why, "it has to say which certificate");
	}
	a->root = root;
	a->next = s->anchors;
	s->anchors = a;
	return true;
}

bool
certstore_root(struct certstore *s, const char *selector, char why[CERT_WHY])
{
	return anchor(s, true, selector, why);
}

bool
certstore_trust(struct certstore *s, const char *selector, char why[CERT_WHY])
{
	return anchor(s, false, selector, why);
}

void
certstore_ignore_crls(struct certstore *s, bool on)
{
	s->ignore_crls = on;
}

bool
certstore_ready(struct certstore *s, char why[CERT_WHY])
{
	why[0] = '\0';
	for (const struct anchor *a = s->anchors; a != NULL; a = a->next) {
		size_t found = 0;

		for (size_t i = 0; i < s->n; i++) {
			struct row *r = &s->row[i];

			if (!certsel_match(&a->sel, r->c))
				continue;
			if (a->root && r->c->x == NULL)
				return say(
				    why, "a public key alone is no cert_root");
			found++;
			r->root = r->root || a->root;
			r->trusted = r->trusted || !a->root;
			if (a->root && X509_STORE_add_cert(s->x, r->c->x) != 1)
				return say(why, "no memory");
		}
		if (found == 0) {
			(void)snprintf(why, CERT_WHY,
			    "no certificate here is that of %s \"%.120s\"",
			    a->root ? "cert_root" : "cert_trust", a->sel.text);
			return false;
		}
	}
	return true;
}

const struct cert *
certstore_row(const struct certstore *s, size_t i)
{
	return i < s->n ? s->row[i].c : NULL;
}

bool
certstore_is_root(const struct certstore *s, size_t i)
{
	return i < s->n && s->row[i].root;
}

bool
certstore_is_trusted(const struct certstore *s, size_t i)
{
	return i < s->n && s->row[i].trusted;
}

/* --- chains of ours --- */

static const struct cert *
issuer_here(const struct certstore *s, const struct cert *c)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->row[i].c->x != NULL && s->row[i].c != c &&
		    X509_check_issued(s->row[i].c->x, c->x) == X509_V_OK)
			return s->row[i].c;
	return NULL;
}

static bool
self_signed(X509 *x)
{
	return X509_check_issued(x, x) == X509_V_OK;
}

static bool
self_issued(const struct cert *c)
{
	return self_signed(c->x);
}

size_t
certstore_chain(const struct certstore *s, const struct cert *cert,
    const struct cert **chain, size_t most)
{
	size_t n = 0;

	while (cert != NULL && n < most && n <= CERTSTORE_DEPTH) {
		/* the peer has the root, or does not believe in it */
		if (n != 0 && self_issued(cert))
			break;
		chain[n++] = cert;
		if (cert->x == NULL || self_issued(cert))
			break;
		cert = issuer_here(s, cert);
	}
	return n;
}

bool
certstore_ends_at(
    const struct certstore *s, const struct cert *cert, const uint8_t hash[20])
{
	uint8_t own[20];

	for (unsigned i = 0; cert != NULL && i <= CERTSTORE_DEPTH; i++) {
		if (cert_key_hash(cert, own) && memcmp(own, hash, 20) == 0)
			return true;
		if (cert->x == NULL || self_issued(cert))
			break;
		cert = issuer_here(s, cert);
	}
	return false;
}

/* --- is it believed? --- */

/* What the check of one chain knows. */
struct check {
	struct certstore *s;
	const struct certstore_bytes *ocsp;
	size_t n_ocsp;
	int64_t now;
};

static enum ocsp_status
by_ocsp(const struct check *k, X509 *cert, X509 *issuer)
{
	enum ocsp_status r = OCSP_NOTHING;

	for (size_t i = 0; i < k->n_ocsp && i < CERTSTORE_OCSP; i++) {
		const struct certstore_bytes *o = &k->ocsp[i];
		enum ocsp_status one;

		if (o->n > CERTSTORE_OCSP_DER)
			continue;
		one = ocsp_ask(o->p, o->n, cert, issuer, k->now);
		if (one == OCSP_BAD)
			return one;
		if (one == OCSP_FINE)
			r = one;
	}
	return r;
}

/* Where there is no CRL that holds, OCSP may do. */
static int
judge(int ok, X509_STORE_CTX *ctx)
{
	const struct check *k = X509_STORE_CTX_get_app_data(ctx);
	STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(ctx);
	int depth = X509_STORE_CTX_get_error_depth(ctx);
	int last = sk_X509_num(chain) - 1;

	if (ok == 1)
		return 1;
	switch (X509_STORE_CTX_get_error(ctx)) {
	case X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER:
	case X509_V_ERR_CRL_SIGNATURE_FAILURE:
		/* an anchor that somebody else issued, of whom nothing is known */
		return depth == last &&
		       !self_signed(sk_X509_value(chain, last));
	case X509_V_ERR_UNABLE_TO_GET_CRL:
	case X509_V_ERR_CRL_HAS_EXPIRED:
	case X509_V_ERR_CRL_NOT_YET_VALID:
		/* the administrator answers for the anchor itself */
		if (depth == last)
			return 1;
		return by_ocsp(k, sk_X509_value(chain, depth),
			   sk_X509_value(chain, depth + 1)) == OCSP_FINE;
	default:
		return 0;
	}
}

/* A sentence about the certificate that the check failed at. */
static void
explain(int err, X509 *at, char why[CERTSTORE_WHY])
{
	static const struct {
		int err;
		const char *text; /* %s: subject */
	} texts[] = {
		{ X509_V_ERR_CERT_HAS_EXPIRED, "has expired" },
		{ X509_V_ERR_CERT_NOT_YET_VALID, "is not valid yet" },
		{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
		    "was issued by somebody who is no cert_root and whose "
		    "certificate did not come" },
		{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT,
		    "was issued by somebody whose certificate is not here" },
		{ X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT,
		    "is self-signed, and neither cert_trust nor cert_root" },
		{ X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
		    "is self-signed and no cert_root" },
		{ X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE,
		    "was issued by somebody who is no cert_root" },
		{ X509_V_ERR_CERT_SIGNATURE_FAILURE,
		    "has a signature that is wrong" },
		{ X509_V_ERR_CERT_REVOKED, "has been revoked" },
		{ X509_V_ERR_UNABLE_TO_GET_CRL,
		    "was issued by somebody of whom no CRL is here; add it to "
		    "the folder crls, or say ignore_crls" },
		{ X509_V_ERR_CRL_HAS_EXPIRED,
		    "cannot be judged: the CRL of its issuer has expired" },
		{ X509_V_ERR_CRL_NOT_YET_VALID,
		    "cannot be judged: the CRL of its issuer is not valid "
		    "yet" },
		{ X509_V_ERR_CRL_SIGNATURE_FAILURE,
		    "cannot be judged: the signature of the CRL is wrong" },
		{ X509_V_ERR_INVALID_CA,
		    "issued a certificate and may not: it is no authority" },
		{ X509_V_ERR_KEYUSAGE_NO_CERTSIGN,
		    "issued a certificate and may not: its key usage" },
		{ X509_V_ERR_PATH_LENGTH_EXCEEDED,
		    "may not have so many authorities below it" },
		{ X509_V_ERR_CERT_CHAIN_TOO_LONG,
		    "is at the end of too long a chain" },
		{ X509_V_ERR_PERMITTED_VIOLATION,
		    "has a name that its authority may not certify" },
		{ X509_V_ERR_EXCLUDED_VIOLATION,
		    "has a name that its authority must not certify" },
		{ X509_V_ERR_EE_KEY_TOO_SMALL, "has a key that is too weak" },
		{ X509_V_ERR_CA_KEY_TOO_SMALL, "has a key that is too weak" },
		{ X509_V_ERR_CA_MD_TOO_WEAK,
		    "is signed with a hash that is too weak" },
		{ X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION,
		    "has a critical extension that is not known here" },
	};
	char name[CERT_TEXT];
	const char *text = X509_verify_cert_error_string(err);

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].err == err)
			text = texts[i].text;
	(void)snprintf(why, CERTSTORE_WHY, "the certificate of %s %s",
	    at != NULL ? cert_name(name, X509_get_subject_name(at))
		       : "the peer",
	    text);
}

/* What libcrypto does not look at: keys, authorities, and what OCSP said. */
static bool
chain_ok(const struct check *k, STACK_OF(X509) * chain, char why[CERTSTORE_WHY])
{
	int last = sk_X509_num(chain) - 1;
	char name[CERT_TEXT];

	for (int i = 0; i <= last; i++) {
		X509 *x = sk_X509_value(chain, i);
		EVP_PKEY *key = X509_get0_pubkey(x);
		const char *weak =
		    key != NULL ? sig_key_weak(key) : "its key is unknown";

		/* RFC 5280 6.1.4 k; anchors of version 1 are the
		   administrator's choice */
		if (i != 0 && i != last && X509_check_ca(x) != 1) {
			explain(X509_V_ERR_INVALID_CA, x, why);
			return false;
		}
		if (weak != NULL) {
			(void)snprintf(why, CERTSTORE_WHY,
			    "the certificate of %s: %s",
			    cert_name(name, X509_get_subject_name(x)), weak);
			return false;
		}
		if (i != last && !k->s->ignore_crls &&
		    by_ocsp(k, x, sk_X509_value(chain, i + 1)) == OCSP_BAD) {
			explain(X509_V_ERR_CERT_REVOKED, x, why);
			return false;
		}
	}
	return true;
}

static bool
run(const struct check *k, X509_STORE_CTX *ctx, X509 *x,
    STACK_OF(X509) * others, char why[CERTSTORE_WHY])
{
	X509_VERIFY_PARAM *p;

	if (X509_STORE_CTX_init(ctx, k->s->x, x, others) != 1) {
		(void)snprintf(why, CERTSTORE_WHY, "no memory");
		return false;
	}
	p = X509_STORE_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_time(p, (time_t)k->now);
	X509_VERIFY_PARAM_set_depth(p, CERTSTORE_DEPTH);
	/* 112 bits, and nothing with SHA-1 or MD5 (RFC 8247 4) */
	X509_VERIFY_PARAM_set_auth_level(p, 2);
	(void)X509_VERIFY_PARAM_set_flags(p,
	    X509_V_FLAG_PARTIAL_CHAIN |
		(k->s->ignore_crls
			? 0
			: X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL));
	(void)X509_STORE_CTX_set_app_data(ctx, (void *)(uintptr_t)k);
	X509_STORE_CTX_set_verify_cb(ctx, judge);
	/* only 1 is yes */
	if (X509_verify_cert(ctx) != 1) {
		explain(X509_STORE_CTX_get_error(ctx),
		    X509_STORE_CTX_get_current_cert(ctx), why);
		return false;
	}
	return chain_ok(k, X509_STORE_CTX_get0_chain(ctx), why);
}

/* Those that came with it, and ours. */
static STACK_OF(X509) *
    candidates(const struct certstore *s, struct cert *const *other, size_t n)
{
	STACK_OF(X509) *all = sk_X509_new_null();
	bool ok = all != NULL;

	for (size_t i = 0; ok && i < n && i < CERTSTORE_PEER; i++)
		ok = other[i]->x == NULL || sk_X509_push(all, other[i]->x) != 0;
	for (size_t i = 0; ok && i < s->n; i++)
		ok = s->row[i].c->x == NULL ||
		     sk_X509_push(all, s->row[i].c->x) != 0;
	if (ok)
		return all;
	sk_X509_free(all);
	return NULL;
}

/* The very one is here and trusted, and so needs nobody else. */
static bool
trusted_itself(const struct certstore *s, const struct cert *c)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->row[i].trusted && s->row[i].c->n == c->n &&
		    (s->row[i].c->x == NULL) == (c->x == NULL) &&
		    memcmp(s->row[i].c->der, c->der, c->n) == 0)
			return true;
	return false;
}

/* Its time and its use, which hold for a trusted one as well. */
static bool
itself_ok(const struct cert *c, int64_t now, char why[CERTSTORE_WHY])
{
	char name[CERT_TEXT], date[CERT_DATE];
	int when = cert_when(c, now);
	const char *use = cert_usage(c);

	if (when != 0)
		(void)snprintf(why, CERTSTORE_WHY,
		    "the certificate of %s %s %s", cert_subject(name, c),
		    when > 0 ? "has expired on" : "is not valid before",
		    cert_date(date, c, when > 0));
	else if (use != NULL)
		(void)snprintf(why, CERTSTORE_WHY,
		    "the certificate of %s is not for this: %s",
		    cert_subject(name, c), use);
	return when == 0 && use == NULL;
}

bool
certstore_verify(struct certstore *s, const struct cert *cert,
    struct cert *const *other, size_t n_other,
    const struct certstore_bytes *ocsp, size_t n_ocsp, int64_t now,
    char why[CERTSTORE_WHY])
{
	const struct check k = {
		.s = s, .ocsp = ocsp, .n_ocsp = n_ocsp, .now = now
	};
	X509_STORE_CTX *ctx;
	STACK_OF(X509) * others;
	bool ok;

	why[0] = '\0';
	if (!itself_ok(cert, now, why))
		return false;
	if (trusted_itself(s, cert))
		return true;
	if (cert->x == NULL) {
		(void)snprintf(why, CERTSTORE_WHY,
		    "the peer's public key is not among publickeys");
		return false;
	}
	ctx = X509_STORE_CTX_new_ex(s->ctx, NULL);
	others = candidates(s, other, n_other);
	ok = ctx != NULL && others != NULL;
	if (ok)
		ok = run(&k, ctx, cert->x, others, why);
	else
		(void)snprintf(why, CERTSTORE_WHY, "no memory");
	X509_STORE_CTX_free(ctx);
	sk_X509_free(others);
	ERR_clear_error();
	return ok;
}
