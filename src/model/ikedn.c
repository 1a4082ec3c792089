/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/ikedn.h"

#include <strings.h>

#include "base/txt.h"

enum { UTF8 = 0x0c, PRINTABLE = 0x13, TELETEX = 0x14, IA5 = 0x16 };
enum { OID = 0x06, SEQUENCE = 0x30, SET = 0x31 };

#define VALUE 256 /* bytes of one value */

/* The first of an OID is the one that is printed. */
static const struct tag {
	const char *name;
	uint8_t n, oid[10];
	uint8_t type;
} tags[] = {
	{ "CN", 3, { 0x55, 4, 3 }, UTF8 },
	{ "SN", 3, { 0x55, 4, 4 }, UTF8 },
	{ "serialNumber", 3, { 0x55, 4, 5 }, PRINTABLE },
	{ "C", 3, { 0x55, 4, 6 }, PRINTABLE },
	{ "L", 3, { 0x55, 4, 7 }, UTF8 },
	{ "ST", 3, { 0x55, 4, 8 }, UTF8 },
	{ "street", 3, { 0x55, 4, 9 }, UTF8 },
	{ "O", 3, { 0x55, 4, 10 }, UTF8 },
	{ "OU", 3, { 0x55, 4, 11 }, UTF8 },
	{ "title", 3, { 0x55, 4, 12 }, UTF8 },
	{ "name", 3, { 0x55, 4, 41 }, UTF8 },
	{ "GN", 3, { 0x55, 4, 42 }, UTF8 },
	{ "UID", 10, { 0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 1 },
	    UTF8 },
	{ "DC", 10, { 0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25 },
	    IA5 },
	{ "emailAddress", 9, { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1 },
	    IA5 },
	{ "E", 9, { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1 }, IA5 },
	{ "S", 3, { 0x55, 4, 8 }, UTF8 },
};

#define N_TAGS (sizeof(tags) / sizeof(tags[0]))

/* ---- text to DER ---- */

static void
put_head(struct wr *w, uint8_t tag, size_t n)
{
	wr_u8(w, tag);
	if (n >= 256) {
		wr_u8(w, 0x82);
		wr_be16(w, (uint16_t)n);
	} else {
		if (n >= 128)
			wr_u8(w, 0x81);
		wr_u8(w, (uint8_t)n);
	}
}

static void
put_element(struct wr *w, uint8_t tag, const uint8_t *b, size_t n)
{
	put_head(w, tag, n);
	wr_bytes(w, b, n);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static const struct tag *
tag_by_name(const char *s, size_t n)
{
	for (size_t i = 0; i < N_TAGS; i++)
		if (strlen(tags[i].name) == n &&
		    strncasecmp(tags[i].name, s, n) == 0)
			return &tags[i];
	return NULL;
}

/* One arc of an OID behind the first: seven bits a byte. */
static void
put_arc(struct wr *w, uint64_t arc)
{
	for (int shift = 35; shift > 0; shift -= 7)
		if (arc >> shift != 0)
			wr_u8(w, (uint8_t)(0x80 | (arc >> shift & 0x7f)));
	wr_u8(w, (uint8_t)(arc & 0x7f));
}

/* "2.5.4.3" of n bytes as the contents of an OID. */
static bool
put_dotted(struct wr *w, const char *s, size_t n)
{
	uint64_t arc = 0, first = 0;
	unsigned arcs = 0;
	bool digit = false;

	for (size_t i = 0; i <= n; i++) {
		if (i < n && s[i] >= '0' && s[i] <= '9') {
			arc = arc * 10 + (uint64_t)(s[i] - '0');
			digit = true;
			if (arc > UINT32_MAX)
				return false;
			continue;
		}
		if (!digit || (i < n && s[i] != '.'))
			return false;
		if (arcs == 0) {
			first = arc;
			if (first > 2)
				return false;
		} else {
			if (arcs == 1 && first < 2 && arc > 39)
				return false;
			put_arc(w, arc + (arcs == 1 ? 40 * first : 0));
		}
		arcs++;
		arc = 0;
		digit = false;
	}
	return arcs >= 2 && !w->bad;
}

/*
 * The value behind the =, up to a separator: w gets its bytes without quoting.
 * *end: the separator (, ; + or NUL).
 */
static bool
take_value(struct wr *w, const char **at)
{
	const char *s = *at;
	size_t keep; /* behind the last that is no blank, or was quoted */

	while (is_blank(*s))
		s++;
	keep = w->len;
	while (*s != '\0' && *s != ',' && *s != ';' && *s != '+') {
		bool quoted = *s == '\\';

		if (quoted && hex(s[1]) >= 0 && hex(s[2]) >= 0) {
			wr_u8(w, (uint8_t)(hex(s[1]) << 4 | hex(s[2])));
			s += 3;
		} else if (quoted && s[1] != '\0') {
			wr_u8(w, (uint8_t)s[1]);
			s += 2;
		} else if (quoted) {
			return false;
		} else {
			wr_u8(w, (uint8_t)*s++);
		}
		if (w->bad)
			return false;
		if (quoted || !is_blank(s[-1]))
			keep = w->len;
	}
	w->len = keep;
	*at = s;
	return w->len != 0;
}

/* PrintableString has no such character, or the value has another type. */
static bool
fits_printable(const uint8_t *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!((b[i] | 0x20) >= 'a' && (b[i] | 0x20) <= 'z') &&
		    !(b[i] >= '0' && b[i] <= '9') &&
		    strchr(" '()+,-./:=?", b[i]) == NULL)
			return false;
	return n == 0 || memchr(b, '\0', n) == NULL;
}

