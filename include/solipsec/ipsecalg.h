/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * <solipsec/ipsecalg.h> - what /etc/inet/ipsecalgs says: getipsecalgbyname(3).
 * On Solaris these stand in <netdb.h>.
 */
#ifndef SOLIPSEC_IPSECALG_H
#define SOLIPSEC_IPSECALG_H

#ifdef __cplusplus
extern "C" {
#endif

/* Protocols: authentication belongs to AH, encryption to ESP. */
#define IPSEC_PROTO_AH	2
#define IPSEC_PROTO_ESP 3

/* a_alg_flags. */
#define IPSECALG_VALID	  1 /* can be used */
#define IPSECALG_COUNTER  2 /* the IV must never repeat under one key */
#define IPSECALG_COMBINED 4 /* encrypts and authenticates */
#define IPSECALG_CCM	  8
#define IPSECALG_GCM	  16

typedef struct ipsecalgent {
	char **a_names;	    /* NULL at the end; a_names[0] is the primary one */
	int a_proto_num;    /* IPSEC_PROTO_AH or IPSEC_PROTO_ESP */
	int a_alg_num;	    /* as in PF_KEY */
	char *a_mech_name;  /* of PKCS#11, "-" for none */
	int *a_block_sizes; /* bytes, 0 at the end; of an HMAC: of the MAC */
	int *a_key_sizes;   /* bits: see a_key_increment */
	int a_key_increment; /* bits. 0: a_key_sizes is a list, the default
				first, 0 at the end. Else it is default,
				minimum, maximum */
	int *a_mech_params;  /* bytes: IV, MAC, salt; 0 at the end */
	int a_alg_flags;     /* IPSECALG_* */
} ipsecalgent_t;

/*
 * A copy of the entry, to be freed with freeipsecalgent(). NULL: *errnop is
 * ENOENT (no such algorithm), EINVAL (no such protocol), EFAULT (no name) or
 * ENOMEM. errnop may be NULL.
 */
struct ipsecalgent *getipsecalgbyname(
    const char *name, int proto_num, int *errnop);
struct ipsecalgent *getipsecalgbynum(int alg_num, int proto_num, int *errnop);
void freeipsecalgent(struct ipsecalgent *ent);

/* The number of a protocol, or -1. */
int getipsecprotobyname(const char *name);
/* Its name, to be freed with free(), or NULL. */
char *getipsecprotobynum(int proto_num);

#ifdef __cplusplus
}
#endif

#endif /* SOLIPSEC_IPSECALG_H */
