/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/aead.h"

#include <string.h>

#include "base/test.h"

#include "crypto/be/be.h"

static struct crypto *crypto;

static const struct alg *
encr(unsigned id)
{
	return alg_by_id(ALG_ENCR, id);
}

static const struct alg *
auth(unsigned id)
{
	return alg_by_id(ALG_AUTH, id);
}

static const uint8_t key[128] = { 1, 2, 3 };

/* What aead_new() says to this; the object is freed. */
static bool
takes(const struct alg *e, unsigned ebits, const struct alg *i, unsigned ibits)
{
	const struct aead_spec s = { e, i, key, ebits, key, ibits };
	struct aead *a = aead_new(crypto, &s);

	aead_free(a);
	return a != NULL;
}

static void
test_combinations(void **state)
{
	(void)state;
	assert_true(takes(encr(EALG_AES), 128, auth(AALG_SHA1HMAC), 160));
	assert_true(takes(encr(EALG_AES), 128, NULL, 0));
	assert_true(takes(encr(EALG_NULL), 0, auth(AALG_SHA1HMAC), 160));
	assert_true(takes(encr(EALG_AES_GCM_16), 192, NULL, 0));
	/* nothing at all (RFC 4303 3.2), a counter mode alone (RFC 3686 7) */
	assert_false(takes(encr(EALG_NULL), 0, NULL, 0));
	assert_false(takes(encr(EALG_AES_CTR), 128, NULL, 0));
	assert_true(takes(encr(EALG_AES_CTR), 128, auth(AALG_AES_XCBC), 128));
	/* two MACs; a MAC that wants its own IV; tables exchanged */
	assert_false(
	    takes(encr(EALG_AES_GCM_16), 128, auth(AALG_SHA1HMAC), 160));
	assert_false(takes(encr(EALG_AES), 128, auth(AALG_AES_GMAC), 128));
	assert_false(takes(auth(AALG_SHA1HMAC), 160, NULL, 0));
	assert_false(takes(encr(EALG_AES), 128, encr(EALG_AES), 128));
	assert_false(takes(NULL, 0, auth(AALG_SHA1HMAC), 160));
}

static void
test_key_lengths(void **state)
{
	const struct aead_spec no_key = { .encr = encr(EALG_AES),
		.ekey_bits = 128 };

	(void)state;
	assert_false(takes(encr(EALG_AES), 64, NULL, 0));
	assert_false(takes(encr(EALG_AES), 160, NULL, 0));
	assert_false(takes(encr(EALG_AES), 512, NULL, 0));
	assert_false(takes(encr(EALG_AES), 128, auth(AALG_SHA1HMAC), 128));
	assert_false(takes(encr(EALG_BLOWFISH), 456, NULL, 0));
	assert_true(takes(encr(EALG_BLOWFISH), 448, NULL, 0));
	assert_true(takes(encr(EALG_CAST), 40, NULL, 0));
	assert_null(aead_new(crypto, &no_key));
}

static void
expect_info(
    struct aead_spec s, unsigned iv, unsigned icv, unsigned align, bool counter)
{
	struct aead *a = aead_new(crypto, &s);
	const struct aead_info *i = aead_info(a);

	assert_int_equal(i->iv_len, iv);
	assert_int_equal(i->icv_len, icv);
	assert_int_equal(i->align, align);
	assert_int_equal(i->counter_iv, counter);
	aead_free(a);
}

static void
test_info(void **state)
{
	(void)state;
	expect_info((struct aead_spec){ encr(EALG_AES), auth(AALG_SHA256HMAC),
			key, 128, key, 256 },
	    16, 16, 16, false);
	expect_info((struct aead_spec){ encr(EALG_3DESCBC),
			auth(AALG_SHA512HMAC), key, 192, key, 512 },
	    8, 32, 8, false);
	expect_info((struct aead_spec){ encr(EALG_AES_GCM_12), NULL, key, 128,
			NULL, 0 },
	    8, 12, 4, true);
	expect_info((struct aead_spec){ encr(EALG_NULL), auth(AALG_MD5HMAC),
			NULL, 0, key, 128 },
	    0, 12, 4, false);
	expect_info(
	    (struct aead_spec){ encr(EALG_AES), NULL, key, 128, NULL, 0 }, 16,
	    0, 16, false);
}

