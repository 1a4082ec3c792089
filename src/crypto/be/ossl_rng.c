/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libcrypto's generator. A call of it costs as much as the encryption of a packet,
 * and CBC wants 16 bytes for each: so little is taken from a stock of bytes that
 * were got together, each thread's own, each byte given out once and wiped.
 */
#include <limits.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/secret.h"

#include "crypto/be/be.h"

enum { LITTLE = 16, STOCK = 1024 };

static _Thread_local struct {
	size_t left; /* bytes, at the end of b */
	unsigned born;
	uint8_t b[STOCK];
} stock;

/* Goes up in a child: what the parent had is not given out twice. */
static atomic_uint births;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool watched;

static void
in_child(void)
{
	(void)atomic_fetch_add_explicit(&births, 1, memory_order_relaxed);
}

static void
watch(void)
{
	watched = pthread_atfork(NULL, NULL, in_child) == 0;
}

static bool
refill(unsigned born)
{
	if (pthread_once(&once, watch) != 0 || !watched ||
	    RAND_bytes(stock.b, STOCK) != 1)
		return false;
	stock.left = STOCK;
	stock.born = born;
	return true;
}

static bool
rng_fill(void *ctx, uint8_t *p, size_t n)
{
	unsigned born = atomic_load_explicit(&births, memory_order_relaxed);
	uint8_t *from;

	(void)ctx;
	if (n > LITTLE)
		return n <= INT_MAX && RAND_bytes(p, (int)n) == 1;
	if ((stock.left < n || stock.born != born) && !refill(born))
		return false;
	from = stock.b + STOCK - stock.left;
	memcpy(p, from, n);
	secret_wipe(from, n);
	stock.left -= n;
	return true;
}

const struct rng crypto_rng = { .fill = rng_fill };
