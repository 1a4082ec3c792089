/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * keyder - identities that are DER, for people to read (spec: sa 11): a
 * distinguished name, or a general name (RFC 5280 4.1.2.4, 4.2.1.6).
 */
#ifndef CMD_IPSECKEY_KEYDER_H
#define CMD_IPSECKEY_KEYDER_H

#include "model/saspec.h"

#define KEYDER_TEXT 1024

/*
 * "C=US, O=Example\, Inc., CN=a" for a DN; "DNS:a.example", "email:a@b",
 * "IP:192.0.2.1", "DN:..." for a GN. Bytes that could upset a terminal are ?.
 * False: another type of identity, or no DER that is known.
 */
MUST_USE bool keyder_print(char buf[KEYDER_TEXT], const struct sa_ident *id);

#endif /* CMD_IPSECKEY_KEYDER_H */
