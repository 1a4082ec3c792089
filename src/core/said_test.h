/* SPDX-License-Identifier: BSD-2-Clause */
/* said - for tests: what was said about an SA, as one value; and SAs without keys. */
#ifndef CORE_SAID_TEST_H
#define CORE_SAID_TEST_H

#include "core/sa.h"

/* Holds until it is called for the fourth time after. */
static inline const struct sa_spec *
said(const struct sa *sa)
{
	static struct sa_spec s[4];
	static unsigned i;

	sa_describe(sa, &s[i %= 4]);
	return &s[i++];
}

/* One of at most 16 that last as long as the test, without memory of its own. */
static inline struct sa
bare_sa(uint8_t satype, uint8_t encr, uint8_t auth)
{
	static struct sa_ident ident[16][2];
	static struct sa_extra extra[16];
	static struct sa_rest rest[16];
	static unsigned i;
	struct sa_rest *r = &rest[i %= 16];

	memset(ident[i], 0, sizeof(ident[i]));
	extra[i] =
	    (struct sa_extra){ .sid = &ident[i][0], .did = &ident[i][1] };
	*r = (struct sa_rest){
		.extra = &extra[i],
	};
	i++;
	return (struct sa){
		.satype = satype, .encr = encr, .auth = auth, .rest = r
	};
}

#endif /* CORE_SAID_TEST_H */
