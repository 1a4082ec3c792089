/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * keylist - the commands of a whole text, read before the first of them is
 * done: a file with an error does nothing.
 */
#ifndef CMD_IPSECKEY_KEYLIST_H
#define CMD_IPSECKEY_KEYLIST_H

#include <stdio.h>

#include "conf/ipseckeys.h"

struct keylist {
	struct ipseckeys_cmd *c;
	size_t n, cap;
	bool no_memory;
	FILE *err;	 /* NULL: errors are only counted */
	const char *who; /* the program's name, before each error */
	struct ipseckeys_result res;
};

/*
 * Read text. Errors and warnings go to err, a line each. lookup: names are
 * looked up. True when there was no error.
 */
MUST_USE bool keylist_read(struct keylist *l, const char *file,
    enum ipseckeys_from from, bool lookup, const char *text, size_t n);
/* Wipes. Harmless on one that was not read. */
void keylist_fini(struct keylist *l);

#endif /* CMD_IPSECKEY_KEYLIST_H */