/* TAG=VALUE as a SEQUENCE of OID and string, appended to w. */
static bool
take_part(struct wr *w, const char **at)
{
	uint8_t value[VALUE], oid[64], body[VALUE + 80];
	struct wr v = wr_into(value, sizeof(value));
	struct wr o = wr_into(oid, sizeof(oid));
	struct wr b = wr_into(body, sizeof(body));
	const char *s = *at, *eq;
	const struct tag *tag;
	uint8_t type = UTF8;
	size_t n;

	while (is_blank(*s))
		s++;
	eq = strchr(s, '=');
	if (eq == NULL)
		return false;
	n = (size_t)(eq - s);
	while (n > 0 && is_blank(s[n - 1]))
		n--;
	tag = tag_by_name(s, n);
	if (tag != NULL) {
		wr_bytes(&o, tag->oid, tag->n);
		type = tag->type;
	} else if (!put_dotted(&o, s, n)) {
		return false;
	} else {
		for (size_t i = 0; i < N_TAGS; i++)
			if (tags[i].n == o.len &&
			    memcmp(tags[i].oid, oid, o.len) == 0)
				type = tags[i].type;
	}
	*at = eq + 1;
	if (!take_value(&v, at))
		return false;
	if (type == PRINTABLE && !fits_printable(value, v.len))
		type = UTF8;
	put_element(&b, OID, oid, o.len);
	put_element(&b, type, value, v.len);
	put_element(w, SEQUENCE, body, b.len);
	return !b.bad && !w->bad;
}

/* X.690 11.6: a SET OF is in ascending order of its encodings. */
static bool
after(const uint8_t *a, size_t a_n, const uint8_t *b, size_t b_n)
{
	int c = memcmp(a, b, a_n < b_n ? a_n : b_n);

	return c > 0 || (c == 0 && a_n > b_n);
}

#define JOINED 4 /* values of one RDN */

/* One RDN: parts joined by +, of which *parts may still come. */
static bool
take_rdn(struct wr *w, const char **at, unsigned *parts)
{
	uint8_t part[JOINED][VALUE + 96], body[JOINED * (VALUE + 96)];
	struct wr p[JOINED], b = wr_into(body, sizeof(body));
	size_t n = 0;

	do {
		if (n == JOINED || *parts == 0)
			return false;
		--*parts;
		*at += n != 0;
		p[n] = wr_into(part[n], sizeof(part[n]));
		if (!take_part(&p[n], at))
			return false;
		n++;
	} while (**at == '+');
	for (size_t i = 0; i < n; i++) {
		size_t low = 0;

		for (size_t k = 1; k < n; k++)
			if (p[low].base == NULL ||
			    (p[k].base != NULL && after(p[low].base, p[low].len,
						      p[k].base, p[k].len)))
				low = k;
		wr_bytes(&b, p[low].base, p[low].len);
		p[low].base = NULL;
	}
	put_element(w, SET, body, b.len);
	return !b.bad && !w->bad;
}

bool
ikedn_read(struct wr *w, const char *text)
{
	uint8_t body[2048];
	struct wr b = wr_into(body, sizeof(body));
	unsigned parts = IKEDN_PARTS;
	const char *s = text;

	while (take_rdn(&b, &s, &parts)) {
		if (*s++ != '\0')
			continue;
		put_element(w, SEQUENCE, body, b.len);
		return !b.bad && !w->bad;
	}
	return false;
}

/* ---- DER to parts ---- */

/* An element of that tag; its contents. */
static struct rd
element(struct rd *r, uint8_t want, uint8_t *tag)
{
	uint8_t t = rd_u8(r);
	size_t n = rd_u8(r);

	if (n == 0x81) {
		n = rd_u8(r);
		r->bad |= n < 0x80;
	} else if (n == 0x82) {
		n = rd_be16(r);
		r->bad |= n < 0x100;
	} else if (n >= 0x80) {
		r->bad = true;
	}
	if (want != 0 && t != want)
		r->bad = true;
	if (tag != NULL)
		*tag = t;
	return rd_sub(r, n);
}

