/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/ipsecalgs.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/test.h"

static char printed[CONF_LINE];

static void
keep(void *ctx, const struct conf_error *e)
{
	(void)ctx;
	(void)lex_error_print(printed, e);
}

static bool
load(struct ipsecalgs *t, const char *text)
{
	printed[0] = '\0';
	return ipsecalgs_read(t, "f", text, strlen(text), keep, NULL);
}

static char *
slurp(const char *path, size_t *n)
{
	FILE *f = fopen(path, "r");
	char *buf = malloc(65536);

	assert_non_null(f);
	assert_non_null(buf);
	*n = fread(buf, 1, 65535, f);
	buf[*n] = '\0';
	(void)fclose(f);
	return buf;
}

static bool
sizes_equal(const struct ipsecalgs_sizes *a, const struct ipsecalgs_sizes *b)
{
	return a->n == b->n && memcmp(a->v, b->v, a->n * sizeof(a->v[0])) == 0;
}

/* Every name of a is one of b's. */
static void
names_within(
    const struct ipsecalgs_row *a, const struct ipsecalgs *t, const void *b)
{
	char names[IPSECALGS_NAMES];

	memcpy(names, a->names, sizeof(names));
	for (char *s = strtok(names, ","); s != NULL; s = strtok(NULL, ","))
		assert_ptr_equal(
		    ipsecalgs_by_name(t, a->proto, s, strlen(s)), b);
}

/* Which one of its protocol is it? */
static size_t
nth(const struct ipsecalgs *t, const struct ipsecalgs_row *r)
{
	size_t n = 0;

	for (const struct ipsecalgs_row *p = t->row; p != r; p++)
		n += p->proto == r->proto;
	return n;
}

/* The nth one of a protocol. */
static const struct ipsecalgs_row *
order(const struct ipsecalgs *t, uint8_t proto, size_t n)
{
	for (size_t i = 0; i < t->n_rows; i++)
		if (t->row[i].proto == proto && n-- == 0)
			return &t->row[i];
	return NULL;
}

/* The shipped file and the table of model/alg.c say the same. */
static void
test_shipped_file(void **state)
{
	struct ipsecalgs file, built;
	size_t n;
	char *text = slurp(ETC_IPSECALGS, &n);

	(void)state;
	assert_true(ipsecalgs_read(&file, "f", text, n, NULL, NULL));
	assert_true(ipsecalgs_builtin(&built));
	assert_int_equal(file.n_rows, built.n_rows);
	assert_int_equal(file.n_protos, 2);
	for (size_t i = 0; i < built.n_rows; i++) {
		const struct ipsecalgs_row *b = &built.row[i];
		const struct ipsecalgs_row *f =
		    ipsecalgs_by_id(&file, b->proto, b->id);
		char fname[IPSECALGS_NAME], bname[IPSECALGS_NAME];

		/* in the same order: it is that of preference */
		assert_non_null(f);
		assert_ptr_equal(f, order(&file, b->proto, nth(&built, b)));
		assert_string_equal(
		    ipsecalgs_name(fname, &file, b->proto, b->id),
		    ipsecalgs_name(bname, &built, b->proto, b->id));
		names_within(b, &file, f);
		names_within(f, &built, b);
		assert_string_equal(f->mech, b->mech);
		assert_int_equal(f->key_incr, b->key_incr);
		assert_true(sizes_equal(&f->keys, &b->keys));
		assert_true(sizes_equal(&f->blocks, &b->blocks));
		assert_true(sizes_equal(&f->params, &b->params));
		assert_int_equal(f->flags, b->flags);
	}
	ipsecalgs_fini(&file);
	ipsecalgs_fini(&built);
	free(text);
}

/* What is read writes back as it was, but for the comments. */
static void
test_round_trip(void **state)
{
	static char out[65536];
	struct wr w = wr_into(out, sizeof(out));
	struct ipsecalgs t;
	size_t n, kept = 0;
	char *text = slurp(ETC_IPSECALGS, &n);

	(void)state;
	for (char *s = text; *s != '\0';) {
		size_t len = strcspn(s, "\n") + 1;

		if (*s != '#') {
			memmove(text + kept, s, len);
			kept += len;
		}
		s += len;
	}
	assert_true(ipsecalgs_read(&t, "f", text, kept, NULL, NULL));
	for (unsigned i = 0; i < t.n_protos; i++)
		ipsecalgs_write_proto(&w, &t.proto[i]);
	for (size_t i = 0; i < t.n_rows; i++)
		ipsecalgs_write_row(&w, &t.row[i]);
	assert_false(w.bad);
	assert_int_equal(w.len, kept);
	assert_memory_equal(out, text, kept);
	ipsecalgs_fini(&t);
	free(text);
}

static void
test_names(void **state)
{
	struct ipsecalgs t;
	char buf[IPSECALGS_NAME];
	struct lex_tok typo = { .s = "aes-gmc", .n = 7 };

	(void)state;
	assert_true(ipsecalgs_builtin(&t));
	assert_int_equal(ipsecalgs_by_name(&t, 2, "SHA1", 4)->id, 3);
	assert_null(ipsecalgs_by_name(&t, 3, "sha1", 4));
	assert_null(ipsecalgs_by_name(&t, 2, "sha", 2));
	assert_null(ipsecalgs_by_name(&t, 2, "", 0));
	assert_string_equal(ipsecalgs_name(buf, &t, 3, 12), "aes-cbc");
	assert_string_equal(ipsecalgs_name(buf, &t, 3, 99), "99");
	assert_string_equal(ipsecalgs_nearest(buf, &t, 3, &typo), "aes-gcm");
	typo.s = "zzzzzzz";
	assert_null(ipsecalgs_nearest(buf, &t, 3, &typo));
	ipsecalgs_fini(&t);
}

