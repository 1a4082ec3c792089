/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/authoct.h"

#include "base/test.h"

#include "crypto/be/be.h"

static struct crypto *all;
static const uint8_t msg[60] = { 1 }, nonce[32] = { 2 },
		     id[8] = { 2, 0, 0, 0, 'a', 'b' };
static const struct secret sk_p = { .bits = 256, .b = { 3 } };

static const struct ikealg *
prf(void)
{
	return ikealg_by_id(IKEALG_PRF, IKE_PRF_HMAC_SHA256);
}

/* RFC 7296 2.15: RealMessage | NonceData | MACedID */
static void
test_octets(void **state)
{
	struct authoct a = { .crypto = all,
		.prf = prf(),
		.sk_p = &sk_p,
		.message = { msg, sizeof(msg) },
		.nonce = { nonce, sizeof(nonce) },
		.id = { id, sizeof(id) } };
	struct mac_part p = { id, sizeof(id) };
	uint8_t out[256], maced[32];
	struct wr w = wr_into(out, sizeof(out));

	(void)state;
	assert_int_equal(authoct_len(&a), 60 + 32 + 32);
	assert_true(authoct_write(&w, &a));
	assert_int_equal(w.len, authoct_len(&a));
	assert_true(prf_sign(all, prf(), sk_p.b, 32, &p, 1, maced));
	assert_memory_equal(out, msg, 60);
	assert_memory_equal(out + 60, nonce, 32);
	assert_memory_equal(out + 92, maced, 32);
	/* RFC 9242 3.3.1: and IntAuth behind it */
	a.intauth = (struct ike_view){ msg, 7 };
	assert_int_equal(authoct_len(&a), 131);
	w = wr_into(out, sizeof(out));
	assert_true(authoct_write(&w, &a));
	assert_memory_equal(out + 124, msg, 7);
	w = wr_into(out, 130);
	assert_false(authoct_write(&w, &a));
}

/* RFC 9242 3.3.2, against the bytes written out by hand. */
static void
test_intermediate(void **state)
{
	static const uint8_t text[] = { 0, 0, 0, 9, 1, 2, 3, 4, 5 };
	uint8_t a[32 + 9] = { 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2,
		46, 0x20, 43, 8, 0, 0, 0, 1, 0, 0, 0, 41, 34, 0, 0, 13 };
	struct ikehdr h = { .spi_i = 1,
		.spi_r = 2,
		.major = 2,
		.exchange = IKE2_INTERMEDIATE,
		.flags = IKEHDR_INITIATOR,
		.msgid = 1,
		/* as it came: in fragments, with IV and ICV */
		.next = IKE2_P_SKF,
		.len = 999 };
	struct mac_part p[] = { { a, sizeof(a) }, { NULL, 0 } };
	struct authoct_int chain = { 0 }, other = { 0 };
	uint8_t want[32], second[32], end[AUTHOCT_INT_MAX];
	struct ike_view v = { text, sizeof(text) };

	(void)state;
	memcpy(a + 32, text, sizeof(text));
	assert_true(
	    authoct_int_add(&chain, all, prf(), &sk_p, &h, IKE2_P_KE, v));
	assert_int_equal(chain.n, 1);
	assert_true(prf_sign(all, prf(), sk_p.b, 32, p, 1, want));
	assert_memory_equal(chain.mac, want, 32);
	/* the next one begins with what came before */
	h.msgid = 2;
	a[23] = 2;
	assert_true(
	    authoct_int_add(&chain, all, prf(), &sk_p, &h, IKE2_P_KE, v));
	p[0] = (struct mac_part){ want, 32 };
	p[1] = (struct mac_part){ a, sizeof(a) };
	assert_true(prf_sign(all, prf(), sk_p.b, 32, p, 2, second));
	assert_memory_equal(chain.mac, second, 32);
	assert_int_equal(chain.n, 2);
	assert_int_equal(
	    authoct_int_end(end, &chain, &other, prf(), 0x01020304), 68);
	assert_memory_equal(end, second, 32);
	assert_int_equal(end[32], 0);
	assert_memory_equal(end + 64, "\1\2\3\4", 4);
}

static void
test_too_long(void **state)
{
	static uint8_t big[65532];
	struct ikehdr h = { .spi_i = 1 };
	struct authoct_int c = { 0 };
	struct ike_view v = { big, sizeof(big) };

	(void)state;
	assert_false(authoct_int_add(&c, all, prf(), &sk_p, &h, 0, v));
	v.n--;
	assert_true(authoct_int_add(&c, all, prf(), &sk_p, &h, 0, v));
	v.n = 0;
	assert_true(authoct_int_add(&c, all, prf(), &sk_p, &h, 0, v));
}

static int
setup(void **state)
{
	(void)state;
	all = crypto_new(be_all, NULL, NULL);
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
		cmocka_unit_test(test_octets),
		cmocka_unit_test(test_intermediate),
		cmocka_unit_test(test_too_long),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
