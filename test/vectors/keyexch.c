/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Known answers of key exchange and key derivation: groups, whole exchanges,
 * values to refuse, prf and prf+ of IKEv2, AUTH by a preshared key.
 *
 * usage: keyexch vectors-folder
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "crypto/be/be.h"
#include "crypto/ke.h"
#include "crypto/prf.h"
#include "vec.h"

static unsigned passed, failed, skipped;
static const char *file;
static struct crypto *c;

static void
result(const char *what, bool ok)
{
	ok ? passed++ : failed++;
	if (!ok)
		printf("FAILED %s: %s\n", file, what);
}

static const struct ikealg *
group_of(const json_t *v)
{
	return ikealg_by_id(IKEALG_KE, (unsigned)vec_number(v, "group"));
}

static bool
is(const struct ke_secret *s, const struct vec_bytes *want)
{
	return s->n == want->n && memcmp(s->b, want->b, s->n) == 0;
}

/* --- kat/dh_exchange.json, kat/dh_groups.json --- */

static void
exchange(const json_t *v)
{
	static struct vec_bytes own[2], ke[2], shared;
	const struct ikealg *g = group_of(v);
	bool ok = true;

	if (g == NULL || !ke_usable(c, g)) {
		/* RFC 8247 2.4: not to be used, and we do not have them */
		result(
		    vec_text(v, "id"), g != NULL && g->status == IKEALG_NEVER);
		return;
	}
	vec_hex(&own[0], v, "private_i");
	vec_hex(&own[1], v, "private_r");
	vec_hex(&ke[0], v, "ke_i");
	vec_hex(&ke[1], v, "ke_r");
	vec_hex(&shared, v, "shared");
	for (int i = 0; i < 2; i++) {
		struct ke *k = ke_from(c, g, own[i].b, own[i].n);
		struct ke_secret s;

		ok = ok && k != NULL && ke[i].n == g->len &&
		     memcmp(ke_value(k), ke[i].b, g->len) == 0 &&
		     ke_finish(k, ke[!i].b, ke[!i].n, &s) == KE_OK &&
		     is(&s, &shared);
		ke_free(k);
	}
	result(vec_text(v, "id"), ok);
}

static void
reject(const json_t *v)
{
	static struct vec_bytes ke;
	static uint8_t value[KE_VALUE_MAX];
	const struct ikealg *g = group_of(v);
	struct ke_secret s;

	if (g == NULL || !ke_usable(c, g)) {
		skipped++;
		return;
	}
	vec_hex(&ke, v, "ke");

	enum ke_result want = ke.n != g->len ? KE_LENGTH : KE_INVALID;
	struct ke *k = ke_new(c, g, &crypto_rng);

	result(vec_text(v, "why"),
	    k != NULL && ke_finish(k, ke.b, ke.n, &s) == want && s.n == 0 &&
		ke_respond(c, g, &crypto_rng, ke.b, ke.n, value, &s) == want);
	ke_free(k);
}

/* A number in hexadecimal, of as many digits as it takes, to n bytes. */
static bool
wide(uint8_t *out, size_t n, const char *hex)
{
	size_t digits = strlen(hex);

	memset(out, 0, n);
	for (size_t i = 0; i < digits; i++) {
		const char d[2] = { hex[digits - 1 - i], 0 };

		if (i / 2 >= n)
			return false;
		out[n - 1 - i / 2] |=
		    (uint8_t)(strtoul(d, NULL, 16) << (i % 2 * 4));
	}
	return digits != 0;
}

