/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/ke.h"

#include "base/test.h"

#include "crypto/backend.h"
#include "crypto/be/be.h"

static struct crypto *c, *none;

/* A generator that can be used up, or gives the same bytes all the time. */
struct odd {
	unsigned calls, most;
	uint8_t byte;
};

static bool
odd_fill(void *ctx, uint8_t *p, size_t n)
{
	struct odd *o = ctx;

	if (o->calls++ >= o->most)
		return false;
	memset(p, o->byte, n);
	return true;
}

/* Both ends know the same, and nothing else does. */
static void
agree(const struct ikealg *g)
{
	struct ke *i = ke_new(c, g, &crypto_rng), *j;
	struct ke_secret a, b;
	uint8_t value[KE_VALUE_MAX + 1];

	assert_non_null(i);
	assert_ptr_equal(ke_group(i), g);
	memset(value, 0xee, sizeof(value));
	assert_int_equal(
	    ke_respond(c, g, &crypto_rng, ke_value(i), g->len, value, &a),
	    KE_OK);
	assert_int_equal(value[g->len2], 0xee);
	assert_int_equal(ke_finish(i, value, g->len2, &b), KE_OK);
	assert_int_equal(a.n, g->secret_len);
	assert_int_equal(b.n, g->secret_len);
	assert_memory_equal(a.b, b.b, a.n);
	/* another private value each time */
	j = ke_new(c, g, &crypto_rng);
	assert_non_null(j);
	assert_memory_not_equal(ke_value(i), ke_value(j), g->len);
	assert_int_equal(
	    ke_respond(c, g, &crypto_rng, ke_value(j), g->len, value, &b),
	    KE_OK);
	assert_memory_not_equal(a.b, b.b, a.n);
	ke_free(i);
	ke_free(j);
	ke_secret_fini(&a);
	ke_secret_fini(&b);
	assert_int_equal(a.n, 0);
}

static void
test_agree(void **state)
{
	const struct ikealg *g;
	unsigned n = 0;

	(void)state;
	for (size_t i = 0; (g = ikealg_row(i)) != NULL; i++)
		if (g->type == IKEALG_KE && ke_usable(c, g)) {
			agree(g);
			n++;
		}
	/* ML-KEM depends on the library */
	assert_true(n == 16 || n == 19);
}

/* The length is exact; what is returned of a failure is empty. */
static void
test_length(void **state)
{
	static uint8_t peer[KE_VALUE_MAX + 2];
	const struct ikealg *g;
	uint8_t value[KE_VALUE_MAX];
	struct ke_secret s;

	(void)state;
	for (size_t i = 0; (g = ikealg_row(i)) != NULL; i++) {
		struct ke *ke =
		    g->type == IKEALG_KE ? ke_new(c, g, &crypto_rng) : NULL;
		const size_t at[] = { 0, 1, g->len2 - 1u, g->len2 + 1u };

		if (ke == NULL)
			continue;
		memcpy(peer, ke_value(ke), g->len);
		for (size_t k = 0; k < 4; k++) {
			memset(&s, 0xee, sizeof(s));
			assert_int_equal(
			    ke_finish(ke, peer, at[k], &s), KE_LENGTH);
			assert_int_equal(s.n, 0);
			assert_int_equal(s.b[0], 0);
		}
		memset(value, 0xee, sizeof(value));
		assert_int_equal(
		    ke_respond(c, g, &crypto_rng, peer, g->len + 1u, value, &s),
		    KE_LENGTH);
		assert_int_equal(value[0], 0);
		assert_int_equal(value[g->len2 - 1], 0);
		assert_int_equal(
		    ke_respond(c, g, &crypto_rng, peer, g->len - 1u, value, &s),
		    KE_LENGTH);
		ke_free(ke);
	}
}

/* RFC 6989: zeros, ones and all ones are of no group but the X ones. */
static void
test_invalid(void **state)
{
	static uint8_t peer[KE_VALUE_MAX];
	const struct ikealg *g;
	uint8_t value[KE_VALUE_MAX];
	struct ke_secret s;

	(void)state;
	for (size_t i = 0; (g = ikealg_row(i)) != NULL; i++) {
		if (g->type != IKEALG_KE || !ke_usable(c, g))
			continue;
		for (unsigned kind = 0; kind < 3; kind++) {
			memset(peer, kind == 2 ? 0xff : 0, g->len);
			peer[g->len - 1] |= (uint8_t)(kind == 1);
			/* zero is a valid, if silly, key of ML-KEM, and X25519
			   reduces what is above p */
			if (((g->flags & IKEALG_KEM) != 0 && kind < 2) ||
			    g->id == IKE_KE_CURVE25519 ||
			    g->id == IKE_KE_CURVE448)
				continue;
			memset(value, 0xee, sizeof(value));
			assert_int_equal(ke_respond(c, g, &crypto_rng, peer,
					     g->len, value, &s),
			    KE_INVALID);
			assert_int_equal(value[0], 0);
			assert_int_equal(s.n, 0);
		}
	}
	/* RFC 8031 2: the result would be all zeros */
	memset(peer, 0, sizeof(peer));
	for (unsigned id = IKE_KE_CURVE25519; id <= IKE_KE_CURVE448; id++) {
		g = ikealg_by_id(IKEALG_KE, id);
		for (peer[0] = 0; peer[0] < 2; peer[0]++)
			assert_int_equal(ke_respond(c, g, &crypto_rng, peer,
					     g->len, value, &s),
			    KE_INVALID);
	}
}

