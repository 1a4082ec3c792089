/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/ikeadm/admcmd.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct {
	const char *name;
	enum admcmd_verb verb;
	const char *args, *help;
} verbs[] = {
	{ "get", ADM_GET,
	    "debug | priv | stats | defaults | p1 ID | rule LABEL | "
	    "preshared ID",
	    "show a thing" },
	{ "set", ADM_SET, "debug LEVEL [FILE] | priv LEVEL",
	    "change a level; that of privileges can only be lowered" },
	{ "add", ADM_ADD,
	    "rule { ... } | rule FILE | preshared { ... } | "
	    "preshared FILE",
	    "add what is not there yet" },
	{ "del", ADM_DEL, "p1 ID | rule LABEL | preshared ID",
	    "delete a thing" },
	{ "dump", ADM_DUMP,
	    "p1 | rule | preshared | certcache | groups | encralgs | authalgs",
	    "show all of a kind" },
	{ "flush", ADM_FLUSH, "p1 | certcache",
	    "delete all phase 1 SAs, or read the certificates again" },
	{ "read", ADM_READ, "rule [FILE] | preshared [FILE]",
	    "read a file in place of what is there" },
	{ "write", ADM_WRITE, "rule FILE | preshared FILE",
	    "save what is there" },
	{ "token", ADM_TOKEN, "login NAME | logout NAME",
	    "unlock or lock a PKCS#11 token" },
	{ "help", ADM_HELP, "[COMMAND]", "this" },
	{ "exit", ADM_EXIT, "", "leave" },
	{ "quit", ADM_EXIT, "", "leave" },
};

#define GETS   (1u << ADM_GET)
#define SETS   (1u << ADM_SET)
#define ADDS   (1u << ADM_ADD)
#define DELS   (1u << ADM_DEL)
#define DUMPS  (1u << ADM_DUMP)
#define FLUSH  (1u << ADM_FLUSH)
#define READS  (1u << ADM_READ)
#define WRITE  (1u << ADM_WRITE)
#define TOKENS (1u << ADM_TOKEN)

static const struct {
	const char *name;
	enum admcmd_object object;
	unsigned verbs; /* 1 << ADM_GET and so on */
	const char *say;
} objects[] = {
	{ "debug", ADM_DEBUG, GETS | SETS, "debug level" },
	{ "priv", ADM_PRIV, GETS | SETS, "privilege level" },
	{ "stats", ADM_STATS, GETS, "statistics" },
	{ "defaults", ADM_DEFAULTS, GETS, "defaults" },
	{ "p1", ADM_P1, GETS | DELS | DUMPS | FLUSH, "phase 1 SA" },
	{ "rule", ADM_RULE, GETS | ADDS | DELS | DUMPS | READS | WRITE,
	    "rule" },
	{ "preshared", ADM_PRESHARED,
	    GETS | ADDS | DELS | DUMPS | READS | WRITE, "preshared key" },
	{ "certcache", ADM_CERTCACHE, DUMPS | FLUSH, "certificate" },
	{ "groups", ADM_GROUPS, DUMPS, "group" },
	{ "encralgs", ADM_ENCRALGS, DUMPS, "encryption algorithm" },
	{ "authalgs", ADM_AUTHALGS, DUMPS, "authentication algorithm" },
	{ "login", ADM_LOGIN, TOKENS, "token" },
	{ "logout", ADM_LOGOUT, TOKENS, "token" },
	/* spec: ike 7: some documents write it so */
	{ "rules", ADM_RULE, GETS | ADDS | DELS | DUMPS | READS | WRITE,
	    "rule" },
};

#define N(a) (sizeof(a) / sizeof((a)[0]))

const char *
admcmd_object_name(enum admcmd_object o)
{
	for (size_t i = 0; i < N(objects); i++)
		if (objects[i].object == o)
			return objects[i].say;
	return "object";
}

