/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/flowcache.h"

#include <stdio.h>

#include "core/path_fix_test.h"

static struct flowcache *fc;
static struct sa *out_sa;
static uint8_t pkt[PATH_ROOM];

static void
learn(uint16_t sport)
{
	size_t n = udp(pkt, ENIGMA4, PARTYM4, sport, 2000, 100);

	assert_verdict(out(&enigma, "", pkt, n), VERDICT_PASS);
}

static struct flowcache_entry *
find(uint16_t sport)
{
	struct flowcache_entry *spot;
	struct flowcache_key k;

	(void)udp(pkt, ENIGMA4, PARTYM4, sport, 2000, 100);
	flowcache_key(
	    &k, pkt, pkt + 20, IPPROTO_UDP_, flowcache_device(fc, ""));
	flowcache_sync(fc, &enigma.p);
	spot = flowcache_spot(
	    fc, FLOWCACHE_OUT, flowcache_hash(fc, FLOWCACHE_OUT, &k));
	return flowcache_pick(fc, spot, &k, now.mono);
}

static int
begin(void **state)
{
	struct sa_spec s = sa_of(0x1001, ENIGMA4, PARTYM4, EALG_AES_GCM_16, 0);
	struct hash_seed seed = { { 3, 4 } };

	setup(state);
	enigma.p.conns = conn_new(&seed, CONN_MAX, NULL);
	fc = flowcache_new(&crypto_rng);
	assert_non_null(fc);
	enigma.p.flows = fc;
	install_both(RULE_BOTH, "", ipsec(0, EALG_AES_GCM_16, 0));
	add_sa(&partym, &s);
	out_sa = add_sa(&enigma, &s);
	return 0;
}

static int
end(void **state)
{
	flowcache_free(fc);
	conn_free(enigma.p.conns);
	return teardown(state);
}

static void
a_flow_is_learned(void **state)
{
	struct flowcache_entry *e;

	(void)state;
	assert_null(find(1));
	learn(1);
	e = find(1);
	assert_non_null(e);
	assert_ptr_equal(e->esp, out_sa);
	assert_null(e->ah);
	assert_non_null(e->e);
	assert_non_null(e->c);
	assert_null(find(2));
	assert_int_equal(flowcache_count(fc, FLOWCACHE_OUT), 1);
	assert_int_equal(flowcache_count(fc, FLOWCACHE_IN), 0);
	/* a note of a socket is believed for a second */
	now.mono += 999;
	assert_non_null(find(1));
	now.mono += 1;
	assert_null(find(1));
	learn(1);
	assert_non_null(find(1));
}

static void
what_comes_back_is_learned(void **state)
{
	struct sa_spec s = sa_of(0x1002, PARTYM4, ENIGMA4, EALG_AES_GCM_16, 0);
	struct path_result r;
	size_t n = udp(pkt, PARTYM4, ENIGMA4, 2000, 1, 100);

	(void)state;
	share(&s);
	r = out(&partym, "", pkt, n);
	assert_verdict(r, VERDICT_PASS);
	assert_verdict(in(&enigma, wire, r.len), VERDICT_PASS);
	assert_int_equal(flowcache_count(fc, FLOWCACHE_IN), 1);
}

static void
what_is_no_plain_flow_is_not(void **state)
{
	size_t n = icmp(pkt, ENIGMA4, PARTYM4, 8, 0, 40);

	(void)state;
	assert_verdict(out(&enigma, "", pkt, n), VERDICT_PASS);
	/* bound to a device */
	enigma.p.via = 3;
	learn(1);
	enigma.p.via = 0;
	/* a way that it does not fit, and no SA */
	n = udp(pkt, ENIGMA4, PARTYM4, 1, 2000, 3000);
	pkt[6] = 0x40;
	assert_verdict(out(&enigma, "", pkt, n), VERDICT_TOO_BIG);
	sadb_flush(enigma.p.sadb, 0);
	n = udp(pkt, ENIGMA4, PARTYM4, 1, 2000, 30);
	assert_verdict(out(&enigma, "", pkt, n), VERDICT_HOLD);
	assert_int_equal(flowcache_count(fc, FLOWCACHE_OUT), 0);
}

