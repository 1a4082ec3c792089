/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Known answers of ciphers, MACs and combined algorithms, through our own
 * objects, on each backend alone. What an ESP or AH object cannot express (other
 * lengths of nonce, tag or key) is counted as skipped.
 *
 * usage: primitives vectors-folder
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "crypto/be/be.h"
#include "crypto/etm.h"
#include "crypto/solo_fix_test.h"
#include "vec.h"

static unsigned passed, failed, skipped;
static const char *file, *backend;

static void
result(const json_t *c, bool ok)
{
	const json_t *tc = json_object_get(c, "tcId");

	ok ? passed++ : failed++;
	if (!ok)
		printf("FAILED %s %s %lld %s: %s\n", backend, vec_text(c, "id"),
		    (long long)json_integer_value(tc), file,
		    vec_text(c, "comment"));
}

static bool
invalid(const json_t *c)
{
	return strcmp(vec_text(c, "result"), "invalid") == 0;
}

/* A combined case. */
struct aead_case {
	struct vec_bytes key, nonce, aad, plain, cipher, tag;
};

/* The salt stands behind the key, the IV is the rest of the nonce. */
static struct solo
case_key(
    const struct crypto_slot *s, const struct alg *a, const struct aead_case *k)
{
	struct aead_spec spec = { .encr = a,
		.ekey_bits = (unsigned)k->key.n * 8 };
	uint8_t key[64];

	if (!alg_keybits_ok(a, spec.ekey_bits) || k->tag.n != a->icv_len ||
	    k->nonce.n != (size_t)a->salt_len + a->iv_len || !slot_passed(s, a))
		return (struct solo){ .x = NULL };
	memcpy(key, k->key.b, k->key.n);
	memcpy(key + k->key.n, k->nonce.b, a->salt_len);
	spec.ekey = key;
	return solo_aead(s->be, s->st, &spec);
}

/* In ESP's own form: header and sequence number are 8 or 12 bytes. */
static bool
esp_form(const struct solo *key, const struct aead_case *k, bool bad)
{
	static uint8_t out[VEC_ROOM];
	uint8_t icv[64], hdr[8];
	const uint8_t *aad = k->aad.b;
	struct aead_op op = { .hdr = hdr,
		.out = out,
		.icv = icv,
		.iv = k->nonce.b + (k->nonce.n - 8),
		.len = k->cipher.n,
		.esn = k->aad.n == 12 };
	bool sealed;

	memcpy(hdr, aad, 4);
	memcpy(hdr + 4, aad + k->aad.n - 4, 4);
	op.seq_hi = (uint32_t)aad[4] << 24 | (uint32_t)aad[5] << 16 |
		    (uint32_t)aad[6] << 8 | aad[7];
	op.in = k->plain.b;
	solo_run(key, &op, 1, true);
	sealed = op.ok && memcmp(out, k->cipher.b, k->cipher.n) == 0 &&
		 memcmp(icv, k->tag.b, k->tag.n) == 0;
	memcpy(icv, k->tag.b, k->tag.n);
	op.in = k->cipher.b;
	solo_run(key, &op, 1, false);
	if (bad)
		return !op.ok;
	return sealed && op.ok && memcmp(out, k->plain.b, k->plain.n) == 0;
}

/* With authenticated data of any length. */
static bool
any_form(const struct solo *key, const struct aead_case *k, bool bad)
{
	static uint8_t out[VEC_ROOM];
	uint8_t icv[64];
	struct aead_text t = { .iv = k->nonce.b + (k->nonce.n - 8),
		.aad = k->aad.b,
		.aad_len = k->aad.n,
		.in = k->plain.b,
		.out = out,
		.len = k->plain.n,
		.icv = icv };
	bool sealed = solo_text(key, true, &t) &&
		      memcmp(out, k->cipher.b, k->cipher.n) == 0 &&
		      memcmp(icv, k->tag.b, k->tag.n) == 0;
	bool opened;

	memcpy(icv, k->tag.b, k->tag.n);
	t.in = k->cipher.b;
	opened = solo_text(key, false, &t);
	if (bad)
		return !opened;
	return sealed && opened && memcmp(out, k->plain.b, k->plain.n) == 0;
}

