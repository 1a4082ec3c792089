/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nomem - each change of the SADB and the SPD, with the n-th allocation refused
 * for every n, once alone and once with all that follow. Then it was done whole,
 * or ENOMEM was told and everything is as it was; a second try with memory
 * succeeds; and nothing has leaked.
 *
 * The linker sends the calls of our rooms here (--wrap); libcrypto keeps its own.
 */
#include <errno.h>

#include "core/fragcache.h"
#include "core/larval.h"
#include "core/pfkeyd_fix_test.h"
#include "core/pfpolicyd.h"
#include "wire/pfpolicy.h"

/* --- memory that runs out --- */

static struct {
	bool armed, all, hit;
	long n, at; /* allocations since armed; the one to refuse */
	long live;  /* blocks */
} mem;

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__real_aligned_alloc(size_t align, size_t n);
void __real_free(void *p);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
void *__wrap_aligned_alloc(size_t align, size_t n);
void __wrap_free(void *p);

static bool
refused(void)
{
	if (!mem.armed)
		return false;
	mem.n++;
	if (mem.n != mem.at && !(mem.all && mem.n > mem.at))
		return false;
	mem.hit = true;
	errno = ENOMEM;
	return true;
}

static void *
counted(void *p)
{
	mem.live += p != NULL;
	return p;
}

void *
__wrap_malloc(size_t n)
{
	return refused() ? NULL : counted(__real_malloc(n));
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return refused() ? NULL : counted(__real_calloc(n, size));
}

void *
__wrap_realloc(void *p, size_t n)
{
	if (refused())
		return NULL;
	return p == NULL ? counted(__real_realloc(p, n)) : __real_realloc(p, n);
}

void *
__wrap_aligned_alloc(size_t align, size_t n)
{
	return refused() ? NULL : counted(__real_aligned_alloc(align, n));
}

void
__wrap_free(void *p)
{
	mem.live -= p != NULL;
	__real_free(p);
}

static void
arm(void)
{
	mem.n = 0;
	mem.armed = true;
}

static void
disarm(void)
{
	mem.armed = false;
}

/* What is done goes on until it needs no n-th allocation. */
static void
each(void (*what)(void))
{
	long most = 0;

	/* once with memory: what is made on first use and kept */
	mem.at = -1;
	mem.all = false;
	what();
	for (int all = 0; all < 2; all++) {
		mem.all = all != 0;
		for (mem.at = 1;; mem.at++) {
			long before = mem.live;

			mem.hit = false;
			what();
			assert_int_equal(mem.live, before);
			if (!mem.hit)
				break;
			assert_true(mem.at < 5000);
		}
		most = mem.at - 1;
	}
	assert_true(most > 0); /* or it tests nothing */
}

/* --- the SADB --- */

static struct crypto *crypto;

struct sum {
	uint64_t h;
	size_t n;
};

static void
mix(struct sum *s, uint64_t v)
{
	s->h = (s->h ^ v) * UINT64_C(1099511628211);
}

static bool
see_sa(void *ctx, struct sa *sa)
{
	struct sum *s = ctx;

	mix(s, sa->spi);
	mix(s, sa->state);
	mix(s, sa->flags);
	mix(s, sa->rest->pair_spi);
	mix(s, sa_lives(sa)->hard.addtime);
	s->n++;
	return true;
}

static struct sum
sa_sum(void)
{
	struct sum s = { 0 };

	sadb_each(f.d, 0, see_sa, &s);
	assert_int_equal(s.n, sadb_count(f.d, 0));
	return s;
}

static bool
same(struct sum a, struct sum b)
{
	return a.h == b.h && a.n == b.n;
}

static struct sa_spec
tunnel(uint32_t spi)
{
	struct sa_spec s = esp(spi, "10.0.0.1", "10.0.0.2");

	s.flags = SAF_TUNNEL;
	s.isrc = prefix("10.1.0.0", (uint8_t)(8 + spi % 16));
	s.idst = prefix("10.2.0.0", 16);
	return s;
}

/* An SADB with so many SAs that one more makes its tables grow. */
static void
open_sadb(void)
{
	const struct sadb_env env = { fix_is_local, fix_expired, &f };

	f = (struct fix){ .random = 88172645463325252u, .crypto = crypto };
	rng = (struct rng){ fix_fill, &f };
	f.d = sadb_new(crypto, &rng, &env);
	assert_non_null(f.d);
	for (uint32_t i = 0; i < 16; i++) {
		struct sa_spec s = tunnel(0x1000 + i);

		(void)must_add(&f, &s);
	}
}

