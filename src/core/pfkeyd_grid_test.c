/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every message with every extension, and every message to every kind of
 * listener (spec: pfkey 2, 8).
 */
#include "core/keyops.h"
#include "core/pfkeyd_fix_test.h"

#define ME	 "10.0.0.1"
#define PEER	 "10.0.0.2"
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define SD (BIT(ADDRESS_SRC) | BIT(ADDRESS_DST))
#define ADDRS \
	(SD | BIT(INNER_SRC) | BIT(INNER_DST) | BIT(NATT_LOC) | BIT(NATT_REM))
#define IDS   (BIT(IDENTITY_SRC) | BIT(IDENTITY_DST) | BIT(KM_COOKIE))
#define NAMES (BIT(SA) | ADDRS | IDS | BIT(REQID))
#define LIVES (BIT(LIFETIME_HARD) | BIT(LIFETIME_SOFT) | BIT(LIFETIME_IDLE))
#define KEYS  (BIT(KEY_AUTH) | BIT(KEY_ENCRYPT))
/* ours: pf_key(7); REQID is among the names */
#define OURS (BIT(WINDOW) | BIT(MORE_SRC) | BIT(MORE_DST))
#define ADDS (NAMES | LIVES | KEYS | BIT(PAIR) | BIT(REPLAY_VALUE) | OURS)

/* What a message must have and what it may have besides. */
static const struct {
	uint64_t needs, may;
	uint8_t satype; /* a good one */
} grid[PFKEY_TYPE_N] = {
	[PFKEY_GETSPI] = { BIT(SPIRANGE) | SD, ADDRS | IDS, 3 },
	[PFKEY_UPDATE] = { BIT(SA) | SD, ADDS, 3 },
	[PFKEY_ADD] = { BIT(SA) | SD, ADDS, 3 },
	[PFKEY_DELETE] = { 0, NAMES, 3 },
	[PFKEY_GET] = { BIT(SA) | BIT(ADDRESS_DST), NAMES, 3 },
	[PFKEY_ACQUIRE] = { 0, ADDRS | IDS | BIT(PROPOSAL) | BIT(EPROP), 3 },
	[PFKEY_REGISTER] = { 0, BIT(EREG), 3 },
	[PFKEY_EXPIRE] = { 0, ~UINT64_C(0), 3 },
	[PFKEY_FLUSH] = { 0, 0, 0 },
	[PFKEY_DUMP] = { 0, BIT(EDUMP), 0 },
	[PFKEY_X_PROMISC] = { 0, 0, 1 },
	[PFKEY_X_INVERSE_ACQUIRE] = { SD, ADDRS | IDS, 0 },
	[PFKEY_X_UPDATEPAIR] = { BIT(SA) | SD, NAMES | LIVES, 3 },
	[PFKEY_X_DELPAIR] = { 0, NAMES, 3 },
	[PFKEY_X_DELPAIR_STATE] = { BIT(SA), NAMES, 0 },
};

/* The diagnostic for an extension that may not be there (spec: pfkey 9). */
static uint16_t
unwanted(unsigned e)
{
	switch (e) {
	case PFKEY_EXT_KEY_AUTH:
		return PFKEY_DIAG_AKEY_PRESENT;
	case PFKEY_EXT_KEY_ENCRYPT:
		return PFKEY_DIAG_EKEY_PRESENT;
	case PFKEY_EXT_PROPOSAL:
	case PFKEY_EXT_EPROP:
		return PFKEY_DIAG_PROP_PRESENT;
	case PFKEY_EXT_SUPPORTED_AUTH:
	case PFKEY_EXT_SUPPORTED_ENCRYPT:
		return PFKEY_DIAG_SUPP_PRESENT;
	case PFKEY_EXT_SENSITIVITY:
	case PFKEY_EXT_OUTER_SENS:
		return PFKEY_DIAG_BAD_LABEL;
	default:
		return PFKEY_DIAG_NO_EXT;
	}
}

