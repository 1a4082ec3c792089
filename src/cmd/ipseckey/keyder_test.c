/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/ipseckey/keyder.h"

#include "base/test.h"

static char buf[KEYDER_TEXT];

static bool
print(uint16_t type, const char *der, size_t n)
{
	struct sa_ident id = { .type = type, .len = (uint16_t)n };

	memcpy(id.id, der, n);
	return keyder_print(buf, &id);
}

#define IS(type, der, want)                                     \
	do {                                                    \
		assert_true(print(type, der, sizeof(der) - 1)); \
		assert_string_equal(buf, want);                 \
	} while (0)
#define NOT(type, der) assert_false(print(type, der, sizeof(der) - 1))

/* C=US, O=PartyCompany\, Inc., CN=p of PrintableStrings; and one of UTF-8 */
#define RDN_C  "\x31\x0b\x30\x09\x06\x03\x55\x04\x06\x13\x02US"
#define RDN_O  "\x31\x0d\x30\x0b\x06\x03\x55\x04\x0a\x13\x04X, Y"
#define RDN_CN "\x31\x0b\x30\x09\x06\x03\x55\x04\x03\x0c\x02p\x1b"

static void
prints_names(void **state)
{
	(void)state;
	IS(4, "\x30\x0d" RDN_C, "C=US");
	IS(4, "\x30\x29" RDN_C RDN_O RDN_CN, "C=US, O=X\\, Y, CN=p?");
	IS(4, "\x30\x00", "");
	/* two in one set, of an attribute without a name, BMPString */
	IS(4,
	    "\x30\x19\x31\x17\x30\x0a\x06\x04\x2a\x03\x87\x48\x1e\x02\x00q"
	    "\x30\x09\x06\x03\x55\x04\x0b\x13\x02OU",
	    "1.2.3.968=q, OU=OU");
	NOT(4, "\x30\x0d\x31\x0b\x30\x09\x06\x03\x55\x04\x06\x1e\x01q\x00");
}

static void
prints_general_names(void **state)
{
	(void)state;
	IS(5, "\x82\x09x.example", "DNS:x.example");
	IS(5,
	    "\x81\x03"
	    "a@b",
	    "email:a@b");
	IS(5, "\x86\x04u://", "URI:u://");
	IS(5, "\x87\x04\xc0\x00\x02\x01", "IP:192.0.2.1");
	IS(5, "\x87\x10\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01",
	    "IP:2001:db8::1");
	IS(5, "\xa4\x0f\x30\x0d" RDN_C, "DN:C=US");
}

static void
refuses_what_is_none(void **state)
{
	(void)state;
	NOT(2, "a.example");
	NOT(4, "");
	NOT(4, "\x30\x05");
	NOT(4, "\x30\x84\x00\x00\x00\x00");
	NOT(4, "\x30\x0d" RDN_C "x");
	NOT(4, "\x30\x02\x30\x00");
	NOT(5, "\x87\x05"
	       "12345");
	NOT(5, "\x88\x01\x01");
	NOT(5, "\xa4\x02\x31\x00");
}

/* Good ones with some bytes turned: an end, and text for a terminal. */
static void
survives_damage(void **state)
{
	static const char good[] = "\x30\x29" RDN_C RDN_O RDN_CN;
	uint64_t x = 88172645463325252u;
	unsigned read = 0;

	(void)state;
	for (unsigned i = 0; i < 100000; i++) {
		struct sa_ident id = { .type = (uint16_t)(4 + i % 2),
			.len = sizeof(good) - 1 };

		memcpy(id.id, good, sizeof(good));
		for (unsigned k = 0; k < 1 + i % 5; k++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			id.id[(x >> 40) % id.len] = (char)(x >> 24);
		}
		if (i % 7 == 0)
			id.len = (uint16_t)(x % id.len);
		read += keyder_print(buf, &id);
		assert_true(strlen(buf) < sizeof(buf));
		for (const char *p = buf; *p != '\0'; p++)
			assert_true(*p >= ' ' && *p < 0x7f);
	}
	assert_true(read > 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prints_names),
		cmocka_unit_test(prints_general_names),
		cmocka_unit_test(refuses_what_is_none),
		cmocka_unit_test(survives_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
