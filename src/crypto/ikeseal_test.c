/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/ikeseal.h"

#include "base/test.h"

#include "crypto/aead.h"
#include "crypto/be/be.h"

static struct crypto *all, *plain, *none;

static bool
no_fill(void *ctx, uint8_t *p, size_t n)
{
	(void)ctx;
	(void)p;
	(void)n;
	return false;
}

static const struct rng no_rng = { .fill = no_fill };

static const struct ikealg *
row(unsigned type, const char *name)
{
	const struct ikealg *a = ikealg_by_name(type, name, strlen(name));

	assert_non_null(a);
	return a;
}

/* Keys that differ in each byte. */
static void
make(struct ikeseal *s, const struct crypto *c, const struct ikealg *e,
    unsigned keylen, const struct ikealg *i)
{
	uint8_t sk_e[64], sk_a[64];

	for (unsigned k = 0; k < 64; k++) {
		sk_e[k] = (uint8_t)(k * 7 + 1);
		sk_a[k] = (uint8_t)(k * 5 + 2);
	}
	assert_true(ikeseal_init(s, c, e, keylen, i, sk_e, sk_a));
}

/* RFC 7634 appendix B, a whole message. */
static void
test_rfc7634(void **state)
{
	static const uint8_t msg[69] = { 0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5,
		0xc6, 0xc7, 0xd0, 0xd1, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7,
		0x2e, 0x20, 0x25, 0x00, 0x00, 0x00, 0x00, 0x09, 0x00, 0x00,
		0x00, 0x45, 0x29, 0x00, 0x00, 0x29, 0x10, 0x11, 0x12, 0x13,
		0x14, 0x15, 0x16, 0x17, 0x61, 0x03, 0x94, 0x70, 0x1f, 0x8d,
		0x01, 0x7f, 0x7c, 0x12, 0x92, 0x48, 0x89, 0x6b, 0x71, 0xbf,
		0xe2, 0x52, 0x36, 0xef, 0xd7, 0xcd, 0xc6, 0x70, 0x66, 0x90,
		0x63, 0x15, 0xb2 };
	static const uint8_t text[12] = { 0, 0, 0, 12, 0, 0, 0x40, 1, 0, 0, 0,
		10 };
	uint8_t key[36], out[69], back[69];
	struct ikeseal s;
	size_t n;

	(void)state;
	for (unsigned i = 0; i < 32; i++)
		key[i] = (uint8_t)(0x80 + i);
	for (unsigned i = 0; i < 4; i++)
		key[32 + i] = (uint8_t)(0xa0 + i);
	assert_true(ikeseal_init(&s, all, row(IKEALG_ENCR, "chacha20-poly1305"),
	    0, NULL, key, NULL));
	s.next_iv = 0x1011121314151617;
	assert_int_equal(ikeseal_size(&s, sizeof(text)), 37);
	memcpy(out, msg, 32);
	assert_true(ikeseal_seal(&s, &no_rng, out, 32, text, sizeof(text)));
	assert_memory_equal(out, msg, sizeof(msg));
	assert_true(ikeseal_open(&s, msg, 32, sizeof(msg), back, &n));
	assert_int_equal(n, sizeof(text));
	assert_memory_equal(back, text, n);
	ikeseal_fini(&s);
}

/* Seal, open with another backend, turn each bit and cut everywhere. */
static void
round_trip(const struct ikealg *e, unsigned keylen, const struct ikealg *i)
{
	static uint8_t text[80], msg[300], out[300];
	const size_t aad = 32;
	struct ikeseal s, o;
	size_t n, size;

	make(&s, all, e, keylen, i);
	make(&o, plain, e, keylen, i);
	for (size_t len = 0; len <= sizeof(text); len++) {
		memset(text, (int)len, len);
		memset(msg, 0x55, sizeof(msg));
		size = aad + ikeseal_size(&s, len);
		assert_true(ikeseal_seal(&s, &crypto_rng, msg, aad, text, len));
		assert_int_equal(msg[aad - 1], 0x55);
		assert_int_equal(msg[size], 0x55);
		memset(out, 0xee, sizeof(out));
		assert_true(ikeseal_open(&o, msg, aad, size, out, &n));
		assert_int_equal(n, len);
		assert_memory_equal(out, text, len);
		for (size_t k = size - aad; k < sizeof(out); k++)
			assert_int_equal(out[k], 0xee);
		if (len % 16 != 3)
			continue;
		for (size_t k = 0; k < size; k++) {
			msg[k] ^= (uint8_t)(1 << k % 8);
			assert_false(ikeseal_open(&o, msg, aad, size, out, &n));
			assert_int_equal(n, 0);
			assert_int_equal(out[0], 0);
			msg[k] ^= (uint8_t)(1 << k % 8);
		}
		for (size_t k = 0; k < size; k++)
			assert_false(ikeseal_open(&o, msg, aad, k, out, &n));
		assert_false(ikeseal_open(&o, msg, aad, size + 1, out, &n));
		assert_true(ikeseal_open(&o, msg, aad, size, out, &n));
		/* the headers count, also one byte more or less of them */
		assert_false(
		    ikeseal_open(&o, msg + 1, aad - 1, size - 1, out, &n));
	}
	ikeseal_fini(&s);
	ikeseal_fini(&o);
}

