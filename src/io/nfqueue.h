/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nfqueue - packets that nf_tables holds for this process, which drops them or
 * lets them go on, changed if need be. Where nobody reads, they are dropped.
 */
#ifndef IO_NFQUEUE_H
#define IO_NFQUEUE_H

#include <sys/types.h>

#include "base/rd.h"

struct nfqueue_packet {
	uint32_t id;
	bool outbound;	/* was about to leave; else about to be delivered */
	uint32_t index; /* of the device that it leaves or came by; 0: none */
};

/* A socket that reads this queue, non-blocking. -1: errno says why; EPERM:
   another process does, EPFNOSUPPORT and the like: the kernel has none. */
int nfqueue_open(uint16_t queue);

/*
 * The next packet, from its IP header on. Bytes of it; 0: none there; -1:
 * EMSGSIZE, it was too long and has been dropped, ENOBUFS, some were lost.
 */
ssize_t nfqueue_recv(
    int fd, uint16_t queue, struct nfqueue_packet *q, void *buf, size_t cap);

/* Each packet needs one of these; what comes of it is the kernel's affair. */
void nfqueue_drop(int fd, uint16_t queue, uint32_t id);
/* Let it go on with these n bytes in its place. */
void nfqueue_pass(
    int fd, uint16_t queue, uint32_t id, const void *pkt, size_t n);

#endif /* IO_NFQUEUE_H */
