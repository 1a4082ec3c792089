/* SPDX-License-Identifier: BSD-2-Clause */
/* algrun - changes of the table by ipsecalgs(8), and telling ipsecd of them. */
#ifndef CMD_IPSECALGS_ALGRUN_H
#define CMD_IPSECALGS_ALGRUN_H

#include "cmd/ipsecalgs/algopts.h"

/* The exit status; errors are printed. */
int algrun_change(const struct algopts *o);
/* The file's table becomes ipsecd's (spec: algs 8). */
int algrun_sync(void);

#endif /* CMD_IPSECALGS_ALGRUN_H */
