/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/algfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#define MAX_TEXT   (4u << 20) /* bytes of a table that is read */
#define LOCK_TRIES 100
#define LOCK_PAUSE 100000000L /* ns */

const char *
algfile_path(void)
{
	const char *path = secure_getenv("SOLIPSEC_IPSECALGS");

	return path != NULL ? path : ALGFILE_PATH;
}

void
algfile_stamp(struct algfile_stamp *s, const char *path)
{
	struct stat st;

	memset(s, 0, sizeof(*s));
	if (stat(path, &st) != 0)
		return;
	s->there = true;
	s->dev = st.st_dev;
	s->ino = st.st_ino;
	s->size = st.st_size;
	s->mtime = st.st_mtim;
	s->ctime = st.st_ctim;
}

static bool
same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

bool
algfile_same(const struct algfile_stamp *a, const struct algfile_stamp *b)
{
	return a->there == b->there && a->dev == b->dev && a->ino == b->ino &&
	       a->size == b->size && same_time(&a->mtime, &b->mtime) &&
	       same_time(&a->ctime, &b->ctime);
}

/* All of fd, up to MAX_TEXT. */
static int
read_all(int fd, char **text, size_t *n)
{
	size_t cap = 0;
	char *p = NULL;

	*n = 0;
	for (;;) {
		ssize_t got;

		if (cap - *n < 2) {
			char *q;

			cap = cap == 0 ? 8192 : 2 * cap;
			q = cap <= MAX_TEXT ? realloc(p, cap) : NULL;
			if (q == NULL) {
				free(p);
				return cap <= MAX_TEXT ? ENOMEM : EFBIG;
			}
			p = q;
		}
		got = read(fd, p + *n, cap - *n - 1);
		if (got == 0)
			break;
		if (got > 0) {
			*n += (size_t)got;
		} else if (errno != EINTR) {
			int e = errno;

			free(p);
			return e;
		}
	}
	p[*n] = '\0';
	*text = p;
	return 0;
}

/* The table that is compiled in, as text. */
static int
builtin_text(char **text, size_t *n)
{
	struct ipsecalgs t;
	struct wr w;
	size_t cap;

	if (!ipsecalgs_builtin(&t))
		return ENOMEM;
	cap = (t.n_protos + t.n_rows) * 1024;
	*text = malloc(cap + 1);
	if (*text != NULL) {
		w = wr_into(*text, cap);
		for (unsigned i = 0; i < t.n_protos; i++)
			ipsecalgs_write_proto(&w, &t.proto[i]);
		for (size_t i = 0; i < t.n_rows; i++)
			ipsecalgs_write_row(&w, &t.row[i]);
		*n = w.len;
		(*text)[w.len] = '\0';
	}
	ipsecalgs_fini(&t);
	return *text != NULL ? 0 : ENOMEM;
}

static int
text_of(const char *path, int flags, char **text, size_t *n)
{
	int fd, e;

	/* O_NONBLOCK: a FIFO is not waited for */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | flags);
	if (fd < 0)
		return errno == ENOENT ? builtin_text(text, n) : errno;
	e = read_all(fd, text, n);
	(void)close(fd);
	return e;
}

int
algfile_text(const char *path, char **text, size_t *n)
{
	return text_of(path, 0, text, n);
}

/* Is fd still what the name leads to? The one before may have renamed it. */
static bool
is_at(int fd, const char *path)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && lstat(path, &b) == 0 &&
	       a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* Locked and at its name: true. False with errno EWOULDBLOCK: try again. */
static bool
lock(struct algfile_change *c)
{
	if (flock(c->fd, LOCK_EX | LOCK_NB) != 0)
		return false;
	if (is_at(c->fd, c->tmp))
		return true;
	errno = EWOULDBLOCK;
	return false;
}

/*
 * The new file, locked. Nobody but its owner can open it before it is whole, so
 * nobody else can keep it locked.
 */
