/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * usage: polserve PROGRAM [ARGUMENT]...
 *
 * Serves PF_POLICY with the real core (SPD, PF_POLICY server, algorithms) but
 * nothing behind it, in a run directory of its own, while PROGRAM runs with
 * SOLIPSEC_RUN set to that. Ends with the status of PROGRAM.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/pfpolicyd.h"
#include "crypto/be/be.h"

#define MAX_CLIENTS 8

struct client {
	int fd; /* -1: a free place */
	struct pfpolicyd_session *s;
};

static char dir[] = "/tmp/polserveXXXXXX";
static struct client clients[MAX_CLIENTS];

static void
send_to(void *ctx, void *conn, const uint8_t *msg, size_t n)
{
	const struct client *c = conn;

	(void)ctx;
	(void)!send(c->fd, msg, n, MSG_NOSIGNAL);
}

static int
set_algs(void *ctx, const struct algmech_entry *e, size_t n, bool async_auth,
    bool async_encr)
{
	struct crypto *c = ctx;

	if (!algset_load(c, e, n))
		return ENOMEM;
	algset_set_async(c, ALG_AUTH, async_auth);
	algset_set_async(c, ALG_ENCR, async_encr);
	return 0;
}

static int
listen_in(const char *in)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	(void)snprintf(un.sun_path, sizeof(un.sun_path), "%s/pfpolicy", in);
	if (fd < 0 || bind(fd, (struct sockaddr *)&un, sizeof(un)) != 0 ||
	    listen(fd, MAX_CLIENTS) != 0) {
		perror(un.sun_path);
		exit(2);
	}
	return fd;
}

static void
take_client(struct pfpolicyd *d, int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	for (int i = 0; i < MAX_CLIENTS; i++)
		if (clients[i].fd < 0) {
			clients[i].fd = fd;
			clients[i].s = pfpolicyd_open(d, &clients[i]);
			return;
		}
	(void)close(fd);
}

static void
read_client(struct client *c)
{
	static uint8_t buf[PFPOLICY_MAX + 8];
	ssize_t n = recv(c->fd, buf, sizeof(buf), 0);

	if (n > 0) {
		pfpolicyd_input(c->s, buf, (size_t)n);
		return;
	}
	pfpolicyd_close(c->s);
	(void)close(c->fd);
	c->fd = -1;
}

/* Until nobody holds the other end of `alive`. */
static void
serve(struct pfpolicyd *d, int listener, int alive)
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

static void
clean_up(void)
{
	static const char *const names[] = { "pfpolicy",
		"policy/ipsecconf.lock", "policy/ipsecpolicy.conf" };
	char path[64];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		(void)unlink(path);
	}
	(void)snprintf(path, sizeof(path), "%s/policy", dir);
	if (rmdir(path) != 0)
		perror(path);
	if (rmdir(dir) != 0)
		perror(dir);
}

/* A run directory as ipsecd makes it. */
static bool
make_place(void)
{
	char path[64];

	if (mkdtemp(dir) == NULL)
		return false;
	(void)snprintf(path, sizeof(path), "%s/policy", dir);
	return mkdir(path, 0700) == 0 && setenv("SOLIPSEC_RUN", dir, 1) == 0;
}

int
main(int argc, char **argv)
{
	struct crypto *crypto = crypto_new(be_ossl, NULL, NULL);
	const struct pfpolicyd_env env = {
		.send = send_to, .set_algs = set_algs, .ctx = crypto
	};
	struct spd *spd = spd_new();
	struct pfpolicyd *d;
	int listener, alive[2], status;
	pid_t child;

	if (argc < 2 || crypto == NULL || spd == NULL ||
	    (d = pfpolicyd_new(spd, crypto, &env)) == NULL || !make_place() ||
	    pipe(alive) != 0)
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
	for (int i = 0; i < MAX_CLIENTS; i++)
		if (clients[i].fd >= 0)
			pfpolicyd_close(clients[i].s);
	pfpolicyd_free(d);
	spd_free(spd);
	crypto_free(crypto);
	clean_up();
	return WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}
