/* SPDX-License-Identifier: BSD-2-Clause */
/* Each extension byte by byte, as spec: pfkey 5 has it, and each mistake. */
#include <net/pfkeyv2.h>
#include <sys/socket.h>

#include "wire/pfkey_bytes_test.h"

static struct pfkey_msg m;

static void
reads_sa(void **state)
{
	(void)state;
	SAME(&m, BASE(3, 4), H16(2), H16(1), 0x8b, 0xcd, 0x14, 0x07, 32, 1, 2,
	    12, H32(0x8000));
	assert_int_equal(m.has, 1u << PFKEY_EXT_SA);
	assert_int_equal(m.spi, 0x8bcd1407);
	assert_int_equal(m.replay, 32);
	assert_int_equal(m.state, SA_MATURE);
	assert_int_equal(m.auth, 2);
	assert_int_equal(m.encr, 12);
	assert_int_equal(m.sa_flags, SAF_OUTBOUND);
	DIAG_OF(MALFORMED_SA, BASE(3, 3), H16(1), H16(1), 0, 0, 0, 1);
	DIAG_OF(MALFORMED_SA, BASE(3, 5), H16(3), H16(1), 0, 0, 0, 1, 32, 1, 2,
	    12, H32(0), H64(0));
	DIAG_OF(DUPLICATE_SA, BASE(3, 6), H16(2), H16(1), 0, 0, 0, 1, 32, 1, 2,
	    12, H32(0), H16(2), H16(1), 0, 0, 0, 1, 32, 1, 2, 12, H32(0));
}

static void
reads_lifetimes(void **state)
{
	const struct {
		uint8_t type;
		const struct lifetime *l;
	} row[] = { { 2, &m.current }, { 3, &m.hard }, { 4, &m.soft },
		{ 26, &m.idle } };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		uint8_t t = row[i].type;

		SAME(&m, BASE(3, 6), H16(4), H16(t), H32(5), H64(0x100000000),
		    H64(28800), H64(24000));
		assert_true(pfkey_has(&m, t));
		assert_int_equal(row[i].l->allocs, 5);
		assert_int_equal(row[i].l->bytes, 0x100000000);
		assert_int_equal(row[i].l->addtime, 28800);
		assert_int_equal(row[i].l->usetime, 24000);
		DIAG_OF(BAD_EXTLEN, BASE(3, 5), H16(3), H16(t), H32(5), H64(1),
		    H64(2));
		DIAG_OF(NO_EXT, BASE(3, 10), H16(4), H16(t), H32(5), H64(1),
		    H64(2), H64(3), H16(4), H16(t), H32(5), H64(1), H64(2),
		    H64(3));
	}
}

/* type, its field, and its diagnostics in order */
static const struct {
	uint8_t type;
	const struct pfkey_addr *a;
	uint16_t malformed, duplicate, bad_af, bad_prefix;
} addrs[] = {
	{ 5, &m.src, PFKEY_DIAG_MALFORMED_SRC, PFKEY_DIAG_DUPLICATE_SRC,
	    PFKEY_DIAG_BAD_SRC_AF, PFKEY_DIAG_MALFORMED_SRC },
	{ 6, &m.dst, PFKEY_DIAG_MALFORMED_DST, PFKEY_DIAG_DUPLICATE_DST,
	    PFKEY_DIAG_BAD_DST_AF, PFKEY_DIAG_MALFORMED_DST },
	{ 7, &m.isrc, PFKEY_DIAG_MALFORMED_INNER_SRC,
	    PFKEY_DIAG_DUPLICATE_INNER_SRC, PFKEY_DIAG_BAD_INNER_SRC_AF,
	    PFKEY_DIAG_PREFIX_INNER_SRC },
	{ 22, &m.idst, PFKEY_DIAG_MALFORMED_INNER_DST,
	    PFKEY_DIAG_DUPLICATE_INNER_DST, PFKEY_DIAG_BAD_INNER_DST_AF,
	    PFKEY_DIAG_PREFIX_INNER_DST },
	{ 20, &m.natt_loc, PFKEY_DIAG_MALFORMED_NATT_LOC,
	    PFKEY_DIAG_DUPLICATE_NATT_LOC, PFKEY_DIAG_BAD_NATT_LOC_AF,
	    PFKEY_DIAG_MALFORMED_NATT_LOC },
	{ 21, &m.natt_rem, PFKEY_DIAG_MALFORMED_NATT_REM,
	    PFKEY_DIAG_DUPLICATE_NATT_REM, PFKEY_DIAG_BAD_NATT_REM_AF,
	    PFKEY_DIAG_MALFORMED_NATT_REM },
};

