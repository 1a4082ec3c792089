/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * steer - make the kernel send chosen packets of this host through a device, and
 * judge what comes in: two lists of matches, first match decides. What is not
 * listed keeps the kernel's own way. Forwarded packets have lists of their own.
 *
 * Three parts work together. nf_tables (one table, changed in one transaction)
 * marks outbound packets and so has them routed again; a guard drops a marked
 * packet that would leave by another device. Routing rules send marked packets
 * to the device; when it is not there they are unreachable. More rules let the
 * first routing decision of a TCP socket see the device's route, so that it
 * picks a segment size that fits. docs/steering.md has it in full.
 */
#ifndef IO_STEER_H
#define IO_STEER_H

#include "io/netaddr.h"

#define STEER_NAME 32 /* bytes of a counter's name, with NUL */

/* Outbound: which packets a match is about. */
enum steer_only {
	STEER_ALL,
	/* fragments that a program makes and that may hide what lines ask for:
	   the later ones; of IPv6 all. What the kernel splits is whole here. */
	STEER_PIECE,
	/* that name a further stop: source routes, IPv6 routing headers */
	STEER_ROUTED,
	STEER_ROOT, /* from a socket that root has opened */
	STEER_RESET /* TCP with the flag RST */
};

struct steer_match {
	uint8_t fam;		 /* 4 or 6 */
	uint8_t only;		 /* enum steer_only */
	struct netaddr src, dst; /* of the packet; fam 0: any */
	uint8_t src_len, dst_len;
	uint8_t proto; /* 0: any */
	/* min 0: any. Without proto: TCP, UDP or SCTP with these ports */
	uint16_t sport_min, sport_max, dport_min, dport_max;
	/* first two bytes of the upper layer (ICMP), each a range */
	bool has_type, has_code;
	uint8_t type_min, type_max, code_min, code_max;
};

/* STEER_SECOND: let the second list decide; STEER_CLASS: that of a class. */
enum steer_verb {
	STEER_PASS,
	STEER_DIVERT,
	STEER_DROP,
	STEER_SECOND,
	STEER_CLASS
};

#define STEER_CLASSES 32 /* at most */

struct steer_line {
	struct steer_match m;
	uint8_t verb;  /* enum steer_verb; inbound: not STEER_DIVERT */
	uint8_t class; /* STEER_CLASS */
	/* counters that go up with it; "": none */
	char count[2][STEER_NAME];
};

/* Lines that decide about what other lines have sent here. */
struct steer_class {
	const struct steer_line *v;
	size_t n;
};

/* Largest packet that a TCP peer behind this prefix should be sent. */
struct steer_way {
	struct netaddr dst;
	uint8_t len;
	uint32_t mtu;
};

/* The outer addresses of a tunnel. */
struct steer_ends {
	struct netaddr local, remote;
};
/* How packets can be handed over that no route leads to the device. */
enum steer_queue { STEER_QUEUE_NONE, STEER_QUEUE_NFT, STEER_QUEUE_XT };

/*
 * What holds for one flow before all lines: both directions of it, since local
 * is this host.
 */
enum steer_flow_kind {
	STEER_FLOW_CLEAR, /* TCP that goes its own way; not what opens it */
	STEER_FLOW_ASKED, /* diverted, and accepted in the clear */
	STEER_FLOW_HELD,  /* diverted; in the clear STEER_SECOND */
	STEER_FLOW_KINDS
};

struct steer_flow {
	uint8_t kind;  /* enum steer_flow_kind */
	uint8_t proto; /* TCP or UDP */
	struct netaddr local, remote;
	uint16_t lport, rport;
};

