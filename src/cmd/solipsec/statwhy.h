/* SPDX-License-Identifier: BSD-2-Clause */
/* statwhy - why packets were dropped, the worst first, and what to do about it. */
#ifndef CMD_STATWHY_H
#define CMD_STATWHY_H

#include <jansson.h>
#include <stdio.h>

/* What may be done about a reason (of ip:0:ipdrop or ipsecd:0:edges); or NULL. */
const char *statwhy_advice(const char *reason);

/*
 * answer: to the op "stat"; status: the status document. One document with
 * "drops" (each with "advice"), "entries" and "sas" that dropped, and "edges";
 * the caller's to json_decref().
 */
json_t *statwhy_document(const json_t *answer, const json_t *status);
/* The same for people. */
void statwhy_print(FILE *f, const json_t *document);

#endif /* CMD_STATWHY_H */
