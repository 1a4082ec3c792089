/* SPDX-License-Identifier: BSD-2-Clause */
/* Proposals and algorithm lists byte by byte, as spec: pfkey 5 has them. */
#include "wire/pfkey_bytes_test.h"

static struct pfkey_msg m;

static void
expect_lifetimes(const struct lifetime *soft, const struct lifetime *hard)
{
	assert_int_equal(soft->allocs, 1);
	assert_int_equal(hard->allocs, 2);
	assert_int_equal(soft->bytes, 3);
	assert_int_equal(hard->bytes, 4);
	assert_int_equal(soft->addtime, 24000);
	assert_int_equal(hard->addtime, 28800);
	assert_int_equal(soft->usetime, 7);
	assert_int_equal(hard->usetime, 8);
}

#define LIVES \
	H32(1), H32(2), H64(3), H64(4), H64(24000), H64(28800), H64(7), H64(8)

static void
reads_proposal(void **state)
{
	(void)state;
	/* one combination of 72 bytes */
	SAME(&m, BASE(6, 12), H16(10), H16(13), 64, 0, H16(0), 5, 20, H16(6),
	    H16(256), H16(257), H16(128), H16(192), 32, 0, 0, 0, LIVES);
	assert_int_equal(m.prop_replay, 64);
	assert_int_equal(m.n_combs, 1);
	assert_int_equal(m.comb[0].auth, 5);
	assert_int_equal(m.comb[0].encr, 20);
	assert_int_equal(m.comb[0].flags, 6);
	assert_int_equal(m.comb[0].auth_min, 256);
	assert_int_equal(m.comb[0].auth_max, 257);
	assert_int_equal(m.comb[0].encr_min, 128);
	assert_int_equal(m.comb[0].encr_max, 192);
	assert_int_equal(m.comb[0].salt_bits, 32);
	expect_lifetimes(&m.comb[0].soft, &m.comb[0].hard);
	/* part of a combination */
	DIAG_OF(BAD_EXTLEN, BASE(6, 4), H16(2), H16(13), 64, 0, H16(0), 5, 20,
	    H16(6), H32(0));
	DIAG_OF(NO_EXT, BASE(6, 4), H16(1), H16(13), H32(64), H16(1), H16(13),
	    H32(64));
}

static void
reads_extended_proposal(void **state)
{
	(void)state;
	/* 64 bytes, then the descriptors; then a combination without any */
	SAME(&m, BASE(6, 22), H16(20), H16(18), 32, 0, H16(2), 3, 0, H16(6),
	    H32(0), LIVES, 2, 1, 5, 0, H16(256), H16(256), 3, 1, 7, 0, H16(512),
	    H16(512), 3, 2, 20, 32, H16(128), H16(256), 0, 0, H16(0), H32(0),
	    LIVES);
	assert_int_equal(m.eprop_replay, 32);
	assert_int_equal(m.n_ecombs, 2);
	const struct pfkey_ecomb *c = &m.ecomb[0];
	assert_int_equal(c->flags, 6);
	assert_int_equal(c->n, 3);
	expect_lifetimes(&c->soft, &c->hard);
	assert_int_equal(c->desc[0].satype, SATYPE_AH);
	assert_int_equal(c->desc[0].type, PFKEY_ALGTYPE_AUTH);
	assert_int_equal(c->desc[0].alg, 5);
	assert_int_equal(c->desc[2].satype, SATYPE_ESP);
	assert_int_equal(c->desc[2].type, PFKEY_ALGTYPE_CRYPT);
	assert_int_equal(c->desc[2].alg, 20);
	assert_int_equal(c->desc[2].salt_bits, 32);
	assert_int_equal(c->desc[2].min, 128);
	assert_int_equal(c->desc[2].max, 256);
	assert_int_equal(m.ecomb[1].n, 0);
	expect_lifetimes(&m.ecomb[1].soft, &m.ecomb[1].hard);
}

