/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/ikecfg.h"

#include <stdlib.h>
#include <string.h>

#include "base/test.h"

static struct addr
ip(const char *text)
{
	struct addr a = { .fam = FAM_NONE };

	if (text != NULL)
		assert_true(addr_read(&a, text));
	return a;
}

static void
put_range(
    struct ikecfg_rule *r, enum ikecfg_list l, const char *lo, const char *hi)
{
	struct ikecfg_addr x = { .form = IKECFG_RANGE };

	x.lo = ip(lo);
	x.hi = ip(hi);
	assert_true(ikecfg_add_addr(&r->part, l, &x));
}

static void
put_sel(struct ikecfg_rule *r, enum ikecfg_sels l, enum ikecfg_by by,
    const char *text, bool not_)
{
	struct ikecfg_sel s = { .by = (uint8_t)by, .not_ = not_ };

	s.text = strdup(text);
	assert_true(ikecfg_add_sel(&r->part, l, &s));
}

static void
put_value(struct ikecfg_part *p, enum ikecfg_value v, uint64_t n)
{
	p->set |= UINT64_C(1) << v;
	p->v[v] = n;
}

static struct ikecfg_rule
rule(const char *label, const char *lo, const char *hi)
{
	struct ikecfg_rule r = { .label = strdup(label) };

	put_range(&r, IKECFG_LOCAL_ADDR, "10.0.0.1", "10.0.0.1");
	if (lo != NULL)
		put_range(&r, IKECFG_REMOTE_ADDR, lo, hi);
	return r;
}

static void
add(struct ikecfg *c, struct ikecfg_rule r)
{
	assert_true(ikecfg_add_rule(c, &r));
	assert_null(r.label);
}

static struct ikecfg
three(void)
{
	struct ikecfg c = { 0 };
	struct ikecfg_rule r = rule("old", "10.0.1.0", "10.0.1.255");
	struct ikecfg_addr x = { .form = IKECFG_HOST, .host = strdup("Peer") };
	struct ikecfg_xform f = { .auth = IKECFG_PRESHARED };

	put_value(&r.part, IKECFG_VERSION, IKECFG_V1);
	add(&c, r);
	add(&c, rule("new", "10.0.1.0", "10.0.1.7"));
	r = rule("named", NULL, NULL);
	assert_true(ikecfg_add_addr(&r.part, IKECFG_REMOTE_ADDR, &x));
	f.auth = IKECFG_ECDSA;
	assert_true(ikecfg_add_xform(&r.part, &f));
	r.part.text[IKECFG_EAP_ID] = strdup("me");
	add(&c, r);
	f.auth = IKECFG_PRESHARED;
	assert_true(ikecfg_add_xform(&c.part, &f));
	return c;
}

static const char *
match(const struct ikecfg *c, const char *l, const char *r, unsigned versions)
{
	struct addr x = ip(l), y = ip(r);
	const struct ikecfg_rule *f = ikecfg_match(c, NULL, &x, &y, versions);

	return f != NULL ? f->label : "-";
}

static void
test_match(void **state)
{
	struct ikecfg c = three();
	struct addr l = ip("10.0.0.1"), r = ip("10.0.1.7");
	const struct ikecfg_rule *f;

	(void)state;
	assert_string_equal(
	    match(&c, "10.0.0.1", "10.0.1.7", IKECFG_ANY), "old");
	assert_string_equal(
	    match(&c, "10.0.0.1", "10.0.1.7", IKECFG_V2), "new");
	assert_string_equal(match(&c, "10.0.0.1", "10.0.1.8", IKECFG_V2), "-");
	assert_string_equal(
	    match(&c, "10.0.0.1", "10.0.1.255", IKECFG_V1), "old");
	assert_string_equal(match(&c, "10.0.0.1", "10.0.2.0", IKECFG_V1), "-");
	assert_string_equal(match(&c, "10.0.0.2", "10.0.1.7", IKECFG_ANY), "-");
	assert_string_equal(match(&c, NULL, "10.0.1.7", IKECFG_V2), "new");
	assert_string_equal(match(&c, "::1", "10.0.1.7", IKECFG_ANY), "-");
	f = ikecfg_match(&c, NULL, &l, &r, IKECFG_ANY);
	f = ikecfg_match(&c, f, &l, &r, IKECFG_ANY);
	assert_string_equal(f->label, "new");
	assert_null(ikecfg_match(&c, f, &l, &r, IKECFG_ANY));
	ikecfg_fini(&c);
}

