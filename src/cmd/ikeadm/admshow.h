/* SPDX-License-Identifier: BSD-2-Clause */
/* admshow - in.iked's answers for people (spec: ike 7). */
#ifndef CMD_IKEADM_ADMSHOW_H
#define CMD_IKEADM_ADMSHOW_H

#include <jansson.h>
#include <stdio.h>

#include "base/rd.h"

struct admshow {
	FILE *f;
	bool numeric;  /* no names of hosts */
	bool paranoid; /* no keys */
	bool one;      /* one was asked for: no total */
};

void admshow_debug(const struct admshow *s, const json_t *answer);
void admshow_priv(const struct admshow *s, const json_t *answer);
void admshow_stats(const struct admshow *s, const json_t *answer);
void admshow_defaults(const struct admshow *s, const json_t *answer);
void admshow_p1(const struct admshow *s, const json_t *answer);
void admshow_rules(const struct admshow *s, const json_t *answer);
void admshow_preshared(const struct admshow *s, const json_t *answer);
/* key: "groups", "encralgs" or "authalgs". */
void admshow_algs(
    const struct admshow *s, const json_t *answer, const char *key);

#endif /* CMD_IKEADM_ADMSHOW_H */
