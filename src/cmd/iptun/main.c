/* SPDX-License-Identifier: BSD-2-Clause */
/* iptun - tunnel interfaces: made, changed, deleted, shown; and at boot. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/iptun/tunargs.h"
#include "cmd/iptun/tunfile.h"
#include "cmd/iptun/tunset.h"
#include "cmd/iptun/tunshow.h"
#include "cmd/pol/poltext.h"

static int
usage(FILE *f)
{
	(void)fprintf(f,
	    "usage: iptun create [-t] -T ipv4|ipv6 [-s tsrc] [-d tdst]\n"
	    "                    [-p property=value,...] link [keyword ...]\n"
	    "       iptun modify [-t] [-s tsrc] [-d tdst]\n"
	    "                    [-p property=value,...] link [keyword ...]\n"
	    "       iptun delete [-t] link\n"
	    "       iptun show [-P] [[-p] -o field,...] [--json] [link]\n"
	    "       iptun -f file ...\n"
	    "       iptun boot\n");
	return f == stderr ? 2 : 0;
}

/* create and modify. */
static int
change(bool create, int argc, char **argv)
{
	struct tunargs a;
	struct tunset s = { .how = create ? TUNSET_CREATE : TUNSET_MODIFY };
	struct lex lx;
	int status = tunargs_read(&a, create, argc, argv);

	if (status == 0 && !a.temporary && !tunfile_can_save(a.link, !create))
		status = 1;
	if (status == 0) {
		lx = lex_from("arguments", a.text, 0, 0, tunset_report, NULL);
		s.link = a.link;
		s.type = a.type;
		s.conf = &a.conf;
		s.lx = &lx;
		status = tunset_do(&s);
	}
	if (status == 0 && !a.temporary)
		status = tunfile_save(a.link, &a.conf, !create);
	tunargs_free(&a);
	return status == 2 ? usage(stderr) : status;
}

static int
delete_link(int argc, char **argv)
{
	bool temporary = false;
	int c, status;

	while ((c = getopt(argc, argv, "t")) != -1) {
		if (c != 't')
			return usage(stderr);
		temporary = true;
	}
	if (optind != argc - 1)
		return usage(stderr);
	status = tunset_delete(argv[optind]);
	if (status == 0 && !temporary)
		status = tunfile_remove(argv[optind]);
	return status;
}

static int
show(int argc, char **argv)
{
	static const struct option words[] = {
		{ "json", no_argument, NULL, 'J' },
		{ 0 },
	};
	struct tunshow o = { 0 };
	char bad[32];
	int c;

	while ((c = getopt_long(argc, argv, "Ppo:", words, NULL)) != -1) {
		if (c == 'P')
			o.persistent = true;
		else if (c == 'p')
			o.parseable = true;
		else if (c == 'o')
			o.fields = optarg;
		else if (c == 'J')
			o.json = true;
		else
			return usage(stderr);
	}
	if (argc - optind > 1 || (o.parseable && o.fields == NULL))
		return usage(stderr);
	if (o.fields != NULL && !tunshow_fields(o.fields, bad)) {
		poltext_say("\"%s\" is no field (link, type, flags, source, "
			    "destination, hoplimit, encaplimit, df, mtu, "
			    "policy, state, up, router, addresses; all)",
		    bad);
		return 2;
	}
	o.link = argv[optind];
	return tunshow_run(&o);
}

static int
files(int argc, char **argv)
{
	/* -f is followed by all of them */
	if (argc < 3)
		return usage(stderr);
	return tunfile_apply(argv + 2, (size_t)(argc - 2));
}

int
main(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "";
	size_t n = strlen(word);

	if (strcmp(word, "-f") == 0)
		return files(argc, argv);
	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
		return usage(stdout);
	/* dladm's names do as well */
	if (n > 6 && strcmp(word + n - 6, "-iptun") == 0)
		n -= 6;
	argc--;
	argv++;
	if (n == 6 && strncmp(word, "create", n) == 0)
		return change(true, argc, argv);
	if (n == 6 && strncmp(word, "modify", n) == 0)
		return change(false, argc, argv);
	if (n == 6 && strncmp(word, "delete", n) == 0)
		return delete_link(argc, argv);
	if (n == 4 && strncmp(word, "show", n) == 0)
		return show(argc, argv);
	if (strcmp(word, "boot") == 0 && argc == 1)
		return tunfile_boot();
	return usage(stderr);
}
