/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * usage: adminserve STATUS PROGRAM [ARGUMENT]...
 *
 * Serves ipsecd's sockets "admin" and "status" in a run directory of its own,
 * while PROGRAM runs with SOLIPSEC_RUN set to that. Ends with the status of
 * PROGRAM.
 *
 * STATUS is what an ipsecd with traffic gave at the socket "status"; a file
 * status.json in the run directory goes before it. What is counted is from there.
 * The rest is ipsecd's own code: the names of counters, tunables, who is asked
 * for what. Nothing counts, and no clock goes, but when a process asks for
 * counters again: then a second has passed, and three packets have come by ESP.
 */
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/larval.h"
#include "crypto/be/be.h"
#include "daemon/ipsecd/admin.h"
#include "daemon/ipsecd/ipsecd.h"
#include "daemon/ipsecd/kstatop.h"

static char dir[] = "/tmp/adminserveXXXXXX";
static const char *recorded;
static struct ipsecd d;

static bool
make_daemon(void)
{
	static const struct sadb_env env = { 0 };
	static const struct pfkeyd_env pfkey = { 0 };

	d.crypto = crypto_new(be_all, NULL, NULL);
	d.sadb = sadb_new(d.crypto, &crypto_rng, &env);
	d.path.larval = larval_new();
	d.pfkeyd = pfkeyd_new(d.sadb, NULL, d.crypto, &pfkey);
	tune_defaults(&d);
	d.closed = true; /* nothing is steered */
	return d.path.larval != NULL && d.pfkeyd != NULL;
}

static json_t *
status(void)
{
	char own[64];
	json_t *o;

	(void)snprintf(own, sizeof(own), "%s/status.json", dir);
	o = json_load_file(access(own, F_OK) == 0 ? own : recorded, 0, NULL);
	if (o == NULL) {
		(void)fprintf(stderr, "no status to give\n");
		exit(2);
	}
	return o;
}

static uint64_t
number(const json_t *o, const char *key)
{
	return (uint64_t)json_integer_value(json_object_get(o, key));
}

/* How often this process has asked before, if it was the last one. */
static unsigned
round_of(int fd)
{
	static unsigned round;
	static pid_t last;
	struct ucred u = { 0 };
	socklen_t n = sizeof(u);

	(void)getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &u, &n);
	round = u.pid == last ? round + 1 : 0;
	last = u.pid;
	return round;
}

static void
count(const json_t *seen, unsigned round)
{
	static const char *const side[] = { "out", "in" };
	const json_t *all = json_object_get(seen, "verdicts");
	const json_t *path = json_object_get(seen, "path");
	struct path_proto *p = d.path.stats.proto;

	for (int i = 0; i < 2; i++)
		for (enum verdict v = 0; v < VERDICT_N; v++)
			d.path.stats.n[i][v] = number(
			    json_object_get(all, side[i]), verdict_name(v));
	memset(p, 0, 2 * sizeof(p[0]));
	p[0].out_requests = number(path, "esp_out");
	p[0].in_requests = number(path, "esp_in") + 3 * round;
	p[0].good_auth = number(path, "esp_in") + 3 * round;
	p[0].crypto = p[0].out_requests + p[0].good_auth;
	p[0].acquires = number(path, "acquires");
	p[1].out_requests = number(path, "ah_out");
	p[1].in_requests = p[1].good_auth = number(path, "ah_in");
	p[1].crypto = p[1].out_requests + p[1].good_auth;
}

/* As kstatop_stat(), but that the kernel's and the pump's share is recorded. */
static char *
stat_answer(int fd)
{
	unsigned round = round_of(fd);
	json_t *out = json_object(), *seen = status();
	char *text;

	count(seen, round);
	(void)json_object_set_new(
	    out, "snaptime", json_integer(1000000 + 1000 * round));
	kstatop_build(out, &d, seen);
	(void)json_object_set_new(out, "ok", json_true());
	text = json_dumps(out, JSON_COMPACT);
	json_decref(out);
	json_decref(seen);
	return text;
}