static void
make_sadb(void)
{
	const struct sadb_env env = { fix_is_local, fix_expired, &f };
	struct sadb *d;

	rng = (struct rng){ fix_fill, &f };
	arm();
	d = sadb_new(crypto, &rng, &env);
	disarm();
	assert_true(d != NULL || mem.hit);
	sadb_free(d);
}

/* Add s; refused, nothing of it is there, and it can be added then. */
static void
add_one(struct sa_spec s)
{
	struct sum before;
	struct sa *sa;
	uint16_t diag;
	int err;

	open_sadb();
	if (s.pair_spi != 0) {
		struct sa_spec o = esp(s.pair_spi, "10.0.0.2", "10.0.0.1");

		(void)must_add(&f, &o);
	}
	before = sa_sum();
	arm();
	err = sadb_add(f.d, &s, t0, &diag, &sa);
	disarm();
	if (err != 0) {
		assert_int_equal(err, ENOMEM);
		assert_int_equal(diag, 0);
		assert_null(sa);
		assert_null(sadb_find(f.d, &s));
		assert_true(same(before, sa_sum()));
		sa = must_add(&f, &s);
	}
	assert_ptr_equal(sadb_find(f.d, &s), sa);
	assert_int_equal(sadb_count(f.d, 0), before.n + 1);
	sadb_free(f.d);
}

static struct sa_spec one;

static void
add_it(void)
{
	add_one(one);
}

static void
test_sadb(void **state)
{
	(void)state;
	each(make_sadb);
	one = esp(0x2000, "10.0.0.1", "10.0.0.2");
	each(add_it);
	one.pair_spi = 0x2001;
	one.flags = SAF_PAIRED;
	each(add_it);
	one = tunnel(0x2002);
	each(add_it);
	one = ah(0x2003, "10.0.0.2", "10.0.0.1");
	one.window = 4096;
	each(add_it);
	one = esp(0x2004, "2001:db8::1", "2001:db8::2");
	one.auth = AALG_NONE;
	one.akey.bits = 0;
	one.encr = EALG_AES_GCM_16;
	one.ekey.bits = 160;
	each(add_it);
	struct sa_more more = { .n_src = 1, .n_dst = 2 };
	more.src[0] = addr("10.0.1.1");
	more.dst[0] = addr("10.0.1.2");
	more.dst[1] = addr("2001:db8::2");
	one = esp(0x2005, "10.0.0.1", "10.0.0.2");
	one.more = &more;
	each(add_it);
}

static void
reserve(void)
{
	struct addr src = addr("10.0.0.2"), dst = addr("10.0.0.1");
	struct sum before;
	struct sa *sa;
	uint16_t diag;
	int err;

	open_sadb();
	/* so that the first one needs memory of its own */
	(void)sadb_flush(f.d, 0);
	before = sa_sum();
	arm();
	err = sadb_getspi(
	    f.d, SATYPE_ESP, &src, &dst, 0x3000, 0x3000, t0, &diag, &sa);
	disarm();
	if (err != 0) {
		assert_int_equal(err, ENOMEM);
		assert_true(same(before, sa_sum()));
		assert_int_equal(sadb_getspi(f.d, SATYPE_ESP, &src, &dst,
				     0x3000, 0x3000, t0, &diag, &sa),
		    0);
	}
	assert_int_equal(sa->spi, 0x3000);
	sadb_free(f.d);
}

