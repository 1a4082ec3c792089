/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * control - the sockets that commands and key management speak to:
 * PF_KEY, PF_POLICY, status, admin. Who may is decided by the kernel's word on the
 * peer: root with CAP_NET_ADMIN, or the group, and none of a container that
 * shares our network.
 */
#ifndef DAEMON_CONTROL_H
#define DAEMON_CONTROL_H

#include <sys/types.h>

#include "core/pfkeyd.h"
#include "core/pfpolicyd.h"
#include "daemon/ipsecd/sockets.h"
#include "io/doorman.h"
#include "io/loop.h"

struct control;

struct control_use {
	struct loop *loop;
	struct pfkeyd *pfkeyd;
	struct pfpolicyd *pfpolicyd;
	struct sockets *sockets;
	struct doorman *doorman; /* who looks at those that connect */
	gid_t group;		 /* that may do what root may; 0: none */
	/* One JSON document for a status reader, freed by the caller; NULL: no
	   memory. */
	char *(*status)(void *ctx);
	/* The answer to a question of the admin socket, as admin_answer(). */
	char *(*admin)(void *ctx, const void *msg, size_t n);
	/* Called before each message that may change SAs or policy. */
	void (*before)(void *ctx);
	/* Called after each message that may have changed SAs or policy. */
	void (*after)(void *ctx);
	void *ctx;
};

/* Sockets in rundir_path(), which is there. NULL: errno says why. */
struct control *control_new(const struct control_use *use);
/* Closes every connection and removes the sockets. */
void control_free(struct control *c);

/* For struct pfkeyd_env and pfpolicyd_env. */
bool control_send_key(void *ctx, void *conn, const uint8_t *msg, size_t n);
void control_send_policy(void *ctx, void *conn, const uint8_t *msg, size_t n);
/* Bytes of messages that may wait for a slow PF_KEY listener. */
void control_key_news(struct control *c, size_t bytes);
/* Messages that slow listeners lost. */
uint64_t control_lost(const struct control *c);

#endif /* DAEMON_CONTROL_H */
