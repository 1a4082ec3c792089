/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/saspec.h"

void
saspec_fini(struct sa_spec *s)
{
	secret_wipe(s, sizeof(*s));
}
