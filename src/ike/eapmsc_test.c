/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/eapmsc.h"

#include "base/test.h"

static uint8_t counter;

static bool
fill(void *ctx, uint8_t *p, size_t n)
{
	if (ctx != NULL)
		return false;
	memset(p, ++counter, n);
	return true;
}

static const struct rng rng = { .fill = fill }, empty = { fill, &counter };

static bool
hash_of(const char *password, uint8_t hash[MSCHAP_HASH])
{
	return mschap_hash((const uint8_t *)password, strlen(password), hash);
}

/* alice has "secret"; her name may have a domain. */
static bool
find(void *ctx, struct ike_view name, uint8_t hash[MSCHAP_HASH])
{
	struct ike_view user = eapmsc_user(name);

	(void)ctx;
	return user.n == 5 && memcmp(user.p, "alice", 5) == 0 &&
	       hash_of("secret", hash);
}

static const struct eapmsc_users users = { .find = find };

static struct eapmsc peer, server;
static uint8_t wire[512];
static size_t wire_len;

static void
begin(const char *name, const char *password)
{
	uint8_t hash[MSCHAP_HASH];
	struct wr w = wr_into(wire, sizeof(wire));
	struct ike_view v = { (const uint8_t *)name, strlen(name) };

	assert_true(hash_of(password, hash));
	assert_true(eapmsc_peer(&peer, &rng, v, hash));
	assert_true(eapmsc_server(&server, &rng));
	assert_true(eapmsc_ask(&server, &w, 40));
	wire_len = w.len;
}

/* What is on the wire goes to one of both; what it says is on the wire then. */
static enum eapmsc_result
to(struct eapmsc *m)
{
	uint8_t in[512];
	struct wr w = wr_into(wire, sizeof(wire));
	struct eap e;
	enum eapmsc_result r;

	memcpy(in, wire, wire_len);
	assert_true(eap_parse(&e, in, wire_len));
	r = eapmsc_hear(m, &w, &e, m->server ? &users : NULL);
	assert_false(w.bad);
	wire_len = w.len;
	return r;
}

static void
run_well(const char *name)
{
	begin(name, "secret");
	assert_int_equal(to(&peer), EAPMSC_SEND);
	assert_int_equal(to(&server), EAPMSC_SEND);
	assert_int_equal(to(&peer), EAPMSC_DONE);
	assert_int_equal(to(&server), EAPMSC_DONE);
	assert_memory_equal(peer.msk, server.msk, MSCHAP_MSK);
	assert_memory_not_equal(peer.msk, peer.msk + 32, 32);
}

static void
test_well(void **state)
{
	(void)state;
	run_well("alice");
	/* RFC 2759 4: without the domain */
	run_well("HOME\\alice");
}

/* Wrong password, and somebody who is not known: the same to see. */
static void
test_wrong(void **state)
{
	static const char *const t[][2] = { { "alice", "Secret" },
		{ "mallory", "secret" }, { "", "" } };
	static const uint8_t zero[MSCHAP_MSK];
	size_t len = 0;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		begin(t[i][0], t[i][1]);
		assert_int_equal(to(&peer), EAPMSC_SEND);
		assert_int_equal(to(&server), EAPMSC_SEND);
		if (i > 0)
			assert_int_equal(wire_len, len);
		len = wire_len;
		assert_int_equal(to(&peer), EAPMSC_FAILED);
		assert_int_equal(to(&server), EAPMSC_FAILED);
		assert_memory_equal(peer.msk, zero, MSCHAP_MSK);
		assert_memory_equal(server.msk, zero, MSCHAP_MSK);
	}
}

/* A server that does not know the password (it says Success all the same). */
static void
test_false_server(void **state)
{
	struct eap_msc m = { .op = EAP_MSC_SUCCESS, .id = 40 };
	uint8_t data[64];
	struct wr d = wr_into(data, sizeof(data)), w;
	struct eap e = { .code = EAP_REQUEST, .id = 41, .type = EAP_MSCHAPV2 };

	(void)state;
	begin("alice", "secret");
	assert_int_equal(to(&peer), EAPMSC_SEND);
	eap_msc_write(&d, &m, true);
	e.data = (struct ike_view){ data, d.len };
	w = wr_into(wire, sizeof(wire));
	assert_int_equal(eapmsc_hear(&peer, &w, &e, NULL), EAPMSC_FAILED);
	assert_int_equal(w.len, 0);
	/* and it is over: not even the right one helps */
	assert_int_equal(eapmsc_hear(&peer, &w, &e, NULL), EAPMSC_DROP);
	assert_false(peer.good);
}

/* The messages of one good run, each in bytes of its own. */
static uint8_t said[5][256];
static size_t said_len[5];

