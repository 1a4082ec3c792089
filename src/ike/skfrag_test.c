/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/skfrag.h"

#include "base/test.h"

#include "crypto/be/be.h"

static struct crypto *all;
static struct skfrag *f;
static uint8_t msg[SKFRAG_BYTES + 8];

static enum skfrag_result
add_n(uint32_t id, uint16_t num, uint16_t total, size_t at, size_t n)
{
	struct ike2_sk sk = {
		.num = num, .total = total, .first = num == 1 ? 35 : 0
	};

	return skfrag_add(&f, id, &sk, msg + at, n);
}

/* A message of 10 bytes a fragment. */
static enum skfrag_result
add(uint32_t id, uint16_t num, uint16_t total)
{
	return add_n(id, num, total, 10UL * (num - 1), 10);
}

static void
expect(size_t n)
{
	uint8_t first;
	struct ike_view v = skfrag_text(f, &first);

	assert_int_equal(first, 35);
	assert_int_equal(v.n, n);
	assert_memory_equal(v.p, msg, n);
}

static void
drop(void)
{
	skfrag_free(f);
	f = NULL;
}

static void
test_any_order(void **state)
{
	static const uint8_t orders[][3] = { { 1, 2, 3 }, { 1, 3, 2 },
		{ 2, 1, 3 }, { 2, 3, 1 }, { 3, 1, 2 }, { 3, 2, 1 } };

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		assert_int_equal(add(7, orders[i][0], 3), SKFRAG_MORE);
		assert_int_equal(add(7, orders[i][1], 3), SKFRAG_MORE);
		assert_false(skfrag_is_whole(f, 7));
		assert_int_equal(add(7, orders[i][2], 3), SKFRAG_WHOLE);
		assert_true(skfrag_is_whole(f, 7));
		assert_false(skfrag_is_whole(f, 8));
		expect(30);
		/* and what comes behind it changes nothing */
		assert_int_equal(add(7, 1, 3), SKFRAG_DROP);
		expect(30);
		drop();
	}
	assert_int_equal(add(7, 1, 1), SKFRAG_WHOLE);
	expect(10);
	drop();
}

/* The same fragment again, also with another text: the first one stays. */
static void
test_repeats(void **state)
{
	(void)state;
	assert_int_equal(add(7, 1, 2), SKFRAG_MORE);
	for (unsigned i = 0; i < 1000; i++)
		assert_int_equal(add_n(7, 1, 2, 500, 900), SKFRAG_MORE);
	assert_true(skfrag_size(f) < 16384);
	assert_int_equal(add(7, 2, 2), SKFRAG_WHOLE);
	expect(20);
	drop();
}

/* Number 0, above the total, above the limit; an empty one. */
static void
test_numbers(void **state)
{
	(void)state;
	assert_int_equal(add_n(7, 0, 2, 0, 10), SKFRAG_DROP);
	assert_int_equal(add_n(7, 3, 2, 0, 10), SKFRAG_DROP);
	assert_int_equal(add_n(7, 0, 0, 0, 10), SKFRAG_DROP);
	assert_int_equal(add_n(7, 1, SKFRAG_MOST + 1, 0, 10), SKFRAG_DROP);
	assert_int_equal(add_n(7, 1, 65535, 0, 10), SKFRAG_DROP);
	assert_int_equal(add_n(7, 1, 2, 0, 0), SKFRAG_DROP);
	assert_null(f);
	for (uint16_t i = SKFRAG_MOST; i > 1; i--)
		assert_int_equal(add(7, i, SKFRAG_MOST), SKFRAG_MORE);
	assert_int_equal(add(7, 1, SKFRAG_MOST), SKFRAG_WHOLE);
	expect(10UL * SKFRAG_MOST);
	drop();
}

/* RFC 7383 2.6: a higher total begins anew, a lower one is old. */
static void
test_totals(void **state)
{
	(void)state;
	assert_int_equal(add(7, 1, 2), SKFRAG_MORE);
	assert_int_equal(add(7, 2, 3), SKFRAG_MORE);
	assert_int_equal(add(7, 2, 2), SKFRAG_DROP);
	assert_int_equal(add(7, 3, 3), SKFRAG_MORE);
	assert_int_equal(add(7, 1, 3), SKFRAG_WHOLE);
	expect(30);
	/* and even of a message that was whole already */
	assert_int_equal(add(7, 1, 4), SKFRAG_MORE);
	drop();
}

