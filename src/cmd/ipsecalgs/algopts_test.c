/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/ipsecalgs/algopts.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/test.h"

#define WORDS 40

static struct algopts o;
static char words[1024];

/* The options of a command line that blanks separate. */
static bool
reads(const char *line)
{
	static char name[] = "ipsecalgs";
	char *argv[WORDS + 1] = { name };
	int n = 1;

	(void)snprintf(words, sizeof(words), "%s", line);
	for (char *w = strtok(words, " "); w != NULL; w = strtok(NULL, " "))
		argv[n++] = w;
	assert_true(n < WORDS);
	return algopts_read(&o, n, argv);
}

static void
good(const char *line, enum algopts_cmd cmd)
{
	if (!reads(line))
		fail_msg("%s: %s", line, o.error);
	assert_int_equal(o.cmd, cmd);
}

static void
bad(const char *line, const char *error)
{
	assert_false(reads(line));
	assert_string_equal(o.error, error);
}

#define ADD "-a -P 3 -N 250 -n new,newer -m CKM_AES_GCM -b 16 "

static void
test_commands(void **state)
{
	(void)state;
	good("", ALGOPTS_SHOW);
	assert_false(o.json);
	good("--json", ALGOPTS_SHOW);
	assert_true(o.json);
	good("-l", ALGOPTS_KERNEL);
	good("-l --json", ALGOPTS_KERNEL);
	good("-s", ALGOPTS_SYNC);
	good("-r -P 3 -n aes", ALGOPTS_REMOVE);
	assert_int_equal(o.proto, 3);
	assert_string_equal(o.alg_name, "aes");
	assert_false(o.sync);
	good("-r -p PROTO_IPSEC_ESP -N 12 -s", ALGOPTS_REMOVE);
	assert_string_equal(o.proto_name, "PROTO_IPSEC_ESP");
	assert_int_equal(o.alg, 12);
	assert_true(o.sync);
	good("-R -P 4", ALGOPTS_REMOVE_PROTO);
	good("-R -p IPCOMP -s", ALGOPTS_REMOVE_PROTO);
	good("-P 4 -p IPCOMP", ALGOPTS_ADD_PROTO);
	assert_false(o.async);
	good("-P 4 -p IPCOMP -e async -f -s", ALGOPTS_ADD_PROTO);
	assert_true(o.async && o.force && o.sync);
	good("-e sync -P 3", ALGOPTS_MODE);
	assert_false(o.async);
	good("-e async -p PROTO_IPSEC_AH -s", ALGOPTS_MODE);
	assert_true(o.async);
}

static void
test_add(void **state)
{
	const struct ipsecalgs_row *r = &o.row;

	(void)state;
	good(ADD "-k 128-256 -i 64", ALGOPTS_ADD);
	assert_int_equal(r->id, 250);
	assert_string_equal(r->names, "new,newer");
	assert_string_equal(r->mech, "CKM_AES_GCM");
	assert_int_equal(r->key_incr, 64);
	assert_int_equal(r->keys.v[0], 128); /* the minimum */
	assert_int_equal(r->keys.v[2], 256);
	assert_int_equal(r->blocks.v[0], 16);
	assert_int_equal(r->params.n, 0);
	assert_int_equal(r->flags, ALG_VALID);
	good(ADD "-k 128-256 -i 64 -K 192 -I 8 -M 16 -S 4 -F GCM,COUNTER -f -s",
	    ALGOPTS_ADD);
	assert_int_equal(r->keys.v[0], 192);
	assert_int_equal(r->keys.v[1], 128);
	assert_int_equal(r->params.n, 3);
	assert_int_equal(r->params.v[2], 4);
	assert_int_equal(r->flags, ALG_VALID | ALG_GCM | ALG_COUNTER);
	assert_true(o.force && o.sync);
	good(ADD "-k 256,128,192", ALGOPTS_ADD);
	assert_int_equal(r->key_incr, 0);
	assert_int_equal(r->keys.n, 3);
	assert_int_equal(r->keys.v[0], 256);
	/* the default goes to the front, the others keep their order */
	good(ADD "-k 256,128,192 -K 192", ALGOPTS_ADD);
	assert_int_equal(r->keys.v[0], 192);
	assert_int_equal(r->keys.v[1], 256);
	assert_int_equal(r->keys.v[2], 128);
	good(ADD "-k 256 -F 22", ALGOPTS_ADD);
	assert_int_equal(r->flags, 23);
	good(ADD "-k 256 -F combined,16", ALGOPTS_ADD);
	assert_int_equal(r->flags, ALG_VALID | ALG_COMBINED | ALG_GCM);
	good(ADD "-k 256 -M 12", ALGOPTS_ADD);
	assert_int_equal(r->params.n, 2);
	assert_int_equal(r->params.v[0], 0);
}

