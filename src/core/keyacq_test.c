/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/keyacq.h"

#include "core/pfkeyd_fix_test.h"
#include "crypto/algset.h"
#include "wire/pfpolicy.h"

static struct key_conn *const asker = &conns[0], *const esp_km = &conns[1],
			      *const ah_km = &conns[2],
			      *const ext_km = &conns[3],
			      *const plain = &conns[4];

static struct action act = { .type = ACT_IPSEC,
	.flags = ACT_ESP | ACT_ESPA,
	.esp_alg = EALG_AES,
	.esp_min = 128,
	.esp_max = 128,
	.espa_alg = AALG_SHA256HMAC,
	.espa_min = 256,
	.espa_max = 256 };

static struct rule
rule(void)
{
	return (struct rule){
		.dir = RULE_OUT, .fam = FAM_V4, .n_actions = 1, .actions = &act
	};
}

static struct flow
flow(void)
{
	return (struct flow){ .local = addr("10.0.0.1"),
		.remote = addr("10.0.0.2"),
		.proto = 6,
		.has_ports = true,
		.lport = 1000,
		.rport = 80 };
}

static void
enrol(struct key_conn *c, uint8_t satype)
{
	struct pfkey_msg m = base(PFKEY_REGISTER, satype);

	if (satype == 0) {
		m.has = BIT(EREG);
		m.ereg[0] = SATYPE_AH;
		m.ereg[1] = SATYPE_ESP;
	}
	ask(c, &m);
	assert_int_equal(c->last.errnum, 0);
	hush();
}

static bool
acquire(const struct rule *r)
{
	struct flow fl = flow();

	hush();
	return pfkeyd_acquire(srv, 0x80000007, r, &fl, &fl.local, &fl.remote);
}

static void
registers(void **state)
{
	struct pfkey_msg m = base(PFKEY_REGISTER, SATYPE_AH);

	(void)state;
	ask(asker, &m);
	expect_answer(asker, PFKEY_REGISTER, 0, 0);
	assert_int_equal(asker->last.has, BIT(SUPPORTED_AUTH));
	assert_int_equal(asker->last.satype, SATYPE_AH);
	assert_int_equal(asker->last.seq, 3);
	assert_int_equal(asker->last.pid, 42);
	hush();
	m.satype = SATYPE_ESP;
	ask(asker, &m);
	assert_int_equal(
	    asker->last.has, BIT(SUPPORTED_AUTH) | BIT(SUPPORTED_ENCRYPT));
	for (size_t i = 1; i < CONNS; i++)
		assert_int_equal(conns[i].n, 0);
	/* extended: an answer for each type */
	m = base(PFKEY_REGISTER, 0);
	m.has = BIT(EREG);
	memcpy(m.ereg, (uint8_t[]){ 3, 2, 0, 7 }, 4);
	ask(ext_km, &m);
	assert_int_equal(ext_km->n, 2);
	assert_int_equal(ext_km->last.satype, SATYPE_ESP);
}

static void
refuses_to_register(void **state)
{
	struct pfkey_msg m = base(PFKEY_REGISTER, 0);

	(void)state;
	expect_refusal(&m, EINVAL, PFKEY_DIAG_SATYPE_NEEDED);
	m.satype = 5;
	expect_refusal(&m, EINVAL, PFKEY_DIAG_UNKNOWN_SATYPE);
	m.satype = 0;
	m.has = BIT(EREG);
	expect_refusal(&m, EINVAL, PFKEY_DIAG_SATYPE_NEEDED);
	m.ereg[0] = 9;
	expect_refusal(&m, EINVAL, PFKEY_DIAG_UNKNOWN_SATYPE);
	m.ereg[0] = SATYPE_ESP;
	m.satype = SATYPE_ESP;
	expect_refusal(&m, EINVAL, PFKEY_DIAG_NO_EXT);
	/* not both kinds on one socket, whichever was first */
	m.satype = 0;
	enrol(esp_km, SATYPE_ESP);
	ask(esp_km, &m);
	expect_answer(esp_km, PFKEY_REGISTER, EBUSY, 0);
	enrol(ext_km, 0);
	m = base(PFKEY_REGISTER, SATYPE_AH);
	ask(ext_km, &m);
	expect_answer(ext_km, PFKEY_REGISTER, EBUSY, 0);
}

