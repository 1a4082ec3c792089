/* SPDX-License-Identifier: BSD-2-Clause */
/* ipsecd - IPsec of one network namespace: packets, SAs, policy. */
#include <errno.h>
#include <getopt.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/if_tun.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/ipsecd/ipsecd.h"
#include "io/log.h"
#include "io/notify.h"
#include "io/sandbox.h"

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77 /* Linux 6.5 */
#endif

#ifndef UDP_GRO
#define UDP_GRO 104 /* linux/udp.h, which quarrels with netinet/udp.h */
#endif

#define ACCOUNT "solipsec" /* user and group, when the system has them */

/* What may still be done when everything is open, and no more. */
static const char *const calls[] = {
	/* packets: devices, raw sockets, routes and addresses over netlink */
	"read", "readv", "write", "writev", "recvmsg", "recvmmsg", "recvfrom",
	"sendmsg", "sendmmsg", "sendto",
	/* waiting */
	"epoll_wait", "epoll_pwait", "epoll_ctl", "poll", "ppoll",
	"clock_gettime", "gettimeofday", "time", "restart_syscall",
	/* commands' connections */
	"accept4", "close", "getsockname", "getpeername",
	/* memory, random numbers */
	"brk", "mmap", "munmap", "mremap", "madvise", "mprotect", "getrandom",
	"futex",
	/* signals, the end */
	"rt_sigreturn", "rt_sigprocmask", "rt_sigaction", "sigreturn", "getpid",
	"gettid", "tgkill", "unlink", "unlinkat", "rmdir", "exit", "exit_group",
	NULL
};

static const struct sandbox_only calls_only[] = {
	/* who a command is */
	{ "getsockopt", 1, SOL_SOCKET, 2, SO_PEERCRED },
	{ "getsockopt", 1, SOL_SOCKET, 2, SO_PEERGROUPS },
	{ "getsockopt", 1, SOL_SOCKET, 2, SO_PEERPIDFD },
	/* a socket that is to have a policy: what it is, and its mark */
	{ "getsockopt", 1, SOL_SOCKET, 2, SO_DOMAIN },
	{ "getsockopt", 1, SOL_SOCKET, 2, SO_TYPE },
	{ "getsockopt", 1, SOL_SOCKET, 2, SO_PROTOCOL },
	{ "getsockopt", 1, SOL_SOCKET, 2, SO_COOKIE },
	{ "getsockopt", 1, SOL_SOCKET, 2, SO_NETNS_COOKIE },
	{ "getsockopt", 1, SOL_SOCKET, 2, SO_MARK },
	{ "getsockopt", 1, IPPROTO_TCP, 2, TCP_INFO },
	{ "setsockopt", 1, SOL_SOCKET, 2, SO_MARK },
	/* a large policy to nf_tables */
	{ "setsockopt", 1, SOL_SOCKET, 2, SO_SNDBUFFORCE },
	/* a tunnel's device */
	{ "ioctl", 1, TUNSETIFF, 1, TUNSETIFF },
	{ "ioctl", 1, TUNSETPERSIST, 1, TUNSETPERSIST },
	{ "ioctl", 1, TUNSETOFFLOAD, 1, TUNSETOFFLOAD },
	{ "ioctl", 1, TUNSETVNETHDRSZ, 1, TUNSETVNETHDRSZ },
	/* UDP encapsulation: DF, datagrams that come joined */
	{ "setsockopt", 1, IPPROTO_IP, 2, IP_MTU_DISCOVER },
	{ "setsockopt", 1, IPPROTO_UDP, 2, UDP_GRO },
};

static const int caps[] = { CAP_NET_ADMIN };

static void
usage(FILE *f)
{
	(void)fprintf(f,
	    "usage: ipsecd [-df]\n"
	    "       ipsecd --remove-steering\n"
	    "  -d                 more in the log\n"
	    "  -f                 stay in the foreground\n"
	    "  --remove-steering  take away what a killed ipsecd left in the "
	    "kernel\n");
}

/*
 * The parent stays until the child serves, so that what is called next finds
 * it. Returns in the child, with the descriptor to tell the parent by.
 */
