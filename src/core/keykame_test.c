/* SPDX-License-Identifier: BSD-2-Clause */
/* The Linux dialect: SAs and policy through the server, byte for byte. */
#include "base/test.h"

#include "core/keykame_fix_test.h"

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

static void
tells_each_who_may_hear(void **state)
{
	struct kame_msg k = about_sa(PFKEY_ADD, "10.0.0.1", "10.0.0.2");

	(void)state;
	expect(&k, 0);
	assert_int_equal(b.n + native.n, 2);
	/* what is asked is answered to the asker alone */
	k = about_sa(PFKEY_GET, "10.0.0.1", "10.0.0.2");
	expect(&k, 0);
	assert_int_equal(b.n + native.n, 0);
	k = (struct kame_msg){ .m = { .type = PFKEY_DUMP, .seq = 4 } };
	ask(&k);
	assert_true(a.n >= 1);
	assert_int_equal(a.last.m.seq, 0);
	assert_int_equal(b.n + native.n, 0);
	k = (struct kame_msg){ .m = { .type = PFKEY_GETSPI,
				   .satype = SATYPE_ESP,
				   .seq = 5,
				   .has = SD } };
	k.m.src.a = addr("10.0.0.2");
	k.m.dst.a = addr("10.0.0.1");
	expect(&k, 0);
	assert_true(a.last.m.spi >= 0x100);
	assert_int_equal(b.n, 0);
	k = (struct kame_msg){
		.m = { .type = PFKEY_FLUSH, .satype = SATYPE_ESP, .seq = 6 }
	};
	expect(&k, 0);
	assert_int_equal(b.n + native.n, 2);
}

static void
gives_a_promiscuous_one_no_keys(void **state)
{
	struct kame_msg k = about_sa(PFKEY_ADD, "10.0.0.1", "10.0.0.2");
	uint8_t buf[64];
	struct wr w = wr_into(buf, sizeof(buf));

	(void)state;
	expect(&k, 0);
	k = (struct kame_msg){ .m = { .type = PFKEY_X_PROMISC, .satype = 1 } };
	assert_true(kame_write(&w, &k));
	pfkeyd_input(b.s, buf, w.len, t0);
	k = about_sa(PFKEY_GET, "10.0.0.1", "10.0.0.2");
	expect(&k, 0);
	assert_true(pfkey_has(&a.last.m, PFKEY_EXT_KEY_ENCRYPT));
	assert_int_equal(b.n, 1);
	assert_int_equal(b.last.m.has & (BIT(KEY_AUTH) | BIT(KEY_ENCRYPT)), 0);
}

static void
has_ah_and_ipv6(void **state)
{
	struct kame_msg k = about_sa(PFKEY_ADD, "2001:db8::1", "2001:db8::2");

	(void)state;
	k.m.satype = SATYPE_AH;
	k.m.encr = EALG_NONE; /* its key is read over */
	k.mode = KAME_MODE_TRANSPORT;
	expect(&k, 0);
	k = about_sa(PFKEY_GET, "2001:db8::1", "2001:db8::2");
	k.m.satype = SATYPE_AH;
	expect(&k, 0);
	assert_int_equal(a.last.mode, KAME_MODE_TRANSPORT);
	assert_int_equal(a.last.m.src.plen, 128);
	assert_false(pfkey_has(&a.last.m, PFKEY_EXT_KEY_ENCRYPT));
}

static void
counts_salt_in_keys(void **state)
{
	struct kame_msg k = about_sa(PFKEY_ADD, "10.0.0.1", "10.0.0.2");

	(void)state;
	k.m.auth = KAME_AALG_NULL;
	k.m.encr = EALG_AES_GCM_16;
	k.m.ekey.bits = 256 + 32;
	expect(&k, 0);
	k = about_sa(PFKEY_GET, "10.0.0.1", "10.0.0.2");
	expect(&k, 0);
	assert_int_equal(a.last.m.encr, EALG_AES_GCM_16);
	assert_int_equal(a.last.m.ekey.bits, 256 + 32);
	assert_int_equal(a.last.m.ekey.reserved, 0);
}

static void
has_nat_t(void **state)
{
	struct kame_msg k = about_sa(PFKEY_ADD, "10.0.0.1", "10.0.0.2");

	(void)state;
	k.has |= KBIT(NATT_TYPE) | KBIT(NATT_SPORT) | KBIT(NATT_DPORT);
	k.natt = KAME_NATT_ESPINUDP;
	k.sport = 4500;
	k.dport = 61000;
	expect(&k, 0);
	k = about_sa(PFKEY_GET, "10.0.0.1", "10.0.0.2");
	expect(&k, 0);
	assert_int_equal(a.last.natt, KAME_NATT_ESPINUDP);
	assert_int_equal(a.last.sport, 4500);
	assert_int_equal(a.last.dport, 61000);
	/* the other way: the source's port is the peer's */
	k = about_sa(PFKEY_ADD, "10.0.0.2", "10.0.0.1");
	k.m.spi = 0x4321;
	k.has |= KBIT(NATT_TYPE) | KBIT(NATT_SPORT) | KBIT(NATT_DPORT);
	k.natt = KAME_NATT_ESPINUDP;
	k.sport = 61000;
	k.dport = 4500;
	expect(&k, 0);
	assert_int_equal(native.native.natt_rem.port, 61000);
	k.m.spi++;
	k.natt = 1; /* before RFC 3948 */
	expect(&k, EOPNOTSUPP);
	k = about_sa(PFKEY_ADD, "2001:db8::1", "2001:db8::2");
	k.has |= KBIT(NATT_TYPE);
	k.natt = KAME_NATT_ESPINUDP;
	expect(&k, EOPNOTSUPP);
	/* without a destination nobody is asked whose address it is */
	k.m.has &= ~BIT(ADDRESS_DST);
	k.m.dst.a.fam = 0;
	expect(&k, EINVAL);
}

