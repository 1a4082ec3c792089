/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/mac.h"

#include "base/secret.h"

#include "crypto/keycacheint.h"
#include "crypto/way.h"

enum { ICV_MAX = 64 };

struct mac *
mac_new(const struct crypto *c, const struct alg *alg, const uint8_t *key,
    unsigned key_bits)
{
	const struct aead_spec s = { .integ =
					 alg != NULL ? alg_impl(alg) : NULL,
		.akey = key,
		.akey_bits = key_bits };
	const struct keyrow *row;

	if (alg == NULL || key == NULL || alg->table != ALG_AUTH ||
	    !alg_keybits_ok(alg, key_bits) || !crypto_usable(c, alg))
		return NULL;
	row = keyhome_row(c, &s);
	return row != NULL ? (void *)keyhome_key(row, &s) : NULL;
}

void
mac_free(struct mac *m)
{
	if (m != NULL)
		keyhome_forget(&m->k);
}

struct aead_spec
mac_keys(const struct mac *m)
{
	return keyed_spec(&m->k);
}

const struct mac_info *
mac_info(const struct mac *m)
{
	return &m->k.row->mac_info;
}

/* --- operations --- */

/* Nothing that a packet could be; not for sign_n. */
static bool
is_odd(const struct mac_op *op)
{
	size_t n = 0;

	for (size_t i = 0; i < op->n && n <= MAC_N_LEN; i++)
		n += op->part[i].n;
	return n == 0 || n > MAC_N_LEN;
}

/* The way for n operations, or for one that is odd. */
static unsigned
way_for(const struct keyrow *r, size_t n, bool odd)
{
	unsigned i = 0, off = keyhome_off(r->home);

	for (; i + 1 < r->n; i++)
		if ((off >> r->slot[i] & 1) == 0 && n >= r->mac[i].least &&
		    (!odd || r->mac[i].sign != NULL))
			break;
	return i;
}

/* icv is zero where it failed. */
static void
compute(const struct mac_way *w, void *const *x, struct mac_op *op, size_t n)
{
	if (w->sign_n != NULL && !is_odd(op))
		w->sign_n(w, x, op, n);
	else
		for (size_t i = 0; i < n; i++)
			op[i].ok = w->sign != NULL &&
				   w->sign(w, x[i], op[i].icv, op[i].iv,
				       op[i].part, op[i].n);
	for (size_t i = 0; i < n; i++)
		if (!op[i].ok)
			memset(op[i].icv, 0, w->info.icv_len);
}

static void
fail(struct mac_op *op)
{
	op->ok = false;
	memset(op->icv, 0, mac_info(op->key)->icv_len);
}

/* Without a cache: expand, use, wipe. */
static void
one_off(struct mac_op *op)
{
	const struct keyrow *r = op->key->k.row;
	const struct mac_way *w = &r->mac[way_for(r, 1, is_odd(op))];
	struct aead_spec s = keyed_spec(&op->key->k);
	_Alignas(64) SCRATCH uint8_t mem[WAY_SIZE];
	void *x = mem;

	if (!way_fill(&w->way, x, &s)) {
		fail(op);
		return;
	}
	compute(w, &x, op, 1);
	way_clear(&w->way, x);
}

static size_t
run(struct keycache *kc, struct mac_op *op, size_t n)
{
	const struct keyrow *r = op->key->k.row;
	SCRATCH const struct keyed *key[KEYCACHE_RUN];
	SCRATCH void *x[KEYCACHE_RUN];
	unsigned way = way_for(r, n, is_odd(op));
	size_t m;

	for (size_t i = 0; i < n; i++)
		key[i] = &op[i].key->k;
	m = keycache_get(kc, key, n, way, x);
	if (m != 0 && m <= n) {
		compute(&r->mac[way], x, op, m);
		return m;
	}
	fail(op);
	return 1;
}

void
mac_sign_in(struct keycache *kc, struct mac_op *op, size_t n)
{
	for (size_t m; n != 0; op += m, n -= m) {
		const struct keyrow *r = op->key->k.row;

		if (r->home != keycache_home(kc)) {
			one_off(op);
			m = 1;
			continue;
		}
		for (m = 1; m < n && m < KEYCACHE_RUN && !is_odd(op); m++)
			if (op[m].key->k.row != r || is_odd(&op[m]))
				break;
		m = run(kc, op, m);
	}
}

void
mac_sign_n(struct mac_op *op, size_t n)
{
	struct keyhome *h;
	struct keycache *kc;

	if (n == 0)
		return;
	h = op->key->k.row->home;
	kc = keyhome_take(h);
	if (kc != NULL) {
		mac_sign_in(kc, op, n);
		keyhome_give(h);
		return;
	}
	for (size_t i = 0; i < n; i++)
		one_off(&op[i]);
}

/* kc NULL: the home's own. */
static void
verify(struct keycache *kc, struct mac_op *op, size_t n)
{
	SCRATCH uint8_t want[KEYCACHE_RUN][ICV_MAX];
	SCRATCH uint8_t *given[KEYCACHE_RUN];

	for (size_t m; n != 0; op += m, n -= m) {
		m = n < KEYCACHE_RUN ? n : KEYCACHE_RUN;
		for (size_t i = 0; i < m; i++) {
			given[i] = op[i].icv;
			op[i].icv = want[i];
		}
		if (kc != NULL)
			mac_sign_in(kc, op, m);
		else
			mac_sign_n(op, m);
		for (size_t i = 0; i < m; i++) {
			op[i].icv = given[i];
			op[i].ok =
			    op[i].ok && secret_equal(want[i], given[i],
					    mac_info(op[i].key)->icv_len);
		}
	}
}

void
mac_verify_n(struct mac_op *op, size_t n)
{
	verify(NULL, op, n);
}

void
mac_verify_in(struct keycache *kc, struct mac_op *op, size_t n)
{
	verify(kc, op, n);
}

bool
mac_sign(const struct mac *m, uint8_t *icv, const uint8_t *iv,
    const struct mac_part *part, size_t n)
{
	struct mac_op op = {
		.key = m, .iv = iv, .part = part, .n = n, .icv = icv
	};

	mac_sign_n(&op, 1);
	return op.ok;
}

bool
mac_verify(const struct mac *m, const uint8_t *icv, const uint8_t *iv,
    const struct mac_part *part, size_t n)
{
	uint8_t want[ICV_MAX];

	return mac_sign(m, want, iv, part, n) &&
	       secret_equal(want, icv, mac_info(m)->icv_len);
}
