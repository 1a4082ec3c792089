/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signatures that others made, good and bad: RSA with PKCS#1 v1.5 and PSS, ECDSA
 * in both forms, Ed25519, Ed448.
 *
 * usage: signatures vectors-folder
 */
#include <err.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "crypto/be/sig.h"
#include "vec.h"

static unsigned passed, failed, skipped;
static const char *file;

static uint8_t
hash_of(const json_t *group, const char *key)
{
	static const struct {
		const char *name;
		uint8_t id;
	} map[] = {
		{ "SHA-1", IKE_HASH_SHA1 },
		{ "SHA-256", IKE_HASH_SHA256 },
		{ "SHA-384", IKE_HASH_SHA384 },
		{ "SHA-512", IKE_HASH_SHA512 },
	};

	for (size_t i = 0; i < sizeof(map) / sizeof(map[0]); i++)
		if (strcmp(map[i].name, vec_text(group, key)) == 0)
			return map[i].id;
	return IKE_HASH_IDENTITY;
}

/* False: not an algorithm of ours. */
static bool
algorithm(struct sigalg *a, const json_t *g)
{
	const char *type = vec_text(g, "type");

	*a = (struct sigalg){ .hash = hash_of(g, "sha") };
	if (strncmp(type, "Ecdsa", 5) == 0) {
		a->kind = SIGALG_ECDSA;
		a->plain = strcmp(type, "EcdsaP1363Verify") == 0;
	} else if (strcmp(type, "RsassaPkcs1Verify") == 0) {
		a->kind = SIGALG_RSA;
	} else if (strncmp(type, "RsassaPss", 9) == 0) {
		a->kind = SIGALG_PSS;
		a->salt = (uint16_t)vec_number(g, "sLen");
		return a->hash == hash_of(g, "mgfSha") &&
		       a->hash != IKE_HASH_IDENTITY;
	} else {
		a->kind =
		    strstr(file, "448") != NULL ? SIGALG_ED448 : SIGALG_ED25519;
		return true;
	}
	return a->hash != IKE_HASH_IDENTITY;
}

static void
group(const json_t *g)
{
	static struct vec_bytes der, msg, sig;
	const json_t *tests = json_object_get(g, "tests");
	const uint8_t *p = der.b;
	struct sigalg a;
	EVP_PKEY *key;
	json_t *t;
	size_t i;

	vec_hex(&der, g, "publicKeyDer");
	key = d2i_PUBKEY(NULL, &p, (long)der.n);
	if (!algorithm(&a, g) || key == NULL || !sig_fits(key, &a)) {
		skipped += (unsigned)json_array_size(tests);
		EVP_PKEY_free(key);
		return;
	}
	json_array_foreach(tests, i, t)
	{
		const char *want = vec_text(t, "result");
		bool ok;

		vec_hex(&msg, t, "msg");
		vec_hex(&sig, t, "sig");
		ok = sig_verify(NULL, key, &a, msg.b, msg.n, sig.b, sig.n);
		if (strcmp(want, "acceptable") == 0) {
			skipped++;
		} else if (ok == (strcmp(want, "valid") == 0)) {
			passed++;
		} else {
			failed++;
			printf("FAILED %s %d: %s\n", file,
			    (int)vec_number(t, "tcId"), vec_text(t, "comment"));
		}
	}
	EVP_PKEY_free(key);
}

/* must: cases of it have to be tried. */
static void
one(const char *dir, const char *name, bool must)
{
	unsigned p = passed, f = failed, s = skipped;
	char path[4096];
	json_t *doc, *g;
	size_t i;

	snprintf(path, sizeof(path), "%s/wycheproof/%s_test.json", dir, name);
	file = name;
	doc = json_load_file(path, 0, NULL);
	if (!json_is_array(json_object_get(doc, "testGroups")))
		errx(1, "%s: no test groups", path);
	json_array_foreach(json_object_get(doc, "testGroups"), i, g)
	{
		group(g);
	}
	json_decref(doc);
	printf("%-36s %4u passed %3u failed %4u skipped\n", name, passed - p,
	    failed - f, skipped - s);
	if (must && passed == p) {
		printf("FAILED %s: nothing was tried\n", name);
		failed++;
	}
}

int
main(int argc, char **argv)
{
	static const struct {
		const char *name;
		bool must;
	} files[] = {
		{ "ecdsa_secp256r1_sha256", true },
		{ "ecdsa_secp256r1_sha256_p1363", true },
		{ "ecdsa_secp384r1_sha384", true },
		{ "ecdsa_secp384r1_sha384_p1363", true },
		{ "ecdsa_secp384r1_sha512", true },
		{ "ecdsa_secp521r1_sha512", true },
		{ "ecdsa_secp521r1_sha512_p1363", true },
		{ "ed25519", true },
		{ "ed448", true },
		{ "rsa_signature_2048_sha256", true },
		{ "rsa_signature_2048_sha384", true },
		{ "rsa_signature_2048_sha512", true },
		{ "rsa_signature_3072_sha256", true },
		{ "rsa_signature_3072_sha384", true },
		{ "rsa_signature_3072_sha512", true },
		{ "rsa_signature_4096_sha256", true },
		{ "rsa_signature_4096_sha512", true },
		{ "rsa_pss_2048_sha1_mgf1_20", true },
		{ "rsa_pss_2048_sha256_mgf1_0", true },
		{ "rsa_pss_2048_sha256_mgf1_32", true },
		{ "rsa_pss_2048_sha256_mgf1_32_params", true },
		/* another hash in MGF1: none of ours */
		{ "rsa_pss_2048_sha256_mgf1sha1_20", false },
		{ "rsa_pss_2048_sha384_mgf1_48", true },
		{ "rsa_pss_3072_sha256_mgf1_32", true },
		{ "rsa_pss_3072_sha256_mgf1_32_params", true },
		{ "rsa_pss_4096_sha384_mgf1_48", true },
		{ "rsa_pss_4096_sha512_mgf1_32", true },
		{ "rsa_pss_misc", true },
	};

	if (argc != 2)
		errx(2, "usage: signatures vectors-folder");
	if (access(argv[1], R_OK) != 0) {
		(void)printf("%s is not there\n", argv[1]);
		return 77;
	}
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		one(argv[1], files[i].name, files[i].must);
	printf("%u passed, %u failed, %u skipped\n", passed, failed, skipped);
	return failed != 0;
}
