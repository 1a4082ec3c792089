/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/iked/engproc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "crypto/be/be.h"
#include "daemon/iked/askipc.h"
#include "daemon/iked/rules.h"
#include "io/clock.h"
#include "io/loop.h"

#define PFKEY_QUEUE \
	(4u << 20)     /* bytes to ipsecd, and to the keystore, that wait */
#define LATER_MS 60000 /* the engine is looked at after so long at most */
#define SOME	 32    /* datagrams of a socket before others are heard */

/* What may still be done when everything is there, and no more. */
static const char *const calls[] = {
	/* datagrams, channels, the log */
	"recvmsg", "recvfrom", "sendmsg", "sendto", "read", "write", "close",
	/* ikeadm's connections */
	"accept4",
	/* descriptors that come: they wait for nobody */
	"fcntl",
	/* waiting */
	"epoll_wait", "epoll_pwait", "epoll_ctl", "poll", "ppoll",
	"clock_gettime", "gettimeofday", "time", "restart_syscall",
	/* memory, random numbers */
	"brk", "mmap", "munmap", "mremap", "madvise", "mprotect", "getrandom",
	"futex",
	/* signals, the end */
	"rt_sigreturn", "rt_sigprocmask", "rt_sigaction", "sigreturn", "getpid",
	"gettid", "tgkill", "exit", "exit_group", NULL
};

static const struct sandbox_only calls_only[] = {
	/* the last word to ipsecd */
	{ "shutdown", 1, SHUT_WR, 1, SHUT_WR },
	/* who ikeadm is */
	{ "getsockopt", 1, SOL_SOCKET, 2, SO_PEERCRED },
	{ "getsockopt", 1, SOL_SOCKET, 2, SO_PEERGROUPS },
};

/* --- what the engine wants done --- */

static struct netaddr
to_net(const struct addr *a)
{
	struct netaddr n = { .fam = a->fam };

	memcpy(n.b, a->b, sizeof(n.b));
	return n;
}

static struct addr
from_net(const struct netaddr *n)
{
	struct addr a = { .fam = n->fam };

	memcpy(a.b, n->b, sizeof(a.b));
	return a;
}

static void
send_datagram(struct engproc *e, const struct ike_action *a)
{
	static const uint8_t marker[4];
	const struct dgram d = { .local = to_net(&a->dgram.local.a),
		.remote = to_net(&a->dgram.remote.a),
		.port = a->dgram.remote.port };
	char text[ADDR_TEXT];
	int err = EAFNOSUPPORT;

	for (int i = 0; i < ENGPROC_SOCKETS; i++) {
		const struct engproc_socket *k = &e->sock[i];

		if (!k->open || k->fam != d.remote.fam ||
		    k->natt != a->dgram.natt)
			continue;
		/* RFC 3948 2.2: four zero bytes tell it from ESP */
		err = dgram_send(k->watch.fd, &d, marker, k->natt ? 4 : 0,
		    a->dgram.msg.p, a->dgram.msg.n);
		break;
	}
	if (err != 0)
		log_limit(&e->rate_send, LOG_LEVEL_WARN, "to %s port %u: %s",
		    addr_print(text, &a->dgram.remote.a), d.port,
		    strerror(err));
}

/* For who looks at a debug log: what goes over to ipsecd, without keys. */
static void
show_pfkey(const struct engproc *e, const char *way, const struct pfkey_msg *m)
{
	const char *type = pfkey_type_text(m->type);

	if ((e->debug & IKE_CAT_PFKEY) != 0)
		log_say(LOG_LEVEL_DEBUG,
		    "%s ipsecd: %s, type %u, number %u of %u, SPI %#x, errno "
		    "%u%s%s",
		    way, type != NULL ? type : "?", m->satype, m->seq, m->pid,
		    m->spi, m->errnum, m->errnum != 0 ? ": " : "",
		    m->errnum != 0 ? pfkey_diag_text(m->diag) : "");
}

static void
send_pfkey(struct engproc *e, const struct pfkey_msg *m)
{
	struct wr w = wr_into(e->out, PFKEY_MAX);

	e->said = *m;
	e->said.pid = e->pid;
	show_pfkey(e, "to", &e->said);
	if (!pfkey_write(&w, &e->said))
		log_say(LOG_LEVEL_ERR, "a message %s for ipsecd is too long",
		    pfkey_type_text(m->type));
	else if (e->pfkey != NULL && !chan_send(e->pfkey, e->out, w.len, -1))
		log_limit(&e->rate_send, LOG_LEVEL_WARN,
		    "ipsecd does not take a message %s",
		    pfkey_type_text(m->type));
	secret_wipe(e->out, w.len);
}

