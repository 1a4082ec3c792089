/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/ipsecalgs/algopts.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <strings.h>

#define LETTERS	 "aflrRsb:p:P:i:k:K:m:n:N:e:S:M:I:F:"
#define OPT_JSON 256

const char algopts_usage[] =
    "usage:\tipsecalgs [--json]\n"
    "\tipsecalgs -l [--json]\n"
    "\tipsecalgs -s\n"
    "\tipsecalgs -a {-P number | -p name} -n names -N number -k sizes\n"
    "\t    [-i increment] [-K default] -b sizes -m mechanism\n"
    "\t    [-I iv] [-M mac] [-S salt] [-F flags] [-f] [-s]\n"
    "\tipsecalgs -P number -p name [-e {sync | async}] [-f] [-s]\n"
    "\tipsecalgs -r {-P number | -p name} {-n name | -N number} [-s]\n"
    "\tipsecalgs -R {-P number | -p name} [-s]\n"
    "\tipsecalgs -e {sync | async} {-P number | -p name} [-s]\n";

/* What was given: flags by their letter, values by theirs. */
struct given {
	bool flag[128];
	const char *value[128];
	bool json;
};

__attribute__((format(printf, 2, 3))) static bool
fail(struct algopts *o, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(o->error, sizeof(o->error), fmt, ap);
	va_end(ap);
	return false;
}

static struct lex_tok
tok_of(const char *s)
{
	return (struct lex_tok){ .kind = LEX_WORD, .s = s, .n = strlen(s) };
}

/* "; did you mean ..." for the end of a message, or nothing. */
static const char *
maybe(char buf[80], const char *word, const char *const words[])
{
	struct lex_tok t = tok_of(word);
	const char *near = lex_nearest(&t, words);

	buf[0] = '\0';
	if (near != NULL)
		(void)snprintf(buf, 80, "; did you mean \"%s\"?", near);
	return buf;
}

/* A positive integer up to max. */
static bool
number(struct algopts *o, char letter, const char *s, size_t n, unsigned max,
    uint16_t *out)
{
	struct lex_tok t = { .s = s, .n = n };
	uint64_t v;

	if (!lex_number(&t, max, &v) || v == 0)
		return fail(o, "-%c: \"%.*s\" is not a number from 1 to %u",
		    letter, (int)n, s, max);
	*out = (uint16_t)v;
	return true;
}

static bool
one_number(
    struct algopts *o, char letter, const char *s, unsigned max, uint16_t *out)
{
	return number(o, letter, s, strlen(s), max, out);
}

static bool
numbers(
    struct algopts *o, char letter, const char *s, struct ipsecalgs_sizes *out)
{
	for (;;) {
		size_t n = strcspn(s, ",");

		if (out->n == IPSECALGS_SIZES)
			return fail(o, "-%c: more than %d sizes", letter,
			    IPSECALGS_SIZES);
		if (!number(o, letter, s, n, UINT16_MAX, &out->v[out->n]))
			return false;
		out->n++;
		if (s[n] == '\0')
			return true;
		s += n + 1;
	}
}

/* MIN-MAX and -i. */
static bool
key_range(struct algopts *o, const struct given *g)
{
	struct ipsecalgs_row *r = &o->row;
	const char *k = g->value['k'], *dash = strchr(k, '-');
	uint16_t min = 0, max = 0;

	if (dash == NULL)
		return fail(
		    o, "-i is for a range of key sizes: -k MINIMUM-MAXIMUM");
	if (!number(o, 'k', k, (size_t)(dash - k), UINT16_MAX, &min) ||
	    !one_number(o, 'k', dash + 1, UINT16_MAX, &max) ||
	    !one_number(o, 'i', g->value['i'], UINT16_MAX, &r->key_incr))
		return false;
	if (min >= max)
		return fail(
		    o, "-k %s: the minimum is not below the maximum", k);
	if ((max - min) % r->key_incr != 0)
		return fail(o,
		    "-k %s: the maximum is no whole number of increments (-i "
		    "%u) above the minimum",
		    k, r->key_incr);
	/* spec: algs 11.3 */
	r->keys = (struct ipsecalgs_sizes){ 3, { min, min, max } };
	if (g->value['K'] == NULL)
		return true;
	if (!one_number(o, 'K', g->value['K'], UINT16_MAX, &r->keys.v[0]))
		return false;
	if (r->keys.v[0] < min || r->keys.v[0] > max ||
	    (r->keys.v[0] - min) % r->key_incr != 0)
		return fail(
		    o, "-K %u is not one of the key sizes", r->keys.v[0]);
	return true;
}

