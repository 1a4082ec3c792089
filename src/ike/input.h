/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * input - a datagram comes in: whose is it, is it new, is it authentic, may it
 * come now? Only then a handler of ike/table.c sees it.
 */
#ifndef IKE_INPUT_H
#define IKE_INPUT_H

#include "ike/table.h"

void input_datagram(struct ike *ike, const struct ike_event *ev);

/* Keep a request until it can be answered. False: no memory. */
MUST_USE bool input_keep(struct job *j, const struct in *in);
/*
 * The kept request again, into ike->again. It parsed before, so it does now.
 */
const struct ike2_msg *input_again(struct ike *ike, const struct job *j);
void input_forget(struct job *j);

/* The bytes of a payload set that are not in the other: "KE NONCE". */
const char *input_set_text(char *buf, size_t size, uint64_t set);

#endif /* IKE_INPUT_H */
