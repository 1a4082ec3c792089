/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <solipsec/ipsecalgadm.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/test.h"

#include "lib/algfile.h"

#define START                                                  \
	"# first line\n"                                       \
	"PROTO|2|PROTO_IPSEC_AH|sync\n"                        \
	"PROTO|3|PROTO_IPSEC_ESP|sync\n"                       \
	"# Start SUNWcsr\n"                                    \
	"ALG|2|2|hmac-md5,md5|CKM_MD5_HMAC_GENERAL|128|12\n"   \
	"ALG|3|12|aes-cbc,aes|CKM_AES_CBC|128/128-256,64|16\n" \
	"# End SUNWcsr\n"

static char dir[] = "/tmp/setipsecalg.XXXXXX", path[64];

static char name_new[] = "new", name_aes[] = "AES", mech[] = "CKM_AES_GCM";
static char *names[] = { name_new, NULL }, *taken[] = { name_aes, NULL };
static int keys[] = { 128, 128, 256 }, blocks[] = { 16, 0 };
static int params[] = { 8, 16, 4, 0 };

static const struct ipsecalgent gcm = { .a_names = names,
	.a_proto_num = 3,
	.a_alg_num = 250,
	.a_mech_name = mech,
	.a_block_sizes = blocks,
	.a_key_sizes = keys,
	.a_key_increment = 64,
	.a_mech_params = params,
	.a_alg_flags = IPSECALG_COUNTER | IPSECALG_COMBINED | IPSECALG_GCM };

#define GCM_LINE "ALG|3|250|new|CKM_AES_GCM|128/128-256,64|16|8,16,4|23\n"

static int
start(void **state)
{
	FILE *f;

	(void)state;
	(void)unlink(path);
	f = fopen(path, "w");
	return f == NULL || fputs(START, f) < 0 || fclose(f) != 0;
}

static void
assert_file(const char *want)
{
	char *text;
	size_t n;

	assert_int_equal(algfile_text(path, &text, &n), 0);
	assert_string_equal(text, want);
	free(text);
}

static void
test_add(void **state)
{
	struct ipsecalgent e = gcm;

	(void)state;
	assert_int_equal(addipsecalg(&gcm, 0), 0);
	assert_file(START GCM_LINE);
	assert_int_equal(addipsecalg(&gcm, 0), LIBIPSEC_ALGS_DIAG_ALG_EXISTS);
	e.a_alg_num = 251;
	e.a_names = taken;
	assert_int_equal(addipsecalg(&e, 0), LIBIPSEC_ALGS_DIAG_ALG_EXISTS);
	/* by force: that of the name goes, with its number */
	assert_int_equal(addipsecalg(&e, LIBIPSEC_ALGS_ADD_FORCE), 0);
	assert_file("# first line\n"
		    "PROTO|2|PROTO_IPSEC_AH|sync\n"
		    "PROTO|3|PROTO_IPSEC_ESP|sync\n"
		    "# Start SUNWcsr\n"
		    "ALG|2|2|hmac-md5,md5|CKM_MD5_HMAC_GENERAL|128|12\n"
		    "# End SUNWcsr\n" GCM_LINE
		    "ALG|3|251|AES|CKM_AES_GCM|128/128-256,64|16|8,16,4|23\n");
	e = gcm;
	e.a_proto_num = 7;
	assert_int_equal(addipsecalg(&e, 0), LIBIPSEC_ALGS_DIAG_UNKN_PROTO);
	e.a_alg_num = 0;
	assert_int_equal(addipsecalg(&e, 0), LIBIPSEC_ALGS_DIAG_BADENTRY);
}

static void
test_replace_in_place(void **state)
{
	struct ipsecalgent e = gcm;

	(void)state;
	e.a_alg_num = 12;
	assert_int_equal(addipsecalg(&e, LIBIPSEC_ALGS_ADD_FORCE), 0);
	assert_file("# first line\n"
		    "PROTO|2|PROTO_IPSEC_AH|sync\n"
		    "PROTO|3|PROTO_IPSEC_ESP|sync\n"
		    "# Start SUNWcsr\n"
		    "ALG|2|2|hmac-md5,md5|CKM_MD5_HMAC_GENERAL|128|12\n"
		    "ALG|3|12|new|CKM_AES_GCM|128/128-256,64|16|8,16,4|23\n"
		    "# End SUNWcsr\n");
}

