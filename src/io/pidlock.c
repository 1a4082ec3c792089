/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/pidlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

static pid_t
who(int fd)
{
	char text[24] = "";
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	long pid = n > 0 ? strtol(text, NULL, 10) : 0;

	return pid > 0 ? (pid_t)pid : 0;
}

int
pidlock_take(const char *path, pid_t *holder)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	char text[24];
	int n, err;

	*holder = 0;
	if (fd < 0)
		return -1;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
		n = snprintf(text, sizeof(text), "%ld\n", (long)getpid());
		if (ftruncate(fd, 0) == 0 &&
		    pwrite(fd, text, (size_t)n, 0) == n)
			return fd;
	} else if (errno == EWOULDBLOCK) {
		*holder = who(fd);
		errno = EWOULDBLOCK;
	}
	err = errno;
	(void)close(fd);
	errno = err;
	return -1;
}
