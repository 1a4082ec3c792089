/* SPDX-License-Identifier: BSD-2-Clause */
#include "pki/certstore.h"

#include "base/test.h"

#include "pki/certs_fix_test.h"

static struct made root, sub, leaf, other;
static const char ca[] = "critical,CA:TRUE";
static const char ca_use[] = "critical,keyCertSign,cRLSign";

/* A store with this root and, if crl, with empty CRLs of root and sub. */
static struct certstore *
store(const struct made *r, bool crl)
{
	struct certstore *s = certstore_new();
	struct fix_bytes b = fix_der(r->x);
	char why[CERT_WHY];

	assert_non_null(s);
	assert_true(certstore_add(s, "root", b.p, b.n, why));
	assert_true(certstore_root(s, "SLOT=root", why));
	if (crl) {
		b = fix_crl(&root, 0, 0, 0);
		assert_true(certstore_add_crl(s, "0", b.p, b.n, why));
		b = fix_crl(&sub, 0, 0, 0);
		assert_true(certstore_add_crl(s, "1", b.p, b.n, why));
	} else {
		certstore_ignore_crls(s, true);
	}
	assert_true(certstore_ready(s, why));
	assert_string_equal(why, "");
	return s;
}

/* The reason with which s refuses x, between two other certificates; NULL: it
   does not. */
static const char *
asked(struct certstore *s, X509 *x, X509 *with, X509 *with2,
    const struct fix_bytes *ocsp)
{
	static char why[CERTSTORE_WHY];
	OSSL_LIB_CTX *ctx = certstore_ctx(s);
	struct fix_bytes b = fix_der(x);
	char small[CERT_WHY];
	struct cert *c = cert_new(ctx, false, b.p, b.n, small), *o[2];
	size_t n = 0;
	struct certstore_bytes resp = { 0 };
	bool ok;

	assert_non_null(c);
	for (int i = 0; i < 2; i++) {
		X509 *w = i == 0 ? with : with2;

		if (w == NULL)
			continue;
		b = fix_der(w);
		o[n] = cert_new(ctx, false, b.p, b.n, small);
		assert_non_null(o[n]);
		n++;
	}
	if (ocsp != NULL)
		resp = (struct certstore_bytes){ ocsp->p, ocsp->n };
	ok = certstore_verify(s, c, o, n, &resp, ocsp != NULL, FIX_NOW, why);
	for (size_t i = 0; i < n; i++)
		cert_free(o[i]);
	cert_free(c);
	assert_int_equal(ok, why[0] == '\0');
	return ok ? NULL : why;
}

/* One store, one question. */
static const char *
once(const struct made *r, bool crl, X509 *x, X509 *with)
{
	struct certstore *s = store(r, crl);
	const char *why = asked(s, x, with, NULL, NULL);

	certstore_free(s);
	return why;
}

#define REFUSED(why, words) assert_non_null(strstr((why), (words)))

static void
test_chain(void **state)
{
	struct made fake = fix_make(&(struct recipe){
	    .cn = "Sub", .by = &root, .basic = ca, .usage = ca_use });
	struct made forged =
	    fix_make(&(struct recipe){ .cn = "host.example", .by = &fake });

	(void)state;
	assert_null(once(&root, false, leaf.x, sub.x));
	assert_null(once(&root, true, leaf.x, sub.x));
	/* an anchor need not be self-signed */
	assert_null(once(&sub, false, leaf.x, NULL));
	assert_null(once(&sub, true, leaf.x, NULL));
	REFUSED(once(&root, false, leaf.x, NULL), "no cert_root");
	REFUSED(once(&other, false, leaf.x, sub.x), "no cert_root");
	REFUSED(once(&root, false, other.x, NULL), "self-signed");
	/* the name of the issuer, but not its key */
	assert_non_null(once(&root, false, forged.x, sub.x));
	assert_null(once(&root, false, forged.x, fake.x));
	fix_free(&forged);
	fix_free(&fake);
}

static void
test_time(void **state)
{
	struct recipe r = {
		.cn = "t.example", .by = &root, .from = -10, .to = -1
	};
	struct made old = fix_make(&r), young, ca_old, under;

	(void)state;
	REFUSED(once(&root, false, old.x, NULL), "expired on 2027-01-14");
	r.from = 1;
	r.to = 10;
	young = fix_make(&r);
	REFUSED(once(&root, false, young.x, NULL), "not valid before");
	ca_old = fix_make(&(struct recipe){ .cn = "Old CA",
	    .by = &root,
	    .basic = ca,
	    .usage = ca_use,
	    .from = -10,
	    .to = -1 });
	under = fix_make(&(struct recipe){ .cn = "u.example", .by = &ca_old });
	REFUSED(once(&root, false, under.x, ca_old.x),
	    "O=Test, CN=Old CA has expired");
	fix_free(&old);
	fix_free(&young);
	fix_free(&ca_old);
	fix_free(&under);
}

