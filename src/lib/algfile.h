/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * algfile - /etc/inet/ipsecalgs on the disk: read it, tell whether it changed,
 * put a new one in its place.
 */
#ifndef LIB_ALGFILE_H
#define LIB_ALGFILE_H

#include <limits.h>
#include <sys/stat.h>
#include <time.h>

#include "conf/ipsecalgs.h"

#define ALGFILE_PATH "/etc/inet/ipsecalgs"

/* ALGFILE_PATH, or $SOLIPSEC_IPSECALGS where the program is not set-user-ID. */
const char *algfile_path(void);

/* Which file it was; equal stamps: it has not changed. */
struct algfile_stamp {
	bool there;
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec mtime, ctime;
};

void algfile_stamp(struct algfile_stamp *s, const char *path);
MUST_USE bool algfile_same(
    const struct algfile_stamp *a, const struct algfile_stamp *b);

/*
 * The whole text, n bytes and a NUL, freed by the caller; of a system without
 * the file that of the built-in table. 0 or errno.
 */
int algfile_text(const char *path, char **text, size_t *n);

/* Where a change failed. */
enum algfile_step {
	ALGFILE_DONE,
	ALGFILE_OPEN,
	ALGFILE_FDOPEN, /* the old text could not be read */
	ALGFILE_LOCK,
	ALGFILE_WRITE,
	ALGFILE_CHMOD,
	ALGFILE_CHOWN,
	ALGFILE_CLOSE,
	ALGFILE_RENAME
};

/*
 * A change: begin, then commit or abandon. Between them no other change can
 * begin; each waits for the one before, ten seconds at most. The new text is
 * written beside the file and renamed to it when it is whole and on the disk, so
 * that there is never a part of it at path, whatever fails.
 */
struct algfile_change {
	int fd; /* of the new file, which is also the lock; -1: none */
	char path[PATH_MAX], tmp[PATH_MAX];
	char *old; /* its text now; n bytes and a NUL */
	size_t n;
	int err; /* errno of the step that failed */
};

/* Not ALGFILE_DONE: nothing is to be done but to look at c->err. */
MUST_USE enum algfile_step algfile_begin(
    struct algfile_change *c, const char *path);
/* Mode 0444, and root's when root does it. c is ended in every case. */
MUST_USE enum algfile_step algfile_commit(
    struct algfile_change *c, const char *text, size_t n);
void algfile_abandon(struct algfile_change *c);

#endif /* LIB_ALGFILE_H */
