/* SPDX-License-Identifier: BSD-2-Clause */
/* Two engines make, use and end SAs: nothing goes wrong on the way. */
#include "base/test.h"

#include "crypto/be/be.h"
#include "ike/sim.h"

static struct crypto *crypto;
static struct sim s;

enum { LONG = 60000 /* ms */ };

static int
setup(void **state)
{
	(void)state;
	crypto = crypto_new(be_ossl, NULL, NULL);
	return crypto != NULL ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	crypto_free(crypto);
	return 0;
}

static void
begin(uint64_t seed)
{
	sim_init(&s, crypto, 2, seed);
}

static void
expect_agreement(void)
{
	const char *why = sim_agree(&s, 0, 1);

	if (why != NULL)
		fail_msg("seed: %s; last log: %s", why, s.last_log);
	assert_int_equal(s.errors, 0);
}

static void
expect_carried(void)
{
	assert_true(sim_carries(&s, 0, 1) && sim_carries(&s, 1, 0));
}

static uint8_t kept[600];
static size_t kept_n;

/* Of the network: the first message of all. */
static bool
keep_first(struct sim *sim, unsigned from, struct ike_bytes *msg)
{
	(void)sim;
	(void)from;
	if (kept_n == 0 && msg->n <= sizeof(kept)) {
		memcpy(kept, msg->p, msg->n);
		kept_n = msg->n;
	}
	return true;
}

static void
bring_up(void)
{
	sim_start(&s);
	sim_packet(&s, 0, 1);
	sim_run(&s, 5000);
	expect_agreement();
	/* the packets that waited were let go */
	assert_int_equal(s.h[0].woken, s.h[0].last_acquire);
}

static void
test_transport(void **state)
{
	(void)state;
	begin(1);
	bring_up();
	assert_int_equal(sim_find(&s, 0, 1, false)->flags & SAF_TUNNEL, 0);
	/* two messages each way, and no more */
	assert_int_equal(s.h[0].sent, 2);
	assert_int_equal(s.h[1].sent, 2);
	sim_fini(&s);
}

static void
test_tunnel(void **state)
{
	const uint8_t a[4] = { 192, 0, 2, 0 }, b[4] = { 198, 51, 100, 0 };
	struct sim_sa *out;

	(void)state;
	begin(2);
	for (unsigned i = 0; i < 2; i++) {
		s.h[i].policy = SIM_TUNNEL;
		s.h[i].inner_own =
		    (struct prefix){ addr_v4(i == 0 ? a : b), 24 };
		s.h[i].inner_peer =
		    (struct prefix){ addr_v4(i == 0 ? b : a), 24 };
	}
	bring_up();
	out = sim_find(&s, 0, 1, false);
	assert_int_not_equal(out->flags & SAF_TUNNEL, 0);
	assert_int_equal(out->isrc.plen, 24);
	assert_int_equal(out->idst.plen, 24);
	assert_memory_equal(out->isrc.a.b, a, 4);
	assert_memory_equal(out->idst.a.b, b, 4);
	sim_fini(&s);
}

/* R268: the responder's policy is narrower. */
static void
test_narrowed(void **state)
{
	const uint8_t a[4] = { 192, 0, 2, 0 }, b[4] = { 198, 51, 100, 0 };

	(void)state;
	begin(3);
	for (unsigned i = 0; i < 2; i++) {
		s.h[i].policy = SIM_TUNNEL;
		s.h[i].inner_own =
		    (struct prefix){ addr_v4(i == 0 ? a : b), 24 };
		s.h[i].inner_peer =
		    (struct prefix){ addr_v4(i == 0 ? b : a), 24 };
	}
	s.h[1].inner_own.len = 28;
	bring_up();
	assert_int_equal(sim_find(&s, 0, 1, false)->idst.plen, 28);
	assert_int_equal(sim_find(&s, 1, 0, false)->isrc.plen, 28);
	sim_fini(&s);
}

static void
test_ah(void **state)
{
	const struct pfkey_ecomb c = { .n = 1,
		.desc = { { .satype = SATYPE_AH,
		    .type = PFKEY_ALGTYPE_AUTH,
		    .alg = 5,
		    .min = 256,
		    .max = 256 } } };

	(void)state;
	begin(4);
	for (unsigned i = 0; i < 2; i++) {
		s.h[i].comb[0] = c;
		s.h[i].satype = SATYPE_AH;
	}
	bring_up();
	assert_int_equal(sim_find(&s, 0, 1, false)->satype, SATYPE_AH);
	assert_int_equal(sim_find(&s, 0, 1, false)->akey.bits, 256);
	sim_fini(&s);
}

