/* SPDX-License-Identifier: BSD-2-Clause */
#include "wire/ike2cp.h"

#include <errno.h>

#include "wire/ike2num.h"

/* RFC 7296 3.15.1: bytes that a value may have, besides none at all. */
static const struct {
	uint16_t attr, size, other;
} sizes[] = {
	{ IKE2_CA_IP4_ADDRESS, 4, 4 },
	{ IKE2_CA_IP4_NETMASK, 4, 4 },
	{ IKE2_CA_IP4_DNS, 4, 4 },
	{ IKE2_CA_IP4_NBNS, 4, 4 },
	{ IKE2_CA_IP4_DHCP, 4, 4 },
	/* 17 with the prefix length; some peers leave that out */
	{ IKE2_CA_IP6_ADDRESS, 17, 16 },
	{ IKE2_CA_IP6_DNS, 16, 16 },
	{ IKE2_CA_IP6_DHCP, 16, 16 },
	{ IKE2_CA_IP4_SUBNET, 8, 8 },
	{ IKE2_CA_IP6_SUBNET, 17, 17 },
};

static bool
size_fits(uint16_t attr, size_t n)
{
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		if (sizes[i].attr == attr)
			return n == 0 || n == sizes[i].size ||
			       n == sizes[i].other;
	return attr != IKE2_CA_SUPPORTED_ATTRIBUTES || n % 2 == 0;
}

int
ike2cp_parse(struct ike2_cp *out, struct rd r)
{
	out->type = rd_u8(&r);
	out->n = 0;
	rd_skip(&r, 3);
	while (rd_more(&r)) {
		struct ike2_cp_item *a = &out->a[out->n];

		if (out->n == IKE2CP_MAX)
			return E2BIG;
		/* RFC 7296 3.15.1: the highest bit is reserved */
		a->attr = rd_be16(&r) & 0x7fff;
		a->data.n = rd_be16(&r);
		a->data.p = rd_take(&r, a->data.n);
		if (r.bad || !size_fits(a->attr, a->data.n))
			return EINVAL;
		out->n++;
	}
	return rd_end(&r) ? 0 : EINVAL;
}

void
ike2cp_write(struct wr *w, const struct ike2_cp *in)
{
	wr_u8(w, in->type);
	wr_zero(w, 3);
	for (unsigned i = 0; i < in->n; i++) {
		size_t field, from;

		wr_be16(w, in->a[i].attr & 0x7fff);
		field = from = wr_open16(w);
		wr_bytes(w, in->a[i].data.p, in->a[i].data.n);
		wr_close16(w, field, from);
	}
}

bool
ike2cp_add(struct ike2_cp *c, uint16_t attr, const void *data, size_t n)
{
	if (c->n == IKE2CP_MAX)
		return false;
	c->a[c->n++] = (struct ike2_cp_item){ attr, { data, n } };
	return true;
}

const struct ike2_cp_item *
ike2cp_find(const struct ike2_cp *c, uint16_t attr)
{
	for (unsigned i = 0; i < c->n; i++)
		if (c->a[i].attr == attr)
			return &c->a[i];
	return NULL;
}
