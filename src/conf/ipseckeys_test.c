/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/ipseckeys.h"

#include "base/test.h"

#include "conf/ipseckeys_testing.h"
#include "model/alg.h"

static struct testing t;

#define MD5KEY "e896f8df7f78d6cab36c94ccf293f031"
#define AESKEY "d41fb74470271826a8e7a80d343cc5aa"
#define GOOD   "encr_alg aes encrkey " AESKEY " auth_alg aes-xcbc authkey " MD5KEY

/* The file of the task chapter (spec: tasks 4). */
static void
test_file(void **state)
{
	char buf[ADDR_TEXT];

	(void)state;
	testing_read(&t, IPSECKEYS_FILE,
	    "# for outbound packets on enigma\n"
	    "add esp spi 0x8bcd1407 \\\n"
	    "   src 192.168.116.16 dst 192.168.13.213  \\\n"
	    "   encr_alg aes \\\n"
	    "   auth_alg sha1  \\\n"
	    "   encrkey  " AESKEY " \\\n"
	    "   authkey  e896f8df7f78d6cab36c94ccf293f03100112233\n"
	    "#\n"
	    "\n"
	    "add AH spi 1 dst ::2 auth_alg hmac-sha256 authkey 0x"
	    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	    "\n"
	    "flush");
	assert_string_equal(t.said, "");
	assert_int_equal(t.res.commands, 3);
	assert_int_equal(t.n, 3);

	const struct sa_spec *s = &t.c[0].spec;

	assert_int_equal(t.c[0].op, IPSECKEYS_ADD);
	assert_int_equal(t.c[0].line, 2);
	assert_int_equal(s->satype, SATYPE_ESP);
	assert_int_equal(s->spi, 0x8bcd1407);
	assert_int_equal(s->state, SA_MATURE);
	assert_int_equal(s->flags, 0);
	assert_int_equal(s->encr, EALG_AES);
	assert_int_equal(s->auth, AALG_SHA1HMAC);
	assert_int_equal(s->ekey.bits, 128);
	assert_int_equal(s->akey.bits, 160);
	assert_memory_equal(s->ekey.b, "\xd4\x1f\xb7\x44", 4);
	assert_string_equal(addr_print(buf, &s->src), "192.168.116.16");
	assert_string_equal(addr_print(buf, &s->dst), "192.168.13.213");

	/* no source: unspecified, of the destination's family */
	assert_int_equal(t.c[1].spec.satype, SATYPE_AH);
	assert_int_equal(t.c[1].spec.encr, 0);
	assert_int_equal(t.c[1].spec.src.fam, FAM_V6);
	assert_true(addr_is_unspec(&t.c[1].spec.src));
	assert_int_equal(t.c[2].op, IPSECKEYS_FLUSH);
	assert_int_equal(t.c[2].spec.satype, SATYPE_UNSPEC);
}

static void
test_commands(void **state)
{
	(void)state;
	testing_read(&t, IPSECKEYS_PROMPT,
	    "delete esp spi 1 dst 1.2.3.4\n"
	    "delete-pair 3 spi 1 dst 1.2.3.4 src 1.2.3.5 inbound\n"
	    "get ah spi 1 dst 1.2.3.4 sport 1 dport 2 proto 6 outbound\n"
	    "dump ALL\nsave esp /tmp/x\nhelp attr\n?\nexit\n");
	assert_string_equal(t.said, "");
	assert_int_equal(t.n, 8);
	assert_int_equal(t.c[0].op, IPSECKEYS_DELETE);
	assert_int_equal(t.c[1].op, IPSECKEYS_DELETE_PAIR);
	assert_int_equal(t.c[1].spec.flags, SAF_INBOUND);
	assert_int_equal(t.c[2].op, IPSECKEYS_GET);
	assert_int_equal(t.c[2].spec.dport, 2);
	assert_int_equal(t.c[2].spec.proto, 6);
	assert_int_equal(t.c[3].op, IPSECKEYS_DUMP);
	assert_int_equal(t.c[4].op, IPSECKEYS_SAVE);
	assert_int_equal(t.c[4].spec.satype, SATYPE_ESP);
	assert_string_equal(t.c[4].word, "/tmp/x");
	assert_string_equal(t.c[5].word, "attr");
	assert_int_equal(t.c[6].op, IPSECKEYS_HELP);
	assert_int_equal(t.c[7].op, IPSECKEYS_QUIT);
	for (size_t i = 0; i < IPSECKEYS_OPS; i++)
		assert_true(ipseckeys_command(i)->text[0] != '\0');
	assert_null(ipseckeys_command(IPSECKEYS_OPS));
	assert_string_equal(ipseckeys_command(IPSECKEYS_ADD)->name, "add");
	assert_string_equal(ipseckeys_command(IPSECKEYS_GET)->name, "get");
	assert_string_equal(ipseckeys_command(IPSECKEYS_SAVE)->name, "save");
}

