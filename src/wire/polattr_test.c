/* SPDX-License-Identifier: BSD-2-Clause */
#include "wire/polattr.h"

#include <errno.h>

#include "base/test.h"

struct attr {
	uint32_t tag, v;
};

#define END                     \
	{                       \
		SPD_ATTR_END, 0 \
	}
#define NEXT                     \
	{                        \
		SPD_ATTR_NEXT, 0 \
	}
#define TYPE(v)                  \
	{                        \
		SPD_ATTR_TYPE, v \
	}
#define FLAGS(v)                  \
	{                         \
		SPD_ATTR_FLAGS, v \
	}
#define T(tag, v)                 \
	{                         \
		SPD_ATTR_##tag, v \
	}

typedef int read_fn(struct pfpolicy_msg *m, uint16_t *diag, struct rd *r);

/* m is initialised by the caller: its type decides how algorithms look. */
static int
read_attrs(read_fn *f, struct pfpolicy_msg *m, uint16_t *diag, uint16_t count,
    const struct attr *a, size_t n)
{
	uint8_t b[4096];
	struct wr w = wr_into(b, sizeof(b));
	struct rd r;

	wr_h16(&w, count);
	wr_h16(&w, 0);
	for (size_t i = 0; i < n; i++) {
		wr_h32(&w, a[i].tag);
		wr_h32(&w, a[i].v);
	}
	assert_false(w.bad);
	r = rd_from(b, w.len);
	return f(m, diag, &r);
}

#define MAX 14

static const struct {
	uint16_t count, diag;
	struct attr a[MAX];
	unsigned n;
} mistakes[] = {
	{ 1, PFPOLICY_DIAG_ADD_WRONG_ACT_COUNT, { { 0 } }, 0 },
	{ 1, PFPOLICY_DIAG_ADD_WRONG_ACT_COUNT, { TYPE(ACT_PASS) }, 1 },
	{ 0, PFPOLICY_DIAG_ADD_WRONG_ACT_COUNT, { TYPE(ACT_PASS), END }, 2 },
	{ 2, PFPOLICY_DIAG_ADD_WRONG_ACT_COUNT, { TYPE(ACT_PASS), END }, 2 },
	{ 1, PFPOLICY_DIAG_ADD_WRONG_ACT_COUNT,
	    { TYPE(ACT_PASS), NEXT, TYPE(ACT_DROP), END }, 4 },
	{ 1, PFPOLICY_DIAG_ADD_BAD_TYPE, { END }, 1 },
	{ 1, PFPOLICY_DIAG_ADD_BAD_TYPE, { TYPE(0), END }, 2 },
	{ 1, PFPOLICY_DIAG_ADD_BAD_TYPE, { TYPE(4), END }, 2 },
	{ 1, PFPOLICY_DIAG_ADD_BAD_TYPE, { TYPE(0x102), END }, 2 },
	{ 1, PFPOLICY_DIAG_ADD_BAD_FLAGS, { TYPE(3), FLAGS(8), END }, 3 },
	{ 1, PFPOLICY_DIAG_ADD_BAD_FLAGS, { TYPE(3), FLAGS(0x80), END }, 3 },
	{ 1, PFPOLICY_DIAG_ADD_BAD_FLAGS, { TYPE(3), FLAGS(0x102), END }, 3 },
	{ 1, PFPOLICY_DIAG_UNSUPP_AH_ALG, { TYPE(3), T(AH_AUTH, 0) }, 2 },
	{ 1, PFPOLICY_DIAG_UNSUPP_AH_ALG, { TYPE(3), T(AH_AUTH, 256) }, 2 },
	{ 1, PFPOLICY_DIAG_UNSUPP_ESP_ENCR_ALG, { T(ESP_ENCR, 0) }, 1 },
	{ 1, PFPOLICY_DIAG_UNSUPP_ESP_AUTH_ALG, { T(ESP_AUTH, 0) }, 1 },
	{ 1, PFPOLICY_DIAG_UNSUPP_AH_KEYSIZE, { T(AH_MAXBITS, 65536) }, 1 },
	{ 1, PFPOLICY_DIAG_UNSUPP_ESP_ENCR_KEYSIZE, { T(ENCR_MINBITS, 65536) },
	    1 },
	{ 1, PFPOLICY_DIAG_UNSUPP_ESP_AUTH_KEYSIZE, { T(ESPA_MINBITS, 65536) },
	    1 },
	/* a tag of the other table, an unknown one */
	{ 1, PFPOLICY_DIAG_MALFORMED_ACTION, { T(ALG_ID, 3) }, 1 },
	{ 1, PFPOLICY_DIAG_MALFORMED_ACTION, { { 4711, 0 } }, 1 },
	/* something behind END */
	{ 1, PFPOLICY_DIAG_MALFORMED_ACTION, { TYPE(2), END, END }, 3 },
};

