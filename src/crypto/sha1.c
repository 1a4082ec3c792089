/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/sha1.h"

#include "base/secret.h"
#include "base/wr.h"

static uint32_t
turn(uint32_t x, unsigned n)
{
	return x << n | x >> (32 - n);
}

/* FIPS 180-4 4.1.1, 4.2.1 */
static uint32_t
step(unsigned t, uint32_t b, uint32_t c, uint32_t d)
{
	if (t < 20)
		return ((b & c) ^ (~b & d)) + UINT32_C(0x5a827999);
	if (t < 40)
		return (b ^ c ^ d) + UINT32_C(0x6ed9eba1);
	if (t < 60)
		return ((b & c) ^ (b & d) ^ (c & d)) + UINT32_C(0x8f1bbcdc);
	return (b ^ c ^ d) + UINT32_C(0xca62c1d6);
}

/* FIPS 180-4 6.1.2 */
static void
block(struct sha1 *s)
{
	struct rd r = rd_from(s->block, sizeof(s->block));
	uint32_t w[80], a = s->h[0], b = s->h[1], c = s->h[2], d = s->h[3],
			e = s->h[4];

	for (unsigned t = 0; t < 80; t++) {
		uint32_t next;

		w[t] =
		    t < 16
			? rd_be32(&r)
			: turn(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
		next = turn(a, 5) + step(t, b, c, d) + e + w[t];
		e = d;
		d = c;
		c = turn(b, 30);
		b = a;
		a = next;
	}
	s->h[0] += a;
	s->h[1] += b;
	s->h[2] += c;
	s->h[3] += d;
	s->h[4] += e;
	secret_wipe(w, sizeof(w)); /* MSCHAPv2 has passwords in it */
}

void
sha1_init(struct sha1 *s)
{
	*s = (struct sha1){ .h = { 0x67452301, 0xefcdab89, 0x98badcfe,
				0x10325476, 0xc3d2e1f0 } };
}

void
sha1_add(struct sha1 *s, const void *p, size_t n)
{
	const uint8_t *b = p;

	for (size_t i = 0; i < n; i++) {
		s->block[s->n++ % sizeof(s->block)] = b[i];
		if (s->n % sizeof(s->block) == 0)
			block(s);
	}
}

void
sha1_end(struct sha1 *s, uint8_t out[SHA1_LEN])
{
	static const uint8_t one = 0x80, zero = 0;
	uint64_t bits = s->n * 8;
	uint8_t len[8];
	struct wr w = wr_into(len, sizeof(len)), o = wr_into(out, SHA1_LEN);

	sha1_add(s, &one, 1);
	while (s->n % sizeof(s->block) != 56)
		sha1_add(s, &zero, 1);
	wr_be64(&w, bits);
	sha1_add(s, len, sizeof(len));
	for (unsigned i = 0; i < 5; i++)
		wr_be32(&o, s->h[i]);
	secret_wipe(s, sizeof(*s));
}