static void
test_bad_sizes(void **state)
{
	(void)state;
	bad(ADD "-k 128-256", "-k 128-256 is a range, which needs -i");
	bad(ADD "-k 128 -i 64",
	    "-i is for a range of key sizes: -k MINIMUM-MAXIMUM");
	bad(ADD "-k 256-128 -i 64",
	    "-k 256-128: the minimum is not below the maximum");
	bad(ADD "-k 128-128 -i 64",
	    "-k 128-128: the minimum is not below the maximum");
	bad(ADD "-k 128-250 -i 64",
	    "-k 128-250: the maximum is no whole number of increments (-i 64) "
	    "above the minimum");
	bad(ADD "-k 128-256 -i 64 -K 130",
	    "-K 130 is not one of the key sizes");
	bad(ADD "-k 128-256 -i 64 -K 64", "-K 64 is not one of the key sizes");
	bad(ADD "-k 128-256 -i 64 -K 320",
	    "-K 320 is not one of the key sizes");
	bad(ADD "-k 128,256 -K 192", "-K 192 is not one of the key sizes");
	bad(ADD "-k 128,,256", "-k: \"\" is not a number from 1 to 65535");
	bad(ADD "-k 0", "-k: \"0\" is not a number from 1 to 65535");
	bad(ADD "-k 65536", "-k: \"65536\" is not a number from 1 to 65535");
	bad(ADD "-k 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17",
	    "-k: more than 16 sizes");
	bad(ADD "-k 0-256 -i 64", "-k: \"0\" is not a number from 1 to 65535");
	bad(ADD "-k 128-x -i 64", "-k: \"x\" is not a number from 1 to 65535");
	bad(ADD "-k 128-256 -i 0", "-i: \"0\" is not a number from 1 to 65535");
	bad(ADD "-k 8 -K -1", "-K: \"-1\" is not a number from 1 to 65535");
	bad(ADD "-k 8 -I 0", "-I: \"0\" is not a number from 1 to 65535");
	bad(ADD "-k 8 -M x", "-M: \"x\" is not a number from 1 to 65535");
	bad(ADD "-k 8 -S 1.5", "-S: \"1.5\" is not a number from 1 to 65535");
	bad("-a -P 3 -N 1 -n a -m m -k 8 -b 0",
	    "-b: \"0\" is not a number from 1 to 65535");
}

static void
test_bad_words(void **state)
{
	(void)state;
	bad("-a -P 3 -N 0 -n a -m m -k 8 -b 8",
	    "-N: \"0\" is not a number from 1 to 255");
	bad("-a -P 3 -N 256 -n a -m m -k 8 -b 8",
	    "-N: \"256\" is not a number from 1 to 255");
	bad("-a -P 0 -N 1 -n a -m m -k 8 -b 8",
	    "-P: \"0\" is not a number from 1 to 255");
	bad(ADD "-k 8 -F CMOBINED",
	    "-F: \"CMOBINED\" is neither a number nor a flag (VALID, COUNTER, "
	    "COMBINED, CCM, GCM); did you mean \"COMBINED\"?");
	bad(ADD "-k 8 -F ,", "-F: \"\" is neither a number nor a flag (VALID, "
			     "COUNTER, COMBINED, CCM, GCM)");
	bad(ADD "-k 8 -F 65536",
	    "-F: \"65536\" is neither a number nor a flag (VALID, COUNTER, "
	    "COMBINED, CCM, GCM)");
	bad("-a -P 3 -N 1 -n a -m CKM_3456789012345678901234567890 -k 8 -b 8x",
	    "-m: \"CKM_3456789012345678901234567890\" is too long");
	bad("-e asink -P 3",
	    "-e: \"asink\" is no execution mode (sync, async); "
	    "did you mean \"async\"?");
	bad("-e fast -P 3", "-e: \"fast\" is no execution mode (sync, async)");
	bad("-r -P 3 -n a,b", "-r takes one name, not a list");
	bad("-x", "unknown option -x");
	bad("--jsen", "unknown option --jsen");
	bad("-a -P", "-P needs a value");
	bad("more", "\"more\" is no option");
	bad("-e sync -P 3 -P 3", "-P twice");
}

static void
test_what_goes_together(void **state)
{
	static const char needed[] = "nNkbm";
	char line[200];

	(void)state;
	bad("-a -r -P 3", "only one of -a, -r, -R and -l at a time");
	bad("-l -R", "only one of -a, -r, -R and -l at a time");
	bad("-l -s", "-s wants another command than -l");
	bad("-l -P 3", "-P wants another command than -l");
	bad("-r -P 3 -p ESP -n x", "either -P or -p, not both");
	bad("-r -e sync -P 3 -n x", "-e goes with -P and -p only");
	bad("-r -P 3", "-r needs -n or -N, one of them");
	bad("-r -P 3 -n a -N 1", "-r needs -n or -N, one of them");
	bad("-r -n a", "which protocol? -P number or -p name");
	bad("-R", "which protocol? -P number or -p name");
	bad("-e sync", "which protocol? -P number or -p name");
	bad("-a -n a", "which protocol? -P number or -p name");
	bad("-r -P 3 -n a -f", "-f wants another command than -r");
	bad("-R -P 3 -n a", "-n wants another command than -R");
	bad("-e sync -P 3 -f", "-f wants another command than -e");
	bad("-P 3", "-P wants a command (-a, -r, -R, -e, or -P with -p)");
	bad("-f", "-f wants a command (-a, -r, -R, -e, or -P with -p)");
	bad("-s -f",
	    "-f wants a command (-a, -r, -R, -e, or -P with -p) besides -s");
	bad("-P 3 -p x -n a",
	    "-n wants another command: -P with -p adds a protocol");
	bad("-s --json", "--json is for listings");
	bad("-r -P 3 -n a --json", "--json is for listings");
	for (const char *l = needed; *l != '\0'; l++) {
		static const char *const all[] = { "-n a", "-N 1", "-k 8",
			"-b 8", "-m m" };
		char want[40];

		(void)snprintf(line, sizeof(line), "-a -P 3");
		for (const char *k = needed; *k != '\0'; k++)
			if (k != l)
				(void)snprintf(line + strlen(line), 20, " %s",
				    all[k - needed]);
		(void)snprintf(want, sizeof(want), "-a needs -%c", *l);
		bad(line, want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_bad_sizes),
		cmocka_unit_test(test_bad_words),
		cmocka_unit_test(test_what_goes_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
