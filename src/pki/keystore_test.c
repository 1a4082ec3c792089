/* SPDX-License-Identifier: BSD-2-Clause */
#include "pki/keystore.h"

#include <openssl/pem.h>

#include "base/test.h"

#include "crypto/be/be.h"
#include "crypto/prf.h"
#include "pki/certs_fix_test.h"

static struct crypto *crypto;
static struct made root, alice, bob, eve;
static const uint8_t octets[80] = "octets";
static const uint16_t hashes[] = { IKE_HASH_SHA256, IKE_HASH_IDENTITY };

static struct ikeid
id(unsigned type, const char *text)
{
	struct ikeid i;

	assert_true(ikeid_read(&i, type, text));
	return i;
}

static struct addr
at(const char *text)
{
	struct addr a;

	assert_true(addr_read(&a, text));
	return a;
}

static void
add(struct keystore *k,
    bool (*fn)(struct keystore *k, const char *slot, const void *b, size_t n,
	char *why),
    const char *slot, struct fix_bytes b)
{
	char why[KEYSTORE_WHY];

	assert_true(fn(k, slot, b.p, b.n, why));
	assert_string_equal(why, "");
}

static void
rule(struct keystore *k, const char *label, bool psk, const char *local,
    const char *remote)
{
	const struct keystore_rule r = { .label = label,
		.psk = psk,
		.cert = !psk,
		.local_id = local,
		.remote_id = &remote,
		.n_remote = remote != NULL };
	char why[KEYSTORE_WHY];

	assert_true(keystore_add_rule(k, &r, why));
}

static void
ready(struct keystore *k)
{
	char why[KEYSTORE_WHY];

	assert_true(keystore_ready(k, FIX_NOW, NULL, NULL, why));
}

/* Somebody with a certificate of root, and rules about the other. */
static struct keystore *
with_cert(const struct made *m, const char *local)
{
	struct keystore *k = keystore_new(crypto);
	char why[KEYSTORE_WHY];

	assert_non_null(k);
	add(k, keystore_add_cert, "root", fix_der(root.x));
	add(k, keystore_add_cert, "own", fix_der(m->x));
	add(k, keystore_add_key, "own", fix_private(m->key));
	assert_true(keystore_add_root(k, "SLOT=root", why));
	keystore_ignore_crls(k, true);
	rule(k, "any", false, local, "");
	rule(k, "alice", false, local, "DNS=alice.example");
	rule(k, "not eve", false, local, "!DNS=eve.example");
	rule(k, "psk", true, NULL, NULL);
	ready(k);
	return k;
}

static void
set_id(uint8_t *type, struct keystore_bytes *b, const struct ikeid *i)
{
	*type = i->type;
	*b = (struct keystore_bytes){ i->b, i->n };
}

/* From one end to the other: what it signs, the other one has to judge. */
static void
carry(struct keystore_ask *to, const struct keystore_ask *from,
    const struct keystore_told *t)
{
	to->peer_id_type = from->own_id_type;
	to->peer_id = from->own_id;
	to->method = t->method;
	to->auth = (struct keystore_bytes){ t->data, t->n };
	to->cert = t->cert;
	to->n_cert = t->n_cert;
	to->octets = from->octets;
	to->prf = from->prf;
}

static struct keystore_ask
ask(const char *label)
{
	return (struct keystore_ask){ .rule = label,
		.local = at("192.0.2.1"),
		.remote = at("192.0.2.2"),
		.prf = IKE_PRF_HMAC_SHA256,
		.octets = { octets, sizeof(octets) },
		.hash = hashes,
		.n_hash = 2 };
}

