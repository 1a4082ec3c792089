/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/propose.h"

#include "base/test.h"

#include "model/ikealg.h"
#include "wire/ike2num.h"

enum { E = IKE2_T_ENCR, P = IKE2_T_PRF, I = IKE2_T_INTEG, K = IKE2_T_KE };
enum { S = IKE2_T_ESN, A1 = IKE2_T_ADDKE1, A2 = 7, A3 = 8 };
enum { GCM = 20, CBC = 12, CHACHA = 28, SHA2 = 12, SHA5 = 14 };

static struct ike2_sa own, peer, answer;
static struct propose got;
static const uint8_t spi[8] = { 0, 0, 1, 1, 2, 2, 3, 3 };

/* A proposal more. xf: type, id, keybits, ..., 0. */
static void
add(struct ike2_sa *sa, uint8_t proto, const uint16_t *xf)
{
	uint8_t len = proto == IKE2_PROTO_IKE ? 0 : 4;

	assert_true(ike2sa_add(sa, proto, len != 0 ? spi : NULL, len));
	for (; *xf != 0; xf += 3)
		assert_true(ike2sa_add_xform(sa, (uint8_t)xf[0], xf[1], xf[2]));
}
#define ADD(sa, proto, ...) \
	add(sa, IKE2_PROTO_##proto, (const uint16_t[]){ __VA_ARGS__, 0 })

static void
begin(void)
{
	own = peer = answer = (struct ike2_sa){ 0 };
}

static bool
choose(uint16_t ke)
{
	return propose_choose(&got, &own, &peer, ke);
}

/* RFC 7296 3.3: one transform of each type, and the peer's number. */
static void
test_one_of_each(void **state)
{
	(void)state;
	begin();
	ADD(&own, IKE, E, CBC, 256, P, 5, 0, I, SHA2, 0, K, 19, 0, K, 14, 0);
	ADD(&peer, IKE, E, GCM, 256, P, 5, 0, K, 19, 0);
	ADD(&peer, IKE, E, CBC, 128, E, CBC, 256, P, 2, 0, P, 5, 0, I, 2, 0, I,
	    SHA2, 0, K, 2, 0, K, 14, 0);
	assert_true(choose(0));
	assert_int_equal(got.num, 2);
	assert_int_equal(got.own, 0);
	assert_int_equal(got.has, 1 << E | 1 << P | 1 << I | 1 << K);
	assert_int_equal(propose_id(&got, E), CBC);
	assert_int_equal(got.xf[E].keybits, 256);
	assert_int_equal(propose_id(&got, P), 5);
	assert_int_equal(propose_id(&got, I), SHA2);
	assert_int_equal(propose_id(&got, K), 14);
	assert_int_equal(propose_id(&got, 200), 0);
	assert_true(propose_answer(&answer, &got, NULL, 0));
	assert_int_equal(answer.n, 1);
	assert_int_equal(answer.p[0].num, 2);
	assert_int_equal(answer.p[0].n, 4);
}

/* Own order decides, the group of the KE payload before it. */
static void
test_preference(void **state)
{
	(void)state;
	begin();
	ADD(&own, IKE, E, GCM, 256, E, GCM, 128, P, 6, 0, P, 5, 0, K, 31, 0, K,
	    19, 0);
	ADD(&peer, IKE, E, GCM, 128, E, GCM, 256, P, 5, 0, P, 6, 0, K, 19, 0, K,
	    31, 0, K, 14, 0);
	assert_true(choose(0));
	assert_int_equal(got.xf[E].keybits, 256);
	assert_int_equal(propose_id(&got, P), 6);
	assert_int_equal(propose_id(&got, K), 31);
	assert_true(choose(19));
	assert_int_equal(propose_id(&got, K), 19);
	/* of a group that is not wanted here: the one to ask for */
	assert_true(choose(14));
	assert_int_equal(propose_id(&got, K), 31);
	assert_int_equal(propose_group(&own, &peer), 31);
}

/* Own proposals before the peer's. */
static void
test_own_first(void **state)
{
	(void)state;
	begin();
	ADD(&own, ESP, E, GCM, 256, S, 1, 0);
	ADD(&own, ESP, E, CBC, 256, I, SHA2, 0, S, 0, 0);
	ADD(&peer, ESP, E, CBC, 256, I, SHA2, 0, S, 0, 0);
	ADD(&peer, ESP, E, GCM, 256, S, 0, 0, S, 1, 0);
	assert_true(choose(0));
	assert_int_equal(got.num, 2);
	assert_int_equal(propose_id(&got, S), 1);
	assert_memory_equal(got.spi, spi, 4);
	assert_int_equal(got.spi_len, 4);
}

/* R255, RFC 5282 8: combined ciphers without integrity, or with "none". */
static void
test_combined(void **state)
{
	(void)state;
	begin();
	ADD(&own, IKE, E, GCM, 256, P, 5, 0, K, 19, 0);
	ADD(&peer, IKE, E, GCM, 256, P, 5, 0, I, SHA2, 0, K, 19, 0);
	assert_false(choose(0));
	begin();
	ADD(&own, IKE, E, GCM, 256, P, 5, 0, K, 19, 0);
	ADD(&peer, IKE, E, GCM, 256, P, 5, 0, I, SHA2, 0, I, 0, 0, K, 19, 0);
	assert_true(choose(0));
	assert_int_equal(got.has & 1 << I, 1 << I);
	assert_int_equal(propose_id(&got, I), 0);
	/* one line of policy with both sorts */
	begin();
	ADD(&own, IKE, E, GCM, 256, E, CBC, 256, P, 5, 0, I, SHA2, 0, K, 19, 0);
	ADD(&peer, IKE, E, GCM, 256, P, 5, 0, K, 19, 0);
	assert_true(choose(0));
	assert_int_equal(propose_id(&got, E), GCM);
	/* where both are in one proposal, integrity goes with the other */
	begin();
	ADD(&own, IKE, E, GCM, 256, E, CBC, 256, P, 5, 0, I, SHA2, 0, K, 19, 0);
	ADD(&peer, IKE, E, GCM, 256, E, CBC, 256, P, 5, 0, I, SHA2, 0, K, 19,
	    0);
	assert_true(choose(0));
	assert_int_equal(propose_id(&got, E), CBC);
	assert_int_equal(propose_id(&got, I), SHA2);
}

/* What is not combined never goes without integrity in IKE. */
static void
test_integrity_is_kept(void **state)
{
	(void)state;
	begin();
	ADD(&own, IKE, E, CBC, 256, P, 5, 0, I, SHA2, 0, I, 0, 0, K, 19, 0);
	ADD(&peer, IKE, E, CBC, 256, P, 5, 0, I, 0, 0, K, 19, 0);
	assert_false(choose(0));
	begin();
	ADD(&own, IKE, E, CBC, 256, P, 5, 0, K, 19, 0);
	ADD(&peer, IKE, E, CBC, 256, P, 5, 0, K, 19, 0);
	assert_false(choose(0));
	/* ESP: as policy says, and never because the peer leaves it out */
	begin();
	ADD(&own, ESP, E, CBC, 256, I, SHA2, 0, S, 0, 0);
	ADD(&peer, ESP, E, CBC, 256, S, 0, 0);
	assert_false(choose(0));
	begin();
	ADD(&own, ESP, E, CBC, 256, S, 0, 0);
	ADD(&peer, ESP, E, CBC, 256, S, 0, 0);
	assert_true(choose(0));
	begin();
	ADD(&own, AH, I, 0, 0, S, 0, 0);
	ADD(&peer, AH, I, 0, 0, S, 0, 0);
	assert_false(choose(0));
}

/* Each mandatory type left out, of each protocol (RFC 7296 3.3.3). */
static void
test_lacking(void **state)
{
	static const uint16_t ike[] = { E, CBC, 256, P, 5, 0, I, SHA2, 0, K, 19,
		0 };
	static const uint16_t esp[] = { E, CBC, 256, I, SHA2, 0, S, 0, 0 };
	static const uint16_t ah[] = { I, SHA2, 0, S, 1, 0 };
	static const struct {
		uint8_t proto;
		const uint16_t *xf;
		size_t n;
	} t[] = { { IKE2_PROTO_IKE, ike, 12 }, { IKE2_PROTO_ESP, esp, 9 },
		{ IKE2_PROTO_AH, ah, 6 } };

	(void)state;
	for (size_t i = 0; i < 3; i++)
		for (size_t skip = 0; skip <= t[i].n; skip += 3) {
			uint16_t all[16] = { 0 }, some[16] = { 0 };

			memcpy(all, t[i].xf, t[i].n * 2);
			memcpy(some, t[i].xf, skip * 2);
			if (skip < t[i].n)
				memcpy(some + skip, t[i].xf + skip + 3,
				    (t[i].n - skip - 3) * 2);
			begin();
			add(&own, t[i].proto, all);
			add(&peer, t[i].proto, some);
			assert_true(choose(0) == (skip == t[i].n));
		}
}

/* Key lengths exactly; none where the algorithm has one length only. */
static void
test_key_lengths(void **state)
{
	(void)state;
	begin();
	ADD(&own, ESP, E, GCM, 256, S, 0, 0);
	ADD(&peer, ESP, E, GCM, 128, E, GCM, 0, S, 0, 0);
	assert_false(choose(0));
	begin();
	ADD(&own, ESP, E, CHACHA, 0, S, 0, 0);
	ADD(&peer, ESP, E, CHACHA, 256, S, 0, 0);
	assert_false(choose(0));
	/* RFC 7296 3.3.6: an unknown attribute */
	begin();
	ADD(&own, ESP, E, CHACHA, 0, S, 0, 0);
	ADD(&peer, ESP, E, CHACHA, 0, S, 0, 0);
	peer.xf[0].odd = true;
	assert_false(choose(0));
	peer.xf[0].odd = false;
	assert_true(choose(0));
}

/* A type that we do not know: the proposal is none for us (3.3.6). */
static void
test_unknown_types(void **state)
{
	(void)state;
	for (unsigned type = 0; type < 256; type++) {
		bool addke = type >= A1 && type <= IKE2_T_ADDKE7;

		begin();
		ADD(&own, ESP, E, GCM, 256, S, 0, 0);
		ADD(&peer, ESP, E, GCM, 256, S, 0, 0);
		if (type == E || type == S)
			continue;
		assert_true(ike2sa_add_xform(&peer, (uint8_t)type, 0, 0));
		assert_true(choose(0) == (addke || type == I || type == K));
		peer.xf[2].id = 77;
		assert_false(choose(0));
	}
}

static void
test_protocols(void **state)
{
	(void)state;
	for (unsigned proto = 0; proto < 256; proto++) {
		begin();
		ADD(&own, ESP, E, GCM, 256, S, 0, 0);
		add(&peer, (uint8_t)proto,
		    (const uint16_t[]){ E, GCM, 256, S, 0, 0, 0 });
		assert_true(choose(0) == (proto == IKE2_PROTO_ESP));
		own.p[0].proto = (uint8_t)proto;
		assert_true(choose(0) == (proto == IKE2_PROTO_ESP));
	}
}

/* RFC 4303 2.1 */
static void
test_reserved_spi(void **state)
{
	static const uint8_t low[4] = { 0, 0, 0, 255 };
	const char *why;

	(void)state;
	begin();
	ADD(&own, ESP, E, GCM, 256, S, 0, 0);
	ADD(&peer, ESP, E, GCM, 256, S, 0, 0);
	assert_true(propose_accept(&got, &own, &peer, &why));
	peer.p[0].spi = low;
	assert_false(choose(0));
	assert_false(propose_accept(&got, &own, &peer, &why));
}

/* RFC 9370 2.2.2: the groups are all different; "none" leaves one out. */
static void
test_additional(void **state)
{
	(void)state;
	begin();
	ADD(&own, IKE, E, GCM, 256, P, 5, 0, K, 31, 0, A1, 36, 0, A1, 35, 0, A2,
	    36, 0, A2, 0, 0);
	ADD(&peer, IKE, E, GCM, 256, P, 5, 0, K, 31, 0, A1, 35, 0, A1, 36, 0,
	    A2, 36, 0);
	assert_true(choose(0));
	/* 36 first would leave nothing for the second */
	assert_int_equal(propose_id(&got, A1), 35);
	assert_int_equal(propose_id(&got, A2), 36);
	assert_int_equal(propose_addke(&got), 2);
	begin();
	ADD(&own, IKE, E, GCM, 256, P, 5, 0, K, 31, 0, A1, 36, 0, A1, 0, 0);
	ADD(&peer, IKE, E, GCM, 256, P, 5, 0, K, 31, 0);
	assert_true(choose(0));
	assert_int_equal(propose_addke(&got), 0);
	assert_int_equal(got.has & 1 << A1, 0);
	/* wanted here, and not there; the other way round */
	begin();
	ADD(&own, IKE, E, GCM, 256, P, 5, 0, K, 31, 0, A1, 36, 0);
	ADD(&peer, IKE, E, GCM, 256, P, 5, 0, K, 31, 0);
	assert_false(choose(0));
	begin();
	ADD(&own, IKE, E, GCM, 256, P, 5, 0, K, 31, 0);
	ADD(&peer, IKE, E, GCM, 256, P, 5, 0, K, 31, 0, A1, 36, 0);
	assert_false(choose(0));
	peer.xf[3].id = 0;
	assert_true(choose(0));
	assert_int_equal(got.has & 1 << A1, 1 << A1);
	/* all the same one: it cannot be */
	begin();
	ADD(&own, IKE, E, GCM, 256, P, 5, 0, K, 31, 0, A1, 31, 0);
	ADD(&peer, IKE, E, GCM, 256, P, 5, 0, K, 31, 0, A1, 31, 0);
	assert_false(choose(0));
}

/* PFS: both say a group, or neither. */
static void
test_pfs(void **state)
{
	(void)state;
	begin();
	ADD(&own, ESP, E, GCM, 256, K, 19, 0, S, 0, 0);
	ADD(&peer, ESP, E, GCM, 256, S, 0, 0);
	assert_false(choose(0));
	ADD(&peer, ESP, E, GCM, 256, K, 19, 0, S, 0, 0);
	assert_true(choose(0));
	assert_int_equal(got.num, 2);
	begin();
	ADD(&own, ESP, E, GCM, 256, S, 0, 0);
	ADD(&peer, ESP, E, GCM, 256, K, 19, 0, S, 0, 0);
	assert_false(choose(0));
	begin();
	ADD(&own, ESP, E, GCM, 256, S, 0, 0);
	ADD(&peer, ESP, E, GCM, 256, K, 19, 0, K, 0, 0, S, 0, 0);
	assert_true(choose(0));
	assert_int_equal(propose_id(&got, K), 0);
}

/* As many proposals and transforms as a message can have: it ends, soon. */
static void
test_much(void **state)
{
	(void)state;
	begin();
	assert_true(ike2sa_add(&own, IKE2_PROTO_IKE, NULL, 0));
	assert_true(ike2sa_add(&peer, IKE2_PROTO_IKE, NULL, 0));
	for (unsigned i = 0; i < IKE2SA_TRANSFORMS; i++) {
		uint8_t type = (uint8_t)(i % 12 + 1);
		uint16_t id = (uint16_t)(i / 12 % 3 + 1);

		assert_true(ike2sa_add_xform(&own, type, id, 0));
		assert_true(ike2sa_add_xform(&peer, type, id, 0));
	}
	/* three groups for eight exchanges */
	assert_false(choose(0));
}

/* R253: only what was offered, whole. */
static void
test_accept(void **state)
{
	const char *why;

	(void)state;
	begin();
	ADD(&own, IKE, E, GCM, 256, P, 5, 0, P, 6, 0, K, 19, 0, K, 31, 0);
	ADD(&own, IKE, E, CBC, 256, P, 5, 0, I, SHA2, 0, K, 19, 0);
	ADD(&answer, IKE, E, GCM, 256, P, 6, 0, K, 31, 0);
	assert_true(propose_accept(&got, &own, &answer, &why));
	assert_int_equal(got.own, 0);
	assert_int_equal(propose_id(&got, P), 6);
	answer.p[0].num = 2;
	assert_false(propose_accept(&got, &own, &answer, &why));
	answer.p[0].num = 3;
	assert_false(propose_accept(&got, &own, &answer, &why));
	answer.p[0].num = 1;
	answer.xf[2].id = 14; /* a group that was not offered */
	assert_false(propose_accept(&got, &own, &answer, &why));
	assert_string_equal(
	    why, "the answer has a transform that was not offered");
	answer.xf[2].id = 31;
	answer.xf[0].keybits = 128;
	assert_false(propose_accept(&got, &own, &answer, &why));
	answer.xf[0].keybits = 256;
	assert_true(ike2sa_add_xform(&answer, K, 19, 0));
	assert_false(propose_accept(&got, &own, &answer, &why));
	assert_string_equal(why, "the answer has two transforms of one type");
	answer.p[0].n = 2;
	assert_false(propose_accept(&got, &own, &answer, &why));
	assert_string_equal(why, "the answer lacks a transform of a type");
}

static void
test_accept_shape(void **state)
{
	const char *why;

	(void)state;
	begin();
	ADD(&own, ESP, E, GCM, 256, S, 0, 0);
	assert_false(propose_accept(&got, &own, &answer, &why));
	ADD(&answer, ESP, E, GCM, 256, S, 0, 0);
	assert_true(propose_accept(&got, &own, &answer, &why));
	ADD(&answer, ESP, E, GCM, 256, S, 0, 0);
	assert_false(propose_accept(&got, &own, &answer, &why));
	answer.n = 1;
	answer.p[0].proto = IKE2_PROTO_AH;
	assert_false(propose_accept(&got, &own, &answer, &why));
	answer.p[0].proto = IKE2_PROTO_ESP;
	answer.xf[1].type = 99;
	assert_false(propose_accept(&got, &own, &answer, &why));
	answer.xf[1].type = S;
	answer.xf[1].odd = true;
	assert_false(propose_accept(&got, &own, &answer, &why));
	/* integrity beside a combined cipher, of a mixed offer */
	begin();
	ADD(&own, IKE, E, GCM, 256, E, CBC, 256, P, 5, 0, I, SHA2, 0, I, 0, 0,
	    K, 19, 0);
	ADD(&answer, IKE, E, GCM, 256, P, 5, 0, I, SHA2, 0, K, 19, 0);
	assert_false(propose_accept(&got, &own, &answer, &why));
	answer.xf[2].id = 0;
	assert_true(propose_accept(&got, &own, &answer, &why));
	answer.xf[0].id = CBC;
	assert_false(propose_accept(&got, &own, &answer, &why));
	/* "none" may be left out of the answer, and the cipher still counts */
	begin();
	ADD(&answer, IKE, E, CBC, 256, P, 5, 0, K, 19, 0);
	ADD(&own, IKE, E, GCM, 256, E, CBC, 256, P, 5, 0, I, SHA2, 0, I, 0, 0,
	    K, 19, 0);
	assert_false(propose_accept(&got, &own, &answer, &why));
}

/* What one side chooses the other one takes: all pairs of some policies. */
static void
test_both_sides(void **state)
{
	static const uint16_t lines[][25] = {
		{ E, GCM, 256, P, 5, 0, K, 19, 0 },
		{ E, GCM, 256, E, GCM, 128, P, 6, 0, P, 5, 0, K, 31, 0, K, 19,
		    0 },
		{ E, CBC, 256, P, 5, 0, I, SHA2, 0, K, 19, 0 },
		{ E, GCM, 256, P, 5, 0, I, 0, 0, K, 19, 0, A1, 36, 0, A1, 0,
		    0 },
		{ E, GCM, 256, P, 5, 0, K, 19, 0, A1, 36, 0 },
		{ E, CBC, 256, E, GCM, 256, P, 5, 0, I, SHA5, 0, I, SHA2, 0, K,
		    31, 0, K, 19, 0 },
	};
	unsigned fitted = 0;

	(void)state;
	for (unsigned a = 0; a < 6; a++)
		for (unsigned b = 0; b < 6; b++) {
			const char *why = NULL;

			begin();
			add(&own, IKE2_PROTO_IKE, lines[a]);
			add(&peer, IKE2_PROTO_IKE, lines[b]);
			if (!choose(0))
				continue;
			fitted++;
			assert_true(propose_answer(&answer, &got, NULL, 0));
			assert_true(propose_accept(&got, &peer, &answer, &why));
			assert_null(why);
		}
	assert_in_range(fitted, 12, 30);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_of_each),
		cmocka_unit_test(test_preference),
		cmocka_unit_test(test_own_first),
		cmocka_unit_test(test_combined),
		cmocka_unit_test(test_integrity_is_kept),
		cmocka_unit_test(test_lacking),
		cmocka_unit_test(test_key_lengths),
		cmocka_unit_test(test_unknown_types),
		cmocka_unit_test(test_protocols),
		cmocka_unit_test(test_reserved_spi),
		cmocka_unit_test(test_additional),
		cmocka_unit_test(test_pfs),
		cmocka_unit_test(test_much),
		cmocka_unit_test(test_accept),
		cmocka_unit_test(test_accept_shape),
		cmocka_unit_test(test_both_sides),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
