/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * polrand - random selectors and packets that meet often, for tests of policy.
 * A seed gives the same ones everywhere.
 */
#ifndef CORE_POLRAND_H
#define CORE_POLRAND_H

#include "model/rule.h"

static inline uint32_t
polrand(uint64_t *seed, uint32_t below)
{
	*seed = *seed * UINT64_C(6364136223846793005) +
		UINT64_C(1442695040888963407);
	return (uint32_t)((*seed >> 33) % below);
}

/* One of few addresses, that share prefixes of many lengths. */
static inline struct addr
polrand_addr(uint64_t *seed, uint8_t fam)
{
	struct addr a = { .fam = fam };
	unsigned n = (unsigned)addr_bytes(fam);

	a.b[0] = fam == FAM_V4 ? 10 : 0x20;
	a.b[1] = (uint8_t)polrand(seed, 2);
	a.b[n - 2] = (uint8_t)(polrand(seed, 2) << 7);
	a.b[n - 1] = (uint8_t)polrand(seed, 6);
	return a;
}

static inline struct prefix
polrand_prefix(uint64_t *seed, uint8_t fam)
{
	static const uint8_t less[] = { 0, 0, 0, 1, 2, 8, 9, 16, 17, 24 };
	struct prefix p = { .a = polrand_addr(seed, fam) };

	p.len = (uint8_t)(addr_bits(fam) - less[polrand(seed, sizeof(less))]);
	if (polrand(seed, 20) == 0)
		p.len = 0;
	prefix_canon(&p);
	return p;
}

static inline void
polrand_ports(uint64_t *seed, uint16_t *min, uint16_t *max)
{
	*min = (uint16_t)(1 + polrand(seed, 5));
	*max =
	    polrand(seed, 4) == 0 ? (uint16_t)(*min + polrand(seed, 3)) : *min;
	if (polrand(seed, 16) == 0)
		*max = polrand(seed, 2) ? UINT16_MAX : 40000;
}

static inline uint8_t
polrand_proto(uint64_t *seed, uint8_t fam)
{
	static const uint8_t protos[] = { IPPROTO_TCP_, IPPROTO_UDP_,
		IPPROTO_SCTP_, 47, 0 };
	uint8_t p = protos[polrand(seed, sizeof(protos))];

	return p != 0 ? p : fam == FAM_V4 ? IPPROTO_ICMP_ : IPPROTO_ICMPV6_;
}

static inline struct sel
polrand_sel(uint64_t *seed, uint8_t fam)
{
	struct sel s = { .has = polrand(seed, 32) };

	if ((s.has & SEL_LADDR) != 0)
		s.laddr = polrand_prefix(seed, fam);
	if ((s.has & SEL_RADDR) != 0)
		s.raddr = polrand_prefix(seed, fam);
	if ((s.has & SEL_PROTO) != 0)
		s.proto = polrand_proto(seed, fam);
	if ((s.has & SEL_LPORT) != 0)
		polrand_ports(seed, &s.lport_min, &s.lport_max);
	if ((s.has & SEL_RPORT) != 0)
		polrand_ports(seed, &s.rport_min, &s.rport_max);
	if ((s.has & SEL_PROTO) != 0 &&
	    (s.proto == IPPROTO_ICMP_ || s.proto == IPPROTO_ICMPV6_)) {
		s.has &= ~(unsigned)(SEL_LPORT | SEL_RPORT);
		s.has |= polrand(seed, 2) ? SEL_TYPE : 0;
		s.type_min = (uint8_t)polrand(seed, 5);
		s.type_max = (uint8_t)(s.type_min + polrand(seed, 2));
		if ((s.has & SEL_TYPE) != 0 && polrand(seed, 2))
			s.has |= SEL_CODE;
		s.code_min = (uint8_t)polrand(seed, 3);
		s.code_max = (uint8_t)(s.code_min + polrand(seed, 2));
	}
	return s;
}

static inline struct flow
polrand_flow(uint64_t *seed, uint8_t fam)
{
	struct flow f = { .local = polrand_addr(seed, fam),
		.remote = polrand_addr(seed, fam),
		.proto = polrand_proto(seed, fam) };
	bool whole = polrand(seed, 8) != 0; /* not a later fragment */

	f.has_icmp =
	    whole && (f.proto == IPPROTO_ICMP_ || f.proto == IPPROTO_ICMPV6_);
	f.has_ports = whole && !f.has_icmp && f.proto != 47;
	if (f.has_ports) {
		f.lport = (uint16_t)(1 + polrand(seed, 6));
		f.rport = (uint16_t)(1 + polrand(seed, 6));
	}
	if (f.has_icmp) {
		f.icmp_type = (uint8_t)polrand(seed, 6);
		f.icmp_code = (uint8_t)polrand(seed, 4);
	}
	return f;
}

#endif /* CORE_POLRAND_H */
