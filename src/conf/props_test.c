/* SPDX-License-Identifier: BSD-2-Clause */
/* What properties mean (spec: policy 8); errors: test/golden/ipsecinit.txt. */
#include "conf/props.h"

#include "base/test.h"

static struct ipsecalgs names;
static struct alg algs[64];
static struct ipsecinit_env env = { .names = &names, .algs = algs };
static struct section s;

/* The actions of "ipsec {text}". */
static unsigned
load(struct rule *r, const char *text)
{
	struct lex lx = lex_from(
	    "f", text, strlen(text), LEX_BRACES | LEX_COMMENTS, NULL, NULL);
	struct lex_tok word = lex_next(&lx), open = lex_next(&lx);
	struct props p = { .word = props_word(&lx, &word), .word_at = word };

	*r = (struct rule){ 0 };
	assert_true(section_read(&s, &lx, &open, "properties"));
	props_read(&p, &lx, &s, &env);
	if (lx.errors == 0)
		assert_true(props_expand(&p, &lx, &env, r));
	return lx.errors;
}

static void
test_table(void **state)
{
	static const struct {
		const char *text;
		struct action a;
	} cases[] = {
		{ "ipsec {auth_algs sha256}",
		    { ACT_IPSEC, ACT_AH, 5, 0, 0, 256, 256, 0, 0, 0, 0 } },
		{ "ipsec {encr_algs aes}",
		    { ACT_IPSEC, ACT_ESP, 0, 12, 0, 0, 0, 128, 256, 0, 0 } },
		{ "apply {encr_auth_algs sha1}",
		    { ACT_IPSEC, ACT_ESP | ACT_ESPA, 0, 11, 3, 0, 0, 0, 0, 160,
			160 } },
		{ "permit {encr_algs aes(192) encr_auth_algs sha1 sa unique}",
		    { ACT_IPSEC, ACT_ESP | ACT_ESPA | ACT_UNIQUE, 0, 12, 3, 0,
			0, 192, 192, 160, 160 } },
		{ "ipsec {auth_algs md5 encr_algs 3des}",
		    { ACT_IPSEC, ACT_AH | ACT_ESP, 2, 3, 0, 128, 128, 192, 192,
			0, 0 } },
		{ "ipsec {auth_algs md5 encr_auth_algs sha512}",
		    { ACT_IPSEC, ACT_AH | ACT_ESP | ACT_ESPA, 2, 11, 7, 128,
			128, 0, 0, 512, 512 } },
		{ "ipsec {auth_algs 2 encr_algs 12 encr_auth_algs 7}",
		    { ACT_IPSEC, ACT_AH | ACT_ESP | ACT_ESPA, 2, 12, 7, 128,
			128, 128, 256, 512, 512 } },
		{ "ipsec {encr_algs AES-GCM16(256..)}",
		    { ACT_IPSEC, ACT_ESP, 0, 20, 0, 0, 0, 256, 256, 0, 0 } },
		{ "pass {}", { .type = ACT_PASS } },
		{ "bypass {dir in}", { .type = ACT_PASS } },
		{ "drop {}", { .type = ACT_DROP } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rule r;

		assert_int_equal(load(&r, cases[i].text), 0);
		assert_int_equal(r.n_actions, 1);
		assert_true(action_equal(&r.actions[0], &cases[i].a));
		rule_fini(&r);
	}
}

/* The names are the file's, also where it knows more than model/alg.h. */
static void
test_names_of_the_file(void **state)
{
	static const char text[] = "PROTO|2|A|sync\nPROTO|3|E|sync\n"
				   "ALG|3|12|rijndael|-|128|16\n";
	struct ipsecalgs mine, kept = names;
	struct rule r;

	(void)state;
	assert_true(
	    ipsecalgs_read(&mine, "f", text, sizeof(text) - 1, NULL, NULL));
	names = mine;
	assert_int_equal(load(&r, "ipsec {encr_algs rijndael}"), 0);
	assert_int_equal(r.actions[0].esp_alg, EALG_AES);
	rule_fini(&r);
	assert_int_equal(load(&r, "ipsec {encr_algs aes}"), 1);
	ipsecalgs_fini(&mine);
	names = kept;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_names_of_the_file),
	};
	const struct alg *a;
	int failed;

	assert_true(ipsecalgs_builtin(&names));
	while ((a = alg_row(env.n_algs)) != NULL)
		algs[env.n_algs++] = *a;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	ipsecalgs_fini(&names);
	return failed;
}
