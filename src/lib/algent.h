/* SPDX-License-Identifier: BSD-2-Clause */
/* algent - a row of the table as struct ipsecalgent, and back. */
#ifndef LIB_ALGENT_H
#define LIB_ALGENT_H

#include <solipsec/ipsecalg.h>

#include "conf/ipsecalgs.h"

/* One piece of memory, for free(). NULL: no memory. */
struct ipsecalgent *algent_new(const struct ipsecalgs_row *row);
/* False: the file can not hold it (too long, too large, too many). */
MUST_USE bool algent_row(
    struct ipsecalgs_row *row, const struct ipsecalgent *ent);

#endif /* LIB_ALGENT_H */
