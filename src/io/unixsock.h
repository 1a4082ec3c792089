/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * unixsock - a listening Unix socket and its connections: who is at the other
 * end, whole messages in, messages out that never make this process wait.
 */
#ifndef IO_UNIXSOCK_H
#define IO_UNIXSOCK_H

#include <sys/types.h>

#include "io/loop.h"

struct unixsock;
struct unixsock_conn;

struct unixsock_peer {
	pid_t pid;
	uid_t uid;
	/* uid 0, or of the group that unixsock_open() named; and vouched for */
	bool privileged;
	const char
	    *why; /* not vouched for: half a sentence, lasting; or NULL */
};

struct unixsock_use {
	int type;    /* SOCK_SEQPACKET or SOCK_STREAM */
	gid_t group; /* owner of the socket file and privileged; 0: only root */
	/*
	 * Connections at a time; more are closed at once. The last quarter is kept
	 * for uid 0.
	 */
	unsigned max;
	size_t message; /* bytes of the longest message in */
	/*
	 * What may wait to be read by the other end, in bytes: of answers, after
	 * which the connection is closed, and of other messages, which are lost.
	 * All connections together may have `total` of both.
	 */
	size_t answers, news, total;
	/*
	 * The second word on one who would be privileged, as uid 0 (root) or by
	 * its group: NULL, or why not. pidfd: the process, or -1 where the kernel
	 * cannot tell. May be NULL: nobody is asked.
	 */
	const char *(*vouch)(void *ctx, pid_t pid, int pidfd, bool root);
	/* Returns the connection's user data; NULL: not wanted, it is closed. */
	void *(*opened)(void *ctx, struct unixsock_conn *c,
	    const struct unixsock_peer *who);
	/*
	 * What waited has gone, or unixsock_more() asked for this. With this
	 * function, an answer that finds no room is not the end: its sender goes
	 * on here, which is an answer again.
	 */
	void (*drained)(void *user);
	/*
	 * Anybody may connect; one user that is not root with no more connections
	 * than this at a time. 0: as the group says.
	 */
	unsigned anybody;
	/*
	 * As message_in, with the descriptor that came with it, which is closed
	 * afterwards; -1: none came, or several did.
	 */
	void (*message_fd)(void *user, const uint8_t *msg, size_t n, int fd);
	/* One message (NULL: SOCK_STREAM users do not read). */
	void (*message_in)(void *user, const uint8_t *msg, size_t n);
	void (*closed)(void *user);
	void *ctx;
};

/*
 * Listen at path, in place of a socket that an earlier process left there.
 * use is copied. NULL: errno says why.
 */
struct unixsock *unixsock_open(
    struct loop *l, const char *path, const struct unixsock_use *use);
/*
 * The two steps of it, for a program of which one process makes the socket, with
 * the rights that it takes, and another one serves at it. The first gives -1:
 * errno says why. The second owns fd, also after a failure, and never removes the
 * file.
 */
int unixsock_listen(const char *path, const struct unixsock_use *use);
struct unixsock *unixsock_serve(
    struct loop *l, int fd, const struct unixsock_use *use);
/* Closes all connections; removes the file. Harmless on NULL. */
void unixsock_close(struct unixsock *s);

/*
 * Send, or queue what does not go at once. Within message_in() of the same
 * connection it is an answer, otherwise news. False: it did not go: news is lost.
 */
bool unixsock_send(struct unixsock_conn *c, const void *msg, size_t n);
/*
 * The answer has more to come, though nothing waits: when the others had their
 * turn and the other end takes messages, drained() is called.
 */
void unixsock_more(struct unixsock_conn *c);
/* From now on so many bytes of news may wait on each connection. */
void unixsock_set_news(struct unixsock *s, size_t bytes);
/* Close when everything queued has gone. */
void unixsock_finish(struct unixsock_conn *c);
/* News that this connection lost since it was opened. */
uint64_t unixsock_lost(const struct unixsock_conn *c);

#endif /* IO_UNIXSOCK_H */
