/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/conn.h"

#include <stdlib.h>

#include "base/test.h"

#include "wire/pfpolicy.h"

static const struct hash_seed seed = { { 3, 5 } };
static unsigned n_unpinned;
static uint16_t last_unpinned;

static void
unpinned(void *ctx, const struct conn *c)
{
	(void)ctx;
	n_unpinned++;
	last_unpinned = c->k.lport;
}

static struct conn_table *
table(size_t max)
{
	struct conn_env env = { .unpinned = unpinned };
	struct conn_table *t = conn_new(&seed, max, &env);

	assert_non_null(t);
	n_unpinned = 0;
	return t;
}

static struct conn_key
key(uint16_t port)
{
	static const uint8_t local[4] = { 192, 0, 2, 1 };
	static const uint8_t remote[4] = { 192, 0, 2, 2 };

	return (struct conn_key){ .local = addr_v4(local),
		.remote = addr_v4(remote),
		.proto = IPPROTO_TCP_,
		.lport = port,
		.rport = 80 };
}

static struct conn *
add(struct conn_table *t, uint16_t port, uint64_t now)
{
	struct conn_key k = key(port);

	return conn_add(t, &k, now);
}

static struct conn *
find(struct conn_table *t, uint16_t port, uint64_t now)
{
	struct conn_key k = key(port);

	return conn_find(t, &k, now);
}

static struct spd_entry *
policy(struct spd *d, uint8_t dir, uint8_t type)
{
	struct action a = { .type = type,
		.flags = type == ACT_IPSEC ? ACT_ESP : 0,
		.esp_alg = type == ACT_IPSEC ? 12 : 0 };
	struct rule r = { .dir = dir, .priority = 1 };
	struct flow f = { .local = key(1).local, .remote = key(1).remote };
	uint64_t index;
	uint16_t diag;

	assert_true(rule_add_action(&r, &a));
	assert_int_equal(spd_add(d, SPD_ACTIVE, &r, &diag, &index), 0);
	rule_fini(&r);
	return spd_lookup(d, "", dir, &f);
}

static struct conn_own *
own_of(struct conn_table *t)
{
	struct action a = { .type = ACT_IPSEC, .flags = ACT_AH, .ah_alg = 5 };
	struct rule r = { 0 };
	struct conn_own *own;

	assert_true(rule_add_action(&r, &a));
	own = conn_own_new(t, &r);
	assert_non_null(own);
	assert_int_equal(r.n_actions, 0);
	return own;
}

/* Policy 22: a change of policy does not touch what is latched. */
static void
test_outlives_policy(void **state)
{
	struct conn_table *t = table(8);
	struct spd *d = spd_new();
	struct spd_entry *out = policy(d, RULE_OUT, ACT_IPSEC), *e;
	struct spd_entry *in = policy(d, RULE_IN, ACT_IPSEC);
	uint64_t v = spd_version(d);
	struct conn *a = add(t, 1, 0), *b = add(t, 2, 0);

	(void)state;
	assert_true(conn_latch(t, a, out, in, v));
	assert_true(conn_latch(t, b, out, NULL, v));
	/* the entry itself, so that it counts */
	assert_ptr_equal(conn_entry(a, RULE_OUT, v), out);
	assert_ptr_equal(conn_entry(a, RULE_IN, v), in);
	assert_null(conn_entry(b, RULE_IN, v));
	assert_true(conn_is_current(a, v));
	assert_false(conn_is_clear(a));

	assert_int_equal(spd_flush(d, SPD_ACTIVE, "", true), 0);
	v = spd_version(d);
	assert_false(conn_is_current(a, v));
	e = conn_entry(a, RULE_OUT, v);
	assert_ptr_not_equal(e, out);
	assert_int_equal(e->rule.actions[0].type, ACT_IPSEC);
	assert_int_equal(e->rule.actions[0].esp_alg, 12);
	/* one copy for all that have it */
	assert_ptr_equal(conn_entry(b, RULE_OUT, v), e);
	conn_drop(t, a);
	assert_int_equal(
	    conn_entry(b, RULE_OUT, v)->rule.actions[0].esp_alg, 12);
	spd_free(d);
	conn_free(t);
}

static void
test_clear(void **state)
{
	struct conn_table *t = table(8);
	struct spd *d = spd_new();
	struct conn *c = add(t, 1, 0);
	uint64_t v;

	(void)state;
	assert_true(conn_latch(t, c, NULL, NULL, 1));
	assert_true(conn_is_clear(c));
	/* nobody can say under which policy that was */
	assert_false(conn_is_current(c, 1));
	assert_true(conn_latch(t, c, policy(d, RULE_OUT, ACT_PASS),
	    policy(d, RULE_IN, ACT_PASS), spd_version(d)));
	assert_true(conn_is_clear(c));
	assert_int_equal(spd_flush(d, SPD_ACTIVE, "", true), 0);
	v = spd_version(d);
	assert_true(conn_latch(t, c, NULL, policy(d, RULE_IN, ACT_DROP), v));
	assert_false(conn_is_clear(c));
	spd_free(d);
	conn_free(t);
}

