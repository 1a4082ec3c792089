/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ipsecd/ipsecd.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fragcache.h"
#include "core/reply.h"
#include "crypto/be/be.h"
#include "daemon/ipsecd/admin.h"
#include "daemon/ipsecd/algtable.h"
#include "daemon/ipsecd/audit.h"
#include "daemon/ipsecd/devices.h"
#include "daemon/ipsecd/heal.h"
#include "daemon/ipsecd/keysteer.h"
#include "daemon/ipsecd/loopback.h"
#include "daemon/ipsecd/place.h"
#include "daemon/ipsecd/queue.h"
#include "daemon/ipsecd/sockflow.h"
#include "daemon/ipsecd/status.h"
#include "daemon/ipsecd/steering.h"
#include "daemon/ipsecd/tunnels.h"
#include "daemon/ipsecd/wiresock.h"
#include "io/clock.h"
#include "io/iface.h"
#include "io/route.h"
#include "io/tun.h"

#define NATT_PORT 4500
#define TICK_MS	  500  /* between two looks at all but SAs */
#define POLICY_MS 1000 /* between two looks at what the kernel dropped */
/* After a change of addresses routes settle; then TCP's sizes are looked at. */
#define SETTLE_MS 3000

const struct steer_conf ipsecd_steer = { .dev = "ipsec0",
	.own_dev = "ipsec1",
	.table = "solipsec",
	.mask = 0x30000000,
	.bypass = 0x10000000,
	.divert = 0x20000000,
	.own = 0x30000000,
	.again = 0x40000000,
	.table_any = 5050,
	.table_tcp = 5051,
	.table_own = 5052,
	.table_own_tcp = 5053,
	.pref_first = 4000,
	.pref_last = 4999,
	.proto = 50,
	/* RFC 3692 2.1: numbers that nobody's protocol has */
	.tunnel = { 253, 254 },
	.queue = 5050 };

static bool
fail(const char *what)
{
	log_say(LOG_LEVEL_ERR, "%s: %s", what, strerror(errno));
	return false;
}

/* --- what core asks --- */

static struct netaddr
to_net(const struct addr *a)
{
	struct netaddr n = { .fam = a->fam };

	memcpy(n.b, a->b, sizeof(n.b));
	return n;
}

static bool
is_local(void *ctx, const struct addr *a)
{
	struct ipsecd *d = ctx;
	struct netaddr n = to_net(a);

	/* RFC 1122 3.2.1.3: all of 127/8 is this host */
	return (n.fam == 4 && n.b[0] == 127) || ifaddr_is_local(d->local, &n);
}

static void
expired(void *ctx, struct sa *sa, int which)
{
	struct ipsecd *d = ctx;

	if (d->pfkeyd != NULL)
		pfkeyd_expired(d->pfkeyd, sa, which);
}

static uint32_t
ask_route(void *ctx, const struct addr *dst)
{
	struct ipsecd *d = ctx;
	struct netaddr n = to_net(dst);

	return route_mtu(&d->route, &n, ipsecd_steer.bypass);
}

static uint32_t
way_mtu(void *ctx, const struct addr *dst)
{
	struct ipsecd *d = ctx;

	return pmtu_get(d->pmtu, dst, clock_mono());
}

static uint32_t
refused(void *ctx, const struct addr *dst)
{
	struct ipsecd *d = ctx;

	pump_hold(d->pump);
	pmtu_doubt(d->pmtu, dst, clock_mono());
	return way_mtu(d, dst);
}

static bool
acquire(void *ctx, uint32_t seq, const struct rule *r, const struct flow *f,
    const struct addr *src, const struct addr *dst)
{
	struct ipsecd *d = ctx;

	return pfkeyd_acquire(d->pfkeyd, seq, r, f, src, dst);
}

static void
find_socket(void *ctx, const struct flow *f, struct path_socket *k)
{
	struct ipsecd *d = ctx;

	sockets_find(d->sockets, f, k);
}

