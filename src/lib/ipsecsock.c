/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>

#include "client/sockpol.h"

static int
result(int err)
{
	if (err == 0)
		return 0;
	errno = err;
	return -1;
}

int
ipsec_setsockopt(int s, const ipsec_req_t *req)
{
	return result(req == NULL ? EFAULT : sockpol_set(s, req, NULL));
}

int
ipsec_getsockopt(int s, ipsec_req_t *req)
{
	return result(req == NULL ? EFAULT : sockpol_get(s, req));
}
