/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/sadb.h"

#include <errno.h>

#include "core/sadb_fix_test.h"

#define ME	 "10.0.0.1"
#define PEER	 "10.0.0.2"
#define DIRS(sa) ((sa)->flags & (SAF_INBOUND | SAF_OUTBOUND))

static struct fix f;
static struct rng rng;

static int
setup(void **state)
{
	(void)state;
	fix_new(&f, &rng);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	fix_free(&f);
	return 0;
}

static void
expect_add(struct sa_spec s, int err, uint16_t diag)
{
	struct sa *sa;
	uint16_t got;
	size_t n = sadb_count(f.d, 0);

	assert_int_equal(sadb_add(f.d, &s, t0, &got, &sa), err);
	assert_string_equal(pfkey_diag_text(got), pfkey_diag_text(diag));
	assert_true((sa != NULL) == (err == 0));
	assert_int_equal(sadb_count(f.d, 0), n + (err == 0));
}

static void
expect_update(struct sa_spec s, int err, uint16_t diag)
{
	struct sa *sa;
	uint16_t got;

	assert_int_equal(sadb_update(f.d, &s, t0, &got, &sa), err);
	assert_string_equal(pfkey_diag_text(got), pfkey_diag_text(diag));
	assert_true((sa != NULL) == (err == 0));
}

static void
expect_delete(struct sa_spec s, bool pair, int err, uint16_t diag)
{
	uint16_t got;

	assert_int_equal(sadb_delete(f.d, &s, pair, &got), err);
	assert_string_equal(pfkey_diag_text(got), pfkey_diag_text(diag));
}

/* only what names it */
static struct sa_spec
name(uint8_t satype, uint32_t spi, const char *src, const char *dst)
{
	struct sa_spec s = { .satype = satype,
		.spi = spi,
		.state = SA_MATURE,
		.dst = addr(dst) };

	if (src[0] != '\0')
		s.src = addr(src);
	return s;
}

static struct sa *
find(uint8_t satype, uint32_t spi, const char *src, const char *dst)
{
	struct sa_spec s = name(satype, spi, src, dst);

	return sadb_find(f.d, &s);
}

/* spec: sa 13 */
static void
tells_directions(void **state)
{
	const uint32_t both = SAF_INBOUND | SAF_OUTBOUND;
	const struct {
		const char *src, *dst;
		uint32_t flags, want;
	} row[] = {
		{ PEER, ME, 0, SAF_INBOUND },
		{ "", ME, 0, SAF_INBOUND },
		{ ME, PEER, 0, SAF_OUTBOUND },
		{ "", PEER, 0, both },
		{ ME, "224.0.0.5", 0, both },
		{ ME, "255.255.255.255", 0, both },
		{ "2001:db8::1", "2001:db8::2", 0, SAF_OUTBOUND },
		{ "2001:db8::2", "2001:db8::1", 0, SAF_INBOUND },
		{ "::", "2001:db8::1", 0, SAF_INBOUND },
		{ ME, PEER, SAF_INBOUND, SAF_INBOUND },
		{ PEER, ME, SAF_OUTBOUND, SAF_OUTBOUND },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct sa_spec s =
		    esp(0x1000 + (uint32_t)i, row[i].src, row[i].dst);
		struct addr other = addr(PEER), dst = addr(row[i].dst);

		s.flags = row[i].flags;
		struct sa *sa = must_add(&f, &s);
		assert_int_equal(DIRS(sa), row[i].want);
		/* found inbound only when it is that */
		if (row[i].src[0] != '\0' && strcmp(row[i].src, "::") != 0)
			other = addr(row[i].src);
		assert_ptr_equal(
		    sadb_inbound(f.d, SATYPE_ESP, s.spi, &other, &dst),
		    (row[i].want & SAF_INBOUND) != 0 ? sa : NULL);
	}
}

