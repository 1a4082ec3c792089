/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/solipsec/pktway.h"

#include "cmd/solipsec/pktfix.h"

#define A "192.0.2.1"
#define B "192.0.2.2"

static struct pktway w, back;
static uint8_t plain[64], sealed[PKTWAY_ROOM];
static size_t n, sealed_n;

/* Seal the plain packet; keep what came. */
static void
seal(const struct pktsa_list *l)
{
	pktway_seal(&w, l, plain, n);
	assert_int_equal(w.action, PKTWAY_SEALED);
	assert_int_equal(w.verdict, VERDICT_PASS);
	memcpy(sealed, w.p, w.len);
	sealed_n = w.len;
}

static void
opens_again(const struct pktsa_list *l)
{
	pktway_open(&back, l, sealed, sealed_n, 4500);
	assert_int_equal(back.verdict, VERDICT_PASS);
	assert_int_equal(back.action, PKTWAY_OPENED);
	assert_int_equal(back.len, n);
	assert_memory_equal(back.p, plain, n);
}

static void
test_transport(void **state)
{
	struct pktsa_list l = { 0 };
	struct sa_spec s = pktfix_spec(0x100, EALG_AES, A, B);

	(void)state;
	s.window = 32;
	pktfix_add(&l, s);
	n = pktfix_udp(plain, A, B);
	seal(&l);
	assert_int_equal(w.layers, 1);
	assert_int_equal(w.layer[0].seq, 1);
	assert_int_equal(w.result.proto, IPPROTO_ESP_);
	seal(&l);
	assert_int_equal(w.layer[0].seq, 2);
	opens_again(&l);
	assert_int_equal(back.layer[0].seq, 2);
	assert_int_equal(back.layer[0].spi, 0x100);
	/* a second time it is a replay */
	pktway_open(&back, &l, sealed, sealed_n, 4500);
	assert_int_equal(back.verdict, VERDICT_ESP_EARLY_REPLAY);
	assert_int_equal(back.action, PKTWAY_NONE);
	/* one bit, and it does not open */
	seal(&l);
	sealed[40] ^= 1;
	pktway_open(&back, &l, sealed, sealed_n, 4500);
	assert_int_equal(back.verdict, VERDICT_ESP_BAD_AUTH);
	assert_int_equal(back.layers, 1);
	pktsa_fini(&l);
}

/* ESP, then AH over it; in a tunnel, too (spec: figures 19-1, 19-2). */
static void
test_bundle(void **state)
{
	struct pktsa_list l = { 0 };
	struct sa_spec esp = pktfix_spec(1, EALG_AES, A, B);

	(void)state;
	pktfix_add(&l, esp);
	pktfix_add(&l, pktfix_spec(2, 0, A, B));
	n = pktfix_udp(plain, A, B);
	seal(&l);
	assert_int_equal(w.layers, 2);
	assert_int_equal(w.result.proto, IPPROTO_AH_);
	opens_again(&l);
	assert_int_equal(back.layers, 2);
	assert_int_equal(back.layer[0].satype, SATYPE_AH);
	assert_int_equal(back.layer[1].satype, SATYPE_ESP);
	pktsa_fini(&l);

	esp.flags = SAF_TUNNEL;
	esp.isrc = (struct prefix){ pktfix_addr("10.0.0.0"), 8 };
	pktfix_add(&l, esp);
	pktfix_add(&l, pktfix_spec(2, 0, A, B));
	n = pktfix_udp(plain, "10.1.1.1", "172.16.0.1");
	seal(&l);
	assert_int_equal(w.layers, 2);
	assert_true(addr_equal(&w.result.src, &l.sa[1].out->src));
	opens_again(&l);
	pktsa_fini(&l);
}

/* What a tunnel carries may be protected for somebody else. */
static void
test_foreign_inside(void **state)
{
	struct pktsa_list outer = { 0 }, inner = { 0 };
	struct sa_spec s = pktfix_spec(1, EALG_AES, A, B);

	(void)state;
	pktfix_add(&inner, s);
	n = pktfix_udp(plain, A, B);
	seal(&inner);
	s.spi = 2;
	s.flags = SAF_TUNNEL;
	s.src = pktfix_addr("203.0.113.1");
	s.dst = pktfix_addr("203.0.113.2");
	pktfix_add(&outer, s);
	/* sealed already: not sealed again */
	pktway_seal(&w, &outer, sealed, sealed_n);
	assert_int_equal(w.action, PKTWAY_NONE);
	assert_string_equal(w.why, "protected already");

	/* by hand, through the tunnel */
	struct ip_view v;
	struct wr out = wr_into(w.buf[0], sizeof(w.buf[0]));
	static const uint8_t iv[16];

	assert_true(ip_parse(&v, sealed, sealed_n));
	assert_int_equal(
	    esp_seal(outer.sa[0].out, &out, sealed, &v, 1, iv, NULL),
	    VERDICT_PASS);
	pktway_open(&back, &outer, w.buf[0], out.len, 4500);
	assert_int_equal(back.verdict, VERDICT_PASS);
	assert_int_equal(back.action, PKTWAY_OPENED);
	assert_int_equal(back.len, sealed_n);
	assert_memory_equal(back.p, sealed, sealed_n);
	assert_int_equal(back.layers, 2);
	assert_int_equal(back.layer[1].verdict, VERDICT_ESP_NO_SA);
	pktsa_fini(&outer);
	pktsa_fini(&inner);
}

