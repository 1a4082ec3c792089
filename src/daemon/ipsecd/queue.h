/* SPDX-License-Identifier: BSD-2-Clause */
/* queue - the way for packets that the kernel keeps to a device: io/nfqueue.h. */
#ifndef DAEMON_QUEUE_H
#define DAEMON_QUEUE_H

#include "io/steer.h"

/*
 * Open it. What the kernel has for it, and *fd; STEER_QUEUE_NONE and -1 where it
 * has nothing, or another process reads it, which is logged: then only what a
 * route leads to the device can be protected.
 */
enum steer_queue queue_open(struct steer *s, uint16_t queue, int *fd);

/*
 * An IPv4 packet that leaves by the queue: its sender sees another device's MTU
 * and hears no error of ours, so it may be split whatever it says. True: it got
 * the identification id.
 */
bool queue_may_split(uint8_t *pkt, size_t n, uint16_t id);
/* Has what was opened the place of what came: the same header before it? */
MUST_USE bool queue_in_place(
    const uint8_t *came, size_t n, const uint8_t *opened, size_t len);

#endif /* DAEMON_QUEUE_H */
