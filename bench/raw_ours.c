/* SPDX-License-Identifier: BSD-2-Clause */
/* Our own room of cryptography alone, as ESP calls it: what it takes of the path. */
#include <stdlib.h>

#include "crypto/aead.h"
#include "raw.h"
#include "twohosts.h"

enum { MOST = 32 };

struct ours {
	struct aead *aead;
	unsigned icv_len;
};

struct ours *
ours_new(const struct suite *s)
{
	uint8_t ekey[64], akey[64];
	struct aead_spec spec = { .encr = alg_by_id(ALG_ENCR, s->encr),
		.integ = s->espa != 0 ? alg_by_id(ALG_AUTH, s->espa) : NULL,
		.ekey = ekey,
		.ekey_bits = s->bits,
		.akey = akey };
	struct ours *o;

	if (spec.encr == NULL || (o = calloc(1, sizeof(*o))) == NULL)
		return NULL;
	suite_key(ekey, sizeof(ekey), 0);
	suite_key(akey, sizeof(akey), 0);
	if (spec.integ != NULL)
		spec.akey_bits = spec.integ->key_def;
	o->aead = aead_new(twohosts_crypto(), &spec);
	if (o->aead == NULL) {
		free(o);
		return NULL;
	}
	o->icv_len = aead_info(o->aead)->icv_len;
	return o;
}

void
ours_free(struct ours *o)
{
	if (o == NULL)
		return;
	aead_free(o->aead);
	free(o);
}

bool
ours_run(struct ours *o, bool seal, const struct raw_text *t)
{
	static const uint8_t hdr[8] = { 0, 1, 2, 3 }, iv[16] = { 1, 2, 3, 4 };
	unsigned batch = t->batch < MOST ? t->batch : MOST;
	struct aead_op op[MOST] __attribute__((uninitialized));

	for (unsigned i = 0, n; i < t->n; i += n) {
		n = t->n - i < batch ? t->n - i : batch;
		for (unsigned j = 0; j < n; j++)
			op[j] = (struct aead_op){ .key = o->aead,
				.hdr = hdr,
				.iv = iv,
				.in = t->in + (i + j) * t->stride,
				.out = t->out + j * t->stride,
				.len = t->len,
				.icv = t->tag + j * 16 };
		if (seal)
			aead_seal(op, n);
		else
			aead_open(op, n);
		/* nothing that is opened here has the right ICV */
		for (unsigned j = 0; seal && j < n; j++)
			if (!op[j].ok)
				return false;
	}
	return true;
}
