/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ike2name - what the numbers of IKEv2 are called, for logs and listings. Any
 * number may be asked for; what has no name gives NULL, and
 * ike2name_text() makes text of both.
 */
#ifndef WIRE_IKE2NAME_H
#define WIRE_IKE2NAME_H

#include "base/rd.h"

const char *ike2name_exchange(unsigned n);   /* "IKE_SA_INIT" */
const char *ike2name_payload(unsigned n);    /* "SA", "IDi", "NONCE" */
const char *ike2name_notify(unsigned n);     /* "NO_PROPOSAL_CHOSEN" */
const char *ike2name_proto(unsigned n);	     /* "IKE", "AH", "ESP" */
const char *ike2name_xform_type(unsigned n); /* "ENCR", "ADDKE1" */
const char *ike2name_id(unsigned n);	     /* "FQDN" */
const char *ike2name_auth(unsigned n);	     /* "RSA signature" */
const char *ike2name_hash(unsigned n);	     /* "SHA2-256" */
const char *ike2name_cert(unsigned n);	     /* "X.509 signature" */
const char *ike2name_cp_type(unsigned n);    /* "CFG_REQUEST" */
const char *ike2name_cp_attr(unsigned n);    /* "INTERNAL_IP4_ADDRESS" */

#define IKE2NAME_TEXT 48 /* room for any name, and a NUL */

/* name, or the digits of n where name is NULL. Returns buf. */
const char *ike2name_text(
    char buf[IKE2NAME_TEXT], const char *name, unsigned n);

#endif /* WIRE_IKE2NAME_H */