static char *
answer(int fd, const char *msg, size_t n)
{
	json_t *in = json_loadb(msg, n, 0, NULL);
	const char *op = json_string_value(json_object_get(in, "op"));
	char *text = op != NULL && strcmp(op, "stat") == 0
			 ? stat_answer(fd)
			 : admin_answer(&d, msg, n);

	json_decref(in);
	return text;
}

/* In pieces, the last of which ends in a newline: as daemon/ipsecd/control. */
static void
send_answer(int fd, char *text)
{
	size_t n = strlen(text) + 1;

	text[n - 1] = '\n';
	for (size_t at = 0; at < n; at += ADMIN_PIECE)
		(void)!send(fd, text + at,
		    n - at < ADMIN_PIECE ? n - at : ADMIN_PIECE, MSG_NOSIGNAL);
	free(text);
}

static void
serve_admin(int fd)
{
	static char buf[ADMIN_MESSAGE];
	ssize_t n;

	while ((n = recv(fd, buf, sizeof(buf), 0)) > 0)
		send_answer(fd, answer(fd, buf, (size_t)n));
}

static void
serve_status(int fd)
{
	json_t *o = status();
	char *text = json_dumps(o, JSON_INDENT(1));
	size_t at = 0, n = strlen(text);
	ssize_t sent = 1;

	for (; at < n && sent > 0; at += (size_t)sent)
		sent = send(fd, text + at, n - at, MSG_NOSIGNAL);
	free(text);
	json_decref(o);
}

static int
listen_in(const char *name, int type)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	(void)snprintf(un.sun_path, sizeof(un.sun_path), "%s/%s", dir, name);
	if (fd < 0 || bind(fd, (struct sockaddr *)&un, sizeof(un)) != 0 ||
	    listen(fd, 8) != 0) {
		perror(un.sun_path);
		exit(2);
	}
	return fd;
}

/* One client at a time, until nobody holds the other end of `alive`. */
static void
serve(int admin, int stream, int alive)
{
	struct pollfd p[] = { { .fd = alive },
		{ .fd = admin, .events = POLLIN },
		{ .fd = stream, .events = POLLIN } };

	for (;;) {
		if (poll(p, 3, -1) < 0)
			continue;
		for (int i = 1; i < 3; i++) {
			int fd = p[i].revents != 0 ? accept4(p[i].fd, NULL,
							 NULL, SOCK_CLOEXEC)
						   : -1;

			if (fd < 0)
				continue;
			if (i == 1)
				serve_admin(fd);
			else
				serve_status(fd);
			(void)close(fd);
		}
		if (p[0].revents != 0)
			return;
	}
}

static void
clean_up(void)
{
	static const char *const names[] = { "admin", "status" };
	char path[64];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		(void)unlink(path);
	}
	if (rmdir(dir) != 0)
		perror(dir);
	pfkeyd_free(d.pfkeyd);
	larval_free(d.path.larval);
	sadb_free(d.sadb);
	crypto_free(d.crypto);
}

int
main(int argc, char **argv)
{
	int admin, stream, alive[2], code;
	pid_t child;

	if (argc < 3 || !make_daemon() || mkdtemp(dir) == NULL ||
	    pipe(alive) != 0 || setenv("SOLIPSEC_RUN", dir, 1) != 0)
		return 2;
	recorded = argv[1];
	admin = listen_in("admin", SOCK_SEQPACKET);
	stream = listen_in("status", SOCK_STREAM);
	child = fork();
	if (child == 0) {
		(void)close(alive[0]);
		(void)execvp(argv[2], argv + 2);
		perror(argv[2]);
		_exit(2);
	}
	(void)close(alive[1]);
	serve(admin, stream, alive[0]);
	(void)waitpid(child, &code, 0);
	clean_up();
	return WIFEXITED(code) ? WEXITSTATUS(code) : 2;
}
