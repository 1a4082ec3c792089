/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/rawip.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>

#include "base/test.h"
#include "base/wr.h"

#include "io/testns.h"

enum { ESP = 50 };

static struct netaddr
addr(const char *text)
{
	uint8_t b[16];
	int af = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;

	assert_int_equal(inet_pton(af, text, b), 1);
	return netaddr_from(af, b);
}

static int
setup(void **state)
{
	(void)testns_setup(state);
	if (testns_have) {
		testns_run("ip addr add 10.0.0.1/32 dev lo");
		testns_run("ip addr add fd00::1/128 dev lo nodad");
	}
	return 0;
}

static ssize_t
wait_recv(int fd, uint8_t fam, uint8_t *buf, size_t cap)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	assert_int_equal(poll(&p, 1, 1000), 1);
	return rawip_recv(fd, fam, ESP, buf, cap);
}

static void
test_v4(void **state)
{
	struct netaddr src = addr("10.0.0.1"), dst = addr("127.0.0.1");
	uint8_t pkt[1020] = { 0x45, 0x28, 0x03, 0xfc, 0x12, 0x34, 0x40, 0, 33,
		ESP };
	uint8_t buf[2000];
	int in, out;

	(void)state;
	TESTNS();
	in = rawip_open_in(4, ESP);
	out = rawip_open_out(4, 0x10000000);
	assert_true(in >= 0 && out >= 0);
	assert_int_equal(rawip_recv(in, 4, ESP, buf, sizeof(buf)), 0);
	memcpy(pkt + 12, src.b, 4);
	memcpy(pkt + 16, dst.b, 4);
	memset(pkt + 20, 0xaa, 1000);
	assert_int_equal(rawip_send(out, &src, &dst, 0, pkt, sizeof(pkt)), 0);
	assert_int_equal(wait_recv(in, 4, buf, sizeof(buf)), 1020);
	pkt[10] = buf[10]; /* the checksum is the kernel's */
	pkt[11] = buf[11];
	assert_memory_equal(buf, pkt, sizeof(pkt));
	/* too long for the buffer: that packet is lost, no part is given */
	assert_int_equal(rawip_send(out, &src, &dst, 0, pkt, sizeof(pkt)), 0);
	assert_int_equal(wait_recv(in, 4, buf, 100), -1);
	assert_int_equal(errno, EMSGSIZE);
	assert_int_equal(rawip_recv(in, 4, ESP, buf, sizeof(buf)), 0);
	(void)close(in);
	(void)close(out);
}

/* What arrives is, byte for byte, what was sent: headers in their order. */
static void
test_v6(void **state)
{
	static const uint8_t ext[] = {
		/* hop-by-hop: PadN; destination: an option to be skipped */
		60, 0, 1, 4, 0, 0, 0, 0, /**/
		ESP, 1, 0x1e, 12, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
	};
	struct netaddr src = addr("fd00::1"), dst = addr("::1");
	uint8_t pkt[1024], buf[2000];
	struct wr w = wr_into(pkt, sizeof(pkt));
	struct rawip_batch *b;
	uint8_t *again;
	int in, out;

	(void)state;
	TESTNS();
	in = rawip_open_in(6, ESP);
	out = rawip_open_out(6, 0);
	assert_true(in >= 0 && out >= 0);
	wr_be32(&w, 0x6b912345);
	wr_be16(&w, sizeof(pkt) - 40);
	wr_u8(&w, 0);
	wr_u8(&w, 55);
	wr_bytes(&w, src.b, 16);
	wr_bytes(&w, dst.b, 16);
	wr_bytes(&w, ext, sizeof(ext));
	memset(wr_room(&w, sizeof(pkt) - w.len), 0xbb,
	    sizeof(pkt) - 40 - sizeof(ext));
	assert_int_equal(rawip_send(out, &src, &dst, 0, pkt, sizeof(pkt)), 0);
	assert_int_equal(wait_recv(in, 6, buf, sizeof(buf)), sizeof(pkt));
	assert_memory_equal(buf, pkt, sizeof(pkt));
	/* the same as one of several */
	b = rawip_batch_new(2000);
	assert_non_null(b);
	assert_int_equal(rawip_send(out, &src, &dst, 0, pkt, sizeof(pkt)), 0);
	assert_int_equal(rawip_batch_recv(b, in, 6, ESP, RAWIP_BATCH), 1);
	assert_int_equal(rawip_batch_at(b, 0, &again), sizeof(pkt));
	assert_memory_equal(again, pkt, sizeof(pkt));
	rawip_batch_free(b);
	/* no room for the headers that go before */
	assert_int_equal(rawip_send(out, &src, &dst, 0, pkt, sizeof(pkt)), 0);
	assert_int_equal(wait_recv(in, 6, buf, 1010), -1);
	assert_int_equal(errno, EMSGSIZE);
	(void)close(in);
	(void)close(out);
}

