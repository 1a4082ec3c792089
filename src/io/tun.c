/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/tun.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <unistd.h>

#ifndef TUN_F_USO4
#define TUN_F_USO4 0x20 /* Linux 6.2 */
#define TUN_F_USO6 0x40
#endif

int
tun_open(void)
{
	return open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
}

static int
set_head(int fd)
{
	int n = TUN_HEAD;

	return ioctl(fd, TUNSETVNETHDRSZ, &n) == 0 ? 0 : errno;
}

static int
attach(int fd, const char *name, int flags)
{
	struct ifreq r = { .ifr_flags = (short)(IFF_TUN | IFF_NO_PI | flags) };
	size_t n = strlen(name);

	if (n >= sizeof(r.ifr_name))
		return ENAMETOOLONG;
	memcpy(r.ifr_name, name, n + 1);
	return ioctl(fd, TUNSETIFF, &r) == 0 ? 0 : errno;
}

/* more: flags; others: those of a device that an earlier process has left. */
static int
attach_any(int fd, const char *name, bool *head, int more, int others)
{
	bool has = head != NULL && *head;
	int err = attach(fd, name, more | (has ? IFF_VNET_HDR : 0));

	if (err == EINVAL && others != more)
		err = attach(fd, name, others | (has ? IFF_VNET_HDR : 0));
	if (err == EINVAL && has) {
		/* not every emulation of a kernel knows it */
		*head = false;
		return attach_any(fd, name, NULL, more, others);
	}
	if (err != 0)
		return err;
	/* a device keeps what an earlier process asked of it */
	(void)tun_offload(fd, 0);
	return has ? set_head(fd) : 0;
}

int
tun_attach(int fd, const char *name, bool *head)
{
	return attach_any(fd, name, head, 0, IFF_MULTI_QUEUE);
}

int
tun_attach_more(int fd, const char *name, bool *head)
{
	return attach_any(fd, name, head, IFF_MULTI_QUEUE, IFF_MULTI_QUEUE);
}

bool
tun_has_head(int fd)
{
	struct ifreq r = { 0 };

	return ioctl(fd, TUNGETIFF, &r) == 0 &&
	       (r.ifr_flags & IFF_VNET_HDR) != 0;
}

unsigned
tun_offload(int fd, unsigned want)
{
	unsigned long tcp =
	    TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN;
	unsigned long udp = TUN_F_USO4 | TUN_F_USO6;

	/* the kernel gives uncut UDP only beside checksums that are missing */
	if ((want & TUN_GIVES_TCP) != 0 && (want & TUN_GIVES_UDP) != 0 &&
	    ioctl(fd, TUNSETOFFLOAD, tcp | udp) == 0)
		return TUN_GIVES_TCP | TUN_GIVES_UDP;
	if ((want & TUN_GIVES_TCP) != 0 && ioctl(fd, TUNSETOFFLOAD, tcp) == 0)
		return TUN_GIVES_TCP;
	(void)ioctl(fd, TUNSETOFFLOAD, 0UL);
	return 0;
}

int
tun_persist(int fd, bool persist)
{
	return ioctl(fd, TUNSETPERSIST, persist ? 1 : 0) == 0 ? 0 : errno;
}

ssize_t
tun_read(int fd, uint8_t *head, void *buf, size_t cap)
{
	struct iovec io[2] = { { head, TUN_HEAD }, { buf, cap } };
	ssize_t n = head != NULL ? readv(fd, io, 2) : read(fd, buf, cap);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	if (head == NULL)
		return n;
	if (n <= TUN_HEAD) {
		errno = EBADMSG;
		return -1;
	}
	return n - TUN_HEAD;
}

bool
tun_write(int fd, const uint8_t *head, const void *pkt, size_t n)
{
	struct iovec io[2] = { { (void *)(uintptr_t)head, TUN_HEAD },
		{ (void *)(uintptr_t)pkt, n } };

	return head != NULL ? writev(fd, io, 2) == (ssize_t)n + TUN_HEAD
			    : write(fd, pkt, n) == (ssize_t)n;
}

bool
tun_write_pieces(int fd, const struct iovec *io, size_t n)
{
	size_t all = 0;

	for (size_t i = 0; i < n; i++)
		all += io[i].iov_len;
	return writev(fd, io, (int)n) == (ssize_t)all;
}
