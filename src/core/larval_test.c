/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets that wait: alone, and on their way through two hosts. */
#include "core/larval.h"

#include "core/path_fix_test.h"

static uint8_t pkt[PATH_ROOM];
static const struct action aes = { .type = ACT_IPSEC,
	.flags = ACT_ESP | ACT_ESPA,
	.esp_alg = EALG_AES,
	.espa_alg = AALG_SHA1HMAC };

/* A packet that is told apart by its payload. */
static size_t
numbered(uint8_t n)
{
	size_t len = udp(pkt, ENIGMA4, PARTYM4, 1, 2, 8);

	pkt[len - 1] = n;
	return len;
}

static enum verdict
send_numbered(uint8_t n)
{
	return out(&enigma, "", pkt, numbered(n)).verdict;
}

/* What waits is run again; the numbers that came to partym, in order. */
static const char *
release(void)
{
	static char got[64];
	struct held *h;

	got[0] = '\0';
	while ((h = larval_take(enigma.p.larval)) != NULL) {
		struct path_result o = out(&enigma, h->tun, h->pkt, h->len);

		assert_false(h->inbound);
		if (o.verdict == VERDICT_PASS) {
			struct path_result r = in(&partym, wire, o.len);
			char one[2] = { (char)('0' + back[r.len - 1]), '\0' };

			assert_verdict(r, VERDICT_PASS);
			strcat(got, one);
			larval_done(enigma.p.larval, h);
		} else {
			strcat(got, "-");
		}
		larval_drop(h);
	}
	return got;
}

static void
wake(uint32_t seq, bool failed)
{
	larval_wake(enigma.p.larval, seq, failed, &enigma.p.stats);
}

static struct now
later(uint64_t ms)
{
	struct now n = now;

	n.mono += ms;
	return n;
}

static unsigned
counted(enum verdict v)
{
	return (unsigned)enigma.p.stats.n[0][v];
}

/* sa 20: one ACQUIRE, four packets, the oldest goes; the SA releases them. */
static void
test_hold_and_release(void **state)
{
	struct sa_spec s = sa_of(7, ENIGMA4, PARTYM4, EALG_AES, AALG_SHA1HMAC);

	(void)state;
	install_both(RULE_BOTH, "", aes);
	for (uint8_t i = 1; i <= 6; i++)
		assert_int_equal(send_numbered(i), VERDICT_HOLD);
	assert_int_equal(enigma.n_acquires, 1);
	assert_int_equal(enigma.p.stats.acquires, 1);
	assert_true(enigma.acquire_seq >= 0x80000000);
	assert_true(addr_equal(&enigma.acquire_src, &enigma.a4));
	assert_true(addr_equal(&enigma.acquire_dst, &partym.a4));
	assert_int_equal(larval_waiting(enigma.p.larval), 4);
	assert_int_equal(counted(VERDICT_SADB_ACQUIRE_TOOFULL), 2);
	assert_null(larval_take(enigma.p.larval));
	share(&s);
	wake(enigma.acquire_seq, false);
	assert_string_equal(release(), "3456");
	assert_int_equal(larval_waiting(enigma.p.larval), 0);
	assert_int_equal(send_numbered(7), VERDICT_PASS);
}

/* The SA came and went, all within the time of an ACQUIRE: a new one. */
static void
test_asks_anew(void **state)
{
	struct sa_spec s = sa_of(7, ENIGMA4, PARTYM4, EALG_AES, AALG_SHA1HMAC);
	uint16_t diag = 0;
	uint32_t seq;

	(void)state;
	install_both(RULE_BOTH, "", aes);
	assert_int_equal(send_numbered(1), VERDICT_HOLD);
	seq = enigma.acquire_seq;
	share(&s);
	wake(0, false);
	wake(seq, false);
	assert_string_equal(release(), "1");
	assert_int_equal(sadb_delete(enigma.p.sadb, &s, false, &diag), 0);
	assert_int_equal(send_numbered(2), VERDICT_HOLD);
	assert_int_equal(enigma.n_acquires, 2);
	assert_true(enigma.acquire_seq != seq);
}

