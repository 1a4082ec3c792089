/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sockets - policy of single sockets (spec: policy 25): who has asked for what,
 * and the connections that have latched it. The rest of the wiring sees sockets
 * through this alone.
 */
#ifndef DAEMON_SOCKETS_H
#define DAEMON_SOCKETS_H

#include <jansson.h>
#include <sys/types.h>

#include "core/path.h"
#include "io/loop.h"
#include "wire/sockreq.h"

struct ipsecd;
struct sockets;

/*
 * Opens what a sandbox would not let it, and notes which connections there are
 * already. NULL: errno says why.
 */
struct sockets *sockets_new(struct ipsecd *d);
void sockets_free(struct sockets *s);

/* For struct path. */
struct conn_table *sockets_conns(struct sockets *s);

/*
 * A request about the socket fd, which stays the caller's; -1: there was none.
 * The answer has errno in it.
 */
struct sockreq sockets_request(struct sockets *s, uid_t uid, bool privileged,
    const uint8_t *msg, size_t n, int fd);

/* For struct path_env. */
void sockets_find(
    struct sockets *s, const struct flow *f, struct path_socket *k);

/* Lifetimes; now and then. */
void sockets_age(struct sockets *s, uint64_t now);

/* The op "sockets" of the admin socket. */
int sockets_op(
    struct ipsecd *d, const json_t *in, json_t *out, char *err, size_t n);

#endif /* DAEMON_SOCKETS_H */