static void
test_encapsulated(void **state)
{
	struct pktsa_list l = { 0 };
	struct sa_spec s = pktfix_spec(1, EALG_AES_GCM_16, A, B);

	(void)state;
	s.auth = 0;
	s.akey.bits = 0;
	s.flags = SAF_NATT_LOC | SAF_NATT_REM;
	s.natt_lport = 4500;
	s.natt_rport = 1234;
	pktfix_add(&l, s);
	n = pktfix_udp(plain, A, B);
	seal(&l);
	assert_int_equal(w.result.proto, IPPROTO_UDP_);
	opens_again(&l);
	assert_true(back.layer[0].udp);
	assert_int_equal(back.layer[0].dport, 1234);
	/* another port means nothing */
	pktway_open(&back, &l, sealed, sealed_n, 4501);
	assert_int_equal(back.action, PKTWAY_NONE);
	assert_int_equal(back.verdict, VERDICT_PASS);
	/* plain ESP for this SA is not what it expects */
	l.sa[0].out->flags = 0;
	seal(&l);
	pktway_open(&back, &l, sealed, sealed_n, 4500);
	assert_int_equal(back.verdict, VERDICT_ESP_NAT_T_IPSEC);
	pktsa_fini(&l);
}

static void
test_nothing_to_do(void **state)
{
	struct pktsa_list l = { 0 };
	uint8_t esp[] = { 0x45, 0, 0, 28, 0, 0, 0x20, 0, 64, 50, 0, 0, 192, 0,
		2, 1, 192, 0, 2, 2, 0, 0, 1, 0, 0, 0, 0, 1 };

	(void)state;
	n = pktfix_udp(plain, A, B);
	pktway_open(&back, &l, plain, n, 4500);
	assert_int_equal(back.action, PKTWAY_NONE);
	assert_int_equal(back.verdict, VERDICT_PASS);
	assert_non_null(back.why);
	pktway_seal(&w, &l, plain, n);
	assert_int_equal(w.action, PKTWAY_NONE);
	assert_int_equal(w.verdict, VERDICT_PASS);

	/* a fragment of ESP, ESP for nobody, and no packet at all */
	pktway_open(&back, &l, esp, sizeof(esp), 4500);
	assert_int_equal(back.verdict, VERDICT_SPD_MALFORMED_FRAG);
	assert_true(back.v.frag);
	esp[6] = 0;
	pktway_open(&back, &l, esp, sizeof(esp), 4500);
	assert_int_equal(back.verdict, VERDICT_ESP_NO_SA);
	assert_int_equal(back.layer[0].spi, 0x100);
	pktway_open(&back, &l, esp, 27, 4500);
	assert_int_equal(back.verdict, VERDICT_SPD_MALFORMED_PACKET);
	assert_false(back.parsed);
	pktway_open(&back, &l, esp, 0, 4500);
	assert_int_equal(back.verdict, VERDICT_SPD_MALFORMED_PACKET);
}

/* The limits of an SA hold here, too. */
static void
test_lifetime(void **state)
{
	struct pktsa_list l = { 0 };
	struct sa_spec s = pktfix_spec(1, EALG_AES, A, B);

	(void)state;
	s.hard.allocs = 2;
	pktfix_add(&l, s);
	n = pktfix_udp(plain, A, B);
	seal(&l);
	pktway_seal(&w, &l, plain, n);
	pktway_seal(&w, &l, plain, n);
	assert_int_equal(w.verdict, VERDICT_ESP_BYTES_EXPIRE);
	assert_int_equal(w.action, PKTWAY_NONE);
	pktsa_fini(&l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_transport),
		cmocka_unit_test(test_bundle),
		cmocka_unit_test(test_foreign_inside),
		cmocka_unit_test(test_encapsulated),
		cmocka_unit_test(test_nothing_to_do),
		cmocka_unit_test(test_lifetime),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
