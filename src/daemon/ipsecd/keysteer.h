/* SPDX-License-Identifier: BSD-2-Clause */
/* keysteer - the kernel follows policy that comes by PF_KEY (docs/adr/0009). */
#ifndef DAEMON_KEYSTEER_H
#define DAEMON_KEYSTEER_H

/*
 * For struct pfkeyd_env.steer; ctx is the ipsecd. EBUSY while it is closed: only
 * the administrator knows what the policy was that an earlier process had, and a
 * key manager's entries alone would let all the rest of it out in the clear.
 */
int keysteer_follow(void *ctx);

#endif /* DAEMON_KEYSTEER_H */
