/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/solipsec/runopts.h"

#include <stdlib.h>
#include <string.h>

#include "base/test.h"

#include "model/alg.h"

#define WORDS 12

/* Words apart by blanks, behind "run". */
static bool
parse(struct runopts *o, const char *line)
{
	static char text[256];
	static char *argv[WORDS + 2];
	int argc = 0;

	argv[argc++] = text;
	strcpy(text, "run");
	strcpy(text + 4, line);
	for (char *w = strtok(text + 4, " "); w != NULL && argc < WORDS;
	     w = strtok(NULL, " "))
		argv[argc++] = w;
	argv[argc] = NULL;
	return runopts_read(o, argc, argv);
}

static void
test_requests(void **state)
{
	static const struct {
		const char *line;
		ipsec_req_t want;
		unsigned kinds;
	} cases[] = {
		{ "--esp aes-gcm -- p",
		    { .ipsr_esp_req = 2, .ipsr_esp_alg = EALG_AES_GCM_16 }, 3 },
		{ "--esp aes p",
		    { .ipsr_esp_req = 2,
			.ipsr_esp_alg = EALG_AES,
			.ipsr_esp_auth_alg = IPSEC_AALG_ANY },
		    3 },
		{ "--esp AES --esp-auth sha256 --only tcp p",
		    { .ipsr_esp_req = 2,
			.ipsr_esp_alg = EALG_AES,
			.ipsr_esp_auth_alg = AALG_SHA256HMAC },
		    RUNOPTS_TCP },
		{ "--esp any --unique --only udp p",
		    { .ipsr_esp_req = 6, .ipsr_esp_auth_alg = IPSEC_AALG_ANY },
		    RUNOPTS_UDP },
		{ "--esp-auth sha512 p",
		    { .ipsr_esp_req = 2,
			.ipsr_esp_alg = EALG_NULL,
			.ipsr_esp_auth_alg = AALG_SHA512HMAC },
		    3 },
		{ "--ah sha1 --unique p",
		    { .ipsr_ah_req = 6, .ipsr_auth_alg = AALG_SHA1HMAC }, 3 },
		{ "--ah any --esp aes-gcm --self-encap p",
		    { .ipsr_ah_req = 2,
			.ipsr_esp_req = 2,
			.ipsr_self_encap_req = 2,
			.ipsr_esp_alg = EALG_AES_GCM_16 },
		    3 },
		{ "--bypass p", { .ipsr_ah_req = 1, .ipsr_esp_req = 1 }, 3 },
		{ "--pf-key p", { 0 }, 3 },
		{ "--own p", { 0 }, 3 },
	};
	struct runopts o;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const ipsec_req_t *q = &o.req, *w = &cases[i].want;

		assert_true(parse(&o, cases[i].line));
		assert_int_equal(q->ipsr_ah_req, w->ipsr_ah_req);
		assert_int_equal(q->ipsr_esp_req, w->ipsr_esp_req);
		assert_int_equal(
		    q->ipsr_self_encap_req, w->ipsr_self_encap_req);
		assert_int_equal(q->ipsr_auth_alg, w->ipsr_auth_alg);
		assert_int_equal(q->ipsr_esp_alg, w->ipsr_esp_alg);
		assert_int_equal(q->ipsr_esp_auth_alg, w->ipsr_esp_auth_alg);
		assert_int_equal(o.kinds, cases[i].kinds);
		assert_string_equal(o.command[0], "p");
	}
}

/* What belongs to the program is left to it. */
static void
test_the_rest_is_the_programs(void **state)
{
	struct runopts o;

	(void)state;
	assert_true(parse(&o, "--esp aes-gcm nc --esp x --help"));
	assert_string_equal(o.command[0], "nc");
	assert_string_equal(o.command[1], "--esp");
	assert_string_equal(o.command[3], "--help");
	assert_null(o.command[4]);
	assert_false(o.help);
}

static void
test_mistakes(void **state)
{
	static const char *const cases[][2] = {
		{ "", "no program to run" },
		{ "--esp", "--esp needs an argument" },
		{ "--esp aes", "no program to run" },
		{ "p", "say --esp, --ah, --bypass or --own" },
		{ "--unique p", "say --esp, --ah, --bypass or --own" },
		{ "--self-encap --pf-key p",
		    "say --esp, --ah, --bypass or --own" },
		{ "--bypass --ah sha1 p", "--bypass excludes protection" },
		{ "--bypass --own p", "--bypass excludes protection" },
		{ "--own --ah sha1 p", "--own excludes" },
		{ "--own --unique p", "say --esp" },
		{ "--esp aes-gmc p",
		    "--esp: \"aes-gmc\" is no algorithm; did you mean" },
		{ "--ah zzzzzzzz p", "--ah: \"zzzzzzzz\" is no algorithm of" },
		{ "--esp aes-gcm --esp-auth sha1 p",
		    "authenticates by itself" },
		{ "--esp aes --esp-auth none p", "without authentication" },
		{ "--esp aes(x) p", "expected key bits" },
		{ "--esp aes() p", "expected key bits" },
		{ "--esp aes(256)y p", "expected key bits" },
		{ "--only sctp --ah md5 p", "expected tcp or udp" },
		{ "--espp aes p", "unknown option --espp" },
	};
	struct runopts o;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_false(parse(&o, cases[i][0]));
		if (strstr(o.error, cases[i][1]) == NULL)
			fail_msg("%s: %s", cases[i][0], o.error);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_the_rest_is_the_programs),
		cmocka_unit_test(test_mistakes),
	};

	/* the built-in table, whatever this machine's file says */
	if (setenv("SOLIPSEC_IPSECALGS", "/nonexistent/ipsecalgs", 1) != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