/* Others' numbers wake nothing; 0 (a manual SA) wakes all. */
static void
test_wake(void **state)
{
	struct sa_spec s = sa_of(7, ENIGMA4, PARTYM4, EALG_AES, AALG_SHA1HMAC);

	(void)state;
	install_both(RULE_BOTH, "", aes);
	assert_int_equal(send_numbered(1), VERDICT_HOLD);
	wake(enigma.acquire_seq + 1, false);
	assert_string_equal(release(), "");
	/* not for this one: it waits on, without another ACQUIRE */
	wake(0, false);
	assert_string_equal(release(), "-");
	assert_int_equal(enigma.n_acquires, 1);
	assert_int_equal(larval_waiting(enigma.p.larval), 1);
	share(&s);
	wake(0, false);
	assert_string_equal(release(), "1");
}

/* AH and ESP come one by one, under one number. */
static void
test_bundle(void **state)
{
	struct sa_spec e = sa_of(7, ENIGMA4, PARTYM4, EALG_AES, AALG_SHA1HMAC);
	struct sa_spec a = sa_of(8, ENIGMA4, PARTYM4, 0, AALG_SHA1HMAC);

	(void)state;
	install_both(
	    RULE_BOTH, "", ipsec(AALG_SHA1HMAC, EALG_AES, AALG_SHA1HMAC));
	assert_int_equal(send_numbered(1), VERDICT_HOLD);
	share(&e);
	wake(enigma.acquire_seq, false);
	assert_string_equal(release(), "-");
	assert_int_equal(enigma.n_acquires, 1);
	share(&a);
	wake(enigma.acquire_seq, false);
	assert_string_equal(release(), "1");
	assert_int_equal(enigma.n_acquires, 1);
}

/* The second one does not come: soon there is an ACQUIRE again. */
static void
test_bundle_stays_half(void **state)
{
	struct sa_spec e = sa_of(7, ENIGMA4, PARTYM4, EALG_AES, AALG_SHA1HMAC);

	(void)state;
	install_both(
	    RULE_BOTH, "", ipsec(AALG_SHA1HMAC, EALG_AES, AALG_SHA1HMAC));
	assert_int_equal(send_numbered(1), VERDICT_HOLD);
	share(&e);
	wake(enigma.acquire_seq, false);
	assert_string_equal(release(), "-");
	now.mono += 2500;
	larval_age(enigma.p.larval, now, &enigma.p.stats);
	assert_int_equal(counted(VERDICT_SADB_ACQUIRE_TIMEOUT), 1);
	assert_int_equal(send_numbered(2), VERDICT_HOLD);
	assert_int_equal(enigma.n_acquires, 2);
}

static void
test_timeout_and_failure(void **state)
{
	(void)state;
	install_both(RULE_BOTH, "", aes);
	assert_int_equal(send_numbered(1), VERDICT_HOLD);
	assert_int_equal(send_numbered(2), VERDICT_HOLD);
	larval_age(enigma.p.larval, later(14999), &enigma.p.stats);
	assert_int_equal(larval_waiting(enigma.p.larval), 2);
	larval_age(enigma.p.larval, later(15000), &enigma.p.stats);
	assert_int_equal(larval_waiting(enigma.p.larval), 0);
	assert_int_equal(counted(VERDICT_SADB_ACQUIRE_TIMEOUT), 2);
	/* key management gives up (sa 20.6) */
	assert_int_equal(send_numbered(3), VERDICT_HOLD);
	assert_int_equal(enigma.n_acquires, 2);
	wake(enigma.acquire_seq, true);
	assert_int_equal(counted(VERDICT_SADB_ACQUIRE_TIMEOUT), 3);
	assert_string_equal(release(), "");
	assert_int_equal(send_numbered(4), VERDICT_HOLD);
	assert_int_equal(enigma.n_acquires, 3);
}

