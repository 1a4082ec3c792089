/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/savalue.h"

#include "base/test.h"

#include "conf/ipseckeys_testing.h"
#include "model/alg.h"

static struct testing t;

/* An update with these attributes that must be right. */
static const struct sa_spec *
good(const char *attrs)
{
	char line[1024];

	(void)snprintf(
	    line, sizeof(line), "update esp spi 1 dst 192.0.2.1 %s", attrs);
	testing_read(&t, IPSECKEYS_FILE, line);
	if (t.res.errors != 0)
		print_message("%s", t.said);
	assert_int_equal(t.res.errors, 0);
	assert_int_equal(t.n, 1);
	return &t.c[0].spec;
}

/* An update that must give this error, whose place is left out. */
static void
bad(const char *attrs, const char *said)
{
	char line[1024];

	(void)snprintf(
	    line, sizeof(line), "update esp spi 1 dst 192.0.2.1 %s", attrs);
	testing_read(&t, IPSECKEYS_FILE, line);
	assert_true(t.res.errors != 0);
	assert_int_equal(t.n, 0);
	if (strstr(t.said, said) == NULL)
		print_message("%s: %s", line, t.said);
	assert_non_null(strstr(t.said, said));
}

static void
test_numbers(void **state)
{
	const struct sa_spec *s;

	(void)state;
	s = good("soft_alloc 1 soft_bytes 0x20 soft_addtime 030 soft_usetime 4 "
		 "hard_alloc 0xffffffff hard_bytes 18446744073709551615 "
		 "hard_addtime 7 hard_usetime 8 idle_addtime 9 idle_usetime 10 "
		 "replay_value 77 pair-spi 0x100 proto 17 sport 5 dport 65535 "
		 "state 5");
	assert_int_equal(s->soft.allocs, 1);
	assert_int_equal(s->soft.bytes, 0x20);
	assert_int_equal(s->soft.addtime, 030);
	assert_int_equal(s->soft.usetime, 4);
	assert_int_equal(s->hard.allocs, UINT32_MAX);
	assert_true(s->hard.bytes == UINT64_MAX);
	assert_int_equal(s->hard.addtime, 7);
	assert_int_equal(s->hard.usetime, 8);
	assert_int_equal(s->idle.addtime, 9);
	assert_int_equal(s->idle.usetime, 10);
	assert_int_equal(s->replay_value, 77);
	assert_int_equal(s->pair_spi, 0x100);
	assert_int_equal(s->flags, SAF_PAIRED);
	assert_int_equal(s->proto, 17);
	assert_int_equal(s->dport, 65535);
	assert_int_equal(s->state, SA_IDLE);

	bad("replay 65537", "expected a number from 0 to 65536");
	bad("soft_bytes -1", "expected a number from 0 to 1844674407370955161");
	bad("soft_bytes 1k", "found \"1k\", expected a number");
	bad("soft_bytes", "found the end of the line, expected a number behind "
			  "soft_bytes");
	bad("soft_bytes hard_bytes 1",
	    "found \"hard_bytes\", expected a number "
	    "behind soft_bytes");
	bad("proto 256", "from 0 to 255");
	bad("hard_alloc 0x100000000", "from 0 to 4294967295");
}

static void
test_window_and_esn(void **state)
{
	(void)state;
	assert_int_equal(good("replay 65536 esn")->window, 65536);
	assert_int_equal(t.c[0].spec.flags, SAF_ESN);
	assert_int_equal(t.res.warnings, 1);
	assert_non_null(strstr(t.said, "replay protection with manual keys"));
	assert_int_equal(good("replay 0")->window, 0);
	assert_int_equal(t.res.warnings, 0);
	assert_true(good("esn replay_value 0x100000000")->replay_value ==
		    UINT64_C(0x100000000));
}

static void
test_words(void **state)
{
	(void)state;
	assert_int_equal(good("state dying")->state, SA_DYING);
	assert_int_equal(good("state dead")->state, SA_DEAD);
	bad("state larval", "a larval SA comes only from key management");
	bad("state 0", "a larval SA comes only from key management");
	bad("state matur", "did you mean \"mature\"?");
	bad("encap tcp", "found \"tcp\", expected udp");
	bad("label x", "labels are not supported");
	bad("outer-label x", "labels are not supported");
	bad("current_bytes 4", "current_bytes is reserved and cannot be set");
	bad("flags 4", "flags is reserved and cannot be set");
	bad("sens_map 4", "sens_map is reserved and cannot be set");
	/* what is refused takes its values along */
	bad("label a b c replay 99999", "from 0 to 65536");
	assert_int_equal(t.res.errors, 2);
}

static void
test_algorithms(void **state)
{
	(void)state;
	assert_int_equal(good("auth_alg SHA-256")->auth, AALG_SHA256HMAC);
	assert_int_equal(good("authalg 2")->auth, AALG_MD5HMAC);
	assert_non_null(strstr(t.said, "hmac-md5 is weak"));
	assert_int_equal(good("encralg aes-gcm")->encr, EALG_AES_GCM_16);
	assert_int_equal(
	    good("encr_alg chacha20-poly1305")->encr, EALG_CHACHA20_POLY1305);
	assert_string_equal(t.said, "");
	bad("encr_alg aes-cbx", "found \"aes-cbx\", expected an encryption "
				"algorithm; did you mean \"aes-cbc\"?");
	bad("auth_alg 99", "expected an authentication algorithm");
	bad("auth_alg any", "expected an authentication algorithm");

	testing_read(&t, IPSECKEYS_FILE,
	    "add esp spi 1 dst ::1 encr_alg aes-gcm encrkey 123456789012");
	assert_string_equal(t.said,
	    "f:1:23: warning: aes-gcm is not meant for manual keys: an IV "
	    "that comes twice under one key breaks it (RFC 8221 3)\n"
	    "f:1:40: warning: this key has 48 bits: aes-gcm takes 160 to 288 "
	    "in steps of 64, salt and IV included\n");
}

