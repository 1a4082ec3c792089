/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/ipsecconf/polopts.h"

#include <getopt.h>
#include <stdio.h>

#include "conf/lex.h"
#include "model/rule.h"

const char polopts_usage[] = "usage:\tipsecconf [--json]\n"
			     "\tipsecconf -a file [-q]\n"
			     "\tipsecconf -c file [-q | --strict]\n"
			     "\tipsecconf -d index [-i tunnel] [-q]\n"
			     "\tipsecconf -d tunnel,index [-q]\n"
			     "\tipsecconf -f [-i tunnel] [-q]\n"
			     "\tipsecconf -F [-q]\n"
			     "\tipsecconf -f -a file [-q]\n"
			     "\tipsecconf -F -a file [-q]\n"
			     "\tipsecconf -l [-i tunnel] [-n | --json]\n"
			     "\tipsecconf -L [-i tunnel] [-n | --json]\n"
			     "\tipsecconf -r file [-q]\n";

/* The options as they were seen, before they are put together. */
struct seen {
	bool cmd[POLOPTS_CMDS]; /* -a, -c, ... */
	bool i;
	char *index; /* one of argv's */
};

static bool
fail(struct polopts *o, const char *why)
{
	(void)snprintf(o->error, sizeof(o->error), "%s", why);
	return false;
}

/* -d's value: N, or TUNNEL,N, which is cut apart. */
static bool
read_index(struct polopts *o, char *arg, bool has_i)
{
	char *comma = strrchr(arg, ',');
	struct lex_tok t = { .s = arg, .n = strlen(arg) };

	if (comma != NULL) {
		if (has_i)
			return fail(o, "interface name already selected");
		*comma = '\0';
		o->tun = arg;
		t.s = comma + 1;
		t.n = strlen(t.s);
		if (o->tun[0] == '\0' || strlen(o->tun) >= RULE_TUN_NAME)
			return fail(o, "invalid interface name");
	}
	if (!lex_number(&t, UINT64_MAX, &o->index) || o->index == 0)
		return fail(o, "invalid index: expected a number from 1");
	return true;
}

/* One command, or -a together with -f or -F (spec: policy 2). */
static bool
choose(struct polopts *o, const struct seen *s)
{
	int n = 0;

	for (int cmd = 0; cmd < POLOPTS_CMDS; cmd++)
		if (s->cmd[cmd]) {
			o->cmd = (enum polopts_cmd)cmd;
			n++;
		}
	if (n == 2 && s->cmd[POLOPTS_ADD]) {
		o->cmd = POLOPTS_ADD;
		o->replace = s->cmd[POLOPTS_FLUSH];
		o->replace_all = s->cmd[POLOPTS_FLUSH_ALL];
	}
	if (n > 1 && !o->replace && !o->replace_all)
		return fail(o, "multiple commands");
	/* as a later manual page has it; the program of its time did not */
	if (s->i && o->cmd == POLOPTS_LIST_ALL)
		o->cmd = POLOPTS_LIST;
	if (s->i && o->cmd != POLOPTS_DELETE && o->cmd != POLOPTS_FLUSH &&
	    o->cmd != POLOPTS_LIST)
		return fail(o, "interface name not required");
	if (o->json && o->cmd != POLOPTS_VIEW && o->cmd != POLOPTS_LIST &&
	    o->cmd != POLOPTS_LIST_ALL)
		return fail(o, "--json is for listings");
	if (o->strict && o->cmd != POLOPTS_CHECK)
		return fail(o, "--strict is for -c");
	return true;
}

/* A command is given once; -a and -c have each a file, and exclude each other. */
static bool
take_cmd(struct polopts *o, struct seen *s, enum polopts_cmd cmd)
{
	bool file =
	    cmd == POLOPTS_ADD || cmd == POLOPTS_CHECK || cmd == POLOPTS_REMOVE;

	if ((file || cmd == POLOPTS_DELETE) &&
	    (s->cmd[cmd] || (file && o->file != NULL)))
		return fail(o, "multiple commands");
	s->cmd[cmd] = true;
	if (file)
		o->file = optarg;
	else if (cmd == POLOPTS_DELETE)
		s->index = optarg;
	return true;
}

enum { OPT_JSON = 256, OPT_STRICT };

static const struct option long_options[] = {
	{ "json", no_argument, NULL, OPT_JSON },
	{ "strict", no_argument, NULL, OPT_STRICT },
	{ NULL, 0, NULL, 0 },
};

/* getopt_long() sets optopt to 0 for a long option that it does not know. */
static bool
unknown(struct polopts *o, const char *word)
{
	if (optopt != 0 && optopt < OPT_JSON)
		(void)snprintf(
		    o->error, sizeof(o->error), "unknown option -%c", optopt);
	else
		(void)snprintf(
		    o->error, sizeof(o->error), "unknown option %.80s", word);
	return false;
}

/* A value of getopt() into s and o. */
static bool
take(struct polopts *o, struct seen *s, int letter, const char *word)
{
	switch (letter) {
	case 'a':
		return take_cmd(o, s, POLOPTS_ADD);
	case 'c':
		return take_cmd(o, s, POLOPTS_CHECK);
	case 'd':
		return take_cmd(o, s, POLOPTS_DELETE);
	case 'f':
		return take_cmd(o, s, POLOPTS_FLUSH);
	case 'F':
		return take_cmd(o, s, POLOPTS_FLUSH_ALL);
	case 'l':
		return take_cmd(o, s, POLOPTS_LIST);
	case 'L':
		return take_cmd(o, s, POLOPTS_LIST_ALL);
	case 'n':
		o->numeric = true;
		return true;
	case 'q':
		o->quiet = true;
		return true;
	case 'i':
		if (s->i)
			return fail(o, "interface name already selected");
		if (optarg[0] == '\0' || strlen(optarg) >= RULE_TUN_NAME)
			return fail(o, "invalid interface name");
		s->i = true;
		o->tun = optarg;
		return true;
	case 'r':
		return take_cmd(o, s, POLOPTS_REMOVE);
	case OPT_JSON:
		o->json = true;
		return true;
	case OPT_STRICT:
		o->strict = true;
		return true;
	case ':':
		(void)snprintf(o->error, sizeof(o->error),
		    "option -%c lacks its value", optopt);
		return false;
	default:
		return unknown(o, word);
	}
}

bool
polopts_read(struct polopts *o, int argc, char *argv[])
{
	struct seen s = { 0 };
	int letter;

	*o = (struct polopts){ .tun = "" };
	opterr = 0;
	optind =
	    0; /* glibc: from the beginning, also in the middle of a word */
	/* '+': an operand ends the options, as on Solaris */
	while ((letter = getopt_long(argc, argv,
		    "+:nlfLFa:qd:r:i:c:", long_options, NULL)) != -1)
		if (!take(o, &s, letter, argv[optind - 1]))
			return false;
	/* some pages have "-c -f file": the -f is then -c's value */
	if (s.cmd[POLOPTS_CHECK] && strcmp(o->file, "-f") == 0 &&
	    argc - optind == 1)
		o->file = argv[optind++];
	if (optind < argc)
		return fail(o, "too many arguments");
	if (!choose(o, &s))
		return false;
	return s.index == NULL || read_index(o, s.index, s.i);
}
