/* SPDX-License-Identifier: BSD-2-Clause */
/* ikeadm - manage the in.iked of this network namespace (spec: ike 7). */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/secret.h"

#include "client/adminlink.h"
#include "cmd/ikeadm/admrun.h"

#define WORDS 32
#define INPUT (1u << 20) /* bytes of one typed command */

static int
usage(FILE *f, int status)
{
	(void)fprintf(f,
	    "usage: ikeadm [-np] [--json] [COMMAND [ARGUMENT ...]]\n"
	    "       ikeadm -h\n"
	    "  -n      addresses without names\n"
	    "  -p      no keys, also where the privilege level allows them\n"
	    "  --json  answers as JSON\n"
	    "Without a command: from a prompt, until exit, quit, or the "
	    "end.\n");
	if (f == stdout)
		return admcmd_help(f, NULL) ? status : 1;
	return status;
}

static json_t *
ask(void *ctx, json_t *question, int *err, char *why, size_t n)
{
	char text[ADMINLINK_TEXT];
	json_t *answer = adminlink_ask_at(LINK_IKE, question, err, text);

	(void)ctx;
	if (answer == NULL)
		(void)snprintf(why, n, "%s", text);
	return answer;
}

/* How many { are open; those in quotes and comments do not count. */
static int
depth_of(const char *s)
{
	int depth = 0;
	bool quoted = false;

	for (; *s != '\0'; s++) {
		if (quoted && *s == '\\' && s[1] != '\0')
			s++;
		else if (*s == '"')
			quoted = !quoted;
		else if (*s == '\n')
			quoted = false;
		else if (!quoted && *s == '#')
			s += strcspn(s, "\n") - 1;
		else if (!quoted)
			depth += (*s == '{') - (*s == '}');
	}
	return depth;
}

/*
 * A command from the prompt: a line, or as many as it takes until every { has
 * its }. NULL: the end. The caller wipes and frees it.
 */
static char *
type_in(bool prompt)
{
	char *text = NULL, *line = NULL;
	size_t n = 0, cap = 0;
	ssize_t len;

	do {
		char *more;

		if (prompt) {
			(void)fputs(text == NULL ? "ikeadm> " : "> ", stdout);
			(void)fflush(stdout);
		}
		len = getline(&line, &cap, stdin);
		if (len < 0 || n + (size_t)len >= INPUT)
			break;
		/* not realloc(): there may be a key in it */
		more = malloc(n + (size_t)len + 1);
		if (more == NULL)
			break;
		if (n != 0)
			memcpy(more, text, n);
		memcpy(more + n, line, (size_t)len + 1);
		if (text != NULL)
			secret_wipe(text, n);
		free(text);
		text = more;
		n += (size_t)len;
	} while (depth_of(text) > 0);
	if (line != NULL)
		secret_wipe(line, cap);
	free(line);
	return text;
}

static bool
run_words(struct admrun *r, unsigned n, const char *const word[],
    bool arguments, bool *leave)
{
	char why[ADMCMD_TEXT];
	struct admcmd c;

	if (!admcmd_read(&c, n, word, arguments, why)) {
		(void)fprintf(stderr, "ikeadm: %s\n", why);
		return false;
	}
	*leave = c.verb == ADM_EXIT;
	return admrun_command(r, &c);
}

static int
interactive(struct admrun *r)
{
	bool prompt = isatty(STDIN_FILENO) != 0, leave = false, good = true;
	char *text;

	while (!leave && !r->lost && (text = type_in(prompt)) != NULL) {
		const char *word[WORDS];
		size_t len = strlen(text);
		unsigned n = admcmd_split(text, word, WORDS);

		if (n != 0 && word[0][0] != '#')
			good = run_words(r, n, word, false, &leave) && good;
		secret_wipe(text, len);
		free(text);
	}
	if (prompt && !leave)
		(void)putchar('\n');
	/* at a prompt everybody has seen what went wrong */
	return (prompt && !r->lost) || good ? 0 : 1;
}

/* Words from the first { on become one again. NULL: no memory. */
static char *
join(int n, char *const word[])
{
	size_t len = 1;
	char *all, *p;

	for (int i = 0; i < n; i++)
		len += strlen(word[i]) + 3;
	p = all = malloc(len);
	for (int i = 0; all != NULL && i < n; i++) {
		/* the shell has taken the quotes of what has blanks in it */
		bool quote = i != 0 && strpbrk(word[i], " \t") != NULL &&
			     strpbrk(word[i], "\"{}\n") == NULL;

		p += sprintf(p, quote ? "\"%s\" " : "%s ", word[i]);
	}
	return all;
}

static int
from_arguments(struct admrun *r, int argc, char *const argv[])
{
	const char *word[WORDS];
	unsigned n = 0;
	bool leave, good;
	char *braces = NULL;

	for (int i = 0; i < argc && n < WORDS; i++) {
		if (argv[i][0] == '{') {
			braces = join(argc - i, argv + i);
			if (braces == NULL)
				return 1;
			word[n++] = braces;
			break;
		}
		word[n++] = argv[i];
	}
	good = run_words(r, n, word, true, &leave);
	free(braces);
	return good ? 0 : 1;
}

int
main(int argc, char **argv)
{
	static const struct option longs[] = { { "json", no_argument, NULL,
						   'j' },
		{ "help", no_argument, NULL, 'h' }, { 0 } };
	struct admrun r = { .show.f = stdout, .err = stderr, .ask = ask };
	int c;

	while ((c = getopt_long(argc, argv, "+nph", longs, NULL)) != -1)
		switch (c) {
		case 'n':
			r.show.numeric = true;
			break;
		case 'p':
			r.show.paranoid = true;
			break;
		case 'j':
			r.json = true;
			break;
		case 'h':
			return usage(stdout, 0);
		default:
			return usage(stderr, 1);
		}
	if (optind == argc)
		return interactive(&r);
	return from_arguments(&r, argc - optind, argv + optind);
}
