/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spawn - this program once more, as another process with a part of its own: its
 * memory is new, so that it knows nothing that this one has read.
 */
#ifndef IO_SPAWN_H
#define IO_SPAWN_H

#include <sys/types.h>

#include "base/rd.h"

/* Where the new process finds what it was given. */
#define SPAWN_FD 3

/*
 * The running program, to be started again though its file is replaced; before
 * /proc is out of reach. -1: errno says why.
 */
int spawn_exe(void);
/*
 * Start it with arguments title (argv[0]) and role. fd becomes SPAWN_FD there;
 * 0 to 2 stay, all else that is marked so is closed; no signal is blocked, and
 * those of a terminal are ignored. -1: errno says why.
 */
pid_t spawn_self(int exe, const char *title, const char *role, int fd);

#endif /* IO_SPAWN_H */
