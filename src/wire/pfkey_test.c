/* SPDX-License-Identifier: BSD-2-Clause */
#include "wire/pfkey.h"

#include <errno.h>
#include <net/pfkeyv2.h>

#include "model/alg.h"
#include "model/saspec_testing.h"
#include "wire/pfkey_bytes_test.h"

static struct pfkey_msg m;

static void
reads_base(void **state)
{
	const uint8_t msg[] = { 2, 11, 22, 3, H16(2), H16(44), H32(0x80000001),
		H32(1234) };

	(void)state;
	expect_same(&m, msg, sizeof(msg));
	assert_int_equal(m.type, PFKEY_X_PROMISC);
	assert_int_equal(m.errnum, EINVAL);
	assert_int_equal(m.satype, SATYPE_ESP);
	assert_int_equal(m.diag, PFKEY_DIAG_BAD_AKEYBITS);
	assert_int_equal(m.seq, 0x80000001);
	assert_int_equal(m.pid, 1234);
	assert_int_equal(m.has, 0);
}

static void
refuses_bad_lengths(void **state)
{
	const uint8_t msg[] = { BASE(3, 2), H64(0) };
	uint16_t diag;

	(void)state;
	/* RFC 2367 2.1: the length is that of the message */
	for (size_t n = 0; n <= sizeof(msg); n++)
		assert_int_equal(
		    pfkey_parse(&m, &diag, msg, n), n == 16 ? 0 : EMSGSIZE);
	static uint8_t big[PFKEY_MAX + 8] = { BASE(3, PFKEY_MAX / 8 + 1) };
	assert_int_equal(pfkey_parse(&m, &diag, big, sizeof(big)), EMSGSIZE);
	assert_int_equal(m.seq, 7);
}

static void
refuses_other_versions(void **state)
{
	const uint8_t msg[] = { 1, 3, 0, 3, H16(2), H16(0), H32(7), H32(99) };
	uint16_t diag;

	(void)state;
	assert_int_equal(
	    pfkey_parse(&m, &diag, msg, sizeof(msg)), EPROTONOSUPPORT);
	assert_int_equal(m.type, 3);
	assert_int_equal(m.seq, 7);
	assert_int_equal(m.pid, 99);
}

static void
refuses_bad_extensions(void **state)
{
	const uint16_t unknown[] = { 0, 28, 47, 52, 64, 65535 };

	(void)state;
	DIAG_OF(BAD_EXTLEN, BASE(3, 3), H16(0), H16(1), H32(0));
	DIAG_OF(BAD_EXTLEN, BASE(3, 3), H16(2), H16(1), H32(0));
	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		DIAG_OF(
		    UNKNOWN_EXT, BASE(3, 3), H16(1), H16(unknown[i]), H32(0));
}

