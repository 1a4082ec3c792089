/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ikeop/ruleop.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/ikeconf.h"
#include "conf/ikeprint.h"
#include "conf/ikexform.h"
#include "model/ikealg.h"

#define ROOM (4u << 20) /* bytes of a written configuration */

/* Text as JSON takes it: bytes that are no UTF-8 become ?. */
static json_t *
text_json(const char *s, size_t n)
{
	json_t *o = json_stringn(s, n);
	char *plain;

	if (o != NULL)
		return o;
	plain = malloc(n + 1);
	if (plain == NULL)
		return json_null();
	for (size_t i = 0; i < n; i++)
		plain[i] = (unsigned char)s[i] < 0x80 ? s[i] : '?';
	o = json_stringn(plain, n);
	free(plain);
	return o;
}

static void
set_text(json_t *o, const char *key, const char *s)
{
	(void)json_object_set_new(o, key, text_json(s, strlen(s)));
}

static void
set_number(json_t *o, const char *key, uint64_t v)
{
	(void)json_object_set_new(o, key, json_integer((json_int_t)v));
}

/* ---- one rule ---- */

static json_t *
list_json(
    const struct ikecfg *c, const struct ikecfg_rule *r, enum ikecfg_list l)
{
	unsigned n;
	const struct ikecfg_addr *x = ikecfg_list(c, r, l, &n);
	json_t *list = json_array();
	char buf[512];

	for (unsigned i = 0; i < n; i++) {
		struct wr w = wr_into(buf, sizeof(buf));

		ikeprint_addr(&w, &x[i]);
		(void)json_array_append_new(list, text_json(buf, w.len));
	}
	return list;
}

static json_t *
sels_json(const struct ikecfg_rule *r, enum ikecfg_sels l)
{
	json_t *list = json_array();
	char buf[1200];

	for (unsigned i = 0; i < r->part.n_sel[l]; i++) {
		struct ikecfg_sel s = r->part.sel[l][i];
		bool no = s.not_;
		struct wr w = wr_into(buf, sizeof(buf));
		json_t *o = json_object();

		s.not_ = false;
		ikeprint_sel(&w, &s);
		(void)json_object_set_new(o, "selector", text_json(buf, w.len));
		(void)json_object_set_new(o, "excludes", json_boolean(no));
		(void)json_array_append_new(list, o);
	}
	return list;
}

static const char *
alg_name(unsigned type, unsigned id)
{
	const struct ikealg *a = ikealg_by_id(type, id);

	return a != NULL ? a->name : id == 0 ? "none" : "?";
}

static json_t *
xforms_json(const struct ikecfg *c, const struct ikecfg_rule *r)
{
	unsigned n;
	const struct ikecfg_xform *x = ikecfg_xforms(c, r, &n);
	json_t *list = json_array();

	for (unsigned i = 0; i < n; i++) {
		json_t *o = json_object(), *add = json_array();

		set_text(o, "method", ikeval_auth_name(x[i].auth));
		set_text(o, "encr", alg_name(IKEALG_ENCR, x[i].encr));
		set_number(o, "key_min", x[i].key_min);
		set_number(o, "key_max", x[i].key_max);
		set_text(o, "auth", alg_name(IKEALG_INTEG, x[i].integ));
		set_text(o, "prf", alg_name(IKEALG_PRF, x[i].prf));
		set_text(o, "group", alg_name(IKEALG_KE, x[i].ke));
		set_number(o, "group_number", x[i].ke);
		for (unsigned k = 0; k < IKECFG_ADDKES && x[i].addke[k]; k++)
			(void)json_array_append_new(add,
			    json_string(alg_name(IKEALG_KE, x[i].addke[k])));
		(void)json_object_set_new(o, "additional", add);
		set_number(o, "lifetime",
		    x[i].life != 0 ? x[i].life
				   : ikecfg_value(c, r, IKECFG_P1_LIFE));
		(void)json_array_append_new(list, o);
	}
	return list;
}

static json_t *
rule_json(const struct ikecfg *c, const struct ikecfg_rule *r)
{
	json_t *o = json_object(), *values = json_object();
	char buf[64];

	set_text(o, "label", r->label);
	set_number(o, "cookie", r->cookie);
	for (unsigned v = 0; v < IKECFG_VALUES; v++) {
		const struct ikecfg_row *row = ikeval_row((enum ikecfg_value)v);
		struct wr w = wr_into(buf, sizeof(buf));

		if (!row->in_rule)
			continue;
		ikeprint_value(&w, (enum ikecfg_value)v,
		    ikecfg_value(c, r, (enum ikecfg_value)v));
		(void)json_object_set_new(
		    values, row->name, text_json(buf, w.len));
	}
	(void)json_object_set_new(o, "values", values);
	(void)json_object_set_new(
	    o, "local", list_json(c, r, IKECFG_LOCAL_ADDR));
	(void)json_object_set_new(
	    o, "remote", list_json(c, r, IKECFG_REMOTE_ADDR));
	(void)json_object_set_new(o, "pool", list_json(c, r, IKECFG_POOL_ADDR));
	(void)json_object_set_new(o, "local_id", sels_json(r, IKECFG_LOCAL_ID));
	(void)json_object_set_new(
	    o, "remote_id", sels_json(r, IKECFG_REMOTE_ID));
	(void)json_object_set_new(o, "xforms", xforms_json(c, r));
	return o;
}

