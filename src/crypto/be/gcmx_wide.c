/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * With the 512-bit instructions: four packets side by side, 64 bytes of each in
 * a register. What is one block for each packet (first counter, lengths, the
 * hash between reductions) is in one register for all four.
 */
#include "crypto/be/gcmx.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define WIDE                                                                   \
	__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,aes,pclmul," \
			      "vaes,vpclmulqdq,bmi2")))
#define INLINE inline __attribute__((always_inline)) WIDE

enum { GROUP = 4, STEP = 64 };
/* Steps whose blocks, with data before and lengths behind, have powers enough. */
enum { LAST_STEPS = 3, MORE_STEPS = 4 };

#define EACH(X) X(0) X(1) X(2) X(3)

/* Four packets: a place that none is left for has a packet of no bytes. */
struct group {
	const struct gcmx_key *k[GROUP];
	struct aead_op *op[GROUP];
	size_t steps; /* of the longest */
};

/* Products that are not reduced yet, of one packet or of four. */
struct sum {
	__m512i lo, mid, hi;
};

static INLINE __m512i
xor3(__m512i a, __m512i b, __m512i c)
{
	return _mm512_ternarylogic_epi64(a, b, c, 0x96);
}

static INLINE __m512i
four(__m128i a, __m128i b, __m128i c, __m128i d)
{
	__m512i v = _mm512_castsi128_si512(a);

	v = _mm512_inserti32x4(v, b, 1);
	v = _mm512_inserti32x4(v, c, 2);
	return _mm512_inserti32x4(v, d, 3);
}

static INLINE __m512i
all_of(__m128i v)
{
	return _mm512_broadcast_i32x4(v);
}

static INLINE __m512i
reversed(__m512i v)
{
	return _mm512_shuffle_epi8(v, all_of(_mm_set_epi8(0, 1, 2, 3, 4, 5, 6,
					  7, 8, 9, 10, 11, 12, 13, 14, 15)));
}

static INLINE void
add_product(struct sum *s, __m512i a, __m512i b)
{
	s->lo = _mm512_xor_si512(s->lo, _mm512_clmulepi64_epi128(a, b, 0x00));
	s->hi = _mm512_xor_si512(s->hi, _mm512_clmulepi64_epi128(a, b, 0x11));
	s->mid = xor3(s->mid, _mm512_clmulepi64_epi128(a, b, 0x01),
	    _mm512_clmulepi64_epi128(a, b, 0x10));
}

/* The blocks of each of four registers added up, side by side. */
static INLINE __m512i
fold(__m512i a, __m512i b, __m512i c, __m512i d)
{
	__m512i ab = _mm512_xor_si512(
	    _mm512_shuffle_i64x2(a, b, 0x88), _mm512_shuffle_i64x2(a, b, 0xdd));
	__m512i cd = _mm512_xor_si512(
	    _mm512_shuffle_i64x2(c, d, 0x88), _mm512_shuffle_i64x2(c, d, 0xdd));

	return _mm512_xor_si512(_mm512_shuffle_i64x2(ab, cd, 0x88),
	    _mm512_shuffle_i64x2(ab, cd, 0xdd));
}

/* As in gcmx_ni.c, for four packets. */
static INLINE __m512i
reduce(const struct sum *s)
{
	const __m512i p = _mm512_set1_epi64((long long)0xc200000000000000u);
	__m512i lo = _mm512_xor_si512(s->lo, _mm512_bslli_epi128(s->mid, 8));
	__m512i hi = _mm512_bsrli_epi128(s->mid, 8), t;

	t = _mm512_clmulepi64_epi128(lo, p, 0x00);
	lo = _mm512_xor_si512(_mm512_shuffle_epi32(lo, 0x4e), t);
	t = _mm512_clmulepi64_epi128(lo, p, 0x00);
	lo = _mm512_xor_si512(_mm512_shuffle_epi32(lo, 0x4e), t);
	return xor3(lo, hi, s->hi);
}

