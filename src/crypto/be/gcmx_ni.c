/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * With the 128-bit instructions: keystream for eight blocks at a time, which may
 * be of one packet or of several, and GHASH over a packet with one reduction for
 * sixteen blocks.
 */
#include "base/secret.h"

#include "crypto/be/gcmx.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define NI     __attribute__((target("aes,pclmul,ssse3,sse4.1")))
#define INLINE inline __attribute__((always_inline)) NI

static INLINE __m128i
load(const void *p)
{
	return _mm_loadu_si128(p);
}

static INLINE void
store(void *p, __m128i v)
{
	_mm_storeu_si128(p, v);
}

/* n bytes (0 to 16), then zeros; reads no more than these. */
static INLINE __m128i
load_part(const uint8_t *p, size_t n)
{
	uint8_t b[16] = { 0 };

	if (n >= 16)
		return load(p);
	if (n != 0)
		memcpy(b, p, n);
	return load(b);
}

static INLINE void
store_part(uint8_t *p, __m128i v, size_t n)
{
	uint8_t b[16];

	if (n >= 16) {
		store(p, v);
		return;
	}
	store(b, v);
	if (n != 0)
		memcpy(p, b, n);
	secret_wipe(b, sizeof(b));
}

static INLINE __m128i
reversed(__m128i v)
{
	return _mm_shuffle_epi8(v,
	    _mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
}

/* --- POLYVAL --- */

/* A product that is not reduced yet. */
struct sum {
	__m128i lo, mid, hi;
};

static INLINE void
add_product(struct sum *s, __m128i a, __m128i b)
{
	s->lo = _mm_xor_si128(s->lo, _mm_clmulepi64_si128(a, b, 0x00));
	s->hi = _mm_xor_si128(s->hi, _mm_clmulepi64_si128(a, b, 0x11));
	s->mid = _mm_xor_si128(
	    s->mid, _mm_xor_si128(_mm_clmulepi64_si128(a, b, 0x01),
			_mm_clmulepi64_si128(a, b, 0x10)));
}

/*
 * RFC 8452 3: the sum times x^-128 modulo x^128 + x^127 + x^126 + x^121 + 1. A
 * multiple of the modulus is added that clears the lowest 64 bits, twice.
 */
static INLINE __m128i
reduce(const struct sum *s)
{
	const __m128i p = _mm_set_epi64x(0, (long long)0xc200000000000000u);
	__m128i lo = _mm_xor_si128(s->lo, _mm_slli_si128(s->mid, 8));
	__m128i hi = _mm_xor_si128(s->hi, _mm_srli_si128(s->mid, 8));

	for (int i = 0; i < 2; i++)
		lo = _mm_xor_si128(_mm_shuffle_epi32(lo, 0x4e),
		    _mm_clmulepi64_si128(lo, p, 0x00));
	return _mm_xor_si128(lo, hi);
}

static INLINE __m128i
dot(__m128i a, __m128i b)
{
	struct sum s = { _mm_setzero_si128(), _mm_setzero_si128(),
		_mm_setzero_si128() };

	add_product(&s, a, b);
	return reduce(&s);
}

/* H^e, e from 1 to GCMX_POWERS. */
static INLINE __m128i
power(const struct gcmx_key *k, size_t e)
{
	return load(k->pow[GCMX_POWERS - e]);
}

/* n bytes more, the last block filled with zeros. */
NI static __m128i
hash(const struct gcmx_key *k, __m128i y, const uint8_t *p, size_t n)
{
	while (n != 0) {
		size_t blocks = (n + 15) / 16;
		struct sum s = { _mm_setzero_si128(), _mm_setzero_si128(),
			_mm_setzero_si128() };

		if (blocks > GCMX_POWERS)
			blocks = GCMX_POWERS;
		for (size_t i = 0; i < blocks; i++) {
			size_t take = n < 16 ? n : 16;
			__m128i b = reversed(load_part(p, take));

			if (i == 0)
				b = _mm_xor_si128(b, y);
			add_product(&s, b, power(k, blocks - i));
			p += take;
			n -= take;
		}
		y = reduce(&s);
	}
	return y;
}

/* --- AES --- */

static INLINE __m128i
round_key(const struct gcmx_key *k, size_t r)
{
	return _mm_load_si128((const void *)k->rk[r]);
}

static INLINE __m128i
encrypt(const struct gcmx_key *k, __m128i b)
{
	b = _mm_xor_si128(b, round_key(k, 0));
	for (size_t r = 1; r < k->rounds; r++)
		b = _mm_aesenc_si128(b, round_key(k, r));
	return _mm_aesenclast_si128(b, round_key(k, k->rounds));
}

/* RFC 4106 4, SP 800-38D 7.1: salt, IV, and a counter from one on. */
static INLINE __m128i
counter(const struct gcmx_key *k, const uint8_t *iv, uint32_t n)
{
	int salt;

	memcpy(&salt, k->salt, sizeof(salt));
	return _mm_insert_epi32(
	    _mm_or_si128(_mm_slli_si128(_mm_loadl_epi64((const void *)iv), 4),
		_mm_cvtsi32_si128(salt)),
	    (int)__builtin_bswap32(n), 3);
}

enum { LANES = 8 };

/* What one lane of eight works at: a block of a message. */
struct lane {
	const struct gcmx_key *k;
	const uint8_t *in;
	uint8_t *out;
	size_t n; /* bytes of the block */
};

/* lane has eight, with keys of as many rounds each. */
NI static void
crypt_lanes(const struct lane *lane, __m128i *b)
{
	size_t rounds = lane[0].k->rounds;

#define EACH(X)	 X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7)
#define FIRST(i) __m128i s##i = _mm_xor_si128(b[i], round_key(lane[i].k, 0));
#define ROUND(i) s##i = _mm_aesenc_si128(s##i, round_key(lane[i].k, r));
#define LAST(i)	 s##i = _mm_aesenclast_si128(s##i, round_key(lane[i].k, rounds));
#define GIVE(i)                 \
	store_part(lane[i].out, \
	    _mm_xor_si128(s##i, load_part(lane[i].in, lane[i].n)), lane[i].n);
	EACH(FIRST)
	for (size_t r = 1; r < rounds; r++) {
		EACH(ROUND)
	}
	EACH(LAST)
	EACH(GIVE)
#undef GIVE
#undef LAST
#undef ROUND
#undef FIRST
#undef EACH
}

/* Lanes that wait to be eight. */
struct lanes {
	struct lane lane[LANES];
	__m128i b[LANES];
	size_t n;
};

NI static void
flush(struct lanes *l)
{
	if (l->n == 0)
		return;
	/* the others do the last one's block again, and give nothing */
	for (size_t i = l->n; i < LANES; i++) {
		l->lane[i] = l->lane[l->n - 1];
		l->lane[i].n = 0;
		l->b[i] = l->b[l->n - 1];
	}
	crypt_lanes(l->lane, l->b);
	l->n = 0;
}

/* RFC 4106 3: the text of a packet in counter mode. */
NI static void
crypt_text(struct lanes *l, const struct gcmx_key *k, const uint8_t *iv,
    const uint8_t *in, uint8_t *out, size_t len)
{
	uint32_t n = 2;

	for (size_t take; len != 0; in += take, out += take, len -= take) {
		take = len < 16 ? len : 16;
		l->lane[l->n] = (struct lane){ k, in, out, take };
		l->b[l->n++] = counter(k, iv, n++);
		if (l->n == LANES)
			flush(l);
	}
}

/* SP 800-38D 7.1, steps 4 to 6, of what was hashed so far. */
NI static __m128i
tag(const struct gcmx_key *k, __m128i y, const uint8_t *iv, size_t aad_len,
    size_t len)
{
	__m128i bits =
	    _mm_set_epi64x((long long)aad_len * 8, (long long)len * 8);

	y = dot(_mm_xor_si128(y, bits), power(k, 1));
	return _mm_xor_si128(reversed(y), encrypt(k, counter(k, iv, 1)));
}

/* The tag, over ciphertext. */
NI static void
tag_of(const struct gcmx_key *k, const struct aead_op *op, const uint8_t *ct,
    uint8_t icv[16])
{
	uint8_t aad[12];
	size_t n = aead_op_aad(op, aad);
	__m128i y = hash(k, _mm_setzero_si128(), aad, n);

	y = hash(k, y, ct, op->len);
	store(icv, tag(k, y, op->iv, n, op->len));
}

NI static void
seal_all(const struct gcmx_call *c)
{
	struct lanes l;
	uint8_t icv[16];

	l.n = 0;
	for (size_t i = 0; i < c->n; i++) {
		const struct aead_op *op = &c->op[i];

		if (op->ok)
			crypt_text(
			    &l, c->x[i], op->iv, op->in, op->out, op->len);
	}
	flush(&l);
	for (size_t i = 0; i < c->n; i++) {
		const struct aead_op *op = &c->op[i];

		if (!op->ok)
			continue;
		tag_of(c->x[i], op, op->out, icv);
		memcpy(op->icv, icv, c->icv_len);
	}
}

NI static void
open_all(const struct gcmx_call *c)
{
	struct lanes l;
	uint8_t icv[16];

	l.n = 0;
	for (size_t i = 0; i < c->n; i++) {
		struct aead_op *op = &c->op[i];

		if (!op->ok)
			continue;
		tag_of(c->x[i], op, op->in, icv);
		op->ok = secret_equal(icv, op->icv, c->icv_len);
		if (op->ok)
			crypt_text(
			    &l, c->x[i], op->iv, op->in, op->out, op->len);
	}
	flush(&l);
}

void
gcmx_ni_run(const struct gcmx_call *c)
{
	if (c->open)
		open_all(c);
	else
		seal_all(c);
}

NI void
gcmx_ni_text(const struct gcmx_key *k, bool open, const struct aead_text *t,
    uint8_t icv[16])
{
	struct lanes l;
	__m128i y = hash(k, _mm_setzero_si128(), t->aad, t->aad_len);

	l.n = 0;
	if (open)
		y = hash(k, y, t->in, t->len);
	crypt_text(&l, k, t->iv, t->in, t->out, t->len);
	flush(&l);
	if (!open)
		y = hash(k, y, t->out, t->len);
	store(icv, tag(k, y, t->iv, t->aad_len, t->len));
}

/* --- keys --- */

/* FIPS 197 5.2: SubWord of the last word, in each word. */
static INLINE __m128i
spread(__m128i v)
{
	v = _mm_xor_si128(v, _mm_slli_si128(v, 4));
	return _mm_xor_si128(v, _mm_slli_si128(v, 8));
}

/*
 * FIPS 197 5.2 for a word w in each place of a vector: the last round of AES with
 * all columns alike moves nothing, and substitutes each byte.
 */
static INLINE __m128i
sub_word(__m128i w)
{
	return _mm_aesenclast_si128(w, _mm_setzero_si128());
}

static INLINE __m128i
rot_word(__m128i w)
{
	return _mm_or_si128(_mm_srli_epi32(w, 8), _mm_slli_epi32(w, 24));
}

static INLINE __m128i
next_key(__m128i before, __m128i last, int rcon)
{
	__m128i w = _mm_shuffle_epi32(last, 0xff);

	w = rcon != 0 ? rot_word(sub_word(w)) : sub_word(w);
	return _mm_xor_si128(
	    spread(before), _mm_xor_si128(w, _mm_set1_epi32(rcon)));
}

NI static void
expand_128(struct gcmx_key *k, const uint8_t *key)
{
	__m128i v = load(key);
	int rcon = 1;

	store(k->rk[0], v);
	for (int r = 1; r <= 10; r++) {
		v = next_key(v, v, rcon);
		store(k->rk[r], v);
		/* times x modulo x^8 + x^4 + x^3 + x + 1 */
		rcon = rcon << 1 ^ (rcon >> 7) * 0x11b;
	}
}

NI static void
expand_256(struct gcmx_key *k, const uint8_t *key)
{
	__m128i a = load(key), b = load(key + 16);
	int rcon = 1;

	store(k->rk[0], a);
	store(k->rk[1], b);
	for (int r = 2; r <= 14; r += 2) {
		a = next_key(a, b, rcon);
		store(k->rk[r], a);
		rcon <<= 1;
		if (r == 14)
			break;
		b = next_key(b, a, 0);
		store(k->rk[r + 1], b);
	}
}

/* Six words at a time; the schedule is the same row of words. */
NI static void
expand_192(struct gcmx_key *k, const uint8_t *key)
{
	uint32_t w[52 + 2], t;
	uint8_t *rk = k->rk[0];
	int rcon = 1;

	memcpy(w, key, 24);
	for (int i = 6; i < 52; i++) {
		t = w[i - 1];
		if (i % 6 == 0) {
			__m128i v = _mm_set1_epi32((int)t);

			t = (uint32_t)_mm_cvtsi128_si32(rot_word(sub_word(v)));
			t ^= (uint32_t)rcon;
			rcon <<= 1;
		}
		w[i] = w[i - 6] ^ t;
	}
	memcpy(rk, w, (size_t)52 * 4);
	secret_wipe(w, sizeof(w));
}

/* RFC 8452 appendix A: GHASH's key times x, in POLYVAL's field. */
static INLINE __m128i
times_x(__m128i h)
{
	const __m128i p = _mm_set_epi64x((long long)0xc200000000000000u, 1);
	__m128i top = _mm_shuffle_epi32(_mm_srai_epi32(h, 31), 0xff);
	__m128i carry = _mm_slli_si128(_mm_srli_epi64(h, 63), 8);

	return _mm_xor_si128(
	    _mm_or_si128(_mm_slli_epi64(h, 1), carry), _mm_and_si128(top, p));
}

NI void
gcmx_ni_schedule(struct gcmx_key *k, const uint8_t *key, unsigned bits)
{
	k->rounds = (uint8_t)(bits / 32 + 6);
	memcpy(k->salt, key + bits / 8, sizeof(k->salt));
	if (bits == 128)
		expand_128(k, key);
	else if (bits == 192)
		expand_192(k, key);
	else
		expand_256(k, key);
}

NI void
gcmx_ni_hash_key(struct gcmx_key *k)
{
	store(k->pow[GCMX_POWERS - 1],
	    times_x(reversed(encrypt(k, _mm_setzero_si128()))));
}

NI void
gcmx_ni_powers(struct gcmx_key *k)
{
	/* each from two halves: the products do not wait for each other */
	for (size_t e = 2; e <= GCMX_POWERS; e++)
		store(k->pow[GCMX_POWERS - e],
		    dot(power(k, e / 2), power(k, e - e / 2)));
}

#else /* never called: gcmx_level() says GCMX_NONE */

void
gcmx_ni_schedule(struct gcmx_key *k, const uint8_t *key, unsigned bits)
{
	(void)k;
	(void)key;
	(void)bits;
}

void
gcmx_ni_hash_key(struct gcmx_key *k)
{
	(void)k;
}

void
gcmx_ni_powers(struct gcmx_key *k)
{
	(void)k;
}

void
gcmx_ni_run(const struct gcmx_call *c)
{
	for (size_t i = 0; i < c->n; i++)
		c->op[i].ok = false;
}

void
gcmx_ni_text(const struct gcmx_key *k, bool open, const struct aead_text *t,
    uint8_t icv[16])
{
	(void)k;
	(void)open;
	(void)t;
	memset(icv, 0, 16);
}

#endif
