/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/spd.h"

#include <errno.h>
#include <stdio.h>

#include "base/test.h"

#include "core/polrand.h"
#include "wire/pfpolicy.h"

static struct action pass = { .type = ACT_PASS };
static struct action esp = {
	.type = ACT_IPSEC, .flags = ACT_ESP, .esp_alg = EALG_AES
};
static struct action ah = {
	.type = ACT_IPSEC, .flags = ACT_AH, .ah_alg = AALG_SHA1HMAC
};

static struct addr
A(const char *text) {
	struct addr a;

	assert_true(addr_read(&a, text));
	return a;
}

static struct rule
R(uint8_t dir, uint8_t fam, uint32_t priority, struct action *act) {
	return (struct rule){ .dir = dir,
		.fam = fam,
		.priority = priority,
		.n_actions = 1,
		.actions = act };
}

static void
with_remote(struct rule *r, const char *text, uint8_t len)
{
	r->sel.has |= SEL_RADDR;
	r->sel.raddr = (struct prefix){ A(text), len };
	r->fam = r->sel.raddr.a.fam;
}

static void
with_proto(struct rule *r, uint8_t proto)
{
	r->sel.has |= SEL_PROTO;
	r->sel.proto = proto;
}

static int
add(struct spd *d, int id, const struct rule *r)
{
	uint64_t index;
	uint16_t diag;

	return spd_add(d, id, r, &diag, &index);
}

static uint64_t
added(struct spd *d, int id, const struct rule *r)
{
	uint64_t index = 0;
	uint16_t diag;

	assert_int_equal(spd_add(d, id, r, &diag, &index), 0);
	return index;
}

/* What spd_each() says, as text: "dir fam index," for each entry. */
struct list {
	char text[2000];
	size_t n;
};

static bool
list_one(void *ctx, struct spd_entry *e)
{
	struct list *l = ctx;

	l->n += (size_t)snprintf(l->text + l->n, sizeof(l->text) - l->n,
	    "%s%s%u#%llu ", e->rule.tun, e->rule.dir == RULE_OUT ? "out" : "in",
	    e->rule.fam, (unsigned long long)e->rule.index);
	return true;
}

static const char *
listing(struct spd *d, int id, const char *tun, bool all)
{
	static struct list l;

	l = (struct list){ .n = 0 };
	spd_each(d, id, tun, all, list_one, &l);
	return l.text;
}

/* Policy 11: which entries a message becomes, and the index it answers. */
static void
test_expansion(void **state)
{
	struct spd *d = spd_new();
	struct rule r = R(RULE_BOTH, FAM_NONE, 9, &esp);

	(void)state;
	assert_int_equal(added(d, SPD_STANDBY, &r), 4);
	assert_string_equal(
	    listing(d, SPD_STANDBY, "", true), "out4#1 out6#2 in4#3 in6#4 ");
	assert_string_equal(listing(d, SPD_ACTIVE, "", true), "");
	assert_int_equal(spd_count(d, SPD_STANDBY), 4);
	assert_int_equal(spd_flush(d, SPD_STANDBY, "", false), 0);

	/* a flush starts the counter again */
	with_remote(&r, "192.168.13.213", 32);
	assert_int_equal(added(d, SPD_STANDBY, &r), 2);
	assert_string_equal(listing(d, SPD_STANDBY, "", true), "out4#1 in4#2 ");
	/* policy 11: -d 2 leaves SPE 1; the counter goes on */
	assert_int_equal(spd_delete(d, SPD_STANDBY, "", 2), 0);
	assert_int_equal(spd_delete(d, SPD_STANDBY, "", 2), ESRCH);
	assert_string_equal(listing(d, SPD_STANDBY, "", true), "out4#1 ");
	r = R(RULE_IN, FAM_V6, 9, &pass);
	assert_int_equal(added(d, SPD_STANDBY, &r), 3);
	spd_free(d);
}

