/* SPDX-License-Identifier: BSD-2-Clause */
/* ipseckey - manage the SAs of this network namespace (spec: sa 1, 2, 9). */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/secret.h"

#include "cmd/ipseckey/keylist.h"
#include "cmd/ipseckey/keyrun.h"
#include "io/keyfile.h"

/* Exit codes that the service manager of Solaris gives a meaning. */
enum { SMF_FATAL = 95, SMF_PERMISSION = 100 };

struct options {
	bool numeric, paranoid, verbose, json;
	const char *file, *check, *save;
	bool smf; /* run for a service: its log is for all eyes */
};

static int
usage(void)
{
	(void)fprintf(stderr,
	    "usage: ipseckey [-nvp]                       commands from a "
	    "prompt\n"
	    "       ipseckey [-nvp] -f FILE               ... from a file\n"
	    "       ipseckey [-n] -c FILE                 check a file\n"
	    "       ipseckey [-nvp] -s FILE               save all SAs (-: to "
	    "the output)\n"
	    "       ipseckey [-nvp] COMMAND [ARGUMENT ...]\n"
	    "       ipseckey [-np] --json get|dump|monitor|pmonitor "
	    "[ARGUMENT ...]\n"
	    "`ipseckey help' lists the commands.\n");
	return 1;
}

/* False: the command line is wrong. */
static bool
read_options(struct options *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "json", no_argument, NULL, 'j' }, { 0 }
	};
	int c;

	*o = (struct options){ .smf = getenv("SMF_FMRI") != NULL };
	while ((c = getopt_long(argc, argv, "+pnvf:s:c:", longs, NULL)) != -1)
		switch (c) {
		case 'p':
			o->paranoid = true;
			break;
		case 'n':
			o->numeric = true;
			break;
		case 'v':
			o->verbose = true;
			break;
		case 'j':
			o->json = true;
			break;
		case 'f':
			o->file = optarg;
			break;
		case 's':
			o->save = optarg;
			break;
		case 'c':
			o->check = optarg;
			break;
		default:
			return false;
		}
	if ((o->file != NULL) + (o->save != NULL) + (o->check != NULL) +
		(optind < argc) >
	    1) {
		(void)fprintf(
		    stderr, "ipseckey: only one of -f, -c, -s and a command\n");
		return false;
	}
	if (o->json && optind >= argc) {
		(void)fprintf(stderr,
		    "ipseckey: --json goes with a command that shows SAs or "
		    "messages\n");
		return false;
	}
	return true;
}

/* What the result of r means as an exit code. */
static int
exit_code(const struct options *o, const struct keyrun *r)
{
	if (r->failed == 0)
		return 0;
	if (!o->smf)
		return 1;
	return r->forbidden ? SMF_PERMISSION : SMF_FATAL;
}

/* The errors of a file; the total last (spec: sa 10). */
static void
tell_errors(const struct options *o, const char *path, const struct keylist *l)
{
	if (o->smf)
		(void)fprintf(stderr,
		    "ipseckey: errors in %s: run `ipseckey -c %s' to see "
		    "them\n",
		    path, path);
	else if (l->res.errors == 1)
		(void)fprintf(stderr,
		    "ipseckey: 1 error in %s: nothing of it was done\n", path);
	else
		(void)fprintf(stderr,
		    "ipseckey: %u errors in %s: nothing of it was done\n",
		    l->res.errors, path);
}

/* Read the commands of a file. False, told: it is not to be used. */
static bool
load(const struct options *o, const char *path, struct keylist *l)
{
	char why[KEYFILE_TEXT];
	struct keyfile f;
	bool good;

	*l = (struct keylist){ .err = o->smf ? NULL : stderr,
		.who = "ipseckey" };
	if (!keyfile_read(&f, path)) {
		(void)fprintf(stderr, "ipseckey: %s: %s\n", path,
		    keyfile_sentence(&f, why));
		return false;
	}
	good = keylist_read(l, path, IPSECKEYS_FILE, !o->numeric, f.text, f.n);
	keyfile_free(&f);
	if (!good)
		tell_errors(o, path, l);
	else if (l->n == 0)
		(void)fprintf(stderr, "ipseckey: %s: no command in it\n", path);
	return good;
}

/* Each command, until ipsecd cannot be reached. */
static void
run_list(struct keyrun *r, const struct keylist *l)
{
	for (size_t i = 0; i < l->n && !r->lost && !r->quit; i++)
		keyrun_command(r, &l->c[i]);
}

static int
run_file(const struct options *o, struct keyrun *r)
{
	const struct ipseckeys_cmd flush = { .op = IPSECKEYS_FLUSH };
	struct keylist l;

	if (!load(o, o->file, &l)) {
		keylist_fini(&l);
		return o->smf ? SMF_FATAL : 1;
	}
	r->file = o->file;
	r->quiet = o->smf;
	/* spec: sa 9: a refresh is not to complain of duplicates */
	if (o->smf) {
		(void)printf("Flushing existing SAs before adding new ones.\n");
		keyrun_command(r, &flush);
		r->done = 0;
	}
	run_list(r, &l);
	keylist_fini(&l);
	if (r->failed != 0 && !r->lost && o->smf)
		(void)fprintf(stderr,
		    "ipseckey: %u actions failed: run `ipseckey -f %s' to see "
		    "why\n",
		    r->failed, o->file);
	(void)printf("%u actions executed successfully.\n", r->done);
	return exit_code(o, r);
}

