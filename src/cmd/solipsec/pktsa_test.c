/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/solipsec/pktsa.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/solipsec/pktfix.h"

static char path[] = "/tmp/pktsa-test-XXXXXX";

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

static void
save(const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, 0600), 0);
}

static struct sa *
find(const struct pktsa_list *l, uint32_t spi, const char *src, const char *dst)
{
	struct addr s = pktfix_addr(src), d = pktfix_addr(dst);

	return pktsa_inbound(l, SATYPE_ESP, spi, &s, &d);
}

static void
test_inbound(void **state)
{
	struct pktsa_list l = { 0 };

	(void)state;
	pktfix_add(&l, pktfix_spec(1, EALG_AES, "192.0.2.1", "192.0.2.2"));
	pktfix_add(&l, pktfix_spec(1, EALG_AES, NULL, "192.0.2.3"));
	pktfix_add(&l, pktfix_spec(2, EALG_AES, NULL, NULL));
	assert_ptr_equal(find(&l, 1, "192.0.2.1", "192.0.2.2"), l.sa[0].in);
	assert_null(find(&l, 1, "192.0.2.9", "192.0.2.2"));
	assert_ptr_equal(find(&l, 1, "192.0.2.9", "192.0.2.3"), l.sa[1].in);
	assert_null(find(&l, 1, "::1", "::2"));
	assert_ptr_equal(find(&l, 2, "::1", "::2"), l.sa[2].in);
	assert_null(find(&l, 3, "192.0.2.1", "192.0.2.2"));
	pktsa_fini(&l);
}

static struct sa *
choose(
    const struct pktsa_list *l, const char *src, const char *dst, bool tunnel)
{
	struct flow f = { .local = pktfix_addr(src),
		.remote = pktfix_addr(dst),
		.proto = IPPROTO_TCP_,
		.has_ports = true,
		.lport = 1,
		.rport = 80 };

	return pktsa_outbound(l, SATYPE_ESP, &f, tunnel);
}

static void
test_outbound(void **state)
{
	struct pktsa_list l = { 0 };
	struct sa_spec s = pktfix_spec(1, EALG_AES, "192.0.2.1", "192.0.2.2");

	(void)state;
	pktfix_add(&l, s);
	assert_ptr_equal(
	    choose(&l, "192.0.2.1", "192.0.2.2", false), l.sa[0].out);
	assert_null(choose(&l, "192.0.2.1", "192.0.2.3", false));
	assert_null(choose(&l, "192.0.2.1", "192.0.2.2", true));
	/* the newest, but one with an explicit source before one without */
	s.spi = 2;
	pktfix_add(&l, s);
	pktfix_add(&l, pktfix_spec(3, EALG_AES, NULL, "192.0.2.2"));
	assert_ptr_equal(
	    choose(&l, "192.0.2.1", "192.0.2.2", false), l.sa[1].out);
	assert_ptr_equal(
	    choose(&l, "192.0.2.9", "192.0.2.2", false), l.sa[2].out);
	/* selectors */
	s.spi = 4;
	s.proto = IPPROTO_TCP_;
	s.dport = 443;
	pktfix_add(&l, s);
	assert_ptr_equal(
	    choose(&l, "192.0.2.1", "192.0.2.2", false), l.sa[1].out);
	s.dport = 80;
	pktfix_add(&l, s);
	assert_ptr_equal(
	    choose(&l, "192.0.2.1", "192.0.2.2", false), l.sa[4].out);
	/* a tunnel by its inner addresses */
	s = pktfix_spec(5, EALG_AES, "192.0.2.1", "192.0.2.2");
	s.flags = SAF_TUNNEL;
	s.isrc = (struct prefix){ pktfix_addr("10.0.0.0"), 8 };
	s.idst = (struct prefix){ pktfix_addr("10.2.0.0"), 16 };
	pktfix_add(&l, s);
	assert_ptr_equal(choose(&l, "10.1.1.1", "10.2.1.1", true), l.sa[5].out);
	assert_null(choose(&l, "10.1.1.1", "10.3.1.1", true));
	pktsa_fini(&l);
}

#define KEY "000102030405060708090a0b0c0d0e0f"

static void
test_keys_file(void **state)
{
	struct pktsa_list l = { .crypto = pktfix_crypto() };

	(void)state;
	save("flush\nadd esp spi 7 dst 192.0.2.2 encr_alg aes encrkey " KEY
	     "\n");
	assert_true(pktsa_read_keys(&l, path));
	assert_int_equal(l.n, 1);
	assert_int_equal(l.sa[0].line, 2);
	assert_int_equal(l.sa[0].in->spi, 7);
	pktsa_fini(&l);
	/* others could read the keys */
	assert_int_equal(chmod(path, 0644), 0);
	assert_false(pktsa_read_keys(&l, path));
	save("add esp spi 7 dst 192.0.2.2 encr_alg aes encrkey 0102\n");
	assert_false(pktsa_read_keys(&l, path));
	save("add esp spi\n");
	assert_false(pktsa_read_keys(&l, path));
	save("flush\n");
	assert_false(pktsa_read_keys(&l, path));
	pktsa_fini(&l);
}

#define SA(spi)                                                           \
	"{\"proto\":\"esp\",\"spi\":" spi                                 \
	",\"encr\":\"AES-GCM\",\"icv_len\":16,\"esn\":true,\"encr_key\":" \
	"\"" KEY "\",\"salt\":\"01020304\"}"

static void
test_json_file(void **state)
{
	struct pktsa_list l = { .crypto = pktfix_crypto() };

	(void)state;
	save("{\"vectors\":[{\"seq\":\"4294967300\",\"sa\":" SA(
	    "1") "},"
		 "{\"sas\":[" SA("2") "," SA("3") "]}]}");
	assert_true(pktsa_read_json(&l, path));
	assert_int_equal(l.n, 3);
	/* the receiver is told where the numbers stand */
	assert_true(l.sa[0].in->replay.top == UINT64_C(4294967299));
	assert_int_equal(l.sa[2].in->spi, 3);
	pktsa_fini(&l);
	save(SA("4"));
	assert_true(pktsa_read_json(&l, path));
	assert_int_equal(l.n, 1);
	pktsa_fini(&l);
	save("[" SA("5") "]");
	assert_true(pktsa_read_json(&l, path));
	pktsa_fini(&l);
	save("[]");
	assert_false(pktsa_read_json(&l, path));
	save("{");
	assert_false(pktsa_read_json(&l, path));
	save("[{\"proto\":\"esp\",\"spi\":1}]");
	assert_false(pktsa_read_json(&l, path));
	save("5");
	assert_false(pktsa_read_json(&l, path));
	pktsa_fini(&l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_inbound),
		cmocka_unit_test(test_outbound),
		cmocka_unit_test(test_keys_file),
		cmocka_unit_test(test_json_file),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
