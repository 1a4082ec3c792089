/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/kspd.h"

#include <errno.h>

#include "base/test.h"

static struct kspd *db;

static int
setup(void **state)
{
	(void)state;
	db = kspd_new();
	assert_non_null(db);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	kspd_free(db);
	return 0;
}

static struct addr
addr(const char *text)
{
	struct addr a;

	assert_true(addr_read(&a, text));
	return a;
}

static bool
addr_is(const struct addr *a, const char *text)
{
	struct addr b = addr(text);

	return addr_equal(a, &b);
}

/* What a message says of an entry. */
struct words {
	struct pfkey_addr src, dst;
	struct kame_policy pol;
};

static struct words
words(enum kame_dir dir, const char *src, const char *dst, uint8_t plen)
{
	struct words w = { .src = { .a = addr(src),
			       .plen = plen,
			       .proto = KAME_PROTO_ANY },
		.dst = { .a = addr(dst),
		    .plen = plen,
		    .proto = KAME_PROTO_ANY },
		.pol = { .type = KAME_POLICY_DISCARD, .dir = (uint8_t)dir } };

	return w;
}

static struct kame_req
req(uint16_t proto, uint8_t mode, uint8_t level)
{
	struct kame_req q = { .proto = proto, .mode = mode, .level = level };

	if (mode == KAME_MODE_TUNNEL) {
		q.src = addr("192.0.2.1");
		q.dst = addr("192.0.2.2");
	}
	return q;
}

static void
protect(struct words *w, struct kame_req q)
{
	w->pol.type = KAME_POLICY_IPSEC;
	w->pol.req[w->pol.n++] = q;
}

static int
try(const struct words *w)
{
	struct kspd_entry *e;
	int err = kspd_make(&e, &w->src, &w->dst, &w->pol);

	assert_true((err == 0) == (e != NULL));
	kspd_drop(e);
	return err;
}

static struct kspd_entry *
put(const struct words *w)
{
	struct kspd_entry *e;

	assert_int_equal(kspd_make(&e, &w->src, &w->dst, &w->pol), 0);
	assert_int_equal(kspd_insert(db, e), 0);
	return e;
}

static struct flow
flow(const char *local, const char *remote, uint8_t proto)
{
	return (struct flow){
		.local = addr(local), .remote = addr(remote), .proto = proto
	};
}

static void
sees_the_source_of_out_as_local(void **state)
{
	struct words w = words(KAME_DIR_OUT, "10.1.0.7", "10.2.0.7", 24);
	struct flow there = flow("10.1.0.1", "10.2.0.1", IPPROTO_UDP_),
		    back = flow("10.2.0.1", "10.1.0.1", IPPROTO_UDP_);
	struct kspd_entry *e = put(&w);

	(void)state;
	assert_ptr_equal(kspd_lookup(db, KAME_DIR_OUT, &there), &e->e);
	assert_null(kspd_lookup(db, KAME_DIR_OUT, &back));
	assert_null(kspd_lookup(db, KAME_DIR_IN, &back));
	assert_true(addr_is(&e->src.a, "10.1.0.0"));
	/* of "in" and "fwd" the destination is local */
	w.pol.dir = KAME_DIR_IN;
	e = put(&w);
	assert_ptr_equal(kspd_lookup(db, KAME_DIR_IN, &back), &e->e);
	assert_null(kspd_lookup(db, KAME_DIR_IN, &there));
	assert_null(kspd_lookup(db, KAME_DIR_FWD, &back));
	w.pol.dir = KAME_DIR_FWD;
	e = put(&w);
	assert_ptr_equal(kspd_lookup(db, KAME_DIR_FWD, &back), &e->e);
	assert_int_equal(kspd_count(db), 3);
}

static void
has_both_families(void **state)
{
	struct words w =
	    words(KAME_DIR_OUT, "2001:db8:1::", "2001:db8:2::", 48);
	struct flow f = flow("2001:db8:1::5", "2001:db8:2::5", IPPROTO_TCP_);
	struct kspd_entry *e;

	(void)state;
	protect(&w, req(IPPROTO_ESP_, KAME_MODE_TRANSPORT, KAME_LEVEL_REQUIRE));
	e = put(&w);
	assert_ptr_equal(kspd_lookup(db, KAME_DIR_OUT, &f), &e->e);
	f = flow("10.0.0.1", "10.0.0.2", IPPROTO_TCP_);
	assert_null(kspd_lookup(db, KAME_DIR_OUT, &f));
	w.dst.a = addr("10.0.0.1");
	assert_int_equal(try(&w), EINVAL);
}

