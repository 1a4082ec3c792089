/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <pthread.h>
#include <solipsec/ipsecalg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/test.h"

#include "lib/algfile.h"

static char dir[] = "/tmp/getipsecalg.XXXXXX", path[64], tmp[64];

static void
put_file(const char *text)
{
	FILE *f = fopen(tmp, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(rename(tmp, path), 0);
}

static void
use(const char *file)
{
	assert_int_equal(setenv("SOLIPSEC_IPSECALGS", file, 1), 0);
}

static void
test_lookup(void **state)
{
	struct ipsecalgent *e;
	int err = 99;

	(void)state;
	use(ETC_IPSECALGS);
	e = getipsecalgbyname("AES", IPSEC_PROTO_ESP, &err);
	assert_non_null(e);
	assert_int_equal(err, 0);
	assert_string_equal(e->a_names[0], "aes-cbc");
	assert_string_equal(e->a_names[1], "aes");
	assert_null(e->a_names[2]);
	assert_int_equal(e->a_proto_num, 3);
	assert_int_equal(e->a_alg_num, 12);
	assert_string_equal(e->a_mech_name, "CKM_AES_CBC");
	assert_int_equal(e->a_block_sizes[0], 16);
	assert_int_equal(e->a_block_sizes[1], 0);
	assert_int_equal(e->a_key_increment, 64);
	assert_int_equal(e->a_key_sizes[0], 128);
	assert_int_equal(e->a_key_sizes[1], 128);
	assert_int_equal(e->a_key_sizes[2], 256);
	assert_int_equal(e->a_mech_params[0], 0);
	assert_int_equal(e->a_alg_flags, IPSECALG_VALID);
	freeipsecalgent(e);

	e = getipsecalgbynum(20, IPSEC_PROTO_ESP, NULL);
	assert_non_null(e);
	assert_int_equal(e->a_mech_params[0], 8);
	assert_int_equal(e->a_mech_params[1], 16);
	assert_int_equal(e->a_mech_params[2], 4);
	assert_int_equal(e->a_mech_params[3], 0);
	assert_int_equal(e->a_alg_flags, IPSECALG_VALID | IPSECALG_COUNTER |
					     IPSECALG_COMBINED | IPSECALG_GCM);
	freeipsecalgent(e);

	e = getipsecalgbyname("sha", IPSEC_PROTO_AH, &err);
	assert_non_null(e);
	assert_int_equal(e->a_key_increment, 0);
	assert_int_equal(e->a_key_sizes[0], 160);
	assert_int_equal(e->a_key_sizes[1], 0);
	freeipsecalgent(e);
	freeipsecalgent(NULL);
}

static void
test_errors(void **state)
{
	int err = 0;

	(void)state;
	use(ETC_IPSECALGS);
	assert_null(getipsecalgbyname("aes-cbd", IPSEC_PROTO_ESP, &err));
	assert_int_equal(err, ENOENT);
	assert_null(getipsecalgbyname("aes", IPSEC_PROTO_AH, &err));
	assert_int_equal(err, ENOENT);
	assert_null(getipsecalgbyname("aes", 4, &err));
	assert_int_equal(err, EINVAL);
	assert_null(getipsecalgbyname(NULL, IPSEC_PROTO_ESP, &err));
	assert_int_equal(err, EFAULT);
	assert_null(getipsecalgbyname("", IPSEC_PROTO_ESP, &err));
	assert_int_equal(err, ENOENT);
	assert_null(getipsecalgbynum(268, IPSEC_PROTO_ESP, &err));
	assert_int_equal(err, ENOENT);
	assert_null(getipsecalgbynum(-1, IPSEC_PROTO_ESP, &err));
	assert_int_equal(err, ENOENT);
	assert_null(getipsecalgbynum(12, -1, &err));
	assert_int_equal(err, EINVAL);
	assert_null(getipsecalgbynum(12, 259, &err));
	assert_int_equal(err, EINVAL);
	assert_null(getipsecalgbyname("x", 3, NULL));
}

static void
test_protocols(void **state)
{
	char *name;

	(void)state;
	use(ETC_IPSECALGS);
	assert_int_equal(getipsecprotobyname("PROTO_IPSEC_AH"), 2);
	assert_int_equal(getipsecprotobyname("proto_ipsec_esp"), 3);
	/* what the manual pages of Solaris call them */
	assert_int_equal(getipsecprotobyname("IPSEC_PROTO_ESP"), 3);
	assert_int_equal(getipsecprotobyname("PROTO_IPCOMP"), -1);
	assert_int_equal(getipsecprotobyname(NULL), -1);
	name = getipsecprotobynum(3);
	assert_string_equal(name, "PROTO_IPSEC_ESP");
	free(name);
	assert_null(getipsecprotobynum(4));
	assert_null(getipsecprotobynum(-1));
}

/* A change of the file is seen by the next call; so is a broken or no file. */
static void
test_reread(void **state)
{
	struct ipsecalgent *e;
	int err;

	(void)state;
	put_file("PROTO|3|ESP|sync\nALG|3|12|one|CKM_AES_CBC|128|16\n");
	use(path);
	e = getipsecalgbyname("one", 3, &err);
	assert_non_null(e);
	freeipsecalgent(e);
	assert_int_equal(getipsecprotobyname("IPSEC_PROTO_AH"), -1);
	for (int i = 0; i < 50; i++) {
		char text[120], name[8];

		(void)snprintf(name, sizeof(name), "n%02d", i);
		(void)snprintf(text, sizeof(text),
		    "PROTO|3|ESP|sync\nALG|3|12|%s|CKM_AES_CBC|128|16\n", name);
		put_file(text);
		e = getipsecalgbyname(name, 3, &err);
		assert_non_null(e);
		freeipsecalgent(e);
		assert_null(getipsecalgbyname("one", 3, &err));
	}
	put_file("PROTO|3|ESP|sync\nALG|3|12\n");
	assert_null(getipsecalgbyname("n49", 3, &err));
	assert_int_equal(err, EINVAL);
	/* no file: the table that is built in */
	assert_int_equal(unlink(path), 0);
	e = getipsecalgbyname("aes-gcm", 3, &err);
	assert_non_null(e);
	freeipsecalgent(e);
}

static atomic_bool stop;

static void *
reader(void *arg)
{
	long n = 0;

	(void)arg;
	while (!stop) {
		int err;
		struct ipsecalgent *e = getipsecalgbyname("one", 3, &err);

		if (e == NULL || strcmp(e->a_names[0], "one") != 0 ||
		    (e->a_alg_num != 12 && e->a_alg_num != 13))
			return NULL;
		freeipsecalgent(e);
		n++;
	}
	return n != 0 ? &stop : NULL;
}

/* Readers in threads, while the file changes below them. */
static void
test_threads(void **state)
{
	static const char *const texts[] = {
		"PROTO|3|ESP|sync\nALG|3|12|one|CKM_AES_CBC|128|16\n",
		"PROTO|3|ESP|sync\nALG|3|13|one|CKM_AES_CTR|128|16\n",
	};
	pthread_t t[4];

	(void)state;
	put_file(texts[0]);
	use(path);
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&t[i], NULL, reader, NULL), 0);
	for (int i = 0; i < 300; i++)
		put_file(texts[i % 2]);
	stop = true;
	for (int i = 0; i < 4; i++) {
		void *ok;

		assert_int_equal(pthread_join(t[i], &ok), 0);
		assert_non_null(ok);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lookup),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_protocols),
		cmocka_unit_test(test_reread),
		cmocka_unit_test(test_threads),
	};
	int failed;

	if (mkdtemp(dir) == NULL)
		return 1;
	(void)snprintf(path, sizeof(path), "%s/ipsecalgs", dir);
	(void)snprintf(tmp, sizeof(tmp), "%s/next", dir);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	(void)unlink(path);
	(void)unlink(tmp);
	(void)rmdir(dir);
	return failed;
}
