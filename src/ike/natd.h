/* SPDX-License-Identifier: BSD-2-Clause */
/* natd - is there a NAT on the way? RFC 7296 2.23. */
#ifndef IKE_NATD_H
#define IKE_NATD_H

#include "model/addr.h"
#include "wire/ike2.h"

#define NATD_LEN 20

/*
 * SHA-1(SPIi | SPIr | address | port): the data of NAT_DETECTION_*_IP. SPIs as they
 * stand in the message's header; port in host order.
 */
void natd_hash(uint8_t out[NATD_LEN], uint64_t spi_i, uint64_t spi_r,
    const struct addr *a, uint16_t port);

struct natd {
	bool asked;  /* the message has both notifications */
	bool local;  /* a NAT in front of us: what it was sent to is not ours */
	bool remote; /* a NAT in front of the peer */
};
/*
 * A received message with where it came from and arrived. Several
 * NAT_DETECTION_SOURCE_IP: one that fits is enough.
 */
struct natd natd_look(const struct ike2_msg *m, const struct addr *local,
    uint16_t lport, const struct addr *remote, uint16_t rport);

#endif /* IKE_NATD_H */
