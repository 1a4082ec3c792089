/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * inside - what the parts of the engine share: the engine, an IKE SA, a Child
 * SA, a task. Only files of this room include it.
 */
#ifndef IKE_INSIDE_H
#define IKE_INSIDE_H

#include "base/list.h"
#include "base/secret.h"

#include "crypto/ikeseal.h"
#include "crypto/ke.h"
#include "crypto/prf.h"
#include "ike/act.h"
#include "ike/cookie.h"
#include "ike/due.h"
#include "ike/halfopen.h"
#include "ike/ike.h"
#include "ike/parts.h"
#include "ike/propose.h"
#include "ike/skfrag.h"
#include "ike/window.h"
#include "model/ikecfg.h"
#include "wire/ike2.h"

/* ike/table.c says what is taken in which state. */
enum ikesa_state {
	IKESA_INIT_I,	/* IKE_SA_INIT is out */
	IKESA_SIGN_I,	/* the keystore makes our AUTH */
	IKESA_AUTH_I,	/* IKE_AUTH is out */
	IKESA_VERIFY_I, /* the keystore looks at the peer's AUTH */
	IKESA_INIT_R,	/* IKE_SA_INIT is answered */
	IKESA_VERIFY_R, /* the keystore looks at the peer's AUTH */
	IKESA_SIGN_R,	/* the keystore makes ours; the child is made */
	IKESA_UP,
	IKESA_REKEYED,	/* another one has its children; its DELETE will come */
	IKESA_DELETING, /* our DELETE is out */
	IKESA_DEAD,	/* freed at the end of the step */
	IKESA_STATES
};

struct ikesa {
	struct ike *ike;
	struct link all;
	struct link by_spi;  /* by the own one */
	struct link by_peer; /* as responder: by the peer's SPI */
	struct due_item due;
	uint64_t spi_i, spi_r;
	bool initiator; /* of this IKE SA: spi_i is ours */
	uint8_t state;	/* enum ikesa_state */
	struct ike_end local, remote;
	bool natt; /* on port 4500 */
	bool local_natted, remote_natted;
	bool half_counted;   /* among the half-open ones */
	struct addr half_at; /* under this address */
	bool counted_up;     /* among stats.current */
	bool is_rekey;	     /* made by CREATE_CHILD_SA */
	bool frag;	     /* RFC 7383 is agreed */
	bool childless;	     /* RFC 6023, said by the peer */
	bool no_more_children;
	bool had_traffic; /* something authentic came since the probe */
	const struct ikecfg_rule *rule; /* NULL: gone from the configuration */
	struct suite suite;
	struct secret sk_d, sk_pi, sk_pr;
	struct ikeseal seal, open;
	struct blob id_own, id_peer; /* type, then data */
	uint8_t own_method, peer_method;
	struct window win;
	/* our request under way */
	struct {
		bool out;
		uint32_t id;
		uint8_t exchange;
		struct packets p;
		uint64_t due;
		uint32_t interval; /* ms */
		unsigned tries;
		struct task *task; /* owned; NULL: of IKE_SA_INIT, IKE_AUTH */
	} req;
	struct link tasks; /* struct task, the first is done next */
	struct link children;
	unsigned n_children;
	struct nego *nego; /* NULL: done */
	uint32_t ask;	   /* id of the keystore's question, or 0 */
	struct link by_ask;
	uint64_t born, end_at, rekey_at, heard_at;
	/* the new one that our own rekey makes, or that the peer's has made */
	struct ikesa *mine, *theirs;
	struct ikesa *of; /* this one is its `theirs`, and nothing is decided */
	struct nonce rekey_low; /* of a rekey: the lower nonce */
	struct skfrag *frags;	/* ike/skfrag.h; NULL: none under way */
	uint8_t
	    dpd; /* 0 not initiated, 1 in progress, 2 successful, 3 failed */
};

enum child_state {
	CHILD_SPI,     /* PF_KEY gives the SPI; we are initiator */
	CHILD_READY,   /* has its SPI, waits for its turn */
	CHILD_OFFERED, /* our request is out */
	CHILD_POLICY,  /* responder: PF_KEY says what policy wants */
	CHILD_SPI_R,   /* responder: PF_KEY gives the SPI */
	CHILD_UP,
	CHILD_DELETING, /* our DELETE is out or waits */
	CHILD_STATES
};