bool
admcmd_help(FILE *f, const char *word)
{
	bool found = false;

	if (word == NULL)
		(void)fprintf(f, "Commands (help COMMAND says more):\n");
	for (size_t i = 0; i < N(verbs); i++) {
		if (word == NULL)
			(void)fprintf(
			    f, "  %-6s %s\n", verbs[i].name, verbs[i].help);
		else if (strcmp(word, verbs[i].name) == 0)
			(void)fprintf(f, "%s %s\n    %s\n", verbs[i].name,
			    verbs[i].args, verbs[i].help);
		found |= word == NULL || strcmp(word, verbs[i].name) == 0;
	}
	if (word == NULL)
		(void)fprintf(f,
		    "ID of a phase 1 SA: LOCAL-ADDRESS REMOTE-ADDRESS, or\n"
		    "INITIATOR-COOKIE RESPONDER-COOKIE. Of a preshared key:\n"
		    "LOCAL-ADDRESS REMOTE-ADDRESS, or LOCAL-TYPE LOCAL-ID "
		    "REMOTE-TYPE REMOTE-ID.\n");
	return found;
}

__attribute__((format(printf, 2, 3))) static bool
fail(char why[ADMCMD_TEXT], const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(why, ADMCMD_TEXT, fmt, ap);
	va_end(ap);
	return false;
}

static bool
too_many(const struct admcmd *c, char why[ADMCMD_TEXT])
{
	return fail(why, "\"%s\" is one argument too many", c->arg[c->n - 1]);
}

/* What get and del are about. */
static bool
check_name(const struct admcmd *c, char why[ADMCMD_TEXT])
{
	if (c->object == ADM_P1 && c->n != 2)
		return fail(why, "%s",
		    "a phase 1 SA is named by two addresses or two cookies");
	if (c->object == ADM_RULE && c->n != 1)
		return fail(why, "%s", "a rule is named by its label");
	if (c->object == ADM_PRESHARED && c->n != 2 && c->n != 4)
		return fail(why, "%s",
		    "a preshared key is named by two addresses, or by two "
		    "types with their identities");
	return c->object >= ADM_P1 || c->n == 0 || too_many(c, why);
}

static bool
check_add(const struct admcmd *c, bool arguments, char why[ADMCMD_TEXT])
{
	if (c->braces == NULL && c->n != 1)
		return fail(
		    why, "%s", "a file is missing, or what begins with {");
	if (c->braces != NULL && arguments && c->object == ADM_PRESHARED)
		return fail(why, "%s",
		    "everybody would see the key: add it from the prompt, or "
		    "from a file");
	return true;
}

/* How many arguments may follow, and what is expected otherwise. */
static bool
check_args(const struct admcmd *c, bool arguments, char why[ADMCMD_TEXT])
{
	unsigned most = 0;

	switch (c->verb) {
	case ADM_GET:
	case ADM_DEL:
		return check_name(c, why);
	case ADM_ADD:
		return check_add(c, arguments, why);
	case ADM_TOKEN:
		return c->n == 1 ||
		       fail(why, "%s", "a token's name is missing");
	case ADM_SET:
		if (c->n == 0)
			return fail(why, "%s", "a level is missing");
		most = c->object == ADM_DEBUG ? 2 : 1;
		break;
	case ADM_WRITE:
		if (c->n == 0)
			return fail(why, "%s", "a file is missing");
		most = 1;
		break;
	case ADM_READ:
		most = 1;
		break;
	default:
		break;
	}
	return c->n <= most || too_many(c, why);
}

static bool
read_object(
    struct admcmd *c, const char *verb, const char *name, char why[ADMCMD_TEXT])
{
	for (size_t i = 0; i < N(objects); i++)
		if (strcmp(name, objects[i].name) == 0) {
			c->object = objects[i].object;
			if ((objects[i].verbs >> c->verb & 1) != 0)
				return true;
			return fail(
			    why, "\"%s\" does not go with \"%s\"", verb, name);
		}
	return fail(why, "\"%s\" knows no \"%s\"", verb, name);
}