struct part {
	struct rd oid, value;
	uint8_t type;
	bool joined; /* of the same RDN as the one before */
};

/* All parts of a name. 0: it is none, or has too many. */
static unsigned
parts_of(struct part out[IKEDN_PARTS], const uint8_t *der, size_t n)
{
	struct rd r = rd_from(der, n), name = element(&r, SEQUENCE, NULL);
	unsigned k = 0;

	if (!rd_end(&r))
		return 0;
	while (rd_more(&name)) {
		struct rd set = element(&name, SET, NULL);
		bool joined = false;

		while (rd_more(&set)) {
			struct rd seq = element(&set, SEQUENCE, NULL);

			if (k == IKEDN_PARTS)
				return 0;
			out[k].oid = element(&seq, OID, NULL);
			out[k].value = element(&seq, 0, &out[k].type);
			out[k].joined = joined;
			if (!rd_end(&seq) || rd_left(&out[k].oid) == 0)
				return 0;
			joined = true;
			k++;
		}
		if (!rd_end(&set))
			return 0;
	}
	return rd_end(&name) ? k : 0;
}

static void
put_oid(struct wr *w, struct rd oid)
{
	uint64_t arc = 0;
	bool first = true;

	for (size_t i = 0; i < N_TAGS; i++)
		if (tags[i].n == rd_left(&oid) &&
		    memcmp(tags[i].oid, oid.p, tags[i].n) == 0) {
			txt_put(w, tags[i].name);
			return;
		}
	while (rd_more(&oid)) {
		uint8_t c = rd_u8(&oid);

		arc = arc << 7 | (c & 0x7fu);
		if ((c & 0x80) != 0)
			continue;
		if (first) {
			uint64_t top = arc < 80 ? arc / 40 : 2;

			txt_print(w, "%llu.%llu", (unsigned long long)top,
			    (unsigned long long)(arc - 40 * top));
		} else {
			txt_print(w, ".%llu", (unsigned long long)arc);
		}
		first = false;
		arc = 0;
	}
}

static void
put_value(struct wr *w, struct rd v)
{
	size_t n = rd_left(&v);

	for (size_t i = 0; i < n; i++) {
		uint8_t c = v.p[i];
		bool edge = i == 0 || i == n - 1;

		if (c < 0x20 || c == 0x7f || (edge && c == ' '))
			txt_print(w, "\\%02x", c);
		else if (strchr(",;+\\\"", c) != NULL)
			txt_print(w, "\\%c", c);
		else
			wr_u8(w, c);
	}
}

bool
ikedn_print(struct wr *w, const uint8_t *der, size_t n)
{
	struct part part[IKEDN_PARTS];
	unsigned k = parts_of(part, der, n);

	for (unsigned i = 0; i < k; i++) {
		if (i != 0)
			txt_put(w, part[i].joined ? "+" : ", ");
		put_oid(w, part[i].oid);
		txt_put(w, "=");
		put_value(w, part[i].value);
	}
	return k != 0 && !w->bad;
}

/* ---- equality ---- */

static bool
is_string(uint8_t type)
{
	return type == UTF8 || type == PRINTABLE || type == IA5 ||
	       type == TELETEX;
}

/*
 * The next character: lower case, a run of blanks as one, none at either end.
 * -1: no more.
 */
static int
folded(struct rd *r, bool first)
{
	uint8_t c;

	while (rd_left(r) != 0 && r->p[0] == ' ' &&
	       (first || rd_left(r) == 1 || r->p[1] == ' '))
		rd_skip(r, 1);
	if (rd_left(r) == 0)
		return -1;
	c = rd_u8(r);
	return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

static bool
same_value(const struct part *a, const struct part *b)
{
	struct rd x = a->value, y = b->value;
	bool first = true;
	int c;

	if (!is_string(a->type) || !is_string(b->type))
		return a->type == b->type && rd_left(&x) == rd_left(&y) &&
		       (rd_left(&x) == 0 || memcmp(x.p, y.p, rd_left(&x)) == 0);
	do {
		c = folded(&x, first);
		if (c != folded(&y, first))
			return false;
		first = false;
	} while (c >= 0);
	return true;
}

bool
ikedn_same(const uint8_t *a, size_t a_n, const uint8_t *b, size_t b_n)
{
	struct part x[IKEDN_PARTS], y[IKEDN_PARTS];
	unsigned n = parts_of(x, a, a_n);

	if (n == 0 || n != parts_of(y, b, b_n))
		return false;
	for (unsigned i = 0; i < n; i++) {
		size_t len = rd_left(&x[i].oid);

		if (x[i].joined != y[i].joined || len != rd_left(&y[i].oid) ||
		    memcmp(x[i].oid.p, y[i].oid.p, len) != 0 ||
		    !same_value(&x[i], &y[i]))
			return false;
	}
	return true;
}