static void
aead_case_run(const struct crypto_slot *s, const struct alg *a,
    const struct aead_case *k, const json_t *c)
{
	struct solo key =
	    a != NULL ? case_key(s, a, k) : (struct solo){ .x = NULL };
	bool esp = k->aad.n == 8 || k->aad.n == 12;
	bool any = key.x != NULL && key.aead.text != NULL;

	if (key.x == NULL || (!any && !esp))
		skipped++;
	else
		result(c, (!esp || esp_form(&key, k, invalid(c))) &&
			      (!any || any_form(&key, k, invalid(c))));
	solo_free(&key);
}

/* The variant of CCM or GCM whose tag has this length. */
static const struct alg *
by_tag(const char *family, size_t tag)
{
	const struct alg *a;

	for (size_t i = 0; (a = alg_row(i)) != NULL; i++)
		if (a->table == ALG_ENCR && a->icv_len == tag &&
		    strncmp(a->name, family, strlen(family)) == 0)
			return a;
	return NULL;
}

/* A MAC case; tag may be longer than ours. */
struct mac_case {
	struct vec_bytes key, iv, msg, tag;
};

/* As AH has it: in pieces, alone and beside others. */
static bool
ah_form(const struct solo *m, const struct alg *a, const struct mac_case *k)
{
	size_t cut = k->msg.n / 3;
	const struct mac_part part[] = { { k->msg.b, cut },
		{ k->msg.b + cut, k->msg.n - cut } };
	const uint8_t *iv = k->iv.b + a->salt_len;
	uint8_t icv[3][64];
	void *x[3] = { m->x, m->x, m->x };
	struct mac_op op[3];
	bool same = true;

	if (m->mac.sign != NULL)
		return solo_sign(m, icv[0], iv, part, 2) &&
		       memcmp(icv[0], k->tag.b, a->icv_len) == 0;
	for (size_t i = 0; i < 3; i++)
		op[i] = (struct mac_op){
			.iv = iv, .part = part, .n = 2, .icv = icv[i]
		};
	m->mac.sign_n(&m->mac, x, op, 3);
	for (size_t i = 0; i < 3; i++)
		same = same && op[i].ok &&
		       memcmp(icv[i], k->tag.b, a->icv_len) == 0;
	return same;
}

/* As ESP has it: under NULL encryption, the first 8 bytes as its header. */
static bool
null_form(const struct solo *key, const struct mac_case *k)
{
	static uint8_t out[VEC_ROOM], icv[64];
	struct aead_op op = { .hdr = k->msg.b,
		.iv = k->msg.b + 8,
		.in = k->msg.b + 8,
		.out = out,
		.len = k->msg.n - 8,
		.icv = icv };

	memcpy(icv, k->tag.b, k->tag.n < sizeof(icv) ? k->tag.n : 64);
	solo_run(key, &op, 1, false);
	return op.ok && memcmp(out, op.in, op.len) == 0;
}

static void
mac_case_run(const struct crypto_slot *s, const struct alg *a,
    const struct mac_case *k, const json_t *c)
{
	unsigned bits = (unsigned)k->key.n * 8;
	uint8_t key[512];
	const struct aead_spec spec = {
		.encr = alg_by_id(ALG_ENCR, EALG_NULL),
		.integ = a,
		.akey = key,
		.akey_bits = bits,
	};
	/* HMAC takes any key (RFC 2104 2), though IPsec does not */
	bool hmac = strncmp(a->name, "hmac", 4) == 0 && bits != 0;
	bool fits = slot_passed(s, a) && k->key.n + 4 < sizeof(key) &&
		    (hmac || alg_keybits_ok(a, bits)) &&
		    k->iv.n == (size_t)a->salt_len + a->iv_len &&
		    k->tag.n >= a->icv_len &&
		    !(invalid(c) && k->tag.n != a->icv_len);
	struct solo ae = { .x = NULL }, m = { .x = NULL };

	if (fits) {
		memcpy(key, k->key.b, k->key.n);
		memcpy(key + k->key.n, k->iv.b, a->salt_len);
		m = solo_mac(s->be, s->st, a, key, bits);
		if (m.x != NULL && m.mac.sign == NULL && k->msg.n == 0)
			solo_free(&m);
	}
	if (fits && alg_keybits_ok(a, bits) && k->iv.n == 0 && k->msg.n >= 8)
		ae = solo_aead(s->be, s->st, &spec);
	if (m.x == NULL && ae.x == NULL)
		skipped++;
	else
		result(
		    c, (m.x == NULL || ah_form(&m, a, k) == !invalid(c)) &&
			   (ae.x == NULL || null_form(&ae, k) == !invalid(c)));
	solo_free(&m);
	solo_free(&ae);
}

