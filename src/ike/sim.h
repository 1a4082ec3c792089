/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sim - engines against each other, with no machine at all: a clock that only
 * goes where it is told, a network that loses, doubles, delays and reorders, a
 * NAT, and for each host an ipsecd and a keystore that answer after a while.
 * One number decides everything random. For tests and fuzzers; not in any
 * program.
 */
#ifndef IKE_SIM_H
#define IKE_SIM_H

#include "ike/ike.h"
#include "model/ikecfg.h"

enum { SIM_HOSTS = 3, SIM_SAS = 64, SIM_LOG = 400 };

/* An SA that a host's ipsecd has. */
struct sim_sa {
	uint8_t satype;
	bool inbound, larval;
	uint32_t spi;
	struct addr src, dst;
	struct pfkey_addr isrc, idst;
	uint32_t flags, acquire;
	uint8_t encr, auth, replay;
	struct secret ekey, akey;
	struct lifetime soft, hard;
	uint16_t natt_lport, natt_rport;
	uint64_t born; /* ms */
};

struct sim_host {
	struct ike *ike;
	struct ikecfg cfg;
	struct addr a;
	struct sim_sa sa[SIM_SAS];
	unsigned n_sa;
	/* its policy: transport, or tunnel between these prefixes; none */
	enum { SIM_NONE, SIM_TRANSPORT, SIM_TUNNEL } policy;
	uint8_t satype;
	struct prefix inner_own, inner_peer;
	struct pfkey_ecomb comb[4];
	unsigned n_comb;
	uint32_t next_spi;
	const char *psk; /* NULL: the keystore has none */
	bool full;	 /* its ipsecd takes no outbound SA */
	bool cut;	 /* its network is down */
	/* behind a NAT: its packets seem to come from there; port 0: no NAT */
	struct ike_end nat;
	struct ike_end natted_from; /* its own end, as last seen by the NAT */
	uint32_t last_acquire,
	    refused;	/* numbers of ACQUIRE; refused: the last */
	uint32_t woken; /* number of the last ACQUIRE whose SA came */
	unsigned sent, received;
	size_t bytes_out, bytes_in;
};

struct sim {
	struct sim_host h[SIM_HOSTS];
	unsigned n;
	uint64_t now, seed;
	struct crypto *crypto; /* borrowed */
	struct rng rng;
	/* percent */
	unsigned loss, twice, reorder;
	unsigned delay; /* ms, at most */
	unsigned lag;	/* of ipsecd and keystore, ms at most */
	struct sim_event *queue;
	unsigned n_queue, cap;
	unsigned errors;  /* ADD and UPDATE that ipsecd refused */
	unsigned unsound; /* of those, what cannot be an SA at all */
	struct ike_limits limits;
	bool verbose; /* print logs */
	/* called with each datagram, before the network has it; may be NULL */
	bool (*tap)(struct sim *s, unsigned from, struct ike_bytes *msg);
	void *tap_ctx;
	unsigned logs;
	char last_log[IKE_LOG_TEXT];
	unsigned replies;
	struct ike_saview view[8]; /* of the last DUMP; borrows nothing */
	unsigned n_view;
	struct ike_stats stats;
};

/* Two hosts (10.0.0.1, 10.0.0.2) or three, one rule with a preshared key. */
void sim_init(struct sim *s, struct crypto *c, unsigned hosts, uint64_t seed);
void sim_fini(struct sim *s);
/* The engines with the configuration that sim_init() made and the test changed.
 */
void sim_start(struct sim *s);
/* The host forgets all it had, and tells nobody. */
void sim_reboot(struct sim *s, unsigned at);
/* A number below n. */
uint32_t sim_rnd(struct sim *s, uint32_t n);

/* A packet of host `from` to host `to` finds no SA. */
void sim_packet(struct sim *s, unsigned from, unsigned to);
/* An EXPIRE of the outbound SA that host `at` uses to `to`; soft or hard. */
bool sim_expire(struct sim *s, unsigned at, unsigned to, bool hard);
void sim_admin(struct sim *s, unsigned at, enum ike_admin what);
void sim_give(struct sim *s, unsigned at, const struct ike_event *ev);

/* Let ms pass. */
void sim_run(struct sim *s, uint64_t ms);

/* The newest SA of that direction, or NULL. */
struct sim_sa *sim_find(
    struct sim *s, unsigned at, unsigned peer, bool inbound);
unsigned sim_count(const struct sim *s, unsigned at, bool inbound);
/*
 * Exactly one pair between both, the same on both sides, with the same keys;
 * and one IKE SA. NULL, or what is not so.
 */
const char *sim_agree(struct sim *s, unsigned a, unsigned b);
/* What each host has, to standard error. */
void sim_dump(struct sim *s);
/* Does a packet of host `from` arrive: has the other one the SA for it? */
bool sim_carries(struct sim *s, unsigned from, unsigned to);

#endif /* IKE_SIM_H */
