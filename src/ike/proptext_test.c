/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/proptext.h"

#include "base/test.h"

#include "wire/ike2num.h"

static struct ike2_sa own, peer;
static const uint8_t spi[4] = { 1, 2, 3, 4 };

static void
add(struct ike2_sa *sa, uint8_t proto, uint16_t group, uint16_t bits)
{
	assert_true(ike2sa_add(sa, proto, spi, 4));
	assert_true(ike2sa_add_xform(sa, IKE2_T_ENCR, 20, bits));
	if (group != 0)
		assert_true(ike2sa_add_xform(sa, IKE2_T_KE, group, 0));
}

static void
begin(void)
{
	own = peer = (struct ike2_sa){ 0 };
}

static void
test_print(void **state)
{
	char buf[256];
	struct propose p;

	(void)state;
	begin();
	add(&peer, IKE2_PROTO_IKE, 19, 256);
	assert_true(ike2sa_add_xform(&peer, IKE2_T_KE, 60000, 0));
	assert_true(ike2sa_add_xform(&peer, 99, 5, 0));
	assert_true(ike2sa_add_xform(&peer, IKE2_T_INTEG, 0, 0));
	peer.xf[1].odd = true;
	add(&peer, 88, 0, 0);
	assert_string_equal(proptext_print(buf, sizeof(buf), &peer),
	    "1: IKE ENCR=aes-gcm-16(256) INTEG=none "
	    "KE=ecp256(with an unknown attribute)/60000 99=5; "
	    "2: 88 ENCR=aes-gcm-16");
	p = (struct propose){ .proto = IKE2_PROTO_ESP,
		.has = 1 << IKE2_T_ENCR };
	p.xf[IKE2_T_ENCR] = peer.xf[0];
	assert_string_equal(
	    proptext_one(buf, sizeof(buf), &p), "ESP ENCR=aes-gcm-16(256)");
}

/* Cut, never past the end, whatever the size is. */
static void
test_cut(void **state)
{
	char buf[256];

	(void)state;
	begin();
	add(&own, IKE2_PROTO_IKE, 19, 256);
	add(&peer, IKE2_PROTO_IKE, 14, 128);
	for (size_t n = 0; n < 200; n++) {
		memset(buf, 'x', sizeof(buf));
		(void)proptext_explain(buf, n, &own, &peer);
		if (n > 0)
			assert_true(strlen(buf) < n);
		assert_int_equal(buf[n], 'x');
	}
}

/* The nearest pair, and only what differs in it. */
static void
test_explain(void **state)
{
	char buf[256];

	(void)state;
	begin();
	add(&own, IKE2_PROTO_IKE, 14, 128);
	add(&own, IKE2_PROTO_IKE, 31, 256);
	add(&peer, IKE2_PROTO_ESP, 31, 256);
	add(&peer, IKE2_PROTO_IKE, 19, 256);
	assert_string_equal(proptext_explain(buf, sizeof(buf), &own, &peer),
	    "nearest is proposal 2: KE offered ecp256, accepted curve25519");
	begin();
	add(&own, IKE2_PROTO_IKE, 14, 128);
	add(&peer, IKE2_PROTO_IKE, 0, 128);
	assert_string_equal(proptext_explain(buf, sizeof(buf), &own, &peer),
	    "nearest is proposal 1: KE offered nothing, accepted modp2048");
}

static void
test_explain_odd_cases(void **state)
{
	char buf[256];

	(void)state;
	begin();
	assert_string_equal(proptext_explain(buf, sizeof(buf), &own, &peer),
	    "nothing is accepted here");
	add(&own, IKE2_PROTO_ESP, 0, 128);
	assert_string_equal(proptext_explain(buf, sizeof(buf), &own, &peer),
	    "nothing is offered");
	add(&peer, IKE2_PROTO_AH, 0, 128);
	assert_string_equal(proptext_explain(buf, sizeof(buf), &own, &peer),
	    "AH is offered, ESP is accepted");
	begin();
	add(&own, IKE2_PROTO_ESP, 0, 128);
	add(&peer, IKE2_PROTO_ESP, 0, 128);
	assert_string_equal(proptext_explain(buf, sizeof(buf), &own, &peer),
	    "nearest is proposal 1: each type fits, but not together");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_explain),
		cmocka_unit_test(test_explain_odd_cases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
