/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pfkeyd - the PF_KEY v2 server: sessions, who gets which message, what each
 * message does to the SADB (RFC 2367 3.1; spec: pfkey 2, 3, 8-13). Pure: the
 * caller owns the sockets.
 */
#ifndef CORE_PFKEYD_H
#define CORE_PFKEYD_H

#include "core/kspd.h"
#include "core/sadb.h"
#include "core/spd.h"
#include "wire/pfkey.h"

struct pfkeyd;
struct pfkeyd_session;

/* Neither function may call back into the server. */
struct pfkeyd_env {
	/*
	 * Deliver one message to a listener; conn is what pfkeyd_open() was given.
	 * False: it takes no more now. Then it has lost this message, as a slow
	 * listener does (RFC 2367 1.3); only a DUMP waits: pfkeyd_writable().
	 */
	bool (*send)(void *ctx, void *conn, const uint8_t *msg, size_t n);
	/*
	 * An SA was added or made mature, or key management gave up on an ACQUIRE
	 * (failed): packets that wait may go on. seq: the message's number.
	 */
	void (*wake)(void *ctx, uint32_t seq, bool failed);
	void *ctx;
	/*
	 * The policy of the Linux dialect (kspd) has changed: make the kernel's
	 * steering agree. 0, or the errno for the answer: it could not be done, and
	 * the change is undone. NULL: nothing is steered.
	 */
	int (*steer)(void *ctx);
};

/*
 * All are borrowed. spd may be NULL: then X_INVERSE_ACQUIRE finds no policy.
 * NULL: no memory.
 */
struct pfkeyd *pfkeyd_new(struct sadb *sadb, struct spd *spd,
    const struct crypto *crypto, const struct pfkeyd_env *env);
/* Where the policy of listeners of the Linux dialect goes; without, they have none. */
void pfkeyd_use_kspd(struct pfkeyd *d, struct kspd *kspd);
/* Before the SADB is freed; closes the sessions that are left. */
void pfkeyd_free(struct pfkeyd *d);

/*
 * privileged: may it read keys and change SAs (peer credentials)? Another is
 * told EPERM, whatever it asks, and hears nothing else. NULL: no memory.
 */
struct pfkeyd_session *pfkeyd_open(
    struct pfkeyd *d, void *conn, bool privileged);
/* The same, for one that speaks the Linux dialect (wire/kame.h). */
struct pfkeyd_session *pfkeyd_open_linux(
    struct pfkeyd *d, void *conn, bool privileged);
void pfkeyd_close(struct pfkeyd_session *s);
/* Messages of sessions that may, about SAs of this type or of any. */
uint64_t pfkeyd_heard(const struct pfkeyd *d, uint8_t satype);
/* One message as it was read. Answers and broadcasts go out by env->send. */
void pfkeyd_input(
    struct pfkeyd_session *s, const uint8_t *msg, size_t n, struct now now);
/*
 * A DUMP goes in turns, and rests where env->send said false. Is one not at its
 * end? Then call pfkeyd_writable() when the listener takes messages (again).
 */
MUST_USE bool pfkeyd_is_waiting(const struct pfkeyd_session *s);
void pfkeyd_writable(struct pfkeyd_session *s, struct now now);

/* The table of algorithms has changed: a REGISTER to those who registered. */
void pfkeyd_algs_changed(struct pfkeyd *d);

/* For struct path_env.acquire and struct sadb_env.expired; ctx is the pfkeyd. */
bool pfkeyd_acquire(void *ctx, uint32_t seq, const struct rule *r,
    const struct flow *f, const struct addr *src, const struct addr *dst);
void pfkeyd_expired(void *ctx, struct sa *sa, int which);
/* Lifetimes of policy of the Linux dialect: as often as sadb_age(). */
void pfkeyd_age(struct pfkeyd *d, struct now now);

#endif /* CORE_PFKEYD_H */
