/* SPDX-License-Identifier: BSD-2-Clause */
#include "wire/srcroute.h"

enum {
	V4_HEAD = 20,
	V6_HEAD = 40,
	OPT_END = 0,
	OPT_NOP = 1,
	OPT_LSRR = 131,
	OPT_SSRR = 137,
	EXT_HOPOPT = 0,
	EXT_ROUTING = 43,
	EXT_FRAGMENT = 44,
	EXT_DSTOPTS = 60,
	RT_SOURCE = 0, /* RFC 2460 4.4 */
	RT_MOBILE = 2, /* RFC 6275 6.4 */
	RT_SEGMENT = 4 /* RFC 8754 2 */
};

/* RFC 791 3.1: the last address is the destination while there is a next. */
static bool
final_v4(struct addr *a, const struct ip_view *v, const uint8_t *p)
{
	struct rd r = rd_from(p, v->fixed);

	rd_skip(&r, V4_HEAD);
	while (rd_more(&r)) {
		uint8_t type = rd_u8(&r);

		if (type == OPT_END)
			break;
		if (type == OPT_NOP)
			continue;

		struct rd body = rd_body(&r, rd_u8(&r), 2);

		if (type != OPT_LSRR && type != OPT_SSRR)
			continue;

		uint8_t pointer = rd_u8(&body);
		size_t n = rd_left(&body);

		if (body.bad || n % 4 != 0 || pointer < 4)
			return false;
		/* the pointer counts from 1, from the type on */
		if (n != 0 && pointer <= n + 3)
			*a = addr_v4(body.p + n - 4);
	}
	return !r.bad;
}

/* body: behind next header and length */
static bool
final_of_header(struct addr *a, struct rd body)
{
	uint8_t type = rd_u8(&body), left = rd_u8(&body);

	rd_skip(&body, 4);

	size_t addrs = rd_left(&body) / 16;

	if (body.bad)
		return false;
	if (left == 0)
		return true;
	if (addrs == 0 || left > addrs)
		return false;
	if (type == RT_SEGMENT) /* the first is the last */
		*a = addr_v6(body.p);
	else if (type == RT_SOURCE || type == RT_MOBILE)
		*a = addr_v6(body.p + (addrs - 1) * 16);
	else
		return false;
	return true;
}

static bool
final_v6(struct addr *a, const struct ip_view *v, const uint8_t *p)
{
	struct rd r = rd_from(p, v->upper);
	uint8_t nh = p[6];

	rd_skip(&r, V6_HEAD);
	while (rd_more(&r) && (nh == EXT_HOPOPT || nh == EXT_ROUTING ||
				  nh == EXT_FRAGMENT || nh == EXT_DSTOPTS)) {
		uint8_t type = nh, n;

		nh = rd_u8(&r);
		n = rd_u8(&r);
		/* what would be the length is reserved there */
		struct rd body =
		    rd_sub(&r, type == EXT_FRAGMENT ? 6u : n * 8u + 6u);

		if (type == EXT_ROUTING && !final_of_header(a, body))
			return false;
	}
	return !r.bad;
}

bool
srcroute_final(struct addr *a, const struct ip_view *v, const uint8_t *p)
{
	*a = v->dst;
	return v->ver == 4 ? final_v4(a, v, p) : final_v6(a, v, p);
}
