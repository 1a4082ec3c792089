/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * keykame - the PF_KEY server's other dialect (wire/kame.h): the messages about
 * SAs are put into those of wire/pfkey.h and back, and handled as those
 * (docs/adr/0009). The inside of pfkeyd.
 */
#ifndef CORE_KEYKAME_H
#define CORE_KEYKAME_H

#include "core/keysrv.h"

/* One message of a session of this dialect, answered in all cases. */
void keykame_input(
    struct pfkeyd_session *s, const uint8_t *msg, size_t n, struct now now);

/*
 * m in this dialect. False: it has no words for it. Keys are borrowed from m.
 */
MUST_USE bool keykame_from(struct kame_msg *k, const struct pfkey_msg *m);
/* Does Linux tell such a session of this? */
MUST_USE bool keykame_hears(
    const struct pfkeyd_session *s, const struct pfkey_msg *m);

/* As pfkeyd_acquire(), of a rule of kspd: to the sessions of this dialect. */
MUST_USE bool keykame_acquire(struct pfkeyd *d, uint32_t seq,
    const struct rule *r, const struct addr *src, const struct addr *dst);

/* The base of d->kin with an errno. */
void keykame_error(struct pfkeyd_session *s, int errnum);

#endif /* CORE_KEYKAME_H */
