/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/pol/polcache.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/lex.h"
#include "io/rundir.h"

#define MARK "#INDEX "
#define MOST (64u << 20) /* bytes of a cache that is read */

/* False: longer than a path may be. */
static bool
in_rundir(char *buf, size_t cap, const char *name)
{
	int n =
	    snprintf(buf, cap, "%s/" RUNDIR_POLICY "/%s", rundir_path(), name);

	return n > 0 && (size_t)n < cap;
}

static bool
set_paths(struct polcache *c)
{
	*c = (struct polcache){ .lock = -1 };
	return in_rundir(c->path, sizeof(c->path), "ipsecpolicy.conf") &&
	       in_rundir(c->tmp, sizeof(c->tmp), "ipsecpolicy.conf.new");
}

/*
 * The folder that holds the files: *group is 0 when only its owner writes there.
 * 0 or errno; EPERM: anybody may have put them there.
 */
static int
folder(gid_t *group)
{
	char path[160];
	struct stat st;

	if (!in_rundir(path, sizeof(path), ""))
		return ENAMETOOLONG;
	if (stat(path, &st) != 0)
		return errno;
	if ((st.st_uid != 0 && st.st_uid != geteuid()) ||
	    (st.st_mode & S_IWOTH) != 0)
		return EPERM;
	*group = (st.st_mode & S_IWGRP) != 0 ? st.st_gid : 0;
	return 0;
}

/* spec: policy 1; somebody else's file, or one with a text, is no lock. */
static bool
is_our_lock(int fd, gid_t group)
{
	struct stat st;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_nlink != 1 ||
	    st.st_size != 0 || (st.st_mode & 07) != 0)
		return false;
	if (group != 0 && st.st_gid == group)
		return true;
	return (st.st_mode & 070) == 0 &&
	       (st.st_uid == 0 || st.st_uid == geteuid());
}

/* Others of the managing group may do with the file what the mode says. */
static void
give(int fd, gid_t group, mode_t mode)
{
	if (group != 0 && fchown(fd, (uid_t)-1, group) == 0)
		(void)fchmod(fd, mode);
}

/* -1: errno. */
static int
open_lock(const char *path, gid_t group)
{
	const int how = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
	int fd = open(path, how | O_CREAT | O_EXCL, 0600);

	if (fd < 0)
		return errno == EEXIST ? open(path, how) : -1;
	give(fd, group, 0660);
	return fd;
}

int
polcache_lock(struct polcache *c, const char **what)
{
	static char path[160];
	gid_t group = 0;
	int e;

	*what = path;
	if (!set_paths(c) || !in_rundir(path, sizeof(path), "ipsecconf.lock"))
		return ENAMETOOLONG;
	e = folder(&group);
	if (e == EPERM)
		*what = "the folder of ipsecconf.lock (not one of ours)";
	if (e != 0)
		return e;
	c->lock = open_lock(path, group);
	if (c->lock < 0)
		return errno;
	if (!is_our_lock(c->lock, group)) {
		*what = "ipsecconf.lock (not a lock file of ours)";
		polcache_close(c);
		return EPERM;
	}
	while (flock(c->lock, LOCK_EX) != 0)
		if (errno != EINTR) {
			e = errno;
			polcache_close(c);
			return e;
		}
	return 0;
}

static void
put(struct polcache *c, const char *s, size_t n)
{
	if (c->no_memory || n == 0)
		return;
	if (n > c->cap - c->n) {
		size_t cap = 2 * (c->n + n);
		char *p = realloc(c->text, cap);

		if (p == NULL) {
			c->no_memory = true;
			return;
		}
		c->text = p;
		c->cap = cap;
	}
	memcpy(c->text + c->n, s, n);
	c->n += n;
}

int
polcache_load(struct polcache *c)
{
	char buf[4096];
	struct stat st;
	ssize_t got = 0;
	int fd, e = 0;

	if (c->lock < 0 && !set_paths(c))
		return ENAMETOOLONG;
	fd = open(c->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : errno;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		(void)close(fd);
		return EPERM;
	}
	while (c->n <= MOST && (got = read(fd, buf, sizeof(buf))) != 0) {
		if (got > 0)
			put(c, buf, (size_t)got);
		else if (errno != EINTR)
			break;
	}
	if (got < 0)
		e = errno;
	if (c->n > MOST)
		e = EFBIG;
	(void)close(fd);
	return c->no_memory ? ENOMEM : e;
}

void
polcache_close(struct polcache *c)
{
	if (c->lock >= 0) {
		(void)unlink(c->tmp);
		(void)close(c->lock);
	}
	free(c->text);
	*c = (struct polcache){ .lock = -1 };
}

void
polcache_append(
    struct polcache *c, uint64_t index, const char *entry, size_t len)
{
	char head[64];
	int n = snprintf(head, sizeof(head), MARK "%" PRIu64 " \n", index);

	put(c, head, (size_t)n);
	put(c, entry, len);
	put(c, "\n\n", 2);
}

/* One entry of the cache with its #INDEX line. */
struct record {
	const char *s;
	size_t n;
	bool live;
	uint64_t index;
	char tun[64];
};

