/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cipher and MAC, CCM, and ChaCha20-Poly1305 as jobs: the operations of a batch
 * are in the library's lanes together, whatever their keys.
 */
#include "base/secret.h"

#include "crypto/be/imb.h"

/* A key, expanded, with the job that its operations start from. */
struct imb_job {
	struct aead base;
	IMB_JOB seal, open;
	uint8_t salt_len, salt[4];
	bool joined; /* the MAC runs over header, IV and ciphertext in a row */
	bool auth;
	uint8_t
	    block; /* a length is a multiple of it: the library is not asked */
	/* operations, and bytes in one, from which on more lanes are faster */
	unsigned wide_n, wide_len;
	_Alignas(64) uint8_t enc[16 * 15];
	_Alignas(16) uint8_t dec[16 * 15];
	union {
		_Alignas(16) uint8_t hmac[2][64]; /* inner, outer */
		_Alignas(16) uint8_t aes[16 * 11 + 32];
	} akey;
};

/* Operations that are in the lanes at a time. */
enum { CHUNK = 64 };

/* What must stay where it is while the job of an operation runs. */
struct ticket {
	struct aead_op *op;
	const uint8_t *staged; /* seal: where the ciphertext comes to lie */
	uint8_t nonce[16], aad[12];
	uint8_t icv[64]; /* open */
};

/* The work on one batch. */
struct lanes {
	IMB_MGR *mgr;
	struct imb_thread *th;
	bool seal;
};

static const struct imb_job *
self(const struct aead_op *op)
{
	return (const void *)op->key;
}

static void
finish(const IMB_JOB *job, bool seal)
{
	const struct ticket *t = job->user_data;
	struct aead_op *op = t->op;
	const struct imb_job *k = self(op);

	op->ok = job->status == IMB_STATUS_COMPLETED;
	if (!seal && op->ok && k->auth)
		op->ok = secret_equal(t->icv, op->icv, k->base.info.icv_len);
	if (!op->ok || op->len == 0)
		return;
	if (seal && t->staged != NULL)
		memcpy(op->out, t->staged, op->len);
	/* NULL encryption: the library does not move the text */
	if (!seal && job->cipher_mode == IMB_CIPHER_NULL && op->in != op->out)
		memcpy(op->out, op->in, op->len);
}

static void
drain(struct lanes *l)
{
	IMB_JOB *done;

	while ((done = IMB_FLUSH_JOB(l->mgr)) != NULL)
		finish(done, l->seal);
}

/*
 * Copy header, IV and text into one row, with the high half of an extended
 * sequence number behind (RFC 4303 2.2.1). Returns where the text starts.
 */
static uint8_t *
stage(struct lanes *l, const struct aead_op *op, size_t iv_len)
{
	size_t need = 8 + iv_len + op->len + 4;
	struct imb_thread *th = l->th;
	uint8_t *row, *text;

	if (need > IMB_STAGE - th->used) {
		drain(l);
		th->used = 0;
	}
	row = th->stage + th->used;
	th->used += (need + 63) / 64 * 64;
	if (th->used > IMB_STAGE)
		th->used = IMB_STAGE;
	memcpy(row, op->hdr, 8);
	if (iv_len != 0)
		memcpy(row + 8, op->iv, iv_len);
	text = row + 8 + iv_len;
	if (op->len != 0)
		memcpy(text, op->in, op->len);
	text[op->len] = (uint8_t)(op->seq_hi >> 24);
	text[op->len + 1] = (uint8_t)(op->seq_hi >> 16);
	text[op->len + 2] = (uint8_t)(op->seq_hi >> 8);
	text[op->len + 3] = (uint8_t)op->seq_hi;
	return text;
}

/* Does the MAC's row lie in memory as it is? */
static bool
in_a_row(const struct aead_op *op, const uint8_t *ct, size_t iv_len)
{
	if (op->esn || ct != op->hdr + 8 + iv_len)
		return false;
	return iv_len == 0 || op->iv == op->hdr + 8;
}

/* RFC 4303 3.3.2.1: the ICV covers SPI to ciphertext. */
static void
fill_joined(IMB_JOB *job, struct ticket *t, struct lanes *l)
{
	const struct aead_op *op = t->op;
	const struct imb_job *k = self(op);
	size_t iv_len = k->base.info.iv_len;
	uint8_t *text;

	job->src = op->in;
	job->dst = op->out;
	/* counted from src, and may be behind it: the sum is what matters */
	job->hash_start_src_offset_in_bytes =
	    (uint64_t)((uintptr_t)op->hdr - (uintptr_t)op->in);
	job->msg_len_to_hash_in_bytes = 8 + iv_len + op->len;
	if (!k->auth)
		return;
	if (in_a_row(op, l->seal ? op->out : op->in, iv_len)) {
		if (l->seal && job->cipher_mode == IMB_CIPHER_NULL &&
		    op->in != op->out && op->len != 0)
			memcpy(op->out, op->in, op->len);
		return;
	}
	text = stage(l, op, iv_len);
	job->src = text;
	if (l->seal) {
		job->dst = text;
		t->staged = text;
	}
	job->hash_start_src_offset_in_bytes = 0 - (uint64_t)(8 + iv_len);
	if (op->esn)
		job->msg_len_to_hash_in_bytes += 4;
}