static void
test_action_mistakes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		struct pfpolicy_msg m = { .type = SPD_ADDRULE };
		uint16_t diag = 0;

		assert_int_equal(
		    read_attrs(polattr_read_actions, &m, &diag,
			mistakes[i].count, mistakes[i].a, mistakes[i].n),
		    EINVAL);
		assert_int_equal(diag, mistakes[i].diag);
		pfpolicy_fini(&m);
	}
}

/* Half an attribute is not one. */
static void
test_cut(void **state)
{
	uint8_t b[32] = { 0 };

	(void)state;
	for (size_t n = 0; n < sizeof(b); n++) {
		struct pfpolicy_msg m = { .type = SPD_ADDRULE };
		struct rd r = rd_from(b, n);
		uint16_t diag = 0;

		assert_int_equal(polattr_read_actions(&m, &diag, &r), EINVAL);
		r = rd_from(b, n);
		assert_int_equal(polattr_read_algs(&m, &diag, &r), EINVAL);
	}
}

/*
 * Values carry over to the next alternative unless EMPTY forgets them; what the
 * flags do not ask for is not kept; lifetimes are accepted and ignored.
 */
static void
test_carry_over(void **state)
{
	static const struct attr a[] = { T(NOP, 9), TYPE(ACT_IPSEC),
		FLAGS(ACT_AH | ACT_ESP), T(AH_AUTH, 3), T(ESP_ENCR, 12),
		T(ENCR_MINBITS, 128), T(ENCR_MAXBITS, 256),
		T(LIFE_HARD_TIME, 28800), T(REPLAY_DEPTH, 32), NEXT,
		FLAGS(ACT_ESP), T(ESP_ENCR, 3), NEXT, T(EMPTY, 0),
		TYPE(ACT_PASS), END };
	struct pfpolicy_msg m = { .type = SPD_ADDRULE };
	uint16_t diag = 0;

	(void)state;
	assert_int_equal(read_attrs(polattr_read_actions, &m, &diag, 3, a,
			     sizeof(a) / sizeof(a[0])),
	    0);
	assert_int_equal(m.rule.actions[0].ah_alg, 3);
	assert_int_equal(m.rule.actions[0].esp_max, 256);
	assert_int_equal(m.rule.actions[1].type, ACT_IPSEC);
	assert_int_equal(m.rule.actions[1].ah_alg, 0);
	assert_int_equal(m.rule.actions[1].esp_alg, 3);
	assert_int_equal(m.rule.actions[1].esp_min, 128);
	assert_int_equal(m.rule.actions[2].type, ACT_PASS);
	assert_int_equal(m.rule.actions[2].flags, 0);
	assert_int_equal(m.rule.actions[2].esp_min, 0);
	pfpolicy_fini(&m);
}

