/* SPDX-License-Identifier: BSD-2-Clause */
/* What is counted of each protocol, by packets that meet each fate. */
#include "core/tally.h"

#include "core/path_fix_test.h"

static uint8_t pkt[PATH_ROOM];

static const struct path_proto *
of(const struct host *h, bool is_ah)
{
	return &h->p.stats.proto[is_ah];
}

static void
test_both_ways(void **state)
{
	struct sa_spec esp =
	    sa_of(0x1001, ENIGMA4, PARTYM4, EALG_AES, AALG_SHA256HMAC);
	struct sa_spec ah = sa_of(0x1002, ENIGMA4, PARTYM4, 0, AALG_SHA1HMAC);
	size_t n = udp(pkt, ENIGMA4, PARTYM4, 1, 2, 92);
	struct path_result o;

	(void)state;
	ah.satype = SATYPE_AH;
	install_both(
	    RULE_BOTH, "", ipsec(AALG_SHA1HMAC, EALG_AES, AALG_SHA256HMAC));
	assert_verdict(out(&enigma, "", pkt, n), VERDICT_HOLD);
	assert_int_equal(of(&enigma, false)->acquires, 1);
	assert_int_equal(of(&enigma, true)->acquires, 1);
	assert_int_equal(of(&enigma, false)->out_requests, 0);
	share(&esp);
	share(&ah);
	cross("", pkt, n);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(of(&enigma, i)->out_requests, 1);
		assert_int_equal(of(&enigma, i)->out_discards, 0);
		assert_int_equal(of(&enigma, i)->crypto, 1);
		assert_int_equal(of(&partym, i)->in_requests, 1);
		assert_int_equal(of(&partym, i)->in_discards, 0);
		assert_int_equal(of(&partym, i)->good_auth, 1);
		assert_int_equal(of(&partym, i)->crypto, 1);
	}
	/* AH is forged: ESP is not even looked at */
	o = out(&enigma, "", pkt, n);
	wire[o.len - 1] ^= 1;
	assert_verdict(in(&partym, wire, o.len), VERDICT_AH_BAD_AUTH);
	assert_int_equal(of(&partym, true)->in_requests, 2);
	assert_int_equal(of(&partym, true)->in_discards, 1);
	assert_int_equal(of(&partym, true)->good_auth, 1);
	assert_int_equal(of(&partym, true)->crypto, 2);
	assert_int_equal(of(&partym, false)->in_requests, 1);
	/* again, as it was: its number is old before any cryptography */
	o = out(&enigma, "", pkt, n);
	assert_verdict(in(&partym, wire, o.len), VERDICT_PASS);
	assert_verdict(in(&partym, wire, o.len), VERDICT_AH_EARLY_REPLAY);
	assert_int_equal(of(&partym, true)->in_discards, 2);
	assert_int_equal(of(&partym, true)->crypto, 3);
}

static void
test_verdicts(void **state)
{
	struct sa sa = { .satype = SATYPE_ESP };
	struct path_stats st = { 0 };
	struct action a[2] = { { .type = ACT_PASS },
		{ .type = ACT_IPSEC, .flags = ACT_AH } };
	struct rule r = { .n_actions = 2, .actions = a };

	(void)state;
	/* what is dropped before it is sealed used no cryptography */
	(void)tally_sealed(&st, &sa, VERDICT_ESP_BYTES_EXPIRE);
	assert_int_equal(st.proto[0].out_discards, 1);
	assert_int_equal(st.proto[0].crypto, 0);
	(void)tally_sealed(&st, &sa, VERDICT_ESP_CRYPTO_FAILED);
	assert_int_equal(st.proto[0].out_discards, 2);
	assert_int_equal(st.proto[0].crypto, 1);
	assert_int_equal(st.proto[0].crypto_async, 0);
	st.queued = true;
	(void)tally_sealed(&st, &sa, VERDICT_PASS);
	st.queued = false;
	assert_int_equal(st.proto[0].crypto, 2);
	assert_int_equal(st.proto[0].crypto_async, 1);
	/* port 4500 has other messages, too */
	(void)tally_opened(&st, false, VERDICT_IKE);
	(void)tally_opened(&st, false, VERDICT_KEEPALIVE);
	assert_int_equal(st.proto[0].in_requests, 0);
	(void)tally_opened(&st, false, VERDICT_HOLD);
	assert_int_equal(st.proto[0].in_requests, 1);
	assert_int_equal(st.proto[0].in_discards, 0);
	tally_acquire(&st, &r);
	assert_int_equal(st.acquires, 1);
	assert_int_equal(st.proto[0].acquires, 0);
	assert_int_equal(st.proto[1].acquires, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_both_ways, setup, teardown),
		cmocka_unit_test(test_verdicts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
