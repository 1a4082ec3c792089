/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * keyfile - read a file that holds keys, and only if nobody else can. Checked
 * on the open descriptor, so that nobody can swap the file in between.
 */
#ifndef IO_KEYFILE_H
#define IO_KEYFILE_H

#include "base/rd.h"

#define KEYFILE_MAX (16u << 20) /* bytes of the longest that is read */

enum keyfile_fault {
	KEYFILE_OK,
	KEYFILE_MISSING,
	KEYFILE_SYMLINK,
	KEYFILE_NOT_REGULAR,
	KEYFILE_OWNER, /* neither root nor the user */
	KEYFILE_MODE,  /* group or others have any permission */
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
 * A descriptor to write keys to: a new file of mode 0400, or the regular file
 * that is there, cut to nothing; then *mode is that of the file. -1: errno.
 */
int keyfile_create(const char *path, unsigned *mode);

#endif /* IO_KEYFILE_H */
