/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tun - a device whose packets are read and written by this process: plain IP
 * packets, one a read, one a write. It is persistent: without a process that
 * reads, the kernel drops what is routed to it.
 */
#ifndef IO_TUN_H
#define IO_TUN_H

#include <sys/types.h>

#include "base/rd.h"

/*
 * A descriptor for a later tun_attach(); non-blocking. -1: errno says why.
 * Needed early because the device file is out of reach in a sandbox.
 */
int tun_open(void);
/*
 * Make fd the only reader and writer of the device, which is made when it is
 * not there. 0 or errno; EBUSY: another process has it.
 */
int tun_attach(int fd, const char *name);
/* The device goes away when fd is closed (false: it stays). 0 or errno. */
int tun_persist(int fd, bool persist);

/* Bytes of the packet; 0: none there; -1: errno. */
ssize_t tun_read(int fd, void *buf, size_t cap);
/* False: the kernel did not take it (errno). */
MUST_USE bool tun_write(int fd, const void *pkt, size_t n);

#endif /* IO_TUN_H */