static INLINE __m512i
dot(__m512i a, __m512i b)
{
	const __m512i zero = _mm512_setzero_si512();
	struct sum s = { zero, zero, zero };

	add_product(&s, a, b);
	return reduce(&s);
}

WIDE void
gcmx_wide_powers(struct gcmx_key *k)
{
	__m512i one =
	    all_of(_mm_load_si128((const void *)k->pow[GCMX_POWERS - 1]));
	__m512i two = dot(one, one);
	/* 2 1 2 1 by 2: 4 3 4 3 */
	__m512i low = _mm512_mask_blend_epi64(0xcc, two, one);
	__m512i high = dot(low, two);
	__m512i to4 = _mm512_mask_blend_epi64(0xf0, high, low);
	__m512i by4 = _mm512_shuffle_i64x2(to4, to4, 0x00);
	__m512i to8 = dot(to4, by4);
	__m512i by8 = _mm512_shuffle_i64x2(to8, to8, 0x00);

	_mm512_store_si512(k->pow[12], to4);
	_mm512_store_si512(k->pow[8], to8);
	_mm512_store_si512(k->pow[4], dot(to8, by4));
	_mm512_store_si512(k->pow[0], dot(to8, by8));
}

/* H^e of each packet's key. */
static INLINE __m512i
powers(const struct group *g, const size_t e[GROUP])
{
#define POWER(i) _mm_load_si128((const void *)g->k[i]->pow[GCMX_POWERS - e[i]])
	return four(POWER(0), POWER(1), POWER(2), POWER(3));
#undef POWER
}

/* The bytes from at on that there are, at most a step. */
static INLINE __mmask64
mask_of(size_t len, size_t at)
{
	size_t n = len > at ? len - at : 0;

	return n >= STEP ? ~(__mmask64)0 : _bzhi_u64(~(uint64_t)0, (unsigned)n);
}

/* --- what goes in --- */

static INLINE __m128i
nonce(const struct gcmx_key *k, const uint8_t *iv)
{
	int salt;

	memcpy(&salt, k->salt, sizeof(salt));
	return _mm_or_si128(
	    _mm_slli_si128(_mm_loadl_epi64((const void *)iv), 4),
	    _mm_cvtsi32_si128(salt));
}

/* RFC 4106 5: SPI and sequence number, as POLYVAL wants a block. */
static INLINE __m128i
aad(const struct aead_op *op)
{
	uint32_t spi, seq;
	uint64_t low;

	memcpy(&spi, op->hdr, 4);
	memcpy(&seq, op->hdr + 4, 4);
	spi = __builtin_bswap32(spi);
	seq = __builtin_bswap32(seq);
	low = (uint64_t)seq << 32;
	if (!op->esn)
		return _mm_set_epi64x(
		    (long long)((uint64_t)spi << 32 | seq), 0);
	return _mm_set_epi64x(
	    (long long)((uint64_t)spi << 32 | op->seq_hi), (long long)low);
}

static INLINE __m128i
lengths(const struct aead_op *op)
{
	return _mm_set_epi64x(op->esn ? 96 : 64, (long long)op->len * 8);
}

static INLINE __m512i
key_at(const struct gcmx_key *k, size_t r)
{
	return all_of(_mm_load_si128((const void *)k->rk[r]));
}

/* --- the work --- */

struct state {
	__m512i block[GROUP]; /* nonces, the same four times */
	__m512i count;	      /* counters of the next step, host order */
	__m512i first;	      /* encrypted first counters */
	__m512i y;	      /* the hash so far */
};

/*
 * Keystream for a step of each, in place of the counter blocks s; with first,
 * also that for the tags. one: the keys are the same. What is complex is only
 * what the macros are written out to.
 */