/* sa 20.4 */
static void
test_nobody_listens(void **state)
{
	(void)state;
	install_both(RULE_BOTH, "", aes);
	enigma.listens = false;
	assert_int_equal(send_numbered(1), VERDICT_SADB_NO_KM);
	assert_int_equal(send_numbered(2), VERDICT_SADB_NO_KM);
	assert_int_equal(enigma.n_acquires, 2);
	assert_int_equal(larval_waiting(enigma.p.larval), 0);
	enigma.listens = true;
	assert_int_equal(send_numbered(3), VERDICT_HOLD);
}

/* One record for (addresses, rule); `unique` makes it one for each flow. */
static void
test_records(void **state)
{
	struct action u = aes;
	size_t n;

	(void)state;
	install(&enigma, rule_of(RULE_OUT, "", &aes));
	assert_int_equal(send_numbered(1), VERDICT_HOLD);
	n = udp(pkt, ENIGMA4, PARTYM4, 1, 3, 8);
	assert_verdict(out(&enigma, "", pkt, n), VERDICT_HOLD);
	assert_int_equal(enigma.n_acquires, 1);
	n = udp(pkt, ENIGMA4, "192.168.13.214", 1, 2, 8);
	assert_verdict(out(&enigma, "", pkt, n), VERDICT_HOLD);
	assert_int_equal(enigma.n_acquires, 2);
	n = udp(pkt, ENIGMA6, PARTYM6, 1, 2, 8);
	assert_verdict(out(&enigma, "", pkt, n), VERDICT_HOLD);
	assert_int_equal(enigma.n_acquires, 3);
	/* another policy is another question, though the rule looks the same */
	assert_int_equal(spd_flush(enigma.p.spd, SPD_ACTIVE, "", true), 0);
	install(&enigma, rule_of(RULE_OUT, "", &aes));
	assert_int_equal(send_numbered(1), VERDICT_HOLD);
	assert_int_equal(enigma.n_acquires, 4);
	assert_int_equal(spd_flush(enigma.p.spd, SPD_ACTIVE, "", true), 0);
	u.flags |= ACT_UNIQUE;
	install(&enigma, rule_of(RULE_OUT, "", &u));
	assert_int_equal(send_numbered(1), VERDICT_HOLD);
	assert_int_equal(enigma.n_acquires, 5);
	assert_int_equal(send_numbered(2), VERDICT_HOLD);
	assert_int_equal(enigma.n_acquires, 5);
	n = udp(pkt, ENIGMA4, PARTYM4, 1, 3, 8);
	assert_verdict(out(&enigma, "", pkt, n), VERDICT_HOLD);
	assert_int_equal(enigma.n_acquires, 6);
	n = udp(pkt, ENIGMA4, PARTYM4, 4, 3, 8);
	assert_verdict(out(&enigma, "", pkt, n), VERDICT_HOLD);
	assert_int_equal(enigma.n_acquires, 7);
}

/* Memory is bounded, whoever sends. */
static void
test_bounds(void **state)
{
	unsigned held = 0;
	size_t n;

	(void)state;
	install(&enigma, rule_of(RULE_OUT, "", &aes));
	for (unsigned i = 0; i < LARVAL_RECORDS + 100; i++) {
		enum verdict v;

		n = udp(pkt, ENIGMA4, PARTYM4, 1, 2, 8);
		pkt[17] = (uint8_t)(i >> 16);
		pkt[18] = (uint8_t)(i >> 8);
		pkt[19] = (uint8_t)i;
		v = out(&enigma, "", pkt, n).verdict;
		held += v == VERDICT_HOLD;
		if (i >= LARVAL_RECORDS)
			assert_int_equal(v, VERDICT_SADB_ACQUIRE_NOMEM);
	}
	assert_int_equal(held, LARVAL_RECORDS);
	larval_age(enigma.p.larval, later(20000), &enigma.p.stats);
	/* bytes */
	held = 0;
	for (unsigned i = 0; i < 1000; i++) {
		n = udp(pkt, ENIGMA4, PARTYM4, 1, 2, 60000);
		pkt[18] = (uint8_t)(i >> 8);
		pkt[19] = (uint8_t)i;
		held += out(&enigma, "", pkt, n).verdict == VERDICT_HOLD;
	}
	assert_int_equal(held, LARVAL_BYTES / 60028);
}