/* RFC 7634 appendix A, whole: the packet lies in one piece, as it does in core. */
static void
test_rfc7634(void **state)
{
	static const uint8_t k[36] = { 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86,
		0x87, 0x88, 0x89, 0x8a, 0x8b, 0x8c, 0x8d, 0x8e, 0x8f, 0x90,
		0x91, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a,
		0x9b, 0x9c, 0x9d, 0x9e, 0x9f, 0xa0, 0xa1, 0xa2, 0xa3 };
	static const uint8_t head[16] = { 1, 2, 3, 4, 0, 0, 0, 5, 0x10, 0x11,
		0x12, 0x13, 0x14, 0x15, 0x16, 0x17 };
	static const uint8_t ping[] = "\x45\x00\x00\x54\xa6\xf2\x00\x00\x40\x01"
				      "\xe7\x78\xc6\x33\x64\x05\xc0\x00\x02\x05"
				      "\x08\x00\x5b\x7a\x3a\x08\x00\x00\x55\x3b"
				      "\xec\x10\x00\x07\x36\x27";
	static const uint8_t icv[16] = { 0x76, 0xaa, 0xa8, 0x26, 0x6b, 0x7f,
		0xb0, 0xf7, 0xb1, 0x1b, 0x36, 0x99, 0x07, 0xe1, 0xad, 0x43 };
	uint8_t p[16 + 88 + 16], text[88];
	struct aead *a =
	    aead_new(crypto, &(struct aead_spec){ encr(EALG_CHACHA20_POLY1305),
				 NULL, k, 256, NULL, 0 });
	struct aead_op op = { .key = a,
		.hdr = p,
		.iv = p + 8,
		.in = p + 16,
		.out = p + 16,
		.len = sizeof(text),
		.icv = p + 16 + 88 };

	(void)state;
	/* an ICMP echo whose data starts with a time, then counts */
	memcpy(p, head, sizeof(head));
	memcpy(text, ping, 36);
	for (size_t i = 36; i < 84; i++)
		text[i] = (uint8_t)(i - 36 + 8);
	memcpy(text + 84, "\x01\x02\x02\x04", 4);
	memcpy(p + 16, text, sizeof(text));
	aead_seal(&op, 1);
	assert_true(op.ok);
	assert_memory_equal(p, head, sizeof(head));
	assert_memory_equal(op.icv, icv, sizeof(icv));
	aead_open(&op, 1);
	assert_true(op.ok);
	assert_memory_equal(p + 16, text, sizeof(text));
	aead_free(a);
}

enum { MANY = 12, LEN = 64 };

/* Keys of different algorithms, and so of different backends, in one batch. */
static void
test_mixed_batch(void **state)
{
	static const unsigned ids[] = { EALG_AES_GCM_16, EALG_3DESCBC, EALG_AES,
		EALG_CHACHA20_POLY1305, EALG_AES_CCM_8, EALG_NULL };
	uint8_t p[MANY][8 + 16 + LEN + 32] = { { 0 } }, text[MANY][LEN];
	struct aead_op op[MANY];

	(void)state;
	for (size_t i = 0; i < MANY; i++) {
		const struct alg *e = encr(ids[i % 6]);
		bool alone = (e->flags & ALG_COMBINED) != 0;
		struct aead *a = aead_new(
		    crypto, &(struct aead_spec){ e,
				alone ? NULL : auth(AALG_SHA512HMAC), key,
				e->key_def, key, alone ? 0 : 512 });

		memset(text[i], (int)i, LEN);
		op[i] = (struct aead_op){ .key = a,
			.hdr = p[i],
			.iv = p[i] + 8,
			.in = text[i],
			.out = p[i] + 24,
			.len = LEN,
			.icv = p[i] + 24 + LEN };
	}
	aead_seal(op, MANY);
	for (size_t i = 0; i < MANY; i++) {
		assert_true(op[i].ok);
		op[i].in = op[i].out;
	}
	p[7][3] ^= 0x10; /* one SPI */
	aead_open(op, MANY);
	for (size_t i = 0; i < MANY; i++) {
		assert_int_equal(op[i].ok, i != 7);
		if (i != 7)
			assert_memory_equal(op[i].out, text[i], LEN);
		aead_free((struct aead *)(uintptr_t)op[i].key);
	}
	aead_seal(op, 0);
	aead_open(op, 0);
	aead_free(NULL);
}

/* More than a packet can hold is refused by every kind. */
static void
test_too_long(void **state)
{
	static const unsigned ids[] = { EALG_AES_GCM_16, EALG_AES,
		EALG_CHACHA20_POLY1305, EALG_AES_CCM_8, EALG_NULL,
		EALG_AES_GMAC };
	static uint8_t big[AEAD_PACKET_MAX + 64];
	uint8_t icv[64], head[8] = { 0 }, iv[16] = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		const struct alg *e = encr(ids[i]);
		bool alone = (e->flags & ALG_COMBINED) != 0;
		struct aead *a = aead_new(crypto,
		    &(struct aead_spec){ e, alone ? NULL : auth(AALG_SHA1HMAC),
			key, e->key_def, key, alone ? 0 : 160 });
		const struct aead_info *f = aead_info(a);
		size_t fits = AEAD_PACKET_MAX - 8u - f->iv_len - f->icv_len;
		struct aead_op op = { .key = a,
			.hdr = head,
			.iv = iv,
			.in = big,
			.out = big,
			.icv = icv };

		op.len = fits / f->align * f->align;
		aead_seal(&op, 1);
		assert_true(op.ok);
		aead_open(&op, 1);
		assert_true(op.ok);
		op.len += f->align;
		aead_seal(&op, 1);
		assert_false(op.ok);
		aead_open(&op, 1);
		assert_false(op.ok);
		op.len = SIZE_MAX;
		aead_seal(&op, 1);
		assert_false(op.ok);
		aead_free(a);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_combinations),
		cmocka_unit_test(test_key_lengths),
		cmocka_unit_test(test_info),
		cmocka_unit_test(test_rfc7634),
		cmocka_unit_test(test_mixed_batch),
		cmocka_unit_test(test_too_long),
	};
	int failed;

	crypto = crypto_new(be_all, NULL, NULL);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	crypto_free(crypto);
	return failed;
}