/* Who may issue, and what for. */
static void
test_authority(void **state)
{
	static const struct {
		const char *basic, *usage, *words;
	} rows[] = {
		{ ca, ca_use, NULL },
		{ ca, NULL, NULL },
		{ NULL, NULL, "no authority" },
		{ "CA:FALSE", NULL, "no authority" },
		/* a usage alone makes no authority */
		{ NULL, "keyCertSign", "no authority" },
		{ ca, "critical,digitalSignature", "" },
	};
	static const struct {
		const char *usage, *extended, *words;
	} uses[] = {
		{ "digitalSignature", NULL, NULL },
		{ "nonRepudiation", NULL, NULL },
		{ "keyEncipherment", NULL, "key usage does not allow" },
		{ NULL, "serverAuth", NULL },
		{ NULL, "1.3.6.1.5.5.7.3.17", NULL },
		{ NULL, "codeSigning,clientAuth", NULL },
		{ NULL, "anyExtendedKeyUsage", NULL },
		{ NULL, "codeSigning", "something else than IKE" },
		{ NULL, "OCSPSigning", "something else than IKE" },
	};
	const char *why;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct made by = fix_make(&(struct recipe){ .cn = "By",
		    .by = &root,
		    .basic = rows[i].basic,
		    .usage = rows[i].usage });
		struct made under =
		    fix_make(&(struct recipe){ .cn = "a.example", .by = &by });

		why = once(&root, false, under.x, by.x);
		if (rows[i].words == NULL)
			assert_null(why);
		else
			REFUSED(why, rows[i].words);
		fix_free(&by);
		fix_free(&under);
	}
	for (size_t i = 0; i < sizeof(uses) / sizeof(uses[0]); i++) {
		struct made m = fix_make(&(struct recipe){ .cn = "a.example",
		    .by = &root,
		    .usage = uses[i].usage,
		    .extended = uses[i].extended });

		why = once(&root, false, m.x, NULL);
		if (uses[i].words == NULL)
			assert_null(why);
		else
			REFUSED(why, uses[i].words);
		fix_free(&m);
	}
}

