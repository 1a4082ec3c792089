/* SPDX-License-Identifier: BSD-2-Clause */
/* stat - `solipsec stat': what ipsecd counts, for people or as JSON. */
#ifndef CMD_STAT_H
#define CMD_STAT_H

/* argv[0] is "stat". Returns the exit status. */
int stat_run(int argc, char **argv);

/*
 * Print the document, a NUL-terminated JSON text, to standard output; all: also
 * what is zero. Returns the exit status.
 */
int stat_print(const char *text, int all);

#endif /* CMD_STAT_H */
