/* SPDX-License-Identifier: BSD-2-Clause */
/* ocsp - OCSP responses (RFC 6960) that a peer sends along (RFC 4806). */
#ifndef PKI_OCSP_H
#define PKI_OCSP_H

#include <openssl/x509.h>

#include "base/rd.h"

enum ocsp_status {
	OCSP_NOTHING, /* it says nothing about this certificate, or is broken,
			 old, or not signed by who may */
	OCSP_FINE,
	OCSP_BAD /* revoked, or not known to the issuer */
};

/*
 * What a response of n bytes says about cert, whose issuer this is, at now. It
 * counts only when the issuer signed it, or a certificate of the issuer's for
 * OCSP. CRLs may say the same, so a response that is old is no error.
 */
enum ocsp_status ocsp_ask(
    const uint8_t *der, size_t n, X509 *cert, X509 *issuer, int64_t now);

#endif /* PKI_OCSP_H */