/* ---- ops ---- */

static int
rule_dump(struct ruleop *r, const json_t *in, json_t *out)
{
	const char *label = json_string_value(json_object_get(in, "label"));
	json_t *list = json_array();

	for (unsigned i = 0; i < r->now->n; i++)
		if (label == NULL || strcmp(r->now->rule[i].label, label) == 0)
			(void)json_array_append_new(
			    list, rule_json(r->now, &r->now->rule[i]));

	bool none = json_array_size(list) == 0;

	(void)json_object_set_new(out, "rules", list);
	return none && label != NULL ? ENOENT : 0;
}

static void
keep_first(void *ctx, const struct conf_error *e)
{
	struct ruleop *r = ctx;
	char line[CONF_LINE];

	if (r->err[0] == '\0' && e->severity == CONF_ERROR)
		(void)snprintf(r->err, sizeof(r->err), "%.*s",
		    (int)sizeof(r->err) - 1, lex_error_print(line, e));
}

/* Those of `more` whose labels are new go into next. */
static int
take_new(struct ruleop *r, struct ikecfg *more, unsigned *added)
{
	for (unsigned i = 0; i < more->n; i++) {
		struct ikecfg_rule x = more->rule[i];

		if (ikecfg_by_label(r->now, x.label) != NULL)
			continue;
		more->rule[i] = (struct ikecfg_rule){ 0 };
		if (!ikecfg_add_rule(&r->next, &x))
			return ENOMEM;
		(*added)++;
	}
	return 0;
}

static int
rule_add(struct ruleop *r, const json_t *in, json_t *out)
{
	const json_t *o = json_object_get(in, "text");
	unsigned added = 0, all;
	struct ikecfg more;
	int err;

	if (!json_is_string(o)) {
		(void)snprintf(r->err, sizeof(r->err), "`text' is missing");
		return EINVAL;
	}
	if (!ikeconf_read_rules(&more, r->now, "input", json_string_value(o),
		json_string_length(o), keep_first, r, NULL)) {
		ikecfg_fini(&more);
		return r->err[0] != '\0' ? EINVAL : ENOMEM;
	}
	all = more.n;
	err =
	    ikecfg_copy(&r->next, r->now) ? take_new(r, &more, &added) : ENOMEM;
	/* what was taken is empty, so that it is not freed */
	ikecfg_fini(&more);
	r->changed = err == 0 && added != 0;
	if (!r->changed)
		ikecfg_fini(&r->next);
	set_number(out, "added", added);
	set_number(out, "duplicates", all - added);
	return err != 0 ? err : added == 0 && all != 0 ? EEXIST : 0;
}

static int
rule_delete(struct ruleop *r, const json_t *in, json_t *out)
{
	const char *label = json_string_value(json_object_get(in, "label"));

	(void)out;
	if (label == NULL || ikecfg_by_label(r->now, label) == NULL)
		return ENOENT;
	if (!ikecfg_copy(&r->next, r->now))
		return ENOMEM;
	r->changed = ikecfg_del_rule(&r->next, label);
	return 0;
}

/* Everything anew, out of a file that ikeadm has read. */
static int
rule_read(struct ruleop *r, const json_t *in, json_t *out)
{
	const json_t *o = json_object_get(in, "text");
	const char *file = json_string_value(json_object_get(in, "file"));

	if (!json_is_string(o)) {
		(void)snprintf(r->err, sizeof(r->err), "`text' is missing");
		return EINVAL;
	}
	if (!ikeconf_read(&r->next, file != NULL ? file : "input",
		json_string_value(o), json_string_length(o), keep_first, r,
		NULL))
		return r->err[0] != '\0' ? EINVAL : ENOMEM;
	ikecfg_keep_cookies(&r->next, r->now);
	r->changed = true;
	set_number(out, "rules", r->next.n);
	return 0;
}

