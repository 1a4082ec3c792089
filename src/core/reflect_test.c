/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/reflect.h"

#include "core/path_fix_test.h"
#include "core/reply.h"

#define SHA AALG_SHA256HMAC

enum { RST = 4, SYN = 2, ACK = 16, CLOSED = 9 };

static const struct hash_seed seed = { { 1, 2 } };
static uint8_t pkt[PATH_ROOM];
static struct path_socket sock; /* partym's */
static bool six;

/* enigma asks, and partym's stack answers. */
static const char *
asks(void)
{
	return six ? ENIGMA6 : ENIGMA4;
}

static const char *
answers(void)
{
	return six ? PARTYM6 : PARTYM4;
}

static void
partym_socket(void *ctx, const struct flow *f, struct path_socket *s)
{
	(void)ctx;
	assert_true(f->has_ports);
	*s = sock;
}

static int
setup_reflect(void **state)
{
	setup(state);
	sock = (struct path_socket){ .found = false };
	partym.p.replies = reply_new(&crypto_rng, now.mono);
	partym.p.conns = conn_new(&seed, 64, NULL);
	assert_non_null(partym.p.replies);
	assert_non_null(partym.p.conns);
	partym.p.env.socket = partym_socket;
	partym.p.env.is_local = host_is_local;
	partym.p.tune.latch = true;
	/* by now all that came in is known */
	now.mono += REPLY_LIFE;
	return 0;
}

static int
teardown_reflect(void **state)
{
	reply_free(partym.p.replies);
	conn_free(partym.p.conns);
	return teardown(state);
}

static void
anew(bool v6)
{
	teardown_reflect(NULL);
	setup_reflect(NULL);
	six = v6;
}

/* SAs of both directions at both ends, the first of them enigma's to send by. */
static void
share_pair(uint32_t spi, uint8_t encr)
{
	struct sa_spec s =
	    sa_of(spi, asks(), answers(), encr, encr == EALG_AES ? SHA : 0);

	(void)share(&s);
	s = sa_of(spi + 1, answers(), asks(), encr, encr == EALG_AES ? SHA : 0);
	(void)share(&s);
}

static void
number(uint8_t *p, uint16_t id, uint16_t seq)
{
	uint8_t *at = p + (six ? 40 : 20) + 4;

	at[0] = (uint8_t)(id >> 8);
	at[1] = (uint8_t)id;
	at[2] = (uint8_t)(seq >> 8);
	at[3] = (uint8_t)seq;
}

static size_t
echo(bool reply, uint16_t seq)
{
	size_t n =
	    icmp(pkt, reply ? answers() : asks(), reply ? asks() : answers(),
		six ? (reply ? 129 : 128) : (reply ? 0 : 8), 0, 40);

	number(pkt, 7, seq);
	return n;
}

static size_t
segment(bool reply, uint8_t flags)
{
	struct ip_new h = { .src = A(reply ? answers() : asks()),
		.dst = A(reply ? asks() : answers()),
		.ttl = 64,
		.proto = IPPROTO_TCP_ };
	struct wr w = wr_into(pkt, sizeof(pkt));

	ip_write(&w, &h, 20);
	wr_be16(&w, reply ? CLOSED : 4000);
	wr_be16(&w, reply ? 4000 : CLOSED);
	wr_zero(&w, 8);
	wr_u8(&w, 5 << 4);
	wr_u8(&w, flags);
	wr_zero(&w, 6);
	assert_false(w.bad);
	return w.len;
}

static size_t
datagram(void)
{
	return udp(pkt, asks(), answers(), 4000, CLOSED, 60);
}

/* "Port unreachable" about this many bytes of pkt, in its place. */
static size_t
unreachable(size_t quoted)
{
	static uint8_t copy[256];
	size_t n;

	assert_true(quoted <= sizeof(copy));
	memcpy(copy, pkt, quoted);
	n = icmp(pkt, answers(), asks(), six ? 1 : 3, six ? 4 : 3, quoted);
	memcpy(pkt + n - quoted, copy, quoted);
	return n;
}

/* pkt comes to partym, through enigma's policy. */
static void
arrives(size_t n, bool secure)
{
	struct path_result r = out(&enigma, "", pkt, n);

	assert_verdict(r, VERDICT_PASS);
	assert_int_equal(wire_proto(r.len) == IPPROTO_ESP_, secure);
	r = in(&partym, wire, r.len);
	assert_verdict(r, VERDICT_PASS);
}

