/* SPDX-License-Identifier: BSD-2-Clause */
#include "client/zone.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/nsfs.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* The kernel shows the owner to those of its user namespace, or of one around. */
static bool
is_foreign(void)
{
	int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), owner;
	bool foreign;

	if (fd < 0)
		return false;
	owner = ioctl(fd, NS_GET_USERNS);
	foreign = owner < 0 && errno == EPERM;
	if (owner >= 0)
		(void)close(owner);
	(void)close(fd);
	return foreign;
}

bool
zone_is_shared(void)
{
	if (is_foreign())
		return true;
	if (geteuid() != 0 || capng_get_caps_process() != 0)
		return false;
	return !capng_have_capability(CAPNG_EFFECTIVE, CAP_NET_ADMIN);
}

bool
zone_is_elsewhere(long pid)
{
	struct stat own, other;
	char path[64];

	if (pid == 0)
		return true;
	(void)snprintf(path, sizeof(path), "/proc/%ld/ns/net", pid);
	if (stat("/proc/self/ns/net", &own) != 0 || stat(path, &other) != 0)
		return false;
	return own.st_dev != other.st_dev || own.st_ino != other.st_ino;
}
