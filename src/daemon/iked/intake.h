/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * intake - files that the parent sends in pieces (FILE, DATA of wire/ikeipc.h),
 * until they are used all at once. They may hold keys: all of it is wiped.
 */
#ifndef DAEMON_INTAKE_H
#define DAEMON_INTAKE_H

#include "base/list.h"

#include "wire/ikeipc.h"

#define INTAKE_FILES 4096	 /* at a time */
#define INTAKE_BYTES (64u << 20) /* of all of them */

struct intake_file {
	struct link link;
	uint8_t kind; /* enum ikeipc_kind */
	char name[IKEIPC_NAME + 1];
	size_t size, n; /* bytes that it has, and that are here */
	char text[];	/* a NUL behind it */
};

struct intake {
	struct link files;
	unsigned count;
	size_t bytes;
};

void intake_init(struct intake *t);
/* Wipes and forgets what came. */
void intake_clear(struct intake *t);

/* All of `from`, which is empty afterwards, into one that is empty. */
void intake_move(struct intake *t, struct intake *from);
/* Add a file of one's own. False: it is too much, or there is no memory. */
MUST_USE bool intake_add(struct intake *t, uint8_t kind, const char *name,
    const char *text, size_t n);
/* Take a FILE or a DATA. False: it does not follow what came, or is too much. */
MUST_USE bool intake_take(struct intake *t, const struct ikeipc_msg *m);
/* Is every file here in full? */
MUST_USE bool intake_whole(const struct intake *t);
/* The first file of a kind behind `after` (NULL: of all); NULL: there is none. */
const struct intake_file *intake_find(
    const struct intake *t, uint8_t kind, const struct intake_file *after);

#endif /* DAEMON_INTAKE_H */
