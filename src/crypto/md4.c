/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/md4.h"

#include "base/secret.h"

enum { BLOCK = 64 };

static uint32_t
turn(uint32_t x, unsigned n)
{
	return x << n | x >> (32 - n);
}

/* RFC 1320 3.4 */
static uint32_t
mix(unsigned round, uint32_t x, uint32_t y, uint32_t z)
{
	switch (round) {
	case 0:
		return (x & y) | (~x & z);
	case 1:
		return ((x & y) | (x & z) | (y & z)) + UINT32_C(0x5a827999);
	default:
		return (x ^ y ^ z) + UINT32_C(0x6ed9eba1);
	}
}

static void
block(uint32_t h[4], const uint8_t *p)
{
	/* which word, and by how much: RFC 1320 3.4 */
	static const uint8_t order[3][16] = { { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
						  10, 11, 12, 13, 14, 15 },
		{ 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15 },
		{ 0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15 } };
	static const uint8_t by[3][4] = { { 3, 7, 11, 19 }, { 3, 5, 9, 13 },
		{ 3, 9, 11, 15 } };
	uint32_t x[16], v[4];

	for (unsigned i = 0; i < 16; i++)
		x[i] = (uint32_t)p[4 * i] | (uint32_t)p[4 * i + 1] << 8 |
		       (uint32_t)p[4 * i + 2] << 16 |
		       (uint32_t)p[4 * i + 3] << 24;
	memcpy(v, h, sizeof(v));
	for (unsigned i = 0; i < 48; i++) {
		unsigned r = i / 16, a = (4 - i % 4) % 4;

		v[a] = turn(
		    v[a] +
			mix(r, v[(a + 1) % 4], v[(a + 2) % 4], v[(a + 3) % 4]) +
			x[order[r][i % 16]],
		    by[r][i % 4]);
	}
	for (unsigned i = 0; i < 4; i++)
		h[i] += v[i];
	secret_wipe(x, sizeof(x));
	secret_wipe(v, sizeof(v));
}

void
md4_sum(const void *p, size_t n, uint8_t out[MD4_LEN])
{
	uint32_t h[4] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476 };
	uint8_t tail[2 * BLOCK] = { 0 };
	const uint8_t *b = p;
	size_t rest = n % BLOCK, len = rest < 56 ? BLOCK : 2 * BLOCK;

	for (size_t i = 0; i + BLOCK <= n; i += BLOCK)
		block(h, b + i);
	if (rest != 0)
		memcpy(tail, b + (n - rest), rest);
	tail[rest] = 0x80;
	for (unsigned i = 0; i < 8; i++)
		tail[len - 8 + i] = (uint8_t)((uint64_t)n * 8 >> (8 * i));
	for (size_t i = 0; i < len; i += BLOCK)
		block(h, tail + i);
	for (unsigned i = 0; i < MD4_LEN; i++)
		out[i] = (uint8_t)(h[i / 4] >> (8 * (i % 4)));
	secret_wipe(tail, sizeof(tail));
}