static void
reads_addresses(void **state)
{
	char buf[ADDR_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(addrs) / sizeof(addrs[0]); i++) {
		uint8_t t = addrs[i].type;
		const struct pfkey_addr *a = addrs[i].a;

		SAME(&m, BASE(3, 5), H16(3), H16(t), 6, 24, H16(0),
		    H16(AF_INET), 0x11, 0x94, 192, 168, 116, 16, H64(0));
		assert_true(pfkey_has(&m, t));
		assert_string_equal(addr_print(buf, &a->a), "192.168.116.16");
		assert_int_equal(a->port, 4500);
		assert_int_equal(a->proto, 6);
		assert_int_equal(a->plen, 24);
		SAME(&m, BASE(3, 7), H16(5), H16(t), 17, 128, H16(0),
		    H16(AF_INET6), 0, 80, H32(0), 0x20, 0x01, 0, 0, 0, 0, 0, 0,
		    0, 0, 0xaa, 0xaa, 0x66, 0x66, 0x66, 0x66, H32(0), H32(0));
		assert_string_equal(
		    addr_print(buf, &a->a), "2001::aaaa:6666:6666");
		assert_int_equal(a->port, 80);
	}
}

static void
refuses_bad_addresses(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(addrs) / sizeof(addrs[0]); i++) {
		uint8_t t = addrs[i].type;
		const uint8_t empty[] = { BASE(3, 3), H16(1), H16(t), 0, 0,
			H16(0) };
		const uint8_t shorter[] = { BASE(3, 5), H16(3), H16(t), 0, 0,
			H16(0), H16(AF_INET6), 0, 80, H32(0), H64(1) };
		const uint8_t longer[] = { BASE(3, 6), H16(4), H16(t), 0, 0,
			H16(0), H16(AF_INET), 0, 0, 1, 2, 3, 4, H64(0),
			H64(0) };
		const uint8_t family[] = { BASE(3, 5), H16(3), H16(t), 0, 0,
			H16(0), H16(AF_UNIX), 0, 0, 1, 2, 3, 4, H64(0) };
		const uint8_t prefix[] = { BASE(3, 5), H16(3), H16(t), 0, 33,
			H16(0), H16(AF_INET), 0, 0, 1, 2, 3, 4, H64(0) };
		const uint8_t twice[] = { BASE(3, 8), H16(3), H16(t), 0, 0,
			H16(0), H16(AF_INET), 0, 0, 1, 2, 3, 4, H64(0), H16(3),
			H16(t), 0, 0, H16(0), H16(AF_INET), 0, 0, 1, 2, 3, 4,
			H64(0) };

		expect_diag(empty, sizeof(empty), addrs[i].malformed);
		expect_diag(shorter, sizeof(shorter), addrs[i].malformed);
		expect_diag(longer, sizeof(longer), addrs[i].malformed);
		expect_diag(family, sizeof(family), addrs[i].bad_af);
		expect_diag(prefix, sizeof(prefix), addrs[i].bad_prefix);
		expect_diag(twice, sizeof(twice), addrs[i].duplicate);
	}
}

