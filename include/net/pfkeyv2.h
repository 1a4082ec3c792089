/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net/pfkeyv2.h - PF_KEY v2 (RFC 2367) with the Solaris messages, extensions and
 * numbers, for programs that manage the keys of ipsecd. See pf_key(7).
 *
 * Messages go over a Unix SOCK_SEQPACKET socket, one message a packet. Integers
 * are in host byte order but SPIs and ports. Lengths count 64-bit words. Address
 * families are those of this system's <sys/socket.h>.
 */
#ifndef NET_PFKEYV2_H
#define NET_PFKEYV2_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PF_KEY_V2	 2
#define PFKEYV2_REVISION 200109L

/* Base message. */
typedef struct sadb_msg {
	uint8_t sadb_msg_version; /* PF_KEY_V2 */
	uint8_t sadb_msg_type;
	uint8_t sadb_msg_errno;
	uint8_t sadb_msg_satype;
	uint16_t sadb_msg_len;	    /* of the whole message */
	uint16_t sadb_msg_reserved; /* see sadb_x_msg_diagnostic */
	uint32_t sadb_msg_seq;
	uint32_t sadb_msg_pid;
} sadb_msg_t;
#define sadb_x_msg_diagnostic sadb_msg_reserved

/* Begins each extension. */
typedef struct sadb_ext {
	uint16_t sadb_ext_len;
	uint16_t sadb_ext_type;
} sadb_ext_t;

typedef struct sadb_sa {
	uint16_t sadb_sa_len;
	uint16_t sadb_sa_exttype; /* SADB_EXT_SA */
	uint32_t sadb_sa_spi;	  /* network order */
	uint8_t sadb_sa_replay;	  /* window; over 255: sadb_x_window */
	uint8_t sadb_sa_state;
	uint8_t sadb_sa_auth;
	uint8_t sadb_sa_encrypt;
	uint32_t sadb_sa_flags;
} sadb_sa_t;

typedef struct sadb_lifetime {
	uint16_t sadb_lifetime_len;
	uint16_t sadb_lifetime_exttype; /* CURRENT, HARD, SOFT, IDLE */
	uint32_t sadb_lifetime_allocations;
	uint64_t sadb_lifetime_bytes;
	uint64_t sadb_lifetime_addtime; /* s; CURRENT: s since 1970 */
	uint64_t sadb_lifetime_usetime;
} sadb_lifetime_t;

/* A struct sockaddr_in or sockaddr_in6 follows, padded to 64 bits. */
typedef struct sadb_address {
	uint16_t sadb_address_len;
	uint16_t sadb_address_exttype;
	uint8_t sadb_address_proto;
	uint8_t sadb_address_prefixlen; /* inner addresses; 0: full */
	uint16_t sadb_address_reserved;
} sadb_address_t;

/* The key follows, padded to 64 bits. */
typedef struct sadb_key {
	uint16_t sadb_key_len;
	uint16_t sadb_key_exttype; /* AUTH, ENCRYPT */
	uint16_t sadb_key_bits;
	uint16_t sadb_key_reserved; /* in: IV bits at the end; out: salt bits */
} sadb_key_t;

/* A string with NUL or DER data follows, padded to 64 bits. */
typedef struct sadb_ident {
	uint16_t sadb_ident_len;
	uint16_t sadb_ident_exttype; /* SRC, DST */
	uint16_t sadb_ident_type;
	uint16_t sadb_ident_reserved;
	uint64_t sadb_ident_id;
} sadb_ident_t;

/* Bitmaps of 64-bit words follow: sensitivity, then integrity. */
typedef struct sadb_sens {
	uint16_t sadb_sens_len;
	uint16_t sadb_sens_exttype; /* SENSITIVITY, X_OUTER_SENS */
	uint32_t sadb_sens_dpd;
	uint8_t sadb_sens_sens_level;
	uint8_t sadb_sens_sens_len;
	uint8_t sadb_sens_integ_level;
	uint8_t sadb_sens_integ_len;
	uint32_t sadb_x_sens_flags;
} sadb_sens_t;
#define SADB_X_SENS_IMPLICIT  0x1
#define SADB_X_SENS_UNLABELED 0x2

/* sadb_comb (PROPOSAL) or sadb_x_ecomb (X_EPROP) structures follow. */
typedef struct sadb_prop {
	uint16_t sadb_prop_len;
	uint16_t sadb_prop_exttype;
	uint8_t sadb_prop_replay;
	uint8_t sadb_x_prop_reserved;
	uint16_t sadb_x_prop_numecombs;
} sadb_prop_t;

typedef struct sadb_comb {
	uint8_t sadb_comb_auth;
	uint8_t sadb_comb_encrypt;
	uint16_t sadb_comb_flags;
	uint16_t sadb_comb_auth_minbits;
	uint16_t sadb_comb_auth_maxbits;
	uint16_t sadb_comb_encrypt_minbits;
	uint16_t sadb_comb_encrypt_maxbits;
	uint8_t sadb_x_comb_encrypt_saltbits;
	uint8_t sadb_x_comb_reserved[3];
	uint32_t sadb_comb_soft_allocations;
	uint32_t sadb_comb_hard_allocations;
	uint64_t sadb_comb_soft_bytes;
	uint64_t sadb_comb_hard_bytes;
	uint64_t sadb_comb_soft_addtime;
	uint64_t sadb_comb_hard_addtime;
	uint64_t sadb_comb_soft_usetime;
	uint64_t sadb_comb_hard_usetime;
} sadb_comb_t;

