/* SPDX-License-Identifier: BSD-2-Clause */
/* fakealgs - the tables of algorithms that fakepol offers. */
#ifndef CMD_POL_FAKEALGS_TEST_H
#define CMD_POL_FAKEALGS_TEST_H

#include <stdio.h>

#include "wire/pfpolicy.h"

static inline void
fakealgs_fill(struct pfpolicy_msg *m)
{
	const struct alg *a;

	m->has = 1u << SPD_EXT_ACTION;
	for (size_t i = 0; (a = alg_row(i)) != NULL; i++) {
		struct pfpolicy_alg *p = &m->alg[m->n_algs++];

		*p = (struct pfpolicy_alg){ .table = a->table,
			.id = a->id,
			.flags = a->flags & 0xff,
			.key_min = a->key_min,
			.key_max = a->key_max,
			.key_def = a->key_def,
			.key_incr = a->key_incr,
			.keys = { a->key_incr != 0 ? 3 : 1,
			    { a->key_def, a->key_min, a->key_max } },
			.blocks = { 1, { a->block } } };
		if ((a->flags & ALG_COUNTER) != 0)
			p->params = (struct pfpolicy_sizes){ 3,
				{ a->iv_len, a->icv_len, a->salt_len } };
		if (a->table == ALG_ENCR)
			p->uses = ACT_ESP;
		else if (a->id == AALG_AES_GMAC)
			p->uses = ACT_AH;
		else
			p->uses = ACT_AH | ACT_ESPA;
		if (m->type == SPD_DUMPALGS)
			(void)snprintf(p->mech, sizeof(p->mech), "%s", a->mech);
		/* one that failed its self-test */
		if (a->id == EALG_CAMELLIA && a->table == ALG_ENCR)
			p->flags &= (uint16_t)~ALG_VALID;
	}
}

#endif /* CMD_POL_FAKEALGS_TEST_H */
