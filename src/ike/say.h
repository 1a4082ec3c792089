/* SPDX-License-Identifier: BSD-2-Clause */
/* say - the engine's log lines. What strangers cause is limited in rate. */
#ifndef IKE_SAY_H
#define IKE_SAY_H

#include "ike/inside.h"

#define SAY_FMT(a, b) __attribute__((format(printf, a, b)))

/* About an IKE SA: its ends, SPIs and rule go with it. */
void say_sa(struct ikesa *sa, enum ike_level level, uint16_t cat,
    const char *fmt, ...) SAY_FMT(4, 5);
/* About the engine. */
void say_ike(struct ike *ike, enum ike_level level, uint16_t cat,
    const char *fmt, ...) SAY_FMT(4, 5);
/*
 * About a datagram that nobody has proved to be from whom it says it is:
 * ike_limits.logs of them a second, then one that counts what was left out.
 */
void say_stranger(struct ike *ike, const struct ike_event *ev, const char *fmt,
    ...) SAY_FMT(3, 4);

#endif /* IKE_SAY_H */
