/* SPDX-License-Identifier: BSD-2-Clause */
/* Each diagnostic by a message that brings it about (spec: pfkey 9). */
#include "core/pfkeyd.h"
#include "core/pfkeyd_fix_test.h"

#define ME	 "10.0.0.1"
#define PEER	 "10.0.0.2"
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static bool seen[PFKEY_DIAG_N];

/* m is refused for that, and nothing changes. */
static void
refused(const struct pfkey_msg *m, int errnum, uint16_t diag)
{
	size_t n = sadb_count(f.d, 0);

	expect_refusal(m, errnum, diag);
	assert_int_equal(sadb_count(f.d, 0), n);
	seen[diag] = true;
}

/* --- the form: bytes that pfkey_write does not write --- */

static uint8_t bytes[PFKEY_MAX], full[PFKEY_MAX];

static void
refused_bytes(size_t n, uint16_t diag)
{
	uint16_t words = (uint16_t)(n / 8);

	memcpy(bytes + 4, &words, 2);
	hush();
	pfkeyd_input(conns[0].s, bytes, n, t0);
	expect_answer(&conns[0], bytes[1], EINVAL, diag);
	for (size_t i = 1; i < CONNS; i++)
		assert_int_equal(conns[i].n, 0);
	assert_int_equal(sadb_count(f.d, 0), 0);
	seen[diag] = true;
}

/* A message with one of each extension that has a diagnostic of its own. */
static size_t
make_full(void)
{
	struct sa_spec s = esp(0x1000, PEER, ME);
	struct pfkey_msg m;
	struct wr w = wr_into(full, sizeof(full));

	s.isrc = prefix("10.1.0.0", 16);
	s.idst = prefix("10.2.0.0", 16);
	s.natt_loc = addr(ME);
	s.natt_rem = addr(PEER);
	s.kmp = 1;
	m = about(PFKEY_ADD, &s, true);
	m.has |= BIT(SPIRANGE);
	m.spi_min = 256;
	m.spi_max = 257;
	assert_true(pfkey_write(&w, &m));
	return w.len;
}

/* Base and the extension of that type of the full message, in bytes. */
static size_t
only(uint16_t type, size_t n)
{
	for (size_t at = PFKEY_HEADER; at < n;) {
		uint16_t head[2];

		memcpy(head, full + at, sizeof(head));
		if (head[1] == type) {
			memcpy(bytes, full, PFKEY_HEADER);
			memcpy(bytes + PFKEY_HEADER, full + at, head[0] * 8);
			return PFKEY_HEADER + (size_t)head[0] * 8;
		}
		at += (size_t)head[0] * 8;
	}
	fail();
	return 0;
}

#define MD(name) PFKEY_DIAG_MALFORMED_##name, PFKEY_DIAG_DUPLICATE_##name
static const struct {
	uint16_t ext, malformed, duplicate, bad_af, prefix;
} forms[] = {
	{ PFKEY_EXT_SA, MD(SA), 0, 0 },
	{ PFKEY_EXT_ADDRESS_SRC, MD(SRC), PFKEY_DIAG_BAD_SRC_AF,
	    PFKEY_DIAG_MALFORMED_SRC },
	{ PFKEY_EXT_ADDRESS_DST, MD(DST), PFKEY_DIAG_BAD_DST_AF,
	    PFKEY_DIAG_MALFORMED_DST },
	{ PFKEY_EXT_INNER_SRC, MD(INNER_SRC), PFKEY_DIAG_BAD_INNER_SRC_AF,
	    PFKEY_DIAG_PREFIX_INNER_SRC },
	{ PFKEY_EXT_INNER_DST, MD(INNER_DST), PFKEY_DIAG_BAD_INNER_DST_AF,
	    PFKEY_DIAG_PREFIX_INNER_DST },
	{ PFKEY_EXT_NATT_LOC, MD(NATT_LOC), PFKEY_DIAG_BAD_NATT_LOC_AF,
	    PFKEY_DIAG_MALFORMED_NATT_LOC },
	{ PFKEY_EXT_NATT_REM, MD(NATT_REM), PFKEY_DIAG_BAD_NATT_REM_AF,
	    PFKEY_DIAG_MALFORMED_NATT_REM },
	{ PFKEY_EXT_KEY_AUTH, MD(AKEY), 0, 0 },
	{ PFKEY_EXT_KEY_ENCRYPT, MD(EKEY), 0, 0 },
	{ PFKEY_EXT_SPIRANGE, MD(RANGE), 0, 0 },
	{ PFKEY_EXT_KM_COOKIE, PFKEY_DIAG_BAD_EXTLEN, PFKEY_DIAG_DUPLICATE_KMC,
	    0, 0 },
};

