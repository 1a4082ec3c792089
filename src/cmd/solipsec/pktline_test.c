/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/solipsec/pktline.h"

#include <stdlib.h>

#include "cmd/solipsec/pktfix.h"

static struct pktway w;
static char *text;

static const char *
line(const struct pktread_frame *f, const struct pktway *way)
{
	size_t n;
	FILE *m;

	free(text);
	m = open_memstream(&text, &n);
	assert_non_null(m);
	assert_true(pktline_print(m, f, way));
	assert_int_equal(fclose(m), 0);
	return text;
}

static void
test_lines(void **state)
{
	struct pktsa_list l = { 0 };
	struct pktread_frame f = { .number = 3,
		.ns = UINT64_C(1700000000000000005) };
	uint8_t p[64], sealed[256];
	char comment[PKTLINE_COMMENT];
	size_t n = pktfix_udp(p, "192.0.2.1", "192.0.2.2"), len;

	(void)state;
	pktfix_add(&l, pktfix_spec(0x10, EALG_AES, "192.0.2.1", "192.0.2.2"));
	pktway_seal(&w, &l, p, n);
	assert_string_equal(line(&f, &w),
	    "{\"packet\":3,\"time\":\"1700000000.000000005\",\"action\":"
	    "\"sealed\",\"verdict\":\"pass\",\"why\":\"sealed\",\"proto\":"
	    "\"esp\",\"spi\":\"0x00000010\",\"seq\":1,\"src\":\"192.0.2.1\","
	    "\"dst\":\"192.0.2.2\",\"len\":33,\"out_src\":\"192.0.2.1\","
	    "\"out_dst\":\"192.0.2.2\",\"out_proto\":50,\"out_len\":72,"
	    "\"layers\":[{\"proto\":\"esp\",\"spi\":\"0x00000010\",\"seq\":1,"
	    "\"src\":\"192.0.2.1\",\"dst\":\"192.0.2.2\",\"mode\":"
	    "\"transport\",\"encr\":\"aes-cbc\",\"auth\":\"hmac-sha1\","
	    "\"verdict\":\"pass\"}]}\n");
	assert_string_equal(pktline_comment(comment, &f, &w),
	    "packet 3 of the capture, sealed: ESP SPI 0x00000010, sequence "
	    "number 1");
	len = w.len;
	memcpy(sealed, w.p, len);
	sealed[len - 1] ^= 1;
	pktway_open(&w, &l, sealed, len, 4500);
	line(&f, &w);
	assert_non_null(strstr(text, "\"action\":\"none\",\"verdict\":"
				     "\"esp_bad_auth\",\"why\":\"ESP "
				     "integrity check failed"));
	assert_non_null(strstr(text, "\"spi\":\"0x00000010\",\"seq\":1"));
	assert_null(strstr(text, "out_len"));

	/* half a packet, because the capture has only half */
	f.cut = true;
	pktway_open(&w, &l, sealed, 30, 4500);
	assert_string_equal(line(&f, &w),
	    "{\"packet\":3,\"time\":\"1700000000.000000005\",\"action\":"
	    "\"none\",\"verdict\":\"spd_malformed_packet\",\"why\":\"not a "
	    "sane IP packet (the capture has only the head of this "
	    "packet)\"}\n");
	pktway_open(&w, &l, p, n, 4500);
	line(&f, &w);
	assert_non_null(strstr(text, "\"verdict\":\"pass\",\"why\":\"not "
				     "protected: there is nothing to open\","
				     "\"proto\":\"udp\""));
	(void)snprintf(f.why, sizeof(f.why), "no IP packet");
	assert_string_equal(line(&f, NULL),
	    "{\"packet\":3,\"time\":\"1700000000.000000005\",\"action\":"
	    "\"none\",\"verdict\":\"pass\",\"why\":\"no IP packet\"}\n");
	pktsa_fini(&l);
}

/* Numbers that JSON's readers would spoil are text. */
static void
test_big_number(void **state)
{
	struct pktread_frame f = { .number = 1 };

	(void)state;
	w = (struct pktway){ .parsed = true, .layers = 1 };
	w.layer[0] = (struct pktway_layer){
		.satype = SATYPE_ESP, .seen = true, .seq = UINT64_MAX
	};
	assert_non_null(
	    strstr(line(&f, &w), "\"seq\":\"18446744073709551615\""));
	free(text);
	text = NULL;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_big_number),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
