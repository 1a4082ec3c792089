/* SPDX-License-Identifier: BSD-2-Clause */
/* tunset - make tunnel interfaces of this host what their configuration says. */
#ifndef CMD_TUNSET_H
#define CMD_TUNSET_H

#include <jansson.h>

#include "conf/tunconf.h"

enum tunset_how {
	TUNSET_CREATE,
	TUNSET_MODIFY,
	TUNSET_EITHER /* whichever it takes: boot, and boot again */
};

struct tunset {
	const char *link;
	enum tunset_how how;
	uint8_t type; /* FAM_NONE: to be modified only */
	bool implicit;
	/* policy is to be there for it: without, nothing passes */
	bool secure;
	const struct tunconf *conf;
	struct lex *lx; /* where errors about algorithms are reported */
};

/*
 * Policy first, then the interface, its addresses and flags. What went wrong is
 * printed; one that was to be made is then not there. The exit status.
 */
int tunset_do(const struct tunset *s);
int tunset_delete(const char *link);

/* The answer to tunnel-list; NULL: printed why. The caller's. */
json_t *tunset_list(void);
/* The row of that link, borrowed from the answer; NULL: there is none. */
const json_t *tunset_row(const json_t *list, const char *link);

/* One line of an error on standard error: a conf_report; ctx is not used. */
void tunset_report(void *ctx, const struct conf_error *e);
/* Names by the system's tables, as struct tunconf_env has it. */
bool tunset_resolve(void *ctx, const char *name, uint8_t fam, struct addr *out);

#endif /* CMD_TUNSET_H */
