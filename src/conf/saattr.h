/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * saattr - the attributes of an SA in the language of ipseckey(8): one
 * row each. Private to ipseckeys.
 */
#ifndef CONF_SAATTR_H
#define CONF_SAATTR_H

#include "conf/ipseckeys.h"

/* What may be said once; src and src6 are the same thing. */
enum saattr_slot {
	SLOT_SPI,
	SLOT_PAIR_SPI,
	SLOT_REPLAY,
	SLOT_REPLAY_VALUE,
	SLOT_ESN,
	SLOT_STATE,
	SLOT_AUTH_ALG,
	SLOT_ENCR_ALG,
	SLOT_ENCAP,
	SLOT_SOFT_ALLOC,
	SLOT_SOFT_BYTES,
	SLOT_SOFT_ADDTIME,
	SLOT_SOFT_USETIME,
	SLOT_HARD_ALLOC,
	SLOT_HARD_BYTES,
	SLOT_HARD_ADDTIME,
	SLOT_HARD_USETIME,
	SLOT_IDLE_ADDTIME,
	SLOT_IDLE_USETIME,
	SLOT_SRC,
	SLOT_DST,
	SLOT_MORE_SRC,
	SLOT_MORE_DST,
	SLOT_SPORT,
	SLOT_DPORT,
	SLOT_PROTO,
	SLOT_ISRC,
	SLOT_IDST,
	SLOT_ISPORT,
	SLOT_IDPORT,
	SLOT_IPROTO,
	SLOT_NAT_LOC,
	SLOT_NAT_REM,
	SLOT_NAT_LPORT,
	SLOT_NAT_RPORT,
	SLOT_AUTHKEY,
	SLOT_ENCRKEY,
	SLOT_RESERVED_BITS,
	SLOT_SRCID,
	SLOT_DSTID,
	SLOT_INBOUND,
	SLOT_OUTBOUND,
	SLOT_REFUSED,
	SLOT_N
};

/* The addresses that src or dst stands for. */
struct saattr_addrs {
	struct lex_tok at;
	size_t n;
	struct addr a[IPSECKEYS_ADDRS];
};

/* One line as it is read. */
struct saattr_line {
	struct lex lx;
	const struct ipseckeys_input *in;
	struct lex_tok at;	/* the command's word */
	struct ipseckeys_cmd c; /* spec without src and dst */
	uint64_t seen;		/* 1 << enum saattr_slot */
	struct lex_tok where[SLOT_N];
	struct saattr_addrs src, dst;
};

static inline bool
saattr_saw(const struct saattr_line *l, enum saattr_slot s)
{
	return (l->seen >> s & 1) != 0;
}

/* How the value is written. */
enum saattr_kind {
	K_NUMBER, /* into the field at off, of size bytes */
	K_WINDOW,
	K_STATE,
	K_ALG,
	K_ENCAP,
	K_ADDR,
	K_MORE,	 /* several addresses, with commas between them */
	K_INNER, /* address with prefix length */
	K_NAT,
	K_KEY,
	K_IVBITS,
	K_IDENT,
	K_FLAG, /* no value: sets an SA flag */
	K_LABEL,
	K_ROUTE,
	K_REFUSED
};

struct saattr {
	struct ipseckeys_help help;
	uint8_t slot, kind; /* enum saattr_slot, saattr_kind */
	bool name;	    /* one that get and delete take, too */
	bool v6;	    /* IPv6 addresses of the name only */
	uint16_t off, size;
	uint32_t flag;
};

/*
 * Read all attributes up to the end of the line into l. name_only: those that
 * get, delete and delete-pair take (spec: sa 8).
 */
void saattr_read(struct saattr_line *l, bool name_only);

/* The row of this name, or NULL. */
const struct saattr *saattr_find(const struct lex_tok *t);
/* The i-th row, NULL past the end. */
const struct saattr *saattr_row(size_t i);

/* True when t could be a key, which no message may repeat. */
MUST_USE bool saattr_secret(const struct lex_tok *t);

/* Go on to the end of the line. */
void saattr_skip(struct saattr_line *l);

#endif /* CONF_SAATTR_H */