static bool
begins(const char *s, size_t n, const char *what)
{
	return n >= strlen(what) && memcmp(s, what, strlen(what)) == 0;
}

/* Bytes of the line at s, with its newline. */
static size_t
line_len(const char *s, size_t n)
{
	const char *nl = n != 0 ? memchr(s, '\n', n) : NULL;

	return nl != NULL ? (size_t)(nl - s) + 1 : n;
}

/* The tunnel that the entry's pattern names, "" for none. */
static void
find_tunnel(struct record *r)
{
	struct lex lx =
	    lex_from("", r->s, r->n, LEX_BRACES | LEX_COMMENTS, NULL, NULL);
	bool in_pattern = false, is_value = false, wanted = false;

	r->tun[0] = '\0';
	for (;;) {
		struct lex_tok t = lex_next(&lx);

		if (t.kind == LEX_END || t.kind == LEX_CLOSE)
			return;
		if (t.kind == LEX_OPEN)
			in_pattern = true;
		if (t.kind != LEX_WORD || !in_pattern)
			continue;
		if (is_value && wanted) {
			(void)!lex_copy(r->tun, sizeof(r->tun), &t);
			return;
		}
		wanted = !is_value && lex_is(&t, "tunnel");
		is_value = !is_value;
	}
}

/* The record at *at; *at moves behind it. False: no more. */
static bool
next_record(const struct polcache *c, size_t *at, struct record *r)
{
	const char *s = c->text + *at;
	size_t left = c->n - *at, n;
	struct lex_tok num;

	if (left == 0)
		return false;
	n = line_len(s, left);
	while (n < left && !begins(s + n, left - n, MARK) &&
	       !begins(s + n, left - n, ";" MARK))
		n += line_len(s + n, left - n);
	*at += n;
	*r = (struct record){ .s = s, .n = n };
	if (!begins(s, n, MARK))
		return true;
	num.s = s + strlen(MARK);
	num.n = strspn(num.s, "0123456789");
	r->live = lex_number(&num, UINT64_MAX, &r->index);
	find_tunnel(r);
	return true;
}

/* Copy the lines of r with a ; before each. */
static void
put_deleted(struct polcache *c, const struct record *r)
{
	for (size_t i = 0; i < r->n;) {
		size_t n = line_len(r->s + i, r->n - i);

		put(c, ";", 1);
		put(c, r->s + i, n);
		i += n;
	}
}

/* Take the text out of c, to be copied back in part. */
static struct polcache
take_text(struct polcache *c)
{
	struct polcache old = *c;

	c->text = NULL;
	c->n = c->cap = 0;
	return old;
}

void
polcache_delete(struct polcache *c, const char *tun, uint64_t index)
{
	struct polcache old = take_text(c);
	struct record r;

	for (size_t at = 0; next_record(&old, &at, &r);)
		if (r.live && r.index == index && strcmp(r.tun, tun) == 0)
			put_deleted(c, &r);
		else
			put(c, r.s, r.n);
	free(old.text);
}

void
polcache_flush(struct polcache *c, const char *tun, bool all)
{
	struct polcache old = take_text(c);
	struct record r;

	for (size_t at = 0; !all && next_record(&old, &at, &r);)
		if (r.live && strcmp(r.tun, tun) != 0)
			put(c, r.s, r.n);
	free(old.text);
}

static int
write_all(int fd, const char *s, size_t n)
{
	while (n != 0) {
		ssize_t put_n = write(fd, s, n);

		if (put_n < 0 && errno != EINTR)
			return errno;
		if (put_n > 0) {
			s += put_n;
			n -= (size_t)put_n;
		}
	}
	return fsync(fd) == 0 ? 0 : errno;
}

int
polcache_stage(struct polcache *c)
{
	gid_t group = 0;
	int fd, e = folder(&group);

	if (c->no_memory)
		e = ENOMEM;
	if (e != 0)
		return e;
	/* the lock is ours: what is there was left by one that was killed */
	(void)unlink(c->tmp);
	fd = open(
	    c->tmp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return errno;
	/* those who may speak to ipsecd may read what it was told */
	give(fd, group, 0640);
	e = write_all(fd, c->text, c->n);
	if (close(fd) != 0 && e == 0)
		e = errno;
	return e;
}

int
polcache_commit(struct polcache *c)
{
	return rename(c->tmp, c->path) == 0 ? 0 : errno;
}

void
polcache_each(const struct polcache *c,
    bool (*f)(
	void *ctx, uint64_t index, const char *tun, const char *text, size_t n),
    void *ctx)
{
	struct record r;

	for (size_t at = 0; next_record(c, &at, &r);)
		if (r.live && !f(ctx, r.index, r.tun, r.s, r.n))
			return;
}

void
polcache_each_line(const struct polcache *c,
    void (*put_line)(void *ctx, const char *line, size_t n), void *ctx)
{
	for (size_t i = 0; i < c->n;) {
		size_t n = line_len(c->text + i, c->n - i);

		if (c->text[i] != ';')
			put_line(ctx, c->text + i, n);
		i += n;
	}
}