/* This question alone has no answer: those of others are not lost. */
static void
cannot_ask(struct engproc *e, const struct ike_ask *ask, const char *why)
{
	struct ike_event no = { .type = IKE_EV_ANSWER };

	no.answer.id = ask->id;
	no.answer.told = IKE_TOLD_NONE;
	(void)snprintf(no.answer.why, sizeof(no.answer.why), "%s", why);
	/* what that queues, step_once() takes after this action */
	ike_step(e->ike, &no, clock_mono());
}

static void
send_ask(struct engproc *e, const struct ike_ask *ask)
{
	struct wr w = wr_into(e->out, sizeof(e->out));

	/* a peer chooses how long the question is, and how many there are */
	if (!askipc_write_ask(&w, ask))
		cannot_ask(e, ask, "the question to the keystore is too long");
	else if (e->keys == NULL)
		e->keys_gone = true;
	else if (!chan_send(e->keys, e->out, w.len, -1))
		cannot_ask(e, ask, "the keystore does not keep up");
}

static void
say(const struct engproc *e, const struct ike_log *l)
{
	static const enum log_level levels[] = {
		[IKE_LOG_ERROR] = LOG_LEVEL_ERR,
		[IKE_LOG_WARN] = LOG_LEVEL_WARN,
		[IKE_LOG_INFO] = LOG_LEVEL_INFO,
		[IKE_LOG_DEBUG] = LOG_LEVEL_DEBUG,
	};
	char mine[ADDR_TEXT], other[ADDR_TEXT], about[2 * ADDR_TEXT + 8] = "";
	bool named = l->rule != NULL && l->rule[0] != '\0';

	if (l->level == IKE_LOG_DEBUG && (e->debug & l->cat) == 0)
		return;
	if (l->remote.a.fam != FAM_NONE)
		(void)snprintf(about, sizeof(about),
		    "%s - %s: ", addr_print(mine, &l->local.a),
		    addr_print(other, &l->remote.a));
	log_say(levels[l->level], "%s%s%s%s%s", named ? "\"" : "",
	    named ? l->rule : "", named ? "\" " : "", about, l->text);
}

static void
act(struct engproc *e, const struct ike_action *a)
{
	switch (a->type) {
	case IKE_ACT_SEND:
		send_datagram(e, a);
		break;
	case IKE_ACT_PFKEY:
		send_pfkey(e, a->pfkey);
		break;
	case IKE_ACT_ASK:
		send_ask(e, &a->ask);
		break;
	case IKE_ACT_LOG:
		say(e, &a->log);
		break;
	case IKE_ACT_REPLY:
		door_reply(e->door, a);
		break;
	case IKE_ACT_RECORD:
		break; /* nobody asks for it here: door.c */
	}
}

static void
step_once(struct engproc *e, const struct ike_event *ev)
{
	const struct ike_action *a;

	ike_step(e->ike, ev, clock_mono());
	while ((a = ike_take(e->ike)) != NULL)
		act(e, a);
}

static void
arm(struct engproc *e)
{
	uint64_t due = ike_deadline(e->ike), now = clock_mono(), in;

	loop_timer_stop(&e->timer);
	in = due <= now ? 1 : due - now; /* never twice in one round */
	e->timer.every = (uint32_t)(in > LATER_MS ? LATER_MS : in);
	loop_timer_start(e->loop, &e->timer);
}

void
engproc_step(struct engproc *e, const struct ike_event *ev)
{
	const struct ike_event no_keys = { .type = IKE_EV_KEYSTORE_DOWN };
	const struct ike_event no_pfkey = { .type = IKE_EV_PFKEY_DOWN };

	step_once(e, ev);
	/* each is told once: what comes of it asks again when there is another */
	if (e->keys_gone) {
		e->keys_gone = false;
		step_once(e, &no_keys);
	}
	if (e->pfkey_gone) {
		e->pfkey_gone = false;
		step_once(e, &no_pfkey);
	}
	arm(e);
}

/* --- what happens --- */

static void
step_type(struct engproc *e, enum ike_event_type type)
{
	const struct ike_event ev = { .type = type };

	engproc_step(e, &ev);
}

static void
due(void *ctx)
{
	step_type(ctx, IKE_EV_TIMER);
}