static void
test_round_trip(void **state)
{
	const struct ikealg *e, *i;
	unsigned pairs = 0;

	(void)state;
	for (size_t k = 0; (e = ikealg_row(k)) != NULL; k++)
		for (size_t m = 0; (i = ikealg_row(m)) != NULL; m++)
			for (unsigned bits = e->key_min; bits <= e->key_max;
			     bits += e->key_incr != 0 ? e->key_incr : 1u) {
				unsigned keylen =
				    (e->flags & IKEALG_KEYLEN) != 0 ? bits : 0;

				if (i->type != IKEALG_INTEG ||
				    !ikeseal_usable(all, e, keylen, i))
					continue;
				round_trip(e, keylen, i);
				pairs++;
			}
	/* GCM and CCM, ChaCha20, and ten ciphers with seven MACs */
	assert_int_equal(pairs, 6 * 3 + 1 + 10 * 7);
}

/* What may go together, and what may not (RFC 7296 3.3, RFC 5282 8). */
static void
test_usable(void **state)
{
	const struct ikealg *gcm = row(IKEALG_ENCR, "aes-gcm-16");
	const struct ikealg *cbc = row(IKEALG_ENCR, "aes-cbc");
	const struct ikealg *sha = row(IKEALG_INTEG, "sha256");
	const struct ikealg *no = row(IKEALG_INTEG, "none");
	const struct ikealg *prf = row(IKEALG_PRF, "sha256");
	static const uint8_t key[64];
	struct ikeseal s;

	(void)state;
	assert_true(ikeseal_usable(all, gcm, 256, NULL));
	assert_true(ikeseal_usable(all, gcm, 256, no));
	assert_false(ikeseal_usable(all, gcm, 256, sha));
	assert_false(ikeseal_usable(all, gcm, 0, NULL));
	assert_false(ikeseal_usable(all, gcm, 100, NULL));
	assert_true(ikeseal_usable(all, cbc, 128, sha));
	assert_false(ikeseal_usable(all, cbc, 128, NULL));
	assert_false(ikeseal_usable(all, cbc, 128, no));
	assert_false(ikeseal_usable(all, cbc, 128, prf));
	assert_false(ikeseal_usable(all, NULL, 128, sha));
	assert_false(ikeseal_usable(all, sha, 0, sha));
	assert_false(ikeseal_usable(none, cbc, 128, sha));
	assert_false(ikeseal_usable(none, gcm, 128, NULL));
	assert_false(
	    ikeseal_usable(all, cbc, 128, row(IKEALG_INTEG, "aes-128-gmac")));
	for (size_t i = 0; i < 5; i++) {
		static const char *const only_esp[] = { "null", "des", "cast",
			"blowfish", "aes-gmac" };
		const struct ikealg *e = row(IKEALG_ENCR, only_esp[i]);

		assert_false(ikeseal_usable(all, e, 0, sha));
		assert_false(ikeseal_usable(all, e, 128, sha));
		assert_false(ikeseal_usable(all, e, 128, NULL));
	}
	assert_false(ikeseal_init(&s, all, gcm, 100, NULL, key, key));
	assert_null(s.encr);
}

static void
test_sizes(void **state)
{
	static const struct {
		const char *e, *i;
		unsigned keylen;
		size_t n, size;
	} rows[] = {
		{ "aes-gcm-16", "none", 128, 0, 8 + 1 + 16 },
		{ "aes-gcm-8", "none", 128, 20, 8 + 21 + 8 },
		{ "aes-ccm-12", "none", 256, 20, 8 + 21 + 12 },
		{ "aes-cbc", "sha256", 256, 15, 16 + 16 + 16 },
		{ "aes-cbc", "sha256", 256, 16, 16 + 32 + 16 },
		{ "aes-cbc", "sha1", 256, 0, 16 + 16 + 12 },
		{ "aes-ctr", "sha512", 256, 16, 8 + 17 + 32 },
		{ "3des", "md5", 0, 7, 8 + 8 + 12 },
		{ "3des", "md5", 0, 8, 8 + 16 + 12 },
	};
	struct ikeseal s;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		make(&s, all, row(IKEALG_ENCR, rows[i].e), rows[i].keylen,
		    row(IKEALG_INTEG, rows[i].i));
		assert_int_equal(ikeseal_size(&s, rows[i].n), rows[i].size);
		for (size_t room = 0; room < 200; room++) {
			size_t n = ikeseal_fits(&s, room);

			if (n == SIZE_MAX) {
				assert_true(ikeseal_size(&s, 0) > room);
				continue;
			}
			assert_true(ikeseal_size(&s, n) <= room);
			assert_true(ikeseal_size(&s, n + 1) > room);
		}
		ikeseal_fini(&s);
	}
}