static INLINE void
// NOLINTNEXTLINE(readability-function-cognitive-complexity)
aes(const struct group *g, __m512i s[GROUP], __m512i *first, bool one)
{
	const struct gcmx_key *k0 = g->k[0], *k1 = g->k[1], *k2 = g->k[2],
			      *k3 = g->k[3];
	__m512i s0 = s[0], s1 = s[1], s2 = s[2], s3 = s[3];
	__m512i f = first != NULL ? *first : _mm512_setzero_si512();
	__m128i f0 = _mm512_castsi512_si128(f);
	__m128i f1 = _mm512_extracti32x4_epi32(f, 1);
	__m128i f2 = _mm512_extracti32x4_epi32(f, 2);
	__m128i f3 = _mm512_extracti32x4_epi32(f, 3);
	size_t rounds = k0->rounds;

#define DO(i, r, op512, op128)                                          \
	{                                                               \
		if (i == 0 || !one)                                     \
			rk = key_at(k##i, r);                           \
		s##i = op512(s##i, rk);                                 \
		if (first != NULL && one && i == 0)                     \
			f = op512(f, rk);                               \
		if (first != NULL && !one)                              \
			f##i = op128(f##i, _mm512_castsi512_si128(rk)); \
	}
#define ALL(r, op512, op128)           \
	{                              \
		__m512i rk;            \
		DO(0, r, op512, op128) \
		DO(1, r, op512, op128) \
		DO(2, r, op512, op128) \
		DO(3, r, op512, op128) \
	}
	ALL(0, _mm512_xor_si512, _mm_xor_si128)
	for (size_t r = 1; r < rounds; r++)
		ALL(r, _mm512_aesenc_epi128, _mm_aesenc_si128)
	ALL(rounds, _mm512_aesenclast_epi128, _mm_aesenclast_si128)
#undef ALL
#undef DO
	s[0] = s0;
	s[1] = s1;
	s[2] = s2;
	s[3] = s3;
	if (first != NULL)
		*first = one ? f : four(f0, f1, f2, f3);
}

/* A step of one packet; ks is its keystream. What is hashed, in its order. */
static INLINE __m512i
crypt(struct aead_op *op, size_t at, __m512i ks, bool open)
{
	__mmask64 m = mask_of(op->len, at);
	__m512i in, out;

	if (m == ~(__mmask64)0) {
		in = _mm512_loadu_si512(op->in + at);
		out = _mm512_xor_si512(in, ks);
		_mm512_storeu_si512(op->out + at, out);
	} else if (m != 0) {
		in = _mm512_maskz_loadu_epi8(m, op->in + at);
		out = _mm512_maskz_mov_epi8(m, _mm512_xor_si512(in, ks));
		_mm512_mask_storeu_epi8(op->out + at, m, out);
	} else {
		return _mm512_setzero_si512();
	}
	return reversed(open ? in : out);
}

/*
 * n steps from at on. exp: the power of each packet's first block there; blocks
 * that a packet does not have are zero, whatever stands at their powers.
 */
static INLINE void
steps(const struct group *g, struct state *st, size_t at, size_t n,
    const size_t exp[GROUP], struct sum *total, bool first, bool one, bool open)
{
	const __m512i turn = all_of(_mm_set_epi8(
	    12, 13, 14, 15, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1));
	const __m512i zero = _mm512_setzero_si512();
	struct sum s0 = { zero, zero, zero }, s1 = s0, s2 = s0, s3 = s0;
	const uint8_t *pow[GROUP];

	for (size_t i = 0; i < GROUP; i++)
		pow[i] = g->k[i]->pow[GCMX_POWERS - exp[i]];
	for (size_t s = 0; s < n; s++) {
		__m512i ctr = _mm512_shuffle_epi8(st->count, turn), ks[GROUP];

		st->count = _mm512_add_epi32(
		    st->count, all_of(_mm_set_epi32(4, 0, 0, 0)));
#define COUNT(i) ks[i] = _mm512_or_si512(st->block[i], ctr);
		EACH(COUNT)
#undef COUNT
		if (first && s == 0)
			aes(g, ks, &st->first, one);
		else
			aes(g, ks, NULL, one);
#define HASH(i)                                                         \
	add_product(&s##i, crypt(g->op[i], at + s * STEP, ks[i], open), \
	    _mm512_loadu_si512(pow[i] + s * STEP));
		EACH(HASH)
#undef HASH
	}
	total->lo =
	    _mm512_xor_si512(total->lo, fold(s0.lo, s1.lo, s2.lo, s3.lo));
	total->mid =
	    _mm512_xor_si512(total->mid, fold(s0.mid, s1.mid, s2.mid, s3.mid));
	total->hi =
	    _mm512_xor_si512(total->hi, fold(s0.hi, s1.hi, s2.hi, s3.hi));
}

/* The tags go out, or are looked at. */
static INLINE void
finish(const struct group *g, __m512i tags, size_t icv_len, bool open)
{
	__mmask16 m = (__mmask16)((1u << icv_len) - 1);

	if (!open) {
#define GIVE(i)               \
	_mm_mask_storeu_epi8( \
	    g->op[i]->icv, m, _mm512_extracti32x4_epi32(tags, i));
		EACH(GIVE)
#undef GIVE
		return;
	}

#define TAKE(i) _mm_maskz_loadu_epi8(m, g->op[i]->icv)
	__m512i given = four(TAKE(0), TAKE(1), TAKE(2), TAKE(3));
#undef TAKE
	__mmask64 bytes = (__mmask64)m * 0x0001000100010001u;
	/* time depends on nothing but what is told anyway */
	__mmask64 bad = _mm512_mask_cmpneq_epi8_mask(bytes, tags, given);

	for (size_t i = 0; i < GROUP; i++)
		g->op[i]->ok = (bad >> (16 * i) & 0xffff) == 0;
}

/* SP 800-38D 7.1 and 7.2 for four. */
static INLINE void
run_group(const struct group *g, size_t icv_len, bool one, bool open)
{
	const __m512i zero = _mm512_setzero_si512();
	struct state st;
	size_t done = 0, exp[GROUP], pre[GROUP];
	struct sum sum;
	bool first = true;

#define NONCE(i) st.block[i] = all_of(nonce(g->k[i], g->op[i]->iv));
	EACH(NONCE)
#undef NONCE
	st.first = _mm512_or_si512(four(_mm512_castsi512_si128(st.block[0]),
				       _mm512_castsi512_si128(st.block[1]),
				       _mm512_castsi512_si128(st.block[2]),
				       _mm512_castsi512_si128(st.block[3])),
	    all_of(_mm_set_epi32(0x01000000, 0, 0, 0)));
	st.count =
	    _mm512_set_epi32(5, 0, 0, 0, 4, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0);
	st.y = four(aad(g->op[0]), aad(g->op[1]), aad(g->op[2]), aad(g->op[3]));

	/* those that are not the last: as many blocks in each packet */
	while (g->steps - done > LAST_STEPS) {
		size_t left = g->steps - done;
		/* their blocks are all there: the last step is another time's */
		size_t n =
		    first || left == MORE_STEPS ? LAST_STEPS : MORE_STEPS;

		for (size_t i = 0; i < GROUP; i++) {
			exp[i] = n * 4;
			/* the data before are a block more */
			pre[i] = n * 4 + (first ? 1 : 0);
		}
		sum = (struct sum){ zero, zero, zero };
		add_product(&sum, st.y, powers(g, pre));
		if (first)
			steps(
			    g, &st, 0, LAST_STEPS, exp, &sum, true, one, open);
		else
			steps(g, &st, done * STEP, n, exp, &sum, false, one,
			    open);
		st.y = reduce(&sum);
		first = false;
		done += n;
	}
	for (size_t i = 0; i < GROUP; i++) {
		size_t blocks = (g->op[i]->len + 15) / 16;

		/* the lengths are a block more; who is nobody has none at all */
		exp[i] = blocks > done * 4 ? blocks - done * 4 + 1 : 1;
		pre[i] = exp[i] + (first ? 1 : 0);
	}
	sum = (struct sum){ zero, zero, zero };
	add_product(&sum, st.y, powers(g, pre));
	/* the first counters want their step, even when there is no text */
	if (first)
		steps(g, &st, 0, g->steps != 0 ? g->steps : 1, exp, &sum, true,
		    one, open);
	else
		steps(g, &st, done * STEP, g->steps - done, exp, &sum, false,
		    one, open);
	for (size_t i = 0; i < GROUP; i++)
		pre[i] = 1;
	add_product(&sum,
	    four(lengths(g->op[0]), lengths(g->op[1]), lengths(g->op[2]),
		lengths(g->op[3])),
	    powers(g, pre));
	finish(g, _mm512_xor_si512(reversed(reduce(&sum)), st.first), icv_len,
	    open);
}

WIDE static __attribute__((noinline)) void
seal_one(const struct group *g, size_t icv_len)
{
	run_group(g, icv_len, true, false);
}

WIDE static __attribute__((noinline)) void
seal_many(const struct group *g, size_t icv_len)
{
	run_group(g, icv_len, false, false);
}

WIDE static __attribute__((noinline)) void
open_one(const struct group *g, size_t icv_len)
{
	run_group(g, icv_len, true, true);
}

WIDE static __attribute__((noinline)) void
open_many(const struct group *g, size_t icv_len)
{
	run_group(g, icv_len, false, true);
}

/* --- short packets --- */

/*
 * The steps of a group wait for each other, and what a CPU looks ahead is less
 * than a group. So several groups get their keystream first, and are hashed then;
 * opened, the other way round.
 */
enum { GROUPS = 4 };

struct short_state {
	__m512i hashed[GROUP][LAST_STEPS]; /* of a seal: ciphertext */
	__m512i first, y;
};

static INLINE void
crypt_short(const struct group *g, struct short_state *st, bool one, bool open)
{
	const __m512i turn = all_of(_mm_set_epi8(
	    12, 13, 14, 15, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1));
	__m512i count =
	    _mm512_set_epi32(5, 0, 0, 0, 4, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0);
	__m128i n0 = nonce(g->k[0], g->op[0]->iv);
	__m128i n1 = nonce(g->k[1], g->op[1]->iv);
	__m128i n2 = nonce(g->k[2], g->op[2]->iv);
	__m128i n3 = nonce(g->k[3], g->op[3]->iv);
	__m512i first = _mm512_or_si512(
	    four(n0, n1, n2, n3), all_of(_mm_set_epi32(0x01000000, 0, 0, 0)));
	size_t s = 0;

	/* the first counters want their step, even when there is no text */
	do {
		__m512i ctr = _mm512_shuffle_epi8(count, turn), ks[GROUP], h;

		count =
		    _mm512_add_epi32(count, all_of(_mm_set_epi32(4, 0, 0, 0)));
#define COUNT(i) ks[i] = _mm512_or_si512(all_of(n##i), ctr);
		EACH(COUNT)
#undef COUNT
		if (s == 0)
			aes(g, ks, &first, one);
		else
			aes(g, ks, NULL, one);
#define CRYPT(i)                                    \
	h = crypt(g->op[i], s * STEP, ks[i], open); \
	if (!open)                                  \
		st->hashed[i][s] = h;
		EACH(CRYPT)
#undef CRYPT
	} while (++s < g->steps);
	st->first = first;
}

/* A step of ciphertext, as it came. */
static INLINE __m512i
given(const struct aead_op *op, size_t at)
{
	__mmask64 m = mask_of(op->len, at);

	return m == 0 ? _mm512_setzero_si512()
		      : reversed(_mm512_maskz_loadu_epi8(m, op->in + at));
}

static INLINE void
hash_short(const struct group *g, struct short_state *st, bool open)
{
	const __m512i zero = _mm512_setzero_si512();
	struct sum sum = { zero, zero, zero };
	struct sum s0 = sum, s1 = sum, s2 = sum, s3 = sum;
	const uint8_t *pow[GROUP];
	size_t s = 0;

	/* the data before and the lengths are a block more each */
#define POWER(i) \
	pow[i] = g->k[i]->pow[GCMX_POWERS - 1 - (g->op[i]->len + 15) / 16];
	EACH(POWER)
#undef POWER
	do {
#define HASH(i)                                                                \
	add_product(&s##i, open ? given(g->op[i], s *STEP) : st->hashed[i][s], \
	    _mm512_loadu_si512(pow[i] + s * STEP));
		EACH(HASH)
#undef HASH
	} while (++s < g->steps);
#define BEFORE(i) _mm_load_si128((const void *)(pow[i] - 16))
	add_product(&sum,
	    four(aad(g->op[0]), aad(g->op[1]), aad(g->op[2]), aad(g->op[3])),
	    four(BEFORE(0), BEFORE(1), BEFORE(2), BEFORE(3)));
#undef BEFORE
#define FIRST(i) _mm_load_si128((const void *)g->k[i]->pow[GCMX_POWERS - 1])
	add_product(&sum,
	    four(lengths(g->op[0]), lengths(g->op[1]), lengths(g->op[2]),
		lengths(g->op[3])),
	    four(FIRST(0), FIRST(1), FIRST(2), FIRST(3)));
#undef FIRST
	sum.lo = _mm512_xor_si512(sum.lo, fold(s0.lo, s1.lo, s2.lo, s3.lo));
	sum.mid =
	    _mm512_xor_si512(sum.mid, fold(s0.mid, s1.mid, s2.mid, s3.mid));
	sum.hi = _mm512_xor_si512(sum.hi, fold(s0.hi, s1.hi, s2.hi, s3.hi));
	st->y = reversed(reduce(&sum));
}

static INLINE void
run_short(const struct group *g, size_t n, size_t icv_len, bool one, bool open)
{
	SCRATCH struct short_state st[GROUPS];

	for (size_t i = 0; i < n && open; i++)
		hash_short(&g[i], &st[i], true);
	for (size_t i = 0; i < n; i++)
		crypt_short(&g[i], &st[i], one, open);
	for (size_t i = 0; i < n; i++) {
		if (!open)
			hash_short(&g[i], &st[i], false);
		finish(&g[i], _mm512_xor_si512(st[i].y, st[i].first), icv_len,
		    open);
	}
}

WIDE static __attribute__((noinline)) void
seal_short(const struct group *g, size_t n, size_t icv_len, bool one)
{
	if (one)
		run_short(g, n, icv_len, true, false);
	else
		run_short(g, n, icv_len, false, false);
}

WIDE static __attribute__((noinline)) void
open_short(const struct group *g, size_t n, size_t icv_len, bool one)
{
	if (one)
		run_short(g, n, icv_len, true, true);
	else
		run_short(g, n, icv_len, false, true);
}

/* --- which packets go together --- */

static size_t
steps_of(const struct aead_op *op)
{
	return (op->len + STEP - 1) / STEP;
}

/* Those of few steps go together, others with as many. */
static size_t
class_of(size_t steps)
{
	return steps <= LAST_STEPS ? 0 : steps;
}

/* A packet of no bytes, for places that none is left for. */
struct nobody {
	struct aead_op op;
	uint8_t bytes[32];
};

static void
fill_up(struct group *g, size_t n, struct nobody *who)
{
	memset(who, 0, sizeof(*who));
	who->op.hdr = who->op.iv = who->bytes;
	who->op.in = who->op.out = who->bytes;
	who->op.icv = who->bytes + 16;
	for (; n < GROUP; n++) {
		g->k[n] = g->k[0];
		g->op[n] = &who->op;
	}
}

/* n packets from at on, 1 to 4. */
static void
fill(struct group *g, const struct gcmx_call *c, const uint16_t *at, size_t n,
    struct nobody *who)
{
	g->steps = 0;
	for (size_t i = 0; i < n; i++) {
		size_t s = steps_of(&c->op[at[i]]);

		g->k[i] = c->x[at[i]];
		g->op[i] = &c->op[at[i]];
		if (s > g->steps)
			g->steps = s;
	}
	if (n < GROUP)
		fill_up(g, n, who);
}

static bool
is_one(const struct group *g)
{
	return g->k[0] == g->k[1] && g->k[0] == g->k[2] && g->k[0] == g->k[3];
}

static void
work_short(const struct gcmx_call *c, const uint16_t *at, size_t n)
{
	SCRATCH struct group g[GROUPS];
	SCRATCH struct nobody who;

	while (n != 0) {
		bool one = true;
		size_t groups = 0;

		for (size_t m; n != 0 && groups < GROUPS; at += m, n -= m) {
			m = n < GROUP ? n : GROUP;
			fill(&g[groups], c, at, m, &who);
			one = one && is_one(&g[groups]);
			groups++;
		}
		(c->open ? open_short : seal_short)(g, groups, c->icv_len, one);
	}
}

/* Of one class, 1 to 4. */
static void
work_long(const struct gcmx_call *c, const uint16_t *at, size_t n)
{
	SCRATCH struct nobody who;
	SCRATCH struct group g;
	bool one;

	/* alone, one does not pay for four */
	if (n == 1) {
		gcmx_ni_run(&(struct gcmx_call){
		    &c->x[at[0]], &c->op[at[0]], 1, c->icv_len, c->open });
		return;
	}
	fill(&g, c, at, n, &who);
	one = is_one(&g);
	if (c->open)
		(one ? open_one : open_many)(&g, c->icv_len);
	else
		(one ? seal_one : seal_many)(&g, c->icv_len);
}

enum { RUN = 64 };

/* Sorted by class, if they are not all of one; few change places. */
static void
sort(const struct gcmx_call *c, uint16_t *at, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		uint16_t v = at[i];
		size_t j = i, class = class_of(steps_of(&c->op[v]));

		for (; j != 0 && class_of(steps_of(&c->op[at[j - 1]])) > class;
		     j--)
			at[j] = at[j - 1];
		at[j] = v;
	}
}

static void
run(const struct gcmx_call *c)
{
	SCRATCH uint16_t at[RUN];
	size_t n = 0, m;

	for (size_t i = 0; i < c->n; i++)
		if (c->op[i].ok)
			at[n++] = (uint16_t)i;
	sort(c, at, n);
	for (m = 0; m < n && class_of(steps_of(&c->op[at[m]])) == 0;)
		m++;
	work_short(c, at, m);
	for (size_t i = m; i < n; i += m) {
		size_t class = class_of(steps_of(&c->op[at[i]]));

		for (m = 1; m < GROUP && i + m < n; m++)
			if (class_of(steps_of(&c->op[at[i + m]])) != class)
				break;
		work_long(c, at + i, m);
	}
}

void
gcmx_wide_run(const struct gcmx_call *c)
{
	struct gcmx_call part = *c;

	for (size_t n = c->n; n != 0; n -= part.n) {
		part.n = n < RUN ? n : RUN;
		run(&part);
		part.x += part.n;
		part.op += part.n;
	}
}

#else

void
gcmx_wide_powers(struct gcmx_key *k)
{
	gcmx_ni_powers(k);
}

void
gcmx_wide_run(const struct gcmx_call *c)
{
	gcmx_ni_run(c);
}

#endif
