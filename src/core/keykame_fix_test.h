/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * keykame_fix - a PF_KEY server with two listeners of Linux' dialect and one of
 * the other. Tests only.
 */
#ifndef CORE_KEYKAME_FIX_TEST_H
#define CORE_KEYKAME_FIX_TEST_H

#include <errno.h>

#include "core/pfkeyd.h"
#include "core/sadb_fix_test.h"
#include "wire/kame.h"

#define BIT(e)	(UINT64_C(1) << PFKEY_EXT_##e)
#define KBIT(e) (UINT64_C(1) << KAME_EXT_##e)
#define SD	(BIT(ADDRESS_SRC) | BIT(ADDRESS_DST))

static struct fix f;
static struct rng rng;
static struct pfkeyd *srv;
static struct kspd *kspd;
static int steers; /* 0 or errno */
static struct listener {
	struct pfkeyd_session *s;
	unsigned n;
	struct kame_msg last;
	struct pfkey_msg native;
	uint8_t bytes[PFKEY_MAX];
} a, b, native;

static inline bool
hear(void *ctx, void *conn, const uint8_t *msg, size_t n)
{
	struct listener *l = conn;
	uint16_t diag;

	(void)ctx;
	memcpy(l->bytes, msg, n);
	l->n++;
	if (l == &native)
		assert_int_equal(
		    pfkey_parse(&l->native, &diag, l->bytes, n), 0);
	else
		assert_int_equal(kame_parse(&l->last, l->bytes, n), 0);
	return true;
}

static inline void
wake(void *ctx, uint32_t seq, bool failed)
{
	(void)ctx;
	(void)seq;
	(void)failed;
}

static inline int
steer(void *ctx)
{
	(void)ctx;
	return steers;
}

static inline int
setup(void **state)
{
	const struct pfkeyd_env env = {
		.send = hear, .wake = wake, .steer = steer
	};

	(void)state;
	fix_new(&f, &rng);
	srv = pfkeyd_new(f.d, NULL, f.crypto, &env);
	kspd = kspd_new();
	assert_non_null(srv);
	assert_non_null(kspd);
	pfkeyd_use_kspd(srv, kspd);
	a = b = native = (struct listener){ 0 };
	a.s = pfkeyd_open_linux(srv, &a, true);
	b.s = pfkeyd_open_linux(srv, &b, true);
	native.s = pfkeyd_open(srv, &native, true);
	steers = 0;
	return 0;
}

static inline int
teardown(void **state)
{
	(void)state;
	pfkeyd_free(srv);
	kspd_free(kspd);
	fix_free(&f);
	return 0;
}

static inline void
ask(const struct kame_msg *k)
{
	uint8_t buf[2048];
	struct wr w = wr_into(buf, sizeof(buf));

	a.n = b.n = native.n = 0;
	assert_true(kame_write(&w, k));
	pfkeyd_input(a.s, buf, w.len, t0);
}

static inline void
expect(const struct kame_msg *k, int errnum)
{
	ask(k);
	assert_int_equal(a.n, 1);
	assert_int_equal(a.last.m.type, k->m.type);
	assert_int_equal(a.last.m.errnum, errnum);
	assert_int_equal(a.last.m.seq, k->m.seq);
	if (errnum != 0)
		assert_int_equal(b.n + native.n, 0);
}

static inline struct kame_msg
about_sa(uint8_t type, const char *src, const char *dst)
{
	static const uint8_t key[64] = { 1, 2, 3 };
	struct kame_msg k = { .m = { .type = type,
				  .satype = SATYPE_ESP,
				  .seq = 7,
				  .pid = 9,
				  .has = BIT(SA) | SD,
				  .spi = 0x1234,
				  .auth = AALG_SHA512HMAC,
				  .encr = EALG_AES,
				  .akey = { .bits = 512, .b = key },
				  .ekey = { .bits = 256, .b = key } },
		.has = KBIT(SA2),
		.mode = KAME_MODE_TUNNEL,
		.reqid = 77 };

	k.m.src.a = addr(src);
	k.m.dst.a = addr(dst);
	k.m.src.proto = k.m.dst.proto = KAME_PROTO_ANY;
	if (type == PFKEY_ADD || type == PFKEY_UPDATE)
		k.m.has |= BIT(KEY_AUTH) | BIT(KEY_ENCRYPT);
	return k;
}

static inline struct kame_msg
about_policy(uint8_t type, uint8_t dir)
{
	struct kame_msg k = { .m = { .type = type, .seq = 8, .has = SD },
		.has = KBIT(POLICY),
		.pol = { .type = KAME_POLICY_IPSEC, .dir = dir, .n = 1 } };
	struct kame_req *q = &k.pol.req[0];

	k.m.src.a = addr("10.1.0.0");
	k.m.dst.a = addr("10.2.0.0");
	k.m.src.plen = k.m.dst.plen = 24;
	k.m.src.proto = k.m.dst.proto = KAME_PROTO_ANY;
	q->proto = IPPROTO_ESP_;
	q->mode = KAME_MODE_TUNNEL;
	q->level = KAME_LEVEL_REQUIRE;
	q->src = addr("10.0.0.1");
	q->dst = addr("10.0.0.2");
	return k;
}

#endif /* CORE_KEYKAME_FIX_TEST_H */
