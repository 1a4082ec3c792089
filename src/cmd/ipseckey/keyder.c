/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/ipseckey/keyder.h"

#include <stdarg.h>
#include <stdio.h>

enum { ID_DN = 4, ID_GN = 5 };

/* Tags that are used here: X.690 8, RFC 5280 A.2 */
enum {
	TAG_OID = 0x06,
	TAG_BMP = 0x1e, /* two bytes a character */
	TAG_SEQUENCE = 0x30,
	TAG_SET = 0x31,
	GN_EMAIL = 0x81,
	GN_DNS = 0x82,
	GN_DIRECTORY = 0xa4,
	GN_URI = 0x86,
	GN_IP = 0x87
};

struct out {
	char *p;
	size_t n;
	bool bad; /* not DER, or no room */
};

__attribute__((format(printf, 2, 3))) static void
put(struct out *o, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(o->p + o->n, KEYDER_TEXT - o->n, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= KEYDER_TEXT - o->n)
		o->bad = true;
	else
		o->n += (size_t)n;
}

/* One value; its contents go to body. False: not one. */
static bool
take(struct rd *r, uint8_t *tag, struct rd *body)
{
	const uint8_t *p;
	size_t n;

	*tag = rd_u8(r);
	n = rd_u8(r);
	if (n == 0x81)
		n = rd_u8(r);
	else if (n == 0x82)
		n = rd_be16(r);
	else if (n >= 0x80)
		return false;
	p = rd_take(r, n);
	if (r->bad)
		return false;
	*body = rd_from(p, n);
	return true;
}

static bool
take_tag(struct rd *r, uint8_t want, struct rd *body)
{
	uint8_t tag;

	return take(r, &tag, body) && tag == want;
}

static void
put_text(struct out *o, struct rd b, bool wide)
{
	while (rd_more(&b)) {
		unsigned c = wide ? rd_be16(&b) : rd_u8(&b);

		if (c == ',' || c == '\\' || c == '=')
			put(o, "\\%c", (int)c);
		else
			put(o, "%c", c >= 0x20 && c < 0x7f ? (int)c : '?');
	}
	if (b.bad)
		o->bad = true;
}

/* X.690 8.19: 1.2.840 ... */
static void
put_oid(struct out *o, struct rd b)
{
	uint32_t v = 0;
	bool first = true;

	while (rd_more(&b)) {
		uint8_t c = rd_u8(&b);

		v = v << 7 | (c & 0x7f);
		if ((c & 0x80) != 0)
			continue;
		if (first)
			put(o, "%u.%u", v < 80 ? v / 40 : 2,
			    v < 80 ? v % 40 : v - 80);
		else
			put(o, ".%u", v);
		first = false;
		v = 0;
	}
}

/* RFC 4519 and RFC 2985: how names of attributes are written. */
static void
put_attribute(struct out *o, struct rd b)
{
	static const struct {
		const char *name;
		uint8_t n, oid[10];
	} row[] = {
		{ "CN", 3, { 0x55, 4, 3 } },
		{ "serialNumber", 3, { 0x55, 4, 5 } },
		{ "C", 3, { 0x55, 4, 6 } },
		{ "L", 3, { 0x55, 4, 7 } },
		{ "ST", 3, { 0x55, 4, 8 } },
		{ "street", 3, { 0x55, 4, 9 } },
		{ "O", 3, { 0x55, 4, 10 } },
		{ "OU", 3, { 0x55, 4, 11 } },
		{ "UID", 10,
		    { 9, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 1 } },
		{ "DC", 10,
		    { 9, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25 } },
		{ "EMAIL", 9, { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1 } },
	};
	size_t n = rd_left(&b);

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		if (n == row[i].n && memcmp(b.p, row[i].oid, n) == 0) {
			put(o, "%s", row[i].name);
			return;
		}
	put_oid(o, b);
}

/* The sequence of a DN, without its own tag. */
static void
put_dn(struct out *o, struct rd seq)
{
	bool first = true;

	while (rd_more(&seq)) {
		struct rd set, pair, oid, value;
		uint8_t tag;

		if (!take_tag(&seq, TAG_SET, &set)) {
			o->bad = true;
			return;
		}
		while (rd_more(&set)) {
			if (!take_tag(&set, TAG_SEQUENCE, &pair) ||
			    !take_tag(&pair, TAG_OID, &oid) ||
			    !take(&pair, &tag, &value)) {
				o->bad = true;
				return;
			}
			put(o, "%s", first ? "" : ", ");
			first = false;
			put_attribute(o, oid);
			put(o, "=");
			put_text(o, value, tag == TAG_BMP);
		}
	}
}

static void
put_ip(struct out *o, struct rd b)
{
	size_t n = rd_left(&b);
	char text[ADDR_TEXT];
	struct addr a;

	if (n != 4 && n != 16) {
		o->bad = true;
		return;
	}
	a = n == 4 ? addr_v4(b.p) : addr_v6(b.p);
	put(o, "IP:%s", addr_print(text, &a));
}

static void
put_gn(struct out *o, struct rd *r)
{
	struct rd b, dn;
	uint8_t tag;

	if (!take(r, &tag, &b)) {
		o->bad = true;
		return;
	}
	switch (tag) {
	case GN_EMAIL:
		put(o, "email:");
		put_text(o, b, false);
		return;
	case GN_DNS:
		put(o, "DNS:");
		put_text(o, b, false);
		return;
	case GN_URI:
		put(o, "URI:");
		put_text(o, b, false);
		return;
	case GN_IP:
		put_ip(o, b);
		return;
	case GN_DIRECTORY:
		put(o, "DN:");
		if (take_tag(&b, TAG_SEQUENCE, &dn))
			put_dn(o, dn);
		else
			o->bad = true;
		return;
	default:
		o->bad = true;
	}
}

bool
keyder_print(char buf[KEYDER_TEXT], const struct sa_ident *id)
{
	struct rd r = rd_from(id->id, id->len), seq;
	struct out o = { .p = buf };

	buf[0] = '\0';
	if (id->type == ID_GN)
		put_gn(&o, &r);
	else if (id->type == ID_DN && take_tag(&r, TAG_SEQUENCE, &seq))
		put_dn(&o, seq);
	else
		return false;
	return !o.bad && rd_end(&r);
}