/* A policy with both: two pairs, since IKEv2 has no bundles. */
static void
test_ah_and_esp(void **state)
{
	const struct pfkey_ecomb c = { .n = 3,
		.desc = { { .satype = SATYPE_AH,
			      .type = PFKEY_ALGTYPE_AUTH,
			      .alg = 5,
			      .min = 256,
			      .max = 256 },
		    { .satype = SATYPE_ESP,
			.type = PFKEY_ALGTYPE_AUTH,
			.alg = 5,
			.min = 256,
			.max = 256 },
		    { .satype = SATYPE_ESP,
			.type = PFKEY_ALGTYPE_CRYPT,
			.alg = 12,
			.min = 128,
			.max = 128 } } };

	(void)state;
	begin(5);
	s.h[0].comb[0] = s.h[1].comb[0] = c;
	sim_start(&s);
	sim_packet(&s, 0, 1);
	sim_run(&s, LONG);
	for (unsigned i = 0; i < 2; i++) {
		unsigned seen = 0;

		assert_int_equal(s.h[i].n_sa, 4);
		for (unsigned k = 0; k < 4; k++)
			seen |= 1u << s.h[i].sa[k].satype;
		assert_int_equal(seen, 1u << SATYPE_AH | 1u << SATYPE_ESP);
	}
	assert_int_equal(s.errors, 0);
	sim_fini(&s);
}

/* RFC 7296 2.23: floats to 4500; the responder sees another address. */
static void
test_nat(void **state)
{
	const uint8_t outside[4] = { 203, 0, 113, 7 };

	(void)state;
	begin(6);
	s.h[0].nat.a = addr_v4(outside);
	s.h[0].nat.port = 31337;
	bring_up();
	assert_int_equal(
	    sim_find(&s, 0, 1, false)->flags & (SAF_NATT_LOC | SAF_NATT_REM),
	    SAF_NATT_LOC);
	assert_int_equal(
	    sim_find(&s, 1, 0, false)->flags & (SAF_NATT_LOC | SAF_NATT_REM),
	    SAF_NATT_REM);
	assert_int_equal(sim_find(&s, 1, 0, false)->natt_rport, 31337);
	assert_int_equal(sim_find(&s, 0, 1, false)->natt_rport, 4500);
	sim_fini(&s);
}

/* R247-R250: a cookie, and another group, in the same negotiation. */
static void
test_cookie_and_group(void **state)
{
	struct ikecfg_xform x;

	(void)state;
	sim_init(&s, crypto, 3, 7);
	s.limits.cookie_from = 1;
	/* the initiator prefers 19, the responder has only 31 */
	x = s.h[0].cfg.rule[0].part.xform[0];
	s.h[0].cfg.rule[0].part.xform[0].ke = 19;
	assert_true(ikecfg_add_xform(&s.h[0].cfg.rule[0].part, &x));
	sim_start(&s);
	/* somebody else is half-open there, and says no more */
	s.h[2].psk = NULL;
	sim_packet(&s, 2, 1);
	sim_run(&s, 500);
	sim_packet(&s, 0, 1);
	sim_run(&s, 5000);
	assert_true(sim_carries(&s, 0, 1) && sim_carries(&s, 1, 0));
	sim_admin(&s, 1, IKE_ADMIN_STATS);
	assert_int_equal(s.stats.cookies_sent, 1);
	/* SA_INIT, with the cookie, with the other group; AUTH */
	assert_int_equal(s.h[0].sent, 4);
	sim_fini(&s);
}

