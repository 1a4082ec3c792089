/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * task - what we want of a peer, one request after the other: our window is one
 * request wide (RFC 7296 2.3).
 */
#ifndef IKE_TASK_H
#define IKE_TASK_H

#include "ike/inside.h"

/*
 * Do it as soon as the ones before it are done, in delay ms at the earliest. One
 * of that kind for that child is enough. Without memory it is not done.
 */
void task_add(
    struct ikesa *sa, enum task_type type, struct child *c, uint32_t delay);
/* Ahead of all others. */
void task_add_first(struct ikesa *sa, enum task_type type, struct child *c);
/* The same one again in a while: TEMPORARY_FAILURE. It is t, or freed. */
void task_again(struct ikesa *sa, struct task *t);

/* Start the next one, if none is under way and it is time. */
void task_run(struct ikesa *sa);

/* The child is gone: none of its tasks is done, but one under way goes on. */
void task_drop(struct ikesa *sa, struct child *c);
/* The SA is gone. */
void task_drop_all(struct ikesa *sa, int err);
/* Is one of that type waiting or under way? c NULL: of any child. */
MUST_USE bool task_has(
    const struct ikesa *sa, enum task_type type, const struct child *c);

/* Is a request out that makes a Child SA? */
MUST_USE bool task_makes_child(const struct ikesa *sa);

#endif /* IKE_TASK_H */