static void
refuses_bad_lengths(void **state)
{
	struct kame_msg k = about_sa(PFKEY_GET, "10.0.0.1", "10.0.0.2");
	uint8_t buf[512];
	struct wr w = wr_into(buf, sizeof(buf));

	(void)state;
	assert_true(kame_write(&w, &k));
	pfkeyd_input(a.s, buf, w.len - 8, t0);
	assert_int_equal(a.last.m.errnum, EMSGSIZE);
	pfkeyd_input(a.s, buf, 15, t0);
	assert_int_equal(a.last.m.errnum, EMSGSIZE);
	buf[16] = 0; /* the first extension: of no length */
	pfkeyd_input(a.s, buf, w.len, t0);
	assert_int_equal(a.last.m.errnum, EINVAL);
	buf[0] = 1;
	pfkeyd_input(a.s, buf, w.len, t0);
	assert_int_equal(a.last.m.errnum, EINVAL);
	assert_int_equal(a.n, 4);
	assert_int_equal(b.n + native.n, 0);
}

static void
registers_and_tells_algorithms(void **state)
{
	struct kame_msg k = {
		.m = { .type = PFKEY_REGISTER, .satype = SATYPE_ESP, .seq = 2 }
	};
	const struct pfkey_algs *l = &a.last.m.sencr;
	bool gcm = false;

	(void)state;
	expect(&k, 0);
	for (unsigned i = 0; i < l->n; i++) {
		/* Linux has no number for ChaCha20-Poly1305 */
		assert_true(l->alg[i].id <= EALG_AES_GMAC);
		gcm |= l->alg[i].id == EALG_AES_GCM_16;
	}
	assert_true(gcm);
	expect(&k, EEXIST);
	k.m.satype = KAME_SATYPE_IPCOMP;
	expect(&k, 0);
	assert_int_equal(a.last.m.has, 0);
	k.m.satype++;
	expect(&k, EINVAL);
}

static bool
has_comb(const struct pfkey_msg *m, uint8_t encr, uint8_t auth)
{
	for (unsigned i = 0; i < m->n_combs; i++)
		if (m->comb[i].encr == encr && m->comb[i].auth == auth)
			return true;
	return false;
}

static void
acquires_with_policy_and_proposal(void **state)
{
	struct kame_msg k = about_policy(KAME_X_SPDADD, KAME_DIR_OUT);
	struct flow flow = { .local = addr("10.1.0.5"),
		.remote = addr("10.2.0.5") };
	struct rule *r;
	uint32_t id;

	(void)state;
	expect(&k, 0);
	id = a.last.pol.id;
	r = &kspd_by_id(kspd, id)->e.rule;
	/* nobody is registered */
	assert_false(
	    pfkeyd_acquire(srv, 5, r, &flow, &r->end_local, &r->end_remote));
	k = (struct kame_msg){
		.m = { .type = PFKEY_REGISTER, .satype = SATYPE_ESP, .seq = 2 }
	};
	expect(&k, 0);
	a.n = b.n = native.n = 0;
	assert_true(
	    pfkeyd_acquire(srv, 5, r, &flow, &r->end_local, &r->end_remote));
	assert_int_equal(a.n, 1);
	assert_int_equal(b.n + native.n, 0);
	assert_int_equal(a.last.m.type, PFKEY_ACQUIRE);
	assert_int_equal(a.last.m.seq, 5);
	assert_int_equal(a.last.m.satype, SATYPE_ESP);
	assert_true(kame_has(&a.last, KAME_EXT_POLICY));
	assert_int_equal(a.last.pol.id, id);
	assert_int_equal(a.last.pol.dir, KAME_DIR_OUT);
	assert_true(addr_equal(&a.last.m.dst.a, &r->end_remote));
	assert_true(has_comb(&a.last.m, EALG_AES, AALG_SHA256HMAC));
	assert_true(has_comb(&a.last.m, EALG_AES_GCM_16, AALG_NONE));
	assert_false(has_comb(&a.last.m, EALG_CHACHA20_POLY1305, AALG_NONE));
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
		T(tells_each_who_may_hear),
		T(gives_a_promiscuous_one_no_keys),
		T(has_ah_and_ipv6),
		T(counts_salt_in_keys),
		T(has_nat_t),
		T(refuses_bad_lengths),
		T(registers_and_tells_algorithms),
		T(acquires_with_policy_and_proposal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
