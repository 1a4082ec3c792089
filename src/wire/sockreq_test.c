/* SPDX-License-Identifier: BSD-2-Clause */
#include "wire/sockreq.h"

#include <errno.h>

#include "base/test.h"

static const struct sockreq full = { .op = SOCKREQ_SET,
	.has_bits = true,
	.err = 13,
	.want = { .ah = SOCKREQ_REQUIRED,
	    .esp = SOCKREQ_REQUIRED | SOCKREQ_UNIQUE,
	    .selfencap = SOCKREQ_NEVER,
	    .ah_alg = 5,
	    .esp_alg = 12,
	    .espa_alg = SOCKREQ_ANY_AUTH,
	    .ah_min = 256,
	    .esp_min = 192,
	    .espa_min = 160 } };

/* Where each byte stands: it is also what programs in other languages write. */
static void
test_bytes(void **state)
{
	uint8_t b[SOCKREQ_MAX];
	struct wr w = wr_into(b, sizeof(b));
	uint32_t word;

	(void)state;
	sockreq_write_answer(&w, &full);
	assert_false(w.bad);
	assert_int_equal(w.len, 30);
	assert_int_equal(b[0], 1);
	assert_int_equal(b[1], SOCKREQ_SET);
	assert_int_equal(b[2] | b[3], 0);
	memcpy(&word, b + 4, 4);
	assert_int_equal(word, 13);
	memcpy(&word, b + 12, 4);
	assert_int_equal(word, 6);
	assert_int_equal(b[20], 5);
	assert_int_equal(b[21], 12);
	assert_int_equal(b[22], 255);
	assert_int_equal(b[23], 0);
}

static void
assert_same(const struct sockreq *a, const struct sockreq *b)
{
	assert_int_equal(a->op, b->op);
	assert_int_equal(a->has_bits, b->has_bits);
	assert_int_equal(a->err, b->err);
	assert_int_equal(a->want.ah, b->want.ah);
	assert_int_equal(a->want.esp, b->want.esp);
	assert_int_equal(a->want.selfencap, b->want.selfencap);
	assert_int_equal(a->want.ah_alg, b->want.ah_alg);
	assert_int_equal(a->want.esp_alg, b->want.esp_alg);
	assert_int_equal(a->want.espa_alg, b->want.espa_alg);
	assert_int_equal(a->want.ah_min, b->want.ah_min);
	assert_int_equal(a->want.esp_min, b->want.esp_min);
	assert_int_equal(a->want.espa_min, b->want.espa_min);
}

static void
test_round_trip(void **state)
{
	uint8_t b[SOCKREQ_MAX];
	struct sockreq back, m = full;

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct wr w = wr_into(b, sizeof(b));
		bool answer = (i & 1) != 0;

		m.has_bits = (i & 2) != 0;
		if (!m.has_bits)
			m.want.ah_min = m.want.esp_min = m.want.espa_min = 0;
		else
			m = full;
		m.err = answer ? 13 : 0;
		if (answer)
			sockreq_write_answer(&w, &m);
		else
			sockreq_write(&w, &m);
		assert_int_equal(answer ? sockreq_parse_answer(&back, b, w.len)
					: sockreq_parse(&back, b, w.len),
		    0);
		assert_same(&back, &m);
	}
}

/* Policy 25: wrong size. A structure is whole or it is refused. */
static void
test_sizes(void **state)
{
	uint8_t b[SOCKREQ_MAX + 8] = { SOCKREQ_VERSION, SOCKREQ_GET };
	struct sockreq m;

	(void)state;
	for (size_t n = 0; n <= sizeof(b); n++) {
		assert_int_equal(
		    sockreq_parse(&m, b, n), n == 20 || n == 26 ? 0 : EINVAL);
		assert_int_equal(sockreq_parse_answer(&m, b, n),
		    n == 24 || n == 30 ? 0 : EINVAL);
	}
	b[0] = 2;
	assert_int_equal(sockreq_parse(&m, b, 20), EPROTONOSUPPORT);
	b[0] = 1;
	b[1] = 3;
	assert_int_equal(sockreq_parse(&m, b, 20), EINVAL);
	assert_int_equal(m.op, 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
