/* SPDX-License-Identifier: BSD-2-Clause */
/* solipsec - what an administrator may ask beyond Solaris' own commands. */
#include <stdio.h>
#include <string.h>

#include "cmd/solipsec/packet.h"
#include "cmd/solipsec/run.h"
#include "cmd/solipsec/stat.h"
#include "cmd/solipsec/tunecmd.h"

static int show_help(int argc, char **argv);
static int show_version(int argc, char **argv);

/* argv[0] is the subcommand's name. Returns the exit status. */
static const struct {
	const char *name, *help;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "help", "this list", show_help },
	{ "packet", "open or seal the packets of a capture", packet_main },
	{ "run", "run a program with IPsec policy on its sockets", run_main },
	{ "stat", "what ipsecd counts, and why packets were dropped",
	    stat_run },
	{ "tune", "what may be changed while ipsecd runs", tunecmd_run },
	{ "version", "the version of solipsec", show_version },
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void
list(FILE *f)
{
	(void)fprintf(f, "usage: solipsec COMMAND [ARGUMENT ...]\n");
	for (size_t i = 0; i < N_COMMANDS; i++)
		(void)fprintf(
		    f, "  %-10s %s\n", commands[i].name, commands[i].help);
}

static int
show_help(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	list(stdout);
	return 0;
}

static int
show_version(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	(void)printf("solipsec " SOLIPSEC_VERSION "\n");
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc < 2) {
		list(stderr);
		return 2;
	}
	for (size_t i = 0; i < N_COMMANDS; i++)
		if (strcmp(commands[i].name, argv[1]) == 0)
			return commands[i].run(argc - 1, argv + 1);
	(void)fprintf(stderr, "solipsec: unknown command `%s'\n", argv[1]);
	list(stderr);
	return 2;
}
