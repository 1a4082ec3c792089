/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random algorithms, keys, lengths, layouts and batches: all backends give the
 * same bytes, what was sealed opens, and one flipped bit does not.
 *
 * usage: crypto_equal [batches [seed]]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/aead.h"
#include "crypto/be/be.h"

enum { BATCH_MAX = 150, PAD = 32 };

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

static void
check(bool ok, const char *what, const struct aead_spec *s, size_t len)
{
	if (ok)
		return;
	printf("FAILED: %s: %s-%u + %s, %zu bytes\n", what, s->encr->name,
	    s->ekey_bits, s->integ != NULL ? s->integ->name : "-", len);
	exit(1);
}

/* One packet, sealed by two keys that should be the same. */
struct packet {
	struct aead_spec spec;
	uint8_t key[2][128];
	struct aead *ours, *theirs;
	uint8_t *mem[2]; /* of ours, of theirs: PAD, header ... ICV, PAD */
	uint8_t *text;	 /* plaintext */
	size_t size, len;
	bool apart; /* in and out are different places */
	struct aead_op op;
};

static const struct alg *
any_alg(enum alg_table t)
{
	const struct alg *a;
	size_t n = 0;

	while (alg_row(n) != NULL)
		n++;
	do
		a = alg_row(below(n));
	while (a->table != t);
	return a;
}

static unsigned
any_bits(const struct alg *a)
{
	size_t steps = 1;

	if (a->key_incr != 0)
		steps += (size_t)(a->key_max - a->key_min) / a->key_incr;
	return a->key_min + (unsigned)below(steps) * a->key_incr;
}

/* A combination that ESP allows. */
static void
any_spec(struct packet *p)
{
	struct aead_spec *s = &p->spec;

	rnd_bytes(p->key[0], sizeof(p->key));
	*s = (struct aead_spec){ .ekey = p->key[0], .akey = p->key[1] };
	s->encr = any_alg(ALG_ENCR);
	s->ekey_bits = any_bits(s->encr);
	if ((s->encr->flags & ALG_COMBINED) != 0 ||
	    (s->encr->id != EALG_NULL && s->encr->id != EALG_AES_CTR &&
		below(8) == 0))
		return;
	do
		s->integ = any_alg(ALG_AUTH);
	while (s->integ->iv_len != 0);
	s->akey_bits = any_bits(s->integ);
}

static size_t
any_len(const struct aead_info *i, size_t align)
{
	size_t len = below(2001);

	if (below(200) == 0)
		len =
		    AEAD_PACKET_MAX - 8u - i->iv_len - i->icv_len - below(100);
	return len / align * align;
}

/* Header, IV, text and ICV in a row, or with gaps between. */
static void
packet_new(struct packet *p, const struct crypto *a, const struct crypto *b,
    bool same_key, const struct packet *first)
{
	size_t iv_len, icv_len, gap;

	if (same_key) {
		memcpy(p->key, first->key, sizeof(p->key));
		p->spec = first->spec;
		p->spec.ekey = p->key[0];
		p->spec.akey = p->key[1];
	} else {
		any_spec(p);
	}
	p->ours = aead_new(a, &p->spec);
	p->theirs = aead_new(b, &p->spec);
	check(p->ours != NULL && p->theirs != NULL, "key", &p->spec, 0);
	iv_len = aead_info(p->ours)->iv_len;
	icv_len = aead_info(p->ours)->icv_len;
	p->len = any_len(aead_info(p->ours), p->spec.encr->align);
	gap = below(4) == 0 ? below(20) : 0;
	p->size = 2u * PAD + 8 + iv_len + p->len + icv_len + 3 * gap;
	p->text = malloc(p->len + 1);
	for (int i = 0; i < 2; i++)
		p->mem[i] = malloc(p->size);
	if (p->text == NULL || p->mem[0] == NULL || p->mem[1] == NULL)
		abort();
	rnd_bytes(p->text, p->len);
	rnd_bytes(p->mem[0], p->size);
	p->apart = below(2) != 0;
	p->op = (struct aead_op){
		.hdr = p->mem[0] + PAD,
		.iv = p->mem[0] + PAD + 8 + gap,
		.out = p->mem[0] + PAD + 8 + gap + iv_len + gap,
		.icv = p->mem[0] + PAD + 8 + iv_len + p->len + 3 * gap,
		.len = p->len,
		.esn = below(2) != 0,
		.seq_hi = (uint32_t)rnd(),
	};
	memcpy(p->mem[1], p->mem[0], p->size);
}

static void
packet_free(struct packet *p)
{
	aead_free(p->ours);
	aead_free(p->theirs);
	free(p->text);
	free(p->mem[0]);
	free(p->mem[1]);
}

/* The operation, moved to the other copy of the packet. */
static struct aead_op
op_at(const struct packet *p, int side)
{
	struct aead_op op = p->op;
	ptrdiff_t d = p->mem[side] - p->mem[0];

	if (side == 0) {
		op.key = p->ours;
		return op;
	}
	op.key = p->theirs;
	op.hdr += d;
	op.iv += d;
	op.out += d;
	op.icv += d;
	return op;
}

