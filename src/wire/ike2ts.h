/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ike2ts - the body of a TS payload: traffic selectors (RFC 7296 3.13). Ranges
 * of IPv4 and IPv6 addresses with protocol and ports; others (Fibre Channel,
 * security labels) are stepped over and counted.
 */
#ifndef WIRE_IKE2TS_H
#define WIRE_IKE2TS_H

#include "base/wr.h"

#include "model/addr.h"

/*
 * That many are kept; further ones have to be right, but fall away: who answers
 * may narrow to a part of what is offered (RFC 7296 2.9).
 */
#define IKE2TS_MAX 48

struct ike2_ts {
	uint8_t proto; /* 0: any */
	/*
	 * Ports, both ends included. ICMP and ICMPv6: type * 256 + code. Any:
	 * 0 to 65535. Opaque (no port can be seen): 65535 to 0.
	 */
	uint16_t port_lo, port_hi;
	struct addr lo, hi; /* of one family, lo <= hi */
};

struct ike2_tslist {
	uint8_t n;	 /* of t[] */
	uint8_t unknown; /* of other types */
	uint8_t dropped; /* did not fit into t[] */
	struct ike2_ts t[IKE2TS_MAX];
};

/*
 * 0, or EINVAL: no selector at all, a count or length that disagrees, an address
 * or port range that begins behind its end (but for opaque ports). After 0, n may
 * be 0, when all were of unknown types.
 */
MUST_USE int ike2ts_parse(struct ike2_tslist *out, struct rd r);
/* n of them, 1 to 255; what is no range of IPv4 or IPv6 makes w bad. */
void ike2ts_write(struct wr *w, const struct ike2_ts *t, size_t n);

static inline bool
ike2ts_is_opaque(const struct ike2_ts *t)
{
	return t->port_lo == UINT16_MAX && t->port_hi == 0;
}

#endif /* WIRE_IKE2TS_H */
