/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/sacheck.h"

#include "core/replay.h"
#include "core/sadb_fix_test.h"
#include "model/saspec_testing.h"

static void
knows_groups(void **state)
{
	struct addr a;

	(void)state;
	a = addr("224.0.0.1");
	assert_true(sacheck_is_group(&a));
	a = addr("255.255.255.255");
	assert_true(sacheck_is_group(&a));
	a = addr("ff02::1");
	assert_true(sacheck_is_group(&a));
	a = addr("10.0.0.255");
	assert_false(sacheck_is_group(&a));
	a = addr("ffff:ffff::");
	assert_true(sacheck_is_group(&a));
	a = addr("::");
	assert_false(sacheck_is_group(&a));
}

static void
normalises(void **state)
{
	struct sa_spec s = esp(1, "", "10.0.0.1");

	(void)state;
	sacheck_normalise(&s);
	assert_int_equal(s.src.fam, FAM_V4);
	assert_int_equal(s.window, 0); /* any sender: no window */
	assert_int_equal(s.flags, 0);
	s = esp(1, "10.0.0.2", "10.0.0.1");
	s.window = REPLAY_MAX + 1;
	s.idst = (struct prefix){ addr("10.1.2.3"), 8 };
	s.isrc.len = 9; /* of nothing */
	sacheck_normalise(&s);
	assert_int_equal(s.window, REPLAY_MAX);
	assert_int_equal(s.flags, SAF_TUNNEL);
	assert_int_equal(s.idst.a.b[1], 0);
	assert_int_equal(s.isrc.len, 0);
}

static void
expect(struct sa_spec s, uint16_t diag)
{
	sacheck_normalise(&s);
	assert_string_equal(
	    pfkey_diag_text(sacheck_add(&s)), pfkey_diag_text(diag));
}

