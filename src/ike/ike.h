/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ike - the IKEv2 engine (RFC 7296): what do we say next to this peer?
 *
 * Pure: no system call, clock, randomness or global. Something happened
 * (struct ike_event) at some time goes in by ike_step(); what to do about it
 * (struct ike_action) is fetched with ike_take() until there is no more, and is
 * done in that order: an SA is in the kernel before the message goes out that
 * lets the peer use it. The same events, times and random bytes give the same
 * actions, so a run can be simulated (ike/sim.h) and replayed.
 *
 *	ike_step(ike, &ev, now);
 *	while ((a = ike_take(ike)) != NULL)
 *		do_it(a);
 *	sleep until ike_deadline(ike), or something happens
 *
 * The engine knows no preshared and no private key: struct ike_ask goes to the
 * keystore. It knows the keys of its own SAs. Memory is bounded by the limits of
 * struct ike_limits.
 *
 * Times are milliseconds of a clock that never goes back.
 */
#ifndef IKE_IKE_H
#define IKE_IKE_H

#include "crypto/provider.h"
#include "ike/ask.h"
#include "ike/view.h"
#include "wire/pfkey.h"

struct ike;
struct ikecfg; /* model/ikecfg.h */

/* ---- what happens ---- */

enum ike_event_type {
	/*
	 * Nothing but time passed: to be given when ike_deadline() is reached.
	 * Earlier and later ones are harmless.
	 */
	IKE_EV_TIMER,
	IKE_EV_DATAGRAM, /* dgram */
	IKE_EV_PFKEY,	 /* pfkey: every message that the PF_KEY socket gave */
	IKE_EV_ANSWER,	 /* answer: of the keystore, to IKE_ACT_ASK */
	IKE_EV_CONFIG,	 /* cfg: from now on this one */
	IKE_EV_ADMIN,	 /* admin */
	IKE_EV_ADDRESS,	 /* address: an own address came or went */
	/*
	 * The connection to ipsecd is there (again). The engine registers and
	 * asks which SAs there are.
	 */
	IKE_EV_PFKEY_UP,
	IKE_EV_PFKEY_DOWN,    /* it is gone; so are the answers that are due */
	IKE_EV_KEYSTORE_DOWN, /* it was started anew; its answers will not come */
	/*
	 * An orderly end: every peer is told (DELETE), once, and nothing is
	 * waited for. The SAs of ipsecd are deleted too.
	 */
	IKE_EV_STOP,
	IKE_EV_N
};

struct ike_event {
	enum ike_event_type type;
	struct {
		struct ike_end local, remote;
		/*
		 * From the socket of port 4500, where four zero bytes come before
		 * the message (RFC 3948 2.2). They are not in msg.
		 */
		bool natt;
		struct ike_bytes msg;
	} dgram;
	const struct pfkey_msg *pfkey;
	struct {
		uint32_t id; /* of struct ike_ask */
		enum ike_told {
			IKE_TOLD_OK,
			IKE_TOLD_NO, /* the keystore says no; why says why */
			/* nothing fits: no key, no certificate of that name */
			IKE_TOLD_NONE
		} told;
		char why[160];	       /* for people, "" when OK */
		uint8_t method;	       /* SIGN: RFC 7296 3.8 */
		struct ike_bytes data; /* SIGN: AUTH data after the method */
		/* SIGN: own certificates, the end entity first; DER */
		struct ike_bytes cert[8];
		unsigned n_cert;
		/* PPK: new SK_d | SK_pi | SK_pr, each as long as it was */
	} answer;
	/* Borrowed until the next IKE_EV_CONFIG has returned. */
	const struct ikecfg *cfg;
	/*
	 * With cfg: SHA-1 of the SubjectPublicKeyInfo of each trusted authority,
	 * 20 bytes each, for CERTREQ (RFC 7296 3.7). Copied.
	 */
	struct ike_bytes authorities;
	struct {
		uint32_t id; /* the replies carry it */
		enum ike_admin {
			IKE_ADMIN_DUMP, /* every IKE SA; local, remote: those only */
			IKE_ADMIN_STATS,
			IKE_ADMIN_DELETE, /* by spi_i/spi_r, or by ends */
			IKE_ADMIN_FLUSH,  /* delete all of them */
			IKE_ADMIN_REKEY,  /* IKE SAs, by spi or ends */
			/*
			 * From now on IKE_ACT_RECORD for each event (on), or no
			 * more (!on).
			 */
			IKE_ADMIN_RECORD
		} what;
		uint64_t spi_i, spi_r;	   /* 0, 0: by the ends */
		struct addr local, remote; /* FAM_NONE: any */
		bool on;
	} admin;
	struct {
		struct addr a;
		bool there;
	} address;
};