/* A larval SA, paired before it has keys, gets them; refused, it is larval. */
static void
complete(void)
{
	struct addr src = addr("10.0.0.2"), dst = addr("10.0.0.1");
	struct sa_spec s = esp(0x3000, "10.0.0.2", "10.0.0.1");
	struct sa_spec o = esp(0x3001, "10.0.0.1", "10.0.0.2");
	struct sum before;
	struct sa *sa;
	uint16_t diag;
	int err;

	open_sadb();
	assert_int_equal(sadb_getspi(f.d, SATYPE_ESP, &src, &dst, 0x3000,
			     0x3000, t0, &diag, &sa),
	    0);
	o.pair_spi = 0x3000;
	o.flags = SAF_PAIRED;
	(void)must_add(&f, &o);
	before = sa_sum();
	arm();
	err = sadb_update(f.d, &s, t0, &diag, &sa);
	disarm();
	if (err != 0) {
		assert_int_equal(err, ENOMEM);
		assert_true(same(before, sa_sum()));
		assert_int_equal(sadb_update(f.d, &s, t0, &diag, &sa), 0);
	}
	assert_int_equal(sa->state, SA_MATURE);
	assert_int_equal(sa->rest->pair_spi, 0x3001);
	assert_non_null(sadb_pair(f.d, sa));
	assert_int_equal(sadb_count(f.d, 0), before.n);
	sadb_free(f.d);
}

static void
test_larval(void **state)
{
	(void)state;
	each(reserve);
	each(complete);
}

/* --- the PF_KEY server --- */

/* Everything from the first connection to the last dump. */
static void
key_session(void)
{
	const struct pfkeyd_env env = {
		.send = hear, .wake = hear_wake, .ctx = &conns
	};
	struct sa_spec s = esp(0x4000, "10.0.0.1", "10.0.0.2");
	struct pfkey_msg m = about(PFKEY_ADD, &s, true);
	struct pfkey_msg dump = base(PFKEY_DUMP, 0);
	size_t n;

	open_sadb();
	memset(conns, 0, sizeof(conns));
	arm();
	srv = pfkeyd_new(f.d, NULL, crypto, &env);
	if (srv != NULL)
		conns[0].s = pfkeyd_open(srv, &conns[0], true);
	if (conns[0].s == NULL) {
		disarm();
		assert_true(mem.hit);
		pfkeyd_free(srv);
		sadb_free(f.d);
		return;
	}
	ask(&conns[0], &m);
	disarm();
	n = sadb_count(f.d, 0);
	assert_int_equal(conns[0].n, 1);
	assert_int_equal(conns[0].last.errnum, n == 16 ? ENOMEM : 0);
	hush();
	ask(&conns[0], &m);
	assert_int_equal(conns[0].last.errnum, n == 16 ? 0 : EEXIST);
	hush();
	ask(&conns[0], &dump);
	assert_int_equal(conns[0].n, 17 + 1);
	assert_int_equal(conns[0].last.errnum, 0);
	pfkeyd_free(srv);
	sadb_free(f.d);
}

static void
test_pfkeyd(void **state)
{
	(void)state;
	each(key_session);
}

/* --- the SPD and the PF_POLICY server --- */

static struct pfpolicyd *pol;
static struct pfpolicyd_session *session;
static struct {
	unsigned n;
	uint8_t errnum;
	uint16_t diag;
} answer;
static bool steers;

static void
on_answer(void *ctx, void *conn, const uint8_t *msg, size_t n)
{
	(void)ctx;
	(void)conn;
	assert_true(n >= 16);
	answer.n++;
	answer.errnum = msg[2];
	memcpy(&answer.diag, msg + 6, sizeof(answer.diag));
}

static bool
on_steer(void *ctx, int id)
{
	(void)ctx;
	(void)id;
	return steers;
}

/* The second is of the rules that are added while memory runs out. */
static struct action actions[2] = { { .type = ACT_IPSEC,
					.flags = ACT_ESP | ACT_ESPA,
					.esp_alg = EALG_AES,
					.esp_max = 65535,
					.espa_alg = AALG_SHA1HMAC,
					.espa_max = 65535 },
	{ .type = ACT_DROP } };

static struct pfpolicy_msg
rule_msg(uint8_t spdid, const char *tun, uint8_t proto)
{
	struct pfpolicy_msg m = { .type = SPD_ADDRULE, .spdid = spdid };

	m.has = 1u << SPD_EXT_RULE | 1u << SPD_EXT_ACTION;
	if (tun[0] != '\0')
		m.has |= 1u << SPD_EXT_TUN_NAME;
	memcpy(m.rule.tun, tun, strlen(tun) + 1);
	m.rule.tunnel_mode = tun[0] != '\0';
	m.rule.dir = RULE_BOTH;
	m.rule.priority = 5;
	m.rule.sel.has = SEL_PROTO | SEL_RADDR;
	m.rule.sel.proto = proto;
	m.rule.sel.raddr = prefix("10.0.0.0", 8);
	m.rule.fam = FAM_V4;
	m.rule.n_actions = 1;
	m.rule.actions = &actions[proto == 6];
	return m;
}

