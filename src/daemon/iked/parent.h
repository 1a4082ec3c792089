/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * parent - the process of in.iked that has root's name: it opens sockets, reads
 * files, starts the other two and starts them again when they end. It hears
 * nothing from the network.
 */
#ifndef DAEMON_PARENT_H
#define DAEMON_PARENT_H

#include <limits.h>

#include "base/rd.h"

struct parent_options {
	char config[PATH_MAX]; /* ike/config */
	char inet[PATH_MAX];   /* the folder of the other files: /etc/inet */
	bool foreground, debug;
	int privilege; /* of ikeadm: 0 base, 1 modkeys, 2 keymat */
};

/* The first argument of the processes that it starts. */
#define PARENT_ENGINE	"--engine"
#define PARENT_KEYSTORE "--keystore"

/* Until it is told to end: the exit status. */
int parent_main(const struct parent_options *o);

#endif /* DAEMON_PARENT_H */