/* IVs of counter modes never repeat; those of CBC come from the generator. */
static void
test_ivs(void **state)
{
	uint8_t msg[4][100] = { 0 }, text[5] = "12345";
	struct ikeseal s;

	(void)state;
	make(&s, all, row(IKEALG_ENCR, "aes-gcm-16"), 256, NULL);
	for (size_t i = 0; i < 4; i++)
		assert_true(
		    ikeseal_seal(&s, &no_rng, msg[i], 32, text, sizeof(text)));
	for (size_t i = 1; i < 4; i++)
		assert_memory_not_equal(msg[i - 1] + 32, msg[i] + 32, 8);
	s.next_iv = UINT64_MAX - 1;
	assert_true(ikeseal_seal(&s, &no_rng, msg[0], 32, text, 5));
	assert_false(ikeseal_seal(&s, &no_rng, msg[0], 32, text, 5));
	ikeseal_fini(&s);
	make(&s, all, row(IKEALG_ENCR, "aes-cbc"), 256,
	    row(IKEALG_INTEG, "sha256"));
	assert_false(ikeseal_seal(&s, &no_rng, msg[0], 32, text, 5));
	assert_true(ikeseal_seal(&s, &crypto_rng, msg[0], 32, text, 5));
	assert_true(ikeseal_seal(&s, &crypto_rng, msg[1], 32, text, 5));
	assert_memory_not_equal(msg[0] + 32, msg[1] + 32, 16);
	ikeseal_fini(&s);
}

/* A message of AES-CBC and HMAC-SHA1 whose last byte before the ICV is pad. */
static size_t
with_pad(
    const struct ikeseal *s, uint8_t *msg, size_t aad, size_t len, uint8_t pad)
{
	const struct aead_spec spec = { .encr = alg_by_id(ALG_ENCR, EALG_AES),
		.integ = alg_by_id(ALG_AUTH, AALG_SHA1HMAC),
		.ekey = s->ekey.b,
		.ekey_bits = s->bits,
		.akey = s->akey.b,
		.akey_bits = 160 };
	struct aead *a = aead_new(all, &spec);
	uint8_t *iv = msg + aad, *ct = iv + 16;
	struct aead_op op = { .key = a,
		.hdr = msg,
		.iv = iv,
		.in = ct,
		.out = ct,
		.len = len,
		.icv = ct + len };

	/* eight bytes of header are what ESP has, too */
	assert_int_equal(aad, 8);
	memset(msg, 1, aad + 16 + len);
	ct[len - 1] = pad;
	aead_seal(&op, 1);
	assert_true(op.ok);
	aead_free(a);
	return aad + 16 + len + 12;
}

/* RFC 7296 3.14: any padding is taken; one that is longer than all is not. */
static void
test_padding(void **state)
{
	uint8_t msg[400], out[400];
	struct ikeseal s;
	size_t n, size;

	(void)state;
	make(&s, all, row(IKEALG_ENCR, "aes-cbc"), 128,
	    row(IKEALG_INTEG, "sha1"));
	for (size_t len = 16; len <= 272; len += 16)
		for (unsigned pad = 0; pad <= 255; pad++) {
			size = with_pad(&s, msg, 8, len, (uint8_t)pad);
			assert_int_equal(
			    ikeseal_open(&s, msg, 8, size, out, &n), pad < len);
			assert_int_equal(n, pad < len ? len - 1 - pad : 0);
		}
	ikeseal_fini(&s);
}

static void
test_limits(void **state)
{
	static uint8_t msg[70000], text[70000], out[70000];
	struct ikeseal s;
	size_t n, most;

	(void)state;
	make(&s, all, row(IKEALG_ENCR, "aes-cbc"), 128,
	    row(IKEALG_INTEG, "sha256"));
	most = ikeseal_fits(&s, 65535 - 32);
	assert_true(ikeseal_seal(&s, &crypto_rng, msg, 32, text, most));
	assert_true(
	    ikeseal_open(&s, msg, 32, 32 + ikeseal_size(&s, most), out, &n));
	assert_int_equal(n, most);
	assert_false(ikeseal_seal(&s, &crypto_rng, msg, 32, text, most + 1));
	assert_false(ikeseal_seal(&s, &crypto_rng, msg, 65536, text, 1));
	assert_false(ikeseal_seal(&s, &crypto_rng, msg, 32, text, SIZE_MAX));
	assert_false(ikeseal_open(&s, msg, 32, 65536, out, &n));
	assert_false(ikeseal_open(&s, msg, 33, 32, out, &n));
	ikeseal_fini(&s);
	/* wiped: it opens nothing */
	assert_false(ikeseal_open(&s, msg, 32, 200, out, &n));
	assert_false(ikeseal_seal(&s, &crypto_rng, msg, 32, text, 1));
}

int
main(void)
{
	static const struct crypto_be *const no_be[] = { NULL };
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rfc7634),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_usable),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_ivs),
		cmocka_unit_test(test_padding),
		cmocka_unit_test(test_limits),
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
