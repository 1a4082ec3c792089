/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/solipsec/kstatcmd.h"

#include <fnmatch.h>
#include <string.h>
#include <time.h>

#include "client/adminlink.h"

#define NUMBER "%" JSON_INTEGER_FORMAT
#define PART   128 /* longest part of a pattern */

static const char *
text_of(const json_t *o, const char *key)
{
	const char *t = json_string_value(json_object_get(o, key));

	return t != NULL ? t : "";
}

/* The next part of a pattern; *p goes on behind it. */
static bool
fits_part(const char **p, const char *what)
{
	size_t n = strcspn(*p, ":");
	char part[PART];

	if (n >= sizeof(part))
		return false;
	memcpy(part, *p, n);
	part[n] = '\0';
	*p += n + ((*p)[n] == ':');
	return n == 0 || fnmatch(part, what, 0) == 0;
}

bool
kstatcmd_fits(const char *pattern, const char *module, long instance,
    const char *name, const char *statistic)
{
	char number[24];

	(void)snprintf(number, sizeof(number), "%ld", instance);
	return fits_part(&pattern, module) && fits_part(&pattern, number) &&
	       fits_part(&pattern, name) && fits_part(&pattern, statistic) &&
	       *pattern == '\0';
}

static bool
fits_any(char *const *pattern, size_t n, const json_t *o, const char *statistic)
{
	for (size_t i = 0; i < n; i++)
		if (kstatcmd_fits(pattern[i], text_of(o, "module"),
			(long)json_integer_value(
			    json_object_get(o, "instance")),
			text_of(o, "name"), statistic))
			return true;
	return n == 0;
}

/* The same kstat of an earlier answer. */
static const json_t *
same(const json_t *answer, const json_t *o)
{
	const json_t *list = json_object_get(answer, "kstats");

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *k = json_array_get(list, i);

		if (strcmp(text_of(k, "module"), text_of(o, "module")) == 0 &&
		    strcmp(text_of(k, "name"), text_of(o, "name")) == 0)
			return json_object_get(k, "statistics");
	}
	return NULL;
}

static json_t *
select_one(json_t *o, const json_t *before, char *const *pattern, size_t n)
{
	json_t *some = json_object(), *diff = json_object(), *v;
	const char *key;

	json_object_foreach(json_object_get(o, "statistics"), key, v)
	{
		if (!fits_any(pattern, n, o, key))
			continue;
		(void)json_object_set(some, key, v);
		(void)json_object_set_new(diff, key,
		    json_integer(json_integer_value(v) -
				 json_integer_value(
				     json_object_get(same(before, o), key))));
	}
	o = json_pack("{s:O,s:O,s:O,s:o}", "module",
	    json_object_get(o, "module"), "instance",
	    json_object_get(o, "instance"), "name", json_object_get(o, "name"),
	    "statistics", some);
	if (before != NULL)
		(void)json_object_set(o, "difference", diff);
	json_decref(diff);
	return o;
}

json_t *
kstatcmd_select(const json_t *answer, const json_t *before,
    char *const *pattern, size_t n, size_t *found)
{
	const json_t *list = json_object_get(answer, "kstats");
	json_t *some = json_array();

	*found = 0;
	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *o =
		    select_one(json_array_get(list, i), before, pattern, n);
		size_t k = json_object_size(json_object_get(o, "statistics"));

		*found += k;
		if (k != 0)
			(void)json_array_append(some, o);
		json_decref(o);
	}
	return json_pack("{s:O,s:o}", "snaptime",
	    json_object_get(answer, "snaptime"), "kstats", some);
}

void
kstatcmd_print(FILE *f, const json_t *selected)
{
	const json_t *list = json_object_get(selected, "kstats");

	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *o = json_array_get(list, i), *v;
		const json_t *diff = json_object_get(o, "difference");
		const char *key;

		json_object_foreach(json_object_get(o, "statistics"), key, v)
		{
			(void)fprintf(f, "%s:" NUMBER ":%s:%s\t" NUMBER,
			    text_of(o, "module"),
			    json_integer_value(json_object_get(o, "instance")),
			    text_of(o, "name"), key, json_integer_value(v));
			if (diff != NULL)
				(void)fprintf(f, "\t%+" JSON_INTEGER_FORMAT,
				    json_integer_value(
					json_object_get(diff, key)));
			(void)fputc('\n', f);
		}
	}
}

/* False: nothing fits, or nobody takes the output. */
static bool
show(const struct kstatcmd *k, const json_t *now, const json_t *before)
{
	size_t found;
	json_t *some = kstatcmd_select(now, before, k->pattern, k->n, &found);

	if (found == 0)
		(void)fprintf(stderr, "solipsec: no counter fits\n");
	else if (!k->json)
		kstatcmd_print(stdout, some);
	else
		/* one document, or one in each line */
		(void)json_dumpf(some, stdout,
		    k->interval == 0 ? JSON_INDENT(1) : JSON_COMPACT);
	if (found != 0 && (k->json || k->interval != 0))
		(void)printf("\n");
	json_decref(some);
	return found != 0 && fflush(stdout) == 0;
}

/* Until the next full interval, so that rounds do not drift. */
static void
rest(struct timespec *until, unsigned interval)
{
	until->tv_sec += interval;
	while (
	    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, until, NULL) != 0)
		;
}

int
kstatcmd_run(const struct kstatcmd *k)
{
	json_t *before = NULL, *now;
	char text[ADMINLINK_TEXT];
	struct timespec at;
	bool ok = true;

	(void)clock_gettime(CLOCK_MONOTONIC, &at);
	for (unsigned long i = 0; ok; i++) {
		now =
		    adminlink_ask(json_pack("{s:s}", "op", "stat"), NULL, text);
		if (now == NULL) {
			(void)fprintf(stderr, "solipsec: %s\n", text);
			ok = false;
			break;
		}
		ok = show(k, now, before);
		json_decref(before);
		before = now;
		if (k->interval == 0 || i + 1 == k->count)
			break;
		if (ok)
			rest(&at, k->interval);
	}
	json_decref(before);
	return !ok;
}