/* A cipher alone: the backend's own object, which ESP would not give out. */
static void
cipher_case_run(const struct crypto_slot *s, const struct alg *a,
    const json_t *c, const struct vec_bytes *key, const struct vec_bytes *iv,
    const struct vec_bytes *plain, const struct vec_bytes *ct)
{
	static uint8_t out[VEC_ROOM];
	const struct aead_spec spec = { .encr = a,
		.ekey = key->b,
		.ekey_bits = ((unsigned)key->n - a->salt_len) * 8 };
	uint8_t hdr[8] = { 0 }, icv[1];
	struct aead_op op = { .hdr = hdr,
		.iv = iv->b,
		.in = plain->b,
		.out = out,
		.len = plain->n,
		.icv = icv };
	struct solo k = { .x = NULL };
	struct cipher_way ci = { 0 };
	bool ok;

	if (slot_passed(s, a) && alg_keybits_ok(a, spec.ekey_bits) &&
	    iv->n == a->iv_len) {
		k = solo_aead(s->be, s->st, &spec);
		if (k.x == NULL &&
		    s->be->cipher(s->st, a, spec.ekey_bits, &ci) &&
		    etm_join(&spec, &ci, NULL, &k.aead))
			k.x = way_new(&k.way, &spec);
	}
	if (k.x == NULL) {
		skipped++;
		solo_free(&k);
		return;
	}
	solo_run(&k, &op, 1, true);
	ok = op.ok && memcmp(out, ct->b, ct->n) == 0;
	op.in = ct->b;
	solo_run(&k, &op, 1, false);
	result(c, ok && op.ok && memcmp(out, plain->b, plain->n) == 0);
	solo_free(&k);
}

/* Our algorithm for a name in the kat folder; NULL: not one of ours. */
static const struct alg *
alg_of(const char *name)
{
	static const struct {
		const char *name;
		enum alg_table t;
		uint8_t id;
	} map[] = {
		{ "AES-CBC", ALG_ENCR, EALG_AES },
		{ "AES-CTR", ALG_ENCR, EALG_AES_CTR },
		{ "AES-CCM", ALG_ENCR, EALG_AES_CCM_16 },
		{ "CHACHA20-POLY1305", ALG_ENCR, EALG_CHACHA20_POLY1305 },
		{ "DES-CBC", ALG_ENCR, EALG_DESCBC },
		{ "3DES-CBC", ALG_ENCR, EALG_3DESCBC },
		{ "BLOWFISH-CBC", ALG_ENCR, EALG_BLOWFISH },
		{ "CAST-CBC", ALG_ENCR, EALG_CAST },
		{ "CAMELLIA-CBC", ALG_ENCR, EALG_CAMELLIA },
		{ "AES-CMAC-96", ALG_AUTH, AALG_AES_CMAC },
		{ "AES-XCBC-96", ALG_AUTH, AALG_AES_XCBC },
		{ "HMAC-MD5-96", ALG_AUTH, AALG_MD5HMAC },
		{ "HMAC-SHA1-96", ALG_AUTH, AALG_SHA1HMAC },
		{ "HMAC-SHA2-256-128", ALG_AUTH, AALG_SHA256HMAC },
		{ "HMAC-SHA2-384-192", ALG_AUTH, AALG_SHA384HMAC },
		{ "HMAC-SHA2-512-256", ALG_AUTH, AALG_SHA512HMAC },
	};

	for (size_t i = 0; i < sizeof(map) / sizeof(map[0]); i++)
		if (strcmp(map[i].name, name) == 0)
			return alg_by_id(map[i].t, map[i].id);
	return NULL;
}

