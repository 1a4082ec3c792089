/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * audit - the events that RFC 4301 4.4.2.1 and RFC 4302/4303 3.3.3, 3.4 call
 * auditable, as lines for the log: no SA, replay, a wrong ICV, fragments, what
 * is malformed, numbers or IVs used up, a packet that is not the SA's. The time
 * is the log's own.
 */
#ifndef DAEMON_AUDIT_H
#define DAEMON_AUDIT_H

#include "core/path.h"
#include "io/log.h"

#define AUDIT_LINE 320

/*
 * The level of such an event in that direction; 0: none. A packet without an SA
 * is DEBUG, as Solaris does not tell of those unless asked (log_unknown_spi).
 */
int audit_level(enum verdict v, bool inbound);

/*
 * What is known of the packet p as it came to the path, which dropped it: reason,
 * SPI, sequence number, addresses, flow label. False: nothing to be told of, as
 * it is no IP packet or, inbound, none of IPsec.
 */
MUST_USE bool audit_line(char line[AUDIT_LINE], const struct path_result *r,
    bool inbound, const uint8_t *p, size_t n, uint16_t natt_port);

/* All limits are apart, so that a flood of one event hides no other. */
struct audit {
	struct log_rate rate[2][VERDICT_N];
	/* tell of packets without an SA as of the others */
	bool log_unknown_spi, ah_log_unknown_spi;
	/*
	 * spec: policy 19: what fails policy, whether this process or the kernel
	 * found out, is told of once in so many ms; 0: never.
	 */
	uint32_t policy_interval;
	uint64_t policy_next, policy_left; /* ms; failures not told of */
	uint64_t kernel_seen; /* what the kernel had counted at the last look */
};

/* Is it one of policy_interval's: the packet is not as policy wants it? */
MUST_USE bool audit_is_policy(enum verdict v);

/*
 * The kernel has dropped n packets for policy in all, of which nothing else is
 * known.
 */
void audit_kernel(struct audit *a, uint64_t n, uint64_t now);

/* Log the event, if it is one. now: mono ms. */
void audit_drop(struct audit *a, const struct path_result *r, bool inbound,
    const uint8_t *p, size_t n, uint16_t natt_port, uint64_t now);

#endif /* DAEMON_AUDIT_H */
