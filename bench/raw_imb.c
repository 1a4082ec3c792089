/* SPDX-License-Identifier: BSD-2-Clause */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "raw.h"

#ifdef HAVE_IPSEC_MB
#define NO_COMPAT_IMB_API_053
#include <intel-ipsec-mb.h>

/* the build zeroes locals, at the cost of a tenth of a small packet */
#define SCRATCH __attribute__((uninitialized))

enum { BURST = 32, TAG = 16, KEY = 32 };

/* One key, expanded as the library wants it for any of the kinds. */
struct key {
	_Alignas(64) struct gcm_key_data gcm;
	_Alignas(64) uint8_t enc[16 * 15];
	_Alignas(16) uint8_t dec[16 * 15];
	_Alignas(16) uint8_t ipad[64], opad[64];
	uint8_t plain[KEY];
};

struct raw {
	const struct suite *suite;
	IMB_MGR *mgr;
	bool direct;
	size_t stride; /* of a key: GCM has no use for the rest */
	uint8_t *keys;
};

static const uint8_t iv[16] = { 1, 2, 3, 4 };
static const uint8_t aad[8] = { 1 };

static const struct way {
	enum raw_kind kind;
	const char *name;
	bool direct, sha; /* sha: with SHA instructions instead of lanes */
} ways[] = {
	{ RAW_GCM, "direct", true, false },
	{ RAW_CHACHA, "direct", true, false },
	{ RAW_CHACHA, "burst", false, false },
	{ RAW_CBC_HMAC, "burst", false, false },
	{ RAW_CBC_HMAC, "burst, SHA-NI", false, true },
	{ RAW_HMAC, "burst", false, false },
	{ RAW_HMAC, "burst, SHA-NI", false, true },
};

static const struct way *
way_of(const struct suite *s, unsigned i)
{
	for (size_t j = 0; j < sizeof(ways) / sizeof(ways[0]); j++)
		if (ways[j].kind == s->kind && i-- == 0)
			return &ways[j];
	return NULL;
}

const char *
raw_name(const struct suite *s, unsigned i)
{
	const struct way *w = way_of(s, i);

	return w != NULL ? w->name : NULL;
}

const char *
raw_version(void)
{
	return imb_get_version_str();
}

static struct key *
key_at(const struct raw *r, uint32_t i)
{
	return (void *)(r->keys + i * r->stride);
}

static void
hmac_pads(struct raw *r, struct key *k)
{
	uint8_t in[64], out[64];

	memset(in, 0x36, sizeof(in));
	memset(out, 0x5c, sizeof(out));
	for (unsigned i = 0; i < KEY; i++) {
		in[i] ^= k->plain[i];
		out[i] ^= k->plain[i];
	}
	IMB_SHA256_ONE_BLOCK(r->mgr, in, k->ipad);
	IMB_SHA256_ONE_BLOCK(r->mgr, out, k->opad);
}

static void
expand(struct raw *r, unsigned i)
{
	struct key *k = key_at(r, i);
	uint8_t b[KEY];

	suite_key(b, sizeof(b), i);
	if (r->suite->kind == RAW_GCM) {
		if (r->suite->bits == 128)
			IMB_AES128_GCM_PRE(r->mgr, b, &k->gcm);
		else
			IMB_AES256_GCM_PRE(r->mgr, b, &k->gcm);
		return;
	}
	memcpy(k->plain, b, sizeof(b));
	IMB_AES_KEYEXP_256(r->mgr, b, k->enc, k->dec);
	hmac_pads(r, k);
}

struct raw *
raw_new(const struct suite *s, unsigned i, unsigned keys)
{
	const struct way *w = way_of(s, i);
	struct raw *r = calloc(1, sizeof(*r));

	if (r == NULL || w == NULL || (r->mgr = alloc_mb_mgr(0)) == NULL)
		errx(1, "no memory");
	if (w->sha)
		init_mb_mgr_sse(r->mgr);
	else
		init_mb_mgr_auto(r->mgr, NULL);
	r->suite = s;
	r->direct = w->direct;
	r->stride = s->kind == RAW_GCM ? sizeof(struct gcm_key_data)
				       : sizeof(struct key);
	r->stride = (r->stride + 63) / 64 * 64;
	r->keys = aligned_alloc(64, keys * r->stride);
	if (r->keys == NULL)
		errx(1, "no memory");
	if ((w->sha && (r->mgr->features & IMB_FEATURE_SHANI) == 0) ||
	    (r->mgr->features & IMB_FEATURE_AESNI) == 0) {
		raw_free(r);
		return NULL;
	}
	for (unsigned k = 0; k < keys; k++)
		expand(r, k);
	return r;
}

void
raw_free(struct raw *r)
{
	if (r == NULL)
		return;
	free_mb_mgr(r->mgr);
	free(r->keys);
	free(r);
}

static void
run_gcm(struct raw *r, bool seal, const struct raw_text *t)
{
	SCRATCH struct gcm_context_data ctx;
	bool big = r->suite->bits == 256;
	aes_gcm_enc_dec_t f =
	    seal ? (big ? r->mgr->gcm256_enc : r->mgr->gcm128_enc)
		 : (big ? r->mgr->gcm256_dec : r->mgr->gcm128_dec);

	for (unsigned i = 0; i < t->n; i++) {
		unsigned j = i % t->batch;

		f(&key_at(r, t->key[i])->gcm, &ctx, t->out + j * t->stride,
		    t->in + i * t->stride, t->len, iv, aad, sizeof(aad),
		    t->tag + j * TAG, TAG);
	}
}

