/* SPDX-License-Identifier: BSD-2-Clause */
/* Lookups by flow, and the model test: the tables against a naive list. */
#include "core/satable.h"

#include "core/sadb_fix_test.h"
#include "core/said_test.h"

static struct satable t;
static struct crypto *crypto;

static int
setup(void **state)
{
	const struct hash_seed seed = { { 1, 2 } };

	(void)state;
	assert_true(satable_init(&t, &seed));
	crypto = crypto_new(be_ossl, NULL, NULL);
	assert_non_null(crypto);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	list_each (l, &t.all) {
		struct sa *sa = list_item(l, struct sa, all_link);

		satable_remove(&t, sa);
		sa_free(sa);
	}
	assert_int_equal(t.n_shapes, 0);
	assert_int_equal(t.id.n + t.out.n + t.sel.n, 0);
	satable_fini(&t);
	crypto_free(crypto);
	return 0;
}

static struct sa *
put(const struct sa_spec *s)
{
	static uint64_t serial;
	uint16_t diag;
	struct sa *sa = sa_new(crypto, &crypto_rng, s, t0, &diag);

	assert_non_null(sa);
	sa->serial = ++serial;
	assert_true(satable_insert(&t, sa));
	return sa;
}

static struct sa_spec
out(uint32_t spi, const char *src, const char *dst)
{
	struct sa_spec s = esp(spi, src, dst);

	s.flags = SAF_OUTBOUND;
	if (src[0] == '\0')
		s.src.fam = s.dst.fam;
	return s;
}

static struct flow flow;
static struct action act;
static struct sadb_want want;

/* TCP 10.0.0.1:1000 to 10.0.0.2:80, AES-128 with SHA-256, shared */
static void
reset_want(void)
{
	flow = (struct flow){ .local = addr("10.0.0.1"),
		.remote = addr("10.0.0.2"),
		.proto = 6,
		.has_ports = true,
		.lport = 1000,
		.rport = 80 };
	act = (struct action){ .type = ACT_IPSEC,
		.flags = ACT_ESP | ACT_ESPA,
		.esp_alg = EALG_AES,
		.espa_alg = AALG_SHA256HMAC };
	want = (struct sadb_want){ .satype = SATYPE_ESP,
		.src = flow.local,
		.dst = flow.remote,
		.flow = &flow,
		.act = &act };
}

static struct sa *
lookup(void)
{
	return satable_outbound(&t, &want);
}

static void
prefers_own_source_then_newest(void **state)
{
	struct sa_spec s = out(1, "10.0.0.1", "10.0.0.2"),
		       w = out(2, "", "10.0.0.2");
	struct sa *first, *second, *wild;

	(void)state;
	reset_want();
	assert_null(lookup());
	first = put(&s);
	assert_ptr_equal(lookup(), first);
	wild = put(&w);
	assert_ptr_equal(lookup(), first);
	s.spi = 3;
	second = put(&s);
	assert_ptr_equal(lookup(), second);
	second->state = SA_DYING; /* still good */
	assert_ptr_equal(lookup(), second);
	second->state = SA_DEAD;
	assert_ptr_equal(lookup(), first);
	first->state = SA_LARVAL;
	assert_ptr_equal(lookup(), wild);
	wild->state = SA_ACTIVE_ELSEWHERE;
	assert_null(lookup());
}

static void
wants_everything_to_fit(void **state)
{
	struct sa_spec s = out(1, "10.0.0.1", "10.0.0.2");
	struct sa *sa = put(&s);

	(void)state;
	reset_want();
	assert_ptr_equal(lookup(), sa);
	want.satype = SATYPE_AH;
	assert_null(lookup());
	reset_want();
	want.dst = addr("10.0.0.3");
	assert_null(lookup());
	reset_want();
	want.src = addr("10.0.0.3");
	assert_null(lookup());
	reset_want();
	act.esp_alg = EALG_3DESCBC;
	assert_null(lookup());
	reset_want();
	act.espa_alg = AALG_SHA1HMAC;
	assert_null(lookup());
	reset_want();
	act.esp_min = act.espa_min = 128;
	assert_ptr_equal(lookup(), sa);
	act.esp_min = 129;
	assert_null(lookup());
	reset_want();
	act.espa_min = 257;
	assert_null(lookup());
	reset_want();
	want.tunnel = true;
	assert_null(lookup());
	reset_want();
	want.dst.fam = FAM_NONE; /* for tunnels only */
	assert_null(lookup());
}