/* RFC 4303 3.2: encryption without authentication is told of. */
static void
test_open(void **state)
{
	static const struct {
		const char *words;
		bool warned;
	} all[] = {
		{ "encr_alg aes-cbc encrkey "
		  "000102030405060708090a0b0c0d0e0f",
		    true },
		{ "encr_alg aes-cbc encrkey 000102030405060708090a0b0c0d0e0f "
		  "auth_alg sha1 authkey "
		  "000102030405060708090a0b0c0d0e0f10111213",
		    false },
		{ "encr_alg aes-gcm encrkey "
		  "000102030405060708090a0b0c0d0e0f10111213",
		    false },
		{ "auth_alg sha1 authkey "
		  "000102030405060708090a0b0c0d0e0f10111213",
		    false },
	};
	char line[200];

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		(void)snprintf(line, sizeof(line), "add esp spi 1 dst ::1 %s\n",
		    all[i].words);
		testing_read(&t, IPSECKEYS_FILE, line);
		assert_int_equal(t.n, 1);
		assert_int_equal(
		    strstr(t.said, "f:1:23: warning: DANGER: encryption "
				   "without authentication") != NULL,
		    all[i].warned);
	}
}

/* A destination name stands for all its addresses (spec: sa 6). */
static void
test_names(void **state)
{
	char buf[ADDR_TEXT];

	(void)state;
	testing_read(
	    &t, IPSECKEYS_FILE, "add esp spi 1 src both dst both " GOOD "\n");
	assert_string_equal(t.said, "");
	assert_int_equal(t.res.commands, 1);
	assert_int_equal(t.n, 2);
	assert_string_equal(addr_print(buf, &t.c[0].spec.src), "192.0.2.1");
	assert_string_equal(addr_print(buf, &t.c[1].spec.src), "2001:db8::1");
	assert_string_equal(addr_print(buf, &t.c[1].spec.dst), "2001:db8::1");

	testing_read(&t, IPSECKEYS_PROMPT, "get esp spi 1 dst6 both");
	assert_int_equal(t.n, 1);
	assert_int_equal(t.c[0].spec.dst.fam, FAM_V6);

	testing_read(
	    &t, IPSECKEYS_PROMPT, "get esp spi 1 src two dst 192.0.2.9");
	assert_string_equal(t.said,
	    "f:1:19: warning: the source has several addresses that fit: it is "
	    "left unspecified\n");
	assert_true(addr_is_unspec(&t.c[0].spec.src));

	testing_read(&t, IPSECKEYS_PROMPT, "get esp spi 1 src two dst both");
	assert_int_equal(t.n, 1);
	assert_non_null(strstr(t.said, "2001:db8::1, which is left out"));

	testing_read(&t, IPSECKEYS_PROMPT, "get esp spi 1 src ::1 dst 1.2.3.4");
	assert_string_equal(t.said, "f:1:19: the source is not of the "
				    "destination's family and scope\n");
	assert_int_equal(t.n, 0);
	testing_read(
	    &t, IPSECKEYS_PROMPT, "get esp spi 1 src fe80::1 dst 2001:db8::1");
	assert_int_equal(t.n, 0);
	/* also one that is a keyword */
	testing_read(&t, IPSECKEYS_PROMPT, "get esp spi 1 dst proxy");
	assert_string_equal(t.said, "");
	assert_int_equal(t.n, 1);
	testing_read(&t, IPSECKEYS_PROMPT, "get esp spi 1 dst6 192.0.2.1");
	assert_string_equal(t.said, "f:1:20: found \"192.0.2.1\", expected an "
				    "IPv6 address or the name of a host\n");
}