static void
test_own(void **state)
{
	struct conn_table *t = table(8);
	struct conn_own *own = own_of(t);
	struct conn *c = add(t, 1, 0);
	struct spd_entry *e;

	(void)state;
	conn_latch_own(t, c, own, true);
	conn_own_put(own);
	e = conn_entry(c, RULE_OUT, 99);
	assert_int_equal(e->rule.dir, RULE_OUT);
	assert_int_equal(e->rule.fam, FAM_V4);
	assert_int_equal(e->rule.priority, CONN_PRIORITY);
	assert_int_equal(conn_entry(c, RULE_IN, 99)->rule.dir, RULE_IN);
	assert_true(conn_is_current(c, 99));
	assert_false(conn_is_clear(c));
	/* again by what it has: no use of what was freed */
	conn_latch_own(t, c, c->own, true);
	assert_int_equal(conn_entry(c, RULE_IN, 1)->rule.actions[0].ah_alg, 5);
	conn_free(t);
}

/* What may not go does not, and then there is no room. */
static void
test_room(void **state)
{
	struct conn_table *t = table(3);
	struct conn_own *own = own_of(t);
	struct conn *c;

	(void)state;
	conn_latch_own(t, add(t, 1, 1), own, true);
	c = add(t, 2, 2);
	assert_true(conn_latch(t, c, NULL, NULL, 1));
	conn_pin(t, c, true);
	add(t, 3, 3);
	assert_non_null(add(t, 4, 4));
	assert_null(find(t, 3, 5));
	assert_non_null(find(t, 1, 5));
	assert_non_null(find(t, 2, 5));
	/* a note of an unconnected socket may go */
	conn_latch_own(t, find(t, 4, 5), own, false);
	assert_non_null(c = add(t, 5, 6));
	assert_null(find(t, 4, 6));
	conn_latch_own(t, c, own, true);
	assert_null(add(t, 6, 7));
	assert_int_equal(conn_refused(t), 1);
	assert_int_equal(conn_count(t), 3);
	/* what lingers makes room when nothing else does */
	conn_end(t, &c->k, 0, 8);
	assert_non_null(find(t, 5, 8));
	assert_non_null(add(t, 6, 9));
	assert_null(find(t, 5, 9));
	conn_own_put(own);
	conn_free(t);
}

/* The one that was used longest ago goes first. */
static void
test_use_counts(void **state)
{
	struct conn_table *t = table(2);

	(void)state;
	add(t, 1, 1000);
	add(t, 2, 2000);
	assert_non_null(find(t, 1, 3000));
	add(t, 3, 4000);
	assert_non_null(find(t, 1, 4000));
	assert_null(find(t, 2, 4000));
	conn_free(t);
}

static void
test_end(void **state)
{
	struct conn_table *t = table(8);
	struct spd *d = spd_new();
	struct conn *c = add(t, 1, 0);
	struct conn_key k = key(1);

	(void)state;
	/* clear: at once, and the kernel is told */
	assert_true(conn_latch(t, c, NULL, NULL, 1));
	conn_pin(t, c, true);
	conn_set_cookie(t, c, 7);
	conn_end(t, &k, 8, 10);
	assert_non_null(find(t, 1, 10));
	conn_end(t, &k, 7, 10);
	assert_null(find(t, 1, 10));
	assert_int_equal(n_unpinned, 1);
	assert_int_equal(last_unpinned, 1);
	/* protected: TIME_WAIT still has something to say */
	c = add(t, 1, 10);
	assert_true(conn_latch(
	    t, c, policy(d, RULE_OUT, ACT_IPSEC), NULL, spd_version(d)));
	conn_pin(t, c, true);
	conn_end(t, &k, 0, 1000);
	conn_age(t, 60999);
	assert_non_null(find(t, 1, 60999));
	assert_int_equal(n_unpinned, 1);
	conn_age(t, 61000);
	assert_null(find(t, 1, 61000));
	assert_int_equal(n_unpinned, 2);
	conn_end(t, &k, 0, 62000); /* nothing there */
	/* all the kernel may still know of it is its cookie */
	c = add(t, 2, 70000);
	assert_true(conn_latch(t, c, NULL, NULL, 1));
	conn_set_cookie(t, c, 1000);
	conn_set_cookie(t, c, 1064); /* of the same bucket */
	conn_end(t, &k, 1000, 70000);
	assert_non_null(find(t, 2, 70000));
	conn_end(t, &k, 1064, 70000);
	assert_null(find(t, 2, 70000));
	spd_free(d);
	conn_free(t);
}

