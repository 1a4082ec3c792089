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
	uint16_t sport, dport; /* outer selectors */
	uint8_t proto;
	uint16_t natt_lport;
	uint32_t reqid;	      /* of PF_KEY's policy that it is for; 0: none */
	uint32_t acquire_seq; /* of the ACQUIRE that asked for it, or 0 */
	struct addr natt_loc, natt_rem; /* IPv4 or FAM_NONE */
	/* tunnel mode: of the outer header, IPv6 */
	uint32_t flow_label;
};

/* What no packet that goes the fast way has to read. */
struct sa_rest {
	struct sa_extra *extra; /* or NULL: sa_extra(), sa_make_extra() */
	uint64_t added;		/* mono ms */
	uint32_t added_wall, used_wall; /* s since 1970; of the first use */
	uint64_t iv_first; /* counter-mode IVs begin here (spec: sa 21) */
	uint64_t drops;	   /* packets that found this SA */
	uint32_t pair_spi;
	/* replay window as it was said, packets; 0: none */
	uint32_t window : 17;
	uint32_t soft_jitter : 8; /* s taken off soft addtime of outbound SAs */
	uint32_t given_iv : 1;	  /* the initial IV was given behind the key */
	/* its direction was told from its addresses, not said */
	uint32_t guessed : 1;
	uint32_t seen_dead : 1; /* since last_use, which is not used any more */
};

/* What those have that have none. */
extern const struct sa_extra sa_no_extra;
extern const struct sa_lives sa_no_lives;
extern const struct sa_ident sa_no_ident;

#endif /* CORE_SAREST_H */
