/* SPDX-License-Identifier: BSD-2-Clause */
/* What the SADB does when the host's addresses change, and when it is full. */
#include <errno.h>

#include "core/sadb.h"
#include "core/sadb_fix_test.h"

#define ME     "10.0.0.1"
#define OTHER  "10.0.0.9" /* becomes the host's own */
#define PEER   "10.0.0.2"
#define IN     SAF_INBOUND
#define OUT    SAF_OUTBOUND
#define BOTH   (IN | OUT)
#define DIR(s) ((s)->flags & BOTH)

static struct fix f;
static struct rng rng;
static bool has_me, has_other;

static bool
is_local(void *ctx, const struct addr *a)
{
	struct addr me = addr(ME), other = addr(OTHER);

	(void)ctx;
	return (has_me && addr_equal(a, &me)) ||
	       (has_other && addr_equal(a, &other));
}

static int
setup(void **state)
{
	const struct sadb_env env = { is_local, fix_expired, &f };

	(void)state;
	fix_new(&f, &rng);
	sadb_free(f.d);
	f.d = sadb_new(f.crypto, &rng, &env);
	assert_non_null(f.d);
	has_me = true;
	has_other = false;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	fix_free(&f);
	return 0;
}

static struct sa *
inbound(uint32_t spi, const char *src, const char *dst)
{
	struct addr s = addr(src), d = addr(dst);

	return sadb_inbound(f.d, SATYPE_ESP, spi, &s, &d);
}

static struct sa *
outbound(const char *src, const char *dst)
{
	struct flow flow = { .local = addr(src), .remote = addr(dst) };
	struct action act = { .type = ACT_IPSEC,
		.flags = ACT_ESP | ACT_ESPA,
		.esp_alg = EALG_AES,
		.espa_alg = AALG_SHA256HMAC };
	struct sadb_want w = { .satype = SATYPE_ESP,
		.src = flow.local,
		.dst = flow.remote,
		.flow = &flow,
		.act = &act };

	return sadb_outbound(f.d, &w);
}

static void
follows_the_addresses(void **state)
{
	struct sa_spec to = esp(1, PEER, OTHER), from = esp(2, OTHER, PEER);
	struct sa *a = must_add(&f, &to), *b = must_add(&f, &from);

	(void)state;
	assert_int_equal(DIR(a), OUT);
	assert_int_equal(DIR(b), OUT);
	assert_int_equal(sadb_relocate(f.d), 0);
	assert_null(inbound(1, PEER, OTHER));

	has_other = true;
	assert_int_equal(sadb_relocate(f.d), 1);
	assert_int_equal(DIR(a), IN);
	assert_int_equal(DIR(b), OUT);
	assert_ptr_equal(inbound(1, PEER, OTHER), a);
	assert_null(outbound(PEER, OTHER));
	assert_ptr_equal(outbound(OTHER, PEER), b);
	assert_int_equal(sadb_relocate(f.d), 0);

	has_other = false;
	assert_int_equal(sadb_relocate(f.d), 1);
	assert_null(inbound(1, PEER, OTHER));
	assert_ptr_equal(outbound(PEER, OTHER), a);
}

/* Without a source it works both ways, until its destination is here. */
static void
moves_clones(void **state)
{
	struct sa_spec s = esp(1, "", OTHER);
	struct sa *sa = must_add(&f, &s);

	(void)state;
	assert_int_equal(DIR(sa), BOTH);
	has_other = true;
	assert_int_equal(sadb_relocate(f.d), 1);
	assert_int_equal(DIR(sa), IN);
	assert_ptr_equal(inbound(1, PEER, OTHER), sa);
	assert_null(outbound(ME, OTHER));
	has_other = false;
	assert_int_equal(sadb_relocate(f.d), 1);
	assert_int_equal(DIR(sa), BOTH);
	assert_ptr_equal(outbound(ME, OTHER), sa);
}

