/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/tally.h"

enum verdict
tally_sealed(struct path_stats *st, const struct sa *sa, enum verdict v)
{
	struct path_proto *c = &st->proto[sa->satype == SATYPE_AH];

	c->out_requests++;
	if (v != VERDICT_PASS)
		c->out_discards++;
	/* lifetimes and numbers are looked at first */
	if (v == VERDICT_PASS || v == VERDICT_ESP_CRYPTO_FAILED ||
	    v == VERDICT_AH_CRYPTO_FAILED) {
		c->crypto++;
		c->crypto_async += st->queued;
	}
	return v;
}

enum verdict
tally_opened(struct path_stats *st, bool is_ah, enum verdict v)
{
	struct path_proto *c = &st->proto[is_ah];

	/* on port 4500, and no ESP */
	if (v == VERDICT_IKE || v == VERDICT_KEEPALIVE)
		return v;
	c->in_requests++;
	c->in_discards += verdict_is_drop(v);
	return v;
}

/* Did the ICV hold, whatever else was wrong? */
static bool
was_authentic(const struct sa *sa, enum verdict v)
{
	if (sa_is_ah(sa))
		return v == VERDICT_PASS || v == VERDICT_AH_BAD_INNER;
	return aead_info(sa->aead)->icv_len != 0 &&
	       (v == VERDICT_PASS || v == VERDICT_DUMMY ||
		   v == VERDICT_ESP_BAD_PADLEN ||
		   v == VERDICT_ESP_BAD_PADDING || v == VERDICT_ESP_BAD_INNER);
}

void
tally_checked(struct path_stats *st, const struct sa *sa, enum verdict v)
{
	struct path_proto *c = &st->proto[sa->satype == SATYPE_AH];

	c->crypto++;
	c->crypto_async += st->queued;
	c->good_auth += was_authentic(sa, v);
}

void
tally_acquire(struct path_stats *st, const struct rule *r)
{
	unsigned flags = 0;

	for (unsigned i = 0; i < r->n_actions; i++)
		if (r->actions[i].type == ACT_IPSEC)
			flags |= r->actions[i].flags;
	st->acquires++;
	st->proto[0].acquires += (flags & ACT_ESP) != 0;
	st->proto[1].acquires += (flags & ACT_AH) != 0;
}