/* The private value one gives the generator. */
static void
generator(const json_t *v)
{
	uint8_t want[KE_VALUE_MAX];
	const struct ikealg *a = group_of(v);
	uint8_t one[KE_OWN_MAX] = { 0 };
	struct ke *k;
	bool ok = false;

	if (a == NULL || !ke_usable(c, a) || a->id == IKE_KE_CURVE25519 ||
	    a->id == IKE_KE_CURVE448) {
		skipped++;
		return;
	}
	one[a->id <= IKE_KE_MODP_8192 ? 0 : a->secret_len - 1] = 1;
	k = ke_from(c, a, one, a->id <= IKE_KE_MODP_8192 ? 1 : a->secret_len);
	if (k != NULL && strcmp(vec_text(v, "kind"), "modp") == 0) {
		ok = strcmp(vec_text(v, "g"), "2") == 0 &&
		     ke_value(k)[a->len - 1] == 2 &&
		     vec_number(v, "bits") == a->len * 8u;
	} else if (k != NULL) {
		ok = wide(want, a->len / 2u, vec_text(v, "gx")) &&
		     wide(want + a->len / 2, a->len / 2u, vec_text(v, "gy")) &&
		     memcmp(ke_value(k), want, a->len) == 0;
	}
	ke_free(k);
	result(vec_text(v, "name"), ok);
}

/* --- kat/ike_kdf.json --- */

static const struct ikealg *
prf_of(const char *name)
{
	static const struct {
		const char *name;
		uint8_t id;
	} map[] = {
		{ "HMAC-MD5", IKE_PRF_HMAC_MD5 },
		{ "HMAC-SHA1", IKE_PRF_HMAC_SHA1 },
		{ "HMAC-SHA256", IKE_PRF_HMAC_SHA256 },
		{ "HMAC-SHA384", IKE_PRF_HMAC_SHA384 },
		{ "HMAC-SHA512", IKE_PRF_HMAC_SHA512 },
		{ "AES-XCBC", IKE_PRF_AES_XCBC },
		{ "AES-CMAC", IKE_PRF_AES_CMAC },
	};

	for (size_t i = 0; i < sizeof(map) / sizeof(map[0]); i++)
		if (strcmp(map[i].name, name) == 0)
			return ikealg_by_id(IKEALG_PRF, map[i].id);
	errx(1, "prf %s", name);
}

struct kdf {
	struct vec_bytes ni, nr, spi_i, spi_r, g, g_new, seed, dkm, want;
};

static struct mac_part
part(const struct vec_bytes *b)
{
	return (struct mac_part){ b->b, b->n };
}

/* SKEYSEED (RFC 7296 2.14), with two PRFs' short keys. */
static bool
skeyseed(const struct ikealg *prf, struct kdf *k)
{
	uint8_t key[600], out[PRF_MAX];
	bool cut = (prf->flags & IKEALG_SHORT_NONCES) != 0;
	size_t a = cut ? 8 : k->ni.n, b = cut ? 8 : k->nr.n;
	const struct mac_part g = part(&k->g);

	memcpy(key, k->ni.b, a);
	memcpy(key + a, k->nr.b, b);
	return prf_sign(c, prf, key, a + b, &g, 1, out) &&
	       k->seed.n == prf_len(prf) &&
	       memcmp(out, k->seed.b, k->seed.n) == 0;
}

/* prf+ of these pieces is `want`. */
static bool
plus(const struct ikealg *prf, const struct vec_bytes *key, size_t n_key,
    const struct mac_part *p, size_t n, const struct vec_bytes *want)
{
	static uint8_t out[VEC_ROOM];

	return prf_plus(c, prf, key->b, n_key, p, n, out, want->n) &&
	       memcmp(out, want->b, want->n) == 0;
}

static void
kdf(const json_t *v)
{
	static struct kdf k;
	const struct ikealg *prf = prf_of(vec_text(v, "prf"));
	size_t n = prf_len(prf);
	bool ok;

	vec_hex(&k.ni, v, "Ni");
	vec_hex(&k.nr, v, "Nr");
	vec_hex(&k.spi_i, v, "SPIi");
	vec_hex(&k.spi_r, v, "SPIr");
	vec_hex(&k.g, v, "g_ir");
	vec_hex(&k.seed, v, "SKEYSEED");
	vec_hex(&k.dkm, v, "DKM");
	if (!vec_hex_if(&k.g_new, v, "g_ir_new"))
		k.g_new.n = 0;

	const struct mac_part p[] = { part(&k.ni), part(&k.nr), part(&k.spi_i),
		part(&k.spi_r) };
	/* RFC 7296 2.17: the new secret comes first */
	const struct mac_part q[] = { part(&k.g_new), p[0], p[1] };

	ok = skeyseed(prf, &k) && plus(prf, &k.seed, n, p, 4, &k.dkm);
	if (vec_hex_if(&k.want, v, "DKM_child") ||
	    vec_hex_if(&k.want, v, "KEYMAT_128"))
		ok = ok && plus(prf, &k.dkm, n, p, 2, &k.want);
	if (vec_hex_if(&k.want, v, "DKM_child_dh") ||
	    vec_hex_if(&k.want, v, "KEYMAT_pfs_128"))
		ok = ok && plus(prf, &k.dkm, n, q, 3, &k.want);
	if (vec_hex_if(&k.want, v, "SKEYSEED_rekey")) {
		uint8_t out[PRF_MAX];

		ok = ok && prf_sign(c, prf, k.dkm.b, n, q, 3, out) &&
		     memcmp(out, k.want.b, n) == 0;
	}
	result(vec_text(v, "id"), ok);
}