static void
normalises_mapped_addresses(void **state)
{
	const struct {
		uint8_t plen, is, low; /* prefix lengths; last byte */
	} row[] = { { 0, 0, 4 }, { 128, 32, 4 }, { 120, 24, 4 }, { 96, 0, 0 } };
	uint16_t diag;

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		const uint8_t msg[] = { BASE(3, 7), H16(5), H16(7), 0,
			row[i].plen, H16(0), H16(AF_INET6), 0, 80, H32(0),
			H64(0), 0, 0, 0xff, 0xff, 1, 2, 3, 4, H64(0) };

		assert_int_equal(pfkey_parse(&m, &diag, msg, sizeof(msg)), 0);
		assert_int_equal(m.isrc.a.fam, FAM_V4);
		assert_int_equal(m.isrc.a.b[3], row[i].low);
		assert_int_equal(m.isrc.plen, row[i].is);
	}
	DIAG_OF(PREFIX_INNER_SRC, BASE(3, 7), H16(5), H16(7), 0, 95, H16(0),
	    H16(AF_INET6), 0, 80, H32(0), H64(0), 0, 0, 0xff, 0xff, 1, 2, 3, 4,
	    H64(0));
}

static void
reads_keys(void **state)
{
	(void)state;
	SAME(&m, BASE(3, 5), H16(3), H16(8), H16(128), H16(0), 1, 2, 3, 4, 5, 6,
	    7, 8, 9, 10, 11, 12, 13, 14, 15, 16);
	assert_int_equal(m.akey.bits, 128);
	assert_int_equal(m.akey.b[15], 16);
	/* 160 bits: padded to 24 bytes */
	SAME(&m, BASE(3, 6), H16(4), H16(9), H16(160), H16(0), 1, 2, 3, 4, 5, 6,
	    7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 0, 0, 0, 0);
	assert_int_equal(pfkey_key_len(&m, &m.ekey), 20);
	/* the same in a DUMP: 128 bits of key, then 32 of salt */
	SAME(&m, BASE(10, 6), H16(4), H16(9), H16(128), H16(32), 1, 2, 3, 4, 5,
	    6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 0, 0, 0, 0);
	assert_int_equal(pfkey_key_len(&m, &m.ekey), 20);
}

static void
refuses_bad_keys(void **state)
{
	(void)state;
	for (uint8_t t = 8; t <= 9; t++) {
		uint16_t bad = t == 8 ? PFKEY_DIAG_MALFORMED_AKEY
				      : PFKEY_DIAG_MALFORMED_EKEY;
		const uint8_t empty[] = { BASE(3, 3), H16(1), H16(t), H16(0),
			H16(0) };
		const uint8_t no_bits[] = { BASE(3, 4), H16(2), H16(t), H16(0),
			H16(0), H64(1) };
		const uint8_t shorter[] = { BASE(3, 4), H16(2), H16(t), H16(65),
			H16(0), H64(1) };
		const uint8_t longer[] = { BASE(3, 5), H16(3), H16(t), H16(64),
			H16(0), H64(1), H64(1) };
		const uint8_t zero[] = { BASE(3, 4), H16(2), H16(t), H16(64),
			H16(0), H64(0) };
		const uint8_t zero_pad[] = { BASE(3, 4), H16(2), H16(t), H16(8),
			H16(0), 0, 1, 2, 3, 4, 5, 6, 7 };

		expect_diag(empty, sizeof(empty), bad);
		expect_diag(no_bits, sizeof(no_bits), bad);
		expect_diag(shorter, sizeof(shorter), bad);
		expect_diag(longer, sizeof(longer), bad);
		expect_diag(zero, sizeof(zero), bad);
		expect_diag(zero_pad, sizeof(zero_pad), bad);
	}
	DIAG_OF(DUPLICATE_AKEY, BASE(3, 6), H16(2), H16(8), H16(64), H16(0),
	    H64(1), H16(2), H16(8), H16(64), H16(0), H64(1));
	DIAG_OF(DUPLICATE_EKEY, BASE(3, 6), H16(2), H16(9), H16(64), H16(0),
	    H64(1), H16(2), H16(9), H16(64), H16(0), H64(1));
}

