/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/saprint.h"

#include "base/test.h"

#include "conf/ipseckeys_testing.h"
#include "model/saspec_testing.h"

static struct testing t;
static char buf[SAPRINT_ROOM];

/* Read one command, print it. */
static const char *
saved(const char *line, bool hide)
{
	testing_read(&t, IPSECKEYS_FILE, line);
	assert_int_equal(t.res.errors, 0);
	assert_int_equal(t.n, 1);
	struct sa_spec s = t.c[0].spec;
	if (t.c[0].more.n_src != 0 || t.c[0].more.n_dst != 0)
		s.more = &t.c[0].more;
	assert_true(saprint_add(buf, sizeof(buf), &s, hide));
	return buf;
}

/* Spec: sa 12, byte by byte. */
static void
test_format(void **state)
{
	(void)state;
	assert_string_equal(
	    saved("add esp spi 0x8bcd1407 src 192.168.116.16 "
		  "dst 192.168.13.213 encr_alg 3des auth_alg md5 hard_addtime "
		  "28800 "
		  "authkey e896f8df7f78d6cab36c94ccf293f031 encrkey "
		  "d41fb74470271826a8e7a80d343cc5aae9e2a7f05f13730d",
		false),
	    "# begin assoc\n"
	    "add esp  \\\n"
	    "    spi 0x8bcd1407 encr_alg 3des-cbc auth_alg hmac-md5 replay 0  "
	    "\\\n"
	    "\thard_addtime 28800  \\\n"
	    "    src 192.168.116.16 \\\n"
	    "    dst 192.168.13.213 \\\n"
	    "\tauthkey e896f8df7f78d6cab36c94ccf293f031/128 \\\n"
	    "\tencrkey d41fb74470271826a8e7a80d343cc5aae9e2a7f05f13730d/192 "
	    "\\\n"
	    "\n"
	    "# end assoc\n\n");
	assert_string_equal(saved("add ah spi 1 dst ::1 auth_alg md5 authkey "
				  "e896f8df7f78d6cab36c94ccf293f031",
				true),
	    "# begin assoc\n"
	    "add ah  \\\n"
	    "    spi 0x1 auth_alg hmac-md5 replay 0  \\\n"
	    "    dst ::1 \\\n"
	    "\tauthkey XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX/128 \\\n"
	    "\n"
	    "# end assoc\n\n");
}

static void
test_everything(void **state)
{
	(void)state;
	assert_string_equal(
	    saved("add esp spi 2 src 192.0.2.1 dst 192.0.2.2 encr_alg aes-gcm "
		  "encrkey 000102030405060708090a0b0c0d0e0f01020304 "
		  "replay 1000 esn replay_value 0x100000001 soft_bytes 5 "
		  "soft_alloc 6 idle_usetime 7 iproto 6 isrc 10.0.0.0/8 "
		  "isport 80 encap udp nat_loc 10.9.9.9 nat_rport 4501 "
		  "srcidtype fqdn a.example dstidtype mailbox \"x y\" "
		  "state dying",
		false),
	    "# begin assoc\n"
	    "# WARNING: this SA was DYING, and will be MATURE.\n"
	    "add esp  \\\n"
	    "    spi 0x2 encr_alg aes-gcm replay 1000 esn encap udp  \\\n"
	    "    replay_value 4294967297 \\\n"
	    "\tsoft_alloc 6 soft_bytes 5  \\\n"
	    "\tidle_usetime 7  \\\n"
	    "    src 192.0.2.1 \\\n"
	    "    dst 192.0.2.2 \\\n"
	    "    iproto 6 \\\n"
	    "    isrc 10.0.0.0/8 isport 80 \\\n"
	    "    idst 0.0.0.0/0 \\\n"
	    "    nat_loc 10.9.9.9 \\\n"
	    "    nat_rport 4501 \\\n"
	    "\tencrkey 000102030405060708090a0b0c0d0e0f01020304/160 \\\n"
	    "\tsrcidtype fqdn a.example \\\n"
	    "\tdstidtype user_fqdn \"x y\" \\\n"
	    "\n"
	    "# end assoc\n\n");
}

