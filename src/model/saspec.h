/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * saspec - everything that somebody may say about a security association when
 * adding it (RFC 2367 3.1.3; spec: sa 7, 13). Addresses and keys included; its
 * owner calls saspec_fini(), which wipes the keys.
 */
#ifndef MODEL_SASPEC_H
#define MODEL_SASPEC_H

#include "base/secret.h"

#include "model/flow.h"

enum { SATYPE_UNSPEC = 0, SATYPE_AH = 2, SATYPE_ESP = 3 };

enum sa_state {
	SA_LARVAL = 0,
	SA_MATURE = 1,
	SA_DYING = 2,
	SA_DEAD = 3,
	SA_ACTIVE_ELSEWHERE = 4,
	SA_IDLE = 5,
	SA_ACTIVE = 6
};

/* PF_KEY SA flags (spec: pfkey 6). */
#define SAF_PFS	     UINT32_C(0x1)
#define SAF_NOREPLAY UINT32_C(0x2)
#define SAF_USED     UINT32_C(0x80000000)
#define SAF_UNIQUE   UINT32_C(0x40000000)
#define SAF_AALG1    UINT32_C(0x20000000)
#define SAF_AALG2    UINT32_C(0x10000000)
#define SAF_EALG1    UINT32_C(0x8000000)
#define SAF_EALG2    UINT32_C(0x4000000)
#define SAF_KM1	     UINT32_C(0x2000000)
#define SAF_KM2	     UINT32_C(0x1000000)
#define SAF_KM3	     UINT32_C(0x800000)
#define SAF_KM4	     UINT32_C(0x400000)
#define SAF_KRES1    UINT32_C(0x200000)
#define SAF_NATT_LOC UINT32_C(0x100000)
#define SAF_NATT_REM UINT32_C(0x80000)
#define SAF_ESN   \
	UINT32_C( \
	    0x40000) /* KRES2 of Solaris: 64-bit sequence numbers here (docs/adr) */
#define SAF_TUNNEL   UINT32_C(0x20000)
#define SAF_PAIRED   UINT32_C(0x10000)
#define SAF_OUTBOUND UINT32_C(0x8000)
#define SAF_INBOUND  UINT32_C(0x4000)
#define SAF_TCPSIG   UINT32_C(0x2000)
#define SAF_NATTED   UINT32_C(0x1000)

/* Seconds, bytes, packets. 0: no limit. */
struct lifetime {
	uint32_t allocs; /* Solaris: not enforced. Here: packets */
	uint64_t bytes, addtime, usetime;
};

#define SA_IDENT_MAX 256

struct sa_ident {
	uint16_t type; /* 0: none */
	uint16_t len;  /* bytes of id, without the NUL */
	uint64_t uid;  /* a number that goes with the id; 0 mostly */
	char id[SA_IDENT_MAX];
};

/*
 * RFC 3554 2: the further addresses of an SCTP association's ends. The SA is for
 * packets from any of its sources to any of its destinations.
 */
#define SA_MORE 15
struct sa_more {
	uint8_t n_src, n_dst;
	struct addr src[SA_MORE], dst[SA_MORE];
};

/* What a lookup reads comes first: it shares cache lines. */
struct sa_spec {
	uint8_t satype;
	uint8_t state;
	uint8_t auth, encr;   /* model/alg.h numbers; 0: none */
	uint32_t spi;	      /* host order */
	uint32_t flags;	      /* SAF_* */
	struct addr src, dst; /* src may be unspecified or FAM_NONE */
	/* NULL: src and dst are all. Borrowed; an SA at work has its own copy */
	const struct sa_more *more;
	uint8_t proto; /* outer selector protocol, 0: any */
	uint8_t iproto;
	uint16_t sport, dport;
	uint16_t isport, idport;
	struct prefix isrc, idst; /* inner selectors, tunnel mode */
	uint16_t natt_lport, natt_rport;
	struct addr natt_loc, natt_rem; /* IPv4 or FAM_NONE */
	uint32_t window;		/* replay window in packets; 0: none */
	uint32_t pair_spi;
	uint32_t reqid; /* of PF_KEY's policy that it is for; 0: none */
	struct lifetime hard, soft, idle;
	uint64_t
	    replay_value; /* counter to start after, 0: from the beginning */
	uint64_t kmc;
	uint32_t kmp;
	uint16_t
	    ekey_iv_bits; /* trailing bits of ekey that are an initial IV */
	/* of an SA at work: how much of the key is the algorithm's salt */
	uint8_t akey_salt_bits, ekey_salt_bits;
	struct secret akey;
	struct secret
	    ekey; /* key | salt | initial IV, as PF_KEY has it on input */
	struct sa_ident sid, did;
};

void saspec_fini(struct sa_spec *s);

/*
 * An identity, and no more of its room than it fills: either may have been made
 * with less. to has room for its text and a NUL.
 */
void saspec_copy_ident(struct sa_ident *to, const struct sa_ident *from);

#endif /* MODEL_SASPEC_H */