/* Neither salt nor initial IV count as key. */
static void
counts_key_bits_alone(void **state)
{
	struct sa_spec s = out(1, "10.0.0.1", "10.0.0.2");
	struct sa *sa;

	(void)state;
	s.encr = EALG_AES_GCM_16;
	s.auth = 0;
	s.akey.bits = 0;
	s.ekey.bits = 128 + 32 + 64;
	s.ekey_iv_bits = 64;
	s.ekey_salt_bits = 32;
	sa = put(&s);
	reset_want();
	act.esp_alg = EALG_AES_GCM_16;
	act.espa_alg = 0;
	act.esp_min = 128;
	assert_ptr_equal(lookup(), sa);
	act.esp_min = 129;
	assert_null(lookup());
}

static void
takes_no_cipher_for_null(void **state)
{
	struct sa_spec s = out(1, "10.0.0.1", "10.0.0.2");
	struct sa *sa;

	(void)state;
	s.encr = EALG_NULL;
	s.ekey.bits = 0;
	sa = put(&s);
	reset_want();
	act.esp_alg = 0;
	assert_ptr_equal(lookup(), sa);
}

static void
keeps_unique_and_shared_apart(void **state)
{
	struct sa_spec s = out(1, "10.0.0.1", "10.0.0.2"), u = s;
	struct sa *shared = put(&s), *unique;

	(void)state;
	reset_want();
	act.flags |= ACT_UNIQUE;
	assert_null(lookup());
	u.spi = 2;
	u.proto = 6;
	u.sport = 1000;
	u.dport = 80;
	u.flags |= SAF_UNIQUE;
	unique = put(&u);
	assert_ptr_equal(lookup(), unique);
	flow.lport = 1001;
	assert_null(lookup());
	act.flags &= (uint8_t)~ACT_UNIQUE;
	assert_ptr_equal(lookup(), shared);
	/* what the SA leaves open fits any */
	u.spi = 3;
	u.sport = 0;
	unique = put(&u);
	act.flags |= ACT_UNIQUE;
	assert_ptr_equal(lookup(), unique);
	flow.proto = 17;
	assert_null(lookup());
	flow.proto = 6;
	flow.has_ports = false; /* a fragment */
	assert_null(lookup());
}

static void
matches_inner_selectors(void **state)
{
	struct sa_spec s = out(1, "192.0.2.1", "192.0.2.2");
	struct sa *sa, *narrow;

	(void)state;
	s.flags |= SAF_TUNNEL;
	s.isrc = prefix("10.0.0.0", 24);
	s.idst = prefix("10.0.0.0", 8);
	sa = put(&s);
	reset_want();
	want.tunnel = true;
	want.src = addr("192.0.2.1");
	want.dst = addr("192.0.2.2");
	assert_ptr_equal(lookup(), sa);
	want.dst.fam = want.src.fam = FAM_NONE; /* whatever the SA says */
	assert_ptr_equal(lookup(), sa);
	flow.local = addr("10.0.1.1");
	assert_null(lookup());
	flow.local = addr("10.0.0.77");
	flow.remote = addr("10.255.255.255");
	assert_ptr_equal(lookup(), sa);
	flow.remote = addr("11.0.0.0");
	assert_null(lookup());
	reset_want();
	want.tunnel = true;
	want.src.fam = want.dst.fam = FAM_NONE;
	s.spi = 2;
	s.idst = prefix("10.0.0.2", 32);
	s.iproto = 6;
	s.idport = 80;
	s.proto = 4; /* outer protocol: no selector of a tunnel */
	narrow = put(&s);
	assert_ptr_equal(lookup(), narrow);
	flow.rport = 81;
	assert_ptr_equal(lookup(), sa);
	want.dst = addr("192.0.2.3");
	assert_null(lookup());
	/* families of inner and outer addresses may differ */
	s = out(3, "192.0.2.1", "192.0.2.2");
	s.flags |= SAF_TUNNEL;
	s.isrc = prefix("::", 0);
	s.idst = prefix("2001:db8::", 33);
	sa = put(&s);
	reset_want();
	want.tunnel = true;
	want.dst.fam = FAM_NONE;
	flow.local = addr("fe80::1");
	flow.remote = addr("2001:db8:7fff::1");
	want.src.fam = FAM_NONE;
	assert_ptr_equal(lookup(), sa);
	flow.remote = addr("2001:db8:8000::1");
	assert_null(lookup());
}