static void
wake(void *ctx, uint32_t seq, bool failed)
{
	struct ipsecd *d = ctx;

	larval_wake(d->path.larval, seq, failed, &d->path.stats);
	d->woken = true;
}

/*
 * RFC 4301 8.2.1: a report counts when it names an SA by which we send. Of a
 * tunnel's packets in the clear no more can be asked than where they go.
 */
static bool
too_big(void *ctx, uint8_t proto, const struct addr *dst, uint32_t mtu,
    const uint8_t *head, size_t n)
{
	struct ipsecd *d = ctx;
	struct rd r = rd_from(head, n);
	struct sa_spec name = { .satype = proto == IPPROTO_AH_ ? SATYPE_AH
							       : SATYPE_ESP,
		.flags = SAF_OUTBOUND,
		.dst = *dst };

	if (proto == IPPROTO_IPIP_ || proto == IPPROTO_IPV6_)
		return tunnels_lead_to(d->tunnels, dst) &&
		       pmtu_learn(d->pmtu, dst, mtu, clock_mono());
	if (proto == IPPROTO_AH_)
		rd_skip(&r, 4); /* RFC 4302 2: next header, length, reserved */
	name.spi = rd_be32(&r);
	if (r.bad || sadb_find(d->sadb, &name) == NULL)
		return false;
	pump_hold(d->pump);
	return pmtu_learn(d->pmtu, dst, mtu, clock_mono());
}

/* --- policy and the kernel --- */

/* To no address: of most ways, that of documentation addresses. */
static uint32_t
tunnel_mtu(void *ctx, const struct addr *dst)
{
	static const uint8_t any[4] = { 192, 0, 2, 1 };
	struct addr a = addr_v4(any);

	return way_mtu(ctx, dst->fam == FAM_NONE ? &a : dst);
}

/*
 * Before policy changes the kernel agrees with what it will be. The tunnels'
 * devices are there first; one that cannot be had stops no other policy.
 */
static bool
steer_to(struct ipsecd *d, int id, int old)
{
	struct steer_ends ends[PUMP_TUNNELS];
	const char *loose[PUMP_TUNNELS];
	const struct tunnel *u;
	struct loopback self = { 0 };
	struct steering s;
	bool ok;
	int err;

	pump_hold(d->pump);
	tunnels_follow_policy(d->tunnels, id);
	path_changed(&d->path);
	ok = steering_compile_tuned(
	    &s, d->spd, id, d->kspd, &d->path.tune, way_mtu, d);
	if (ok && d->tune.loopback_policy != 0 && s.plan.armed)
		ok = loopback_compile(&self, d->spd, id, &s.plan);
	if (!ok) {
		steering_fini(&s);
		return fail("policy");
	}
	s.plan.ends = ends;
	s.plan.n_ends = tunnels_ends(d->tunnels, ends, PUMP_TUNNELS);
	while ((u = tunnels_at(d->tunnels, s.plan.n_loose)) != NULL)
		loose[s.plan.n_loose++] = u->name;
	s.plan.loose = loose;
	s.plan.strict[0] = d->tune.strict_v4 != 0;
	s.plan.strict[1] = d->tune.strict_v6 != 0;
	s.plan.queue = d->queue;
	s.plan.in_place = d->tune.in_place != 0;
	if (!sockflow_plan(d->sockets, &s.plan, old, id)) {
		sockflow_planned(d->sockets, false);
		steering_fini(&s);
		loopback_fini(&self);
		log_say(LOG_LEVEL_ERR,
		    "policy refused: a connection would lose its protection");
		return false;
	}
	err = steer_apply(d->steer, &s.plan);
	sockflow_planned(d->sockets, err == 0);
	steering_fini(&s);
	loopback_fini(&self);
	if (err != 0) {
		log_say(LOG_LEVEL_ERR,
		    "policy refused, the kernel does not take its steering: %s",
		    strerror(err));
		return false;
	}
	if (d->closed)
		log_say(LOG_LEVEL_INFO, "policy loaded, traffic goes on");
	d->closed = false;
	pump_close(d->pump, false);
	return true;
}

