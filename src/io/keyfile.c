/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/secret.h"

static enum keyfile_fault
check(struct keyfile *f, const struct stat *st)
{
	f->mode = st->st_mode & 07777;
	if (!S_ISREG(st->st_mode))
		return KEYFILE_NOT_REGULAR;
	if (st->st_uid != 0 && st->st_uid != getuid())
		return KEYFILE_OWNER;
	if ((f->mode & 077) != 0)
		return KEYFILE_MODE;
	if (st->st_size > (off_t)KEYFILE_MAX)
		return KEYFILE_TOO_LONG;
	return KEYFILE_OK;
}

/* May all put another file in the place of this one? */
static bool
is_folder_open(const char *path)
{
	char dir[PATH_MAX];
	const char *slash = strrchr(path, '/');
	struct stat st;

	(void)snprintf(dir, sizeof(dir), "%.*s",
	    slash == NULL ? 1 : (int)(slash - path) + 1,
	    slash == NULL ? "." : path);
	return stat(dir, &st) == 0 && (st.st_mode & S_IWOTH) != 0 &&
	       (st.st_mode & S_ISVTX) == 0;
}

/* All of fd; room for one byte more than it is long tells that it grew. */
static enum keyfile_fault
read_all(struct keyfile *f, int fd, size_t cap)
{
	ssize_t got;

	f->text = malloc(cap);
	if (f->text == NULL) {
		f->err = ENOMEM;
		return KEYFILE_ERROR;
	}
	while (f->n < cap) {
		got = read(fd, f->text + f->n, cap - f->n);
		if (got == 0)
			return KEYFILE_OK;
		if (got > 0)
			f->n += (size_t)got;
		else if (errno != EINTR)
			break;
	}
	f->err = f->n == cap ? EBUSY : errno;
	return KEYFILE_ERROR;
}

bool
keyfile_read(struct keyfile *f, const char *path)
{
	struct stat st;
	int fd;

	*f = (struct keyfile){ 0 };
	/* O_NONBLOCK: a FIFO is refused, not waited for */
	fd = open(
	    path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0) {
		f->err = errno;
		f->fault = errno == ENOENT  ? KEYFILE_MISSING
			   : errno == ELOOP ? KEYFILE_SYMLINK
					    : KEYFILE_ERROR;
		return false;
	}
	if (fstat(fd, &st) != 0) {
		f->err = errno;
		f->fault = KEYFILE_ERROR;
	} else {
		f->fault = check(f, &st);
		if (f->fault == KEYFILE_OK && is_folder_open(path))
			f->fault = KEYFILE_FOLDER;
		if (f->fault == KEYFILE_OK)
			f->fault = read_all(f, fd, (size_t)st.st_size + 1);
	}
	(void)close(fd);
	if (f->fault == KEYFILE_OK)
		return true;

	struct keyfile why = {
		.fault = f->fault, .err = f->err, .mode = f->mode
	};

	keyfile_free(f);
	*f = why;
	return false;
}

void
keyfile_free(struct keyfile *f)
{
	if (f->text != NULL)
		secret_wipe(f->text, f->n);
	free(f->text);
	*f = (struct keyfile){ 0 };
}

const char *
keyfile_sentence(const struct keyfile *f, char buf[KEYFILE_TEXT])
{
	switch (f->fault) {
	case KEYFILE_OK:
		(void)snprintf(buf, KEYFILE_TEXT, "no error");
		break;
	case KEYFILE_MISSING:
		(void)snprintf(buf, KEYFILE_TEXT, "no such file");
		break;
	case KEYFILE_SYMLINK:
		(void)snprintf(buf, KEYFILE_TEXT,
		    "it is a symbolic link (or there is a loop of them); "
		    "name the file itself");
		break;
	case KEYFILE_NOT_REGULAR:
		(void)snprintf(buf, KEYFILE_TEXT, "it is not a regular file");
		break;
	case KEYFILE_OWNER:
		(void)snprintf(buf, KEYFILE_TEXT,
		    "insecure permissions: its owner is neither root nor you; "
		    "keys in it are to be thought known to others");
		break;
	case KEYFILE_MODE:
		(void)snprintf(buf, KEYFILE_TEXT,
		    "insecure permissions: its mode is %04o, so that others "
		    "than its owner can get at the keys; replace the keys, and "
		    "use mode 0400 or 0600",
		    f->mode);
		break;
	case KEYFILE_FOLDER:
		(void)snprintf(buf, KEYFILE_TEXT,
		    "insecure permissions: all may write in its folder, and so "
		    "put another file in its place");
		break;
	case KEYFILE_TOO_LONG:
		(void)snprintf(buf, KEYFILE_TEXT, "it is longer than %u bytes",
		    KEYFILE_MAX);
		break;
	case KEYFILE_ERROR:
		(void)snprintf(buf, KEYFILE_TEXT, "%s", strerror(f->err));
		break;
	}
	return buf;
}

/* False: errno says what is in the way. */
static bool
look_at_old(struct keyfile_new *n)
{
	struct stat st;

	if (lstat(n->path, &st) != 0)
		return errno == ENOENT;
	errno = S_ISLNK(st.st_mode) ? ELOOP : EINVAL;
	n->mode = st.st_mode & 07777;
	return S_ISREG(st.st_mode);
}

int
keyfile_create(struct keyfile_new *n, const char *path)
{
	*n = (struct keyfile_new){ .fd = -1 };
	if (snprintf(n->path, sizeof(n->path), "%s", path) >=
		(int)sizeof(n->path) ||
	    snprintf(n->tmp, sizeof(n->tmp), "%s.new", path) >=
		(int)sizeof(n->tmp))
		return ENAMETOOLONG;
	if (!look_at_old(n))
		return errno;
	/* of one that was cut off */
	(void)unlink(n->tmp);
	n->fd = open(
	    n->tmp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0400);
	return n->fd >= 0 ? 0 : errno;
}

int
keyfile_commit(struct keyfile_new *n)
{
	int err;

	if (fsync(n->fd) == 0 && rename(n->tmp, n->path) == 0)
		return 0;
	err = errno;
	keyfile_abandon(n);
	return err;
}

void
keyfile_abandon(struct keyfile_new *n)
{
	(void)unlink(n->tmp);
}
