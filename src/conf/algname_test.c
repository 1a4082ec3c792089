/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/algname.h"

#include "base/test.h"

static const char table[] =
    "PROTO|2|AH|sync\nPROTO|3|ESP|sync\nALG|2|0|none,any|-|0|0\n"
    "ALG|3|250|mine,my-gcm|CKM_AES_GCM|256|16|8,16,4|23\n"
    "ALG|3|12|rijndael|CKM_AES_CBC|128/128-256,64|16\n"
    "ALG|3|99|odd|CKM_ODD|40|8\n";

static struct ipsecalgs t;
static struct algname room;

static const struct alg *
find(const struct ipsecalgs *in, const char *word)
{
	struct lex_tok tok = { .kind = LEX_WORD, .s = word, .n = strlen(word) };

	return algname_find(&room, in, ALG_ENCR, &tok);
}

static void
test_table(void **state)
{
	const struct alg *a = find(&t, "My-GCM");

	(void)state;
	assert_non_null(a);
	assert_int_equal(a->id, 250);
	assert_string_equal(a->name, "mine");
	assert_int_equal(a->salt_len, 4);
	assert_true(alg_keybits_ok(a, 256));
	assert_false(alg_keybits_ok(a, 128));
	assert_ptr_equal(find(&t, "0xfa"), a);
	assert_string_equal(find(&t, "12")->name, "rijndael");
	/* nothing computes it: it has a name all the same */
	a = find(&t, "odd");
	assert_int_equal(a->id, 99);
	assert_int_equal(a->flags & ALG_VALID, 0);
	/* what the table does not have is not there */
	assert_null(find(&t, "aes-cbc"));
	assert_null(find(&t, "20"));
	assert_null(find(&t, "0"));
	assert_null(find(&t, "any"));
	assert_null(algname_by_id(&room, &t, ALG_ENCR, 300));
	assert_null(algname_by_id(&room, &t, ALG_AUTH, 0));
}

static void
test_builtin(void **state)
{
	(void)state;
	assert_ptr_equal(find(NULL, "aes"), alg_by_id(ALG_ENCR, EALG_AES));
	assert_ptr_equal(find(NULL, "20"), alg_by_id(ALG_ENCR, 20));
	assert_null(find(NULL, "mine"));
}

static void
test_words(void **state)
{
	static struct algname_words w;
	struct lex_tok tok = { .s = "rindael", .n = 7 };

	(void)state;
	algname_words(&w, &t, ALG_ENCR);
	assert_string_equal(w.word[0], "mine");
	assert_string_equal(w.word[3], "odd");
	assert_null(w.word[4]);
	assert_string_equal(lex_nearest(&tok, w.word), "rijndael");
	algname_words(&w, &t, ALG_AUTH);
	assert_null(w.word[0]);
	algname_words(&w, NULL, ALG_ENCR);
	assert_string_equal(w.word[0], "aes-gcm");
	assert_string_equal(w.word[1], "aes-gcm16");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_builtin),
		cmocka_unit_test(test_words),
	};
	int failed;

	if (!ipsecalgs_read(&t, "", table, sizeof(table) - 1, NULL, NULL))
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	ipsecalgs_fini(&t);
	return failed;
}