static bool
find_twin(void *ctx, struct spd_entry *e)
{
	bool has = spd_has_twin(ctx, SPD_ACTIVE, e);

	/* of the three pairs below, only the first is one */
	assert_int_equal(has, e->rule.sel.proto == 6);
	return true;
}

static void
test_twins(void **state)
{
	struct spd *d = spd_new();
	struct rule r = R(RULE_OUT, FAM_NONE, 9, &esp);

	(void)state;
	with_proto(&r, 6);
	(void)added(d, SPD_ACTIVE, &r);
	r.fam = FAM_V4;
	with_proto(&r, 7);
	(void)added(d, SPD_ACTIVE, &r);
	r.fam = FAM_V6;
	r.priority = 8;
	(void)added(d, SPD_ACTIVE, &r);
	with_proto(&r, 8);
	(void)added(d, SPD_ACTIVE, &r);
	r.fam = FAM_V4;
	r.actions = &ah;
	(void)added(d, SPD_ACTIVE, &r);
	with_proto(&r, 9);
	(void)added(d, SPD_ACTIVE, &r);
	assert_int_equal(spd_count(d, SPD_ACTIVE), 7);
	spd_each(d, SPD_ACTIVE, "", false, find_twin, d);
	spd_free(d);
}

static void
test_refused(void **state)
{
	struct spd *d = spd_new();
	struct rule r = R(RULE_BOTH, FAM_V4, 9, &esp);
	uint64_t index = 77;
	uint16_t diag;

	(void)state;
	r.index = 1;
	assert_int_equal(spd_add(d, SPD_ACTIVE, &r, &diag, &index), EINVAL);
	assert_int_equal(diag, PFPOLICY_DIAG_INVALID_RULE_INDEX);
	r.index = 0;
	r.dir = 0;
	assert_int_equal(spd_add(d, SPD_ACTIVE, &r, &diag, &index), EINVAL);
	assert_int_equal(diag, PFPOLICY_DIAG_MALFORMED_RULE);
	r.dir = RULE_IN;
	r.n_actions = 0;
	assert_int_equal(spd_add(d, SPD_ACTIVE, &r, &diag, &index), EINVAL);
	assert_int_equal(diag, PFPOLICY_DIAG_ADD_WRONG_ACT_COUNT);
	assert_int_equal(index, 77);
	assert_int_equal(spd_version(d), 0);
	spd_free(d);
}

/* Policy 12: same selectors, direction and family, whatever the action. */
static void
test_duplicates(void **state)
{
	struct spd *d = spd_new();
	struct rule r = R(RULE_OUT, FAM_V4, 9, &esp), s;

	(void)state;
	with_remote(&r, "10.1.2.3", 24);
	assert_int_equal(added(d, SPD_ACTIVE, &r), 1);
	s = r;
	s.actions = &pass;
	s.priority = 1;
	assert_int_equal(add(d, SPD_ACTIVE, &s), EEXIST);
	/* bits behind the prefix are no difference */
	with_remote(&s, "10.1.2.99", 24);
	assert_int_equal(add(d, SPD_ACTIVE, &s), EEXIST);
	/* of a message of two, neither is installed */
	s.dir = RULE_BOTH;
	assert_int_equal(add(d, SPD_ACTIVE, &s), EEXIST);
	assert_int_equal(spd_count(d, SPD_ACTIVE), 1);
	s.dir = RULE_IN;
	assert_int_equal(added(d, SPD_ACTIVE, &s), 2);
	with_remote(&s, "10.1.2.99", 25);
	assert_int_equal(added(d, SPD_ACTIVE, &s), 3);
	/* another head is another policy */
	memcpy(r.tun, "ip.tun0", 8);
	assert_int_equal(added(d, SPD_ACTIVE, &r), 1);
	spd_free(d);
}

