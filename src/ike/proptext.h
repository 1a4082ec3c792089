/* SPDX-License-Identifier: BSD-2-Clause */
/* proptext - proposals as text, and why none of them fitted. */
#ifndef IKE_PROPTEXT_H
#define IKE_PROPTEXT_H

#include "ike/propose.h"

/*
 * All of these write into buf, cut to fit, and return it.
 *
 * "1: ESP aes-gcm(256)/aes-gcm(128) esn/no-esn; 2: ..."
 */
const char *proptext_print(char *buf, size_t size, const struct ike2_sa *sa);
/* The same of what was chosen. */
const char *proptext_one(char *buf, size_t size, const struct propose *p);
/*
 * Why nothing fitted, in one line: of the two proposals that are nearest what the
 * peer offers and what would be taken, of each type in which they differ.
 */
const char *proptext_explain(char *buf, size_t size, const struct ike2_sa *own,
    const struct ike2_sa *peer);

#endif /* IKE_PROPTEXT_H */
