/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/solipsec/stat.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/adminlink.h"
#include "client/link.h"
#include "cmd/solipsec/kstatcmd.h"
#include "cmd/solipsec/statwhy.h"

static void
usage(FILE *f)
{
	(void)fprintf(f,
	    "usage: solipsec stat [-a] [--json]\n"
	    "       solipsec stat -w [--json]\n"
	    "       solipsec stat [--json] [-i SECONDS [-c COUNT]] [PATTERN "
	    "...]\n"
	    "  -a       also what is zero\n"
	    "  -w       why packets were dropped, and what to do\n"
	    "  --json   one JSON document\n"
	    "  -i N     every N seconds, with the differences\n"
	    "  -c N     so often\n"
	    "A PATTERN is module:instance:name:statistic, as "
	    "'ip:0:ipdrop:spd_*'.\n");
}

/* --- fetching --- */

/* Everything that comes until the other end closes; NULL: errno. */
static char *
read_all(int fd)
{
	char *text = NULL;
	size_t n = 0, cap = 0;
	ssize_t got;

	do {
		if (cap - n < 2) {
			char *p;

			cap = cap == 0 ? 65536 : cap * 2;
			p = realloc(text, cap);
			if (p == NULL) {
				free(text);
				return NULL;
			}
			text = p;
		}
		got = read(fd, text + n, cap - n - 1);
		if (got > 0)
			n += (size_t)got;
	} while (got > 0 || (got < 0 && errno == EINTR));
	text[n] = '\0';
	return text;
}

static char *
fetch(void)
{
	char *text, why[LINK_TEXT];
	struct link_to to;

	if (!link_connect(&to, LINK_STATUS)) {
		(void)fprintf(
		    stderr, "solipsec: %s\n", link_sentence(&to, why));
		return NULL;
	}
	text = read_all(to.fd);
	link_close(&to);
	if (text == NULL)
		(void)fprintf(stderr, "solipsec: %s\n", strerror(errno));
	return text;
}

/* --- printing --- */

