/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/tun.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <unistd.h>

int
tun_open(void)
{
	return open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
}

int
tun_attach(int fd, const char *name)
{
	struct ifreq r = { .ifr_flags = IFF_TUN | IFF_NO_PI };

	if (strlen(name) >= sizeof(r.ifr_name))
		return ENAMETOOLONG;
	memcpy(r.ifr_name, name, strlen(name) + 1);
	return ioctl(fd, TUNSETIFF, &r) == 0 ? 0 : errno;
}

int
tun_persist(int fd, bool persist)
{
	return ioctl(fd, TUNSETPERSIST, persist ? 1 : 0) == 0 ? 0 : errno;
}

ssize_t
tun_read(int fd, void *buf, size_t cap)
{
	ssize_t n = read(fd, buf, cap);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	return n;
}

bool
tun_write(int fd, const void *pkt, size_t n)
{
	return write(fd, pkt, n) == (ssize_t)n;
}
