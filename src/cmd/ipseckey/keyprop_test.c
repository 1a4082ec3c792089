/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/ipseckey/keyprop.h"

#include <stdlib.h>
#include <string.h>

#include "base/test.h"

#include "model/alg.h"

static char *text;

static const char *
shown(const struct pfkey_msg *m)
{
	struct keyshow s = { 0 };
	size_t n;

	free(text);
	s.f = open_memstream(&text, &n);
	assert_non_null(s.f);
	keyprop_show(&s, m);
	assert_int_equal(fclose(s.f), 0);
	return text;
}

static struct pfkey_msg m;

static void
test_proposal(void **state)
{
	(void)state;
	m = (struct pfkey_msg){ .has = UINT64_C(1) << PFKEY_EXT_PROPOSAL,
		.prop_replay = 64,
		.n_combs = 1 };
	m.comb[0] = (struct pfkey_comb){ .auth = AALG_SHA256HMAC,
		.auth_min = 256,
		.auth_max = 256,
		.encr = EALG_AES_GCM_16,
		.encr_min = 128,
		.encr_max = 256,
		.salt_bits = 32,
		.hard.addtime = 28800,
		.soft = {
		    .allocs = 1, .bytes = 2, .addtime = 3, .usetime = 4 } };
	assert_string_equal(shown(&m),
	    "PRP: Proposal, replay window size = 64\n"
	    "PRP: Combination #1:\n"
	    "PRP: Authentication = hmac-sha256  minbits=256, maxbits=256\n"
	    "PRP: Encryption = aes-gcm  minbits=128, maxbits=256, "
	    "saltbits=32\n"
	    "PRP: HARD: alloc=0, bytes=0, post-add secs=28800, post-use "
	    "secs=0\n"
	    "PRP: SOFT: alloc=1, bytes=2, post-add secs=3, post-use secs=4\n");
}

static void
test_extended(void **state)
{
	(void)state;
	m = (struct pfkey_msg){ .has = UINT64_C(1) << PFKEY_EXT_EPROP,
		.eprop_replay = 32,
		.n_ecombs = 1 };
	m.ecomb[0].n = 2;
	m.ecomb[0].desc[0] = (struct pfkey_desc){ .satype = SATYPE_AH,
		.type = PFKEY_ALGTYPE_AUTH,
		.alg = AALG_MD5HMAC,
		.min = 128,
		.max = 128 };
	m.ecomb[0].desc[1] = (struct pfkey_desc){ .satype = SATYPE_ESP,
		.type = PFKEY_ALGTYPE_CRYPT,
		.alg = EALG_AES,
		.min = 128,
		.max = 256 };
	assert_string_equal(shown(&m),
	    "EPR: Extended proposal, replay window size = 32, number of "
	    "combinations = 1\n"
	    "EPR: Extended combination #1:\n"
	    "EPR: HARD: alloc=0, bytes=0, post-add secs=0, post-use secs=0\n"
	    "EPR: SOFT: alloc=0, bytes=0, post-add secs=0, post-use secs=0\n"
	    "EPR: AH authentication = hmac-md5  minbits=128, maxbits=128\n"
	    "EPR: ESP encryption = aes-cbc  minbits=128, maxbits=256\n");
}

static void
test_supported(void **state)
{
	(void)state;
	m = (struct pfkey_msg){ .has = UINT64_C(1) << PFKEY_EXT_SUPPORTED_AUTH |
				       UINT64_C(1)
					   << PFKEY_EXT_SUPPORTED_ENCRYPT };
	m.sauth.n = m.sencr.n = 1;
	m.sauth.alg[0] = (struct pfkey_supported){
		.id = AALG_SHA1HMAC, .min = 160, .max = 160
	};
	m.sencr.alg[0] = (struct pfkey_supported){
		.id = EALG_AES, .ivlen = 16, .min = 128, .max = 256, .incr = 64
	};
	assert_string_equal(shown(&m),
	    "SUA: Supported authentication algorithms\n"
	    "SUA: hmac-sha1, minbits=160, maxbits=160, ivlen=0, saltbits=0, "
	    "increment=0\n"
	    "SUE: Supported encryption algorithms\n"
	    "SUE: aes-cbc, minbits=128, maxbits=256, ivlen=16, saltbits=0, "
	    "increment=64\n");
}

static int
end(void **state)
{
	(void)state;
	free(text);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_proposal),
		cmocka_unit_test(test_extended),
		cmocka_unit_test(test_supported),
	};
	return cmocka_run_group_tests(tests, NULL, end);
}
