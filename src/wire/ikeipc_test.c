/* SPDX-License-Identifier: BSD-2-Clause */
#include "wire/ikeipc.h"

#include <stdlib.h>

#include "base/test.h"

#define BYTES(text)                                       \
	{                                                 \
		(const uint8_t *)(text), sizeof(text) - 1 \
	}

static const struct ikeipc_msg samples[] = {
	{ .type = IKEIPC_TAKE, .which = IKEIPC_NATT6 },
	{ .type = IKEIPC_FILE,
	    .kind = IKEIPC_PRESHARED,
	    .size = 77,
	    .name = BYTES("ike.preshared") },
	{ .type = IKEIPC_DATA, .data = BYTES("\0\1\2 key") },
	{ .type = IKEIPC_USE, .id = 9 },
	{ .type = IKEIPC_DEBUG, .level = 0x3ff },
	{ .type = IKEIPC_STOP },
	{ .type = IKEIPC_READY },
	{ .type = IKEIPC_USED,
	    .id = 9,
	    .err = 22,
	    .text = BYTES("line 3: no") },
	{ .type = IKEIPC_WANT, .want = IKEIPC_WANT_READ },
	{ .type = IKEIPC_ASK,
	    .id = 0xfffffffe,
	    .ask = { .op = IKEIPC_VERIFY,
		.initiator = true,
		.local = { .fam = FAM_V4, .b = { 192, 168, 116, 16 } },
		.remote = { .fam = FAM_V6, .b = { 0x20, 1 } },
		.local_port = 500,
		.remote_port = 4500,
		.prf = 5,
		.own_id_type = 1,
		.peer_id_type = 2,
		.method = 14,
		.rule = BYTES("a rule"),
		.own_id = BYTES("\xc0\xa8\x74\x10"),
		.peer_id = BYTES("partym.example"),
		.octets = BYTES("octets"),
		.authorities = BYTES("01234567890123456789"),
		.auth = BYTES("auth"),
		.n_hash = 2,
		.hash = { 2, 5 },
		.n_cert = 2,
		.cert = { { 4, BYTES("first") }, { 11, BYTES("second") } } } },
	{ .type = IKEIPC_TOLD,
	    .id = 7,
	    .told = { .verdict = IKEIPC_NO,
		.method = 2,
		.why = BYTES("no key for it"),
		.data = BYTES("data"),
		.n_cert = 1,
		.cert = { { 4, BYTES("der") } } } },
};

static void
assert_bytes(const struct ikeipc_bytes *a, const struct ikeipc_bytes *b)
{
	assert_int_equal(a->n, b->n);
	if (a->n != 0)
		assert_memory_equal(a->p, b->p, a->n);
}

static void
assert_certs(const struct ikeipc_cert *a, const struct ikeipc_cert *b)
{
	for (unsigned i = 0; i < IKEIPC_CERTS; i++) {
		assert_int_equal(a[i].encoding, b[i].encoding);
		assert_bytes(&a[i].der, &b[i].der);
	}
}

static void
assert_ask(const struct ikeipc_ask *a, const struct ikeipc_ask *b)
{
	assert_int_equal(a->op, b->op);
	assert_int_equal(a->initiator, b->initiator);
	assert_true(addr_equal(&a->local, &b->local));
	assert_true(addr_equal(&a->remote, &b->remote));
	assert_int_equal(a->local_port, b->local_port);
	assert_int_equal(a->remote_port, b->remote_port);
	assert_int_equal(a->prf, b->prf);
	assert_int_equal(a->own_id_type, b->own_id_type);
	assert_int_equal(a->peer_id_type, b->peer_id_type);
	assert_int_equal(a->method, b->method);
	assert_bytes(&a->rule, &b->rule);
	assert_bytes(&a->own_id, &b->own_id);
	assert_bytes(&a->peer_id, &b->peer_id);
	assert_bytes(&a->octets, &b->octets);
	assert_bytes(&a->authorities, &b->authorities);
	assert_bytes(&a->auth, &b->auth);
	assert_int_equal(a->n_hash, b->n_hash);
	assert_memory_equal(a->hash, b->hash, sizeof(a->hash));
	assert_int_equal(a->n_cert, b->n_cert);
	assert_certs(a->cert, b->cert);
}

