/* SPDX-License-Identifier: BSD-2-Clause */
/* keyunit - big numbers for people (spec: sa 11). */
#ifndef CMD_IPSECKEY_KEYUNIT_H
#define CMD_IPSECKEY_KEYUNIT_H

#include <stdint.h>

#define KEYUNIT_TEXT 32

/* "(1.50 KB) " of more than 1024 bytes, else "". Returns buf. */
const char *keyunit_bytes(char buf[KEYUNIT_TEXT], uint64_t bytes);
/* "(8.00 hours) " of more than 60 seconds, else "". Returns buf. */
const char *keyunit_seconds(char buf[KEYUNIT_TEXT], uint64_t seconds);

#endif /* CMD_IPSECKEY_KEYUNIT_H */
