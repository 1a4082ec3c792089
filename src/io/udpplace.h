/* SPDX-License-Identifier: BSD-2-Clause */
/* udpplace - the number of a socket in its group (io/udpshare.h). */
#ifndef IO_UDPPLACE_H
#define IO_UDPPLACE_H

#include "base/rd.h"

/*
 * The number that the next socket of this family (4, 6) will have that is bound
 * to the port and to no address. 0 when that cannot be known.
 */
uint32_t udpplace_next(uint8_t fam, uint16_t port);

#endif /* IO_UDPPLACE_H */