struct steer_plan {
	const struct steer_line *out, *in, *second;
	size_t n_out, n_in, n_second;
	/*
	 * Inbound ICMP errors, by the packet of this host that they quote:
	 * STEER_SECOND, or STEER_PASS: the error is judged by itself. No counters.
	 */
	const struct steer_line *quoted;
	size_t n_quoted;
	/*
	 * Outbound, before `out`, and resets and ICMP alone: STEER_DIVERT, or
	 * STEER_PASS: `out` decides. No counters.
	 */
	const struct steer_line *replies;
	size_t n_replies;
	/*
	 * Packets that this host forwards. `transit`: STEER_DIVERT, STEER_PASS
	 * or STEER_DROP, as they leave; what is diverted may leave by the device
	 * alone. `entering`: STEER_PASS or STEER_DROP, unless they come from the
	 * device.
	 */
	const struct steer_line *transit, *entering;
	size_t n_transit, n_entering;
	const struct steer_way *way;
	size_t n_way;
	uint32_t mtu[2]; /* TCP to all other addresses: IPv4, IPv6 */
	const struct steer_flow *flows;
	size_t n_flows;
	/*
	 * IPv4, IPv6: packets of sockets with mark steer_conf.own go to their own
	 * device; mtu: that TCP sees there. Without this they are dropped.
	 */
	bool own[2];
	uint32_t own_mtu[2];
	/* The lines go before what mark the socket has, that a packet is for. */
	bool lines_first;
	/* counters that are to be there even when no line has them */
	const char *const *counters;
	size_t n_counters;
	/* one of them, or NULL: inbound IPv6 fragments that come first and do not
	   show what lines ask for */
	const char *count_first;
	/*
	 * IP in IP between these is for this program, whatever lines say, and for
	 * nobody else: it comes with the protocols steer_conf.tunnel.
	 */
	const struct steer_ends *ends;
	size_t n_ends;
	/* IPv4, IPv6: a packet for an address of another device than the one that
	   it came in by is dropped: STEER_COUNT_STRICT */
	bool strict[2];
	/* but by these, which may have the addresses of others */
	const char *const *loose;
	size_t n_loose;
	/*
	 * What the host sends to itself: lines that send it to a class, or drop
	 * it; what none is for belongs to class 0. No classes: all may go on.
	 */
	const struct steer_line *self;
	size_t n_self;
	const struct steer_class *classes;
	size_t n_classes;
	/*
	 * Who reads steer_conf.queue gets the packets that the kernel does not
	 * send by the device: to groups, to all hosts of a link, to addresses of
	 * link scope, of sockets bound to another device. And ESP and AH that came
	 * so, to be put in place of what they carry.
	 */
	enum steer_queue queue;
	bool in_place; /* all ESP and AH that comes is handed over so */
	bool armed;    /* steer_found() of a later process says true */
};

/* What is this program's in the kernel. Strings are borrowed for good. */
struct steer_conf {
	const char *dev, *own_dev; /* devices */
	const char *table;	   /* of nf_tables */
	/*
	 * Marks: bits, and values of them. Sockets have bypass (their packets are
	 * not looked at) or own; `again` is one more bit, for packets alone.
	 */
	uint32_t mask, bypass, divert, own, again;
	uint32_t table_any, table_tcp; /* routing tables */
	uint32_t table_own, table_own_tcp;
	uint32_t pref_first,
	    pref_last; /* routing rules; room for 20 at least */
	uint8_t proto; /* number of routes and rules (rt_protos) */
	/*
	 * What IPv4 in IP and IPv6 in IP of a plan's ends are renamed to when they
	 * are delivered, so that no tunnel of the kernel's takes them.
	 */
	uint8_t tunnel[2];
	uint16_t queue; /* number of the queue (io/nfqueue.h) */
};

struct steer;

/* NULL: errno says why. */
struct steer *steer_open(const struct steer_conf *c);
void steer_close(struct steer *s); /* leaves everything in place */

/* Did an armed plan of an earlier process survive? */
MUST_USE bool steer_found(const struct steer *s);
/* What this kernel has for a queue. */
enum steer_queue steer_queue_kind(struct steer *s);
/* Own what an earlier process left, where the kernel can do that. */
void steer_adopt(struct steer *s);
/* After steer_apply() or steer_adopt(): can nobody else change the table? */
MUST_USE bool steer_owns(const struct steer *s);
/*
 * Make the kernel agree with p; the device is there. 0 or errno; after a failure
 * packets are judged as before. Counters with a name that goes on keep counting.
 */
int steer_apply(struct steer *s, const struct steer_plan *p);
/*
 * Are the rules and routes of the last steer_apply() still there, and the table?
 * A look at how many there are, to be taken now and then.
 */
MUST_USE bool steer_intact(struct steer *s);
/*
 * Flows of the last plan that are over. 0 or errno: then they are still as the
 * plan said.
 */
int steer_forget(struct steer *s, const struct steer_flow *f, size_t n);
/* Can packets be judged by the mark of the socket that they are for? */
MUST_USE bool steer_knows_sockets(const struct steer *s);
/* Take everything away. 0 or the first errno; goes on after a failure. */
int steer_remove(struct steer *s);
int steer_counters(struct steer *s,
    bool (*f)(void *ctx, const char *name, uint64_t packets, uint64_t bytes),
    void *ctx);

/* Counters that are always there. */
/* to be diverted or dropped, but about to leave by another device */
#define STEER_COUNT_GUARD "steer_guard"
/* handed over by the queue, since the kernel keeps them to another device */
#define STEER_COUNT_QUEUE "steer_queue"
#define STEER_COUNT_STRAY "steer_stray" /* left by the device, not selected */

/* IP in IP of a plan's ends, behind headers that are not looked through */
#define STEER_COUNT_TUNNEL "steer_tunnel"
#define STEER_COUNT_STRICT "steer_strict"

#endif /* IO_STEER_H */
