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
 * Outbound: t->pkt gets the header of the interface t->tun, in t->work. False:
 * the interface's ends are not known.
 */
MUST_USE bool tunnel_wrap(struct trip *t);

/*
 * Inbound, what a tunnel-mode SA carried: the interface whose policy accepts
 * the packet gets it, t->tun. PASS, or the reason of the last one tried.
 */
enum verdict tunnel_judge(struct trip *t);

/*
 * Inbound, an IP in IP packet, in the clear or out of transport-mode SAs, which
 * has the ends of an interface with policy: true, *v is what its policy says and
 * after PASS t->pkt, in t->out or t->work, is what it carried. False: it is a
 * packet of the host's like others.
 */
MUST_USE bool tunnel_unwrap(struct trip *t, enum verdict *v);

#endif /* CORE_TUNNEL_H */
