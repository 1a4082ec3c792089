/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random schedules of simultaneous rekeys and deletes of Child and IKE SAs, over
 * a network that loses, doubles and reorders: each ends with one IKE SA and one
 * pair of SAs, the same on both sides (RFC 7296 2.8.1, 2.8.2, 2.25).
 *
 * SCHEDULES=n: so many; SEED=n: only this one, with its log.
 */
#include <stdlib.h>

#include "base/test.h"

#include "crypto/be/be.h"
#include "ike/sim.h"

static struct crypto *crypto;
static struct sim s;

enum { OPS = 6 };

static int
setup(void **state)
{
	(void)state;
	crypto = crypto_new(be_ossl, NULL, NULL);
	return crypto != NULL ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	crypto_free(crypto);
	return 0;
}

/* One of the two does something, and perhaps the other one, too. */
static void
act(void)
{
	unsigned who = sim_rnd(&s, 2);

	switch (sim_rnd(&s, 8)) {
	case 0:
	case 1:
	case 2:
		(void)sim_expire(&s, who, 1 - who, false);
		break;
	case 3:
	case 4:
		sim_admin(&s, who, IKE_ADMIN_REKEY);
		break;
	case 5:
		(void)sim_expire(&s, 0, 1, false);
		(void)sim_expire(&s, 1, 0, false);
		break;
	case 6:
		sim_admin(&s, 0, IKE_ADMIN_REKEY);
		sim_admin(&s, 1, IKE_ADMIN_REKEY);
		break;
	default:
		(void)sim_expire(&s, who, 1 - who, true);
		break;
	}
}

/* NULL: it ended as it must. */
static const char *
schedule(uint64_t seed, bool tell)
{
	const char *why;

	sim_init(&s, crypto, 2, seed);
	s.verbose = tell;
	sim_start(&s);
	sim_packet(&s, 0, 1);
	sim_run(&s, 2000);
	why = sim_agree(&s, 0, 1);
	if (why != NULL)
		return why;
	s.delay = 1 + sim_rnd(&s, 200);
	s.lag = 1 + sim_rnd(&s, 50);
	s.loss = sim_rnd(&s, 3) == 0 ? sim_rnd(&s, 25) : 0;
	s.twice = sim_rnd(&s, 20);
	s.reorder = sim_rnd(&s, 50);
	for (unsigned i = 1 + sim_rnd(&s, OPS); i > 0; i--) {
		act();
		sim_run(&s, sim_rnd(&s, 3) == 0 ? 0 : sim_rnd(&s, 400));
	}
	sim_run(&s, 30000);
	s.loss = 0;
	sim_run(&s, 120000);
	if (s.h[0].n_sa == 0 && s.h[1].n_sa == 0) {
		/* all was deleted: that is an agreement, too */
		sim_packet(&s, 0, 1);
		sim_run(&s, 60000);
	}
	return s.errors != 0 ? "ipsecd refused an SA" : sim_agree(&s, 0, 1);
}

static void
test_schedules(void **state)
{
	const char *n = getenv("SCHEDULES"), *one = getenv("SEED");
	uint64_t first = one != NULL ? strtoull(one, NULL, 0) : 1;
	uint64_t last = one != NULL ? first
			: n != NULL ? strtoull(n, NULL, 0)
				    : 10000;
	unsigned bad = 0;

	(void)state;
	for (uint64_t seed = first; seed <= last; seed++) {
		const char *why = schedule(seed, one != NULL);

		if (why != NULL) {
			print_error(
			    "SEED=%llu: %s\n", (unsigned long long)seed, why);
			bad++;
			if (one != NULL)
				sim_dump(&s);
		}
		sim_fini(&s);
	}
	assert_int_equal(bad, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_schedules),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
