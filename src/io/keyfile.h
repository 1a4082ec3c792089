/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * keyfile - read a file that holds keys, and only if nobody else can. Checked
 * on the open descriptor, so that nobody can swap the file in between.
 */
#ifndef IO_KEYFILE_H
#define IO_KEYFILE_H

#include <limits.h>

#include "base/rd.h"

#define KEYFILE_MAX (16u << 20) /* bytes of the longest that is read */

enum keyfile_fault {
	KEYFILE_OK,
	KEYFILE_MISSING,
	KEYFILE_SYMLINK,
	KEYFILE_NOT_REGULAR,
	KEYFILE_OWNER,	/* neither root nor the user */
	KEYFILE_MODE,	/* group or others have any permission */
	KEYFILE_FOLDER, /* all may put another file in its place */
	KEYFILE_TOO_LONG,
	KEYFILE_ERROR /* err says what */
};

struct keyfile {
	char *text; /* n bytes, no NUL behind */
	size_t n;
	enum keyfile_fault fault;
	int err;
	unsigned mode; /* permission bits, also of a refused file */
};

/* Failure: false, f->fault says why. Free with keyfile_free(), which wipes. */
MUST_USE bool keyfile_read(struct keyfile *f, const char *path);
void keyfile_free(struct keyfile *f);

/* One sentence about the failure, with what to do about it. Returns buf. */
#define KEYFILE_TEXT 256
const char *keyfile_sentence(const struct keyfile *f, char buf[KEYFILE_TEXT]);

/*
 * A new file of mode 0400 for keys, which takes the place of `path` when it is
 * whole, so that nobody ever sees a part, and nobody who had the old file open,
 * or owns it, sees the keys.
 */
struct keyfile_new {
	int fd; /* write here */
	unsigned
	    mode; /* of the file that is to be replaced; 0: there is none */
	char path[PATH_MAX], tmp[PATH_MAX];
};

/* 0 or errno: ELOOP, EINVAL when a link or no regular file is there. */
int keyfile_create(struct keyfile_new *n, const char *path);
/*
 * What was written is safe on the disk and in its place: 0. Or errno; then path
 * is as it was. The caller closes n->fd.
 */
int keyfile_commit(struct keyfile_new *n);
/* Instead of keyfile_commit(): path stays as it is. */
void keyfile_abandon(struct keyfile_new *n);

#endif /* IO_KEYFILE_H */