static void
looks_up_inbound(void **state)
{
	struct sa_spec s = esp(0x1000, PEER, ME), t = esp(0x1001, "", ME);
	struct sa *sa = must_add(&f, &s), *any = must_add(&f, &t);
	struct addr me = addr(ME), peer = addr(PEER), other = addr("10.0.0.3");

	(void)state;
	assert_ptr_equal(sadb_inbound(f.d, SATYPE_ESP, 0x1000, &peer, &me), sa);
	assert_null(sadb_inbound(f.d, SATYPE_ESP, 0x1000, &other, &me));
	assert_null(sadb_inbound(f.d, SATYPE_AH, 0x1000, &peer, &me));
	assert_null(sadb_inbound(f.d, SATYPE_ESP, 0x1002, &peer, &me));
	assert_null(sadb_inbound(f.d, SATYPE_ESP, 0x1000, &peer, &other));
	/* spec: sa 15: anybody may send, so no window */
	assert_ptr_equal(
	    sadb_inbound(f.d, SATYPE_ESP, 0x1001, &other, &me), any);
	assert_int_equal(any->rest->window, 0);
	assert_int_equal(sa->rest->window, 64);
}

static void
refuses_to_add(void **state)
{
	struct sa_spec s = esp(0x1000, PEER, ME);

	(void)state;
	must_add(&f, &s);
	expect_add(s, EEXIST, 0);
	s.src = addr("10.0.0.3"); /* RFC 2367 3.1.3: SPI, dst, type */
	expect_add(s, EEXIST, 0);
	s.satype = SATYPE_AH;
	expect_add(s, EINVAL, PFKEY_DIAG_ENCR_NOTSUPP);
	expect_add(ah(0x1000, PEER, ME), 0, 0);
	s = esp(0x1001, PEER, ME);
	s.state = SA_DYING;
	expect_add(s, EINVAL, PFKEY_DIAG_BAD_SASTATE);
	s = esp(0x1001, PEER, ME);
	s.akey.bits = 128;
	expect_add(s, EINVAL, PFKEY_DIAG_BAD_AKEYBITS);
	s = esp(0x1001, PEER, ME);
	s.encr = EALG_NULL;
	s.auth = 0;
	s.akey.bits = s.ekey.bits = 0;
	expect_add(s, EINVAL, PFKEY_DIAG_BAD_AALG);
	s = esp(0x1001, PEER, ME);
	s.encr = EALG_NONE;
	expect_add(s, EINVAL, PFKEY_DIAG_BAD_EALG);
}

static void
sets_flags_of_selectors(void **state)
{
	struct sa_spec s = esp(0x1000, ME, PEER);

	(void)state;
	s.proto = 6;
	assert_true((must_add(&f, &s)->flags & SAF_UNIQUE) != 0);
	s.spi++;
	s.isrc = prefix("0.0.0.0", 0);
	s.idst = prefix("10.9.0.0", 16);
	assert_int_equal(
	    must_add(&f, &s)->flags & (SAF_UNIQUE | SAF_TUNNEL), SAF_TUNNEL);
}

static void
takes_jitter_off_soft_addtime(void **state)
{
	uint32_t min = 99, max = 0;

	(void)state;
	for (uint32_t i = 0; i < 300; i++) {
		struct sa_spec s = ah(0x1000 + i, ME, PEER);

		s.soft.addtime = 24000;
		uint32_t j = must_add(&f, &s)->rest->soft_jitter;
		min = j < min ? j : min;
		max = j > max ? j : max;
	}
	assert_int_equal(min, 8);
	assert_int_equal(max, 23);
	struct sa_spec s = ah(0x2000, ME, PEER);
	s.soft.addtime = 30; /* too short to stand it */
	assert_int_equal(must_add(&f, &s)->rest->soft_jitter, 0);
	s = ah(0x2000, PEER, ME);
	s.soft.addtime = 24000; /* inbound */
	assert_int_equal(must_add(&f, &s)->rest->soft_jitter, 0);
}

static void
reserves_spis(void **state)
{
	struct addr src = addr(PEER), dst = addr(ME);
	struct sa *sa;
	uint16_t diag;
	bool seen[8] = { false };

	(void)state;
	for (int i = 0; i < 8; i++) {
		assert_int_equal(sadb_getspi(f.d, SATYPE_ESP, &src, &dst, 0x100,
				     0x107, t0, &diag, &sa),
		    0);
		assert_int_equal(sa->state, SA_LARVAL);
		assert_in_range(sa->spi, 0x100, 0x107);
		assert_false(seen[sa->spi - 0x100]);
		seen[sa->spi - 0x100] = true;
		assert_ptr_equal(
		    sadb_inbound(f.d, SATYPE_ESP, sa->spi, &src, &dst), sa);
	}
	assert_int_equal(sadb_getspi(f.d, SATYPE_ESP, &src, &dst, 0x100, 0x107,
			     t0, &diag, &sa),
	    EEXIST);
	/* another type has its own */
	assert_int_equal(sadb_getspi(f.d, SATYPE_AH, &src, &dst, 0x100, 0x100,
			     t0, &diag, &sa),
	    0);
	/* RFC 4303 2.1: 1 to 255 are reserved */
	assert_int_equal(
	    sadb_getspi(f.d, SATYPE_ESP, &src, &dst, 0, 255, t0, &diag, &sa),
	    EINVAL);
	assert_int_equal(diag, PFKEY_DIAG_MALFORMED_RANGE);
	assert_int_equal(sadb_getspi(f.d, SATYPE_ESP, &src, &dst, 0, 0xffffffff,
			     t0, &diag, &sa),
	    0);
	assert_true(sa->spi >= 256);
	assert_int_equal(sadb_count(f.d, SATYPE_ESP), 9);
	assert_int_equal(sadb_count(f.d, SATYPE_AH), 1);
}

