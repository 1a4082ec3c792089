/* SPDX-License-Identifier: BSD-2-Clause */
/* Each message: what it does, what it answers, and each mistake in it. */
#include "core/keyops.h"

#include "core/pfkeyd_fix_test.h"
#include "core/said_test.h"

#define ME   "10.0.0.1"
#define PEER "10.0.0.2"

static struct key_conn *const asker = &conns[0], *const other = &conns[1];

static struct sa *
find(uint32_t spi, const char *dst)
{
	struct sa_spec s = { .satype = SATYPE_ESP, .spi = spi };

	s.dst = addr(dst);
	return sadb_find(f.d, &s);
}

/* The base, SA and addresses of a message about s. */
static struct pfkey_msg
named(uint8_t type, const struct sa_spec *s)
{
	struct pfkey_msg m = about(type, s, false);

	m.has = BIT(SA) | BIT(ADDRESS_SRC) | BIT(ADDRESS_DST);
	return m;
}

/* --- ADD: spec: sa 15 --- */

static void
adds(void **state)
{
	struct sa_spec s = esp(0x1000, PEER, ME);
	struct pfkey_msg m;

	(void)state;
	s.hard.addtime = 100;
	s.window = 1024;
	m = about(PFKEY_ADD, &s, true);
	m.seq = 0x80000005;
	ask(asker, &m);
	expect_answer(other, PFKEY_ADD, 0, 0);
	const struct sa *sa = find(0x1000, ME);
	assert_non_null(sa);
	assert_int_equal(sa->rest->window, 1024);
	assert_int_equal(sa_lives(sa)->hard.addtime, 100);
	assert_int_equal(sa_extra(sa)->acquire_seq, 0x80000005);
	assert_memory_equal(&said(sa)->ekey, &s.ekey, sizeof(s.ekey));
	/* packets that wait for that ACQUIRE may go on */
	assert_int_equal(woken.n, 1);
	assert_int_equal(woken.seq, 0x80000005);
	assert_false(woken.failed);
	/* a user's own number says nothing about ACQUIREs: any may be ready */
	s.spi++;
	m = about(PFKEY_ADD, &s, true);
	ask(asker, &m);
	assert_int_equal(woken.seq, 0);
}

static void
says_the_pair(void **state)
{
	struct sa_spec in = esp(1, PEER, ME), out = esp(2, ME, PEER);
	struct pfkey_msg m;

	(void)state;
	must_add(&f, &in);
	out.pair_spi = 1;
	m = about(PFKEY_ADD, &out, true);
	ask(asker, &m);
	expect_answer(other, PFKEY_ADD, 0, 0);
	assert_true(pfkey_has(&other->last, PFKEY_EXT_PAIR));
	assert_int_equal(other->last.pair_spi, 1);
}

