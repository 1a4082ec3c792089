/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sockpol - ask the ipsecd of this network namespace for a policy of one socket,
 * which goes along as a descriptor (wire/sockreq.h). Anybody may, for sockets
 * that are his. Safe in threads.
 */
#ifndef CLIENT_SOCKPOL_H
#define CLIENT_SOCKPOL_H

#include <solipsec/ipsec.h>

#include "base/rd.h"

/* Key bits at least: of AH, ESP encryption, ESP authentication; 0: as usual. */
struct sockpol_bits {
	uint16_t ah, esp, espa;
};

/*
 * Both return 0 or what ipsec_setsockopt(3) has as errno. bits may be NULL: the
 * algorithms' usual sizes.
 */
int sockpol_set(
    int fd, const ipsec_req_t *req, const struct sockpol_bits *bits);
int sockpol_get(int fd, ipsec_req_t *req);

/* What that errno means, for people. */
const char *sockpol_reason(int err);

#endif /* CLIENT_SOCKPOL_H */