static uint32_t
getspi(void)
{
	struct addr src = addr(PEER), dst = addr(ME);
	struct sa *sa;
	uint16_t diag;

	assert_int_equal(sadb_getspi(f.d, SATYPE_ESP, &src, &dst, 256, 65535,
			     t0, &diag, &sa),
	    0);
	sa_make_extra(sa)->acquire_seq = 77;
	return sa->spi;
}

static void
completes_larval(void **state)
{
	uint32_t spi = getspi();
	struct sa_spec s = esp(spi, PEER, ME), bad = s;
	struct sa *sa;
	uint16_t diag;

	(void)state;
	expect_add(s, EEXIST, 0);
	bad.ekey.bits = 0;
	expect_update(bad, EINVAL, PFKEY_DIAG_MISSING_EKEY);
	bad = s;
	bad.state = SA_LARVAL;
	expect_update(bad, EINVAL, PFKEY_DIAG_BAD_SASTATE);
	bad = s;
	bad.flags = SAF_OUTBOUND;
	expect_update(bad, EINVAL, PFKEY_DIAG_BAD_SA_DIRECTION);
	assert_int_equal(find(SATYPE_ESP, spi, PEER, ME)->state, SA_LARVAL);
	s.flags = SAF_TUNNEL; /* what ADD takes */
	s.hard.addtime = 100;
	assert_int_equal(sadb_update(f.d, &s, t0, &diag, &sa), 0);
	assert_ptr_equal(find(SATYPE_ESP, spi, PEER, ME), sa);
	assert_int_equal(sa->state, SA_MATURE);
	assert_int_equal(sa_lives(sa)->hard.addtime, 100);
	assert_int_equal(sa_extra(sa)->acquire_seq, 77);
	assert_int_equal(DIRS(sa), SAF_INBOUND);
	assert_int_equal(sadb_count(f.d, 0), 1);
	/* a second time there are keys already */
	expect_update(s, EINVAL, PFKEY_DIAG_AKEY_PRESENT);
}

static void
updates_mature(void **state)
{
	struct sa_spec s = esp(0x1000, ME, PEER);
	struct sa *sa;

	(void)state;
	s.hard.bytes = 1000;
	sa = must_add(&f, &s);
	s = name(SATYPE_ESP, 0x1000, ME, PEER);
	s.soft.bytes = 1001;
	expect_update(s, EINVAL, PFKEY_DIAG_BYTES_HSERR);
	s.soft.bytes = 500;
	s.kmp = 1;
	s.kmc = 9;
	expect_update(s, 0, 0);
	assert_int_equal(sa_lives(sa)->soft.bytes, 500);
	assert_int_equal(sa_lives(sa)->hard.bytes, 1000);
	assert_int_equal(sa_extra(sa)->kmc, 9);
	s.spi++;
	expect_update(s, ESRCH, PFKEY_DIAG_SA_NOTFOUND);
	s.spi--;
	s.flags = SAF_INBOUND;
	expect_update(s, EINVAL, PFKEY_DIAG_BAD_SA_DIRECTION);
	s.flags = 0;
	s.src = addr("10.0.0.3");
	expect_update(s, ESRCH, PFKEY_DIAG_SA_NOTFOUND);
}

