/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * flow - what selectors look at: addresses, protocol, ports or ICMP type/code.
 * "local" and "remote" are as in RFC 4301 4.4.1.1: the source of an outbound
 * and the destination of an inbound packet are local.
 */
#ifndef MODEL_FLOW_H
#define MODEL_FLOW_H

#include "model/addr.h"

enum {
	IPPROTO_ICMP_ = 1,
	IPPROTO_IPIP_ = 4,
	IPPROTO_TCP_ = 6,
	IPPROTO_UDP_ = 17,
	IPPROTO_IPV6_ = 41,
	IPPROTO_ESP_ = 50,
	IPPROTO_AH_ = 51,
	IPPROTO_ICMPV6_ = 58,
	IPPROTO_NONE_ = 59,
	IPPROTO_SCTP_ = 132
};

struct flow {
	struct addr local, remote;
	uint8_t proto;	/* final upper-layer protocol */
	bool has_ports; /* TCP, UDP, SCTP, and the ports are there */
	bool has_icmp;	/* ICMP, ICMPv6, and type and code are there */
	uint16_t lport, rport;
	uint8_t icmp_type, icmp_code;
};

#endif /* MODEL_FLOW_H */