/* R169, R170 */
static void
asks_those_who_registered(void **state)
{
	struct rule r = rule();

	(void)state;
	assert_false(acquire(&r)); /* nobody */
	enrol(ah_km, SATYPE_AH);
	assert_false(acquire(&r)); /* nobody who could help */
	assert_int_equal(ah_km->n, 0);
	enrol(esp_km, SATYPE_ESP);
	enrol(ext_km, 0);
	assert_true(acquire(&r));
	assert_int_equal(asker->n + ah_km->n + plain->n, 0);
	expect_answer(esp_km, PFKEY_ACQUIRE, 0, 0);
	assert_int_equal(esp_km->last.satype, SATYPE_ESP);
	assert_int_equal(esp_km->last.seq, 0x80000007);
	assert_int_equal(esp_km->last.pid, 0);
	assert_int_equal(esp_km->last.has,
	    BIT(ADDRESS_SRC) | BIT(ADDRESS_DST) | BIT(PROPOSAL));
	assert_int_equal(esp_km->last.n_combs, 1);
	/* shared policy: an SA for all ports */
	assert_int_equal(esp_km->last.src.port, 0);
	assert_int_equal(esp_km->last.src.proto, 0);
	expect_answer(ext_km, PFKEY_ACQUIRE, 0, 0);
	assert_int_equal(ext_km->last.satype, 0);
	assert_int_equal(
	    ext_km->last.has, BIT(ADDRESS_SRC) | BIT(ADDRESS_DST) | BIT(EPROP));
	/* AH as well: one regular message each */
	act.flags |= ACT_AH;
	act.ah_alg = AALG_SHA1HMAC;
	assert_true(acquire(&r));
	act.flags &= (uint8_t)~ACT_AH;
	expect_answer(ah_km, PFKEY_ACQUIRE, 0, 0);
	expect_answer(esp_km, PFKEY_ACQUIRE, 0, 0);
	expect_answer(ext_km, PFKEY_ACQUIRE, 0, 0);
	assert_int_equal(ext_km->last.ecomb[0].n, 3);
	/* nobody takes it: nobody listens */
	esp_km->full = ext_km->full = true;
	assert_false(acquire(&r));
	/* registration ends with the socket */
	pfkeyd_close(ext_km->s);
	ext_km->s = NULL;
	esp_km->full = ext_km->full = false;
	assert_true(acquire(&r));
	assert_int_equal(ext_km->n, 0);
}

/* The table of the file, without SHA-256, and with AES-CBC as number 250. */
static void
load_algs(void)
{
	static const uint16_t aes[] = { 128, 128, 256 }, b16[] = { 16 };
	static const uint16_t k160[] = { 160 }, b12[] = { 12 };
	static const struct algmech_entry e[] = {
		{ ALG_ENCR, 250, "CKM_AES_CBC", 64, 3, 1, 0, aes, b16, NULL,
		    ALG_VALID },
		{ ALG_ENCR, EALG_AES, "CKM_AES_CBC", 64, 3, 1, 0, aes, b16,
		    NULL, ALG_VALID },
		{ ALG_AUTH, AALG_SHA1HMAC, "CKM_SHA_1_HMAC_GENERAL", 0, 1, 1, 0,
		    k160, b12, NULL, ALG_VALID },
	};

	assert_true(algset_load(f.crypto, e, 3));
	hush();
	pfkeyd_algs_changed(srv);
}

/* algs 8; pfkey 2: to every socket that is registered for the type */
static void
tells_of_new_tables(void **state)
{
	struct rule r = rule();
	struct action two[] = { act, act };

	(void)state;
	enrol(ah_km, SATYPE_AH);
	enrol(esp_km, SATYPE_ESP);
	enrol(ext_km, 0);
	load_algs();
	assert_int_equal(asker->n + plain->n, 0);
	expect_answer(esp_km, PFKEY_REGISTER, 0, 0);
	assert_int_equal(esp_km->last.seq + esp_km->last.pid, 0);
	assert_int_equal(esp_km->last.sencr.n, 2);
	assert_int_equal(esp_km->last.sencr.alg[0].id, 250);
	assert_int_equal(esp_km->last.sauth.n, 1);
	expect_answer(ah_km, PFKEY_REGISTER, 0, 0);
	assert_int_equal(ah_km->last.satype, SATYPE_AH);
	assert_int_equal(ext_km->n, 2);

	/* policy that wants what is gone: nobody is asked for it */
	assert_false(acquire(&r));
	assert_int_equal(esp_km->n + ext_km->n, 0);
	/* another alternative is left */
	two[1].esp_alg = 250;
	two[1].espa_alg = AALG_SHA1HMAC;
	r.actions = two;
	r.n_actions = 2;
	assert_true(acquire(&r));
	assert_int_equal(esp_km->last.n_combs, 1);
	assert_int_equal(esp_km->last.comb[0].encr, 250);
	assert_int_equal(ext_km->last.n_ecombs, 1);
}

