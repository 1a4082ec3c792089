/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/ipseckey/keyrun.h"

#include <sys/stat.h>

#include "base/test.h"

#include "cmd/ipseckey/keyfake.h"
#include "cmd/ipseckey/keylist.h"

static struct keyrun r;
static char *out, *err;

/* Do the commands of the text; what they print is in out and err. */
static void
run(const char *text, const char *file)
{
	struct keylist l = { .who = "ipseckey" };
	size_t n_out, n_err;
	bool numeric = r.numeric, paranoid = r.paranoid, verbose = r.verbose,
	     quiet = r.quiet;

	free(out);
	free(err);
	keyrun_init(&r);
	r.numeric = numeric;
	r.paranoid = paranoid;
	r.verbose = verbose;
	r.quiet = quiet;
	r.file = file;
	r.talk.timeout_ms = 30;
	r.out = open_memstream(&out, &n_out);
	r.err = open_memstream(&err, &n_err);
	assert_true(
	    keylist_read(&l, "f", IPSECKEYS_PROMPT, false, text, strlen(text)));
	for (size_t i = 0; i < l.n; i++)
		keyrun_command(&r, &l.c[i]);
	keylist_fini(&l);
	keyrun_fini(&r);
	(void)fclose(r.out);
	(void)fclose(r.err);
}

#define ADD(spi)                                                  \
	"add esp spi " spi " dst 192.0.2.2 encr_alg aes encrkey " \
	"0123456789abcdef0123456789abcdef\n"

static void
test_success(void **state)
{
	(void)state;
	run(ADD("1") "update esp spi 1 dst ::1 hard_bytes 5\n"
		     "delete esp spi 1 dst ::1\nflush\nquit\n",
	    NULL);
	assert_string_equal(out, "");
	assert_string_equal(err, "");
	assert_int_equal(r.done, 4);
	assert_int_equal(r.failed, 0);
	assert_true(r.quit);
}

/* Spec: sa 10. */
static void
test_errors(void **state)
{
	(void)state;
	run(ADD("2") ADD("3") ADD("4") ADD("5") "delete ah spi 7 dst ::1\n"
						"delete-pair ah spi 8 dst ::1",
	    "keys");
	assert_string_equal(out, "");
	assert_string_equal(err,
	    "ipseckey: keys: near line 1: add: the ESP association with SPI "
	    "0x2 to 192.0.2.2 already exists\n"
	    "ipseckey: keys: near line 2: add: one of the values for the ESP "
	    "association with SPI 0x3 to 192.0.2.2 is incorrect.\n"
	    "  Diagnostic code 44:  bad number of authentication key bits.\n"
	    "ipseckey: keys: near line 3: add: the reply timed out after 0 "
	    "seconds\n"
	    "ipseckey: keys: near line 4: add: ipsecd's answer cannot be "
	    "read\n"
	    "ipseckey: keys: near line 5: delete: the AH association with SPI "
	    "0x7 to ::1 does not exist\n"
	    "ipseckey: keys: near line 6: delete-pair: the pair of the AH "
	    "association with SPI 0x8 to ::1 was not found\n");
	assert_int_equal(r.done, 0);
	assert_int_equal(r.failed, 6);

	run(ADD("0x20"), NULL);
	assert_string_equal(err,
	    "ipseckey: add: ipsecd holds as many SAs as it may: delete some, "
	    "or raise the limit (ipsec_max_sas)\n");

	/* a service's log is for all eyes: nothing of it there */
	r.quiet = true;
	run(ADD("2") ADD("3"), "keys");
	assert_string_equal(err, "");
	assert_int_equal(r.failed, 2);
	r.quiet = false;
}

#define ADDRESSES                              \
	"SRC: Source address (proto=0)\n"      \
	"SRC: AF_INET: port 0, 192.0.2.1.\n"   \
	"DST: Destination address (proto=0)\n" \
	"DST: AF_INET: port 0, 192.0.2.2.\n"

static void
test_get_and_dump(void **state)
{
	char want[2048];

	(void)state;
	r.numeric = true;
	run("get esp spi 0x100 dst 192.0.2.2\n", NULL);
	(void)snprintf(want, sizeof(want),
	    "Base message (version 2) type GET, SA type ESP.\n"
	    "Message length 112 bytes, seq=1, pid=%d.\n"
	    "SA: SADB_ASSOC spi=0x100, replay window size=0, state=MATURE\n"
	    "SA: Encryption algorithm = aes-gcm\n"
	    "SA: flags=0x0 < >\n" ADDRESSES "EKY: Encryption key.\n"
	    "EKY: abcd0000000000000000000000000000[5a000000]/128+32\n\n",
	    getpid());
	assert_string_equal(out, want);

	r.paranoid = true;
	run("get esp spi 0x100 dst 192.0.2.2\n", NULL);
	assert_non_null(strstr(
	    out, "EKY: XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX[XXXXXXXX]/128+32\n"));
	assert_null(strstr(out, "abcd"));
	r.paranoid = false;

	run("dump\n", NULL);
	assert_non_null(strstr(out, "spi=0x100, replay window size=0, "
				    "state=MATURE\n"));
	assert_non_null(strstr(out, "state=LARVAL\n"));
	assert_non_null(strstr(out, "state=DYING\n"));
	/* each SA, an empty line, and at last what became of it */
	assert_non_null(strstr(out,
	    "EKY: abcd0000000000000000000000000000[5a000000]/128+32\n\n"
	    "Dump succeeded for SA type 0.\n"));
	assert_int_equal(r.failed, 0);
}

