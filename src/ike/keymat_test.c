/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/keymat.h"

#include "base/test.h"

#include "crypto/be/be.h"

static struct crypto *all;
static const uint8_t ni[32] = { 1, 2 }, nr[20] = { 3, 4 }, gir[32] = { 5, 6 };

static struct keymat
with(uint8_t id)
{
	return (struct keymat){ .crypto = all,
		.prf = ikealg_by_id(IKEALG_PRF, id),
		.ni = { ni, sizeof(ni) },
		.nr = { nr, sizeof(nr) } };
}

/* RFC 7296 2.14: keys in this order; test/vectors/ike_kdf.c has known answers. */
static void
test_order(void **state)
{
	struct keymat k = with(IKE_PRF_HMAC_SHA256);
	struct secret seed;
	struct keymat_ike s;
	uint8_t flat[4 * 32 + 2 * 36 + 32];
	struct mac_part p[3] = { { ni, 32 }, { nr, 20 } };
	uint8_t spis[16] = { 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2 };

	(void)state;
	p[2] = (struct mac_part){ spis, 16 };
	assert_true(keymat_seed(&k, (struct ike_view){ gir, 32 }, &seed));
	assert_int_equal(seed.bits, 256);
	assert_true(keymat_ike(&k, &seed, 1, 2, 16, 36, &s));
	assert_true(
	    prf_plus(all, k.prf, seed.b, 32, p, 3, flat, 96 + 2 * 16 + 2 * 36));
	assert_memory_equal(s.d.b, flat, 32);
	assert_memory_equal(s.ai.b, flat + 32, 16);
	assert_memory_equal(s.ar.b, flat + 48, 16);
	assert_memory_equal(s.ei.b, flat + 64, 36);
	assert_memory_equal(s.er.b, flat + 100, 36);
	assert_memory_equal(s.pi.b, flat + 136, 32);
	assert_memory_equal(s.pr.b, flat + 168, 32);
	assert_int_equal(s.ei.bits, 36 * 8);
	assert_int_equal(s.pr.bits, 256);
	keymat_ike_fini(&s);
	assert_int_equal(s.d.bits, 0);
}

/* RFC 7296 2.14: of XCBC and CMAC the key is 64 bits of each nonce. */
static void
test_short_nonces(void **state)
{
	static const uint8_t ids[] = { IKE_PRF_AES_XCBC, IKE_PRF_AES_CMAC };
	uint8_t key[16], other[32], want[16];
	struct mac_part p = { gir, sizeof(gir) };
	struct secret seed;

	(void)state;
	memcpy(key, ni, 8);
	memcpy(key + 8, nr, 8);
	memcpy(other, ni, sizeof(other));
	other[8] ^= 1; /* behind what counts */
	for (unsigned i = 0; i < 2; i++) {
		struct keymat k = with(ids[i]);

		assert_true(prf_sign(all, k.prf, key, 16, &p, 1, want));
		assert_true(
		    keymat_seed(&k, (struct ike_view){ gir, 32 }, &seed));
		assert_memory_equal(seed.b, want, 16);
		k.ni.p = other;
		assert_true(
		    keymat_seed(&k, (struct ike_view){ gir, 32 }, &seed));
		assert_memory_equal(seed.b, want, 16);
	}
	/* HMAC takes all of them */
	struct keymat k = with(IKE_PRF_HMAC_SHA1);
	struct secret a, b;

	assert_true(keymat_seed(&k, (struct ike_view){ gir, 32 }, &a));
	k.ni.p = other;
	assert_true(keymat_seed(&k, (struct ike_view){ gir, 32 }, &b));
	assert_memory_not_equal(a.b, b.b, 20);
}