static void
revives_dying(void **state)
{
	struct sa_spec s = esp(0x1000, ME, PEER);
	struct sa *sa;

	(void)state;
	s.soft.addtime = 100;
	sa = must_add(&f, &s);
	sadb_age(f.d, 0, at(100));
	assert_int_equal(sa->state, SA_DYING);
	s = name(SATYPE_ESP, 0x1000, ME, PEER);
	s.soft.bytes = 1; /* does not change that it is old */
	struct sa *out;
	uint16_t diag;
	assert_int_equal(sadb_update(f.d, &s, at(101), &diag, &out), 0);
	assert_int_equal(sa->state, SA_DYING);
	assert_true(sa->soft_sent);
	s.soft.addtime = 200;
	assert_int_equal(sadb_update(f.d, &s, at(101), &diag, &out), 0);
	assert_int_equal(sa->state, SA_MATURE);
	sadb_age(f.d, 0, at(199));
	assert_int_equal(f.n_expired, 1);
	sadb_age(f.d, 0, at(200));
	assert_int_equal(f.n_expired, 2);
}

static void
deletes(void **state)
{
	struct sa_spec s = esp(0x1000, PEER, ME);

	(void)state;
	must_add(&f, &s);
	expect_delete(name(SATYPE_ESP, 0x1001, PEER, ME), false, ESRCH,
	    PFKEY_DIAG_SA_NOTFOUND);
	expect_delete(name(SATYPE_ESP, 0x1000, "10.0.0.3", ME), false, ESRCH,
	    PFKEY_DIAG_SA_NOTFOUND);
	s.flags = SAF_OUTBOUND;
	expect_delete(s, false, EINVAL, PFKEY_DIAG_BAD_SA_DIRECTION);
	expect_delete(name(SATYPE_ESP, 0x1000, "", ME), false, 0, 0);
	assert_null(find(SATYPE_ESP, 0x1000, PEER, ME));
	assert_int_equal(sadb_count(f.d, 0), 0);
}

static void
flushes(void **state)
{
	(void)state;
	for (uint32_t i = 1; i <= 5; i++) {
		struct sa_spec s = esp(i, PEER, ME), t = ah(i, ME, PEER);

		must_add(&f, &s);
		if (i < 4)
			must_add(&f, &t);
	}
	(void)getspi();
	assert_int_equal(sadb_flush(f.d, SATYPE_AH), 3);
	assert_int_equal(sadb_count(f.d, 0), 6);
	assert_int_equal(sadb_flush(f.d, 0), 6);
	assert_int_equal(sadb_count(f.d, 0), 0);
}

/* An inbound and an outbound SA that are each other's pair. */
static void
add_pair(uint32_t in, uint32_t out)
{
	struct sa_spec a = esp(in, PEER, ME), b = esp(out, ME, PEER);

	must_add(&f, &a);
	b.pair_spi = in;
	b.flags = SAF_PAIRED;
	must_add(&f, &b);
}

static void
pairs(void **state)
{
	struct sa *in, *out;

	(void)state;
	add_pair(1, 2);
	in = find(SATYPE_ESP, 1, PEER, ME);
	out = find(SATYPE_ESP, 2, ME, PEER);
	assert_ptr_equal(sadb_pair(f.d, in), out);
	assert_ptr_equal(sadb_pair(f.d, out), in);
	assert_int_equal(in->rest->pair_spi, 2);
	assert_true((in->flags & SAF_PAIRED) != 0);
	/* one goes: the other is alone */
	expect_delete(name(SATYPE_ESP, 1, PEER, ME), false, 0, 0);
	assert_int_equal(out->rest->pair_spi, 0);
	assert_int_equal(out->flags & SAF_PAIRED, 0);
	assert_null(sadb_pair(f.d, out));
	/* spec: sa 17: an unpaired SA goes, but the answer is ESRCH */
	expect_delete(name(SATYPE_ESP, 2, ME, PEER), true, ESRCH,
	    PFKEY_DIAG_PAIR_SA_NOTFOUND);
	assert_int_equal(sadb_count(f.d, 0), 0);
	add_pair(1, 2);
	expect_delete(name(SATYPE_ESP, 1, PEER, ME), true, 0, 0);
	assert_int_equal(sadb_count(f.d, 0), 0);
}

