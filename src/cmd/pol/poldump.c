/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/pol/poldump.h"

#include <errno.h>
#include <stdlib.h>

#define TRIES 8 /* of a dump that a change of policy broke off */

/* Takes the rule of in over. */
static void
keep(struct poldump *d, struct pfpolicy_msg *in)
{
	if (d->n == d->cap) {
		size_t cap = d->cap == 0 ? 64 : 2 * d->cap;
		struct rule *p = reallocarray(d->rule, cap, sizeof(*p));

		if (p == NULL) {
			d->no_memory = true;
			return;
		}
		d->rule = p;
		d->cap = cap;
	}
	d->rule[d->n++] = in->rule;
	in->rule = (struct rule){ 0 };
}

static void
forget(struct poldump *d)
{
	for (size_t i = 0; i < d->n; i++)
		rule_fini(&d->rule[i]);
	d->n = 0;
}

/* Header, rules, trailer, once. */
static enum pollink_result
try(struct poldump *d, struct pollink *l, struct pfpolicy_msg *ask,
    struct pfpolicy_msg *why)
{
	struct pfpolicy_msg in;
	enum pollink_result res = pollink_ask(l, ask, &in);
	uint64_t version = in.ruleset_version;
	bool more = true;

	d->torn = false;
	while (res == POLLINK_OK && more) {
		pfpolicy_fini(&in);
		res = pollink_next(l, ask, &in);
		if (res != POLLINK_OK)
			break;
		more = pfpolicy_has(&in, SPD_EXT_RULE);
		if (more)
			keep(d, &in);
		else
			d->torn = in.ruleset_version != version;
	}
	if (res == POLLINK_REFUSED) {
		d->torn = in.errnum == EAGAIN;
		*why = (struct pfpolicy_msg){
			.type = in.type, .errnum = in.errnum, .diag = in.diag
		};
	}
	pfpolicy_fini(&in);
	return d->torn ? POLLINK_OK : res;
}

enum pollink_result
poldump_read(struct poldump *d, struct pollink *l, struct pfpolicy_msg *ask,
    struct pfpolicy_msg *why)
{
	enum pollink_result res = POLLINK_OK;

	*d = (struct poldump){ .torn = true };
	for (int i = 0; i < TRIES && d->torn && res == POLLINK_OK; i++) {
		forget(d);
		res = try(d, l, ask, why);
	}
	return res;
}

void
poldump_free(struct poldump *d)
{
	forget(d);
	free(d->rule);
	*d = (struct poldump){ 0 };
}