/* Only while a Child SA is made, and until its outbound half is at work. */
struct child_nego {
	unsigned n_ecombs;
	struct pfkey_ecomb *ecomb; /* what policy allows; owned */
	struct ke *ke;		   /* PFS */
	const struct ikealg *group;
	unsigned groups; /* INVALID_KE_PAYLOAD that we followed */
	struct nonce ni, nr;
	struct job job;		  /* responder: the request */
	struct propose chosen;	  /* responder */
	bool in_auth;		  /* responder: it is an IKE_AUTH request */
	bool want_transport;	  /* the peer's word */
	bool asked_again;	  /* INVERSE_ACQUIRE for the other mode, too */
	struct secret ekey, akey; /* of the outbound half, if that waits */
};

/*
 * A pair of SAs. n is NULL once both halves are at work. Traffic selectors are
 * one pair: what ipsecd can hold.
 */
struct child {
	struct link link; /* of its IKE SA */
	struct ikesa *sa;
	struct link by_in, by_out; /* all of the engine's, by SPI */
	struct link wait;	   /* for ipsecd's answer wait_seq */
	uint32_t wait_seq;
	uint8_t state;	/* enum child_state */
	uint8_t satype; /* SATYPE_AH, SATYPE_ESP */
	bool initiator; /* of the exchange that made it */
	bool tunnel, esn, pfs;
	bool is_rekey; /* made to replace another one, as responder */
	bool in_there, out_there; /* ipsecd has that half */
	bool rekeying;		  /* a task for it waits or is under way */
	bool gone;	    /* the peer has deleted it while we rekey it */
	bool was_replaced;  /* its traffic has another one */
	uint8_t encr, auth; /* PF_KEY numbers; 0: none */
	uint16_t ebits, abits;
	uint32_t spi_in, spi_out;
	/* deleted by the peer before we know what its SPI is: 1.4.1 */
	uint32_t doomed[2];
	uint32_t add_seq[2]; /* of the last UPDATE [0] and ADD [1] */
	uint32_t acquire; /* number of the ACQUIRE that waits for it; 0: none */
	struct ike2_ts ts_own, ts_peer;
	struct pfkey_addr src, dst; /* outer; proto and ports where unique */
	struct lifetime soft, hard, idle;
	uint64_t out_at;      /* the outbound half is added then; UINT64_MAX */
	struct child *old;    /* that this one replaces */
	struct child *theirs; /* made by the peer's rekey of this one */
	bool had_theirs;      /* there was one, which has gone further since */
	/* the lower nonce of the exchange of a rekey; that of theirs */
	struct nonce low, theirs_low;
	struct child_nego *n;
};

#define HASH_SIZE 4096
#define ASK_HASH  256
#define BUILD_MAX 65536

struct linger { /* a pair in ipsecd, that goes a little later */
	struct link link;
	uint64_t at;
	uint8_t satype;
	uint32_t spi_in, spi_out;
	struct pfkey_addr local, remote;
};

struct ike {
	struct ike_env env;
	struct ike_limits given; /* by the program; env has all */
	const struct ikecfg *cfg;
	uint64_t now;
	struct acts acts;
	struct due due;
	struct link sas;   /* struct ikesa */
	struct link dead;  /* to be freed */
	struct link waits; /* struct child, for ipsecd's answer */
	struct link lingers;
	struct link by_spi[HASH_SIZE];	/* struct ikesa */
	struct link by_peer[HASH_SIZE]; /* struct ikesa */
	struct link by_in[HASH_SIZE];	/* struct child */
	struct link by_out[HASH_SIZE];	/* struct child */
	struct link by_ask[ASK_HASH];	/* struct ikesa */
	struct blob authorities;
	uint32_t next_ask, next_seq;
	unsigned n_sas;
	bool pfkey_up, recording, stopping;
	struct cookie_jar cookies;
	struct halfopen half;
	struct ike_stats stats;
	unsigned log_tokens;
	uint64_t log_since;
	unsigned log_lost;
	uint64_t linger_at;
	/* the message that is being looked at, and what is being written */
	uint8_t *plain, *build, *sealed; /* BUILD_MAX bytes each */
	struct ike2_msg *msg, *again;
};

#endif /* IKE_INSIDE_H */