static void
assert_spi(size_t n, uint32_t spi)
{
	struct ip_view v;

	assert_true(ip_parse(&v, wire, n));
	assert_int_equal(v.proto, IPPROTO_ESP_);
	assert_int_equal(wire[v.upper + 2] << 8 | wire[v.upper + 3], spi);
}

/* pkt leaves partym by this SA; 0: in the clear. */
static void
leaves(size_t n, uint32_t spi)
{
	struct path_result r = out(&partym, "", pkt, n);

	assert_verdict(r, VERDICT_PASS);
	assert_int_equal(r.to, PATH_WIRE);
	if (spi != 0)
		assert_spi(r.len, spi);
	else
		assert_true(wire_proto(r.len) != IPPROTO_ESP_);
}

/* Everything that a stack answers by itself, and how it has to leave. */
static void
ask_all(bool secure, uint32_t spi)
{
	static uint16_t seq;

	arrives(echo(false, ++seq), secure);
	leaves(echo(true, seq), spi);
	arrives(segment(false, SYN), secure);
	leaves(segment(true, RST | ACK), spi);
	arrives(datagram(), secure);
	leaves(unreachable(datagram()), spi);
	if (six)
		return;
	(void)icmp(pkt, ENIGMA4, PARTYM4, 13, 0, 12);
	number(pkt, 7, seq);
	arrives(40, secure);
	(void)icmp(pkt, PARTYM4, ENIGMA4, 14, 0, 12);
	number(pkt, 7, seq);
	leaves(40, spi);
}

static struct rule
chain(uint8_t dir, struct action first, bool or_pass)
{
	struct rule r = rule_of(dir, "", &first);

	if (or_pass)
		assert_true(rule_add_action(&r, &act_pass));
	return r;
}

static struct action
aes(void)
{
	return ipsec(0, EALG_AES, SHA);
}

static struct action
gcm(void)
{
	return ipsec(0, EALG_AES_GCM_16, 0);
}

/* No entry is for what leaves, and the answers are protected all the same. */
static void
test_one_way(void **state)
{
	(void)state;
	for (int v6 = 0; v6 < 2; v6++) {
		anew(v6);
		share_pair(0x101, EALG_AES);
		install(&enigma, chain(RULE_OUT, aes(), false));
		install(&partym, chain(RULE_IN, aes(), false));
		ask_all(true, 0x102);
		/* an answer to nothing that came: policy takes in no clear one */
		leaves(echo(true, 999), 0x102);
		/* what is no answer is policy's affair */
		leaves(udp(pkt, answers(), asks(), 5, 6, 30), 0);
		leaves(segment(true, SYN | ACK), 0);
	}
}

/* An answer that cannot be protected is not sent. */
static void
test_no_sa(void **state)
{
	struct sa_spec s;

	(void)state;
	for (int v6 = 0; v6 < 2; v6++) {
		anew(v6);
		s = sa_of(0x101, asks(), answers(), EALG_AES, SHA);
		(void)share(&s);
		install(&enigma, chain(RULE_OUT, aes(), false));
		install(&partym, chain(RULE_IN, aes(), true));
		arrives(echo(false, 1), true);
		partym.listens = false;
		assert_verdict(
		    out(&partym, "", pkt, echo(true, 1)), VERDICT_SADB_NO_KM);
		/* with key management it waits, and is known as long as that */
		partym.listens = true;
		assert_verdict(
		    out(&partym, "", pkt, echo(true, 1)), VERDICT_HOLD);
		assert_int_equal(partym.n_acquires, 2);
		now.mono += 15 * 1000;
		larval_age(partym.p.larval, now, &partym.p.stats);
		assert_verdict(
		    out(&partym, "", pkt, echo(true, 1)), VERDICT_HOLD);
		/* nobody does, so it is lost; one that did not wait is over */
		larval_cancel(partym.p.larval, partym.acquire_seq);
		partym.listens = false;
		assert_verdict(
		    out(&partym, "", pkt, echo(true, 1)), VERDICT_SADB_NO_KM);
		leaves(echo(true, 2), 0);
		s = sa_of(0x102, answers(), asks(), EALG_AES, SHA);
		(void)share(&s);
		leaves(echo(true, 1), 0x102);
		leaves(echo(true, 2), 0);
	}
}