/* The errno of the one answer to m. */
static int
tell(const struct pfpolicy_msg *m)
{
	static uint8_t b[PFPOLICY_MAX + 8];
	struct wr w = wr_into(b, sizeof(b));

	assert_true(pfpolicy_write(&w, m));
	answer.n = 0;
	pfpolicyd_input(session, b, w.len);
	assert_int_equal(answer.n, 1);
	return answer.errnum;
}

static bool
see_rule(void *ctx, struct spd_entry *e)
{
	struct sum *s = ctx;

	mix(s, e->rule.index);
	mix(s, e->rule.dir);
	mix(s, e->rule.sel.proto);
	mix(s, (uint8_t)e->rule.tun[0]);
	mix(s, e->rule.actions[0].esp_alg);
	s->n++;
	return true;
}

static struct sum
rule_sum(int id)
{
	struct sum s = { 0 };

	spd_each(spd, id, "", true, see_rule, &s);
	for (size_t i = 0; id == SPD_ACTIVE && spd_tunnel(spd, i) != NULL; i++)
		mix(&s, (uint8_t)spd_tunnel(spd, i)[1]);
	assert_int_equal(s.n, spd_count(spd, id));
	return s;
}

/* A server with so much policy that one more makes its tables grow. */
static void
open_policy(void)
{
	const struct pfpolicyd_env env = { .send = on_answer,
		.steer = on_steer };

	spd = spd_new();
	pol = pfpolicyd_new(spd, crypto, &env);
	session = pfpolicyd_open(pol, NULL);
	steers = true;
	for (uint8_t i = 0; i < 16; i++) {
		struct pfpolicy_msg m =
		    rule_msg(SPD_ACTIVE, i % 4 ? "" : "t0", (uint8_t)(20 + i));

		assert_int_equal(tell(&m), 0);
	}
}

static void
close_policy(void)
{
	pfpolicyd_free(pol);
	spd_free(spd);
}

static void
make_policy(void)
{
	const struct pfpolicyd_env env = { .send = on_answer,
		.steer = on_steer };

	arm();
	spd = spd_new();
	pol = pfpolicyd_new(spd, crypto, &env);
	session = pol != NULL ? pfpolicyd_open(pol, NULL) : NULL;
	disarm();
	assert_true((spd != NULL && session != NULL) || mem.hit);
	close_policy();
}

static struct pfpolicy_msg change;

/* Done whole, or refused with the policy as it was; then it can be done. */
static void
change_policy(void)
{
	struct sum before, after;
	uint64_t version;
	int e;

	open_policy();
	before = rule_sum(SPD_ACTIVE);
	version = spd_version(spd);
	arm();
	e = tell(&change);
	disarm();
	after = rule_sum(SPD_ACTIVE);
	if (e != 0) {
		assert_int_equal(e, ENOMEM);
		assert_int_equal(answer.diag, PFPOLICY_DIAG_ADD_NO_MEM);
		assert_true(same(before, after));
		assert_int_equal(spd_version(spd), version);
		assert_int_equal(tell(&change), 0);
		after = rule_sum(SPD_ACTIVE);
	}
	if (change.spdid == SPD_ACTIVE)
		assert_false(same(before, after));
	close_policy();
}

/* The kernel says no in the middle: the saved policy comes back, memory or not. */
static void
undo_change(void)
{
	struct sum before;
	int e;

	open_policy();
	before = rule_sum(SPD_ACTIVE);
	steers = false;
	arm();
	e = tell(&change);
	disarm();
	assert_true(e == ENOMEM || e == EIO);
	assert_true(same(before, rule_sum(SPD_ACTIVE)));
	steers = true;
	assert_int_equal(tell(&change), 0);
	close_policy();
}

