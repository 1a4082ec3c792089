/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the kernel is told of a host that talks to itself, against what policy
 * says: the outbound entry, the inbound entry, and whether they agree.
 */
#include "daemon/ipsecd/loopback.h"

#include "base/test.h"

#include "core/judge.h"
#include "core/polrand.h"
#include "daemon/ipsecd/steering.h"
#include "wire/pfpolicy.h"

enum fate { PASSES, OUT_DROP, IN_DROP, GOT_CLEAR, GOT_SECURE, MISMATCH };

/* --- what the kernel does with the lines --- */

static bool
addr_in(const struct netaddr *a, uint8_t len, const struct addr *is)
{
	struct prefix p = { .a.fam = a->fam, .len = len };

	memcpy(p.a.b, a->b, sizeof(p.a.b));
	return a->fam == 0 || prefix_match(&p, is);
}

static bool
port_in(uint16_t min, uint16_t max, bool has, uint16_t port)
{
	return min == 0 || (has && port >= min && port <= max);
}

/* f.local: the source. */
static bool
matches(const struct steer_match *m, const struct flow *f)
{
	return m->fam == f->local.fam &&
	       addr_in(&m->src, m->src_len, &f->local) &&
	       addr_in(&m->dst, m->dst_len, &f->remote) &&
	       (m->proto == 0 || m->proto == f->proto) &&
	       port_in(m->sport_min, m->sport_max, f->has_ports, f->lport) &&
	       port_in(m->dport_min, m->dport_max, f->has_ports, f->rport) &&
	       (!m->has_type || (f->has_icmp && f->icmp_type >= m->type_min &&
				    f->icmp_type <= m->type_max)) &&
	       (!m->has_code || (f->icmp_code >= m->code_min &&
				    f->icmp_code <= m->code_max));
}

static enum fate
reason(const struct steer_line *l)
{
	if (strcmp(l->count[0], STEERING_OUT_DROP) == 0)
		return OUT_DROP;
	if (strcmp(l->count[0], STEERING_IN_DROP) == 0)
		return IN_DROP;
	if (strcmp(l->count[0], LOOPBACK_SECURE) == 0)
		return GOT_SECURE;
	assert_string_equal(l->count[0], LOOPBACK_MISMATCH);
	return MISMATCH;
}

static enum fate
kernel(const struct steer_plan *p, const struct flow *f)
{
	size_t class = 0;

	for (size_t i = 0; i < p->n_self; i++)
		if (p->self[i].m.only == STEER_ALL &&
		    matches(&p->self[i].m, f)) {
			if (p->self[i].verb == STEER_PASS)
				return PASSES;
			if (p->self[i].verb == STEER_DROP)
				return reason(&p->self[i]);
			assert_int_equal(p->self[i].verb, STEER_CLASS);
			class = p->self[i].class;
			break;
		}
	assert_true(class < p->n_classes);
	for (size_t i = 0; i < p->classes[class].n; i++) {
		const struct steer_line *l = &p->classes[class].v[i];

		if (!matches(&l->m, f))
			continue;
		if (l->verb == STEER_PASS)
			return PASSES;
		if (l->verb == STEER_SECOND) {
			struct flow in = *f;

			return judge_icmp_is_harmless(&in) ? PASSES : GOT_CLEAR;
		}
		return reason(l);
	}
	return PASSES;
}

/* --- what policy says --- */

static const struct action *
first_ipsec(const struct rule *r)
{
	for (unsigned i = 0; i < r->n_actions; i++)
		if (r->actions[i].type == ACT_IPSEC)
			return &r->actions[i];
	return NULL;
}

static enum fate
in_clear(const struct rule *in, const struct flow *f)
{
	struct judge_case c = { .ah = NULL, .esp = NULL, .f = f };

	switch (judge_rule(in, &c, true)) {
	case VERDICT_PASS:
		return PASSES;
	case VERDICT_SPD_EXPLICIT:
		return IN_DROP;
	default:
		return GOT_CLEAR;
	}
}

