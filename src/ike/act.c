/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/act.h"

#include <stdlib.h>

static void
act_free(struct act *a)
{
	if (a == NULL)
		return;
	secret_fini(&a->ekey);
	secret_fini(&a->akey);
	if (a->bytes != NULL)
		secret_wipe(a->bytes, a->cap);
	free(a->bytes);
	free(a->pfkey);
	free(a->view);
	free(a->stats);
	free(a);
}

bool
acts_init(struct acts *q)
{
	list_init(&q->queue);
	q->given = NULL;
	q->spare = calloc(1, sizeof(*q->spare));
	if (q->spare == NULL)
		return false;
	list_init(&q->spare->link);
	q->spare->pfkey = calloc(1, sizeof(*q->spare->pfkey));
	return q->spare->pfkey != NULL;
}

void
acts_fini(struct acts *q)
{
	act_free(q->given);
	if (q->spare == NULL)
		return; /* it was never set up */
	act_free(q->spare);
	list_each (l, &q->queue)
		act_free(list_item(l, struct act, link));
}

const struct ike_action *
acts_take(struct acts *q)
{
	act_free(q->given);
	q->given = NULL;
	if (list_empty(&q->queue))
		return NULL;
	q->given = list_item(q->queue.next, struct act, link);
	list_remove(&q->given->link);
	return &q->given->a;
}

bool
acts_empty(const struct acts *q)
{
	return list_empty(&q->queue);
}

static struct act *
spare(struct acts *q)
{
	struct act *a = q->spare;

	secret_fini(&a->ekey);
	secret_fini(&a->akey);
	a->cap = a->n = 0;
	a->a = (struct ike_action){ 0 };
	*a->pfkey = (struct pfkey_msg){ 0 };
	return a;
}

struct act *
act_new(struct acts *q, enum ike_action_type type, size_t n)
{
	struct act *a = calloc(1, sizeof(*a));

	if (a != NULL && n != 0)
		a->bytes = malloc(n);
	if (a == NULL || (n != 0 && a->bytes == NULL)) {
		free(a);
		a = spare(q);
	} else {
		a->cap = n;
		list_push_tail(&q->queue, &a->link);
	}
	a->a.type = type;
	return a;
}

struct pfkey_msg *
act_pfkey(struct acts *q, uint8_t type, struct act **out)
{
	struct act *a = act_new(q, IKE_ACT_PFKEY, 0);

	if (a->pfkey == NULL)
		a->pfkey = calloc(1, sizeof(*a->pfkey));
	if (a->pfkey == NULL) {
		list_remove(&a->link);
		act_free(a);
		a = spare(q);
	}
	a->pfkey->type = type;
	a->a.pfkey = a->pfkey;
	if (out != NULL)
		*out = a;
	return a->pfkey;
}

struct ike_bytes
act_keep(struct act *a, const void *p, size_t n)
{
	uint8_t *to = a->bytes + a->n;

	if (n == 0 || n > a->cap - a->n)
		return (struct ike_bytes){ NULL, 0 };
	memcpy(to, p, n);
	a->n += n;
	return (struct ike_bytes){ to, n };
}

const char *
act_keep_text(struct act *a, const char *text)
{
	struct ike_bytes b = act_keep(a, text, strlen(text) + 1);

	return b.p != NULL ? (const char *)b.p : "";
}
