/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/reply.h"

#include <stdlib.h>

#include "core/conn.h"
#include "core/path_pkt_test.h"
#include "crypto/be/be.h"

static struct reply_table *table;
static struct crypto *crypto;

static int
setup(void **state)
{
	(void)state;
	table = reply_new(&crypto_rng, 1000);
	assert_non_null(table);
	crypto = crypto_new(be_ossl, NULL, NULL);
	assert_non_null(crypto);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	reply_free(table);
	crypto_free(crypto);
	return 0;
}

static struct reply_key
key(uint16_t a, uint16_t b)
{
	return (struct reply_key){ .local = A(PARTYM4),
		.remote = A(ENIGMA4),
		.proto = IPPROTO_ICMP_,
		.type = 8,
		.a = a,
		.b = b };
}

static const struct action esp = {
	.type = ACT_IPSEC, .flags = ACT_ESP, .esp_alg = EALG_AES
};
static const struct action ah = {
	.type = ACT_IPSEC, .flags = ACT_AH, .ah_alg = AALG_SHA256HMAC
};

static void
assert_found(const struct reply_key *k, const struct action *a, uint64_t now)
{
	const struct action *got = reply_find(table, k, now);

	assert_non_null(got);
	assert_true(action_equal(got, a));
}

static void
test_life(void **state)
{
	struct reply_key k = key(1, 2);

	(void)state;
	assert_null(reply_find(table, &k, 1000));
	reply_put(table, &k, &esp, 1000);
	assert_found(&k, &esp, 1000);
	assert_found(&k, &esp, 1000 + REPLY_LIFE - 1);
	assert_null(reply_find(table, &k, 1000 + REPLY_LIFE));
	/* what is over is not kept */
	reply_keep(table, 1000 + 5 * REPLY_LIFE);
	assert_null(reply_find(table, &k, 1000 + REPLY_LIFE));
	/* the newest word */
	reply_put(table, &k, &esp, 2000);
	reply_put(table, &k, &ah, 2500);
	assert_found(&k, &ah, 2000 + REPLY_LIFE);
	assert_null(reply_find(table, &k, 2500 + REPLY_LIFE));
	reply_free(NULL);
}

/* Each part of a key counts. */
static void
test_keys(void **state)
{
	struct reply_key k = key(1, 2), other[8];

	(void)state;
	reply_put(table, &k, &esp, 1000);
	for (int i = 0; i < 8; i++)
		other[i] = k;
	other[0].local = A("192.168.13.214");
	other[1].remote = A("192.168.13.214");
	other[2].proto = IPPROTO_UDP_;
	other[3].type = 13;
	other[4].a = 2;
	other[5].b = 1;
	other[6].local = (struct addr){ .fam = FAM_NONE };
	other[7].local = A(PARTYM6);
	for (int i = 0; i < 8; i++)
		assert_null(reply_find(table, &other[i], 1000));
	for (int i = 0; i < 8; i++)
		reply_put(table, &other[i], &ah, 1000);
	for (int i = 0; i < 8; i++)
		assert_found(&other[i], &ah, 1000);
	assert_found(&k, &esp, 1000);
}

static void
test_keep(void **state)
{
	struct reply_key k = key(1, 2);

	(void)state;
	reply_put(table, &k, &esp, 1000);
	assert_found(&k, &esp, 1000);
	reply_keep(table, 50000);
	reply_keep(table, 2000);
	assert_found(&k, &esp, 49999);
	/* a newer packet of the same kind does not shorten that */
	reply_put(table, &k, &esp, 3000);
	assert_found(&k, &esp, 49999);
	assert_null(reply_find(table, &k, 50000));
	/* nothing was found since this entry began */
	reply_put(table, &k, &esp, 60000);
	assert_found(&k, &esp, 60000);
	(void)reply_entry(table, FAM_V4);
	reply_keep(table, 90000);
	assert_null(reply_find(table, &k, 60000 + REPLY_LIFE));
}

/* Many are forgotten, and the table says so as long as it matters. */
static void
test_whole(void **state)
{
	uint64_t now = 1000 + REPLY_BEGIN;
	struct reply_key k = key(0, 0), tcp = k, udp = k;
	size_t lost = 0;

	(void)state;
	tcp.proto = IPPROTO_TCP_;
	udp.proto = IPPROTO_UDP_;
	assert_false(reply_is_whole(table, &k, now - 1));
	assert_false(reply_is_whole(table, &tcp, now - 1));
	assert_false(reply_is_whole(table, &udp, now - 1));
	assert_true(reply_is_whole(table, &k, now));
	reply_put(table, &tcp, &ah, now);
	reply_put(table, &udp, &ah, now);
	for (unsigned i = 0; i < 20000; i++) {
		k = key((uint16_t)i, (uint16_t)(i >> 8));
		reply_put(table, &k, &esp, now);
		assert_found(&k, &esp, now);
	}
	for (unsigned i = 0; i < 20000; i++) {
		k = key((uint16_t)i, (uint16_t)(i >> 8));
		lost += reply_find(table, &k, now) == NULL;
	}
	assert_int_equal(lost, 20000 - 2048);
	assert_false(reply_is_whole(table, &k, now));
	assert_false(reply_is_whole(table, &k, now + REPLY_LIFE - 1));
	assert_true(reply_is_whole(table, &k, now + REPLY_LIFE));
	/* another kind has lost nothing */
	assert_true(reply_is_whole(table, &tcp, now));
	assert_true(reply_is_whole(table, &udp, now));
	assert_found(&tcp, &ah, now);
	assert_found(&udp, &ah, now);
	/* those that are over give way without harm */
	now += REPLY_LIFE;
	for (unsigned i = 0; i < 100; i++) {
		k = key(1, (uint16_t)i);
		reply_put(table, &k, &esp, now);
	}
	assert_true(reply_is_whole(table, &k, now));
}