static json_int_t
number(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

static const char *
text_of(const json_t *o, const char *key)
{
	const char *t = json_string_value(json_object_get(o, key));

	return t != NULL ? t : "";
}

static void
print_counts(const char *title, json_t *o, int all)
{
	const char *key;
	json_t *v;
	int printed = 0;

	json_object_foreach(o, key, v)
	{
		if (!json_is_integer(v) || (!all && json_integer_value(v) == 0))
			continue;
		if (!printed++)
			(void)printf("\n%s\n", title);
		(void)printf("  %-24s %" JSON_INTEGER_FORMAT "\n", key,
		    json_integer_value(v));
	}
}

static void
print_entries(const json_t *list, int all)
{
	int printed = 0;
	json_t *e;
	size_t i;

	json_array_foreach(list, i, e)
	{
		char name[64];
		const char *tun = text_of(e, "tunnel");

		if (!all && number(e, "packets") == 0 &&
		    number(e, "drops") == 0)
			continue;
		if (!printed++)
			(void)printf("\n%-20s %-3s %-4s %12s %15s %10s\n",
			    "policy entry", "dir", "fam", "packets", "bytes",
			    "drops");
		(void)snprintf(name, sizeof(name), "%s%s%" JSON_INTEGER_FORMAT,
		    tun, tun[0] != '\0' ? "," : "", number(e, "index"));
		(void)printf("  %-18s %-3s %-4s %12" JSON_INTEGER_FORMAT
			     " %15" JSON_INTEGER_FORMAT
			     " %10" JSON_INTEGER_FORMAT "\n",
		    name, text_of(e, "dir"),
		    number(e, "family") == 4 ? "IPv4" : "IPv6",
		    number(e, "packets"), number(e, "bytes"),
		    number(e, "drops"));
	}
}

static void
print_sas(const json_t *o)
{
	const json_t *list = json_object_get(o, "sas");
	json_t *s;
	size_t i;

	if (json_array_size(list) == 0)
		return;
	(void)printf("\n%-4s %-10s %-4s %-8s %12s %10s %8s  %s\n", "SA", "SPI",
	    "dir", "state", "sequence", "packets", "drops", "from, to");
	json_array_foreach(list, i, s)(void) printf(
	    "%-4s %-10s %-4s %-8s %12" JSON_INTEGER_FORMAT
	    " %10" JSON_INTEGER_FORMAT " %8" JSON_INTEGER_FORMAT "  %s, %s\n",
	    text_of(s, "type"), text_of(s, "spi"), text_of(s, "dir"),
	    text_of(s, "state"), number(s, "sequence"), number(s, "packets"),
	    number(s, "drops"), text_of(s, "src"), text_of(s, "dst"));
	if ((size_t)number(o, "sas_total") > json_array_size(list))
		(void)printf("... %" JSON_INTEGER_FORMAT " in all\n",
		    number(o, "sas_total"));
}

static void
print_algorithms(const json_t *list, int all)
{
	int printed = 0;
	json_t *a;
	size_t i;

	json_array_foreach(list, i, a)
	{
		int absent = json_is_true(json_object_get(a, "absent"));

		if (!all && !absent)
			continue;
		if (!printed++)
			(void)printf(
			    "\nalgorithms%s\n", all ? "" : " that are absent");
		(void)printf("  %-24s %s\n", text_of(a, "name"),
		    absent ? "absent" : text_of(a, "backend"));
	}
}

int
stat_print(const char *text, int all)
{
	json_error_t why;
	json_t *o = json_loads(text, 0, &why), *v;

	if (!json_is_object(o)) {
		(void)fprintf(
		    stderr, "solipsec: ipsecd sent no status; may you ask?\n");
		json_decref(o);
		return 1;
	}
	(void)printf("ipsecd %s, process %" JSON_INTEGER_FORMAT
		     ", up %" JSON_INTEGER_FORMAT " s\n",
	    text_of(o, "version"), number(o, "pid"), number(o, "uptime"));
	if (strcmp(text_of(o, "policy"), "closed") == 0)
		(void)printf("Policy of an earlier ipsecd is in force, and no "
			     "policy was loaded since:\nwhat it protects is "
			     "dropped until ipsecconf loads policy.\n");
	v = json_object_get(o, "verdicts");
	print_counts("outbound packets", json_object_get(v, "out"), all);
	print_counts("inbound packets", json_object_get(v, "in"), all);
	print_counts("protection", json_object_get(o, "path"), all);
	print_counts("devices and sockets", json_object_get(o, "packets"), all);
	print_entries(json_object_get(o, "entries"), all);
	print_sas(o);
	print_algorithms(json_object_get(o, "algorithms"), all);
	json_decref(o);
	return 0;
}

/* --- options --- */

struct options {
	int all, json, why,
	    status; /* status: of the program, when it is over */
	bool over;
	struct kstatcmd k;
};

static bool
read_count(unsigned long *v, const char *s, unsigned long most)
{
	char *end;

	errno = 0;
	*v = isdigit((unsigned char)s[0]) ? strtoul(s, &end, 10) : 0;
	return *v != 0 && *v <= most && errno == 0 && *end == '\0';
}

static void
end(struct options *o, int status)
{
	usage(status == 0 ? stdout : stderr);
	o->over = true;
	o->status = status;
}

static void
read_options(struct options *o, int argc, char **argv)
{
	static const struct option words[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "why", no_argument, NULL, 'w' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	unsigned long v;
	int c;

	while (!o->over &&
	       (c = getopt_long(argc, argv, "ac:hi:pw", words, NULL)) != -1) {
		switch (c) {
		case 'a':
			o->all = 1;
			break;
		case 'j':
			o->json = 1;
			break;
		case 'w':
			o->why = 1;
			break;
		case 'p': /* as in kstat -p: it is so anyway */
			break;
		case 'i':
			if (!read_count(&v, optarg, 86400))
				end(o, 2);
			o->k.interval = (unsigned)v;
			break;
		case 'c':
			if (!read_count(&o->k.count, optarg, ULONG_MAX))
				end(o, 2);
			break;
		default:
			end(o, c == 'h' ? 0 : 2);
		}
	}
}

static int
why(int json)
{
	char line[ADMINLINK_TEXT], *text;
	json_t *answer, *status, *doc;

	answer = adminlink_ask(json_pack("{s:s}", "op", "stat"), NULL, line);
	if (answer == NULL) {
		(void)fprintf(stderr, "solipsec: %s\n", line);
		return 1;
	}
	text = fetch();
	status = text != NULL ? json_loads(text, 0, NULL) : NULL;
	free(text);
	doc = statwhy_document(answer, status);
	if (json) {
		(void)json_dumpf(doc, stdout, JSON_INDENT(1));
		(void)printf("\n");
	} else {
		statwhy_print(stdout, doc);
	}
	json_decref(doc);
	json_decref(status);
	json_decref(answer);
	return 0;
}

int
stat_run(int argc, char **argv)
{
	struct options o = { 0 };
	char *text;
	int status;

	read_options(&o, argc, argv);
	if (o.over)
		return o.status;
	o.k.pattern = argv + optind;
	o.k.n = (size_t)(argc - optind);
	o.k.json = o.json;
	/* -c without -i would have nothing to wait for */
	if ((o.k.count != 0 && o.k.interval == 0) ||
	    (o.why && (o.k.n != 0 || o.k.interval != 0))) {
		usage(stderr);
		return 2;
	}
	if (o.why)
		return why(o.json);
	if (o.k.n != 0 || o.k.interval != 0)
		return kstatcmd_run(&o.k);
	text = fetch();
	if (text == NULL)
		return 1;
	if (o.json)
		status = printf("%s\n", text) < 0;
	else
		status = stat_print(text, o.all);
	free(text);
	return status;
}
