/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the kernel does to a write to its TUN device only when it is out of memory:
 * a socket stands for the device here.
 */
#include "daemon/ipsecd/pump.h"

#include <sys/socket.h>
#include <unistd.h>

#include "core/fragcache.h"
#include "core/path_fix_test.h"
#include "daemon/ipsecd/pump_inside.h"

struct fix {
	struct loop *loop;
	struct pump *pump;
	int host, own; /* the other ends of the devices */
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
device(int *fd, int *host)
{
	int ends[2];
	int kind = SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC;

	assert_int_equal(socketpair(AF_UNIX, kind, 0, ends), 0);
	*fd = ends[0];
	*host = ends[1];
}

static void
begin(struct fix *f)
{
	struct pump_use use = { .path = &enigma.p,
		.natt_port = 4500,
		.too_big = too_big,
		.refused = refused };
	struct pump_fds fds;

	enigma.p.frags = fragcache_new(&crypto_rng);
	assert_non_null(enigma.p.frags);
	memset(&fds, 0xff, sizeof(fds)); /* none is there */
	device(&fds.tun, &f->host);
	device(&fds.own, &f->own);
	f->loop = use.loop = loop_new();
	assert_non_null(f->loop);
	f->pump = pump_new(&use, &fds);
	assert_non_null(f->pump);
}

static void
end(struct fix *f)
{
	pump_free(f->pump);
	loop_free(f->loop);
	fragcache_free(enigma.p.frags);
	(void)close(f->host);
	(void)close(f->own);
}

/* A program sends what is larger than the path: it is told, by the device. */
static void
send_large(const struct fix *f)
{
	static uint8_t pkt[PATH_ROOM];
	size_t n = udp(pkt, ENIGMA4, PARTYM4, 1, 2, 1472);

	pkt[6] = 0x40;
	ip_csum_header(pkt, 20);
	assert_int_equal(send(f->host, pkt, n, 0), n);
	pump_from_device(&f->pump->main, LOOP_READ);
}

static void
test_tun_full(void **state)
{
	const struct pump_stats *st;
	struct sa_spec sa =
	    sa_of(7, ENIGMA4, PARTYM4, EALG_AES, AALG_SHA256HMAC);
	struct fix f;
	uint64_t n;

	(void)state;
	begin(&f);
	st = pump_stats(f.pump);
	install_both(RULE_BOTH, "", ipsec(0, EALG_AES, AALG_SHA256HMAC));
	share(&sa);
	send_large(&f);
	assert_int_equal(st->tun_in, 1);
	assert_int_equal(st->tun_out, 1);
	/* nobody reads */
	for (int i = 0; i < 100000 && st->tun_full == 0; i++)
		send_large(&f);
	assert_int_equal(st->tun_full, 1);
	assert_int_equal(st->tun_out, st->tun_in - 1);
	send_large(&f);
	assert_int_equal(st->tun_full, 2);
	/* what was not lost is there, and then there is room again */
	for (n = 0; recv(f.host, back, sizeof(back), 0) > 0; n++)
		assert_int_equal(back[20], 3); /* ICMP: unreachable */
	assert_int_equal(n, st->tun_out);
	send_large(&f);
	assert_int_equal(st->tun_full, 2);
	assert_int_equal(st->tun_error, 0);
	assert_int_equal(st->tun_out, n + 1);
	end(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_tun_full, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