static void
record(void)
{
	struct eapmsc *const order[] = { &peer, &server, &peer, &server };

	counter = 0;
	begin("alice", "secret");
	for (unsigned i = 0; i < 5; i++) {
		memcpy(said[i], wire, wire_len);
		said_len[i] = wire_len;
		if (i < 4)
			(void)to(order[i]);
	}
}

/* Every message at every time: only the one that is due does anything. */
static void
test_order(void **state)
{
	(void)state;
	record();
	for (unsigned due = 0; due < 4; due++)
		for (unsigned msg = 0; msg < 4; msg++) {
			struct eapmsc *const order[] = { &peer, &server, &peer,
				&server };
			struct eapmsc *to_both[] = { &peer, &server };

			counter = 0;
			begin("alice", "secret");
			for (unsigned i = 0; i < due; i++)
				(void)to(order[i]);
			for (unsigned k = 0; k < 2; k++) {
				struct eapmsc before = *to_both[k];

				/* each knows only what it has heard itself */
				if (order[msg] == to_both[k] &&
				    (msg == due || msg == due + 1))
					continue;
				memcpy(wire, said[msg], said_len[msg]);
				wire_len = said_len[msg];
				assert_int_equal(to(to_both[k]), EAPMSC_DROP);
				assert_int_equal(wire_len, 0);
				assert_memory_equal(
				    &before, to_both[k], sizeof(before));
			}
		}
}

/* Success before the challenge (CVE-2015-8023), Failure, EAP's own codes. */
static void
test_early(void **state)
{
	static const uint8_t ops[] = { EAP_MSC_SUCCESS, EAP_MSC_FAILURE,
		EAP_MSC_RESPONSE };
	uint8_t b[128];
	struct wr w = wr_into(b, sizeof(b));

	(void)state;
	for (unsigned side = 0; side < 2; side++)
		for (unsigned i = 0; i < 3; i++)
			for (unsigned code = 1; code < 5; code++) {
				struct eapmsc *m = side != 0 ? &server : &peer;
				struct eap e = { .code = (uint8_t)code,
					.id = 40,
					.type = EAP_MSCHAPV2,
					.data = { &ops[i], 1 } };

				begin("alice", "secret");
				assert_int_equal(eapmsc_hear(m, &w, &e, &users),
				    EAPMSC_DROP);
				assert_false(m->good);
			}
}

/* Any bit of any message changed: nobody ends with a key that is not shared. */
static void
test_every_bit(void **state)
{
	struct eapmsc *const order[] = { &peer, &server, &peer, &server };

	(void)state;
	record();
	for (unsigned msg = 0; msg < 4; msg++)
		for (size_t bit = 0; bit < said_len[msg] * 8; bit++) {
			bool done[2] = { false, false };

			counter = 0;
			begin("alice", "secret");
			for (unsigned i = 0; i < 4; i++) {
				enum eapmsc_result r;
				struct eap e;

				if (i == msg)
					wire[bit / 8] ^=
					    (uint8_t)(1U << bit % 8);
				if (!eap_parse(&e, wire, wire_len))
					break;
				r = to(order[i]);
				done[i % 2] |= r == EAPMSC_DONE;
				if (r != EAPMSC_SEND && r != EAPMSC_DONE)
					break;
			}
			if (done[0] && done[1])
				assert_memory_equal(
				    peer.msk, server.msk, MSCHAP_MSK);
		}
}

static void
test_limits(void **state)
{
	static const uint8_t name[EAP_MSC_NAME + 1], hash[MSCHAP_HASH];
	struct ike_view v = { name, EAP_MSC_NAME }, d;
	struct wr w = wr_into(wire, 10);

	(void)state;
	assert_true(eapmsc_peer(&peer, &rng, v, hash));
	v.n++;
	assert_false(eapmsc_peer(&peer, &rng, v, hash));
	v.n = 1;
	assert_false(eapmsc_peer(&peer, &empty, v, hash));
	assert_false(eapmsc_server(&server, &empty));
	assert_true(eapmsc_server(&server, &rng));
	assert_false(eapmsc_ask(&server, &w, 1));
	w = wr_into(wire, sizeof(wire));
	assert_true(eapmsc_ask(&server, &w, 1));
	assert_false(eapmsc_ask(&server, &w, 2));
	assert_false(eapmsc_ask(&peer, &w, 2));
	d = eapmsc_user((struct ike_view){ (const uint8_t *)"a\\b\\", 4 });
	assert_int_equal(d.n, 0);
	d = eapmsc_user((struct ike_view){ NULL, 0 });
	assert_int_equal(d.n, 0);
	eapmsc_fini(&server);
	assert_int_equal(server.state, EAPMSC_OVER);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_well),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_false_server),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_early),
		cmocka_unit_test(test_every_bit),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