/* Nothing that is cut short or has a bit turned makes the reader stumble. */
static void
survives_damage(void **state)
{
	const uint8_t good[] = { BASE(3, 17), H16(2), H16(1), 0, 0, 1, 0, 32, 1,
		5, 20, H32(0), H16(3), H16(5), H32(0), H16(2), H16(0), 10, 0, 0,
		1, H64(0), H16(3), H16(6), H32(0), H16(2), H16(0), 10, 0, 0, 2,
		H64(0), H16(4), H16(9), H16(160), H16(0), H64(1), H64(2),
		H64(3), H16(3), H16(10), H16(2), H16(0), H64(0), 'a', 0, 0, 0,
		0, 0, 0, 0 };
	uint8_t msg[sizeof(good)], out[PFKEY_MAX];
	uint16_t diag;

	(void)state;
	expect_same(&m, good, sizeof(good));
	for (size_t bit = 0; bit < sizeof(good) * 8; bit++) {
		memcpy(msg, good, sizeof(good));
		msg[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (pfkey_parse(&m, &diag, msg, sizeof(msg)) != 0)
			continue;
		struct wr w = wr_into(out, sizeof(out));
		assert_true(pfkey_write(&w, &m));
		assert_int_equal(pfkey_parse(&m, &diag, out, w.len), 0);
	}
}

static void
writes_nothing_that_does_not_fit(void **state)
{
	uint8_t buf[32];
	struct wr w = wr_into(buf, sizeof(buf) - 1);

	(void)state;
	m = (struct pfkey_msg){ .type = PFKEY_GET, .has = 1u << PFKEY_EXT_SA };
	assert_false(pfkey_write(&w, &m));
	w = wr_into(buf, sizeof(buf));
	assert_true(pfkey_write(&w, &m));
	m.has = 1u << PFKEY_EXT_ADDRESS_SRC; /* of no family */
	w = wr_into(buf, sizeof(buf));
	assert_false(pfkey_write(&w, &m));
	m.has = UINT64_C(1) << 40; /* no such extension */
	w = wr_into(buf, sizeof(buf));
	assert_false(pfkey_write(&w, &m));
}

static struct addr
addr(const char *text)
{
	struct addr a;

	assert_true(addr_read(&a, text));
	return a;
}

static struct sa_spec
full_spec(void)
{
	struct sa_spec s = { .satype = SATYPE_ESP,
		.spi = 0x1234,
		.state = SA_MATURE,
		.flags = SAF_TUNNEL | SAF_OUTBOUND | SAF_PAIRED,
		.window = 1024,
		.auth = AALG_NONE,
		.encr = EALG_AES_GCM_16,
		.ekey_iv_bits = 64,
		.ekey_salt_bits = 32,
		.hard = { 1, 2, 3, 4 },
		.soft = { 5, 6, 7, 8 },
		.idle = { 0, 0, 9, 10 },
		.src = addr("10.0.0.1"),
		.dst = addr("10.0.0.2"),
		.proto = 17,
		.sport = 1,
		.dport = 2,
		.isrc = { addr("2001:db8::"), 64 },
		.idst = { addr("::"), 0 },
		.iproto = 6,
		.isport = 3,
		.idport = 4,
		.natt_loc = addr("1.2.3.4"),
		.natt_rem = addr("5.6.7.8"),
		.natt_lport = 5,
		.natt_rport = 6,
		.sid = { 2, 1, 0, "a" },
		.did = { 3, 3, 0, "b@c" },
		.pair_spi = 0x5678,
		.replay_value = 0x123456789,
		.kmp = 1,
		.kmc = 2 };
	uint8_t key[28];

	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)(i + 1);
	/* 128 bits of key, 32 of salt, 64 of IV */
	assert_true(secret_set(&s.ekey, key, 224));
	return s;
}

/* Through a message and back. */
static struct sa_spec
through(uint8_t type, const struct sa_spec *s, bool with_keys)
{
	uint8_t buf[PFKEY_MAX];
	struct wr w = wr_into(buf, sizeof(buf));
	struct sa_spec out;
	uint16_t diag;

	m = (struct pfkey_msg){ .type = type };
	pfkey_from_spec(&m, s, with_keys);
	assert_true(pfkey_write(&w, &m));
	assert_int_equal(pfkey_parse(&m, &diag, buf, w.len), 0);
	assert_true(pfkey_to_spec(&out, &m));
	return out;
}

