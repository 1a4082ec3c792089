/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/solipsec/pktread.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/test.h"

#include "wire/pcapng.h"

#define ETHER	 "\1\1\1\1\1\1\2\2\2\2\2\2"
#define BYTES(s) (const uint8_t *)(s), sizeof(s) - 1

static void
test_links(void **state)
{
	static const struct {
		int link;
		const char *frame;
		size_t n;
		int at; /* offset of the IP packet, or -1 */
		const char *why;
	} cases[] = {
		{ DLT_EN10MB,
		    ETHER "\x08\x00"
			  "E",
		    15, 14, "" },
		{ DLT_EN10MB,
		    ETHER "\x86\xdd"
			  "`",
		    15, 14, "" },
		{ DLT_EN10MB,
		    ETHER "\x81\x00\0\5\x08\x00"
			  "E",
		    19, 18, "" },
		{ DLT_EN10MB,
		    ETHER "\x88\xa8\0\5\x81\x00\0\6\x86\xdd"
			  "`",
		    23, 22, "" },
		{ DLT_EN10MB,
		    ETHER "\x08\x06"
			  "xx",
		    16, -1, "no IP packet (EtherType 0x0806)" },
		{ DLT_EN10MB,
		    ETHER "\x00\x26"
			  "xx",
		    16, -1, "no IP packet (IEEE 802.3 frame)" },
		{ DLT_EN10MB, ETHER "\x08", 13, -1, "the frame is cut off" },
		{ DLT_EN10MB, ETHER "\x81\x00\0\5\x08", 17, -1,
		    "the frame is cut off" },
		{ DLT_EN10MB,
		    ETHER "\x81\x00\0\1\x81\x00\0\1\x81\x00\0\1\x81\x00\0\1"
			  "\x81\x00\0\1\x08\x00",
		    34, -1, "too many VLAN tags" },
		{ DLT_RAW, "E", 1, 0, "" },
		{ 101, "E", 1, 0, "" },
		{ DLT_IPV6, "`", 1, 0, "" },
		{ DLT_LINUX_SLL,
		    "\0\0\0\1\0\6\0\0\0\0\0\0\0\0\x08\x00"
		    "E",
		    17, 16, "" },
		{ DLT_LINUX_SLL2,
		    "\x86\xdd\0\0\0\0\0\1\0\1\0\6\0\0\0\0\0\0\0\0`", 21, 20,
		    "" },
		{ DLT_NULL, "\2\0\0\0E", 5, 4, "" },
		{ DLT_NULL, "\0\0\0\2E", 5, 4, "" },
		{ DLT_NULL, "\x1e\0\0\0`", 5, 4, "" },
		{ DLT_LOOP, "\0\0\0\x18`", 5, 4, "" },
		{ DLT_NULL, "\x07\0\0\0x", 5, -1,
		    "no IP packet (address family 7)" },
		{ DLT_NULL, "\x02\0", 2, -1, "the frame is cut off" },
	};
	struct pktread_frame f;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const uint8_t *p = (const uint8_t *)cases[i].frame;

		assert_true(pktread_strip(&f, cases[i].link, p, cases[i].n));
		assert_string_equal(f.why, cases[i].why);
		if (cases[i].at < 0) {
			assert_null(f.ip);
		} else {
			assert_ptr_equal(f.ip, p + cases[i].at);
			assert_int_equal(f.n, cases[i].n - (size_t)cases[i].at);
		}
	}
	assert_false(pktread_strip(&f, DLT_IEEE802_11, BYTES("x")));
}

static char path[] = "/tmp/pktread-test-XXXXXX";

static int
setup(void **state)
{
	(void)state;
	return mkstemp(path) >= 0 ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	return unlink(path);
}

/* A pcap file made by libpcap: times in microseconds, a cut packet. */
static void
test_pcap(void **state)
{
	pcap_t *p = pcap_open_dead(DLT_EN10MB, 65535);
	pcap_dumper_t *d = pcap_dump_open(p, path);
	struct pcap_pkthdr h = {
		.ts = { 1700000000, 123456 }, .caplen = 15, .len = 100
	};
	struct pktread_frame f;
	struct pktread *r;
	char text[PKTREAD_TEXT];

	(void)state;
	assert_non_null(d);
	pcap_dump((u_char *)d, &h,
	    (const u_char *)ETHER "\x08\x00"
				  "E");
	pcap_dump_close(d);
	pcap_close(p);
	r = pktread_open(path, text);
	assert_non_null(r);
	assert_int_equal(pktread_next(r, &f, text), 1);
	assert_int_equal(f.number, 1);
	assert_true(f.ns == UINT64_C(1700000000123456000));
	assert_true(f.cut);
	assert_int_equal(f.n, 1);
	assert_int_equal(pktread_next(r, &f, text), 0);
	pktread_close(r);
}

/* Another link type is refused by its name. */
static void
test_unknown_link(void **state)
{
	pcap_t *p = pcap_open_dead(DLT_IEEE802_11, 65535);
	pcap_dumper_t *d = pcap_dump_open(p, path);
	char text[PKTREAD_TEXT];

	(void)state;
	assert_non_null(d);
	pcap_dump_close(d);
	pcap_close(p);
	assert_null(pktread_open(path, text));
	assert_non_null(strstr(text, "IEEE802_11"));
	assert_null(pktread_open("/nowhere/x", text));
	assert_non_null(strstr(text, "/nowhere/x"));
}

static void
save(const void *bytes, size_t n)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

/* What our own writer makes, whole and cut off. */
static void
test_pcapng(void **state)
{
	uint8_t buf[1024];
	struct wr w = wr_into(buf, sizeof(buf));
	struct pktread_frame f;
	struct pktread *r;
	char text[PKTREAD_TEXT];

	(void)state;
	pcapng_begin(&w, "test");
	pcapng_packet(&w, UINT64_C(1700000000123456789), BYTES("Eabc"), "one");
	pcapng_packet(&w, 5, BYTES("`"), NULL);
	assert_false(w.bad);
	save(buf, w.len);
	r = pktread_open(path, text);
	assert_non_null(r);
	assert_int_equal(pktread_next(r, &f, text), 1);
	assert_true(f.ns == UINT64_C(1700000000123456789));
	assert_int_equal(f.n, 4);
	assert_memory_equal(f.ip, "Eabc", 4);
	assert_false(f.cut);
	assert_int_equal(pktread_next(r, &f, text), 1);
	assert_int_equal(f.number, 2);
	assert_int_equal(f.n, 1);
	assert_int_equal(pktread_next(r, &f, text), 0);
	pktread_close(r);

	save(buf, w.len - 8);
	r = pktread_open(path, text);
	assert_non_null(r);
	assert_int_equal(pktread_next(r, &f, text), 1);
	assert_int_equal(pktread_next(r, &f, text), -1);
	assert_true(strlen(text) > 10);
	pktread_close(r);
	save("hello", 5);
	assert_null(pktread_open(path, text));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_pcap),
		cmocka_unit_test(test_unknown_link),
		cmocka_unit_test(test_pcapng),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
