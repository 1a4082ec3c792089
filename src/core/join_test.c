/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/join.h"

#include "base/test.h"

#include "core/frag.h"
#include "core/path_pkt_test.h"
#include "crypto/be/be.h"

enum { MTU = 1280 };

static uint8_t pkt[PATH_ROOM], buf[PATH_ROOM];

/* A datagram with options that each fragment has, and some that none has. */
static size_t
datagram(size_t size, bool options)
{
	static const uint8_t hop[8] = { 60, 0, 1, 4 };
	static const uint8_t dst[8] = { IPPROTO_UDP_, 0, 1, 4 };
	size_t n = udp(pkt, "fd01::1", "ff15::1", 1, 2, size);

	if (!options)
		return n;
	memmove(pkt + 56, pkt + 40, n - 40);
	memcpy(pkt + 40, hop, 8);
	memcpy(pkt + 48, dst, 8);
	pkt[6] = 0;
	n += 16;
	pkt[4] = (uint8_t)((n - 40) >> 8);
	pkt[5] = (uint8_t)(n - 40);
	return n;
}

static void
test_any_order(void **state)
{
	struct fragcache *c = fragcache_new(&crypto_rng);
	struct path_stats st = { 0 };

	(void)state;
	for (unsigned size = 1300; size < 60000; size += 3571)
		for (unsigned k = 0; k < 6; k++) {
			size_t n = datagram(size, (k & 1) != 0), len = 0;
			unsigned count = 0, i = 0;
			struct wr w;

			while (w = wr_into(buf, sizeof(buf)),
			    frag_write(&w, pkt, n, MTU, size + k, count))
				count++;
			assert_true(count > 1);
			/* from the front, from behind, from the middle */
			for (; i < count; i++) {
				unsigned at = k < 2   ? i
					      : k < 4 ? count - 1 - i
						      : (i + count / 2) % count;
				enum verdict e;

				w = wr_into(buf, sizeof(buf));
				assert_true(
				    frag_write(&w, pkt, n, MTU, size + k, at));
				len = w.len;
				e = join_fragment(
				    c, buf, sizeof(buf), &len, 5, &st);
				assert_int_equal(e, i + 1 < count
							? VERDICT_HOLD
							: VERDICT_PASS);
			}
			assert_int_equal(len, n);
			assert_memory_equal(buf, pkt, n);
			assert_int_equal(fragcache_waiting(c), 0);
		}
	fragcache_free(c);
}

static void
test_bad(void **state)
{
	struct fragcache *c = fragcache_new(&crypto_rng);
	struct path_stats st = { 0 };
	size_t n = datagram(2000, false), len;
	struct wr w = wr_into(buf, sizeof(buf));

	(void)state;
	/* no fragment at all */
	memcpy(buf, pkt, n);
	len = n;
	assert_int_equal(
	    join_fragment(c, buf, sizeof(buf), &len, 5, &st), VERDICT_PASS);
	assert_int_equal(len, n);
	assert_memory_equal(buf, pkt, n);
	/* a room that is too small for the whole */
	for (unsigned i = 0; i < 2; i++) {
		w = wr_into(buf, sizeof(buf));
		assert_true(frag_write(&w, pkt, n, MTU, 1, i));
		len = w.len;
		assert_int_equal(join_fragment(c, buf, 1500, &len, 5, &st),
		    i == 0 ? VERDICT_HOLD : VERDICT_SPD_MALFORMED_FRAG);
	}
	assert_int_equal(fragcache_waiting(c), 0);
	/* an overlap */
	w = wr_into(buf, sizeof(buf));
	assert_true(frag_write(&w, pkt, n, MTU, 2, 0));
	len = w.len;
	assert_int_equal(
	    join_fragment(c, buf, sizeof(buf), &len, 5, &st), VERDICT_HOLD);
	buf[42] = 0;
	buf[43] = 16 | 1;
	assert_int_equal(join_fragment(c, buf, sizeof(buf), &len, 5, &st),
	    VERDICT_SPD_OVERLAP_FRAG);
	assert_int_equal(st.n[1][VERDICT_SPD_OVERLAP_FRAG], 1);
	fragcache_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_any_order),
		cmocka_unit_test(test_bad) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
