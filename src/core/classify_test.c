/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/classify.h"

#include <stdlib.h>

#include "base/test.h"

#include "core/polrand.h"

#define MAX_RULES 600

struct item {
	struct classify_node node;
	struct sel sel;
	bool in;
};

static struct item item[MAX_RULES];

/* The definition: look at every rule. */
static struct classify_node *
linear(const struct flow *f)
{
	struct classify_node *best = NULL;

	for (unsigned i = 0; i < MAX_RULES; i++) {
		struct classify_node *n = &item[i].node;

		if (item[i].in && sel_match(n->sel, f) &&
		    (best == NULL || n->priority > best->priority ||
			(n->priority == best->priority &&
			    n->order > best->order)))
			best = n;
	}
	return best;
}

static bool
is_there(const struct sel *s)
{
	for (unsigned i = 0; i < MAX_RULES; i++)
		if (item[i].in && sel_equal(&item[i].sel, s))
			return true;
	return false;
}

/* Rules come and go; now and then many packets are looked up both ways. */
static unsigned hits, packets;

static void
walk(uint64_t seed, uint8_t fam, unsigned n_rules, unsigned priorities)
{
	struct classify c = { 0 };
	uint64_t order = 0;

	memset(item, 0, sizeof(item));
	for (unsigned step = 0; step < 4 * n_rules; step++) {
		struct item *it = &item[polrand(&seed, n_rules)];

		if (it->in) {
			classify_remove(&c, &it->node);
			it->in = false;
		} else {
			it->sel = polrand_sel(&seed, fam);
			it->node = (struct classify_node){ .sel = &it->sel,
				.priority = polrand(&seed, priorities),
				.order = ++order };
			assert_int_equal(classify_same(&c, &it->sel) != NULL,
			    is_there(&it->sel));
			assert_true(classify_add(&c, &it->node));
			it->in = true;
		}
		for (unsigned p = 0; p < 12; p++, packets++) {
			struct flow f = polrand_flow(&seed, fam);
			struct classify_node *want = linear(&f);

			assert_ptr_equal(classify_find(&c, &f), want);
			hits += want != NULL;
		}
	}
	for (unsigned i = 0; i < MAX_RULES; i++)
		if (item[i].in)
			classify_remove(&c, &item[i].node);
	assert_int_equal(c.n, 0);
	classify_fini(&c);
}

static void
test_equals_linear(void **state)
{
	static const unsigned rules[] = { 1, 2, 5, 20, 100, MAX_RULES };
	static const unsigned prios[] = { 1, 3, 1000000 };

	(void)state;
	for (unsigned r = 0; r < 6; r++)
		for (unsigned p = 0; p < 3; p++) {
			walk(100 + r * 3 + p, FAM_V4, rules[r], prios[p]);
			walk(200 + r * 3 + p, FAM_V6, rules[r], prios[p]);
		}
	/* worth something only when packets meet rules, and miss them */
	assert_true(packets > 100000);
	assert_true(hits > packets / 4 && hits < packets);
}

static void
test_empty(void **state)
{
	struct classify c = { 0 };
	struct flow f = { 0 };
	struct sel s = { 0 };
	struct classify_node n = { .sel = &s };

	(void)state;
	assert_null(classify_find(&c, &f));
	assert_null(classify_same(&c, &s));
	classify_remove(&c, &n); /* was never there */
	assert_true(classify_add(&c, &n));
	assert_ptr_equal(classify_find(&c, &f), &n);
	classify_fini(&c);
}

/*
 * Thousands of ranges of ports for the same peer cost a lookup no more than a
 * few: looking at each of them would take minutes here.
 */
static void
test_many_ranges(void **state)
{
	enum { RANGES = 4096, WIDTH = 15 };
	static struct item range[RANGES];
	struct classify c = { 0 };
	struct flow f = { .proto = IPPROTO_TCP_, .has_ports = true };
	uint64_t seed = 5;

	(void)state;
	for (unsigned i = 0; i < RANGES; i++) {
		struct sel *s = &range[i].sel;

		*s = (struct sel){ .has = SEL_PROTO | SEL_LPORT,
			.proto = IPPROTO_TCP_ };
		s->lport_min = (uint16_t)(1 + i * WIDTH);
		s->lport_max = (uint16_t)(s->lport_min + WIDTH - 1);
		range[i].node = (struct classify_node){
			.sel = s, .priority = polrand(&seed, 1000), .order = i
		};
		assert_true(classify_add(&c, &range[i].node));
	}
	for (unsigned i = 0; i < 2000000; i++) {
		f.lport = (uint16_t)(1 + polrand(&seed, RANGES * WIDTH));
		assert_ptr_equal(
		    classify_find(&c, &f), &range[(f.lport - 1) / WIDTH].node);
	}
	f.lport = RANGES * WIDTH + 1;
	assert_null(classify_find(&c, &f));
	classify_fini(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_equals_linear),
		cmocka_unit_test(test_many_ranges),
		cmocka_unit_test(test_empty),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
