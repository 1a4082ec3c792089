/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/ts.h"

#include "base/test.h"

#include "model/flow.h"

static struct ts_choice got;
static struct ike2_tslist tsi, tsr;
static struct ike2_ts local[4], remote[4];
static struct ts_policy policy;

static struct ike2_ts
range(const char *lo, const char *hi, uint8_t proto, uint16_t a, uint16_t b)
{
	struct ike2_ts t = { .proto = proto, .port_lo = a, .port_hi = b };

	assert_true(addr_read(&t.lo, lo));
	assert_true(addr_read(&t.hi, hi));
	return t;
}

static struct ike2_ts
net(const char *a, uint8_t len)
{
	struct prefix p = { .len = len };

	assert_true(addr_read(&p.a, a));
	return ts_from_prefix(&p, 0, 0);
}

static struct ike2_ts
host(const char *a, uint8_t proto, uint16_t port)
{
	struct prefix p = { 0 };

	assert_true(addr_read(&p.a, a));
	p.len = addr_bits(p.a.fam);
	return ts_from_prefix(&p, proto, port);
}

static void
begin(void)
{
	tsi = tsr = (struct ike2_tslist){ 0 };
	policy = (struct ts_policy){ .local = local, .remote = remote };
}

static enum ts_result
narrow(void)
{
	return ts_narrow(&got, &tsi, &tsr, &policy);
}

static void
expect(const struct ike2_tslist *l, const char *want)
{
	char buf[1024];

	assert_string_equal(ts_print_list(buf, sizeof(buf), l->t, l->n), want);
}

static void
test_meet(void **state)
{
	struct ike2_ts a = range("10.0.0.0", "10.0.0.9", 6, 80, 90);
	struct ike2_ts b = range("10.0.0.5", "10.0.1.0", 0, 0, 65535);
	struct ike2_ts m;
	char buf[TS_TEXT];

	(void)state;
	assert_true(ts_meet(&m, &a, &b));
	assert_string_equal(ts_print(buf, &m), "10.0.0.5-10.0.0.9 tcp 80-90");
	assert_true(ts_within(&m, &a) && ts_within(&m, &b));
	assert_false(ts_within(&a, &b));
	assert_false(ts_equal(&a, &m));
	assert_true(ts_equal(&a, &a));
	b.proto = 17;
	assert_false(ts_meet(&m, &a, &b));
	b.proto = 6;
	b.port_lo = 91;
	assert_false(ts_meet(&m, &a, &b));
	b = net("2001:db8::", 32);
	assert_false(ts_meet(&m, &a, &b));
	b = range("10.0.0.10", "10.0.0.11", 6, 80, 80);
	assert_false(ts_meet(&m, &a, &b));
}

/* RFC 7296 3.13.1: opaque is in any, and not in a port. */
static void
test_opaque(void **state)
{
	struct ike2_ts any = net("10.0.0.0", 8), opaque = any, port = any, m;

	(void)state;
	opaque.port_lo = 65535;
	opaque.port_hi = 0;
	port.port_hi = 500;
	assert_true(ts_within(&opaque, &any));
	assert_false(ts_within(&any, &opaque));
	assert_true(ts_meet(&m, &any, &opaque));
	assert_true(ike2ts_is_opaque(&m));
	assert_true(ts_meet(&m, &opaque, &opaque));
	assert_false(ts_meet(&m, &port, &opaque));
	assert_false(ts_within(&opaque, &port));
	assert_false(ts_within(&port, &opaque));
}

/* The example of RFC 7296 2.9. */
static void
test_rfc_example(void **state)
{
	(void)state;
	begin();
	tsi.t[tsi.n++] = host("198.51.100.43", 17, 53);
	tsi.t[tsi.n++] = net("198.51.100.0", 24);
	tsr.t[tsr.n++] = host("192.0.2.123", 17, 53);
	tsr.t[tsr.n++] = net("192.0.2.0", 24);
	/* all of the initiator's, a part of the responder's */
	remote[0] = net("198.51.100.0", 24);
	local[0] = net("192.0.2.0", 25);
	local[1] = net("192.0.2.128", 25);
	policy.n_remote = policy.n_local = 1;
	policy.one_pair = true;
	assert_int_equal(narrow(), TS_OK);
	expect(&got.i, "198.51.100.0/24");
	expect(&got.r, "192.0.2.0/25");
	assert_false(got.more);
	/* two subnets need an SA each: that of the packet, and there is more */
	policy.n_local = 2;
	assert_int_equal(narrow(), TS_OK);
	expect(&got.r, "192.0.2.0/25");
	assert_true(got.more);
	tsr.t[0] = host("192.0.2.223", 17, 53);
	assert_int_equal(narrow(), TS_OK);
	expect(&got.r, "192.0.2.128/25");
	assert_true(got.more);
	/* policy does not have the packet: another acceptable part */
	policy.n_local = 1;
	assert_int_equal(narrow(), TS_OK);
	expect(&got.r, "192.0.2.0/25");
	/* one SA may have all of them */
	policy.n_local = 2;
	policy.one_pair = false;
	assert_int_equal(narrow(), TS_OK);
	expect(&got.r, "192.0.2.128/25, 192.0.2.0/25");
	assert_false(got.more);
}

