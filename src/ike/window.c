/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/window.h"

#include <stdlib.h>

#include "base/secret.h"

bool
packets_add(struct packets *p, const uint8_t *b, size_t n)
{
	size_t need = p->n + 2 + n;

	if (n > UINT16_MAX)
		return false;
	if (need > p->cap) {
		uint8_t *more = realloc(p->b, need);

		if (more == NULL)
			return false;
		p->b = more;
		p->cap = need;
	}
	struct wr w = wr_into(p->b, p->cap);
	w.len = p->n;
	wr_be16(&w, (uint16_t)n);
	wr_bytes(&w, b, n);
	p->n = w.len;
	return true;
}

struct rd
packets_begin(const struct packets *p)
{
	/* an empty range needs an address, too */
	return p->b != NULL ? rd_from(p->b, p->n) : rd_from("", 0);
}

const uint8_t *
packets_next(struct rd *r, size_t *n)
{
	if (!rd_more(r))
		return NULL;
	*n = rd_be16(r);
	return rd_take(r, *n);
}

void
packets_fini(struct packets *p)
{
	if (p->b != NULL)
		secret_wipe(p->b, p->cap);
	free(p->b);
	*p = (struct packets){ 0 };
}

void
window_init(struct window *w, uint32_t low, uint32_t next, uint32_t size)
{
	*w = (struct window){ .low = low, .next = next, .size = size };
	if (w->size == 0)
		w->size = 1;
	if (w->size > WINDOW_MAX)
		w->size = WINDOW_MAX;
}

void
window_fini(struct window *w)
{
	for (size_t i = 0; i < 2 * WINDOW_MAX; i++)
		packets_fini(&w->slot[i].answer);
	window_init(w, 0, 0, 1);
}

static size_t
slot_of(uint32_t id)
{
	return id % (2 * WINDOW_MAX);
}

enum window_is
window_peek(const struct window *w, uint32_t id, const struct packets **answer)
{
	const struct window_slot *s = &w->slot[slot_of(id)];

	*answer = NULL;
	if (s->id == id && s->state == WINDOW_AT_WORK)
		return WINDOW_BUSY;
	if (s->id == id && s->state == WINDOW_DONE) {
		*answer = &s->answer;
		return WINDOW_REPEAT;
	}
	/* RFC 7296 2.3: ids never wrap, so what is below low is old */
	if (id < w->low || id - w->low >= w->size)
		return WINDOW_OUTSIDE;
	return WINDOW_NEW;
}

enum window_is
window_request(struct window *w, uint32_t id, const struct packets **answer)
{
	enum window_is is = window_peek(w, id, answer);

	if (is == WINDOW_NEW) {
		struct window_slot *s = &w->slot[slot_of(id)];

		packets_fini(&s->answer);
		s->id = id;
		s->state = WINDOW_AT_WORK;
	}
	return is;
}

/*
 * RFC 7296 2.3: an answer is kept until a request proves that the peer has it: one
 * with an id that lies a whole window later.
 */
static void
slide(struct window *w)
{
	struct window_slot *s = &w->slot[slot_of(w->low)];

	while (w->low != UINT32_MAX && s->id == w->low &&
	       s->state == WINDOW_DONE) {
		uint32_t old = w->low - w->size;
		struct window_slot *o = &w->slot[slot_of(old)];

		if (w->low >= w->size && o->id == old &&
		    o->state == WINDOW_DONE) {
			packets_fini(&o->answer);
			o->state = WINDOW_FREE;
		}
		w->low++;
		s = &w->slot[slot_of(w->low)];
	}
}

bool
window_answer(struct window *w, uint32_t id, struct packets *p)
{
	struct window_slot *s = &w->slot[slot_of(id)];

	if (s->id != id || s->state != WINDOW_AT_WORK)
		return false;
	s->answer = *p;
	s->state = WINDOW_DONE;
	*p = (struct packets){ 0 };
	slide(w);
	return true;
}

void
window_forget(struct window *w, uint32_t id)
{
	struct window_slot *s = &w->slot[slot_of(id)];

	if (s->id == id && s->state == WINDOW_AT_WORK)
		s->state = WINDOW_FREE;
}

bool
window_take(struct window *w, uint32_t *id)
{
	if (w->used_up)
		return false;
	*id = w->next++;
	/* RFC 7296 2.2: the SA must be closed before ids go round */
	w->used_up = w->next == UINT32_MAX;
	return true;
}
