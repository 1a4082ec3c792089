/* SPDX-License-Identifier: BSD-2-Clause */
/* keylife - the lifetimes of a message, for keyshow (spec: sa 11). */
#ifndef CMD_IPSECKEY_KEYLIFE_H
#define CMD_IPSECKEY_KEYLIFE_H

#include "cmd/ipseckey/keyshow.h"

void keylife_show(const struct keyshow *s, const struct pfkey_msg *m);

#endif /* CMD_IPSECKEY_KEYLIFE_H */
