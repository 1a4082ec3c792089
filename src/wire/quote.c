/* SPDX-License-Identifier: BSD-2-Clause */
#include "wire/quote.h"

/* RFC 792; RFC 4443 2.1: errors are below 128 */
enum {
	UNREACHABLE = 3,
	SOURCE_QUENCH = 4,
	REDIRECT = 5,
	TIME_EXCEEDED = 11,
	PARAMETER_PROBLEM = 12,
	ICMP6_INFORMATION = 128
};

bool
quote_is_error(const struct flow *f)
{
	if (!f->has_icmp)
		return false;
	if (f->local.fam == FAM_V6)
		return f->icmp_type < ICMP6_INFORMATION;
	return f->icmp_type == UNREACHABLE || f->icmp_type == SOURCE_QUENCH ||
	       f->icmp_type == REDIRECT || f->icmp_type == TIME_EXCEEDED ||
	       f->icmp_type == PARAMETER_PROBLEM;
}

bool
quote_flow(struct flow *f, const struct ip_view *v, const uint8_t *p, bool out)
{
	struct rd r = rd_from(p, v->len);
	struct ip_view q;

	/* type, code, checksum, and a word of what kind of error it is */
	rd_skip(&r, v->upper);
	rd_skip(&r, 8);
	if (r.bad || !ip_parse_cut(&q, r.p, rd_left(&r)) || q.ver != v->ver)
		return false;
	ip_flow(f, &q, r.p, out);
	return true;
}
