/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/ipsecconf/polopts.h"

#include <stdio.h>
#include <unistd.h>

#include "conf/lex.h"
#include "model/rule.h"

const char polopts_usage[] = "usage:\tipsecconf\n"
			     "\tipsecconf -a file [-q]\n"
			     "\tipsecconf -c file\n"
			     "\tipsecconf -d index [-i tunnel] [-q]\n"
			     "\tipsecconf -d tunnel,index [-q]\n"
			     "\tipsecconf -f [-i tunnel] [-q]\n"
			     "\tipsecconf -F [-q]\n"
			     "\tipsecconf -f -a file [-q]\n"
			     "\tipsecconf -F -a file [-q]\n"
			     "\tipsecconf -l [-i tunnel] [-n]\n"
			     "\tipsecconf -L [-n]\n";

/* The options as they were seen, before they are put together. */
struct seen {
	bool a, c, d, f, F, l, L, i;
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
	int n = s->a + s->c + s->d + s->f + s->F + s->l + s->L;
	bool pair = s->a && n == 2 && (s->f || s->F);

	if (n > 1 && !pair)
		return fail(o, "multiple commands");
	o->replace = pair && s->f;
	o->replace_all = pair && s->F;
	o->cmd = s->a	? POLOPTS_ADD
		 : s->c ? POLOPTS_CHECK
		 : s->d ? POLOPTS_DELETE
		 : s->f ? POLOPTS_FLUSH
		 : s->F ? POLOPTS_FLUSH_ALL
		 : s->l ? POLOPTS_LIST
		 : s->L ? POLOPTS_LIST_ALL
			: POLOPTS_VIEW;
	if (s->i && o->cmd != POLOPTS_DELETE && o->cmd != POLOPTS_FLUSH &&
	    o->cmd != POLOPTS_LIST)
		return fail(o, "interface name not required");
	return true;
}

/* A value of getopt() into s and o. */
static bool
take(struct polopts *o, struct seen *s, int letter)
{
	switch (letter) {
	case 'a':
	case 'c':
		if (s->a || s->c)
			return fail(o, "multiple commands");
		*(letter == 'a' ? &s->a : &s->c) = true;
		o->file = optarg;
		return true;
	case 'd':
		if (s->d)
			return fail(o, "multiple commands");
		s->d = true;
		s->index = optarg;
		return true;
	case 'f':
		s->f = true;
		return true;
	case 'F':
		s->F = true;
		return true;
	case 'l':
		s->l = true;
		return true;
	case 'L':
		s->L = true;
		return true;
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
		return fail(o,
		    "-r is not in this release; delete with -d, or edit the "
		    "file and replace the policy with -F -a");
	case ':':
		(void)snprintf(o->error, sizeof(o->error),
		    "option -%c lacks its value", optopt);
		return false;
	default:
		(void)snprintf(
		    o->error, sizeof(o->error), "unknown option -%c", optopt);
		return false;
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
	while ((letter = getopt(argc, argv, "+:nlfLFa:qd:r:i:c:")) != -1)
		if (!take(o, &s, letter))
			return false;
	/* some pages have "-c -f file": the -f is then -c's value */
	if (s.c && strcmp(o->file, "-f") == 0 && argc - optind == 1)
		o->file = argv[optind++];
	if (optind < argc)
		return fail(o, "too many arguments");
	if (!choose(o, &s))
		return false;
	return !s.d || read_index(o, s.index, s.i);
}
