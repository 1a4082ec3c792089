/* SPDX-License-Identifier: BSD-2-Clause */
/* icmpname - the words for ICMP types and codes (spec: policy 5). */
#ifndef CONF_ICMPNAME_H
#define CONF_ICMPNAME_H

#include "conf/lex.h"

/*
 * A number, a range LOW-HIGH, or a word; an upper end below the lower is
 * taken as the lower. False: none of them.
 */
MUST_USE bool icmpname_type(
    const struct lex_tok *t, uint8_t *min, uint8_t *max);
MUST_USE bool icmpname_code(
    const struct lex_tok *t, uint8_t *min, uint8_t *max);
/* Is it a word for a type or a code of ICMPv6? */
MUST_USE bool icmpname_is_v6(const struct lex_tok *t);
/* NULL-terminated, for lex_expected(). */
const char *const *icmpname_types(void);
const char *const *icmpname_codes(void);

#endif /* CONF_ICMPNAME_H */