static void
assert_same(const struct ikeipc_msg *a, const struct ikeipc_msg *b)
{
	assert_int_equal(a->type, b->type);
	assert_int_equal(a->id, b->id);
	assert_int_equal(a->which, b->which);
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->want, b->want);
	assert_int_equal(a->size, b->size);
	assert_int_equal(a->level, b->level);
	assert_int_equal(a->err, b->err);
	assert_bytes(&a->name, &b->name);
	assert_bytes(&a->data, &b->data);
	assert_bytes(&a->text, &b->text);
	assert_ask(&a->ask, &b->ask);
	assert_int_equal(a->told.verdict, b->told.verdict);
	assert_int_equal(a->told.method, b->told.method);
	assert_bytes(&a->told.why, &b->told.why);
	assert_bytes(&a->told.data, &b->told.data);
	assert_int_equal(a->told.n_cert, b->told.n_cert);
	assert_certs(a->told.cert, b->told.cert);
}

static size_t
written(const struct ikeipc_msg *m, uint8_t *b, size_t cap)
{
	struct wr w = wr_into(b, cap);

	assert_true(ikeipc_write(&w, m));
	return w.len;
}

static void
test_round(void **state)
{
	uint8_t b[4096];
	struct ikeipc_msg m;

	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		size_t n = written(&samples[i], b, sizeof(b));

		assert_true(ikeipc_parse(&m, b, n));
		assert_same(&samples[i], &m);
	}
}

/* Every message is refused when a byte is missing or one is left over. */
static void
test_lengths(void **state)
{
	uint8_t b[4096];
	struct ikeipc_msg m;

	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		size_t n = written(&samples[i], b, sizeof(b) - 1);

		for (size_t k = 0; k < n; k++)
			assert_false(ikeipc_parse(&m, b, k));
		b[n] = 0;
		assert_false(ikeipc_parse(&m, b, n + 1));
	}
}

/* What a process that is not ours any more could say. */
static void
test_refused(void **state)
{
	static uint8_t long_text[IKEIPC_TEXT + 1], b[2 * IKEIPC_MAX];
	struct wr w = wr_into(b, sizeof(b));
	struct ikeipc_msg m = { .type = IKEIPC_TAKE, .which = IKEIPC_WHICH_N };

	(void)state;
	assert_false(ikeipc_write(&w, &m));
	m = (struct ikeipc_msg){ .type = 0 };
	assert_false(ikeipc_write(&w, &m));
	m = (struct ikeipc_msg){ .type = IKEIPC_TYPE_N };
	assert_false(ikeipc_write(&w, &m));
	m = (struct ikeipc_msg){ .type = IKEIPC_FILE,
		.kind = IKEIPC_CERT,
		.size = IKEIPC_FILE_MAX + 1 };
	assert_false(ikeipc_write(&w, &m));
	m = (struct ikeipc_msg){
		.type = IKEIPC_FILE, .kind = IKEIPC_CERT, .name = BYTES("a\nb")
	};
	assert_false(ikeipc_write(&w, &m));
	memset(long_text, 'a', sizeof(long_text));
	m = (struct ikeipc_msg){ .type = IKEIPC_USED,
		.text = { long_text, sizeof(long_text) } };
	assert_false(ikeipc_write(&w, &m));
	m.text.n = IKEIPC_TEXT;
	w = wr_into(b, sizeof(b));
	assert_true(ikeipc_write(&w, &m));
	m = samples[9];
	m.ask.n_cert = IKEIPC_CERTS + 1;
	assert_false(ikeipc_write(&w, &m));
	m = samples[9];
	m.ask.octets = (struct ikeipc_bytes){ b, IKEIPC_MAX };
	w = wr_into(calloc(1, sizeof(b)), sizeof(b));
	assert_non_null(w.base);
	assert_false(ikeipc_write(&w, &m));
	free(w.base);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