/* spec: policy 16: these are accepted and do nothing. */
static void
test_ignored(void **state)
{
	static const struct attr a[] = { TYPE(ACT_IPSEC), FLAGS(ACT_ESP),
		T(ESP_ENCR, 12), T(LIFE_SOFT_TIME, 1), T(LIFE_HARD_TIME, 2),
		T(LIFE_SOFT_BYTES, 3), T(LIFE_HARD_BYTES, 4), T(KM_PROTO, 5),
		T(KM_COOKIE, 6), T(REPLAY_DEPTH, 7), END };
	const struct action want = {
		.type = ACT_IPSEC, .flags = ACT_ESP, .esp_alg = 12
	};
	struct pfpolicy_msg m = { .type = SPD_ADDRULE };
	uint16_t diag = 0;

	(void)state;
	assert_int_equal(read_attrs(polattr_read_actions, &m, &diag, 1, a,
			     sizeof(a) / sizeof(a[0])),
	    0);
	assert_int_equal(m.rule.n_actions, 1);
	assert_true(action_equal(&m.rule.actions[0], &want));
	pfpolicy_fini(&m);
}

static void
test_too_many_actions(void **state)
{
	static uint8_t b[16 + (RULE_MAX_ACTIONS + 1) * 16];
	struct pfpolicy_msg m = { .type = SPD_ADDRULE };
	struct wr w = wr_into(b, sizeof(b));
	struct rd r;
	uint16_t diag = 0;

	(void)state;
	wr_h16(&w, RULE_MAX_ACTIONS + 1);
	wr_h16(&w, 0);
	for (unsigned i = 0; i <= RULE_MAX_ACTIONS; i++) {
		wr_h32(&w, SPD_ATTR_TYPE);
		wr_h32(&w, ACT_PASS);
		wr_h32(
		    &w, i == RULE_MAX_ACTIONS ? SPD_ATTR_END : SPD_ATTR_NEXT);
		wr_h32(&w, 0);
	}
	r = rd_from(b, w.len);
	assert_int_equal(polattr_read_actions(&m, &diag, &r), EINVAL);
	assert_int_equal(diag, PFPOLICY_DIAG_ADD_WRONG_ACT_COUNT);
	pfpolicy_fini(&m);
}

/* The three rows that the tests of algorithm tables use. */
static struct pfpolicy_msg
algs(uint8_t type)
{
	struct pfpolicy_msg m = { .type = type,
		.has = 1u << SPD_EXT_ACTION,
		.n_algs = 3,
		.alg = { { .table = ALG_AUTH,
			     .id = AALG_SHA1HMAC,
			     .uses = ACT_AH | ACT_ESPA,
			     .flags = ALG_VALID,
			     .key_min = 160,
			     .key_max = 160,
			     .key_def = 160 },
		    { .table = ALG_AUTH,
			.id = AALG_AES_GMAC,
			.uses = ACT_AH,
			.flags = ALG_VALID,
			.key_min = 128,
			.key_max = 256,
			.key_def = 128,
			.key_incr = 64 },
		    { .table = ALG_ENCR,
			.id = EALG_AES,
			.uses = ACT_ESP,
			.flags = ALG_VALID,
			.key_min = 128,
			.key_max = 256,
			.key_def = 128,
			.key_incr = 64 } } };

	if (type != SPD_ALGLIST)
		for (unsigned i = 0; i < m.n_algs; i++) {
			m.alg[i].uses = 0;
			struct pfpolicy_alg *a = &m.alg[i];

			a->keys =
			    (struct pfpolicy_sizes){ a->key_incr != 0 ? 3 : 1,
				    { a->key_def, a->key_min, a->key_max } };
			if (a->key_incr == 0) /* all or nothing */
				a->keys.v[1] = a->keys.v[2] = 0;
			a->blocks = (struct pfpolicy_sizes){ 2, { 16, 8 } };
			a->params = (struct pfpolicy_sizes){ 3,
				{ (uint16_t)(16 + i), 12, 4 } };
			memcpy(m.alg[i].mech, "CKM_X", 5);
		}
	return m;
}

