/* SPDX-License-Identifier: BSD-2-Clause */
/* testns - a network namespace for a test. For *_test.c only. */
#ifndef IO_TESTNS_H
#define IO_TESTNS_H

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* True when this process now has a network of its own and may set it up. */
static inline bool
testns_enter(void)
{
	if (geteuid() != 0 || unshare(CLONE_NEWNET) != 0)
		return false;
	return system("ip link set lo up") == 0;
}

/* In a group's setup: tests that need it call TESTNS() first. */
static bool testns_have;

#define TESTNS()                  \
	do {                      \
		if (!testns_have) \
			skip();   \
	} while (0)

static inline int
testns_setup(void **state)
{
	(void)state;
	testns_have = testns_enter();
	return 0;
}

/* A shell command that has to work. */
static inline void
testns_run(const char *command)
{
	if (system(command) != 0) {
		print_error("failed: %s\n", command);
		fail();
	}
}

#endif /* IO_TESTNS_H */
