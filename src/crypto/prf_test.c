/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/prf.h"

#include <stdlib.h>

#include "base/test.h"

#include "crypto/be/be.h"

static struct crypto *all, *plain, *none;

static const uint8_t seq[20] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13,
	14, 15, 16, 17, 18, 19 };

static const struct ikealg *
prf(unsigned id)
{
	return ikealg_by_id(IKEALG_PRF, id);
}

/* Known answers; the keys of the AES ones are 0, 1, ..., 15, 0xed, 0xcb. */
static const struct {
	uint8_t id;
	const char *key;
	size_t n_key;
	const char *msg;
	size_t n;
	const char *out;
} known[] = {
	/* RFC 4434 3 */
	{ IKE_PRF_AES_XCBC, NULL, 16, NULL, 20,
	    "\x47\xf5\x1b\x45\x64\x96\x62\x15\xb8\x98\x5c\x63\x05\x5e\xd3"
	    "\x08" },
	{ IKE_PRF_AES_XCBC, NULL, 10, NULL, 20,
	    "\x0f\xa0\x87\xaf\x7d\x86\x6e\x76\x53\x43\x4e\x60\x2f\xdd\xe8"
	    "\x35" },
	{ IKE_PRF_AES_XCBC, NULL, 18, NULL, 20,
	    "\x8c\xd3\xc9\x3a\xe5\x98\xa9\x80\x30\x06\xff\xb6\x7c\x40\xe9"
	    "\xe4" },
	/* RFC 4615 4 */
	{ IKE_PRF_AES_CMAC, NULL, 18, NULL, 20,
	    "\x84\xa3\x48\xa4\xa4\x5d\x23\x5b\xab\xff\xfc\x0d\x2b\x4d\xa0"
	    "\x9a" },
	{ IKE_PRF_AES_CMAC, NULL, 16, NULL, 20,
	    "\x98\x0a\xe8\x7b\x5f\x4c\x9c\x52\x14\xf5\xb6\xa8\x45\x5e\x4c"
	    "\x2d" },
	{ IKE_PRF_AES_CMAC, NULL, 10, NULL, 20,
	    "\x29\x0d\x9e\x11\x2e\xdb\x09\xee\x14\x1f\xcf\x64\xc0\xb7\x2f"
	    "\x3d" },
	/* RFC 2202 2 and 3, case 2; RFC 4231 4.3 */
	{ IKE_PRF_HMAC_MD5, "Jefe", 4, "what do ya want for nothing?", 28,
	    "\x75\x0c\x78\x3e\x6a\xb0\xb5\x03\xea\xa8\x6e\x31\x0a\x5d\xb7"
	    "\x38" },
	{ IKE_PRF_HMAC_SHA1, "Jefe", 4, "what do ya want for nothing?", 28,
	    "\xef\xfc\xdf\x6a\xe5\xeb\x2f\xa2\xd2\x74\x16\xd5\xf1\x84\xdf"
	    "\x9c\x25\x9a\x7c\x79" },
	{ IKE_PRF_HMAC_SHA256, "Jefe", 4, "what do ya want for nothing?", 28,
	    "\x5b\xdc\xc1\x46\xbf\x60\x75\x4e\x6a\x04\x24\x26\x08\x95\x75"
	    "\xc7\x5a\x00\x3f\x08\x9d\x27\x39\x83\x9d\xec\x58\xb9\x64\xec"
	    "\x38\x43" },
	{ IKE_PRF_HMAC_SHA384, "Jefe", 4, "what do ya want for nothing?", 28,
	    "\xaf\x45\xd2\xe3\x76\x48\x40\x31\x61\x7f\x78\xd2\xb5\x8a\x6b"
	    "\x1b\x9c\x7e\xf4\x64\xf5\xa0\x1b\x47\xe4\x2e\xc3\x73\x63\x22"
	    "\x44\x5e\x8e\x22\x40\xca\x5e\x69\xe2\xc7\x8b\x32\x39\xec\xfa"
	    "\xb2\x16\x49" },
	{ IKE_PRF_HMAC_SHA512, "Jefe", 4, "what do ya want for nothing?", 28,
	    "\x16\x4b\x7a\x7b\xfc\xf8\x19\xe2\xe3\x95\xfb\xe7\x3b\x56\xe0"
	    "\xa3\x87\xbd\x64\x22\x2e\x83\x1f\xd6\x10\x27\x0c\xd7\xea\x25"
	    "\x05\x54\x97\x58\xbf\x75\xc0\x5a\x99\x4a\x6d\x03\x4f\x65\xf8"
	    "\xf0\xe6\xfd\xca\xea\xb1\xa3\x4d\x4a\x6b\x4b\x63\x6e\x07\x0a"
	    "\x38\xbc\xe7\x37" },
};