static void
refuses_pairs(void **state)
{
	struct sa_spec s, t;

	(void)state;
	add_pair(1, 2);
	s = esp(3, PEER, ME);
	must_add(&f, &s);
	s = esp(9, ME, PEER);
	s.pair_spi = 8; /* missing */
	expect_add(s, EINVAL, PFKEY_DIAG_PAIR_INAPPROPRIATE);
	s.pair_spi = 9; /* its own */
	expect_add(s, EINVAL, PFKEY_DIAG_PAIR_INAPPROPRIATE);
	s.pair_spi = 0;
	s.flags = SAF_PAIRED; /* none */
	expect_add(s, EINVAL, PFKEY_DIAG_PAIR_INAPPROPRIATE);
	s.pair_spi = 2; /* of the same direction */
	expect_add(s, EINVAL, PFKEY_DIAG_PAIR_INAPPROPRIATE);
	s.pair_spi = 1;
	expect_add(s, EINVAL, PFKEY_DIAG_PAIR_ALREADY);
	s.pair_spi = 3;
	s.dst = addr("10.0.0.3");
	expect_add(s, EINVAL, PFKEY_DIAG_PAIR_ADD_MISMATCH);
	/* both ways: nothing to pair with */
	s.src = addr("0.0.0.0");
	s.dst = addr(PEER);
	expect_add(s, EINVAL, PFKEY_DIAG_PAIR_INAPPROPRIATE);
	find(SATYPE_ESP, 3, PEER, ME)->state = SA_DYING;
	s = esp(9, ME, PEER);
	s.pair_spi = 3;
	expect_add(s, EINVAL, PFKEY_DIAG_PAIR_INAPPROPRIATE);
	find(SATYPE_ESP, 3, PEER, ME)->state = SA_MATURE;
	/* by update */
	s.pair_spi = 0;
	must_add(&f, &s);
	t = name(SATYPE_ESP, 9, ME, PEER);
	t.pair_spi = 1;
	expect_update(t, EINVAL, PFKEY_DIAG_PAIR_ALREADY);
	t.pair_spi = 3;
	expect_update(t, 0, 0);
	expect_update(t, 0, 0); /* again: no change */
	t.pair_spi = 1;
	expect_update(t, EINVAL, PFKEY_DIAG_PAIR_ALREADY);
	assert_int_equal(find(SATYPE_ESP, 3, PEER, ME)->rest->pair_spi, 9);
}

static void
keeps_a_pair_made_before_the_keys(void **state)
{
	uint32_t spi = getspi();
	struct sa_spec out = esp(2, ME, PEER), in = esp(spi, PEER, ME);
	struct sa *sa;

	(void)state;
	out.pair_spi = spi;
	sa = must_add(&f, &out);
	in.akey.bits = 8;
	expect_update(in, EINVAL, PFKEY_DIAG_BAD_AKEYBITS);
	assert_int_equal(sadb_pair(f.d, sa)->state, SA_LARVAL);
	in.akey.bits = 256;
	expect_update(in, 0, 0);
	assert_int_equal(sadb_pair(f.d, sa)->state, SA_MATURE);
	assert_ptr_equal(sadb_pair(f.d, sadb_pair(f.d, sa)), sa);
}

static void
updates_pairs(void **state)
{
	struct sa_spec s = name(SATYPE_ESP, 1, PEER, ME);
	uint16_t diag;

	(void)state;
	add_pair(1, 2);
	s.hard.addtime = 1000;
	assert_int_equal(sadb_update_pair(f.d, &s, t0, &diag), 0);
	assert_int_equal(
	    sa_lives(find(SATYPE_ESP, 1, PEER, ME))->hard.addtime, 1000);
	assert_int_equal(
	    sa_lives(find(SATYPE_ESP, 2, ME, PEER))->hard.addtime, 1000);
	s.soft.addtime = 1001;
	assert_int_equal(sadb_update_pair(f.d, &s, t0, &diag), EINVAL);
	assert_int_equal(diag, PFKEY_DIAG_ADDTIME_HSERR);
	s.spi = 7;
	assert_int_equal(sadb_update_pair(f.d, &s, t0, &diag), ESRCH);
	assert_int_equal(diag, PFKEY_DIAG_SA_NOTFOUND);
	expect_delete(name(SATYPE_ESP, 2, ME, PEER), false, 0, 0);
	s.spi = 1;
	assert_int_equal(sadb_update_pair(f.d, &s, t0, &diag), ESRCH);
	assert_int_equal(diag, PFKEY_DIAG_PAIR_SA_NOTFOUND);
}