/* sadb_x_ecomb_numalgs sadb_x_algdesc structures follow. */
typedef struct sadb_x_ecomb {
	uint8_t sadb_x_ecomb_numalgs;
	uint8_t sadb_x_ecomb_reserved;
	uint16_t sadb_x_ecomb_flags;
	uint32_t sadb_x_ecomb_reserved2;
	uint32_t sadb_x_ecomb_soft_allocations;
	uint32_t sadb_x_ecomb_hard_allocations;
	uint64_t sadb_x_ecomb_soft_bytes;
	uint64_t sadb_x_ecomb_hard_bytes;
	uint64_t sadb_x_ecomb_soft_addtime;
	uint64_t sadb_x_ecomb_hard_addtime;
	uint64_t sadb_x_ecomb_soft_usetime;
	uint64_t sadb_x_ecomb_hard_usetime;
} sadb_x_ecomb_t;

typedef struct sadb_x_algdesc {
	uint8_t sadb_x_algdesc_satype;
	uint8_t sadb_x_algdesc_algtype; /* SADB_X_ALGTYPE_* */
	uint8_t sadb_x_algdesc_alg;
	uint8_t sadb_x_algdesc_saltbits;
	uint16_t sadb_x_algdesc_minbits;
	uint16_t sadb_x_algdesc_maxbits;
} sadb_x_algdesc_t;

/* sadb_alg structures follow. */
typedef struct sadb_supported {
	uint16_t sadb_supported_len;
	uint16_t sadb_supported_exttype; /* AUTH, ENCRYPT */
	uint32_t sadb_supported_reserved;
} sadb_supported_t;

typedef struct sadb_alg {
	uint8_t sadb_alg_id;
	uint8_t sadb_alg_ivlen; /* bytes */
	uint16_t sadb_alg_minbits;
	uint16_t sadb_alg_maxbits;
	uint8_t sadb_x_alg_increment;
	uint8_t sadb_x_alg_saltbits;
} sadb_alg_t;

typedef struct sadb_spirange {
	uint16_t sadb_spirange_len;
	uint16_t sadb_spirange_exttype;
	uint32_t sadb_spirange_min; /* network order */
	uint32_t sadb_spirange_max; /* network order */
	uint32_t sadb_spirange_reserved;
} sadb_spirange_t;

/* Extended REGISTER: SA types, ended by 0. */
typedef struct sadb_x_ereg {
	uint16_t sadb_x_ereg_len;
	uint16_t sadb_x_ereg_exttype;
	uint8_t sadb_x_ereg_satypes[4];
} sadb_x_ereg_t;

typedef struct sadb_x_kmc {
	uint16_t sadb_x_kmc_len;
	uint16_t sadb_x_kmc_exttype;
	uint32_t sadb_x_kmc_proto; /* SADB_X_KMP_* */
	uint64_t sadb_x_kmc_cookie64;
} sadb_x_kmc_t;
#define sadb_x_kmc_cookie sadb_x_kmc_cookie64

typedef struct sadb_x_pair {
	uint16_t sadb_x_pair_len;
	uint16_t sadb_x_pair_exttype;
	uint32_t sadb_x_pair_spi; /* network order */
} sadb_x_pair_t;

typedef struct sadb_x_replay_ctr {
	uint16_t sadb_x_rc_len;
	uint16_t sadb_x_rc_exttype;
	uint32_t sadb_x_rc_replay32;
	uint64_t sadb_x_rc_replay64;
} sadb_x_replay_ctr_t;

typedef struct sadb_x_edump {
	uint16_t sadb_x_edump_len;
	uint16_t sadb_x_edump_exttype;
	uint32_t sadb_x_edump_reserved;
	uint64_t sadb_x_edump_timeout; /* s */
} sadb_x_edump_t;

/* Replay windows over 255 packets: not in Solaris. */
typedef struct sadb_x_window {
	uint16_t sadb_x_window_len;
	uint16_t sadb_x_window_exttype;
	uint32_t sadb_x_window_packets;
} sadb_x_window_t;

/*
 * The further addresses of an SCTP association's ends (RFC 3554): not in Solaris.
 * As many struct sadb_x_more_addr follow, 1 to 15.
 */
typedef struct sadb_x_more {
	uint16_t sadb_x_more_len;
	uint16_t sadb_x_more_exttype; /* MORE_SRC, MORE_DST */
	uint16_t sadb_x_more_count;
	uint16_t sadb_x_more_reserved;
} sadb_x_more_t;

/* A struct sockaddr_in or sockaddr_in6, without a port. */
typedef struct sadb_x_more_addr {
	uint64_t sadb_x_more_sockaddr[4];
} sadb_x_more_addr_t;

/* Which policies of the Linux dialect an SA is for: not in Solaris. */
typedef struct sadb_x_reqid {
	uint16_t sadb_x_reqid_len;
	uint16_t sadb_x_reqid_exttype;
	uint32_t sadb_x_reqid_id;
} sadb_x_reqid_t;

#ifdef __cplusplus
}
#endif

#include <net/pfkeyv2_numbers.h>

#endif /* NET_PFKEYV2_H */
