/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/spawn.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

int
spawn_exe(void)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), high;

	if (fd < 0)
		return -1;
	/* out of the way of SPAWN_FD */
	high = fcntl(fd, F_DUPFD_CLOEXEC, SPAWN_FD + 1);
	(void)close(fd);
	return high;
}

/* In the new process, where nothing may be allocated. Does not return. */
static void
become(int exe, const char *title, const char *role, int fd)
{
	char *argv[] = { (char *)(uintptr_t)title, (char *)(uintptr_t)role,
		NULL };
	sigset_t none;

	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGQUIT, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	(void)signal(SIGUSR1, SIG_IGN);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGTERM, SIG_DFL);
	(void)signal(SIGCHLD, SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if (fd == SPAWN_FD) {
		if (fcntl(fd, F_SETFD, 0) != 0)
			_exit(127);
	} else if (dup2(fd, SPAWN_FD) < 0) {
		_exit(127);
	}
	(void)syscall(SYS_execveat, exe, "", argv, environ, AT_EMPTY_PATH);
	_exit(127);
}

pid_t
spawn_self(int exe, const char *title, const char *role, int fd)
{
	pid_t pid = fork();

	if (pid == 0)
		become(exe, title, role, fd);
	return pid;
}