static void
test_tunnel_and_nat(void **state)
{
	char buf[ADDR_TEXT];

	(void)state;
	testing_read(&t, IPSECKEYS_FILE,
	    "add esp spi 1 dst 192.0.2.1 isrc 10.1.2.3/8 " GOOD "\n"
	    "add esp spi 1 dst 2001:db8::1 iproto 6 " GOOD "\n"
	    "add esp spi 1 dst 192.0.2.1 encap udp nat_loc 10.0.0.1 "
	    "nat_rport 4501 " GOOD "\n");
	assert_int_equal(t.res.errors, 0);
	assert_int_equal(t.n, 3);
	assert_int_equal(t.c[0].spec.flags, SAF_TUNNEL);
	assert_string_equal(prefix_print(buf, &t.c[0].spec.isrc), "10.0.0.0/8");
	assert_string_equal(prefix_print(buf, &t.c[0].spec.idst), "0.0.0.0/0");
	assert_string_equal(prefix_print(buf, &t.c[1].spec.isrc), "::/0");
	assert_string_equal(prefix_print(buf, &t.c[1].spec.idst), "::/0");
	assert_int_equal(t.c[2].spec.flags, SAF_NATT_LOC | SAF_NATT_REM);
	assert_string_equal(addr_print(buf, &t.c[2].spec.natt_rem), "0.0.0.0");
	assert_int_equal(t.c[2].spec.natt_rport, 4501);
}