/* A good ADD with one thing changed. */
#define BAD_ADD(change, errnum, name)                            \
	do {                                                     \
		struct sa_spec s = esp(0x1000, PEER, ME);        \
		struct pfkey_msg m = about(PFKEY_ADD, &s, true); \
		change;                                          \
		expect_refusal(&m, errnum, PFKEY_DIAG_##name);   \
		assert_int_equal(sadb_count(f.d, 0), 0);         \
	} while (0)

static void
refuses_adds_for_their_form(void **state)
{
	static const uint8_t zero[16];

	(void)state;
	(void)zero;
	BAD_ADD(m.has &= ~BIT(SA), EINVAL, MISSING_SA);
	BAD_ADD(m.has &= ~BIT(ADDRESS_SRC), EINVAL, MISSING_SRC);
	BAD_ADD(m.has &= ~BIT(ADDRESS_DST), EINVAL, MISSING_DST);
	BAD_ADD(m.has &= ~BIT(KEY_AUTH), EINVAL, MISSING_AKEY);
	BAD_ADD(m.has &= ~BIT(KEY_ENCRYPT), EINVAL, MISSING_EKEY);
	BAD_ADD(m.satype = 0, EINVAL, SATYPE_NEEDED);
	BAD_ADD(m.satype = 4, EINVAL, UNKNOWN_SATYPE);
	BAD_ADD(m.has |= BIT(LIFETIME_CURRENT), EOPNOTSUPP, MISSING_LIFETIME);
	BAD_ADD(m.has |= BIT(PROPOSAL), EINVAL, PROP_PRESENT);
	BAD_ADD(m.has |= BIT(EPROP), EINVAL, PROP_PRESENT);
	BAD_ADD(m.has |= BIT(SUPPORTED_AUTH), EINVAL, SUPP_PRESENT);
	BAD_ADD(m.has |= BIT(SPIRANGE), EINVAL, NO_EXT);
	BAD_ADD((m.has |= BIT(SENSITIVITY),
		    m.sens = (struct pfkey_blob){ zero, 16 }),
	    EINVAL, BAD_LABEL);
	BAD_ADD(
	    (m.akey.bits = SECRET_MAX * 8 + 8, m.akey.b = (const uint8_t *)&m),
	    EINVAL, BAD_AKEYBITS);
	BAD_ADD(
	    (m.ekey.bits = SECRET_MAX * 8 + 8, m.ekey.b = (const uint8_t *)&m),
	    EINVAL, BAD_EKEYBITS);
}

static void
refuses_adds_for_their_addresses(void **state)
{
	const uint64_t inner = BIT(INNER_SRC) | BIT(INNER_DST);

	(void)state;
	BAD_ADD(m.dst = paddr("0.0.0.0"), EINVAL, BAD_DST);
	BAD_ADD(m.src = paddr("224.0.0.1"), EINVAL, BAD_SRC);
	BAD_ADD(m.src = paddr("2001:db8::2"), EINVAL, AF_MISMATCH);
	BAD_ADD(m.src.proto = 6, EINVAL, PROTO_MISMATCH);
	BAD_ADD((m.has |= BIT(INNER_SRC), m.isrc = paddr("10.0.0.0")), EINVAL,
	    MISSING_INNER_DST);
	BAD_ADD((m.has |= BIT(INNER_DST), m.idst = paddr("10.0.0.0")), EINVAL,
	    MISSING_INNER_SRC);
	BAD_ADD(
	    (m.has |= inner, m.isrc = paddr("10.0.0.0"), m.idst = paddr("::1")),
	    EINVAL, INNER_AF_MISMATCH);
	BAD_ADD((m.has |= inner, m.isrc = paddr("10.0.0.0"),
		    m.idst = paddr("10.0.0.1"), m.idst.proto = 6),
	    EINVAL, INNER_PROTO_MISMATCH);
	BAD_ADD(
	    (m.has |= inner, m.isrc = paddr("10.0.0.0"),
		m.idst = paddr("10.0.0.1"), m.idst.port = 6, m.src.port = 7),
	    EINVAL, DUAL_PORT_SETS);
	BAD_ADD(m.sa_flags = SAF_NATT_LOC, EINVAL, MISSING_NATT_LOC);
	BAD_ADD(m.sa_flags = SAF_NATT_REM, EINVAL, MISSING_NATT_REM);
	BAD_ADD((m.has |= BIT(NATT_LOC), m.natt_loc = paddr("::1")), EINVAL,
	    MALFORMED_NATT_LOC);
	BAD_ADD((m.has |= BIT(NATT_REM), m.natt_rem = paddr("::1")), EINVAL,
	    MALFORMED_NATT_REM);
}

static void
refuses_adds_for_their_values(void **state)
{
	static const uint8_t weak[8] = { 1, 1, 1, 1, 1, 1, 1, 1 };

	(void)state;
	BAD_ADD(m.spi = 0, EINVAL, MALFORMED_SA);
	BAD_ADD(m.state = SA_LARVAL, EINVAL, BAD_SASTATE);
	BAD_ADD(m.sa_flags = SAF_USED, EINVAL, BAD_SAFLAGS);
	BAD_ADD(m.auth = 99, EINVAL, BAD_AALG);
	BAD_ADD(m.encr = 99, EINVAL, BAD_EALG);
	BAD_ADD(m.encr = 0, EINVAL, BAD_EALG);
	BAD_ADD(m.akey.bits = 128, EINVAL, BAD_AKEYBITS);
	BAD_ADD(m.ekey.bits = 64, EINVAL, BAD_EKEYBITS);
	BAD_ADD((m.encr = EALG_DESCBC, m.ekey.bits = 64, m.ekey.b = weak),
	    EINVAL, WEAK_EKEY);
	BAD_ADD((m.satype = SATYPE_AH), EINVAL, ENCR_NOTSUPP);
	BAD_ADD((m.satype = SATYPE_AH, m.encr = 0), EINVAL, EKEY_PRESENT);
	BAD_ADD((m.has |= BIT(LIFETIME_HARD) | BIT(LIFETIME_SOFT),
		    m.hard.bytes = 1, m.soft.bytes = 2),
	    EINVAL, BYTES_HSERR);
	BAD_ADD((m.has |= BIT(REPLAY_VALUE), m.replay32 = 0xffffffff), EINVAL,
	    INVALID_REPLAY);
	BAD_ADD((m.has |= BIT(PAIR), m.pair_spi = 0x77), EINVAL,
	    PAIR_INAPPROPRIATE);
	BAD_ADD(m.sa_flags = SAF_PAIRED, EINVAL, PAIR_INAPPROPRIATE);
}

static void
refuses_a_second_add(void **state)
{
	struct sa_spec s = esp(0x1000, PEER, ME);
	struct pfkey_msg m = about(PFKEY_ADD, &s, true);

	(void)state;
	must_add(&f, &s);
	expect_refusal(&m, EEXIST, 0);
}

/* --- GETSPI, UPDATE: spec: sa 16, 17 --- */

static struct pfkey_msg
getspi(void)
{
	struct pfkey_msg m = base(PFKEY_GETSPI, SATYPE_ESP);

	m.has = BIT(SPIRANGE) | BIT(ADDRESS_SRC) | BIT(ADDRESS_DST);
	m.src = paddr(PEER);
	m.dst = paddr(ME);
	m.spi_min = 0x100;
	m.spi_max = 0x1ff;
	m.seq = 0x80000009;
	return m;
}

static void
reserves_and_completes(void **state)
{
	struct pfkey_msg m = getspi();

	(void)state;
	ask(asker, &m);
	expect_answer(other, PFKEY_GETSPI, 0, 0);
	assert_int_equal(
	    other->last.has, BIT(SA) | BIT(ADDRESS_SRC) | BIT(ADDRESS_DST));
	assert_in_range(other->last.spi, 0x100, 0x1ff);
	assert_int_equal(other->last.seq, 0x80000009);
	struct sa_spec s = esp(other->last.spi, PEER, ME);
	assert_int_equal(find(s.spi, ME)->state, SA_LARVAL);
	assert_int_equal(woken.n, 0);
	m = about(PFKEY_UPDATE, &s, true);
	hush();
	ask(asker, &m);
	expect_answer(other, PFKEY_UPDATE, 0, 0);
	assert_int_equal(find(s.spi, ME)->state, SA_MATURE);
	/* the ACQUIRE for which the SPI was reserved */
	assert_int_equal(woken.n, 1);
	assert_int_equal(woken.seq, 0x80000009);
	expect_refusal(&m, EINVAL, PFKEY_DIAG_AKEY_PRESENT);
	m.has &= ~BIT(KEY_AUTH);
	expect_refusal(&m, EINVAL, PFKEY_DIAG_EKEY_PRESENT);
}

#define BAD_GETSPI(change, errnum, name)                       \
	do {                                                   \
		struct pfkey_msg m = getspi();                 \
		change;                                        \
		expect_refusal(&m, errnum, PFKEY_DIAG_##name); \
	} while (0)

static void
refuses_to_reserve(void **state)
{
	(void)state;
	BAD_GETSPI(m.has &= ~BIT(SPIRANGE), EINVAL, MISSING_RANGE);
	BAD_GETSPI(m.has &= ~BIT(ADDRESS_SRC), EINVAL, MISSING_SRC);
	BAD_GETSPI(m.has &= ~BIT(ADDRESS_DST), EINVAL, MISSING_DST);
	BAD_GETSPI(m.dst = paddr("0.0.0.0"), EINVAL, BAD_DST);
	BAD_GETSPI(m.dst = paddr("::1"), EINVAL, AF_MISMATCH);
	BAD_GETSPI(m.satype = 0, EINVAL, SATYPE_NEEDED);
	BAD_GETSPI((m.spi_min = 1, m.spi_max = 255), EINVAL, MALFORMED_RANGE);
	struct pfkey_msg m = getspi();
	m.spi_max = m.spi_min;
	ask(asker, &m);
	expect_refusal(&m, EEXIST, 0);
}

static void
updates(void **state)
{
	struct sa_spec s = esp(0x1000, ME, PEER);
	struct pfkey_msg m = named(PFKEY_UPDATE, &s);

	(void)state;
	must_add(&f, &s);
	m.has |= BIT(LIFETIME_SOFT);
	m.soft.bytes = 500;
	ask(asker, &m);
	expect_answer(other, PFKEY_UPDATE, 0, 0);
	assert_int_equal(sa_lives(find(0x1000, PEER))->soft.bytes, 500);
	m.has |= BIT(LIFETIME_CURRENT);
	expect_refusal(&m, EOPNOTSUPP, PFKEY_DIAG_MISSING_LIFETIME);
	m.has &= ~BIT(LIFETIME_CURRENT);
	m.state = SA_DEAD;
	expect_refusal(&m, EINVAL, PFKEY_DIAG_BAD_SASTATE);
	m.state = SA_MATURE;
	m.has |= BIT(REPLAY_VALUE);
	m.replay32 = 1;
	expect_refusal(&m, EINVAL, PFKEY_DIAG_BAD_SASTATE);
	m.has &= ~BIT(REPLAY_VALUE);
	m.sa_flags = SAF_TUNNEL;
	expect_refusal(&m, EINVAL, PFKEY_DIAG_BAD_SAFLAGS);
	m.sa_flags = SAF_INBOUND;
	expect_refusal(&m, EINVAL, PFKEY_DIAG_BAD_SA_DIRECTION);
	m.sa_flags = 0;
	m.spi++;
	expect_refusal(&m, ESRCH, PFKEY_DIAG_SA_NOTFOUND);
	m.has &= ~BIT(ADDRESS_SRC);
	expect_refusal(&m, EINVAL, PFKEY_DIAG_MISSING_SRC);
}

/* An inbound SA and its outbound pair, and the name of the inbound one. */
static struct sa_spec
add_pair(uint32_t in, uint32_t out)
{
	struct sa_spec a = esp(in, PEER, ME), b = esp(out, ME, PEER);

	must_add(&f, &a);
	b.pair_spi = in;
	must_add(&f, &b);
	return a;
}

static void
updates_pairs(void **state)
{
	struct sa_spec s = add_pair(1, 2);
	struct pfkey_msg m = named(PFKEY_X_UPDATEPAIR, &s);

	(void)state;
	m.has |= BIT(LIFETIME_HARD);
	m.hard.addtime = 77;
	ask(asker, &m);
	expect_answer(other, PFKEY_X_UPDATEPAIR, 0, 0);
	assert_int_equal(sa_lives(find(1, ME))->hard.addtime, 77);
	assert_int_equal(sa_lives(find(2, PEER))->hard.addtime, 77);
	m.has |= BIT(PAIR);
	expect_refusal(&m, EINVAL, PFKEY_DIAG_NO_EXT);
	m.has &= ~BIT(PAIR);
	s = esp(3, PEER, ME);
	must_add(&f, &s);
	m.spi = 3;
	expect_refusal(&m, ESRCH, PFKEY_DIAG_PAIR_SA_NOTFOUND);
	m.has = BIT(SA) | BIT(ADDRESS_DST);
	expect_refusal(&m, EINVAL, PFKEY_DIAG_MISSING_SRC);
	m = about(PFKEY_X_UPDATEPAIR, &s, true);
	expect_refusal(&m, EINVAL, PFKEY_DIAG_AKEY_PRESENT);
}

/* --- DELETE and friends: spec: sa 17 --- */

static void
deletes(void **state)
{
	struct sa_spec s = esp(0x1000, PEER, ME);
	struct pfkey_msg m = named(PFKEY_DELETE, &s);

	(void)state;
	must_add(&f, &s);
	m.spi = 0;
	expect_refusal(&m, EINVAL, PFKEY_DIAG_MALFORMED_SA);
	m.spi = 0x1001;
	expect_refusal(&m, ESRCH, PFKEY_DIAG_SA_NOTFOUND);
	m.spi = 0x1000;
	m.has = BIT(SA);
	expect_refusal(&m, EINVAL, PFKEY_DIAG_MISSING_DST);
	m.has = BIT(SA) | BIT(ADDRESS_DST);
	hush();
	ask(asker, &m);
	expect_answer(other, PFKEY_DELETE, 0, 0);
	assert_int_equal(other->last.has, m.has);
	expect_refusal(&m, ESRCH, PFKEY_DIAG_SA_NOTFOUND);
}

static void
purges(void **state)
{
	struct pfkey_msg m = base(PFKEY_DELETE, SATYPE_ESP);
	struct sa_spec s;

	(void)state;
	for (uint32_t i = 1; i <= 6; i++) {
		s = i % 2 == 0 ? esp(i, PEER, ME) : esp(i, ME, PEER);
		if (i > 4)
			s.did = (struct sa_ident){ 2, 1, 0, "a" };
		must_add(&f, &s);
	}
	s = ah(9, PEER, ME);
	must_add(&f, &s);
	m.has = BIT(ADDRESS_DST) | BIT(IDENTITY_DST);
	m.dst = paddr(ME);
	m.did = s.did = (struct sa_ident){ 2, 1, 0, "a" };
	ask(asker, &m);
	expect_answer(other, PFKEY_DELETE, 0, 0);
	assert_int_equal(sadb_count(f.d, 0), 6);
	assert_null(find(6, ME));
	m.has = BIT(ADDRESS_DST);
	hush();
	ask(asker, &m);
	assert_int_equal(sadb_count(f.d, SATYPE_ESP), 3);
	assert_int_equal(sadb_count(f.d, SATYPE_AH), 1);
	m.has = BIT(ADDRESS_SRC);
	m.src = paddr(ME);
	hush();
	ask(asker, &m);
	assert_int_equal(sadb_count(f.d, SATYPE_ESP), 0);
	/* that would be a FLUSH */
	m.src = paddr("0.0.0.0");
	expect_refusal(&m, EINVAL, PFKEY_DIAG_MISSING_SA);
	m.has = 0;
	expect_refusal(&m, EINVAL, PFKEY_DIAG_MISSING_SA);
}

static void
deletes_pairs(void **state)
{
	struct sa_spec s = add_pair(1, 2);
	struct pfkey_msg m = named(PFKEY_X_DELPAIR, &s);

	(void)state;
	ask(asker, &m);
	expect_answer(other, PFKEY_X_DELPAIR, 0, 0);
	assert_int_equal(sadb_count(f.d, 0), 0);
	must_add(&f, &s);
	/* it goes, but there was no pair */
	expect_refusal(&m, ESRCH, PFKEY_DIAG_PAIR_SA_NOTFOUND);
	assert_int_equal(sadb_count(f.d, 0), 0);
	m.spi = 0;
	expect_refusal(&m, EINVAL, PFKEY_DIAG_MALFORMED_SA);
}

static void
deletes_pairs_by_state(void **state)
{
	struct pfkey_msg m = base(PFKEY_X_DELPAIR_STATE, 0);
	struct sa_spec s = esp(7, PEER, ME);

	(void)state;
	(void)add_pair(1, 2);
	(void)add_pair(3, 4);
	must_add(&f, &s); /* alone */
	find(1, ME)->state = SA_IDLE;
	find(7, ME)->state = SA_IDLE;
	sa_make_extra(find(3, ME))->kmp = 1;
	expect_refusal(&m, EINVAL, PFKEY_DIAG_MISSING_SA);
	m.has = BIT(SA);
	m.state = SA_IDLE;
	hush();
	ask(asker, &m);
	expect_answer(other, PFKEY_X_DELPAIR_STATE, 0, 0);
	assert_int_equal(sadb_count(f.d, 0), 3);
	assert_null(find(2, PEER));
	assert_non_null(find(7, ME));
	m.state = SA_MATURE;
	m.has |= BIT(KM_COOKIE);
	m.kmp = 2;
	hush();
	ask(asker, &m);
	assert_int_equal(sadb_count(f.d, 0), 3);
	m.kmp = 1;
	hush();
	ask(asker, &m);
	assert_int_equal(sadb_count(f.d, 0), 1);
}

static void
flushes(void **state)
{
	struct pfkey_msg m = base(PFKEY_FLUSH, SATYPE_AH);
	struct sa_spec s = esp(1, PEER, ME), t = ah(1, PEER, ME);

	(void)state;
	must_add(&f, &s);
	must_add(&f, &t);
	ask(asker, &m);
	expect_answer(other, PFKEY_FLUSH, 0, 0);
	assert_int_equal(sadb_count(f.d, 0), 1);
	/* pending ACQUIREs fail */
	assert_int_equal(woken.n, 1);
	assert_int_equal(woken.seq, 0);
	assert_true(woken.failed);
	m.satype = 0;
	hush();
	ask(asker, &m);
	assert_int_equal(sadb_count(f.d, 0), 0);
	m.satype = 9;
	expect_refusal(&m, EINVAL, PFKEY_DIAG_UNKNOWN_SATYPE);
	m.satype = 0;
	m.has = BIT(ADDRESS_DST);
	m.dst = paddr(ME);
	expect_refusal(&m, EINVAL, PFKEY_DIAG_NO_EXT);
}

/* --- GET and DUMP --- */

static void
gets(void **state)
{
	struct sa_spec s = esp(0x1000, PEER, ME);
	struct pfkey_msg m = named(PFKEY_GET, &s);
	struct sa *sa;

	(void)state;
	s.window = 1024;
	s.hard.addtime = 28800;
	s.soft.addtime = 24000;
	s.idle.usetime = 60;
	s.sid = (struct sa_ident){ 2, 1, 0, "a" };
	s.kmp = 1;
	s.kmc = 7;
	s.proto = 17;
	s.dport = 53;
	sa = must_add(&f, &s);
	sa->count.bytes = 1500;
	sa->count.packets = 3;
	sa_first_use(sa, at(10));
	assert_true(replay_commit(&sa->replay, 9));
	hush();
	ask(asker, &m);
	expect_answer(asker, PFKEY_GET, 0, 0);
	const struct pfkey_msg *a = &asker->last;
	assert_int_equal(a->seq, 3);
	assert_int_equal(a->has,
	    BIT(SA) | BIT(WINDOW) | BIT(LIFETIME_CURRENT) | BIT(LIFETIME_HARD) |
		BIT(LIFETIME_SOFT) | BIT(LIFETIME_IDLE) | BIT(ADDRESS_SRC) |
		BIT(ADDRESS_DST) | BIT(KEY_AUTH) | BIT(KEY_ENCRYPT) |
		BIT(IDENTITY_SRC) | BIT(KM_COOKIE) | BIT(REPLAY_VALUE));
	assert_int_equal(a->current.bytes, 1500);
	assert_int_equal(a->current.allocs, 3);
	assert_int_equal(a->current.addtime, t0.wall);
	assert_int_equal(a->current.usetime, t0.wall + 10);
	assert_int_equal(a->replay32, 9);
	assert_int_equal(a->replay64, 9);
	assert_int_equal(a->window, 1024);
	assert_int_equal(a->sa_flags, SAF_INBOUND | SAF_UNIQUE | SAF_USED);
	assert_int_equal(a->dst.port, 53);
	assert_int_equal(a->akey.bits, 256);
	assert_int_equal(other->n, 0);
	m.spi = 1;
	expect_refusal(&m, ESRCH, PFKEY_DIAG_SA_NOTFOUND);
	m.has &= ~BIT(SA);
	expect_refusal(&m, EINVAL, PFKEY_DIAG_MISSING_SA);
	m = about(PFKEY_GET, &s, false);
	m.has = BIT(SA);
	expect_refusal(&m, EINVAL, PFKEY_DIAG_MISSING_DST);
	/* the outbound counter */
	s = esp(0x1000, ME, PEER);
	sa = must_add(&f, &s);
	sa->seq = 0x100000003;
	m = named(PFKEY_GET, &s);
	hush();
	ask(asker, &m);
	assert_int_equal(asker->last.replay64, 0x100000003);
	assert_int_equal(asker->last.replay32, 3);
	assert_int_equal(asker->last.current.usetime, 0); /* not used */
}

static void
dumps(void **state)
{
	struct pfkey_msg m = base(PFKEY_DUMP, SATYPE_ESP);
	struct sa_spec s = ah(1, PEER, ME);

	(void)state;
	must_add(&f, &s);
	ask(asker, &m);
	/* nothing: only the end (R174) */
	expect_answer(asker, PFKEY_DUMP, 0, 0);
	assert_int_equal(asker->last.seq, 0);
	assert_int_equal(asker->last.has, 0);
	assert_int_equal(asker->last.pid, 42);
	assert_int_equal(asker->last.satype, SATYPE_ESP);
	for (uint32_t i = 1; i <= 5; i++) {
		s = esp(i, PEER, ME);
		must_add(&f, &s);
	}
	hush();
	ask(asker, &m);
	assert_int_equal(asker->n, 6);
	for (unsigned i = 0; i < 6; i++)
		assert_int_equal(asker->seqs[i], i < 5 ? 3 : 0);
	assert_int_equal(other->n, 0);
	assert_false(pfkeyd_is_waiting(asker->s));
	/* all types; and with number 0, which would look like the end */
	m.satype = 0;
	m.seq = 0;
	hush();
	ask(asker, &m);
	assert_int_equal(asker->n, 7);
	for (unsigned i = 0; i < 7; i++)
		assert_true((asker->seqs[i] != 0) == (i < 6));
	m.has = BIT(PAIR);
	expect_refusal(&m, EINVAL, PFKEY_DIAG_NO_EXT);
}

static void
dumps_what_is_idle(void **state)
{
	struct pfkey_msg m = base(PFKEY_DUMP, SATYPE_ESP);

	(void)state;
	for (uint32_t i = 1; i <= 3; i++) {
		struct sa_spec s = esp(i, PEER, ME);
		struct sa *sa = must_add(&f, &s);

		if (i == 1)
			continue; /* never used */
		sa_first_use(sa, at(1));
		sa->last_use = at(i * 50).mono;
	}
	m.has = BIT(EDUMP);
	m.edump_timeout = 60;
	ask_at(asker, &m, at(160));
	/* idle for 160, 60 and 10 s: one is longer */
	assert_int_equal(asker->n, 2);
	m.edump_timeout = 59;
	hush();
	ask_at(asker, &m, at(160));
	assert_int_equal(asker->n, 3);
}

/* A reader that is slow, while SAs come and go. */
static void
dumps_in_turns(void **state)
{
	struct pfkey_msg m = base(PFKEY_DUMP, SATYPE_ESP);
	struct sa_spec s;

	(void)state;
	for (uint32_t i = 1; i <= 300; i++) {
		s = ah(i, PEER, ME);
		s.satype = SATYPE_AH;
		must_add(&f, &s);
	}
	m.satype = SATYPE_AH;
	asker->room = 10;
	ask(asker, &m);
	assert_int_equal(asker->n, 10);
	assert_true(pfkeyd_is_waiting(asker->s));
	/* spec: sa 17: one at a time */
	asker->full = false;
	ask(asker, &m);
	assert_int_equal(asker->last.errnum, ENOMEM);
	assert_int_equal(asker->n, 11);
	/* the next one goes, another comes */
	for (uint32_t i = 11; i <= 12; i++) {
		uint16_t diag;

		s = ah(i, PEER, ME);
		assert_int_equal(sadb_delete(f.d, &s, false, &diag), 0);
	}
	s.spi = 1000;
	must_add(&f, &s);
	pfkeyd_writable(asker->s, t0);
	/* no more than a turn */
	assert_int_equal(asker->n, 11 + 256);
	assert_true(pfkeyd_is_waiting(asker->s));
	asker->full = true;
	pfkeyd_writable(asker->s, t0);
	assert_int_equal(asker->n, 11 + 256);
	asker->full = false;
	asker->room = 32; /* all that is left but the end */
	pfkeyd_writable(asker->s, t0);
	assert_true(pfkeyd_is_waiting(asker->s));
	assert_int_equal(asker->last.spi, 300);
	asker->full = false;
	pfkeyd_writable(asker->s, t0);
	assert_false(pfkeyd_is_waiting(asker->s));
	assert_int_equal(asker->last.seq, 0);
	assert_int_equal(asker->n, 1 + 298 + 1);
	pfkeyd_writable(asker->s, t0);
	assert_int_equal(asker->n, 300);
}

static void
refuses_expire(void **state)
{
	struct sa_spec s = esp(1, PEER, ME);
	struct pfkey_msg m = about(PFKEY_EXPIRE, &s, true);

	(void)state;
	expect_refusal(&m, EOPNOTSUPP, 0);
}

/* Every type of message is in the table, and RESERVED is none. */
static void
knows_every_type(void **state)
{
	(void)state;
	for (unsigned t = 1; t < PFKEY_TYPE_N; t++)
		assert_non_null(keyops_row(t));
	assert_null(keyops_row(PFKEY_RESERVED));
	assert_null(keyops_row(PFKEY_TYPE_N));
}

#define T(name) \
	cmocka_unit_test_setup_teardown(name, server_setup, server_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(adds),
		T(says_the_pair),
		T(refuses_adds_for_their_form),
		T(refuses_adds_for_their_addresses),
		T(refuses_adds_for_their_values),
		T(refuses_a_second_add),
		T(reserves_and_completes),
		T(refuses_to_reserve),
		T(updates),
		T(updates_pairs),
		T(deletes),
		T(purges),
		T(deletes_pairs),
		T(deletes_pairs_by_state),
		T(flushes),
		T(gets),
		T(dumps),
		T(dumps_what_is_idle),
		T(dumps_in_turns),
		T(refuses_expire),
		T(knows_every_type),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
