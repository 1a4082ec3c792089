/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * usage: keyserve PROGRAM [ARGUMENT]...
 *
 * Serves PF_KEY with the real core (SADB, PF_KEY server, algorithms) but nothing
 * behind it, in a run directory of its own, while PROGRAM runs with SOLIPSEC_RUN
 * set to that. It is always 9 September 2001. The host's own address is
 * 192.0.2.1. Ends with the status of PROGRAM; 77 without root, which ipseckey
 * wants.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/pfkeyd.h"
#include "crypto/be/be.h"

#define MAX_CLIENTS 8

struct client {
	int fd; /* -1: a free place */
	struct pfkeyd_session *s;
};

static const struct now now = { .mono = 1000, .wall = 1000000000 };
static char dir[] = "/tmp/keyserveXXXXXX";
static struct client clients[MAX_CLIENTS];

static bool
send_to(void *ctx, void *conn, const uint8_t *msg, size_t n)
{
	const struct client *c = conn;

	(void)ctx;
	return send(c->fd, msg, n, MSG_NOSIGNAL) >= 0;
}

static void
wake(void *ctx, uint32_t seq, bool failed)
{
	(void)ctx;
	(void)seq;
	(void)failed;
}

static bool
is_local(void *ctx, const struct addr *a)
{
	static const uint8_t own[4] = { 192, 0, 2, 1 };
	struct addr mine = addr_v4(own);

	(void)ctx;
	return addr_equal(a, &mine);
}

static void
expired(void *ctx, struct sa *sa, int which)
{
	(void)ctx;
	(void)sa;
	(void)which;
}

static int
listen_in(const char *in)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	(void)snprintf(un.sun_path, sizeof(un.sun_path), "%s/pfkey", in);
	if (fd < 0 || bind(fd, (struct sockaddr *)&un, sizeof(un)) != 0 ||
	    listen(fd, MAX_CLIENTS) != 0) {
		perror(un.sun_path);
		exit(2);
	}
	return fd;
}

static void
take_client(struct pfkeyd *d, int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	for (int i = 0; i < MAX_CLIENTS; i++)
		if (clients[i].fd < 0) {
			clients[i].fd = fd;
			clients[i].s = pfkeyd_open(d, &clients[i], true);
			return;
		}
	(void)close(fd);
}

static void
read_client(struct client *c)
{
	static uint8_t buf[PFKEY_MAX + 8];
	ssize_t n = recv(c->fd, buf, sizeof(buf), 0);

	if (n > 0) {
		pfkeyd_input(c->s, buf, (size_t)n, now);
		while (pfkeyd_is_waiting(c->s))
			pfkeyd_writable(c->s, now);
		return;
	}
	pfkeyd_close(c->s);
	(void)close(c->fd);
	c->fd = -1;
}

/* Until nobody holds the other end of `alive`. */
static void
serve(struct pfkeyd *d, int listener, int alive)
{
	for (;;) {
		struct pollfd p[2 + MAX_CLIENTS] = {
			{ .fd = alive },
			{ .fd = listener, .events = POLLIN },
		};

		for (int i = 0; i < MAX_CLIENTS; i++)
			p[2 + i] = (struct pollfd){ .fd = clients[i].fd,
				.events = POLLIN };
		if (poll(p, 2 + MAX_CLIENTS, -1) < 0)
			continue;
		for (int i = 0; i < MAX_CLIENTS; i++)
			if (p[2 + i].revents != 0)
				read_client(&clients[i]);
		if (p[1].revents != 0)
			take_client(d, listener);
		if (p[0].revents != 0)
			return;
	}
}

int
main(int argc, char **argv)
{
	const struct pfkeyd_env env = { .send = send_to, .wake = wake };
	const struct sadb_env sadb_env = { .is_local = is_local,
		.expired = expired };
	struct crypto *crypto = crypto_new(be_ossl, NULL, NULL);
	struct sadb *sadb = sadb_new(crypto, &crypto_rng, &sadb_env);
	struct pfkeyd *d;
	int listener, alive[2], status;
	char path[64];
	pid_t child;

	if (geteuid() != 0) {
		(void)printf("SKIP: needs root\n");
		return 77;
	}
	if (argc < 2 || crypto == NULL || sadb == NULL ||
	    (d = pfkeyd_new(sadb, NULL, crypto, &env)) == NULL ||
	    mkdtemp(dir) == NULL || pipe(alive) != 0 ||
	    setenv("SOLIPSEC_RUN", dir, 1) != 0)
		return 2;
	for (int i = 0; i < MAX_CLIENTS; i++)
		clients[i].fd = -1;
	listener = listen_in(dir);
	child = fork();
	if (child == 0) {
		(void)execvp(argv[1], argv + 1);
		perror(argv[1]);
		_exit(2);
	}
	(void)close(alive[1]);
	serve(d, listener, alive[0]);
	(void)waitpid(child, &status, 0);
	pfkeyd_free(d);
	sadb_free(sadb);
	crypto_free(crypto);
	(void)snprintf(path, sizeof(path), "%s/pfkey", dir);
	if (unlink(path) != 0 || rmdir(dir) != 0)
		perror(dir);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}
