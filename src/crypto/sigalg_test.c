/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/sigalg.h"

#include "base/test.h"

/* RFC 7427 appendix A and RFC 8420 appendix A, as they stand there. */
static const struct {
	struct sigalg a;
	size_t n;
	const char *der, *name;
} known[] = {
	{ { SIGALG_RSA, IKE_HASH_SHA1, 0, false }, 15,
	    "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05\x05\x00",
	    "RSA with SHA1" },
	{ { SIGALG_RSA, IKE_HASH_SHA256, 0, false }, 15,
	    "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\x00",
	    "RSA with SHA2-256" },
	{ { SIGALG_RSA, IKE_HASH_SHA384, 0, false }, 15,
	    "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c\x05\x00",
	    "RSA with SHA2-384" },
	{ { SIGALG_RSA, IKE_HASH_SHA512, 0, false }, 15,
	    "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d\x05\x00",
	    "RSA with SHA2-512" },
	{ { SIGALG_ECDSA, IKE_HASH_SHA1, 0, false }, 11,
	    "\x30\x09\x06\x07\x2a\x86\x48\xce\x3d\x04\x01", "ECDSA with SHA1" },
	{ { SIGALG_ECDSA, IKE_HASH_SHA256, 0, false }, 12,
	    "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02",
	    "ECDSA with SHA2-256" },
	{ { SIGALG_ECDSA, IKE_HASH_SHA384, 0, false }, 12,
	    "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03",
	    "ECDSA with SHA2-384" },
	{ { SIGALG_ECDSA, IKE_HASH_SHA512, 0, false }, 12,
	    "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x04",
	    "ECDSA with SHA2-512" },
	{ { SIGALG_PSS, IKE_HASH_SHA1, 20, false }, 15,
	    "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a\x30\x00",
	    "RSA-PSS with SHA1" },
	{ { SIGALG_PSS, IKE_HASH_SHA256, 32, false }, 67,
	    "\x30\x41\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a\x30\x34"
	    "\xa0\x0f\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01"
	    "\x05\x00\xa1\x1c\x30\x1a\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01"
	    "\x01\x08\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01"
	    "\x05\x00\xa2\x03\x02\x01\x20",
	    "RSA-PSS with SHA2-256" },
	{ { SIGALG_ED25519, IKE_HASH_IDENTITY, 0, false }, 7,
	    "\x30\x05\x06\x03\x2b\x65\x70", "Ed25519" },
	{ { SIGALG_ED448, IKE_HASH_IDENTITY, 0, false }, 7,
	    "\x30\x05\x06\x03\x2b\x65\x71", "Ed448" },
};

static bool
parse(struct sigalg *a, const char *der, size_t n)
{
	return sigalg_parse(a, (const void *)der, n);
}

static void
test_known(void **state)
{
	uint8_t out[SIGALG_DER];
	char text[SIGALG_TEXT];
	struct sigalg a;

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct wr w = wr_into(out, sizeof(out));

		sigalg_write(&w, &known[i].a);
		assert_false(w.bad);
		assert_int_equal(w.len, known[i].n);
		assert_memory_equal(out, known[i].der, known[i].n);
		assert_true(parse(&a, known[i].der, known[i].n));
		assert_int_equal(a.kind, known[i].a.kind);
		assert_int_equal(a.hash, known[i].a.hash);
		assert_int_equal(a.salt, known[i].a.salt);
		assert_string_equal(sigalg_print(text, &a), known[i].name);
		/* cut, with something behind it, and with a byte changed */
		for (size_t n = 0; n < known[i].n; n++)
			assert_false(parse(&a, known[i].der, n));
		memcpy(out, known[i].der, known[i].n);
		out[known[i].n] = 0;
		assert_false(sigalg_parse(&a, out, known[i].n + 1));
		for (size_t n = 0; n < 4; n++) {
			out[n] ^= 0x80;
			assert_false(sigalg_parse(&a, out, known[i].n));
			out[n] ^= 0x80;
		}
	}
}

/* RFC 4055 3.1: what others send that says the same, and what says another. */
static void
test_forms(void **state)
{
	/* SHA-256 and MGF1 without NULLs, and the trailer although it is 1 */
	static const char short_pss[] =
	    "\x30\x42\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a\x30\x35"
	    "\xa0\x0d\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01"
	    "\xa1\x1a\x30\x18\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08"
	    "\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01"
	    "\xa2\x03\x02\x01\x20\xa3\x03\x02\x01\x01";
	static const char rsa_bare[] =
	    "\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b";
	/* DSA with SHA-256 */
	static const char dsa[] =
	    "\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x03\x02";
	char b[sizeof(short_pss)];
	struct sigalg a;

	(void)state;
	assert_true(parse(&a, short_pss, sizeof(short_pss) - 1));
	assert_int_equal(a.kind, SIGALG_PSS);
	assert_int_equal(a.hash, IKE_HASH_SHA256);
	assert_int_equal(a.salt, 32);
	memcpy(b, short_pss, sizeof(b));
	b[sizeof(b) - 2] = 2; /* trailer */
	assert_false(parse(&a, b, sizeof(b) - 1));
	memcpy(b, short_pss, sizeof(b));
	b[57] = 2; /* MGF1 with SHA-384 */
	assert_false(parse(&a, b, sizeof(b) - 1));
	memcpy(b, short_pss, sizeof(b));
	b[62] = 65; /* salt */
	assert_false(parse(&a, b, sizeof(b) - 1));
	b[62] = 64;
	assert_true(parse(&a, b, sizeof(b) - 1));
	assert_int_equal(a.salt, 64);
	assert_true(parse(&a, rsa_bare, sizeof(rsa_bare) - 1));
	assert_int_equal(a.hash, IKE_HASH_SHA256);
	assert_false(parse(&a, dsa, sizeof(dsa) - 1));
}

static void
test_words(void **state)
{
	struct sigalg a = {
		.kind = SIGALG_PSS, .hash = IKE_HASH_SHA256, .salt = 65
	};
	uint8_t out[SIGALG_DER];
	struct wr w = wr_into(out, sizeof(out));
	char text[SIGALG_TEXT];

	(void)state;
	sigalg_write(&w, &a);
	assert_true(w.bad);
	w = wr_into(out, sizeof(out));
	a = (struct sigalg){ .kind = SIGALG_RSA, .hash = 77 };
	sigalg_write(&w, &a);
	assert_true(w.bad);
	for (size_t cap = 0; cap < 67; cap++) {
		w = wr_into(out, cap);
		sigalg_write(&w, &known[9].a);
		assert_true(w.bad);
	}
	assert_string_equal(sigalg_hash_name(IKE_HASH_SHA384), "SHA2-384");
	assert_string_equal(sigalg_hash_name(77), "?");
	assert_string_equal(sigalg_hash_name(IKE_HASH_IDENTITY), "no hash");
	assert_int_equal(sigalg_hash_len(IKE_HASH_SHA512), 64);
	assert_int_equal(sigalg_hash_len(IKE_HASH_IDENTITY), 0);
	a.kind = (enum sigalg_kind)9;
	assert_string_equal(sigalg_print(text, &a), "?");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