/* Values of private keys at the edges; random bytes that do not come. */
static void
test_random(void **state)
{
	const struct ikealg *p256 = ikealg_by_id(IKEALG_KE, IKE_KE_ECP_256);
	const struct ikealg *p521 = ikealg_by_id(IKEALG_KE, IKE_KE_ECP_521);
	const struct ikealg *modp = ikealg_by_id(IKEALG_KE, IKE_KE_MODP_2048);
	struct odd o = { .most = 0 };
	const struct rng rng = { .fill = odd_fill, .ctx = &o };
	uint8_t value[KE_VALUE_MAX];
	struct ke_secret s;
	struct ke *ke;

	(void)state;
	assert_null(ke_new(c, p256, &rng));
	assert_null(ke_new(c, modp, &rng));
	assert_int_equal(
	    ke_respond(c, p256, &rng, value, 64, value + 64, &s), KE_FAILED);
	/* zero is no scalar, and 2^256 - 1 is above the order: it gives up */
	o = (struct odd){ .most = 1000 };
	assert_null(ke_new(c, p256, &rng));
	assert_int_equal(o.calls, 64);
	o = (struct odd){ .most = 1000, .byte = 0xff };
	assert_null(ke_new(c, p256, &rng));
	o = (struct odd){ .most = 1000 };
	assert_null(ke_new(c, modp, &rng));
	/* 521 bits are taken of 528 */
	o = (struct odd){ .most = 1000, .byte = 0x11 };
	ke = ke_new(c, p521, &rng);
	assert_non_null(ke);
	assert_int_equal(o.calls, 1);
	ke_free(ke);
}

static void
test_unusable(void **state)
{
	const struct ikealg *g = ikealg_by_id(IKEALG_KE, IKE_KE_MODP_2048);
	uint8_t value[KE_VALUE_MAX];
	struct ke_secret s;

	(void)state;
	assert_false(ke_usable(c, NULL));
	assert_false(ke_usable(none, g));
	assert_null(ke_new(none, g, &crypto_rng));
	assert_int_equal(
	    ke_respond(none, g, &crypto_rng, value, 256, value, &s), KE_FAILED);
	for (unsigned id = 22; id <= 27; id++)
		assert_false(ke_usable(c, ikealg_by_id(IKEALG_KE, id)));
	assert_false(ke_usable(c, ikealg_by_id(IKEALG_KE, IKE_KE_NONE)));
	assert_false(
	    ke_usable(c, ikealg_by_id(IKEALG_PRF, IKE_PRF_HMAC_SHA256)));
	assert_null(ke_from(c, g, value, KE_OWN_MAX + 1));
	ke_free(NULL);
	for (int r = KE_OK; r <= KE_FAILED; r++)
		assert_true(strlen(ke_result_text((enum ke_result)r)) > 5);
	assert_string_equal(ke_result_text((enum ke_result)77), "?");
}

/* RFC 7748 6.1, by the same way that IKE takes. */
static void
test_rfc7748(void **state)
{
	static const uint8_t own[32] = { 0x77, 0x07, 0x6d, 0x0a, 0x73, 0x18,
		0xa5, 0x7d, 0x3c, 0x16, 0xc1, 0x72, 0x51, 0xb2, 0x66, 0x45,
		0xdf, 0x4c, 0x2f, 0x87, 0xeb, 0xc0, 0x99, 0x2a, 0xb1, 0x77,
		0xfb, 0xa5, 0x1d, 0xb9, 0x2c, 0x2a };
	static const uint8_t peer[32] = { 0xde, 0x9e, 0xdb, 0x7d, 0x7b, 0x7d,
		0xc1, 0xb4, 0xd3, 0x5b, 0x61, 0xc2, 0xec, 0xe4, 0x35, 0x37,
		0x3f, 0x83, 0x43, 0xc8, 0x5b, 0x78, 0x67, 0x4d, 0xad, 0xfc,
		0x7e, 0x14, 0x6f, 0x88, 0x2b, 0x4f };
	static const uint8_t want[32] = { 0x4a, 0x5d, 0x9d, 0x5b, 0xa4, 0xce,
		0x2d, 0xe1, 0x72, 0x8e, 0x3b, 0xf4, 0x80, 0x35, 0x0f, 0x25,
		0xe0, 0x7e, 0x21, 0xc9, 0x47, 0xd1, 0x9e, 0x33, 0x76, 0xf0,
		0x9b, 0x3c, 0x1e, 0x16, 0x17, 0x42 };
	struct ke *ke = ke_from(
	    c, ikealg_by_id(IKEALG_KE, IKE_KE_CURVE25519), own, sizeof(own));
	struct ke_secret s;

	(void)state;
	assert_non_null(ke);
	assert_int_equal(ke_finish(ke, peer, sizeof(peer), &s), KE_OK);
	assert_memory_equal(s.b, want, sizeof(want));
	ke_free(ke);
}

int
main(void)
{
	static const struct crypto_be *const no_be[] = { NULL };
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_agree),
		cmocka_unit_test(test_length),
		cmocka_unit_test(test_invalid),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_unusable),
		cmocka_unit_test(test_rfc7748),
	};
	int failed;

	c = crypto_new(be_all, NULL, NULL);
	none = crypto_new(no_be, NULL, NULL);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	crypto_free(c);
	crypto_free(none);
	return failed;
}
