/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * keypol - policy in messages of the Linux dialect: SADB_X_SPD*. The inside of
 * pfkeyd.
 */
#ifndef CORE_KEYPOL_H
#define CORE_KEYPOL_H

#include "core/keysrv.h"

/*
 * d->kin, whose type is 12 or more. 0: everything was answered; else the errno
 * for the answer.
 */
int keypol_input(struct pfkeyd_session *s, struct now now);
/* Send as much of the SPDDUMP under way as may go now. */
void keypol_dump_on(struct pfkeyd_session *s);
/* Entries whose time is over. */
void keypol_age(struct pfkeyd *d, struct now now);

#endif /* CORE_KEYPOL_H */
