/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/ikeid.h"

#include <strings.h>

#include "base/txt.h"

#include "model/ikedn.h"

/* The first of a type is the one that is printed. */
static const struct {
	const char *name;
	enum ikeid_type type;
} types[] = {
	{ "ip", IKEID_IPV4 },
	{ "fqdn", IKEID_FQDN },
	{ "user_fqdn", IKEID_EMAIL },
	{ "ipv4_prefix", IKEID_IPV4_PREFIX },
	{ "ipv6", IKEID_IPV6 },
	{ "ipv6_prefix", IKEID_IPV6_PREFIX },
	{ "ipv4_range", IKEID_IPV4_RANGE },
	{ "ipv6_range", IKEID_IPV6_RANGE },
	{ "dn", IKEID_DN },
	{ "gn", IKEID_GN },
	{ "key_id", IKEID_KEY },
	{ "ipv4", IKEID_IPV4 },
	{ "dns", IKEID_FQDN },
	{ "mbox", IKEID_EMAIL },
	{ "email", IKEID_EMAIL },
	{ "rfc822", IKEID_EMAIL },
};

#define N_TYPES (sizeof(types) / sizeof(types[0]))

static const char *const names[] = { "ip", "fqdn", "user_fqdn", "ipv4_prefix",
	"ipv6", "ipv6_prefix", "ipv4_range", "ipv6_range", "dn", "gn", "key_id",
	"ipv4", "dns", "mbox", "email", "rfc822", NULL };

const char *
ikeid_type_name(unsigned type)
{
	for (size_t i = 0; i < N_TYPES; i++)
		if (types[i].type == type)
			return types[i].name;
	return "?";
}

enum ikeid_type
ikeid_type_by_name(const char *name)
{
	for (size_t i = 0; i < N_TYPES; i++)
		if (strcasecmp(types[i].name, name) == 0)
			return types[i].type;
	return IKEID_NONE;
}

const char *const *
ikeid_type_names(void)
{
	return names;
}

/* Some bytes, none of them a control character or NUL. */
static bool
is_name(const uint8_t *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (b[i] <= ' ' || b[i] == 0x7f)
			return false;
	return n != 0;
}

/* One element of DER that fills the bytes; tag 0: any. */
static bool
is_der(const uint8_t *b, size_t n, uint8_t tag)
{
	struct rd r = rd_from(b, n);
	uint8_t t = rd_u8(&r);
	size_t len = rd_u8(&r);

	if (len == 0x81)
		len = rd_u8(&r);
	else if (len == 0x82)
		len = rd_be16(&r);
	else if (len >= 0x80)
		return false;
	return !r.bad && (tag == 0 || t == tag) && len == rd_left(&r);
}

bool
ikeid_set(struct ikeid *id, unsigned type, const void *b, size_t n)
{
	bool ok = n <= IKEID_MAX;

	*id = (struct ikeid){ .type = IKEID_NONE };
	switch (type) {
	case IKEID_IPV4:
		ok = n == 4;
		break;
	case IKEID_IPV6:
		ok = n == 16;
		break;
	case IKEID_FQDN:
	case IKEID_EMAIL:
		ok = ok && is_name(b, n);
		break;
	case IKEID_DN:
		ok = ok && is_der(b, n, 0x30);
		break;
	case IKEID_GN:
		ok = ok && is_der(b, n, 0);
		break;
	case IKEID_KEY:
		ok = ok && n != 0;
		break;
	default:
		ok = false;
	}
	if (!ok)
		return false;
	id->type = (uint8_t)type;
	id->n = (uint16_t)n;
	memcpy(id->b, b, n);
	return true;
}

struct ikeid
ikeid_addr(const struct addr *a)
{
	struct ikeid id = { .type = IKEID_NONE };

	if (a->fam == FAM_NONE)
		return id;
	id.type = a->fam == FAM_V4 ? IKEID_IPV4 : IKEID_IPV6;
	id.n = (uint16_t)addr_bytes(a->fam);
	memcpy(id.b, a->b, id.n);
	return id;
}