static void
run_chacha(struct raw *r, bool seal, const struct raw_text *t)
{
	SCRATCH struct chacha20_poly1305_context_data ctx;

	for (unsigned i = 0; i < t->n; i++) {
		const uint8_t *k = key_at(r, t->key[i])->plain;
		const uint8_t *in = t->in + i * t->stride;
		unsigned j = i % t->batch;
		uint8_t *out = t->out + j * t->stride;

		IMB_CHACHA20_POLY1305_INIT(
		    r->mgr, k, &ctx, iv, aad, sizeof(aad));
		if (seal)
			IMB_CHACHA20_POLY1305_ENC_UPDATE(
			    r->mgr, k, &ctx, out, in, t->len);
		else
			IMB_CHACHA20_POLY1305_DEC_UPDATE(
			    r->mgr, k, &ctx, out, in, t->len);
		IMB_CHACHA20_POLY1305_ENC_FINALIZE(
		    r->mgr, &ctx, t->tag + j * TAG, TAG);
	}
}

static void
fill_hmac(IMB_JOB *job, const struct key *k)
{
	job->hash_alg = IMB_AUTH_HMAC_SHA_256;
	job->u.HMAC._hashed_auth_key_xor_ipad = k->ipad;
	job->u.HMAC._hashed_auth_key_xor_opad = k->opad;
}

static void
fill(IMB_JOB *job, const struct raw *r, bool seal, const struct raw_text *t,
    unsigned i)
{
	const struct key *k = key_at(r, t->key[i]);
	unsigned j = i % t->batch;

	job->src = t->in + i * t->stride;
	job->dst = t->out + j * t->stride;
	job->iv = iv;
	job->iv_len_in_bytes = r->suite->kind == RAW_CHACHA ? 12 : 16;
	job->msg_len_to_cipher_in_bytes = job->msg_len_to_hash_in_bytes =
	    t->len;
	job->cipher_start_src_offset_in_bytes = 0;
	job->hash_start_src_offset_in_bytes = 0;
	job->auth_tag_output = t->tag + j * TAG;
	job->auth_tag_output_len_in_bytes = TAG;
	job->cipher_direction = seal ? IMB_DIR_ENCRYPT : IMB_DIR_DECRYPT;
	job->chain_order = seal ? IMB_ORDER_CIPHER_HASH : IMB_ORDER_HASH_CIPHER;
	job->enc_keys = k->enc;
	job->dec_keys = k->dec;
	job->key_len_in_bytes = 32;
	switch (r->suite->kind) {
	case RAW_CHACHA:
		job->cipher_mode = IMB_CIPHER_CHACHA20_POLY1305;
		job->hash_alg = IMB_AUTH_CHACHA20_POLY1305;
		job->enc_keys = job->dec_keys = k->plain;
		job->u.CHACHA20_POLY1305.aad = aad;
		job->u.CHACHA20_POLY1305.aad_len_in_bytes = sizeof(aad);
		break;
	case RAW_CBC_HMAC:
		job->cipher_mode = IMB_CIPHER_CBC;
		/* what is authenticated is the ciphertext */
		if (seal)
			job->src = job->dst;
		fill_hmac(job, k);
		break;
	default:
		job->cipher_mode = IMB_CIPHER_NULL;
		fill_hmac(job, k);
		break;
	}
}

/* n jobs that all fit into a burst; false when one of them failed. */
static bool
burst(
    struct raw *r, bool seal, const struct raw_text *t, unsigned at, unsigned n)
{
	SCRATCH IMB_JOB *job[BURST];
	unsigned done;

	if (IMB_GET_NEXT_BURST(r->mgr, n, job) != n)
		return false;
	for (unsigned i = 0; i < n; i++)
		fill(job[i], r, seal, t, at + i);
	done = IMB_SUBMIT_BURST(r->mgr, n, job);
	for (unsigned i = 0; i < done; i++)
		if (job[i]->status != IMB_STATUS_COMPLETED)
			return false;
	while (done < n) {
		unsigned m = IMB_FLUSH_BURST(r->mgr, n - done, job);

		if (m == 0)
			return false;
		for (unsigned i = 0; i < m; i++)
			if (job[i]->status != IMB_STATUS_COMPLETED)
				return false;
		done += m;
	}
	return true;
}

bool
raw_run(struct raw *r, bool seal, const struct raw_text *t)
{
	if (r->direct && r->suite->kind == RAW_GCM)
		run_gcm(r, seal, t);
	else if (r->direct)
		run_chacha(r, seal, t);
	else
		for (unsigned i = 0; i < t->n; i += BURST) {
			unsigned n = t->batch < BURST ? t->batch : BURST;

			if (n < BURST) {
				/* one at a time: nothing to share lanes with */
				for (unsigned j = i; j < i + BURST && j < t->n;
				     j++)
					if (!burst(r, seal, t, j, 1))
						return false;
				continue;
			}
			if (n > t->n - i)
				n = t->n - i;
			if (!burst(r, seal, t, i, n))
				return false;
		}
	return true;
}
#else
const char *
raw_name(const struct suite *s, unsigned i)
{
	(void)s;
	(void)i;
	return NULL;
}

struct raw *
raw_new(const struct suite *s, unsigned i, unsigned keys)
{
	(void)s;
	(void)i;
	(void)keys;
	return NULL;
}

void
raw_free(struct raw *r)
{
	(void)r;
}

bool
raw_run(struct raw *r, bool seal, const struct raw_text *t)
{
	(void)r;
	(void)seal;
	(void)t;
	return false;
}

const char *
raw_version(void)
{
	return "";
}
#endif
