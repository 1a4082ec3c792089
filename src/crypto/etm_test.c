/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/etm.h"

#include "base/test.h"

#include "crypto/solo_fix_test.h"

/* A cipher that adds one, and a MAC that remembers what it was given. */
static size_t crypted, dropped, live, given;
static uint8_t seen[64];
static size_t seen_len;
static bool cipher_ok, mac_ok, expand_ok = true;

static bool
fake_crypt(const struct cipher_way *w, void *x, bool enc, const uint8_t *iv,
    const uint8_t *in, uint8_t *out, size_t len)
{
	(void)w;
	(void)iv;
	assert_string_equal(x, "cipher");
	crypted++;
	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)(in[i] + (enc ? 1 : -1));
	return cipher_ok;
}

static bool
fake_sign(const struct mac_way *w, void *x, uint8_t *icv, const uint8_t *iv,
    const struct mac_part *part, size_t n)
{
	(void)w;
	(void)iv;
	assert_string_equal(x, "mac");
	seen_len = 0;
	given = n;
	for (size_t i = 0; i < n; i++) {
		memcpy(seen + seen_len, part[i].p, part[i].n);
		seen_len += part[i].n;
	}
	memset(icv, (int)seen_len, 12);
	return mac_ok;
}

static bool
cipher_expand(const struct way *w, void *x, const struct aead_spec *s)
{
	(void)w;
	(void)s;
	memcpy(x, "cipher", 7);
	live++;
	return true;
}

static bool
mac_expand(const struct way *w, void *x, const struct aead_spec *s)
{
	(void)w;
	(void)s;
	memcpy(x, "mac", 4);
	live += expand_ok;
	return expand_ok;
}

static void
release(const struct way *w, void *x)
{
	(void)w;
	(void)x;
	live--;
}

static void
drop(struct way *w)
{
	(void)w;
	dropped++;
}

static struct solo
make(bool with_cipher, bool with_mac)
{
	const struct aead_spec s = {
		.encr =
		    alg_by_id(ALG_ENCR, with_cipher ? EALG_DESCBC : EALG_NULL),
		.integ = with_mac ? alg_by_id(ALG_AUTH, AALG_MD5HMAC) : NULL,
	};
	struct cipher_way c = { .way = { .expand = cipher_expand,
				    .release = release,
				    .drop = drop,
				    .size = 7 },
		.crypt = fake_crypt };
	struct mac_way m = { .way = { .expand = mac_expand,
				 .release = release,
				 .drop = drop,
				 .size = 4 },
		.sign = fake_sign };
	struct solo o = { 0 };

	cipher_ok = mac_ok = true;
	crypted = dropped = 0;
	assert_true(etm_join(
	    &s, with_cipher ? &c : NULL, with_mac ? &m : NULL, &o.aead));
	o.x = way_new(&o.way, &s);
	return o;
}

/* RFC 4303 3.3.2.1: what is under the MAC, in which order. */
static void
test_order(void **state)
{
	static const uint8_t hdr[8] = "HEADERxx", iv[8] = "IVIVIVIV";
	static const uint8_t text[8] = "abcdefgh";
	struct solo a = make(true, true);
	uint8_t out[8], icv[12];
	struct aead_op op = { .hdr = hdr,
		.iv = iv,
		.in = text,
		.out = out,
		.len = 8,
		.icv = icv,
		.seq_hi = 0x41424344 };

	(void)state;
	solo_run(&a, &op, 1, true);
	assert_true(op.ok);
	assert_int_equal(seen_len, 24);
	assert_memory_equal(seen, "HEADERxxIVIVIVIVbcdefghi", 24);
	op.esn = true;
	solo_run(&a, &op, 1, true);
	assert_true(op.ok);
	assert_int_equal(seen_len, 28);
	assert_memory_equal(seen, "HEADERxxIVIVIVIVbcdefghiABCD", 28);
	op.in = out;
	solo_run(&a, &op, 1, false);
	assert_true(op.ok);
	assert_memory_equal(seen, "HEADERxxIVIVIVIVbcdefghiABCD", 28);
	assert_memory_equal(out, text, 8);
	solo_free(&a);
	assert_int_equal(dropped, 2);
	assert_int_equal(live, 0);
}

