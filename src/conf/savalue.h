/* SPDX-License-Identifier: BSD-2-Clause */
/* savalue - the values of attributes (spec: sa 6). Private to ipseckeys. */
#ifndef CONF_SAVALUE_H
#define CONF_SAVALUE_H

#include "conf/saattr.h"

/* Read the value of a, whose name is the token before. Reports into l->lx. */
void savalue_read(
    struct saattr_line *l, const struct saattr *a, const struct lex_tok *name);

/* Names of struct sa_ident types, as the language has them; NULL: no name. */
const char *savalue_ident_name(unsigned type);

#endif /* CONF_SAVALUE_H */