/* RFC 7296 2.17: encryption before integrity, initiator to responder first. */
static void
test_child(void **state)
{
	struct keymat k = with(IKE_PRF_HMAC_SHA384);
	struct secret d = { .bits = 384, .b = { 7 } };
	struct keymat_dh dh = { .shared = { gir, 32 } };
	struct keymat_child s, t;
	struct mac_part plain[] = { { ni, 32 }, { nr, 20 } };
	struct mac_part pfs[] = { { gir, 32 }, { ni, 32 }, { nr, 20 } };
	uint8_t flat[2 * (36 + 32)];

	(void)state;
	assert_true(keymat_child(&k, &d, NULL, 36, 32, &s));
	assert_true(
	    prf_plus(all, k.prf, d.b, 48, plain, 2, flat, sizeof(flat)));
	assert_memory_equal(s.ei.b, flat, 36);
	assert_memory_equal(s.ai.b, flat + 36, 32);
	assert_memory_equal(s.er.b, flat + 68, 36);
	assert_memory_equal(s.ar.b, flat + 104, 32);
	assert_true(keymat_child(&k, &d, &dh, 36, 32, &t));
	assert_true(prf_plus(all, k.prf, d.b, 48, pfs, 3, flat, sizeof(flat)));
	assert_memory_equal(t.ei.b, flat, 36);
	assert_memory_equal(t.ar.b, flat + 104, 32);
	/* AH: no encryption; AEAD: no integrity */
	assert_true(keymat_child(&k, &d, NULL, 0, 32, &s));
	assert_int_equal(s.ei.bits, 0);
	assert_int_equal(s.ar.bits, 256);
	assert_true(keymat_child(&k, &d, NULL, 20, 0, &s));
	assert_int_equal(s.er.bits, 160);
	assert_int_equal(s.ai.bits, 0);
	keymat_child_fini(&s);
	assert_int_equal(s.er.bits, 0);
}

/* RFC 9370 2.2.4: SK(0) | Ni | Nr | SK(1) | ... | SK(n) */
static void
test_additional(void **state)
{
	struct keymat k = with(IKE_PRF_HMAC_SHA256);
	struct secret d = { .bits = 256, .b = { 7 } }, seed;
	static const uint8_t more[64] = { 8 };
	struct keymat_dh dh = { { gir, 32 }, { more, 64 } };
	struct mac_part p[] = { { gir, 32 }, { ni, 32 }, { nr, 20 },
		{ more, 64 } };
	struct keymat_child s;
	uint8_t want[64];

	(void)state;
	assert_true(keymat_reseed(&k, k.prf, &d, &dh, &seed));
	assert_true(prf_sign(all, k.prf, d.b, 32, p, 4, want));
	assert_memory_equal(seed.b, want, 32);
	assert_true(keymat_child(&k, &d, &dh, 32, 0, &s));
	assert_true(prf_plus(all, k.prf, d.b, 32, p, 4, want, 64));
	assert_memory_equal(s.er.b, want + 32, 32);
	/* 2.2.2: prf(SK_d(n-1), SK(n) | Ni | Nr) */
	dh.more.n = 0;
	assert_true(keymat_reseed(&k, k.prf, &d, &dh, &seed));
	assert_true(prf_sign(all, k.prf, d.b, 32, p, 3, want));
	assert_memory_equal(seed.b, want, 32);
}

/* RFC 7296 2.18: the old SA's prf and SK_d, whatever the new prf is. */
static void
test_rekey(void **state)
{
	struct keymat k = with(IKE_PRF_HMAC_SHA512);
	const struct ikealg *old = ikealg_by_id(IKEALG_PRF, IKE_PRF_AES_CMAC);
	struct secret d = { .bits = 128, .b = { 7 } }, seed;
	struct keymat_dh dh = { .shared = { gir, 32 } };
	struct mac_part p[] = { { gir, 32 }, { ni, 32 }, { nr, 20 } };
	uint8_t want[16];

	(void)state;
	assert_true(keymat_reseed(&k, old, &d, &dh, &seed));
	assert_int_equal(seed.bits, 128);
	assert_true(prf_sign(all, old, d.b, 16, p, 3, want));
	assert_memory_equal(seed.b, want, 16);
}

static void
test_resume(void **state)
{
	struct keymat k = with(IKE_PRF_HMAC_SHA256);
	struct secret d = { .bits = 256, .b = { 7 } }, seed;
	struct mac_part p[] = { { (const uint8_t *)"Resumption", 10 },
		{ ni, 32 }, { nr, 20 } };
	uint8_t want[32];

	(void)state;
	assert_true(keymat_resume(&k, &d, &seed));
	assert_true(prf_sign(all, k.prf, d.b, 32, p, 3, want));
	assert_memory_equal(seed.b, want, 32);
}