static void
carries_a_spec_in_and_out(void **state)
{
	struct sa_more more = { .n_src = 1, .n_dst = 2 };
	struct sa_spec s = full_spec(), got;

	(void)state;
	more.src[0] = addr("10.0.1.1");
	more.dst[0] = addr("2001:db8::5");
	more.dst[1] = addr("10.0.1.2");
	s.more = &more;
	got = through(PFKEY_ADD, &s, true);
	same_spec(&got, &s);
	assert_int_equal(m.ekey.bits, 224);
	assert_int_equal(m.ekey.reserved, 64);

	/* out: the key's bits, the salt's bits, and no IV (spec: sa 6) */
	got = through(PFKEY_GET, &s, true);
	assert_int_equal(m.ekey.bits, 128);
	assert_int_equal(m.ekey.reserved, 32);
	assert_int_equal(got.ekey.bits, 160);
	assert_int_equal(got.ekey_iv_bits, 0);
	s.ekey_iv_bits = 0;
	s.ekey.bits = 160;
	memset(s.ekey.b + 20, 0, 8);
	same_spec(&got, &s);

	got = through(PFKEY_GET, &s, false);
	assert_int_equal(got.ekey.bits, 0);
	assert_false(pfkey_has(&m, PFKEY_EXT_KEY_ENCRYPT));
}

static void
carries_a_small_spec(void **state)
{
	struct sa_spec s = { .satype = SATYPE_AH,
		.spi = 1,
		.window = 255,
		.dst = addr("fe80::1") },
		       got = through(PFKEY_ADD, &s, true);

	(void)state;
	/* spec: sa 7.5: an omitted source is written unspecified */
	s.src = addr("::");
	same_spec(&got, &s);
	assert_int_equal(m.has, 1u << PFKEY_EXT_SA |
				    1u << PFKEY_EXT_ADDRESS_SRC |
				    1u << PFKEY_EXT_ADDRESS_DST);
}

static void
takes_any_unspecified_source(void **state)
{
	struct sa_spec s;

	(void)state;
	m = (struct pfkey_msg){ .src.a = addr("::"),
		.dst.a = addr("10.0.0.1") };
	assert_true(pfkey_to_spec(&s, &m));
	assert_int_equal(s.src.fam, FAM_V4);
}

static void
knows_inner_prefixes(void **state)
{
	struct sa_spec s;

	(void)state;
	m = (struct pfkey_msg){ .has = 1u << PFKEY_EXT_INNER_SRC |
				       1u << PFKEY_EXT_INNER_DST,
		.isrc = { .a = addr("10.1.2.3") },
		.idst = { .a = addr("0.0.0.0") } };
	assert_true(pfkey_to_spec(&s, &m));
	assert_int_equal(s.isrc.len, 32); /* 0 is full */
	assert_int_equal(s.idst.len, 0);  /* but any stays any */
	m.isrc.plen = 8;
	assert_true(pfkey_to_spec(&s, &m));
	assert_int_equal(s.isrc.len, 8);
	struct addr net = addr("10.0.0.0");
	assert_true(addr_equal(&s.isrc.a, &net));
}

static void
refuses_a_key_that_is_too_long(void **state)
{
	static uint8_t key[SECRET_MAX + 1] = { 1 };
	struct sa_spec s;

	(void)state;
	m = (struct pfkey_msg){ .has = 1u << PFKEY_EXT_KEY_AUTH,
		.akey = { 8 * SECRET_MAX, 0, key } };
	assert_true(pfkey_to_spec(&s, &m));
	m.akey.bits++;
	assert_false(pfkey_to_spec(&s, &m));
}

