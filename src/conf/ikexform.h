/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ikexform - p1_xform of /etc/inet/ike/config (spec: ike 4), with the transforms
 * of IKEv2 in the same style:
 *
 *	p1_xform { auth_method preshared oakley_group 14 auth_alg sha256
 *	    encr_alg aes(128..256) }
 *	p1_xform { auth_method ecdsa oakley_group curve25519 prf sha384
 *	    encr_alg aes-gcm-16(256) additional_ke ml-kem-768 }
 */
#ifndef CONF_IKEXFORM_H
#define CONF_IKEXFORM_H

#include "base/wr.h"

#include "conf/lex.h"
#include "model/ikecfg.h"

/*
 * lx stands behind the word p1_xform. What is wrong is reported. False: there is
 * no transform in *x; lx stands behind its }, or where something else begins.
 */
MUST_USE bool ikexform_read(struct ikecfg_xform *x, struct lex *lx);

/* "{ ... }" on one line, which reads back to the same. */
void ikexform_print(struct wr *w, const struct ikecfg_xform *x);

/* The next token that is no end of a line. */
struct lex_tok ikexform_next(struct lex *lx);
struct lex_tok ikexform_peek(struct lex *lx);

#endif /* CONF_IKEXFORM_H */
