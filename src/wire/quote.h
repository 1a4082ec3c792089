/* SPDX-License-Identifier: BSD-2-Clause */
/* quote - the packet that an ICMP error is about: RFC 792, RFC 4443 2.4. */
#ifndef WIRE_QUOTE_H
#define WIRE_QUOTE_H

#include "wire/ip.h"

/* Is this flow one of ICMP errors, which quote what they are about? */
MUST_USE bool quote_is_error(const struct flow *f);

/*
 * The selectors of the packet that an error quotes. out: local is the quoted
 * packet's source, as ip_flow() has it. False: not enough of it is there.
 */
MUST_USE bool quote_flow(
    struct flow *f, const struct ip_view *v, const uint8_t *p, bool out);

#endif /* WIRE_QUOTE_H */
