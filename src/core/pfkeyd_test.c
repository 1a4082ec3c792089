/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/pfkeyd.h"

#include "core/pfkeyd_fix_test.h"
#include "wire/pfkey_bytes_test.h"

static struct key_conn *const asker = &conns[0], *const other = &conns[1],
			      *const plain = &conns[4];

static void
input(struct key_conn *c, const uint8_t *msg, size_t n)
{
	hush();
	pfkeyd_input(c->s, msg, n, t0);
}

/* R181: an unprivileged one is told nothing but no */
static void
refuses_the_unprivileged(void **state)
{
	(void)state;
	for (uint8_t t = 0; t < 20; t++) {
		struct pfkey_msg m = base(t, SATYPE_ESP);

		hush();
		ask(plain, &m);
		expect_answer(plain, t < PFKEY_TYPE_N ? t : 0, EPERM, 0);
		assert_int_equal(asker->n + other->n, 0);
	}
	assert_int_equal(sadb_count(f.d, 0), 0);
	const uint8_t junk[] = { 1, 2, 3 };
	input(plain, junk, sizeof(junk));
	assert_int_equal(plain->last.errnum, EPERM);
	/* nor does it hear others, though it asked to */
	struct pfkey_msg m = base(PFKEY_X_PROMISC, 1);
	ask(plain, &m);
	m = base(PFKEY_REGISTER, SATYPE_ESP);
	ask(plain, &m);
	hush();
	m = base(PFKEY_FLUSH, 0);
	ask(asker, &m);
	assert_int_equal(plain->n, 0);
	assert_int_equal(other->n, 1);
}

static void
refuses_unknown_messages(void **state)
{
	const uint8_t types[] = { 0, 16, 24, 255 };

	(void)state;
	for (size_t i = 0; i < sizeof(types); i++) {
		const uint8_t msg[] = { BASE(types[i], 2) };

		input(asker, msg, sizeof(msg));
		/* spec: pfkey 3.1: an invalid type is not repeated */
		expect_answer(
		    asker, PFKEY_RESERVED, EINVAL, PFKEY_DIAG_UNKNOWN_MSG);
		assert_int_equal(asker->last.seq, 7);
		assert_int_equal(asker->last.pid, 99);
	}
}

static void
refuses_malformed_messages(void **state)
{
	const uint8_t length[] = { BASE(3, 3) };
	const uint8_t version[] = { 3, 3, 0, 3, H16(2), H16(0), H32(7),
		H32(99) };
	const uint8_t ext[] = { BASE(3, 3), H16(1), H16(30), H32(0) };
	const uint8_t key[] = { BASE(3, 4), H16(2), H16(8), H16(64), H16(0),
		H64(0) };

	(void)state;
	input(asker, length, sizeof(length));
	expect_answer(asker, PFKEY_ADD, EMSGSIZE, 0);
	assert_int_equal(other->n, 0);
	input(asker, length, 5);
	assert_int_equal(asker->last.errnum, EMSGSIZE);
	input(asker, length, 0);
	assert_int_equal(asker->last.errnum, EMSGSIZE);
	input(asker, version, sizeof(version)); /* R151 */
	expect_answer(asker, PFKEY_ADD, EPROTONOSUPPORT, 0);
	input(asker, ext, sizeof(ext));
	expect_answer(asker, PFKEY_ADD, EINVAL, PFKEY_DIAG_UNKNOWN_EXT);
	input(asker, key, sizeof(key));
	expect_answer(asker, PFKEY_ADD, EINVAL, PFKEY_DIAG_MALFORMED_AKEY);
}

/* R172; spec: pfkey 8 */
static void
announces_expiry(void **state)
{
	struct sa_spec s = esp(0x1000, "10.0.0.2", "10.0.0.1");
	const uint64_t always = BIT(SA) | BIT(LIFETIME_CURRENT) |
				BIT(ADDRESS_SRC) | BIT(ADDRESS_DST) |
				BIT(INNER_SRC) | BIT(INNER_DST);

	(void)state;
	s.soft.addtime = 10;
	s.hard.addtime = 20;
	s.idle.addtime = 5;
	s.isrc = prefix("10.1.0.0", 16);
	s.idst = prefix("10.2.0.0", 16);
	s.sid = (struct sa_ident){ 2, 1, 0, "a" };
	must_add(&f, &s);
	sadb_age(f.d, 0, at(5));
	expect_answer(other, PFKEY_EXPIRE, 0, 0);
	assert_int_equal(other->last.has, always | BIT(LIFETIME_IDLE));
	assert_int_equal(other->last.idle.addtime, 5);
	assert_int_equal(other->last.satype, SATYPE_ESP);
	hush();
	sadb_age(f.d, 0, at(10));
	expect_answer(other, PFKEY_EXPIRE, 0, 0);
	assert_int_equal(other->last.has, always | BIT(LIFETIME_SOFT));
	assert_int_equal(other->last.state, SA_DYING);
	assert_int_equal(other->last.current.addtime, t0.wall);
	assert_int_equal(other->last.pid, 0);
	hush();
	sadb_age(f.d, 0, at(20));
	expect_answer(asker, PFKEY_EXPIRE, 0, 0);
	assert_int_equal(asker->last.has, always | BIT(LIFETIME_HARD));
	assert_int_equal(asker->last.hard.addtime, 20);
	assert_int_equal(asker->last.state, SA_DEAD);
	assert_int_equal(plain->n, 0);
}

/* A limit of 0 that the SA has of no kind is still the one that is named. */
static void
names_the_limit(void **state)
{
	struct sa_spec s = esp(0x1000, "10.0.0.2", "10.0.0.1");
	struct sa *sa = must_add(&f, &s);

	(void)state;
	sadb_reached(f.d, sa, SA_HARD); /* numbers used up */
	assert_true(pfkey_has(&other->last, PFKEY_EXT_LIFETIME_HARD));
}

static void
ends_with_a_dump_under_way(void **state)
{
	struct pfkey_msg m = base(PFKEY_DUMP, 0);

	(void)state;
	for (uint32_t i = 1; i <= 9; i++) {
		struct sa_spec s = esp(i, "10.0.0.2", "10.0.0.1");

		must_add(&f, &s);
	}
	for (size_t i = 0; i < 2; i++) {
		conns[i].room = 3;
		ask(&conns[i], &m);
		assert_true(pfkeyd_is_waiting(conns[i].s));
	}
	/* one closes, the SADB changes, the server ends */
	pfkeyd_close(asker->s);
	assert_int_equal(sadb_flush(f.d, 0), 9);
	other->full = false;
	pfkeyd_writable(other->s, t0);
	assert_int_equal(other->last.seq, 0);
	hush();
	struct sa_spec s = esp(1, "10.0.0.2", "10.0.0.1");
	must_add(&f, &s);
	other->room = 1;
	ask(other, &m);
	assert_true(pfkeyd_is_waiting(other->s));
}

#define T(name) \
	cmocka_unit_test_setup_teardown(name, server_setup, server_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(refuses_the_unprivileged),
		T(refuses_unknown_messages),
		T(refuses_malformed_messages),
		T(announces_expiry),
		T(names_the_limit),
		T(ends_with_a_dump_under_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
