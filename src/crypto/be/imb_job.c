/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cipher and MAC, CCM, and ChaCha20-Poly1305 as jobs: the operations of a batch
 * are in the library's lanes together, whatever their keys.
 */
#include <stdlib.h>

#include "base/secret.h"

#include "crypto/be/imb.h"

/* A schedule. */
struct imb_job {
	_Alignas(64) uint8_t enc[16 * 15];
	_Alignas(16) uint8_t dec[16 * 15];
	struct imb_akey akey;
	uint8_t salt[4];
};

/* What the way holds. */
struct kind {
	IMB_JOB seal, open; /* that operations start from */
	const IMB_MGR *mgr;
	struct aead_info info;
	struct imb_lanes lanes;
	uint8_t salt_len;
	bool joined; /* the MAC runs over header, IV and ciphertext in a row */
	bool auth, mac; /* there is an ICV; it is that of a MAC with its key */
	uint8_t
	    block; /* a length is a multiple of it: the library is not asked */
};

/* Operations that are in the lanes at a time. */
enum { CHUNK = 64 };

/* What must stay where it is while the job of an operation runs. */
struct ticket {
	struct aead_op *op;
	const struct kind *kind;
	const struct imb_job *x;
	const uint8_t *staged; /* seal: where the ciphertext comes to lie */
	uint8_t nonce[16], aad[12];
	uint8_t icv[64]; /* open */
};

/* The work on one batch. */
struct lanes {
	IMB_MGR *mgr;
	struct imb_thread *th;
	const struct kind *kind;
	bool seal;
};

static void
finish(const IMB_JOB *job, bool seal)
{
	const struct ticket *t = job->user_data;
	struct aead_op *op = t->op;
	const struct kind *k = t->kind;

	op->ok = job->status == IMB_STATUS_COMPLETED;
	if (!seal && op->ok && k->auth)
		op->ok = secret_equal(t->icv, op->icv, k->info.icv_len);
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
	const struct kind *k = t->kind;
	size_t iv_len = k->info.iv_len;
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
	const struct kind *k = t->kind;
	const struct imb_job *x = t->x;

	*job = l->seal ? k->seal : k->open;
	job->enc_keys = x->enc;
	job->dec_keys = k->seal.cipher_mode == IMB_CIPHER_CHACHA20_POLY1305
			    ? x->enc
			    : x->dec;
	if (k->mac)
		imb_mac_job(job, &x->akey);
	t->staged = NULL;
	job->user_data = t;
	job->auth_tag_output = l->seal ? op->icv : t->icv;
	job->msg_len_to_cipher_in_bytes = op->len;
	job->iv = op->iv;
	if (k->salt_len != 0) {
		memcpy(t->nonce, x->salt, sizeof(x->salt));
		memcpy(t->nonce + k->salt_len, op->iv, 8);
		job->iv = t->nonce;
	}
}

static void
fill(IMB_JOB *job, struct ticket *t, struct lanes *l)
{
	const struct aead_op *op = t->op;

	prepare(job, t, l);
	if (t->kind->joined) {
		if (op->len == 0)
			job->cipher_mode = IMB_CIPHER_NULL;
		fill_joined(job, t, l);
		return;
	}
	set_text(job, op, t->aad, aead_op_aad(op, t->aad));
}

static void
run_chunk(struct lanes *l, void *const *x, struct aead_op *op, size_t n)
{
	SCRATCH struct ticket ticket[CHUNK];

	l->th->used = 0;
	for (size_t i = 0; i < n; i++) {
		struct ticket *t = &ticket[i];
		IMB_JOB *job;

		op[i].ok = false;
		if (!aead_op_fits(&l->kind->info, &op[i]) ||
		    op[i].len % l->kind->block != 0)
			continue;
		t->op = &op[i];
		t->kind = l->kind;
		t->x = x[i];
		job = IMB_GET_NEXT_JOB(l->mgr);
		fill(job, t, l);
		job = IMB_SUBMIT_JOB_NOCHECK(l->mgr);
		for (; job != NULL; job = IMB_GET_COMPLETED_JOB(l->mgr))
			finish(job, l->seal);
	}
	drain(l);
}

static void
run(const struct aead_way *w, void *const *x, struct aead_op *op, size_t n,
    bool seal)
{
	const struct kind *k = w->way.own;
	struct lanes l = { .th = imb_here(), .kind = k, .seal = seal };

	if (l.th == NULL) {
		for (size_t i = 0; i < n; i++)
			op[i].ok = false;
		return;
	}
	l.mgr = imb_manager(l.th, &k->lanes, n, op->len);
	for (size_t step; n != 0; op += step, x += step, n -= step) {
		step = n < CHUNK ? n : CHUNK;
		run_chunk(&l, x, op, step);
	}
}

static void
imb_job_seal(
    const struct aead_way *w, void *const *x, struct aead_op *op, size_t n)
{
	run(w, x, op, n, true);
}

static void
imb_job_open(
    const struct aead_way *w, void *const *x, struct aead_op *op, size_t n)
{
	run(w, x, op, n, false);
}