/* RFC 4309 and RFC 7634: the text and separate authenticated data. */
static void
set_text(
    IMB_JOB *job, const struct aead_op *op, const uint8_t *aad, size_t aad_len)
{
	job->src = op->in;
	job->dst = op->out;
	job->msg_len_to_hash_in_bytes = op->len;
	if (job->cipher_mode == IMB_CIPHER_CCM) {
		job->u.CCM.aad = aad;
		job->u.CCM.aad_len_in_bytes = aad_len;
	} else {
		job->u.CHACHA20_POLY1305.aad = aad;
		job->u.CHACHA20_POLY1305.aad_len_in_bytes = aad_len;
	}
}

/* What all kinds have in common. */
static void
prepare(IMB_JOB *job, struct ticket *t, const struct lanes *l)
{
	struct aead_op *op = t->op;
	const struct imb_job *k = self(op);

	*job = l->seal ? k->seal : k->open;
	t->staged = NULL;
	job->user_data = t;
	job->auth_tag_output = l->seal ? op->icv : t->icv;
	job->msg_len_to_cipher_in_bytes = op->len;
	job->iv = op->iv;
	if (k->salt_len != 0) {
		memcpy(t->nonce, k->salt, sizeof(k->salt));
		memcpy(t->nonce + k->salt_len, op->iv, 8);
		job->iv = t->nonce;
	}
}

static void
fill(IMB_JOB *job, struct ticket *t, struct lanes *l)
{
	const struct aead_op *op = t->op;

	prepare(job, t, l);
	if (self(op)->joined) {
		if (op->len == 0)
			job->cipher_mode = IMB_CIPHER_NULL;
		fill_joined(job, t, l);
		return;
	}
	set_text(job, op, t->aad, aead_op_aad(op, t->aad));
}

static void
run_chunk(struct lanes *l, struct aead_op *op, size_t n)
{
	SCRATCH struct ticket ticket[CHUNK];

	l->th->used = 0;
	for (size_t i = 0; i < n; i++) {
		struct ticket *t = &ticket[i];
		IMB_JOB *job;

		op[i].ok = false;
		if (!aead_op_fits(&op[i]) ||
		    op[i].len % self(&op[i])->block != 0)
			continue;
		t->op = &op[i];
		job = IMB_GET_NEXT_JOB(l->mgr);
		fill(job, t, l);
		job = IMB_SUBMIT_JOB_NOCHECK(l->mgr);
		for (; job != NULL; job = IMB_GET_COMPLETED_JOB(l->mgr))
			finish(job, l->seal);
	}
	drain(l);
}

static void
run(struct aead_op *op, size_t n, bool seal)
{
	struct lanes l = { .th = imb_here(), .seal = seal };
	const struct imb_job *k;

	if (l.th == NULL) {
		for (size_t i = 0; i < n; i++)
			op[i].ok = false;
		return;
	}
	k = self(op);
	l.mgr =
	    n >= k->wide_n && op->len >= k->wide_len ? l.th->wide : l.th->few;
	if (l.mgr == l.th->few)
		imb_clear_upper(l.th);
	for (size_t step; n != 0; op += step, n -= step) {
		step = n < CHUNK ? n : CHUNK;
		run_chunk(&l, op, step);
	}
}

static void
imb_job_seal(struct aead_op *op, size_t n)
{
	run(op, n, true);
}

static void
imb_job_open(struct aead_op *op, size_t n)
{
	run(op, n, false);
}

/* ChaCha20-Poly1305 over any authenticated data; CCM's is limited here. */
static bool
imb_job_text(const struct aead *a, bool seal, const struct aead_text *m)
{
	struct imb_thread *th = imb_here();
	struct ticket t = { .staged = NULL };
	struct aead_op op = { .key = a,
		.iv = m->iv,
		.in = m->in,
		.out = m->out,
		.len = m->len,
		.icv = m->icv };
	struct lanes l = { .th = th, .seal = seal };
	IMB_JOB *job;

	if (th == NULL || !aead_op_fits(&op))
		return false;
	t.op = &op;
	l.mgr = th->wide;
	job = IMB_GET_NEXT_JOB(l.mgr);
	prepare(job, &t, &l);
	set_text(job, &op, m->aad, m->aad_len);
	job = IMB_SUBMIT_JOB(l.mgr);
	if (job != NULL)
		finish(job, seal);
	drain(&l);
	return op.ok;
}

