/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tunnel - packets of tunnel interfaces, each of which has a policy head of its
 * own (spec: policy 17, 26). In tunnel mode the SA makes and takes the outer
 * header; otherwise the interface does, as IP in IP (RFC 2003, RFC 2473).
 */
#ifndef CORE_TUNNEL_H
#define CORE_TUNNEL_H

#include "core/trip.h"

/*
 * Outbound, a packet of the interface t->tun: finds t->iface. Without rules it
 * gets the interface's header and is the host's from then on (policy 17). PASS,
 * or why it may not go on: TUN_LOOP, SPD_NO_POLICY; TUN_LIMIT, with an answer
 * for its sender in t->out.
 */
enum verdict tunnel_enter(struct trip *t);

/*
 * Outbound: t->pkt gets the header of the interface, in t->work. False: the
 * interface's ends are not known.
 */
MUST_USE bool tunnel_wrap(struct trip *t);

/* How the interface wants the outer header h of a tunnel-mode SA around v. */
void tunnel_shape(
    const struct path_tunnel *i, struct ip_new *h, const struct ip_view *v);

/*
 * Inbound, what a tunnel-mode SA carried: the interface whose policy accepts
 * the packet gets it, t->tun. PASS, or the reason of the last one tried.
 */
enum verdict tunnel_judge(struct trip *t);

/*
 * Inbound, an IP in IP packet, in the clear or out of transport-mode SAs, that
 * has the ends of an interface: true, *v is what policy says - of the interface,
 * or host(t), what the host's says of the outer packet, when it has none - and
 * after PASS t->pkt, in t->out or t->work, is what it carried. False: it is a
 * packet of the host's like others.
 */
MUST_USE bool tunnel_unwrap(
    struct trip *t, enum verdict (*host)(struct trip *t), enum verdict *v);

#endif /* CORE_TUNNEL_H */