static void
test_print(void **state)
{
	static char out[4096];
	struct wr w = wr_into(out, sizeof(out) - 1);
	struct ipsecalgs t;

	(void)state;
	assert_true(load(&t,
	    "PROTO|2|PROTO_IPSEC_AH|sync\nPROTO|3|E|async\n"
	    "ALG|2|2|hmac-md5,md5|CKM_MD5_HMAC_GENERAL|128|12\n"
	    "ALG|3|20|aes-gcm|CKM_AES_GCM|128/128-256,64|16|8,16,4|22"));
	ipsecalgs_print_proto(&w, &t.proto[0]);
	ipsecalgs_print_row(&w, &t.row[0]);
	ipsecalgs_print_proto(&w, &t.proto[1]);
	ipsecalgs_print_row(&w, &t.row[1]);
	assert_string_equal(out,
	    "Protocol 2/PROTO_IPSEC_AH (execution mode: sync)\n\n"
	    "\tProtocol number: 2\n"
	    "\tAlgorithm number: 2\n"
	    "\tAlgorithm names: hmac-md5,md5\n"
	    "\tMechanism Name: CKM_MD5_HMAC_GENERAL\n"
	    "\tBlock sizes or MAC sizes: 12\n"
	    "\tKey sizes: 128\n"
	    "\tAlgorithm parameters:\n"
	    "\tAlgorithm flags: VALID\n\n"
	    "Protocol 3/E (execution mode: async)\n\n"
	    "\tProtocol number: 3\n"
	    "\tAlgorithm number: 20\n"
	    "\tAlgorithm names: aes-gcm\n"
	    "\tMechanism Name: CKM_AES_GCM\n"
	    "\tBlock sizes or MAC sizes: 16\n"
	    "\tKey sizes: 128-256, increment 64, default 128\n"
	    "\tAlgorithm parameters: 8,16,4\n"
	    "\tAlgorithm flags: INVALID COUNTER COMBINED GCM\n\n");
	ipsecalgs_fini(&t);
}

#define P "PROTO|2|A|sync\n"

static void
test_errors(void **state)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		{ "PROT|2|A|sync", "f:1:1: found \"PROT\", expected PROTO, ALG "
				   "or a comment; did you mean \"PROTO\"?" },
		{ "PROTO|2|A", "f:1:1: a PROTO record has 4 fields, this one "
			       "has 3" },
		{ "PROTO|0|A|sync", "f:1:7: found \"0\", expected a protocol "
				    "number from 1 to 255" },
		{ "PROTO|2||sync", "f:1:9: found \"\", expected a protocol "
				   "name" },
		{ "PROTO|2|A|snyc", "f:1:11: found \"snyc\", expected an "
				    "execution mode (sync, async); did you "
				    "mean \"sync\"?" },
		{ P "PROTO|2|B|sync", "f:2:7: the protocol is there already" },
		{ P "ALG|2|2|md5|-|128", "f:2:1: an ALG record has 7 to 9 "
					 "fields, this one has 6" },
		{ P "ALG|2|2|md5|-|128|12|1|1|1|1", "f:2:1: an ALG record has "
						    "7 to 9 fields, this one "
						    "has 10" },
		{ P "ALG|3|2|md5|-|128|12", "f:2:5: found \"3\", expected the "
					    "number of a PROTO record above" },
		{ P "ALG|2|256|md5|-|128|12", "f:2:7: found \"256\", expected "
					      "an algorithm number from 0 to "
					      "255" },
		{ P "ALG|2|2|md5,,x|-|128|12", "f:2:13: found \"\", expected "
					       "an algorithm name shorter "
					       "than 64 letters" },
		{ P "ALG|2|2|a,b|-|128|12\nALG|2|2|c|-|128|12",
		    "f:3:7: the number is another algorithm's already" },
		{ P "ALG|2|2|a,b|-|128|12\nALG|2|3|c,B|-|128|12",
		    "f:3:11: the name is another algorithm's already" },
		{ P "ALG|2|2|a||128|12", "f:2:11: found \"\", expected a "
					 "mechanism name shorter than 32 "
					 "letters, or -" },
		{ P "ALG|2|2|a|-|12x|12", "f:2:13: found \"12x\", expected a "
					  "size, 0 to 65535" },
		{ P "ALG|2|2|a|-|1,|12",
		    "f:2:15: found \"\", expected a size, 0 to 65535" },
		{ P "ALG|2|2|a|-|128/64|12", "f:2:19: found \"\", expected a "
					     "number of DEFAULT/MINIMUM-"
					     "MAXIMUM,INCREMENT" },
		{ P "ALG|2|2|a|-|128/128-256,60|12",
		    "f:2:13: the key sizes do not fit together: minimum below "
		    "maximum, default and maximum whole increments above the "
		    "minimum" },
		{ P "ALG|2|2|a|-|128|", "f:2:17: found \"\", expected a size, "
					"0 to 65535" },
		{ P "ALG|2|2|a|-|128|12||x", "f:2:21: found \"x\", expected "
					     "flags as a number" },
	};
	struct ipsecalgs t;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_false(load(&t, cases[i].text));
		assert_string_equal(printed, cases[i].error);
		assert_null(t.row);
		assert_int_equal(t.n_protos, 0);
	}
	assert_true(load(&t, ""));
	assert_true(load(&t, "# x\n\n" P "\r\n"));
	assert_int_equal(t.n_protos, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shipped_file),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_errors),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
