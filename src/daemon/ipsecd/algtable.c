/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ipsecd/algtable.h"

#include <errno.h>

#include "daemon/ipsecd/ipsecd.h"
#include "io/log.h"

int
algtable_set(void *ctx, const struct algmech_entry *e, size_t n,
    bool async_auth, bool async_encr)
{
	struct ipsecd *d = ctx;
	const struct alg *a;
	size_t usable = 0;

	if (!algset_load(d->crypto, e, n))
		return ENOMEM;
	algset_set_async(d->crypto, ALG_AUTH, async_auth);
	algset_set_async(d->crypto, ALG_ENCR, async_encr);
	/* execution modes are of packets: AH, and ESP (docs/adr/0013) */
	pump_set_async(d->pump, async_encr, async_auth);
	for (size_t i = 0; (a = algset_row(d->crypto, i)) != NULL; i++)
		usable += crypto_usable(d->crypto, a);
	log_say(LOG_LEVEL_INFO,
	    "algorithms: a new table of %zu, of which %zu can be used", n,
	    usable);
	pfkeyd_algs_changed(d->pfkeyd);
	return 0;
}
