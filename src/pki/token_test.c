/* SPDX-License-Identifier: BSD-2-Clause */
/* With SoftHSM, a token in files; without it, skipped. */
#include "pki/token.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/test.h"

#include "crypto/be/be.h"
#include "crypto/be/sig.h"
#include "pki/certs_fix_test.h"
#include "pki/keystore.h"

static const char *const modules[] = { "/usr/lib/softhsm/libsofthsm2.so",
	"/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
	"/usr/lib/pkcs11/libsofthsm2.so" };
static const char *module;
static char dir[64], conf[128], file[128];
static EVP_PKEY *rsa, *p256, *p384, *other;

static void
run(const char *const argv[])
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		if (freopen("/dev/null", "w", stdout) == NULL)
			_exit(126);
		(void)execvp(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void
import(EVP_PKEY *key, const char *id)
{
	FILE *f = fopen(file, "w");
	const char *const argv[] = { "softhsm2-util", "--import", file,
		"--token", "test token", "--label", id, "--id", id, "--pin",
		"5678", NULL };

	assert_non_null(f);
	assert_int_equal(
	    PEM_write_PKCS8PrivateKey(f, key, NULL, NULL, 0, NULL, NULL), 1);
	assert_int_equal(fclose(f), 0);
	run(argv);
	assert_int_equal(unlink(file), 0);
}

static int
setup(void **state)
{
	const char *const init[] = { "softhsm2-util", "--init-token", "--free",
		"--label", "test token", "--so-pin", "1234", "--pin", "5678",
		NULL };
	FILE *f;

	(void)state;
	(void)snprintf(dir, sizeof(dir), "/tmp/token_test.XXXXXX");
	if (mkdtemp(dir) == NULL)
		return 1;
	(void)snprintf(conf, sizeof(conf), "%s/conf", dir);
	(void)snprintf(file, sizeof(file), "%s/key.pem", dir);
	f = fopen(conf, "w");
	if (f == NULL)
		return 1;
	(void)fprintf(f,
	    "directories.tokendir = %s\nobjectstore.backend = file\n"
	    "log.level = ERROR\n",
	    dir);
	(void)fclose(f);
	(void)setenv("SOFTHSM2_CONF", conf, 1);
	run(init);
	rsa = EVP_RSA_gen(2048);
	p256 = EVP_EC_gen("P-256");
	p384 = EVP_EC_gen("P-384");
	other = EVP_EC_gen("P-256");
	import(rsa, "01");
	import(p256, "02");
	import(p384, "03");
	return 0;
}

static int
teardown(void **state)
{
	const char *const rm[] = { "rm", "-rf", dir, NULL };

	(void)state;
	run(rm);
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(p256);
	EVP_PKEY_free(p384);
	EVP_PKEY_free(other);
	return 0;
}

/* What the token signs, libcrypto takes. */
static void
test_sign(void **state)
{
	static const struct {
		EVP_PKEY **key;
		struct sigalg a;
	} rows[] = {
		{ &rsa, { SIGALG_RSA, IKE_HASH_SHA1, 0, false } },
		{ &rsa, { SIGALG_RSA, IKE_HASH_SHA256, 0, false } },
		{ &rsa, { SIGALG_RSA, IKE_HASH_SHA384, 0, false } },
		{ &rsa, { SIGALG_RSA, IKE_HASH_SHA512, 0, false } },
		{ &rsa, { SIGALG_PSS, IKE_HASH_SHA256, 32, false } },
		{ &rsa, { SIGALG_PSS, IKE_HASH_SHA512, 64, false } },
		{ &p256, { SIGALG_ECDSA, IKE_HASH_SHA256, 0, false } },
		{ &p256, { SIGALG_ECDSA, IKE_HASH_SHA256, 0, true } },
		{ &p384, { SIGALG_ECDSA, IKE_HASH_SHA384, 0, false } },
		{ &p384, { SIGALG_ECDSA, IKE_HASH_SHA384, 0, true } },
	};
	static const uint8_t msg[100] = "octets";
	uint8_t sig[SIG_MAX];
	char why[TOKEN_WHY];
	struct token *t = token_open(module, why);
	struct token_key k;
	size_t n;

	(void)state;
	assert_string_equal(why, "");
	assert_non_null(t);
	assert_false(token_find(t, rsa, &k)); /* it is locked */
	assert_false(token_login(t, "test token", "0000", why));
	assert_non_null(strstr(why, "PIN is wrong"));
	assert_false(token_login(t, "nothing", "5678", why));
	assert_string_equal(why, "there is no token \"nothing\"");
	assert_true(token_login(t, "test token", "5678", why));
	assert_true(token_login(t, "test token", "5678", why));
	assert_false(token_find(t, other, &k));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		EVP_PKEY *key = *rows[i].key;

		assert_true(token_find(t, key, &k));
		assert_true(
		    token_sign(&k, key, &rows[i].a, msg, sizeof(msg), sig, &n));
		assert_true(sig_verify(
		    NULL, key, &rows[i].a, msg, sizeof(msg), sig, n));
		assert_false(sig_verify(
		    NULL, key, &rows[i].a, msg, sizeof(msg) - 1, sig, n));
	}
	/* not by an algorithm of another kind of key */
	assert_false(
	    token_sign(&k, p384, &rows[0].a, msg, sizeof(msg), sig, &n));
	assert_true(token_logout(t, "test token", why));
	assert_false(token_find(t, rsa, &k));
	assert_false(token_logout(t, "nothing", why));
	token_close(t);
}

