/* SPDX-License-Identifier: BSD-2-Clause */
/* askipc - the engine's questions and the keystore's answers as messages. */
#ifndef DAEMON_ASKIPC_H
#define DAEMON_ASKIPC_H

#include "ike/ike.h"
#include "wire/ikeipc.h"

/* False: it does not fit. */
MUST_USE bool askipc_write_ask(struct wr *w, const struct ike_ask *ask);
/*
 * The message is a TOLD: ev is an IKE_EV_ANSWER of it, which borrows from b; with
 * the id 0 it is none, and answer.data is the authorities' (wire/ikeipc.h).
 * False: it is not.
 */
MUST_USE bool askipc_read_told(struct ike_event *ev, const void *b, size_t n);

#endif /* DAEMON_ASKIPC_H */
