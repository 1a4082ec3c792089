/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IPsec policy of one socket, as ipsec(7P) of Solaris has it: what a program asks
 * for itself, whatever the system's policy says. ipsecd does it; the policy ends
 * when the socket ends, and sockets that are accepted from a listening one have
 * its policy. See ipsec_setsockopt(3).
 */
#ifndef SOLIPSEC_IPSEC_H
#define SOLIPSEC_IPSEC_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* For each of AH, ESP and self-encapsulation. 0: none is asked for. */
#define IPSEC_PREF_NEVER    0x01 /* bypass policy; needs the right to */
#define IPSEC_PREF_REQUIRED 0x02 /* in both directions */
#define IPSEC_PREF_UNIQUE   0x04 /* with REQUIRED: an SA of the socket's own */

/* Algorithms are numbers of /etc/inet/ipsecalgs: getipsecalgbyname(3). */
#define IPSEC_AALG_ANY 255 /* ipsr_esp_auth_alg: any */

typedef struct ipsec_req {
	uint32_t ipsr_ah_req;	      /* IPSEC_PREF_* */
	uint32_t ipsr_esp_req;	      /* IPSEC_PREF_* */
	uint32_t ipsr_self_encap_req; /* IPSEC_PREF_*; IPv4 only */
	uint8_t ipsr_auth_alg;	      /* AH; 0: any */
	uint8_t ipsr_esp_alg;	      /* ESP encryption; 0: any */
	uint8_t ipsr_esp_auth_alg;    /* ESP authentication; 0: none */
} ipsec_req_t;

/*
 * Options of setsockopt(2) on Solaris, at the levels IPPROTO_IP and IPPROTO_IPV6.
 * Linux' kernel has other options with these numbers, of other sizes; a program
 * that uses them runs under `solipsec run`, others call the functions below.
 */
#define IP_SEC_OPT   0x22
#define IPV6_SEC_OPT 0x22

/*
 * Give the IPv4 or IPv6 socket s this policy, in place of an earlier request;
 * all requests 0: the system's policy holds again. TCP and UDP. Not after
 * connect() or accept(). 0, or -1 and errno:
 *   EINVAL           contradictory or unknown bits, unknown algorithm, self-
 *                    encapsulation alone, or the socket is connected
 *   EPERM            IPSEC_PREF_NEVER without the right to bypass policy
 *   EPROTONOSUPPORT  no ipsecd serves this network namespace
 *   EOPNOTSUPP       not a kind of socket that ipsecd can tell packets of
 *   ENOTSOCK, EBADF, ENOMEM, EMFILE, ETIMEDOUT
 */
int ipsec_setsockopt(int s, const ipsec_req_t *req);

/*
 * What holds for s: what its connection has latched, or else what was asked for.
 * All 0: nothing of its own. 0, or -1 and errno as above.
 */
int ipsec_getsockopt(int s, ipsec_req_t *req);

#ifdef __cplusplus
}
#endif

#endif /* SOLIPSEC_IPSEC_H */
