/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wr - bounds-checked writer into a caller's buffer. Sticky error, like rd.
 */
#ifndef BASE_WR_H
#define BASE_WR_H

#include "base/rd.h"

struct wr {
	uint8_t *base;
	size_t len, cap;
	bool bad;
};

static inline struct wr
wr_into(void *buf, size_t cap)
{
	return (struct wr){ .base = buf, .cap = cap };
}

/* Append n bytes of room and return it; NULL if it does not fit. */
static inline uint8_t *
wr_room(struct wr *w, size_t n)
{
	uint8_t *p = w->base + w->len;

	if (w->bad || n > w->cap - w->len) {
		w->bad = true;
		return NULL;
	}
	w->len += n;
	return p;
}

static inline void
wr_u8(struct wr *w, uint8_t v)
{
	uint8_t *p = wr_room(w, 1);

	if (p != NULL)
		p[0] = v;
}

static inline void
wr_be16(struct wr *w, uint16_t v)
{
	wr_u8(w, (uint8_t)(v >> 8));
	wr_u8(w, (uint8_t)v);
}

static inline void
wr_be32(struct wr *w, uint32_t v)
{
	wr_be16(w, (uint16_t)(v >> 16));
	wr_be16(w, (uint16_t)v);
}

static inline void
wr_be64(struct wr *w, uint64_t v)
{
	wr_be32(w, (uint32_t)(v >> 32));
	wr_be32(w, (uint32_t)v);
}

/* In the host's own byte order: PF_KEY and PF_POLICY stay on one machine. */
static inline void
wr_h16(struct wr *w, uint16_t v)
{
	uint8_t *p = wr_room(w, 2);

	if (p != NULL)
		memcpy(p, &v, 2);
}

static inline void
wr_h32(struct wr *w, uint32_t v)
{
	uint8_t *p = wr_room(w, 4);

	if (p != NULL)
		memcpy(p, &v, 4);
}

static inline void
wr_h64(struct wr *w, uint64_t v)
{
	uint8_t *p = wr_room(w, 8);

	if (p != NULL)
		memcpy(p, &v, 8);
}

/* n zero bytes. */
static inline void
wr_zero(struct wr *w, size_t n)
{
	uint8_t *p = wr_room(w, n);

	if (p != NULL && n != 0)
		memset(p, 0, n);
}

/* Zeros until len, counted from `from`, is a multiple of n. */
static inline void
wr_align(struct wr *w, size_t from, size_t n)
{
	wr_zero(w, (n - (w->len - from) % n) % n);
}

static inline void
wr_bytes(struct wr *w, const void *src, size_t n)
{
	uint8_t *p = wr_room(w, n);

	if (p != NULL && n != 0)
		memcpy(p, src, n);
}

/* Leave a 16-bit length field open; wr_close16() fills it, counting from `from`. */
static inline size_t
wr_open16(struct wr *w)
{
	wr_be16(w, 0);
	return w->len;
}

static inline void
wr_close16(struct wr *w, size_t field_end, size_t from)
{
	size_t n = w->len - from;

	if (w->bad || n > UINT16_MAX) {
		w->bad = true;
		return;
	}
	w->base[field_end - 2] = (uint8_t)(n >> 8);
	w->base[field_end - 1] = (uint8_t)n;
}

#endif /* BASE_WR_H */
