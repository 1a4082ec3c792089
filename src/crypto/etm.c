/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/etm.h"

#include <stdlib.h>

#include "base/secret.h"

struct etm {
	struct aead base; /* first: the caller's pointer is to it */
	struct cipher *cipher;
	struct mac *mac;
};

static const struct etm *
etm_of(const struct aead_op *op)
{
	return (const struct etm *)(const void *)op->key;
}

/*
 * RFC 4303 3.3.2.1: the ICV covers SPI, sequence number, IV and ciphertext, and
 * behind them the high half of an extended sequence number (2.2.1).
 */
static bool
etm_sign(const struct etm *e, const struct aead_op *op, const uint8_t *ct,
    uint8_t *icv)
{
	const uint8_t hi[4] = { (uint8_t)(op->seq_hi >> 24),
		(uint8_t)(op->seq_hi >> 16), (uint8_t)(op->seq_hi >> 8),
		(uint8_t)op->seq_hi };
	size_t iv_len = e->base.info.iv_len, n = 0;
	struct mac_part part[4];

	part[n++] = (struct mac_part){ op->hdr, 8 };
	/* one piece where the packet has them one behind the other */
	if (iv_len != 0 && op->iv == op->hdr + 8)
		part[0].n += iv_len;
	else if (iv_len != 0)
		part[n++] = (struct mac_part){ op->iv, iv_len };
	if (ct == part[n - 1].p + part[n - 1].n)
		part[n - 1].n += op->len;
	else if (op->len != 0)
		part[n++] = (struct mac_part){ ct, op->len };
	if (op->esn)
		part[n++] = (struct mac_part){ hi, sizeof(hi) };
	return e->mac->sign(e->mac, icv, NULL, part, n);
}

static bool
etm_crypt(const struct etm *e, const struct aead_op *op, bool enc)
{
	if (!aead_op_fits(op))
		return false;
	if (e->cipher != NULL)
		return e->cipher->crypt(
		    e->cipher, enc, op->iv, op->in, op->out, op->len);
	/* RFC 2410 2: NULL is the identity */
	if (op->in != op->out && op->len != 0)
		memcpy(op->out, op->in, op->len);
	return true;
}

static void
etm_seal(struct aead_op *op, size_t n)
{
	for (struct aead_op *end = op + n; op != end; op++) {
		const struct etm *e = etm_of(op);

		op->ok = etm_crypt(e, op, true) &&
			 (e->mac == NULL || etm_sign(e, op, op->out, op->icv));
	}
}

static void
etm_open(struct aead_op *op, size_t n)
{
	SCRATCH uint8_t icv[64];

	for (struct aead_op *end = op + n; op != end; op++) {
		const struct etm *e = etm_of(op);

		/* RFC 4303 3.4.4.1: integrity first, then decryption */
		op->ok = (e->mac == NULL || (etm_sign(e, op, op->in, icv) &&
						secret_equal(icv, op->icv,
						    e->base.info.icv_len))) &&
			 etm_crypt(e, op, false);
	}
}

static void
etm_free(struct aead *a)
{
	struct etm *e = (struct etm *)(void *)a;

	if (e->cipher != NULL)
		e->cipher->free(e->cipher);
	if (e->mac != NULL)
		e->mac->free(e->mac);
	free(e);
}

struct aead *
etm_new(const struct aead_spec *s, struct cipher *c, struct mac *m)
{
	struct etm *e = calloc(1, sizeof(*e));

	if (e == NULL) {
		if (c != NULL)
			c->free(c);
		if (m != NULL)
			m->free(m);
		return NULL;
	}
	e->cipher = c;
	e->mac = m;
	e->base.seal = etm_seal;
	e->base.open = etm_open;
	e->base.free = etm_free;
	e->base.info = aead_info_of(s);
	return &e->base;
}
