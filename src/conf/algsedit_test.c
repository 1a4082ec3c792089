/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/algsedit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/test.h"

#define HEAD                            \
	"# ours\n"                      \
	"PROTO|2|PROTO_IPSEC_AH|sync\n" \
	"PROTO|3|PROTO_IPSEC_ESP|sync\n"

static struct ipsecalgs
table(const char *text)
{
	struct ipsecalgs t;

	assert_true(ipsecalgs_read(&t, "", text, strlen(text), NULL, NULL));
	return t;
}

static void
assert_text(const struct ipsecalgs *t, const char *old, const char *want)
{
	size_t n;
	char *text = algsedit_text(t, old, strlen(old), &n);

	assert_non_null(text);
	assert_int_equal(n, strlen(want));
	assert_memory_equal(text, want, n);
	free(text);
}

static struct ipsecalgs_row
row(uint8_t id, const char *names)
{
	struct ipsecalgs_row r = { .proto = 3,
		.id = id,
		.mech = "CKM_AES_CBC",
		.keys = { 1, { 128 } },
		.blocks = { 1, { 16 } },
		.flags = ALG_VALID };

	(void)snprintf(r.names, sizeof(r.names), "%s", names);
	return r;
}

/* What did not change keeps how it was written, whatever that was. */
static void
test_unchanged(void **state)
{
	static const char odd[] = "\n  \n# Start a\r\nPROTO|3|ESP|sync  "
				  "\nALG|3|012|a|-|0128|16||1\t\n"
				  "#ALG|3|13|b|-|1|1\nALG|3|14|c|-|1|1";
	struct ipsecalgs t = table(odd);
	struct ipsecalgs_row r = row(20, "new");
	char want[256];

	(void)state;
	(void)snprintf(want, sizeof(want), "%s\n", odd);
	assert_text(&t, odd, want);
	assert_int_equal(algsedit_put_alg(&t, &r, false), ALGSEDIT_OK);
	(void)snprintf(
	    want, sizeof(want), "%s\nALG|3|20|new|CKM_AES_CBC|128|16\n", odd);
	assert_text(&t, odd, want);
	ipsecalgs_fini(&t);
}

static void
test_put(void **state)
{
	static const char old[] = HEAD "ALG|3|12|a,b|-|0|0\n"
				       "# between\n"
				       "ALG|3|13|c|-|0|0\n";
	struct ipsecalgs t = table(old);
	struct ipsecalgs_row r;

	(void)state;
	r = row(12, "x");
	assert_int_equal(algsedit_put_alg(&t, &r, false), ALGSEDIT_ALG_EXISTS);
	r = row(14, "x,C");
	assert_int_equal(algsedit_put_alg(&t, &r, false), ALGSEDIT_ALG_EXISTS);
	assert_text(&t, old, old);
	/* the place of its number; who had the name is gone */
	r = row(12, "x,C");
	assert_int_equal(algsedit_put_alg(&t, &r, true), ALGSEDIT_OK);
	assert_text(&t, old,
	    HEAD "ALG|3|12|x,C|CKM_AES_CBC|128|16\n"
		 "# between\n");
	r.proto = 9;
	assert_int_equal(algsedit_put_alg(&t, &r, true), ALGSEDIT_NO_PROTO);
	ipsecalgs_fini(&t);
}

static void
test_bad_rows(void **state)
{
	static const char *const names[] = { "", ",", "a,", "a,,b", "a|b",
		"a b", "a\nb", "a,A", "caf\xc3\xa9",
		"a2345678901234567890123456789012345678901234567890123456789012"
		"3"
		"4" };
	struct ipsecalgs t = table(HEAD);
	struct ipsecalgs_row r;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		r = row(20, names[i]);
		assert_int_equal(algsedit_put_alg(&t, &r, false), ALGSEDIT_BAD);
	}
	r = row(20, "a");
	strcpy(r.mech, "a|b");
	assert_int_equal(algsedit_put_alg(&t, &r, false), ALGSEDIT_BAD);
	r = row(20, "a");
	r.key_incr = 64;
	r.keys = (struct ipsecalgs_sizes){ 3, { 128, 128, 250 } };
	assert_int_equal(algsedit_put_alg(&t, &r, false), ALGSEDIT_BAD);
	r.keys.v[2] = 256;
	assert_int_equal(algsedit_put_alg(&t, &r, false), ALGSEDIT_OK);
	ipsecalgs_fini(&t);
}