static void
test_alg_round_trip(void **state)
{
	static const uint8_t types[] = { SPD_ALGLIST, SPD_DUMPALGS,
		SPD_UPDATEALGS };

	(void)state;
	for (unsigned t = 0; t < 3; t++) {
		struct pfpolicy_msg m = algs(types[t]), back;
		uint8_t b[4096];
		struct wr w = wr_into(b, sizeof(b));
		uint16_t diag;

		m.async_encr = true;
		assert_true(pfpolicy_write(&w, &m));
		assert_int_equal(pfpolicy_parse(&back, &diag, b, w.len), 0);
		assert_int_equal(back.n_algs, 3);
		assert_memory_equal(back.alg, m.alg, sizeof(m.alg));
		assert_int_equal(back.async_auth, false);
		assert_int_equal(back.async_encr, types[t] != SPD_ALGLIST);
		pfpolicy_fini(&back);
	}
}

/* AH and ESP authentication are two groups of one row; the count says four. */
static void
test_alglist_bytes(void **state)
{
	struct pfpolicy_msg m = algs(SPD_ALGLIST);
	uint8_t b[4096];
	struct wr w = wr_into(b, sizeof(b));
	struct rd r;

	(void)state;
	polattr_write_algs(&w, &m);
	r = rd_from(b, w.len);
	assert_int_equal(rd_h16(&r), 4);
	rd_skip(&r, 2);
	assert_int_equal(rd_h32(&r), SPD_ATTR_AH_AUTH);
	assert_int_equal(rd_h32(&r), AALG_SHA1HMAC);
	rd_skip(&r, 5 * 8);
	assert_int_equal(rd_h32(&r), SPD_ATTR_NEXT);
	rd_skip(&r, 4);
	assert_int_equal(rd_h32(&r), SPD_ATTR_ESP_AUTH);
	assert_int_equal(w.len, 4 + 4 * 7 * 8);
}

/* The tags of one group are those of its use, in this order. */
static void
test_alglist_tags(void **state)
{
	static const uint32_t want[4][6] = {
		{ SPD_ATTR_AH_AUTH, SPD_ATTR_AH_MINBITS, SPD_ATTR_AH_MAXBITS,
		    SPD_ATTR_AH_DEFBITS, SPD_ATTR_AH_INCRBITS,
		    SPD_ATTR_ALG_FLAGS },
		{ SPD_ATTR_ESP_AUTH, SPD_ATTR_ESPA_MINBITS,
		    SPD_ATTR_ESPA_MAXBITS, SPD_ATTR_ESPA_DEFBITS,
		    SPD_ATTR_ESPA_INCRBITS, SPD_ATTR_ALG_FLAGS },
		{ SPD_ATTR_AH_AUTH, SPD_ATTR_AH_MINBITS, SPD_ATTR_AH_MAXBITS,
		    SPD_ATTR_AH_DEFBITS, SPD_ATTR_AH_INCRBITS,
		    SPD_ATTR_ALG_FLAGS },
		{ SPD_ATTR_ESP_ENCR, SPD_ATTR_ENCR_MINBITS,
		    SPD_ATTR_ENCR_MAXBITS, SPD_ATTR_ENCR_DEFBITS,
		    SPD_ATTR_ENCR_INCRBITS, SPD_ATTR_ALG_FLAGS },
	};
	struct pfpolicy_msg m = algs(SPD_ALGLIST);
	uint8_t b[4096];
	struct wr w = wr_into(b, sizeof(b));
	struct rd r;

	(void)state;
	polattr_write_algs(&w, &m);
	r = rd_from(b, w.len);
	rd_skip(&r, 4);
	for (unsigned g = 0; g < 4; g++) {
		for (unsigned i = 0; i < 6; i++) {
			assert_int_equal(rd_h32(&r), want[g][i]);
			rd_skip(&r, 4);
		}
		assert_int_equal(
		    rd_h32(&r), g == 3 ? SPD_ATTR_END : SPD_ATTR_NEXT);
		rd_skip(&r, 4);
	}
	assert_true(rd_end(&r));
}