static void
refuses_forms(void)
{
	size_t all = make_full();

	for (size_t i = 0; i < COUNT(forms); i++) {
		uint8_t *ext = bytes + PFKEY_HEADER;
		size_t n = only(forms[i].ext, all);

		/* twice */
		memcpy(bytes + n, ext, n - PFKEY_HEADER);
		refused_bytes(2 * n - PFKEY_HEADER, forms[i].duplicate);
		/* eight bytes more than it needs */
		n = only(forms[i].ext, all);
		memset(bytes + n, 0, 8);
		ext[0]++;
		refused_bytes(n + 8, forms[i].malformed);
		if (forms[i].bad_af == 0)
			continue;
		(void)only(forms[i].ext, all);
		ext[8] = 99;
		refused_bytes(n, forms[i].bad_af);
		(void)only(forms[i].ext, all);
		ext[5] = 33;
		refused_bytes(n, forms[i].prefix);
	}
	/* past the end; of no length; of no type */
	size_t n = only(PFKEY_EXT_SA, all);
	bytes[PFKEY_HEADER]++;
	refused_bytes(n, PFKEY_DIAG_BAD_EXTLEN);
	bytes[PFKEY_HEADER] = 0;
	refused_bytes(n, PFKEY_DIAG_BAD_EXTLEN);
	n = only(PFKEY_EXT_SA, all);
	bytes[PFKEY_HEADER + 2] = 28;
	refused_bytes(n, PFKEY_DIAG_UNKNOWN_EXT);
}

/* --- what may not be in an ADD --- */

