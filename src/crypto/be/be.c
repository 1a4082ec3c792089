/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/be/be.h"

#include "crypto/be/ossl.h"
#ifdef HAVE_IPSEC_MB
#include "crypto/be/imb.h"
#endif

const struct crypto_be *const be_all[] = {
#ifdef HAVE_IPSEC_MB
	&imb_backend,
#endif
	&ossl_backend, NULL
};

const struct crypto_be *const be_ossl[] = { &ossl_backend, NULL };

const struct crypto_be *const be_imb[] = {
#ifdef HAVE_IPSEC_MB
	&imb_backend,
#endif
	NULL
};