/* RFC 8784 3: only SK_d, SK_pi and SK_pr change. */
static void
test_ppk(void **state)
{
	struct keymat k = with(IKE_PRF_HMAC_SHA256);
	struct secret seed = { .bits = 256, .b = { 9 } };
	struct keymat_ike a, b;
	static const uint8_t ppk[32] = { 0x42 };
	uint8_t want[32];
	struct mac_part p;

	(void)state;
	assert_true(keymat_ike(&k, &seed, 1, 2, 32, 32, &a));
	b = a;
	assert_true(keymat_ppk(&k, (struct ike_view){ ppk, 32 }, &b));
	assert_memory_equal(a.ai.b, b.ai.b, 32);
	assert_memory_equal(a.er.b, b.er.b, 32);
	p = (struct mac_part){ a.d.b, 32 };
	assert_true(prf_plus(all, k.prf, ppk, 32, &p, 1, want, 32));
	assert_memory_equal(b.d.b, want, 32);
	p.p = a.pi.b;
	assert_true(prf_plus(all, k.prf, ppk, 32, &p, 1, want, 32));
	assert_memory_equal(b.pi.b, want, 32);
	p.p = a.pr.b;
	assert_true(prf_plus(all, k.prf, ppk, 32, &p, 1, want, 32));
	assert_memory_equal(b.pr.b, want, 32);
	/* none at all is no key: nothing is left to go on with */
	assert_false(keymat_ppk(&k, (struct ike_view){ ppk, 0 }, &b));
	assert_int_equal(b.d.bits, 0);
}

static void
test_shared_auth(void **state)
{
	struct keymat k = with(IKE_PRF_HMAC_SHA256);
	static const uint8_t msk[64] = { 1 }, octets[100] = { 2 };
	struct mac_part pad = { (const uint8_t *)"Key Pad for IKEv2", 17 };
	struct mac_part o = { octets, sizeof(octets) };
	uint8_t key[32], want[32], got[32];

	(void)state;
	assert_true(prf_sign(all, k.prf, msk, 64, &pad, 1, key));
	assert_true(prf_sign(all, k.prf, key, 32, &o, 1, want));
	assert_true(keymat_shared_auth(&k, (struct ike_view){ msk, 64 },
	    (struct ike_view){ octets, 100 }, got));
	assert_memory_equal(got, want, 32);
}

/* What cannot be computed leaves no key behind. */
static void
test_refusals(void **state)
{
	struct keymat k = with(IKE_PRF_HMAC_SHA256);
	struct secret seed = { .bits = 256, .b = { 9 } }, d;
	struct keymat_ike s;
	struct keymat_child c;
	uint8_t auth[PRF_MAX] = { 1 };

	(void)state;
	assert_false(keymat_ike(&k, &seed, 1, 2, 32, SECRET_MAX + 1, &s));
	assert_int_equal(s.d.bits, 0);
	assert_int_equal(s.d.b[0], 0);
	k.crypto =
	    crypto_new((const struct crypto_be *const[]){ NULL }, NULL, NULL);
	assert_false(keymat_seed(&k, (struct ike_view){ gir, 32 }, &d));
	assert_int_equal(d.bits, 0);
	assert_false(keymat_ike(&k, &seed, 1, 2, 32, 32, &s));
	assert_false(keymat_child(&k, &seed, NULL, 32, 32, &c));
	assert_false(keymat_shared_auth(&k, (struct ike_view){ gir, 32 },
	    (struct ike_view){ ni, 4 }, auth));
	assert_int_equal(auth[0], 0);
	crypto_free((struct crypto *)(uintptr_t)k.crypto);
}

static int
setup(void **state)
{
	(void)state;
	all = crypto_new(be_all, NULL, NULL);
	return all == NULL;
}

static int
teardown(void **state)
{
	(void)state;
	crypto_free(all);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_short_nonces),
		cmocka_unit_test(test_child),
		cmocka_unit_test(test_additional),
		cmocka_unit_test(test_rekey),
		cmocka_unit_test(test_resume),
		cmocka_unit_test(test_ppk),
		cmocka_unit_test(test_shared_auth),
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
