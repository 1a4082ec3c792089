/* SPDX-License-Identifier: BSD-2-Clause */
/* ipsecd - IPsec of one network namespace: packets, SAs, policy. */
#include <errno.h>
#include <getopt.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/ipsecd/ipsecd.h"
#include "io/log.h"
#include "io/notify.h"
#include "io/sandbox.h"

#define ACCOUNT "solipsec" /* user and group, when the system has them */

/* What may still be done when everything is open, and no more. */
static const char *const calls[] = {
	/* packets: devices, raw sockets, routes and addresses over netlink */
	"read", "write", "recvmsg", "recvfrom", "sendmsg", "sendto",
	/* waiting */
	"epoll_wait", "epoll_pwait", "epoll_ctl", "poll", "ppoll",
	"clock_gettime", "gettimeofday", "time", "restart_syscall",
	/* commands: their connections and who they are */
	"accept4", "getsockopt", "setsockopt", "close",
	/* a tunnel's device is attached (TUNSETIFF) */
	"ioctl",
	/* memory, random numbers */
	"brk", "mmap", "munmap", "mremap", "madvise", "mprotect", "getrandom",
	"futex",
	/* signals, log, the end */
	"rt_sigreturn", "rt_sigprocmask", "rt_sigaction", "sigreturn", "getpid",
	"gettid", "tgkill", "unlink", "unlinkat", "rmdir", "exit", "exit_group",
	NULL
};

static const int caps[] = { CAP_NET_ADMIN, CAP_NET_RAW };

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

/* The account to work under; root where there is none. */
static void
account(uid_t *uid, gid_t *gid)
{
	const struct passwd *u = getpwnam(ACCOUNT);
	const struct group *g = getgrnam(ACCOUNT);

	*uid = u != NULL ? u->pw_uid : 0;
	*gid = g != NULL ? g->gr_gid : 0;
}

static bool
lock_up(const char *dir, uid_t uid, gid_t gid)
{
	int err;

	/* the sockets and the folder are removed without root's rights */
	if (uid != 0 && lchown(dir, uid, gid) != 0) {
		log_say(LOG_LEVEL_ERR, "%s: %s", dir, strerror(errno));
		return false;
	}
	err = sandbox_drop(uid, gid, caps, sizeof(caps) / sizeof(caps[0]));
	if (err == 0)
		err = sandbox_calls(calls);
	if (err != 0)
		log_say(LOG_LEVEL_ERR, "sandbox: %s", strerror(err));
	return err == 0;
}

static int
serve(bool foreground)
{
	int notify = notify_open(), parent;
	struct ipsecd *d;
	uid_t uid;
	gid_t gid;
	bool ok;

	parent = foreground ? -1 : go_background();
	account(&uid, &gid);
	if (!sandbox_memory())
		log_say(LOG_LEVEL_WARN,
		    "keys may reach the swap or a core file: %s",
		    strerror(errno));
	d = ipsecd_new(gid);
	if (d == NULL)
		return 1;
	if (!lock_up(d->dir, uid, gid)) {
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