static void
test_cert(void **state)
{
	struct keystore *a = with_cert(&alice, "DNS=alice.example");
	struct keystore *b = with_cert(&bob, NULL);
	struct ikeid own = id(IKEID_FQDN, "alice.example");
	struct ikeid no = id(IKEID_FQDN, "bob.example");
	struct keystore_ask s = ask("any"), v = ask("any");
	struct keystore_told t, u;

	(void)state;
	set_id(&s.own_id_type, &s.own_id, &own);
	keystore_sign(a, &s, FIX_NOW, &t);
	assert_int_equal(t.verdict, KEYSTORE_OK);
	assert_int_equal(t.method, IKE_AUTH_SIGNATURE);
	assert_int_equal(t.n_cert, 1);
	assert_int_equal(t.cert[0].encoding, KEYSTORE_X509);
	carry(&v, &s, &t);
	keystore_verify(b, &v, FIX_NOW, &u);
	assert_string_equal(u.why, "");
	assert_int_equal(u.verdict, KEYSTORE_OK);
	v.rule = "alice";
	keystore_verify(b, &v, FIX_NOW, &u);
	assert_int_equal(u.verdict, KEYSTORE_OK);
	v.rule = "not eve";
	keystore_verify(b, &v, FIX_NOW, &u);
	assert_int_equal(u.verdict, KEYSTORE_OK);
	/* the wrong rule, kind, time, name, and bytes */
	v.rule = "psk";
	keystore_verify(b, &v, FIX_NOW, &u);
	assert_string_equal(u.why, "the peer authenticates by a signature, and "
				   "rule psk wants a preshared key");
	v.rule = "gone";
	keystore_verify(b, &v, FIX_NOW, &u);
	assert_string_equal(u.why, "there is no rule gone");
	v.rule = "any";
	keystore_verify(b, &v, FIX_NOW + 400 * FIX_DAY, &u);
	assert_non_null(strstr(u.why, "expired"));
	set_id(&v.peer_id_type, &v.peer_id, &no);
	keystore_verify(b, &v, FIX_NOW, &u);
	assert_int_equal(u.verdict, KEYSTORE_NO);
	assert_string_equal(u.why,
	    "the peer says it is fqdn bob.example, which its certificate, "
	    "O=Test, CN=alice, does not bear");
	set_id(&v.peer_id_type, &v.peer_id, &own);
	v.octets.n--;
	keystore_verify(b, &v, FIX_NOW, &u);
	assert_int_equal(u.verdict, KEYSTORE_NO);
	assert_non_null(strstr(u.why, "signature"));
	v.octets.n++;
	v.peer_id_type = 0;
	keystore_verify(b, &v, FIX_NOW, &u);
	assert_string_equal(u.why, "the peer's identity cannot be read");
	/* what we would say of ourselves has to be in the certificate */
	set_id(&s.own_id_type, &s.own_id, &no);
	keystore_sign(a, &s, FIX_NOW, &t);
	assert_int_equal(t.verdict, KEYSTORE_NONE);
	assert_non_null(strstr(t.why, "fqdn bob.example"));
	keystore_free(a);
	keystore_free(b);
}

/* remote_id of a rule, positive and negated. */
static void
test_wanted(void **state)
{
	struct keystore *e = with_cert(&eve, NULL), *b = with_cert(&bob, NULL);
	struct ikeid own = id(IKEID_FQDN, "eve.example");
	struct keystore_ask s = ask("any"), v;
	struct keystore_told t, u;

	(void)state;
	set_id(&s.own_id_type, &s.own_id, &own);
	keystore_sign(e, &s, FIX_NOW, &t);
	assert_int_equal(t.verdict, KEYSTORE_OK);
	v = ask("any");
	carry(&v, &s, &t);
	keystore_verify(b, &v, FIX_NOW, &u);
	assert_int_equal(u.verdict, KEYSTORE_OK);
	v.rule = "alice";
	keystore_verify(b, &v, FIX_NOW, &u);
	assert_string_equal(u.why,
	    "the peer is fqdn eve.example, O=Test, CN=eve, which is not what "
	    "remote_id of rule alice allows");
	v.rule = "not eve";
	keystore_verify(b, &v, FIX_NOW, &u);
	assert_int_equal(u.verdict, KEYSTORE_NO);
	keystore_free(e);
	keystore_free(b);
}