static void
imb_job_free(struct aead *a)
{
	imb_free(a, sizeof(struct imb_job));
}

/* What HMAC over each hash takes. */
static const struct hmac_row {
	uint8_t id, block;
	IMB_HASH_ALG alg;
} hmac_rows[] = {
	{ AALG_MD5HMAC, 64, IMB_AUTH_MD5 },
	{ AALG_SHA1HMAC, 64, IMB_AUTH_HMAC_SHA_1 },
	{ AALG_SHA256HMAC, 64, IMB_AUTH_HMAC_SHA_256 },
	{ AALG_SHA384HMAC, 128, IMB_AUTH_HMAC_SHA_384 },
	{ AALG_SHA512HMAC, 128, IMB_AUTH_HMAC_SHA_512 },
};

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
key_hmac(struct imb_job *k, const IMB_MGR *mgr, const struct hmac_row *row,
    const uint8_t *key, unsigned bits)
{
	static const uint8_t pad[2] = { 0x36, 0x5c };
	uint8_t block[128];

	for (int side = 0; side < 2; side++) {
		memset(block, pad[side], sizeof(block));
		for (size_t i = 0; i < bits / 8; i++)
			block[i] ^= key[i];
		one_block(mgr, row->alg)(block, k->akey.hmac[side]);
	}
	secret_wipe(block, sizeof(block));
	k->seal.hash_alg = row->alg;
	k->seal.u.HMAC._hashed_auth_key_xor_ipad = k->akey.hmac[0];
	k->seal.u.HMAC._hashed_auth_key_xor_opad = k->akey.hmac[1];
}

static void
key_aes_mac(
    struct imb_job *k, const IMB_MGR *mgr, uint8_t id, const uint8_t *key)
{
	uint8_t *exp = k->akey.aes, *k1 = exp + 16 * 11, *k2 = k1 + 16;
	_Alignas(16) uint8_t dec[16 * 11];

	if (id == AALG_AES_XCBC) {
		mgr->xcbc_keyexp(key, exp, k1, k2);
		k->seal.hash_alg = IMB_AUTH_AES_XCBC;
		k->seal.u.XCBC._k1_expanded = (const void *)exp;
		k->seal.u.XCBC._k2 = k1;
		k->seal.u.XCBC._k3 = k2;
		return;
	}
	mgr->keyexp_128(key, exp, dec);
	mgr->cmac_subkey_gen_128(exp, k1, k2);
	secret_wipe(dec, sizeof(dec));
	k->seal.hash_alg = IMB_AUTH_AES_CMAC;
	k->seal.u.CMAC._key_expanded = exp;
	k->seal.u.CMAC._skey1 = k1;
	k->seal.u.CMAC._skey2 = k2;
}

static bool
key_auth(struct imb_job *k, const IMB_MGR *mgr, const struct alg *a,
    const uint8_t *key, unsigned bits)
{
	k->auth = true;
	k->seal.auth_tag_output_len_in_bytes = a->icv_len;
	if (a->id == AALG_AES_XCBC || a->id == AALG_AES_CMAC) {
		key_aes_mac(k, mgr, a->id, key);
		return true;
	}
	for (size_t i = 0; i < sizeof(hmac_rows) / sizeof(hmac_rows[0]); i++)
		if (hmac_rows[i].id == a->id) {
			key_hmac(k, mgr, &hmac_rows[i], key, bits);
			return true;
		}
	return false;
}

static void
key_aes(
    struct imb_job *k, const IMB_MGR *mgr, const uint8_t *key, unsigned bits)
{
	keyexp_t expand = bits == 128	? mgr->keyexp_128
			  : bits == 192 ? mgr->keyexp_192
					: mgr->keyexp_256;

	expand(key, k->enc, k->dec);
	k->seal.enc_keys = k->enc;
	k->seal.dec_keys = k->dec;
	k->seal.key_len_in_bytes = bits / 8;
}

/* The nonce is the salt, then the IV; CTR's counter is the library's. */
static void
key_salt(struct imb_job *k, const struct aead_spec *s)
{
	k->salt_len = s->encr->salt_len;
	if (k->salt_len != 0) /* NULL encryption has no key */
		memcpy(k->salt, s->ekey + s->ekey_bits / 8, k->salt_len);
	k->seal.iv_len_in_bytes = (uint64_t)k->salt_len + s->encr->iv_len;
}