/* A tunnel SA that says nothing of inner addresses carries all. */
static void
takes_open_tunnels(void **state)
{
	struct sa_spec s = out(1, "192.0.2.1", "192.0.2.2");
	struct sa *sa;

	(void)state;
	s.flags |= SAF_TUNNEL;
	sa = put(&s);
	reset_want();
	want.tunnel = true;
	want.dst = addr("192.0.2.2");
	want.src.fam = FAM_NONE;
	assert_ptr_equal(lookup(), sa);
	flow.local = addr("fe80::1");
	flow.remote = addr("fe80::2");
	assert_ptr_equal(lookup(), sa);
}

/* --- model --- */

enum { MODEL_MAX = 400 };

static struct sa *list[MODEL_MAX];
static size_t n_list;
static struct fix dice = { .random = 1234567 };

static uint32_t
roll(uint32_t n)
{
	return (uint32_t)(fix_random(&dice) >> 20) % n;
}

static const char *const hosts[] = { "10.0.0.1", "10.0.0.2", "10.0.1.1",
	"10.0.1.2", "2001:db8::1", "2001:db8::2" };

static const char *
host(bool v6)
{
	return hosts[v6 ? 4 + roll(2) : roll(4)];
}

static struct prefix
random_prefix(bool v6)
{
	static const uint8_t l4[] = { 0, 8, 23, 24, 32 }, l6[] = { 0, 48, 128 };
	const char *a = host(v6);

	return prefix(a, v6 ? l6[roll(3)] : l4[roll(5)]);
}

/* RFC 3554; the SA makes its own copy */
static const struct sa_more *
random_more(bool v6)
{
	static struct sa_more m;

	m = (struct sa_more){ .n_src = (uint8_t)roll(3),
		.n_dst = (uint8_t)roll(4) };
	for (unsigned i = 0; i < m.n_src; i++)
		m.src[i] = addr(host(v6));
	for (unsigned i = 0; i < m.n_dst; i++)
		m.dst[i] = addr(host(roll(4) == 0 ? !v6 : v6));
	return &m;
}

static struct sa_spec
random_spec(void)
{
	bool v6 = roll(3) == 0, tunnel = roll(2) == 0, i6 = roll(3) == 0;
	struct sa_spec s = out(1 + roll(1000), host(v6), host(v6));

	if (roll(4) == 0)
		memset(s.src.b, 0, 16);
	s.flags = roll(4) == 0	 ? SAF_INBOUND
		  : roll(4) == 0 ? SAF_INBOUND | SAF_OUTBOUND
				 : SAF_OUTBOUND;
	if (roll(3) == 0) {
		s.satype = SATYPE_AH;
		s.auth = AALG_SHA1HMAC;
		s.encr = 0;
		s.ekey.bits = 0;
		s.akey.bits = 160;
	} else if (roll(4) == 0) {
		s.encr = EALG_3DESCBC;
		s.ekey.bits = 192;
		memcpy(s.ekey.b, "three different keys, of DES", 24);
	}
	s.state = (uint8_t)roll(4);
	uint8_t proto = roll(2) == 0 ? 0 : roll(2) == 0 ? 6 : 17;
	uint16_t sport = (uint16_t)(proto != 0 ? roll(3) : 0);
	uint16_t dport = (uint16_t)(proto != 0 ? roll(3) : 0);
	if (tunnel) {
		s.flags |= SAF_TUNNEL;
		if (roll(5) != 0) {
			s.isrc = random_prefix(i6);
			s.idst = random_prefix(i6);
		}
		s.iproto = proto;
		s.isport = sport;
		s.idport = dport;
	} else {
		s.proto = proto;
		s.sport = sport;
		s.dport = dport;
		if (!addr_is_unspec(&s.src) && roll(3) == 0)
			s.more = random_more(v6);
	}
	return s;
}

static bool
open_or(unsigned has, unsigned is)
{
	return has == 0 || has == is;
}

static bool
to(const struct sa_spec *s, const struct addr *a)
{
	bool yes = addr_equal(&s->dst, a);

	for (unsigned i = 0; s->more != NULL && i < s->more->n_dst; i++)
		yes = yes || addr_equal(&s->more->dst[i], a);
	return yes;
}