/* The certificate of another, with a signature of one's own. */
static void
test_stolen(void **state)
{
	struct keystore *e = with_cert(&eve, NULL), *b = with_cert(&bob, NULL);
	struct ikeid own = id(IKEID_FQDN, "alice.example");
	struct fix_bytes der = fix_der(alice.x);
	struct keystore_cert c = { KEYSTORE_X509, { der.p, der.n } };
	struct keystore_ask s = ask("any"), v = ask("any");
	struct keystore_told t, u;

	(void)state;
	keystore_sign(e, &s, FIX_NOW, &t);
	assert_int_equal(t.verdict, KEYSTORE_OK);
	carry(&v, &s, &t);
	set_id(&v.peer_id_type, &v.peer_id, &own);
	v.cert = &c;
	keystore_verify(b, &v, FIX_NOW, &u);
	assert_int_equal(u.verdict, KEYSTORE_NO);
	assert_non_null(strstr(u.why, "signature"));
	/* encodings that are not known, and none at all */
	c.encoding = 12;
	keystore_verify(b, &v, FIX_NOW, &u);
	assert_non_null(strstr(u.why, "not known"));
	v.n_cert = 0;
	keystore_verify(b, &v, FIX_NOW, &u);
	assert_non_null(strstr(u.why, "sent no certificate"));
	keystore_free(e);
	keystore_free(b);
}

/* No certificate comes: the one of cert_trust will do. */
static void
test_here(void **state)
{
	struct keystore *a = with_cert(&alice, NULL);
	struct keystore *b = keystore_new(crypto);
	struct ikeid own = id(IKEID_FQDN, "alice.example");
	struct keystore_ask s = ask("any"), v = ask("r");
	struct keystore_told t, u;
	char why[KEYSTORE_WHY];

	(void)state;
	add(b, keystore_add_cert, "a", fix_der(alice.x));
	add(b, keystore_add_cert, "e", fix_der(eve.x));
	assert_true(keystore_add_trust(b, "SLOT=a", why));
	rule(b, "r", false, NULL, "");
	ready(b);
	set_id(&s.own_id_type, &s.own_id, &own);
	keystore_sign(a, &s, FIX_NOW, &t);
	carry(&v, &s, &t);
	v.n_cert = 0;
	keystore_verify(b, &v, FIX_NOW, &u);
	assert_string_equal(u.why, "");
	assert_int_equal(u.verdict, KEYSTORE_OK);
	t.data[t.n - 1] ^= 1;
	keystore_verify(b, &v, FIX_NOW, &u);
	assert_int_equal(u.verdict, KEYSTORE_NO);
	keystore_free(a);
	keystore_free(b);
}

/* RFC 7670: keys alone; remote_id says which and who. */
static void
test_raw(void **state)
{
	struct keystore *a = keystore_new(crypto), *b = keystore_new(crypto);
	struct ikeid own = id(IKEID_FQDN, "alice.example");
	struct ikeid other = id(IKEID_FQDN, "other.example");
	const char *both[] = { "SLOT=alice.pub", "DNS=alice.example" };
	const char *key[] = { "SLOT=alice.pub" };
	const char *name[] = { "DNS=alice.example" };
	const struct keystore_rule rules[] = {
		{ "both", false, true, NULL, both, 2 },
		{ "key", false, true, NULL, key, 1 },
		{ "name", false, true, NULL, name, 1 },
	};
	struct keystore_ask s = ask("r"), v = ask("both");
	struct keystore_told t, u;
	char why[KEYSTORE_WHY];

	(void)state;
	add(a, keystore_add_cert, "own.pub", fix_spki(alice.key));
	add(a, keystore_add_key, "own", fix_private(alice.key));
	rule(a, "r", false, "SLOT=own.pub", "");
	ready(a);
	add(b, keystore_add_cert, "alice.pub", fix_spki(alice.key));
	for (size_t i = 0; i < 3; i++)
		assert_true(keystore_add_rule(b, &rules[i], why));
	ready(b);
	set_id(&s.own_id_type, &s.own_id, &own);
	keystore_sign(a, &s, FIX_NOW, &t);
	assert_string_equal(t.why, "");
	assert_int_equal(t.n_cert, 1);
	assert_int_equal(t.cert[0].encoding, KEYSTORE_RAW);
	carry(&v, &s, &t);
	keystore_verify(b, &v, FIX_NOW, &u);
	assert_string_equal(u.why, "");
	assert_int_equal(u.verdict, KEYSTORE_OK);
	v.rule = "key";
	keystore_verify(b, &v, FIX_NOW, &u);
	assert_non_null(strstr(u.why, "bears no name"));
	v.rule = "name";
	keystore_verify(b, &v, FIX_NOW, &u);
	assert_non_null(strstr(u.why, "by SLOT="));
	v.rule = "both";
	set_id(&v.peer_id_type, &v.peer_id, &other);
	keystore_verify(b, &v, FIX_NOW, &u);
	assert_int_equal(u.verdict, KEYSTORE_NO);
	/* a key that is not here */
	keystore_free(b);
	b = keystore_new(crypto);
	add(b, keystore_add_cert, "alice.pub", fix_spki(eve.key));
	assert_true(keystore_add_rule(b, &rules[0], why));
	ready(b);
	set_id(&v.peer_id_type, &v.peer_id, &own);
	keystore_verify(b, &v, FIX_NOW, &u);
	assert_non_null(strstr(u.why, "not among publickeys"));
	keystore_free(a);
	keystore_free(b);
}

