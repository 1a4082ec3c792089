/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MACs as jobs, several in the library's lanes at a time; and the keys of MACs,
 * as jobs want them.
 */
#include <stdlib.h>

#include "base/secret.h"

#include "crypto/be/imb.h"

/* What it has. */
static const struct {
	uint8_t id, most; /* bytes of key; a longer one would be hashed first */
	IMB_HASH_ALG alg;
} rows[] = {
	{ AALG_MD5HMAC, 64, IMB_AUTH_MD5 },
	{ AALG_SHA1HMAC, 64, IMB_AUTH_HMAC_SHA_1 },
	{ AALG_SHA256HMAC, 64, IMB_AUTH_HMAC_SHA_256 },
	{ AALG_SHA384HMAC, 128, IMB_AUTH_HMAC_SHA_384 },
	{ AALG_SHA512HMAC, 128, IMB_AUTH_HMAC_SHA_512 },
	{ AALG_AES_XCBC, 16, IMB_AUTH_AES_XCBC },
	{ AALG_AES_CMAC, 16, IMB_AUTH_AES_CMAC },
};

bool
imb_mac_alg(const struct alg *a, unsigned bits, IMB_HASH_ALG *alg)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].id == a->id) {
			*alg = rows[i].alg;
			return bits <= rows[i].most * 8u;
		}
	return false;
}

static hash_one_block_t
one_block(const IMB_MGR *mgr, IMB_HASH_ALG alg)
{
	switch (alg) {
	case IMB_AUTH_MD5:
		return mgr->md5_one_block;
	case IMB_AUTH_HMAC_SHA_1:
		return mgr->sha1_one_block;
	case IMB_AUTH_HMAC_SHA_256:
		return mgr->sha256_one_block;
	case IMB_AUTH_HMAC_SHA_384:
		return mgr->sha384_one_block;
	default:
		return mgr->sha512_one_block;
	}
}

/* RFC 2104 4: the states after the first block, inner and outer, are kept. */
static void
key_hmac(struct imb_akey *k, const IMB_MGR *mgr, IMB_HASH_ALG alg,
    const uint8_t *key, unsigned bits)
{
	static const uint8_t pad[2] = { 0x36, 0x5c };
	uint8_t block[128];

	for (int side = 0; side < 2; side++) {
		memset(block, pad[side], sizeof(block));
		for (size_t i = 0; i < bits / 8; i++)
			block[i] ^= key[i];
		one_block(mgr, alg)(block, k->hmac[side]);
	}
	secret_wipe(block, sizeof(block));
}

void
imb_mac_key(struct imb_akey *k, const IMB_MGR *mgr, IMB_HASH_ALG alg,
    const uint8_t *key, unsigned bits)
{
	uint8_t *exp = k->aes, *k1 = exp + 16 * 11, *k2 = k1 + 16;
	_Alignas(16) uint8_t dec[16 * 11];

	if (alg == IMB_AUTH_AES_XCBC) {
		mgr->xcbc_keyexp(key, exp, k1, k2);
	} else if (alg == IMB_AUTH_AES_CMAC) {
		mgr->keyexp_128(key, exp, dec);
		mgr->cmac_subkey_gen_128(exp, k1, k2);
		secret_wipe(dec, sizeof(dec));
	} else {
		key_hmac(k, mgr, alg, key, bits);
	}
}

void
imb_mac_job(IMB_JOB *job, const struct imb_akey *k)
{
	const uint8_t *exp = k->aes, *k1 = exp + 16 * 11, *k2 = k1 + 16;

	if (job->hash_alg == IMB_AUTH_AES_XCBC) {
		job->u.XCBC._k1_expanded = (const void *)exp;
		job->u.XCBC._k2 = k1;
		job->u.XCBC._k3 = k2;
	} else if (job->hash_alg == IMB_AUTH_AES_CMAC) {
		job->u.CMAC._key_expanded = exp;
		job->u.CMAC._skey1 = k1;
		job->u.CMAC._skey2 = k2;
	} else {
		job->u.HMAC._hashed_auth_key_xor_ipad = k->hmac[0];
		job->u.HMAC._hashed_auth_key_xor_opad = k->hmac[1];
	}
}

bool
imb_mac_fast(const IMB_MGR *mgr, IMB_HASH_ALG alg, struct imb_lanes *l)
{
	bool sha = (mgr->features & IMB_FEATURE_SHANI) != 0;

	*l = (struct imb_lanes){ .least = 1, .wide_n = 16 };
	switch (alg) {
	case IMB_AUTH_HMAC_SHA_384:
	case IMB_AUTH_HMAC_SHA_512:
		l->wide_n = 3;
		l->least = 2;
		return true;
	case IMB_AUTH_MD5:
		l->least = 2;
		return true;
	case IMB_AUTH_HMAC_SHA_1:
		l->wide_n = sha ? 16 : 3;
		l->least = sha ? 1 : 8;
		return true;
	case IMB_AUTH_HMAC_SHA_256:
		l->wide_n = sha ? 32 : 3;
		l->wide_len = sha ? 1024 : 0;
		l->least = sha ? 1 : 8;
		return true;
	default:
		return false;
	}
}

