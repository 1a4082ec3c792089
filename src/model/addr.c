/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/addr.h"

#include <arpa/inet.h>

struct addr
addr_v4(const uint8_t b[4])
{
	struct addr a = { .fam = FAM_V4 };

	memcpy(a.b, b, 4);
	return a;
}

struct addr
addr_v6(const uint8_t b[16])
{
	struct addr a = { .fam = FAM_V6 };

	memcpy(a.b, b, 16);
	return a;
}

bool
addr_equal(const struct addr *a, const struct addr *b)
{
	return a->fam == b->fam && memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

bool
addr_is_unspec(const struct addr *a)
{
	static const uint8_t zero[16];

	return memcmp(a->b, zero, sizeof(zero)) == 0;
}

bool
addr_is_multicast(const struct addr *a)
{
	return (a->fam == FAM_V4 && (a->b[0] & 0xf0) == 0xe0) ||
	       (a->fam == FAM_V6 && a->b[0] == 0xff);
}

struct addr
addr_unmap(const struct addr *a)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (a->fam == FAM_V6 && memcmp(a->b, mapped, sizeof(mapped)) == 0)
		return addr_v4(a->b + 12);
	return *a;
}

size_t
addr_bytes(uint8_t fam)
{
	return fam == FAM_V4 ? 4 : fam == FAM_V6 ? 16 : 0;
}

uint8_t
addr_bits(uint8_t fam)
{
	return (uint8_t)(addr_bytes(fam) * 8);
}

bool
addr_read(struct addr *out, const char *text)
{
	uint8_t b[16];

	if (inet_pton(AF_INET, text, b) == 1)
		*out = addr_v4(b);
	else if (inet_pton(AF_INET6, text, b) == 1)
		*out = addr_v6(b);
	else
		return false;
	return true;
}

const char *
addr_print(char *buf, const struct addr *a)
{
	buf[0] = '\0';
	if (a->fam == FAM_V4)
		(void)inet_ntop(AF_INET, a->b, buf, ADDR_TEXT);
	else if (a->fam == FAM_V6)
		(void)inet_ntop(AF_INET6, a->b, buf, ADDR_TEXT);
	return buf;
}

const char *
prefix_print(char *buf, const struct prefix *p)
{
	addr_print(buf, &p->a);

	char *end = buf + strlen(buf);
	unsigned len = p->len;

	*end++ = '/';
	if (len >= 100)
		*end++ = (char)('0' + len / 100);
	if (len >= 10)
		*end++ = (char)('0' + len / 10 % 10);
	*end++ = (char)('0' + len % 10);
	*end = '\0';
	return buf;
}

bool
prefix_match(const struct prefix *p, const struct addr *a)
{
	unsigned whole = p->len / 8u, rest = p->len % 8u;

	if (p->a.fam == FAM_NONE)
		return true;
	if (p->a.fam != a->fam || memcmp(p->a.b, a->b, whole) != 0)
		return false;
	return rest == 0 ||
	       ((p->a.b[whole] ^ a->b[whole]) & (0xff00u >> rest) & 0xffu) == 0;
}

bool
prefix_equal(const struct prefix *a, const struct prefix *b)
{
	return a->len == b->len && addr_equal(&a->a, &b->a);
}

void
prefix_canon(struct prefix *p)
{
	for (unsigned bit = p->len; bit < 8 * sizeof(p->a.b); bit++)
		p->a.b[bit / 8] &= (uint8_t) ~(0x80u >> bit % 8);
}

struct prefix
prefix_host(const struct addr *a)
{
	return (struct prefix){ .a = *a, .len = addr_bits(a->fam) };
}