/* --- preshared keys --- */

static void
psk(struct keystore *k, struct ikeid local, struct ikeid remote,
    const char *key)
{
	const struct keystore_psk p = { local, remote, (const void *)key,
		strlen(key) };
	char why[KEYSTORE_WHY];

	assert_true(keystore_add_psk(k, &p, why));
}

static void
test_psk(void **state)
{
	struct ikeid a4 = id(IKEID_IPV4, "192.0.2.1");
	struct ikeid b4 = id(IKEID_IPV4, "192.0.2.2");
	struct ikeid inside = id(IKEID_IPV4, "10.0.0.7");
	struct ikeid name = id(IKEID_FQDN, "b.example");
	struct ikeid foreign = id(IKEID_FQDN, "x.example");
	struct keystore *a = keystore_new(crypto), *b = keystore_new(crypto);
	struct keystore_ask s = ask("r"), v = ask("r");
	struct keystore_told t, u;

	(void)state;
	psk(a, a4, b4, "secret");
	psk(a, a4, name, "another");
	rule(a, "r", true, NULL, NULL);
	psk(b, b4, a4, "secret");
	psk(b, name, a4, "another");
	rule(b, "r", true, NULL, NULL);
	/* b signs, as an address */
	s.local = at("192.0.2.2");
	s.remote = at("192.0.2.1");
	set_id(&s.own_id_type, &s.own_id, &b4);
	keystore_sign(b, &s, FIX_NOW, &t);
	assert_string_equal(t.why, "");
	assert_int_equal(t.method, IKE_AUTH_PSK);
	assert_int_equal(t.n, 32);
	set_id(&v.own_id_type, &v.own_id, &a4);
	carry(&v, &s, &t);
	keystore_verify(a, &v, FIX_NOW, &u);
	assert_int_equal(u.verdict, KEYSTORE_OK);
	/* behind a NAT it calls itself by an address that nobody sees */
	set_id(&v.peer_id_type, &v.peer_id, &inside);
	keystore_verify(a, &v, FIX_NOW, &u);
	assert_int_equal(u.verdict, KEYSTORE_OK);
	/* by a name: another key, and its address does not help */
	set_id(&v.peer_id_type, &v.peer_id, &name);
	keystore_verify(a, &v, FIX_NOW, &u);
	assert_string_equal(u.why, "the preshared key with fqdn b.example is "
				   "another one than the peer's");
	set_id(&s.own_id_type, &s.own_id, &name);
	keystore_sign(b, &s, FIX_NOW, &t);
	carry(&v, &s, &t);
	keystore_verify(a, &v, FIX_NOW, &u);
	assert_int_equal(u.verdict, KEYSTORE_OK);
	set_id(&v.peer_id_type, &v.peer_id, &foreign);
	keystore_verify(a, &v, FIX_NOW, &u);
	assert_int_equal(u.verdict, KEYSTORE_NONE);
	assert_string_equal(u.why, "ike.preshared has no key between localid "
				   "ip 192.0.2.1 and remoteid fqdn x.example");
	/* cut */
	set_id(&v.peer_id_type, &v.peer_id, &name);
	v.auth.n--;
	keystore_verify(a, &v, FIX_NOW, &u);
	assert_int_equal(u.verdict, KEYSTORE_NO);
	v.auth.n = 0;
	keystore_verify(a, &v, FIX_NOW, &u);
	assert_int_equal(u.verdict, KEYSTORE_NO);
	keystore_free(a);
	keystore_free(b);
}

