/* SPDX-License-Identifier: BSD-2-Clause */
#include "client/adminlink.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PIECE	(64 << 10)
#define MOST	(64 << 20) /* bytes of an answer */
#define WAIT_MS 30000

/* The whole answer, ended by '\0', or NULL: to->fault says why. */
static char *
receive(struct link_to *to)
{
	char *text = NULL, *more;
	size_t len = 0, n;

	do {
		more = len < MOST ? realloc(text, len + PIECE + 1) : NULL;
		if (more == NULL) {
			to->fault = LINK_OTHER;
			to->err = len < MOST ? ENOMEM : EMSGSIZE;
			free(text);
			return NULL;
		}
		text = more;
		if (!link_recv(to, text + len, PIECE, &n, WAIT_MS)) {
			free(text);
			return NULL;
		}
		len += n;
	} while (len == 0 || text[len - 1] != '\n');
	text[len] = '\0';
	return text;
}

static char *
exchange(struct link_to *to, enum link_which which, const char *question)
{
	if (!link_connect(to, which))
		return NULL;
	return link_send(to, question, strlen(question)) ? receive(to) : NULL;
}

json_t *
adminlink_ask(json_t *ask, int *err, char text[ADMINLINK_TEXT])
{
	return adminlink_ask_at(LINK_ADMIN, ask, err, text);
}

json_t *
adminlink_ask_at(
    enum link_which which, json_t *ask, int *err, char text[ADMINLINK_TEXT])
{
	char *question = json_dumps(ask, JSON_COMPACT), *answer = NULL;
	struct link_to to = {
		.fd = -1, .fault = LINK_OTHER, .err = ENOMEM, .which = which
	};
	const char *why;
	json_t *o;

	json_decref(ask);
	if (err != NULL)
		*err = 0;
	if (question != NULL)
		answer = exchange(&to, which, question);
	if (answer == NULL)
		(void)link_sentence(&to, text);
	link_close(&to);
	free(question);
	if (answer == NULL)
		return NULL;
	o = json_loads(answer, 0, NULL);
	free(answer);
	if (json_is_true(json_object_get(o, "ok")))
		return o;
	why = json_string_value(json_object_get(o, "error"));
	(void)snprintf(text, ADMINLINK_TEXT, "%s",
	    why != NULL		? why
	    : which == LINK_IKE ? "in.iked's answer makes no sense"
				: "ipsecd's answer makes no sense");
	if (err != NULL)
		*err = (int)json_integer_value(json_object_get(o, "errno"));
	json_decref(o);
	return NULL;
}