static int
check_file(const struct options *o)
{
	struct keylist l;
	bool good = load(o, o->check, &l);

	keylist_fini(&l);
	return good ? 0 : o->smf ? SMF_FATAL : 1;
}

static int
run_save(const struct options *o, struct keyrun *r)
{
	struct ipseckeys_cmd c = { .op = IPSECKEYS_SAVE };

	if (strlen(o->save) >= sizeof(c.word)) {
		(void)fprintf(
		    stderr, "ipseckey: the file's name is too long\n");
		return 1;
	}
	memcpy(c.word, o->save, strlen(o->save));
	keyrun_command(r, &c);
	return exit_code(o, r);
}

/*
 * The arguments as one line of the language; an argument with blanks becomes
 * one token again. NULL: one that cannot be written so, or no memory.
 */
static char *
join(char **argv)
{
	size_t n = 1;
	char *line, *p;

	for (char **a = argv; *a != NULL; a++)
		n += strlen(*a) + 3;
	line = malloc(n);
	if (line == NULL)
		return NULL;
	p = line;
	*p = '\0';
	for (char **a = argv; *a != NULL; a++) {
		if (strpbrk(*a, "\"\n\\") != NULL) {
			free(line);
			return NULL;
		}
		bool quote = **a == '\0' || strpbrk(*a, " \t") != NULL;

		p += sprintf(p, quote ? "\"%s\" " : "%s ", *a);
	}
	return line;
}

/* False, told: there is nothing in it that could be JSON. */
static bool
run_json(struct keyrun *r, const struct keylist *l)
{
	enum ipseckeys_op op = l->n != 0 ? l->c[0].op : IPSECKEYS_HELP;
	bool list = op == IPSECKEYS_GET || op == IPSECKEYS_DUMP;

	if (!list && op != IPSECKEYS_MONITOR && op != IPSECKEYS_PMONITOR) {
		(void)fprintf(stderr,
		    "ipseckey: --json goes with get, dump, monitor and "
		    "pmonitor\n");
		return false;
	}
	r->json = true;
	if (list)
		keyrun_list(r, true);
	run_list(r, l);
	if (list)
		keyrun_list(r, false);
	return true;
}

static int
run_arguments(const struct options *o, struct keyrun *r, char **argv)
{
	struct keylist l = { .err = stderr, .who = "ipseckey" };
	char *line = join(argv);

	if (line == NULL) {
		(void)fprintf(stderr,
		    "ipseckey: an argument has a quote, a backslash or a "
		    "newline in it\n");
		return 1;
	}
	if (!keylist_read(&l, "command line", IPSECKEYS_ARGS, !o->numeric, line,
		strlen(line)))
		r->failed++;
	else if (!o->json)
		run_list(r, &l);
	else if (!run_json(r, &l))
		r->failed++;
	keylist_fini(&l);
	free(line);
	return exit_code(o, r);
}

/* One command, which may have been continued over several lines. */
static void
run_line(const struct options *o, struct keyrun *r, const char *text, size_t n)
{
	struct keylist l = { .err = stderr, .who = "ipseckey" };

	if (keylist_read(&l, "stdin", IPSECKEYS_PROMPT, !o->numeric, text, n))
		run_list(r, &l);
	keylist_fini(&l);
	/* what others do meanwhile is not to pile up in the socket */
	keytalk_close(&r->talk);
	r->lost = false;
}

static void
prompt(const char *text)
{
	if (isatty(STDIN_FILENO)) {
		(void)fputs(text, stdout);
		(void)fflush(stdout);
	}
}

/* Room of one command with its continued lines. */
#define COMMAND_MAX (64u << 10)

static int
run_prompt(const struct options *o, struct keyrun *r)
{
	static char text[COMMAND_MAX], buffer[BUFSIZ];
	size_t n = 0;

	/* one of our own, which can be wiped: keys pass through it */
	(void)setvbuf(stdin, buffer, _IOFBF, sizeof(buffer));
	prompt("ipseckey> ");
	while (!r->quit && fgets(text + n, (int)(sizeof(text) - n), stdin)) {
		n += strlen(text + n);
		if (n >= 2 && text[n - 1] == '\n' && text[n - 2] == '\\' &&
		    n < sizeof(text) - 1) {
			prompt("> ");
			continue;
		}
		run_line(o, r, text, n);
		secret_wipe(text, sizeof(text));
		n = 0;
		if (!r->quit)
			prompt("ipseckey> ");
	}
	if (n != 0)
		run_line(o, r, text, n);
	if (!r->quit)
		prompt("\n");
	secret_wipe(text, sizeof(text));
	secret_wipe(buffer, sizeof(buffer));
	return 0;
}

int
main(int argc, char **argv)
{
	struct options o;
	struct keyrun r;
	int status;

	if (!read_options(&o, argc, argv))
		return usage();
	(void)umask(0377);
	(void)prctl(PR_SET_DUMPABLE, 0); /* no keys in a core file */
	keyrun_init(&r);
	r.numeric = o.numeric;
	r.paranoid = o.paranoid;
	r.verbose = o.verbose;
	if (o.check != NULL)
		status = check_file(&o);
	else if (o.file != NULL)
		status = run_file(&o, &r);
	else if (o.save != NULL)
		status = run_save(&o, &r);
	else if (optind < argc)
		status = run_arguments(&o, &r, argv + optind);
	else
		status = run_prompt(&o, &r);
	keyrun_fini(&r);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		(void)fprintf(
		    stderr, "ipseckey: cannot write: %s\n", strerror(errno));
		return status != 0 ? status : 1;
	}
	return status;
}
