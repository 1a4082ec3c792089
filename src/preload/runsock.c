/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libsolipsec-run.so - preloaded by `solipsec run`: the per-socket options of
 * Solaris' programs (IP_SEC_OPT, spec: policy 25) reach ipsecd; and where the
 * guard is not used, each IP socket that the program opens gets the policy of
 * $SOLIPSEC_SOCKETS. A socket that cannot have it is not given out.
 */
#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/sockpol.h"

#define EXPORT __attribute__((visibility("default")))

enum { TCP = 1, UDP = 2, TYPE_MASK = 0xf };

static struct {
	int (*socket)(int, int, int);
	int (*setsockopt)(int, int, int, const void *, socklen_t);
	int (*getsockopt)(int, int, int, void *, socklen_t *);
	bool has_request;
	unsigned kinds;
	ipsec_req_t req;
	struct sockpol_bits bits;
} self;

static void *
next(const char *name)
{
	void *f = dlsym(RTLD_NEXT, name);

	if (f == NULL) {
		(void)fprintf(stderr, "solipsec run: no %s() here\n", name);
		_exit(125);
	}
	return f;
}

/* What the command said, which is not to be misread: then nothing runs. */
static void
read_request(const char *text)
{
	unsigned long v[10] = { 0 };
	const char *at = text;
	bool good = true;

	for (size_t i = 0; i < 10 && good; i++) {
		char *end;

		v[i] = strtoul(at, &end, 10);
		good = end != at && *end == (i < 9 ? ',' : '\0') &&
		       v[i] <= (i >= 3 && i <= 5 ? UINT8_MAX : UINT16_MAX);
		at = end + 1;
	}
	if (!good) {
		(void)fprintf(stderr,
		    "solipsec run: SOLIPSEC_SOCKETS=%s makes no sense\n", text);
		_exit(125);
	}
	self.req = (ipsec_req_t){ .ipsr_ah_req = (uint32_t)v[0],
		.ipsr_esp_req = (uint32_t)v[1],
		.ipsr_self_encap_req = (uint32_t)v[2],
		.ipsr_auth_alg = (uint8_t)v[3],
		.ipsr_esp_alg = (uint8_t)v[4],
		.ipsr_esp_auth_alg = (uint8_t)v[5] };
	self.bits = (struct sockpol_bits){ .ah = (uint16_t)v[6],
		.esp = (uint16_t)v[7],
		.espa = (uint16_t)v[8] };
	self.kinds = (unsigned)v[9];
	self.has_request = true;
}

__attribute__((constructor)) static void
begin(void)
{
	static bool done;
	const char *text = getenv("SOLIPSEC_SOCKETS");
	void *f;

	if (done)
		return;
	done = true;
	f = next("socket");
	memcpy(&self.socket, &f, sizeof(f));
	f = next("setsockopt");
	memcpy(&self.setsockopt, &f, sizeof(f));
	f = next("getsockopt");
	memcpy(&self.getsockopt, &f, sizeof(f));
	if (text != NULL)
		read_request(text);
}

static bool
is_ours(int domain, int type, int protocol)
{
	int kind = type & TYPE_MASK;

	if (!self.has_request || (domain != AF_INET && domain != AF_INET6))
		return false;
	if (kind == SOCK_STREAM)
		return (self.kinds & TCP) != 0;
	if (kind == SOCK_DGRAM && (protocol == 0 || protocol == IPPROTO_UDP))
		return (self.kinds & UDP) != 0;
	return self.kinds == (TCP | UDP);
}

EXPORT int
socket(int domain, int type, int protocol)
{
	int fd, err;

	begin(); /* another library's constructor may come before ours */
	fd = self.socket(domain, type, protocol);
	if (fd < 0 || !is_ours(domain, type, protocol))
		return fd;
	err = sockpol_set(fd, &self.req, &self.bits);
	if (err == 0)
		return fd;
	(void)close(fd);
	errno = err;
	return -1;
}

static bool
is_sec_opt(int level, int name, size_t n)
{
	return ((level == IPPROTO_IP && name == IP_SEC_OPT) ||
		   (level == IPPROTO_IPV6 && name == IPV6_SEC_OPT)) &&
	       n == sizeof(ipsec_req_t);
}

EXPORT int
setsockopt(int fd, int level, int name, const void *value, socklen_t n)
{
	ipsec_req_t req;
	int err;

	begin();
	if (!is_sec_opt(level, name, n))
		return self.setsockopt(fd, level, name, value, n);
	memcpy(&req, value, sizeof(req));
	err = sockpol_set(fd, &req, NULL);
	errno = err != 0 ? err : errno;
	return err == 0 ? 0 : -1;
}

EXPORT int
getsockopt(
    int fd, int level, int name, void *restrict value, socklen_t *restrict n)
{
	ipsec_req_t req;
	int err;

	begin();
	if (n == NULL || !is_sec_opt(level, name, *n))
		return self.getsockopt(fd, level, name, value, n);
	err = sockpol_get(fd, &req);
	if (err == 0)
		memcpy(value, &req, sizeof(req));
	errno = err != 0 ? err : errno;
	return err == 0 ? 0 : -1;
}
