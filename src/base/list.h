/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * list - intrusive doubly linked circular list. A head is a struct link whose
 * neighbours are itself when the list is empty. Nothing here allocates.
 */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct link {
	struct link *prev, *next;
};

static inline void
list_init(struct link *head)
{
	head->prev = head->next = head;
}

static inline bool
list_empty(const struct link *head)
{
	return head->next == head;
}

static inline void
list_insert_after(struct link *where, struct link *l)
{
	l->prev = where;
	l->next = where->next;
	where->next->prev = l;
	where->next = l;
}

static inline void
list_push_head(struct link *head, struct link *l)
{
	list_insert_after(head, l);
}

static inline void
list_push_tail(struct link *head, struct link *l)
{
	list_insert_after(head->prev, l);
}

/* Take l out of the list that it is in; harmless on one that is in none. */
static inline void
list_remove(struct link *l)
{
	l->prev->next = l->next;
	l->next->prev = l->prev;
	list_init(l);
}

#define list_item(l, type, member) \
	((type *)(void *)((char *)(l)-offsetof(type, member)))

/* The body may remove the current item. */
#define list_each(l, head)                                                 \
	for (struct link *l = (head)->next, *l##_n = l->next; l != (head); \
	     l = l##_n, l##_n = l->next)

#endif /* BASE_LIST_H */