static void
test_delete(void **state)
{
	(void)state;
	assert_int_equal(
	    delipsecalgbyname("none", 2), LIBIPSEC_ALGS_DIAG_UNKN_ALG);
	assert_int_equal(
	    delipsecalgbyname("md5", 3), LIBIPSEC_ALGS_DIAG_UNKN_ALG);
	assert_int_equal(
	    delipsecalgbyname("md5", 4), LIBIPSEC_ALGS_DIAG_UNKN_PROTO);
	assert_int_equal(
	    delipsecalgbyname("md5", -1), LIBIPSEC_ALGS_DIAG_UNKN_PROTO);
	assert_int_equal(
	    delipsecalgbyname(NULL, 3), LIBIPSEC_ALGS_DIAG_UNKN_ALG);
	assert_int_equal(delipsecalgbynum(300, 3), LIBIPSEC_ALGS_DIAG_UNKN_ALG);
	assert_int_equal(delipsecalgbynum(3, 9), LIBIPSEC_ALGS_DIAG_UNKN_PROTO);
	assert_file(START);
	assert_int_equal(delipsecalgbyname("MD5", 2), 0);
	assert_int_equal(delipsecalgbynum(12, 3), 0);
	assert_file("# first line\n"
		    "PROTO|2|PROTO_IPSEC_AH|sync\n"
		    "PROTO|3|PROTO_IPSEC_ESP|sync\n"
		    "# Start SUNWcsr\n"
		    "# End SUNWcsr\n");
}

static void
test_protocols(void **state)
{
	ipsecproto_exec_mode_t mode;
	int n, *list;

	(void)state;
	assert_int_equal(
	    addipsecproto("IPCOMP", 4, LIBIPSEC_ALGS_EXEC_ASYNC, 0), 0);
	assert_file(START "PROTO|4|IPCOMP|async\n");
	assert_int_equal(addipsecproto("ipcomp", 5, LIBIPSEC_ALGS_EXEC_SYNC, 0),
	    LIBIPSEC_ALGS_DIAG_PROTO_EXISTS);
	assert_int_equal(addipsecproto("x", 4, LIBIPSEC_ALGS_EXEC_SYNC, 0),
	    LIBIPSEC_ALGS_DIAG_PROTO_EXISTS);
	assert_int_equal(addipsecproto("a|b", 5, LIBIPSEC_ALGS_EXEC_SYNC, 0),
	    LIBIPSEC_ALGS_DIAG_BADENTRY);
	assert_int_equal(addipsecproto("x", 0, LIBIPSEC_ALGS_EXEC_SYNC, 0),
	    LIBIPSEC_ALGS_DIAG_BADENTRY);
	assert_int_equal(addipsecproto(NULL, 5, LIBIPSEC_ALGS_EXEC_SYNC, 0),
	    LIBIPSEC_ALGS_DIAG_BADENTRY);
	assert_int_equal(ipsecproto_get_exec_mode(4, &mode), 0);
	assert_int_equal(mode, LIBIPSEC_ALGS_EXEC_ASYNC);
	assert_int_equal(
	    ipsecproto_set_exec_mode(4, LIBIPSEC_ALGS_EXEC_SYNC), 0);
	assert_int_equal(ipsecproto_get_exec_mode(4, &mode), 0);
	assert_int_equal(mode, LIBIPSEC_ALGS_EXEC_SYNC);
	assert_int_equal(
	    ipsecproto_get_exec_mode(9, &mode), LIBIPSEC_ALGS_DIAG_UNKN_PROTO);
	assert_int_equal(ipsecproto_set_exec_mode(9, LIBIPSEC_ALGS_EXEC_SYNC),
	    LIBIPSEC_ALGS_DIAG_UNKN_PROTO);
	list = getipsecprotos(&n);
	assert_int_equal(n, 3);
	assert_int_equal(list[2], 4);
	free(list);
	list = getipsecalgs(&n, 3);
	assert_int_equal(n, 1);
	assert_int_equal(list[0], 12);
	free(list);
	assert_null(getipsecalgs(&n, 4));
	assert_int_equal(n, 0);
	assert_int_equal(delipsecprotobyname("IPCOMP"), 0);
	assert_file(START);
	assert_int_equal(delipsecprotobynum(3), 0);
	assert_file("# first line\n"
		    "PROTO|2|PROTO_IPSEC_AH|sync\n"
		    "# Start SUNWcsr\n"
		    "ALG|2|2|hmac-md5,md5|CKM_MD5_HMAC_GENERAL|128|12\n"
		    "# End SUNWcsr\n");
	assert_int_equal(delipsecprotobynum(3), LIBIPSEC_ALGS_DIAG_UNKN_PROTO);
	assert_int_equal(
	    delipsecprotobyname("x"), LIBIPSEC_ALGS_DIAG_UNKN_PROTO);
	assert_int_equal(
	    delipsecprotobyname(NULL), LIBIPSEC_ALGS_DIAG_UNKN_PROTO);
}