static void
seal_all(struct packet *p, size_t n, int side)
{
	struct aead_op op[BATCH_MAX];

	for (size_t i = 0; i < n; i++) {
		op[i] = op_at(&p[i], side);
		op[i].in = p[i].apart ? p[i].text : op[i].out;
		if (!p[i].apart && p[i].len != 0)
			memcpy(op[i].out, p[i].text, p[i].len);
	}
	aead_seal(op, n);
	for (size_t i = 0; i < n; i++)
		check(op[i].ok, "seal", &p[i].spec, p[i].len);
}

/* spoilt: the packet that must not open, or n for none. */
static void
open_all(struct packet *p, size_t n, int side, size_t spoilt)
{
	struct aead_op op[BATCH_MAX];
	uint8_t *out[BATCH_MAX];

	for (size_t i = 0; i < n; i++) {
		op[i] = op_at(&p[i], side);
		out[i] = malloc(p[i].len + 1);
		if (out[i] == NULL)
			abort();
		op[i].in = op[i].out;
		op[i].out = out[i];
		if (!p[i].apart) {
			memcpy(out[i], op[i].in, p[i].len);
			op[i].in = out[i];
		}
	}
	aead_open(op, n);
	for (size_t i = 0; i < n; i++) {
		check(op[i].ok == (i != spoilt),
		    i == spoilt ? "a flipped bit opens" : "open", &p[i].spec,
		    p[i].len);
		if (op[i].ok)
			check(memcmp(out[i], p[i].text, p[i].len) == 0,
			    "text back", &p[i].spec, p[i].len);
		free(out[i]);
	}
}

static void
flip(uint8_t *p, size_t n)
{
	size_t bit = below(n * 8);

	p[bit / 8] ^= (uint8_t)(1u << (bit % 8));
}

/* One bit, anywhere that the ICV covers. False when there is no ICV. */
static bool
spoil(struct packet *p, int side)
{
	size_t iv_len = aead_info(p->ours)->iv_len;
	size_t icv_len = aead_info(p->ours)->icv_len;
	ptrdiff_t d = p->mem[side] - p->mem[0];
	uint8_t *m = p->mem[0] + d;

	if (icv_len == 0)
		return false;
	switch (below(5)) {
	case 0:
		if (p->len != 0) {
			flip(p->op.out + d, p->len);
			return true;
		}
		break;
	case 1:
		if (iv_len != 0) {
			flip(m + (p->op.iv - p->mem[0]), iv_len);
			return true;
		}
		break;
	case 2:
		flip(p->op.icv + d, icv_len);
		return true;
	case 3:
		if (p->op.esn) {
			p->op.seq_hi ^= 1u << below(32);
			return true;
		}
		break;
	default:
		break;
	}
	flip(m + PAD, 8);
	return true;
}

static void
one_batch(const struct crypto *a, const struct crypto *b)
{
	static struct packet p[BATCH_MAX];
	size_t n = below(3) == 0 ? 1 + below(BATCH_MAX) : 1 + below(9);
	bool same = below(2) != 0;
	size_t bad = below(n);

	for (size_t i = 0; i < n; i++)
		packet_new(&p[i], a, b, same && i != 0, &p[0]);
	seal_all(p, n, 0);
	/* the other one in two batches, since that must not matter */
	seal_all(p, n / 2, 1);
	seal_all(p + n / 2, n - n / 2, 1);
	for (size_t i = 0; i < n; i++)
		check(memcmp(p[i].mem[0], p[i].mem[1], p[i].size) == 0,
		    "backends differ, or wrote beyond", &p[i].spec, p[i].len);
	for (int side = 0; side < 2; side++)
		open_all(p, n, side, n);
	for (int side = 0; side < 2; side++) {
		uint32_t hi = p[bad].op.seq_hi;

		open_all(p, n, side, spoil(&p[bad], side) ? bad : n);
		p[bad].op.seq_hi = hi;
	}
	for (size_t i = 0; i < n; i++)
		packet_free(&p[i]);
}

/* A backend that fails its own tests would leave nothing to compare. */
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
	unsigned long batches = argc > 1 ? strtoul(argv[1], NULL, 0) : 1500;
	struct crypto *a = crypto_new(be_ossl, complain, NULL);
	struct crypto *b = crypto_new(be_all, complain, NULL);

	if (argc > 2)
		seed = strtoull(argv[2], NULL, 0);
	if (a == NULL || b == NULL)
		return 1;
	for (unsigned long i = 0; i < batches; i++)
		one_batch(a, b);
	printf("%lu batches: libcrypto and %s agree\n", batches,
	    crypto_backend_name(b, alg_by_id(ALG_ENCR, EALG_AES_GCM_16)));
	crypto_free(a);
	crypto_free(b);
	return 0;
}