/* RFC 7296 2.15. */
static void
auth_psk(const json_t *v)
{
	static struct vec_bytes psk, octets, want;
	const struct ikealg *prf = prf_of(vec_text(v, "prf"));
	const struct mac_part pad = { (const void *)"Key Pad for IKEv2", 17 };
	uint8_t key[PRF_MAX], out[PRF_MAX];

	vec_hex(&psk, v, "psk");
	vec_hex(&octets, v, "signed_octets");
	vec_hex(&want, v, "AUTH");

	const struct mac_part p = part(&octets);

	result(vec_text(v, "id"),
	    prf_sign(c, prf, psk.b, psk.n, &pad, 1, key) &&
		prf_sign(c, prf, key, prf_len(prf), &p, 1, out) &&
		want.n == prf_len(prf) && memcmp(out, want.b, want.n) == 0);
}

static void
derivation(const json_t *v)
{
	const char *kind = vec_text(v, "exchange");

	if (strcmp(kind, "ikev2") == 0)
		kdf(v);
	else if (strcmp(kind, "ikev2-auth-psk") == 0)
		auth_psk(v);
	else
		skipped++; /* IKEv1 */
}

/* The PRFs with keys of other lengths than a MAC's. */
static void
prf_case(const json_t *v)
{
	static struct vec_bytes key, msg, want;
	const char *alg = vec_text(v, "alg");
	const struct ikealg *prf;
	uint8_t out[PRF_MAX];

	if (strcmp(alg, "PRF-AES-CMAC-128") == 0)
		prf = prf_of("AES-CMAC");
	else if (strcmp(alg, "PRF-AES-XCBC-128") == 0)
		prf = prf_of("AES-XCBC");
	else if (strcmp(alg, "AES-CMAC-96") == 0)
		prf = prf_of("AES-CMAC"); /* 16 bytes of key: the same */
	else
		prf = prf_of("AES-XCBC");
	vec_hex(&key, v, "key");
	vec_hex(&msg, v, "msg");
	vec_hex(&want, v, "mac");

	const struct mac_part p = part(&msg);

	result(vec_text(v, "id"), prf_sign(c, prf, key.b, key.n, &p, 1, out) &&
				      want.n == prf_len(prf) &&
				      memcmp(out, want.b, want.n) == 0);
}

/* --- wycheproof --- */

/* x | y of an encoded point, or of one at the end of a SubjectPublicKeyInfo. */
static bool
point(struct vec_bytes *out, const struct vec_bytes *in, size_t len, bool spki)
{
	if (in->n < len + 1 || (!spki && in->n != len + 1) ||
	    in->b[in->n - len - 1] != 4)
		return false;
	out->n = len;
	memcpy(out->b, in->b + in->n - len, len);
	return true;
}

/* Exactly as many bytes as the group's private values have. */
static void
scalar(struct vec_bytes *own, size_t n)
{
	if (own->n > n) {
		memmove(own->b, own->b + own->n - n, n);
	} else if (own->n < n) {
		memmove(own->b + n - own->n, own->b, own->n);
		memset(own->b, 0, n - own->n);
	}
	own->n = n;
}

