/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * path - what happens to a packet: the outbound and the inbound way of the
 * Solaris guide (figures 19-1 and 19-2), RFC 4301 5.1 and 5.2. Outbound: policy,
 * ESP, AH. Inbound: AH, ESP, policy. No system call, no clock, no allocation
 * but for a packet that is held.
 */
#ifndef CORE_PATH_H
#define CORE_PATH_H

#include "core/conn.h"
#include "core/sadb.h"
#include "core/spd.h"
#include "wire/ip.h"

struct kspd;	  /* policy of PF_KEY: core/kspd.h */
struct flowcache; /* what was decided before: core/flowcache.h */
struct larval;	  /* packets that wait for an SA: core/larval.h */
struct fragcache; /* fragments that wait for others: core/fragcache.h */
struct fragcache_piece;
struct reply_table; /* requests that came protected: core/reply.h */

/* Where a result goes. */
enum path_to {
	PATH_NOWHERE,
	PATH_WIRE, /* send as it is, to the address in its header */
	PATH_HOST, /* give to the host's stack, by the TUN device `tun` */
	PATH_SENDER /* an ICMP error for the local sender, by the device it came from */
};

/* What Solaris counts of each protocol (spec: services 10). */
struct path_proto {
	uint64_t out_requests, out_discards; /* to be protected; not done */
	uint64_t in_requests, in_discards;   /* came; not let through */
	uint64_t good_auth;		     /* came, and the ICV was right */
	uint64_t crypto;       /* packets sealed, or opened, by cryptography */
	uint64_t crypto_async; /* of these: had waited in a queue */
	uint64_t acquires;     /* asked for */
};

struct path_stats {
	struct path_proto proto[2]; /* [0] ESP, [1] AH */
	uint64_t n[2][VERDICT_N];   /* [0] outbound, [1] inbound */
	uint64_t esp_in, esp_out, ah_in, ah_out, clear_in, clear_out;
	uint64_t acquires;
	uint64_t natt_renumbers; /* a peer's NAT gave it another port */
	/* Said by the caller: the packet at hand has waited in its queue. */
	bool queued;
};

/* What the host knows of the socket that a flow belongs to. */
struct path_socket {
	bool found;
	bool connected; /* TCP that does not listen, UDP with a peer */
	uint64_t cookie;
	struct conn_own *own; /* borrowed; NULL: it has no policy of its own */
};

/* A tunnel interface, as whoever made it says (spec: services 7). */
struct path_tunnel {
	const char *name;
	/*
	 * The outer addresses, src the local one. Of no family: nobody said; then
	 * only tunnel mode works, with the addresses of its SAs.
	 */
	struct addr src, dst;
	uint8_t ttl;   /* of the outer header; 0: 64 */
	uint8_t limit; /* RFC 2473 4.1.1, how many more tunnels; 0: unsaid */
	uint8_t df;    /* enum df_mode: IPv4's outer DF */
	/* its policy is to be there: without one nothing passes */
	bool secure;
};

struct path_env {
	/* MTU of the way to this outer address, in bytes */
	uint32_t (*mtu)(void *ctx, const struct addr *dst);
	/*
	 * Policy wants an SA that is not there: tell key management. seq is the
	 * ACQUIRE's number. False: nobody listens.
	 */
	bool (*acquire)(void *ctx, uint32_t seq, const struct rule *r,
	    const struct flow *f, const struct addr *src,
	    const struct addr *dst);
	/*
	 * The tunnel interface of that name, or NULL: it is not there. No function:
	 * nobody knows; then those that policy names are all there, without ends.
	 */
	const struct path_tunnel *(*tunnel)(void *ctx, const char *name);
	/*
	 * The i-th of those with these outer addresses, or NULL past the last.
	 * Results of both stay as they are until the packet is done.
	 */
	const struct path_tunnel *(*between)(void *ctx,
	    const struct addr *local, const struct addr *remote, size_t i);
	void *ctx;
	/*
	 * The socket that has this flow, which has ports, or that would take its
	 * packets. NULL: nobody knows; then TCP latches alone.
	 */
	void (*socket)(void *ctx, const struct flow *f, struct path_socket *s);
	/*
	 * Is this address one of the host's own? Tells what is delivered from
	 * what is forwarded, for kspd. NULL: all of them are.
	 */
	bool (*is_local)(void *ctx, const struct addr *a);
};