bool
admcmd_read(struct admcmd *c, unsigned n, const char *const word[],
    bool arguments, char why[ADMCMD_TEXT])
{
	size_t v = 0;
	unsigned at = 1;

	*c = (struct admcmd){ .object = ADM_NONE };
	while (v < N(verbs) && strcmp(word[0], verbs[v].name) != 0)
		v++;
	if (v == N(verbs))
		return fail(
		    why, "\"%s\" is no command; \"help\" lists them", word[0]);
	c->verb = verbs[v].verb;
	if (c->verb == ADM_EXIT || c->verb == ADM_HELP) {
		c->n = n > 1;
		c->arg[0] = n > 1 ? word[1] : NULL;
		return true;
	}
	if (n < 2)
		return fail(why, "%s what? %s", verbs[v].name, verbs[v].args);
	if (!read_object(c, word[0], word[1], why))
		return false;
	for (at = 2; at < n; at++) {
		if (word[at][0] == '{' && c->verb == ADM_ADD) {
			c->braces = word[at];
			break;
		}
		if (c->n == ADMCMD_ARGS)
			return fail(why, "%s", "too many arguments");
		c->arg[c->n++] = word[at];
	}
	return check_args(c, arguments, why);
}

unsigned
admcmd_split(char *line, const char *word[], unsigned max)
{
	unsigned n = 0;

	for (;;) {
		char end = ' ';

		line += strspn(line, " \t\r\n");
		if (*line == '\0' || n == max)
			return n;
		word[n++] = line;
		if (*line == '{')
			return n;
		if (*line == '"') {
			word[n - 1] = ++line;
			end = '"';
		}
		while (*line != '\0' &&
		       (end == '"' ? *line != '"'
				   : strchr(" \t\r\n", *line) == NULL))
			line++;
		if (*line != '\0')
			*line++ = '\0';
	}
}

/* ---- levels ---- */

static const struct {
	const char *name;
	unsigned bit;
} debugs[] = {
	{ "cert", 1 },
	{ "key", 2 },
	{ "op", 4 },
	{ "p1", 8 },
	{ "phase1", 8 },
	{ "p2", 0x10 },
	{ "phase2", 0x10 },
	{ "pfkey", 0x20 },
	{ "pol", 0x40 },
	{ "policy", 0x40 },
	{ "prop", 0x80 },
	{ "door", 0x100 },
	{ "config", 0x200 },
	{ "label", 0x400 },
	{ "all", ADMCMD_DEBUG_ALL },
};

static bool
number(const char *text, unsigned long max, unsigned *out)
{
	char *end;
	unsigned long v;

	if (text[0] < '0' || text[0] > '9')
		return false;
	v = strtoul(text, &end, 0);
	*out = (unsigned)v;
	return *end == '\0' && v <= max;
}

bool
admcmd_debug(const char *text, unsigned *out)
{
	bool plus = true;

	if (number(text, ADMCMD_DEBUG_ALL, out))
		return true;
	*out = 0;
	for (;;) {
		size_t n = strcspn(text, "+-"), i = 0;

		while (i < N(debugs) &&
		       (strlen(debugs[i].name) != n ||
			   strncasecmp(text, debugs[i].name, n) != 0))
			i++;
		if (i == N(debugs))
			return false;
		if (plus)
			*out |= debugs[i].bit;
		else
			*out &= ~debugs[i].bit;
		if (text[n] == '\0')
			return true;
		plus = text[n] == '+';
		text += n + 1;
	}
}

static const char *const privs[] = { "base", "modkeys", "keymat" };

bool
admcmd_priv(const char *text, unsigned *out)
{
	if (number(text, 2, out))
		return true;
	for (unsigned i = 0; i < 3; i++)
		if (strcasecmp(text, privs[i]) == 0) {
			*out = i;
			return true;
		}
	return false;
}

const char *
admcmd_priv_name(unsigned level)
{
	return level < 3 ? privs[level] : "unknown";
}
