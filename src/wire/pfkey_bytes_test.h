/* SPDX-License-Identifier: BSD-2-Clause */
/* pfkey_bytes_test - messages typed by hand, in host byte order. Tests only. */
#ifndef WIRE_PFKEY_BYTES_TEST_H
#define WIRE_PFKEY_BYTES_TEST_H

#include "base/test.h"

#include "wire/pfkey.h"

#define B(v, i) ((uint8_t)((uint64_t)(v) >> 8 * (i)))
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define H16(v) B(v, 0), B(v, 1)
#define H32(v) B(v, 0), B(v, 1), B(v, 2), B(v, 3)
#define H64(v) H32(v), B(v, 4), B(v, 5), B(v, 6), B(v, 7)
#else
#define H16(v) B(v, 1), B(v, 0)
#define H32(v) B(v, 3), B(v, 2), B(v, 1), B(v, 0)
#define H64(v) B(v, 7), B(v, 6), B(v, 5), B(v, 4), H32(v)
#endif

/* a base message of this type, SA type ESP, with so many words */
#define BASE(type, words) 2, type, 0, 3, H16(words), H16(0), H32(7), H32(99)

/* msg parses, and writes back to the same bytes */
static inline void
expect_same(struct pfkey_msg *m, const uint8_t *msg, size_t n)
{
	uint8_t out[PFKEY_MAX];
	struct wr w = wr_into(out, sizeof(out));
	uint16_t diag;

	assert_int_equal(pfkey_parse(m, &diag, msg, n), 0);
	assert_int_equal(diag, PFKEY_DIAG_NONE);
	assert_true(pfkey_write(&w, m));
	assert_int_equal(w.len, n);
	assert_memory_equal(out, msg, n);
}

/* msg is refused with EINVAL and this diagnostic */
static inline void
expect_diag(const uint8_t *msg, size_t n, uint16_t want)
{
	static struct pfkey_msg m;
	uint16_t diag;

	assert_int_equal(pfkey_parse(&m, &diag, msg, n), 22);
	assert_string_equal(pfkey_diag_text(diag), pfkey_diag_text(want));
	assert_int_equal(m.seq, 7);
	assert_int_equal(m.pid, 99);
}

/* m borrows from the bytes, which therefore outlive the block */
#define SAME(m, ...)                                    \
	do {                                            \
		const uint8_t msg_[] = { __VA_ARGS__ }; \
		static uint8_t kept_[sizeof(msg_)];     \
		memcpy(kept_, msg_, sizeof(msg_));      \
		expect_same(m, kept_, sizeof(kept_));   \
	} while (0)
#define DIAG_OF(want, ...)                                          \
	do {                                                        \
		const uint8_t msg_[] = { __VA_ARGS__ };             \
		expect_diag(msg_, sizeof(msg_), PFKEY_DIAG_##want); \
	} while (0)

#endif /* WIRE_PFKEY_BYTES_TEST_H */
