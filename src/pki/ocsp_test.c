/* SPDX-License-Identifier: BSD-2-Clause */
#include "pki/ocsp.h"

#include "base/test.h"

#include "pki/certs_fix_test.h"

/* The answers themselves; who may sign them is certstore_test.c's matter too. */
static void
test_status(void **state)
{
	struct made ca =
	    fix_make(&(struct recipe){ .cn = "CA", .basic = "CA:TRUE" });
	struct made a = fix_make(&(struct recipe){ .cn = "a", .by = &ca });
	struct made b = fix_make(&(struct recipe){ .cn = "b", .by = &ca });
	const struct {
		int status;
		int64_t from, to;
		enum ocsp_status is;
	} rows[] = {
		{ V_OCSP_CERTSTATUS_GOOD, -1, 1, OCSP_FINE },
		{ V_OCSP_CERTSTATUS_REVOKED, -1, 1, OCSP_BAD },
		{ V_OCSP_CERTSTATUS_UNKNOWN, -1, 1, OCSP_BAD },
		{ V_OCSP_CERTSTATUS_GOOD, -9, -1, OCSP_NOTHING },
		{ V_OCSP_CERTSTATUS_REVOKED, -9, -1, OCSP_NOTHING },
		{ V_OCSP_CERTSTATUS_GOOD, 1, 9, OCSP_NOTHING },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fix_bytes r = fix_ocsp(
		    a.x, ca.x, &ca, rows[i].status, rows[i].from, rows[i].to);

		assert_int_equal(
		    ocsp_ask(r.p, r.n, a.x, ca.x, FIX_NOW), rows[i].is);
		assert_int_equal(
		    ocsp_ask(r.p, r.n, b.x, ca.x, FIX_NOW), OCSP_NOTHING);
		for (size_t k = 0; k < r.n; k += 11) {
			assert_int_equal(
			    ocsp_ask(r.p, k, a.x, ca.x, FIX_NOW), OCSP_NOTHING);
		}
	}
	fix_free(&ca);
	fix_free(&a);
	fix_free(&b);
}

/* With any byte changed it may not come to say another thing. */
static void
test_changed(void **state)
{
	struct made ca =
	    fix_make(&(struct recipe){ .cn = "CA", .basic = "CA:TRUE" });
	struct made a = fix_make(&(struct recipe){ .cn = "a", .by = &ca });
	struct fix_bytes r =
	    fix_ocsp(a.x, ca.x, &ca, V_OCSP_CERTSTATUS_REVOKED, -1, 1);

	(void)state;
	for (size_t k = 0; k < r.n; k++) {
		r.p[k] ^= 2;
		assert_true(
		    ocsp_ask(r.p, r.n, a.x, ca.x, FIX_NOW) != OCSP_FINE);
		r.p[k] ^= 2;
	}
	assert_int_equal(ocsp_ask(r.p, r.n, a.x, ca.x, FIX_NOW), OCSP_BAD);
	fix_free(&ca);
	fix_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