static void
datagrams(void *ctx, unsigned events)
{
	const struct engproc_socket *k = ctx;
	struct engproc *e = k->e;
	struct ike_event ev = { .type = IKE_EV_DATAGRAM };
	struct dgram d;
	const uint8_t *p;
	ssize_t n;

	(void)events;
	for (int i = 0; i < SOME; i++) {
		n = dgram_recv(k->watch.fd, &d, e->in, sizeof(e->in));
		if (n < 0)
			return;
		p = e->in;
		if (k->natt) {
			/* what has no marker is a keepalive, or ESP that nobody
			   here can open */
			if (n < 4 || (p[0] | p[1] | p[2] | p[3]) != 0)
				continue;
			p += 4;
			n -= 4;
		}
		ev.dgram.local.a = from_net(&d.local);
		ev.dgram.local.port = k->port;
		ev.dgram.remote.a = from_net(&d.remote);
		ev.dgram.remote.port = d.port;
		ev.dgram.natt = k->natt;
		ev.dgram.msg.p = p;
		ev.dgram.msg.n = (size_t)n;
		engproc_step(e, &ev);
	}
}

static void
pfkey_heard(void *ctx, const uint8_t *msg, size_t n, int fd)
{
	struct engproc *e = ctx;
	struct ike_event ev = { .type = IKE_EV_PFKEY, .pfkey = &e->heard };
	uint16_t diag;

	if (fd >= 0)
		(void)close(fd);
	if (pfkey_parse(&e->heard, &diag, msg, n) != 0) {
		log_limit(&e->rate_send, LOG_LEVEL_WARN,
		    "ipsecd says what makes no sense: %s",
		    pfkey_diag_text(diag));
		return;
	}
	show_pfkey(e, "from", &e->heard);
	engproc_step(e, &ev);
}

static void
pfkey_ended(void *ctx)
{
	struct engproc *e = ctx;

	chan_free(e->pfkey);
	e->pfkey = NULL;
	log_say(LOG_LEVEL_WARN, "the connection to ipsecd is gone");
	step_type(e, IKE_EV_PFKEY_DOWN);
	servant_want(&e->s, IKEIPC_WANT_PFKEY);
}

/* The rules, and the authorities beside them, are these from now on. */
static void
configure(struct engproc *e, const struct rules *r)
{
	struct ike_event ev = { .type = IKE_EV_CONFIG, .cfg = &r->cfg };

	ev.authorities.p = e->authorities;
	ev.authorities.n = e->n_authorities;
	engproc_step(e, &ev);
}

static void
take_authorities(struct engproc *e, const struct ike_bytes *b)
{
	e->n_authorities = b->n < sizeof(e->authorities)
			       ? b->n
			       : sizeof(e->authorities) / 20 * 20;
	if (e->n_authorities != 0)
		memcpy(e->authorities, b->p, e->n_authorities);
	if (e->rules != NULL)
		configure(e, e->rules);
}

static void
keys_heard(void *ctx, const uint8_t *msg, size_t n, int fd)
{
	struct engproc *e = ctx;
	struct ike_event ev = { .type = IKE_EV_ANSWER };

	if (fd >= 0)
		(void)close(fd);
	if (!askipc_read_told(&ev, msg, n))
		log_say(LOG_LEVEL_ERR, "the keystore says what makes no sense");
	else if (ev.answer.id == 0)
		take_authorities(e, &ev.answer.data);
	else
		engproc_step(e, &ev);
}

static void
keys_ended(void *ctx)
{
	struct engproc *e = ctx;

	chan_free(e->keys);
	e->keys = NULL;
	step_type(e, IKE_EV_KEYSTORE_DOWN);
}

/* --- what the parent says --- */

static struct chan *
channel(struct engproc *e, int fd, size_t longest,
    void (*message)(void *, const uint8_t *, size_t, int),
    void (*ended)(void *))
{
	const struct chan_use use = { .longest = longest,
		.queue = PFKEY_QUEUE,
		.message = message,
		.ended = ended,
		.ctx = e };

	return chan_new(e->loop, fd, &use);
}

static void
take_socket(struct engproc *e, enum ikeipc_which which, int fd)
{
	struct engproc_socket *k = &e->sock[which - IKEIPC_UDP4];

	*k = (struct engproc_socket){ .e = e,
		.fam = which == IKEIPC_UDP4 || which == IKEIPC_NATT4 ? 4 : 6,
		.natt = which == IKEIPC_NATT4 || which == IKEIPC_NATT6,
		.open = true };
	k->port = k->natt ? 4500 : 500;
	k->watch =
	    (struct loop_watch){ .fd = fd, .ready = datagrams, .ctx = k };
	if (!loop_add(e->loop, &k->watch, LOOP_READ)) {
		log_say(LOG_LEVEL_ERR, "a socket: %s", strerror(errno));
		(void)close(fd);
		k->open = false;
	}
}

static void
take_pfkey(struct engproc *e, int fd)
{
	bool was = e->pfkey != NULL;

	chan_free(e->pfkey);
	e->pfkey = NULL;
	if (was)
		step_type(e, IKE_EV_PFKEY_DOWN);
	e->pfkey = channel(e, fd, PFKEY_MAX, pfkey_heard, pfkey_ended);
	if (e->pfkey != NULL)
		step_type(e, IKE_EV_PFKEY_UP);
}