/* --- MACs alone, as AH has them --- */

/* What the way holds. */
struct imb_mac {
	IMB_JOB job; /* that each starts from */
	const IMB_MGR *mgr;
	struct imb_lanes lanes;
};

static void
finish(const IMB_JOB *job)
{
	struct mac_op *op = job->user_data;

	op->ok = job->status == IMB_STATUS_COMPLETED;
}

static void
drain(IMB_MGR *mgr)
{
	IMB_JOB *done;

	while ((done = IMB_FLUSH_JOB(mgr)) != NULL)
		finish(done);
}

static size_t
total(const struct mac_op *op)
{
	size_t n = 0;

	for (size_t i = 0; i < op->n; i++)
		n += op->part[i].n;
	return n;
}

/* The message in one piece, where it is or staged. */
_Static_assert((int)IMB_STAGE >= (int)MAC_N_LEN, "no message is longer");

static const uint8_t *
gather(struct imb_thread *th, IMB_MGR *mgr, const struct mac_op *op, size_t len)
{
	uint8_t *row, *p;

	if (op->n == 1)
		return op->part[0].p;
	if (len > IMB_STAGE - th->used) {
		drain(mgr);
		th->used = 0;
	}
	row = p = th->stage + th->used;
	th->used += (len + 63) / 64 * 64;
	if (th->used > IMB_STAGE)
		th->used = IMB_STAGE;
	for (size_t i = 0; i < op->n; i++)
		if (op->part[i].n != 0) {
			memcpy(p, op->part[i].p, op->part[i].n);
			p += op->part[i].n;
		}
	return row;
}

static void
imb_mac_sign_n(
    const struct mac_way *w, void *const *x, struct mac_op *op, size_t n)
{
	const struct imb_mac *k = w->way.own;
	struct imb_thread *th = imb_here();
	IMB_MGR *mgr;

	for (size_t i = 0; i < n; i++)
		op[i].ok = false;
	if (th == NULL || n == 0)
		return;
	th->used = 0;
	mgr = imb_manager(th, &k->lanes, n, total(&op[0]));
	for (size_t i = 0; i < n; i++) {
		size_t len = total(&op[i]);
		IMB_JOB *job;

		const uint8_t *msg = gather(th, mgr, &op[i], len);

		job = IMB_GET_NEXT_JOB(mgr);
		*job = k->job;
		imb_mac_job(job, x[i]);
		job->src = msg;
		job->msg_len_to_hash_in_bytes = len;
		job->auth_tag_output = op[i].icv;
		job->user_data = &op[i];
		job = IMB_SUBMIT_JOB_NOCHECK(mgr);
		for (; job != NULL; job = IMB_GET_COMPLETED_JOB(mgr))
			finish(job);
	}
	drain(mgr);
}

static bool
imb_mac_expand(const struct way *w, void *x, const struct aead_spec *s)
{
	const struct imb_mac *k = w->own;

	imb_mac_key(x, k->mgr, k->job.hash_alg, s->akey, s->akey_bits);
	return true;
}

static void
imb_mac_drop(struct way *w)
{
	free(w->own);
}

bool
imb_mac_way(
    const IMB_MGR *mgr, const struct alg *a, unsigned bits, struct mac_way *w)
{
	struct imb_mac *k;
	IMB_HASH_ALG alg;

	if (!imb_mac_alg(a, bits, &alg) || (k = calloc(1, sizeof(*k))) == NULL)
		return false;
	k->mgr = mgr;
	k->job = (IMB_JOB){ .cipher_mode = IMB_CIPHER_NULL,
		.cipher_direction = IMB_DIR_ENCRYPT,
		.chain_order = IMB_ORDER_HASH_CIPHER,
		.hash_alg = alg,
		.auth_tag_output_len_in_bytes = a->icv_len };
	(void)imb_mac_fast(mgr, alg, &k->lanes);
	w->way = (struct way){ .expand = imb_mac_expand,
		.drop = imb_mac_drop,
		.size = sizeof(struct imb_akey),
		.own = k };
	w->sign_n = imb_mac_sign_n;
	w->least = k->lanes.least;
	w->info = (struct mac_info){ a->iv_len, a->icv_len };
	return true;
}