static void
test_nothing(void **state)
{
	(void)state;
	begin();
	tsi.t[tsi.n++] = net("10.1.0.0", 16);
	tsr.t[tsr.n++] = net("10.2.0.0", 16);
	remote[0] = net("10.3.0.0", 16);
	local[0] = net("10.2.0.0", 16);
	policy.n_remote = policy.n_local = 1;
	assert_int_equal(narrow(), TS_NOTHING);
	remote[0] = net("10.1.0.0", 16);
	assert_int_equal(narrow(), TS_OK);
	/* selectors of unknown types only; no policy at all */
	tsr.n = 0;
	assert_int_equal(narrow(), TS_NOTHING);
	tsr.n = 1;
	policy.n_local = 0;
	assert_int_equal(narrow(), TS_NOTHING);
}

/* Families and protocols that do not go together are no pair. */
static void
test_no_pair(void **state)
{
	(void)state;
	begin();
	tsi.t[tsi.n++] = net("10.1.0.0", 16);
	tsr.t[tsr.n++] = net("2001:db8::", 32);
	remote[0] = tsi.t[0];
	local[0] = tsr.t[0];
	policy.n_remote = policy.n_local = 1;
	assert_int_equal(narrow(), TS_NOTHING);
	policy.one_pair = true;
	assert_int_equal(narrow(), TS_NOTHING);
	/* with the others there, those that have a partner */
	tsi.t[tsi.n++] = net("2001:db8:1::", 48);
	remote[1] = tsi.t[1];
	policy.n_remote = 2;
	assert_int_equal(narrow(), TS_OK);
	expect(&got.i, "2001:db8:1::/48");
	expect(&got.r, "2001:db8::/32");
	policy.one_pair = false;
	assert_int_equal(narrow(), TS_OK);
	expect(&got.i, "2001:db8:1::/48");
	begin();
	tsi.t[tsi.n++] = host("10.1.0.1", 6, 80);
	tsr.t[tsr.n++] = host("10.2.0.1", 17, 80);
	remote[0] = tsi.t[0];
	local[0] = tsr.t[0];
	policy.n_remote = policy.n_local = 1;
	assert_int_equal(narrow(), TS_NOTHING);
}

/* RFC 7296 2.9: SAs for single pairs of addresses. */
static void
test_single_pair(void **state)
{
	(void)state;
	begin();
	tsi.t[tsi.n++] = net("10.1.0.0", 16);
	tsr.t[tsr.n++] = net("10.2.0.0", 16);
	remote[0] = tsi.t[0];
	local[0] = tsr.t[0];
	policy.n_remote = policy.n_local = 1;
	policy.hosts = true;
	assert_int_equal(narrow(), TS_SINGLE_PAIR);
	tsi.t[0] = host("10.1.0.7", 17, 53);
	assert_int_equal(narrow(), TS_SINGLE_PAIR);
	tsr.t[0] = host("10.2.0.9", 17, 53);
	assert_int_equal(narrow(), TS_OK);
	expect(&got.i, "10.1.0.7 udp 53");
	expect(&got.r, "10.2.0.9 udp 53");
	assert_false(got.more);
	tsi.t[tsi.n++] = net("10.1.0.0", 16);
	tsr.t[tsr.n++] = net("10.2.0.0", 16);
	assert_int_equal(narrow(), TS_OK);
	expect(&got.i, "10.1.0.7 udp 53");
	assert_true(got.more);
}

/* ICMP: type and code where the ports are (3.13.1). */
static void
test_icmp(void **state)
{
	struct ike2_ts echo = host("10.1.0.1", IPPROTO_ICMP_, ts_icmp(8, 0));
	char buf[TS_TEXT];

	(void)state;
	assert_int_equal(echo.port_lo, 0x800);
	assert_string_equal(ts_print(buf, &echo), "10.1.0.1 icmp 8/0-8/0");
	begin();
	tsi.t[tsi.n++] = echo;
	tsr.t[tsr.n++] = host("10.2.0.1", IPPROTO_ICMP_, 0);
	remote[0] = net("10.1.0.0", 16);
	local[0] = net("10.2.0.0", 16);
	policy.n_remote = policy.n_local = 1;
	policy.one_pair = true;
	assert_int_equal(narrow(), TS_OK);
	expect(&got.i, "10.1.0.1 icmp 8/0-8/0");
	expect(&got.r, "10.2.0.1 icmp");
}

