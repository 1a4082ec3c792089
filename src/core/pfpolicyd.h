/* SPDX-License-Identifier: BSD-2-Clause */
/* pfpolicyd - the PF_POLICY server (spec: policy 13, 16). Pure, as pfkeyd. */
#ifndef CORE_PFPOLICYD_H
#define CORE_PFPOLICYD_H

#include "core/spd.h"
#include "crypto/provider.h"
#include "wire/pfpolicy.h"

struct pfpolicyd;
struct pfpolicyd_session;

struct pfpolicyd_env {
	void (*send)(void *ctx, void *conn, const uint8_t *msg, size_t n);
	/*
	 * The ACTIVE policy is about to change to what `id` holds (FLIP, or a
	 * change of ACTIVE itself, already made): make the kernel's steering agree.
	 * False: it could not be done; the change is undone or not made and the
	 * caller of the message gets EIO.
	 */
	bool (*steer)(void *ctx, int id);
	void *ctx;
};

struct pfpolicyd *pfpolicyd_new(struct spd *spd, const struct crypto *crypto,
    const struct pfpolicyd_env *env);
void pfpolicyd_free(struct pfpolicyd *d);

struct pfpolicyd_session *pfpolicyd_open(struct pfpolicyd *d, void *conn);
void pfpolicyd_close(struct pfpolicyd_session *s);
void pfpolicyd_input(struct pfpolicyd_session *s, const uint8_t *msg, size_t n);

#endif /* CORE_PFPOLICYD_H */
