/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * polattr - the attribute lists of PF_POLICY's ACTION extension: the
 * alternatives of a rule, or a table of algorithms (spec: policy 16). A list is
 * groups of (tag, value), NEXT between two groups and END behind the last.
 */
#ifndef WIRE_POLATTR_H
#define WIRE_POLATTR_H

#include "wire/pfpolicy.h"

/*
 * Read the alternatives into m->rule, or (algs) the algorithms into m->alg. r
 * stands behind the type field of the extension and ends with it. 0 or errno,
 * *diag.
 */
MUST_USE int polattr_read_actions(
    struct pfpolicy_msg *m, uint16_t *diag, struct rd *r);
MUST_USE int polattr_read_algs(
    struct pfpolicy_msg *m, uint16_t *diag, struct rd *r);

/* From the count field on. Which table is written depends on m->type. */
void polattr_write_actions(struct wr *w, const struct pfpolicy_msg *m);
void polattr_write_algs(struct wr *w, const struct pfpolicy_msg *m);

#endif /* WIRE_POLATTR_H */