static void
test_sweep(void **state)
{
	struct conn_table *t = table(8);
	struct conn_own *own = own_of(t);
	struct conn_key k1 = key(1), k3 = key(3);

	(void)state;
	for (uint16_t i = 1; i <= 4; i++)
		conn_latch_own(t, add(t, i, i == 4 ? 9000 : 0), own, true);
	conn_set_cookie(t, find(t, 3, 0), 5);
	conn_sweep_begin(t, 10000);
	conn_sweep_seen(t, &k1, 77);
	conn_sweep_seen(t, &k3, 6); /* another socket of the same flow */
	conn_sweep_end(t, 10000);
	/* a list that lacks one says nothing yet */
	assert_false(find(t, 2, 10000)->ended);
	conn_sweep_begin(t, 10000);
	conn_sweep_seen(t, &k1, 77);
	conn_sweep_seen(t, &k3, 6);
	conn_sweep_end(t, 10000);
	assert_false(find(t, 1, 10000)->ended);
	assert_int_equal(find(t, 1, 10000)->cookie, 77);
	assert_true(find(t, 2, 10000)->ended);
	assert_true(find(t, 3, 10000)->ended);
	assert_false(find(t, 4, 10000)->ended); /* its handshake goes on */
	conn_own_put(own);
	conn_free(t);
}

/* A socket has one connection at a time. */
static void
test_moved(void **state)
{
	struct conn_table *t = table(8);
	struct conn_own *own = own_of(t);

	(void)state;
	for (uint16_t i = 1; i <= 3; i++) {
		conn_latch_own(t, add(t, i, 0), own, true);
		conn_set_cookie(t, find(t, i, 0), i == 3 ? 8 : 7);
	}
	conn_moved(t, find(t, 2, 0), 10);
	assert_true(find(t, 1, 10)->ended);
	assert_false(find(t, 2, 10)->ended);
	assert_false(find(t, 3, 10)->ended);
	conn_own_put(own);
	conn_free(t);
}

static void
test_identities(void **state)
{
	struct conn_table *t = table(8);
	struct conn *a = add(t, 1, 0), *b = add(t, 2, 0);
	struct sa_ident me = { .type = 3, .len = 2, .id = "me" };
	struct sa_ident you = { .type = 3, .len = 3, .id = "you" };
	struct sa_ident none = { 0 };
	const struct sa_ident *l, *r;

	(void)state;
	assert_true(conn_fits_ids(a, &me, &you));
	assert_false(conn_ids(a, &l, &r));
	conn_latch_ids(t, a, &me, &you);
	conn_latch_ids(t, a, &you, &me); /* the first ones stay */
	assert_true(conn_fits_ids(a, &me, &you));
	assert_false(conn_fits_ids(a, &you, &me));
	assert_false(conn_fits_ids(a, &me, &none));
	assert_true(conn_ids(a, &l, &r));
	assert_string_equal(l->id, "me");
	assert_string_equal(r->id, "you");
	/* none is an identity, too */
	conn_latch_ids(t, b, &none, &none);
	assert_true(conn_fits_ids(b, &none, &none));
	assert_false(conn_fits_ids(b, &none, &you));
	conn_free(t);
}

/* Against an array that is searched from end to end. */
enum { MODEL = 12, PORTS = 20 };

struct model {
	uint16_t port; /* 0: free */
	bool kept;
	uint64_t used;
};

static struct model *
model_find(struct model *m, uint16_t port)
{
	for (int i = 0; i < MODEL; i++)
		if (m[i].port == port)
			return &m[i];
	return NULL;
}

static struct model *
model_add(struct model *m, uint16_t port, uint64_t now)
{
	struct model *at = model_find(m, port);

	if (at == NULL)
		at = model_find(m, 0);
	for (int i = 0; at == NULL && i < MODEL; i++)
		if (!m[i].kept)
			at = &m[i];
	for (int i = 0; i < MODEL; i++)
		if (at != NULL && at->port != 0 && at->port != port &&
		    !m[i].kept && m[i].used < at->used)
			at = &m[i];
	if (at != NULL)
		*at = (struct model){ .port = port, .used = now };
	return at;
}

static void
test_model(void **state)
{
	struct conn_table *t = table(MODEL);
	struct model m[MODEL] = { 0 }, *x;
	uint32_t rnd = 1;
	uint64_t now = 0;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		uint16_t port;
		struct conn *c;

		rnd = rnd * 1664525u + 1013904223u;
		port = (uint16_t)(1 + (rnd >> 16) % PORTS);
		now += 1000; /* each use counts */
		x = model_find(m, port);
		switch (rnd >> 8 & 7) {
		case 0:
		case 1:
			x = model_add(m, port, now);
			assert_int_equal(add(t, port, now) != NULL, x != NULL);
			break;
		case 2:
			c = find(t, port, now);
			if (c != NULL) {
				conn_drop(t, c);
				*x = (struct model){ 0 };
			}
			break;
		case 3:
			c = find(t, port, now);
			if (c != NULL) {
				x->kept = !x->kept;
				x->used = now;
				conn_pin(t, c, x->kept);
			}
			break;
		default:
			c = find(t, port, now);
			assert_int_equal(c != NULL, x != NULL);
			if (x != NULL)
				x->used = now;
		}
	}
	conn_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_outlives_policy),
		cmocka_unit_test(test_clear),
		cmocka_unit_test(test_own),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_use_counts),
		cmocka_unit_test(test_end),
		cmocka_unit_test(test_sweep),
		cmocka_unit_test(test_moved),
		cmocka_unit_test(test_identities),
		cmocka_unit_test(test_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