static uint16_t
lacking(unsigned e)
{
	switch (e) {
	case PFKEY_EXT_SA:
		return PFKEY_DIAG_MISSING_SA;
	case PFKEY_EXT_ADDRESS_SRC:
		return PFKEY_DIAG_MISSING_SRC;
	case PFKEY_EXT_ADDRESS_DST:
		return PFKEY_DIAG_MISSING_DST;
	default:
		return PFKEY_DIAG_MISSING_RANGE;
	}
}

/* A message with just the extensions of `has`, with good values. */
static struct pfkey_msg
with(uint8_t type, uint64_t has)
{
	struct pfkey_msg m = base(type, grid[type].satype);

	m.has = has;
	m.src = m.natt_rem = m.isrc = paddr(PEER);
	m.dst = m.natt_loc = m.idst = paddr(ME);
	return m;
}

static void
check_is(const struct pfkey_msg *m, uint16_t want)
{
	uint16_t diag;
	int err = keyops_check(keyops_row(m->type), m, &diag);

	if (diag != want)
		fail_msg("%s with %#llx: %s, not %s", pfkey_type_text(m->type),
		    (unsigned long long)m->has, pfkey_diag_text(diag),
		    pfkey_diag_text(want));
	assert_int_equal(err, want != 0 ? EINVAL : 0);
}

static void
takes_its_extensions(void **state)
{
	(void)state;
	for (uint8_t t = 1; t < PFKEY_TYPE_N; t++) {
		uint64_t needs = grid[t].needs, may = grid[t].may | needs;

		/* CURRENT is refused with another errno (spec: sa 15) */
		if (t == PFKEY_ADD || t == PFKEY_UPDATE ||
		    t == PFKEY_X_UPDATEPAIR)
			may |= BIT(LIFETIME_CURRENT);
		for (unsigned e = 1; e < PFKEY_EXT_N; e++) {
			uint64_t bit = UINT64_C(1) << e;
			struct pfkey_msg m = with(t, needs | bit);

			check_is(&m, (may & bit) != 0 ? 0 : unwanted(e));
			if ((needs & bit) == 0)
				continue;
			m.has &= ~bit;
			check_is(&m, lacking(e));
		}
	}
}

/* spec: pfkey 3.4 */
static void
takes_its_types(void **state)
{
	(void)state;
	for (uint8_t t = 1; t < PFKEY_TYPE_N; t++) {
		struct pfkey_msg m = with(t, grid[t].needs);
		bool free = t == PFKEY_REGISTER || t == PFKEY_X_PROMISC ||
			    t == PFKEY_EXPIRE;
		bool any = t == PFKEY_ACQUIRE || t == PFKEY_FLUSH ||
			   t == PFKEY_DUMP || t == PFKEY_X_INVERSE_ACQUIRE ||
			   t == PFKEY_X_DELPAIR_STATE;

		for (unsigned type = 0; type < 256; type++) {
			m.satype = (uint8_t)type;
			if (free || type == SATYPE_AH || type == SATYPE_ESP)
				check_is(&m, 0);
			else if (type != 0)
				check_is(&m, PFKEY_DIAG_UNKNOWN_SATYPE);
			else
				check_is(
				    &m, any ? 0 : PFKEY_DIAG_SATYPE_NEEDED);
		}
	}
}

/* --- who hears it --- */

enum { ASKER, OTHER, PROMISC, REGISTERED, PLAIN };

static void
enrol(void)
{
	struct pfkey_msg m = base(PFKEY_X_PROMISC, 1);

	ask(&conns[PROMISC], &m);
	m = base(PFKEY_REGISTER, SATYPE_ESP);
	ask(&conns[REGISTERED], &m);
}

/* All that hear m, as bits; each hears the same thing once. */
static unsigned
who_hears(const struct pfkey_msg *m, int errnum)
{
	unsigned who = 0;

	hush();
	ask(&conns[ASKER], m);
	for (unsigned i = 0; i < CONNS; i++) {
		if (conns[i].n == 0)
			continue;
		expect_answer(&conns[i], m->type, errnum, conns[i].last.diag);
		who |= 1u << i;
	}
	return who;
}