static void
test_protocols(void **state)
{
	static const char old[] = HEAD "ALG|3|12|a|-|0|0\nALG|2|12|a|-|0|0\n";
	struct ipsecalgs t = table(old);
	struct ipsecalgs_proto p = { .num = 4, .name = "proto_ipsec_esp" };

	(void)state;
	assert_int_equal(
	    algsedit_put_proto(&t, &p, false), ALGSEDIT_PROTO_EXISTS);
	assert_int_equal(algsedit_set_mode(&t, 2, true), ALGSEDIT_OK);
	assert_int_equal(algsedit_set_mode(&t, 7, true), ALGSEDIT_NO_PROTO);
	assert_text(&t, old,
	    "# "
	    "ours\nPROTO|2|PROTO_IPSEC_AH|async\nPROTO|3|PROTO_IPSEC_ESP|sync\n"
	    "ALG|3|12|a|-|0|0\nALG|2|12|a|-|0|0\n");
	/* the number of another: its algorithms go with it */
	assert_int_equal(algsedit_put_proto(&t, &p, true), ALGSEDIT_OK);
	assert_text(&t, old,
	    "# ours\nPROTO|2|PROTO_IPSEC_AH|async\nALG|2|12|a|-|0|0\n"
	    "PROTO|4|proto_ipsec_esp|sync\n");
	/* its own number: renamed, and its algorithms stay */
	p = (struct ipsecalgs_proto){ .num = 2, .name = "auth" };
	assert_int_equal(algsedit_put_proto(&t, &p, true), ALGSEDIT_OK);
	assert_text(&t, old,
	    "# ours\nPROTO|2|auth|sync\nALG|2|12|a|-|0|0\n"
	    "PROTO|4|proto_ipsec_esp|sync\n");
	assert_int_equal(algsedit_remove_proto(&t, 3), ALGSEDIT_NO_PROTO);
	for (unsigned i = 10; t.n_protos < IPSECALGS_PROTOS; i++) {
		p.num = (uint8_t)i;
		(void)snprintf(p.name, sizeof(p.name), "p%u", i);
		assert_int_equal(
		    algsedit_put_proto(&t, &p, false), ALGSEDIT_OK);
	}
	p = (struct ipsecalgs_proto){ .num = 200, .name = "more" };
	assert_int_equal(algsedit_put_proto(&t, &p, false), ALGSEDIT_FULL);
	strcpy(p.name, "");
	assert_int_equal(algsedit_put_proto(&t, &p, false), ALGSEDIT_BAD);
	ipsecalgs_fini(&t);
}

static void
test_remove(void **state)
{
	static const char old[] = HEAD "ALG|3|12|a|-|0|0\nALG|2|12|a|-|0|0\n";
	struct ipsecalgs t = table(old);

	(void)state;
	assert_int_equal(algsedit_remove_alg(&t, 3, 13), ALGSEDIT_NO_ALG);
	assert_int_equal(algsedit_remove_alg(&t, 4, 12), ALGSEDIT_NO_PROTO);
	assert_int_equal(algsedit_remove_alg(&t, 3, 12), ALGSEDIT_OK);
	assert_text(&t, old, HEAD "ALG|2|12|a|-|0|0\n");
	ipsecalgs_fini(&t);
}

/* As many as a table has; then no more. */
static void
test_full(void **state)
{
	struct ipsecalgs t =
	    table("PROTO|3|a|sync\nPROTO|2|b|sync\nPROTO|4|c|sync\n");
	struct ipsecalgs_row r;
	size_t n;
	char name[16], *text;
	enum algsedit e = ALGSEDIT_OK;

	(void)state;
	for (unsigned i = 0; e == ALGSEDIT_OK; i++) {
		(void)snprintf(name, sizeof(name), "n%u", i);
		r = row((uint8_t)(1 + i % 255), name);
		r.proto = (uint8_t)(2 + i / 255);
		e = algsedit_put_alg(&t, &r, false);
	}
	assert_int_equal(e, ALGSEDIT_FULL);
	assert_int_equal(t.n_rows, IPSECALGS_MAX);
	text = algsedit_text(&t, "", 0, &n);
	assert_non_null(text);

	struct ipsecalgs again;

	assert_true(ipsecalgs_read(&again, "", text, n, NULL, NULL));
	assert_int_equal(again.n_rows, t.n_rows);
	assert_memory_equal(again.row, t.row, t.n_rows * sizeof(t.row[0]));
	free(text);
	ipsecalgs_fini(&again);
	ipsecalgs_fini(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unchanged),
		cmocka_unit_test(test_put),
		cmocka_unit_test(test_bad_rows),
		cmocka_unit_test(test_protocols),
		cmocka_unit_test(test_remove),
		cmocka_unit_test(test_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
