/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pfpolicyd - the PF_POLICY server (spec: policy 13, 16). Pure, as pfkeyd.
 *
 * A session that prepares a policy in STANDBY (CLONE, or any change of STANDBY)
 * has it for itself until it has flipped and flushed, or ends; others get EBUSY
 * for every change meanwhile. If it ends before FLIP, ACTIVE is as it was.
 * CLONE and FLIP are of the host and all tunnels at once.
 */
#ifndef CORE_PFPOLICYD_H
#define CORE_PFPOLICYD_H

#include "core/spd.h"
#include "crypto/algset.h"
#include "wire/pfpolicy.h"

struct pfpolicyd;
struct pfpolicyd_session;

struct pfpolicyd_env {
	void (*send)(void *ctx, void *conn, const uint8_t *msg, size_t n);
	/*
	 * The ACTIVE policy is about to change to what `id` holds (FLIP, or a
	 * change of ACTIVE itself, already made): make the kernel's steering agree.
	 * False: it could not be done; the change is undone or not made and the
	 * caller of the message gets EIO. NULL: nothing is steered.
	 */
	bool (*steer)(void *ctx, int id);
	/*
	 * UPDATEALGS: from now on these are the algorithms (crypto/algset.h), with
	 * these execution modes. 0 or errno; then nothing has changed. NULL: the
	 * table cannot be changed.
	 */
	int (*set_algs)(void *ctx, const struct algmech_entry *e, size_t n,
	    bool async_auth, bool async_encr);
	void *ctx;
};

/* NULL: no memory. spd and crypto stay the caller's. */
struct pfpolicyd *pfpolicyd_new(struct spd *spd, const struct crypto *crypto,
    const struct pfpolicyd_env *env);
/* All sessions are closed. */
void pfpolicyd_free(struct pfpolicyd *d);

/* NULL: no memory. Only for those who may change policy (peer credentials). */
struct pfpolicyd_session *pfpolicyd_open(struct pfpolicyd *d, void *conn);
void pfpolicyd_close(struct pfpolicyd_session *s);
/* One message as it was read. Answers go out by env->send. */
void pfpolicyd_input(struct pfpolicyd_session *s, const uint8_t *msg, size_t n);

#endif /* CORE_PFPOLICYD_H */