static void
test_hosts(void **state)
{
	struct ikecfg c = three();
	struct addr a[IKECFG_HOST_ADDRS + 2];

	(void)state;
	assert_string_equal(ikecfg_host(&c, 0), "Peer");
	assert_null(ikecfg_host(&c, 1));
	for (unsigned i = 0; i < IKECFG_HOST_ADDRS + 2; i++) {
		a[i] = ip("192.0.2.0");
		a[i].b[3] = (uint8_t)i;
	}
	assert_string_equal(match(&c, "10.0.0.1", "192.0.2.1", IKECFG_V2), "-");
	assert_false(ikecfg_resolved(&c, "nobody", a, 1));
	assert_true(ikecfg_resolved(&c, "peer", a, 2));
	assert_false(ikecfg_resolved(&c, "peer", a, 2));
	assert_string_equal(
	    match(&c, "10.0.0.1", "192.0.2.1", IKECFG_V2), "named");
	assert_true(ikecfg_resolved(&c, "peer", a, IKECFG_HOST_ADDRS + 2));
	assert_string_equal(
	    match(&c, "10.0.0.1", "192.0.2.16", IKECFG_V2), "-");
	assert_true(ikecfg_resolved(&c, "peer", NULL, 0));
	assert_string_equal(match(&c, "10.0.0.1", "192.0.2.1", IKECFG_V2), "-");
	ikecfg_fini(&c);
}

static void
test_values(void **state)
{
	struct ikecfg c = three();
	const struct ikecfg_rule *r = ikecfg_by_label(&c, "new");
	const struct ikecfg_rule *named = ikecfg_by_label(&c, "named");
	unsigned n;

	(void)state;
	assert_int_equal(ikecfg_value(&c, r, IKECFG_DPD), 30);
	put_value(&c.part, IKECFG_DPD, 7);
	assert_int_equal(ikecfg_value(&c, r, IKECFG_DPD), 7);
	put_value(&c.rule[1].part, IKECFG_DPD, 0);
	assert_int_equal(ikecfg_value(&c, r, IKECFG_DPD), 0);
	assert_int_equal(ikecfg_value(&c, NULL, IKECFG_DPD), 7);
	assert_int_equal(ikecfg_auths(&c, r), 1 << IKECFG_PRESHARED);
	assert_int_equal(ikecfg_auths(&c, named), 1 << IKECFG_ECDSA);
	assert_string_equal(ikecfg_text(&c, named, IKECFG_EAP_ID), "me");
	assert_null(ikecfg_text(&c, r, IKECFG_EAP_ID));
	assert_null(ikecfg_list(&c, r, IKECFG_POOL_DNS, &n));
	assert_int_equal(n, 0);
	assert_int_equal(
	    ikecfg_soft(&c, r, IKECFG_P2_LIFE, IKECFG_P2_SOFT), 25920);
	put_value(&c.part, IKECFG_P2_SOFT, 99999);
	assert_int_equal(
	    ikecfg_soft(&c, r, IKECFG_P2_LIFE, IKECFG_P2_SOFT), 28800);
	put_value(&c.part, IKECFG_P2_SOFT, 100);
	assert_int_equal(
	    ikecfg_soft(&c, r, IKECFG_P2_LIFE, IKECFG_P2_SOFT), 100);
	ikecfg_fini(&c);
}

static bool
takes(const struct ikecfg_rule *r, enum ikeid_type t, const char *text)
{
	struct ikeid id;

	assert_true(ikeid_read(&id, t, text));
	return ikecfg_takes_id(r, &id);
}

static void
test_takes(void **state)
{
	struct ikecfg_rule r = { 0 };

	(void)state;
	assert_true(takes(&r, IKEID_FQDN, "a"));
	put_sel(&r, IKECFG_REMOTE_ID, IKECFG_BY_DNS, "not.example", true);
	assert_true(takes(&r, IKEID_FQDN, "a"));
	assert_false(takes(&r, IKEID_FQDN, "NOT.example"));
	put_sel(&r, IKECFG_REMOTE_ID, IKECFG_BY_BARE, "a.example", false);
	assert_false(takes(&r, IKEID_FQDN, "a"));
	assert_false(takes(&r, IKEID_FQDN, "a.example.net"));
	assert_true(takes(&r, IKEID_FQDN, "a.example"));
	put_sel(&r, IKECFG_REMOTE_ID, IKECFG_BY_EMAIL, "me@x", false);
	assert_true(takes(&r, IKEID_EMAIL, "me@x"));
	assert_false(takes(&r, IKEID_KEY, "me@x"));
	put_sel(&r, IKECFG_REMOTE_ID, IKECFG_BY_IP, "10.0.0.1", false);
	assert_true(takes(&r, IKEID_IPV4, "10.0.0.1"));
	put_sel(&r, IKECFG_REMOTE_ID, IKECFG_BY_KEY, "0x00", false);
	assert_true(takes(&r, IKEID_KEY, "0x00"));
	put_sel(&r, IKECFG_REMOTE_ID, IKECFG_BY_SUBJECT, "C=US, CN=a", false);
	assert_true(takes(&r, IKEID_DN, "C=US,CN=A"));
	assert_false(takes(&r, IKEID_DN, "C=US"));
	put_sel(&r, IKECFG_REMOTE_ID, IKECFG_BY_ISSUER, "CN=ca", false);
	assert_true(takes(&r, IKEID_DN, "C=US"));
	ikecfg_rule_fini(&r);
	put_sel(&r, IKECFG_REMOTE_ID, IKECFG_BY_ANY, "", false);
	assert_true(takes(&r, IKEID_FQDN, "a"));
	ikecfg_rule_fini(&r);
}

