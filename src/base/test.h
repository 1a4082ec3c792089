/* SPDX-License-Identifier: BSD-2-Clause */
/* test - cmocka with the headers that it wants first. For *_test.c only. */
#ifndef BASE_TEST_H
#define BASE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* a group of its own: cmocka.h needs the ones above before it */
/* clang-format off */
#include <cmocka.h>
/* clang-format on */

#endif /* BASE_TEST_H */