static void
refuses_bad_extended_proposals(void **state)
{
	(void)state;
	/* says two combinations, has one; says none, has one */
	DIAG_OF(BAD_EXTLEN, BASE(6, 11), H16(9), H16(18), 32, 0, H16(2), 0, 0,
	    H16(6), H32(0), LIVES);
	DIAG_OF(BAD_EXTLEN, BASE(6, 11), H16(9), H16(18), 32, 0, H16(0), 0, 0,
	    H16(6), H32(0), LIVES);
	/* more descriptors than there are; more than anybody needs */
	DIAG_OF(BAD_EXTLEN, BASE(6, 11), H16(9), H16(18), 32, 0, H16(1), 1, 0,
	    H16(6), H32(0), LIVES);
	DIAG_OF(BAD_EXTLEN, BASE(6, 11), H16(9), H16(18), 32, 0, H16(1), 255, 0,
	    H16(6), H32(0), LIVES);
	DIAG_OF(BAD_EXTLEN, BASE(6, 3), H16(1), H16(18), 32, 0, H16(65535));
}

static void
reads_algorithms(void **state)
{
	const struct pfkey_algs *list[] = { &m.sauth, &m.sencr };

	(void)state;
	for (uint8_t t = 14; t <= 15; t++) {
		const struct pfkey_algs *l = list[t - 14];

		SAME(&m, BASE(7, 5), H16(3), H16(t), H32(0), 20, 8, H16(128),
		    H16(256), 64, 32, 3, 0, H16(160), H16(160), 0, 0);
		assert_int_equal(l->n, 2);
		assert_int_equal(l->alg[0].id, 20);
		assert_int_equal(l->alg[0].ivlen, 8);
		assert_int_equal(l->alg[0].min, 128);
		assert_int_equal(l->alg[0].max, 256);
		assert_int_equal(l->alg[0].incr, 64);
		assert_int_equal(l->alg[0].salt_bits, 32);
		assert_int_equal(l->alg[1].id, 3);
	}
	SAME(&m, BASE(7, 3), H16(1), H16(14), H32(0));
	assert_int_equal(m.sauth.n, 0);
}

/* As many rows as there is room for are read; one more is a mistake. */
static void
limits_rows(void **state)
{
	static uint8_t msg[PFKEY_MAX];
	struct wr w;

	(void)state;
	for (unsigned more = 0; more < 2; more++) {
		unsigned n = PFKEY_MAX_ALGS + more;
		const uint8_t head[] = { BASE(7, 3 + n), H16(1 + n), H16(14),
			H32(0) };

		w = wr_into(msg, sizeof(msg));
		wr_bytes(&w, head, sizeof(head));
		for (unsigned i = 0; i < n; i++)
			wr_h64(&w, i);
		if (more == 0)
			expect_same(&m, msg, w.len);
		else
			expect_diag(msg, w.len, PFKEY_DIAG_BAD_EXTLEN);

		n = PFKEY_MAX_COMBS + more;
		const uint8_t prop[] = { BASE(6, 3 + 9 * n), H16(1 + 9 * n),
			H16(13), H32(0) };
		w = wr_into(msg, sizeof(msg));
		wr_bytes(&w, prop, sizeof(prop));
		wr_zero(&w, n * 72);
		if (more == 0)
			expect_same(&m, msg, w.len);
		else
			expect_diag(msg, w.len, PFKEY_DIAG_BAD_EXTLEN);
	}
}

static void
refuses_to_write_too_many(void **state)
{
	static uint8_t buf[PFKEY_MAX];
	struct wr w = wr_into(buf, sizeof(buf));

	(void)state;
	m = (struct pfkey_msg){ .has = UINT64_C(1) << PFKEY_EXT_PROPOSAL,
		.n_combs = PFKEY_MAX_COMBS + 1 };
	assert_false(pfkey_write(&w, &m));
	m = (struct pfkey_msg){ .has = UINT64_C(1) << PFKEY_EXT_EPROP,
		.n_ecombs = 1,
		.ecomb[0].n = PFKEY_MAX_DESCS + 1 };
	w = wr_into(buf, sizeof(buf));
	assert_false(pfkey_write(&w, &m));
	m = (struct pfkey_msg){ .has = UINT64_C(1) << PFKEY_EXT_SUPPORTED_AUTH,
		.sauth.n = PFKEY_MAX_ALGS + 1 };
	w = wr_into(buf, sizeof(buf));
	assert_false(pfkey_write(&w, &m));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_proposal),
		cmocka_unit_test(reads_extended_proposal),
		cmocka_unit_test(refuses_bad_extended_proposals),
		cmocka_unit_test(reads_algorithms),
		cmocka_unit_test(limits_rows),
		cmocka_unit_test(refuses_to_write_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