/* The public header and the code speak of the same numbers. */
static void
agrees_with_public_header(void **state)
{
	(void)state;
	assert_int_equal(sizeof(sadb_msg_t), PFKEY_HEADER);
	assert_int_equal(sizeof(sadb_sa_t), 16);
	assert_int_equal(sizeof(sadb_lifetime_t), 32);
	assert_int_equal(sizeof(sadb_address_t), 8);
	assert_int_equal(sizeof(sadb_key_t), 8);
	assert_int_equal(sizeof(sadb_ident_t), 16);
	assert_int_equal(sizeof(sadb_sens_t), 16);
	assert_int_equal(sizeof(sadb_prop_t), 8);
	assert_int_equal(sizeof(sadb_comb_t), 72);
	assert_int_equal(sizeof(sadb_x_ecomb_t), 64);
	assert_int_equal(sizeof(sadb_x_algdesc_t), 8);
	assert_int_equal(sizeof(sadb_supported_t), 8);
	assert_int_equal(sizeof(sadb_alg_t), 8);
	assert_int_equal(sizeof(sadb_spirange_t), 16);
	assert_int_equal(sizeof(sadb_x_ereg_t), 8);
	assert_int_equal(sizeof(sadb_x_kmc_t), 16);
	assert_int_equal(sizeof(sadb_x_pair_t), 8);
	assert_int_equal(sizeof(sadb_x_replay_ctr_t), 16);
	assert_int_equal(sizeof(sadb_x_edump_t), 16);
	assert_int_equal(sizeof(sadb_x_window_t), 8);
	assert_int_equal(offsetof(sadb_comb_t, sadb_comb_soft_bytes), 24);
	assert_int_equal(SADB_MAX + 1, PFKEY_TYPE_N);
	assert_int_equal(SADB_X_DELPAIR, PFKEY_X_DELPAIR);
	assert_int_equal(SADB_X_EXT_OUTER_SENS, PFKEY_EXT_OUTER_SENS);
	assert_int_equal(SADB_X_EXT_PAIR, PFKEY_EXT_PAIR);
	assert_int_equal(SADB_X_EXT_WINDOW, PFKEY_EXT_WINDOW);
	assert_int_equal(SADB_X_EXT_MORE_SRC, PFKEY_EXT_MORE_SRC);
	assert_int_equal(SADB_X_EXT_MORE_DST, PFKEY_EXT_MORE_DST);
	assert_int_equal(sizeof(sadb_x_more_t), 8);
	assert_int_equal(sizeof(sadb_x_more_addr_t), 32);
	assert_int_equal(SADB_X_DIAGNOSTIC_MAX + 1, PFKEY_DIAG_N);
	assert_int_equal(SADB_X_DIAGNOSTIC_BAD_LABEL, PFKEY_DIAG_BAD_LABEL);
	assert_int_equal(SADB_X_SAFLAGS_ESN, SAF_ESN);
	assert_int_equal(SADB_X_SAFLAGS_NATTED, SAF_NATTED);
	assert_int_equal(SADB_X_SASTATE_ACTIVE, SA_ACTIVE);
	assert_int_equal(SADB_EALG_AES_GCM_16, EALG_AES_GCM_16);
}

static void
has_texts(void **state)
{
	(void)state;
	assert_string_equal(pfkey_type_text(13), "UPDATE PAIR");
	assert_null(pfkey_type_text(16));
	for (unsigned i = 0; i < PFKEY_TYPE_N; i++)
		assert_non_null(pfkey_type_text(i));
	/* positions of spec: pfkey 9 */
	assert_int_equal(PFKEY_DIAG_MISSING_SRC, 18);
	assert_int_equal(PFKEY_DIAG_BAD_SAFLAGS, 42);
	assert_int_equal(PFKEY_DIAG_PAIR_ALREADY, 75);
	assert_int_equal(PFKEY_DIAG_MALFORMED_ASTR, 86);
	assert_string_equal(pfkey_diag_text(47), "weak encryption key");
	assert_string_equal(pfkey_diag_text(87), "unknown diagnostic");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_base),
		cmocka_unit_test(refuses_bad_lengths),
		cmocka_unit_test(refuses_other_versions),
		cmocka_unit_test(refuses_bad_extensions),
		cmocka_unit_test(survives_damage),
		cmocka_unit_test(writes_nothing_that_does_not_fit),
		cmocka_unit_test(carries_a_spec_in_and_out),
		cmocka_unit_test(carries_a_small_spec),
		cmocka_unit_test(takes_any_unspecified_source),
		cmocka_unit_test(knows_inner_prefixes),
		cmocka_unit_test(refuses_a_key_that_is_too_long),
		cmocka_unit_test(agrees_with_public_header),
		cmocka_unit_test(has_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
