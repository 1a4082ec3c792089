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

#endif /* DAEMON_QUEUE_H */