static void
test_known(void **state)
{
	uint8_t aes[18], out[PRF_MAX];

	(void)state;
	memcpy(aes, seq, 16);
	aes[16] = 0xed;
	aes[17] = 0xcb;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		const uint8_t *key =
		    known[i].key != NULL ? (const void *)known[i].key : aes;
		const uint8_t *msg =
		    known[i].msg != NULL ? (const void *)known[i].msg : seq;
		const struct ikealg *a = prf(known[i].id);

		/* whole, and cut at every place */
		for (size_t cut = 0; cut <= known[i].n; cut++) {
			const struct mac_part part[2] = { { msg, cut },
				{ msg + cut, known[i].n - cut } };

			memset(out, 0xee, sizeof(out));
			assert_true(prf_sign(cut % 2 ? all : plain, a, key,
			    known[i].n_key, part, 2, out));
			assert_memory_equal(out, known[i].out, prf_len(a));
			for (size_t j = prf_len(a); j < sizeof(out); j++)
				assert_int_equal(out[j], 0xee);
		}
	}
}

/* Keys of every length work, and each bit of theirs counts. */
static void
test_key_lengths(void **state)
{
	static uint8_t key[600];
	const struct mac_part part = { seq, sizeof(seq) };
	uint8_t one[PRF_MAX], two[PRF_MAX];
	const struct ikealg *a;

	(void)state;
	for (size_t i = 0; (a = ikealg_row(i)) != NULL; i++) {
		if (a->type != IKEALG_PRF)
			continue;
		for (size_t n = 0; n <= sizeof(key); n += n < 140 ? 1 : 46) {
			memset(key, 0xaa, sizeof(key));
			assert_true(prf_sign(all, a, key, n, &part, 1, one));
			assert_true(prf_sign(plain, a, key, n, &part, 1, two));
			assert_memory_equal(one, two, prf_len(a));
			if (n == 0)
				continue;
			key[n - 1] ^= 1;
			assert_true(prf_sign(all, a, key, n, &part, 1, two));
			assert_memory_not_equal(one, two, prf_len(a));
		}
	}
}

/* RFC 7296 2.13, by its definition, for every length and all the PRFs. */
static void
test_plus(void **state)
{
	static uint8_t out[255 * PRF_MAX + 1];
	const struct mac_part seed[2] = { { seq, 7 }, { seq + 7, 13 } };
	const struct ikealg *a;

	(void)state;
	for (size_t i = 0; (a = ikealg_row(i)) != NULL; i++) {
		size_t size = a->type == IKEALG_PRF ? prf_len(a) : 0;
		uint8_t t[PRF_MAX], *want;

		if (size == 0)
			continue;
		want = calloc(255, size);
		assert_non_null(want);
		for (unsigned k = 1; k <= 255; k++) {
			uint8_t count = (uint8_t)k;
			const struct mac_part part[3] = { { t, k > 1 ? size
								     : 0 },
				{ seq, 20 }, { &count, 1 } };

			assert_true(prf_sign(plain, a, seq, 9, part, 3, t));
			memcpy(want + (k - 1) * size, t, size);
		}
		for (size_t n = 0; n <= 255 * size; n += n < 300 ? 1 : 997) {
			memset(out, 0xee, sizeof(out));
			assert_true(prf_plus(all, a, seq, 9, seed, 2, out, n));
			assert_memory_equal(out, want, n);
			assert_int_equal(out[n], 0xee);
		}
		assert_true(prf_plus(all, a, seq, 9, seed, 2, out, 255 * size));
		assert_memory_equal(out, want, 255 * size);
		/* RFC 7296 2.13: not beyond 255 blocks */
		assert_false(
		    prf_plus(all, a, seq, 9, seed, 2, out, 255 * size + 1));
		for (size_t n = 0; n <= 255 * size; n++)
			assert_int_equal(out[n], 0);
		free(want);
	}
}

static void
test_refused(void **state)
{
	const struct ikealg *a = prf(IKE_PRF_HMAC_SHA256);
	static const struct mac_part part[PRF_PARTS + 1];
	uint8_t out[PRF_MAX];

	(void)state;
	assert_true(prf_usable(all, a));
	assert_false(prf_usable(all, NULL));
	assert_false(prf_usable(none, a));
	/* "sha256" of the integrity transforms is not a PRF */
	assert_false(prf_usable(
	    all, ikealg_by_id(IKEALG_INTEG, IKE_INTEG_HMAC_SHA256_128)));
	memset(out, 0xee, sizeof(out));
	assert_false(prf_sign(none, a, seq, 4, part, 1, out));
	assert_int_equal(out[0], 0);
	assert_int_equal(out[31], 0);
	assert_int_equal(out[32], 0xee);
	assert_true(prf_sign(all, a, seq, 4, part, PRF_PARTS, out));
	assert_false(prf_sign(all, a, seq, 4, part, PRF_PARTS + 1, out));
	assert_true(prf_plus(all, a, seq, 4, part, PRF_PARTS - 2, out, 9));
	assert_false(prf_plus(all, a, seq, 4, part, PRF_PARTS - 1, out, 9));
	assert_false(prf_sign(all, a, seq, 65536, part, 1, out));
}

int
main(void)
{
	static const struct crypto_be *const no_be[] = { NULL };
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_key_lengths),
		cmocka_unit_test(test_plus),
		cmocka_unit_test(test_refused),
	};
	int failed;

	all = crypto_new(be_all, NULL, NULL);
	plain = crypto_new(be_ossl, NULL, NULL);
	none = crypto_new(no_be, NULL, NULL);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	crypto_free(all);
	crypto_free(plain);
	crypto_free(none);
	return failed;
}
