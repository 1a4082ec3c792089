/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/pidlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static pid_t
who(int fd)
{
	char text[24] = "";
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	long pid = n > 0 ? strtol(text, NULL, 10) : 0;

	return pid > 0 ? (pid_t)pid : 0;
}

/* Is it a file that nobody but us can have made, and not one by two names? */
static bool
is_ours(int fd)
{
	struct stat s;

	if (fstat(fd, &s) != 0)
		return false;
	errno = EPERM;
	return S_ISREG(s.st_mode) && s.st_nlink <= 1 && s.st_uid == geteuid();
}

/* The holder removes the file when it ends: then the lock was one on nothing. */
static bool
is_still_there(int fd, const char *path)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && lstat(path, &b) == 0 &&
	       a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static bool
write_number(int fd)
{
	char text[24];
	int n = snprintf(text, sizeof(text), "%ld\n", (long)getpid());

	return ftruncate(fd, 0) == 0 && pwrite(fd, text, (size_t)n, 0) == n;
}

int
pidlock_take(const char *path, pid_t *holder)
{
	int err;

	*holder = 0;
	for (int tries = 0; tries < 8; tries++) {
		int fd = open(path,
		    O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
		    0644);

		if (fd < 0)
			return -1;
		if (!is_ours(fd)) {
			err = errno;
		} else if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
			err = errno;
			if (err == EWOULDBLOCK)
				*holder = who(fd);
		} else if (!is_still_there(fd, path)) {
			(void)close(fd);
			continue;
		} else if (write_number(fd)) {
			return fd;
		} else {
			err = errno;
		}
		(void)close(fd);
		errno = err;
		return -1;
	}
	errno = EAGAIN;
	return -1;
}