/* Policy 12: actions of ICMP rules of one chain are equal. */
static void
test_icmp_chains(void **state)
{
	struct spd *d = spd_new();
	struct rule r = R(RULE_OUT, FAM_V4, 9, &esp), s;

	(void)state;
	with_proto(&r, IPPROTO_ICMP_);
	assert_int_equal(add(d, SPD_ACTIVE, &r), 0);
	s = r;
	s.sel.has |= SEL_TYPE;
	s.sel.type_min = s.sel.type_max = 8;
	assert_int_equal(add(d, SPD_ACTIVE, &s), 0);
	s.sel.type_min = s.sel.type_max = 9;
	s.actions = &ah;
	assert_int_equal(add(d, SPD_ACTIVE, &s), EEXIST);
	s.actions = &pass; /* only `ipsec` has to agree */
	assert_int_equal(add(d, SPD_ACTIVE, &s), 0);
	s.actions = &ah;
	with_remote(&s, "10.0.0.1", 32); /* a chain of its own */
	assert_int_equal(add(d, SPD_ACTIVE, &s), 0);
	s.actions = &esp;
	s.sel.type_min = s.sel.type_max = 11;
	assert_int_equal(add(d, SPD_ACTIVE, &s), EEXIST);
	with_remote(&s, "10.0.0.2", 32);
	assert_int_equal(add(d, SPD_ACTIVE, &s), 0);
	/* ICMPv6's number is just a protocol in IPv4 */
	r = R(RULE_OUT, FAM_V4, 9, &ah);
	with_proto(&r, IPPROTO_ICMPV6_);
	assert_int_equal(add(d, SPD_ACTIVE, &r), 0);
	/* after the delete of the ones that disagree */
	s.actions = &ah;
	with_remote(&s, "10.0.0.3", 24);
	assert_int_equal(add(d, SPD_ACTIVE, &s), EEXIST);
	assert_int_equal(spd_delete(d, SPD_ACTIVE, "", 1), 0);
	assert_int_equal(spd_delete(d, SPD_ACTIVE, "", 2), 0);
	assert_int_equal(add(d, SPD_ACTIVE, &s), 0);
	spd_free(d);
}

/* Greatest priority; among equals the newest (policy 12). */
static void
test_priority(void **state)
{
	struct spd *d = spd_new();
	struct rule r = R(RULE_OUT, FAM_V4, 5, &esp);
	struct flow f = { .local = A("10.0.0.1"),
		.remote = A("10.0.0.2"),
		.proto = IPPROTO_TCP_,
		.has_ports = true,
		.lport = 1,
		.rport = 2 };

	(void)state;
	assert_null(spd_lookup(d, "", RULE_OUT, &f));
	assert_false(spd_has(d, "", RULE_OUT, FAM_V4));
	added(d, SPD_ACTIVE, &r);
	assert_true(spd_has(d, "", RULE_OUT, FAM_V4));
	assert_true(spd_has(d, "", RULE_OUT, FAM_NONE));
	assert_false(spd_has(d, "", RULE_OUT, FAM_V6));
	assert_false(spd_has(d, "", RULE_IN, FAM_NONE));
	assert_false(spd_has(d, "ip.tun0", RULE_OUT, FAM_V4));
	assert_int_equal(spd_lookup(d, "", RULE_OUT, &f)->rule.index, 1);
	assert_null(spd_lookup(d, "", RULE_IN, &f));
	assert_null(spd_lookup(d, "ip.tun0", RULE_OUT, &f));
	with_proto(&r, IPPROTO_TCP_);
	added(d, SPD_ACTIVE, &r);
	assert_int_equal(spd_lookup(d, "", RULE_OUT, &f)->rule.index, 2);
	with_remote(&r, "10.0.0.2", 32);
	r.priority = 4;
	added(d, SPD_ACTIVE, &r);
	assert_int_equal(spd_lookup(d, "", RULE_OUT, &f)->rule.index, 2);
	with_remote(&r, "10.0.0.0", 8);
	r.priority = 6;
	added(d, SPD_ACTIVE, &r);
	assert_int_equal(spd_lookup(d, "", RULE_OUT, &f)->rule.index, 4);
	assert_string_equal(
	    listing(d, SPD_ACTIVE, "", true), "out4#4 out4#2 out4#1 out4#3 ");
	spd_free(d);
}

