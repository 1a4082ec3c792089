/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/be/be.h"

#include "crypto/be/gcmx.h"
#include "crypto/be/ossl.h"
#ifdef HAVE_IPSEC_MB
#include "crypto/be/imb.h"
#endif

const struct crypto_be *const be_all[] = { &gcmx_wide_backend,
#ifdef HAVE_IPSEC_MB
	&imb_backend,
#endif
	/* the library's direct call is faster than this, libcrypto is not */
	&gcmx_ni_backend, &ossl_backend, NULL };

const struct crypto_be *const be_ossl[] = { &ossl_backend, NULL };

const struct crypto_be *const be_imb[] = {
#ifdef HAVE_IPSEC_MB
	&imb_backend,
#endif
	NULL
};

const struct crypto_be *const be_gcmx[] = { &gcmx_wide_backend, NULL };
const struct crypto_be *const be_gcmx_ni[] = { &gcmx_ni_backend, NULL };