/* What was saved says the same when it is read. */
static void
test_round_trip(void **state)
{
	static const char *const lines[] = {
		"add esp spi 2 src 192.0.2.1 dst 192.0.2.2 encr_alg aes-gcm "
		"encrkey 000102030405060708090a0b0c0d0e0f01020304 "
		"replay 1000 esn replay_value 0x100000001 soft_bytes 5 "
		"soft_alloc 6 idle_usetime 7 iproto 6 isrc 10.0.0.0/8 "
		"isport 80 encap udp nat_loc 10.9.9.9 nat_rport 4501 "
		"srcidtype fqdn a.example dstidtype mailbox \"x y\"",
		"add ah spi 0xffffffff dst 2001:db8::1 sport 1 dport 2 proto "
		"17 auth_alg sha512 authkey 1234/13",
		"add esp spi 5 dst 2001:db8::1 isrc ::/0 auth_alg aes-xcbc "
		"authkey 1234567890abcdef1234567890abcdef",
		"add esp spi 5 dst 192.0.2.1 idst 2001:db8::/32 idport 3 "
		"auth_alg aes-xcbc authkey 1234567890abcdef1234567890abcdef",
		"add ah spi 6 src 192.0.2.1 dst 192.0.2.2 inbound pair-spi 7 "
		"more_src 192.0.2.3,2001:db8::3 more_dst 192.0.2.4 "
		"auth_alg aes-xcbc authkey 1234567890abcdef1234567890abcdef",
	};
	struct sa_spec first;
	struct sa_more more;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		char text[SAPRINT_ROOM];

		(void)snprintf(text, sizeof(text), "%s%s", saprint_header,
		    saved(lines[i], false));
		first = t.c[0].spec;
		more = t.c[0].more;
		assert_string_equal(saved(text, false), buf);
		same_spec(&t.c[0].spec, &first);
		assert_memory_equal(&t.c[0].more, &more, sizeof(more));
	}
}

/* An identity from elsewhere cannot smuggle a command into a saved file. */
static void
test_hostile_identity(void **state)
{
	struct sa_spec s = { .satype = SATYPE_ESP, .spi = 1, .sid.type = 2 };
	static const char evil[] = "x\n\nflush\n";

	(void)state;
	memcpy(s.sid.id, evil, sizeof(evil));
	s.sid.len = sizeof(evil) - 1;
	assert_true(saprint_add(buf, sizeof(buf), &s, false));
	assert_null(strstr(buf, "flush"));
	assert_non_null(strstr(buf, "\tsrcidtype fqdn CANNOT-BE-SAVED \\\n"));
}

static void
test_no_room(void **state)
{
	struct sa_spec s = { .satype = SATYPE_ESP, .spi = 1 };
	struct sa_more more;

	(void)state;
	for (size_t n = 1; n < 60; n++)
		assert_false(saprint_add(buf, n, &s, false));
	/* the longest of everything fits */
	memset(&s, 0xee, sizeof(s));
	memset(&more, 0xee, sizeof(more));
	more.n_src = more.n_dst = SA_MORE;
	for (unsigned i = 0; i < SA_MORE; i++)
		more.src[i].fam = more.dst[i].fam = FAM_V6;
	s.more = &more;
	s.satype = SATYPE_ESP;
	s.src.fam = s.dst.fam = s.isrc.a.fam = s.idst.a.fam = FAM_V6;
	s.natt_loc.fam = s.natt_rem.fam = FAM_V6;
	s.akey.bits = s.ekey.bits = SECRET_MAX * 8;
	s.sid.len = s.did.len = SA_IDENT_MAX - 1;
	s.flags = UINT32_MAX;
	assert_true(saprint_add(buf, sizeof(buf), &s, false));
	assert_true(strlen(buf) < sizeof(buf) * 3 / 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_everything),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_hostile_identity),
		cmocka_unit_test(test_no_room),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