static void
ecdh_case(const struct ikealg *g, const json_t *t, bool spki)
{
	static struct vec_bytes own, pub, peer, want;
	const char *res = vec_text(t, "result");
	bool curve = g->id >= IKE_KE_CURVE25519, valid, low;
	struct ke_secret s;
	struct ke *k;
	enum ke_result r;

	vec_hex(&own, t, "private");
	vec_hex(&pub, t, "public");
	vec_hex(&want, t, "shared");
	scalar(&own, g->secret_len);
	if (curve)
		peer = pub;
	else if (!point(&peer, &pub, g->len, spki)) {
		/* IKE has no compressed points and no parameters */
		if (strcmp(res, "valid") == 0)
			result(vec_text(t, "comment"), false);
		else
			skipped++;
		return;
	}
	low = curve && want.n != 0;
	for (size_t i = 0; i < want.n; i++)
		low = low && want.b[i] == 0;
	valid = strcmp(res, "valid") == 0;
	/* another curve or odd parameters, but a point that is ours */
	if (spki && !valid) {
		skipped++;
		return;
	}
	k = ke_from(c, g, own.b, own.n);
	r = k != NULL ? ke_finish(k, peer.b, peer.n, &s) : KE_FAILED;
	if (strcmp(res, "invalid") == 0 || low)
		result(vec_text(t, "comment"),
		    (r == KE_INVALID || r == KE_LENGTH) && s.n == 0);
	else
		result(vec_text(t, "comment"), r == KE_OK && is(&s, &want));
	ke_free(k);
}

/* Seed, ciphertext and what comes of it. */
static void
kem_case(const struct ikealg *g, const json_t *t)
{
	static struct vec_bytes seed, ek, ct, want;
	bool valid = strcmp(vec_text(t, "result"), "valid") == 0;
	struct ke_secret s;
	struct ke *k;

	vec_hex(&seed, t, "seed");
	vec_hex(&ct, t, "c");
	if (seed.n != 64) {
		skipped++;
		return;
	}
	k = ke_from(c, g, seed.b, seed.n);
	if (vec_hex_if(&ek, t, "ek") && valid)
		result("encapsulation key",
		    k != NULL && ek.n == g->len &&
			memcmp(ek.b, ke_value(k), ek.n) == 0);
	if (!valid) {
		result("refused",
		    k == NULL || ke_finish(k, ct.b, ct.n, &s) != KE_OK);
	} else {
		vec_hex(&want, t, "K");
		result("secret", k != NULL &&
				     ke_finish(k, ct.b, ct.n, &s) == KE_OK &&
				     is(&s, &want));
	}
	ke_free(k);
}

/* The generator gives what a case says. */
static bool
give(void *ctx, uint8_t *p, size_t n)
{
	const struct vec_bytes *b = ctx;

	if (n != b->n)
		return false;
	memcpy(p, b->b, n);
	return true;
}

static void
encap_case(const struct ikealg *g, const json_t *t)
{
	static struct vec_bytes m, ek, ct, want;
	const struct rng rng = { .fill = give, .ctx = &m };
	bool valid = strcmp(vec_text(t, "result"), "valid") == 0;
	uint8_t value[KE_VALUE_MAX];
	struct ke_secret s;
	enum ke_result r;

	vec_hex(&m, t, "m");
	vec_hex(&ek, t, "ek");
	r = ke_respond(c, g, &rng, ek.b, ek.n, value, &s);
	if (!valid) {
		result("refused", r == KE_INVALID || r == KE_LENGTH);
		return;
	}
	vec_hex(&ct, t, "c");
	vec_hex(&want, t, "K");
	result("encapsulation", r == KE_OK && is(&s, &want) &&
				    ct.n == g->len2 &&
				    memcmp(ct.b, value, ct.n) == 0);
}

/* --- files --- */

static void
line(bool must)
{
	static unsigned p, f, s;

	printf("%-42s %4u passed %3u failed %4u skipped\n", file, passed - p,
	    failed - f, skipped - s);
	if (must && passed == p) {
		printf("FAILED %s: nothing was tried\n", file);
		failed++;
	}
	p = passed;
	f = failed;
	s = skipped;
}

