/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/rundir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Is it one of the names that ip-netns(8) gives? */
static bool
is_named(const struct stat *own)
{
	DIR *d = opendir("/run/netns");
	struct dirent *e;
	struct stat s;
	bool found = false;

	if (d == NULL)
		return false;
	while (!found && (e = readdir(d)) != NULL)
		found = fstatat(dirfd(d), e->d_name, &s, 0) == 0 &&
			s.st_dev == own->st_dev && s.st_ino == own->st_ino;
	(void)closedir(d);
	return found;
}

/*
 * Is this another network namespace than that of process 1? To anybody but a
 * root with CAP_SYS_PTRACE the latter is unreadable. Then a folder that an
 * ipsecd made for this namespace tells, or a name that it has.
 */
static bool
is_other(const struct stat *own, const char *own_path)
{
	struct stat s;

	if (stat("/proc/1/ns/net", &s) == 0 &&
	    (s.st_dev != own->st_dev || s.st_ino != own->st_ino))
		return true;
	/* process 1 may be that of a container, which has this one as its own */
	if (stat(own_path, &s) == 0 && S_ISDIR(s.st_mode))
		return true;
	return stat("/proc/1/ns/net", &s) != 0 && is_named(own);
}

const char *
rundir_path(void)
{
	static char path[PATH_MAX];
	const char *env = secure_getenv("SOLIPSEC_RUN");
	struct stat own;

	if (env != NULL && env[0] != '\0' && strlen(env) < sizeof(path)) {
		(void)snprintf(path, sizeof(path), "%s", env);
		return path;
	}
	if (stat("/proc/self/ns/net", &own) == 0) {
		(void)snprintf(path, sizeof(path), RUNDIR_ROOT "/net-%lu",
		    (unsigned long)own.st_ino);
		if (is_other(&own, path))
			return path;
	}
	(void)snprintf(path, sizeof(path), RUNDIR_ROOT);
	return path;
}

bool
rundir_socket(char *buf, size_t cap, const char *name)
{
	struct sockaddr_un un;
	int n = snprintf(buf, cap, "%s/%s", rundir_path(), name);

	if (n >= 0 && (size_t)n < cap && (size_t)n < sizeof(un.sun_path))
		return true;
	if (cap != 0)
		buf[0] = '\0';
	return false;
}

/* On the descriptor, so that nothing is swapped between looking and changing. */
static int
take_over(int fd, mode_t mode, uid_t former, gid_t group)
{
	struct stat s;

	if (fstat(fd, &s) != 0)
		return errno;
	if ((s.st_uid != geteuid() && s.st_uid != former) ||
	    (s.st_mode & S_IWOTH) != 0)
		return EPERM;
	if (fchown(fd, geteuid(), group) != 0 || fchmod(fd, mode) != 0)
		return errno;
	return 0;
}

int
rundir_make(const char *dir, mode_t mode, uid_t former, gid_t group)
{
	int fd, err;

	if (mkdir(dir, 0700) != 0 && errno != EEXIST)
		return errno;
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno;
	err = take_over(fd, mode, former, group);
	(void)close(fd);
	return err;
}