static void
least_number_decides_then_the_oldest(void **state)
{
	struct words w = words(KAME_DIR_OUT, "10.1.0.0", "10.2.0.0", 16);
	struct flow f = flow("10.1.0.1", "10.2.0.1", IPPROTO_TCP_);
	struct kspd_entry *wide, *narrow, *first;

	(void)state;
	w.pol.priority = 10;
	wide = put(&w);
	w.src.plen = w.dst.plen = 24;
	narrow = put(&w);
	assert_ptr_equal(kspd_lookup(db, KAME_DIR_OUT, &f), &wide->e);
	w.src.plen = 32;
	w.src.a = addr("10.1.0.1");
	w.pol.priority = 9;
	first = put(&w);
	assert_ptr_equal(kspd_lookup(db, KAME_DIR_OUT, &f), &first->e);
	kspd_remove(db, first);
	kspd_remove(db, wide);
	assert_ptr_equal(kspd_lookup(db, KAME_DIR_OUT, &f), &narrow->e);
	/* back in, it has its old place */
	assert_int_equal(kspd_insert(db, wide), 0);
	assert_ptr_equal(kspd_lookup(db, KAME_DIR_OUT, &f), &wide->e);
	kspd_drop(first);
}

static void
walks_in_order_of_ids(void **state)
{
	struct words w = words(KAME_DIR_OUT, "10.1.0.0", "10.2.0.0", 24);
	struct kspd_entry *e[3];
	uint64_t v = kspd_version(db);

	(void)state;
	for (uint8_t i = 0; i < 3; i++) {
		w.src.port = (uint16_t)(100 + i);
		w.pol.dir = (uint8_t)(KAME_DIR_IN + i);
		w.pol.priority = 3u - i;
		e[i] = put(&w);
		/* as in Linux, an id says the direction */
		assert_int_equal(e[i]->pol.id & 7, i);
	}
	assert_int_equal(kspd_version(db), v + 3);
	assert_ptr_equal(kspd_after(db, 0), e[0]);
	assert_ptr_equal(kspd_after(db, e[0]->pol.id), e[1]);
	assert_ptr_equal(kspd_by_id(db, e[2]->pol.id), e[2]);
	assert_null(kspd_after(db, e[2]->pol.id));
	assert_null(kspd_by_id(db, e[2]->pol.id + 1));
	assert_null(kspd_by_id(db, 0));
	assert_ptr_equal(kspd_same(db, e[1]), e[1]);
	kspd_remove(db, e[1]);
	assert_null(kspd_same(db, e[1]));
	assert_ptr_equal(kspd_after(db, e[0]->pol.id), e[2]);
	kspd_drop(e[1]);
}

static void
knows_who_asks_for_ports(void **state)
{
	struct words w = words(KAME_DIR_IN, "10.1.0.0", "10.2.0.0", 24);
	struct flow f = flow("10.2.0.1", "10.1.0.1", IPPROTO_TCP_);
	struct kspd_entry *e;

	(void)state;
	w.src.proto = w.dst.proto = IPPROTO_TCP_;
	w.dst.port = 80;
	w.pol.type = KAME_POLICY_NONE;
	(void)put(&w);
	assert_false(kspd_has_ports(db, KAME_DIR_IN, FAM_V4));
	w.dst.port = 81;
	w.pol.type = KAME_POLICY_DISCARD;
	e = put(&w);
	assert_true(kspd_has_ports(db, KAME_DIR_IN, FAM_V4));
	assert_false(kspd_has_ports(db, KAME_DIR_IN, FAM_V6));
	assert_false(kspd_has_ports(db, KAME_DIR_OUT, FAM_V4));
	f.has_ports = true;
	f.lport = 81;
	assert_ptr_equal(kspd_lookup(db, KAME_DIR_IN, &f), &e->e);
	f.lport = 82;
	assert_null(kspd_lookup(db, KAME_DIR_IN, &f));
	kspd_remove(db, e);
	assert_false(kspd_has_ports(db, KAME_DIR_IN, FAM_V4));
	kspd_drop(e);
}

