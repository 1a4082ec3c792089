/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/iked/intake.h"

#include <stdlib.h>

#include "base/secret.h"

void
intake_init(struct intake *t)
{
	*t = (struct intake){ 0 };
	list_init(&t->files);
}

void
intake_clear(struct intake *t)
{
	list_each (l, &t->files) {
		struct intake_file *f = list_item(l, struct intake_file, link);

		list_remove(&f->link);
		secret_wipe(f->text, f->size);
		free(f);
	}
	t->count = 0;
	t->bytes = 0;
}

void
intake_move(struct intake *t, struct intake *from)
{
	list_each (l, &from->files) {
		list_remove(l);
		list_push_tail(&t->files, l);
	}
	t->count = from->count;
	t->bytes = from->bytes;
	intake_init(from);
}

static struct intake_file *
last(const struct intake *t)
{
	return list_empty(&t->files)
		   ? NULL
		   : list_item(t->files.prev, struct intake_file, link);
}

/* NULL: it is too much, or there is no memory. */
static struct intake_file *
begin(struct intake *t, uint8_t kind, const void *name, size_t n_name,
    size_t size)
{
	struct intake_file *f;

	if (!intake_whole(t) || t->count == INTAKE_FILES ||
	    size > INTAKE_BYTES - t->bytes || n_name > IKEIPC_NAME)
		return NULL;
	f = calloc(1, sizeof(*f) + size + 1);
	if (f == NULL)
		return NULL;
	f->kind = kind;
	f->size = size;
	if (n_name != 0)
		memcpy(f->name, name, n_name);
	list_push_tail(&t->files, &f->link);
	t->count++;
	t->bytes += size;
	return f;
}

bool
intake_add(struct intake *t, uint8_t kind, const char *name, const char *text,
    size_t n)
{
	struct intake_file *f = begin(t, kind, name, strlen(name), n);

	if (f == NULL)
		return false;
	memcpy(f->text, text, n);
	f->n = n;
	return true;
}

bool
intake_take(struct intake *t, const struct ikeipc_msg *m)
{
	struct intake_file *f = last(t);

	if (m->type == IKEIPC_FILE)
		return begin(t, m->kind, m->name.p, m->name.n, m->size) != NULL;
	if (m->type != IKEIPC_DATA || f == NULL || m->data.n == 0 ||
	    m->data.n > f->size - f->n)
		return false;
	memcpy(f->text + f->n, m->data.p, m->data.n);
	f->n += m->data.n;
	return true;
}

bool
intake_whole(const struct intake *t)
{
	const struct intake_file *f = last(t);

	return f == NULL || f->n == f->size;
}

const struct intake_file *
intake_find(
    const struct intake *t, uint8_t kind, const struct intake_file *after)
{
	struct link *l = after != NULL ? after->link.next : t->files.next;

	for (; l != &t->files; l = l->next) {
		const struct intake_file *f =
		    list_item(l, struct intake_file, link);

		if (f->kind == kind)
			return f;
	}
	return NULL;
}
