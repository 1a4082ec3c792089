/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * <solipsec/ipsecalgadm.h> - change /etc/inet/ipsecalgs: addipsecalg(3). ipsecd
 * learns of a change by "ipsecalgs -s" only.
 */
#ifndef SOLIPSEC_IPSECALGADM_H
#define SOLIPSEC_IPSECALGADM_H

#include <solipsec/ipsecalg.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What the functions return but 0. The file is then as it was. */
#define LIBIPSEC_ALGS_DIAG_ALG_EXISTS	  (-1)
#define LIBIPSEC_ALGS_DIAG_PROTO_EXISTS	  (-2)
#define LIBIPSEC_ALGS_DIAG_UNKN_PROTO	  (-3)
#define LIBIPSEC_ALGS_DIAG_UNKN_ALG	  (-4)
#define LIBIPSEC_ALGS_DIAG_NOMEM	  (-5)
#define LIBIPSEC_ALGS_DIAG_ALGSFILEOPEN	  (-6)
#define LIBIPSEC_ALGS_DIAG_ALGSFILEFDOPEN (-7)
#define LIBIPSEC_ALGS_DIAG_ALGSFILELOCK	  (-8)
#define LIBIPSEC_ALGS_DIAG_ALGSFILERENAME (-9)
#define LIBIPSEC_ALGS_DIAG_ALGSFILEWRITE  (-10)
#define LIBIPSEC_ALGS_DIAG_ALGSFILECHMOD  (-11)
#define LIBIPSEC_ALGS_DIAG_ALGSFILECHOWN  (-12)
#define LIBIPSEC_ALGS_DIAG_ALGSFILECLOSE  (-13)
/* Not on Solaris: the file can not hold the entry; it has an error. */
#define LIBIPSEC_ALGS_DIAG_BADENTRY	  (-14)
#define LIBIPSEC_ALGS_DIAG_ALGSFILEBROKEN (-15)

/* Flags of the add functions: replace what has the name or the number. */
#define LIBIPSEC_ALGS_ADD_FORCE 0x1U

typedef enum ipsecproto_exec_mode {
	LIBIPSEC_ALGS_EXEC_SYNC,
	LIBIPSEC_ALGS_EXEC_ASYNC
} ipsecproto_exec_mode_t;

int addipsecalg(const struct ipsecalgent *ent, unsigned flags);
int delipsecalgbyname(const char *name, int proto_num);
int delipsecalgbynum(int alg_num, int proto_num);
int addipsecproto(const char *name, int proto_num, ipsecproto_exec_mode_t mode,
    unsigned flags);
int delipsecprotobyname(const char *name);
int delipsecprotobynum(int proto_num);
int ipsecproto_get_exec_mode(int proto_num, ipsecproto_exec_mode_t *mode);
int ipsecproto_set_exec_mode(int proto_num, ipsecproto_exec_mode_t mode);

/*
 * The numbers of the file, in its order, to be freed with free(); *count of
 * them. NULL and 0: none, or no memory.
 */
int *getipsecprotos(int *count);
int *getipsecalgs(int *count, int proto_num);

/* One sentence about a result; never NULL. */
const char *ipsecalgs_diag(int result);

#ifdef __cplusplus
}
#endif

#endif /* SOLIPSEC_IPSECALGADM_H */
