/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/iked/rules.h"

#include <stdio.h>
#include <stdlib.h>

#include "conf/ikeconf.h"
#include "conf/ikeprint.h"
#include "conf/ikepsk.h"
#include "io/log.h"

/* The first error of a file is the answer; all of them are in the log. */
struct report {
	char *why; /* IKEIPC_TEXT bytes */
	bool quiet;
};

static void
report(void *ctx, const struct conf_error *e)
{
	struct report *r = ctx;
	char text[CONF_LINE];

	(void)lex_error_print(text, e);
	if (e->severity != CONF_ERROR) {
		if (!r->quiet)
			log_say(LOG_LEVEL_WARN, "%s", text);
		return;
	}
	if (r->why[0] == '\0')
		(void)snprintf(r->why, IKEIPC_TEXT, "%s", text);
	else if (!r->quiet)
		log_say(LOG_LEVEL_ERR, "%s", text);
}

/* IKEv1 is not there: a rule that allows nothing else would never match. */
static bool
can_be_used(const struct ikecfg *c, const char *name, char why[IKEIPC_TEXT])
{
	for (unsigned i = 0; i < c->n; i++) {
		const struct ikecfg_rule *r = &c->rule[i];

		if ((ikecfg_value(c, r, IKECFG_VERSION) & IKECFG_V2) != 0)
			continue;
		(void)snprintf(why, IKEIPC_TEXT,
		    "%s:%u: rule \"%.100s\" allows version 1 alone, which "
		    "this in.iked does not speak: say ike_version 2",
		    name, r->line, r->label);
		return false;
	}
	return true;
}

struct rules *
rules_read(const struct intake *files, const struct rules *before, bool quiet,
    char why[IKEIPC_TEXT])
{
	const struct intake_file *f = intake_find(files, IKEIPC_CONFIG, NULL);
	struct rules *r = calloc(1, sizeof(*r));
	struct report rep = { .why = why, .quiet = quiet };
	unsigned errors;

	why[0] = '\0';
	if (r == NULL || f == NULL) {
		(void)snprintf(why, IKEIPC_TEXT,
		    r == NULL ? "no memory" : "no configuration came");
		free(r);
		return NULL;
	}
	if (ikeconf_read(
		&r->cfg, f->name, f->text, f->n, report, &rep, &errors) &&
	    can_be_used(&r->cfg, f->name, why)) {
		if (before != NULL)
			ikecfg_keep_cookies(&r->cfg, &before->cfg);
		return r;
	}
	if (why[0] == '\0')
		(void)snprintf(why, IKEIPC_TEXT, "no memory");
	rules_free(r);
	return NULL;
}

void
rules_free(struct rules *r)
{
	if (r == NULL)
		return;
	ikecfg_fini(&r->cfg);
	free(r);
}

const char *
rules_selector(char buf[RULES_SELECTOR], const struct ikecfg_sel *s)
{
	struct wr w = wr_into(buf, RULES_SELECTOR - 1);

	ikeprint_sel(&w, s);
	buf[w.bad ? 0 : w.len] = '\0';
	return buf;
}

bool
rules_keys(struct ikekeys *out, const struct intake *files, bool quiet,
    char why[IKEIPC_TEXT])
{
	const struct intake_file *f =
	    intake_find(files, IKEIPC_PRESHARED, NULL);
	struct report rep = { .why = why, .quiet = quiet };

	why[0] = '\0';
	*out = (struct ikekeys){ 0 };
	if (f == NULL ||
	    ikepsk_read(out, f->name, f->text, f->n, report, &rep, NULL))
		return true;
	if (why[0] == '\0')
		(void)snprintf(why, IKEIPC_TEXT, "no memory");
	ikekeys_fini(out);
	return false;
}