/* A list; the default, if said, goes to the front. */
static bool
key_list(struct algopts *o, const struct given *g)
{
	struct ipsecalgs_sizes *k = &o->row.keys;
	uint16_t def = 0;
	unsigned at = 0;

	if (strchr(g->value['k'], '-') != NULL)
		return fail(
		    o, "-k %s is a range, which needs -i", g->value['k']);
	if (!numbers(o, 'k', g->value['k'], k))
		return false;
	if (g->value['K'] == NULL)
		return true;
	if (!one_number(o, 'K', g->value['K'], UINT16_MAX, &def))
		return false;
	while (at < k->n && k->v[at] != def)
		at++;
	if (at == k->n)
		return fail(o, "-K %u is not one of the key sizes", def);
	memmove(k->v + 1, k->v, at * sizeof(k->v[0]));
	k->v[0] = def;
	return true;
}

static bool
flags(struct algopts *o, const char *s)
{
	static const char *const names[] = { "VALID", "COUNTER", "COMBINED",
		"CCM", "GCM", NULL };
	char word[24], near[80];

	for (;;) {
		size_t n = strcspn(s, ",");
		struct lex_tok t = { .s = s, .n = n };
		uint64_t v = 0;

		for (unsigned i = 0; names[i] != NULL; i++)
			if (n == strlen(names[i]) &&
			    strncasecmp(s, names[i], n) == 0)
				v = 1u << i;
		if (v == 0 && !lex_number(&t, UINT16_MAX, &v)) {
			if (!lex_copy(word, sizeof(word), &t))
				word[0] = '\0';
			return fail(o,
			    "-F: \"%.*s\" is neither a number nor a flag "
			    "(VALID, COUNTER, COMBINED, CCM, GCM)%s",
			    (int)(n < 40 ? n : 40), s,
			    maybe(near, word, names));
		}
		o->row.flags |= (uint16_t)v;
		if (s[n] == '\0')
			return true;
		s += n + 1;
	}
}

/* IV, MAC, salt: as many as the last that was said. */
static bool
params(struct algopts *o, const struct given *g)
{
	static const char letters[] = "IMS";

	for (unsigned i = 0; i < 3; i++) {
		const char *s = g->value[(unsigned char)letters[i]];

		if (s == NULL)
			continue;
		if (!one_number(
			o, letters[i], s, UINT16_MAX, &o->row.params.v[i]))
			return false;
		o->row.params.n = i + 1;
	}
	return true;
}

static bool
copy(struct algopts *o, char letter, char *out, size_t cap, const char *s)
{
	if (s[0] != '\0' && strlen(s) < cap) {
		(void)snprintf(out, cap, "%s", s);
		return true;
	}
	return fail(o, "-%c: \"%.40s\" is %s", letter, s,
	    s[0] == '\0' ? "empty" : "too long");
}

static bool
read_add(struct algopts *o, const struct given *g)
{
	static const char needed[] = "nNkbm";
	struct ipsecalgs_row *r = &o->row;
	uint16_t id;

	for (const char *l = needed; *l != '\0'; l++)
		if (g->value[(unsigned char)*l] == NULL)
			return fail(o, "-a needs -%c", *l);
	if (!one_number(o, 'N', g->value['N'], UINT8_MAX, &id) ||
	    !copy(o, 'n', r->names, sizeof(r->names), g->value['n']) ||
	    !copy(o, 'm', r->mech, sizeof(r->mech), g->value['m']) ||
	    !numbers(o, 'b', g->value['b'], &r->blocks) || !params(o, g))
		return false;
	r->id = (uint8_t)id;
	r->flags = ALG_VALID;
	if (g->value['F'] != NULL && !flags(o, g->value['F']))
		return false;
	return g->value['i'] != NULL ? key_range(o, g) : key_list(o, g);
}

static bool
read_remove(struct algopts *o, const struct given *g)
{
	uint16_t id;

	if ((g->value['n'] != NULL) == (g->value['N'] != NULL))
		return fail(o, "-r needs -n or -N, one of them");
	o->alg_name = g->value['n'];
	if (o->alg_name != NULL)
		return strchr(o->alg_name, ',') == NULL ||
		       fail(o, "-r takes one name, not a list");
	if (!one_number(o, 'N', g->value['N'], UINT8_MAX, &id))
		return false;
	o->alg = (uint8_t)id;
	return true;
}

static bool
read_mode(struct algopts *o, const char *s)
{
	static const char *const modes[] = { "sync", "async", NULL };
	char near[80];

	o->async = strcmp(s, "async") == 0;
	return o->async || strcmp(s, "sync") == 0 ||
	       fail(o, "-e: \"%.40s\" is no execution mode (sync, async)%s", s,
		   maybe(near, s, modes));
}

