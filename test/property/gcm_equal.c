/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AES-GCM of several packets at a time against libcrypto: random batches, keys,
 * lengths, data and places. Memory ends, or begins, where a page begins that may
 * not be touched.
 *
 * usage: gcm_equal [packets [seed]]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "crypto/aead.h"
#include "crypto/be/be.h"
#include "crypto/be/gcmx.h"

enum { BATCH_MAX = 100, AREA = 1 << 17, KEYS = 20 };

static uint64_t seed = 1;

/* splitmix64 (Steele, Lea, Flood 2014) */
static uint64_t
rnd(void)
{
	uint64_t z = (seed += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static size_t
below(size_t n)
{
	return (size_t)(rnd() % n);
}

static void
rnd_bytes(uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)rnd();
}

static const char *level;

static void
check(bool ok, const char *what, size_t i, size_t len)
{
	if (ok)
		return;
	printf("FAILED: %s: %s: packet %zu, %zu bytes\n", level, what, i, len);
	exit(1);
}

/* Memory between two pages that may not be touched. */
static uint8_t *
area_new(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint8_t *p = mmap(NULL, AREA + 2 * page, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED || mprotect(p, page, PROT_NONE) != 0 ||
	    mprotect(p + page + AREA, page, PROT_NONE) != 0)
		abort();
	return p + page;
}

/* Where n bytes shall be in an area: at an end, or anywhere. */
static uint8_t *
place(uint8_t *area, size_t n)
{
	switch (below(3)) {
	case 0:
		return area;
	case 1:
		return area + AREA - n;
	default:
		return area + below(AREA - n + 1);
	}
}

static size_t
any_len(void)
{
	switch (below(64)) {
	case 0:
		return below(65503 + 1);
	case 1:
	case 2:
	case 3:
		return below(2000);
	case 4:
	case 5:
		return below(9) * 64 + below(3);
	default:
		return below(260);
	}
}

/* A packet of ours, its parts each in an area, and what it should become. */
struct packet {
	uint8_t *hdr_at, *iv_at, *in_at, *out_at, *icv_at; /* areas */
	uint8_t *text, *want; /* plaintext; ciphertext as libcrypto has it */
	uint8_t want_icv[16], hdr[8], iv[8];
	struct aead_op op;
	bool apart;
};

static struct packet packet[BATCH_MAX];
static struct aead *ours[KEYS], *theirs[KEYS];

static void
packet_new(struct packet *p, size_t key, size_t icv_len, size_t len)
{
	struct aead_op o;

	rnd_bytes(p->hdr, sizeof(p->hdr));
	rnd_bytes(p->iv, sizeof(p->iv));
	for (size_t i = 0; i < len; i += 8) {
		uint64_t v = rnd();

		memcpy(p->text + i, &v, len - i < 8 ? len - i : 8);
	}
	p->apart = below(2) != 0;
	p->op = (struct aead_op){ .key = ours[key],
		.hdr = memcpy(place(p->hdr_at, 8), p->hdr, 8),
		.iv = memcpy(place(p->iv_at, 8), p->iv, 8),
		.esn = below(2) != 0,
		.seq_hi = (uint32_t)rnd(),
		.out = place(p->out_at, len),
		.len = len,
		.icv = place(p->icv_at, icv_len) };
	o = p->op;
	o.key = theirs[key];
	o.in = p->text;
	o.out = p->want;
	o.icv = p->want_icv;
	aead_seal(&o, 1);
	check(o.ok, "libcrypto", 0, len);
}

static void
give(struct packet *p, const uint8_t *text)
{
	uint8_t *in = p->apart ? place(p->in_at, p->op.len) : p->op.out;

	if (p->op.len != 0)
		memcpy(in, text, p->op.len);
	p->op.in = in;
}

static void
seal_all(struct aead_op *op, size_t n, size_t icv_len)
{
	for (size_t i = 0; i < n; i++) {
		give(&packet[i], packet[i].text);
		op[i] = packet[i].op;
	}
	aead_seal(op, n);
	for (size_t i = 0; i < n; i++) {
		const struct packet *p = &packet[i];

		check(op[i].ok, "seal", i, op[i].len);
		check(memcmp(op[i].out, p->want, op[i].len) == 0, "text", i,
		    op[i].len);
		check(memcmp(op[i].icv, p->want_icv, icv_len) == 0, "ICV", i,
		    op[i].len);
	}
}

/* Some of them are changed by a bit, and those alone do not open. */
static void
open_all(struct aead_op *op, size_t n, size_t icv_len)
{
	bool bad[BATCH_MAX];

	for (size_t i = 0; i < n; i++) {
		struct packet *p = &packet[i];
		size_t bit = below((icv_len + p->op.len) * 8);
		uint8_t mask = (uint8_t)(1u << bit % 8);

		bad[i] = below(5) == 0;
		give(p, p->want);
		op[i] = p->op;
		if (bad[i] && bit / 8 < icv_len)
			op[i].icv[bit / 8] ^= mask;
		else if (bad[i] && p->apart)
			*((uint8_t *)(uintptr_t)op[i].in +
			    (bit / 8 - icv_len)) ^= mask;
		else if (bad[i])
			op[i].out[bit / 8 - icv_len] ^= mask;
	}
	aead_open(op, n);
	for (size_t i = 0; i < n; i++) {
		check(op[i].ok == !bad[i], "open", i, op[i].len);
		if (!bad[i])
			check(memcmp(op[i].out, packet[i].text, op[i].len) == 0,
			    "text back", i, op[i].len);
	}
}

static size_t
one_batch(const struct crypto *a, const struct crypto *b)
{
	static const unsigned ids[] = { EALG_AES_GCM_8, EALG_AES_GCM_12,
		EALG_AES_GCM_16 };
	const struct alg *alg = alg_by_id(ALG_ENCR, ids[below(3)]);
	size_t n = 1 + below(below(2) != 0 ? 9 : BATCH_MAX);
	size_t keys = below(2) != 0 ? 1 : 1 + below(KEYS);
	bool same_len = below(3) == 0;
	struct aead_op op[BATCH_MAX];
	uint8_t key[36];
	size_t len = any_len();

	if (len > 5000)
		n = 1 + n % 7;
	for (size_t i = 0; i < keys; i++) {
		struct aead_spec s = {
			.encr = alg, .ekey = key, .ekey_bits = 0
		};

		rnd_bytes(key, sizeof(key));
		s.ekey_bits = 128 + 64 * (unsigned)(len % 3);
		ours[i] = aead_new(a, &s);
		theirs[i] = aead_new(b, &s);
		check(ours[i] != NULL && theirs[i] != NULL, "key", i, 0);
	}
	for (size_t i = 0; i < n; i++)
		packet_new(&packet[i], below(keys), alg->icv_len,
		    same_len ? len : any_len());
	seal_all(op, n, alg->icv_len);
	open_all(op, n, alg->icv_len);
	for (size_t i = 0; i < keys; i++) {
		aead_free(ours[i]);
		aead_free(theirs[i]);
	}
	return n;
}

static void
complain(void *ctx, const char *line)
{
	(void)ctx;
	printf("FAILED: %s\n", line);
	exit(1);
}

int
main(int argc, char **argv)
{
	static const struct {
		enum gcmx_level needs;
		const char *name;
		const struct crypto_be *const *be;
	} levels[] = {
		{ GCMX_NI, "128 bits", be_gcmx_ni },
		{ GCMX_WIDE, "512 bits", be_gcmx },
		{ GCMX_NONE, "all", be_all },
	};
	size_t packets = argc > 1 ? strtoul(argv[1], NULL, 0) : 20000;
	struct crypto *b = crypto_new(be_ossl, complain, NULL);

	if (argc > 2)
		seed = strtoull(argv[2], NULL, 0);
	for (size_t i = 0; i < BATCH_MAX; i++) {
		struct packet *p = &packet[i];

		p->hdr_at = area_new();
		p->iv_at = area_new();
		p->in_at = area_new();
		p->out_at = area_new();
		p->icv_at = area_new();
		p->text = malloc(65536);
		p->want = malloc(65536);
		if (p->text == NULL || p->want == NULL)
			abort();
	}
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		struct crypto *a;
		size_t done = 0;

		level = levels[i].name;
		if (levels[i].needs > gcmx_level()) {
			printf("%s: not on this CPU\n", level);
			continue;
		}
		a = crypto_new(levels[i].be, complain, NULL);
		if (a == NULL || b == NULL)
			return 1;
		while (done < packets)
			done += one_batch(a, b);
		printf("%s: %zu packets as libcrypto has them\n", level, done);
		crypto_free(a);
	}
	crypto_free(b);
	for (size_t i = 0; i < BATCH_MAX; i++) {
		free(packet[i].text);
		free(packet[i].want);
	}
	return 0;
}
