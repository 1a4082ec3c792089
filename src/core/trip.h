/* SPDX-License-Identifier: BSD-2-Clause */
/* trip - one packet on its way through the path. For path.c and tunnel.c only. */
#ifndef CORE_TRIP_H
#define CORE_TRIP_H

#include "core/fragcache.h"
#include "core/kspd.h"

struct trip {
	struct path *p;
	struct path_result r;
	struct now now;
	uint8_t *out, *work;
	const char *tun;    /* the head that decides */
	const uint8_t *pkt; /* as it is now */
	struct ip_view v;   /* of pkt */
	struct flow f;	    /* of the packet without protection */
	/* a fragment: what its whole datagram shows, or NULL */
	const struct flow *whole;
	struct addr final;   /* outbound: where it goes in the end */
	struct spd_entry *e; /* the rule that decides, or NULL */
	bool once;	     /* it is for this packet alone: not to be kept */
	struct conn *c;	     /* whose policy that is, or NULL */
	bool own;	     /* outbound: of a socket with its own policy */
	bool asked;	     /* what follows is known */
	struct path_socket sock;
	struct sa *ah, *esp; /* chosen, or that opened the packet */
	struct sa *blame;    /* whose drop it is */
	/*
	 * Outbound: what was given in, before a tunnel interface's header. The
	 * same as pkt and v unless `wrapped`.
	 */
	const char *from;
	const struct path_tunnel *iface; /* of that name, or NULL */
	const uint8_t *inner_pkt;
	struct ip_view inner;
	bool wrapped;
	uint8_t limit;		       /* of the header to make (RFC 2473) */
	bool has_limit;		       /* it is to be told even when it is 0 */
	bool selfencap, bad_selfencap; /* inbound: selfencap_open() */
	/* Inbound: came in a tunnel-mode SA; the header that went with it. */
	bool tunnel;
	struct ip_view outer;
};

/* Which of kspd's directions the packet is of. */
static inline enum kame_dir
trip_dir(const struct trip *t, enum rule_dir dir)
{
	const struct path_env *env = &t->p->env;

	if (dir == RULE_OUT)
		return KAME_DIR_OUT;
	return env->is_local == NULL || env->is_local(env->ctx, &t->f.local)
		   ? KAME_DIR_IN
		   : KAME_DIR_FWD;
}

/* RFC 9293 3.1 */
enum { TCP_FLAGS = 13, TCP_SYN = 2, TCP_RST = 4, TCP_ACK = 16 };

/* The flags of a TCP segment; 0: it is none, or does not show them. */
static inline uint8_t
trip_tcp_flags(const struct trip *t)
{
	const struct ip_view *v = &t->v;

	return v->proto == IPPROTO_TCP_ && v->frag_off == 0 &&
		       v->len - v->upper > TCP_FLAGS
		   ? t->pkt[v->upper + TCP_FLAGS]
		   : 0;
}

/*
 * Where the host's policy (and no socket's) says nothing about the flow: that of
 * PF_KEY (docs/adr/0009). No connection latches it.
 */
static inline void
trip_ask_kspd(struct trip *t, enum rule_dir dir)
{
	if (t->e == NULL && t->tun[0] == '\0' && t->p->kspd != NULL)
		t->e = kspd_lookup(t->p->kspd, trip_dir(t, dir), &t->f);
}

/*
 * A fragment without ports, where rules ask for ports: which of them decides
 * about its datagram cannot be told (RFC 4301 7, spec: policy 23). Of one that
 * begins within IPv6 options not even the protocol is known.
 */
MUST_USE static inline bool
trip_is_undecidable(const struct trip *t, enum rule_dir dir)
{
	enum { EXT_HOPOPT = 0, EXT_ROUTING = 43, EXT_DSTOPTS = 60 };
	uint8_t nh = t->v.proto, fam = t->f.local.fam;

	if (t->v.frag_off == 0 || t->whole != NULL)
		return false;
	if (t->v.ver == 6 &&
	    (nh == EXT_HOPOPT || nh == EXT_ROUTING || nh == EXT_DSTOPTS))
		return spd_has(t->p->spd, t->tun, dir, fam);
	return spd_has_ports(t->p->spd, t->tun, dir, fam) ||
	       (t->tun[0] == '\0' && t->p->kspd != NULL &&
		   kspd_has_ports(t->p->kspd, trip_dir(t, dir), fam));
}

#endif /* CORE_TRIP_H */