/* Each thing that a decision came from. */
enum {
	NEW_RULE,
	FLUSH_RULES,
	FLIP,
	NEW_SA,
	DELETE_SA,
	DYING,
	DEAD,
	TUNABLE,
	TUNNELS,
	SOCKET_ENDS,
	SOCKET_LATCHES,
	CONNECTION_GOES,
	CHANGES
};

static void
change(int what)
{
	struct action a = { .type = ACT_PASS };
	struct sa_spec s = sa_of(7, PARTYM4, ENIGMA4, EALG_AES_GCM_16, 0);
	struct conn_table *t = enigma.p.conns;
	struct conn *c = find(1)->c;
	struct conn_key k = c->k;
	struct rule r;
	uint16_t diag;

	switch (what) {
	case NEW_RULE:
		r = rule_of(RULE_IN, "", &a);
		r.priority++;
		r.sel.has = SEL_PROTO;
		r.sel.proto = IPPROTO_TCP_;
		install(&enigma, r);
		break;
	case FLUSH_RULES:
		assert_int_equal(
		    spd_flush(enigma.p.spd, SPD_ACTIVE, "", false), 0);
		break;
	case FLIP:
		spd_flip(enigma.p.spd);
		break;
	case NEW_SA:
		add_sa(&enigma, &s);
		break;
	case DELETE_SA:
		sa_describe(out_sa, &s);
		assert_int_equal(
		    sadb_delete(enigma.p.sadb, &s, false, &diag), 0);
		break;
	case DYING:
		sadb_reached(enigma.p.sadb, out_sa, SA_SOFT);
		break;
	case DEAD:
		sadb_reached(enigma.p.sadb, out_sa, SA_HARD);
		break;
	case TUNABLE:
		enigma.p.tune.latch = !enigma.p.tune.latch;
		break;
	case TUNNELS:
		path_changed(&enigma.p);
		break;
	case SOCKET_ENDS:
		conn_end(t, &k, 0, now.mono);
		break;
	case SOCKET_LATCHES:
		assert_true(conn_latch(t, c, NULL, NULL, 1));
		break;
	case CONNECTION_GOES:
		conn_drop(t, c);
		break;
	}
}

static void
a_change_ends_it(void **state)
{
	for (int what = 0; what < CHANGES; what++) {
		end(state);
		begin(state);
		learn(1);
		assert_non_null(find(1));
		change(what);
		assert_null(find(1));
		assert_int_equal(flowcache_count(fc, FLOWCACHE_OUT), 0);
	}
}

/* Somebody who makes up flows does not drive out one that is in use. */
static void
a_flood_takes_little(void **state)
{
	unsigned lost = 0;

	(void)state;
	learn(1);
	for (unsigned i = 0; i < 60000; i++) {
		if (i % 16 == 0 && find(1) == NULL) {
			lost++;
			learn(1);
		}
		learn((uint16_t)(2 + i % 60000));
	}
	assert_true(lost < 60);
	assert_true(flowcache_count(fc, FLOWCACHE_OUT) <= 8192);
}

static void
devices_have_numbers(void **state)
{
	char name[RULE_TUN_NAME];
	uint16_t a = flowcache_device(fc, ""), b, n = 0;

	(void)state;
	b = flowcache_device(fc, "ip.tun0");
	assert_int_not_equal(a, 0);
	assert_int_not_equal(b, 0);
	assert_int_not_equal(a, b);
	assert_int_equal(flowcache_device(fc, "ip.tun0"), b);
	for (int i = 1; i < 400; i++) {
		(void)snprintf(name, sizeof(name), "ip.tun%d", i);
		if (flowcache_device(fc, name) == 0)
			n++;
	}
	assert_true(n > 100); /* too many: not cached */
	assert_int_equal(flowcache_device(fc, ""), a);
	memset(name, 'x', sizeof(name));
	assert_int_equal(flowcache_device(fc, name), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_flow_is_learned, begin, end),
		cmocka_unit_test_setup_teardown(
		    what_comes_back_is_learned, begin, end),
		cmocka_unit_test_setup_teardown(
		    what_is_no_plain_flow_is_not, begin, end),
		cmocka_unit_test_setup_teardown(a_change_ends_it, begin, end),
		cmocka_unit_test_setup_teardown(
		    a_flood_takes_little, begin, end),
		cmocka_unit_test_setup_teardown(
		    devices_have_numbers, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
