/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/solipsec/tunecmd.h"

#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "client/adminlink.h"

#define NUMBER "%" JSON_INTEGER_FORMAT
#define WORDS  128 /* longest line of a file */

static void
usage(FILE *f)
{
	(void)fprintf(f,
	    "usage: solipsec tune [-v] [--json] [PATTERN ...]\n"
	    "       solipsec tune get [DRIVER] NAME\n"
	    "       solipsec tune set [DRIVER] NAME VALUE\n"
	    "       solipsec tune NAME=VALUE ...\n"
	    "       solipsec tune [-c] -f FILE\n"
	    "  -v       also what each does, and why some cannot be set\n"
	    "  --json   the list as one JSON document\n"
	    "  -f FILE  set what a file says, all of it or nothing\n"
	    "  -c       only look whether it could be set\n"
	    "ndd's -get and -set with /dev/DRIVER do as well.\n");
}

static json_t *
ask(json_t *question)
{
	char text[ADMINLINK_TEXT];
	json_t *o = adminlink_ask(question, NULL, text);

	if (o == NULL)
		(void)fprintf(stderr, "solipsec: %s\n", text);
	return o;
}

/* --- printing --- */

static const char *
text_of(const json_t *o, const char *key)
{
	const char *t = json_string_value(json_object_get(o, key));

	return t != NULL ? t : "";
}

static json_int_t
number(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

static bool
fits(const json_t *o, char *const *pattern, size_t n)
{
	static const char *const keys[] = { "name", "alias", "driver" };

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++)
			if (fnmatch(pattern[i], text_of(o, keys[k]), 0) == 0)
				return true;
	return n == 0;
}

static void
print_more(FILE *f, const json_t *o)
{
	(void)fprintf(f, "    %s\n", text_of(o, "help"));
	if (text_of(o, "alias")[0] != '\0')
		(void)fprintf(f, "    ipadm: %s\n", text_of(o, "alias"));
	if (json_object_get(o, "solaris_default") != NULL)
		(void)fprintf(f, "    Solaris' default is " NUMBER "\n",
		    number(o, "solaris_default"));
	if (text_of(o, "reason")[0] != '\0')
		(void)fprintf(
		    f, "    cannot be set: %s\n", text_of(o, "reason"));
}

size_t
tunecmd_print(
    FILE *f, const json_t *answer, char *const *pattern, size_t n, bool verbose)
{
	const json_t *list = json_object_get(answer, "tunables");
	size_t printed = 0;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *o = json_array_get(list, i);
		char range[48], value[24] = "-";

		if (!fits(o, pattern, n))
			continue;
		if (printed++ == 0)
			(void)fprintf(f, "%-32s %10s %10s  %-22s %s\n",
			    "tunable", "value", "default", "range", "unit");
		(void)snprintf(range, sizeof(range), NUMBER " to " NUMBER,
		    number(o, "min"), number(o, "max"));
		if (json_is_true(json_object_get(o, "settable")))
			(void)snprintf(
			    value, sizeof(value), NUMBER, number(o, "value"));
		(void)fprintf(f, "%-32s %10s %10" JSON_INTEGER_FORMAT "  ",
		    text_of(o, "name"), value, number(o, "default"));
		if (text_of(o, "unit")[0] != '\0')
			(void)fprintf(
			    f, "%-22s %s\n", range, text_of(o, "unit"));
		else
			(void)fprintf(f, "%s\n", range);
		if (verbose)
			print_more(f, o);
	}
	return printed;
}

static int
list(char *const *pattern, size_t n, bool verbose, bool json)
{
	json_t *o = ask(json_pack("{s:s}", "op", "tune-get")), *all, *some;
	size_t found = 0;

	if (o == NULL)
		return 1;
	all = json_object_get(o, "tunables");
	some = json_array();
	for (size_t i = 0; i < json_array_size(all); i++)
		if (fits(json_array_get(all, i), pattern, n))
			(void)json_array_append(some, json_array_get(all, i));
	found = json_array_size(some);
	if (json) {
		json_t *doc = json_pack("{s:O}", "tunables", some);

		(void)json_dumpf(doc, stdout, JSON_INDENT(1));
		(void)printf("\n");
		json_decref(doc);
	} else {
		(void)tunecmd_print(stdout, o, pattern, n, verbose);
	}
	json_decref(some);
	json_decref(o);
	if (found != 0 || n == 0)
		return 0;
	/* ipsecd knows what was probably meant */
	o = ask(json_pack("{s:s,s:s}", "op", "tune-get", "name", pattern[0]));
	json_decref(o);
	return 1;
}

