/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/be/imb.h"

#include <immintrin.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/secret.h"

static _Thread_local struct imb_thread *here;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t at_exit;
static bool at_exit_ok;

static void
thread_free(void *p)
{
	struct imb_thread *t = p;

	if (t->wide != NULL)
		free_mb_mgr(t->wide);
	if (t->few != NULL)
		free_mb_mgr(t->few);
	secret_wipe(t->stage, sizeof(t->stage));
	free(t);
	here = NULL;
}

static void
thread_key(void)
{
	at_exit_ok = pthread_key_create(&at_exit, thread_free) == 0;
}

static struct imb_thread *
thread_new(void)
{
	struct imb_thread *t;

	if (pthread_once(&once, thread_key) != 0 || !at_exit_ok)
		return NULL;
	t = calloc(1, sizeof(*t));
	if (t == NULL)
		return NULL;
	t->wide = alloc_mb_mgr(0);
	t->few = alloc_mb_mgr(0);
	if (t->wide == NULL || t->few == NULL ||
	    pthread_setspecific(at_exit, t) != 0) {
		thread_free(t);
		return NULL;
	}
	init_mb_mgr_auto(t->wide, NULL);
	init_mb_mgr_sse(t->few);
	t->avx = (t->wide->features & IMB_FEATURE_AVX) != 0;
	/* the library tests itself each time */
	if ((t->wide->features & t->few->features &
		IMB_FEATURE_SELF_TEST_PASS) == 0) {
		(void)pthread_setspecific(at_exit, NULL);
		thread_free(t);
		return NULL;
	}
	return t;
}

struct imb_thread *
imb_here(void)
{
	if (here == NULL)
		here = thread_new();
	return here;
}

/*
 * The code of the few lanes knows no AVX (the SHA instructions have no such
 * form): where upper halves of registers are in use, it would crawl.
 */
__attribute__((target("avx"))) static void
zero_upper(void)
{
	_mm256_zeroupper();
}

IMB_MGR *
imb_manager(const struct imb_thread *th, const struct imb_lanes *l, size_t n,
    size_t len)
{
	if (n >= l->wide_n && len >= l->wide_len)
		return th->wide;
	if (th->avx)
		zero_upper();
	return th->few;
}

static void *
imb_init(const struct say *say)
{
	const uint64_t need = IMB_FEATURE_AESNI | IMB_FEATURE_PCLMULQDQ |
			      IMB_FEATURE_SELF_TEST_PASS;
	IMB_MGR *mgr = alloc_mb_mgr(0);
	IMB_ARCH arch = IMB_ARCH_NONE;

	if (mgr == NULL)
		return NULL;
	init_mb_mgr_auto(mgr, &arch);
	if (arch != IMB_ARCH_NONE && (mgr->features & need) == need)
		return mgr;
	if (say->fn != NULL)
		say->fn(say->ctx,
		    (mgr->features & IMB_FEATURE_AESNI) == 0
			? "ipsec-mb: not used, the CPU has no AES instructions"
			: "ipsec-mb: not used, its own test failed");
	free_mb_mgr(mgr);
	return NULL;
}

static void
imb_fini(void *st)
{
	free_mb_mgr(st);
}

static bool
imb_claims(const void *st, const struct alg *a, unsigned bits)
{
	(void)st;
	if (a->table == ALG_AUTH)
		return true;
	switch (a->id) {
	case EALG_AES:
	case EALG_AES_CTR:
	case EALG_CHACHA20_POLY1305:
	case EALG_AES_GMAC:
	case EALG_NULL:
		return true;
	default:
		/* the library has no CCM with such keys */
		if ((a->flags & ALG_CCM) != 0)
			return bits != 192;
		return (a->flags & ALG_GCM) != 0;
	}
}

static bool
imb_aead(void *st, const struct aead_spec *s, struct aead_way *w)
{
	if ((s->encr->flags & ALG_GCM) != 0 || s->encr->id == EALG_AES_GMAC)
		return imb_gcm_aead(st, s, w);
	return imb_job_aead(st, s, w);
}

/* A cipher alone gains nothing here over the job of cipher and MAC. */
static bool
imb_cipher(void *st, const struct alg *a, unsigned bits, struct cipher_way *w)
{
	(void)st;
	(void)a;
	(void)bits;
	(void)w;
	return false;
}

static bool
imb_mac_of(void *st, const struct alg *a, unsigned bits, struct mac_way *w)
{
	if (a->id == AALG_AES_GMAC)
		return imb_gcm_mac(st, a, bits, w);
	return imb_mac_way(st, a, bits, w);
}

const struct crypto_be imb_backend = {
	.name = "ipsec-mb",
	.init = imb_init,
	.fini = imb_fini,
	.claims = imb_claims,
	.aead = imb_aead,
	.cipher = imb_cipher,
	.mac = imb_mac_of,
};
