/* SPDX-License-Identifier: BSD-2-Clause */
/* What a pattern keeps; its errors are in test/golden/ipsecinit.txt. */
#include "conf/pattern.h"

#include "base/test.h"

static size_t
resolve(void *ctx, const char *name, struct prefix *out, size_t max)
{
	struct addr v4 = { FAM_V4, { 10, 0, 0, 9 } }, v6 = { FAM_V6, { 0x20 } };

	(void)ctx;
	assert_int_equal(max, IPSECINIT_ADDRS);
	out[0] = prefix_host(&v4);
	out[1] = prefix_host(&v6);
	return strcmp(name, "both") == 0 ? 2 : 0;
}

static bool
none16(void *ctx, const char *name, uint16_t *out)
{
	(void)ctx, (void)name, (void)out;
	return false;
}

static bool
none8(void *ctx, const char *name, uint8_t *out)
{
	(void)ctx, (void)name, (void)out;
	return false;
}

static const struct ipsecinit_env env = {
	.resolve = resolve, .service = none16, .protocol = none8
};

static struct section s; /* the pattern points into it */

static unsigned
load(struct pattern *p, const char *text)
{
	struct lex lx = lex_from(
	    "f", text, strlen(text), LEX_BRACES | LEX_COMMENTS, NULL, NULL);
	struct lex_tok open = lex_next(&lx);

	assert_true(section_read(&s, &lx, &open, "pattern"));
	pattern_read(p, &lx, &s, &env);
	return lx.errors;
}

static void
test_sides(void **state)
{
	struct pattern p;

	(void)state;
	assert_int_equal(load(&p, "{raddr both lport 7}"), 0);
	assert_int_equal(p.style, PATTERN_NEW);
	assert_null(p.side[0].value);
	assert_int_equal(p.side[1].n, 2);
	assert_int_equal(p.side[1].p[1].len, 128);
	assert_int_equal(p.port_min[0], 7);
	assert_int_equal(p.port_min[1], 0);
	assert_int_equal(load(&p, "{dst 1.2.3.4/8 sport 9}"), 0);
	assert_int_equal(p.style, PATTERN_OLD);
	assert_int_equal(p.side[1].p[0].a.b[1], 0);
	assert_int_equal(p.side[1].p[0].len, 8);
	assert_int_equal(p.port_min[0], 9);
	assert_int_equal(load(&p, "{laddr /0 raddr both}"), 0);
	assert_int_equal(p.side[0].n, 2);
	assert_int_equal(p.side[0].p[0].len, 0);
	assert_int_equal(p.side[0].p[0].a.fam, FAM_V4);
	assert_int_equal(p.side[0].p[1].a.fam, FAM_V6);
	assert_int_equal(load(&p, "{laddr gone}"), 1);
	assert_int_equal(p.side[0].n, 0);
}

static void
test_masks(void **state)
{
	static const struct {
		const char *text;
		int len; /* -1: refused */
	} cases[] = {
		{ "{src 10.9.8.7 smask 0xffffff00}", 24 },
		{ "{src 10.9.8.7 smask 0XFF000000}", 8 },
		{ "{src 10.9.8.7 smask 255.255.255.255}", 32 },
		{ "{src 10.9.8.7 smask 128.0.0.0}", 1 },
		{ "{smask 0xfffffffe src 10.9.8.7}", 31 },
		{ "{src 10.9.8.7 smask 0x0}", -1 },
		{ "{src 10.9.8.7 smask 0.0.0.0}", -1 },
		{ "{src 10.9.8.7 smask 0xff}", -1 },
		{ "{src 10.9.8.7 smask 0x1ffffffff}", -1 },
		{ "{src 10.9.8.7 smask 24}", -1 },
		{ "{src 10.9.8.7 smask ffffff00}", -1 },
		{ "{src 10.9.8.7 smask 255.255.255.256}", -1 },
	};
	struct pattern p;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(load(&p, cases[i].text), cases[i].len < 0);
		if (cases[i].len >= 0)
			assert_int_equal(p.side[0].p[0].len, cases[i].len);
	}
}

static void
test_common(void **state)
{
	struct pattern p;

	(void)state;
	/* neither style, so that what follows may decide */
	assert_int_equal(
	    load(&p, "{proto icmp type 3 code 255 dir outgoing}"), 0);
	assert_int_equal(p.style, PATTERN_ANY);
	assert_true(p.has_proto && p.has_type && !p.has_code);
	assert_int_equal(p.dir, RULE_OUT);
	assert_int_equal(load(&p, "{negotiate tunnel tunnel ip.tun3}"), 0);
	assert_true(p.tunnel);
	assert_string_equal(p.tun, "ip.tun3");
	assert_int_equal(load(&p, "{proto 0}"), 0);
	assert_false(p.has_proto);
}

static void
test_words(void **state)
{
	static const struct {
		const char *word;
		bool is;
	} cases[] = { { "laddr", true }, { "srcaddr", true },
		{ "tunnel", true }, { "dir", false }, { "encr_algs", false },
		{ "Laddr", false } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct lex_tok t = { .kind = LEX_WORD,
			.s = cases[i].word,
			.n = strlen(cases[i].word) };

		assert_int_equal(pattern_is_selector(&t), cases[i].is);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sides),
		cmocka_unit_test(test_masks),
		cmocka_unit_test(test_common),
		cmocka_unit_test(test_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