struct path_tune {
	uint32_t nat_keepalive; /* s, ipsecesp_nat_keepalive_interval: 20 */
	/*
	 * ipsecesp_padding_check (spec: services 11): 0, 1: ESP's padding has a
	 * length that can be; 2: its bytes are 1, 2, 3, ... (RFC 4303 2.4).
	 */
	uint8_t padding_check;
	/*
	 * After how many packets of an SA in a row whose ICV was bad a later
	 * upper half of the sequence number is tried (RFC 4303 A3). 0: never.
	 */
	uint32_t esn_resync;
	bool icmp_accept_clear_messages; /* 1, as the next two */
	bool igmp_accept_clear_messages, pim_accept_clear_messages;
	uint32_t acquire_timeout;    /* s, 15: for ESP, alone or with AH */
	uint32_t ah_acquire_timeout; /* s, for AH alone; 0: the same */
	uint16_t natt_port;	     /* 4500 */
	/*
	 * Outbound, UDP from the ports of key management is never judged. True:
	 * it is, since the caller lets key management's own packets by, and what
	 * comes here from those ports is somebody else's.
	 */
	bool ike_is_judged;
	/*
	 * ipsec_latch: what a connection has latched holds when policy changes.
	 * False: it is looked up again then.
	 */
	bool latch;
	/* ipsec_override_persocket_policy: an entry of the system goes first. */
	bool override_sockets;
};

struct path {
	struct spd *spd;
	struct kspd *kspd; /* asked where spd has no entry; NULL: none */
	struct sadb *sadb;
	const struct rng *rng;
	struct larval *larval;
	struct fragcache *frags;  /* NULL: such fragments are dropped */
	struct conn_table *conns; /* NULL: nothing latches */
	/* NULL: what the host answers by itself is policy's affair alone */
	struct reply_table *replies;
	struct flowcache *flows; /* filled when it is there: core/lane.h */
	uint64_t changes;	 /* path_changed() */
	struct path_env env;
	struct path_tune tune;
	struct path_stats stats;
	uint16_t ip_id; /* outer IPv4 identification, next */
	/*
	 * Device that the outbound packet is bound to, 0: none. Only for the
	 * caller, who gets it back with a packet that was held; and such a packet
	 * may always be split, since its sender cannot be told.
	 */
	uint32_t via;
};

/*
 * What env answers about tunnels or about the host's addresses is another from now
 * on. (Of SPD, SADB, kspd, connections and tune the path sees it by itself.)
 */
static inline void
path_changed(struct path *p)
{
	p->changes++;
}

#define PATH_ROOM \
	66560 /* bytes of a buffer that holds any packet with its headers */

struct path_result {
	enum verdict verdict;
	enum path_to to;
	size_t len; /* of the packet in the caller's buffer */
	const char *
	    tun; /* PATH_HOST: "" for the host's own device; valid until the SPD changes */
	uint32_t
	    mtu; /* PATH_WIRE: split into fragments of this size (core/frag.h) */
	struct addr dst; /* PATH_WIRE */
	const struct sa *esp,
	    *ah;       /* that were used, or NULL; for the caller to report */
	uint64_t seq;  /* of the SA nearest to the wire */
	uint64_t rule; /* index of the policy entry, 0: none */
};

/* The device of sockets that have a policy of their own, for path_out(). */
#define PATH_OWN "*own"

/*
 * tun: "" when the packet came from the host's own device, PATH_OWN, or the name
 * of a tunnel interface. out has PATH_ROOM bytes and is not the packet's memory; work
 * has as many and is scratch.
 */
struct path_result path_out(struct path *p, uint8_t *out, uint8_t *work,
    const char *tun, const uint8_t *pkt, size_t n, struct now now);

struct flowcache_entry;
/*
 * The same for a packet of a flow that was decided about, f: what protects it is
 * not asked again. Whether f still holds is the caller's question.
 */
struct path_result path_out_known(struct path *p, uint8_t *out, uint8_t *work,
    const struct flowcache_entry *f, const char *tun, const uint8_t *pkt,
    size_t n, struct now now);

/*
 * A packet from the wire: ESP, AH, UDP 4500, or clear (then only judged). It is
 * whole: fragments are put together before. VERDICT_IKE: the packet itself is in
 * out, for whoever speaks IKE.
 */
struct path_result path_in(struct path *p, uint8_t *out, uint8_t *work,
    const uint8_t *pkt, size_t n, struct now now);

/*
 * A fragment of a tunnel's datagram that fragcache_take() has given, in either
 * direction, as path_out() or path_in() of it. r.tun may be in the piece.
 */
struct path_result path_piece(struct path *p, uint8_t *out, uint8_t *work,
    const struct fragcache_piece *piece, struct now now);

#endif /* CORE_PATH_H */
