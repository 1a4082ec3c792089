/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/ikeid.h"

#include <string.h>

#include "base/test.h"

static struct ikeid
read_id(unsigned type, const char *text)
{
	struct ikeid id;

	assert_true(ikeid_read(&id, type, text));
	return id;
}

static bool
equal(unsigned ta, const char *a, unsigned tb, const char *b)
{
	struct ikeid x = read_id(ta, a), y = read_id(tb, b);

	assert_true(ikeid_equal(&x, &x));
	assert_int_equal(ikeid_equal(&x, &y), ikeid_equal(&y, &x));
	return ikeid_equal(&x, &y);
}

static void
test_equal(void **state)
{
	(void)state;
	assert_true(
	    equal(IKEID_FQDN, "Host.Example", IKEID_FQDN, "hOST.eXAMPLE"));
	assert_false(equal(IKEID_FQDN, "host.example", IKEID_FQDN, "host"));
	assert_false(
	    equal(IKEID_FQDN, "host.example", IKEID_KEY, "host.example"));
	assert_true(
	    equal(IKEID_EMAIL, "me@Example", IKEID_EMAIL, "me@eXample"));
	assert_false(
	    equal(IKEID_EMAIL, "Me@example", IKEID_EMAIL, "me@example"));
	assert_false(equal(IKEID_EMAIL, "Me", IKEID_EMAIL, "me"));
	assert_false(equal(IKEID_KEY, "Key", IKEID_KEY, "key"));
	assert_true(equal(IKEID_IPV4, "10.0.0.1", IKEID_IPV6, "10.0.0.1"));
	assert_false(equal(IKEID_IPV4, "10.0.0.1", IKEID_IPV4, "10.0.0.2"));
	assert_false(equal(IKEID_IPV6, "::1", IKEID_IPV4, "0.0.0.1"));
	assert_true(equal(IKEID_DN, "CN=a", IKEID_DN, "CN=a"));
	/* by exact DER; ikeid_same_dn() is the other question */
	assert_false(equal(IKEID_DN, "CN=a", IKEID_DN, "CN=A"));
}

static void
test_same_dn(void **state)
{
	struct ikeid a = read_id(IKEID_DN, "CN=a"), b, c;

	(void)state;
	b = read_id(IKEID_DN, "CN=A");
	c = read_id(IKEID_FQDN, "a");
	assert_true(ikeid_same_dn(&a, &b));
	assert_false(ikeid_same_dn(&a, &c));
	assert_false(ikeid_same_dn(&c, &c));
}

static void
test_text(void **state)
{
	static const struct {
		unsigned type;
		const char *in, *out; /* NULL: the same */
	} rows[] = {
		{ IKEID_IPV4, "10.0.0.1", NULL },
		{ IKEID_IPV6, "2001:db8::1", NULL },
		{ IKEID_IPV4, "2001:db8::1", NULL },
		{ IKEID_FQDN, "host.example", NULL },
		{ IKEID_EMAIL, "me@host.example", NULL },
		{ IKEID_DN, "C=US,CN=a\\, b", "C=US, CN=a\\, b" },
		{ IKEID_KEY, "a-key", NULL },
		{ IKEID_KEY, "0x00FF", "0x00ff" },
		{ IKEID_KEY, "0x3078", NULL }, /* "0x": not to be mistaken */
		{ IKEID_KEY, "0x6162", "ab" },
		{ IKEID_GN, "0x8201aa", NULL },
	};
	char buf[IKEID_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ikeid a = read_id(rows[i].type, rows[i].in), b;
		const char *want =
		    rows[i].out != NULL ? rows[i].out : rows[i].in;

		assert_string_equal(ikeid_print(buf, &a), want);
		b = read_id(rows[i].type, buf);
		assert_true(ikeid_equal(&a, &b));
	}
}

static void
test_refused(void **state)
{
	static const struct {
		unsigned type;
		const char *text;
	} rows[] = {
		{ IKEID_IPV4, "host" },
		{ IKEID_FQDN, "" },
		{ IKEID_FQDN, "a b" },
		{ IKEID_EMAIL, "a\nb" },
		{ IKEID_DN, "nothing" },
		{ IKEID_GN, "text" },
		{ IKEID_GN, "0x8202aa" },
		{ IKEID_KEY, "0x123" },
		{ IKEID_KEY, "0x1g" },
		{ IKEID_KEY, "" },
		{ IKEID_NONE, "x" },
		{ IKEID_IPV4_RANGE, "10.0.0.1-10.0.0.2" },
		{ 12, "x" },
	};
	struct ikeid id;
	uint8_t big[IKEID_MAX + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_false(ikeid_read(&id, rows[i].type, rows[i].text));
		assert_int_equal(id.type, IKEID_NONE);
	}
	memset(big, 'a', sizeof(big));
	assert_true(ikeid_set(&id, IKEID_KEY, big, IKEID_MAX));
	assert_false(ikeid_set(&id, IKEID_KEY, big, sizeof(big)));
	assert_false(ikeid_set(&id, IKEID_IPV4, big, 5));
	assert_false(ikeid_set(&id, IKEID_IPV6, big, 4));
	assert_false(ikeid_set(&id, IKEID_FQDN, "a\0b", 3));
}

static void
test_types(void **state)
{
	const char *const *n = ikeid_type_names();

	(void)state;
	for (size_t i = 0; n[i] != NULL; i++)
		assert_int_not_equal(ikeid_type_by_name(n[i]), IKEID_NONE);
	for (unsigned t = IKEID_IPV4; t <= IKEID_KEY; t++)
		assert_int_equal(ikeid_type_by_name(ikeid_type_name(t)), t);
	assert_int_equal(ikeid_type_by_name("DNS"), IKEID_FQDN);
	assert_int_equal(ikeid_type_by_name("MBOX"), IKEID_EMAIL);
	assert_int_equal(ikeid_type_by_name("ips"), IKEID_NONE);
	assert_string_equal(ikeid_type_name(99), "?");
}

static void
test_addr(void **state)
{
	struct addr a, b;
	struct ikeid id;

	(void)state;
	assert_true(addr_read(&a, "2001:db8::7"));
	id = ikeid_addr(&a);
	assert_int_equal(id.type, IKEID_IPV6);
	assert_int_equal(id.n, 16);
	assert_true(ikeid_to_addr(&id, &b));
	assert_true(addr_equal(&a, &b));
	a.fam = FAM_NONE;
	id = ikeid_addr(&a);
	assert_int_equal(id.type, IKEID_NONE);
	assert_false(ikeid_to_addr(&id, &b));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_equal),
		cmocka_unit_test(test_same_dn),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_addr),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