/* The text of what we send; "-": the certificate says. */
static const char *
own(const struct ikecfg *c, struct ikecfg_rule *r, enum ikecfg_by by,
    const char *text, enum ikeid_type said)
{
	static char buf[IKEID_TEXT];
	struct addr a = ip("10.0.0.1");
	struct ikeid id;
	bool ok;

	r->part.set = 0;
	if (said != IKEID_NONE)
		put_value(&r->part, IKECFG_ID_TYPE, said);
	if (text != NULL)
		put_sel(r, IKECFG_LOCAL_ID, by, text, false);
	ok = ikecfg_own_id(c, r, &a, &id);
	if (text != NULL) {
		r->part.n_sel[IKECFG_LOCAL_ID] = 0;
		free(r->part.sel[IKECFG_LOCAL_ID][0].text);
		free(r->part.sel[IKECFG_LOCAL_ID]);
		r->part.sel[IKECFG_LOCAL_ID] = NULL;
	}
	return ok ? ikeid_print(buf, &id) : "-";
}

static void
test_own(void **state)
{
	struct ikecfg c = { 0 };
	struct ikecfg_rule r = { 0 };
	struct ikecfg_xform x = { .auth = IKECFG_PRESHARED };

	(void)state;
	assert_true(ikecfg_add_xform(&c.part, &x));
	assert_string_equal(own(&c, &r, 0, NULL, IKEID_NONE), "10.0.0.1");
	assert_string_equal(own(&c, &r, 0, NULL, IKEID_IPV4), "10.0.0.1");
	assert_string_equal(own(&c, &r, 0, NULL, IKEID_DN), "-");
	assert_string_equal(
	    own(&c, &r, IKECFG_BY_BARE, "a.b", IKEID_NONE), "a.b");
	assert_string_equal(
	    own(&c, &r, IKECFG_BY_BARE, "m@a.b", IKEID_NONE), "m@a.b");
	assert_string_equal(
	    own(&c, &r, IKECFG_BY_BARE, "10.9.9.9", IKEID_NONE), "10.9.9.9");
	assert_string_equal(own(&c, &r, IKECFG_BY_BARE, "k", IKEID_KEY), "k");
	assert_string_equal(
	    own(&c, &r, IKECFG_BY_DNS, "a.b", IKEID_EMAIL), "-");
	assert_string_equal(own(&c, &r, IKECFG_BY_SLOT, "0", IKEID_NONE), "-");
	assert_string_equal(
	    own(&c, &r, IKECFG_BY_SUBJECT, "CN=a", IKEID_DN), "CN=a");
	x.auth = IKECFG_RSA_SIG;
	assert_true(ikecfg_add_xform(&r.part, &x));
	assert_string_equal(
	    own(&c, &r, IKECFG_BY_SUBJECT, "CN=a", IKEID_DN), "-");
	ikecfg_rule_fini(&r);
	ikecfg_fini(&c);
}

static void
test_change(void **state)
{
	struct ikecfg c = three(), d, e = { 0 };

	(void)state;
	assert_true(ikecfg_resolved(&c, "peer", &(struct addr){ 0 }, 1));
	assert_true(ikecfg_copy(&d, &c));
	assert_int_equal(d.n, 3);
	assert_int_equal(d.last_cookie, 3);
	assert_int_equal(ikecfg_by_label(&d, "named")->cookie, 3);
	assert_string_equal(ikecfg_by_cookie(&d, 2)->label, "new");
	assert_null(ikecfg_by_cookie(&d, 0));
	assert_false(ikecfg_del_rule(&c, "none"));
	assert_true(ikecfg_del_rule(&c, "old"));
	assert_null(ikecfg_by_label(&c, "old"));
	assert_int_equal(c.n, 2);
	for (unsigned i = 0; i < 9; i++)
		add(&c, rule("x", "10.0.1.0", "10.0.1.1"));
	assert_int_equal(ikecfg_by_label(&d, "old")->cookie, 1);
	/* a label that is there again is the same rule to ipsecd */
	add(&e, rule("more", "10.0.1.0", "10.0.1.1"));
	add(&e, rule("named", "10.0.1.0", "10.0.1.1"));
	ikecfg_keep_cookies(&e, &d);
	assert_int_equal(e.rule[0].cookie, 4);
	assert_int_equal(e.rule[1].cookie, 3);
	ikecfg_fini(&c);
	ikecfg_fini(&d);
	ikecfg_fini(&e);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_match),
		cmocka_unit_test(test_hosts),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_takes),
		cmocka_unit_test(test_own),
		cmocka_unit_test(test_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