/* KAME: the type is the source's port, the code the destination's. */
static void
has_icmp_types(void **state)
{
	struct words w = words(KAME_DIR_OUT, "10.1.0.0", "10.2.0.0", 24);
	struct flow f = flow("10.1.0.1", "10.2.0.1", IPPROTO_ICMP_);
	struct kspd_entry *e;

	(void)state;
	w.src.proto = w.dst.proto = IPPROTO_ICMP_;
	w.src.port = 3;
	w.dst.port = 4;
	e = put(&w);
	f.has_icmp = true;
	f.icmp_type = 3;
	f.icmp_code = 4;
	assert_ptr_equal(kspd_lookup(db, KAME_DIR_OUT, &f), &e->e);
	f.icmp_code = 1;
	assert_null(kspd_lookup(db, KAME_DIR_OUT, &f));
	/* neither more than a byte nor a code of any type */
	w.src.port = 0x103;
	assert_int_equal(try(&w), EINVAL);
	w.src.port = 3;
	w.dst.port = 256;
	assert_int_equal(try(&w), EINVAL);
	w.src.port = 0;
	w.dst.port = 4;
	assert_int_equal(try(&w), EOPNOTSUPP);
}

static void
takes_requests(void **state)
{
	struct words w = words(KAME_DIR_OUT, "10.1.0.0", "10.2.0.0", 24);
	struct kspd_entry *e;

	(void)state;
	protect(&w, req(IPPROTO_ESP_, KAME_MODE_TUNNEL, KAME_LEVEL_REQUIRE));
	protect(&w, req(IPPROTO_AH_, KAME_MODE_TRANSPORT, KAME_LEVEL_REQUIRE));
	e = put(&w);
	assert_true(e->e.rule.tunnel_mode);
	assert_int_equal(e->e.rule.n_actions, 1);
	assert_int_equal(e->acts[0].flags, ACT_ESP | ACT_AH | ACT_ANYALG);
	assert_true(addr_is(&e->e.rule.end_local, "192.0.2.1"));
	assert_true(addr_is(&e->e.rule.end_remote, "192.0.2.2"));
	/* of a packet that comes, the tunnel's destination is here */
	w.pol.dir = KAME_DIR_IN;
	e = put(&w);
	assert_true(addr_is(&e->e.rule.end_local, "192.0.2.2"));
	/* an end that is not specified is any */
	w.pol.dir = KAME_DIR_FWD;
	w.pol.req[0].src = addr("0.0.0.0");
	e = put(&w);
	assert_int_equal(e->e.rule.end_remote.fam, FAM_NONE);
}

static void
refuses_requests(void **state)
{
	const struct words none =
	    words(KAME_DIR_OUT, "10.1.0.0", "10.2.0.0", 24);
	struct kame_req esp =
	    req(IPPROTO_ESP_, KAME_MODE_TRANSPORT, KAME_LEVEL_REQUIRE);
	struct kame_req ah =
	    req(IPPROTO_AH_, KAME_MODE_TRANSPORT, KAME_LEVEL_REQUIRE);
	struct words w = none;

	(void)state;
	protect(&w, ah);
	protect(&w, esp); /* AH would be inside */
	assert_int_equal(try(&w), EOPNOTSUPP);
	w = none;
	protect(&w, esp);
	protect(&w, esp);
	assert_int_equal(try(&w), EOPNOTSUPP);
	w.pol.req[1] = req(IPPROTO_AH_, KAME_MODE_TUNNEL, KAME_LEVEL_REQUIRE);
	assert_int_equal(try(&w), EOPNOTSUPP);
	w.pol.req[1] = ah;
	w.pol.req[1].level = KAME_LEVEL_USE; /* one has to be, one may */
	assert_int_equal(try(&w), EOPNOTSUPP);
	w.pol.req[1].level = KAME_LEVEL_UNIQUE + 1;
	assert_int_equal(try(&w), EINVAL);
	w = none;
	esp.mode = KAME_MODE_TUNNEL; /* without ends */
	protect(&w, esp);
	assert_int_equal(try(&w), EINVAL);
	w = none;
	w.pol.type = KAME_POLICY_IPSEC + 1;
	assert_int_equal(try(&w), EINVAL);
	w = none;
	w.src.plen = 33;
	assert_int_equal(try(&w), EINVAL);
	w = none;
	w.pol.dir = 0;
	assert_int_equal(try(&w), EINVAL);
}