static void
take(void *ctx, enum ikeipc_which which, int fd)
{
	struct engproc *e = ctx;

	switch (which) {
	case IKEIPC_UDP4:
	case IKEIPC_UDP6:
	case IKEIPC_NATT4:
	case IKEIPC_NATT6:
		take_socket(e, which, fd);
		break;
	case IKEIPC_PFKEY:
		take_pfkey(e, fd);
		break;
	case IKEIPC_ADMIN:
		if (!door_open(e->door, fd))
			log_say(LOG_LEVEL_ERR, "ikeadm's socket: %s",
			    strerror(errno));
		break;
	case IKEIPC_PEER:
		if (e->keys != NULL)
			keys_ended(e);
		e->keys = channel(e, fd, IKEIPC_MAX, keys_heard, keys_ended);
		break;
	case IKEIPC_WHICH_N:
		(void)close(fd);
		break;
	}
}

static bool
use_files(void *ctx, const struct intake *files, char why[IKEIPC_TEXT])
{
	struct engproc *e = ctx;
	struct rules *r = rules_read(files, e->rules, true, why);

	if (r == NULL)
		return false;
	configure(e, r);
	/* the engine does not look at the one before any more */
	rules_free(e->rules);
	e->rules = r;
	return true;
}

void
engproc_debug(struct engproc *e, uint32_t level)
{
	e->debug = level;
	log_set_debug(level != 0);
}

static void
debug(void *ctx, uint32_t level)
{
	engproc_debug(ctx, level);
}

static void
stop(void *ctx)
{
	struct engproc *e = ctx;

	step_type(e, IKE_EV_STOP);
	/* until ipsecd has read that the SAs are to go */
	if (e->pfkey != NULL)
		chan_finish(e->pfkey, 2000);
	loop_stop(e->loop);
}

static void
address(void *ctx, const struct netaddr *a, bool there)
{
	struct ike_event ev = { .type = IKE_EV_ADDRESS };

	ev.address.a = from_net(a);
	ev.address.there = there;
	engproc_step(ctx, &ev);
}

static void
addresses(void *ctx, unsigned events)
{
	struct engproc *e = ctx;

	(void)events;
	if (ifaddr_update(e->addrs))
		addrdiff_look(&e->known, e->addrs, address, e);
}

/* --- the process --- */

static void
crypto_says(void *ctx, const char *line)
{
	(void)ctx;
	log_say(LOG_LEVEL_WARN, "%s", line);
}

static bool
build(struct engproc *e)
{
	struct ike_env env = { .rng = &crypto_rng };

	e->pid = env.pid = (uint32_t)getpid();

	e->loop = e->s.loop = loop_new();
	e->crypto = crypto_new(be_ossl, crypto_says, NULL);
	if (e->loop == NULL || e->crypto == NULL)
		return false;
	env.crypto = e->crypto;
	e->ike = ike_new(&env);
	e->door = door_new(e->loop, e);
	e->addrs = ifaddr_new();
	if (e->ike == NULL || e->door == NULL || e->addrs == NULL)
		return false;
	e->timer = (struct loop_timer){ .fire = due, .ctx = e };
	e->addr_watch = (struct loop_watch){
		.fd = ifaddr_fd(e->addrs), .ready = addresses, .ctx = e
	};
	/* the engine hears of all that there are */
	addrdiff_look(&e->known, e->addrs, address, e);
	return loop_add(e->loop, &e->addr_watch, LOOP_READ);
}

static void
take_down(struct engproc *e)
{
	servant_end(&e->s);
	door_free(e->door);
	chan_free(e->pfkey);
	chan_free(e->keys);
	ike_free(e->ike);
	rules_free(e->rules);
	ifaddr_free(e->addrs);
	addrdiff_fini(&e->known);
	crypto_free(e->crypto);
	loop_free(e->loop);
}

int
engproc_main(void)
{
	const struct servant_use use = { .calls = calls,
		.only = calls_only,
		.n_only = sizeof(calls_only) / sizeof(calls_only[0]),
		.take = take,
		.use = use_files,
		.debug = debug,
		.stop = stop };
	struct engproc *e = calloc(1, sizeof(*e));
	struct servant_use mine = use;
	int status = 1;

	log_init("in.iked engine", false);
	if (e == NULL)
		return 1;
	mine.ctx = e;
	if (!build(e))
		log_say(LOG_LEVEL_ERR, "start: %s", strerror(errno));
	else if (servant_begin(&e->s, &mine))
		status = loop_run(e->loop) ? 0 : 1;
	if (e->loop != NULL)
		take_down(e);
	secret_wipe(e, sizeof(*e));
	free(e);
	return status;
}
