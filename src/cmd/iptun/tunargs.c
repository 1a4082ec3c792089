/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/iptun/tunargs.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/iptun/tunset.h"
#include "cmd/pol/poltext.h"

#define TEXT 8192 /* longest list of words */

/* Options are keywords by another name. False: too long. */
static bool
add(struct tunargs *a, const char *word)
{
	size_t n = strlen(a->text), k = strlen(word);

	if (n + k + 2 > TEXT)
		return false;
	memcpy(a->text + n, word, k);
	memcpy(a->text + n + k, " ", 2);
	return true;
}

static int
add_properties(struct tunargs *a, char *list)
{
	static const char *const names[][2] = { { "hoplimit", "thoplimit" },
		{ "encaplimit", "encaplimit" }, { "df", "df" },
		{ "mtu", "mtu" } };
	char *next;

	for (char *p = list; p != NULL; p = next) {
		char *value;
		size_t i = 0;

		next = strchr(p, ',');
		if (next != NULL)
			*next++ = '\0';
		value = strchr(p, '=');
		if (value != NULL)
			*value++ = '\0';
		while (i < sizeof(names) / sizeof(names[0]) &&
		       strcmp(names[i][0], p) != 0)
			i++;
		if (i == sizeof(names) / sizeof(names[0]) || value == NULL) {
			poltext_say("\"%s\": a property is hoplimit=N, "
				    "encaplimit=N, df=copy|set|clear or mtu=N",
			    p);
			return 1;
		}
		if (!add(a, names[i][1]) || !add(a, value))
			return 1;
	}
	return 0;
}

static int
take_type(struct tunargs *a, const char *text)
{
	if (strcmp(text, "ipv4") == 0)
		a->type = FAM_V4;
	else if (strcmp(text, "ipv6") == 0)
		a->type = FAM_V6;
	else {
		poltext_say(strcmp(text, "6to4") == 0
				? "6to4 tunnels (RFC 7526) are not to be had; "
				  "use a tunnel with two ends"
				: "the type of a tunnel is ipv4 or ipv6");
		return 1;
	}
	return 0;
}

static int
options(struct tunargs *a, bool create, int argc, char **argv)
{
	int c, status = 0;

	/* "+": what follows the link are keywords, some begin with a hyphen */
	while (status == 0 && (c = getopt(argc, argv,
				   create ? "+tT:s:d:p:" : "+ts:d:p:")) != -1) {
		switch (c) {
		case 't':
			a->temporary = true;
			break;
		case 'T':
			status = take_type(a, optarg);
			break;
		case 's':
			status = add(a, "tsrc") && add(a, optarg) ? 0 : 1;
			break;
		case 'd':
			status = add(a, "tdst") && add(a, optarg) ? 0 : 1;
			break;
		case 'p':
			status = add_properties(a, optarg);
			break;
		default:
			return 2;
		}
	}
	return status;
}

/* What the name says the type has to be. */
static int
check_link(struct tunargs *a, bool create)
{
	uint8_t type;

	if (tunconf_is_name(a->link, &type)) {
		if (type == FAM_NONE)
			return take_type(a, "6to4");
		if (a->type == FAM_NONE)
			a->type = type;
		if (a->type != type) {
			poltext_say("%s: the name says type %s", a->link,
			    type == FAM_V4 ? "ipv4" : "ipv6");
			return 1;
		}
	}
	return create && a->type == FAM_NONE ? 2 : 0;
}

int
tunargs_read(struct tunargs *a, bool create, int argc, char **argv)
{
	struct tunconf_env env = { .resolve = tunset_resolve,
		.report = tunset_report };
	int status;

	*a = (struct tunargs){ .text = calloc(1, TEXT) };
	if (a->text == NULL)
		return 1;
	status = options(a, create, argc, argv);
	if (status != 0)
		return status;
	if (optind == argc)
		return 2;
	(void)snprintf(a->link, sizeof(a->link), "%s", argv[optind]);
	status = check_link(a, create);
	for (int i = optind + 1; status == 0 && i < argc; i++)
		if (!add(a, argv[i]))
			status = 1;
	if (status != 0)
		return status;
	env.type = a->type;
	return tunconf_read(
		   &a->conf, &env, "arguments", a->text, strlen(a->text))
		   ? 0
		   : 1;
}

void
tunargs_free(struct tunargs *a)
{
	free(a->text);
}
