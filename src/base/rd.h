/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rd - bounds-checked reader over borrowed bytes.
 *
 * The first failed read makes the reader bad. A bad reader yields zeros and
 * moves no further, so a parser reads a whole structure straight down and
 * asks rd_end() once. No length arithmetic happens outside this file.
 */
#ifndef BASE_RD_H
#define BASE_RD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define MUST_USE __attribute__((warn_unused_result))

struct rd {
	const uint8_t *p;    /* next byte to read */
	const uint8_t *end;  /* one past the last byte */
	const uint8_t *mark; /* where the last rd_more() stood */
	bool bad;
};

static inline struct rd
rd_from(const void *bytes, size_t n)
{
	const uint8_t *p = bytes;

	return (struct rd){ .p = p, .end = p + n };
}

static inline size_t
rd_left(const struct rd *r)
{
	return r->bad ? 0 : (size_t)(r->end - r->p);
}

/* Borrow the next n bytes; NULL if they are not all there. */
static inline const uint8_t *
rd_take(struct rd *r, size_t n)
{
	const uint8_t *p = r->p;

	if (r->bad || n > (size_t)(r->end - r->p)) {
		r->bad = true;
		return NULL;
	}
	r->p += n;
	return p;
}

static inline uint8_t
rd_u8(struct rd *r)
{
	const uint8_t *p = rd_take(r, 1);

	return p != NULL ? p[0] : 0;
}

static inline uint16_t
rd_be16(struct rd *r)
{
	const uint8_t *p = rd_take(r, 2);

	return p != NULL ? (uint16_t)(p[0] << 8 | p[1]) : 0;
}

static inline uint32_t
rd_be32(struct rd *r)
{
	uint32_t hi = rd_be16(r);

	return hi << 16 | rd_be16(r);
}

static inline uint64_t
rd_be64(struct rd *r)
{
	uint64_t hi = rd_be32(r);

	return hi << 32 | rd_be32(r);
}

/* In the host's own byte order: PF_KEY and PF_POLICY stay on one machine. */
static inline uint16_t
rd_h16(struct rd *r)
{
	const uint8_t *p = rd_take(r, 2);
	uint16_t v = 0;

	if (p != NULL)
		memcpy(&v, p, 2);
	return v;
}

static inline uint32_t
rd_h32(struct rd *r)
{
	const uint8_t *p = rd_take(r, 4);
	uint32_t v = 0;

	if (p != NULL)
		memcpy(&v, p, 4);
	return v;
}

static inline uint64_t
rd_h64(struct rd *r)
{
	const uint8_t *p = rd_take(r, 8);
	uint64_t v = 0;

	if (p != NULL)
		memcpy(&v, p, 8);
	return v;
}

static inline void
rd_skip(struct rd *r, size_t n)
{
	(void)rd_take(r, n);
}

/* A reader over the next n bytes; r moves past them. A bad r gives a bad sub. */
static inline struct rd
rd_sub(struct rd *r, size_t n)
{
	const uint8_t *p = rd_take(r, n);

	if (p == NULL)
		return (struct rd){ .bad = true };
	return rd_from(p, n);
}

/*
 * The body of a structure whose length field, `total`, also counts the
 * `header` bytes already read. Refuses a total shorter than its own header.
 */
static inline struct rd
rd_body(struct rd *r, size_t total, size_t header)
{
	if (total < header)
		r->bad = true;
	return rd_sub(r, r->bad ? 0 : total - header);
}

/*
 * Loop condition: true while bytes remain. A loop body that consumed nothing
 * since the last call makes the reader bad, so every such loop ends.
 */
static inline bool
rd_more(struct rd *r)
{
	if (r->bad || r->p == r->end)
		return false;
	if (r->p == r->mark) {
		r->bad = true;
		return false;
	}
	r->mark = r->p;
	return true;
}

/* True when every read succeeded and nothing is left over. */
MUST_USE static inline bool
rd_end(const struct rd *r)
{
	return !r->bad && r->p == r->end;
}

#endif /* BASE_RD_H */