static int
rule_write(struct ruleop *r, const json_t *in, json_t *out)
{
	char *buf = malloc(ROOM);
	struct wr w;

	(void)in;
	if (buf == NULL)
		return ENOMEM;
	w = wr_into(buf, ROOM);
	ikeprint_all(&w, r->now);
	if (!w.bad)
		(void)json_object_set_new(out, "text", text_json(buf, w.len));
	free(buf);
	return w.bad ? ENOSPC : 0;
}

static const char *
unit_name(unsigned unit)
{
	static const char *const units[] = { [IKECFG_PLAIN] = "",
		[IKECFG_SECONDS] = "seconds",
		[IKECFG_MS] = "seconds",
		[IKECFG_KB] = "kilobytes",
		[IKECFG_BYTES] = "bytes",
		[IKECFG_PERCENT] = "percent",
		[IKECFG_FLAG] = "",
		[IKECFG_WORDS] = "" };

	return units[unit];
}

static int
defaults(struct ruleop *r, const json_t *in, json_t *out)
{
	json_t *list = json_array();
	char buf[64];

	(void)in;
	for (unsigned v = 0; v < IKECFG_VALUES; v++) {
		const struct ikecfg_row *row = ikeval_row((enum ikecfg_value)v);
		struct wr w = wr_into(buf, sizeof(buf));
		json_t *o = json_object();
		bool said = (r->now->part.set >> v & 1) != 0;

		ikeprint_value(&w, (enum ikecfg_value)v,
		    ikecfg_value(r->now, NULL, (enum ikecfg_value)v));
		set_text(o, "token", row->name);
		set_text(o, "source", said ? "config" : "default");
		(void)json_object_set_new(
		    o, "value", text_json(w.len != 0 ? buf : "", w.len));
		set_text(o, "unit", unit_name(row->unit));
		set_text(o, "description", row->help);
		(void)json_array_append_new(list, o);
	}
	(void)json_object_set_new(out, "defaults", list);
	return 0;
}

static int
algs(json_t *out, const char *key, unsigned type)
{
	json_t *list = json_array();
	const struct ikealg *a;

	for (size_t i = 0; (a = ikealg_row(i)) != NULL; i++) {
		json_t *o;

		/* what p1_xform takes; "none" is no algorithm */
		if (a->type != type || a->status == IKEALG_NEVER ||
		    (a->flags & IKEALG_FOR_IKE) == 0 ||
		    (type == IKEALG_INTEG && a->id == 0))
			continue;
		o = json_object();
		set_text(o, "name", a->name);
		set_number(o, "number", a->id);
		set_text(o, "status", ikealg_status_name(a->status));
		set_number(o, "bits", a->bits);
		set_number(o, "key_min", a->key_min);
		set_number(o, "key_max", a->key_max);
		set_number(o, "value_bytes", a->len);
		(void)json_array_append_new(list, o);
	}
	(void)json_object_set_new(out, key, list);
	return 0;
}

static int
groups(struct ruleop *r, const json_t *in, json_t *out)
{
	(void)r;
	(void)in;
	return algs(out, "groups", IKEALG_KE);
}

static int
encralgs(struct ruleop *r, const json_t *in, json_t *out)
{
	(void)r;
	(void)in;
	return algs(out, "encralgs", IKEALG_ENCR);
}

static int
authalgs(struct ruleop *r, const json_t *in, json_t *out)
{
	(void)r;
	(void)in;
	return algs(out, "authalgs", IKEALG_INTEG);
}

static const struct {
	const char *name, *help;
	int (*run)(struct ruleop *r, const json_t *in, json_t *out);
} ops[] = {
	{ "authalgs", "authentication algorithms of p1_xform", authalgs },
	{ "defaults", "numbers outside of rules, and whence", defaults },
	{ "encralgs", "encryption algorithms of p1_xform", encralgs },
	{ "groups", "key exchanges of p1_xform", groups },
	{ "rule-add", "more rules", rule_add },
	{ "rule-delete", "take a rule away", rule_delete },
	{ "rule-dump", "the rules, or one", rule_dump },
	{ "rule-read", "another configuration in place of this", rule_read },
	{ "rule-write", "the configuration as text", rule_write },
};

#define N_OPS (sizeof(ops) / sizeof(ops[0]))

int
ruleop_answer(struct ruleop *r, const json_t *in, json_t *out)
{
	const char *op = json_string_value(json_object_get(in, "op"));

	r->next = (struct ikecfg){ 0 };
	r->changed = false;
	r->err[0] = '\0';
	for (size_t i = 0; op != NULL && i < N_OPS; i++)
		if (strcmp(op, ops[i].name) == 0)
			return ops[i].run(r, in, out);
	return -1;
}

const char *
ruleop_name(size_t i, const char **help)
{
	if (i >= N_OPS)
		return NULL;
	*help = ops[i].help;
	return ops[i].name;
}
