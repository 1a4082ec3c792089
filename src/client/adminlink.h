/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * adminlink - questions to the ipsecd of this network namespace that are JSON
 * objects (daemon/ipsecd/admin.h says what they look like).
 */
#ifndef CLIENT_ADMINLINK_H
#define CLIENT_ADMINLINK_H

#include <jansson.h>

#include "client/link.h"

#define ADMINLINK_TEXT LINK_TEXT

/*
 * Ask, and wait for the answer. The reference to ask is taken over; build it
 * with json_pack("{s:s}", "op", "NAME"). Returns the answer, whose "ok" is true;
 * the caller's to json_decref(). NULL: text is one line for people, and *err
 * (unless err is NULL) ipsecd's errno, or 0 when ipsecd gave no answer.
 */
json_t *adminlink_ask(json_t *ask, int *err, char text[ADMINLINK_TEXT]);
/* The same of another program: LINK_IKE (daemon/iked/door.h has its questions). */
json_t *adminlink_ask_at(
    enum link_which which, json_t *ask, int *err, char text[ADMINLINK_TEXT]);

#endif /* CLIENT_ADMINLINK_H */