static int
go_background(void)
{
	int p[2];
	char ready = 0;
	pid_t pid;

	if (pipe(p) != 0 || (pid = fork()) < 0) {
		log_say(LOG_LEVEL_ERR, "start: %s", strerror(errno));
		exit(1);
	}
	if (pid == 0) {
		(void)close(p[0]);
		(void)setsid();
		/* standard error stays: it is the log */
		if (freopen("/dev/null", "r", stdin) == NULL ||
		    freopen("/dev/null", "w", stdout) == NULL)
			exit(1);
		return p[1];
	}
	(void)close(p[1]);
	exit(read(p[0], &ready, 1) == 1 ? 0 : 1);
}

struct account {
	uid_t uid; /* to work under; root's where there is no user */
	gid_t gid;
	gid_t managers; /* who may use the sockets; 0: root alone */
};

static struct account
find_account(void)
{
	const struct passwd *u = getpwnam(ACCOUNT);
	struct account a = { 0 };
	const struct group *g;

	if (u != NULL) {
		a.uid = u->pw_uid;
		a.gid = u->pw_gid;
	}
	g = getgrnam(ACCOUNT);
	if (g != NULL)
		a.gid = a.managers = g->gr_gid;
	return a;
}

static bool
lock_up(const struct ipsecd *d, const struct account *a)
{
	int err;

	/* the sockets and the folder are removed without root's rights */
	if (a->uid != 0 && lchown(d->dir, a->uid, a->gid) != 0) {
		log_say(LOG_LEVEL_ERR, "%s: %s", d->dir, strerror(errno));
		return false;
	}
	err =
	    sandbox_drop(a->uid, a->gid, caps, sizeof(caps) / sizeof(caps[0]));
	/* with what this one may do; the filter is for all of them */
	if (err == 0)
		err = pump_start(d->pump);
	if (err == 0)
		err = sandbox_calls(calls, calls_only,
		    sizeof(calls_only) / sizeof(calls_only[0]));
	if (err != 0)
		log_say(LOG_LEVEL_ERR, "sandbox: %s", strerror(err));
	return err == 0;
}

static int
serve(bool foreground)
{
	struct account a = find_account();
	int notify = notify_open(), parent;
	struct ipsecd *d;
	bool ok;

	parent = foreground ? -1 : go_background();
	/* the doorman is never waited for */
	(void)signal(SIGCHLD, SIG_IGN);
	/* a tunnel interface needs one, and so does each connection */
	sandbox_files(4096);
	if (!sandbox_memory())
		log_say(LOG_LEVEL_WARN,
		    "keys may reach the swap or a core file: %s",
		    strerror(errno));
	d = ipsecd_new(a.uid, a.managers);
	if (d == NULL)
		return 1;
	if (!lock_up(d, &a)) {
		ipsecd_free(d);
		return 1;
	}
	log_say(
	    LOG_LEVEL_INFO, "ipsecd " SOLIPSEC_VERSION " serves at %s", d->dir);
	notify_send(notify, "READY=1");
	if (parent >= 0) {
		(void)!write(parent, "1", 1);
		(void)close(parent);
	}
	ok = loop_run(d->loop);
	if (!ok)
		log_say(LOG_LEVEL_ERR, "waiting: %s", strerror(errno));
	notify_send(notify, "STOPPING=1");
	/* after a failure the kernel keeps protecting by dropping */
	d->keep = d->keep || !ok;
	ipsecd_free(d);
	return ok ? 0 : 1;
}

static int
remove_steering(void)
{
	int err = ipsecd_remove_steering();

	if (err == 0)
		return 0;
	log_say(LOG_LEVEL_ERR, "removing the steering: %s", strerror(err));
	return 1;
}

int
main(int argc, char **argv)
{
	static const struct option words[] = {
		{ "remove-steering", no_argument, NULL, 'R' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	bool debug = false, foreground = false, removal = false;
	int c;

	while ((c = getopt_long(argc, argv, "dfh", words, NULL)) != -1) {
		switch (c) {
		case 'd':
			debug = true;
			break;
		case 'f':
			foreground = true;
			break;
		case 'R':
			removal = true;
			break;
		case 'h':
			usage(stdout);
			return 0;
		default:
			usage(stderr);
			return 2;
		}
	}
	log_init("ipsecd", debug);
	if (optind != argc) {
		usage(stderr);
		return 2;
	}
	if (geteuid() != 0) {
		log_say(LOG_LEVEL_ERR, "only root can start ipsecd");
		return 1;
	}
	return removal ? remove_steering() : serve(foreground);
}