static bool
from(const struct sa_spec *s, const struct addr *a)
{
	bool yes = addr_equal(&s->src, a);

	for (unsigned i = 0; s->more != NULL && i < s->more->n_src; i++)
		yes = yes || addr_equal(&s->more->src[i], a);
	return yes;
}

/* spec: sa 19, word by word */
static bool
model_fits(const struct sa *sa, const struct sadb_want *w)
{
	const struct sa_spec *s = said(sa);
	const struct flow *fl = w->flow;
	bool tunnel = (s->flags & SAF_TUNNEL) != 0, sels;
	bool unique = (w->act->flags & ACT_UNIQUE) != 0;
	uint16_t lport = fl->has_ports ? fl->lport : 0;
	uint16_t rport = fl->has_ports ? fl->rport : 0;

	if (s->satype != w->satype || (s->flags & SAF_OUTBOUND) == 0 ||
	    (s->state != SA_MATURE && s->state != SA_DYING) ||
	    tunnel != w->tunnel)
		return false;
	if (w->dst.fam == FAM_NONE ? !tunnel : !to(s, &w->dst))
		return false;
	if (!addr_is_unspec(&s->src) &&
	    (w->src.fam == FAM_NONE ? !tunnel : !from(s, &w->src)))
		return false;
	if (s->auth !=
		(s->satype == SATYPE_AH ? w->act->ah_alg : w->act->espa_alg) ||
	    (s->satype == SATYPE_ESP && s->encr != w->act->esp_alg))
		return false;
	if (tunnel)
		return prefix_match(&s->isrc, &fl->local) &&
		       prefix_match(&s->idst, &fl->remote) &&
		       open_or(s->iproto, fl->proto) &&
		       open_or(s->isport, lport) && open_or(s->idport, rport);
	sels = s->proto != 0 || s->sport != 0 || s->dport != 0;
	if (sels != unique)
		return false;
	return open_or(s->proto, fl->proto) && open_or(s->sport, lport) &&
	       open_or(s->dport, rport);
}

static struct sa *
model_lookup(const struct sadb_want *w)
{
	struct sa *best = NULL;

	for (size_t i = 0; i < n_list; i++) {
		bool wild = addr_is_unspec(&list[i]->src);
		bool best_wild = best == NULL || addr_is_unspec(&best->src);

		if (list[i]->satype != w->satype ||
		    sa_is_tunnel(list[i]) != w->tunnel)
			continue;
		/* the list is in the order of age */
		if (model_fits(list[i], w) && (!wild || best_wild))
			best = list[i];
	}
	return best;
}

static struct sa *
model_find(uint8_t satype, uint32_t spi, const struct addr *dst,
    const struct addr *src, uint32_t dirs)
{
	struct sa *wild = NULL;

	for (size_t i = n_list; i-- > 0;) {
		const struct sa_spec *s;

		if (list[i]->spi != spi)
			continue;
		s = said(list[i]);
		if (s->satype != satype || s->spi != spi ||
		    (s->flags & dirs) == 0 || !to(s, dst))
			continue;
		if (addr_is_unspec(src) ||
		    (!addr_is_unspec(&s->src) && from(s, src)))
			return list[i];
		if (addr_is_unspec(&s->src) && wild == NULL)
			wild = list[i];
	}
	return wild;
}

static void
random_want(void)
{
	bool v6 = roll(3) == 0, i6 = roll(3) == 0;

	reset_want();
	want.satype = roll(3) == 0 ? SATYPE_AH : SATYPE_ESP;
	act.ah_alg = AALG_SHA1HMAC;
	if (roll(4) == 0)
		act.esp_alg = EALG_3DESCBC;
	if (roll(2) == 0)
		act.flags |= ACT_UNIQUE;
	want.tunnel = roll(2) == 0;
	want.src = addr(host(v6));
	want.dst = addr(host(v6));
	flow.local = want.tunnel ? addr(host(i6)) : want.src;
	flow.remote = want.tunnel ? addr(host(i6)) : want.dst;
	if (want.tunnel && roll(2) == 0)
		want.dst.fam = want.src.fam = FAM_NONE;
	flow.proto = roll(2) == 0 ? 6 : 17;
	flow.has_ports = roll(8) != 0;
	flow.lport = (uint16_t)roll(3);
	flow.rport = (uint16_t)roll(3);
}

