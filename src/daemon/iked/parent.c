/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/iked/parent.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/link.h"
#include "daemon/iked/door.h"
#include "daemon/iked/ikefiles.h"
#include "daemon/iked/kid.h"
#include "daemon/iked/rules.h"
#include "io/chan.h"
#include "io/dgram.h"
#include "io/log.h"
#include "io/loop.h"
#include "io/notify.h"
#include "io/pidlock.h"
#include "io/rundir.h"
#include "io/sandbox.h"
#include "io/spawn.h"
#include "io/unixsock.h"

#define IKE_PORT  500
#define NATT_PORT 4500
/* What lets a packet pass ipsecd's steering (docs/steering.md). */
#define MARK_BYPASS 0x10000000
#define LINK_MS	    1000 /* until ipsecd is looked for again */
#define STOP_MS	    5000 /* that the engine may take to say good-bye */

/*
 * The filter is inherited by the other two, which narrow it: what a program needs
 * to start is in it, and of mmap and mprotect all of it.
 */
static const char *const calls[] = {
	/* files to read */
	"open", "openat", "read", "readv", "pread64", "lseek", "fstat",
	"newfstatat", "stat", "lstat", "statx", "getdents64", "readlink",
	"readlinkat", "access", "faccessat", "faccessat2", "statfs", "fstatfs",
	/* the log, the folder of the sockets */
	"write", "writev", "pwrite64", "ftruncate", "unlink", "unlinkat",
	"rmdir",
	/* channels, and waiting */
	"socketpair", "connect", "sendmsg", "recvmsg", "sendto", "recvfrom",
	"close", "close_range", "shutdown", "dup", "dup2", "dup3", "fcntl",
	"epoll_create1", "epoll_wait", "epoll_pwait", "epoll_ctl", "poll",
	"ppoll", "signalfd4", "pipe2", "getsockname", "getpeername",
	"getsockopt", "setsockopt", "accept4", "bind", "clock_gettime",
	"clock_nanosleep", "nanosleep", "gettimeofday", "time",
	"restart_syscall",
	/* processes */
	"clone", "clone3", "fork", "vfork", "execve", "execveat", "wait4",
	"waitid", "kill", "*tgkill", "set_tid_address", "set_robust_list",
	"rseq", "arch_prctl", "exit", "exit_group", "getpid", "getppid",
	"gettid", "uname", "sysinfo", "sched_getaffinity", "sched_yield",
	"getuid", "geteuid", "getgid", "getegid", "getresuid", "getresgid",
	"getgroups",
	/* what the other two give up */
	"setuid", "setgid", "setresuid", "setresgid", "setgroups", "capget",
	"capset", "prctl", "seccomp", "landlock_create_ruleset",
	"landlock_add_rule", "landlock_restrict_self", "getrlimit", "setrlimit",
	"prlimit64", "mlockall",
	/* memory, random numbers, signals */
	"brk", "*mmap", "munmap", "mremap", "madvise", "*mprotect", "getrandom",
	"futex", "rt_sigreturn", "rt_sigprocmask", "rt_sigaction",
	"sigaltstack", "sigreturn", NULL
};

static const struct sandbox_only calls_only[] = {
	/* to ipsecd; the engine hears of addresses */
	{ "socket", 0, AF_UNIX, 0, AF_UNIX },
	{ "socket", 0, AF_NETLINK, 0, AF_NETLINK },
	/* of which user namespace is this network? client/zone.h */
	{ "ioctl", 1, 0xb701 /* NS_GET_USERNS */, 1, 0xb701 },
	/* is standard error a terminal? */
	{ "ioctl", 1, 0x5401 /* TCGETS */, 1, 0x5401 },
};

/*
 * To start the others under another account, with memory that is not swapped,
 * and to be believed by ipsecd.
 */
static const int caps[] = { CAP_SETUID, CAP_SETGID, CAP_SETPCAP, CAP_KILL,
	CAP_IPC_LOCK, CAP_NET_ADMIN };

