/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ipsecinit - the policy file ipsecinit.conf: text to rules (spec: policy 3-14).
 *
 * Pure: names of hosts, services and protocols are looked up by the caller,
 * and what algorithms there are is the caller's to say.
 */
#ifndef CONF_IPSECINIT_H
#define CONF_IPSECINIT_H

#include "conf/ipsecalgs.h"
#include "conf/lex.h"
#include "model/alg.h"
#include "model/rule.h"

#define IPSECINIT_ADDRS	  32   /* addresses of one name */
#define IPSECINIT_ENTRY	  8192 /* bytes of one entry */
#define IPSECINIT_LINE	  1023 /* bytes of one line */
#define IPSECINIT_ACTIONS 20   /* alternatives of one entry */

enum ipsecinit_names {
	IPSECINIT_HOSTS,
	IPSECINIT_SERVICES,
	IPSECINIT_PROTOCOLS
};

struct ipsecinit_env {
	/*
	 * Addresses of a host name (full length) or a network name, at most
	 * max; returns how many there are, 0 when the name is unknown.
	 * Literals do not come here.
	 */
	size_t (*resolve)(
	    void *ctx, const char *name, struct prefix *out, size_t max);
	bool (*service)(void *ctx, const char *name, uint16_t *port);
	bool (*protocol)(void *ctx, const char *name, uint8_t *proto);
	/*
	 * Names that there are, NULL-terminated, to find the one that was meant;
	 * NULL, as function or as result: they are not known.
	 */
	const char *const *(*known)(void *ctx, enum ipsecinit_names which);
	void *ctx;
	const struct ipsecalgs *names; /* what algorithms are called */
	/* What ipsecd offers, in order of preference; name, aliases unused. */
	const struct alg *algs;
	size_t n_algs;
	conf_report *report;
	void *report_ctx;
};

/* One entry of the file and the PF_POLICY messages that it makes. */
struct ipsecinit_entry {
	unsigned line, col; /* where it begins */
	const char *text;   /* as typed, borrowed from the file's text */
	size_t len;
	size_t n_rules;
	/* dir may be RULE_BOTH, fam FAM_NONE; priority set, index 0 */
	struct rule *rule;
};

struct ipsecinit {
	size_t n;
	struct ipsecinit_entry *entry;
	unsigned bad;		   /* entries with an error */
	unsigned errors, warnings; /* reported */
};

/*
 * The whole file; every error in it is reported. False: it has one, or memory
 * is short (then errors is 0); there are no entries then, since nothing of a
 * bad file may be applied. Always ipsecinit_fini() out.
 */
MUST_USE bool ipsecinit_read(struct ipsecinit *out,
    const struct ipsecinit_env *env, const char *file, const void *text,
    size_t n);
void ipsecinit_fini(struct ipsecinit *p);

#endif /* CONF_IPSECINIT_H */
