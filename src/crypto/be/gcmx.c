/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/be/gcmx.h"

#include "base/secret.h"

#if defined(__x86_64__)
#include <cpuid.h>

/* CPUID leaf 1, ECX; leaf 7, EBX and ECX; XCR0 (XGETBV). */
enum {
	LEAF1_PCLMULQDQ = 1 << 1,
	LEAF1_SSSE3 = 1 << 9,
	LEAF1_SSE41 = 1 << 19,
	LEAF1_AES = 1 << 25,
	LEAF1_OSXSAVE = 1 << 27,
	LEAF7_BMI2 = 1 << 8,
	LEAF7_AVX512F = 1 << 16,
	LEAF7_AVX512DQ = 1 << 17,
	LEAF7_AVX512BW = 1 << 30,
	LEAF7_VAES = 1 << 9,
	LEAF7_VPCLMULQDQ = 1 << 10,
	/* the system keeps the registers of SSE, AVX and AVX-512 */
	XCR0_WIDE = 0xe6
};
#define LEAF7_AVX512VL (1u << 31)

static bool
has(uint32_t reg, uint32_t bits)
{
	return (reg & bits) == bits;
}

static uint32_t
xcr0(void)
{
	uint32_t low, high;

	__asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	return low;
}

enum gcmx_level
gcmx_level(void)
{
	uint32_t a, b, c, d, one;

	if (__get_cpuid(1, &a, &b, &one, &d) == 0 ||
	    !has(one, LEAF1_PCLMULQDQ | LEAF1_SSSE3 | LEAF1_SSE41 | LEAF1_AES))
		return GCMX_NONE;
	if (!has(one, LEAF1_OSXSAVE) || !has(xcr0(), XCR0_WIDE) ||
	    __get_cpuid_count(7, 0, &a, &b, &c, &d) == 0 ||
	    !has(b, LEAF7_BMI2 | LEAF7_AVX512F | LEAF7_AVX512DQ |
			LEAF7_AVX512BW | LEAF7_AVX512VL) ||
	    !has(c, LEAF7_VAES | LEAF7_VPCLMULQDQ))
		return GCMX_NI;
	return GCMX_WIDE;
}
#else
enum gcmx_level
gcmx_level(void)
{
	return GCMX_NONE;
}
#endif

/* Their addresses are the states of the backend. */
static const enum gcmx_level levels[] = { GCMX_NONE, GCMX_NI, GCMX_WIDE };

static void *
init_at(enum gcmx_level want)
{
	union {
		const enum gcmx_level *from;
		void *to;
	} st = { &levels[want] };

	return want == GCMX_NONE || want > gcmx_level() ? NULL : st.to;
}

static void *
init_ni(const struct say *say)
{
	(void)say;
	return init_at(GCMX_NI);
}

static void *
init_wide(const struct say *say)
{
	(void)say;
	return init_at(GCMX_WIDE);
}

static void
fini(void *st)
{
	(void)st;
}

static bool
claims(const void *st, const struct alg *a, unsigned bits)
{
	(void)st;
	(void)bits;
	return a->table == ALG_ENCR && (a->flags & ALG_GCM) != 0 &&
	       a->id != EALG_AES_GMAC;
}

static void
run(const struct aead_way *w, const struct gcmx_call *c)
{
	for (size_t i = 0; i < c->n; i++)
		c->op[i].ok = aead_op_fits(&w->info, &c->op[i]);
	if (*(const enum gcmx_level *)w->way.st == GCMX_WIDE)
		gcmx_wide_run(c);
	else
		gcmx_ni_run(c);
}

static void
seal(const struct aead_way *w, void *const *x, struct aead_op *op, size_t n)
{
	run(w, &(struct gcmx_call){ x, op, n, w->info.icv_len, false });
}

static void
unseal(const struct aead_way *w, void *const *x, struct aead_op *op, size_t n)
{
	run(w, &(struct gcmx_call){ x, op, n, w->info.icv_len, true });
}

static bool
text(const struct aead_way *w, void *x, bool sealing, const struct aead_text *t)
{
	uint8_t icv[16];

	gcmx_ni_text(x, !sealing, t, icv);
	if (!sealing)
		return secret_equal(icv, t->icv, w->info.icv_len);
	memcpy(t->icv, icv, w->info.icv_len);
	return true;
}

/*
 * Each step for all of them before the next: within a step they do not wait for
 * each other.
 */
static void
expand_n(
    const struct way *w, void *const *x, const struct aead_spec *s, size_t n)
{
	bool wide = *(const enum gcmx_level *)w->st == GCMX_WIDE;

	for (size_t i = 0; i < n; i++)
		gcmx_ni_schedule(x[i], s[i].ekey, s[i].ekey_bits);
	for (size_t i = 0; i < n; i++)
		gcmx_ni_hash_key(x[i]);
	for (size_t i = 0; i < n; i++)
		(wide ? gcmx_wide_powers : gcmx_ni_powers)(x[i]);
}

static bool
expand(const struct way *w, void *x, const struct aead_spec *s)
{
	expand_n(w, &x, s, 1);
	return true;
}

/*
 * Measured against the direct calls of intel-ipsec-mb 1.3 on AVX-512 (Zen 4): up
 * to 192 bytes four packets side by side are faster, and three pay for the fourth.
 * Longer ones keep the units busy by themselves.
 */
#ifdef HAVE_IPSEC_MB
enum { LEAST = 3, MOST = 192 };
#else
enum { LEAST = 2, MOST = 0 };
#endif

static bool
aead(void *st, const struct aead_spec *s, struct aead_way *w)
{
	if (!claims(st, s->encr, s->ekey_bits))
		return false;
	w->way = (struct way){ .expand = expand,
		.expand_n = expand_n,
		.size = sizeof(struct gcmx_key),
		.st = st };
	w->seal = seal;
	w->open = unseal;
	w->text = text;
	w->info = aead_info_of(s);
	if (*(const enum gcmx_level *)st == GCMX_WIDE) {
		w->least = LEAST;
		w->most = MOST;
	}
	return true;
}

static bool
no_cipher(void *st, const struct alg *a, unsigned bits, struct cipher_way *w)
{
	(void)st;
	(void)a;
	(void)bits;
	(void)w;
	return false;
}

static bool
no_mac(void *st, const struct alg *a, unsigned bits, struct mac_way *w)
{
	(void)st;
	(void)a;
	(void)bits;
	(void)w;
	return false;
}

#define BACKEND(starts)                                              \
	{                                                            \
		.name = "gcmx", .init = (starts), .fini = fini,      \
		.claims = claims, .aead = aead, .cipher = no_cipher, \
		.mac = no_mac                                        \
	}

const struct crypto_be gcmx_ni_backend = BACKEND(init_ni);
const struct crypto_be gcmx_wide_backend = BACKEND(init_wide);
