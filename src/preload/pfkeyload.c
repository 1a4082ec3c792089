/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libsolipsec-pfkey.so, for LD_PRELOAD: a program that speaks PF_KEY to the
 * kernel, in the dialect of Linux, speaks it to ipsecd (docs/adr/0009). What it
 * asks of its IKE sockets besides, the kernel need not have: ipsecd takes ESP out
 * of UDP port 4500 itself, and a mark makes its messages pass policy.
 */
#include <dlfcn.h>
#include <errno.h>
#include <linux/ipsec.h>
#include <linux/pfkeyv2.h>
#include <linux/udp.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "io/rundir.h"
#include "io/udpshare.h"

#define NATT_PORT   4500
#define ANSWER_MS   5000 /* ipsecd's answer may wait for the kernel's rules */
#define MARK_BYPASS 0x10000000 /* docs/steering.md */
#define MARK_MASK   0x30000000

#define EXPORT __attribute__((visibility("default")))

/* The system's own function of that name. */
#define REAL(type, name)                               \
	type name##_real;                              \
	{                                              \
		void *p_ = dlsym(RTLD_NEXT, #name);    \
		memcpy(&name##_real, &p_, sizeof(p_)); \
	}

typedef int socket_fn(int domain, int type, int protocol);
typedef int setsockopt_fn(
    int fd, int level, int name, const void *value, socklen_t n);
typedef int poll_fn(struct pollfd *v, nfds_t n, int timeout);
typedef int bind_fn(int fd, const struct sockaddr *a, socklen_t n);

static int
set(int fd, int level, int name, const void *value, socklen_t n)
{
	REAL(setsockopt_fn *, setsockopt)

	return setsockopt_real(fd, level, name, value, n);
}

/* To ipsecd. What goes wrong is what would be without PF_KEY in the kernel. */
static int
connect_to(int fd)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	if (!rundir_socket(
		un.sun_path, sizeof(un.sun_path), RUNDIR_PFKEY_LINUX)) {
		errno = EAFNOSUPPORT;
		return -1;
	}
	if (connect(fd, (const struct sockaddr *)&un, sizeof(un)) == 0)
		return 0;
	if (errno == EACCES)
		errno = EPERM;
	else if (errno == ENOENT || errno == ECONNREFUSED)
		errno = EAFNOSUPPORT;
	return -1;
}

EXPORT int
socket(int domain, int type, int protocol)
{
	REAL(socket_fn *, socket)
	int flags = type & (SOCK_NONBLOCK | SOCK_CLOEXEC), fd, err;

	if (domain != PF_KEY)
		return socket_real(domain, type, protocol);
	/* as the kernel's: af_key.c */
	if ((type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) != SOCK_RAW) {
		errno = ESOCKTNOSUPPORT;
		return -1;
	}
	if (protocol != PF_KEY_V2) {
		errno = EPROTONOSUPPORT;
		return -1;
	}
	fd = socket_real(AF_UNIX, SOCK_SEQPACKET | flags, 0);
	if (fd < 0 || connect_to(fd) == 0)
		return fd;
	err = errno;
	(void)close(fd);
	errno = err;
	return -1;
}

/* Address of an Internet socket; false: it is another kind, or has no port yet. */
static bool
is_at_natt(int fd, bool *any, sa_family_t *fam)
{
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_storage room;
	} u;
	socklen_t n = sizeof(u);

	if (getsockname(fd, &u.sa, &n) != 0)
		return false;
	*fam = u.sa.sa_family;
	*any = *fam == AF_INET ? u.in.sin_addr.s_addr == INADDR_ANY
			       : *fam == AF_INET6 &&
				     IN6_IS_ADDR_UNSPECIFIED(&u.in6.sin6_addr);
	return (*fam == AF_INET && u.in.sin_port == htons(NATT_PORT)) ||
	       (*fam == AF_INET6 && u.in6.sin6_port == htons(NATT_PORT));
}

/*
 * ipsecd takes ESP off port 4500, IPv4, and leaves IKE's messages to the other
 * socket there, if that has no address of its own (io/udpencap.h).
 */
static int
udp_encap(int fd, const void *value, socklen_t n)
{
	sa_family_t fam;
	int how = 0;
	bool any;

	if (n < sizeof(how)) {
		errno = EINVAL;
		return -1;
	}
	memcpy(&how, value, sizeof(how));
	if (how == 0)
		return 0;
	if (how == UDP_ENCAP_ESPINUDP && is_at_natt(fd, &any, &fam) && any &&
	    fam == AF_INET)
		return 0;
	errno = ENOPROTOOPT;
	return -1;
}

