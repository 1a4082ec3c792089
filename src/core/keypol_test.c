/* SPDX-License-Identifier: BSD-2-Clause */
/* Policy in messages of Linux' dialect, and who hears of it. */
#include "base/test.h"

#include "core/keykame_fix_test.h"

static struct kame_msg
bare(uint8_t type)
{
	return (struct kame_msg){ .m = { .type = type, .seq = 3 } };
}

static void
tells_all_of_its_dialect(void **state)
{
	static const uint8_t types[] = { KAME_X_SPDADD, KAME_X_SPDUPDATE,
		KAME_X_SPDDELETE, KAME_X_SPDSETIDX };
	struct kame_msg k = about_policy(0, KAME_DIR_OUT);

	(void)state;
	for (size_t i = 0; i < sizeof(types); i++) {
		k.m.type = types[i];
		expect(&k, 0);
		assert_int_equal(b.n, 1);
		assert_int_equal(b.last.m.type, types[i]);
		assert_int_equal(b.last.pol.dir, KAME_DIR_OUT);
		assert_int_equal(b.last.m.src.proto, KAME_PROTO_ANY);
		assert_int_equal(native.n, 0);
	}
	k = bare(KAME_X_SPDFLUSH);
	expect(&k, 0);
	assert_int_equal(b.n, 1);
	assert_int_equal(kspd_count(kspd), 0);
}

static void
goes_by_id(void **state)
{
	struct kame_msg k = about_policy(KAME_X_SPDADD, KAME_DIR_FWD);
	uint32_t id;

	(void)state;
	k.pol.priority = 0x7fffffff;
	expect(&k, 0);
	id = a.last.pol.id;
	k = bare(KAME_X_SPDGET);
	expect(&k, EINVAL); /* of which? */
	k.has = KBIT(POLICY);
	k.pol.id = id;
	expect(&k, 0);
	assert_int_equal(b.n, 0);
	assert_int_equal(a.last.pol.priority, 0x7fffffff);
	assert_int_equal(a.last.pol.dir, KAME_DIR_FWD);
	k.m.type = KAME_X_SPDDELETE2;
	steers = EIO;
	expect(&k, EIO);
	steers = 0;
	expect(&k, 0);
	assert_int_equal(b.n, 1);
	expect(&k, ENOENT);
	k.m.type = KAME_X_SPDGET;
	expect(&k, ENOENT);
}

static void
refuses(void **state)
{
	struct kame_msg k = about_policy(KAME_X_SPDADD, KAME_DIR_OUT);
	const uint8_t types[] = { KAME_X_PCHANGE, KAME_X_SPDACQUIRE,
		KAME_X_SPDEXPIRE, KAME_X_NAT_T_NEW_MAPPING, KAME_X_MIGRATE };

	(void)state;
	k.has = 0;
	expect(&k, EINVAL);
	k.has = KBIT(POLICY);
	k.m.has = BIT(ADDRESS_SRC);
	expect(&k, EINVAL);
	for (size_t i = 0; i < sizeof(types); i++) {
		k = about_policy(types[i], KAME_DIR_OUT);
		expect(&k, EOPNOTSUPP);
	}
	k.m.type = KAME_TYPE_N;
	expect(&k, EINVAL);
	assert_int_equal(kspd_count(kspd), 0);
}

/* A label would say more than anybody here keeps. */
static void
refuses_security_contexts(void **state)
{
	struct kame_msg k = about_policy(KAME_X_SPDADD, KAME_DIR_OUT);
	uint8_t buf[512];
	struct wr w = wr_into(buf, sizeof(buf));
	uint16_t words;

	(void)state;
	assert_true(kame_write(&w, &k));
	wr_h16(&w, 2);
	wr_h16(&w, KAME_EXT_SEC_CTX);
	wr_zero(&w, 12);
	words = (uint16_t)(w.len / 8);
	memcpy(buf + 4, &words, sizeof(words));
	pfkeyd_input(a.s, buf, w.len, t0);
	assert_int_equal(a.last.m.errnum, EOPNOTSUPP);
	assert_int_equal(kspd_count(kspd), 0);
}

