/* SPDX-License-Identifier: BSD-2-Clause */
/* What goes wrong is in test/golden/ikeconf.txt. */
#include "conf/ikexform.h"

#include "base/test.h"

#include "model/ikealg.h"

#define FLAGS (LEX_BRACES | LEX_COMMENTS | LEX_QUOTES)

static bool
read_one(struct ikecfg_xform *x, const char *text)
{
	struct lex lx = lex_from("f", text, strlen(text), FLAGS, NULL, NULL);

	return ikexform_read(x, &lx);
}

static void
test_numbers(void **state)
{
	struct ikecfg_xform x;

	(void)state;
	assert_true(read_one(&x,
	    "{ auth_method preshared encr_alg aes-cbc (256)\n"
	    "oakley_group 14 auth_alg sha384 p1_lifetime_secs 0x100 }"));
	assert_int_equal(x.auth, IKECFG_PRESHARED);
	assert_int_equal(x.encr, IKE_ENCR_AES_CBC);
	assert_int_equal(x.key_min, 256);
	assert_int_equal(x.key_max, 256);
	assert_int_equal(x.integ, IKE_INTEG_HMAC_SHA384_192);
	assert_int_equal(x.prf, IKE_PRF_HMAC_SHA384);
	assert_int_equal(x.ke, IKE_KE_MODP_2048);
	assert_int_equal(x.life, 256);
	/* RFC 5282 8: of AEAD, auth_alg is the PRF */
	assert_true(read_one(&x,
	    "{ auth_method ecdsa encr_alg aes-gcm(128..192) dh_group x25519 "
	    "auth_alg sha512 additional_ke ml-kem-1024 }"));
	assert_int_equal(x.integ, IKE_INTEG_NONE);
	assert_int_equal(x.prf, IKE_PRF_HMAC_SHA512);
	assert_int_equal(x.key_min, 128);
	assert_int_equal(x.key_max, 192);
	assert_int_equal(x.addke[0], IKE_KE_ML_KEM_1024);
	assert_int_equal(x.addke[1], 0);
	/* without one, the one that all have */
	assert_true(read_one(&x,
	    "{ auth_method ecdsa encr_alg chacha20-poly1305 oakley_group 31 "
	    "}"));
	assert_int_equal(x.prf, IKE_PRF_HMAC_SHA256);
	assert_int_equal(x.key_min, 0);
}

static void
test_there_and_back(void **state)
{
	static const char *const text[] = {
		"{ auth_method rsa_sig oakley_group 15 encr_alg 3des-cbc "
		"auth_alg sha1 prf sha256 }",
		"{ auth_method ed448 oakley_group curve448 encr_alg "
		"aes-gcm-8(192) auth_alg none prf aes-xcbc additional_ke "
		"mlkem512 additional_ke mlkem1024 p1_lifetime_secs 100 }",
	};
	struct ikecfg_xform x;
	char buf[512];

	(void)state;
	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++) {
		struct wr w = wr_into(buf, sizeof(buf) - 1);

		assert_true(read_one(&x, text[i]));
		ikexform_print(&w, &x);
		buf[w.len] = '\0';
		assert_string_equal(buf, text[i]);
	}
}

static void
test_tokens(void **state)
{
	struct lex lx = lex_from("f", "a\n\n b", 5, FLAGS, NULL, NULL);
	struct lex_tok t = ikexform_next(&lx);

	(void)state;
	assert_true(lex_is(&t, "a"));
	t = ikexform_peek(&lx);
	assert_true(lex_is(&t, "b"));
	t = ikexform_next(&lx);
	assert_true(lex_is(&t, "b"));
	t = ikexform_next(&lx);
	assert_int_equal(t.kind, LEX_END);
	assert_false(read_one(&(struct ikecfg_xform){ 0 }, "{"));
	assert_false(read_one(&(struct ikecfg_xform){ 0 }, ""));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_tokens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
