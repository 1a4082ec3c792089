/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sarest - what belongs to an SA and is not in its core (core/sa.h): what packets
 * seldom need, and what few SAs have.
 */
#ifndef CORE_SAREST_H
#define CORE_SAREST_H

#include "base/list.h"

#include "model/saspec.h"

/* Time as the caller sees it; core has no clock of its own. */
struct now {
	uint64_t mono; /* ms, never goes back: lifetimes and timers */
	uint64_t wall; /* s since 1970: only shown to people */
};

enum df_mode { DF_COPY, DF_SET, DF_CLEAR };

/* One of the destinations by which the SADB finds an SA. */
struct sa_name {
	struct link id_link, out_link;
	struct sa *sa;
	const struct addr *dst;
};

/* Lifetimes as they were said; only of SAs that have any. */
struct sa_lives {
	struct lifetime hard, soft, idle;
};

/* What few SAs have; only of those. */
struct sa_extra {
	struct sa_lives *lives; /* NULL: none */
	struct sa_more *more;	/* RFC 3554: NULL: none */
	/* no longer than their text: copy with saspec_copy_ident(). NULL: none */
	struct sa_ident *sid, *did;
	uint64_t kmc;
	uint32_t kmp;
	uint64_t keepalive;	  /* mono ms, last NAT keepalive sent */
	struct prefix isrc, idst; /* inner selectors, tunnel mode */
	uint8_t iproto;
	uint16_t isport, idport;
	struct addr natt_loc, natt_rem; /* IPv4 or FAM_NONE */
	/* tunnel mode: of the outer header, IPv6 */
	uint32_t flow_label;
};

/* What no packet that goes the fast way has to read. */
struct sa_rest {
	/* the SADB's: see core/satable.h */
	struct sa_name name;
	struct sa_name *more_names; /* extra->more->n_dst of them, or NULL */
	struct link sel_link, all_link;
	uint64_t serial; /* goes up with each SA: the newest has the greatest */
	struct sa_extra *extra; /* or NULL: sa_extra(), sa_make_extra() */
	void *replay_mem;	/* of windows that do not fit into the SA */
	struct now added;
	uint64_t used_wall; /* of the first use */
	uint64_t iv_first;  /* counter-mode IVs begin here (spec: sa 21) */
	uint64_t drops;	    /* packets that found this SA */
	uint64_t died;
	uint32_t window; /* replay window as it was said, packets; 0: none */
	uint32_t pair_spi;
	uint32_t reqid;	       /* of PF_KEY's policy that it is for; 0: none */
	uint32_t acquire_seq;  /* of the ACQUIRE that asked for it, or 0 */
	uint32_t soft_jitter;  /* s taken off soft addtime of outbound SAs */
	uint16_t sport, dport; /* outer selectors */
	uint8_t proto;
	uint8_t auth, encr; /* model/alg.h numbers; 0: none */
	bool given_iv;	    /* the initial IV was given behind the key */
	bool guessed; /* its direction was told from its addresses, not said */
	bool seen_dead; /* since died, mono ms */
};

/* What those have that have none. */
extern const struct sa_extra sa_no_extra;
extern const struct sa_lives sa_no_lives;
extern const struct sa_ident sa_no_ident;

#endif /* CORE_SAREST_H */