/* For struct pfpolicyd_env: what was ACTIVE until now is there, or saved. */
static bool
steer(void *ctx, int id)
{
	return steer_to(ctx, id, id == SPD_STANDBY ? SPD_ACTIVE : SPD_SAVED);
}

int
ipsecd_steer_again(struct ipsecd *d)
{
	return d->closed || steer_to(d, SPD_ACTIVE, SPD_ACTIVE) ? 0 : EIO;
}

/* --- events --- */

static void
after(void *ctx)
{
	struct ipsecd *d = ctx;

	if (d->woken) {
		d->woken = false;
		pump_released(d->pump);
	}
}

/* ipsec_policy_log_interval: the kernel drops without a word. */
static void
tell_policy(struct ipsecd *d, uint64_t now)
{
	struct audit *a = pump_audit(d->pump);
	uint64_t n;

	if (a->policy_interval == 0 || now < d->policy_look)
		return;
	n = status_kernel_drops(d);
	if (d->policy_look == 0)
		a->kernel_seen = n; /* from here on */
	d->policy_look = now + POLICY_MS;
	audit_kernel(a, n, now);
}

/* A million SAs take longer than packets can wait. */
enum { AGE_PART = 4096 };

static void
age_end(struct ipsecd_age *a)
{
	if (!a->walking)
		return;
	sadb_walk_end(&a->walk);
	loop_timer_stop(&a->more);
	a->walking = false;
}

static void
on_age_more(void *ctx)
{
	struct ipsecd_age *a = ctx;
	struct ipsecd *d = a->d;
	struct now now = { .mono = clock_mono(), .wall = clock_wall() };

	if (!sadb_age_some(d->sadb, &a->walk, AGE_PART, now)) {
		age_end(a);
		pump_hold(d->pump);
		if (a->satype == SATYPE_ESP)
			pfkeyd_age(d->pfkeyd, now);
	}
	after(d);
}

static void
on_age_sas(void *ctx)
{
	struct ipsecd_age *a = ctx;

	if (a->walking) /* still at it */
		return;
	sadb_walk_begin(a->d->sadb, &a->walk, a->satype);
	a->walking = true;
	loop_timer_start(a->d->loop, &a->more);
	on_age_more(a);
}

static void
age_start(
    struct ipsecd *d, struct ipsecd_age *a, uint8_t satype, uint32_t every)
{
	*a = (struct ipsecd_age){ .d = d,
		.satype = satype,
		.timer = { .fire = on_age_sas, .ctx = a, .every = every },
		.more = { .fire = on_age_more, .ctx = a, .every = 1 } };
	loop_timer_start(d->loop, &a->timer);
}

static void
start_ageing(struct ipsecd *d)
{
	age_start(d, &d->age_esp, SATYPE_ESP, d->tune.esp_age_interval);
	age_start(d, &d->age_ah, SATYPE_AH, d->tune.ah_age_interval);
}

void
ipsecd_age_changed(struct ipsecd *d)
{
	age_end(&d->age_esp);
	age_end(&d->age_ah);
	loop_timer_stop(&d->age_esp.timer);
	loop_timer_stop(&d->age_ah.timer);
	start_ageing(d);
}

void
ipsecd_policy_changed(struct ipsecd *d)
{
	heal_note(d);
	if (!d->closed)
		(void)steer_to(d, SPD_ACTIVE, SPD_ACTIVE);
}

static void
on_age(void *ctx)
{
	struct ipsecd *d = ctx;
	struct now now = { .mono = clock_mono(), .wall = clock_wall() };

	pump_hold(d->pump);
	heal_look(d, now.mono);
	tunnels_follow_ways(d->tunnels);

	if (d->settle != 0 && now.mono >= d->settle) {
		d->settle = 0;
		heal_note(d);
		if (!d->closed)
			(void)steer_to(d, SPD_ACTIVE, SPD_ACTIVE);
	}
	tell_policy(d, now.mono);
	larval_age(d->path.larval, now, &d->path.stats);
	sockets_age(d->sockets, now.mono);
	pump_age(d->pump, now.mono);
	pump_keepalives(d->pump);
	after(d);
}