/* As many as there can be, each met by each: bounded, and said so. */
static void
test_many(void **state)
{
	static struct ike2_ts many[60];

	(void)state;
	begin();
	for (unsigned i = 0; i < IKE2TS_MAX; i++) {
		tsi.t[i] = net("0.0.0.0", 0);
		tsi.t[i].port_lo = tsi.t[i].port_hi = (uint16_t)i;
		tsi.t[i].proto = 6;
	}
	tsi.n = IKE2TS_MAX;
	for (unsigned i = 0; i < 60; i++) {
		many[i] = net("10.0.0.0", 16);
		many[i].lo.b[1] = many[i].hi.b[1] = (uint8_t)i;
	}
	tsr.t[tsr.n++] = net("10.0.0.0", 8);
	policy.remote = many;
	policy.n_remote = 60;
	local[0] = tsr.t[0];
	policy.n_local = 1;
	assert_int_equal(narrow(), TS_OK);
	assert_int_equal(got.i.n, IKE2TS_MAX);
	assert_true(got.more);
}

static void
test_answer_is_checked(void **state)
{
	struct ike2_tslist offer = { 0 }, answer = { 0 };

	(void)state;
	offer.t[offer.n++] = host("10.1.0.1", 6, 80);
	offer.t[offer.n++] = net("10.1.0.0", 24);
	assert_false(ts_is_narrowed(&answer, &offer));
	answer.t[answer.n++] = net("10.1.0.0", 25);
	assert_true(ts_is_narrowed(&answer, &offer));
	answer.t[answer.n++] = net("10.1.0.0", 23);
	assert_false(ts_is_narrowed(&answer, &offer));
	answer.n = 1;
	answer.unknown = 1;
	assert_false(ts_is_narrowed(&answer, &offer));
}

static void
test_prefixes(void **state)
{
	static const struct {
		const char *lo, *hi;
		unsigned n;
		const char *first;
	} t[] = {
		{ "0.0.0.0", "255.255.255.255", 1, "0.0.0.0/0" },
		{ "10.0.0.0", "10.0.0.255", 1, "10.0.0.0/24" },
		{ "10.0.0.7", "10.0.0.7", 1, "10.0.0.7" },
		{ "10.0.0.1", "10.0.0.6", 4, "10.0.0.1" },
		{ "255.255.255.254", "255.255.255.255", 1,
		    "255.255.255.254/31" },
		{ "0.0.0.1", "255.255.255.254", 62, "0.0.0.1" },
		{ "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 1, "::/0" },
		{ "::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe", 254,
		    "::1" },
		{ "2001:db8::", "2001:db8::ffff", 1, "2001:db8::/112" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct ike2_ts r = range(t[i].lo, t[i].hi, 0, 0, 65535);
		struct prefix p[254], one;
		char text[ADDR_TEXT];

		assert_int_equal(ts_to_prefixes(p, 254, &r), t[i].n);
		if (p[0].len == addr_bits(p[0].a.fam))
			(void)addr_print(text, &p[0].a);
		else
			(void)prefix_print(text, &p[0]);
		assert_string_equal(text, t[i].first);
		assert_true(ts_to_prefix(&one, &r) == (t[i].n == 1));
		/* one behind the other, they are the range */
		for (unsigned k = 0; k < t[i].n; k++) {
			struct ike2_ts part = ts_from_prefix(&p[k], 0, 0);

			assert_true(ts_within(&part, &r));
			if (k == 0)
				assert_true(addr_equal(&part.lo, &r.lo));
			if (k + 1 == t[i].n)
				assert_true(addr_equal(&part.hi, &r.hi));
		}
		assert_int_equal(ts_to_prefixes(p, 0, &r), t[i].n);
	}
}

static void
test_texts(void **state)
{
	struct ike2_ts t = host("10.0.0.1", 6, 80);
	char buf[TS_TEXT], small[10];

	(void)state;
	assert_true(ts_is_packet(&t));
	assert_string_equal(ts_print(buf, &t), "10.0.0.1 tcp 80");
	t.proto = 99;
	t.port_lo = 65535;
	t.port_hi = 0;
	assert_string_equal(ts_print(buf, &t), "10.0.0.1 proto 99 opaque");
	assert_true(ts_is_packet(&t));
	t = net("10.0.0.0", 8);
	assert_false(ts_is_packet(&t));
	for (size_t n = 0; n < sizeof(small); n++) {
		memset(small, 'x', sizeof(small));
		(void)ts_print_list(small, n, &t, 1);
		assert_int_equal(small[n], 'x');
	}
	t = range("ffff:ffff:ffff:ffff:ffff:ffff:ffff:fff0",
	    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe", 255, 65534, 65535);
	assert_true(strlen(ts_print(buf, &t)) > 90);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_meet),
		cmocka_unit_test(test_opaque),
		cmocka_unit_test(test_rfc_example),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_no_pair),
		cmocka_unit_test(test_single_pair),
		cmocka_unit_test(test_icmp),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_answer_is_checked),
		cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