/* --- one of them --- */

/* The words behind get and set: [DRIVER] NAME; driver NULL when not said. */
static bool
is_of_driver(const char *name, const char *driver, json_t **one)
{
	json_t *o = ask(json_pack("{s:s,s:s}", "op", "tune-get", "name", name));

	if (o == NULL)
		return false;
	*one = json_incref(json_array_get(json_object_get(o, "tunables"), 0));
	json_decref(o);
	if (driver != NULL && strncmp(driver, "/dev/", 5) == 0)
		driver += 5;
	if (driver == NULL || strcmp(driver, text_of(*one, "driver")) == 0)
		return true;
	(void)fprintf(stderr, "solipsec: %s is a tunable of %s, not of %s\n",
	    name, text_of(*one, "driver"), driver);
	json_decref(*one);
	return false;
}

static int
get(char **words, int n)
{
	const char *driver = n == 2 ? words[0] : NULL;
	json_t *one;

	if (n < 1 || n > 2) {
		usage(stderr);
		return 2;
	}
	if (driver != NULL && strcmp(words[1], "?") == 0)
		words[1] =
		    words[0] + (strncmp(driver, "/dev/", 5) == 0 ? 5 : 0);
	else if (!is_of_driver(words[n - 1], driver, &one))
		return 1;
	else {
		(void)printf(NUMBER "\n", number(one, "value"));
		json_decref(one);
		return 0;
	}
	return list(words + 1, 1, false, false);
}

static bool
read_number(json_int_t *v, const char *s)
{
	char *end;
	long long n;

	if (!isdigit((unsigned char)s[0]))
		return false;
	errno = 0;
	n = strtoll(s, &end, 0);
	*v = n;
	return errno == 0 && *end == '\0';
}

static json_t *
setting(const char *name, const char *value, const char **why)
{
	json_int_t v;
	json_t *o = NULL;

	*why = "the value has to be a whole number, as 64 or 0x40";
	if (!read_number(&v, value))
		return NULL;
	o = json_pack("{s:s,s:I}", "name", name, "value", v);
	*why = o != NULL ? "" : "the name is no text in UTF-8";
	return o;
}

static int
apply(json_t *all, bool check)
{
	json_t *o = ask(json_pack(
	    "{s:s,s:o,s:b}", "op", "tune-set", "set", all, "check", check));

	json_decref(o);
	return o == NULL;
}

static int
set(char **words, int n, bool check)
{
	const char *driver = n == 3 ? words[0] : NULL, *why = "";
	json_t *one;

	if (n < 2 || n > 3) {
		usage(stderr);
		return 2;
	}
	one = setting(words[n - 2], words[n - 1], &why);
	if (one == NULL) {
		(void)fprintf(stderr, "solipsec: %s: %s\n", words[n - 2], why);
		return 1;
	}
	if (driver != NULL) {
		json_t *known;

		if (!is_of_driver(words[n - 2], driver, &known)) {
			json_decref(one);
			return 1;
		}
		json_decref(known);
	}
	return apply(json_pack("[o]", one), check);
}

/* --- several --- */

static int
assign(char **words, int n, bool check)
{
	json_t *all = json_array(), *one;
	const char *why = "";

	for (int i = 0; i < n; i++) {
		char *value = strchr(words[i], '=');

		if (value == NULL) {
			json_decref(all);
			(void)fprintf(stderr,
			    "solipsec: `%s' is no NAME=VALUE, as those "
			    "beside it\n",
			    words[i]);
			return 2;
		}
		*value++ = '\0';
		one = setting(words[i], value, &why);
		if (one == NULL) {
			json_decref(all);
			(void)fprintf(
			    stderr, "solipsec: %s: %s\n", words[i], why);
			return 1;
		}
		(void)json_array_append_new(all, one);
	}
	return apply(all, check);
}

