/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * txt - text into a struct wr. Sticky like all of wr: what does not fit goes
 * in not at all and makes the writer bad. No NUL is written.
 */
#ifndef BASE_TXT_H
#define BASE_TXT_H

#include "base/wr.h"

void txt_put(struct wr *w, const char *s);
__attribute__((format(printf, 2, 3))) void txt_print(
    struct wr *w, const char *fmt, ...);

#endif /* BASE_TXT_H */
