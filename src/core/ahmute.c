/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/ahmute.h"

enum {
	V4_HEAD = 20,
	V4_DST = 16,
	V6_HEAD = 40,
	V6_DST = 24,
	OPT_END = 0,
	OPT_NOP = 1,
	OPT_SECURITY = 130,
	OPT_LSRR = 131,
	OPT_EXT_SECURITY = 133,
	OPT_CIPSO = 134,
	OPT_SSRR = 137,
	OPT_ROUTER_ALERT = 148,
	OPT_MULTI_DEST = 149,
	EXT_HOPOPT = 0,
	EXT_ROUTING = 43,
	EXT_DSTOPTS = 60,
	RT_SOURCE = 0,
	RT_MOBILE = 2,
	RT_SEGMENT = 4,
	OPT6_PAD1 = 0,
	OPT6_MAY_CHANGE = 0x20
};

/* RFC 4302 A1; all others, also unknown ones, are mutable */
static bool
option_is_immutable(uint8_t type)
{
	return type == OPT_SECURITY || type == OPT_EXT_SECURITY ||
	       type == OPT_CIPSO || type == OPT_ROUTER_ALERT ||
	       type == OPT_MULTI_DEST;
}

/*
 * RFC 791 3.1: a source route that is not used up names the final destination
 * last. data: behind type and length.
 */
static bool
source_route(uint8_t *h, struct rd data)
{
	uint8_t pointer = rd_u8(&data);
	size_t n = rd_left(&data);

	if (data.bad || n % 4 != 0 || pointer < 4)
		return false;
	/* pointer and length count octets from the type on, from 1 */
	if (n != 0 && pointer <= n + 3)
		memcpy(h + V4_DST, data.p + n - 4, 4);
	return true;
}

static enum verdict
mute_v4(uint8_t *h, size_t n)
{
	struct rd r = rd_from(h, n);

	/* RFC 4302 3.3.3.1.1.1 */
	h[1] = 0;
	h[6] = h[7] = 0;
	h[8] = 0;
	h[10] = h[11] = 0;
	rd_skip(&r, V4_HEAD);
	while (rd_more(&r)) {
		size_t at = (size_t)(r.p - h);
		uint8_t type = rd_u8(&r);

		if (type == OPT_END)
			break;
		if (type == OPT_NOP)
			continue;

		uint8_t len = rd_u8(&r);
		struct rd body = rd_body(&r, len, 2);

		if (body.bad)
			return VERDICT_AH_BAD_V4_OPTS;
		if ((type == OPT_LSRR || type == OPT_SSRR) &&
		    !source_route(h, body))
			return VERDICT_AH_BAD_V4_OPTS;
		if (!option_is_immutable(type))
			memset(h + at, 0, len);
	}
	return r.bad ? VERDICT_AH_BAD_V4_OPTS : VERDICT_PASS;
}

/* RFC 4302 3.3.3.1.2.2: data of options that may change is zero */
static bool
mute_options(uint8_t *h, struct rd body)
{
	while (rd_more(&body)) {
		uint8_t type = rd_u8(&body);

		if (type == OPT6_PAD1)
			continue;

		struct rd data = rd_sub(&body, rd_u8(&body));

		if (!data.bad && (type & OPT6_MAY_CHANGE) != 0)
			memset(h + (data.p - h), 0, rd_left(&data));
	}
	return rd_end(&body);
}

static void
swap16(uint8_t *a, uint8_t *b)
{
	uint8_t t[16];

	memcpy(t, a, 16);
	memcpy(a, b, 16);
	memcpy(b, t, 16);
}

/*
 * RFC 4302 3.3.3.1.2.3, A2: a routing header as it arrives. rt: its first byte,
 * n bytes in all, a multiple of 8. Types 0 (RFC 2460 4.4) and 2 (RFC 6275 6.4)
 * exchange addresses on the way, type 4 (RFC 8754 4.1) does not.
 */
static bool
route_v6(uint8_t *h, uint8_t *rt, size_t n)
{
	uint8_t type = rt[2], left = rt[3];
	size_t addrs = (n - 8) / 16;

	if (left == 0)
		return true;
	if (left > addrs)
		return false;
	if (type == RT_SEGMENT) {
		memcpy(h + V6_DST, rt + 8, 16);
	} else if (type == RT_SOURCE || type == RT_MOBILE) {
		for (size_t i = addrs - left; i < addrs; i++)
			swap16(h + V6_DST, rt + 8 + 16 * i);
	} else {
		return false;
	}
	rt[3] = 0;
	return true;
}

static enum verdict
mute_v6(uint8_t *h, size_t n)
{
	struct rd r = rd_from(h, n);
	uint8_t type = h[6];

	/* RFC 4302 3.3.3.1.2.1 */
	h[0] = 0x60;
	h[1] = h[2] = h[3] = 0;
	h[7] = 0;
	rd_skip(&r, V6_HEAD);
	while (rd_more(&r)) {
		size_t at = (size_t)(r.p - h);
		uint8_t next = rd_u8(&r);
		struct rd body = rd_sub(&r, rd_u8(&r) * 8u + 6u);
		bool ok = !body.bad;

		if (ok && (type == EXT_HOPOPT || type == EXT_DSTOPTS))
			ok = mute_options(h, body);
		else if (ok && type == EXT_ROUTING)
			ok = route_v6(h, h + at, rd_left(&body) + 2);
		else /* a fragment header would be gone when AH is looked at */
			ok = false;
		if (!ok)
			return VERDICT_AH_BAD_V6_HDRS;
		type = next;
	}
	return r.bad ? VERDICT_AH_BAD_V6_HDRS : VERDICT_PASS;
}

enum verdict
ahmute_headers(uint8_t *h, size_t n, uint8_t ver)
{
	if (ver == 4)
		return n >= V4_HEAD ? mute_v4(h, n) : VERDICT_AH_BAD_V4_OPTS;
	return n >= V6_HEAD ? mute_v6(h, n) : VERDICT_AH_BAD_V6_HDRS;
}