bool
tunecmd_line(json_t **set_one, const char **why, const char *line)
{
	char buf[WORDS], *word[3], *save = NULL, *p;
	size_t n = strcspn(line, "#\n"), k = 0;

	*set_one = NULL;
	if (n >= sizeof(buf)) {
		*why = "the line is too long";
		return false;
	}
	memcpy(buf, line, n);
	buf[n] = '\0';
	for (p = strtok_r(buf, " \t\r=", &save); p != NULL && k < 3;
	     p = strtok_r(NULL, " \t\r=", &save))
		word[k++] = p;
	if (k == 0)
		return true;
	if (k != 2) {
		*why = "expected NAME VALUE";
		return false;
	}
	*set_one = setting(word[0], word[1], why);
	return *set_one != NULL;
}

/* Each line is checked by itself, so that a message has its number. */
static bool
check_line(json_t *all, json_t *one, const char *file, unsigned line)
{
	char text[ADMINLINK_TEXT];
	json_t *o = adminlink_ask(json_pack("{s:s,s:[O],s:b}", "op", "tune-set",
				      "set", one, "check", 1),
	    NULL, text);

	(void)json_array_append_new(all, one);
	if (o == NULL)
		(void)fprintf(
		    stderr, "solipsec: %s:%u: %s\n", file, line, text);
	json_decref(o);
	return o != NULL;
}

static int
from_file(const char *file, bool check)
{
	FILE *f = strcmp(file, "-") == 0 ? stdin : fopen(file, "re");
	json_t *all = json_array(), *one;
	char line[WORDS + 2];
	const char *why = "";
	bool ok = f != NULL;

	if (f == NULL)
		(void)fprintf(
		    stderr, "solipsec: %s: %s\n", file, strerror(errno));
	for (unsigned i = 1; ok && fgets(line, sizeof(line), f) != NULL; i++) {
		ok = tunecmd_line(&one, &why, line);
		if (!ok)
			(void)fprintf(
			    stderr, "solipsec: %s:%u: %s\n", file, i, why);
		else if (one != NULL)
			ok = check_line(all, one, file, i);
	}
	if (f != NULL && f != stdin)
		(void)fclose(f);
	if (ok && !check && json_array_size(all) != 0)
		return apply(all, false);
	json_decref(all);
	return !ok;
}

/* --- */

static int
wrong(void)
{
	usage(stderr);
	return 2;
}

/* An option that means nothing for what is asked is refused, not ignored. */
static int
words_run(char **words, int n, bool verbose, bool json, bool check)
{
	bool is_get = n > 0 && strcmp(words[0], "get") == 0;
	bool is_set = n > 0 && strcmp(words[0], "set") == 0;
	bool assigns = n > 0 && strchr(words[0], '=') != NULL;

	if ((check && !is_set && !assigns) ||
	    ((verbose || json) && (is_get || is_set || assigns)))
		return wrong();
	if (is_get)
		return get(words + 1, n - 1);
	if (is_set)
		return set(words + 1, n - 1, check);
	if (assigns)
		return assign(words, n, check);
	return list(words, (size_t)n, verbose, json);
}

int
tunecmd_run(int argc, char **argv)
{
	static const struct option words[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	bool json = false, verbose = false, check = false;
	const char *file = NULL;
	int c;

	/* ndd(8)'s */
	if (argc > 1 && strcmp(argv[1], "-get") == 0)
		return get(argv + 2, argc - 2);
	if (argc > 1 && strcmp(argv[1], "-set") == 0)
		return set(argv + 2, argc - 2, false);
	while ((c = getopt_long(argc, argv, "cf:vh", words, NULL)) != -1) {
		switch (c) {
		case 'c':
			check = true;
			break;
		case 'f':
			file = optarg;
			break;
		case 'v':
			verbose = true;
			break;
		case 'j':
			json = true;
			break;
		case 'h':
			usage(stdout);
			return 0;
		default:
			return wrong();
		}
	}
	if (file == NULL)
		return words_run(
		    argv + optind, argc - optind, verbose, json, check);
	if (optind != argc || verbose || json)
		return wrong();
	return from_file(file, check);
}