bool
ikeid_to_addr(const struct ikeid *id, struct addr *out)
{
	if (id->type == IKEID_IPV4)
		*out = addr_v4(id->b);
	else if (id->type == IKEID_IPV6)
		*out = addr_v6(id->b);
	else
		return false;
	return true;
}

static uint8_t
lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

/* Where letters of either case are equal: behind the last @ of an address. */
static size_t
host_at(const struct ikeid *id)
{
	size_t at = id->n;

	if (id->type == IKEID_FQDN)
		return 0;
	if (id->type != IKEID_EMAIL)
		return id->n;
	while (at > 0 && id->b[at - 1] != '@')
		at--;
	/* without an @ it is no address of somebody: nothing is folded */
	return at == 0 ? id->n : at;
}

bool
ikeid_equal(const struct ikeid *a, const struct ikeid *b)
{
	size_t host = host_at(a);

	if (a->type != b->type || a->n != b->n || host != host_at(b))
		return false;
	if (memcmp(a->b, b->b, host) != 0)
		return false;
	for (size_t i = host; i < a->n; i++)
		if (lower(a->b[i]) != lower(b->b[i]))
			return false;
	return true;
}

bool
ikeid_same_dn(const struct ikeid *a, const struct ikeid *b)
{
	return a->type == IKEID_DN && b->type == IKEID_DN &&
	       ikedn_same(a->b, a->n, b->b, b->n);
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Behind 0x; false: not an even number of digits, or too many. */
static bool
read_hex(struct ikeid *id, unsigned type, const char *s)
{
	uint8_t b[IKEID_MAX];
	size_t n = strlen(s);

	if (n % 2 != 0 || n / 2 > sizeof(b))
		return false;
	for (size_t i = 0; i < n; i += 2) {
		int hi = hex_digit(s[i]), lo = hex_digit(s[i + 1]);

		if (hi < 0 || lo < 0)
			return false;
		b[i / 2] = (uint8_t)(hi << 4 | lo);
	}
	return ikeid_set(id, type, b, n / 2);
}

bool
ikeid_read(struct ikeid *id, unsigned type, const char *text)
{
	uint8_t der[IKEID_MAX];
	struct wr w = wr_into(der, sizeof(der));
	struct addr a;

	*id = (struct ikeid){ .type = IKEID_NONE };
	switch (type) {
	case IKEID_IPV4:
	case IKEID_IPV6:
		if (!addr_read(&a, text))
			return false;
		*id = ikeid_addr(&a);
		return true;
	case IKEID_DN:
		return ikedn_read(&w, text) && ikeid_set(id, type, der, w.len);
	case IKEID_GN:
	case IKEID_KEY:
		if (text[0] == '0' && (text[1] | 0x20) == 'x')
			return read_hex(id, type, text + 2);
		break;
	default:
		break;
	}
	return type != IKEID_GN && ikeid_set(id, type, text, strlen(text));
}

static void
put_hex(struct wr *w, const struct ikeid *id)
{
	txt_put(w, "0x");
	for (size_t i = 0; i < id->n; i++)
		txt_print(w, "%02x", id->b[i]);
}

/* A key id that can be typed: it does not look like hexadecimal. */
static bool
is_typed(const struct ikeid *id)
{
	for (size_t i = 0; i < id->n; i++)
		if (id->b[i] <= ' ' || id->b[i] >= 0x7f)
			return false;
	return id->n < 2 || id->b[0] != '0' || (id->b[1] | 0x20) != 'x';
}

const char *
ikeid_print(char *buf, const struct ikeid *id)
{
	struct wr w = wr_into(buf, IKEID_TEXT - 1);
	struct addr a;

	if (ikeid_to_addr(id, &a))
		return addr_print(buf, &a);
	if (id->type == IKEID_FQDN || id->type == IKEID_EMAIL ||
	    (id->type == IKEID_KEY && is_typed(id))) {
		wr_bytes(&w, id->b, id->n);
	} else if (id->type == IKEID_DN) {
		if (!ikedn_print(&w, id->b, id->n)) {
			w = wr_into(buf, IKEID_TEXT - 1);
			put_hex(&w, id);
		}
	} else if (id->n != 0) {
		put_hex(&w, id);
	}
	buf[w.len] = '\0';
	return buf;
}
