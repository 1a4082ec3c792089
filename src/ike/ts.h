/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ts - traffic selectors: what of the offered ones may be, and which of that
 * (RFC 7296 2.9); to and from prefixes.
 */
#ifndef IKE_TS_H
#define IKE_TS_H

#include "wire/ike2ts.h"

/* Is all of a in b? Ports of a protocol without ports, too. */
MUST_USE bool ts_within(const struct ike2_ts *a, const struct ike2_ts *b);
/* What both have; false: nothing. */
MUST_USE bool ts_meet(
    struct ike2_ts *out, const struct ike2_ts *a, const struct ike2_ts *b);
MUST_USE bool ts_equal(const struct ike2_ts *a, const struct ike2_ts *b);

/* What policy allows: local and remote traffic, any of one with any of the other. */
struct ts_policy {
	const struct ike2_ts *local, *remote;
	unsigned n_local, n_remote;
	/*
	 * One pair of selectors is all that an SA can have: what is left over
	 * needs another SA.
	 */
	bool one_pair;
	/*
	 * An SA is for one pair of addresses, as that of a packet (unique or
	 * transport mode): a range that holds more is not narrowed by guess.
	 */
	bool hosts;
};

enum ts_result {
	TS_OK,
	TS_NOTHING,    /* no common part: TS_UNACCEPTABLE */
	TS_SINGLE_PAIR /* SINGLE_PAIR_REQUIRED */
};

struct ts_choice {
	struct ike2_tslist i, r; /* TSi, TSr of the answer */
	bool more; /* ADDITIONAL_TS_POSSIBLE: other parts could have been */
};

/*
 * As responder: narrow TSi and TSr. When the first selectors of both are of a
 * packet, that packet stays in if policy has it; otherwise the first common part,
 * as large as it may be, is taken.
 */
enum ts_result ts_narrow(struct ts_choice *out, const struct ike2_tslist *tsi,
    const struct ike2_tslist *tsr, const struct ts_policy *p);

/* As initiator: is the answer (got) within what was offered? */
MUST_USE bool ts_is_narrowed(
    const struct ike2_tslist *got, const struct ike2_tslist *offered);

/*
 * Of a prefix; port 0: any. ICMP: ts_icmp() for port.
 */
struct ike2_ts ts_from_prefix(
    const struct prefix *p, uint8_t proto, uint16_t port);
static inline uint16_t
ts_icmp(uint8_t type, uint8_t code)
{
	return (uint16_t)(type << 8 | code);
}
/* False: the range of addresses is not exactly a prefix. */
MUST_USE bool ts_to_prefix(struct prefix *out, const struct ike2_ts *t);
/*
 * The prefixes that make up the range, in order; at most max of them. Returns how
 * many are needed; more than max: not all are in out. At most 254.
 */
unsigned ts_to_prefixes(
    struct prefix *out, unsigned max, const struct ike2_ts *t);
/* One address and one port, protocol or ICMP type: of a packet. */
MUST_USE bool ts_is_packet(const struct ike2_ts *t);

#define TS_TEXT 128
/* "192.0.2.0/24 tcp 80", "10.0.0.1-10.0.0.9", ... into buf. Returns buf. */
const char *ts_print(char buf[TS_TEXT], const struct ike2_ts *t);
/* A list, comma separated, cut to fit. */
const char *ts_print_list(
    char *buf, size_t size, const struct ike2_ts *t, unsigned n);

#endif /* IKE_TS_H */
