/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/saspec.h"

#include <stddef.h>

void
saspec_fini(struct sa_spec *s)
{
	secret_wipe(s, sizeof(*s));
}

void
saspec_copy_ident(struct sa_ident *to, const struct sa_ident *from)
{
	memcpy(to, from, offsetof(struct sa_ident, id) + from->len);
	to->id[from->len] = '\0';
}