/* Clear requests have clear answers where policy allows it, SA or not. */
static void
test_or_pass(void **state)
{
	(void)state;
	for (int v6 = 0; v6 < 2; v6++) {
		anew(v6);
		share_pair(0x101, EALG_AES);
		install(&partym, chain(RULE_BOTH, aes(), true));
		ask_all(false, 0);
		/* of programs: as ever */
		leaves(udp(pkt, answers(), asks(), 5, 6, 30), 0x102);
		install(&enigma, chain(RULE_BOTH, aes(), false));
		now.mono += REPLY_LIFE;
		ask_all(true, 0x102);
		/* whoever answers both cannot make a clear one of the other */
		spd_flush(enigma.p.spd, SPD_ACTIVE, "", true);
		arrives(segment(false, SYN), false);
		leaves(segment(true, RST | ACK), 0x102);
	}
}

/* What was forgotten, or came before, counts as protected. */
static void
test_forgotten(void **state)
{
	struct reply_key k = { .proto = IPPROTO_ICMP_ };
	struct action a = aes();

	(void)state;
	anew(false);
	share_pair(0x101, EALG_AES);
	install(&partym, chain(RULE_BOTH, aes(), true));
	leaves(echo(true, 1), 0);
	k.local = partym.a4;
	k.remote = enigma.a4;
	for (unsigned i = 0; i < 10000; i++) {
		k.a = (uint16_t)i;
		reply_put(partym.p.replies, &k, &a, now.mono);
	}
	leaves(echo(true, 1), 0x102);
	now.mono += REPLY_LIFE;
	leaves(echo(true, 1), 0);
	/* also where the way out has no policy */
	spd_flush(partym.p.spd, SPD_ACTIVE, "", true);
	install(&partym, chain(RULE_IN, aes(), true));
	leaves(echo(true, 1), 0);
	for (unsigned i = 0; i < 10000; i++) {
		k.a = (uint16_t)i;
		reply_put(partym.p.replies, &k, &a, now.mono);
	}
	leaves(echo(true, 1), 0x102);
}

/* The request's algorithms before those of policy, which are second. */
static void
test_algorithms(void **state)
{
	(void)state;
	for (int v6 = 0; v6 < 2; v6++) {
		anew(v6);
		share_pair(0x201, EALG_AES_GCM_16);
		share_pair(0x101, EALG_AES);
		install(&enigma, chain(RULE_OUT, aes(), false));
		install(&partym, chain(RULE_IN, aes(), false));
		install(&partym, chain(RULE_OUT, gcm(), false));
		ask_all(true, 0x102);
		leaves(udp(pkt, answers(), asks(), 5, 6, 30), 0x202);
		/* known, but its algorithms cannot be had any more */
		arrives(echo(false, 999), true);
		sadb_flush(partym.p.sadb, SATYPE_UNSPEC);
		share_pair(0x301, EALG_AES_GCM_16);
		leaves(echo(true, 999), 0x302);
		/* a choice that policy leaves is none for this answer */
		spd_flush(partym.p.spd, SPD_ACTIVE, "", true);
		install(&partym, chain(RULE_BOTH, gcm(), true));
		leaves(echo(true, 999), 0x302);
		sadb_flush(partym.p.sadb, SATYPE_UNSPEC);
		assert_verdict(
		    out(&partym, "", pkt, echo(true, 999)), VERDICT_HOLD);
	}
}

/* Policy that drops, and policy that protects what came in the clear. */
static void
test_stricter(void **state)
{
	(void)state;
	anew(false);
	share_pair(0x101, EALG_AES);
	install(&partym, chain(RULE_OUT, aes(), false));
	/* asked in the clear, but nothing may leave so */
	ask_all(false, 0x102);
	install(&enigma, chain(RULE_OUT, aes(), false));
	spd_flush(partym.p.spd, SPD_ACTIVE, "", true);
	install(&partym, chain(RULE_IN, aes(), false));
	install(&partym, chain(RULE_OUT, act_drop, false));
	arrives(echo(false, 1), true);
	assert_verdict(
	    out(&partym, "", pkt, echo(true, 1)), VERDICT_SPD_EXPLICIT);
}

