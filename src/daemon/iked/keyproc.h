/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * keyproc - the process of in.iked that has the keys that last, and no network:
 * the engine asks it to sign, and whether a peer is who it says it is.
 */
#ifndef DAEMON_KEYPROC_H
#define DAEMON_KEYPROC_H

/* The process: its exit status. */
int keyproc_main(void);

#endif /* DAEMON_KEYPROC_H */
