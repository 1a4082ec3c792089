/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/suite.h"

#include "ike/keymat.h"

bool
suite_read(struct suite *s, const struct ike *ike, const struct propose *p)
{
	const struct crypto *c = ike->env.crypto;
	unsigned integ = propose_id(p, IKE2_T_INTEG);

	*s = (struct suite){ .encr = ikealg_by_id(
				 IKEALG_ENCR, propose_id(p, IKE2_T_ENCR)),
		.prf = ikealg_by_id(IKEALG_PRF, propose_id(p, IKE2_T_PRF)),
		.ke = ikealg_by_id(IKEALG_KE, propose_id(p, IKE2_T_KE)),
		.integ = integ != 0 ? ikealg_by_id(IKEALG_INTEG, integ) : NULL,
		.keylen = p->xf[IKE2_T_ENCR].keybits };
	return s->encr != NULL && s->prf != NULL && s->ke != NULL &&
	       (integ == 0 || s->integ != NULL) &&
	       ikeseal_usable(c, s->encr, s->keylen, s->integ) &&
	       prf_usable(c, s->prf) && ke_usable(c, s->ke);
}

static bool
take(struct ikesa *sa, const struct keymat_ike *k)
{
	const struct suite *s = &sa->suite;
	const struct crypto *c = sa->ike->env.crypto;
	bool i = sa->initiator;

	sa->sk_d = k->d;
	sa->sk_pi = k->pi;
	sa->sk_pr = k->pr;
	return ikeseal_init(&sa->seal, c, s->encr, s->keylen, s->integ,
		   i ? k->ei.b : k->er.b, i ? k->ai.b : k->ar.b) &&
	       ikeseal_init(&sa->open, c, s->encr, s->keylen, s->integ,
		   i ? k->er.b : k->ei.b, i ? k->ar.b : k->ai.b);
}

bool
suite_keys(
    struct ikesa *sa, const struct ke_secret *secret, const struct ikesa *old)
{
	const struct suite *s = &sa->suite;
	const struct nego *n = sa->nego;
	const struct keymat m = { .crypto = sa->ike->env.crypto,
		.prf = s->prf,
		.ni = { n->ni.b, n->ni.n },
		.nr = { n->nr.b, n->nr.n } };
	const struct keymat_dh dh = { .shared = { secret->b, secret->n } };
	struct secret seed;
	struct keymat_ike k;
	bool ok;

	if (old != NULL)
		ok = keymat_reseed(&m, old->suite.prf, &old->sk_d, &dh, &seed);
	else
		ok = keymat_seed(&m, dh.shared, &seed);
	if (!ok)
		return false;
	ok = keymat_ike(&m, &seed, sa->spi_i, sa->spi_r,
	    s->integ != NULL ? ikealg_keymat(s->integ, 0) : 0,
	    ikealg_keymat(s->encr, s->keylen), &k);
	secret_fini(&seed);
	if (!ok)
		return false;
	ok = take(sa, &k);
	keymat_ike_fini(&k);
	return ok;
}