/* RFC 5280 4.2.1.10, for each kind of name that identities are made of. */
static void
test_constraints(void **state)
{
	static const struct {
		const char *limit, *alt, *words;
	} rows[] = {
		{ "permitted;DNS:example", "DNS:a.example", NULL },
		{ "permitted;DNS:example", "DNS:a.invalid", "may not certify" },
		{ "permitted;DNS:example", "email:u@a.invalid", NULL },
		{ "excluded;DNS:example", "DNS:a.example", "must not" },
		{ "excluded;DNS:example", "DNS:a.invalid", NULL },
		{ "permitted;email:a.example", "email:u@a.example", NULL },
		{ "permitted;email:a.example", "email:u@b.example",
		    "may not certify" },
		{ "excluded;email:a.example", "email:u@a.example", "must not" },
		{ "permitted;IP:192.0.2.0/255.255.255.0", "IP:192.0.2.7",
		    NULL },
		{ "permitted;IP:192.0.2.0/255.255.255.0", "IP:192.0.3.7",
		    "may not certify" },
		{ "excluded;IP:192.0.2.0/255.255.255.0", "IP:192.0.2.7",
		    "must not" },
		{ "permitted;IP:2001:db8::/ffff:ffff::", "IP:2001:db8::7",
		    NULL },
		{ "permitted;IP:2001:db8::/ffff:ffff::", "IP:2001:db9::7",
		    "may not certify" },
		/* both names of two are looked at */
		{ "permitted;DNS:example", "DNS:a.example,DNS:b.invalid",
		    "may not certify" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct made by = fix_make(&(struct recipe){ .cn = "Narrow",
		    .by = &root,
		    .basic = ca,
		    .usage = ca_use,
		    .constraints = rows[i].limit });
		struct made m = fix_make(&(struct recipe){
		    .cn = "someone", .by = &by, .alt = rows[i].alt });
		const char *why = once(&root, false, m.x, by.x);

		if (rows[i].words == NULL)
			assert_null(why);
		else
			REFUSED(why, rows[i].words);
		fix_free(&by);
		fix_free(&m);
	}
}

static void
test_length(void **state)
{
	struct made by[CERTSTORE_DEPTH + 3], end, none, under;
	struct certstore *s;
	char why[CERT_WHY];
	size_t n = CERTSTORE_DEPTH + 2;

	(void)state;
	by[0] = fix_make(&(struct recipe){ .cn = "CA 0", .basic = ca });
	for (size_t i = 1; i <= n; i++) {
		char cn[16];

		(void)snprintf(cn, sizeof(cn), "CA %zu", i);
		by[i] = fix_make(&(struct recipe){
		    .cn = cn, .by = &by[i - 1], .basic = ca });
	}
	end = fix_make(&(struct recipe){ .cn = "end", .by = &by[n] });
	s = store(&by[0], false);
	for (size_t i = 1; i <= n; i++) {
		struct fix_bytes b = fix_der(by[i].x);

		assert_true(certstore_add(s, "ca", b.p, b.n, why));
	}
	assert_non_null(asked(s, end.x, NULL, NULL, NULL));
	assert_null(asked(s, by[CERTSTORE_DEPTH].x, NULL, NULL, NULL));
	certstore_free(s);
	for (size_t i = 0; i <= n; i++)
		fix_free(&by[i]);
	fix_free(&end);
	/* pathlen:0 has no authority below it */
	none = fix_make(&(struct recipe){
	    .cn = "None", .by = &root, .basic = "critical,CA:TRUE,pathlen:0" });
	under = fix_make(
	    &(struct recipe){ .cn = "Under", .by = &none, .basic = ca });
	end = fix_make(&(struct recipe){ .cn = "end", .by = &under });
	s = store(&root, false);
	REFUSED(asked(s, end.x, under.x, none.x, NULL), "so many authorities");
	certstore_free(s);
	fix_free(&none);
	fix_free(&under);
	fix_free(&end);
}

/* CRLs are wanted of everybody who issued; an expired one does not do. */
static void
test_crls(void **state)
{
	struct made m = fix_make(
	    &(struct recipe){ .cn = "a.example", .by = &sub, .serial = 77 });
	const struct {
		long root_serial, sub_serial;
		int64_t sub_to;
		int kind; /* 0: both, 1: root's alone, 2: none */
		const char *words;
	} rows[] = {
		{ 0, 0, 365, 0, NULL },
		{ 0, 78, 365, 0, NULL },
		{ 0, 77, 365, 0, "CN=a.example has been revoked" },
		{ 4711, 0, 365, 0, "CN=Sub has been revoked" },
		{ 0, 0, -1, 0, "the CRL of its issuer has expired" },
		{ 0, 0, 365, 1, "no CRL is here" },
		{ 0, 0, 365, 2, "no CRL is here" },
	};
	struct fix_bytes b;
	char why[CERT_WHY];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct certstore *s = certstore_new();
		const char *got;

		b = fix_der(root.x);
		assert_true(certstore_add(s, "r", b.p, b.n, why));
		assert_true(certstore_root(s, "O=Test, CN=Root", why));
		b = fix_crl(&root, rows[i].root_serial, -10, 365);
		if (rows[i].kind < 2)
			assert_true(certstore_add_crl(s, "a", b.p, b.n, why));
		b = fix_crl(&sub, rows[i].sub_serial, -10, rows[i].sub_to);
		if (rows[i].kind < 1)
			assert_true(certstore_add_crl(s, "b", b.p, b.n, why));
		assert_true(certstore_ready(s, why));
		got = asked(s, m.x, sub.x, NULL, NULL);
		if (rows[i].words == NULL)
			assert_null(got);
		else
			REFUSED(got, rows[i].words);
		certstore_ignore_crls(s, true);
		assert_null(asked(s, m.x, sub.x, NULL, NULL));
		certstore_free(s);
	}
	fix_free(&m);
}

