/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/ipsecconf/polrun.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>

#include "cmd/pol/poltext.h"

bool
polrun_is_service(void)
{
	return getenv("SMF_FMRI") != NULL;
}

int
polrun_fatal(void)
{
	return polrun_is_service() ? POLRUN_SMF_FATAL : POLRUN_ERROR;
}

static int
denied(void)
{
	return polrun_is_service() ? POLRUN_SMF_PERM : POLRUN_ERROR;
}

int
polrun_broken(const struct pollink *l)
{
	char text[POLLINK_TEXT];

	poltext_say("%s", pollink_sentence(l, text));
	return pollink_denied(l) ? denied() : POLRUN_ERROR;
}

int
polrun_connect(struct pollink *l)
{
	return pollink_open(l) ? POLRUN_OK : polrun_broken(l);
}

const char *
polrun_refusal(const struct pfpolicy_msg *in)
{
	if (in->diag != PFPOLICY_DIAG_NONE)
		return pfpolicy_diag_text(in->diag);
	switch (in->errnum) {
	case EPERM:
	case EACCES:
		return "no permission";
	case EIO:
		return "the kernel could not be made to agree with the policy";
	default:
		return strerror(in->errnum);
	}
}

int
polrun_refused(const struct polopts *o, const struct pfpolicy_msg *in)
{
	if (in->errnum == ENOENT && o->tun[0] != '\0')
		poltext_say("there is no policy for a tunnel \"%s\"", o->tun);
	else if (in->errnum == ESRCH)
		poltext_say("there is no rule with index %" PRIu64, o->index);
	else
		poltext_say("ipsecd: %s", polrun_refusal(in));
	return polrun_fatal();
}

/* What was held before a change is held behind it. */
static sigset_t held;

static void
hold_signals(void)
{
	sigset_t all;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, &held);
}

int
polrun_begin_change(struct polcache *c, const struct polopts *o)
{
	const char *what = "ipsecpolicy.conf";
	int e;

	if (!o->quiet && !polrun_is_service())
		poltext_say("warning: what is changed by hand is gone when "
			    "ipsecd stops; permanent policy is "
			    "/etc/inet/ipsecinit.conf, loaded by the policy "
			    "service");
	hold_signals();
	e = polcache_lock(c, &what);
	if (e == 0) {
		what = c->path;
		e = polcache_load(c);
	}
	if (e == 0)
		return POLRUN_OK;
	poltext_say("%s: %s", what, strerror(e));
	polrun_end_change(c);
	return e == EPERM || e == EACCES ? denied() : POLRUN_ERROR;
}

void
polrun_end_change(struct polcache *c)
{
	polcache_close(c);
	(void)sigprocmask(SIG_SETMASK, &held, NULL);
}

int
polrun_save(struct polcache *c)
{
	int e = polcache_stage(c);

	if (e == 0)
		e = polcache_commit(c);
	if (e == 0)
		return POLRUN_OK;
	poltext_say("the policy is changed, but not its copy %s: %s", c->path,
	    strerror(e));
	return POLRUN_ERROR;
}