static void
reads_identities(void **state)
{
	uint16_t diag;

	(void)state;
	SAME(&m, BASE(3, 6), H16(4), H16(10), H16(2), H16(0), H64(501), 'a',
	    '.', 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0, 0, 0, 0, 0, 0, 0);
	assert_int_equal(m.sid.type, SADB_IDENTTYPE_FQDN);
	assert_int_equal(m.sid.uid, 501);
	assert_int_equal(m.sid.len, 9);
	assert_string_equal(m.sid.id, "a.example");
	/* without NUL: the last byte gives way */
	const uint8_t no_nul[] = { BASE(3, 5), H16(3), H16(11), H16(3), H16(0),
		H64(0), 'a', '@', 'b', '.', 'c', 'o', 'm', 'x' };
	assert_int_equal(pfkey_parse(&m, &diag, no_nul, sizeof(no_nul)), 0);
	assert_string_equal(m.did.id, "a@b.com");
	/* a DER name keeps the zeros that are its own */
	SAME(&m, BASE(3, 5), H16(3), H16(11), H16(4), H16(0), H64(0), 0x30, 4,
	    1, 0, 2, 0, 0, 0);
	assert_int_equal(m.did.len, 6);
	/* a key ID is any bytes */
	SAME(&m, BASE(3, 5), H16(3), H16(11), H16(6), H16(0), H64(0), 1, 0, 2,
	    3, 4, 5, 6, 7);
	assert_int_equal(m.did.len, 8);
	DIAG_OF(BAD_EXTLEN, BASE(3, 3), H16(1), H16(10), H16(2), H16(0));
	DIAG_OF(NO_EXT, BASE(3, 8), H16(3), H16(10), H16(2), H16(0), H64(0),
	    'a', 0, 0, 0, 0, 0, 0, 0, H16(3), H16(10), H16(2), H16(0), H64(0),
	    'a', 0, 0, 0, 0, 0, 0, 0);
}

static void
refuses_long_identity(void **state)
{
	uint8_t msg[16 + 16 + 264] = { BASE(3, 37), H16(35), H16(10), H16(2),
		H16(0), H64(0) };

	(void)state;
	memset(msg + 32, 'a', 264);
	expect_diag(msg, sizeof(msg), PFKEY_DIAG_BAD_EXTLEN);
	/* 255 characters and a NUL are the most that fit */
	memcpy(msg, (const uint8_t[]){ BASE(3, 36), H16(34) }, 18);
	msg[32 + 255] = 0;
	expect_same(&m, msg, sizeof(msg) - 8);
	assert_int_equal(m.sid.len, 255);
}

static void
reads_labels(void **state)
{
	(void)state;
	for (uint8_t t = 12; t <= 27; t = (uint8_t)(t + 15)) {
		SAME(&m, BASE(3, 5), H16(3), H16(t), H32(1), 2, 1, 3, 0, H32(1),
		    H64(0x55));
		const uint8_t bad[] = { BASE(3, 5), H16(3), H16(t), H32(1), 2,
			1, 3, 1, H32(1), H64(0x55) };
		expect_diag(bad, sizeof(bad), PFKEY_DIAG_BAD_LABEL);
	}
	assert_int_equal(m.outer_sens.n, 24);
}

static void
reads_spi_range(void **state)
{
	(void)state;
	SAME(&m, BASE(1, 4), H16(2), H16(16), 0, 0, 1, 0, 0xff, 0xff, 0xff,
	    0xfe, H32(0));
	assert_int_equal(m.spi_min, 256);
	assert_int_equal(m.spi_max, 0xfffffffe);
	/* compared as host numbers */
	DIAG_OF(MALFORMED_RANGE, BASE(1, 4), H16(2), H16(16), 1, 0, 0, 0, 0, 0,
	    0, 2, H32(0));
	DIAG_OF(MALFORMED_RANGE, BASE(1, 3), H16(1), H16(16), 1, 0, 0, 0);
	DIAG_OF(DUPLICATE_RANGE, BASE(1, 6), H16(2), H16(16), H64(0), H32(0),
	    H16(2), H16(16), H64(0), H32(0));
}