static void
test_tunnels(void **state)
{
	struct spd *d = spd_new();
	struct rule r = R(RULE_OUT, FAM_V4, 5, &esp);

	(void)state;
	r.tunnel_mode = true;
	memcpy(r.tun, "ip.tun1", 8);
	added(d, SPD_ACTIVE, &r);
	r.tunnel_mode = false;
	with_proto(&r, 6);
	assert_int_equal(add(d, SPD_ACTIVE, &r), EBUSY);
	memcpy(r.tun, "ip.tun0", 8);
	added(d, SPD_ACTIVE, &r);
	r.tun[0] = '\0';
	added(d, SPD_ACTIVE, &r);
	assert_string_equal(listing(d, SPD_ACTIVE, "", true),
	    "out4#1 ip.tun0out4#1 ip.tun1out4#1 ");
	assert_string_equal(
	    listing(d, SPD_ACTIVE, "ip.tun1", false), "ip.tun1out4#1 ");
	assert_string_equal(listing(d, SPD_ACTIVE, "", false), "out4#1 ");
	assert_string_equal(spd_tunnel(d, 0), "ip.tun0");
	assert_string_equal(spd_tunnel(d, 1), "ip.tun1");
	assert_null(spd_tunnel(d, 2));
	assert_int_equal(spd_delete(d, SPD_ACTIVE, "ip.tun9", 1), ENOENT);
	assert_int_equal(spd_delete(d, SPD_ACTIVE, "ip.tun0", 9), ESRCH);
	assert_int_equal(spd_flush(d, SPD_ACTIVE, "ip.tun9", false), ENOENT);
	assert_int_equal(spd_flush(d, SPD_ACTIVE, "ip.tun0", false), 0);
	assert_int_equal(spd_flush(d, SPD_ACTIVE, "", false), 0);
	assert_string_equal(spd_tunnel(d, 0), "ip.tun1");
	assert_int_equal(spd_count(d, SPD_ACTIVE), 1);
	assert_int_equal(spd_flush(d, SPD_ACTIVE, "", true), 0);
	assert_int_equal(spd_count(d, SPD_ACTIVE), 0);
	spd_free(d);
}

static struct spd_entry *
any_out(struct spd *d)
{
	struct flow f = { .local = A("10.0.0.1"), .remote = A("10.0.0.2") };

	return spd_lookup(d, "", RULE_OUT, &f);
}

/* Rules that ask for ports and do not let pass. */
static void
test_has_ports(void **state)
{
	struct spd *d = spd_new();
	struct rule r = R(RULE_OUT, FAM_V4, 5, &pass);

	(void)state;
	r.sel =
	    (struct sel){ .has = SEL_LPORT, .lport_min = 1, .lport_max = 1 };
	added(d, SPD_ACTIVE, &r);
	assert_false(spd_has_ports(d, "", RULE_OUT, FAM_V4));
	r.sel.lport_max = 2;
	r.actions = &esp;
	added(d, SPD_ACTIVE, &r);
	r.sel = (struct sel){ .has = SEL_TYPE | SEL_PROTO, .proto = 1 };
	added(d, SPD_ACTIVE, &r);
	assert_true(spd_has_ports(d, "", RULE_OUT, FAM_V4));
	assert_false(spd_has_ports(d, "", RULE_OUT, FAM_V6));
	assert_false(spd_has_ports(d, "", RULE_IN, FAM_V4));
	assert_false(spd_has_ports(d, "ip.tun0", RULE_OUT, FAM_V4));
	assert_int_equal(spd_delete(d, SPD_ACTIVE, "", 2), 0);
	assert_true(spd_has_ports(d, "", RULE_OUT, FAM_V4));
	assert_int_equal(spd_delete(d, SPD_ACTIVE, "", 3), 0);
	assert_false(spd_has_ports(d, "", RULE_OUT, FAM_V4));
	spd_free(d);
}