/* An OCSP response stands in for a CRL, if the issuer or its helper signed. */
static void
test_ocsp(void **state)
{
	struct made helper = fix_make(&(struct recipe){
	    .cn = "OCSP", .by = &sub, .extended = "OCSPSigning" });
	struct made no_helper =
	    fix_make(&(struct recipe){ .cn = "OCSP", .by = &sub });
	struct made foreign = fix_make(&(struct recipe){
	    .cn = "OCSP", .by = &root, .extended = "OCSPSigning" });
	const struct {
		const struct made *by;
		int status;
		int64_t from, to;
		const char *words;
	} rows[] = {
		{ &sub, V_OCSP_CERTSTATUS_GOOD, -1, 1, NULL },
		{ &helper, V_OCSP_CERTSTATUS_GOOD, -1, 1, NULL },
		{ &no_helper, V_OCSP_CERTSTATUS_GOOD, -1, 1, "no CRL" },
		{ &foreign, V_OCSP_CERTSTATUS_GOOD, -1, 1, "no CRL" },
		{ &other, V_OCSP_CERTSTATUS_GOOD, -1, 1, "no CRL" },
		{ &sub, V_OCSP_CERTSTATUS_GOOD, -3, -1, "no CRL" },
		{ &sub, V_OCSP_CERTSTATUS_GOOD, 1, 2, "no CRL" },
		{ &sub, V_OCSP_CERTSTATUS_REVOKED, -1, 1, "no CRL" },
	};
	struct certstore *s = certstore_new(), *with;
	struct fix_bytes b = fix_der(root.x), resp;
	char why[CERT_WHY];

	(void)state;
	assert_true(certstore_add(s, "r", b.p, b.n, why));
	assert_true(certstore_root(s, "SLOT=r", why));
	b = fix_crl(&root, 0, 0, 0);
	assert_true(certstore_add_crl(s, "a", b.p, b.n, why));
	assert_true(certstore_ready(s, why));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *got;

		resp = fix_ocsp(leaf.x, sub.x, rows[i].by, rows[i].status,
		    rows[i].from, rows[i].to);
		got = asked(s, leaf.x, sub.x, NULL, &resp);
		if (rows[i].words == NULL)
			assert_null(got);
		else
			REFUSED(got, rows[i].words);
		/* cut, it says nothing */
		resp.n--;
		assert_non_null(asked(s, leaf.x, sub.x, NULL, &resp));
	}
	certstore_free(s);
	/* about another certificate; and a CRL that knows it only too late */
	with = store(&root, true);
	resp = fix_ocsp(leaf.x, sub.x, &sub, V_OCSP_CERTSTATUS_REVOKED, -1, 1);
	REFUSED(asked(with, leaf.x, sub.x, NULL, &resp), "revoked");
	resp = fix_ocsp(sub.x, root.x, &root, V_OCSP_CERTSTATUS_GOOD, -1, 1);
	assert_null(asked(with, leaf.x, sub.x, NULL, &resp));
	certstore_free(with);
	fix_free(&helper);
	fix_free(&no_helper);
	fix_free(&foreign);
}

static void
test_weak(void **state)
{
	struct made sha1 = fix_make(&(struct recipe){
	    .cn = "s.example", .by = &root, .md = EVP_sha1() });
	EVP_PKEY *rsa = EVP_RSA_gen(1024);
	struct made small = fix_make(
	    &(struct recipe){ .cn = "w.example", .by = &root, .key = rsa });
	struct fix_bytes b = fix_der(small.x);
	char why[CERT_WHY];

	(void)state;
	REFUSED(once(&root, false, sha1.x, NULL), "hash that is too weak");
	assert_null(cert_new(NULL, false, b.p, b.n, why));
	assert_string_equal(why, "an RSA key needs at least 2048 bits");
	fix_free(&sha1);
	fix_free(&small);
	EVP_PKEY_free(rsa);
}

/* RFC 5280 4.2: a critical extension that nobody knows. */
static void
test_critical(void **state)
{
	struct made m =
	    fix_make(&(struct recipe){ .cn = "c.example", .by = &root });
	ASN1_OBJECT *oid = OBJ_txt2obj("1.3.6.1.4.1.99999.1", 1);
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();

	(void)state;
	assert_int_equal(
	    ASN1_OCTET_STRING_set(value, (const void *)"\x05\x00", 2), 1);
	for (int critical = 0; critical < 2; critical++) {
		X509_EXTENSION *e =
		    X509_EXTENSION_create_by_OBJ(NULL, oid, critical, value);
		const char *why;

		assert_int_equal(X509_add_ext(m.x, e, -1), 1);
		X509_EXTENSION_free(e);
		assert_true(X509_sign(m.x, root.key, EVP_sha256()) > 0);
		why = once(&root, false, m.x, NULL);
		if (critical == 0)
			assert_null(why);
		else
			REFUSED(why, "critical extension");
	}
	ASN1_OCTET_STRING_free(value);
	ASN1_OBJECT_free(oid);
	fix_free(&m);
}

