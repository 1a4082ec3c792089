/* SPDX-License-Identifier: BSD-2-Clause */
#include "io/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * linux/landlock.h of Debian 12 knows less than the kernels that we may meet, so
 * that its numbers stand here.
 */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule	    445
#define SYS_landlock_restrict_self  446
#endif

#define ASK_VERSION   1u
#define RULE_PATH     1
#define FS_READ_FILE  (UINT64_C(1) << 2)
#define FS_READ_DIR   (UINT64_C(1) << 3)
#define NET_TCP_BOTH  3u /* bind, connect */
#define SCOPE_BOTH    3u /* abstract sockets, signals */
#define VERSION_NET   4
#define VERSION_SCOPE 6

struct ruleset {
	uint64_t fs, net, scoped;
};

/* What the kernel reads is packed: 8 bytes of rights, 4 of a descriptor. */
struct below {
	uint64_t allowed;
	int32_t parent;
} __attribute__((packed));

/* Every right to files that this version of Landlock can take away. */
static uint64_t
all_of(long version)
{
	if (version >= 5)
		return (UINT64_C(1) << 16) - 1;
	if (version >= 3)
		return (UINT64_C(1) << 15) - 1;
	return (UINT64_C(1) << (version == 2 ? 14 : 13)) - 1;
}

static int
allow(long rules, const char *path)
{
	struct below b = { .allowed = FS_READ_FILE | FS_READ_DIR };
	struct stat s;
	int err = 0;

	b.parent = open(path, O_PATH | O_CLOEXEC);
	if (b.parent < 0)
		return errno == ENOENT || errno == EACCES ? 0 : errno;
	/* only folders can have the right to be listed */
	if (fstat(b.parent, &s) == 0 && !S_ISDIR(s.st_mode))
		b.allowed = FS_READ_FILE;
	if (syscall(SYS_landlock_add_rule, rules, RULE_PATH, &b, 0) != 0)
		err = errno;
	(void)close(b.parent);
	return err;
}

int
landlock_confine(const char *const *readable)
{
	long version =
	    syscall(SYS_landlock_create_ruleset, NULL, 0, ASK_VERSION);
	struct ruleset set = { 0 };
	size_t size = sizeof(set.fs);
	long rules;
	int err = 0;

	if (version < 0)
		return errno;
	set.fs = all_of(version);
	if (version >= VERSION_NET) {
		set.net = NET_TCP_BOTH;
		size = sizeof(set.fs) + sizeof(set.net);
	}
	if (version >= VERSION_SCOPE) {
		set.scoped = SCOPE_BOTH;
		size = sizeof(set);
	}
	rules = syscall(SYS_landlock_create_ruleset, &set, size, 0);
	if (rules < 0)
		return errno;
	for (; err == 0 && *readable != NULL; readable++)
		err = allow(rules, *readable);
	if (err == 0 && syscall(SYS_landlock_restrict_self, rules, 0) != 0)
		err = errno;
	(void)close((int)rules);
	return err;
}
