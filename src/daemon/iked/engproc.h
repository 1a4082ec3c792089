/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * engproc - the process of in.iked that speaks to the network, and to ipsecd: it
 * has the engine (ike/ike.h), sockets that others opened, and nothing else: no
 * file, no right, no key that lasts.
 */
#ifndef DAEMON_ENGPROC_H
#define DAEMON_ENGPROC_H

#include "daemon/iked/addrdiff.h"
#include "daemon/iked/door.h"
#include "daemon/iked/rules.h"
#include "daemon/iked/servant.h"
#include "ike/ike.h"
#include "io/dgram.h"
#include "io/ifaddr.h"
#include "io/log.h"

enum { ENGPROC_SOCKETS = 4, ENGPROC_DATAGRAM = 65535 };

struct engproc_socket {
	struct engproc *e;
	struct loop_watch watch;
	uint8_t fam;
	uint16_t port;
	bool natt;
	bool open;
};

struct engproc {
	struct servant s;
	struct loop *loop;
	struct ike *ike;
	struct crypto *crypto;
	struct rules *rules;
	/* trusted, as the keystore said last: IKE_EV_CONFIG */
	uint8_t authorities[IKEIPC_PIECE];
	size_t n_authorities;
	struct loop_timer timer;
	struct engproc_socket sock[ENGPROC_SOCKETS];
	struct chan *pfkey, *keys;
	struct door *door;
	struct ifaddr *addrs;
	struct addrdiff known;
	struct loop_watch addr_watch;
	uint32_t debug; /* ikeadm's mask */
	bool stopping;
	/*
	 * A channel was found closed while the engine's actions were done; the
	 * engine is told afterwards.
	 */
	bool keys_gone, pfkey_gone;
	struct log_rate rate_send;
	uint32_t pid;
	struct pfkey_msg heard; /* of ipsecd, for as long as a step */
	struct pfkey_msg said;	/* to ipsecd */
	uint8_t in[ENGPROC_DATAGRAM];
	uint8_t out[IKEIPC_MAX];
};

/* Give the engine an event and do what it wants done. */
void engproc_step(struct engproc *e, const struct ike_event *ev);

/* Debug lines of these categories are logged from now on. */
void engproc_debug(struct engproc *e, uint32_t level);

/* The process: its exit status. */
int engproc_main(void);

#endif /* DAEMON_ENGPROC_H */
