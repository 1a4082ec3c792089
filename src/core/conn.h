/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conn - connections: which policy a 5-tuple has latched, and what its socket
 * has asked for itself (spec: policy 22, 25). Connections are counted and
 * bounded; entries of policy are kept as copies, so that the SPD may change
 * under them. Nothing here is needed for traffic without policy.
 */
#ifndef CORE_CONN_H
#define CORE_CONN_H

#include "base/hash.h"
#include "base/list.h"

#include "core/sa.h"
#include "core/spd.h"

struct conn_table;

/* TCP, UDP or SCTP. */
struct conn_key {
	struct addr local, remote;
	uint8_t proto;
	uint16_t lport, rport;
};

/* What a socket has asked for: one entry for each family and direction. */
struct conn_own {
	size_t refs;
	uint64_t id;		  /* its own, never 0 */
	struct spd_entry e[2][2]; /* [IPv6][inbound]; they share actions */
};

struct conn_policy; /* a copy of an entry of the SPD */
struct conn_ids;    /* the identities at both ends of an SA */

struct conn {
	struct link hash, age, by_cookie;
	struct conn_key k;
	uint64_t made, used; /* ms */
	uint64_t checked;    /* ms: when the host was asked for its socket */
	uint64_t cookie; /* of its socket, conn_set_cookie(); 0: not known */
	struct conn_own *own;
	struct conn_policy *out, *in; /* NULL: no policy */
	struct conn_ids *ids;	      /* NULL: no SA was used yet */
	/* The alternatives that the first SAs have latched, or -1. */
	int16_t alt_out, alt_in;
	/*
	 * False: the socket is not connected. This is but a note of that, and of
	 * what it has asked for itself, which it may still change.
	 */
	bool latched;
	bool pinned;   /* the kernel knows of it: see conn_pin() */
	bool ended;    /* the socket is gone; what is on its way still comes */
	bool wanted;   /* of whoever calls conn_each(): for itself */
	uint32_t seen; /* by the sweep of this number */
	uint32_t slot; /* the table's */
};

struct conn_env {
	/* A pinned connection is about to go. May not change the table. */
	void (*unpinned)(void *ctx, const struct conn *c);
	void *ctx;
};

#define CONN_MAX 65536 /* connections at a time, for conn_new() */

/* max: connections at a time. NULL: no memory. */
struct conn_table *conn_new(
    const struct hash_seed *seed, size_t max, const struct conn_env *env);
void conn_free(struct conn_table *t);
size_t conn_count(const struct conn_table *t);
/* How many were not latched since there was no room. */
uint64_t conn_refused(const struct conn_table *t);

/* False: a flow without ports. */
MUST_USE bool conn_key(struct conn_key *k, const struct flow *f);
/* The connection, or NULL. now: mono, ms; counts as a use. */
struct conn *conn_find(
    struct conn_table *t, const struct conn_key *k, uint64_t now);
/* A use of it that did not need conn_find(). */
void conn_touch(struct conn_table *t, struct conn *c, uint64_t now);
/*
 * A number that is another one as soon as the connection of this key, if there is
 * one, is not what it was: made, latched anew, ended, gone. It may change for
 * other reasons, too. Valid as long as the table.
 */
const uint32_t *conn_watch(
    const struct conn_table *t, const struct conn_key *k);
/*
 * A new connection in place of one with this key. It may take the place of the
 * one that was idle longest; never of one that is pinned or has a policy of its
 * own and lives. NULL: no memory, or no room.
 */
struct conn *conn_add(
    struct conn_table *t, const struct conn_key *k, uint64_t now);
void conn_drop(struct conn_table *t, struct conn *c);
void conn_set_cookie(struct conn_table *t, struct conn *c, uint64_t cookie);

/*
 * Latch these entries, of the SPD's ACTIVE set at this version; NULL: no policy.
 * False: no memory; nothing is latched.
 */
MUST_USE bool conn_latch(struct conn_table *t, struct conn *c,
    struct spd_entry *out, struct spd_entry *in, uint64_t version);
/*
 * Latch, or only note, what the socket has asked for; one more reference to own.
 */
void conn_latch_own(
    struct conn_table *t, struct conn *c, struct conn_own *own, bool latched);
/*
 * The entry that decides, or NULL: no policy. While the SPD has this version and
 * the entry is in it, that one itself, so that it counts; later a copy. Valid as
 * long as the connection, and the SPD does not change.
 */
struct spd_entry *conn_entry(
    const struct conn *c, enum rule_dir dir, uint64_t version);
/* Does neither direction ask for protection, or for a drop? */
MUST_USE bool conn_is_clear(const struct conn *c);
/* Was it latched under this version of the SPD? Own policies: always. */
MUST_USE bool conn_is_current(const struct conn *c, uint64_t version);

/* The identities of the first SAs; later ones have to be the same (policy 22). */
MUST_USE bool conn_fits_ids(const struct conn *c, const struct sa_ident *local,
    const struct sa_ident *remote);
/* What was latched. False: nothing yet. */
bool conn_ids(const struct conn *c, const struct sa_ident **local,
    const struct sa_ident **remote);
/* No memory: not latched, and the next packet tries again. */
void conn_latch_ids(struct conn_table *t, struct conn *c,
    const struct sa_ident *local, const struct sa_ident *remote);

/*
 * The kernel has elements for this flow, since policy is no longer what was
 * latched: it stays until its socket ends, and env->unpinned tells of that.
 */
void conn_pin(struct conn_table *t, struct conn *c, bool pinned);

/*
 * A socket is gone (cookie 0: which one is not known): each connection of that
 * cookie, and the one of this key when its cookie is not known. One in the clear
 * goes at once; another lingers, for what the kernel still has to say about it.
 */
void conn_end(struct conn_table *t, const struct conn_key *k, uint64_t cookie,
    uint64_t now);
/* The socket of this connection has left those that it had: they end. */
void conn_moved(struct conn_table *t, const struct conn *c, uint64_t now);
/* Drop what is over: lingering, and idle ones that are not needed. */
void conn_age(struct conn_table *t, uint64_t now);
/*
 * A sweep: begin, say of each socket that there is, end. Those that stay, were
 * there at the beginning and were not named twice running, end.
 */
void conn_sweep_begin(struct conn_table *t, uint64_t now);
void conn_sweep_seen(
    struct conn_table *t, const struct conn_key *k, uint64_t cookie);
void conn_sweep_end(struct conn_table *t, uint64_t now);

/* Calls f for each until it says false; f may not change the table. */
void conn_each(
    struct conn_table *t, bool (*f)(void *ctx, struct conn *c), void *ctx);

/*
 * Take the actions of r, which is empty then, for a socket. NULL: no memory; r
 * is as it was.
 */
struct conn_own *conn_own_new(struct conn_table *t, struct rule *r);
struct conn_own *conn_own_ref(struct conn_own *own);
/* May be NULL. */
void conn_own_put(struct conn_own *own);

/* Above all entries of the SPD (policy 12). */
#define CONN_PRIORITY UINT32_C(0x01000000)

#endif /* CORE_CONN_H */