enum { N_UDP = 4 };

struct parent {
	const struct parent_options *o;
	struct loop *loop;
	struct loop_watch signals;
	struct kid engine, keystore;
	/* sockets that are the engine's to use */
	int udp[N_UDP]; /* IKEIPC_UDP4 and on; -1: this host has no such */
	int admin;
	char dir[PATH_MAX];
	int pid_fd;
	bool pid_held;
	/* configuration */
	struct intake files; /* that are on their way */
	uint32_t use;	     /* number of the last USE */
	bool paired, serves;
	/* ipsecd */
	struct loop_timer link_timer, stop_timer;
	bool link_said;
	int notify, background;
	int status;
};

static bool
fail(const char *what)
{
	log_say(LOG_LEVEL_ERR, "%s: %s", what, strerror(errno));
	return false;
}

/* --- configuration --- */

/* Every file of these kinds, and the word to use them. */
static bool
send_files(struct parent *p, struct kid *k, const uint8_t *kinds)
{
	const struct ikeipc_msg use = { .type = IKEIPC_USE, .id = p->use };

	for (; *kinds != 0; kinds++) {
		const struct intake_file *f = NULL;

		while ((f = intake_find(&p->files, *kinds, f)) != NULL)
			if (!kid_file(k, f->kind, f->name, f->text, f->n))
				return false;
	}
	return kid_say(k, &use, -1);
}

static void
send_to_keystore(struct parent *p)
{
	static const uint8_t kinds[] = { IKEIPC_CONFIG, IKEIPC_PRESHARED,
		IKEIPC_CERT, IKEIPC_CRL, IKEIPC_KEY, 0 };

	if (!send_files(p, &p->keystore, kinds))
		log_say(LOG_LEVEL_ERR, "the keystore takes no files");
}

static void
send_to_engine(struct parent *p)
{
	static const uint8_t kinds[] = { IKEIPC_CONFIG, 0 };

	if (!send_files(p, &p->engine, kinds))
		log_say(LOG_LEVEL_ERR, "the engine takes no files");
}

/*
 * Read the files, and bring them into force: first the keystore, since rules may
 * name what only it has, then the engine. What is wrong changes nothing.
 */
static bool
load(struct parent *p)
{
	char why[IKEFILES_TEXT], text[IKEIPC_TEXT];
	struct intake files;
	struct rules *r;

	if (!ikefiles_read(&files, p->o->config, p->o->inet, why)) {
		log_say(LOG_LEVEL_ERR, "%s", why);
		return false;
	}
	/* the engine would say so as well, when the keystore has changed */
	r = rules_read(&files, NULL, false, text);
	rules_free(r);
	if (r == NULL) {
		log_say(LOG_LEVEL_ERR, "%s", text);
		intake_clear(&files);
		return false;
	}
	intake_clear(&p->files);
	intake_move(&p->files, &files);
	p->use++;
	if (p->keystore.ready && p->engine.ready)
		send_to_keystore(p);
	return true;
}

static void
in_force(struct parent *p)
{
	intake_clear(&p->files);
	if (p->serves) {
		log_say(LOG_LEVEL_INFO, "the configuration is in force");
		return;
	}
	p->serves = true;
	log_say(LOG_LEVEL_INFO, "in.iked " SOLIPSEC_VERSION " serves at %s",
	    p->dir);
	notify_send(p->notify, "READY=1");
	if (p->background >= 0) {
		(void)!write(p->background, "1", 1);
		(void)close(p->background);
		p->background = -1;
	}
}

static void
used(struct parent *p, struct kid *k, const struct ikeipc_msg *m)
{
	if (m->id != p->use)
		return; /* a later one is on its way */
	if (m->err != 0) {
		log_say(LOG_LEVEL_ERR, "%.*s", (int)m->text.n,
		    m->text.n != 0 ? (const char *)m->text.p : "");
		intake_clear(&p->files);
		if (!p->serves) { /* wrong from the beginning */
			p->status = 1;
			loop_stop(p->loop);
		}
		return;
	}
	if (k == &p->keystore)
		send_to_engine(p);
	else
		in_force(p);
}

