/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/iked/rules.h"

#include <stdio.h>
#include <stdlib.h>

#include "conf/ikeconf.h"
#include "conf/ikeprint.h"
#include "conf/ikepsk.h"
#include "daemon/iked/able.h"
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
	    able_check(&r->cfg, f->name, report, &rep)) {
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