/* The nonce: whole, or in salt (or "nonce") and IV. */
static void
nonce_read(struct vec_bytes *n, const json_t *c)
{
	static struct vec_bytes iv;

	if (!vec_hex_if(n, c, "salt") && !vec_hex_if(n, c, "nonce"))
		n->n = 0;
	if (vec_hex_if(&iv, c, "iv")) {
		memcpy(n->b + n->n, iv.b, iv.n);
		n->n += iv.n;
	}
}

static void
kat_case(const struct crypto_slot *s, const json_t *c)
{
	static struct aead_case k;
	static struct mac_case m;
	static struct vec_bytes iv;
	const struct alg *a = alg_of(vec_text(c, "alg"));

	if (a == NULL) {
		skipped++;
		return;
	}
	if (a->table == ALG_AUTH) {
		vec_hex(&m.key, c, "key");
		vec_hex(&m.msg, c, "msg");
		vec_hex(&m.tag, c, "mac");
		m.iv.n = 0;
		mac_case_run(s, a, &m, c);
		return;
	}
	vec_hex(&k.key, c, "key");
	vec_hex(&k.plain, c, "plain");
	vec_hex(&k.cipher, c, "cipher");
	if ((a->flags & ALG_COMBINED) != 0) {
		nonce_read(&k.nonce, c);
		vec_hex(&k.aad, c, "aad");
		vec_hex(&k.tag, c, "tag");
		if ((a->flags & ALG_CCM) != 0)
			a = by_tag("aes-ccm", k.tag.n);
		aead_case_run(s, a, &k, c);
		return;
	}
	vec_hex(&iv, c, "iv");
	if (vec_hex_if(&k.nonce, c, "nonce")) {
		memcpy(k.key.b + k.key.n, k.nonce.b, k.nonce.n);
		k.key.n += k.nonce.n;
	}
	cipher_case_run(s, a, c, &k.key, &iv, &k.plain, &k.cipher);
}

/* PKCS#5 as RFC 8018 6.1.1 says: ours pads otherwise, so we pad here. */
static void
pkcs5_pad(struct vec_bytes *b)
{
	size_t pad = 16 - b->n % 16;

	memset(b->b + b->n, (int)pad, pad);
	b->n += pad;
}

static void
wycheproof_case(
    const struct crypto_slot *s, const struct alg *a, const json_t *c)
{
	static struct aead_case k;
	static struct mac_case m;

	if (strcmp(vec_text(c, "result"), "acceptable") == 0) {
		skipped++;
		return;
	}
	if (a->table == ALG_AUTH) {
		vec_hex(&m.key, c, "key");
		vec_hex(&m.msg, c, "msg");
		vec_hex(&m.tag, c, "tag");
		if (!vec_hex_if(&m.iv, c, "iv"))
			m.iv.n = 0;
		mac_case_run(s, a, &m, c);
		return;
	}
	vec_hex(&k.key, c, "key");
	vec_hex(&k.nonce, c, "iv");
	vec_hex(&k.plain, c, "msg");
	vec_hex(&k.cipher, c, "ct");
	if ((a->flags & ALG_COMBINED) == 0) {
		if (invalid(c)) {
			skipped++; /* the padding is wrong, not the cipher */
			return;
		}
		pkcs5_pad(&k.plain);
		cipher_case_run(s, a, c, &k.key, &k.nonce, &k.plain, &k.cipher);
		return;
	}
	vec_hex(&k.aad, c, "aad");
	vec_hex(&k.tag, c, "tag");
	if ((a->flags & ALG_CCM) != 0)
		a = by_tag("aes-ccm", k.tag.n);
	aead_case_run(s, a, &k, c);
}

