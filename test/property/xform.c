/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Properties of AH and ESP over random packets and SAs: what is sealed opens to
 * the same packet; of what is authenticated no bit may be turned and no byte be
 * missing. usage: xform [SEED]
 */
#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/ah.h"
#include "core/frag.h"
#include "crypto/be/be.h"
#include "gen.h"

static struct crypto *crypto;
static uint64_t seed;
static unsigned long checks;

static struct gen_packet plain, wire;
static uint8_t out[GEN_ROOM + 16], copy[GEN_ROOM];

/* Everything about the case that is being looked at. */
struct kase {
	struct sa *sa;
	bool ah, tunnel;
	uint64_t seq;
	uint8_t iv[16];
	struct seal_opts o;
	struct ip_view v; /* of what was sealed */
	size_t off;	  /* of AH or ESP */
};

static void
fail(const struct kase *k, const char *what)
{

	printf("seed %" PRIu64 ": %s\n", seed, what);
	printf("%s encr %u auth %u flags %x seq %" PRIu64 "\n",
	    k->ah ? "ah" : "esp", k->sa->encr, k->sa->auth,
	    (unsigned)k->sa->flags, k->seq);
	for (size_t i = 0; i < plain.n; i++)
		printf("%02x", plain.b[i]);
	printf("\n");
	exit(1);
}

static void
check(const struct kase *k, bool holds, const char *what)
{
	checks++;
	if (!holds)
		fail(k, what);
}

static void
check_pass(const struct kase *k, enum verdict got)
{
	check(k, got == VERDICT_PASS, verdict_text(got));
}

static void
make_case(struct gen *g, struct kase *k, bool natt, bool alone)
{
	struct rng rng = { .fill = gen_fill, .ctx = g };
	struct sa_spec s;
	uint16_t diag;

	memset(k, 0, sizeof(*k));
	do {
		gen_sa(g, &s, natt, alone);
		s.replay_value =
		    s.flags & SAF_ESN ? gen_any(g) >> 1 : gen_any(g) >> 33;
		k->sa =
		    sa_new(crypto, &rng, &s, (struct now){ .mono = 1 }, &diag);
	} while (k->sa == NULL); /* weak keys */
	k->ah = s.satype == SATYPE_AH;
	k->tunnel = sa_is_tunnel(k->sa);
	if (k->tunnel && gen_one_in(g, 3))
		k->o.tfc = gen_below(g, 100);
	if (gen_one_in(g, 4))
		k->o.pad = 16 * gen_below(g, 15);
	k->o.outer_id = (uint16_t)gen_any(g);
	if (sa_next(k->sa, &rng, &k->seq, k->iv) != VERDICT_PASS)
		fail(k, "no sequence number");
}

static enum verdict
seal(struct kase *k)
{
	struct wr w = wr_into(wire.b, sizeof(wire.b));
	struct ip_view v;
	enum verdict why;

	if (!ip_parse(&v, plain.b, plain.n))
		fail(k, "the packet does not parse");
	memcpy(copy, plain.b, plain.n);
	why = k->ah ? ah_seal(k->sa, &w, plain.b, &v, k->seq, k->iv, &k->o)
		    : esp_seal(k->sa, &w, plain.b, &v, k->seq, k->iv, &k->o);
	check(
	    k, memcmp(copy, plain.b, plain.n) == 0, "seal wrote to its input");
	wire.n = w.len;
	return why;
}

/* Opens n bytes of wire; the result is in out, *len bytes. */
static enum verdict
unseal(struct kase *k, size_t n, size_t *len)
{
	struct wr w = wr_into(out, n);
	struct esp_head e;
	struct ah_head a;
	enum verdict why;

	*len = 0;
	if (!ip_parse(&k->v, wire.b, n))
		return VERDICT_SPD_MALFORMED_PACKET;
	why = k->ah ? ah_peek(&a, wire.b, &k->v)
		    : esp_peek(&e, wire.b, &k->v, 4500);
	if (why != VERDICT_PASS)
		return why;
	k->off = k->ah ? a.off : e.off;
	memset(out + n, 0xcc, 16);
	memcpy(copy, wire.b, n);
	why = k->ah ? ah_open(k->sa, &w, wire.b, &k->v, &a, k->seq)
		    : esp_open(k->sa, &w, wire.b, &k->v, &e, k->seq);
	check(k, memcmp(copy, wire.b, n) == 0, "open wrote to its input");
	for (int i = 0; i < 16; i++)
		check(k, out[n + i] == 0xcc, "open wrote past its room");
	check(k, why == VERDICT_PASS || w.len == 0, "a drop let something out");
	*len = w.len;
	return why;
}

