/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ikedn - distinguished names (X.501) as text and as the DER that certificates
 * and IKE identities have. Text is in the order of the DER:
 *
 *	C=US, O=Example\, Inc., OU=Lab, CN=host
 *
 * A + joins values of one RDN; \ quotes the next character, or \xx is a byte.
 */
#ifndef MODEL_IKEDN_H
#define MODEL_IKEDN_H

#include "base/wr.h"

#define IKEDN_PARTS 32 /* values of one name */

/*
 * Text to DER, appended to w. C, DC and mail addresses get the string types that
 * they have to have, all else is a UTF8String (RFC 5280 4.1.2.4). False: no
 * name, an unknown tag, no value, or no room; what was appended is undefined.
 */
MUST_USE bool ikedn_read(struct wr *w, const char *text);

/*
 * DER to text, appended to w without NUL. Unknown attributes are printed as
 * their dotted number, bytes that are no plain text as \xx. False: the DER is no
 * name, or no room.
 */
MUST_USE bool ikedn_print(struct wr *w, const uint8_t *der, size_t n);

/*
 * Are both names the same (RFC 5280 7.1)? Each part has to be there, in the same
 * order; the string types and the case of ASCII letters do not matter, nor how
 * many blanks stand between words. False also for what is no name.
 */
MUST_USE bool ikedn_same(
    const uint8_t *a, size_t a_n, const uint8_t *b, size_t b_n);

#endif /* MODEL_IKEDN_H */
