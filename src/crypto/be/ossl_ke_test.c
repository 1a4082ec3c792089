/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/test.h"

#include "crypto/be/ossl.h"

static void *st;

/* Each group of the table that may be used is there, once. */
static void
test_claims(void **state)
{
	const struct ikealg *g;

	(void)state;
	for (size_t i = 0; (g = ikealg_row(i)) != NULL; i++)
		if (g->type == IKEALG_KE)
			assert_int_equal(ossl_ke.claims(st, g),
			    g->len != 0 && ((g->flags & IKEALG_KEM) == 0 ||
					       ossl_has_ml_kem(st)));
}

/* The order of P-256 is no private value of it; one less is. */
static void
test_scalar(void **state)
{
	static const uint8_t order[32] = { 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6,
		0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2,
		0xfc, 0x63, 0x25, 0x51 };
	const struct ikealg *g = ikealg_by_id(IKEALG_KE, IKE_KE_ECP_256);
	uint8_t own[32], value[64], secret[32], one[32] = { [31] = 1 };
	uint8_t base[64];

	(void)state;
	memcpy(own, order, 32);
	assert_int_equal(ossl_ke.value(st, g, own, 32, value), KE_INVALID);
	own[31]--;
	assert_int_equal(ossl_ke.value(st, g, own, 32, value), KE_OK);
	assert_int_equal(ossl_ke.value(st, g, one, 32, base), KE_OK);
	/* -G has the x of G and another y */
	assert_memory_equal(base, value, 32);
	assert_memory_not_equal(base + 32, value + 32, 32);
	assert_int_equal(ossl_ke.shared(st, g, one, 32, value, secret), KE_OK);
	assert_memory_equal(secret, value, 32);
	/* a bit off the curve */
	value[63] ^= 1;
	assert_int_equal(
	    ossl_ke.shared(st, g, one, 32, value, secret), KE_INVALID);
	/* coordinates that are reduced by nobody: p + x does not fit, p does */
	memset(value, 0xff, 64);
	assert_int_equal(
	    ossl_ke.shared(st, g, one, 32, value, secret), KE_INVALID);
}

/* Curves are made once, and more than there is room for is refused. */
static void
test_curves(void **state)
{
	const EC_GROUP *g = ossl_curve(st, NID_X9_62_prime256v1);

	(void)state;
	assert_non_null(g);
	assert_ptr_equal(ossl_curve(st, NID_X9_62_prime256v1), g);
	assert_null(ossl_curve(st, NID_sha256));
	assert_null(ossl_curve(st, NID_sha256));
	assert_non_null(ossl_curve(st, NID_secp384r1));
	assert_ptr_equal(ossl_curve(st, NID_X9_62_prime256v1), g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_claims),
		cmocka_unit_test(test_scalar),
		cmocka_unit_test(test_curves),
	};
	int failed;

	st = ossl_backend.init(&(struct say){ NULL, NULL });
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	ossl_backend.fini(st);
	return failed;
}