/* ... and those of a row of the table: its parameters are three. */
static void
test_dumpalgs_params(void **state)
{
	struct pfpolicy_msg m = algs(SPD_DUMPALGS);
	uint8_t b[4096];
	struct wr w = wr_into(b, sizeof(b));
	unsigned params = 0;
	struct rd r;

	(void)state;
	m.n_algs = 1;
	polattr_write_algs(&w, &m);
	r = rd_from(b, w.len);
	rd_skip(&r, 4);
	while (rd_left(&r) >= 8) {
		static const uint32_t want[] = { 16, 12, 4 };
		uint32_t tag = rd_h32(&r), v = rd_h32(&r);

		if (tag == SPD_ATTR_ALG_NPARAMS)
			assert_int_equal(v, 3);
		if (tag == SPD_ATTR_ALG_PARAMS) {
			assert_true(params < 3);
			assert_int_equal(v, want[params++]);
		}
	}
	assert_int_equal(params, 3);
}

static void
test_no_algs(void **state)
{
	struct pfpolicy_msg m = { .type = SPD_ALGLIST,
		.has = 1u << SPD_EXT_ACTION };
	struct pfpolicy_msg back;
	uint8_t b[64];
	struct wr w = wr_into(b, sizeof(b));
	uint16_t diag;

	(void)state;
	assert_true(pfpolicy_write(&w, &m));
	assert_int_equal(pfpolicy_parse(&back, &diag, b, w.len), 0);
	assert_int_equal(back.n_algs, 0);
}

