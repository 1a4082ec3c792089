/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/test.h"

#include "crypto/be/be.h"
#include "crypto/be/imb.h"
#include "crypto/be/ossl.h"
#include "crypto/keyhome.h"
#include "crypto/solo_fix_test.h"

static struct crypto *ours, *theirs;

static const uint8_t iv[8] = { 1, 2 };

/* GMAC over pieces of any length, against libcrypto and against one piece. */
static void
test_gmac_pieces(void **state)
{
	const struct alg *a = alg_by_id(ALG_AUTH, AALG_AES_GMAC);
	uint8_t key[36], msg[70], x[16], y[16];

	(void)state;
	memset(key, 3, sizeof(key));
	for (size_t i = 0; i < sizeof(msg); i++)
		msg[i] = (uint8_t)(i * 3);
	for (unsigned bits = 128; bits <= 256; bits += 64) {
		struct mac *m = mac_new(ours, a, key, bits);
		struct mac *o = mac_new(theirs, a, key, bits);

		assert_true(m->k.row->mac[0].sign != o->k.row->mac[0].sign);
		for (size_t i = 0; i <= sizeof(msg); i++)
			for (size_t j = i; j <= sizeof(msg); j++) {
				const struct mac_part part[] = { { msg, i },
					{ msg + i, j - i },
					{ msg + j, sizeof(msg) - j } };

				assert_true(mac_sign(m, x, iv, part, 3));
				assert_true(mac_sign(o, y, iv, part, 3));
				assert_memory_equal(x, y, sizeof(x));
			}
		mac_free(m);
		mac_free(o);
	}
}

/* RFC 5116's form against libcrypto's, for every length of data and text. */
static void
test_any_aad(void **state)
{
	static const uint8_t aad[40] = { 9 }, in[70] = { 8 };
	uint8_t key[36], x[70], y[70], xt[16], yt[16];

	(void)state;
	memset(key, 4, sizeof(key));
	for (unsigned bits = 128; bits <= 256; bits += 64) {
		const struct aead_spec s = {
			.encr = alg_by_id(ALG_ENCR, EALG_AES_GCM_12),
			.ekey = key,
			.ekey_bits = bits,
		};
		struct solo m = solo_aead(&imb_backend, ours->slot[0].st, &s);
		struct solo o =
		    solo_aead(&ossl_backend, theirs->slot[0].st, &s);

		for (size_t n = 0; n <= sizeof(aad); n++)
			for (size_t len = 0; len <= sizeof(in); len += 7) {
				struct aead_text t = { iv, aad, n, in, x, len,
					xt };
				struct aead_text u = { iv, aad, n, in, y, len,
					yt };

				assert_true(solo_text(&m, true, &t));
				assert_true(solo_text(&o, true, &u));
				assert_memory_equal(x, y, len);
				assert_memory_equal(xt, yt, 12);
				t.in = x;
				t.out = y;
				assert_true(solo_text(&m, false, &t));
				assert_memory_equal(y, in, len);
				xt[11] ^= 1;
				assert_false(solo_text(&m, false, &t));
			}
		solo_free(&m);
		solo_free(&o);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gmac_pieces),
		cmocka_unit_test(test_any_aad),
	};
	int failed;

	ours = crypto_new(be_imb, NULL, NULL);
	theirs = crypto_new(be_ossl, NULL, NULL);
	/* 77: this CPU cannot */
	failed = ours->n == 0 ? 77 : cmocka_run_group_tests(tests, NULL, NULL);
	crypto_free(ours);
	crypto_free(theirs);
	return failed;
}
