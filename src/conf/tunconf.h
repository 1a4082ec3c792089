/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tunconf - what is said about a tunnel interface in /etc/hostname.ip.tunN, or
 * behind the name on a command line, in the words of Solaris' ifconfig (spec:
 * services 7). Pure: names are looked up by the caller.
 *
 *   10.16.16.6 10.1.3.3 tsrc 192.168.116.16 tdst 192.168.13.213 router up
 */
#ifndef CONF_TUNCONF_H
#define CONF_TUNCONF_H

#include "base/wr.h"

#include "conf/lex.h"
#include "model/addr.h"

#define TUNCONF_ADDRS 16 /* pairs of inner addresses */
#define TUNCONF_ALG   41 /* an algorithm as typed, with NUL */

enum {
	TUNCONF_TSRC = 1,
	TUNCONF_TDST = 2,
	TUNCONF_HOPLIMIT = 4,
	TUNCONF_ENCAPLIMIT = 8,
	TUNCONF_DF = 16,
	TUNCONF_ROUTER = 32,
	TUNCONF_UP = 64,
	TUNCONF_PRIVATE = 128,
	TUNCONF_MTU = 256,
	TUNCONF_ENCR = 512,
	TUNCONF_ENCR_AUTH = 1024,
	TUNCONF_AUTH = 2048
};
#define TUNCONF_ALGS (TUNCONF_ENCR | TUNCONF_ENCR_AUTH | TUNCONF_AUTH)

enum tunconf_df { TUNCONF_DF_COPY, TUNCONF_DF_SET, TUNCONF_DF_CLEAR };

struct tunconf_pair {
	struct addr local, remote; /* remote FAM_NONE: not said */
	uint8_t len; /* of the local net; all bits when it was not said */
};

struct tunconf {
	unsigned has; /* TUNCONF_* that were said */
	struct addr tsrc, tdst;
	uint8_t hoplimit, encaplimit, df;
	bool router, up, is_private; /* false: -router, down, -private */
	uint32_t mtu;
	size_t n_pairs;
	struct tunconf_pair pair[TUNCONF_ADDRS];
	/* "none": no such protection; "" : not said */
	char encr[TUNCONF_ALG], encr_auth[TUNCONF_ALG], auth[TUNCONF_ALG];
	/* where the first of them stands, for errors about them */
	struct lex_tok algs_at;
};

struct tunconf_env {
	/*
	 * The first address of that family (FAM_NONE: of any) that the name has.
	 * False: none. Literals do not come here.
	 */
	bool (*resolve)(
	    void *ctx, const char *name, uint8_t fam, struct addr *out);
	void *ctx;
	/* Outer family, inner family of the file; FAM_NONE: any. */
	uint8_t type, inner;
	conf_report *report;
	void *report_ctx;
};

/*
 * All of a text; every mistake in it is reported. False: there was one. The
 * tokens in *c point into the text.
 */
MUST_USE bool tunconf_read(struct tunconf *c, const struct tunconf_env *env,
    const char *file, const void *text, size_t n);

/* One line and a newline, to be read again; w->bad when it does not fit. */
void tunconf_print(struct wr *w, const struct tunconf *c);

/*
 * What `more` says goes over what c says; its addresses, if any, are instead of
 * those of their family.
 */
void tunconf_merge(struct tunconf *c, const struct tunconf *more);

/*
 * Is it the name of an interface whose configuration is a hostname file:
 * ip.tunN, ip6.tunN? *type: outer family. ip.6to4tunN: *type FAM_NONE.
 */
bool tunconf_is_name(const char *name, uint8_t *type);

/* Does it ask for any protection; do its algorithms differ from "none"? */
MUST_USE bool tunconf_protects(const struct tunconf *c);

#endif /* CONF_TUNCONF_H */
