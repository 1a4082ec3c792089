/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/txt.h"

#include <stdarg.h>
#include <stdio.h>

void
txt_put(struct wr *w, const char *s)
{
	wr_bytes(w, s, strlen(s));
}

void
txt_print(struct wr *w, const char *fmt, ...)
{
	char buf[1024];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(buf))
		w->bad = true;
	else
		wr_bytes(w, buf, (size_t)n);
}