static const struct {
	uint8_t type;
	uint16_t diag;
	struct attr a[MAX];
	unsigned n;
} alg_mistakes[] = {
	{ SPD_UPDATEALGS, PFPOLICY_DIAG_ALG_ID_RANGE,
	    { T(ALG_PROTO, 2), T(ALG_ID, 256), END }, 3 },
	{ SPD_UPDATEALGS, PFPOLICY_DIAG_ALG_ID_RANGE, { T(ALG_PROTO, 2), END },
	    2 },
	{ SPD_UPDATEALGS, PFPOLICY_DIAG_ALG_ID_RANGE,
	    { T(ALG_ID, 3), T(ALG_PROTO, 4), END }, 3 },
	{ SPD_UPDATEALGS, PFPOLICY_DIAG_ALG_NUM_KEY_SIZES,
	    { T(ALG_ID, 3), T(ALG_PROTO, 2), T(ALG_NKEYSIZES, 1), END }, 4 },
	{ SPD_UPDATEALGS, PFPOLICY_DIAG_ALG_NUM_KEY_SIZES,
	    { T(ALG_ID, 3), T(ALG_PROTO, 2), T(ALG_NKEYSIZES, 1),
		T(ALG_KEYSIZE, 8), T(ALG_KEYSIZE, 8), END },
	    6 },
	{ SPD_UPDATEALGS, PFPOLICY_DIAG_ALG_NUM_KEY_SIZES,
	    { T(ALG_KEYSIZE, 8), END }, 2 },
	{ SPD_UPDATEALGS, PFPOLICY_DIAG_ALG_NUM_KEY_SIZES,
	    { T(ALG_ID, 3), T(ALG_PROTO, 2), T(ALG_INCRBITS, 8),
		T(ALG_NKEYSIZES, 1), T(ALG_KEYSIZE, 8), END },
	    6 },
	{ SPD_UPDATEALGS, PFPOLICY_DIAG_ALG_NUM_BLOCK_SIZES,
	    { T(ALG_ID, 3), T(ALG_PROTO, 2), T(ALG_NBLOCKSIZES, 2),
		T(ALG_BLOCKSIZE, 8), END },
	    5 },
	{ SPD_UPDATEALGS, PFPOLICY_DIAG_MALFORMED_ACTION,
	    { T(ALG_ID, 3), T(ALG_PROTO, 2), T(ALG_NPARAMS, 2), END }, 4 },
	{ SPD_UPDATEALGS, PFPOLICY_DIAG_ALG_MECH_NAME_LEN,
	    { T(ALG_ID, 3), T(ALG_MECHNAME, 31), END }, 3 },
	/* 32 bytes announced, less there */
	{ SPD_UPDATEALGS, PFPOLICY_DIAG_ALG_MECH_NAME_LEN,
	    { T(ALG_ID, 3), T(ALG_MECHNAME, 32), END }, 3 },
	/* 32 bytes without a NUL */
	{ SPD_UPDATEALGS, PFPOLICY_DIAG_ALG_MECH_NAME_LEN,
	    { T(ALG_ID, 3), T(ALG_MECHNAME, 32), { ~0u, ~0u }, { ~0u, ~0u },
		{ ~0u, ~0u }, { ~0u, ~0u }, END },
	    7 },
	{ SPD_UPDATEALGS, PFPOLICY_DIAG_ALG_ID_RANGE, { T(PROTO_ID, 9), END },
	    2 },
	/* the same one twice; more sizes than there is room for */
	{ SPD_UPDATEALGS, PFPOLICY_DIAG_ALG_ID_RANGE,
	    { T(ALG_ID, 3), T(ALG_PROTO, 2), T(NEXT, 0), T(ALG_ID, 3),
		T(ALG_PROTO, 2), END },
	    6 },
	{ SPD_UPDATEALGS, PFPOLICY_DIAG_ALG_NUM_KEY_SIZES,
	    { T(ALG_ID, 3), T(ALG_PROTO, 2), T(ALG_INCRBITS, 64),
		T(ALG_NKEYSIZES, 3), T(ALG_KEYSIZE, 128), T(ALG_KEYSIZE, 128),
		T(ALG_KEYSIZE, 250), END },
	    8 },
	{ SPD_UPDATEALGS, PFPOLICY_DIAG_MALFORMED_ACTION,
	    { T(PROTO_ID, 2), T(PROTO_EXEC_MODE, 3), END }, 3 },
	{ SPD_UPDATEALGS, PFPOLICY_DIAG_MALFORMED_ACTION,
	    { T(AH_AUTH, 2), END }, 2 },
	{ SPD_ALGLIST, PFPOLICY_DIAG_MALFORMED_ACTION, { T(ALG_ID, 2), END },
	    2 },
	{ SPD_ALGLIST, PFPOLICY_DIAG_ALG_ID_RANGE, { END }, 1 },
	{ SPD_ALGLIST, PFPOLICY_DIAG_ADD_WRONG_ACT_COUNT, { T(AH_AUTH, 3) },
	    1 },
};

static void
test_alg_mistakes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(alg_mistakes) / sizeof(alg_mistakes[0]);
	     i++) {
		struct pfpolicy_msg m = { .type = alg_mistakes[i].type };
		uint16_t diag = 0;

		assert_int_equal(read_attrs(polattr_read_algs, &m, &diag, 1,
				     alg_mistakes[i].a, alg_mistakes[i].n),
		    EINVAL);
		assert_int_equal(diag, alg_mistakes[i].diag);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_action_mistakes),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_carry_over),
		cmocka_unit_test(test_ignored),
		cmocka_unit_test(test_too_many_actions),
		cmocka_unit_test(test_alg_round_trip),
		cmocka_unit_test(test_alglist_bytes),
		cmocka_unit_test(test_alglist_tags),
		cmocka_unit_test(test_dumpalgs_params),
		cmocka_unit_test(test_no_algs),
		cmocka_unit_test(test_alg_mistakes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