static void
level_use_lets_the_rest_pass(void **state)
{
	struct words w = words(KAME_DIR_OUT, "10.1.0.0", "10.2.0.0", 24);
	struct kspd_entry *e;

	(void)state;
	protect(&w, req(IPPROTO_AH_, KAME_MODE_TRANSPORT, KAME_LEVEL_USE));
	e = put(&w);
	assert_int_equal(e->e.rule.n_actions, 2);
	assert_int_equal(e->acts[0].type, ACT_IPSEC);
	assert_int_equal(e->acts[1].type, ACT_PASS);
	/* protection without a transform is none */
	w = words(KAME_DIR_IN, "10.1.0.0", "10.2.0.0", 24);
	w.pol.type = KAME_POLICY_IPSEC;
	e = put(&w);
	assert_int_equal(e->acts[0].type, ACT_PASS);
}

static void
numbers_levels_unique(void **state)
{
	struct words w = words(KAME_DIR_OUT, "10.1.0.0", "10.2.0.0", 24);
	struct kspd_entry *e;

	(void)state;
	protect(&w, req(IPPROTO_ESP_, KAME_MODE_TRANSPORT, KAME_LEVEL_UNIQUE));
	protect(&w, req(IPPROTO_AH_, KAME_MODE_TRANSPORT, KAME_LEVEL_UNIQUE));
	w.pol.req[0].reqid = 0x3fff; /* a manager's own */
	e = put(&w);
	assert_int_equal(e->e.rule.esp_reqid, 0x3fff);
	assert_int_equal(e->e.rule.ah_reqid, 0x4000);
	w.pol.dir = KAME_DIR_IN;
	w.pol.req[0].reqid = 0x4000; /* not a manager's */
	e = put(&w);
	assert_int_equal(e->e.rule.esp_reqid, 0x4001);
	assert_int_equal(e->e.rule.ah_reqid, 0x4002);
	/* what is only required is not bound to a number */
	w.pol.dir = KAME_DIR_FWD;
	w.pol.req[0].level = w.pol.req[1].level = KAME_LEVEL_REQUIRE;
	e = put(&w);
	assert_int_equal(e->e.rule.esp_reqid, 0);
	assert_int_equal(e->e.rule.ah_reqid, 0);
}

static void
ends_with_time(void **state)
{
	struct words w = words(KAME_DIR_OUT, "10.1.0.0", "10.2.0.0", 24);
	struct kspd_entry *e = put(&w);
	struct now t = { .mono = 1000000, .wall = 1700000000 };

	(void)state;
	e->added = t;
	t.mono += 1000000;
	assert_int_equal(kspd_age(e, t), SA_OK); /* no limit */
	e->soft.addtime = 1001;
	e->hard.addtime = 1003;
	assert_int_equal(kspd_age(e, t), SA_OK);
	t.mono += 1000;
	assert_int_equal(kspd_age(e, t), SA_SOFT);
	e->soft_sent = true;
	assert_int_equal(kspd_age(e, t), SA_OK);
	t.mono += 2000;
	assert_int_equal(kspd_age(e, t), SA_HARD);
	/* time since the first packet */
	e->hard = (struct lifetime){ .usetime = 5 };
	assert_int_equal(kspd_age(e, t), SA_OK);
	e->e.packets = 1;
	assert_int_equal(kspd_age(e, t), SA_OK);
	t.mono += 5000;
	assert_int_equal(kspd_age(e, t), SA_HARD);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(sees_the_source_of_out_as_local),
		T(has_both_families),
		T(least_number_decides_then_the_oldest),
		T(walks_in_order_of_ids),
		T(knows_who_asks_for_ports),
		T(has_icmp_types),
		T(takes_requests),
		T(refuses_requests),
		T(level_use_lets_the_rest_pass),
		T(numbers_levels_unique),
		T(ends_with_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
