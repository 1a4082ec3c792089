/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/mac.h"

#include "base/test.h"

#include "crypto/be/be.h"
#include "crypto/keyhome.h"

static const uint8_t key[128] = { 4, 5, 6 }, iv[8] = { 9 };
static const uint8_t msg[100] = "the message";

static void
test_every_bit(void **state)
{
	struct crypto *c = crypto_new(be_all, NULL, NULL);
	const struct mac_part part[] = { { msg, 40 }, { msg + 40, 60 } };
	const struct alg *a;

	(void)state;
	for (size_t i = 0; (a = alg_row(i)) != NULL; i++) {
		struct mac *m;
		uint8_t icv[64];

		if (a->table != ALG_AUTH)
			continue;
		m = mac_new(c, a, key, a->key_def);
		assert_non_null(m);
		assert_int_equal(mac_info(m)->icv_len, a->icv_len);
		assert_int_equal(mac_info(m)->iv_len, a->iv_len);
		assert_true(mac_sign(m, icv, iv, part, 2));
		assert_true(mac_verify(m, icv, iv, part, 2));
		for (size_t bit = 0; bit < a->icv_len * 8u; bit++) {
			icv[bit / 8] ^= (uint8_t)(1u << (bit % 8));
			assert_false(mac_verify(m, icv, iv, part, 2));
			icv[bit / 8] ^= (uint8_t)(1u << (bit % 8));
		}
		assert_false(mac_verify(m, icv, iv, part, 1));
		if (a->iv_len != 0)
			assert_false(mac_verify(m, icv, key, part, 2));
		mac_free(m);
	}
	mac_free(NULL);
	crypto_free(c);
}

static void
test_refusals(void **state)
{
	struct crypto *c = crypto_new(be_all, NULL, NULL);
	const struct alg *sha = alg_by_id(ALG_AUTH, AALG_SHA256HMAC);

	(void)state;
	assert_null(mac_new(c, NULL, key, 128));
	assert_null(mac_new(c, sha, NULL, 256));
	assert_null(mac_new(c, sha, key, 128));
	assert_null(mac_new(c, sha, key, 0));
	assert_null(mac_new(c, alg_by_id(ALG_ENCR, EALG_AES), key, 128));
	crypto_free(c);
}

static bool
failing(const struct mac_way *w, void *x, uint8_t *icv, const uint8_t *i,
    const struct mac_part *part, size_t n)
{
	(void)x;
	(void)i;
	(void)part;
	(void)n;
	memset(icv, 0xee, w->info.icv_len);
	return false;
}

static bool expands;

static bool
expand(const struct way *w, void *x, const struct aead_spec *s)
{
	(void)w;
	(void)x;
	(void)s;
	return expands;
}

static bool
failing_mac(void *st, const struct alg *a, unsigned bits, struct mac_way *w)
{
	(void)st;
	(void)bits;
	w->way = (struct way){ .expand = expand, .size = 8 };
	w->sign = failing;
	w->info = (struct mac_info){ a->iv_len, a->icv_len };
	return true;
}

/* A backend that fails leaves zeros, and verifies nothing. */
static void
test_backend_fails(void **state)
{
	static const struct crypto_be be = { .mac = failing_mac };
	const struct alg *sha1 = alg_by_id(ALG_AUTH, AALG_SHA1HMAC);
	struct crypto c = { .n = 1, .slot = { { .be = &be } } };
	uint8_t icv[12], zero[12] = { 0 }, ee[12];
	struct mac *m;

	(void)state;
	*slot_pass(&c.slot[0], sha1) = 1;
	c.home = keyhome_new();
	m = mac_new(&c, sha1, key, 160);
	memset(ee, 0xee, sizeof(ee));
	for (int i = 0; i < 2; i++) {
		expands = i != 0;
		memset(icv, 1, sizeof(icv));
		assert_false(mac_sign(m, icv, NULL, NULL, 0));
		assert_memory_equal(icv, zero, sizeof(icv));
		assert_false(mac_verify(m, zero, NULL, NULL, 0));
		assert_false(mac_verify(m, ee, NULL, NULL, 0));
	}
	mac_free(m);
	keyhome_free(c.home);
}

enum { MANY = 150, ROOM = 300 };

/* Messages, each with a key and pieces of its own. */
struct message {
	struct mac *key[2];
	uint8_t text[ROOM], icv[2][64];
	struct mac_part part[3];
};

/* As libcrypto has it one by one, whatever is in a call together. */
static void
test_many(void **state)
{
	struct crypto *c = crypto_new(be_all, NULL, NULL);
	struct crypto *o = crypto_new(be_ossl, NULL, NULL);
	struct keycache *kc = keycache_new(c, 16);
	static struct message list[MANY];
	struct mac_op op[MANY];
	const struct alg *a;
	size_t n = 0;

	(void)state;
	for (size_t i = 0; n < MANY; i = alg_row(i + 1) == NULL ? 0 : i + 1) {
		struct message *m = &list[n];
		size_t len = n * 13 % ROOM, cut = len / 3;
		uint8_t k[128];

		if ((a = alg_row(i))->table != ALG_AUTH)
			continue;
		memset(k, (int)(n / 5), sizeof(k));
		memset(m->text, (int)n, sizeof(m->text));
		m->key[0] = mac_new(c, a, k, a->key_def);
		m->key[1] = mac_new(o, a, k, a->key_def);
		m->part[0] = (struct mac_part){ m->text, cut };
		m->part[1] = (struct mac_part){ m->text + cut, len - cut };
		op[n] = (struct mac_op){ .key = m->key[0],
			.iv = iv,
			.part = m->part,
			.n = n % 3 == 0 ? 1 : 2,
			.icv = m->icv[0] };
		n++;
	}
	/* many of one kind in a row, too */
	for (size_t i = 0; i < MANY; i++)
		for (size_t j = i + 1; j < MANY && i % 20 > 10; j++)
			if (mac_info(op[j].key) == mac_info(op[i].key)) {
				struct mac_op t = op[i + 1];

				op[i + 1] = op[j];
				op[j] = t;
				break;
			}
	for (int round = 0; round < 2; round++) {
		if (round == 0)
			mac_sign_n(op, MANY);
		else
			mac_sign_in(kc, op, MANY);
		for (size_t i = 0; i < MANY; i++) {
			struct message *m =
			    &list[(size_t)(op[i].icv - list[0].icv[0]) /
				  sizeof(list[0])];
			size_t len = mac_info(op[i].key)->icv_len;

			assert_true(mac_sign(
			    m->key[1], m->icv[1], iv, op[i].part, op[i].n));
			assert_true(op[i].ok);
			assert_memory_equal(m->icv[0], m->icv[1], len);
		}
	}
	op[77].icv[3] ^= 4;
	mac_verify_n(op, MANY);
	for (size_t i = 0; i < MANY; i++)
		assert_int_equal(op[i].ok, i != 77);
	mac_verify_in(kc, op, MANY);
	for (size_t i = 0; i < MANY; i++) {
		assert_int_equal(op[i].ok, i != 77);
		mac_free(list[i].key[0]);
		mac_free(list[i].key[1]);
	}
	mac_sign_n(op, 0);
	mac_verify_n(op, 0);
	keycache_free(kc);
	crypto_free(c);
	crypto_free(o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_bit),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_backend_fails),
		cmocka_unit_test(test_many),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