/* --- ipsecd --- */

static void
look_for_ipsecd(void *ctx)
{
	const struct ikeipc_msg take = { .type = IKEIPC_TAKE,
		.which = IKEIPC_PFKEY };
	struct parent *p = ctx;
	char text[LINK_TEXT];
	struct link_to to;
	bool ok;

	loop_timer_stop(&p->link_timer);
	if (!p->engine.ready)
		return; /* it asks when it is there */
	ok = link_connect(&to, LINK_PFKEY);
	if (ok) {
		(void)kid_say(&p->engine, &take, to.fd);
		link_close(&to);
		log_say(LOG_LEVEL_DEBUG, "connected to ipsecd");
		p->link_said = false;
		return;
	}
	if (!p->link_said)
		log_say(LOG_LEVEL_WARN, "%s", link_sentence(&to, text));
	p->link_said = true;
	loop_timer_start(p->loop, &p->link_timer);
}

/* --- the other two --- */

static void
give_sockets(struct parent *p)
{
	struct ikeipc_msg m = { .type = IKEIPC_TAKE };

	for (int i = 0; i < N_UDP; i++) {
		m.which = (uint8_t)(IKEIPC_UDP4 + i);
		if (p->udp[i] >= 0)
			(void)kid_say(&p->engine, &m, p->udp[i]);
	}
	m.which = IKEIPC_ADMIN;
	(void)kid_say(&p->engine, &m, p->admin);
}

/* Both are there: they get to know each other, and everything else. */
static void
both_ready(struct parent *p)
{
	const struct ikeipc_msg m = { .type = IKEIPC_TAKE,
		.which = IKEIPC_PEER };
	int ends[2];

	if (!chan_pair(ends)) {
		(void)fail("a channel");
		return;
	}
	(void)kid_say(&p->engine, &m, ends[0]);
	(void)kid_say(&p->keystore, &m, ends[1]);
	(void)close(ends[0]);
	(void)close(ends[1]);
	if (list_empty(&p->files.files))
		(void)load(p);
	else
		send_to_keystore(p);
}

static void
message(void *ctx, struct kid *k, const struct ikeipc_msg *m)
{
	/* every category (spec: ike 7) */
	const struct ikeipc_msg debug = { .type = IKEIPC_DEBUG,
		.level = 0x7ff };
	struct parent *p = ctx;

	switch (m->type) {
	case IKEIPC_READY:
		if (p->o->debug)
			(void)kid_say(k, &debug, -1);
		if (k == &p->engine) {
			give_sockets(p);
			look_for_ipsecd(p);
		}
		if (p->engine.ready && p->keystore.ready)
			both_ready(p);
		break;
	case IKEIPC_USED:
		used(p, k, m);
		break;
	case IKEIPC_WANT:
		if (k != &p->engine)
			break;
		if (m->want == IKEIPC_WANT_READ)
			(void)load(p);
		else if (p->link_timer.link.next == NULL ||
			 list_empty(&p->link_timer.link))
			loop_timer_start(p->loop, &p->link_timer);
		break;
	default: /* nothing else is theirs to say */
		break;
	}
}

static void
gone(void *ctx, struct kid *k)
{
	struct parent *p = ctx;

	if (k == &p->engine && k->ending) {
		loop_stop(p->loop);
		return;
	}
	/* before it ever served: what is wrong does not go away by itself */
	if (!p->serves && k->crashes > 3) {
		p->status = 1;
		loop_stop(p->loop);
	}
}

static void
reap(struct parent *p)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (!kid_reaped(&p->engine, pid, status))
			(void)kid_reaped(&p->keystore, pid, status);
}

