/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kern - what the engine says to ipsecd, in PF_KEY (RFC 2367; spec: pfkey). What
 * ipsecd answers comes to kern_heard().
 */
#ifndef IKE_KERN_H
#define IKE_KERN_H

#include "ike/inside.h"

/* Register for extended ACQUIRE of AH and ESP. */
void kern_register(struct ike *ike);

/* An SPI for the inbound half; child_heard() gets the answer. */
void kern_getspi(struct child *c);
/* Which policy is there for the traffic ts_own, ts_peer? The same. */
void kern_policy(struct child *c, bool tunnel);
/* Nothing that is under way for c is waited for any more. */
void kern_forget(struct child *c);

/*
 * Add a half with these keys, which are in PF_KEY's form (key, then salt). The
 * inbound half has its SPI from kern_getspi().
 */
void kern_add(struct child *c, bool inbound, const struct secret *ekey,
    const struct secret *akey);
/* Both halves go, as far as they are there; an SPI without keys as well. */
void kern_delete(struct child *c);
/* The same in a moment: what is under way still arrives (RFC 7296 2.8). */
void kern_delete_later(struct child *c);
/* The same for those of which the time has come. The next one's time. */
uint64_t kern_tick(struct ike *ike);

/* The SPI that GETSPI gave is not wanted. */
void kern_drop_spi(struct ike *ike, const struct pfkey_msg *m);

/* Nobody can help with that ACQUIRE: its packets are not to wait. */
void kern_refuse(struct ike *ike, uint32_t acquire, int err);

#endif /* IKE_KERN_H */
