/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * usage: bench_relay DEVICE ADDRESS PEER
 * What a VPN costs that does nothing: packets of a TUN device go to the peer as
 * they are, each in a datagram, and back. Says "ready" when the device is there.
 * IPv4.
 */
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PORT = 7777 };

static int
open_device(const char *name)
{
	struct ifreq r = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		err(1, "/dev/net/tun");
	(void)snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", name);
	if (ioctl(fd, TUNSETIFF, &r) != 0)
		err(1, "%s", name);
	return fd;
}

static int
open_socket(const char *address, const char *peer)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_port = htons(PORT) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0 || inet_pton(AF_INET, address, &a.sin_addr) != 1 ||
	    bind(fd, (struct sockaddr *)&a, sizeof(a)) != 0)
		err(1, "%s", address);
	if (inet_pton(AF_INET, peer, &a.sin_addr) != 1 ||
	    connect(fd, (struct sockaddr *)&a, sizeof(a)) != 0)
		err(1, "%s", peer);
	return fd;
}

static void
watch(int queue, int fd)
{
	struct epoll_event e = { .events = EPOLLIN, .data.fd = fd };

	if (epoll_ctl(queue, EPOLL_CTL_ADD, fd, &e) != 0)
		err(1, "epoll");
}

/* All that is there. A full queue loses packets, as it does for others. */
static void
copy(int from, int to)
{
	static char buf[65536];
	ssize_t n;

	while ((n = read(from, buf, sizeof(buf))) > 0)
		if (write(to, buf, (size_t)n) < 0)
			return;
}

int
main(int argc, char **argv)
{
	int device, wire, queue = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event e;

	if (argc != 4)
		errx(2, "usage: bench_relay DEVICE ADDRESS PEER");
	device = open_device(argv[1]);
	wire = open_socket(argv[2], argv[3]);
	watch(queue, device);
	watch(queue, wire);
	(void)puts("ready");
	(void)fflush(stdout);
	while (epoll_wait(queue, &e, 1, -1) >= 0)
		copy(e.data.fd, e.data.fd == device ? wire : device);
	err(1, "epoll");
}
