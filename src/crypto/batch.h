/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * batch - one key on two backends: one computes several operations at a time,
 * the other does better with few.
 */
#ifndef CRYPTO_BATCH_H
#define CRYPTO_BATCH_H

#include "crypto/backend.h"

/*
 * many is used from many->least operations on, few below. Takes both over;
 * without memory it is many alone, which is right though slower.
 */
struct aead *batch_new(struct aead *few, struct aead *many);

#endif /* CRYPTO_BATCH_H */
