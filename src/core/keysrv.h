/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * keysrv - who hears which PF_KEY message (spec: pfkey 2). The inside of pfkeyd:
 * only core/pfkeyd.c and its parts include this.
 */
#ifndef CORE_KEYSRV_H
#define CORE_KEYSRV_H

#include "core/pfkeyd.h"
#include "wire/kame.h"

struct pfkeyd {
	struct sadb *sadb;
	struct spd *spd;
	const struct crypto *crypto;
	struct pfkeyd_env env;
	struct link sessions;
	uint64_t heard[2];		    /* messages for ESP, AH */
	struct kspd *kspd;		    /* or NULL */
	const struct pfkeyd_session *asker; /* whose message is handled */
	struct pfkey_msg in, out;	    /* too large for a stack */
	struct kame_msg kin, kout;
	/* the message that goes out now, in each dialect when it was asked for */
	struct keysrv_form {
		uint8_t b[PFKEY_MAX];
		size_t n; /* 0: it cannot be said */
		bool made;
	} form[2];
};

struct pfkeyd_session {
	struct link link;
	struct pfkeyd *d;
	void *conn;
	bool privileged, promisc;
	bool is_linux;	   /* the dialect */
	unsigned regular;  /* 1 << SA type: registered for its ACQUIREs */
	unsigned extended; /* the same, for the extended ones */
	/* a DUMP under way */
	bool dumping;
	struct sadb_walk walk;
	uint32_t dump_seq, dump_pid;
	uint8_t dump_satype;
	uint64_t dump_idle; /* s; 0: all */
	/* a dump of policy: the last id that was told */
	bool spd_dumping;
	uint32_t spd_last;
};

/*
 * To the asker; promiscuous listeners get a copy without keys. False: the asker
 * takes no more, nobody got anything. All of these write in the server's buffer
 * and wipe it.
 */
bool keysrv_reply(struct pfkeyd_session *s, const struct pfkey_msg *m);
/* To everybody. m has no keys. */
void keysrv_broadcast(struct pfkeyd *d, const struct pfkey_msg *m);
/* To those that are registered for its SA type, in either way. */
void keysrv_registered(struct pfkeyd *d, const struct pfkey_msg *m);
/*
 * To those that are registered: for regular ACQUIREs of the SA type, or, with
 * satype 0, for extended ones; and to promiscuous ones. How many of the
 * registered took it.
 */
unsigned keysrv_acquire(
    struct pfkeyd *d, const struct pfkey_msg *m, uint8_t satype);
/*
 * A message of the Linux dialect alone: to one, or with NULL to all of them; with
 * `registered` to those that are registered for anything. How many took it.
 */
unsigned keysrv_linux(struct pfkeyd *d, struct pfkeyd_session *to,
    const struct kame_msg *k, bool registered);
/* The base of d->in with errno and diagnostic (spec: pfkey 3.5). */
void keysrv_error(struct pfkeyd_session *s, int errnum, uint16_t diag);

#endif /* CORE_KEYSRV_H */