/* --- the end --- */

static void
stop_now(void *ctx)
{
	struct parent *p = ctx;

	log_say(LOG_LEVEL_WARN, "the engine did not end in time");
	loop_stop(p->loop);
}

/* Every peer is told, and the SAs are taken away, by the engine. */
static void
stop(struct parent *p)
{
	const struct ikeipc_msg m = { .type = IKEIPC_STOP };

	if (p->engine.ending || !kid_say(&p->engine, &m, -1)) {
		loop_stop(p->loop);
		return;
	}
	p->engine.ending = true;
	loop_timer_start(p->loop, &p->stop_timer);
}

static void
signalled(void *ctx, unsigned events)
{
	struct parent *p = ctx;
	struct signalfd_siginfo i;

	(void)events;
	if (read(p->signals.fd, &i, sizeof(i)) != sizeof(i))
		return;
	switch (i.ssi_signo) {
	case SIGCHLD:
		reap(p);
		break;
	case SIGHUP:
		log_say(LOG_LEVEL_INFO, "the files are read again");
		(void)load(p);
		break;
	case SIGUSR1:
		/* for the next one to take over: what there is stays */
		loop_stop(p->loop);
		break;
	default:
		stop(p);
		break;
	}
}

static bool
hear_signals(struct parent *p)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGHUP);
	(void)sigaddset(&set, SIGUSR1);
	(void)sigaddset(&set, SIGCHLD);
	(void)signal(SIGPIPE, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
		return fail("signals");
	p->signals = (struct loop_watch){ .fd = signalfd(-1, &set, SFD_CLOEXEC),
		.ready = signalled,
		.ctx = p };
	if (p->signals.fd < 0 || !loop_add(p->loop, &p->signals, LOOP_READ))
		return fail("signals");
	return true;
}

/* --- the beginning --- */

/* The folder for the admin socket; root's, and nobody else's, for good. */
static bool
take_place(struct parent *p)
{
	char path[PATH_MAX + 16];
	const char *run = rundir_path();
	pid_t other;

	(void)snprintf(p->dir, sizeof(p->dir), "%.*s/" RUNDIR_IKE,
	    (int)sizeof(p->dir) - 8, run);
	if (strncmp(run, RUNDIR_ROOT "/", sizeof(RUNDIR_ROOT)) == 0 &&
	    mkdir(RUNDIR_ROOT, 0755) != 0 && errno != EEXIST)
		return fail(RUNDIR_ROOT);
	if (mkdir(run, 0755) != 0 && errno != EEXIST)
		return fail(run);
	errno = rundir_make(p->dir, 0755, 0, getegid());
	if (errno != 0)
		return fail(p->dir);
	(void)snprintf(path, sizeof(path), "%s/in.iked.pid", p->dir);
	p->pid_fd = pidlock_take(path, &other);
	p->pid_held = p->pid_fd >= 0;
	if (p->pid_held)
		return true;
	if (errno != EWOULDBLOCK)
		return fail(path);
	log_say(LOG_LEVEL_ERR,
	    "another in.iked (process %ld) serves this network namespace",
	    (long)other);
	return false;
}

static void
leave_place(struct parent *p)
{
	char path[PATH_MAX + 16];

	if (!p->pid_held)
		return;
	(void)snprintf(path, sizeof(path), "%s/admin", p->dir);
	(void)unlink(path);
	(void)snprintf(path, sizeof(path), "%s/in.iked.pid", p->dir);
	(void)unlink(path);
	(void)close(p->pid_fd);
	(void)rmdir(p->dir);
}

