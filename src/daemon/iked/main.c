/* SPDX-License-Identifier: BSD-2-Clause */
/* in.iked - keys for IPsec, negotiated (RFC 7296): its parent, and its parts. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/ikelint.h"
#include "daemon/iked/engproc.h"
#include "daemon/iked/ikefiles.h"
#include "daemon/iked/keyproc.h"
#include "daemon/iked/parent.h"
#include "daemon/iked/rules.h"
#include "io/log.h"

static void
usage(FILE *f)
{
	(void)fprintf(f,
	    "usage: in.iked [-d] [-f FILE] [-p LEVEL] [--foreground] "
	    "[--inet FOLDER]\n"
	    "       in.iked -c [-f FILE]\n"
	    "  -c                check the configuration and exit\n"
	    "  -d                stay in the foreground, and say more\n"
	    "  -f FILE           in place of " IKEFILES_INET "/" IKEFILES_CONFIG
	    "\n"
	    "  -p LEVEL          of ikeadm: 0 base, 1 modkeys, 2 keymat\n"
	    "  --foreground      stay in the foreground\n"
	    "  --inet FOLDER     in place of " IKEFILES_INET "\n");
}

static bool
read_level(const char *text, int *level)
{
	static const char *const names[] = { "base", "modkeys", "keymat" };

	for (int i = 0; i < 3; i++)
		if (strcmp(text, names[i]) == 0 ||
		    (text[0] == '0' + i && text[1] == '\0')) {
			*level = i;
			return true;
		}
	return false;
}

static bool
put(char path[PATH_MAX], const char *text)
{
	return snprintf(path, PATH_MAX, "%s", text) < PATH_MAX;
}

/* False: the arguments are wrong. */
static bool
read_options(struct parent_options *o, bool *check, int argc, char **argv)
{
	static const struct option words[] = {
		{ "foreground", no_argument, NULL, 'F' },
		{ "inet", required_argument, NULL, 'I' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	bool ok = put(o->inet, IKEFILES_INET);
	int c;

	while (
	    ok && (c = getopt_long(argc, argv, "cdf:hp:", words, NULL)) != -1)
		switch (c) {
		case 'c':
			*check = true;
			break;
		case 'd':
			o->debug = o->foreground = true;
			break;
		case 'F':
			o->foreground = true;
			break;
		case 'f':
			ok = put(o->config, optarg);
			break;
		case 'I':
			ok = put(o->inet, optarg);
			break;
		case 'p':
			ok = read_level(optarg, &o->privilege);
			break;
		case 'h':
			usage(stdout);
			exit(0);
		default:
			ok = false;
			break;
		}
	if (ok && o->config[0] == '\0')
		ok = snprintf(o->config, PATH_MAX, "%s/" IKEFILES_CONFIG,
			 o->inet) < PATH_MAX;
	return ok && optind == argc;
}

/* in.iked -c also says what is no error and hardly meant. */
static void
warn(void *ctx, const struct conf_error *e)
{
	char text[CONF_LINE];

	(void)ctx;
	log_say(LOG_LEVEL_WARN, "%s", lex_error_print(text, e));
}

static void
lint(const struct intake *files, const struct rules *r,
    const struct ikekeys *keys)
{
	const struct ikelint_env env = { .keys = keys, .report = warn };
	const struct intake_file *f = intake_find(files, IKEIPC_CONFIG, NULL);

	(void)ikelint_config(&r->cfg, f->name, &env);
	f = intake_find(files, IKEIPC_PRESHARED, NULL);
	if (f != NULL)
		(void)ikelint_keys(keys, f->name, &env);
}

/* -c: what is wrong with the files goes to standard error. */
static int
check_files(const struct parent_options *o)
{
	char why[IKEFILES_TEXT], text[IKEIPC_TEXT];
	struct intake files;
	struct ikekeys keys = { 0 };
	struct rules *r = NULL;
	bool ok = ikefiles_read(&files, o->config, o->inet, why);

	if (!ok) {
		(void)fprintf(stderr, "in.iked: %s\n", why);
		return 1;
	}
	r = rules_read(&files, NULL, false, text);
	ok = r != NULL && rules_keys(&keys, &files, false, text);
	if (ok)
		lint(&files, r, &keys);
	else
		(void)fprintf(stderr, "in.iked: %s\n", text);
	ikekeys_fini(&keys);
	rules_free(r);
	intake_clear(&files);
	return ok ? 0 : 1;
}

int
main(int argc, char **argv)
{
	static struct parent_options o;
	bool check = false;

	if (argc == 2 && strcmp(argv[1], PARENT_ENGINE) == 0)
		return engproc_main();
	if (argc == 2 && strcmp(argv[1], PARENT_KEYSTORE) == 0)
		return keyproc_main();
	if (!read_options(&o, &check, argc, argv)) {
		usage(stderr);
		return 2;
	}
	log_init("in.iked", o.debug);
	if (check)
		return check_files(&o);
	if (geteuid() != 0) {
		log_say(LOG_LEVEL_ERR, "only root can start in.iked");
		return 1;
	}
	return parent_main(&o);
}
