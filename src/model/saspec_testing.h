/* SPDX-License-Identifier: BSD-2-Clause */
/* saspec_testing - compare by fields: a struct's padding is anything. */
#ifndef MODEL_SASPEC_TESTING_H
#define MODEL_SASPEC_TESTING_H

#include "base/test.h"

#include "model/saspec.h"

static inline void
same_lifetime(const struct lifetime *a, const struct lifetime *b)
{
	assert_int_equal(a->allocs, b->allocs);
	assert_int_equal(a->bytes, b->bytes);
	assert_int_equal(a->addtime, b->addtime);
	assert_int_equal(a->usetime, b->usetime);
}

static inline void
same_ident(const struct sa_ident *a, const struct sa_ident *b)
{
	assert_int_equal(a->type, b->type);
	assert_int_equal(a->len, b->len);
	assert_int_equal(a->uid, b->uid);
	assert_memory_equal(a->id, b->id, sizeof(a->id));
}

static inline void
same_addresses(const struct sa_spec *a, const struct sa_spec *b)
{
	assert_true(addr_equal(&a->src, &b->src));
	assert_true(addr_equal(&a->dst, &b->dst));
	assert_true((a->more == NULL) == (b->more == NULL));
	if (a->more != NULL) {
		assert_int_equal(a->more->n_src, b->more->n_src);
		assert_int_equal(a->more->n_dst, b->more->n_dst);
		for (unsigned i = 0; i < SA_MORE; i++) {
			assert_true(
			    addr_equal(&a->more->src[i], &b->more->src[i]));
			assert_true(
			    addr_equal(&a->more->dst[i], &b->more->dst[i]));
		}
	}
	assert_int_equal(a->proto, b->proto);
	assert_int_equal(a->sport, b->sport);
	assert_int_equal(a->dport, b->dport);
	assert_true(prefix_equal(&a->isrc, &b->isrc));
	assert_true(prefix_equal(&a->idst, &b->idst));
	assert_int_equal(a->iproto, b->iproto);
	assert_int_equal(a->isport, b->isport);
	assert_int_equal(a->idport, b->idport);
	assert_true(addr_equal(&a->natt_loc, &b->natt_loc));
	assert_true(addr_equal(&a->natt_rem, &b->natt_rem));
	assert_int_equal(a->natt_lport, b->natt_lport);
	assert_int_equal(a->natt_rport, b->natt_rport);
}

static inline void
same_spec(const struct sa_spec *a, const struct sa_spec *b)
{
	assert_int_equal(a->satype, b->satype);
	assert_int_equal(a->spi, b->spi);
	assert_int_equal(a->state, b->state);
	assert_int_equal(a->flags, b->flags);
	assert_int_equal(a->window, b->window);
	assert_int_equal(a->auth, b->auth);
	assert_int_equal(a->encr, b->encr);
	assert_int_equal(a->akey.bits, b->akey.bits);
	assert_memory_equal(a->akey.b, b->akey.b, sizeof(a->akey.b));
	assert_int_equal(a->ekey.bits, b->ekey.bits);
	assert_memory_equal(a->ekey.b, b->ekey.b, sizeof(a->ekey.b));
	assert_int_equal(a->ekey_iv_bits, b->ekey_iv_bits);
	same_lifetime(&a->hard, &b->hard);
	same_lifetime(&a->soft, &b->soft);
	same_lifetime(&a->idle, &b->idle);
	same_addresses(a, b);
	same_ident(&a->sid, &b->sid);
	same_ident(&a->did, &b->did);
	assert_int_equal(a->pair_spi, b->pair_spi);
	assert_int_equal(a->replay_value, b->replay_value);
	assert_int_equal(a->kmp, b->kmp);
	assert_int_equal(a->kmc, b->kmc);
}

#endif /* MODEL_SASPEC_TESTING_H */