static void
leaves_what_was_said(void **state)
{
	struct sa_spec s = esp(1, PEER, OTHER), l = esp(2, PEER, OTHER);
	struct addr src = addr(PEER), dst = addr(OTHER);
	struct sa *sa, *larval;
	uint16_t diag;

	(void)state;
	s.flags |= OUT;
	sa = must_add(&f, &s);
	assert_int_equal(sadb_getspi(f.d, SATYPE_ESP, &src, &dst, 300, 300, t0,
			     &diag, &larval),
	    0);
	has_other = true;
	assert_int_equal(sadb_relocate(f.d), 0);
	assert_int_equal(DIR(sa), OUT);
	/* a larval one is for what comes in; so is what it becomes */
	l.spi = 300;
	assert_int_equal(sadb_update(f.d, &l, t0, &diag, &larval), 0);
	has_other = false;
	assert_int_equal(sadb_relocate(f.d), 0);
	assert_int_equal(DIR(larval), IN);
}

/* The newest is used first, also when an older one comes to it. */
static void
keeps_the_age(void **state)
{
	struct sa_spec s = esp(1, PEER, OTHER);
	struct sa *old, *new;

	(void)state;
	has_other = true;
	old = must_add(&f, &s); /* inbound */
	s.spi = 2;
	s.flags |= OUT;
	new = must_add(&f, &s);
	has_other = false;
	assert_int_equal(sadb_relocate(f.d), 1);
	assert_int_equal(DIR(old), OUT);
	assert_ptr_equal(outbound(PEER, OTHER), new);
	new->state = SA_DEAD;
	assert_ptr_equal(outbound(PEER, OTHER), old);
	/* a walk sees both, in their order */
	struct sadb_walk w;
	sadb_walk_begin(f.d, &w, 0);
	assert_ptr_equal(sadb_walk_next(f.d, &w), old);
	assert_ptr_equal(sadb_walk_next(f.d, &w), new);
	assert_null(sadb_walk_next(f.d, &w));
	sadb_walk_end(&w);
}

/* Nobody's name is taken away. */
static void
stays_when_taken(void **state)
{
	struct sa_spec s = esp(1, PEER, OTHER);
	struct sa *sa = must_add(&f, &s), *there;

	(void)state;
	s.flags |= IN;
	there = must_add(&f, &s);
	has_other = true;
	assert_int_equal(sadb_relocate(f.d), 0);
	assert_int_equal(DIR(sa), OUT);
	assert_ptr_equal(inbound(1, PEER, OTHER), there);
}

static void
pairs_find_each_other_again(void **state)
{
	struct sa_spec a = esp(1, OTHER, PEER), b = esp(2, PEER, OTHER);
	struct sa *out, *in;

	(void)state;
	has_other = true;
	out = must_add(&f, &a);
	b.flags |= SAF_PAIRED;
	b.pair_spi = 1;
	in = must_add(&f, &b);
	assert_ptr_equal(sadb_pair(f.d, in), out);
	has_other = false;
	assert_int_equal(sadb_relocate(f.d), 1);
	assert_int_equal(DIR(in), OUT); /* so are both, and may change */
	assert_ptr_equal(sadb_pair(f.d, in), out);
	has_other = true;
	assert_int_equal(sadb_relocate(f.d), 1);
	assert_ptr_equal(sadb_pair(f.d, in), out);
	assert_ptr_equal(sadb_pair(f.d, out), in);
}

/* At boot: the keys come before the addresses. */
static void
pairs_before_the_addresses(void **state)
{
	struct sa_spec a = esp(1, OTHER, PEER), b = esp(2, PEER, OTHER);
	struct sa *out, *in, *sa;
	uint16_t diag;

	(void)state;
	out = must_add(&f, &a);
	b.flags |= SAF_PAIRED;
	b.pair_spi = 1;
	in = must_add(&f, &b);
	assert_ptr_equal(sadb_pair(f.d, in), out);
	assert_ptr_equal(sadb_pair(f.d, out), in);
	has_other = true;
	assert_int_equal(sadb_relocate(f.d), 1);
	assert_ptr_equal(sadb_pair(f.d, in), out);
	assert_int_equal(sadb_delete(f.d, &a, true, &diag), 0);
	assert_int_equal(sadb_count(f.d, 0), 0);
	/* not when one of them is sure to go the same way */
	has_other = false;
	a.flags |= OUT;
	(void)must_add(&f, &a);
	assert_int_equal(sadb_add(f.d, &b, t0, &diag, &sa), EINVAL);
	assert_int_equal(diag, PFKEY_DIAG_PAIR_INAPPROPRIATE);
}