/* RFC 7296 2.15, by its words, for each PRF. */
static void
test_psk_value(void **state)
{
	struct ikeid a4 = id(IKEID_IPV4, "192.0.2.1");
	struct ikeid b4 = id(IKEID_IPV4, "192.0.2.2");
	const struct mac_part pad = { (const void *)"Key Pad for IKEv2", 17 };
	const struct mac_part text = { octets, sizeof(octets) };
	struct keystore *k = keystore_new(crypto);
	struct keystore_ask s = ask("r");
	const struct ikealg *p;
	struct keystore_told t;
	uint8_t key[PRF_MAX], want[PRF_MAX];

	(void)state;
	psk(k, a4, b4, "secret");
	rule(k, "r", true, NULL, NULL);
	for (size_t i = 0; (p = ikealg_row(i)) != NULL; i++) {
		if (p->type != IKEALG_PRF)
			continue;
		s.prf = p->id;
		keystore_sign(k, &s, FIX_NOW, &t);
		assert_int_equal(t.verdict, KEYSTORE_OK);
		assert_int_equal(t.n, prf_len(p));
		assert_true(prf_sign(
		    crypto, p, (const void *)"secret", 6, &pad, 1, key));
		assert_true(
		    prf_sign(crypto, p, key, prf_len(p), &text, 1, want));
		assert_memory_equal(t.data, want, t.n);
	}
	s.prf = 99;
	keystore_sign(k, &s, FIX_NOW, &t);
	assert_int_equal(t.verdict, KEYSTORE_NONE);
	keystore_free(k);
}

/* --- filling --- */

static unsigned lines;
static char last[KEYSTORE_WHY];

static void
hear(void *ctx, const char *line)
{
	(void)ctx;
	lines++;
	strcpy(last, line);
}

static void
test_filling(void **state)
{
	struct keystore *k = keystore_new(crypto);
	struct ikeid a = id(IKEID_IPV4, "192.0.2.1");
	struct keystore_psk p = { a, a, octets, 0 };
	const char *bad = "IP=nonsense";
	struct keystore_rule r = {
		.label = "r", .cert = true, .remote_id = &bad, .n_remote = 1
	};
	EVP_PKEY *small = EVP_RSA_gen(1024);
	BIO *bio = BIO_new(BIO_s_mem());
	struct fix_bytes b = fix_private(small);
	char why[KEYSTORE_WHY], *pem;
	long n;

	(void)state;
	assert_false(keystore_add_psk(k, &p, why));
	p.n = KEYSTORE_PSK + 1;
	assert_false(keystore_add_psk(k, &p, why));
	p.n = 16;
	assert_true(keystore_add_psk(k, &p, why));
	assert_false(keystore_add_psk(k, &p, why));
	assert_non_null(strstr(why, "already"));
	assert_false(keystore_add_rule(k, &r, why));
	assert_non_null(strstr(why, "IP=nonsense"));
	r.n_remote = 0;
	r.local_id = "SLOT=nobody";
	assert_true(keystore_add_rule(k, &r, why));
	assert_false(keystore_add_rule(k, &r, why));
	assert_false(keystore_add_key(k, "x", "hello", 5, why));
	assert_string_equal(why, "it is no private key");
	assert_false(keystore_add_key(k, "x", b.p, b.n, why));
	assert_non_null(strstr(why, "2048"));
	/* nobody is there to ask for a password */
	assert_int_equal(
	    PEM_write_bio_PKCS8PrivateKey(bio, alice.key, EVP_aes_128_cbc(),
		NULL, 0, NULL, (void *)(uintptr_t) "pass"),
	    1);
	n = BIO_get_mem_data(bio, &pem);
	assert_false(keystore_add_key(k, "x", pem, (size_t)n, why));
	assert_non_null(strstr(why, "encrypted"));
	BIO_free(bio);
	bio = BIO_new(BIO_s_mem());
	assert_int_equal(
	    PEM_write_bio_PrivateKey(bio, alice.key, NULL, NULL, 0, NULL, NULL),
	    1);
	n = BIO_get_mem_data(bio, &pem);
	assert_true(keystore_add_key(k, "x", pem, (size_t)n, why));
	BIO_free(bio);
	/* a key without a certificate, and a rule without a key */
	assert_true(keystore_ready(k, FIX_NOW, hear, NULL, why));
	assert_int_equal(lines, 2);
	assert_non_null(strstr(last, "rule r: no certificate"));
	keystore_free(k);
	EVP_PKEY_free(small);
	/* certificates that are, or will soon be, expired */
	k = with_cert(&alice, NULL);
	lines = 0;
	assert_true(keystore_ready(k, FIX_NOW, hear, NULL, why));
	assert_int_equal(lines, 0);
	assert_true(
	    keystore_ready(k, FIX_NOW + 340 * FIX_DAY, hear, NULL, why));
	assert_int_equal(lines, 2);
	assert_non_null(strstr(last, "will expire on 2028-01-15"));
	assert_true(
	    keystore_ready(k, FIX_NOW + 366 * FIX_DAY, hear, NULL, why));
	assert_non_null(strstr(last, "expired on 2028-01-15"));
	keystore_free(k);
}

