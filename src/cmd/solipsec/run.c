/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/solipsec/run.h"

#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/sockpol.h"
#include "cmd/solipsec/guard.h"
#include "cmd/solipsec/runopts.h"

enum { USAGE = 2, NO_POLICY = 125, CANNOT_RUN = 126, NOT_FOUND = 127 };

static int
complain(int status, const char *what, int err)
{
	(void)fprintf(stderr, "solipsec run: %s: %s\n", what, strerror(err));
	return status;
}

/* --- the guard's questions --- */

static bool
wants(void *ctx, int domain, int type, int protocol)
{
	const struct runopts *o = ctx;

	if (domain != AF_INET && domain != AF_INET6)
		return false;
	if (type == SOCK_STREAM)
		return (o->kinds & RUNOPTS_TCP) != 0;
	if (type == SOCK_DGRAM && (protocol == 0 || protocol == IPPROTO_UDP))
		return (o->kinds & RUNOPTS_UDP) != 0;
	/* what else there is cannot be told apart on the wire: ipsecd says no */
	return o->kinds == (RUNOPTS_TCP | RUNOPTS_UDP);
}

static int
adorn(void *ctx, int fd)
{
	static int said;
	const struct runopts *o = ctx;
	int err = sockpol_set(fd, &o->req, &o->bits);

	if (err != 0 && err != said)
		(void)complain(0, sockpol_reason(err), err);
	said = err;
	return err;
}

/* --- before the program --- */

/* A socket that is thrown away tells whether there will be policy at all. */
static int
try_policy(const struct runopts *o)
{
	bool tcp = (o->kinds & RUNOPTS_TCP) != 0;
	int fd =
	    socket(AF_INET, (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0);
	int err;

	if (fd < 0 && errno == EAFNOSUPPORT)
		fd = socket(AF_INET6,
		    (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return complain(NO_POLICY, "socket", errno);
	err = sockpol_set(fd, &o->req, &o->bits);
	(void)close(fd);
	return err == 0 ? 0 : complain(NO_POLICY, sockpol_reason(err), err);
}

/* The folder of the libraries; tests have them elsewhere. */
static bool
preload(const char *library)
{
	const char *dir = secure_getenv("SOLIPSEC_LIBDIR");
	const char *old = getenv("LD_PRELOAD");
	char path[PATH_MAX], all[PATH_MAX * 2];

	(void)snprintf(path, sizeof(path), "%s/%s",
	    dir != NULL ? dir : SOLIPSEC_LIBDIR, library);
	if (access(path, R_OK) != 0) {
		(void)complain(0, path, errno);
		return false;
	}
	if ((size_t)snprintf(all, sizeof(all), "%s%s%s", path,
		old != NULL ? ":" : "", old != NULL ? old : "") >= sizeof(all))
		return false;
	return setenv("LD_PRELOAD", all, 1) == 0;
}

/* For the library: the numbers that adorn() would use. */
static bool
export_request(const struct runopts *o)
{
	const ipsec_req_t *q = &o->req;
	char text[80];

	(void)snprintf(text, sizeof(text), "%u,%u,%u,%u,%u,%u,%u,%u,%u,%u",
	    q->ipsr_ah_req, q->ipsr_esp_req, q->ipsr_self_encap_req,
	    q->ipsr_auth_alg, q->ipsr_esp_alg, q->ipsr_esp_auth_alg, o->bits.ah,
	    o->bits.esp, o->bits.espa, o->kinds);
	return setenv("SOLIPSEC_SOCKETS", text, 1) == 0;
}

static bool
has_request(const struct runopts *o)
{
	return (o->req.ipsr_ah_req | o->req.ipsr_esp_req) != 0;
}

static int
enter_guard(const struct runopts *o)
{
	struct guard_use use = {
		.adorn = adorn, .wants = wants, .ctx = (void *)(uintptr_t)o
	};
	int err = guard_enter(&use);

	if (err == 0)
		return 0;
	(void)complain(0,
	    err == EBUSY ? "this process is guarded already"
			 : "the kernel does not let sockets be guarded",
	    err);
	(void)fprintf(stderr,
	    "solipsec run: try --no-guard, for programs that are not linked "
	    "statically\n");
	return NO_POLICY;
}

static int
set_up(const struct runopts *o)
{
	int status = 0;

	if (has_request(o))
		status = try_policy(o);
	if (status != 0)
		return status;
	/* the library also knows the options of Solaris' programs */
	if (!preload("libsolipsec-run.so") ||
	    (o->pf_key && !preload("libsolipsec-pfkey.so")))
		return NO_POLICY;
	if (!has_request(o))
		return 0;
	if (o->no_guard)
		return export_request(o) ? 0 : NO_POLICY;
	return enter_guard(o);
}

int
run_main(int argc, char *argv[])
{
	struct runopts o;
	int status, err;

	if (!runopts_read(&o, argc, argv)) {
		if (o.error[0] != '\0')
			(void)fprintf(stderr, "solipsec run: %s\n", o.error);
		(void)fputs("try `solipsec run --help'\n", stderr);
		return USAGE;
	}
	if (o.help) {
		(void)fputs(runopts_usage, stdout);
		return 0;
	}
	status = set_up(&o);
	if (status != 0)
		return status;
	(void)execvp(o.command[0], o.command);
	err = errno;
	return complain(
	    err == ENOENT ? NOT_FOUND : CANNOT_RUN, o.command[0], err);
}