/* F08, F10: many who are not there: bounded, and never more bytes than came. */
static void
test_flood(void **state)
{
	struct ike_event ev = { .type = IKE_EV_DATAGRAM };
	static uint8_t msg[600];
	size_t in = 0, out;

	(void)state;
	begin(13);
	s.limits.half_open = 50;
	s.limits.cookie_from = 10;
	s.tap = keep_first;
	sim_start(&s);
	sim_packet(&s, 0, 1);
	assert_true(kept_n > 28 && kept_n <= sizeof(msg));
	memcpy(msg, kept, kept_n);
	s.tap = NULL;
	out = s.h[1].bytes_out;
	for (unsigned i = 0; i < 2000; i++) {
		const uint8_t a[4] = { 172, 16, (uint8_t)(i >> 8), (uint8_t)i };

		msg[0] = (uint8_t)i;
		msg[1] = (uint8_t)(i >> 8);
		ev.dgram.local = (struct ike_end){ s.h[1].a, 500 };
		ev.dgram.remote = (struct ike_end){ addr_v4(a), 1000 };
		ev.dgram.msg = (struct ike_bytes){ msg, kept_n };
		sim_give(&s, 1, &ev);
		in += kept_n;
	}
	assert_true(s.h[1].bytes_out - out <= in);
	sim_admin(&s, 1, IKE_ADMIN_STATS);
	assert_int_equal(s.stats.half_open, 10);
	assert_true(s.stats.cookies_sent >= 1900);
	/* one who is there comes in all the same */
	sim_run(&s, 10000);
	expect_carried();
	/* and those who are not are forgotten */
	sim_run(&s, 400000);
	sim_admin(&s, 1, IKE_ADMIN_STATS);
	assert_int_equal(s.stats.half_open, 0);
	sim_fini(&s);
}

/* The NAT has another outside for the second message. */
static bool
move_after_first(struct sim *x, unsigned from, struct ike_bytes *msg)
{
	const uint8_t outside[4] = { 203, 0, 113, 8 };

	if (from == 0 && msg->n > 18 && msg->p[18] == 35) /* IKE_AUTH */
		x->h[0].nat.a = addr_v4(outside);
	return true;
}

/* A half-open one is counted where it was counted first, and no longer. */
static void
test_half_open_moves(void **state)
{
	const uint8_t outside[4] = { 203, 0, 113, 7 };

	(void)state;
	begin(62);
	s.h[0].nat.a = addr_v4(outside);
	s.h[0].nat.port = 31337;
	s.h[1].psk = "quite another key";
	s.tap = move_after_first;
	sim_start(&s);
	sim_packet(&s, 0, 1);
	sim_run(&s, 400000);
	assert_true(s.h[0].sent >= 2);
	sim_admin(&s, 1, IKE_ADMIN_STATS);
	assert_int_equal(s.stats.half_open, 0);
	sim_fini(&s);
}

/* A peer begins anew while we rekey the IKE SA that it has forgotten. */
static void
test_begins_anew_in_rekey(void **state)
{
	(void)state;
	begin(63);
	bring_up();
	s.h[0].cut = true;
	sim_admin(&s, 1, IKE_ADMIN_REKEY);
	sim_run(&s, 1000);
	sim_reboot(&s, 0);
	s.h[0].cut = false;
	sim_packet(&s, 0, 1);
	sim_run(&s, 20000);
	expect_carried();
	sim_admin(&s, 1, IKE_ADMIN_DUMP);
	assert_int_equal(s.n_view, 1);
	sim_fini(&s);
}

static void
test_wrong_psk(void **state)
{
	(void)state;
	begin(8);
	s.h[1].psk = "quite another key";
	sim_start(&s);
	sim_packet(&s, 0, 1);
	sim_run(&s, LONG);
	/* R285: nothing is installed, nothing stays, packets do not wait */
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(s.h[i].n_sa, 0);
		sim_admin(&s, i, IKE_ADMIN_DUMP);
		assert_int_equal(s.n_view, 0);
	}
	assert_int_equal(s.h[0].refused, s.h[0].last_acquire);
	sim_fini(&s);
}

/* CVE-2024-2357: no key on one side, then on the other. */
static void
test_no_psk(void **state)
{
	(void)state;
	for (unsigned who = 0; who < 2; who++) {
		begin(9);
		s.h[who].psk = NULL;
		sim_start(&s);
		sim_packet(&s, 0, 1);
		sim_run(&s, LONG);
		for (unsigned i = 0; i < 2; i++) {
			assert_int_equal(s.h[i].n_sa, 0);
			sim_admin(&s, i, IKE_ADMIN_DUMP);
			assert_true(s.n_view == 0 || who == 0);
		}
		assert_int_equal(s.h[0].refused, s.h[0].last_acquire);
		sim_run(&s, 400000);
		sim_admin(&s, 1, IKE_ADMIN_DUMP);
		assert_int_equal(s.n_view, 0);
		sim_fini(&s);
	}
}

