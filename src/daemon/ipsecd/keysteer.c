/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ipsecd/keysteer.h"

#include <errno.h>

#include "daemon/ipsecd/ipsecd.h"

int
keysteer_follow(void *ctx)
{
	struct ipsecd *d = ctx;

	if (!d->closed)
		return ipsecd_steer_again(d);
	log_limit(&d->rate_steer, LOG_LEVEL_WARN,
	    "PF_KEY policy refused: that of an earlier ipsecd is in force; "
	    "load "
	    "policy by ipsecconf first, or let it go by ipsecconf -F");
	return EBUSY;
}