static void
an_update_that_fails_leaves_the_old(void **state)
{
	struct kame_msg k = about_policy(KAME_X_SPDADD, KAME_DIR_OUT);

	(void)state;
	expect(&k, 0);
	k.m.type = KAME_X_SPDUPDATE;
	k.pol = (struct kame_policy){ .type = KAME_POLICY_NONE,
		.dir = KAME_DIR_OUT };
	steers = EIO;
	expect(&k, EIO);
	assert_int_equal(kspd_after(kspd, 0)->acts[0].type, ACT_IPSEC);
	steers = 0;
	expect(&k, 0);
	assert_int_equal(kspd_count(kspd), 1);
	assert_int_equal(kspd_after(kspd, 0)->acts[0].type, ACT_PASS);
}

enum { MANY = 600 }; /* more than two turns */

static void
add_many(void)
{
	struct kame_msg k = about_policy(KAME_X_SPDADD, KAME_DIR_OUT);

	k.m.src.proto = k.m.dst.proto = IPPROTO_UDP_;
	for (unsigned i = 1; i <= MANY; i++) {
		k.m.src.port = (uint16_t)i;
		expect(&k, 0);
	}
}

static void
dumps_in_turns(void **state)
{
	struct kame_msg k = bare(KAME_X_SPDDUMP);
	unsigned turns = 1;

	(void)state;
	add_many();
	ask(&k);
	assert_true(a.n < MANY);
	while (pfkeyd_is_waiting(a.s)) {
		assert_int_not_equal(a.last.m.seq, 0);
		pfkeyd_writable(a.s, t0);
		turns++;
	}
	assert_int_equal(turns, 3);
	assert_int_equal(a.n, MANY);
	assert_int_equal(a.last.m.seq, 0);
	assert_int_equal(a.last.m.src.port, MANY);
	assert_int_equal(b.n, 0);
}

/* An end comes even if the rest is gone; a second dump meanwhile does not. */
static void
dumps_what_is_left(void **state)
{
	struct kame_msg k = bare(KAME_X_SPDDUMP);
	unsigned n;

	(void)state;
	add_many();
	ask(&k);
	n = a.n;
	expect(&k, EBUSY);
	k = bare(KAME_X_SPDFLUSH);
	expect(&k, 0);
	assert_true(n < MANY && pfkeyd_is_waiting(a.s));
	pfkeyd_writable(a.s, t0);
	assert_false(pfkeyd_is_waiting(a.s));
	assert_int_equal(a.n, 2);
	assert_int_equal(a.last.m.type, KAME_X_SPDDUMP);
	assert_int_equal(a.last.m.seq, 0);
}

static void
ends_policy_in_time(void **state)
{
	struct kame_msg k = about_policy(KAME_X_SPDADD, KAME_DIR_OUT);

	(void)state;
	k.m.has |= BIT(LIFETIME_HARD) | BIT(LIFETIME_SOFT);
	k.m.hard.addtime = 20;
	k.m.soft.addtime = 10;
	expect(&k, 0);
	k = (struct kame_msg){ .m = { .type = PFKEY_REGISTER,
				   .satype = SATYPE_ESP } };
	expect(&k, 0);
	a.n = b.n = native.n = 0;
	pfkeyd_age(srv, at(9));
	assert_int_equal(a.n, 0);
	pfkeyd_age(srv, at(10));
	pfkeyd_age(srv, at(11));
	assert_int_equal(a.n, 1);
	assert_int_equal(a.last.m.type, KAME_X_SPDEXPIRE);
	assert_true(pfkey_has(&a.last.m, PFKEY_EXT_LIFETIME_SOFT));
	assert_false(pfkey_has(&a.last.m, PFKEY_EXT_LIFETIME_HARD));
	assert_int_equal(kspd_count(kspd), 1);
	/* nothing ends that the kernel still does */
	steers = EIO;
	pfkeyd_age(srv, at(20));
	assert_int_equal(kspd_count(kspd), 1);
	steers = 0;
	pfkeyd_age(srv, at(21));
	assert_int_equal(kspd_count(kspd), 0);
	assert_true(pfkey_has(&a.last.m, PFKEY_EXT_LIFETIME_HARD));
	/* only who is registered hears it */
	assert_int_equal(b.n + native.n, 0);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(tells_all_of_its_dialect),
		T(goes_by_id),
		T(refuses),
		T(refuses_security_contexts),
		T(an_update_that_fails_leaves_the_old),
		T(dumps_in_turns),
		T(dumps_what_is_left),
		T(ends_policy_in_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