static void
test_keys(void **state)
{
	const struct secret *k;

	(void)state;
	k = &good("auth_alg sha1 authkey "
		  "0xAbcDef0123456789abcdef0123456789abcdef01")
		 ->akey;
	assert_int_equal(k->bits, 160);
	assert_memory_equal(k->b, "\xab\xcd\xef\x01\x23", 5);
	assert_int_equal(t.res.warnings, 0);

	/* spec: sa 6: e/3 is 111b; an odd digit stands at the left */
	k = &good("auth_alg sha1 authkey e/3")->akey;
	assert_int_equal(k->bits, 3);
	assert_memory_equal(k->b, "\xe0", 2);
	assert_non_null(strstr(t.said, "only the first 3 of the key's 4 bits"));
	k = &good("auth_alg sha1 authkey 123")->akey;
	assert_int_equal(k->bits, 16);
	assert_memory_equal(k->b, "\x12\x30", 3);
	k = &good("auth_alg sha1 authkey ffff/9")->akey;
	assert_int_equal(k->bits, 9);
	assert_memory_equal(k->b, "\xff\x80", 3);
	k = &good("auth_alg sha1 authkey ffff/0x10")->akey;
	assert_int_equal(k->bits, 16);

	bad("auth_alg sha1 authkey ffff/17",
	    "a number of bits from 1 to the 16 of the digits");
	bad("auth_alg sha1 authkey ffff/0", "a number of bits");
	bad("auth_alg sha1 authkey ffff/", "expected a key");
	bad("auth_alg sha1 authkey /8", "expected a key");
	bad("auth_alg sha1 authkey \"\"", "expected a key");
	bad("auth_alg sha1 authkey 12345g78", "f:1:59: this byte of the key");
	bad("auth_alg sha1 authkey 0x", "this byte of the key");
}

static void
test_longest_key(void **state)
{
	char line[600] = "auth_alg sha1 authkey ";
	size_t n = strlen(line);

	(void)state;
	memset(line + n, '1', SECRET_MAX * 2);
	assert_int_equal(good(line)->akey.bits, SECRET_MAX * 8);
	line[n + SECRET_MAX * 2] = '1';
	bad(line, "the longest that is possible has 1024");
}

static void
test_initial_iv(void **state)
{
	const struct sa_spec *s;

	(void)state;
	s = good("encr_alg aes-gcm reserved_bits 64 encrkey "
		 "000102030405060708090a0b0c0d0e0f" /* key */
		 "01020304"			    /* salt */
		 "a1a2a3a4a5a6a7a8");		    /* IV */
	assert_int_equal(s->ekey.bits, 224);
	assert_int_equal(s->ekey_iv_bits, 64);
	assert_string_equal(t.said, "");
	bad("encr_alg aes-gcm encrkey 000102030405060708090a0b0c0d0e0f01020304 "
	    "reserved_bits 64",
	    "reserved_bits must stand before encrkey");
	bad("encr_alg aes-gcm reserved_bits 64 encrkey 0001",
	    "reserved_bits must be fewer than the bits of encrkey");
}

static void
test_addresses(void **state)
{
	char buf[ADDR_TEXT];
	const struct sa_spec *s;

	(void)state;
	s = good("src ::ffff:192.0.2.7 proxy 10.0.0.1 innerdst 10.2.0.0/16");
	assert_string_equal(addr_print(buf, &s->src), "192.0.2.7");
	assert_string_equal(prefix_print(buf, &s->isrc), "10.0.0.1/32");
	assert_string_equal(prefix_print(buf, &s->idst), "10.2.0.0/16");
	s = good("isrc6 both/64 idst6 2001:db8::/32");
	assert_string_equal(prefix_print(buf, &s->isrc), "2001:db8::/64");
	bad("isrc 10.0.0.1/33", "expected a prefix length from 0 to 32");
	bad("isrc 10.0.0.1/", "expected a prefix length");
	/* Solaris would ignore the selector */
	bad("isrc two", "the name is vague: it has 2 addresses");
	bad("encap udp nat_loc both", "the name is vague");
	bad("encap udp nat_loc ::1", "an IPv4 address");
	bad("src 1.2.3", "found \"1.2.3\", expected an address");
	bad("src fe80::1%lo", "expected an address");
}

static void
test_identities(void **state)
{
	const struct sa_spec *s;

	(void)state;
	s = good("srcidtype fqdn host.example dstidtype mailbox "
		 "\"a b@example\"");
	assert_int_equal(s->sid.type, 2);
	assert_string_equal(s->sid.id, "host.example");
	assert_int_equal(s->sid.len, 12);
	assert_int_equal(s->did.type, 3);
	assert_string_equal(s->did.id, "a b@example");
	assert_int_equal(good("srcidtype 6 abc")->sid.type, 6);
	bad("srcidtype der_dn CN=x", "from key management only");
	bad("srcidtype fqdm x", "did you mean \"fqdn\"?");
	bad("srcidtype fqdn", "expected an identity behind srcidtype");
	bad("srcidtype", "expected a type of identity behind srcidtype");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_window_and_esn),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_algorithms),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_longest_key),
		cmocka_unit_test(test_initial_iv),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_identities),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
