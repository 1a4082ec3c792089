/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pfpolicy - PF_POLICY messages between ipsecconf and ipsecd (spec: policy 16).
 * Same conventions as pfkey. Ports are in network order on the wire. Numbers
 * are those of the public header.
 */
#ifndef WIRE_PFPOLICY_H
#define WIRE_PFPOLICY_H

#include <net/pfpolicy_numbers.h>

#include "base/wr.h"

#include "model/alg.h"
#include "model/rule.h"

#define PFPOLICY_VERSION PF_POLICY_V1
#define PFPOLICY_MAX	 65528 /* bytes of the longest message */
#define PFPOLICY_HEADER	 16

enum { SPD_TYPE_N = SPD_MAX + 1, SPD_EXT_N = SPD_EXT_MAX + 1 };

/* X-list of diagnostics (spec: policy 16), as pfkey_diag.h. */
#include "wire/pfpolicy_diag.h"

#define PFPOLICY_MAX_ALGS  128
#define PFPOLICY_ALG_SIZES 16

struct pfpolicy_sizes {
	uint8_t n;
	uint16_t v[PFPOLICY_ALG_SIZES];
};

struct pfpolicy_alg { /* one row of ALGLIST and DUMPALGS answers */
	uint8_t table, id;
	uint8_t uses;	/* ALGLIST: where policy may name it; ACT_AH, .. */
	uint16_t flags; /* ALG_VALID when it is usable */
	uint16_t key_min, key_max, key_def, key_incr;
	/*
	 * DUMPALGS and UPDATEALGS only. keys: default, minimum and maximum when
	 * key_incr is not 0; else all there are, the default first. Writing needs
	 * keys, reading sets both. blocks, params (IV, MAC, salt): bytes.
	 */
	struct pfpolicy_sizes keys, blocks, params;
	char mech[SPD_MECHNAME_MAX];
};

struct pfpolicy_msg {
	uint8_t type, errnum, spdid;
	uint16_t diag;
	uint32_t seq, pid;
	unsigned has; /* bit 1 << SPD_EXT_* */
	/*
	 * LCLPORT .. ACTION, RULE, TUN_NAME: rule.sel.has agrees with has.
	 * rule.fam is that of the addresses or of RULE's flags, FAM_NONE
	 * without. TUN_NAME with an empty rule.tun: the host and all tunnels;
	 * without it: the host.
	 */
	struct rule rule;
	uint32_t ruleset_count;
	uint64_t ruleset_version;
	/* ALGLIST, DUMPALGS answers and UPDATEALGS, carried in ACTION attributes */
	unsigned n_algs;
	struct pfpolicy_alg alg[PFPOLICY_MAX_ALGS];
	/* DUMPALGS answers and UPDATEALGS: execution modes, by table */
	bool async_auth, async_encr;
};

static inline bool
pfpolicy_has(const struct pfpolicy_msg *m, unsigned ext)
{
	return (m->has >> ext & 1) != 0;
}

/*
 * Read one whole message of n bytes. Returns 0, or the errno for the reply and
 * *diag; of a bad message the base fields that were readable are set. Whatever
 * *m held is overwritten. Nothing is borrowed; m->rule owns its actions:
 * pfpolicy_fini(), after a failure too.
 */
MUST_USE int pfpolicy_parse(
    struct pfpolicy_msg *m, uint16_t *diag, const void *msg, size_t n);
/*
 * Write the message with the extensions of m->has, in ascending order of type.
 * rule.sel.has says which selectors there are, whatever m->has says. False
 * when it does not fit into w, or into one message.
 */
MUST_USE bool pfpolicy_write(struct wr *w, const struct pfpolicy_msg *m);
/* Frees what m owns. Harmless on an all-zero message. */
void pfpolicy_fini(struct pfpolicy_msg *m);

const char *pfpolicy_type_text(unsigned type); /* "ADDRULE", ... */
const char *pfpolicy_diag_text(unsigned diag); /* one sentence; never NULL */

#endif /* WIRE_PFPOLICY_H */
