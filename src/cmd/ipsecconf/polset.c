/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/ipsecconf/polset.h"

#include <string.h>

#include "cmd/ipsecconf/polrun.h"
#include "cmd/pol/poltext.h"

int
polset_tell(
    struct pollink *l, uint8_t type, uint8_t spdid, bool all, const char *what)
{
	struct pfpolicy_msg m = { .type = type,
		.spdid = spdid,
		.has = all ? 1u << SPD_EXT_TUN_NAME : 0 };
	struct pfpolicy_msg reply;
	enum pollink_result res = pollink_ask(l, &m, &reply);
	int e = POLRUN_OK;

	if (res == POLLINK_BROKEN)
		e = polrun_broken(l);
	else if (res == POLLINK_REFUSED) {
		poltext_say(
		    "ipsecd can not %s: %s", what, polrun_refusal(&reply));
		e = POLRUN_ERROR;
	}
	pfpolicy_fini(&reply);
	return e;
}

static int
stage(struct polcache *c)
{
	int err = polcache_stage(c);

	if (err == 0)
		return POLRUN_OK;
	poltext_say("%s: %s", c->path, strerror(err));
	return POLRUN_ERROR;
}

static int
commit(struct polcache *c)
{
	int err = polcache_commit(c);

	if (err == 0)
		return POLRUN_OK;
	poltext_say("the policy is changed, but not its copy %s: %s", c->path,
	    strerror(err));
	return POLRUN_ERROR;
}

int
polset_finish(struct pollink *l, struct polcache *c, int e)
{
	bool flipped;

	if (e == POLRUN_OK)
		e = stage(c);
	if (e == POLRUN_OK)
		e = polset_tell(l, SPD_FLIP, SPD_STANDBY, false,
		    "make the new policy the active one");
	flipped = e == POLRUN_OK;
	if (flipped)
		e = commit(c);
	/* the old policy, or what was made of the new one */
	if (l->to.fault == LINK_OK) {
		int e2 = polset_tell(l, SPD_FLUSH, SPD_STANDBY, true,
		    "flush the copy of the policy");

		if (e == POLRUN_OK)
			e = e2;
	}
	if (!flipped)
		poltext_say("policy not modified");
	return e;
}