static void
on_local(void *ctx, unsigned events)
{
	struct ipsecd *d = ctx;
	size_t n;

	(void)events;
	if (!ifaddr_update(d->local))
		return;
	pump_hold(d->pump);
	/* at boot, policy and keys are there before the network is */
	d->settle = clock_mono() + SETTLE_MS;
	path_changed(&d->path);
	n = sadb_relocate(d->sadb);
	if (n != 0)
		log_say(LOG_LEVEL_INFO,
		    "the host's addresses changed: %zu SAs go another way", n);
}

static void
on_signal(void *ctx, unsigned events)
{
	struct ipsecd *d = ctx;
	struct signalfd_siginfo s;

	(void)events;
	if (read(d->signal_watch.fd, &s, sizeof(s)) != (ssize_t)sizeof(s))
		return;
	if (s.ssi_signo == SIGHUP)
		return;
	d->keep = s.ssi_signo == SIGUSR1;
	loop_stop(d->loop);
}

static void
before(void *ctx)
{
	struct ipsecd *d = ctx;

	pump_hold(d->pump);
}

static char *
status(void *ctx)
{
	pump_count(((struct ipsecd *)ctx)->pump);
	return status_text(ctx);
}

static char *
admin(void *ctx, const void *msg, size_t n)
{
	pump_count(((struct ipsecd *)ctx)->pump);
	return admin_answer(ctx, msg, n);
}

/* --- building --- */

static bool
open_tunnels(struct ipsecd *d)
{
	struct tunnels_env env = { .spd = d->spd,
		.pump = d->pump,
		.route = &d->route,
		.alias = IPSECD_ALIAS,
		.mtu = tunnel_mtu,
		.ctx = d };

	d->tunnels = tunnels_new(&env);
	return d->tunnels != NULL;
}

static const struct path_tunnel *
find_tunnel(void *ctx, const char *name)
{
	struct ipsecd *d = ctx;

	return tunnels_find(d->tunnels, name);
}

static const struct path_tunnel *
between(
    void *ctx, const struct addr *local, const struct addr *remote, size_t i)
{
	struct ipsecd *d = ctx;

	return tunnels_between(d->tunnels, local, remote, i);
}

static bool
open_pump(struct ipsecd *d)
{
	struct pump_use use = { .loop = d->loop,
		.path = &d->path,
		.natt_port = NATT_PORT,
		.offload = d->tune.offload,
		.workers = d->tune.workers,
		.crypto = d->crypto,
		.renamed = { ipsecd_steer.tunnel[0], ipsecd_steer.tunnel[1] },
		.queue = ipsecd_steer.queue,
		.too_big = too_big,
		.refused = refused,
		.ctx = d };
	struct pump_fds fds;

	memset(&fds, 0xff, sizeof(fds)); /* -1 */
	if (!devices_open(d, &fds) ||
	    !wiresock_open(&fds, &ipsecd_steer, NATT_PORT, d->tune.workers)) {
		wiresock_close(&fds);
		return false;
	}
	d->queue = queue_open(d->steer, ipsecd_steer.queue, &fds.queue);
	d->pump = pump_new(&use, &fds);
	return (d->pump != NULL && open_tunnels(d)) || fail("packets");
}

static bool
open_kernel(struct ipsecd *d)
{
	if (!netlink_open(&d->route, NETLINK_ROUTE, 0))
		return fail("netlink");
	d->local = ifaddr_new();
	if (d->local == NULL)
		return fail("addresses");
	d->local_watch = (struct loop_watch){
		.fd = ifaddr_fd(d->local), .ready = on_local, .ctx = d
	};
	if (!loop_add(d->loop, &d->local_watch, LOOP_READ))
		return fail("addresses");
	d->steer = steer_open(&ipsecd_steer);
	return d->steer != NULL || fail("nf_tables");
}

static void
say(void *ctx, const char *text)
{
	(void)ctx;
	log_say(LOG_LEVEL_WARN, "%s", text);
}

