/* SPDX-License-Identifier: BSD-2-Clause */
/* setipsecalg - what our own programs have besides <solipsec/ipsecalgadm.h>. */
#ifndef LIB_SETIPSECALG_H
#define LIB_SETIPSECALG_H

#include "conf/ipsecalgs.h"

/*
 * As addipsecalg(), with a row: its lists may have a 0 inside. Where the result is
 * about a file, errno says more.
 */
int setipsecalg_row(const struct ipsecalgs_row *row, bool force);

#endif /* LIB_SETIPSECALG_H */
