/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ike2cp - the body of a configuration payload (RFC 7296 3.15, RFC 8598): a type
 * and attributes. Attributes that are not known stay in the list.
 */
#ifndef WIRE_IKE2CP_H
#define WIRE_IKE2CP_H

#include "wire/ikehdr.h"

/* More are refused. */
#define IKE2CP_MAX 64

struct ike2_cp_item {
	uint16_t attr;	      /* enum ike2_cp_attr, or any */
	struct ike_view data; /* empty: asks for it, or the sender has none */
};

struct ike2_cp {
	uint8_t type; /* enum ike2_cp_type, or any */
	uint8_t n;
	struct ike2_cp_item a[IKE2CP_MAX];
};

/*
 * 0, or EINVAL (a length that disagrees, or is none of those that the attribute
 * may have), E2BIG for too many. out borrows from the bytes of r.
 */
MUST_USE int ike2cp_parse(struct ike2_cp *out, struct rd r);
void ike2cp_write(struct wr *w, const struct ike2_cp *in);

/* Append one; data is borrowed. False when it is full. */
MUST_USE bool ike2cp_add(
    struct ike2_cp *c, uint16_t attr, const void *data, size_t n);
/* The first of this kind, or NULL. */
const struct ike2_cp_item *ike2cp_find(const struct ike2_cp *c, uint16_t attr);

#endif /* WIRE_IKE2CP_H */
