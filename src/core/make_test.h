/* SPDX-License-Identifier: BSD-2-Clause */
/* make - SAs and packets for this room's tests. */
#ifndef CORE_MAKE_TEST_H
#define CORE_MAKE_TEST_H

#include <stdlib.h>

#include "base/test.h"

#include "core/sa.h"
#include "crypto/be/be.h"
#include "wire/ip.h"

static const struct now make_now = { .mono = 1000, .wall = 1 };

static inline const struct crypto *
make_crypto(void)
{
	static struct crypto *c;

	if (c == NULL)
		c = crypto_new(be_ossl, NULL, NULL);
	assert_non_null(c);
	return c;
}

static inline void
make_key(struct secret *s, unsigned bytes)
{
	uint8_t b[SECRET_MAX];

	for (unsigned i = 0; i < bytes; i++)
		b[i] = (uint8_t)(i * 7 + 3);
	assert_true(secret_set(s, b, bytes * 8));
}

/* A spec with keys of the default length; encr 0: AH. */
static inline struct sa_spec
make_spec(uint8_t encr, uint8_t auth, uint32_t flags)
{
	static const uint8_t src[4] = { 192, 0, 2, 1 },
			     dst[4] = { 192, 0, 2, 2 };
	const struct alg *e = alg_by_id(ALG_ENCR, encr);
	const struct alg *a = alg_by_id(ALG_AUTH, auth);
	struct sa_spec s = { .satype = encr != 0 ? SATYPE_ESP : SATYPE_AH,
		.spi = 0x11223344,
		.state = SA_MATURE,
		.flags = flags,
		.window = 64,
		.auth = auth,
		.encr = encr,
		.src = addr_v4(src),
		.dst = addr_v4(dst) };

	if (e != NULL)
		make_key(&s.ekey, e->key_def / 8u + e->salt_len);
	if (a != NULL)
		make_key(&s.akey, a->key_def / 8u + a->salt_len);
	return s;
}

static inline struct sa *
make_sa(const struct sa_spec *s)
{
	uint16_t diag;
	struct sa *sa = sa_new(make_crypto(), &crypto_rng, s, make_now, &diag);

	assert_int_equal(diag, 0);
	assert_non_null(sa);
	return sa;
}

static inline struct sa *
make_sa_of(uint8_t encr, uint8_t auth, uint32_t flags)
{
	struct sa_spec s = make_spec(encr, auth, flags);

	return make_sa(&s);
}

/* A UDP packet of n bytes of payload with a right checksum; returns its length. */
static inline size_t
make_udp(uint8_t *p, size_t cap, bool v6, uint8_t tos, size_t n)
{
	static const uint8_t a4[4] = { 10, 1, 2, 3 }, b4[4] = { 10, 9, 8, 7 };
	static const uint8_t a6[16] = { 0xfd, [15] = 1 };
	static const uint8_t b6[16] = { 0xfd, [15] = 2 };
	struct ip_new h = { .src = v6 ? addr_v6(a6) : addr_v4(a4),
		.dst = v6 ? addr_v6(b6) : addr_v4(b4),
		.tos = tos,
		.ttl = 17,
		.proto = IPPROTO_UDP_,
		.id = 4711,
		.flow = 0x12345 };
	struct wr w = wr_into(p, cap);

	ip_write(&w, &h, 8 + n);

	size_t at = w.len;

	wr_be16(&w, 1000);
	wr_be16(&w, 2000);
	wr_be16(&w, (uint16_t)(8 + n));
	wr_be16(&w, 0);
	for (size_t i = 0; i < n; i++)
		wr_u8(&w, (uint8_t)i);
	assert_false(w.bad);

	uint16_t c = ip_csum_end(ip_csum_add(
	    ip_csum_pseudo(&h.src, &h.dst, h.proto, (uint32_t)(8 + n)), p + at,
	    8 + n));

	p[at + 6] = (uint8_t)(c >> 8);
	p[at + 7] = (uint8_t)c;
	return w.len;
}

/* Is the checksum of the TCP or UDP packet right? */
static inline bool
make_csum_ok(const uint8_t *p, const struct ip_view *v)
{
	uint32_t sum = ip_csum_pseudo(
	    &v->src, &v->dst, v->proto, (uint32_t)(v->len - v->upper));

	return ip_csum_end(ip_csum_add(sum, p + v->upper, v->len - v->upper)) ==
	       0;
}

#endif /* CORE_MAKE_TEST_H */