/* An unchanged rule goes on counting over a new policy. */
static void
test_clone_and_flip(void **state)
{
	struct spd *d = spd_new();
	struct rule r = R(RULE_BOTH, FAM_V4, 5, &esp);

	(void)state;
	added(d, SPD_ACTIVE, &r);
	any_out(d)->packets = 7;
	assert_int_equal(spd_clone(d), 0);
	any_out(d)->packets = 8; /* while the new policy is prepared */
	any_out(d)->bytes = 800;
	any_out(d)->drops = 1;
	with_proto(&r, 6);
	assert_int_equal(added(d, SPD_STANDBY, &r), 4);
	assert_int_equal(spd_count(d, SPD_ACTIVE), 2);
	uint64_t version = spd_version(d);

	spd_flip(d);
	assert_true(spd_version(d) > version);
	assert_int_equal(spd_count(d, SPD_ACTIVE), 4);
	assert_int_equal(any_out(d)->packets, 8);
	assert_int_equal(any_out(d)->bytes, 800);
	assert_int_equal(any_out(d)->drops, 1);
	assert_int_equal(spd_flush(d, SPD_STANDBY, "", true), 0);

	/* a replace with the same file: same indexes, same selectors */
	assert_int_equal(spd_clone(d), 0);
	assert_int_equal(spd_flush(d, SPD_STANDBY, "", true), 0);
	r = R(RULE_BOTH, FAM_V4, 5, &esp);
	added(d, SPD_STANDBY, &r);
	spd_flip(d);
	assert_int_equal(any_out(d)->packets, 8);
	/* another rule under that index starts at 0 */
	assert_int_equal(spd_flush(d, SPD_STANDBY, "", true), 0);
	with_remote(&r, "10.0.0.0", 8);
	added(d, SPD_STANDBY, &r);
	spd_flip(d);
	assert_int_equal(any_out(d)->packets, 0);
	spd_free(d);
}

static void
test_save_and_restore(void **state)
{
	struct spd *d = spd_new();
	struct rule r = R(RULE_OUT, FAM_V4, 5, &esp);

	(void)state;
	added(d, SPD_ACTIVE, &r);
	added(d, SPD_STANDBY, &r);
	assert_int_equal(spd_save(d), 0);
	any_out(d)->packets = 3;
	with_proto(&r, 6);
	added(d, SPD_ACTIVE, &r);
	spd_restore(d);
	assert_int_equal(spd_count(d, SPD_ACTIVE), 1);
	assert_int_equal(any_out(d)->packets, 3);
	assert_int_equal(added(d, SPD_ACTIVE, &r), 2);
	assert_int_equal(spd_count(d, SPD_STANDBY), 1);
	assert_int_equal(spd_save(d), 0);
	assert_int_equal(spd_flush(d, SPD_ACTIVE, "", true), 0);
	spd_forget(d);
	assert_int_equal(spd_count(d, SPD_ACTIVE), 0);
	spd_free(d);
}

/* The linear definition over what spd_each() shows. */
struct linear {
	enum rule_dir dir;
	const struct flow *f;
	struct spd_entry *best;
};

static bool
linear_one(void *ctx, struct spd_entry *e)
{
	struct linear *l = ctx;
	const struct rule *r = &e->rule;

	if (r->dir == l->dir && r->fam == l->f->local.fam &&
	    sel_match(&r->sel, l->f) &&
	    (l->best == NULL || r->priority > l->best->rule.priority ||
		(r->priority == l->best->rule.priority &&
		    r->index > l->best->rule.index)))
		l->best = e;
	return true;
}

