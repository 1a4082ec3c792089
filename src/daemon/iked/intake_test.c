/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/iked/intake.h"

#include "base/test.h"

static struct ikeipc_bytes
bytes(const char *text)
{
	return (struct ikeipc_bytes){ (const uint8_t *)text, strlen(text) };
}

static bool
file(struct intake *t, uint8_t kind, const char *name, uint32_t size)
{
	const struct ikeipc_msg m = { .type = IKEIPC_FILE,
		.kind = kind,
		.size = size,
		.name = bytes(name) };

	return intake_take(t, &m);
}

static bool
data(struct intake *t, const char *text)
{
	const struct ikeipc_msg m = { .type = IKEIPC_DATA,
		.data = bytes(text) };

	return intake_take(t, &m);
}

static void
test_files(void **state)
{
	struct intake t;
	const struct intake_file *f;

	(void)state;
	intake_init(&t);
	assert_true(intake_whole(&t));
	assert_null(intake_find(&t, IKEIPC_CONFIG, NULL));
	assert_true(file(&t, IKEIPC_CONFIG, "config", 9));
	assert_false(intake_whole(&t));
	assert_true(data(&t, "some "));
	assert_true(data(&t, "text"));
	assert_true(intake_whole(&t));
	assert_true(file(&t, IKEIPC_CERT, "0", 1));
	assert_true(data(&t, "a"));
	assert_true(file(&t, IKEIPC_PRESHARED, "", 0));
	assert_true(file(&t, IKEIPC_CERT, "1", 1));
	assert_true(data(&t, "b"));
	assert_true(intake_whole(&t));
	f = intake_find(&t, IKEIPC_CONFIG, NULL);
	assert_non_null(f);
	assert_string_equal(f->name, "config");
	assert_string_equal(f->text, "some text");
	assert_null(intake_find(&t, IKEIPC_CONFIG, f));
	f = intake_find(&t, IKEIPC_CERT, NULL);
	assert_string_equal(f->text, "a");
	f = intake_find(&t, IKEIPC_CERT, f);
	assert_string_equal(f->text, "b");
	assert_null(intake_find(&t, IKEIPC_CERT, f));
	assert_true(intake_add(&t, IKEIPC_CRL, "crl", "c\0d", 3));
	f = intake_find(&t, IKEIPC_CRL, NULL);
	assert_int_equal(f->n, 3);
	assert_memory_equal(f->text, "c\0d", 4);
	intake_clear(&t);
	assert_null(intake_find(&t, IKEIPC_CERT, NULL));
	assert_int_equal(t.bytes, 0);
}

static void
test_refused(void **state)
{
	struct intake t;
	const struct ikeipc_msg other = { .type = IKEIPC_USE };

	(void)state;
	intake_init(&t);
	assert_false(data(&t, "of nothing"));
	assert_false(intake_take(&t, &other));
	assert_true(file(&t, IKEIPC_KEY, "k", 3));
	assert_false(data(&t, "more"));
	assert_false(data(&t, ""));
	assert_true(data(&t, "mo"));
	assert_false(file(&t, IKEIPC_KEY, "the next", 3));
	assert_false(data(&t, "re"));
	assert_true(data(&t, "r"));
	assert_false(data(&t, "e"));
	intake_clear(&t);
	for (unsigned i = 0; i < INTAKE_FILES; i++)
		assert_true(file(&t, IKEIPC_CRL, "", 0));
	assert_false(file(&t, IKEIPC_CRL, "", 0));
	intake_clear(&t);
	assert_false(file(&t, IKEIPC_CRL, "", INTAKE_BYTES + 1));
	intake_clear(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