static void
moves_tunnels(void **state)
{
	struct sa_spec s = esp(1, PEER, OTHER);
	struct sa *sa;

	(void)state;
	s.isrc = prefix("10.1.0.0", 16);
	s.idst = prefix("10.2.0.0", 16);
	has_other = true;
	sa = must_add(&f, &s);
	assert_int_equal(DIR(sa), IN);
	for (int i = 0; i < 4; i++) {
		has_other = !has_other;
		assert_int_equal(sadb_relocate(f.d), 1);
		assert_int_equal(DIR(sa), has_other ? IN : OUT);
	}
	assert_int_equal(sadb_flush(f.d, 0), 1);
}

/* Many at once, moved to and fro, against what a fresh add would say. */
static void
agrees_with_adding(void **state)
{
	const char *hosts[] = { ME, OTHER, PEER, "10.0.0.3", "" };

	(void)state;
	for (uint32_t i = 0; i < 200; i++) {
		struct sa_spec s = esp(1 + i, hosts[fix_random(&f) % 5],
		    hosts[fix_random(&f) % 4]);

		if (fix_random(&f) % 4 == 0)
			s.flags |= fix_random(&f) % 2 ? IN : OUT;
		(void)must_add(&f, &s);
	}
	for (int i = 0; i < 20; i++) {
		has_me = fix_random(&f) % 2;
		has_other = fix_random(&f) % 2;
		(void)sadb_relocate(f.d);
		for (uint32_t spi = 1; spi <= 200; spi++) {
			struct sa_spec name = { .satype = SATYPE_ESP,
				.spi = spi };
			struct sa *sa = NULL;

			for (unsigned h = 0; h < 4 && sa == NULL; h++) {
				name.dst = addr(hosts[h]);
				sa = sadb_find(f.d, &name);
			}
			assert_non_null(sa);
			if (!sa->rest->guessed)
				continue;
			assert_int_equal(DIR(sa), is_local(NULL, &sa->dst) ? IN
						  : addr_is_unspec(&sa->src)
						      ? BOTH
						      : OUT);
		}
	}
	assert_int_equal(sadb_flush(f.d, 0), 200);
}

static void
is_limited(void **state)
{
	struct addr src = addr(PEER), dst = addr(ME);
	struct sa *sa;
	uint16_t diag;

	(void)state;
	assert_int_equal(sadb_tuning(f.d, SATYPE_ESP)->max_sas, SADB_MAX_SAS);
	sadb_tuning(f.d, SATYPE_ESP)->max_sas = 3;
	for (uint32_t i = 1; i <= 3; i++) {
		struct sa_spec s = esp(i, PEER, ME);
		(void)must_add(&f, &s);
	}
	struct sa_spec s = esp(4, PEER, ME);
	assert_int_equal(sadb_add(f.d, &s, t0, &diag, &sa), ENOBUFS);
	assert_int_equal(diag, PFKEY_DIAG_NONE);
	assert_null(sa);
	assert_int_equal(
	    sadb_getspi(f.d, SATYPE_ESP, &src, &dst, 300, 400, t0, &diag, &sa),
	    ENOBUFS);
	assert_int_equal(sadb_count(f.d, 0), 3);
	/* what is there is not touched by a lower limit */
	sadb_tuning(f.d, SATYPE_ESP)->max_sas = 1;
	assert_non_null(inbound(3, PEER, ME));
	sadb_tuning(f.d, SATYPE_ESP)->max_sas = 4;
	assert_int_equal(
	    sadb_getspi(f.d, SATYPE_ESP, &src, &dst, 300, 400, t0, &diag, &sa),
	    0);
	/* a larval one becomes mature in a full SADB */
	s = esp(sa->spi, PEER, ME);
	assert_int_equal(sadb_update(f.d, &s, t0, &diag, &sa), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    follows_the_addresses, setup, teardown),
		cmocka_unit_test_setup_teardown(moves_clones, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    leaves_what_was_said, setup, teardown),
		cmocka_unit_test_setup_teardown(keeps_the_age, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    stays_when_taken, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    pairs_find_each_other_again, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    pairs_before_the_addresses, setup, teardown),
		cmocka_unit_test_setup_teardown(moves_tunnels, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    agrees_with_adding, setup, teardown),
		cmocka_unit_test_setup_teardown(is_limited, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
