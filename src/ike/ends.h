/* SPDX-License-Identifier: BSD-2-Clause */
/* ends - small nouns that all of the engine's interface uses. */
#ifndef IKE_ENDS_H
#define IKE_ENDS_H

#include "model/addr.h"

/* An end of IKE's own traffic. */
struct ike_end {
	struct addr a;
	uint16_t port; /* host order */
};

/* Borrowed bytes. Whoever gets them copies what it wants to keep. */
struct ike_bytes {
	const uint8_t *p; /* NULL with n 0: not there */
	size_t n;
};

#endif /* IKE_ENDS_H */
