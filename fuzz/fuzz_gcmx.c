/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AES-GCM of several packets at a time: what the input says of lengths, keys and
 * places gives the bytes that libcrypto gives one by one.
 */
#include <stdlib.h>
#include <string.h>

#include "base/rd.h"

#include "crypto/aead.h"
#include "crypto/be/be.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

enum { PACKETS = 40, KEYS = 4, LEN = 1100, ROOM = 64 + LEN + 64 };

static void
demand(bool holds)
{
	if (!holds)
		abort();
}

static struct aead *
make(const struct crypto *c, unsigned id, unsigned bits, uint8_t seed)
{
	uint8_t key[36];

	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)(seed + i * seed);
	return aead_new(c, &(struct aead_spec){ .encr = alg_by_id(ALG_ENCR, id),
			       .ekey = key,
			       .ekey_bits = bits });
}

struct side {
	struct aead *key[KEYS];
	struct aead_op op[PACKETS];
	uint8_t *mem[PACKETS]; /* exact, so that a sanitizer sees the end */
};

/* A packet from what is left of the input. */
static void
packet(struct side *s, size_t i, struct rd r)
{
	uint8_t how = rd_u8(&r), gap = rd_u8(&r);
	size_t len = rd_be16(&r) % (LEN + 1), size;
	uint8_t *m;

	gap &= 31;
	size = 16u + gap + len + 16;
	m = s->mem[i] = malloc(size);
	demand(m != NULL);
	for (size_t j = 0; j < size; j++)
		m[j] = (uint8_t)(j * how + gap);
	s->op[i] = (struct aead_op){ .key = s->key[how % KEYS],
		.esn = (how & 64) != 0,
		.seq_hi = how * 0x10203u,
		.hdr = m,
		.iv = m + 8,
		.in = m + 16 + gap,
		.out = m + 16 + gap,
		.len = len,
		.icv = m + 16 + gap + len };
}

static void
run(const struct crypto *a, const struct crypto *b, struct rd r)
{
	static const unsigned ids[] = { EALG_AES_GCM_8, EALG_AES_GCM_12,
		EALG_AES_GCM_16 };
	uint8_t kind = rd_u8(&r);
	unsigned id = ids[kind % 3], bits = 128 + 64 * (kind / 3u % 3u);
	struct side s[2];
	size_t n = 0;

	for (size_t k = 0; k < KEYS; k++) {
		s[0].key[k] = make(a, id, bits, (uint8_t)(kind + k));
		s[1].key[k] = make(b, id, bits, (uint8_t)(kind + k));
		demand(s[0].key[k] != NULL && s[1].key[k] != NULL);
	}
	for (; n < PACKETS && rd_more(&r); n++) {
		packet(&s[0], n, r);
		packet(&s[1], n, r);
		(void)rd_be32(&r);
	}
	aead_seal(s[0].op, n);
	aead_seal(s[1].op, n);
	for (size_t i = 0; i < n; i++) {
		size_t all = (size_t)(s[0].op[i].icv - s[0].mem[i]) + 16;

		demand(s[0].op[i].ok && s[1].op[i].ok);
		demand(memcmp(s[0].mem[i], s[1].mem[i], all) == 0);
		if (i % 5 == kind % 5u)
			s[0].op[i].icv[i % 8] ^= (uint8_t)(1u << kind % 8);
	}
	aead_open(s[0].op, n);
	aead_open(s[1].op, n);
	for (size_t i = 0; i < n; i++) {
		demand(s[0].op[i].ok == (i % 5 != kind % 5u));
		demand(!s[0].op[i].ok || memcmp(s[0].op[i].out, s[1].op[i].out,
					     s[0].op[i].len) == 0);
		free(s[0].mem[i]);
		free(s[1].mem[i]);
	}
	for (size_t k = 0; k < KEYS; k++) {
		aead_free(s[0].key[k]);
		aead_free(s[1].key[k]);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const struct crypto_be *const *const lists[] = { be_gcmx_ni,
		be_gcmx, be_all };
	static struct crypto *ours[3], *theirs;

	if (theirs == NULL) {
		theirs = crypto_new(be_ossl, NULL, NULL);
		for (size_t i = 0; i < 3; i++)
			demand((ours[i] = crypto_new(lists[i], NULL, NULL)) !=
			       NULL);
	}
	for (size_t i = 0; i < 3; i++)
		/* this CPU may have none */
		if (crypto_backends(ours[i]) != 0)
			run(ours[i], theirs, rd_from(p, n));
	return 0;
}