/* ChaCha20-Poly1305 over any authenticated data; CCM's is limited here. */
static bool
imb_job_text(
    const struct aead_way *w, void *x, bool seal, const struct aead_text *m)
{
	struct imb_thread *th = imb_here();
	struct ticket t = { .kind = w->way.own, .x = x };
	struct aead_op op = { .iv = m->iv,
		.in = m->in,
		.out = m->out,
		.len = m->len,
		.icv = m->icv };
	struct lanes l = { .th = th, .kind = w->way.own, .seal = seal };
	IMB_JOB *job;

	if (th == NULL || !aead_op_fits(&w->info, &op))
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

/* --- keys --- */

static void
expand_aes(const IMB_MGR *mgr, struct imb_job *x, const struct aead_spec *s)
{
	keyexp_t expand = s->ekey_bits == 128	? mgr->keyexp_128
			  : s->ekey_bits == 192 ? mgr->keyexp_192
						: mgr->keyexp_256;

	expand(s->ekey, x->enc, x->dec);
}

static bool
imb_job_expand(const struct way *w, void *to, const struct aead_spec *s)
{
	const struct kind *k = w->own;
	struct imb_job *x = to;

	if (s->encr->id == EALG_CHACHA20_POLY1305)
		memcpy(x->enc, s->ekey, 32);
	else if (s->encr->id != EALG_NULL)
		expand_aes(k->mgr, x, s);
	if (k->salt_len != 0)
		memcpy(x->salt, s->ekey + s->ekey_bits / 8, k->salt_len);
	if (k->mac)
		imb_mac_key(
		    &x->akey, k->mgr, k->seal.hash_alg, s->akey, s->akey_bits);
	return true;
}

/* --- kinds --- */

/* The ciphers that it has, and what goes with them. False: not this one. */
static bool
set_cipher(struct kind *k, const struct aead_spec *s)
{
	const struct alg *e = s->encr;

	k->block = 1;
	k->joined = (e->flags & ALG_COMBINED) == 0;
	/* the nonce is the salt, then the IV; CTR's counter is the library's */
	k->salt_len = e->id != EALG_NULL ? e->salt_len : 0;
	k->seal.iv_len_in_bytes = (uint64_t)k->salt_len + e->iv_len;
	k->seal.key_len_in_bytes = s->ekey_bits / 8;
	switch (e->id) {
	case EALG_NULL:
		k->seal.cipher_mode = IMB_CIPHER_NULL;
		return true;
	case EALG_AES:
		k->seal.cipher_mode = IMB_CIPHER_CBC;
		k->block = e->align;
		return true;
	case EALG_AES_CTR:
		k->seal.cipher_mode = IMB_CIPHER_CNTR;
		return true;
	case EALG_CHACHA20_POLY1305:
		k->seal.cipher_mode = IMB_CIPHER_CHACHA20_POLY1305;
		k->seal.hash_alg = IMB_AUTH_CHACHA20_POLY1305;
		break;
	default:
		if ((e->flags & ALG_CCM) == 0 || s->ekey_bits == 192)
			return false; /* the library has no such CCM */
		k->seal.cipher_mode = IMB_CIPHER_CCM;
		k->seal.hash_alg = IMB_AUTH_AES_CCM;
		break;
	}
	k->auth = true;
	k->seal.auth_tag_output_len_in_bytes = e->icv_len;
	return true;
}

static bool
set_mac(struct kind *k, const struct aead_spec *s)
{
	const struct alg *a = s->integ;

	if (a == NULL)
		return k->seal.cipher_mode != IMB_CIPHER_NULL;
	k->auth = k->mac = true;
	k->seal.auth_tag_output_len_in_bytes = a->icv_len;
	return imb_mac_alg(a, s->akey_bits, &k->seal.hash_alg);
}

/* Both ways from one template. */
static void
set_directions(struct kind *k)
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

static void
set_lanes(struct kind *k)
{
	if (imb_mac_fast(k->mgr, k->seal.hash_alg, &k->lanes))
		return;
	if (k->seal.hash_alg == IMB_AUTH_AES_CCM)
		k->lanes.wide_len = 512;
	if (k->seal.hash_alg == IMB_AUTH_CHACHA20_POLY1305)
		k->lanes.wide_n =
		    1; /* no lanes: the widest registers are best */
}

static void
imb_job_drop(struct way *w)
{
	free(w->own);
}

bool
imb_job_aead(const IMB_MGR *mgr, const struct aead_spec *s, struct aead_way *w)
{
	struct kind *k = calloc(1, sizeof(*k));

	if (k == NULL)
		return false;
	k->mgr = mgr;
	k->info = aead_info_of(s);
	k->seal.hash_alg = IMB_AUTH_NULL;
	if (!set_cipher(k, s) || !set_mac(k, s)) {
		free(k);
		return false;
	}
	set_directions(k);
	set_lanes(k);
	w->way = (struct way){ .expand = imb_job_expand,
		.drop = imb_job_drop,
		.size = sizeof(struct imb_job),
		.own = k };
	w->seal = imb_job_seal;
	w->open = imb_job_open;
	if (s->encr->id == EALG_CHACHA20_POLY1305)
		w->text = imb_job_text;
	w->least = k->lanes.least;
	w->info = k->info;
	return true;
}