static void
reads_small_ones(void **state)
{
	(void)state;
	SAME(&m, BASE(7, 3), H16(1), H16(17), 2, 3, 0, 0);
	assert_memory_equal(m.ereg, ((uint8_t[]){ 2, 3, 0, 0 }), 4);
	SAME(&m, BASE(3, 4), H16(2), H16(19), H32(1), H64(0x123456789a));
	assert_int_equal(m.kmp, SADB_X_KMP_IKE);
	assert_int_equal(m.kmc, 0x123456789a);
	SAME(&m, BASE(3, 3), H16(1), H16(23), 1, 2, 3, 4);
	assert_int_equal(m.pair_spi, 0x01020304);
	SAME(&m, BASE(3, 4), H16(2), H16(24), H32(9), H64(0x100000009));
	assert_int_equal(m.replay32, 9);
	assert_int_equal(m.replay64, 0x100000009);
	SAME(&m, BASE(10, 4), H16(2), H16(25), H32(0), H64(60));
	assert_int_equal(m.edump_timeout, 60);
	SAME(&m, BASE(3, 3), H16(1), H16(48), H32(65536));
	assert_int_equal(m.window, 65536);
}

static void
refuses_bad_small_ones(void **state)
{
	const uint8_t type[] = { 17, 19, 23, 24, 25, 48 };

	(void)state;
	for (size_t i = 0; i < sizeof(type); i++) {
		uint8_t t = type[i];

		DIAG_OF(BAD_EXTLEN, BASE(3, 5), H16(3), H16(t), H32(0), H64(0),
		    H64(0));
	}
	DIAG_OF(DUPLICATE_KMC, BASE(3, 6), H16(2), H16(19), H32(1), H64(1),
	    H16(2), H16(19), H32(1), H64(1));
	DIAG_OF(NO_EXT, BASE(3, 4), H16(1), H16(23), H32(1), H16(1), H16(23),
	    H32(1));
}

/* RFC 3554: an IPv4 and an IPv6 address. */
static void
reads_further_addresses(void **state)
{
	struct addr four, six;

	(void)state;
	assert_true(addr_read(&four, "192.0.2.7"));
	assert_true(addr_read(&six, "2001:db8::9"));
	for (uint8_t e = 49; e <= 50; e++) {
		SAME(&m, BASE(3, 11), H16(9), H16(e), H16(2), 0, 0,
		    H16(AF_INET), 0, 0, 192, 0, 2, 7, H64(0), H64(0), H64(0),
		    H16(AF_INET6), 0, 0, 0, 0, 0, 0, 0x20, 0x01, 0x0d, 0xb8,
		    H64(0), 0, 0, 0, 9, H64(0));
		assert_int_equal(e == 49 ? m.more.n_src : m.more.n_dst, 2);
		const struct addr *a = e == 49 ? m.more.src : m.more.dst;
		assert_true(addr_equal(&a[0], &four));
		assert_true(addr_equal(&a[1], &six));
	}
	/* the number does not fit the length, is 0, is too large */
	DIAG_OF(MALFORMED_SRC, BASE(3, 3), H16(1), H16(49), H16(1), 0, 0);
	DIAG_OF(MALFORMED_DST, BASE(3, 3), H16(1), H16(50), H16(0), 0, 0);
	DIAG_OF(MALFORMED_SRC, BASE(3, 3), H16(1), H16(49), H16(16), 0, 0);
	DIAG_OF(MALFORMED_SRC, BASE(3, 8), H16(6), H16(49), H16(1), 0, 0,
	    H16(AF_INET), 0, 0, 192, 0, 2, 7, H64(0), H64(0), H64(0), H64(0));
	DIAG_OF(BAD_DST_AF, BASE(3, 7), H16(5), H16(50), H16(1), 0, 0, H16(1),
	    0, 0, 192, 0, 2, 7, H64(0), H64(0), H64(0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_sa),
		cmocka_unit_test(reads_lifetimes),
		cmocka_unit_test(reads_addresses),
		cmocka_unit_test(refuses_bad_addresses),
		cmocka_unit_test(normalises_mapped_addresses),
		cmocka_unit_test(reads_keys),
		cmocka_unit_test(refuses_bad_keys),
		cmocka_unit_test(reads_identities),
		cmocka_unit_test(refuses_long_identity),
		cmocka_unit_test(reads_labels),
		cmocka_unit_test(reads_spi_range),
		cmocka_unit_test(reads_small_ones),
		cmocka_unit_test(refuses_bad_small_ones),
		cmocka_unit_test(reads_further_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