static void
compare(struct spd *d, uint64_t *seed, unsigned n)
{
	static const char *const tuns[] = { "", "ip.tun0", "ip.tun7" };

	for (unsigned i = 0; i < n; i++) {
		struct flow f =
		    polrand_flow(seed, polrand(seed, 2) ? FAM_V4 : FAM_V6);
		const char *tun = tuns[polrand(seed, 3)];
		struct linear l = {
			.dir = polrand(seed, 2) ? RULE_IN : RULE_OUT, .f = &f
		};

		spd_each(d, SPD_ACTIVE, tun, false, linear_one, &l);
		assert_ptr_equal(spd_lookup(d, tun, l.dir, &f), l.best);
	}
}

static void
random_change(struct spd *d, uint64_t *seed)
{
	static const uint8_t fams[] = { FAM_NONE, FAM_V4, FAM_V6 };
	int id = polrand(seed, 2) ? SPD_ACTIVE : SPD_STANDBY;
	struct rule r = R((uint8_t)(1 + polrand(seed, 3)),
	    fams[polrand(seed, 3)], polrand(seed, 20), &esp);
	const char *tun = polrand(seed, 4) == 0 ? "ip.tun0" : "";
	int e;

	switch (polrand(seed, 40)) {
	case 0:
		assert_int_equal(spd_clone(d), 0);
		break;
	case 1:
		spd_flip(d);
		break;
	case 2:
		assert_int_equal(spd_save(d), 0);
		spd_restore(d);
		break;
	case 3:
	case 4:
	case 5:
		e = spd_delete(d, id, tun, 1 + polrand(seed, 400));
		assert_true(e == 0 || e == ESRCH || e == ENOENT);
		break;
	default:
		r.sel = polrand_sel(seed, r.fam == FAM_V6 ? FAM_V6 : FAM_V4);
		if ((r.sel.has & (SEL_LADDR | SEL_RADDR)) != 0 &&
		    r.fam == FAM_NONE)
			r.fam = FAM_V4;
		memcpy(r.tun, tun, strlen(tun));
		r.tunnel_mode = tun[0] != '\0';
		e = add(d, id, &r);
		assert_true(e == 0 || e == EEXIST);
	}
}

static void
test_equals_linear(void **state)
{
	uint64_t seed = 42;
	struct spd *d = spd_new();

	(void)state;
	for (unsigned i = 0; i < 4000; i++) {
		random_change(d, &seed);
		compare(d, &seed, 5);
	}
	assert_true(spd_count(d, SPD_ACTIVE) > 100);
	compare(d, &seed, 5000);
	spd_free(d);
}

/* Many rules: adding does not slow down, each is found. */
static void
test_many(void **state)
{
	enum { N = 60000 };
	struct spd *d = spd_new();
	struct rule r = R(RULE_OUT, FAM_V4, 0, &esp);
	struct flow f = { .local = A("10.0.0.1"), .remote = A("10.0.0.0") };

	(void)state;
	with_remote(&r, "10.0.0.0", 32);
	for (unsigned i = 0; i < N; i++) {
		r.sel.raddr.a.b[2] = (uint8_t)(i >> 8);
		r.sel.raddr.a.b[3] = (uint8_t)i;
		r.priority = RULE_PRIO_BASE - i;
		assert_int_equal(added(d, SPD_STANDBY, &r), i + 1);
	}
	assert_int_equal(spd_count(d, SPD_STANDBY), N);
	spd_flip(d);
	assert_int_equal(spd_clone(d), 0);
	spd_flip(d);
	for (unsigned i = 0; i < N; i++) {
		f.remote.b[2] = (uint8_t)(i >> 8);
		f.remote.b[3] = (uint8_t)i;
		assert_int_equal(
		    spd_lookup(d, "", RULE_OUT, &f)->rule.index, i + 1);
	}
	spd_free(d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_expansion),
		cmocka_unit_test(test_twins),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_duplicates),
		cmocka_unit_test(test_icmp_chains),
		cmocka_unit_test(test_priority),
		cmocka_unit_test(test_tunnels),
		cmocka_unit_test(test_has_ports),
		cmocka_unit_test(test_clone_and_flip),
		cmocka_unit_test(test_save_and_restore),
		cmocka_unit_test(test_equals_linear),
		cmocka_unit_test(test_many),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
