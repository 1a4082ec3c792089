/* SPDX-License-Identifier: BSD-2-Clause */
/* steerway - what TCP may send to each prefix, of which there are thousands. */
#ifndef DAEMON_STEERWAY_H
#define DAEMON_STEERWAY_H

#include "io/steer.h"
#include "model/addr.h"

struct steerways { /* all zero: none. The owner frees v */
	struct steer_way *v;
	size_t n, cap;
};

/* False: no memory. */
MUST_USE bool steerway_add(
    struct steerways *w, const struct prefix *to, uint32_t mtu);
/* Then each prefix is there once, with the least that was said of it. */
void steerway_merge(struct steerways *w);

#endif /* DAEMON_STEERWAY_H */