/* Of several certificates: the one that bears our name, or that is asked for. */
static void
test_choice(void **state)
{
	struct keystore *k = with_cert(&alice, NULL);
	struct ikeid own = id(IKEID_FQDN, "bob.example"), dn;
	struct keystore_ask s = ask("any");
	struct keystore_told t;
	struct fix_bytes der = fix_der(bob.x);
	uint8_t hash[40];
	char why[KEYSTORE_WHY];

	(void)state;
	add(k, keystore_add_cert, "bob", der);
	add(k, keystore_add_key, "bob", fix_private(bob.key));
	set_id(&s.own_id_type, &s.own_id, &own);
	keystore_sign(k, &s, FIX_NOW, &t);
	assert_string_equal(t.why, "");
	assert_int_equal(t.cert[0].der.n, der.n);
	assert_memory_equal(t.cert[0].der.p, der.p, der.n);
	/* what an authority is called in CERTREQ */
	assert_int_equal(keystore_authorities(k, hash, sizeof(hash)), 20);
	assert_int_equal(keystore_authorities(k, hash, 19), 0);
	s.authorities = (struct keystore_bytes){ hash, 20 };
	keystore_sign(k, &s, FIX_NOW, &t);
	assert_int_equal(t.verdict, KEYSTORE_OK);
	assert_true(keystore_own_id(k, "alice", &dn));
	assert_int_equal(dn.type, IKEID_DN);
	assert_false(keystore_own_id(k, "gone", &dn));
	rule(k, "nobody", false, "SLOT=nobody", NULL);
	assert_false(keystore_own_id(k, "nobody", &dn));
	s.rule = "nobody";
	keystore_sign(k, &s, FIX_NOW, &t);
	assert_int_equal(t.verdict, KEYSTORE_NONE);
	assert_non_null(
	    strstr(t.why, "SLOT") != NULL ? t.why : strstr(t.why, "nobody"));
	assert_true(keystore_ready(k, FIX_NOW, NULL, NULL, why));
	keystore_free(k);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cert),
		cmocka_unit_test(test_wanted),
		cmocka_unit_test(test_stolen),
		cmocka_unit_test(test_here),
		cmocka_unit_test(test_raw),
		cmocka_unit_test(test_psk),
		cmocka_unit_test(test_psk_value),
		cmocka_unit_test(test_filling),
		cmocka_unit_test(test_choice),
	};
	int failed;

	crypto = crypto_new(be_all, NULL, NULL);
	root = fix_make(&(struct recipe){ .cn = "Root", .basic = "CA:TRUE" });
	alice = fix_make(&(struct recipe){
	    .cn = "alice", .by = &root, .alt = "DNS:alice.example" });
	bob = fix_make(&(struct recipe){ .cn = "bob",
	    .by = &root,
	    .alt = "DNS:bob.example",
	    .key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519") });
	eve = fix_make(&(struct recipe){
	    .cn = "eve", .by = &root, .alt = "DNS:eve.example" });
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	crypto_free(crypto);
	return failed;
}