static void
test_other_message(void **state)
{
	(void)state;
	assert_int_equal(add(7, 1, 2), SKFRAG_MORE);
	assert_int_equal(add(8, 2, 2), SKFRAG_MORE);
	assert_int_equal(add(8, 1, 2), SKFRAG_WHOLE);
	assert_true(skfrag_is_whole(f, 8));
	drop();
	assert_false(skfrag_is_whole(NULL, 8));
	assert_int_equal(skfrag_size(NULL), 0);
}

/* Never more than SKFRAG_BYTES, whatever the sizes are. */
static void
test_bytes(void **state)
{
	(void)state;
	assert_int_equal(add_n(7, 1, 3, 0, 40000), SKFRAG_MORE);
	assert_int_equal(add_n(7, 2, 3, 0, 40000), SKFRAG_DROP);
	assert_int_equal(
	    add_n(7, 2, 3, 40000, SKFRAG_BYTES - 40000), SKFRAG_MORE);
	assert_int_equal(add_n(7, 3, 3, 0, 1), SKFRAG_DROP);
	assert_true(skfrag_size(f) < SKFRAG_BYTES + 8192);
	drop();
	assert_int_equal(add_n(7, 1, 1, 0, SKFRAG_BYTES + 1), SKFRAG_DROP);
	assert_int_equal(add_n(7, 1, 2, 0, SKFRAG_BYTES - 1), SKFRAG_MORE);
	assert_int_equal(add_n(7, 2, 2, SKFRAG_BYTES - 1, 1), SKFRAG_WHOLE);
	expect(SKFRAG_BYTES);
	drop();
}

static void
test_room(void **state)
{
	(void)state;
	assert_int_equal(skfrag_room(FAM_V4, 1500, false), 1472);
	assert_int_equal(skfrag_room(FAM_V4, 1500, true), 1468);
	assert_int_equal(skfrag_room(FAM_V6, 1500, false), 1452);
	assert_int_equal(skfrag_room(FAM_V4, 0, false), 576 - 28);
	assert_int_equal(skfrag_room(FAM_V6, 100, true), 1280 - 52);
}

/* Each piece fits, all of them are the message, and one less would not do. */
static void
test_cut(void **state)
{
	static const uint8_t key[64];
	static const struct {
		unsigned encr, bits, integ;
	} t[] = { { IKE_ENCR_AES_GCM_16, 256, 0 },
		{ IKE_ENCR_AES_CBC, 128, IKE_INTEG_HMAC_SHA256_128 } };

	(void)state;
	for (size_t k = 0; k < 2; k++) {
		struct ikeseal s;

		assert_true(ikeseal_init(&s, all,
		    ikealg_by_id(IKEALG_ENCR, t[k].encr), t[k].bits,
		    t[k].integ != 0 ? ikealg_by_id(IKEALG_INTEG, t[k].integ)
				    : NULL,
		    key, key));
		for (size_t n = 0; n < 9000; n += 37) {
			size_t room = skfrag_room(FAM_V4, 0, true);
			struct skfrag_plan p;
			size_t sum = 0;

			assert_true(skfrag_cut(&p, &s, n, room));
			if (p.total == 0) {
				assert_true(32 + ikeseal_size(&s, n) <= room);
				continue;
			}
			assert_true(p.total > 1);
			assert_true(32 + ikeseal_size(&s, n) > room);
			for (uint16_t i = 1; i <= p.total; i++) {
				size_t at, len;

				skfrag_piece(&p, n, i, &at, &len);
				assert_int_equal(at, sum);
				assert_true(len > 0);
				assert_true(36 + ikeseal_size(&s, len) <= room);
				sum += len;
			}
			assert_int_equal(sum, n);
		}
		ikeseal_fini(&s);
	}
}

static void
test_cut_refuses(void **state)
{
	static const uint8_t key[64];
	struct ikeseal s;
	struct skfrag_plan p;

	(void)state;
	assert_true(ikeseal_init(&s, all,
	    ikealg_by_id(IKEALG_ENCR, IKE_ENCR_AES_GCM_16), 128, NULL, key,
	    NULL));
	for (size_t room = 0; room < 40; room++)
		assert_false(skfrag_cut(&p, &s, 100, room));
	assert_false(skfrag_cut(&p, &s, 65000, 548));
	assert_true(skfrag_cut(&p, &s, 60000, 548));
	ikeseal_fini(&s);
}

static int
setup(void **state)
{
	(void)state;
	all = crypto_new(be_all, NULL, NULL);
	for (size_t i = 0; i < sizeof(msg); i++)
		msg[i] = (uint8_t)(i * 31 + i / 256);
	return all == NULL;
}

static int
teardown(void **state)
{
	(void)state;
	crypto_free(all);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_order),
		cmocka_unit_test(test_repeats),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_totals),
		cmocka_unit_test(test_other_message),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_cut_refuses),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