/* The tunnel's name comes back with the packet. */
static void
test_tunnel_name(void **state)
{
	struct held *h;
	size_t n = udp(pkt, "10.1.0.1", "10.2.0.1", 1, 2, 8);

	(void)state;
	install(&enigma, rule_of(RULE_OUT, "ip.tun0", &aes));
	assert_verdict(out(&enigma, "ip.tun0", pkt, n), VERDICT_HOLD);
	/* the SA that is wanted serves the rule, not this packet's addresses */
	n = udp(pkt, "10.1.0.9", "10.2.0.9", 1, 2, 8);
	assert_verdict(out(&enigma, "ip.tun0", pkt, n), VERDICT_HOLD);
	assert_int_equal(enigma.n_acquires, 1);
	assert_int_equal(enigma.acquire_src.fam, FAM_NONE);
	wake(0, false);
	h = larval_take(enigma.p.larval);
	assert_non_null(h);
	assert_string_equal(h->tun, "ip.tun0");
	larval_drop(h);
}

/* sa 19: a larval inbound SA holds one packet, the newest. */
static void
test_larval_inbound(void **state)
{
	struct sa_spec s = sa_of(0, ENIGMA4, PARTYM4, EALG_AES, AALG_SHA1HMAC);
	struct sa *sa = NULL;
	struct held *h;
	struct path_result o;
	uint16_t diag;

	(void)state;
	install_both(RULE_BOTH, "", aes);
	assert_int_equal(sadb_getspi(partym.p.sadb, SATYPE_ESP, &enigma.a4,
			     &partym.a4, 500, 500, now, &diag, &sa),
	    0);
	s.spi = 500;
	add_sa(&enigma, &s);
	for (uint8_t i = 1; i <= 3; i++) {
		o = out(&enigma, "", pkt, numbered(i));
		assert_verdict(o, VERDICT_PASS);
		assert_verdict(in(&partym, wire, o.len), VERDICT_HOLD);
	}
	assert_int_equal(partym.p.stats.n[1][VERDICT_SADB_INLARVAL_REPLACE], 2);
	assert_int_equal(larval_waiting(partym.p.larval), 1);
	s.state = SA_MATURE;
	assert_int_equal(sadb_update(partym.p.sadb, &s, now, &diag, &sa), 0);
	larval_wake(partym.p.larval, 3, false, &partym.p.stats);
	h = larval_take(partym.p.larval);
	assert_non_null(h);
	assert_true(h->inbound);
	assert_verdict(in(&partym, h->pkt, h->len), VERDICT_PASS);
	assert_int_equal(back[35], 3);
	larval_drop(h);
	assert_null(larval_take(partym.p.larval));
}

static void
test_larval_inbound_timeout(void **state)
{
	struct sa_spec s =
	    sa_of(500, ENIGMA4, PARTYM4, EALG_AES, AALG_SHA1HMAC);
	struct sa *sa;
	struct path_result o;
	uint16_t diag;

	(void)state;
	install_both(RULE_BOTH, "", aes);
	assert_int_equal(sadb_getspi(partym.p.sadb, SATYPE_ESP, &enigma.a4,
			     &partym.a4, 500, 500, now, &diag, &sa),
	    0);
	add_sa(&enigma, &s);
	o = out(&enigma, "", pkt, numbered(1));
	assert_verdict(in(&partym, wire, o.len), VERDICT_HOLD);
	larval_age(partym.p.larval, later(90000), &partym.p.stats);
	assert_int_equal(partym.p.stats.n[1][VERDICT_SADB_INLARVAL_TIMEOUT], 1);
	assert_int_equal(larval_waiting(partym.p.larval), 0);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_hold_and_release),
		T(test_asks_anew),
		T(test_wake),
		T(test_bundle),
		T(test_bundle_stays_half),
		T(test_timeout_and_failure),
		T(test_nobody_listens),
		T(test_records),
		T(test_bounds),
		T(test_tunnel_name),
		T(test_larval_inbound),
		T(test_larval_inbound_timeout),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
