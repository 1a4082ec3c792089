/* SPDX-License-Identifier: BSD-2-Clause */
/* The Linux dialect: SAs and policy through the server, byte for byte. */
#include <errno.h>

#include "base/test.h"

#include "core/pfkeyd.h"
#include "core/sadb_fix_test.h"
#include "wire/kame.h"

#define BIT(e)	UINT64_C(1) << PFKEY_EXT_##e
#define KBIT(e) UINT64_C(1) << KAME_EXT_##e
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

static bool
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

static void
wake(void *ctx, uint32_t seq, bool failed)
{
	(void)ctx;
	(void)seq;
	(void)failed;
}

static int
steer(void *ctx)
{
	(void)ctx;
	return steers;
}

static int
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

static int
teardown(void **state)
{
	(void)state;
	pfkeyd_free(srv);
	kspd_free(kspd);
	fix_free(&f);
	return 0;
}

static void
ask(const struct kame_msg *k)
{
	uint8_t buf[2048];
	struct wr w = wr_into(buf, sizeof(buf));

	a.n = b.n = native.n = 0;
	assert_true(kame_write(&w, k));
	pfkeyd_input(a.s, buf, w.len, t0);
}

static void
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

static struct kame_msg
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

static struct kame_msg
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

static void
adds_gets_and_deletes_an_sa(void **state)
{
	struct kame_msg k = about_sa(PFKEY_ADD, "10.0.0.1", "10.0.0.2");

	(void)state;
	expect(&k, 0);
	assert_int_equal(b.n, 1);
	assert_int_equal(native.n, 1);
	assert_int_equal(native.native.reqid, 77);
	assert_int_equal(a.last.m.has & (BIT(KEY_AUTH) | BIT(KEY_ENCRYPT)), 0);
	assert_int_equal(a.last.mode, KAME_MODE_TUNNEL);
	expect(&k, EEXIST);
	k = about_sa(PFKEY_GET, "10.0.0.1", "10.0.0.2");
	expect(&k, 0);
	assert_int_equal(a.last.reqid, 77);
	assert_int_equal(a.last.m.akey.bits, 512);
	k = about_sa(PFKEY_DELETE, "10.0.0.1", "10.0.0.2");
	expect(&k, 0);
	expect(&k, ESRCH);
	k.m = (struct pfkey_msg){ .type = PFKEY_DUMP, .seq = 1 };
	k.has = 0;
	expect(&k, ENOENT);
}

static void
refuses_what_it_does_not_do(void **state)
{
	struct kame_msg k = about_sa(PFKEY_ADD, "10.0.0.1", "10.0.0.2");

	(void)state;
	k.m.sa_flags = KAME_SAF_NOECN;
	expect(&k, EOPNOTSUPP);
	k.m.sa_flags = 0;
	k.mode = 4;
	expect(&k, EOPNOTSUPP);
	k = about_policy(KAME_X_SPDADD, KAME_DIR_OUT);
	k.pol.req[0].proto = 108;
	expect(&k, EOPNOTSUPP);
	k.pol.req[0].proto = IPPROTO_ESP_;
	k.pol.dir = 4;
	expect(&k, EINVAL);
	k = about_policy(KAME_X_MIGRATE, KAME_DIR_OUT);
	expect(&k, EOPNOTSUPP);
}

static void
keeps_policy(void **state)
{
	struct kame_msg k = about_policy(KAME_X_SPDADD, KAME_DIR_OUT);
	struct flow flow = { .local = addr("10.1.0.5"),
		.remote = addr("10.2.0.5") };
	struct spd_entry *e;
	uint32_t id;

	(void)state;
	expect(&k, 0);
	assert_int_equal(b.n, 1);
	assert_int_equal(native.n, 0);
	id = a.last.pol.id;
	expect(&k, EEXIST);
	e = kspd_lookup(kspd, KAME_DIR_OUT, &flow);
	assert_non_null(e);
	assert_true(e->rule.tunnel_mode);
	assert_null(kspd_lookup(kspd, KAME_DIR_IN, &flow));
	k.m.type = KAME_X_SPDGET;
	k.pol = (struct kame_policy){ .id = id };
	expect(&k, 0);
	assert_int_equal(a.last.pol.n, 1);
	assert_int_equal(a.last.m.src.plen, 24);
	k = about_policy(KAME_X_SPDDELETE, KAME_DIR_FWD);
	expect(&k, ENOENT);
	k.pol.dir = KAME_DIR_OUT;
	/* the kernel does not follow: all is as it was */
	steers = EIO;
	expect(&k, EIO);
	assert_int_equal(kspd_count(kspd), 1);
	k.m.type = KAME_X_SPDUPDATE;
	steers = EBUSY;
	expect(&k, EBUSY);
	k.m.type = KAME_X_SPDFLUSH;
	expect(&k, EBUSY);
	assert_int_equal(kspd_count(kspd), 1);
	k.m.type = KAME_X_SPDDELETE;
	steers = 0;
	expect(&k, 0);
	assert_int_equal(kspd_count(kspd), 0);
	k.m.type = KAME_X_SPDDUMP;
	expect(&k, ENOENT);
}

static void
numbers_unique_levels_and_flushes(void **state)
{
	struct kame_msg k = about_policy(KAME_X_SPDUPDATE, KAME_DIR_IN);

	(void)state;
	k.pol.req[0].level = KAME_LEVEL_UNIQUE;
	expect(&k, 0);
	assert_int_not_equal(a.last.pol.req[0].reqid, 0);
	k.pol.priority = 5;
	expect(&k, 0); /* in the place of the other */
	assert_int_equal(kspd_count(kspd), 1);
	k = (struct kame_msg){ .m = { .type = KAME_X_SPDFLUSH, .seq = 3 } };
	expect(&k, 0);
	assert_int_equal(kspd_count(kspd), 0);
}

static void
refuses_the_unprivileged(void **state)
{
	struct kame_msg k = { .m = { .type = KAME_X_SPDFLUSH } };

	(void)state;
	pfkeyd_close(a.s);
	a.s = pfkeyd_open_linux(srv, &a, false);
	expect(&k, EPERM);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(adds_gets_and_deletes_an_sa),
		T(refuses_what_it_does_not_do),
		T(keeps_policy),
		T(numbers_unique_levels_and_flushes),
		T(refuses_the_unprivileged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
