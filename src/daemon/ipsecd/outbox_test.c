/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ipsecd/outbox.h"

#include <arpa/inet.h>
#include <poll.h>

#include "base/test.h"

#include "crypto/be/be.h"
#include "io/testns.h"

enum { ESP = 50, PORT = 4500, EACH = 1000, RUN = 150 };

struct fix {
	struct outbox o;
	struct path path;
	int in, udp;
	struct udpencap_batch *batch;
	unsigned refused;
};

static uint32_t
refused(void *ctx, const struct addr *dst)
{
	struct fix *f = ctx;

	(void)dst;
	f->refused++;
	return 1400;
}

static int
setup(void **state)
{
	(void)testns_setup(state);
	if (testns_have)
		testns_run("ip addr add 10.0.0.1/32 dev lo");
	return 0;
}

static void
begin(struct fix *f)
{
	struct outbox_use use = { .natt_port = PORT,
		.path = &f->path,
		.refused = refused,
		.ctx = f };

	*f = (struct fix){ .path = { .rng = &crypto_rng } };
	f->in = rawip_open_in(4, ESP);
	f->udp = use.udp = udpencap_open(PORT, 0);
	use.raw[0] = rawip_open_out(4, 0);
	use.raw[1] = -1;
	f->batch = udpencap_batch_new();
	assert_true(f->in >= 0 && f->udp >= 0 && use.raw[0] >= 0);
	assert_non_null(f->batch);
	assert_int_equal(outbox_init(&f->o, &use), 0);
	f->o.many = f->o.cut = true;
	assert_true(udpencap_join(f->udp, true));
}

static void
end(struct fix *f)
{
	(void)close(f->o.use.raw[0]);
	(void)close(f->in);
	(void)close(f->udp);
	udpencap_batch_free(f->batch);
	outbox_fini(&f->o);
}

/* The packet whose number is i, n bytes, which may be split. */
static void
put(struct fix *f, uint32_t i, size_t n, uint32_t mtu)
{
	static const uint8_t addrs[] = { 10, 0, 0, 1, 127, 0, 0, 1 };
	struct wr w = wr_into(outbox_room(&f->o), PATH_ROOM);

	wr_be16(&w, 0x4500);
	wr_be16(&w, (uint16_t)n);
	wr_be16(&w, (uint16_t)(i + 1));
	wr_be16(&w, 0);
	wr_be16(&w, 0x4032);
	wr_be16(&w, 0);
	wr_bytes(&w, addrs, sizeof(addrs));
	wr_be32(&w, i);
	wr_zero(&w, n - w.len);
	assert_false(w.bad);
	ip_csum_header(w.base, 20);
	outbox_packet(&f->o, n, mtu);
}

/* The number of the packet that comes next. */
static uint32_t
next(struct fix *f, size_t n)
{
	struct pollfd p = { .fd = f->in, .events = POLLIN };
	static uint8_t buf[66000];
	struct rd r;

	assert_int_equal(poll(&p, 1, 2000), 1);
	assert_int_equal(rawip_recv(f->in, 4, ESP, buf, sizeof(buf)), n);
	r = rd_from(buf, n);
	rd_skip(&r, 20);
	return rd_be32(&r);
}

static void
send_all(bool many)
{
	struct fix f;

	begin(&f);
	f.o.many = many;
	for (uint32_t i = 0; i < 200; i++)
		put(&f, i, i == 77 ? 5000 : 100, 1500);
	/* what was not put does not go */
	(void)outbox_room(&f.o);
	outbox_flush(&f.o);
	for (uint32_t i = 0; i < 200; i++)
		assert_int_equal(next(&f, i == 77 ? 5000 : 100), i);
	assert_int_equal(rawip_recv(f.in, 4, ESP, outbox_room(&f.o), 100), 0);
	/* 5000 bytes are four fragments */
	assert_int_equal(f.o.stats.packets, 203);
	assert_int_equal(f.o.stats.error + f.o.stats.full, 0);
	if (many)
		assert_true(f.o.stats.calls < 20);
	else
		assert_int_equal(f.o.stats.calls, 203);
	end(&f);
}

/* In their order, with fragments among them, and few calls. */
static void
test_packets(void **state)
{
	(void)state;
	TESTNS();
	send_all(true);
	send_all(false);
}

/* A link that is narrower than was thought: the packet is split after all. */
static void
test_narrower(void **state)
{
	struct fix f;

	(void)state;
	TESTNS();
	begin(&f);
	testns_run("ip link set lo mtu 1400");
	put(&f, 1, 100, 0);
	put(&f, 2, 1450, 1500);
	put(&f, 3, 100, 0);
	outbox_flush(&f.o);
	testns_run("ip link set lo mtu 65536");
	assert_int_equal(f.refused, 1);
	assert_int_equal(next(&f, 100), 1);
	assert_int_equal(next(&f, 1450), 2);
	assert_int_equal(next(&f, 100), 3);
	assert_int_equal(f.o.stats.packets, 4);
	end(&f);
}

static uint8_t data[RUN * EACH + 10];

static void
put_run(struct fix *f)
{
	static const uint8_t lo[4] = { 127, 0, 0, 1 }, own[4] = { 10, 0, 0, 1 };
	struct udpencap_way way = { .src = netaddr_from(AF_INET, own),
		.dst = netaddr_from(AF_INET, lo),
		.sport = PORT,
		.dport = PORT,
		.tos = 0xb8,
		.ttl = 9,
		.df = true };

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(1 + i / EACH + i);
	outbox_run(&f->o, &way, data, sizeof(data), EACH);
}

/* They come as they were, from their address; returns in how many pieces. */
static unsigned
take_run(struct fix *f)
{
	struct pollfd p = { .fd = f->udp, .events = POLLIN };
	struct udpencap_run r;
	size_t at = 0;
	unsigned n = 0;

	for (; at < sizeof(data); n++) {
		assert_int_equal(poll(&p, 1, 2000), 1);
		assert_int_equal(udpencap_batch_recv(f->batch, f->udp, 1), 1);
		assert_true(udpencap_batch_at(f->batch, 0, &r));
		assert_true(r.n <= sizeof(data) - at);
		assert_memory_equal(r.p, data + at, r.n);
		assert_memory_equal(r.src.b, "\12\0\0\1", 4);
		assert_int_equal(r.sport, PORT);
		assert_int_equal(r.tos, 0xb8);
		assert_int_equal(r.ttl, 9);
		at += r.n;
	}
	assert_int_equal(udpencap_batch_recv(f->batch, f->udp, 1), 0);
	assert_int_equal(f->o.stats.packets, RUN + 1);
	return n;
}

static void
test_run(void **state)
{
	struct fix f;

	(void)state;
	TESTNS();
	/* 64 of 1000 bytes in one; the rest of 151 in one more */
	begin(&f);
	put_run(&f);
	assert_int_equal(take_run(&f), 3);
	assert_int_equal(f.o.stats.cut, RUN + 1);
	assert_int_equal(f.o.stats.calls, 3);
	end(&f);
	/* a kernel that cuts none */
	begin(&f);
	f.o.cut = false;
	put_run(&f);
	assert_int_equal(take_run(&f), RUN + 1);
	assert_int_equal(f.o.stats.cut, 0);
	end(&f);
	/* a socket that sends none: as packets, by the other one */
	begin(&f);
	f.o.use.udp = -1;
	put_run(&f);
	assert_int_equal(take_run(&f), RUN + 1);
	assert_int_equal(f.o.stats.error, 0);
	end(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_packets),
		cmocka_unit_test(test_narrower),
		cmocka_unit_test(test_run),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
