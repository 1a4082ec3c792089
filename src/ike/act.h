/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * act - the queue of things to do that ike_take() gives out. Without memory an
 * action is lost, as a datagram may be: what waits for it ends by its time.
 */
#ifndef IKE_ACT_H
#define IKE_ACT_H

#include "base/list.h"
#include "base/secret.h"

#include "ike/ike.h"

struct act {
	struct link link;
	struct ike_action a;
	struct pfkey_msg *pfkey;
	struct secret ekey, akey; /* of pfkey */
	uint8_t *bytes;		  /* what the rest borrows from */
	size_t n, cap;
	struct ike_saview *view;
	struct ike_stats *stats;
};

struct acts {
	struct link queue;
	struct act *given; /* the last one that was taken */
	struct act *spare; /* is filled in vain when there is no memory */
};

MUST_USE bool acts_init(struct acts *q);
void acts_fini(struct acts *q);
/* See ike_take(). */
const struct ike_action *acts_take(struct acts *q);
MUST_USE bool acts_empty(const struct acts *q);

/*
 * Append an action with room for n bytes, by act_keep(). Never NULL. Whoever
 * fills it in changes nothing that belongs to somebody else.
 */
struct act *act_new(struct acts *q, enum ike_action_type type, size_t n);
/* The same for PF_KEY: a message of that type, with nothing in it. */
struct pfkey_msg *act_pfkey(struct acts *q, uint8_t type, struct act **a);
/* A copy of bytes that lives as long as a. The room is there, or none is kept. */
struct ike_bytes act_keep(struct act *a, const void *p, size_t n);
/* The same with a string and its NUL; "" when there is no room. */
const char *act_keep_text(struct act *a, const char *text);

#endif /* IKE_ACT_H */
