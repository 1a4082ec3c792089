/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kame - PF_KEY v2 messages as Linux has them: RFC 2367 with the extensions of
 * KAME and the numbers of <linux/pfkeyv2.h> (spec: pfkey 14). The part that both
 * dialects share is the noun of wire/pfkey.h.
 *
 * Differences that are easily missed: SPI ranges are in host byte order here;
 * keys count their salt, in and out; lengths within X_POLICY are in bytes.
 */
#ifndef WIRE_KAME_H
#define WIRE_KAME_H

#include "wire/pfkey.h"

/* Types of messages from 12 on; below they are those of enum pfkey_type. */
enum kame_type {
	KAME_X_PCHANGE = 12,
	KAME_X_SPDUPDATE,
	KAME_X_SPDADD,
	KAME_X_SPDDELETE,
	KAME_X_SPDGET,
	KAME_X_SPDACQUIRE,
	KAME_X_SPDDUMP,
	KAME_X_SPDFLUSH,
	KAME_X_SPDSETIDX,
	KAME_X_SPDEXPIRE,
	KAME_X_SPDDELETE2,
	KAME_X_NAT_T_NEW_MAPPING,
	KAME_X_MIGRATE,
	KAME_TYPE_N
};

/* Extensions from 17 on; up to 16 they are those of enum pfkey_ext. */
enum kame_ext {
	KAME_EXT_KMPRIVATE = 17,
	KAME_EXT_POLICY,
	KAME_EXT_SA2,
	KAME_EXT_NATT_TYPE,
	KAME_EXT_NATT_SPORT,
	KAME_EXT_NATT_DPORT,
	KAME_EXT_NATT_OA,
	KAME_EXT_SEC_CTX,
	KAME_EXT_KMADDRESS,
	KAME_EXT_FILTER,
	KAME_EXT_N
};

enum { KAME_SATYPE_IPCOMP = 9 };
enum { KAME_PROTO_ANY = 255 }; /* in addresses of policy */
enum { KAME_AALG_NULL = 251 }; /* no integrity */
enum { KAME_NATT_NONE, KAME_NATT_ESPINUDP = 2 };
enum kame_mode { KAME_MODE_ANY, KAME_MODE_TRANSPORT, KAME_MODE_TUNNEL };
enum kame_dir { KAME_DIR_IN = 1, KAME_DIR_OUT, KAME_DIR_FWD };
enum kame_policy_type {
	KAME_POLICY_DISCARD,
	KAME_POLICY_NONE,
	KAME_POLICY_IPSEC
};
enum kame_level {
	KAME_LEVEL_DEFAULT,
	KAME_LEVEL_USE,
	KAME_LEVEL_REQUIRE,
	KAME_LEVEL_UNIQUE
};

/* SA flags that are not those of wire/pfkey.h. */
#define KAME_SAF_NOPMTUDISC UINT32_C(0x20000000)
#define KAME_SAF_DECAP_DSCP UINT32_C(0x40000000)
#define KAME_SAF_NOECN	    UINT32_C(0x80000000)

#define KAME_MAX_REQS 6 /* transforms of one policy */

struct kame_req {
	uint16_t proto; /* IP protocol: 50, 51, 108 */
	uint8_t mode, level;
	uint32_t reqid;
	struct addr src, dst; /* FAM_NONE: not there */
};

struct kame_policy {
	uint16_t type;
	uint8_t dir;
	uint32_t id, priority;
	unsigned n;
	struct kame_req req[KAME_MAX_REQS]; /* innermost first */
};

struct kame_msg {
	struct pfkey_msg m; /* type is of this dialect; has: up to bit 16 */
	uint64_t has;	    /* 1 << enum kame_ext */
	uint8_t mode;	    /* SA2 */
	uint32_t sa2_seq, reqid;
	struct kame_policy pol;
	uint8_t natt;	       /* KAME_NATT_* */
	uint16_t sport, dport; /* of UDP, host order */
	struct pfkey_addr oa;
};

static inline bool
kame_has(const struct kame_msg *k, enum kame_ext e)
{
	return (k->has >> e & 1) != 0;
}

/*
 * As pfkey_parse(), without diagnostics, which this dialect has not. What is
 * known but not supported (security contexts, filters, addresses for migration)
 * is read over, with its bit set in k->has.
 */
MUST_USE int kame_parse(struct kame_msg *k, const void *msg, size_t n);
/* As pfkey_write(). */
MUST_USE bool kame_write(struct wr *w, const struct kame_msg *k);

#endif /* WIRE_KAME_H */