static bool
open_sockets(struct parent *p)
{
	static const struct {
		uint8_t fam;
		uint16_t port;
		bool share;
		const char *name;
	} rows[N_UDP] = {
		{ 4, IKE_PORT, false, "UDP port 500" },
		{ 6, IKE_PORT, false, "UDP port 500, IPv6" },
		{ 4, NATT_PORT, true, "UDP port 4500" },
		{ 6, NATT_PORT, false, "UDP port 4500, IPv6" },
	};
	const struct group *g = getgrnam(DOOR_GROUP);
	struct unixsock_use use = { .type = SOCK_SEQPACKET,
		.group = g != NULL ? g->gr_gid : 0 };
	char path[PATH_MAX + 16];

	for (int i = 0; i < N_UDP; i++) {
		p->udp[i] = dgram_open(
		    rows[i].fam, rows[i].port, MARK_BYPASS, rows[i].share);
		/* a host may be without IPv6 */
		if (p->udp[i] < 0 && (rows[i].fam == 4 || errno == EADDRINUSE))
			return fail(rows[i].name);
	}
	(void)snprintf(path, sizeof(path), "%s/admin", p->dir);
	p->admin = unixsock_listen(path, &use);
	return p->admin >= 0 || fail(path);
}

static bool
begin(struct parent *p)
{
	struct kid both = { .loop = p->loop,
		.exe = spawn_exe(),
		.message = message,
		.gone = gone,
		.ctx = p };
	int err;

	if (both.exe < 0)
		return fail("/proc/self/exe");
	p->engine = p->keystore = both;
	p->engine.name = "engine";
	p->engine.role = PARENT_ENGINE;
	p->keystore.name = "keystore";
	p->keystore.role = PARENT_KEYSTORE;
	err = sandbox_keep(caps, sizeof(caps) / sizeof(caps[0]));
	if (err == 0)
		err = sandbox_calls(calls, calls_only,
		    sizeof(calls_only) / sizeof(calls_only[0]));
	if (err != 0) {
		errno = err;
		return fail("sandbox");
	}
	return kid_start(&p->keystore) && kid_start(&p->engine);
}

/*
 * The parent of the daemon stays until it serves, so that what is called next
 * finds it. Returns in the child, with the descriptor to tell it by.
 */
static int
go_background(void)
{
	int ends[2];
	char ready = 0;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) != 0 || (pid = fork()) < 0) {
		(void)fail("start");
		exit(1);
	}
	if (pid == 0) {
		(void)close(ends[0]);
		(void)setsid();
		/* standard error stays: it is the log */
		if (freopen("/dev/null", "r", stdin) == NULL ||
		    freopen("/dev/null", "w", stdout) == NULL)
			exit(1);
		return ends[1];
	}
	(void)close(ends[1]);
	exit(read(ends[0], &ready, 1) == 1 ? 0 : 1);
}

static void
run(struct parent *p)
{
	if (!hear_signals(p) || !take_place(p) || !open_sockets(p) ||
	    !load(p) || !begin(p)) {
		p->status = 1;
		return;
	}
	if (!loop_run(p->loop)) {
		(void)fail("waiting");
		p->status = 1;
	}
	notify_send(p->notify, "STOPPING=1");
}

int
parent_main(const struct parent_options *o)
{
	struct parent p = { .o = o,
		.udp = { -1, -1, -1, -1 },
		.admin = -1,
		.pid_fd = -1,
		.background = -1,
		.notify = notify_open() };

	intake_init(&p.files);
	p.link_timer = (struct loop_timer){
		.fire = look_for_ipsecd, .ctx = &p, .every = LINK_MS
	};
	p.stop_timer = (struct loop_timer){
		.fire = stop_now, .ctx = &p, .every = STOP_MS
	};
	if (!o->foreground)
		p.background = go_background();
	if (!sandbox_memory())
		log_say(LOG_LEVEL_WARN,
		    "keys may reach the swap or a core file: %s",
		    strerror(errno));
	p.loop = loop_new();
	if (p.loop == NULL) {
		(void)fail("start");
		return 1;
	}
	run(&p);
	kid_stop(&p.engine);
	kid_stop(&p.keystore);
	intake_clear(&p.files);
	leave_place(&p);
	return p.status;
}
