/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/secret.h"

void
secret_wipe(void *p, size_t n)
{
	if (n == 0)
		return;
	memset(p, 0, n);
	__asm__ volatile("" : : "r"(p) : "memory");
}

__attribute__((noinline)) void
secret_wipe_stack(void)
{
	uint8_t below[SECRET_STACK];

	secret_wipe(below, sizeof(below));
}

bool
secret_equal(const void *a, const void *b, size_t n)
{
	const uint8_t *x = a, *y = b;
	uint64_t diff = 0, u, v;
	size_t i = 0;

	for (; n - i >= sizeof(u); i += sizeof(u)) {
		memcpy(&u, x + i, sizeof(u));
		memcpy(&v, y + i, sizeof(v));
		diff |= u ^ v;
	}
	for (; i < n; i++)
		diff |= (uint64_t)(x[i] ^ y[i]);
	/* keep the compiler from turning the loop into an early exit */
	__asm__ volatile("" : "+r"(diff));
	return diff == 0;
}

bool
secret_set(struct secret *s, const uint8_t *p, unsigned bits)
{
	size_t n = secret_bytes(bits);

	if (n > sizeof(s->b))
		return false;
	secret_wipe(s, sizeof(*s));
	s->bits = (uint16_t)bits;
	if (n != 0)
		memcpy(s->b, p, n);
	return true;
}

void
secret_fini(struct secret *s)
{
	secret_wipe(s, sizeof(*s));
}