#define GOOD esp(1, "10.0.0.2", "10.0.0.1")
/* A good spec with one thing changed is refused for that. */
#define REFUSES(base, change, name)           \
	do {                                  \
		struct sa_spec s = base;      \
		change;                       \
		expect(s, PFKEY_DIAG_##name); \
	} while (0)

static void
checks_addresses(void **state)
{
	(void)state;
	expect(GOOD, 0);
	REFUSES(GOOD, s.spi = 0, MALFORMED_SA);
	REFUSES(GOOD, s.dst = (struct addr){ 0 }, MISSING_DST);
	REFUSES(GOOD, s.dst = addr("0.0.0.0"), BAD_DST);
	REFUSES(GOOD, s.src = addr("224.0.0.1"), BAD_SRC);
	REFUSES(GOOD, s.src = addr("2001:db8::1"), AF_MISMATCH);
	REFUSES(GOOD, s.idst = prefix("10.0.0.0", 8), MISSING_INNER_SRC);
	REFUSES(GOOD, s.isrc = prefix("10.0.0.0", 8), MISSING_INNER_DST);
	REFUSES(GOOD,
	    (s.isrc = prefix("10.0.0.0", 8), s.idst = prefix("::", 0)),
	    INNER_AF_MISMATCH);
	REFUSES(GOOD,
	    (s.isrc = prefix("10.0.0.0", 33), s.idst = prefix("10.0.0.0", 8)),
	    PREFIX_INNER_SRC);
	REFUSES(GOOD,
	    (s.isrc = prefix("10.0.0.0", 8), s.idst = prefix("10.0.0.0", 33)),
	    PREFIX_INNER_DST);
	REFUSES(GOOD, (s.sport = 1, s.idport = 2), DUAL_PORT_SETS);
	/* inner addresses of another family than the outer ones are fine */
	REFUSES(
	    GOOD, (s.isrc = prefix("::", 0), s.idst = prefix("::", 0)), NONE);
}

static void
checks_natt(void **state)
{
	(void)state;
	REFUSES(GOOD, s.flags = SAF_NATT_LOC, MISSING_NATT_LOC);
	REFUSES(GOOD, s.flags = SAF_NATT_REM, MISSING_NATT_REM);
	REFUSES(GOOD, s.natt_loc = addr("::1"), MALFORMED_NATT_LOC);
	REFUSES(GOOD, s.natt_rem = addr("::1"), MALFORMED_NATT_REM);
	REFUSES(GOOD,
	    (s.flags = SAF_NATT_LOC | SAF_NATT_REM,
		s.natt_loc = s.natt_rem = addr("0.0.0.0")),
	    NONE);
}

static void
checks_flags_and_state(void **state)
{
	static const uint32_t both[] = { SAF_PAIRED, SAF_NOREPLAY, SAF_OUTBOUND,
		SAF_INBOUND, SAF_KM1, SAF_KM2, SAF_KM3, SAF_KM4, SAF_AALG1,
		SAF_AALG2, SAF_TUNNEL, SAF_ESN };
	static const uint32_t only_esp[] = { SAF_NATTED, SAF_EALG1, SAF_EALG2 };
	static const uint32_t none[] = { SAF_PFS, SAF_USED, SAF_UNIQUE,
		SAF_KRES1, SAF_TCPSIG, 0x100 };
	struct sa_spec a = ah(1, "10.0.0.2", "10.0.0.1");

	(void)state;
	expect(a, 0);
	for (size_t i = 0; i < sizeof(both) / sizeof(both[0]); i++) {
		REFUSES(GOOD, s.flags = both[i], NONE);
		REFUSES(a, s.flags = both[i], NONE);
	}
	for (size_t i = 0; i < sizeof(only_esp) / sizeof(only_esp[0]); i++) {
		REFUSES(GOOD, s.flags = only_esp[i], NONE);
		REFUSES(a, s.flags = only_esp[i], BAD_SAFLAGS);
	}
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		REFUSES(GOOD, s.flags = none[i], BAD_SAFLAGS);
	for (uint8_t st = 0; st < 8; st++)
		expect((a.state = st, a),
		    st == SA_MATURE || st == SA_ACTIVE_ELSEWHERE
			? 0
			: PFKEY_DIAG_BAD_SASTATE);
}

static void
checks_replay_value(void **state)
{
	(void)state;
	REFUSES(GOOD, s.replay_value = 0xfffffffe, NONE);
	REFUSES(GOOD, s.replay_value = 0xffffffff, INVALID_REPLAY);
	REFUSES(GOOD, (s.replay_value = 0xffffffff, s.flags = SAF_ESN), NONE);
	REFUSES(GOOD, (s.replay_value = UINT64_MAX, s.flags = SAF_ESN),
	    INVALID_REPLAY);
}

static void
checks_lifetimes(void **state)
{
	(void)state;
	REFUSES(GOOD, (s.soft.allocs = 2, s.hard.allocs = 1), ALLOC_HSERR);
	REFUSES(GOOD, (s.soft.bytes = 2, s.hard.bytes = 1), BYTES_HSERR);
	REFUSES(GOOD, (s.soft.addtime = 2, s.hard.addtime = 1), ADDTIME_HSERR);
	REFUSES(GOOD, (s.soft.usetime = 2, s.hard.usetime = 1), USETIME_HSERR);
	REFUSES(GOOD, (s.idle.addtime = 2, s.hard.addtime = 1), ADDTIME_HSERR);
	REFUSES(GOOD, (s.idle.usetime = 2, s.soft.usetime = 1), USETIME_HSERR);
	REFUSES(GOOD, s.soft = ((struct lifetime){ 9, 9, 9, 9 }), NONE);
	REFUSES(GOOD, s.hard = ((struct lifetime){ 9, 9, 9, 9 }), NONE);
	REFUSES(
	    GOOD, s.soft = s.hard = ((struct lifetime){ 9, 9, 9, 9 }), NONE);
}

static void
expect_update(const struct sa_spec *old, struct sa_spec s, uint16_t diag)
{
	assert_string_equal(
	    pfkey_diag_text(sacheck_update(old, &s)), pfkey_diag_text(diag));
}

#define UPDATES(old, change, name)                                         \
	do {                                                               \
		struct sa_spec s = {                                       \
			.satype = SATYPE_ESP, .spi = 1, .state = SA_MATURE \
		};                                                         \
		change;                                                    \
		expect_update(old, s, PFKEY_DIAG_##name);                  \
	} while (0)

static void
checks_updates(void **state)
{
	struct sa_spec old = GOOD, a = ah(1, "10.0.0.2", "10.0.0.1");

	(void)state;
	old.isrc = prefix("10.1.0.0", 16);
	old.idst = prefix("10.2.0.0", 16);
	old.hard.bytes = 100;
	UPDATES(&old, (void)0, NONE);
	UPDATES(&old, s.akey.bits = 8, AKEY_PRESENT);
	UPDATES(&old, s.ekey.bits = 8, EKEY_PRESENT);
	UPDATES(&old, s.state = SA_DYING, BAD_SASTATE);
	UPDATES(&old, s.state = SA_ACTIVE_ELSEWHERE, BAD_SASTATE);
	UPDATES(&old, s.replay_value = 1, BAD_SASTATE);
	UPDATES(&old, s.flags = SAF_TUNNEL, BAD_SAFLAGS);
	UPDATES(&old, s.flags = SAF_AALG1, BAD_SAFLAGS);
	UPDATES(&old, s.flags = SAF_NATT_LOC | SAF_PAIRED, NONE);
	UPDATES(&a, s.flags = SAF_NATT_LOC, BAD_SAFLAGS);
	UPDATES(&old, s.isrc = prefix("10.1.0.0", 17), MALFORMED_INNER_SRC);
	UPDATES(&old, s.idst = prefix("10.3.0.0", 16), MALFORMED_INNER_DST);
	UPDATES(&old, s.idst = prefix("10.2.0.0", 16), NONE);
	UPDATES(&old, (s.kmp = 1, s.kmc = 2), NONE);
	old.kmp = 1;
	old.kmc = 2;
	UPDATES(&old, (s.kmp = 1, s.kmc = 2), NONE);
	UPDATES(&old, s.kmp = 2, DUPLICATE_KMP);
	UPDATES(&old, s.kmc = 3, DUPLICATE_KMC);
	/* the old hard limit and the new soft one together */
	UPDATES(&old, s.soft.bytes = 101, BYTES_HSERR);
	UPDATES(&old, (s.soft.bytes = 101, s.hard.bytes = 102), NONE);
}

static void
merges_what_is_not_zero(void **state)
{
	struct sa_lives old = { .hard = { 1, 2, 3, 4 },
		.soft = { 1, 1, 1, 1 },
		.idle = { 0, 0, 7, 8 } };
	struct sa_spec s = { .hard = { 0, 5, 0, 6 },
		.soft = { 9, 0, 9, 0 },
		.idle = { 0, 0, 1, 0 } };

	(void)state;
	sacheck_merge(&old, &s);
	same_lifetime(&old.hard, &(struct lifetime){ 1, 5, 3, 6 });
	same_lifetime(&old.soft, &(struct lifetime){ 9, 1, 9, 1 });
	same_lifetime(&old.idle, &(struct lifetime){ 0, 0, 1, 8 });
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_groups),
		cmocka_unit_test(normalises),
		cmocka_unit_test(checks_addresses),
		cmocka_unit_test(checks_natt),
		cmocka_unit_test(checks_flags_and_state),
		cmocka_unit_test(checks_replay_value),
		cmocka_unit_test(checks_lifetimes),
		cmocka_unit_test(checks_updates),
		cmocka_unit_test(merges_what_is_not_zero),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
