/* SPDX-License-Identifier: BSD-2-Clause */
/* keyprop - proposals and supported algorithms, for keyshow (spec: sa 11). */
#ifndef CMD_IPSECKEY_KEYPROP_H
#define CMD_IPSECKEY_KEYPROP_H

#include "cmd/ipseckey/keyshow.h"

void keyprop_show(const struct keyshow *s, const struct pfkey_msg *m);

#endif /* CMD_IPSECKEY_KEYPROP_H */
