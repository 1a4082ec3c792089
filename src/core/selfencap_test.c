/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/selfencap.h"

#include "core/latch.h"
#include "core/path_fix_test.h"

static const struct hash_seed seed = { { 1, 2 } };
static uint8_t pkt[PATH_ROOM];
static struct path_socket socks[2];

static void
host_socket(void *ctx, const struct flow *f, struct path_socket *s)
{
	(void)f;
	*s = socks[ctx == &partym];
}

static struct conn_own *
own_of(struct host *h, struct action a)
{
	struct rule r = rule_of(RULE_BOTH, "", &a);
	struct conn_own *own = conn_own_new(h->p.conns, &r);

	assert_non_null(own);
	return own;
}

/* Sockets of both hosts that ask for ESP; with self-encapsulation, or not. */
static void
ask(bool e, bool p)
{
	struct host *h[] = { &enigma, &partym };
	bool self[] = { e, p };

	for (int i = 0; i < 2; i++) {
		struct action a = ipsec(0, EALG_AES, AALG_SHA256HMAC);

		if (self[i])
			a.flags |= ACT_SELFENCAP;
		conn_own_put(socks[i].own);
		socks[i] = (struct path_socket){
			.found = true, .cookie = 5, .own = own_of(h[i], a)
		};
	}
}

static int
setup_self(void **state)
{
	struct host *h[] = { &enigma, &partym };
	struct sa_spec s;

	setup(state);
	for (int i = 0; i < 2; i++) {
		socks[i] = (struct path_socket){ 0 };
		h[i]->p.conns = conn_new(&seed, 64, NULL);
		assert_non_null(h[i]->p.conns);
		h[i]->p.env.socket = host_socket;
	}
	s = sa_of(0x101, ENIGMA4, PARTYM4, EALG_AES, AALG_SHA256HMAC);
	share(&s);
	s = sa_of(0x102, ENIGMA6, PARTYM6, EALG_AES, AALG_SHA256HMAC);
	share(&s);
	return 0;
}

static int
teardown_self(void **state)
{
	for (int i = 0; i < 2; i++)
		conn_own_put(socks[i].own);
	conn_free(enigma.p.conns);
	conn_free(partym.p.conns);
	return teardown(state);
}

/* Policy 24: what ESP carries is the whole datagram, options and all. */
static void
test_there_and_back(void **state)
{
	size_t n = udp(pkt, ENIGMA4, PARTYM4, 5000, 53, 100), plain;
	struct path_result r;
	struct ip_view v;

	(void)state;
	ask(false, false);
	plain = out(&enigma, PATH_OWN, pkt, n).len;
	ask(true, true);
	now.mono += 10000;
	/* an option: no operation, four times (RFC 791 3.1) */
	memmove(pkt + 24, pkt + 20, n - 20);
	memset(pkt + 20, 1, 4);
	pkt[0] = 0x46;
	n += 4;
	pkt[2] = (uint8_t)(n >> 8);
	pkt[3] = (uint8_t)n;
	ip_csum_header(pkt, 24);
	r = out(&enigma, PATH_OWN, pkt, n);
	assert_verdict(r, VERDICT_PASS);
	assert_true(r.len >= plain + 20);
	assert_true(ip_parse(&v, wire, r.len));
	assert_int_equal(v.fixed, 20); /* the header in front has none */
	r = in(&partym, wire, r.len);
	assert_verdict(r, VERDICT_PASS);
	assert_same(pkt, n, &r);
}

/* Required iff present. */
static void
test_required(void **state)
{
	size_t n = udp(pkt, ENIGMA4, PARTYM4, 5000, 53, 100);
	struct path_result r;

	(void)state;
	ask(true, false);
	r = out(&enigma, PATH_OWN, pkt, n);
	assert_verdict(in(&partym, wire, r.len), VERDICT_SPD_GOT_SELFENCAP);
	ask(false, true);
	now.mono += 10000;
	r = out(&enigma, PATH_OWN, pkt, n);
	assert_verdict(in(&partym, wire, r.len), VERDICT_SPD_GOT_SELFENCAP);
	/* rules of the system do not know it */
	ask(true, true);
	now.mono += 10000;
	conn_own_put(socks[1].own);
	socks[1] = (struct path_socket){ 0 };
	install_both(RULE_IN, "", ipsec(0, EALG_AES, AALG_SHA256HMAC));
	r = out(&enigma, PATH_OWN, pkt, n);
	assert_verdict(in(&partym, wire, r.len), VERDICT_SPD_GOT_SELFENCAP);
}

/* Policy 19: the inner addresses must equal the outer ones. */
static void
test_other_addresses(void **state)
{
	uint8_t inner[256];
	size_t n = udp(inner, "192.0.2.99", PARTYM4, 5000, 53, 40);
	struct ip_new h = { .src = enigma.a4,
		.dst = partym.a4,
		.ttl = 64,
		.proto = IPPROTO_IPIP_ };
	struct action esp = ipsec(0, EALG_AES, AALG_SHA256HMAC);
	struct wr w = wr_into(pkt, sizeof(pkt));
	struct path_result r;

	(void)state;
	ask(true, true);
	ip_write(&w, &h, n);
	wr_bytes(&w, inner, n);
	install(&enigma, rule_of(RULE_OUT, "", &esp));
	r = out(&enigma, "", pkt, w.len);
	assert_verdict(r, VERDICT_PASS);
	assert_verdict(in(&partym, wire, r.len), VERDICT_SPD_BAD_SELFENCAP);
	/* for nobody that asks for it: IP in IP like any protocol */
	conn_own_put(socks[1].own);
	socks[1] = (struct path_socket){ 0 };
	now.mono += 10000;
	install(&partym, rule_of(RULE_IN, "", &esp));
	r = out(&enigma, "", pkt, w.len);
	r = in(&partym, wire, r.len);
	assert_verdict(r, VERDICT_PASS);
	assert_same(pkt, w.len, &r);
}

/* IPv4 only: an IPv6 flow of the same socket goes without. */
static void
test_v6(void **state)
{
	size_t n = udp(pkt, ENIGMA6, PARTYM6, 5000, 53, 100);
	struct path_result r;

	(void)state;
	ask(true, true);
	r = out(&enigma, PATH_OWN, pkt, n);
	assert_verdict(r, VERDICT_PASS);
	r = in(&partym, wire, r.len);
	assert_verdict(r, VERDICT_PASS);
	assert_same(pkt, n, &r);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup_self, teardown_self)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_there_and_back),
		T(test_required),
		T(test_other_addresses),
		T(test_v6),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
