/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/ipseckey/keyprop.h"

#include <inttypes.h>

static void
life(const struct keyshow *s, const char *tag, const char *word,
    const struct lifetime *l)
{
	(void)fprintf(s->f,
	    "%s: %s: alloc=%u, bytes=%" PRIu64 ", post-add secs=%" PRIu64
	    ", post-use secs=%" PRIu64 "\n",
	    tag, word, l->allocs, l->bytes, l->addtime, l->usetime);
}

/* salt: bits, 0 for none. */
static void
algorithm(const struct keyshow *s, const char *tag, const char *what, bool auth,
    unsigned id, unsigned min, unsigned max, unsigned salt)
{
	char buf[32];

	(void)fprintf(s->f, "%s: %s = %s  minbits=%u, maxbits=%u", tag, what,
	    keyshow_alg(buf, auth, id), min, max);
	if (salt != 0)
		(void)fprintf(s->f, ", saltbits=%u", salt);
	(void)fprintf(s->f, "\n");
}

static void
proposal(const struct keyshow *s, const struct pfkey_msg *m)
{
	(void)fprintf(
	    s->f, "PRP: Proposal, replay window size = %u\n", m->prop_replay);
	for (unsigned i = 0; i < m->n_combs; i++) {
		const struct pfkey_comb *c = &m->comb[i];

		(void)fprintf(s->f, "PRP: Combination #%u:\n", i + 1);
		if (c->auth != 0)
			algorithm(s, "PRP", "Authentication", true, c->auth,
			    c->auth_min, c->auth_max, 0);
		if (c->encr != 0)
			algorithm(s, "PRP", "Encryption", false, c->encr,
			    c->encr_min, c->encr_max, c->salt_bits);
		life(s, "PRP", "HARD", &c->hard);
		life(s, "PRP", "SOFT", &c->soft);
	}
}

static void
descriptor(const struct keyshow *s, const struct pfkey_desc *d)
{
	char what[64], buf[32];
	bool auth = d->type == PFKEY_ALGTYPE_AUTH;

	(void)snprintf(what, sizeof(what), "%s %s",
	    keyshow_satype(buf, d->satype),
	    auth			     ? "authentication"
	    : d->type == PFKEY_ALGTYPE_CRYPT ? "encryption"
					     : "<unknown kind of algorithm>");
	algorithm(s, "EPR", what, auth, d->alg, d->min, d->max, d->salt_bits);
}

static void
extended(const struct keyshow *s, const struct pfkey_msg *m)
{
	(void)fprintf(s->f,
	    "EPR: Extended proposal, replay window size = %u, number of "
	    "combinations = %u\n",
	    m->eprop_replay, m->n_ecombs);
	for (unsigned i = 0; i < m->n_ecombs; i++) {
		const struct pfkey_ecomb *c = &m->ecomb[i];

		(void)fprintf(s->f, "EPR: Extended combination #%u:\n", i + 1);
		life(s, "EPR", "HARD", &c->hard);
		life(s, "EPR", "SOFT", &c->soft);
		for (unsigned j = 0; j < c->n && j < PFKEY_MAX_DESCS; j++)
			descriptor(s, &c->desc[j]);
	}
}

static void
supported(const struct keyshow *s, bool auth, const struct pfkey_supported *a,
    unsigned n)
{
	const char *tag = auth ? "SUA" : "SUE";
	char buf[32];

	(void)fprintf(s->f, "%s: Supported %s algorithms\n", tag,
	    auth ? "authentication" : "encryption");
	for (unsigned i = 0; i < n; i++)
		(void)fprintf(s->f,
		    "%s: %s, minbits=%u, maxbits=%u, ivlen=%u, saltbits=%u, "
		    "increment=%u\n",
		    tag, keyshow_alg(buf, auth, a[i].id), a[i].min, a[i].max,
		    a[i].ivlen, a[i].salt_bits, a[i].incr);
}

void
keyprop_show(const struct keyshow *s, const struct pfkey_msg *m)
{
	if (pfkey_has(m, PFKEY_EXT_PROPOSAL))
		proposal(s, m);
	if (pfkey_has(m, PFKEY_EXT_EPROP))
		extended(s, m);
	if (pfkey_has(m, PFKEY_EXT_SUPPORTED_AUTH))
		supported(s, true, m->sauth.alg, m->sauth.n);
	if (pfkey_has(m, PFKEY_EXT_SUPPORTED_ENCRYPT))
		supported(s, false, m->sencr.alg, m->sencr.n);
}
