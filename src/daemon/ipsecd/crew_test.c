/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Workers of a pump while policy and SAs change (docs/adr/0023): sockets stand for
 * the queues of the device, and nothing leaves, since there is no socket to send by.
 */
#include <pthread.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/fragcache.h"
#include "core/path_fix_test.h"
#include "daemon/ipsecd/pump.h"
#include "daemon/ipsecd/pump_inside.h"

enum { WORKERS = 3, QUEUES = 2, FLOWS = 5, PACKETS = 60000, SIZE = 100 };

struct fix {
	struct loop *loop;
	struct loop_timer timer;
	struct pump *pump;
	int host[QUEUES +
		 1]; /* the other ends: of the queues, of sockets' device */
	unsigned changes;
	uint32_t spi;	 /* of the SA that is used */
	uint64_t sealed; /* by SAs that are gone */
	bool fed;
};

static uint32_t
refused(void *ctx, const struct addr *dst)
{
	(void)ctx;
	(void)dst;
	return 0;
}

static bool
too_big(void *ctx, uint8_t proto, const struct addr *dst, uint32_t mtu,
    const uint8_t *head, size_t n)
{
	(void)ctx;
	(void)proto;
	(void)dst;
	(void)mtu;
	(void)head;
	(void)n;
	return false;
}

static void
hold(void *ctx)
{
	struct fix *f = ctx;

	pump_hold(f->pump);
}

static void
begin(struct fix *f)
{
	struct pump_use use = { .path = &enigma.p,
		.natt_port = 4500,
		.offload = PUMP_ALL,
		.workers = WORKERS,
		.crypto = enigma.crypto,
		.too_big = too_big,
		.refused = refused };
	int kind = SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, ends[2];
	struct pump_fds fds;

	*f = (struct fix){ .spi = 1000 };
	enigma.p.frags = fragcache_new(&crypto_rng);
	assert_non_null(enigma.p.frags);
	memset(&fds, 0xff, sizeof(fds)); /* none is there */
	for (int i = 0; i <= QUEUES; i++) {
		assert_int_equal(socketpair(AF_UNIX, kind, 0, ends), 0);
		*(i == QUEUES ? &fds.own
		    : i == 0  ? &fds.tun
			      : &fds.queues[i - 1]) = ends[0];
		f->host[i] = ends[1];
	}
	f->loop = use.loop = loop_new();
	assert_non_null(f->loop);
	f->pump = pump_new(&use, &fds);
	assert_non_null(f->pump);
	*sadb_hook(enigma.p.sadb) = (struct sadb_hook){ hold, f };
	assert_int_equal(pump_start(f->pump), 0);
	assert_int_equal(pump_workers(f->pump), WORKERS);
}

static void
end(struct fix *f)
{
	*sadb_hook(enigma.p.sadb) = (struct sadb_hook){ 0 };
	pump_free(f->pump);
	loop_free(f->loop);
	fragcache_free(enigma.p.frags);
	for (int i = 0; i <= QUEUES; i++)
		(void)close(f->host[i]);
}

/* Packets of some flows, each of which has one queue. */
static void *
feed(void *ctx)
{
	struct fix *f = ctx;
	uint8_t *pkt = malloc(PATH_ROOM);

	for (uint16_t i = 0; pkt != NULL && i < PACKETS;) {
		uint16_t flow = i % FLOWS;
		size_t n = udp(pkt, ENIGMA4, PARTYM4, flow, 9, SIZE);

		if (send(f->host[flow % QUEUES], pkt, n, 0) == (ssize_t)n)
			i++;
		else
			(void)sched_yield();
	}
	free(pkt);
	__atomic_store_n(&f->fed, true, __ATOMIC_RELEASE);
	return NULL;
}

static struct sa_spec
sa_now(const struct fix *f)
{
	return sa_of(f->spi, ENIGMA4, PARTYM4, EALG_AES, AALG_SHA256HMAC);
}

/* A successor, and the one before is gone; what it has done. */
static void
renew(struct fix *f)
{
	struct sa_spec old = sa_now(f), next;
	const struct sa *sa;
	uint16_t diag;

	f->spi++;
	next = sa_now(f);
	add_sa(&enigma, &next);
	hold(f);
	sa = sadb_find(enigma.p.sadb, &old);
	assert_non_null(sa);
	/* each number was for one packet, and each packet was counted */
	assert_int_equal(sa->seq, sa->count.packets);
	f->sealed += sa->count.packets;
	assert_int_equal(sadb_delete(enigma.p.sadb, &old, false, &diag), 0);
	saspec_fini(&old);
	saspec_fini(&next);
}

/* As a message of a command. */
static void
change(void *ctx)
{
	struct fix *f = ctx;
	struct action a = ipsec(0, EALG_AES, AALG_SHA256HMAC);
	struct rule r;

	pump_hold(f->pump);
	f->changes++;
	if (f->changes % 3 == 0) {
		renew(f);
	} else if (f->changes < 3000) {
		r = rule_of(RULE_BOTH, "", &a);
		r.sel.has = SEL_LPORT;
		/* of none of the flows */
		r.sel.lport_min = r.sel.lport_max =
		    (uint16_t)(FLOWS + f->changes);
		install(&enigma, r);
	}
	if (!__atomic_load_n(&f->fed, __ATOMIC_ACQUIRE))
		return;
	pump_count(f->pump);
	if (enigma.p.stats.esp_out >= PACKETS)
		loop_stop(f->loop);
}

static void
test_changes_under_load(void **state)
{
	struct sa_spec sa;
	const struct pump_stats *st;
	struct fix f;
	pthread_t t;
	const struct sa *last;

	(void)state;
	begin(&f);
	install_both(RULE_BOTH, "", ipsec(0, EALG_AES, AALG_SHA256HMAC));
	sa = sa_now(&f);
	add_sa(&enigma, &sa);
	saspec_fini(&sa);
	f.timer = (struct loop_timer){ .fire = change, .ctx = &f, .every = 1 };
	loop_timer_start(f.loop, &f.timer);
	assert_int_equal(pthread_create(&t, NULL, feed, &f), 0);
	assert_true(loop_run(f.loop));
	assert_int_equal(pthread_join(t, NULL), 0);
	loop_timer_stop(&f.timer);

	pump_count(f.pump);
	st = pump_stats(f.pump);
	sa = sa_now(&f);
	last = sadb_find(enigma.p.sadb, &sa);
	saspec_fini(&sa);
	assert_non_null(last);
	assert_int_equal(last->seq, last->count.packets);
	/* every packet was sealed, once, by one SA or another */
	assert_int_equal(f.sealed + last->count.packets, PACKETS);
	assert_int_equal(st->tun_in, PACKETS);
	assert_int_equal(st->async_lost, 0);
	assert_int_equal(enigma.p.stats.esp_out, PACKETS);
	assert_int_equal(enigma.p.stats.n[0][VERDICT_PASS], PACKETS);
	/* here nothing can be sent, but all of it was about to be */
	assert_int_equal(pump_out_stats(f.pump)->error, PACKETS);
	assert_true(last->shared || f.changes > 3);
	end(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_changes_under_load, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