static bool
build_core(struct ipsecd *d)
{
	struct sadb_env sadb = {
		.is_local = is_local, .expired = expired, .ctx = d
	};
	struct pfkeyd_env pfkey = { .send = control_send_key,
		.wake = wake,
		.ctx = d,
		.steer = keysteer_follow };
	struct pfpolicyd_env policy = { .send = control_send_policy,
		.steer = steer,
		.set_algs = algtable_set,
		.ctx = d };
	struct path *p = &d->path;

	status_prepare();
	d->crypto = crypto_new(be_all, say, NULL);
	d->spd = spd_new();
	d->kspd = kspd_new();
	p->larval = larval_new();
	p->frags = fragcache_new(&crypto_rng);
	p->replies = reply_new(&crypto_rng, clock_mono());
	d->pmtu = pmtu_new(ask_route, d);
	if (d->crypto == NULL || d->spd == NULL || d->kspd == NULL ||
	    p->larval == NULL || p->frags == NULL || p->replies == NULL ||
	    d->pmtu == NULL)
		return fail("start");
	d->sadb = sadb_new(d->crypto, &crypto_rng, &sadb);
	if (d->sadb == NULL)
		return fail("start");
	*sadb_hook(d->sadb) = (struct sadb_hook){ before, d };
	d->pfkeyd = pfkeyd_new(d->sadb, d->spd, d->crypto, &pfkey);
	if (d->pfkeyd != NULL)
		pfkeyd_use_kspd(d->pfkeyd, d->kspd);
	d->pfpolicyd = pfpolicyd_new(d->spd, d->crypto, &policy);
	d->sockets = sockets_new(d);
	if (d->sockets == NULL)
		return fail("sockets");
	p->spd = d->spd;
	p->kspd = d->kspd;
	p->sadb = d->sadb;
	p->conns = sockets_conns(d->sockets);
	p->rng = &crypto_rng;
	p->env = (struct path_env){ .mtu = way_mtu,
		.acquire = acquire,
		.tunnel = find_tunnel,
		.between = between,
		.socket = find_socket,
		.is_local = is_local,
		.ctx = d };
	p->tune = (struct path_tune){ .natt_port = NATT_PORT,
		/* the kernel lets root's by: steering_compile() */
		.ike_is_judged = true };
	if (!crypto_rng.fill(
		crypto_rng.ctx, (uint8_t *)&p->ip_id, sizeof(p->ip_id)))
		return fail("random numbers");
	return (d->pfkeyd != NULL && d->pfpolicyd != NULL) || fail("start");
}

static bool
open_control(struct ipsecd *d, gid_t group)
{
	struct control_use use = { .loop = d->loop,
		.pfkeyd = d->pfkeyd,
		.pfpolicyd = d->pfpolicyd,
		.sockets = d->sockets,
		.doorman = d->doorman,
		.group = group,
		.status = status,
		.admin = admin,
		.before = before,
		.after = after,
		.ctx = d };

	d->control = control_new(&use);
	if (d->control == NULL)
		return fail(d->dir);
	d->age =
	    (struct loop_timer){ .fire = on_age, .ctx = d, .every = TICK_MS };
	loop_timer_start(d->loop, &d->age);
	start_ageing(d);
	return true;
}

/*
 * Before anything is made in the kernel: who ends this process while it builds
 * would leave half of it there.
 */
static bool
hold_signals(struct ipsecd *d)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGHUP);
	(void)sigaddset(&set, SIGUSR1);
	/* a log that nobody reads any more is no reason to end */
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0 ||
	    signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return fail("signals");
	d->signal_watch = (struct loop_watch){ .fd = signalfd(-1, &set,
						   SFD_NONBLOCK | SFD_CLOEXEC),
		.ready = on_signal,
		.ctx = d };
	return (d->signal_watch.fd >= 0 &&
		   loop_add(d->loop, &d->signal_watch, LOOP_READ)) ||
	       fail("signals");
}