/* Each line breaks one rule of spec: sa 7, 8. */
static void
test_rules(void **state)
{
	static const struct {
		const char *line, *said;
	} cases[] = {
		{ "add esp dst ::1 " GOOD, "f:1:1: the spi is missing\n" },
		{ "add esp spi 1 " GOOD,
		    "f:1:1: the destination (dst) is missing\n" },
		{ "add esp spi 0 dst ::1 " GOOD,
		    "f:1:9: the spi must be a number other than 0\n" },
		{ "add esp spi 1 dst ::1",
		    "f:1:1: add needs an algorithm: encr_alg, auth_alg or "
		    "both\nf:1:1: add needs a key: encrkey, authkey or "
		    "both\n" },
		{ "add ah spi 1 dst ::1 " GOOD,
		    "f:1:22: AH does not encrypt: encr_alg is for esp only\n" },
		{ "add esp spi 1 dst ::1 auth_alg sha1 encrkey 12 authkey "
		  "1234567812345678123456781234567812345678",
		    "f:1:37: an encrkey needs an encr_alg other than null\n" },
		{ "add esp spi 1 dst ::1 encr_alg aes authkey "
		  "12345678123456781234567812345678",
		    "f:1:36: an authkey needs an auth_alg\n" },
		{ "add esp spi 1 dst ::1 nat_lport 3 auth_alg sha1 authkey "
		  "1234567812345678123456781234567812345678",
		    "f:1:1: the nat_ attributes need encap udp\n" },
		{ "update esp spi 1 dst ::1 encap udp",
		    "f:1:26: encap udp needs nat_loc or nat_rem, or one of "
		    "their ports\n" },
		{ "update ah spi 1 dst 1.1.1.1 encap udp nat_lport 3",
		    "f:1:29: AH cannot cross a NAT: encap udp is for esp "
		    "only\n" },
		{ "update-pair esp spi 1 dst ::1 pair-spi 3",
		    "f:1:31: pair-spi does not go with update-pair\n" },
		{ "update esp spi 1 dst ::1 pair-spi 0",
		    "f:1:26: the pair-spi must be a number other than 0\n" },
		{ "update esp spi 1 dst ::1 replay_value 0x100000000",
		    "f:1:26: a replay_value over 32 bits needs esn\n" },
		{ "update esp spi 1 dst ::1 isrc ::1 idst 1.2.3.4",
		    "f:1:35: the inner addresses are of different families\n" },
		{ "update esp spi 1 dst ::1 isport 1 dport 2",
		    "f:1:26: an SA has inner ports or outer ones, not both\n" },
		{ "get esp dst ::1", "f:1:1: the spi is missing\n" },
		{ "delete esp spi 1 dst ::1 authkey 12345678123456781234567812",
		    "f:1:26: authkey does not go with delete, which only names "
		    "an SA\n" },
		{ "delete esp spi 1 dst ::1 dst ::2",
		    "f:1:26: only one dst can be given; the first is in line "
		    "1\n" },
		{ "dump", "f:1:1: dump cannot be used in a file\n" },
		{ "flush esp now",
		    "f:1:11: found \"now\", expected the end of the line\n" },
		{ "flushh",
		    "f:1:1: found \"flushh\", expected a command; did you mean "
		    "\"flush\"?\n" },
		{ "add eps spi 1",
		    "f:1:5: found \"eps\", expected an SA type: ah or esp; did "
		    "you mean \"esp\"?\n" },
		{ "add all spi 1",
		    "f:1:5: found \"all\", expected an SA type: ah or esp\n" },
		{ "add",
		    "f:1:4: found the end of the line, expected an SA type: ah "
		    "or esp\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		testing_read(&t, IPSECKEYS_FILE, cases[i].line);
		assert_string_equal(t.said, cases[i].said);
		assert_int_equal(t.n, 0);
		assert_true(t.res.errors != 0);
		assert_int_equal(t.res.commands, 0);
	}
}

static void
test_arguments(void **state)
{
	static const char *const refused[] = { "add", "update", "update-pair" };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		testing_read(&t, IPSECKEYS_ARGS, refused[i]);
		assert_int_equal(t.res.errors, 1);
		assert_non_null(strstr(t.said, "cannot be used on the command "
					       "line"));
	}
	testing_read(&t, IPSECKEYS_ARGS, "delete esp spi 1 dst ::1");
	assert_string_equal(t.said, "");
	assert_int_equal(t.n, 1);
}

/* All errors of all lines are found; lines without one are told. */
static void
test_many_errors(void **state)
{
	char line[5000];

	(void)state;
	testing_read(&t, IPSECKEYS_FILE,
	    "delete esp spi x dst nowhere sport 70000 inbond\n"
	    "flush esp\n"
	    "delete esp spi 1 dst \\\n"
	    "\n"
	    "label x\n");
	assert_string_equal(t.said,
	    "f:1:16: found \"x\", expected a number from 0 to 4294967295\n"
	    "f:1:22: found \"nowhere\", expected an address or the name of a "
	    "host\n"
	    "f:1:36: found \"70000\", expected a number from 0 to 65535\n"
	    "f:1:42: found \"inbond\", expected an attribute; did you mean "
	    "\"inbound\"?\n"
	    "f:4:1: found the end of the line, expected an address behind "
	    "dst\n"
	    "f:5:1: found \"label\", expected a command\n");
	assert_int_equal(t.res.errors, 6);
	assert_int_equal(t.res.commands, 1);
	assert_int_equal(t.n, 1);

	/* a line that is too long does nothing, whatever it says */
	memset(line, ' ', sizeof(line));
	memcpy(line, "flush", 5);
	line[sizeof(line) - 1] = '\0';
	testing_read(&t, IPSECKEYS_FILE, line);
	assert_int_equal(t.res.errors, 1);
	assert_int_equal(t.n, 0);
}