static void
kat(const char *dir, const char *name, void (*fn)(const json_t *v))
{
	char path[4096];
	json_t *list, *v;
	size_t i;

	snprintf(path, sizeof(path), "%s/kat", dir);
	file = name;
	list = vec_load(path, name);
	json_array_foreach(list, i, v)
	{
		fn(v);
	}
	json_decref(list);
	line(true);
}

static void
rejects(const char *dir)
{
	char path[4096];
	json_t *doc, *v;
	size_t i;

	snprintf(path, sizeof(path), "%s/kat/dh_exchange.json", dir);
	file = "dh_exchange.json, must_reject";
	doc = json_load_file(path, 0, NULL);
	json_array_foreach(json_object_get(doc, "must_reject"), i, v)
	{
		reject(v);
	}
	json_decref(doc);
	line(true);
}

static const struct wych {
	const char *name;
	uint8_t group;
	enum { POINT, SPKI, KEM, ENCAP } kind;
} wych[] = {
	{ "x25519", IKE_KE_CURVE25519, POINT },
	{ "x448", IKE_KE_CURVE448, POINT },
	{ "ecdh_secp256r1_ecpoint", IKE_KE_ECP_256, POINT },
	{ "ecdh_secp256r1", IKE_KE_ECP_256, SPKI },
	{ "ecdh_secp384r1_ecpoint", IKE_KE_ECP_384, POINT },
	{ "ecdh_secp521r1_ecpoint", IKE_KE_ECP_521, POINT },
	{ "ecdh_brainpoolP256r1", IKE_KE_BRAINPOOL_256, SPKI },
	{ "mlkem_512", IKE_KE_ML_KEM_512, KEM },
	{ "mlkem_768", IKE_KE_ML_KEM_768, KEM },
	{ "mlkem_1024", IKE_KE_ML_KEM_1024, KEM },
	{ "mlkem_768_encaps", IKE_KE_ML_KEM_768, ENCAP },
};

static void
wycheproof(const char *dir, const struct wych *w)
{
	const struct ikealg *g = ikealg_by_id(IKEALG_KE, w->group);
	char path[4096];
	json_t *doc, *group, *t;
	size_t i, j;

	snprintf(
	    path, sizeof(path), "%s/wycheproof/%s_test.json", dir, w->name);
	file = w->name;
	doc = json_load_file(path, 0, NULL);
	if (!json_is_array(json_object_get(doc, "testGroups")))
		errx(1, "%s: no test groups", path);
	json_array_foreach(json_object_get(doc, "testGroups"), i, group)
	{
		json_array_foreach(json_object_get(group, "tests"), j, t)
		{
			if (!ke_usable(c, g))
				skipped++;
			else if (w->kind == KEM)
				kem_case(g, t);
			else if (w->kind == ENCAP)
				encap_case(g, t);
			else
				ecdh_case(g, t, w->kind == SPKI);
		}
	}
	json_decref(doc);
	/* ML-KEM is there from libcrypto 3.5 on */
	line((g->flags & IKEALG_KEM) == 0 || ke_usable(c, g));
}

int
main(int argc, char **argv)
{
	if (argc != 2)
		errx(2, "usage: keyexch vectors-folder");
	if (access(argv[1], R_OK) != 0) {
		(void)printf("%s is not there\n", argv[1]);
		return 77;
	}
	c = crypto_new(be_all, NULL, NULL);
	if (c == NULL)
		errx(1, "crypto_new");
	kat(argv[1], "dh_exchange.json", exchange);
	kat(argv[1], "dh_groups.json", generator);
	rejects(argv[1]);
	kat(argv[1], "ike_kdf.json", derivation);
	kat(argv[1], "aes_cmac_rfc4493_rfc4494_rfc4615.json", prf_case);
	kat(argv[1], "aes_xcbc_rfc3566_rfc4434.json", prf_case);
	for (size_t i = 0; i < sizeof(wych) / sizeof(wych[0]); i++)
		wycheproof(argv[1], &wych[i]);
	crypto_free(c);
	printf("%u passed, %u failed, %u skipped\n", passed, failed, skipped);
	return failed != 0;
}