/* what is sealed opens to the same packet */
static void
round_trip(struct gen *g)
{
	struct kase k;
	size_t n;

	gen_packet(g, &plain, gen_one_in(g, 20) ? 9000 : 300);
	make_case(g, &k, true, true);

	size_t most = plain.n + k.o.tfc + k.o.pad +
		      (k.ah ? ah_overhead(k.sa) : esp_overhead(k.sa));

	check_pass(&k, seal(&k));
	check(&k, wire.n <= most, "longer than the overhead says");
	check_pass(&k, unseal(&k, wire.n, &n));
	check(&k, n == plain.n, "opens to another length");
	check(&k, memcmp(out, plain.b, n) == 0, "opens to another packet");
	sa_free(k.sa);
}

/* The byte of wire that a router may change, or that does not count. */
static bool
is_free(const struct kase *k, size_t i)
{
	static const uint8_t v4[] = { 1, 6, 7, 8, 10, 11 };

	if (!k->ah)
		return i < k->off;
	if (!k->tunnel)
		return i < k->off && plain.mutable[i];
	if (wire.b[0] >> 4 == 4)
		return i < 12 && memchr(v4, (int)i, sizeof(v4)) != NULL;
	return i < 4 || i == 7;
}

/* A turned bit never opens. */
static void
bit_flips(struct gen *g)
{
	struct kase k;
	size_t n;

	gen_packet(g, &plain, 40);
	make_case(g, &k, true, false);
	check_pass(&k, seal(&k));
	check_pass(&k, unseal(&k, wire.n, &n));

	size_t off = k.off;

	for (size_t bit = 0; bit < wire.n * 8; bit++) {
		uint8_t mask = (uint8_t)(1u << bit % 8);
		bool may;

		wire.b[bit / 8] ^= mask;

		enum verdict got = unseal(&k, wire.n, &n);

		wire.b[bit / 8] ^= mask;
		k.off = off;
		may = is_free(&k, bit / 8);
		if (got == VERDICT_PASS && !may)
			printf("bit %zu of %zu bytes\n", bit, wire.n);
		check(&k, got != VERDICT_PASS || may, "a turned bit opens");
	}
	/* nor does another high half of the number */
	if (sa_is_esn(k.sa)) {
		k.seq ^= UINT64_C(1) << (32 + gen_below(g, 32));
		check(&k, unseal(&k, wire.n, &n) != VERDICT_PASS, "wrong ESN");
	}
	sa_free(k.sa);
}

/* Cut to n bytes, with lengths in the headers to fit. */
static void
cut(const struct kase *k, size_t n)
{
	struct ip_view v;

	if (!ip_parse(&v, wire.b, wire.n) || n < v.fixed)
		return;
	if (sa_is_natt(k->sa) && n >= v.upper + 8) {
		wire.b[v.upper + 4] = (uint8_t)((n - v.upper) >> 8);
		wire.b[v.upper + 5] = (uint8_t)(n - v.upper);
	}
	check(k, ip_set_len(wire.b, &v, n), "length");
}

static void
truncations(struct gen *g)
{
	struct kase k;
	size_t n;

	gen_packet(g, &plain, 60);
	make_case(g, &k, true, false);
	check_pass(&k, seal(&k));

	size_t all = wire.n;

	for (size_t i = 0; i < all; i++)
		check(&k, unseal(&k, i, &n) != VERDICT_PASS, "a cut one opens");
	for (size_t i = all - 1; i > 0; i--) {
		cut(&k, i);
		check(&k, unseal(&k, i, &n) != VERDICT_PASS, "a cut one opens");
	}
	sa_free(k.sa);
}

