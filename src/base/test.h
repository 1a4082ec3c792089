/* SPDX-License-Identifier: BSD-2-Clause */
/* test - cmocka with the headers that it wants first. For *_test.c only. */
#ifndef BASE_TEST_H
#define BASE_TEST_H

/* clang-format off: cmocka.h needs these before it */
#include <cmocka.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* clang-format on */

#endif /* BASE_TEST_H */