/* ---- what to do ---- */

enum ike_action_type {
	IKE_ACT_SEND,  /* dgram */
	IKE_ACT_PFKEY, /* pfkey: to ipsecd; pid is left to the sender */
	IKE_ACT_ASK,   /* ask: to the keystore, answered by IKE_EV_ANSWER */
	IKE_ACT_LOG,   /* log */
	IKE_ACT_REPLY, /* reply: to IKE_EV_ADMIN */
	IKE_ACT_RECORD /* record */
};

enum ike_level { IKE_LOG_ERROR, IKE_LOG_WARN, IKE_LOG_INFO, IKE_LOG_DEBUG };

/* The categories of ikeadm's debug mask (spec: ike 7). */
enum {
	IKE_CAT_CERT = 1,
	IKE_CAT_KEY = 2,
	IKE_CAT_OP = 4,
	IKE_CAT_P1 = 8,
	IKE_CAT_P2 = 0x10,
	IKE_CAT_PFKEY = 0x20,
	IKE_CAT_POL = 0x40,
	IKE_CAT_PROP = 0x80,
	IKE_CAT_DOOR = 0x100,
	IKE_CAT_CONFIG = 0x200,
	IKE_CAT_LABEL = 0x400
};

#define IKE_LOG_TEXT 1024

struct ike_log {
	enum ike_level level;
	uint16_t cat;
	struct ike_end local, remote; /* FAM_NONE: about nobody */
	uint64_t spi_i, spi_r;
	const char *rule;	 /* "" when none is known */
	char text[IKE_LOG_TEXT]; /* one line: what, why, what would help */
};

struct ike_action {
	enum ike_action_type type;
	struct {
		struct ike_end local, remote;
		bool natt; /* send from port 4500 with the four zero bytes */
		struct ike_bytes msg; /* without them */
	} dgram;
	const struct pfkey_msg *pfkey;
	struct ike_ask ask;
	struct ike_log log;
	struct {
		uint32_t id;
		int err; /* errno: ENOENT when nothing was found */
		bool last;
		const struct ike_saview *view; /* DUMP: one a reply, or NULL */
		const struct ike_stats *stats; /* STATS, or NULL */
	} reply;
	/*
	 * Append to the recording: bytes for ike/sim's replay. Without keys: no
	 * AUTH, no SKEYSEED; messages as they were on the wire.
	 */
	struct ike_bytes record;
};

/* ---- the engine ---- */

struct ike_limits {
	unsigned sas;	      /* IKE SAs in all */
	unsigned half_open;   /* not authenticated, as responder */
	unsigned cookie_from; /* so many half-open ones: cookies are wanted */
	unsigned per_peer;    /* half-open ones of one address */
	unsigned children;    /* pairs of one IKE SA */
	unsigned logs; /* lines about unauthenticated messages a second */
};

struct ike_env {
	const struct rng *rng;
	const struct crypto *crypto;
	struct ike_limits limits; /* a 0 in it: as configured */
	uint32_t pid; /* that PF_KEY messages of this program bear */
};

/*
 * NULL: no memory or no random bytes. env is copied; what it points to outlives
 * the engine. Without a configuration it answers nobody.
 */
struct ike *ike_new(const struct ike_env *env);
/* Wipes every key. Peers and ipsecd are not told: see IKE_EV_STOP. */
void ike_free(struct ike *ike);

/* What ev points to is not used after the call, but for ev->cfg. */
void ike_step(struct ike *ike, const struct ike_event *ev, uint64_t now);

/*
 * The next thing to do, or NULL. It and what it points to stay until the next
 * ike_take() or ike_step().
 */
const struct ike_action *ike_take(struct ike *ike);

/* When IKE_EV_TIMER is due; UINT64_MAX: not at all. */
uint64_t ike_deadline(const struct ike *ike);

#endif /* IKE_IKE_H */
