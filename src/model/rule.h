/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rule - one SPD policy entry: a direction, a family, selectors, a priority
 * and an ordered list of actions (spec: policy 12, 16, 17).
 */
#ifndef MODEL_RULE_H
#define MODEL_RULE_H

#include "model/flow.h"

#define RULE_MAX_ACTIONS 1024 /* alternatives after the expansion of "any" */
#define RULE_TUN_NAME	 32   /* bytes with NUL */

enum rule_dir { RULE_IN = 1, RULE_OUT = 2, RULE_BOTH = 3 };

/* Which selectors a rule has; a missing one is a wildcard. */
enum {
	SEL_LADDR = 1,
	SEL_RADDR = 2,
	SEL_PROTO = 4,
	SEL_LPORT = 8,
	SEL_RPORT = 16,
	SEL_TYPE = 32,
	SEL_CODE = 64 /* only together with SEL_TYPE */
};

struct sel {
	unsigned has; /* SEL_* */
	struct prefix laddr, raddr;
	uint8_t proto;
	uint16_t lport_min, lport_max, rport_min, rport_max;
	uint8_t type_min, type_max, code_min, code_max;
};

enum action_type { ACT_DROP = 1, ACT_PASS = 2, ACT_IPSEC = 3 };

/* Values of the PF_POLICY FLAGS attribute. */
enum {
	ACT_AH = 1,
	ACT_ESP = 2,
	ACT_SELFENCAP = 4,
	ACT_UNIQUE = 0x10,
	ACT_BYPASS = 0x20,
	ACT_ESPA = 0x40, /* ESP authentication named */
	/* of PF_KEY's policy, which names no algorithms: whatever the SA has */
	ACT_ANYALG = 0x80
};

struct action {
	uint8_t type;			   /* enum action_type */
	uint8_t flags;			   /* ACT_* */
	uint8_t ah_alg, esp_alg, espa_alg; /* model/alg.h numbers, 0: unused */
	uint16_t ah_min, ah_max; /* key bits, meaningful with the algorithm */
	uint16_t esp_min, esp_max;
	uint16_t espa_min, espa_max;
};

/* In such an order that nothing is wasted: there may be 100,000. */
struct rule {
	uint64_t index;		/* given by the SPD, from 1 */
	struct action *actions; /* owned: rule_fini() */
	struct sel sel;
	uint32_t priority;
	/*
	 * Of PF_KEY's policy (core/kspd.h): its number, 0 for any other rule; the
	 * tunnel's ends, where it names them; which SAs it means, 0: any.
	 */
	uint32_t key_id, esp_reqid, ah_reqid;
	struct addr end_local, end_remote; /* FAM_NONE: any */
	uint8_t
	    dir; /* RULE_IN or RULE_OUT in the SPD; RULE_BOTH in a message */
	uint8_t fam; /* FAM_V4, FAM_V6; FAM_NONE in a message: both */
	bool tunnel_mode;
	char tun[RULE_TUN_NAME]; /* "": the host's SPD */
	uint16_t n_actions;
};

/* Priority boosts, policy 12. */
enum {
	RULE_PRIO_BASE = 0x000fffff,
	RULE_PRIO_AH = 0x00200000,
	RULE_PRIO_ESP = 0x00400000,
	RULE_PRIO_PASS = 0x00800000
};

/* Append a copy. False: no memory, or RULE_MAX_ACTIONS are there. */
MUST_USE bool rule_add_action(struct rule *r, const struct action *a);
/* dst becomes a copy of src with actions of its own. False: no memory; dst is empty. */
MUST_USE bool rule_copy(struct rule *dst, const struct rule *src);
/* Frees the actions and empties r. Harmless on an all-zero rule. */
void rule_fini(struct rule *r);

/* True when every selector present in s matches f. */
MUST_USE bool sel_match(const struct sel *s, const struct flow *f);
/* Same selectors, bit for bit: then a rule is a duplicate (policy 12). */
MUST_USE bool sel_equal(const struct sel *a, const struct sel *b);
/*
 * True when every packet of that family that matches b matches a, too: FAM_V4 or
 * FAM_V6. What only several selectors say together is not seen.
 */
MUST_USE bool sel_covers(const struct sel *a, const struct sel *b, uint8_t fam);
MUST_USE bool action_equal(const struct action *a, const struct action *b);

#endif /* MODEL_RULE_H */
