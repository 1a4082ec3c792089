/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * acquire - what ipsecd says: packets wait for an SA (ACQUIRE), an SA has become
 * old (EXPIRE), or an answer to what ike/kern.c asked.
 */
#ifndef IKE_ACQUIRE_H
#define IKE_ACQUIRE_H

#include "ike/inside.h"

void acquire_heard(struct ike *ike, const struct pfkey_msg *m);
/* There is no ipsecd any more: answers that are due never come. */
void acquire_lost(struct ike *ike);

#endif /* IKE_ACQUIRE_H */
