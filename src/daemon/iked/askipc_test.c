/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/iked/askipc.h"

#include "base/test.h"

static struct ike_bytes
bytes(const char *text)
{
	return (struct ike_bytes){ (const uint8_t *)text, strlen(text) };
}

static void
assert_text(const struct ikeipc_bytes *b, const char *text)
{
	assert_int_equal(b->n, strlen(text));
	assert_memory_equal(b->p, text, b->n);
}

static void
test_ask(void **state)
{
	struct ike_ask ask = { .type = IKE_ASK_VERIFY,
		.id = 7,
		.rule = "a rule",
		.initiator = true,
		.local = { { .fam = FAM_V4, .b = { 10, 0, 0, 1 } }, 500 },
		.remote = { { .fam = FAM_V6, .b = { 0xfd } }, 4500 },
		.prf = 5,
		.own_id_type = 2,
		.peer_id_type = 3,
		.hash = { 2, 3 },
		.n_hash = 2,
		.method = 14,
		.cert_encoding = { 4 },
		.n_cert = 1 };
	uint8_t b[1024];
	struct wr w = wr_into(b, sizeof(b));
	struct ikeipc_msg m;

	(void)state;
	ask.own_id = bytes("me");
	ask.peer_id = bytes("you@there");
	ask.octets = bytes("octets");
	ask.authorities = bytes("authorities");
	ask.auth = bytes("auth");
	ask.cert[0] = bytes("certificate");
	assert_true(askipc_write_ask(&w, &ask));
	assert_true(ikeipc_parse(&m, b, w.len));
	assert_int_equal(m.type, IKEIPC_ASK);
	assert_int_equal(m.id, 7);
	assert_int_equal(m.ask.op, IKEIPC_VERIFY);
	assert_true(m.ask.initiator);
	assert_true(addr_equal(&m.ask.local, &ask.local.a));
	assert_true(addr_equal(&m.ask.remote, &ask.remote.a));
	assert_int_equal(m.ask.local_port, 500);
	assert_int_equal(m.ask.remote_port, 4500);
	assert_int_equal(m.ask.prf, 5);
	assert_int_equal(m.ask.own_id_type, 2);
	assert_int_equal(m.ask.peer_id_type, 3);
	assert_int_equal(m.ask.method, 14);
	assert_text(&m.ask.rule, "a rule");
	assert_text(&m.ask.own_id, "me");
	assert_text(&m.ask.peer_id, "you@there");
	assert_text(&m.ask.octets, "octets");
	assert_text(&m.ask.authorities, "authorities");
	assert_text(&m.ask.auth, "auth");
	assert_int_equal(m.ask.n_hash, 2);
	assert_int_equal(m.ask.hash[1], 3);
	assert_int_equal(m.ask.n_cert, 1);
	assert_int_equal(m.ask.cert[0].encoding, 4);
	assert_text(&m.ask.cert[0].der, "certificate");
	/* each question has a number there */
	for (int t = IKE_ASK_SIGN; t <= IKE_ASK_DROP; t++) {
		w = wr_into(b, sizeof(b));
		ask.type = (enum ike_ask_type)t;
		assert_true(askipc_write_ask(&w, &ask));
		assert_true(ikeipc_parse(&m, b, w.len));
	}
	/* no room, and more than there can be */
	w = wr_into(b, 40);
	assert_false(askipc_write_ask(&w, &ask));
	w = wr_into(b, sizeof(b));
	ask.n_cert = IKE_ASK_CERTS + 1;
	assert_false(askipc_write_ask(&w, &ask));
}

static void
test_told(void **state)
{
	static char why[IKEIPC_TEXT];
	struct ikeipc_msg m = { .type = IKEIPC_TOLD,
		.id = 9,
		.told = { .verdict = IKEIPC_NO,
		    .method = 2,
		    .data = { (const uint8_t *)"data", 4 },
		    .n_cert = 1,
		    .cert = { { 4, { (const uint8_t *)"der", 3 } } } } };
	uint8_t b[4096];
	struct wr w = wr_into(b, sizeof(b));
	struct ike_event ev;

	(void)state;
	/* longer than there is room for: cut */
	memset(why, 'x', sizeof(why));
	m.told.why = (struct ikeipc_bytes){ (const uint8_t *)why, sizeof(why) };
	assert_true(ikeipc_write(&w, &m));
	assert_true(askipc_read_told(&ev, b, w.len));
	assert_int_equal(ev.type, IKE_EV_ANSWER);
	assert_int_equal(ev.answer.id, 9);
	assert_int_equal(ev.answer.told, IKE_TOLD_NO);
	assert_int_equal(ev.answer.method, 2);
	assert_int_equal(ev.answer.data.n, 4);
	assert_memory_equal(ev.answer.data.p, "data", 4);
	assert_int_equal(ev.answer.n_cert, 1);
	assert_memory_equal(ev.answer.cert[0].p, "der", 3);
	assert_int_equal(strlen(ev.answer.why), sizeof(ev.answer.why) - 1);
	assert_false(askipc_read_told(&ev, b, w.len - 1));
	m = (struct ikeipc_msg){ .type = IKEIPC_READY };
	w = wr_into(b, sizeof(b));
	assert_true(ikeipc_write(&w, &m));
	assert_false(askipc_read_told(&ev, b, w.len));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ask),
		cmocka_unit_test(test_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