/* cert_trust: that one, without an issuer; but not when it has expired. */
static void
test_trust(void **state)
{
	struct made old =
	    fix_make(&(struct recipe){ .cn = "old", .from = -9, .to = -1 });
	struct made lone = fix_make(&(struct recipe){ .cn = "Lone" });
	struct certstore *s = certstore_new();
	struct fix_bytes b = fix_der(other.x);
	char why[CERT_WHY];

	(void)state;
	assert_true(certstore_add(s, "o", b.p, b.n, why));
	b = fix_der(old.x);
	assert_true(certstore_add(s, "old", b.p, b.n, why));
	assert_true(certstore_trust(s, "SLOT=o", why));
	assert_true(certstore_trust(s, "SLOT=old", why));
	assert_true(certstore_ready(s, why));
	assert_null(asked(s, other.x, NULL, NULL, NULL));
	REFUSED(asked(s, old.x, NULL, NULL, NULL), "expired");
	REFUSED(asked(s, lone.x, NULL, NULL, NULL), "self-signed");
	/* it is trusted itself, and nobody whom it issues */
	assert_non_null(asked(s, leaf.x, sub.x, NULL, NULL));
	certstore_free(s);
	fix_free(&old);
	fix_free(&lone);
}

static void
test_filling(void **state)
{
	struct certstore *s = certstore_new();
	struct fix_bytes b = fix_der(root.x), c = fix_crl(&root, 0, 0, 0);
	struct fix_bytes k = fix_spki(leaf.key);
	char why[CERT_WHY];

	(void)state;
	assert_false(certstore_add(s, "x", "", 0, why));
	assert_false(certstore_add(s, "x", "hello", 5, why));
	assert_string_equal(why, "it has no certificate and no public key");
	assert_false(certstore_add(s, "x", b.p, b.n - 1, why));
	assert_false(certstore_add(s, "x", c.p, c.n, why));
	assert_false(certstore_add_crl(s, "x", b.p, b.n, why));
	assert_false(certstore_add_crl(s, "x", "hello", 5, why));
	assert_string_equal(why, "it has no CRL");
	assert_null(certstore_row(s, 0));
	assert_true(certstore_add(s, "key", k.p, k.n, why));
	assert_true(certstore_is_trusted(s, 0));
	assert_false(certstore_is_root(s, 0));
	assert_null(certstore_row(s, 0)->x);
	assert_false(certstore_root(s, "", why));
	assert_false(certstore_root(s, "!SLOT=x", why));
	assert_false(certstore_root(s, "IP=nonsense", why));
	assert_true(certstore_root(s, "SLOT=gone", why));
	assert_false(certstore_ready(s, why));
	REFUSED(why, "\"gone\"");
	certstore_free(s);
	s = certstore_new();
	assert_true(certstore_add(s, "key", k.p, k.n, why));
	assert_true(certstore_root(s, "SLOT=key", why));
	assert_false(certstore_ready(s, why));
	certstore_free(s);
}

/* What we send of our own: up to the root, and without it. */
static void
test_own_chain(void **state)
{
	struct certstore *s = store(&root, false);
	const struct cert *chain[4];
	struct fix_bytes b = fix_der(leaf.x);
	uint8_t hash[20];
	char why[CERT_WHY];

	(void)state;
	assert_true(certstore_add(s, "leaf", b.p, b.n, why));
	b = fix_der(sub.x);
	assert_true(certstore_add(s, "sub", b.p, b.n, why));
	assert_int_equal(certstore_chain(s, certstore_row(s, 1), chain, 4), 2);
	assert_string_equal(chain[0]->slot, "leaf");
	assert_string_equal(chain[1]->slot, "sub");
	assert_int_equal(certstore_chain(s, certstore_row(s, 1), chain, 1), 1);
	assert_int_equal(certstore_chain(s, certstore_row(s, 0), chain, 4), 1);
	assert_true(cert_key_hash(certstore_row(s, 0), hash));
	assert_true(certstore_ends_at(s, certstore_row(s, 1), hash));
	hash[0] ^= 1;
	assert_false(certstore_ends_at(s, certstore_row(s, 1), hash));
	certstore_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chain),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_authority),
		cmocka_unit_test(test_constraints),
		cmocka_unit_test(test_length),
		cmocka_unit_test(test_crls),
		cmocka_unit_test(test_ocsp),
		cmocka_unit_test(test_weak),
		cmocka_unit_test(test_critical),
		cmocka_unit_test(test_trust),
		cmocka_unit_test(test_filling),
		cmocka_unit_test(test_own_chain),
	};

	root = fix_make(
	    &(struct recipe){ .cn = "Root", .basic = ca, .usage = ca_use });
	sub = fix_make(&(struct recipe){ .cn = "Sub",
	    .by = &root,
	    .basic = ca,
	    .usage = ca_use,
	    .serial = 4711 });
	leaf = fix_make(&(struct recipe){ .cn = "host.example",
	    .by = &sub,
	    .alt = "DNS:host.example",
	    .usage = "digitalSignature" });
	other = fix_make(&(struct recipe){ .cn = "Other" });
	return cmocka_run_group_tests(tests, NULL, NULL);
}
