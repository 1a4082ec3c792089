/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ipsecd/backlog.h"

#include <stdlib.h>

/*
 * Packets in a round of the loop: few, against the many that a descriptor gives in
 * one, so that what the kernel holds is taken over first.
 */
#define BATCH 8

void
backlog_wake(void *ctx)
{
	struct backlog *b = ctx;

	if (b->n == 0 || b->runs || b->pace->resting)
		return;
	loop_timer_start(b->pace->loop, &b->late);
	b->runs = true;
}

/* A timer of 0 ms: once in each round. */
static void
on_late(void *ctx)
{
	struct backlog *b = ctx;
	struct backlog_item *i;
	uint64_t since = pace_begin(b->pace);

	for (int k = 0;
	     k < BATCH && !b->pace->resting && (i = backlog_take(b)) != NULL;
	     k++) {
		b->work(b->ctx, i);
		free(i);
	}
	pace_end(b->pace, since);
	if (b->n != 0 && !b->pace->resting)
		return;
	loop_timer_stop(&b->late);
	b->runs = false;
}

void
backlog_init(struct backlog *b, struct pace *pace,
    void (*work)(void *ctx, const struct backlog_item *i), void *ctx)
{
	*b = (struct backlog){ .pace = pace, .work = work, .ctx = ctx };
	b->late = (struct loop_timer){ .fire = on_late, .ctx = b };
	list_init(&b->items);
}

void
backlog_fini(struct backlog *b)
{
	struct backlog_item *i;

	if (b->runs)
		loop_timer_stop(&b->late);
	b->runs = false;
	while ((i = backlog_take(b)) != NULL)
		free(i);
}

bool
backlog_has_room(const struct backlog *b)
{
	return b->n < BACKLOG_PACKETS && b->bytes < BACKLOG_BYTES;
}

bool
backlog_put(struct backlog *b, bool inbound, const char *tun,
    const uint8_t *pkt, size_t n)
{
	struct backlog_item *i = malloc(sizeof(*i) + n);
	size_t len = strnlen(tun, sizeof(i->tun) - 1);

	if (i == NULL)
		return false;
	i->inbound = inbound;
	i->n = n;
	memcpy(i->tun, tun, len);
	i->tun[len] = '\0';
	memcpy(i->pkt, pkt, n);
	list_push_tail(&b->items, &i->link);
	b->n++;
	b->bytes += n;
	backlog_wake(b);
	return true;
}

struct backlog_item *
backlog_take(struct backlog *b)
{
	struct backlog_item *i;

	if (b->n == 0)
		return NULL;
	i = list_item(b->items.next, struct backlog_item, link);
	list_remove(&i->link);
	b->n--;
	b->bytes -= i->n;
	return i;
}