/* R284: without a Child SA the IKE SA stays. */
static void
test_no_policy(void **state)
{
	(void)state;
	begin(10);
	s.h[1].policy = SIM_NONE;
	sim_start(&s);
	sim_packet(&s, 0, 1);
	sim_run(&s, LONG);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(s.h[i].n_sa, 0);
		sim_admin(&s, i, IKE_ADMIN_DUMP);
		assert_int_equal(s.n_view, 1);
	}
	assert_int_equal(s.h[0].refused, s.h[0].last_acquire);
	/* and serves, once policy is there: by CREATE_CHILD_SA */
	s.h[1].policy = SIM_TRANSPORT;
	sim_packet(&s, 0, 1);
	sim_run(&s, 5000);
	expect_agreement();
	sim_fini(&s);
}

static void
test_no_common_algorithm(void **state)
{
	(void)state;
	begin(11);
	s.h[1].cfg.rule[0].part.xform[0].prf = 7;
	sim_start(&s);
	sim_packet(&s, 0, 1);
	sim_run(&s, LONG);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(s.h[i].n_sa, 0);
		sim_admin(&s, i, IKE_ADMIN_DUMP);
		assert_int_equal(s.n_view, 0);
	}
	assert_int_equal(s.h[0].refused, s.h[0].last_acquire);
	sim_fini(&s);
}

/* R240: nobody is there. */
static void
test_nobody(void **state)
{
	(void)state;
	begin(12);
	s.h[1].cut = true;
	sim_start(&s);
	sim_packet(&s, 0, 1);
	sim_run(&s, 400000);
	assert_int_equal(s.h[0].n_sa, 0);
	assert_int_equal(s.h[0].refused, s.h[0].last_acquire);
	assert_int_equal(s.h[0].sent, 6); /* once and retry_limit times */
	assert_true(ike_deadline(s.h[0].ike) == UINT64_MAX);
	sim_fini(&s);
}

/* L16: 30 % loss, 10 % twice, half of it out of order. */
static void
test_bad_network(void **state)
{
	unsigned up = 0;

	(void)state;
	for (uint64_t seed = 100; seed < 300; seed++) {
		begin(seed);
		s.loss = 30;
		s.twice = 10;
		s.reorder = 50;
		s.delay = 100;
		sim_start(&s);
		sim_packet(&s, 0, 1);
		sim_run(&s, 60000);
		up += sim_carries(&s, 0, 1) && sim_carries(&s, 1, 0);
		assert_int_equal(s.errors, 0);
		sim_fini(&s);
	}
	assert_true(up >= 180);
}

static void
test_rekey_child(void **state)
{
	uint32_t before;

	(void)state;
	for (unsigned who = 0; who < 2; who++) {
		begin(20 + who);
		bring_up();
		before = sim_find(&s, 0, 1, false)->spi;
		assert_true(sim_expire(&s, who, 1 - who, false));
		/* at each moment there is an SA that the other side has */
		for (unsigned ms = 0; ms < 20000; ms += 1) {
			sim_run(&s, 1);
			if (!sim_carries(&s, 0, 1) || !sim_carries(&s, 1, 0))
				fail_msg("a hole at %u ms, who %u", ms, who);
		}
		expect_agreement();
		assert_int_not_equal(before, sim_find(&s, 0, 1, false)->spi);
		sim_fini(&s);
	}
}

static void
test_rekey_pfs(void **state)
{
	(void)state;
	begin(22);
	for (unsigned i = 0; i < 2; i++) {
		s.h[i].cfg.part.set |= UINT64_C(1) << IKECFG_P2_PFS;
		s.h[i].cfg.part.v[IKECFG_P2_PFS] = 31;
	}
	bring_up();
	assert_true(sim_expire(&s, 0, 1, false));
	sim_run(&s, 20000);
	expect_agreement();
	sim_fini(&s);
}

