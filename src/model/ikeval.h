/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ikeval - the numbers of /etc/inet/ike/config: one row for each keyword, with
 * its default, range and unit (spec: ike 4).
 */
#ifndef MODEL_IKEVAL_H
#define MODEL_IKEVAL_H

#include "base/rd.h"

/* Bits of IKECFG_VERSION. */
enum { IKECFG_V1 = 1, IKECFG_V2 = 2, IKECFG_ANY = 3 };

enum ikecfg_auth {
	IKECFG_PRESHARED = 1,
	IKECFG_RSA_SIG,
	IKECFG_RSA_ENCRYPT, /* IKEv1 */
	IKECFG_DSS_SIG,	    /* IKEv1 */
	IKECFG_ECDSA,
	IKECFG_ED25519,
	IKECFG_ED448,
	IKECFG_PUBKEY, /* a raw public key (RFC 7670) */
	/* the initiator by EAP, the responder by certificate */
	IKECFG_EAP_MSCHAPV2,
	IKECFG_EAP_TLS,
	IKECFG_AUTHS
};

enum { IKECFG_NO = 0, IKECFG_YES = 1, IKECFG_AUTO = 2, IKECFG_FORCE = 2 };
enum { IKECFG_MAIN = 1, IKECFG_AGGRESSIVE = 2, IKECFG_BOTH = 3 };

/* Numbers. Times in seconds but where it says ms. */
enum ikecfg_value {
	/* outside of rules only */
	IKECFG_EXPIRE_TIMER, /* an exchange that does not get done */
	IKECFG_IGNORE_CRLS,
	IKECFG_USE_HTTP,
	IKECFG_USE_OCSP,
	IKECFG_RETRY_LIMIT,
	IKECFG_RETRY_INIT, /* ms */
	IKECFG_RETRY_MAX,  /* ms */
	IKECFG_P1_NONCE_LEN,
	IKECFG_P2_NONCE_LEN,
	IKECFG_MAX_SAS,		 /* IKE SAs in all */
	IKECFG_HALF_OPEN,	 /* not authenticated ones, as responder */
	IKECFG_HALF_OPEN_PEER,	 /* of one address */
	IKECFG_COOKIE_THRESHOLD, /* half-open ones: then cookies are wanted */
	/* also in rules */
	IKECFG_VERSION, /* IKECFG_V1 | IKECFG_V2 */
	IKECFG_MODE,	/* IKECFG_MAIN..IKECFG_BOTH; IKEv1 */
	IKECFG_ID_TYPE, /* enum ikeid_type of local_id */
	IKECFG_P1_LIFE,
	IKECFG_P1_SOFT,	   /* 0: 90% */
	IKECFG_REAUTH,	   /* authenticate anew after; 0: never */
	IKECFG_REKEY_FUZZ, /* percent that a soft limit is shortened by at most */
	IKECFG_P2_LIFE,
	IKECFG_P2_SOFT, /* 0: 90% */
	IKECFG_P2_IDLE, /* 0: none */
	IKECFG_P2_KB,	/* 0: none */
	IKECFG_P2_SOFT_KB,
	IKECFG_P2_PFS, /* IANA's number of the key exchange, 0: none */
	IKECFG_P2_ESN, /* NO, YES: if the peer can, FORCE */
	IKECFG_KEEP,   /* the tunnel is always brought back */
	IKECFG_DPD, /* s without a sign of life until it is asked for; 0: off */
	IKECFG_NAT_KEEPALIVE,
	IKECFG_FRAGMENTATION, /* RFC 7383 */
	IKECFG_MTU,	      /* bytes of the longest IP packet of a fragment */
	IKECFG_UDP_ENCAP, /* NO: with NAT only; YES; AUTO: if a solipsec wants it */
	IKECFG_MOBIKE,
	IKECFG_REDIRECT,  /* follow one */
	IKECFG_CHILDLESS, /* NO, YES: allowed, FORCE */
	IKECFG_WINDOW,	  /* requests that we take at a time */
	IKECFG_RESUMPTION,
	IKECFG_INITIAL_CONTACT,
	IKECFG_PPK_REQUIRED,
	IKECFG_REMOTE_AUTH,  /* enum ikecfg_auth; 0: as p1_xform says */
	IKECFG_REQUEST_ADDR, /* bits: 1 IPv4, 2 IPv6 wanted of the peer's pool */
	IKECFG_VALUES
};

enum ikecfg_unit {
	IKECFG_PLAIN,
	IKECFG_SECONDS,
	IKECFG_MS, /* typed and printed as seconds with a fraction */
	IKECFG_KB,
	IKECFG_BYTES,
	IKECFG_PERCENT,
	IKECFG_FLAG, /* typed alone, or yes/no */
	IKECFG_WORDS /* one of row->words */
};
struct ikecfg_word {
	const char *name; /* NULL ends the list */
	uint64_t v;
};
struct ikecfg_row {
	const char *name;
	bool in_rule;
	uint8_t unit; /* enum ikecfg_unit */
	uint64_t def, min, max;
	const struct ikecfg_word *words; /* the first of a value is printed */
	const char *help;
};
/* For v < IKECFG_VALUES. */
const struct ikecfg_row *ikeval_row(enum ikecfg_value v);

/* "preshared" and so on; "?" for none. */
const char *ikeval_auth_name(unsigned auth);
/* 0: unknown. */
enum ikecfg_auth ikeval_auth_by_name(const char *name);

/* NULL-terminated, to find the one that was meant. */
const char *const *ikeval_auth_names(void);

#endif /* MODEL_IKEVAL_H */