static void
says_ports_of_unique_policy(void **state)
{
	struct rule r = rule();

	(void)state;
	/* of the packet, also where the rule has a range */
	r.sel.has |= SEL_LPORT;
	r.sel.lport_min = 1;
	r.sel.lport_max = 2000;
	enrol(ext_km, 0);
	act.flags |= ACT_UNIQUE;
	assert_true(acquire(&r));
	act.flags &= (uint8_t)~ACT_UNIQUE;
	assert_int_equal(ext_km->last.src.proto, 6);
	assert_int_equal(ext_km->last.dst.proto, 6);
	assert_int_equal(ext_km->last.src.port, 1000);
	assert_int_equal(ext_km->last.dst.port, 80);
}

static void
says_inner_selectors_of_tunnels(void **state)
{
	struct rule r = rule();
	struct flow fl = flow();
	struct addr none = { 0 }, peer = addr("192.0.2.2");

	(void)state;
	enrol(ext_km, 0);
	r.tunnel_mode = true;
	r.sel.has = SEL_RADDR | SEL_PROTO | SEL_RPORT | SEL_LPORT;
	r.sel.raddr = prefix("10.0.0.0", 8);
	r.sel.proto = 6;
	r.sel.rport_min = r.sel.rport_max = 80;
	r.sel.lport_min = 1;
	r.sel.lport_max = 2;
	assert_true(pfkeyd_acquire(srv, 0x80000008, &r, &fl, &none, &peer));
	const struct pfkey_msg *m = &ext_km->last;
	assert_true(pfkey_has(m, PFKEY_EXT_INNER_SRC));
	assert_true(pfkey_has(m, PFKEY_EXT_INNER_DST));
	/* no local selector: the whole family */
	assert_int_equal(m->isrc.a.fam, FAM_V4);
	assert_true(addr_is_unspec(&m->isrc.a));
	assert_int_equal(m->isrc.plen, 0);
	assert_int_equal(m->isrc.proto, 6);
	assert_int_equal(m->isrc.port, 0); /* a range: any */
	assert_true(addr_equal(&m->idst.a, &r.sel.raddr.a));
	assert_int_equal(m->idst.plen, 8);
	assert_int_equal(m->idst.port, 80);
	assert_true(addr_equal(&m->dst.a, &peer));
	assert_true(addr_is_unspec(&m->src.a));
}

static void
hears_that_key_management_gave_up(void **state)
{
	struct pfkey_msg m = base(PFKEY_ACQUIRE, SATYPE_ESP);

	(void)state;
	m.seq = 0x80000007;
	m.errnum = ECONNREFUSED;
	ask(asker, &m);
	assert_int_equal(asker->n, 0); /* no answer */
	assert_int_equal(woken.n, 1);
	assert_int_equal(woken.seq, 0x80000007);
	assert_true(woken.failed);
	/* the extended kind: of those who asked for it */
	m.satype = 0;
	expect_refusal(&m, EBUSY, 0);
	enrol(ext_km, 0);
	ask(ext_km, &m);
	assert_int_equal(ext_km->n, 0);
	assert_int_equal(woken.n, 1);
	/* 0 stands for all of them elsewhere */
	m.satype = SATYPE_ESP;
	m.seq = 0;
	expect_refusal(&m, ESRCH, 0);
}

static void
passes_on_what_users_ask(void **state)
{
	struct pfkey_msg m = base(PFKEY_ACQUIRE, SATYPE_ESP);

	(void)state;
	m.has = BIT(ADDRESS_SRC) | BIT(ADDRESS_DST);
	m.src = paddr("10.0.0.1");
	m.dst = paddr("10.0.0.2");
	expect_refusal(&m, ESRCH, 0);
	enrol(esp_km, SATYPE_ESP);
	enrol(ah_km, SATYPE_AH);
	ask(asker, &m);
	expect_answer(esp_km, PFKEY_ACQUIRE, 0, 0);
	assert_int_equal(esp_km->last.seq, 3);
	assert_int_equal(esp_km->last.has, m.has);
	assert_int_equal(asker->n + ah_km->n, 0);
	m.satype = 0;
	expect_refusal(&m, EINVAL, PFKEY_DIAG_SATYPE_NEEDED);
}

/* --- inverse ACQUIRE: spec: pfkey 13 --- */

