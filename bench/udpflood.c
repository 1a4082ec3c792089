/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * usage: bench_udp send ADDRESS PORT BYTES SECONDS [EACH_SECOND]
 *        bench_udp recv ADDRESS PORT
 * Datagrams as fast as they can be sent, several with each system call, since
 * others' tools are busy with themselves at this rate; or one by one, so many in
 * each second. recv says "ready", counts
 * until SIGTERM, and says how many came. IPv4.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 16, ROOM = 2048, BUFFER = 8 << 20 };

static uint8_t bytes[BATCH][ROOM];
static struct iovec iov[BATCH];
static struct mmsghdr msg[BATCH];
static volatile sig_atomic_t ended;

static void
on_signal(int s)
{
	(void)s;
	ended = 1;
}

static double
seconds(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int
open_at(const char *address, const char *port, bool sender)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)atoi(port)) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0), n = BUFFER;

	if (fd < 0 || inet_pton(AF_INET, address, &a.sin_addr) != 1)
		err(1, "%s", address);
	if (sender) {
		if (connect(fd, (struct sockaddr *)&a, sizeof(a)) != 0)
			err(1, "%s", address);
		return fd;
	}
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &n, sizeof(n)) != 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &n, sizeof(n));
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) != 0)
		err(1, "%s", address);
	return fd;
}

static void
prepare(size_t size)
{
	for (unsigned i = 0; i < BATCH; i++) {
		iov[i] = (struct iovec){ bytes[i], size };
		msg[i].msg_hdr.msg_iov = &iov[i];
		msg[i].msg_hdr.msg_iovlen = 1;
	}
}

static void
send_all(int fd, double until)
{
	unsigned long sent = 0;

	while (seconds() < until) {
		int n = sendmmsg(fd, msg, BATCH, 0);

		/* full queues on the way are what is looked for */
		if (n < 0 && errno != ENOBUFS && errno != EAGAIN &&
		    errno != ECONNREFUSED && errno != EINTR)
			err(1, "sendmmsg");
		sent += n > 0 ? (unsigned)n : 0;
	}
	printf("%lu\n", sent);
}

static void
send_paced(int fd, size_t size, double for_seconds, long each)
{
	struct timespec next;
	unsigned long sent = 0;

	(void)clock_gettime(CLOCK_MONOTONIC, &next);
	for (long n = (long)(for_seconds * (double)each); n > 0; n--) {
		sent += send(fd, bytes[0], size, 0) == (ssize_t)size;
		next.tv_nsec += 1000000000 / each;
		if (next.tv_nsec >= 1000000000) {
			next.tv_nsec -= 1000000000;
			next.tv_sec++;
		}
		(void)clock_nanosleep(
		    CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
	}
	printf("%lu\n", sent);
}

static void
count(int fd)
{
	struct sigaction a = { .sa_handler = on_signal };
	unsigned long got = 0;

	/* no SA_RESTART: the wait ends */
	(void)sigaction(SIGTERM, &a, NULL);
	printf("ready\n");
	(void)fflush(stdout);
	while (!ended) {
		int n = recvmmsg(fd, msg, BATCH, MSG_WAITFORONE, NULL);

		got += n > 0 ? (unsigned)n : 0;
	}
	printf("%lu\n", got);
}

int
main(int argc, char **argv)
{
	if (argc == 7 && strcmp(argv[1], "send") == 0 &&
	    (size_t)atoi(argv[4]) <= ROOM && atol(argv[6]) > 0) {
		send_paced(open_at(argv[2], argv[3], true),
		    (size_t)atoi(argv[4]), atof(argv[5]), atol(argv[6]));
	} else if (argc == 6 && strcmp(argv[1], "send") == 0 &&
		   (size_t)atoi(argv[4]) <= ROOM) {
		prepare((size_t)atoi(argv[4]));
		send_all(
		    open_at(argv[2], argv[3], true), seconds() + atof(argv[5]));
	} else if (argc == 4 && strcmp(argv[1], "recv") == 0) {
		prepare(ROOM);
		count(open_at(argv[2], argv[3], false));
	} else {
		errx(2, "usage: bench_udp send ADDRESS PORT BYTES SECONDS "
			"[EACH_SECOND] | "
			"recv ADDRESS PORT");
	}
	return 0;
}