/* What ipsecconf -a does; where it stops, ACTIVE is the old policy. */
static void
transaction(void)
{
	struct pfpolicy_msg steps[] = {
		{ .type = SPD_CLONE, .spdid = SPD_STANDBY },
		rule_msg(SPD_STANDBY, "", 6),
		rule_msg(SPD_STANDBY, "t1", 6),
		{ .type = SPD_FLIP, .spdid = SPD_STANDBY },
		{ .type = SPD_FLUSH,
		    .spdid = SPD_STANDBY,
		    .has = 1u << SPD_EXT_TUN_NAME },
	};
	struct sum before;
	int e = 0;
	size_t i;

	open_policy();
	before = rule_sum(SPD_ACTIVE);
	arm();
	for (i = 0; e == 0 && i < 5; i++)
		e = tell(&steps[i]);
	disarm();
	if (e != 0) {
		assert_int_equal(e, ENOMEM);
		assert_true(i <= 3); /* FLIP and FLUSH need none */
		assert_true(same(before, rule_sum(SPD_ACTIVE)));
		assert_int_equal(tell(&steps[4]), 0);
		for (i = 0; i < 5; i++)
			assert_int_equal(tell(&steps[i]), 0);
	}
	assert_int_equal(spd_count(spd, SPD_ACTIVE), before.n + 4);
	assert_int_equal(spd_count(spd, SPD_STANDBY), 0);
	close_policy();
}

static void
test_policy(void **state)
{
	(void)state;
	each(make_policy);
	change = rule_msg(SPD_ACTIVE, "", 6);
	each(change_policy);
	each(undo_change);
	change = rule_msg(SPD_ACTIVE, "t1", 6);
	each(change_policy);
	each(undo_change);
	change = (struct pfpolicy_msg){ .type = SPD_DELETERULE,
		.spdid = SPD_ACTIVE,
		.has = 1u << SPD_EXT_RULE,
		.rule.index = 2 };
	each(change_policy);
	each(undo_change);
	change =
	    (struct pfpolicy_msg){ .type = SPD_FLUSH, .spdid = SPD_ACTIVE };
	each(change_policy);
	each(undo_change);
	each(transaction);
}

/* --- packets that wait --- */

static void
hold(void)
{
	static struct path_stats st;
	struct larval_key k = { .version = 1, .rule = 1 };
	const uint8_t pkt[100] = { 0x45 };
	struct larval *l;
	enum verdict v;
	uint32_t seq;

	arm();
	l = larval_new();
	if (l == NULL) {
		disarm();
		assert_true(mem.hit);
		return;
	}
	v = larval_hold(l, &k, pkt, sizeof(pkt), 1, 15, &seq, &st);
	disarm();
	if (v != VERDICT_HOLD) {
		assert_int_equal(v, VERDICT_SADB_ACQUIRE_NOMEM);
		assert_int_equal(larval_waiting(l), 0);
		assert_int_equal(seq, 0);
		v = larval_hold(l, &k, pkt, sizeof(pkt), 1, 15, &seq, &st);
		assert_int_equal(v, VERDICT_HOLD);
	}
	assert_int_not_equal(seq, 0);
	assert_int_equal(larval_waiting(l), 1);
	larval_free(l);
}

/* A fragment that is kept until the others come. */
static void
collect(void)
{
	static struct path_stats st;
	const uint8_t pkt[100] = { 0x45, 0, 0, 100, 0, 1, 0x20, 0, 9, 17 };
	struct fragcache_key k = { .id = 1 };
	struct fragcache *c;
	struct ip_view v;
	enum verdict e;

	assert_true(ip_parse(&v, pkt, sizeof(pkt)));
	arm();
	c = fragcache_new(&crypto_rng);
	if (c == NULL) {
		disarm();
		assert_true(mem.hit);
		return;
	}
	e = fragcache_add(c, &k, &v, pkt, 1, &st);
	disarm();
	if (e != VERDICT_HOLD) {
		assert_int_equal(e, VERDICT_SPD_NOMEM);
		assert_int_equal(fragcache_waiting(c), 0);
	} else {
		assert_int_equal(fragcache_waiting(c), 1);
	}
	fragcache_free(c);
}

static void
test_collect(void **state)
{
	(void)state;
	each(collect);
}

static void
test_hold(void **state)
{
	(void)state;
	each(hold);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sadb),
		cmocka_unit_test(test_larval),
		cmocka_unit_test(test_pfkeyd),
		cmocka_unit_test(test_policy),
		cmocka_unit_test(test_hold),
		cmocka_unit_test(test_collect),
	};

	crypto = crypto_new(be_all, NULL, NULL);
	if (crypto == NULL)
		return 1;
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	crypto_free(crypto);
	return failed;
}