/* Which invocation of spec: algs 4 is it? */
static bool
choose(struct algopts *o, const struct given *g)
{
	static const struct {
		char letter;
		enum algopts_cmd cmd;
	} of[] = { { 'a', ALGOPTS_ADD }, { 'r', ALGOPTS_REMOVE },
		{ 'R', ALGOPTS_REMOVE_PROTO }, { 'l', ALGOPTS_KERNEL } };
	bool both = g->value['P'] != NULL && g->value['p'] != NULL;
	unsigned n = 0;

	for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++)
		if (g->flag[(unsigned char)of[i].letter]) {
			o->cmd = of[i].cmd;
			n++;
		}
	if (n > 1)
		return fail(o, "only one of -a, -r, -R and -l at a time");
	if (n == 1 && g->value['e'] != NULL)
		return fail(o, "-e goes with -P and -p only");
	if (n == 1 && both)
		return fail(o, "either -P or -p, not both");
	if (n == 1)
		return true;
	o->cmd = both			 ? ALGOPTS_ADD_PROTO
		 : g->value['e'] != NULL ? ALGOPTS_MODE
		 : g->flag['s']		 ? ALGOPTS_SYNC
					 : ALGOPTS_SHOW;
	return true;
}

/* What may be said with a command, besides what it needs. */
static bool
check_letters(struct algopts *o, const struct given *g)
{
	static const char *const allowed[] = {
		[ALGOPTS_SHOW] = "",
		[ALGOPTS_KERNEL] = "l",
		[ALGOPTS_SYNC] = "s",
		[ALGOPTS_ADD] = "apPnNkibmKIMSFfs",
		[ALGOPTS_ADD_PROTO] = "pPefs",
		[ALGOPTS_REMOVE] = "rpPnNs",
		[ALGOPTS_REMOVE_PROTO] = "RpPs",
		[ALGOPTS_MODE] = "epPs",
	};
	static const char *const what[] = {
		[ALGOPTS_SHOW] = "a command (-a, -r, -R, -e, or -P with -p)",
		[ALGOPTS_KERNEL] = "another command than -l",
		[ALGOPTS_SYNC] =
		    "a command (-a, -r, -R, -e, or -P with -p) besides -s",
		[ALGOPTS_ADD] = "another command than -a",
		[ALGOPTS_ADD_PROTO] =
		    "another command: -P with -p adds a protocol",
		[ALGOPTS_REMOVE] = "another command than -r",
		[ALGOPTS_REMOVE_PROTO] = "another command than -R",
		[ALGOPTS_MODE] = "another command than -e",
	};

	for (int c = 0; c < 128; c++)
		if ((g->flag[c] || g->value[c] != NULL) &&
		    strchr(allowed[o->cmd], c) == NULL)
			return fail(o, "-%c wants %s", c, what[o->cmd]);
	if (g->json && o->cmd != ALGOPTS_SHOW && o->cmd != ALGOPTS_KERNEL)
		return fail(o, "--json is for listings");
	return true;
}

static bool
understand(struct algopts *o, const struct given *g)
{
	uint16_t num;

	if (!choose(o, g) || !check_letters(o, g))
		return false;
	o->json = g->json;
	o->force = g->flag['f'];
	o->sync = g->flag['s'];
	o->proto_name = g->value['p'];
	if (g->value['P'] != NULL) {
		if (!one_number(o, 'P', g->value['P'], UINT8_MAX, &num))
			return false;
		o->proto = (uint8_t)num;
	}
	if (o->cmd >= ALGOPTS_ADD && o->proto == 0 && o->proto_name == NULL)
		return fail(o, "which protocol? -P number or -p name");
	if (o->cmd == ALGOPTS_MODE && o->proto != 0 && o->proto_name != NULL)
		return fail(o, "either -P or -p, not both");
	if (g->value['e'] != NULL && !read_mode(o, g->value['e']))
		return false;
	if (o->cmd == ALGOPTS_ADD)
		return read_add(o, g);
	return o->cmd != ALGOPTS_REMOVE || read_remove(o, g);
}

bool
algopts_read(struct algopts *o, int argc, char *argv[])
{
	static const struct option longs[] = {
		{ "json", no_argument, NULL, OPT_JSON },
		{ NULL, 0, NULL, 0 },
	};
	struct given g = { 0 };
	int c;

	*o = (struct algopts){ 0 };
	opterr = 0;
	optind =
	    0; /* glibc: from the beginning, also in the middle of a word */
	while ((c = getopt_long(argc, argv, "+:" LETTERS, longs, NULL)) != -1) {
		if (c == OPT_JSON) {
			g.json = true;
		} else if (c == '?') {
			return optopt != 0
				   ? fail(o, "unknown option -%c", optopt)
				   : fail(o, "unknown option %s",
					 argv[optind - 1]);
		} else if (c == ':') {
			return fail(o, "-%c needs a value", optopt);
		} else if (optarg == NULL) {
			g.flag[c] = true;
		} else if (g.value[c] != NULL) {
			return fail(o, "-%c twice", c);
		} else {
			g.value[c] = optarg;
		}
	}
	if (optind != argc)
		return fail(o, "\"%.40s\" is no option", argv[optind]);
	return understand(o, &g);
}