/*
 * A policy of the socket's own. "Bypass" is a mark; it needs the right to set
 * one, as policy did. The others are not for sockets of key managers.
 */
static int
ipsec_policy(int fd, const void *value, socklen_t n)
{
	struct sadb_x_policy p;
	int mark = 0;
	socklen_t len = sizeof(mark);

	if (n < sizeof(p)) {
		errno = EINVAL;
		return -1;
	}
	memcpy(&p, value, sizeof(p));
	if (p.sadb_x_policy_len * 8u > n ||
	    p.sadb_x_policy_dir < IPSEC_DIR_INBOUND ||
	    p.sadb_x_policy_dir > IPSEC_DIR_OUTBOUND) {
		errno = EINVAL;
		return -1;
	}
	if (p.sadb_x_policy_type != IPSEC_POLICY_BYPASS) {
		errno = EOPNOTSUPP;
		return -1;
	}
	if (getsockopt(fd, SOL_SOCKET, SO_MARK, &mark, &len) != 0)
		return -1;
	mark = (mark & ~MARK_MASK) | MARK_BYPASS;
	return set(fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark));
}

EXPORT int
setsockopt(int fd, int level, int name, const void *value, socklen_t n)
{
	if (level == IPPROTO_UDP && name == UDP_ENCAP)
		return udp_encap(fd, value, n);
	if ((level == IPPROTO_IP && name == IP_IPSEC_POLICY) ||
	    (level == IPPROTO_IPV6 && name == IPV6_IPSEC_POLICY))
		return ipsec_policy(fd, value, n);
	return set(fd, level, name, value, n);
}

/* Is it a datagram's, and to be bound to the port that ipsecd has too? */
static bool
is_natt_bind(int fd, const struct sockaddr *a, socklen_t n)
{
	struct sockaddr_in in;
	int type = 0;
	socklen_t len = sizeof(type);

	/* ports of both families are at the same place */
	if (a == NULL || n < sizeof(in) ||
	    getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) != 0)
		return false;
	memcpy(&in, a, sizeof(in));
	return type == SOCK_DGRAM &&
	       (in.sin_family == AF_INET || in.sin_family == AF_INET6) &&
	       in.sin_port == htons(NATT_PORT);
}

/* glibc has a union of pointers for the address. */
EXPORT int
bind(int fd, __CONST_SOCKADDR_ARG a, socklen_t n)
{
	REAL(bind_fn *, bind)
	int one = 1, err;
	bool natt = is_natt_bind(fd, a.__sockaddr__, n), any;
	sa_family_t fam;

	if (natt)
		(void)set(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
	if (bind_real(fd, a.__sockaddr__, n) != 0)
		return -1;
	/*
	 * ipsecd, if it is there, came before and is the first now, also when it
	 * was not while an earlier socket of this program's was there.
	 */
	err = errno;
	if (natt && is_at_natt(fd, &any, &fam) && any && fam == AF_INET)
		(void)!udpshare_attach(fd, 1, 0);
	errno = err;
	return 0;
}

/* Opened by this process or another of the program's, perhaps in a chroot(2). */
static bool
is_ours(int fd)
{
	static const char name[] = "/" RUNDIR_PFKEY_LINUX;
	struct sockaddr_un un;
	socklen_t n = sizeof(un);
	size_t len;
	int err = errno;
	bool ok;

	memset(&un, 0, sizeof(un));
	ok = getpeername(fd, (struct sockaddr *)&un, &n) == 0 &&
	     un.sun_family == AF_UNIX;
	errno = err;
	len = strnlen(un.sun_path, sizeof(un.sun_path));
	return ok && len >= sizeof(name) - 1 &&
	       memcmp(un.sun_path + len - (sizeof(name) - 1), name,
		   sizeof(name) - 1) == 0;
}

/*
 * The kernel has answered when write() returns, so that a program may give the
 * answer a millisecond (OpenIKED does). ipsecd takes longer. Who waits for this
 * socket alone waits for an answer.
 */
EXPORT int
poll(struct pollfd *v, nfds_t n, int timeout)
{
	REAL(poll_fn *, poll)

	if (n == 1 && timeout > 0 && timeout < ANSWER_MS && is_ours(v->fd))
		timeout = ANSWER_MS;
	return poll_real(v, n, timeout);
}
