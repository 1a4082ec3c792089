/* SPDX-License-Identifier: BSD-2-Clause */
/* notify - what the service manager is told (sd_notify(3) without its library). */
#ifndef IO_NOTIFY_H
#define IO_NOTIFY_H

/*
 * Connect to what $NOTIFY_SOCKET names; -1 when there is none. To be called
 * before a sandbox.
 */
int notify_open(void);
/* state: "READY=1", "STOPPING=1", "STATUS=...". Harmless with fd -1. */
void notify_send(int fd, const char *state);

#endif /* IO_NOTIFY_H */