/* lookups that found something, and with more than one shape to choose from */
static void
compare(unsigned *hits)
{
	struct sa *sa;

	random_want();
	sa = model_lookup(&want);
	assert_ptr_equal(lookup(), sa);
	*hits += sa != NULL;
	if (n_list == 0)
		return;
	const struct sa_spec s = *said(list[roll((uint32_t)n_list)]);
	struct addr src = roll(2) == 0 ? addr("10.0.1.2") : s.src;
	struct addr dst = s.more != NULL && s.more->n_dst != 0
			      ? s.more->dst[roll(s.more->n_dst)]
			      : s.dst;
	uint32_t dirs = roll(2) == 0 ? SAF_INBOUND : SAF_OUTBOUND;
	assert_ptr_equal(satable_find(&t, s.satype, s.spi, &dst, &src, dirs),
	    model_find(s.satype, s.spi, &dst, &src, dirs));
}

static void
agrees_with_a_list(void **state)
{
	unsigned hits = 0;

	(void)state;
	n_list = 0;
	for (unsigned i = 0; i < 60000; i++) {
		/* mostly growing, then mostly shrinking, again and again */
		bool grow = roll(100) < (i / 3000 % 2 == 0 ? 70u : 30u);

		if (grow && n_list < MODEL_MAX) {
			struct sa_spec s = random_spec();

			list[n_list++] = put(&s);
		} else if (!grow && n_list > 0) {
			size_t k = roll((uint32_t)n_list);

			satable_remove(&t, list[k]);
			sa_free(list[k]);
			n_list--;
			memmove(&list[k], &list[k + 1],
			    (n_list - k) * sizeof(list[0]));
		}
		if (n_list != 0 && roll(4) == 0)
			assert_true(
			    satable_redirect(&t, list[roll((uint32_t)n_list)],
				(1 + roll(3)) * SAF_INBOUND));
		compare(&hits);
	}
	assert_true(hits > 5000);
}

/*
 * Many SAs to one destination: the work of a lookup does not grow with them.
 * Counted by the length of the chain that the lookup walks, not by the clock.
 */
static void
chains_stay_short(void **state)
{
	size_t longest = 0;

	(void)state;
	for (uint32_t i = 0; i < 50000; i++) {
		struct sa_spec s = out(i + 1, "10.0.0.1", "10.0.0.2");

		s.proto = 6;
		s.sport = (uint16_t)(1 + i % 250);
		s.dport = (uint16_t)(1 + i / 250);
		(void)put(&s);
	}
	const struct sahash *all[] = { &t.id, &t.out };
	for (size_t k = 0; k < 2; k++) {
		size_t run = 0;

		/* a lookup walks on while something was put behind */
		for (size_t i = 0; i < all[k]->now.size; i++) {
			run = all[k]->now.b[i].passed != 0 ? run + 1 : 0;
			longest = run > longest ? run : longest;
		}
	}
	assert_true(longest < 200);
	assert_int_equal(t.n_shapes, 1);
	reset_want();
	act.flags |= ACT_UNIQUE;
	flow.lport = 250;
	flow.rport = 200;
	assert_int_equal(lookup()->spi, 50000);
}

static void
keeps_the_newest_first_as_it_grows(void **state)
{
	struct sa_spec s = out(1, "10.0.0.1", "10.0.0.2");
	struct sa *newest = NULL;

	(void)state;
	for (s.spi = 1; s.spi <= 5; s.spi++)
		newest = put(&s);
	reset_want();
	for (; s.spi <= 3000; s.spi++) {
		struct sa_spec other = out(s.spi, "10.0.0.1", "10.0.0.3");

		other.proto = 6;
		other.dport = (uint16_t)s.spi;
		(void)put(&other);
		assert_ptr_equal(lookup(), newest);
	}
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(prefers_own_source_then_newest),
		T(wants_everything_to_fit),
		T(counts_key_bits_alone),
		T(takes_no_cipher_for_null),
		T(keeps_unique_and_shared_apart),
		T(matches_inner_selectors),
		T(takes_open_tunnels),
		T(agrees_with_a_list),
		T(chains_stay_short),
		T(keeps_the_newest_first_as_it_grows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