static void
test_rekey_ike(void **state)
{
	uint64_t before;

	(void)state;
	for (unsigned who = 0; who < 2; who++) {
		begin(30 + who);
		bring_up();
		before = s.view[0].spi_i;
		sim_admin(&s, who, IKE_ADMIN_REKEY);
		sim_run(&s, 20000);
		expect_agreement();
		assert_true(before != s.view[0].spi_i);
		/* the new one is of use */
		assert_true(sim_expire(&s, 1 - who, who, false));
		sim_run(&s, 20000);
		expect_agreement();
		sim_fini(&s);
	}
}

static void
test_delete(void **state)
{
	(void)state;
	begin(40);
	bring_up();
	sim_admin(&s, 1, IKE_ADMIN_FLUSH);
	sim_run(&s, 10000);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(s.h[i].n_sa, 0);
		sim_admin(&s, i, IKE_ADMIN_DUMP);
		assert_int_equal(s.n_view, 0);
	}
	sim_fini(&s);
}

static void
test_hard_expire(void **state)
{
	(void)state;
	begin(41);
	bring_up();
	assert_true(sim_expire(&s, 0, 1, true));
	sim_run(&s, 10000);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(s.h[i].n_sa, 0);
		sim_admin(&s, i, IKE_ADMIN_DUMP);
		assert_int_equal(s.n_view, 1);
	}
	sim_packet(&s, 1, 0);
	sim_run(&s, 10000);
	expect_agreement();
	sim_fini(&s);
}

/* R239, R240: a peer that is gone is found out, and its SAs go. */
static void
test_dead_peer(void **state)
{
	(void)state;
	begin(42);
	bring_up();
	sim_run(&s, 200000);
	expect_agreement();
	s.h[1].cut = true;
	sim_run(&s, 400000);
	assert_int_equal(s.h[0].n_sa, 0);
	sim_admin(&s, 0, IKE_ADMIN_DUMP);
	assert_int_equal(s.n_view, 0);
	sim_fini(&s);
}

static void
test_stop(void **state)
{
	const struct ike_event ev = { .type = IKE_EV_STOP };

	(void)state;
	begin(43);
	bring_up();
	sim_give(&s, 0, &ev);
	assert_int_equal(s.h[0].n_sa, 0);
	sim_run(&s, 5000);
	assert_int_equal(s.h[1].n_sa, 0);
	sim_fini(&s);
}

/* A whole day of soft lifetimes: nothing piles up. */
static void
test_long_life(void **state)
{
	(void)state;
	begin(44);
	bring_up();
	for (unsigned i = 0; i < 48; i++) {
		assert_true(sim_expire(&s, i & 1, 1 - (i & 1), false));
		sim_run(&s, 1800000);
		expect_agreement();
	}
	sim_fini(&s);
}

/* ipsecd refuses a half: the other one goes, on both sides. */
static void
test_half_refused(void **state)
{
	(void)state;
	for (unsigned who = 0; who < 2; who++) {
		begin(45 + who);
		s.h[who].full = true;
		sim_start(&s);
		sim_packet(&s, 0, 1);
		sim_run(&s, 20000);
		assert_int_equal(s.errors, 1);
		assert_int_equal(s.h[0].n_sa, 0);
		assert_int_equal(s.h[1].n_sa, 0);
		s.h[who].full = false;
		s.errors = 0;
		sim_packet(&s, 0, 1);
		sim_run(&s, 20000);
		expect_agreement();
		sim_fini(&s);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_transport),
		cmocka_unit_test(test_tunnel),
		cmocka_unit_test(test_narrowed),
		cmocka_unit_test(test_ah),
		cmocka_unit_test(test_ah_and_esp),
		cmocka_unit_test(test_nat),
		cmocka_unit_test(test_cookie_and_group),
		cmocka_unit_test(test_flood),
		cmocka_unit_test(test_wrong_psk),
		cmocka_unit_test(test_no_psk),
		cmocka_unit_test(test_no_policy),
		cmocka_unit_test(test_no_common_algorithm),
		cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_bad_network),
		cmocka_unit_test(test_rekey_child),
		cmocka_unit_test(test_rekey_pfs),
		cmocka_unit_test(test_rekey_ike),
		cmocka_unit_test(test_delete),
		cmocka_unit_test(test_hard_expire),
		cmocka_unit_test(test_dead_peer),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_long_life),
		cmocka_unit_test(test_half_refused),
		cmocka_unit_test(test_half_open_moves),
		cmocka_unit_test(test_begins_anew_in_rekey),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