#define ALL  (1u << ASKER | 1u << OTHER | 1u << PROMISC | 1u << REGISTERED)
#define MINE (1u << ASKER | 1u << PROMISC)

/* spec: pfkey 2, in its order */
static void
tells_whom_it_should(void **state)
{
	struct sa_spec in = esp(1, PEER, ME), out = esp(2, ME, PEER);
	struct pfkey_msg m;

	(void)state;
	enrol();
	m = with(PFKEY_GETSPI, BIT(SPIRANGE) | SD);
	m.spi_min = 300;
	m.spi_max = 400;
	assert_int_equal(who_hears(&m, 0), ALL);
	m = about(PFKEY_ADD, &in, true);
	assert_int_equal(who_hears(&m, 0), ALL);
	out.pair_spi = 1;
	must_add(&f, &out);
	m = with(PFKEY_UPDATE, BIT(SA) | SD);
	m.spi = 1;
	m.state = SA_MATURE;
	assert_int_equal(who_hears(&m, 0), ALL);
	m.type = PFKEY_X_UPDATEPAIR;
	assert_int_equal(who_hears(&m, 0), ALL);
	m.type = PFKEY_GET;
	assert_int_equal(who_hears(&m, 0), MINE);
	m.type = PFKEY_X_DELPAIR;
	assert_int_equal(who_hears(&m, 0), ALL);
	assert_int_equal(sadb_count(f.d, 0), 1); /* the larval one */
	must_add(&f, &in);
	m.type = PFKEY_DELETE;
	assert_int_equal(who_hears(&m, 0), ALL);
	m.type = PFKEY_X_DELPAIR_STATE;
	assert_int_equal(who_hears(&m, 0), ALL);
	m = with(PFKEY_FLUSH, 0);
	assert_int_equal(who_hears(&m, 0), ALL);
	m = with(PFKEY_DUMP, 0);
	assert_int_equal(who_hears(&m, 0), MINE);
	m = with(PFKEY_X_INVERSE_ACQUIRE, SD);
	assert_int_equal(who_hears(&m, ENOENT), MINE);
	m = with(PFKEY_REGISTER, 0);
	assert_int_equal(who_hears(&m, 0), MINE);
}

/* ... and an error is for the asker alone, whatever was asked */
static void
tells_errors_to_the_asker(void **state)
{
	(void)state;
	enrol();
	for (uint8_t t = 1; t < PFKEY_TYPE_N; t++) {
		struct pfkey_msg m = with(t, SD | BIT(SA) | BIT(EDUMP));
		int err = t == PFKEY_EXPIRE ? EOPNOTSUPP : EINVAL;

		m.satype = 9;
		assert_int_equal(who_hears(&m, err), MINE);
		/* spec: pfkey 3.5 */
		assert_int_equal(conns[PROMISC].last.has, 0);
	}
}

/* spec: pfkey 8; sa 17: without an SPI all SAs of these addresses */
static void
purges_pairs(void **state)
{
	struct sa_spec in = esp(1, PEER, ME), out = esp(2, ME, PEER);
	struct sa_spec alone = esp(3, PEER, ME), far = esp(4, ME, "10.0.0.9");
	struct pfkey_msg m = with(PFKEY_X_DELPAIR, SD);

	(void)state;
	must_add(&f, &in);
	out.pair_spi = 1;
	must_add(&f, &out);
	must_add(&f, &alone);
	must_add(&f, &far);
	ask(&conns[ASKER], &m);
	expect_answer(&conns[OTHER], PFKEY_X_DELPAIR, 0, 0);
	/* the outbound one goes with its pair */
	assert_int_equal(sadb_count(f.d, 0), 1);
	assert_non_null(sadb_find(f.d, &far));
	m.has = 0;
	m.src = m.dst = (struct pfkey_addr){ 0 };
	expect_refusal(&m, EINVAL, PFKEY_DIAG_MISSING_SA);
}

#define T(name) \
	cmocka_unit_test_setup_teardown(name, server_setup, server_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(takes_its_extensions),
		T(takes_its_types),
		T(tells_whom_it_should),
		T(tells_errors_to_the_asker),
		T(purges_pairs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
