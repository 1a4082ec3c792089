/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * polrun - what every command of ipsecconf needs: ipsecd, the cache, the way
 * to end. All messages are printed; functions that return int give the exit
 * status to end with, POLRUN_OK to go on.
 */
#ifndef CMD_IPSECCONF_POLRUN_H
#define CMD_IPSECCONF_POLRUN_H

#include "cmd/ipsecconf/polopts.h"
#include "cmd/pol/polcache.h"
#include "cmd/pol/pollink.h"

enum {
	POLRUN_OK = 0,
	POLRUN_ERROR = 1,
	POLRUN_SMF_FATAL = 95, /* a bad configuration, to SMF */
	POLRUN_SMF_PERM = 100  /* a missing privilege, to SMF */
};

/* True when a service runs the command (spec: policy 13). */
MUST_USE bool polrun_is_service(void);
/* The exit status for an error in what the administrator gave. */
int polrun_fatal(void);

int polrun_connect(struct pollink *l);
/* Prints why a question went wrong; returns the exit status. */
int polrun_broken(const struct pollink *l);
/* The sentence for a refusal that has no better one. */
const char *polrun_refusal(const struct pfpolicy_msg *in);

/* Prints why a question about o->tun was refused; returns the exit status. */
int polrun_refused(const struct polopts *o, const struct pfpolicy_msg *in);

/*
 * Before policy changes: say what a person should know, hold all signals,
 * take the lock and read the cache. end() gives all of it back.
 */
int polrun_begin_change(struct polcache *c, const struct polopts *o);
void polrun_end_change(struct polcache *c);
/* Write the cache of a change that ipsecd made already. */
int polrun_save(struct polcache *c);

#endif /* CMD_IPSECCONF_POLRUN_H */