/* Random bytes behind a valid header: no crash, and no way in. */
static void
noise(struct gen *g)
{
	struct kase k;
	size_t n;

	gen_packet(g, &plain, 60);
	make_case(g, &k, true, false);
	check_pass(&k, seal(&k));
	check_pass(&k, unseal(&k, wire.n, &n));

	size_t at = k.off, len = wire.n - at;

	gen_bytes(g, wire.b + at + 8, len - 8);
	check(&k, unseal(&k, wire.n, &n) != VERDICT_PASS, "noise opens");
	gen_bytes(g, wire.b + 20, wire.n - 20);
	(void)unseal(&k, wire.n, &n);
	sa_free(k.sa);
}

/* ESP, then AH over it, and back (the order of the Solaris guide) */
static void
bundle(struct gen *g)
{
	static struct gen_packet original, esp;
	struct kase a, b;
	size_t n;

	gen_packet(g, &original, 300);
	plain = original;
	do {
		make_case(g, &a, false, true);
		if (a.ah)
			sa_free(a.sa);
	} while (a.ah);
	check_pass(&a, seal(&a));
	esp = wire;
	do {
		make_case(g, &b, false, true);
		if (!b.ah)
			sa_free(b.sa);
	} while (!b.ah);
	plain = esp;
	check_pass(&b, seal(&b));
	check_pass(&b, unseal(&b, wire.n, &n));
	check(&b, n == esp.n && memcmp(out, esp.b, n) == 0, "AH: another one");
	plain = original;
	wire = esp;
	check_pass(&a, unseal(&a, wire.n, &n));
	check(&a, n == original.n && memcmp(out, original.b, n) == 0,
	    "ESP: another one");
	sa_free(a.sa);
	sa_free(b.sa);
}

/* The fragments of a packet hold its bytes, in order, and fit. */
static void
fragments(struct gen *g)
{
	static uint8_t got[GEN_ROOM];
	uint32_t mtu = 300 + gen_below(g, 1300);
	struct ip_view v, f;
	size_t n = 0;

	gen_packet(g, &plain, 5000);
	if (plain.b[0] >> 4 == 4)
		plain.b[6] &= 0xbf;
	if (!ip_parse(&v, plain.b, plain.n) || v.len <= mtu)
		return;

	size_t from = v.ver == 4 ? v.fixed : v.cut;

	for (unsigned i = 0;; i++) {
		struct wr w = wr_into(out, GEN_ROOM);

		if (!frag_write(&w, plain.b, plain.n, mtu, 5, i))
			break;
		checks++;
		if (w.len > mtu || !ip_parse(&f, out, w.len) ||
		    f.len != w.len || f.frag_off != n)
			errx(1, "seed %" PRIu64 ": bad fragment", seed);

		size_t at = f.ver == 4 ? f.fixed : f.cut + 8;

		memcpy(got + n, out + at, w.len - at);
		n += w.len - at;
	}
	if (n != plain.n - from || memcmp(got, plain.b + from, n) != 0)
		errx(1, "seed %" PRIu64 ": fragments lose bytes", seed);
}

static void
repeat(const char *name, void (*f)(struct gen *g), unsigned times)
{
	unsigned long was = checks;

	for (unsigned i = 0; i < times; i++) {
		struct gen g = { .s = seed = seed * 6364136223846793005u +
					     1442695040888963407u };

		if (g.s == 0)
			g.s = 1;
		f(&g);
	}
	printf("%s: %u cases, %lu checks\n", name, times, checks - was);
}

int
main(int argc, char *argv[])
{
	seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 20260101;
	crypto = crypto_new(be_all, NULL, NULL);
	if (crypto == NULL)
		errx(1, "no crypto");
	repeat("round trip", round_trip, 8000);
	repeat("bit flips", bit_flips, 250);
	repeat("truncations", truncations, 500);
	repeat("noise", noise, 2000);
	repeat("bundle", bundle, 1500);
	repeat("fragments", fragments, 1000);
	crypto_free(crypto);
	return 0;
}