/* -v shows what is sent, but no key of it. */
static void
test_verbose(void **state)
{
	(void)state;
	r.verbose = true;
	run(ADD("1"), NULL);
	assert_non_null(strstr(out, "Message sent:\nBase message (version 2) "
				    "type ADD, SA type ESP.\n"));
	assert_non_null(strstr(out, "SA: Encryption algorithm = aes-cbc\n"));
	assert_null(strstr(out, "0123456789abcdef"));
	r.verbose = false;
}

static const char saved[] =
    "# Security associations, written by the save command of "
    "ipseckey(8).\n\n"
    "# begin assoc\n"
    "add esp  \\\n"
    "    spi 0x100 encr_alg aes-gcm replay 0  \\\n"
    "    src 192.0.2.1 \\\n"
    "    dst 192.0.2.2 \\\n"
    "\tencrkey abcd00000000000000000000000000005a000000/160 \\\n"
    "\n"
    "# end assoc\n\n"
    "# a larval SA with SPI 0x101, which has no keys\n\n"
    "# begin assoc\n"
    "# WARNING: this SA was DYING, and will be MATURE.\n"
    "add esp  \\\n"
    "    spi 0x102 encr_alg aes-gcm replay 0  \\\n"
    "    src 192.0.2.1 \\\n"
    "    dst 192.0.2.2 \\\n"
    "\tencrkey abcd00000000000000000000000000005a000000/160 \\\n"
    "\n"
    "# end assoc\n\n";

static void
test_save(void **state)
{
	char path[96], line[128], *text, warning[256];
	struct stat st;
	size_t n;
	FILE *f;

	(void)state;
	run("save all", NULL);
	assert_string_equal(out, saved);
	(void)snprintf(path, sizeof(path), "%s/saved", fake_dir);
	(void)snprintf(line, sizeof(line), "save esp %s", path);
	run(line, NULL);
	assert_string_equal(out, "");
	assert_string_equal(err, "");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0400);
	f = fopen(path, "r");
	assert_non_null(f);
	text = calloc(1, 4096);
	n = fread(text, 1, 4095, f);
	(void)fclose(f);
	assert_int_equal(n, sizeof(saved) - 1);
	assert_string_equal(text, saved);
	free(text);

	/* what was there is overwritten, with a warning of its mode */
	assert_int_equal(chmod(path, 0644), 0);
	run(line, NULL);
	(void)snprintf(warning, sizeof(warning),
	    "ipseckey: save: warning: %s was there before, with mode 0644 "
	    "instead of 0400\n",
	    path);
	assert_string_equal(err, warning);
	assert_int_equal(r.failed, 0);
	/* by a new file, which those who have the old one do not see */
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0400);
	assert_int_equal(unlink(path), 0);

	run("save esp /nowhere/x", NULL);
	assert_string_equal(err,
	    "ipseckey: save: cannot write /nowhere/x: No such file or "
	    "directory\n");
	assert_int_equal(r.failed, 1);
	r.paranoid = true;
	run("save all -", NULL);
	assert_null(strstr(out, "abcd"));
	r.paranoid = false;
}

/* Keys of a message that somebody else asked for are not shown. */
static void
test_monitor(void **state)
{
	(void)state;
	run("monitor", NULL);
	assert_ptr_equal(
	    strstr(out, "Actively monitoring the PF_KEY socket.\n\n"
			"Timestamp: "),
	    out);
	assert_non_null(strstr(out, "\nRead 112 bytes.\nBase message"));
	assert_non_null(strstr(out, "spi=0x103"));
	assert_null(strstr(out, "abcd"));
	assert_non_null(strstr(err, "ipsecd closed the connection"));
	assert_true(r.lost);
}

static void
test_help(void **state)
{
	(void)state;
	run("help", NULL);
	for (size_t i = 0; i < IPSECKEYS_OPS; i++)
		assert_non_null(strstr(out, ipseckeys_command(i)->text));
	run("help pmonitor", NULL);
	assert_string_equal(out,
	    "  passive_monitor,pmonitor             show the PF_KEY messages "
	    "that every listener gets\n");
	run("help attr", NULL);
	assert_non_null(strstr(out, "  auth_alg,authalg ALGORITHM"));
	run("help me", NULL);
	assert_string_equal(out, "There is no command me.\n");
}

static void
test_not_running(void **state)
{
	char path[96], line[128];

	(void)state;
	assert_int_equal(setenv("SOLIPSEC_RUN", "/nowhere", 1), 0);
	run("flush", NULL);
	assert_string_equal(err,
	    "ipseckey: ipsecd is not running in this network namespace "
	    "(/nowhere/pfkey: no such socket): start it with `systemctl start "
	    "ipsecd` or `ipsecd`\n");
	assert_true(r.lost);
	assert_false(r.forbidden);
	assert_int_equal(r.failed, 1);
	/* and no file is made */
	(void)snprintf(path, sizeof(path), "%s/saved", fake_dir);
	(void)snprintf(line, sizeof(line), "save esp %s", path);
	run(line, NULL);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(setenv("SOLIPSEC_RUN", fake_dir, 1), 0);
}

static int
stop(void **state)
{
	free(out);
	free(err);
	return fake_stop(state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_success),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_get_and_dump),
		cmocka_unit_test(test_verbose),
		cmocka_unit_test(test_save),
		cmocka_unit_test(test_monitor),
		cmocka_unit_test(test_help),
		cmocka_unit_test(test_not_running),
	};
	return cmocka_run_group_tests(tests, fake_start, stop);
}