/*
 * What an earlier process left decides: with policy in the kernel, everything
 * stays shut until policy is loaded again; without, it is put in order.
 */
static bool
take_over(struct ipsecd *d)
{
	if (!steer_found(d->steer)) {
		bool ok = steer_to(d, SPD_ACTIVE, SPD_ACTIVE);

		pump_discard(d->pump);
		return ok;
	}
	steer_adopt(d->steer);
	d->closed = true;
	pump_close(d->pump, true);
	log_say(LOG_LEVEL_WARN,
	    "policy of an earlier ipsecd is in force; what it protects waits "
	    "until policy is loaded");
	return true;
}

/* Before anything is steered by them. */
static bool
be_tuned(struct ipsecd *d)
{
	uint32_t offload = d->tune.offload;

	d->debug = log_is_debug();
	tune_defaults(d);
	d->tune.offload = offload;
	return true;
}

struct ipsecd *
ipsecd_new(uid_t user, gid_t group)
{
	struct ipsecd *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return NULL;
	d->started = clock_mono();
	d->pid_fd = d->signal_watch.fd = -1;
	d->keep = true;
	d->tune.offload = tune_first_offload(getenv("SOLIPSEC_OFFLOAD"));
	d->tune.workers = tune_first_workers(getenv("SOLIPSEC_WORKERS"));
	d->doorman = doorman_start();
	if (d->doorman == NULL)
		(void)fail("doorman");
	d->loop = loop_new();
	if (d->doorman != NULL && d->loop != NULL && hold_signals(d) &&
	    place_take(d, user, group) && open_kernel(d)) {
		/* a failure now leaves what an earlier process left */
		d->keep = steer_found(d->steer);
		if (build_core(d) && open_pump(d) && be_tuned(d) &&
		    take_over(d) && open_control(d, group)) {
			d->keep = false;
			return d;
		}
	}
	ipsecd_free(d);
	return NULL;
}

/* --- the end --- */

void
ipsecd_free(struct ipsecd *d)
{
	bool clean;
	int err;

	if (d == NULL)
		return;
	clean = d->steer != NULL && d->pump != NULL && !d->keep;
	control_free(d->control);
	if (clean) {
		/* first the kernel's part, then the devices under it */
		err = steer_remove(d->steer);
		if (err != 0)
			log_say(LOG_LEVEL_ERR, "removing the steering: %s",
			    strerror(err));
		pump_unpersist(d->pump);
	}
	tunnels_free(d->tunnels);
	pump_free(d->pump);
	d->pump = NULL; /* SAs that go have no threads any more */
	if (clean)
		/* tunnels of an earlier process that policy did not name again */
		(void)iface_delete_alias(&d->route, IPSECD_ALIAS);
	steer_close(d->steer);
	pfkeyd_free(d->pfkeyd);
	pfpolicyd_free(d->pfpolicyd);
	sadb_free(d->sadb);
	spd_free(d->spd);
	sockets_free(d->sockets);
	kspd_free(d->kspd);
	larval_free(d->path.larval);
	fragcache_free(d->path.frags);
	reply_free(d->path.replies);
	pmtu_free(d->pmtu);
	if (d->crypto != NULL)
		crypto_free(d->crypto);
	if (d->local != NULL)
		loop_remove(d->loop, &d->local_watch);
	ifaddr_free(d->local);
	netlink_close(&d->route);
	if (d->signal_watch.fd >= 0) {
		loop_remove(d->loop, &d->signal_watch);
		(void)close(d->signal_watch.fd);
	}
	place_leave(d);
	doorman_stop(d->doorman);
	loop_free(d->loop);
	free(d);
}

int
ipsecd_remove_steering(void)
{
	struct steer *s = steer_open(&ipsecd_steer);
	struct netlink n;
	int err;

	if (s == NULL)
		return errno;
	err = steer_remove(s);
	steer_close(s);
	if (!netlink_open(&n, NETLINK_ROUTE, 0))
		return errno;
	(void)iface_delete_alias(&n, IPSECD_ALIAS);
	netlink_close(&n);
	return err;
}