/* A good ADD with one thing changed. */
#define ADD(change, errnum, name)                                \
	do {                                                     \
		struct sa_spec s = esp(0x1000, PEER, ME);        \
		struct pfkey_msg m = about(PFKEY_ADD, &s, true); \
		change;                                          \
		refused(&m, errnum, PFKEY_DIAG_##name);          \
	} while (0)
#define LIVES(field, name)                                     \
	ADD((m.has |= BIT(LIFETIME_HARD) | BIT(LIFETIME_SOFT), \
		m.hard.field = 1, m.soft.field = 2),           \
	    EINVAL, name)
#define INNER(change, name)                                   \
	ADD((m.has |= BIT(INNER_SRC) | BIT(INNER_DST),        \
		m.isrc = m.idst = paddr("10.9.0.1"), change), \
	    EINVAL, name)

static void
refuses_extensions(void)
{
	static const uint8_t label[16];

	ADD(m.satype = 5, EINVAL, UNKNOWN_SATYPE);
	ADD(m.satype = 0, EINVAL, SATYPE_NEEDED);
	ADD(m.has &= ~BIT(ADDRESS_SRC), EINVAL, MISSING_SRC);
	ADD(m.has &= ~BIT(ADDRESS_DST), EINVAL, MISSING_DST);
	ADD(m.has &= ~BIT(SA), EINVAL, MISSING_SA);
	ADD(m.has &= ~BIT(KEY_ENCRYPT), EINVAL, MISSING_EKEY);
	ADD(m.has &= ~BIT(KEY_AUTH), EINVAL, MISSING_AKEY);
	ADD(m.has |= BIT(EREG), EINVAL, NO_EXT);
	ADD(m.has |= BIT(EPROP), EINVAL, PROP_PRESENT);
	ADD(m.has |= BIT(SUPPORTED_ENCRYPT), EINVAL, SUPP_PRESENT);
	ADD(m.has |= BIT(LIFETIME_CURRENT), EOPNOTSUPP, MISSING_LIFETIME);
	ADD((m.has |= BIT(OUTER_SENS),
		m.outer_sens = (struct pfkey_blob){ label, 16 }),
	    EINVAL, BAD_LABEL);
	ADD((m.encr = EALG_AES_GCM_16, m.auth = 0, m.ekey.bits = 160), EINVAL,
	    AKEY_PRESENT);
	ADD((m.satype = SATYPE_AH, m.encr = 0), EINVAL, EKEY_PRESENT);
}

static void
refuses_addresses(void)
{
	ADD(m.src = paddr("2001:db8::2"), EINVAL, AF_MISMATCH);
	ADD(m.src = paddr("ff02::1"), EINVAL, BAD_SRC);
	ADD(m.dst = paddr("0.0.0.0"), EINVAL, BAD_DST);
	ADD(m.dst.proto = 17, EINVAL, PROTO_MISMATCH);
	ADD(m.sa_flags = SAF_NATT_LOC, EINVAL, MISSING_NATT_LOC);
	ADD(m.sa_flags = SAF_NATT_REM, EINVAL, MISSING_NATT_REM);
	ADD((m.has |= BIT(NATT_LOC), m.natt_loc = paddr("::1")), EINVAL,
	    MALFORMED_NATT_LOC);
	ADD((m.has |= BIT(NATT_REM), m.natt_rem = paddr("::1")), EINVAL,
	    MALFORMED_NATT_REM);
	INNER(m.has &= ~BIT(INNER_SRC), MISSING_INNER_SRC);
	INNER(m.has &= ~BIT(INNER_DST), MISSING_INNER_DST);
	INNER(m.idst = paddr("::1"), INNER_AF_MISMATCH);
	INNER(m.isrc.proto = 6, INNER_PROTO_MISMATCH);
	INNER((m.isrc.port = 1, m.dst.port = 2), DUAL_PORT_SETS);
}

static void
refuses_values(void)
{
	static const uint8_t weak[8] = { 1, 1, 1, 1, 1, 1, 1, 1 };

	LIVES(allocs, ALLOC_HSERR);
	LIVES(bytes, BYTES_HSERR);
	LIVES(addtime, ADDTIME_HSERR);
	LIVES(usetime, USETIME_HSERR);
	/* idle beyond soft, and beyond hard (spec: sa 16) */
	ADD((m.has |= BIT(LIFETIME_IDLE) | BIT(LIFETIME_SOFT),
		m.idle.addtime = 2, m.soft.addtime = 1),
	    EINVAL, ADDTIME_HSERR);
	ADD((m.has |= BIT(LIFETIME_IDLE) | BIT(LIFETIME_HARD),
		m.idle.usetime = 2, m.hard.usetime = 1),
	    EINVAL, USETIME_HSERR);
	ADD(m.spi = 0, EINVAL, MALFORMED_SA);
	ADD(m.auth = 99, EINVAL, BAD_AALG);
	ADD(m.encr = 99, EINVAL, BAD_EALG);
	ADD(m.sa_flags = SAF_USED, EINVAL, BAD_SAFLAGS);
	ADD(m.state = SA_DYING, EINVAL, BAD_SASTATE);
	ADD(m.akey.bits = 248, EINVAL, BAD_AKEYBITS);
	ADD(m.ekey.bits = 120, EINVAL, BAD_EKEYBITS);
	ADD(m.satype = SATYPE_AH, EINVAL, ENCR_NOTSUPP);
	ADD((m.encr = EALG_DESCBC, m.ekey.bits = 64, m.ekey.b = weak), EINVAL,
	    WEAK_EKEY);
	ADD((m.has |= BIT(REPLAY_VALUE), m.replay64 = UINT64_MAX), EINVAL,
	    INVALID_REPLAY);
	ADD((m.has |= BIT(PAIR), m.pair_spi = 0x1000), EINVAL,
	    PAIR_INAPPROPRIATE);
}

/* --- other messages --- */

static void
refuses_bases(void)
{
	struct pfkey_msg m = base(0, SATYPE_ESP);
	struct sa_spec s = esp(0x1000, PEER, ME);

	refused(&m, EINVAL, PFKEY_DIAG_UNKNOWN_MSG);
	m = about(PFKEY_GETSPI, &s, false);
	m.has = BIT(ADDRESS_SRC) | BIT(ADDRESS_DST);
	refused(&m, EINVAL, PFKEY_DIAG_MISSING_RANGE);
	m = base(PFKEY_FLUSH, 0);
	m.has = BIT(EDUMP);
	refused(&m, EINVAL, PFKEY_DIAG_NO_EXT);
}

/* A message that names s. */
static struct pfkey_msg
named(uint8_t type, const struct sa_spec *s)
{
	struct pfkey_msg m = about(type, s, false);

	m.has &= BIT(SA) | BIT(ADDRESS_SRC) | BIT(ADDRESS_DST) |
		 BIT(KM_COOKIE) | BIT(PAIR);
	return m;
}

static void
refuses_changes(void)
{
	struct sa_spec in = esp(1, PEER, ME), out = esp(2, ME, PEER), s = in;
	struct pfkey_msg m;

	in.kmp = 1;
	in.kmc = 5;
	must_add(&f, &in);
	m = named(PFKEY_X_UPDATEPAIR, &in);
	m.has &= ~BIT(KM_COOKIE);
	refused(&m, ESRCH, PFKEY_DIAG_PAIR_SA_NOTFOUND);
	out.pair_spi = 1;
	out.dst = addr("10.0.0.3");
	m = about(PFKEY_ADD, &out, true);
	refused(&m, EINVAL, PFKEY_DIAG_PAIR_ADD_MISMATCH);
	out.dst = addr(PEER);
	must_add(&f, &out);
	out.spi = 3;
	m = about(PFKEY_ADD, &out, true);
	refused(&m, EINVAL, PFKEY_DIAG_PAIR_ALREADY);
	s.kmp = 2;
	s.kmc = 5;
	m = named(PFKEY_UPDATE, &s);
	refused(&m, EINVAL, PFKEY_DIAG_DUPLICATE_KMP);
	m.kmp = 1;
	m.kmc = 6;
	refused(&m, EINVAL, PFKEY_DIAG_DUPLICATE_KMC);
	m.kmc = 5;
	m.sa_flags = SAF_OUTBOUND;
	refused(&m, EINVAL, PFKEY_DIAG_BAD_SA_DIRECTION);
	m.sa_flags = 0;
	m.spi = 9;
	refused(&m, ESRCH, PFKEY_DIAG_SA_NOTFOUND);
	m = about(PFKEY_UPDATE, &in, true);
	refused(&m, EINVAL, PFKEY_DIAG_AKEY_PRESENT);
	m.has &= ~BIT(KEY_AUTH);
	refused(&m, EINVAL, PFKEY_DIAG_EKEY_PRESENT);
	/* dead, and not yet taken away */
	s = esp(7, PEER, ME);
	s.hard.addtime = 5;
	must_add(&f, &s)->state = SA_DEAD;
	m = named(PFKEY_UPDATE, &s);
	refused(&m, ESRCH, PFKEY_DIAG_SA_EXPIRED);
}

/*
 * What no message can bring about: both protocols are always there, no
 * authentication key is weak, an algorithm that nobody computes is a BAD_AALG or
 * BAD_EALG, and there are no TCP signatures.
 */
static const uint16_t never[] = { PFKEY_DIAG_NONE, PFKEY_DIAG_NO_SADBS,
	PFKEY_DIAG_WEAK_AKEY, PFKEY_DIAG_DUPLICATE_NATT_PORTS,
	PFKEY_DIAG_BAD_CTX, PFKEY_DIAG_MISSING_ASTR, PFKEY_DIAG_DUPLICATE_ASTR,
	PFKEY_DIAG_MALFORMED_ASTR };

static bool
can_be(uint16_t diag)
{
	for (size_t i = 0; i < COUNT(never); i++)
		if (never[i] == diag)
			return false;
	return true;
}

static void
says_each_diagnostic(void **state)
{
	(void)state;
	memset(seen, 0, sizeof(seen));
	refuses_forms();
	refuses_bases();
	refuses_extensions();
	refuses_addresses();
	refuses_values();
	refuses_changes();
	for (uint16_t i = 0; i < PFKEY_DIAG_N; i++)
		if (seen[i] != can_be(i))
			fail_msg("%u, %s", i, pfkey_diag_text(i));
}

#define T(name) \
	cmocka_unit_test_setup_teardown(name, server_setup, server_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(says_each_diagnostic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
