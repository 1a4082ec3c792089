/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pfpolicy - PF_POLICY messages between ipsecconf and ipsecd (spec: policy 16).
 * Same conventions as pfkey. Ports are in network order on the wire.
 */
#ifndef WIRE_PFPOLICY_H
#define WIRE_PFPOLICY_H

#include "base/wr.h"

#include "model/alg.h"
#include "model/rule.h"

#define PFPOLICY_VERSION 1
#define PFPOLICY_MAX	 65528
#define PFPOLICY_HEADER	 16

enum pfpolicy_type {
	SPD_FLUSH = 1,
	SPD_ADDRULE,
	SPD_DELETERULE,
	SPD_FLIP,
	SPD_LOOKUP,
	SPD_DUMP,
	SPD_CLONE,
	SPD_ALGLIST,
	SPD_DUMPALGS,
	SPD_UPDATEALGS,
	SPD_TYPE_N
};

enum { SPD_ACTIVE = 0, SPD_STANDBY = 1 };

enum pfpolicy_ext {
	SPD_EXT_LCLPORT = 1,
	SPD_EXT_REMPORT,
	SPD_EXT_PROTO,
	SPD_EXT_LCLADDR,
	SPD_EXT_REMADDR,
	SPD_EXT_ACTION,
	SPD_EXT_RULE,
	SPD_EXT_RULESET,
	SPD_EXT_ICMP_TYPECODE,
	SPD_EXT_TUN_NAME,
	SPD_EXT_N
};

/* X-list of diagnostics (spec: policy 16), as pfkey_diag.h. */
#include "wire/pfpolicy_diag.h"

#define PFPOLICY_MAX_ALGS 64

struct pfpolicy_alg { /* one row of ALGLIST and DUMPALGS answers */
	uint8_t table, id;
	uint16_t flags; /* ALG_VALID when it is usable */
	uint16_t key_min, key_max, key_def, key_incr;
	uint8_t block, iv_len, icv_len, salt_len;
	char mech[32];
};

struct pfpolicy_msg {
	uint8_t type, errnum, spdid;
	uint16_t diag;
	uint32_t seq, pid;
	unsigned has; /* bit 1 << enum pfpolicy_ext */
	/* LCLPORT .. ACTION, RULE, TUN_NAME: rule.sel.has agrees with has */
	struct rule rule;
	uint32_t ruleset_count;
	uint64_t ruleset_version;
	/* ALGLIST, DUMPALGS answers and UPDATEALGS, carried in ACTION attributes */
	unsigned n_algs;
	struct pfpolicy_alg alg[PFPOLICY_MAX_ALGS];
};

/* As pfkey_parse() and pfkey_write(). Nothing is borrowed. */
MUST_USE int pfpolicy_parse(
    struct pfpolicy_msg *m, uint16_t *diag, const void *msg, size_t n);
MUST_USE bool pfpolicy_write(struct wr *w, const struct pfpolicy_msg *m);

const char *pfpolicy_diag_text(unsigned diag);

#endif /* WIRE_PFPOLICY_H */
