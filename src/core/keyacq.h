/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * keyacq - the conversation with key management: ACQUIRE, REGISTER and inverse
 * ACQUIRE (spec: sa 20, pfkey 11-13). The inside of pfkeyd.
 */
#ifndef CORE_KEYACQ_H
#define CORE_KEYACQ_H

#include "core/keysrv.h"

/* Handlers: see struct keyops_row. */
int keyacq_input(struct pfkeyd_session *s, struct now now, uint16_t *diag);
int keyacq_register(struct pfkeyd_session *s, struct now now, uint16_t *diag);
int keyacq_inverse(struct pfkeyd_session *s, struct now now, uint16_t *diag);

/* As pfkeyd_algs_changed(). */
void keyacq_tell_algs(struct pfkeyd *d);
/* As pfkeyd_acquire(). */
MUST_USE bool keyacq_output(struct pfkeyd *d, uint32_t seq,
    const struct rule *r, const struct flow *f, const struct addr *src,
    const struct addr *dst);

#endif /* CORE_KEYACQ_H */
