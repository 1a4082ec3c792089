/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ipsecd/tuneop.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/ipsecd/admin.h"
#include "daemon/ipsecd/ipsecd.h"
#include "io/log.h"

#define SETS_MAX 256 /* of one question */

static json_t *
number(uint64_t v)
{
	return json_integer((json_int_t)v);
}

static json_t *
show(struct ipsecd *d, const struct tune_row *r)
{
	json_t *o = json_object();
	char driver[16];

	tune_driver(driver, sizeof(driver), r);
	(void)json_object_set_new(o, "name", json_string(r->name));
	(void)json_object_set_new(o, "driver", json_string(driver));
	if (r->alias != NULL)
		(void)json_object_set_new(o, "alias", json_string(r->alias));
	(void)json_object_set_new(o, "unit", json_string(r->unit));
	(void)json_object_set_new(o, "help", json_string(r->help));
	(void)json_object_set_new(o, "value", number(tune_get(d, r)));
	(void)json_object_set_new(o, "default", number(r->value));
	if (r->solaris != 0)
		(void)json_object_set_new(
		    o, "solaris_default", number(r->solaris));
	(void)json_object_set_new(o, "min", number(r->min));
	(void)json_object_set_new(o, "max", number(r->max));
	(void)json_object_set_new(
	    o, "settable", json_boolean(r->home != TUNE_NOWHERE));
	if (r->refusal != NULL)
		(void)json_object_set_new(o, "reason", json_string(r->refusal));
	return o;
}

static const struct tune_row *
find(const char *name, char *err, size_t n)
{
	const struct tune_row *r = tune_find(name);
	const char *near;

	if (r != NULL)
		return r;
	near = tune_nearest(name);
	(void)snprintf(err, n,
	    near != NULL ? "no tunable is named `%.64s'; did you mean `%s'?"
			 : "no tunable is named `%.64s'; `solipsec tune' lists "
			   "them",
	    name, near);
	return NULL;
}

int
tuneop_get(struct ipsecd *d, const json_t *in, json_t *out, char *err, size_t n)
{
	json_t *list = json_array();
	const struct tune_row *r;
	const char *name;

	(void)json_object_set_new(out, "tunables", list);
	if (json_object_get(in, "name") == NULL) {
		for (size_t i = 0; (r = tune_row(i)) != NULL; i++)
			(void)json_array_append_new(list, show(d, r));
		return 0;
	}
	if (!admin_text(in, "name", &name, err, n))
		return EINVAL;
	r = find(name, err, n);
	if (r == NULL)
		return ENOENT;
	(void)json_array_append_new(list, show(d, r));
	return 0;
}

/* One of "set": what it names and wants. 0 or errno. */
static int
parse(const struct tune_row **r, uint64_t *v, const json_t *one, char *err,
    size_t n)
{
	const char *name;
	json_int_t value;

	if (!admin_text(one, "name", &name, err, n) ||
	    !admin_number(one, "value", &value, err, n))
		return EINVAL;
	*r = find(name, err, n);
	if (*r == NULL)
		return ENOENT;
	if (value < 0) {
		(void)snprintf(err, n, "%s: a value cannot be negative", name);
		return ERANGE;
	}
	*v = (uint64_t)value;
	return tune_check(*r, *v, err, n);
}

static json_t *
set_one(struct ipsecd *d, const struct tune_row *r, uint64_t v)
{
	uint64_t old = tune_get(d, r);

	tune_set(d, r, v);
	if (old != v)
		log_say(LOG_LEVEL_INFO, "%s is %llu now, was %llu", r->name,
		    (unsigned long long)v, (unsigned long long)old);
	return json_pack("{s:s,s:I,s:I}", "name", r->name, "old",
	    (json_int_t)old, "new", (json_int_t)v);
}

int
tuneop_set(struct ipsecd *d, const json_t *in, json_t *out, char *err, size_t n)
{
	const json_t *set = json_object_get(in, "set");
	const struct tune_row *r;
	json_t *changed;
	uint64_t v;
	size_t i;

	if (!json_is_array(set) || json_array_size(set) == 0 ||
	    json_array_size(set) > SETS_MAX) {
		(void)snprintf(err, n,
		    "`set' has to be an array of 1 to %d objects", SETS_MAX);
		return EINVAL;
	}
	for (i = 0; i < json_array_size(set); i++) {
		int errnum = parse(&r, &v, json_array_get(set, i), err, n);

		if (errnum != 0)
			return errnum;
	}
	if (json_is_true(json_object_get(in, "check")))
		return 0;
	changed = json_array();
	(void)json_object_set_new(out, "changed", changed);
	for (i = 0; i < json_array_size(set); i++)
		if (parse(&r, &v, json_array_get(set, i), err, n) == 0)
			(void)json_array_append_new(changed, set_one(d, r, v));
	return 0;
}