static void
ages(void **state)
{
	struct sa_spec s = esp(0x1000, PEER, ME);
	struct sa *sa;

	(void)state;
	s.soft.addtime = 100;
	s.hard.addtime = 200;
	sa = must_add(&f, &s);
	sadb_age(f.d, 0, at(99));
	assert_int_equal(sa->state, SA_MATURE);
	sadb_age(f.d, 0, at(100));
	assert_int_equal(sa->state, SA_DYING);
	assert_int_equal(f.n_expired, 1);
	assert_int_equal(f.expired[0].which, PFKEY_EXT_LIFETIME_SOFT);
	sadb_age(f.d, 0, at(199)); /* said once */
	assert_int_equal(f.n_expired, 1);
	sadb_age(f.d, 0, at(200));
	assert_int_equal(f.n_expired, 2);
	assert_int_equal(f.expired[1].which, PFKEY_EXT_LIFETIME_HARD);
	assert_int_equal(f.expired[1].spi, 0x1000);
	/* dead: there, but not to be used or changed */
	assert_int_equal(sa->state, SA_DEAD);
	expect_update(
	    name(SATYPE_ESP, 0x1000, PEER, ME), ESRCH, PFKEY_DIAG_SA_EXPIRED);
	sadb_age(f.d, 0, at(201));
	assert_int_equal(sadb_count(f.d, 0), 0);
	assert_int_equal(f.n_expired, 2);
}

static void
reaps_later(void **state)
{
	struct sa_spec s = esp(0x1000, PEER, ME);
	struct sa *sa;

	(void)state;
	sadb_tuning(f.d, SATYPE_ESP)->reap_delay = 10;
	sadb_tuning(f.d, SATYPE_AH)->reap_delay = 1;
	s.hard.addtime = 5;
	sa = must_add(&f, &s);
	sadb_age(f.d, SATYPE_AH, at(6)); /* not its turn */
	assert_int_equal(sa->state, SA_MATURE);
	sadb_age(f.d, SATYPE_ESP, at(7));
	assert_int_equal(sa->state, SA_DEAD);
	sadb_age(f.d, 0, at(16));
	assert_int_equal(sadb_count(f.d, 0), 1);
	sadb_age(f.d, 0, at(17));
	assert_int_equal(sadb_count(f.d, 0), 0);
}

static void
replaces_the_dead(void **state)
{
	struct sa_spec s = esp(0x1000, PEER, ME);

	(void)state;
	s.hard.addtime = 1;
	must_add(&f, &s);
	sadb_age(f.d, 0, at(1));
	must_add(&f, &s);
	assert_int_equal(sadb_count(f.d, 0), 1);
}

static void
drops_old_larvae(void **state)
{
	uint32_t spi = getspi();

	(void)state;
	sadb_age(f.d, 0, at(89));
	assert_non_null(find(SATYPE_ESP, spi, PEER, ME));
	sadb_age(f.d, 0, at(90));
	assert_null(find(SATYPE_ESP, spi, PEER, ME));
	assert_int_equal(f.n_expired, 0);
	spi = getspi();
	sadb_tuning(f.d, SATYPE_ESP)->larval_timeout = 5;
	sadb_age(f.d, 0, at(5));
	assert_int_equal(sadb_count(f.d, 0), 0);
}

static void
reports_idle_once(void **state)
{
	struct sa_spec s = esp(0x1000, PEER, ME);
	struct sa *sa;

	(void)state;
	s.idle.addtime = 10;
	sa = must_add(&f, &s);
	for (unsigned i = 9; i < 13; i++)
		sadb_age(f.d, 0, at(i));
	assert_int_equal(f.n_expired, 1);
	assert_int_equal(f.expired[0].which, PFKEY_EXT_LIFETIME_IDLE);
	assert_int_equal(sa->state, SA_MATURE);
}

static void
hears_of_limits_from_the_path(void **state)
{
	struct sa_spec s = esp(0x1000, PEER, ME);
	struct sa *sa = must_add(&f, &s);

	(void)state;
	sadb_reached(f.d, sa, SA_OK);
	assert_int_equal(f.n_expired, 0);
	sadb_reached(f.d, sa, SA_SOFT);
	sadb_reached(f.d, sa, SA_SOFT);
	assert_int_equal(f.n_expired, 1);
	assert_int_equal(sa->state, SA_DYING);
	sadb_reached(f.d, sa, SA_HARD);
	sadb_reached(f.d, sa, SA_HARD);
	assert_int_equal(f.n_expired, 2);
	assert_int_equal(sa->state, SA_DEAD);
}

