/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * keyjson - PF_KEY messages as JSON (ipseckey --json; ipseckey(8) has the words).
 * Written as it comes: no copy of a key is kept.
 */
#ifndef CMD_IPSECKEY_KEYJSON_H
#define CMD_IPSECKEY_KEYJSON_H

#include "cmd/ipseckey/keyshow.h"

/*
 * One object without a newline. numeric and verbose of s are not asked; its time
 * is written when timed. Keys as keyshow has them: only in answers to get and
 * dump, and XX with hide_keys.
 */
void keyjson_message(
    const struct keyshow *s, const struct pfkey_msg *m, size_t n, bool timed);

#endif /* CMD_IPSECKEY_KEYJSON_H */