/* In one piece when it is so in memory. */
static void
test_pieces(void **state)
{
	uint8_t p[8 + 8 + 8 + 12] = { 0 };
	struct solo a = make(true, true);
	struct aead_op op = { .hdr = p,
		.iv = p + 8,
		.in = p + 16,
		.out = p + 16,
		.len = 8,
		.icv = p + 24 };

	(void)state;
	solo_run(&a, &op, 1, true);
	assert_int_equal(given, 1);
	op.esn = true;
	solo_run(&a, &op, 1, true);
	assert_int_equal(given, 2);
	solo_free(&a);
}

/* A wrong ICV: nothing is deciphered (RFC 4303 3.4.4.1). */
static void
test_integrity_first(void **state)
{
	uint8_t p[8 + 8 + 8 + 12] = { 0 };
	struct solo a = make(true, true);
	struct aead_op op = { .hdr = p,
		.iv = p + 8,
		.in = p + 16,
		.out = p + 16,
		.len = 8,
		.icv = p + 24 };

	(void)state;
	solo_run(&a, &op, 1, true);
	crypted = 0;
	for (size_t bit = 0; bit < 12 * 8; bit++) {
		op.icv[bit / 8] ^= (uint8_t)(1u << (bit % 8));
		solo_run(&a, &op, 1, false);
		assert_false(op.ok);
		op.icv[bit / 8] ^= (uint8_t)(1u << (bit % 8));
	}
	assert_int_equal(crypted, 0);
	solo_run(&a, &op, 1, false);
	assert_true(op.ok);
	assert_int_equal(crypted, 1);
	solo_free(&a);
}

static void
test_backend_fails(void **state)
{
	uint8_t p[64] = { 0 };
	struct solo a = make(true, true);
	struct aead_op op = { .hdr = p,
		.iv = p + 8,
		.in = p + 16,
		.out = p + 16,
		.len = 8,
		.icv = p + 24 };

	(void)state;
	solo_run(&a, &op, 1, true);
	cipher_ok = false;
	solo_run(&a, &op, 1, false);
	assert_false(op.ok);
	solo_run(&a, &op, 1, true);
	assert_false(op.ok);
	cipher_ok = true;
	mac_ok = false;
	solo_run(&a, &op, 1, true);
	assert_false(op.ok);
	solo_run(&a, &op, 1, false);
	assert_false(op.ok);
	solo_free(&a);
}

static void
test_halves(void **state)
{
	static const uint8_t text[8] = "abcdefgh";
	uint8_t p[64] = { 0 }, out[8] = { 0 };
	struct solo a = make(false, true);
	struct aead_op op = { .hdr = p,
		.iv = p + 8,
		.in = text,
		.out = out,
		.len = 8,
		.icv = p + 24 };

	(void)state;
	solo_run(&a, &op, 1, true);
	assert_true(op.ok);
	assert_memory_equal(out, text, 8);
	op.in = out;
	solo_run(&a, &op, 1, false);
	assert_true(op.ok);
	solo_free(&a);
	assert_int_equal(dropped, 1);
	assert_int_equal(live, 0);
	a = make(true, false);
	solo_run(&a, &op, 1, false);
	assert_true(op.ok);
	assert_memory_equal(out, "`abcdefg", 8);
	solo_free(&a);
}

/* One half of a key alone: nothing is left. */
static void
test_expand_fails(void **state)
{
	struct solo a;

	(void)state;
	expand_ok = false;
	a = make(true, true);
	assert_null(a.x);
	assert_int_equal(live, 0);
	solo_free(&a);
	assert_int_equal(dropped, 2);
	expand_ok = true;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_integrity_first),
		cmocka_unit_test(test_backend_fails),
		cmocka_unit_test(test_halves),
		cmocka_unit_test(test_expand_fails),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