static void
test_files(void **state)
{
	FILE *f;

	(void)state;
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs("ALG|3\n", f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(
	    addipsecalg(&gcm, 0), LIBIPSEC_ALGS_DIAG_ALGSFILEBROKEN);
	assert_file("ALG|3\n");
	assert_int_equal(unlink(path), 0);
	/* no file: the built-in table, and the new one */
	assert_int_equal(addipsecalg(&gcm, 0), 0);
	assert_int_equal(delipsecalgbyname("aes-gcm", 3), 0);
	assert_int_equal(delipsecalgbyname("new", 3), 0);
	assert_int_equal(setenv("SOLIPSEC_IPSECALGS", "/nonexistent/x", 1), 0);
	assert_int_equal(addipsecalg(&gcm, 0), LIBIPSEC_ALGS_DIAG_ALGSFILEOPEN);
	assert_int_equal(setenv("SOLIPSEC_IPSECALGS", path, 1), 0);
}

/* Changes of many at once: none is lost. */
static void
test_many_writers(void **state)
{
	int n, *list;

	(void)state;
	for (int i = 0; i < 8; i++)
		if (fork() == 0) {
			struct ipsecalgent e = gcm;
			char name[8], *own[] = { name, NULL };
			int bad = 0;

			e.a_names = own;
			for (int k = 0; k < 5; k++) {
				e.a_alg_num = 100 + 5 * i + k;
				(void)snprintf(
				    name, sizeof(name), "n%d", e.a_alg_num);
				bad |= addipsecalg(&e, 0);
			}
			_exit(bad != 0);
		}
	for (int i = 0; i < 8; i++) {
		int status;

		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	list = getipsecalgs(&n, 3);
	assert_int_equal(n, 41);
	free(list);
}

static void
test_texts(void **state)
{
	(void)state;
	for (int i = 0; i >= LIBIPSEC_ALGS_DIAG_ALGSFILEBROKEN; i--)
		assert_string_not_equal(ipsecalgs_diag(i), "unknown result");
	assert_string_equal(ipsecalgs_diag(-16), "unknown result");
	assert_string_equal(ipsecalgs_diag(1), "unknown result");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_add, start),
		cmocka_unit_test_setup(test_replace_in_place, start),
		cmocka_unit_test_setup(test_delete, start),
		cmocka_unit_test_setup(test_protocols, start),
		cmocka_unit_test_setup(test_files, start),
		cmocka_unit_test_setup(test_many_writers, start),
		cmocka_unit_test(test_texts),
	};
	int failed;

	if (mkdtemp(dir) == NULL)
		return 1;
	(void)snprintf(path, sizeof(path), "%s/ipsecalgs", dir);
	if (setenv("SOLIPSEC_IPSECALGS", path, 1) != 0)
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	(void)unlink(path);
	(void)rmdir(dir);
	return failed;
}