/* The cases of a file are one list, or lists in groups. */
static void
wycheproof_file(
    const char *dir, const char *name, const struct alg *a, struct crypto *c)
{
	char path[4096];
	size_t i, j;
	json_t *group, *test;

	snprintf(path, sizeof(path), "%s/wycheproof/%s_test.json", dir, name);

	json_t *doc = json_load_file(path, 0, NULL);
	const json_t *groups = json_object_get(doc, "testGroups");

	if (!json_is_array(groups))
		errx(1, "%s: no test groups", path);
	file = name;
	json_array_foreach(groups, i, group)
	{
		const json_t *tests = json_object_get(group, "tests");

		json_array_foreach(tests, j, test)
		{
			wycheproof_case(&c->slot[0], a, test);
		}
	}
	json_decref(doc);
}

static void
kat_file(const char *dir, const char *name, struct crypto *c)
{
	char path[4096];
	size_t i;
	json_t *v;

	snprintf(path, sizeof(path), "%s/kat", dir);

	json_t *list = vec_load(path, name);

	file = name;
	json_array_foreach(list, i, v)
	{
		kat_case(&c->slot[0], v);
	}
	json_decref(list);
}

/* One line; a file of which nothing could be tried is a failure for a backend
   that has everything. */
static void
line(bool everything)
{
	static unsigned p, f, s;

	printf("%-10s %-42s %4u passed %3u failed %4u skipped\n", backend, file,
	    passed - p, failed - f, skipped - s);
	if (everything && passed == p) {
		printf("FAILED %s: nothing was tried\n", file);
		failed++;
	}
	p = passed;
	f = failed;
	s = skipped;
}

static void
run_all(const char *dir, struct crypto *c, bool everything)
{
	static const char *const kats[] = { "aes_cbc_rfc3602.json",
		"aes_ccm_rfc3610_rfc4309.json",
		"aes_cmac_rfc4493_rfc4494_rfc4615.json", "aes_ctr_rfc3686.json",
		"aes_xcbc_rfc3566_rfc4434.json",
		"chacha20_poly1305_rfc8439_rfc7634.json", "hmac_rfc2202.json",
		"hmac_sha2_rfc4231.json", "hmac_sha2_rfc4868.json",
		"legacy_cbc.json" };
	static const struct {
		const char *name;
		enum alg_table t;
		uint8_t id;
	} wych[] = {
		{ "aes_gcm", ALG_ENCR, EALG_AES_GCM_16 },
		{ "aes_ccm", ALG_ENCR, EALG_AES_CCM_16 },
		{ "chacha20_poly1305", ALG_ENCR, EALG_CHACHA20_POLY1305 },
		{ "aes_cbc_pkcs5", ALG_ENCR, EALG_AES },
		{ "aes_gmac", ALG_AUTH, AALG_AES_GMAC },
		{ "aes_cmac", ALG_AUTH, AALG_AES_CMAC },
		{ "hmac_sha1", ALG_AUTH, AALG_SHA1HMAC },
		{ "hmac_sha256", ALG_AUTH, AALG_SHA256HMAC },
		{ "hmac_sha384", ALG_AUTH, AALG_SHA384HMAC },
		{ "hmac_sha512", ALG_AUTH, AALG_SHA512HMAC },
	};

	backend = c->slot[0].be->name;
	for (size_t i = 0; i < sizeof(kats) / sizeof(kats[0]); i++) {
		kat_file(dir, kats[i], c);
		line(everything);
	}
	for (size_t i = 0; i < sizeof(wych) / sizeof(wych[0]); i++) {
		wycheproof_file(
		    dir, wych[i].name, alg_by_id(wych[i].t, wych[i].id), c);
		line(everything);
	}
}

int
main(int argc, char **argv)
{
	static const struct crypto_be *const *const lists[] = { be_ossl,
		be_gcmx, be_gcmx_ni, be_imb };

	if (argc != 2)
		errx(2, "usage: primitives vectors-folder");
	if (access(argv[1], R_OK) != 0) {
		(void)printf("%s is not there\n", argv[1]);
		return 77;
	}
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		struct crypto *c = crypto_new(lists[i], NULL, NULL);

		if (c == NULL)
			errx(1, "crypto_new");
		if (c->n != 0)
			run_all(argv[1], c, i == 0);
		crypto_free(c);
	}
	printf("%u passed, %u failed, %u skipped\n", passed, failed, skipped);
	return failed != 0;
}