static bool
key_encr(struct imb_job *k, const IMB_MGR *mgr, const struct aead_spec *s)
{
	const struct alg *e = s->encr;

	key_salt(k, s);
	k->block = e->id == EALG_AES ? e->align : 1;
	k->joined = (e->flags & ALG_COMBINED) == 0;
	if (e->id == EALG_NULL) {
		k->seal.cipher_mode = IMB_CIPHER_NULL;
		return true;
	}
	if (!k->joined) {
		k->auth = true;
		k->seal.auth_tag_output_len_in_bytes = e->icv_len;
	}
	if (e->id == EALG_CHACHA20_POLY1305) {
		memcpy(k->enc, s->ekey, 32);
		k->seal.enc_keys = k->seal.dec_keys = k->enc;
		k->seal.key_len_in_bytes = 32;
		k->seal.cipher_mode = IMB_CIPHER_CHACHA20_POLY1305;
		k->seal.hash_alg = IMB_AUTH_CHACHA20_POLY1305;
		return true;
	}
	key_aes(k, mgr, s->ekey, s->ekey_bits);
	if ((e->flags & ALG_CCM) != 0) {
		k->seal.cipher_mode = IMB_CIPHER_CCM;
		k->seal.hash_alg = IMB_AUTH_AES_CCM;
		return s->ekey_bits != 192; /* the library has no such CCM */
	}
	k->seal.cipher_mode =
	    e->id == EALG_AES_CTR ? IMB_CIPHER_CNTR : IMB_CIPHER_CBC;
	return e->id == EALG_AES_CTR || e->id == EALG_AES;
}

/* Both ways from one template. */
static void
set_directions(struct imb_job *k)
{
	bool ccm = k->seal.cipher_mode == IMB_CIPHER_CCM;

	k->open = k->seal;
	k->seal.cipher_direction = IMB_DIR_ENCRYPT;
	k->open.cipher_direction = IMB_DIR_DECRYPT;
	/* CCM's MAC is over the plaintext */
	k->seal.chain_order =
	    ccm ? IMB_ORDER_HASH_CIPHER : IMB_ORDER_CIPHER_HASH;
	k->open.chain_order =
	    ccm ? IMB_ORDER_CIPHER_HASH : IMB_ORDER_HASH_CIPHER;
}

/*
 * Measured on AVX-512 with SHA instructions, 64 to 1424 bytes: one SHA-2 of the
 * long kind, or one MD5, is slower in a lane than libcrypto's, and so are SHA-1
 * and SHA-256 without their instructions.
 */
static void
set_thresholds(struct imb_job *k, const IMB_MGR *mgr)
{
	bool sha = (mgr->features & IMB_FEATURE_SHANI) != 0;

	k->wide_n = 16;
	k->base.least = 1;
	switch (k->seal.hash_alg) {
	case IMB_AUTH_HMAC_SHA_384:
	case IMB_AUTH_HMAC_SHA_512:
		k->wide_n = 3;
		k->base.least = 2;
		break;
	case IMB_AUTH_MD5:
		k->base.least = 2;
		break;
	case IMB_AUTH_HMAC_SHA_1:
		k->wide_n = sha ? 16 : 3;
		k->base.least = sha ? 1 : 8;
		break;
	case IMB_AUTH_HMAC_SHA_256:
		k->wide_n = sha ? 32 : 3;
		k->wide_len = sha ? 1024 : 0;
		k->base.least = sha ? 1 : 8;
		break;
	case IMB_AUTH_AES_CCM:
		k->wide_len = 512;
		break;
	case IMB_AUTH_CHACHA20_POLY1305:
		k->wide_n = 1; /* no lanes: the widest registers are best */
		break;
	default:
		break;
	}
}

struct aead *
imb_job_aead(const IMB_MGR *mgr, const struct aead_spec *s)
{
	struct imb_job *k = imb_alloc(sizeof(*k));

	if (k == NULL)
		return NULL;
	k->seal.hash_alg = IMB_AUTH_NULL;
	if (!key_encr(k, mgr, s) ||
	    (s->integ != NULL &&
		!key_auth(k, mgr, s->integ, s->akey, s->akey_bits)) ||
	    (s->integ == NULL && s->encr->id == EALG_NULL)) {
		imb_free(k, sizeof(*k));
		return NULL;
	}
	set_directions(k);
	k->base.seal = imb_job_seal;
	k->base.open = imb_job_open;
	if (s->encr->id == EALG_CHACHA20_POLY1305)
		k->base.text = imb_job_text;
	k->base.free = imb_job_free;
	k->base.info = aead_info_of(s);
	set_thresholds(k, mgr);
	return &k->base;
}