/* A connection's own reset is policy's affair; that of no socket is not. */
static void
test_connections(void **state)
{
	(void)state;
	anew(false);
	share_pair(0x101, EALG_AES);
	install(&enigma, chain(RULE_OUT, aes(), false));
	install(&partym, chain(RULE_IN, aes(), false));
	sock = (struct path_socket){ .found = true };
	arrives(segment(false, SYN), true);
	assert_int_equal(conn_count(partym.p.conns), 1);
	leaves(segment(true, RST), 0);
	/* an error about it is an answer to what came */
	leaves(unreachable(segment(false, ACK)), 0x102);
	/* also where policy has a choice now */
	spd_flush(partym.p.spd, SPD_ACTIVE, "", true);
	install(&partym, chain(RULE_IN, aes(), true));
	leaves(unreachable(segment(false, ACK)), 0x102);
	leaves(unreachable(datagram()), 0);
	/* its socket has gone, and what comes now belongs to none */
	conn_end(partym.p.conns,
	    &(struct conn_key){ .local = partym.a4,
		.remote = enigma.a4,
		.proto = IPPROTO_TCP_,
		.lport = CLOSED,
		.rport = 4000 },
	    0, now.mono);
	sock.found = false;
	arrives(segment(false, ACK), true);
	leaves(segment(true, RST), 0x102);
	/* a socket that listens does not take what begins nothing */
	anew(false);
	share_pair(0x101, EALG_AES);
	install(&enigma, chain(RULE_OUT, aes(), false));
	install(&partym, chain(RULE_IN, aes(), false));
	sock = (struct path_socket){ .found = true };
	arrives(segment(false, ACK), true);
	assert_int_equal(conn_count(partym.p.conns), 0);
	leaves(segment(true, RST), 0x102);
	/* ports that nobody listens at fill no table */
	sock.found = false;
	arrives(segment(false, SYN), true);
	assert_int_equal(conn_count(partym.p.conns), 0);
}

/* Asked as one of a group, it answers for itself. */
static void
test_group(void **state)
{
	struct sa_spec s;
	size_t n;

	(void)state;
	anew(true);
	share_pair(0x101, EALG_AES);
	s = sa_of(0x103, ENIGMA6, "ff05::77", EALG_AES, SHA);
	(void)share(&s);
	install(&enigma, chain(RULE_OUT, aes(), false));
	install(&partym, chain(RULE_IN, aes(), true));
	n = icmp(pkt, ENIGMA6, "ff05::77", 128, 0, 40);
	number(pkt, 7, 5);
	arrives(n, true);
	leaves(echo(true, 5), 0x102);
	/* no other one */
	leaves(echo(true, 6), 0);
}

/* Errors that quote nothing known, or what was not for this host. */
static void
test_errors(void **state)
{
	size_t n;

	(void)state;
	for (int v6 = 0; v6 < 2; v6++) {
		anew(v6);
		share_pair(0x101, EALG_AES);
		install(&partym, chain(RULE_IN, aes(), true));
		/* cut before the ports: it may have been protected */
		(void)datagram();
		leaves(unreachable(six ? 42 : 22), 0x102);
		/* which echo request is not said there */
		leaves(unreachable(echo(false, 1)), 0x102);
		leaves(unreachable(datagram()), 0);
		n = udp(pkt, asks(), six ? "2001::1" : "192.0.2.1", 1, 2, 40);
		leaves(unreachable(n), 0);
		/* of another sender */
		n = udp(
		    pkt, six ? "2001::1" : "192.0.2.1", answers(), 1, 2, 40);
		leaves(unreachable(n), 0);
	}
}

/* Without the table, policy alone. */
static void
test_off(void **state)
{
	struct reply_table *t;

	(void)state;
	anew(false);
	t = partym.p.replies;
	partym.p.replies = NULL;
	share_pair(0x101, EALG_AES);
	install(&enigma, chain(RULE_OUT, aes(), false));
	install(&partym, chain(RULE_IN, aes(), false));
	arrives(echo(false, 1), true);
	leaves(echo(true, 1), 0);
	partym.p.replies = t;
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup_reflect, teardown_reflect)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_one_way),
		T(test_no_sa),
		T(test_or_pass),
		T(test_forgotten),
		T(test_algorithms),
		T(test_stricter),
		T(test_connections),
		T(test_group),
		T(test_errors),
		T(test_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
