/* SPDX-License-Identifier: BSD-2-Clause */
/* keyalgs - what algorithms are called here: /etc/inet/ipsecalgs. */
#ifndef CMD_IPSECKEY_KEYALGS_H
#define CMD_IPSECKEY_KEYALGS_H

#include "conf/ipsecalgs.h"

/*
 * The table, read once. NULL, for the names that are built in: there is no such
 * file, or it has an error, which was told then.
 */
const struct ipsecalgs *keyalgs_table(void);
/* The primary name, valid for some further calls; NULL: there is none. */
const char *keyalgs_name(enum alg_table table, unsigned id);

#endif /* CMD_IPSECKEY_KEYALGS_H */