/* AUTH of a keystore that has the certificate, and the token the key. */
static void
test_keystore(void **state)
{
	struct made own = fix_make(
	    &(struct recipe){ .cn = "a", .key = p256, .alt = "DNS:a.example" });
	struct fix_bytes der = fix_der(own.x);
	struct crypto *c = crypto_new(be_ossl, NULL, NULL);
	struct keystore *k = keystore_new(c);
	const char *any = "";
	const struct keystore_rule r = { "r", false, true, NULL, &any, 1 };
	static const uint16_t hash[] = { IKE_HASH_SHA256 };
	struct keystore_ask a = { .rule = "r",
		.octets = { (const void *)"octets", 6 },
		.hash = hash,
		.n_hash = 1 };
	struct keystore_told t, u;
	char why[KEYSTORE_WHY];
	struct token *tok = token_open(module, why);

	(void)state;
	assert_non_null(tok);
	assert_true(keystore_add_cert(k, "own", der.p, der.n, why));
	assert_true(keystore_add_trust(k, "SLOT=own", why));
	assert_true(keystore_add_rule(k, &r, why));
	assert_true(keystore_ready(k, FIX_NOW, NULL, NULL, why));
	keystore_sign(k, &a, FIX_NOW, &t);
	assert_int_equal(t.verdict, KEYSTORE_NONE);
	keystore_use_token(k, tok);
	keystore_sign(k, &a, FIX_NOW, &t);
	assert_int_equal(t.verdict, KEYSTORE_NONE); /* locked */
	assert_true(token_login(tok, "test token", "5678", why));
	keystore_sign(k, &a, FIX_NOW, &t);
	assert_string_equal(t.why, "");
	assert_int_equal(t.verdict, KEYSTORE_OK);
	a.method = t.method;
	a.auth = (struct keystore_bytes){ t.data, t.n };
	a.cert = t.cert;
	a.n_cert = t.n_cert;
	a.peer_id_type = IKEID_FQDN;
	a.peer_id = (struct keystore_bytes){ (const void *)"a.example", 9 };
	keystore_verify(k, &a, FIX_NOW, &u);
	assert_string_equal(u.why, "");
	assert_int_equal(u.verdict, KEYSTORE_OK);
	keystore_free(k);
	token_close(tok);
	crypto_free(c);
	fix_free(&own);
}

static void
test_names(void **state)
{
	char why[TOKEN_WHY];
	struct token *t = token_open(module, why);
	bool found = false;

	(void)state;
	for (size_t i = 0; token_label(t, i) != NULL; i++)
		found = found || strcmp(token_label(t, i), "test token") == 0;
	assert_true(found);
	token_close(t);
	token_close(NULL);
	assert_null(token_open("/nonexistent.so", why));
	assert_true(why[0] != '\0');
	/* a library, but no module */
	assert_null(token_open("libm.so.6", why));
	assert_non_null(strstr(why, "no PKCS#11 module"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_sign),
		cmocka_unit_test(test_keystore),
	};

	for (size_t i = 0; i < sizeof(modules) / sizeof(modules[0]); i++)
		if (access(modules[i], R_OK) == 0)
			module = modules[i];
	if (module == NULL || access("/usr/bin/softhsm2-util", X_OK) != 0) {
		(void)printf("no SoftHSM here (package softhsm2)\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, setup, teardown);
}