static void
add_rule(const struct rule *r)
{
	uint64_t index;
	uint16_t diag;

	assert_int_equal(spd_add(spd, SPD_ACTIVE, r, &diag, &index), 0);
}

static struct pfkey_msg
inverse(void)
{
	struct pfkey_msg m = base(PFKEY_X_INVERSE_ACQUIRE, 0);

	m.has = BIT(ADDRESS_SRC) | BIT(ADDRESS_DST);
	m.src = paddr("10.0.0.1");
	m.dst = paddr("10.0.0.2");
	return m;
}

static void
finds_the_policy_of_a_peer(void **state)
{
	struct pfkey_msg m = inverse();
	struct action pass = { .type = ACT_PASS };
	struct rule r = rule();

	(void)state;
	expect_refusal(&m, ENOENT, 0);
	r.sel.has = SEL_RADDR;
	r.sel.raddr = prefix("10.0.0.0", 24);
	r.priority = 5;
	add_rule(&r);
	hush();
	ask(asker, &m);
	expect_answer(asker, PFKEY_X_INVERSE_ACQUIRE, 0, 0);
	assert_int_equal(
	    asker->last.has, BIT(ADDRESS_SRC) | BIT(ADDRESS_DST) | BIT(EPROP));
	assert_int_equal(asker->last.seq, 3);
	assert_int_equal(asker->last.n_ecombs, 1);
	assert_int_equal(asker->last.ecomb[0].desc[1].alg, EALG_AES);
	for (size_t i = 1; i < CONNS; i++)
		assert_int_equal(conns[i].n, 0);
	/* of a rule that lets it pass there is nothing to negotiate */
	r.priority = 9;
	r.actions = &pass;
	r.sel.has |= SEL_PROTO;
	r.sel.proto = 17;
	add_rule(&r);
	m.src.proto = m.dst.proto = 17;
	expect_refusal(&m, ENOENT, 0);
	m.dst = paddr("10.0.1.2");
	m.src.proto = 0;
	expect_refusal(&m, ENOENT, 0);
}

static void
finds_the_policy_of_a_tunnel(void **state)
{
	struct pfkey_msg m = inverse();
	struct rule r = rule();

	(void)state;
	m.has |= BIT(INNER_SRC) | BIT(INNER_DST);
	m.isrc = paddr("10.1.0.1");
	m.idst = paddr("10.2.0.1");
	expect_refusal(&m, EPROTOTYPE, 0);
	r.tunnel_mode = true;
	memcpy(r.tun, "ip.tun0", 8);
	r.sel.has = SEL_RADDR;
	r.sel.raddr = prefix("10.2.0.0", 16);
	r.priority = 5;
	add_rule(&r);
	hush();
	ask(asker, &m);
	expect_answer(asker, PFKEY_X_INVERSE_ACQUIRE, 0, 0);
	assert_true(pfkey_has(&asker->last, PFKEY_EXT_INNER_DST));
	assert_int_equal(asker->last.idst.plen, 16);
	m.idst = paddr("10.3.0.1");
	expect_refusal(&m, ENOENT, 0);
}

static void
refuses_bad_inverse_acquires(void **state)
{
	struct pfkey_msg m = inverse();

	(void)state;
	m.has |= BIT(INNER_SRC);
	m.isrc = paddr("10.1.0.1");
	expect_refusal(&m, EINVAL, PFKEY_DIAG_MISSING_INNER_DST);
	m = inverse();
	m.has |= BIT(INNER_DST);
	m.idst = paddr("10.1.0.1");
	expect_refusal(&m, EINVAL, PFKEY_DIAG_MISSING_INNER_SRC);
	m = inverse();
	m.has &= ~BIT(ADDRESS_DST);
	expect_refusal(&m, EINVAL, PFKEY_DIAG_MISSING_DST);
	m = inverse();
	m.src = paddr("0.0.0.0");
	expect_refusal(&m, EINVAL, PFKEY_DIAG_BAD_SRC);
	m = inverse();
	m.dst = paddr("0.0.0.0");
	expect_refusal(&m, EINVAL, PFKEY_DIAG_BAD_DST);
}

#define T(name) \
	cmocka_unit_test_setup_teardown(name, server_setup, server_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(registers),
		T(tells_of_new_tables),
		T(refuses_to_register),
		T(asks_those_who_registered),
		T(says_ports_of_unique_policy),
		T(says_inner_selectors_of_tunnels),
		T(hears_that_key_management_gave_up),
		T(passes_on_what_users_ask),
		T(finds_the_policy_of_a_peer),
		T(finds_the_policy_of_a_tunnel),
		T(refuses_bad_inverse_acquires),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
