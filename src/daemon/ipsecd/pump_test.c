/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the kernel does to a write to its TUN device only when it is out of memory,
 * and a device that an older ipsecd has left: a socket stands for the device here.
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

/* A segment of partym's with 100 bytes, the i-th, to p. */
static size_t
segment(uint8_t *p, uint32_t i)
{
	enum { BYTES = 100 };
	struct ip_new h = { .src = A(PARTYM4),
		.dst = A(ENIGMA4),
		.ttl = 64,
		.df = true,
		.proto = IPPROTO_TCP_ };
	struct wr w = wr_into(p, PATH_ROOM);
	uint16_t sum;

	ip_write(&w, &h, 20 + BYTES);
	wr_be16(&w, 1);
	wr_be16(&w, 2);
	wr_be32(&w, 1000 + i * BYTES);
	wr_be32(&w, 5);
	wr_be16(&w, 0x5010);
	wr_be16(&w, 99);
	wr_be32(&w, 0);
	for (size_t k = 0; k < BYTES; k++)
		wr_u8(&w, (uint8_t)(k + i));
	sum = ip_csum_end(
	    ip_csum_add(ip_csum_pseudo(&h.src, &h.dst, h.proto, 20 + BYTES),
		p + 20, 20 + BYTES));
	p[36] = (uint8_t)(sum >> 8);
	p[37] = (uint8_t)sum;
	return w.len;
}

/* What was joined is cut again for a device that takes single packets. */
static void
test_device_without_heads(void **state)
{
	enum { SEGMENTS = 5 };
	static uint8_t came[SEGMENTS][300], pkt[PATH_ROOM];
	struct sa_spec sa = sa_of(7, PARTYM4, ENIGMA4, EALG_AES_GCM_16, 0);
	struct lane_pkt k[SEGMENTS];
	const struct pump_stats *st;
	struct fix f;
	size_t n;

	(void)state;
	begin(&f);
	st = pump_stats(f.pump);
	*lane_off(f.pump->lane) = (struct lane_off){ 0 };
	assert_false(f.pump->main.head);
	install_both(RULE_BOTH, "", ipsec(0, EALG_AES_GCM_16, 0));
	share(&sa);
	for (uint32_t i = 0; i < SEGMENTS; i++) {
		struct path_result r;

		n = segment(pkt, i);
		r = out(&partym, "", pkt, n);
		assert_int_equal(r.verdict, VERDICT_PASS);
		assert_true(r.len <= sizeof(came[i]));
		memcpy(came[i], wire, r.len);
		assert_true(lane_split(&k[i], came[i], r.len));
	}
	/* the first of the flow by itself, the others as one */
	pump_lane_wire(f.pump, k, 1, now);
	pump_lane_wire(f.pump, k + 1, SEGMENTS - 1, now);
	assert_int_equal(lane_stats(f.pump->lane)->in_fast, SEGMENTS - 1);
	assert_int_equal(lane_stats(f.pump->lane)->writes_in, 1);
	for (uint32_t i = 0; i < SEGMENTS; i++) {
		n = segment(pkt, i);
		assert_int_equal(recv(f.host, back, sizeof(back), 0), n);
		/* but for the number, which counts up */
		assert_memory_equal(back + 12, pkt + 12, n - 12);
		assert_int_equal(ip_csum_end(ip_csum_add(0, back, 20)), 0);
	}
	assert_int_equal(recv(f.host, back, sizeof(back), 0), -1);
	assert_int_equal(st->tun_out, SEGMENTS);
	assert_int_equal(st->tun_error, 0);
	end(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_tun_full, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_device_without_heads, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
