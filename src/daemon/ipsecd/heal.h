/* SPDX-License-Identifier: BSD-2-Clause */
/* heal - what others have changed of ipsecd's in the kernel is put right. */
#ifndef DAEMON_HEAL_H
#define DAEMON_HEAL_H

#include <stdint.h>

struct ipsecd;

/* To be called now and then; now: mono, ms. */
void heal_look(struct ipsecd *d, uint64_t now);
/*
 * To be called before the steering is made again for another reason: that puts
 * right what others have changed, too, which is counted and said.
 */
void heal_note(struct ipsecd *d);

#endif /* DAEMON_HEAL_H */