/* No message repeats what may be a key. */
static void
test_keys_stay_secret(void **state)
{
	static const char *const lines[] = {
		"add esp spi 1 dst ::1 " AESKEY,
		"add esp spi 1 dst ::1 encrkey " AESKEY "zz",
		"add esp spi 1 dst ::1 encrkey " AESKEY "/999",
		"add esp spi 1 dst ::1 encrkey " AESKEY " " AESKEY,
		"add esp spi " AESKEY,
		"add esp spi 1 reserved_bits " AESKEY,
		"add esp spi 1 dst ::1 authkye " AESKEY,
		AESKEY,
		"flush " AESKEY,
		"flush esp " AESKEY,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		testing_read(&t, IPSECKEYS_FILE, lines[i]);
		assert_true(t.res.errors != 0);
		assert_null(strstr(t.said, "d41f"));
	}
}

/* RFC 3554: lists of addresses, and names that have several. */
static void
test_further_addresses(void **state)
{
	char buf[ADDR_TEXT];

	(void)state;
	testing_read(&t, IPSECKEYS_FILE,
	    "add esp spi 1 src 10.0.0.1 dst 10.0.0.2 proto 132 " GOOD
	    " more_src 10.0.1.1,enigma,2001:db8::7 more_dst two");
	assert_string_equal(t.said, "");
	assert_int_equal(t.n, 1);
	assert_null(t.c[0].spec.more);
	assert_int_equal(t.c[0].more.n_src, 3);
	assert_int_equal(t.c[0].more.n_dst, 2);
	assert_string_equal(
	    addr_print(buf, &t.c[0].more.src[1]), "192.168.116.16");
	assert_string_equal(
	    addr_print(buf, &t.c[0].more.src[2]), "2001:db8::7");
	assert_string_equal(addr_print(buf, &t.c[0].more.dst[1]), "192.0.2.3");
}

static void
test_bad_further_addresses(void **state)
{
	static const struct {
		const char *text, *want;
	} row[] = {
		{ "src 10.0.0.1 dst 10.0.0.2 more_src 10.0.1.1,,10.0.1.2",
		    "found \"\", expected an address" },
		{ "src 10.0.0.1 dst 10.0.0.2 more_dst 10.0.1.1,nohost",
		    "found \"nohost\", expected an address" },
		{ "src 10.0.0.1 dst 10.0.0.2 more_dst",
		    "expected addresses with commas between them behind "
		    "more_dst" },
		{ "dst 10.0.0.2 more_dst 10.0.1.1",
		    "with further addresses src and dst are one address each" },
		{ "src both dst both more_dst 10.0.1.1",
		    "with further addresses src and dst are one address each" },
		{ "src 10.0.0.1 dst 10.0.0.2 isrc 10.9.0.0/16 more_dst "
		  "10.0.1.1",
		    "further addresses are for transport mode without NAT" },
		{ "src 10.0.0.1 dst 10.0.0.2 encap udp nat_rport 5 more_dst "
		  "::1",
		    "further addresses are for transport mode without NAT" },
		{ "src 10.0.0.1 dst 10.0.0.2 more_dst 1.0.0.1,1.0.0.2,1.0.0.3,"
		  "1.0.0.4,1.0.0.5,1.0.0.6,1.0.0.7,1.0.0.8,1.0.0.9,1.0.0.10,"
		  "1.0.0.11,1.0.0.12,1.0.0.13,1.0.0.14,1.0.0.15,1.0.0.16",
		    "more than 15 further addresses" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		char line[1024];

		(void)snprintf(line, sizeof(line), "add esp spi 1 " GOOD " %s",
		    row[i].text);
		testing_read(&t, IPSECKEYS_FILE, line);
		assert_int_equal(t.n, 0);
		assert_non_null(strstr(t.said, row[i].want));
	}
	testing_read(&t, IPSECKEYS_FILE,
	    "update-pair esp spi 1 src 10.0.0.1 dst 10.0.0.2 more_dst ::1");
	assert_non_null(
	    strstr(t.said, "further addresses go with add and update"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_further_addresses),
		cmocka_unit_test(test_bad_further_addresses),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_tunnel_and_nat),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_many_errors),
		cmocka_unit_test(test_keys_stay_secret),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
