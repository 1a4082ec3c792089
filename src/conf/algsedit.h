/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * algsedit - changes of the table of /etc/inet/ipsecalgs, and its text anew with
 * the administrator's and packages' comments where they were (spec: algs 2).
 */
#ifndef CONF_ALGSEDIT_H
#define CONF_ALGSEDIT_H

#include "conf/ipsecalgs.h"

enum algsedit {
	ALGSEDIT_OK,
	ALGSEDIT_ALG_EXISTS,   /* one of its names, or its number */
	ALGSEDIT_PROTO_EXISTS, /* its name or its number */
	ALGSEDIT_NO_PROTO,
	ALGSEDIT_NO_ALG,
	ALGSEDIT_BAD,  /* the file can not hold it */
	ALGSEDIT_FULL, /* the table has no room */
	ALGSEDIT_NO_MEM
};

/*
 * Add, or with force replace what has its number or one of its names. A row with
 * the number of an old one takes the old one's place; any other goes to the end.
 */
MUST_USE enum algsedit algsedit_put_alg(
    struct ipsecalgs *t, const struct ipsecalgs_row *row, bool force);
MUST_USE enum algsedit algsedit_remove_alg(
    struct ipsecalgs *t, unsigned proto, uint8_t id);
MUST_USE enum algsedit algsedit_put_proto(
    struct ipsecalgs *t, const struct ipsecalgs_proto *p, bool force);
/* Its algorithms go, too. */
MUST_USE enum algsedit algsedit_remove_proto(
    struct ipsecalgs *t, unsigned proto);
MUST_USE enum algsedit algsedit_set_mode(
    struct ipsecalgs *t, unsigned proto, bool async);

/*
 * The text that says t, made from the old text (that ipsecalgs_read() took):
 * lines that are no records stay, records that did not change stay as they are
 * written, new ones go to the end. NULL: no memory. Freed by the caller.
 */
char *algsedit_text(
    const struct ipsecalgs *t, const char *old, size_t n, size_t *out_n);

#endif /* CONF_ALGSEDIT_H */
