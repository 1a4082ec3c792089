/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * keyop - what ikeadm asks in.iked about preshared keys, answered from them alone
 * (docs/reference/ikeadm.md): for the process that has the keys.
 */
#ifndef DAEMON_KEYOP_H
#define DAEMON_KEYOP_H

#include <jansson.h>

#include "model/ikekey.h"

#define KEYOP_ERROR 256

/* spec: ike 7: privilege levels */
enum { KEYOP_BASE, KEYOP_MODKEYS, KEYOP_KEYMAT };

struct keyop {
	struct ikekeys *keys; /* changed in place */
	int privilege;	      /* KEYOP_KEYMAT: keys are in answers */
	char err[KEYOP_ERROR];
};

/*
 * 0 or errno: EPERM the level does not allow it, ENOENT no such key, EEXIST all
 * of them are there already, EINVAL err says what is wrong. -1: no op of these.
 * An answer may hold keys: whoever sends it wipes its text.
 */
int keyop_answer(struct keyop *k, const json_t *in, json_t *out);
/* The i-th op and one line about it; NULL past the end. */
const char *keyop_name(size_t i, const char **help);

#endif /* DAEMON_KEYOP_H */