/* As simple as can be: all that was put, and when. */
static void
test_model(void **state)
{
	enum { KEYS = 64, STEPS = 20000 };
	uint64_t until[KEYS] = { 0 }, now = 1000, x = 88172645463325252;
	const struct action *with[KEYS] = { NULL };

	(void)state;
	for (unsigned i = 0; i < STEPS; i++) {
		unsigned n;
		struct reply_key k;

		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		n = (unsigned)(x >> 8) % KEYS;
		k = key((uint16_t)(n / 8), (uint16_t)(n % 8));
		now += (x >> 20) % 700;
		if (x >> 63) {
			with[n] = x & 1 ? &esp : &ah;
			until[n] = now + REPLY_LIFE;
			reply_put(table, &k, with[n], now);
		} else if (until[n] > now) {
			assert_found(&k, with[n], now);
		} else {
			assert_null(reply_find(table, &k, now));
		}
	}
}

static struct sa *
sa(uint32_t flags, uint8_t encr, uint8_t auth, unsigned bits)
{
	struct sa_spec s = { .satype = encr != 0 ? SATYPE_ESP : SATYPE_AH,
		.spi = 1,
		.state = SA_MATURE,
		.flags = flags,
		.encr = encr,
		.auth = auth };
	uint16_t diag;
	struct sa *sa;

	if (encr != 0)
		fill_key(&s.ekey,
		    bits + alg_by_id(ALG_ENCR, encr)->salt_len * 8u, 1);
	if (auth != 0)
		fill_key(&s.akey, 256, 2);
	sa = sa_new(crypto, &crypto_rng, &s, (struct now){ 1, 1 }, &diag);
	assert_non_null(sa);
	return sa;
}

/* Protocols, algorithms, key sizes and uniqueness of SAs. */
static void
test_action(void **state)
{
	struct sa *e = sa(0, EALG_AES_GCM_16, 0, 256);
	struct sa *h = sa(SAF_UNIQUE, 0, AALG_SHA256HMAC, 0);
	struct action a;

	(void)state;
	a = reply_action(NULL, e, false);
	assert_int_equal(a.type, ACT_IPSEC);
	assert_int_equal(a.flags, ACT_ESP);
	assert_int_equal(a.esp_alg, EALG_AES_GCM_16);
	assert_int_equal(a.esp_min, 256);
	assert_int_equal(a.esp_max, 256);
	assert_int_equal(a.espa_alg, 0);
	a = reply_action(h, e, true);
	assert_int_equal(
	    a.flags, ACT_ESP | ACT_AH | ACT_UNIQUE | ACT_SELFENCAP);
	assert_int_equal(a.ah_alg, AALG_SHA256HMAC);
	assert_int_equal(a.ah_min, 256);
	assert_int_equal(a.ah_max, 256);
	sa_free(e);
	e = sa(SAF_UNIQUE, EALG_AES, AALG_SHA256HMAC, 192);
	a = reply_action(NULL, e, false);
	assert_int_equal(a.flags, ACT_ESP | ACT_ESPA | ACT_UNIQUE);
	assert_int_equal(a.esp_min, 192);
	assert_int_equal(a.espa_alg, AALG_SHA256HMAC);
	assert_int_equal(a.espa_max, 256);
	sa_free(e);
	sa_free(h);
}

static void
test_entry(void **state)
{
	struct spd_entry *e = reply_entry(table, FAM_V6), other = { 0 };
	uint64_t one;

	(void)state;
	assert_true(reply_is_entry(table, e));
	assert_false(reply_is_entry(table, &other));
	assert_false(reply_is_entry(table, NULL));
	assert_int_equal(e->rule.dir, RULE_OUT);
	assert_int_equal(e->rule.fam, FAM_V6);
	assert_int_equal(e->rule.priority, CONN_PRIORITY);
	assert_int_equal(e->rule.n_actions, 0);
	reply_add(table, &esp);
	one = e->rule.index;
	assert_int_equal(e->rule.n_actions, 1);
	assert_true(action_equal(&e->rule.actions[0], &esp));
	/* the index is that of these alternatives, and of no socket */
	assert_true(one >> 63);
	for (int i = 1; i < REPLY_ALTS + 3; i++)
		reply_add(table, &ah);
	assert_int_equal(e->rule.n_actions, REPLY_ALTS);
	assert_true(e->rule.index != one);
	e = reply_entry(table, FAM_V6);
	assert_int_equal(e->rule.n_actions, 0);
	reply_add(table, &esp);
	assert_int_equal(e->rule.index, one);
	(void)reply_entry(table, FAM_V6);
	reply_add(table, &ah);
	assert_true(e->rule.index != one);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_life),
		T(test_keys),
		T(test_keep),
		T(test_whole),
		T(test_model),
		T(test_action),
		T(test_entry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
