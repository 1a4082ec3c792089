/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/ruletext.h"

#include "base/test.h"

static struct ipsecalgs names;
static char out[4096];

static const char *
show(const struct ruletext_env *env, struct rule r)
{
	struct wr w = wr_into(out, sizeof(out) - 1);

	ruletext_print(&w, env, &r);
	assert_false(w.bad);
	out[w.len] = '\0';
	return out;
}

static struct action aes_sha1 = { ACT_IPSEC, ACT_ESP | ACT_ESPA, 0, EALG_AES,
	AALG_SHA1HMAC, 0, 0, 128, 256, 160, 160 };

/* The example of policy 15, to the letter. */
static void
test_example(void **state)
{
	struct ruletext_env env = { .names = &names };
	struct rule r = { .dir = RULE_OUT,
		.fam = FAM_V4,
		.index = 1,
		.sel = { .has = SEL_LADDR | SEL_RADDR,
		    .laddr = { { FAM_V4, { 192, 168, 116, 16 } }, 32 },
		    .raddr = { { FAM_V4, { 192, 168, 13, 213 } }, 32 } },
		.n_actions = 1,
		.actions = &aes_sha1 };

	(void)state;
	assert_string_equal(show(&env, r),
	    "#INDEX 1\n"
	    "{ laddr 192.168.116.16/32 raddr 192.168.13.213/32 dir out } "
	    "ipsec { encr_algs aes-cbc(128..256) encr_auth_algs "
	    "hmac-sha1(160) sa shared } \n");
}

static void
test_everything(void **state)
{
	struct ruletext_env env = { .names = &names };
	struct action acts[] = { { ACT_IPSEC, ACT_AH | ACT_ESP | ACT_UNIQUE, 99,
				     EALG_NULL, 0, 8, UINT16_MAX, 0, 0, 0, 0 },
		{ .type = ACT_PASS }, { .type = ACT_DROP } };
	struct rule r = { .dir = RULE_IN,
		.fam = FAM_V6,
		.tunnel_mode = true,
		.tun = "ip.tun0",
		.index = UINT64_MAX,
		.sel = { .has = SEL_LADDR | SEL_RADDR | SEL_PROTO | SEL_LPORT |
				SEL_RPORT | SEL_TYPE | SEL_CODE,
		    .laddr = { { FAM_V6, { 0x20, 1 } }, 16 },
		    .raddr = { { FAM_V6, { 0 } }, 0 },
		    .proto = 58,
		    .lport_min = 1,
		    .lport_max = 1,
		    .rport_min = 2,
		    .rport_max = 2,
		    .type_min = 3,
		    .type_max = 4,
		    .code_min = 5,
		    .code_max = 5 },
		.n_actions = 3,
		.actions = acts };

	(void)state;
	assert_string_equal(show(&env, r),
	    "#INDEX ip.tun0,18446744073709551615\n"
	    "{ tunnel ip.tun0 negotiate tunnel ulp 58 laddr 2001::/16 lport 1 "
	    "raddr /0 rport 2 type 3-4 code 5 dir in } "
	    "ipsec { auth_algs 99(8..) encr_algs null sa unique } or "
	    "pass { } or drop { } \n");
	r.sel.has = 0;
	r.tunnel_mode = false;
	r.tun[0] = '\0';
	r.dir = RULE_BOTH;
	r.n_actions = 0;
	assert_string_equal(
	    show(&env, r), "#INDEX 18446744073709551615\n{ dir both } \n");
}

/* Zeros are left out only where the family shows from the other address. */
static void
test_zero_addresses(void **state)
{
	struct ruletext_env env = { .names = &names };
	struct rule r = { .dir = RULE_IN,
		.sel = { .has = SEL_LADDR,
		    .laddr = { { FAM_V6, { 0 } }, 0 },
		    .raddr = { { FAM_V6, { 0 } }, 0 } } };

	(void)state;
	assert_string_equal(
	    show(&env, r), "#INDEX 0\n{ laddr ::/0 dir in } \n");
	r.sel.has = SEL_LADDR | SEL_RADDR;
	assert_string_equal(
	    show(&env, r), "#INDEX 0\n{ laddr ::/0 raddr ::/0 dir in } \n");
	r.sel.raddr.a.b[0] = 0x20;
	r.sel.raddr.len = 128;
	assert_string_equal(
	    show(&env, r), "#INDEX 0\n{ laddr /0 raddr 2000::/128 dir in } \n");
}

static const char *
host(void *ctx, const struct addr *a)
{
	return a->b[0] == 10 ? ctx : NULL;
}

static const char *
service(void *ctx, uint16_t port)
{
	(void)ctx;
	return port == 23 ? "telnet" : NULL;
}

static const char *
protocol(void *ctx, uint8_t proto)
{
	(void)ctx;
	return proto == 6 ? "tcp" : NULL;
}

static void
test_names(void **state)
{
	char enigma[] = "enigma";
	struct ruletext_env env = { &names, host, service, protocol, enigma };
	struct rule r = { .dir = RULE_IN,
		.sel = { .has = SEL_LADDR | SEL_RADDR | SEL_PROTO | SEL_LPORT |
				SEL_RPORT,
		    .laddr = { { FAM_V4, { 10, 0, 0, 1 } }, 32 },
		    .raddr = { { FAM_V4, { 10, 0, 0, 0 } }, 24 },
		    .proto = 6,
		    .lport_min = 23,
		    .lport_max = 23,
		    .rport_min = 23,
		    .rport_max = 24 } };

	(void)state;
	assert_string_equal(show(&env, r),
	    "#INDEX 0\n{ ulp tcp laddr enigma/32 lport telnet raddr "
	    "10.0.0.0/24 rport 23-24 dir in } \n");
	r.sel.laddr.a.b[0] = 11;
	r.sel.proto = 7;
	assert_string_equal(show(&env, r),
	    "#INDEX 0\n{ ulp 7 laddr 11.0.0.1/32 lport telnet raddr "
	    "10.0.0.0/24 rport 23-24 dir in } \n");
}

/* RULETEXT_MAX is enough for the longest rule. */
static void
test_longest(void **state)
{
	static struct action acts[RULE_MAX_ACTIONS];
	static char big[RULETEXT_MAX];
	struct ruletext_env env = { .names = &names };
	struct wr w = wr_into(big, sizeof(big));
	struct rule r = { .n_actions = RULE_MAX_ACTIONS, .actions = acts };

	(void)state;
	for (unsigned i = 0; i < RULE_MAX_ACTIONS; i++)
		acts[i] = (struct action){ ACT_IPSEC,
			ACT_AH | ACT_ESP | ACT_ESPA | ACT_UNIQUE, 5,
			EALG_CHACHA20_POLY1305, 5, 10000, 20000, 10000, 20000,
			10000, 20000 };
	ruletext_print(&w, &env, &r);
	assert_false(w.bad);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_example),
		cmocka_unit_test(test_everything),
		cmocka_unit_test(test_zero_addresses),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_longest),
	};
	int failed;

	assert_true(ipsecalgs_builtin(&names));
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	ipsecalgs_fini(&names);
	return failed;
}
