/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sockreq - what a program says about the policy of one of its sockets, and the
 * answer (spec: policy 25). One message a time over the socket `socket` in the
 * folder of ipsecd, which is SOCK_SEQPACKET; the request brings the socket
 * itself with it (SCM_RIGHTS). Numbers are in host order, as in Solaris' struct
 * ipsec_req:
 *
 *   request  version 1, op 1, zero 2, struct ipsec_req 16 [, minimum key bits 6]
 *   answer   version 1, op 1, zero 2, errno 4, struct ipsec_req 16 [, bits 6]
 *
 * The bits of AH, ESP and ESP authentication, each 2 bytes, are in the answer
 * when they were in the request; 0: the algorithm's own.
 */
#ifndef WIRE_SOCKREQ_H
#define WIRE_SOCKREQ_H

#include "base/rd.h"
#include "base/wr.h"

#define SOCKREQ_VERSION 1
#define SOCKREQ_MAX	30 /* bytes of the longest message */

enum { SOCKREQ_SET = 1, SOCKREQ_GET = 2 };

/* IPSEC_PREF_* of the three requests. */
enum { SOCKREQ_NEVER = 1, SOCKREQ_REQUIRED = 2, SOCKREQ_UNIQUE = 4 };

#define SOCKREQ_ANY_AUTH 255 /* ESP authentication: any; 0: none */

/* Algorithms are numbers of PF_KEY; AH and ESP: 0 is any. */
struct sockreq_want {
	uint32_t ah, esp, selfencap;
	uint8_t ah_alg, esp_alg, espa_alg;
	uint16_t ah_min, esp_min, espa_min; /* bits */
};

struct sockreq {
	uint8_t op;
	bool has_bits;
	uint32_t err; /* of an answer: errno */
	struct sockreq_want want;
};

/*
 * 0; EINVAL for a wrong size or op, EPROTONOSUPPORT for another version. What a
 * number means is not looked at. op is what was sent, also after an error.
 */
MUST_USE int sockreq_parse(struct sockreq *m, const uint8_t *b, size_t n);
void sockreq_write(struct wr *w, const struct sockreq *m);

/* The same of an answer. */
MUST_USE int sockreq_parse_answer(
    struct sockreq *m, const uint8_t *b, size_t n);
void sockreq_write_answer(struct wr *w, const struct sockreq *m);

#endif /* WIRE_SOCKREQ_H */
