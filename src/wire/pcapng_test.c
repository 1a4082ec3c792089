/* SPDX-License-Identifier: BSD-2-Clause */
#include "wire/pcapng.h"

#include "base/test.h"

/* Each block by hand, from the draft. */
static void
test_bytes(void **state)
{
	static const uint8_t want[] = { /* section header */
		0x0a, 0x0d, 0x0d, 0x0a, 0, 0, 0, 0x28, 0x1a, 0x2b, 0x3c, 0x4d,
		0, 1, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		/* shb_userappl "abc", end of options */
		0, 4, 0, 3, 'a', 'b', 'c', 0, 0, 0, 0, 0, 0, 0, 0, 0x28,
		/* interface, if_tsresol 9 */
		0, 0, 0, 1, 0, 0, 0, 0x20, 0, 101, 0, 0, 0, 0, 0, 0, 0, 9, 0, 1,
		9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x20,
		/* packet of 5 bytes */
		0, 0, 0, 6, 0, 0, 0, 0x34, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8,
		0, 0, 0, 5, 0, 0, 0, 5, 0x45, 1, 2, 3, 4, 0, 0, 0,
		/* comment "hm" */
		0, 1, 0, 2, 'h', 'm', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x34
	};
	uint8_t buf[256];
	struct wr w = wr_into(buf, sizeof(buf));

	(void)state;
	pcapng_begin(&w, "abc");
	pcapng_packet(&w, UINT64_C(0x0102030405060708),
	    (const uint8_t *)"\x45\1\2\3\4", 5, "hm");
	assert_false(w.bad);
	assert_int_equal(w.len, sizeof(want));
	assert_memory_equal(buf, want, sizeof(want));
}

static void
test_room(void **state)
{
	static uint8_t buf[70000], big[65535];
	char app[200];
	struct wr w = wr_into(buf, PCAPNG_HEAD);

	(void)state;
	memset(app, 'a', sizeof(app) - 1);
	app[sizeof(app) - 1] = '\0';
	pcapng_begin(&w, app);
	assert_false(w.bad);
	w = wr_into(buf, sizeof(big) + PCAPNG_ROOM);
	pcapng_packet(&w, 1, big, sizeof(big), NULL);
	assert_false(w.bad);
	/* no room: the writer says so */
	w = wr_into(buf, 40);
	pcapng_packet(&w, 1, big, 100, NULL);
	assert_true(w.bad);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_room),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
