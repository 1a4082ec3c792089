/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/task.h"

#include <errno.h>
#include <stdlib.h>

#include "ike/child.h"
#include "ike/ikesa.h"
#include "ike/info.h"
#include "ike/out.h"
#include "ike/rekey.h"

enum {
	AGAIN_MIN = 500, /* ms */
	AGAIN_MASK = 2047,
	AGAIN_MOST = 10 /* times */
};

bool
task_has(const struct ikesa *sa, enum task_type type, const struct child *c)
{
	const struct task *u = sa->req.task;

	if (u != NULL && u->type == type && (c == NULL || u->child == c))
		return true;
	list_each (l, &sa->tasks) {
		const struct task *t = list_item(l, struct task, link);

		if (t->type == type && (c == NULL || t->child == c))
			return true;
	}
	return false;
}

bool
task_makes_child(const struct ikesa *sa)
{
	const struct task *t = sa->req.task;

	return sa->req.out && t != NULL &&
	       (t->type == TASK_CHILD || t->type == TASK_REKEY_CHILD);
}

static struct task *
new_task(struct ikesa *sa, enum task_type type, struct child *c, uint32_t delay)
{
	struct task *t;

	if (sa->state == IKESA_DEAD || task_has(sa, type, c))
		return NULL;
	t = calloc(1, sizeof(*t));
	if (t == NULL)
		return NULL;
	t->type = type;
	t->child = c;
	t->not_before = sa->ike->now + delay;
	return t;
}

void
task_add(struct ikesa *sa, enum task_type type, struct child *c, uint32_t delay)
{
	struct task *t = new_task(sa, type, c, delay);

	if (t == NULL)
		return;
	list_push_tail(&sa->tasks, &t->link);
	ikesa_due(sa);
}

void
task_add_first(struct ikesa *sa, enum task_type type, struct child *c)
{
	struct task *t = new_task(sa, type, c, 0);

	if (t == NULL)
		return;
	list_push_head(&sa->tasks, &t->link);
	ikesa_due(sa);
}

void
task_again(struct ikesa *sa, struct task *t)
{
	const struct rng *rng = sa->ike->env.rng;
	uint8_t b[2] = { 0 };

	if (t->tries++ >= AGAIN_MOST) {
		if (t->child != NULL && t->type != TASK_DELETE_CHILD)
			child_end(t->child, ETIMEDOUT);
		free(t);
		return;
	}
	/* unlike the peer's own time, or both would meet again and again */
	if (!rng->fill(rng->ctx, b, sizeof(b)))
		b[0] = 0;
	t->not_before = sa->ike->now + AGAIN_MIN +
			((uint32_t)(b[0] << 8 | b[1]) & AGAIN_MASK);
	list_push_tail(&sa->tasks, &t->link);
	ikesa_due(sa);
}

/* May an IKE SA in this state begin such an exchange? */
static bool
may_begin(const struct ikesa *sa, enum task_type type)
{
	switch (sa->state) {
	case IKESA_UP:
		/* not as long as a collision is not decided */
		return sa->of == NULL;
	case IKESA_REKEYED:
	case IKESA_DELETING:
		return type == TASK_DELETE_IKE;
	default:
		return false;
	}
}

/* The task is the exchange's from now on, or freed. */
static void
start(struct ikesa *sa, struct task *t)
{
	switch (t->type) {
	case TASK_CHILD:
	case TASK_REKEY_CHILD:
		child_request(sa, t);
		break;
	case TASK_REKEY_IKE:
		rekey_request(sa, t);
		break;
	case TASK_DELETE_CHILD:
		info_delete_child(sa, t);
		break;
	case TASK_DELETE_IKE:
		info_delete_ike(sa, t);
		break;
	case TASK_PROBE:
		info_probe(sa, t);
		break;
	default:
		free(t);
	}
}

void
task_run(struct ikesa *sa)
{
	list_each (l, &sa->tasks) {
		struct task *t = list_item(l, struct task, link);

		if (sa->req.out)
			return;
		if (t->not_before > sa->ike->now || !may_begin(sa, t->type))
			continue;
		list_remove(&t->link);
		start(sa, t);
		/* it may have changed the list: again from its head */
		l_n = sa->tasks.next;
	}
}

void
task_drop(struct ikesa *sa, struct child *c)
{
	if (sa->req.task != NULL && sa->req.task->child == c)
		sa->req.task->child = NULL;
	list_each (l, &sa->tasks) {
		struct task *t = list_item(l, struct task, link);

		if (t->child == c) {
			list_remove(&t->link);
			free(t);
		}
	}
}

void
task_drop_all(struct ikesa *sa, int err)
{
	(void)err;
	free(out_answered(sa));
	list_each (l, &sa->tasks) {
		list_remove(l);
		free(list_item(l, struct task, link));
	}
}
