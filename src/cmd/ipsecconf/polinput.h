/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * polinput - a policy file on its way into a command: its text, and its entries
 * with the names and algorithms that they were read with. Messages are printed;
 * functions that return int give the exit status, POLRUN_OK to go on.
 */
#ifndef CMD_IPSECCONF_POLINPUT_H
#define CMD_IPSECCONF_POLINPUT_H

#include "cmd/ipsecconf/polopts.h"
#include "cmd/pol/pollink.h"
#include "cmd/pol/poltext.h"
#include "conf/ipsecinit.h"

struct polinput {
	struct poltext text;
	struct ipsecalgs names;
	size_t n_algs;
	struct alg algs[PFPOLICY_MAX_ALGS];
	struct ipsecinit policy;
};

/* *missing: there is no file, which is all right for a service (policy 13). */
int polinput_read(struct polinput *in, const struct polopts *o, bool *missing);
/* Ask ipsecd for the algorithms that it offers, into in. */
int polinput_algs(struct polinput *in, struct pollink *l);
/* Instead, without ipsecd: those of /etc/inet/ipsecalgs that can be computed. */
int polinput_table(struct polinput *in);
/* The entries; in->algs are set. All errors were reported. */
int polinput_parse(struct polinput *in);
/*
 * A message about an entry, in the shape of those about its text; detail is for
 * the format's one %s.
 */
void polinput_say(struct polinput *in, const struct ipsecinit_entry *entry,
    enum conf_severity severity, const char *format, const char *detail);
/* Harmless on what is all zero. */
void polinput_free(struct polinput *in);

#endif /* CMD_IPSECCONF_POLINPUT_H */