/* spec: sa 18 */
static void
kills_the_partner_of_an_outbound(void **state)
{
	struct sa *in, *out;

	(void)state;
	add_pair(1, 2);
	in = find(SATYPE_ESP, 1, PEER, ME);
	out = find(SATYPE_ESP, 2, ME, PEER);
	sadb_reached(f.d, out, SA_HARD);
	assert_int_equal(in->state, SA_DEAD);
	assert_int_equal(in->rest->pair_spi, 0);
	sadb_age(f.d, 0, at(0));
	sadb_age(f.d, 0, at(1));
	assert_int_equal(sadb_count(f.d, 0), 0);
	add_pair(1, 2);
	in = find(SATYPE_ESP, 1, PEER, ME);
	out = find(SATYPE_ESP, 2, ME, PEER);
	sadb_reached(f.d, in, SA_HARD);
	assert_int_equal(out->state, SA_MATURE);
	assert_int_equal(out->rest->pair_spi, 0);
}

static bool
even(void *ctx, const struct sa *sa)
{
	(void)ctx;
	return sa->spi % 2 == 0;
}

static void
walks_while_things_change(void **state)
{
	struct sadb_walk w;
	struct sa *sa;
	uint32_t seen = 0;

	(void)state;
	for (uint32_t i = 1; i <= 9; i++) {
		struct sa_spec s = esp(i, PEER, ME);

		must_add(&f, &s);
	}
	sadb_walk_begin(f.d, &w, SATYPE_ESP);
	sa = sadb_walk_next(f.d, &w);
	assert_int_equal(sa->spi, 1);
	/* the next one, and others, go; one that came later is not seen */
	assert_int_equal(sadb_delete_if(f.d, 0, false, even, NULL), 4);
	struct sa_spec s = esp(11, PEER, ME), t = ah(1, PEER, ME);
	must_add(&f, &s);
	must_add(&f, &t);
	while ((sa = sadb_walk_next(f.d, &w)) != NULL)
		seen |= 1u << sa->spi;
	assert_int_equal(seen, 1u << 3 | 1u << 5 | 1u << 7 | 1u << 9);
	assert_null(sadb_walk_next(f.d, &w));
	sadb_walk_end(&w);
	/* everything goes while it rests at the last one */
	sadb_walk_begin(f.d, &w, 0);
	assert_non_null(sadb_walk_next(f.d, &w));
	assert_int_equal(sadb_flush(f.d, 0), 7);
	assert_null(sadb_walk_next(f.d, &w));
	sadb_walk_end(&w);
}

static void
deletes_pairs_that_fit(void **state)
{
	(void)state;
	add_pair(2, 3);
	add_pair(5, 7);
	assert_int_equal(sadb_delete_if(f.d, SATYPE_ESP, true, even, NULL), 2);
	assert_null(find(SATYPE_ESP, 3, ME, PEER));
	assert_non_null(find(SATYPE_ESP, 7, ME, PEER));
}

static bool
count_three(void *ctx, struct sa *sa)
{
	(void)sa;
	return ++*(int *)ctx < 3;
}

static void
visits_until_told(void **state)
{
	int n = 0;

	(void)state;
	for (uint32_t i = 1; i <= 9; i++) {
		struct sa_spec s = esp(i, PEER, ME);

		must_add(&f, &s);
	}
	sadb_each(f.d, SATYPE_AH, count_three, &n);
	assert_int_equal(n, 0);
	sadb_each(f.d, SATYPE_ESP, count_three, &n);
	assert_int_equal(n, 3);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(tells_directions),
		T(looks_up_inbound),
		T(refuses_to_add),
		T(sets_flags_of_selectors),
		T(takes_jitter_off_soft_addtime),
		T(reserves_spis),
		T(completes_larval),
		T(updates_mature),
		T(revives_dying),
		T(deletes),
		T(flushes),
		T(pairs),
		T(refuses_pairs),
		T(keeps_a_pair_made_before_the_keys),
		T(updates_pairs),
		T(ages),
		T(reaps_later),
		T(replaces_the_dead),
		T(drops_old_larvae),
		T(reports_idle_once),
		T(hears_of_limits_from_the_path),
		T(kills_the_partner_of_an_outbound),
		T(walks_while_things_change),
		T(deletes_pairs_that_fit),
		T(visits_until_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
