/* SPDX-License-Identifier: BSD-2-Clause */
/* sadb_fix - an SADB of the host 10.0.0.1 / 2001:db8::1. Tests only. */
#ifndef CORE_SADB_FIX_TEST_H
#define CORE_SADB_FIX_TEST_H

#include <stdlib.h>

#include "base/test.h"

#include "core/sadb.h"
#include "crypto/be/be.h"
#include "wire/pfkey.h"

static const struct now t0 = { .mono = 1000000, .wall = 1700000000 };

struct fix {
	struct crypto *crypto;
	struct sadb *d;
	uint64_t random; /* state of the generator */
	unsigned n_expired;
	struct {
		uint32_t spi;
		int which;
	} expired[64];
};

static inline struct now
at(uint64_t seconds)
{
	struct now n = t0;

	n.mono += seconds * 1000;
	n.wall += seconds;
	return n;
}

static inline struct addr
addr(const char *text)
{
	struct addr a;

	assert_true(addr_read(&a, text));
	return a;
}

static inline struct prefix
prefix(const char *text, uint8_t len)
{
	struct prefix p = { addr(text), len };

	prefix_canon(&p);
	return p;
}

/* xorshift: the same run every time */
static inline uint64_t
fix_random(struct fix *f)
{
	f->random ^= f->random << 13;
	f->random ^= f->random >> 7;
	f->random ^= f->random << 17;
	return f->random;
}

static inline bool
fix_fill(void *ctx, uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(fix_random(ctx) >> 24);
	return true;
}

static inline bool
fix_is_local(void *ctx, const struct addr *a)
{
	static const uint8_t v4[4] = { 10, 0, 0, 1 };
	static const uint8_t v6[16] = { 0x20, 1, 0xd, 0xb8, [15] = 1 };

	(void)ctx;
	assert_int_not_equal(addr_bytes(a->fam), 0);
	return memcmp(a->b, a->fam == FAM_V4 ? v4 : v6, addr_bytes(a->fam)) ==
	       0;
}

static inline void
fix_expired(void *ctx, struct sa *sa, int which)
{
	struct fix *f = ctx;

	assert_true(f->n_expired < 64);
	f->expired[f->n_expired].spi = sa->spi;
	f->expired[f->n_expired++].which = which;
}

static inline void
fix_new(struct fix *f, struct rng *rng)
{
	const struct sadb_env env = { fix_is_local, fix_expired, f };

	*f = (struct fix){ .random = 88172645463325252u };
	*rng = (struct rng){ fix_fill, f };
	f->crypto = crypto_new(be_ossl, NULL, NULL);
	assert_non_null(f->crypto);
	f->d = sadb_new(f->crypto, rng, &env);
	assert_non_null(f->d);
}

static inline void
fix_free(struct fix *f)
{
	sadb_free(f->d);
	crypto_free(f->crypto);
}

/* ESP, AES-128-CBC with HMAC-SHA-256; without a source: "" */
static inline struct sa_spec
esp(uint32_t spi, const char *src, const char *dst)
{
	struct sa_spec s = { .satype = SATYPE_ESP,
		.spi = spi,
		.state = SA_MATURE,
		.window = 64,
		.auth = AALG_SHA256HMAC,
		.encr = EALG_AES,
		.dst = addr(dst) };
	const uint8_t key[32] = { 1, 2, 3 };

	if (src[0] != '\0')
		s.src = addr(src);
	assert_true(secret_set(&s.akey, key, 256));
	assert_true(secret_set(&s.ekey, key, 128));
	return s;
}

/* AH, HMAC-SHA-1 */
static inline struct sa_spec
ah(uint32_t spi, const char *src, const char *dst)
{
	struct sa_spec s = esp(spi, src, dst);

	s.satype = SATYPE_AH;
	s.auth = AALG_SHA1HMAC;
	s.akey.bits = 160;
	s.encr = 0;
	s.ekey.bits = 0;
	return s;
}

static inline struct sa *
must_add(struct fix *f, const struct sa_spec *s)
{
	struct sa *sa;
	uint16_t diag;
	int err = sadb_add(f->d, s, t0, &diag, &sa);

	assert_string_equal(pfkey_diag_text(diag), pfkey_diag_text(0));
	assert_int_equal(err, 0);
	assert_non_null(sa);
	return sa;
}

#endif /* CORE_SADB_FIX_TEST_H */
