/* SPDX-License-Identifier: BSD-2-Clause */
/* pktwalk - an order of arrival and what the anti-replay window says to it. */
#ifndef CMD_SOLIPSEC_PKTWALK_H
#define CMD_SOLIPSEC_PKTWALK_H

#include "cmd/solipsec/jsonsa.h"

/*
 * Walk the steps of the case c. False: not as told there; why says where. e: the
 * case is malformed.
 */
MUST_USE bool pktwalk_run(struct jsonsa_err *e, const json_t *c, char why[120]);

#endif /* CMD_SOLIPSEC_PKTWALK_H */
