/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ipsecd/admin.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/ipsecd/ipsecd.h"
#include "daemon/ipsecd/kstatop.h"
#include "daemon/ipsecd/sockets.h"
#include "daemon/ipsecd/tuneop.h"
#include "daemon/ipsecd/tunnelop.h"

static int admin_help(
    struct ipsecd *d, const json_t *in, json_t *out, char *err, size_t n);

/* In alphabetical order. */
static const struct admin_op ops[] = {
	{ "help", "the list of ops", admin_help },
	{ "sockets", "sockets with a policy of their own, connections",
	    sockets_op },
	{ "stat", "counters, by the names of Solaris' kstats", kstatop_stat },
	{ "tune-get", "tunables: names, ranges, values", tuneop_get },
	{ "tune-set", "change tunables", tuneop_set },
	{ "tunnel-create", "make a tunnel interface", tunnelop_create },
	{ "tunnel-delete", "take a tunnel interface away", tunnelop_delete },
	{ "tunnel-list", "the tunnel interfaces", tunnelop_list },
	{ "tunnel-modify", "change a tunnel interface", tunnelop_modify },
};

#define N_OPS (sizeof(ops) / sizeof(ops[0]))

static int
admin_help(struct ipsecd *d, const json_t *in, json_t *out, char *err, size_t n)
{
	json_t *list = json_array();

	(void)d;
	(void)in;
	(void)err;
	(void)n;
	for (size_t i = 0; i < N_OPS; i++)
		(void)json_array_append_new(
		    list, json_pack("{s:s,s:s}", "op", ops[i].name, "help",
			      ops[i].help));
	(void)json_object_set_new(
	    out, "version", json_string(SOLIPSEC_VERSION));
	(void)json_object_set_new(out, "ops", list);
	return 0;
}

bool
admin_text(
    const json_t *in, const char *key, const char **v, char *err, size_t n)
{
	const json_t *o = json_object_get(in, key);

	*v = json_string_value(o);
	if (*v != NULL)
		return true;
	(void)snprintf(err, n,
	    o == NULL ? "`%s' is missing" : "`%s' has to be a string", key);
	return false;
}

bool
admin_number(
    const json_t *in, const char *key, json_int_t *v, char *err, size_t n)
{
	const json_t *o = json_object_get(in, key);

	*v = json_integer_value(o);
	if (json_is_integer(o))
		return true;
	(void)snprintf(err, n,
	    o == NULL ? "`%s' is missing" : "`%s' has to be a whole number",
	    key);
	return false;
}

static char *
bad(int errnum, const char *line)
{
	json_t *say = json_string(line[0] != '\0' ? line : strerror(errnum));
	json_t *o;
	char *text;

	/* a name of the question, cut in the middle of a letter */
	if (say == NULL) {
		char plain[ADMIN_ERROR];
		size_t n = strnlen(line, sizeof(plain) - 1);

		for (size_t i = 0; i < n; i++)
			plain[i] =
			    (unsigned char)line[i] < 0x80 ? line[i] : '?';
		plain[n] = '\0';
		say = json_string(plain);
	}
	o = json_pack("{s:b,s:i,s:o}", "ok", 0, "errno", errnum, "error", say);
	text = json_dumps(o, JSON_COMPACT);

	json_decref(o);
	return text;
}

char *
admin_refusal(const char *why)
{
	return bad(EPERM, why);
}

static char *
run(const struct admin_op *op, struct ipsecd *d, const json_t *in)
{
	char err[ADMIN_ERROR] = "", *text;
	json_t *out = json_object();
	int errnum = op->run(d, in, out, err, sizeof(err));

	if (errnum != 0) {
		text = bad(errnum, err);
	} else {
		(void)json_object_set_new(out, "ok", json_true());
		text = json_dumps(out, JSON_COMPACT);
	}
	json_decref(out);
	return text;
}

char *
admin_answer(struct ipsecd *d, const void *msg, size_t n)
{
	json_error_t why;
	json_t *in = n <= ADMIN_MESSAGE
			 ? json_loadb(msg, n, JSON_REJECT_DUPLICATES, &why)
			 : NULL;
	char err[ADMIN_ERROR], *text = NULL;
	const char *name;

	if (!json_is_object(in)) {
		json_decref(in);
		return bad(EINVAL, "the question is not one JSON object");
	}
	if (!admin_text(in, "op", &name, err, sizeof(err))) {
		json_decref(in);
		return bad(EINVAL, err);
	}
	for (size_t i = 0; i < N_OPS && text == NULL; i++)
		if (strcmp(ops[i].name, name) == 0)
			text = run(&ops[i], d, in);
	if (text == NULL)
		text = bad(EOPNOTSUPP,
		    "this ipsecd has no such op; op \"help\" lists them");
	json_decref(in);
	return text;
}
