/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tun - a device whose packets are read and written by this process: IP packets,
 * one a read, one a write. It is persistent: without a process that reads, the
 * kernel drops what is routed to it.
 *
 * A device may put a header before each packet (struct virtio_net_hdr, in the
 * machine's byte order), and then give and take super-packets: up to 64 KB with the
 * headers of one packet, to be cut into segments by whoever needs them.
 */
#ifndef IO_TUN_H
#define IO_TUN_H

#include <sys/types.h>
#include <sys/uio.h>

#include "base/rd.h"

#define TUN_HEAD 10 /* bytes of the header */

/* What a device does beside plain packets. */
enum {
	TUN_HAS_HEAD = 1, /* every read and write has a header */
	TUN_GIVES_TCP =
	    2, /* reads: checksums may be missing, TCP may come uncut */
	TUN_GIVES_UDP = 4 /* reads: and so may UDP (Linux 6.2) */
};

/*
 * A descriptor for a later tun_attach(); non-blocking. -1: errno says why.
 * Needed early because the device file is out of reach in a sandbox.
 */
int tun_open(void);
/*
 * Make fd the only reader and writer of the device, which is made when it is
 * not there. *head: are headers wanted; becomes false where the kernel has none
 * (NULL: not wanted). 0 or errno; EBUSY: another process has it. Until
 * tun_offload() every packet is whole.
 */
int tun_attach(int fd, const char *name, bool *head);
/*
 * The same of a device that may have several of them, each with the flows that the
 * kernel gives it. EINVAL: it is there, and is for one only.
 */
int tun_attach_more(int fd, const char *name, bool *head);
/* Of an attached one: does it have headers? */
MUST_USE bool tun_has_head(int fd);
/*
 * Of a device with headers: what it may give from now on, of TUN_GIVES_*; returns
 * what the kernel does of that.
 */
unsigned tun_offload(int fd, unsigned want);
/* The device goes away when fd is closed (false: it stays). 0 or errno. */
int tun_persist(int fd, bool persist);

/*
 * Bytes of the packet; 0: none there; -1: errno. head: NULL for a device without
 * headers, else TUN_HEAD bytes.
 */
ssize_t tun_read(int fd, uint8_t *head, void *buf, size_t cap);
/* False: the kernel did not take it (errno). head: likewise. */
MUST_USE bool tun_write(int fd, const uint8_t *head, const void *pkt, size_t n);

/*
 * The same of n pieces, one behind the other, of which the first TUN_HEAD bytes are
 * the header if there is one.
 */
MUST_USE bool tun_write_pieces(int fd, const struct iovec *io, size_t n);

#endif /* IO_TUN_H */
