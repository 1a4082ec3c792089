/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * certsel - selectors of certificates and peers (spec: ike 4, 8):
 *
 *	SUBJECT=C=US, O=Lab, CN=host	the subject's whole name; also without
 *					the keyword
 *	ISSUER=...			the issuer's
 *	SLOT=name			the file of that name
 *	EMAIL= IP= DNS= URI= DN= RID=	an alternative name of that kind
 *	KEYID=0x...			the subject key identifier
 *	name				an alternative name of any kind, or a slot
 *	!...				must not be that
 *	""				any
 */
#ifndef PKI_CERTSEL_H
#define PKI_CERTSEL_H

#include "pki/cert.h"

enum certsel_by {
	CERTSEL_ANY,
	CERTSEL_BARE,
	CERTSEL_SUBJECT,
	CERTSEL_ISSUER,
	CERTSEL_SLOT,
	CERTSEL_EMAIL,
	CERTSEL_IP,
	CERTSEL_DNS,
	CERTSEL_URI,
	CERTSEL_DN,
	CERTSEL_RID,
	CERTSEL_KEYID
};

enum { CERTSEL_VALUE = 512 }; /* bytes of a value, with a NUL */

struct certsel {
	enum certsel_by by;
	bool negated;
	char text[CERTSEL_VALUE]; /* behind the = */
	struct ikeid id; /* of names, mail and IP addresses, DNs, KEYID */
};

/* False: why (CERT_WHY bytes) says what is wrong with the text. */
MUST_USE bool certsel_read(
    struct certsel *s, const char *text, char why[CERT_WHY]);

/* Does the selector, without regard to `negated`, mean this certificate? */
MUST_USE bool certsel_match(const struct certsel *s, const struct cert *c);
/* The same for an identity that comes without a certificate. */
MUST_USE bool certsel_match_id(const struct certsel *s, const struct ikeid *id);

#endif /* PKI_CERTSEL_H */