static enum algfile_step
open_new(struct algfile_change *c)
{
	static const struct timespec pause = { .tv_nsec = LOCK_PAUSE };

	for (int i = 0; i < LOCK_TRIES; i++) {
		c->fd = open(c->tmp,
		    O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK,
		    0600);
		/* who is not root has no way into one that was cut off */
		if (c->fd < 0 && errno == EACCES && unlink(c->tmp) == 0)
			continue;
		if (c->fd < 0) {
			c->err = errno;
			return ALGFILE_OPEN;
		}
		if (lock(c))
			return ALGFILE_DONE;
		c->err = errno;
		(void)close(c->fd);
		c->fd = -1;
		if (c->err != EWOULDBLOCK)
			break;
		(void)nanosleep(&pause, NULL);
	}
	return ALGFILE_LOCK;
}

enum algfile_step
algfile_begin(struct algfile_change *c, const char *path)
{
	enum algfile_step step;

	*c = (struct algfile_change){ .fd = -1 };
	if (snprintf(c->path, sizeof(c->path), "%s", path) >=
		(int)sizeof(c->path) ||
	    snprintf(c->tmp, sizeof(c->tmp), "%s.new", path) >=
		(int)sizeof(c->tmp)) {
		c->err = ENAMETOOLONG;
		return ALGFILE_OPEN;
	}
	step = open_new(c);
	if (step != ALGFILE_DONE)
		return step;
	/* a link would be replaced by a file of its own: refused instead */
	c->err = text_of(c->path, O_NOFOLLOW, &c->old, &c->n);
	if (c->err == 0)
		return ALGFILE_DONE;
	algfile_abandon(c);
	return ALGFILE_FDOPEN;
}

static bool
write_all(int fd, const char *text, size_t n)
{
	while (n != 0) {
		ssize_t put = write(fd, text, n);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0) {
			if (put == 0)
				errno = EIO;
			return false;
		}
		text += put;
		n -= (size_t)put;
	}
	return true;
}

/* The name is on the disk, too. */
static bool
sync_folder(const char *path)
{
	char dir[PATH_MAX];
	const char *slash = strrchr(path, '/');
	int fd;
	bool ok;

	(void)snprintf(dir, sizeof(dir), "%.*s",
	    slash == NULL ? 1 : (int)(slash - path) + 1,
	    slash == NULL ? "." : path);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ok = fsync(fd) == 0;
	(void)close(fd);
	return ok;
}

/* Everything up to where the new file may take the old one's place. */
static enum algfile_step
fill(const struct algfile_change *c, const char *text, size_t n)
{
	/* what one that was cut off had written */
	if (ftruncate(c->fd, 0) != 0 || lseek(c->fd, 0, SEEK_SET) != 0 ||
	    !write_all(c->fd, text, n))
		return ALGFILE_WRITE;
	if (geteuid() == 0 && fchown(c->fd, 0, 0) != 0)
		return ALGFILE_CHOWN;
	if (fchmod(c->fd, 0444) != 0)
		return ALGFILE_CHMOD;
	return fsync(c->fd) == 0 ? ALGFILE_DONE : ALGFILE_WRITE;
}

enum algfile_step
algfile_commit(struct algfile_change *c, const char *text, size_t n)
{
	enum algfile_step step = fill(c, text, n);

	if (step == ALGFILE_DONE && rename(c->tmp, c->path) != 0)
		step = ALGFILE_RENAME;
	if (step != ALGFILE_DONE) {
		c->err = errno;
		algfile_abandon(c);
		return step;
	}
	/* in place; whether it outlives a crash of the machine is another thing */
	if (!sync_folder(c->path)) {
		c->err = errno;
		step = ALGFILE_WRITE;
	}
	if (close(c->fd) != 0 && step == ALGFILE_DONE) {
		c->err = errno;
		step = ALGFILE_CLOSE;
	}
	free(c->old);
	c->old = NULL;
	c->fd = -1;
	return step;
}

void
algfile_abandon(struct algfile_change *c)
{
	free(c->old);
	c->old = NULL;
	if (c->fd < 0)
		return;
	(void)unlink(c->tmp);
	(void)close(c->fd);
	c->fd = -1;
}
