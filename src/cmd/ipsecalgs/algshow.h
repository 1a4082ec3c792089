/* SPDX-License-Identifier: BSD-2-Clause */
/* algshow - the tables that ipsecalgs prints (spec: algs 5). */
#ifndef CMD_IPSECALGS_ALGSHOW_H
#define CMD_IPSECALGS_ALGSHOW_H

#include "base/rd.h"

/*
 * Print the table of the file, or that of ipsecd; json: as one JSON document.
 * Both return the exit status.
 */
int algshow_file(bool json);
int algshow_kernel(bool json);

#endif /* CMD_IPSECALGS_ALGSHOW_H */
