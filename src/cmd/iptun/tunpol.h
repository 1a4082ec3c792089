/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tunpol - the simple policy of ifconfig's keywords: everything in a tunnel has
 * this protection, by transport-mode SAs between its ends (spec: policy 26).
 */
#ifndef CMD_TUNPOL_H
#define CMD_TUNPOL_H

#include "cmd/pol/pollink.h"
#include "conf/ipsecinit.h"
#include "conf/tunconf.h"

enum tunpol_what {
	TUNPOL_NOTHING, /* nothing was said, or it is in force already */
	TUNPOL_SET,
	TUNPOL_CLEAR,
	TUNPOL_IGNORED /* ipsecconf has set the tunnel's policy */
};

struct tunpol {
	enum tunpol_what what;
	char link[RULE_TUN_NAME];
	struct ipsecalgs names;
	struct ipsecinit policy;
	struct pollink l;
};

/*
 * What the keywords mean for the tunnel of that name; nothing is changed. Errors
 * are reported at the keywords: an algorithm that is not known, tunnel-mode
 * policy that is in force (EBUSY). False: there was one. tunpol_free() in every
 * case.
 */
MUST_USE bool tunpol_plan(struct tunpol *p, const char *link,
    const struct tunconf *c, struct lex *lx);
/* Do it, at one moment. 0, or errno and a line in text. */
int tunpol_apply(struct tunpol *p, char text[POLLINK_TEXT]);
void tunpol_free(struct tunpol *p);

#endif /* CMD_TUNPOL_H */
