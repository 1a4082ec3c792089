/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * admin - what an administrator asks of ipsecd and neither PF_KEY nor PF_POLICY
 * can say: the socket "admin" (RUNDIR_ADMIN), one JSON object for a question and
 * one for its answer (ipsecd(8)).
 *
 *   {"op":"NAME", ...}  ->  {"ok":true, ...}
 *                           {"ok":false,"errno":N,"error":"one line"}
 *
 * A question is one message. An answer is one message or several: its text in
 * pieces, the last of which ends in a newline, which is nowhere else in it.
 */
#ifndef DAEMON_ADMIN_H
#define DAEMON_ADMIN_H

#include <jansson.h>

#include "base/rd.h"

struct ipsecd;

#define ADMIN_MESSAGE (64 << 10) /* bytes of a question */
#define ADMIN_PIECE   (32 << 10) /* bytes of one message of an answer */
#define ADMIN_ERROR   256	 /* bytes of a line that says what is wrong */

/*
 * One row of the table in admin.c. in: the question, an object. out: an empty
 * object for what the answer has beside "ok". Returns 0, or an errno value with
 * a line without newline in err, which has ADMIN_ERROR bytes; "" stands for the
 * errno's own text. Who may ask nothing never gets here.
 */
struct admin_op {
	const char *name, *help;
	int (*run)(struct ipsecd *d, const json_t *in, json_t *out, char *err,
	    size_t n);
};

/*
 * The answer to n bytes, without the newline; freed by the caller with free().
 * NULL: no memory.
 */
char *admin_answer(struct ipsecd *d, const void *msg, size_t n);
/* The same to one who may not ask, whatever the question is. */
char *admin_refusal(const char *why);

/*
 * For ops: a string or a number of the question. False: it is not there or of
 * another type, and err says so.
 */
MUST_USE bool admin_text(
    const json_t *in, const char *key, const char **v, char *err, size_t n);
MUST_USE bool admin_number(
    const json_t *in, const char *key, json_int_t *v, char *err, size_t n);

#endif /* DAEMON_ADMIN_H */
