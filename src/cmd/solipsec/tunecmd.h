/* SPDX-License-Identifier: BSD-2-Clause */
/* tunecmd - `solipsec tune': the tunables of ipsecd, read and changed. */
#ifndef CMD_TUNECMD_H
#define CMD_TUNECMD_H

#include <jansson.h>
#include <stdio.h>

#include "base/rd.h"

/* argv[0] is "tune". Returns the exit status. */
int tunecmd_run(int argc, char **argv);

/*
 * Print those of the answer to tune-get whose name, alias or driver fits one of
 * the n patterns (none: all); verbose: with what they do. How many there were.
 */
size_t tunecmd_print(FILE *f, const json_t *answer, char *const *pattern,
    size_t n, bool verbose);

/*
 * One line of a file: "NAME VALUE" or "NAME = VALUE", '#' begins a comment.
 * Returns what tune-set wants of it, NULL for a line without words. False: *why
 * says what is wrong.
 */
MUST_USE bool tunecmd_line(json_t **set, const char **why, const char *line);

#endif /* CMD_TUNECMD_H */