static enum fate
naive(struct spd *d, const struct flow *f)
{
	struct flow g = *f;
	const struct spd_entry *out = spd_lookup(d, "", RULE_OUT, f), *in;
	const struct action *a;

	g.local = f->remote;
	g.remote = f->local;
	g.lport = f->rport;
	g.rport = f->lport;
	in = spd_lookup(d, "", RULE_IN, &g);
	if (out != NULL && out->rule.actions[0].type == ACT_DROP)
		return OUT_DROP;
	a = out == NULL ? NULL : first_ipsec(&out->rule);
	if (a == NULL)
		return in == NULL ? PASSES : in_clear(&in->rule, &g);
	if (in == NULL)
		return spd_has(d, "", RULE_IN, f->local.fam) ? GOT_SECURE
							     : PASSES;
	if (in->rule.actions[0].type == ACT_DROP)
		return MISMATCH;
	for (unsigned i = 0; i < in->rule.n_actions; i++)
		if (action_equal(a, &in->rule.actions[i]))
			return PASSES;
	return MISMATCH;
}

/* --- random policies --- */

static uint64_t seed = 7;

static struct action
random_action(void)
{
	struct action a = { .type = ACT_IPSEC, .flags = ACT_ESP };

	switch (polrand(&seed, 4)) {
	case 0:
		return (struct action){ .type = ACT_PASS };
	case 1:
		return (struct action){ .type = ACT_DROP };
	default:
		a.esp_alg = (uint8_t)(11 + polrand(&seed, 3));
		return a;
	}
}

static void
random_rule(struct spd *d)
{
	struct rule r = { .dir = (uint8_t)(1 + polrand(&seed, 3)),
		.fam = polrand(&seed, 2) ? FAM_V4 : FAM_V6,
		.priority = polrand(&seed, 1000) };
	struct action a = random_action(), b = random_action();
	uint64_t index;
	uint16_t diag;

	r.sel = polrand_sel(&seed, r.fam);
	assert_true(rule_add_action(&r, &a));
	if (a.type == ACT_IPSEC && b.type != ACT_DROP && polrand(&seed, 3) == 0)
		assert_true(rule_add_action(&r, &b));
	(void)spd_add(d, SPD_ACTIVE, &r, &diag, &index);
	rule_fini(&r);
}

static void
test_model(void **state)
{
	unsigned fates[MISMATCH + 1] = { 0 };

	(void)state;
	for (unsigned i = 0; i < 2000; i++) {
		struct spd *d = spd_new();
		struct steer_plan p = { 0 };
		struct loopback l;

		for (unsigned n = 1 + polrand(&seed, 12); n > 0; n--)
			random_rule(d);
		assert_true(loopback_compile(&l, d, SPD_ACTIVE, &p));
		for (unsigned n = 0; n < 200; n++) {
			struct flow f = polrand_flow(
			    &seed, polrand(&seed, 2) ? FAM_V4 : FAM_V6);
			enum fate want = naive(d, &f);

			assert_int_equal(kernel(&p, &f), want);
			fates[want]++;
		}
		loopback_fini(&l);
		spd_free(d);
	}
	for (int i = 0; i <= MISMATCH; i++)
		assert_true(fates[i] > 1000);
}

/* More kinds of protection than there are classes: what is over is dropped. */
static void
test_many(void **state)
{
	struct spd *d = spd_new();
	struct flow f = { .proto = IPPROTO_UDP_, .has_ports = true };
	struct steer_plan p = { 0 };
	struct loopback l;
	uint64_t index;
	uint16_t diag;

	(void)state;
	assert_true(addr_read(&f.local, "192.0.2.1"));
	f.remote = f.local;
	for (unsigned i = 1; i < 40; i++) {
		struct action a = { .type = ACT_IPSEC,
			.flags = ACT_ESP,
			.esp_alg = 12,
			.esp_min = (uint16_t)i };
		struct rule r = {
			.dir = RULE_BOTH, .fam = FAM_V4, .priority = i
		};

		r.sel.has = SEL_LPORT | SEL_RPORT;
		r.sel.lport_min = r.sel.lport_max = (uint16_t)i;
		r.sel.rport_min = r.sel.rport_max = (uint16_t)i;
		assert_true(rule_add_action(&r, &a));
		assert_int_equal(spd_add(d, SPD_ACTIVE, &r, &diag, &index), 0);
		rule_fini(&r);
	}
	assert_true(loopback_compile(&l, d, SPD_ACTIVE, &p));
	assert_int_equal(p.n_classes, STEER_CLASSES);
	/* the greatest priority first */
	for (unsigned i = 1; i < 40; i++) {
		f.lport = f.rport = (uint16_t)i;
		assert_int_equal(kernel(&p, &f),
		    i > 39 - (STEER_CLASSES - 1) ? PASSES : MISMATCH);
	}
	loopback_fini(&l);
	spd_free(d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_model),
		cmocka_unit_test(test_many) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