enum { MANY = 40 };

/* Several by one call, with one among them that is too long for its buffer. */
static void
test_many(void **state)
{
	static uint8_t pkt[MANY][300];
	struct rawip_batch *b = rawip_batch_new(250);
	struct rawip_out o[MANY];
	unsigned done = 0;
	int in, out, err = 0, k = 0;

	(void)state;
	TESTNS();
	assert_non_null(b);
	in = rawip_open_in(4, ESP);
	out = rawip_open_out(4, 0);
	assert_int_equal(rawip_batch_recv(b, in, 4, ESP, RAWIP_BATCH), 0);
	assert_int_equal(rawip_batch_recv(b, in, 4, ESP, 1), 0);
	for (unsigned i = 0; i < MANY; i++) {
		uint8_t *p = pkt[i];

		o[i] = (struct rawip_out){ .src = addr("10.0.0.1"),
			.dst = addr("127.0.0.1"),
			.pkt = p,
			.n = i == 20 ? 300 : 100 + i };
		memcpy(p, "\x45\0\0\0\x12\x34\x40\0\x21\x32", 10);
		p[2] = (uint8_t)(o[i].n >> 8);
		p[3] = (uint8_t)o[i].n;
		memcpy(p + 12, o[i].src.b, 4);
		memcpy(p + 16, o[i].dst.b, 4);
		memset(p + 20, (int)i, 280);
	}
	assert_int_equal(rawip_send_many(out, o, MANY, &err), MANY);
	while (done < MANY) {
		k = rawip_batch_recv(
		    b, in, 4, ESP, done == 0 ? 1 : RAWIP_BATCH);
		assert_true(k > 0);
		for (int i = 0; i < k; i++, done++) {
			uint8_t *p;
			ssize_t n = rawip_batch_at(b, (unsigned)i, &p);

			assert_int_equal(n, done == 20 ? -1 : 100 + (int)done);
			if (done != 20)
				assert_memory_equal(
				    p + 20, pkt[done] + 20, 80 + done);
		}
	}
	/* the third cannot be sent: those before it were, those behind not */
	o[2].n = 10;
	assert_int_equal(rawip_send_many(out, o, 5, &err), 2);
	assert_int_equal(err, EINVAL);
	assert_int_equal(rawip_batch_recv(b, in, 4, ESP, RAWIP_BATCH), 2);
	rawip_batch_free(b);
	(void)close(in);
	(void)close(out);
}

/* A router's "too big" reaches the socket with what it quotes. */
static void
test_error(void **state)
{
	struct netaddr src = addr("10.0.0.1"), dst = addr("10.7.7.7");
	uint8_t pkt[1400] = { 0x45, 0, 0x05, 0x78, 0x12, 0x34, 0x40, 0, 33,
		ESP };
	static const uint8_t head[8] = { 0, 0, 1, 2, 0, 0, 0, 9 };
	uint8_t icmp[56] = { 0x45, 0, 0, 56, 0, 1, 0, 0, 64, 1 };
	struct rawip_error e;
	struct pollfd p = { .events = 0 };
	uint32_t sum = 0;
	int in, out;

	(void)state;
	TESTNS();
	in = rawip_open_in(4, ESP);
	out = rawip_open_out(4, 0);
	memcpy(pkt + 12, src.b, 4);
	memcpy(pkt + 16, dst.b, 4);
	memcpy(pkt + 20, head, 8);
	memcpy(icmp + 12, dst.b, 4);
	memcpy(icmp + 16, src.b, 4);
	/* RFC 1191 4: type 3 code 4, the MTU in the last two bytes */
	icmp[20] = 3;
	icmp[21] = 4;
	icmp[26] = 1280 >> 8;
	icmp[27] = 1280 & 0xff;
	memcpy(icmp + 28, pkt, 28);
	for (size_t i = 20; i < sizeof(icmp); i += 2)
		sum += (uint32_t)(icmp[i] << 8 | icmp[i + 1]);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = ~((sum & 0xffff) + (sum >> 16));
	icmp[22] = (uint8_t)(sum >> 8);
	icmp[23] = (uint8_t)sum;
	assert_false(rawip_error(in, &e));
	assert_int_equal(rawip_send(out, &dst, &src, 0, icmp, sizeof(icmp)), 0);
	p.fd = in;
	assert_int_equal(poll(&p, 1, 1000), 1);
	assert_true(rawip_error(in, &e));
	assert_int_equal(e.mtu, 1280);
	assert_true(netaddr_equal(&e.dst, &dst));
	assert_true(e.n_head >= 8);
	assert_memory_equal(e.head, head, 8);
	assert_false(rawip_error(in, &e));
	(void)close(in);
	(void)close(out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_v4),
		cmocka_unit_test(test_v6),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_error),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
