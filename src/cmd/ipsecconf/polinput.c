/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/ipsecconf/polinput.h"

#include <errno.h>
#include <stdio.h>

#include "cmd/ipsecconf/polrun.h"
#include "cmd/pol/polhost.h"

void
polinput_free(struct polinput *in)
{
	ipsecinit_fini(&in->policy);
	ipsecalgs_fini(&in->names);
	poltext_free(&in->text);
}

int
polinput_read(struct polinput *in, const struct polopts *o, bool *missing)
{
	int e = poltext_read(&in->text, o->file);

	*missing = e == ENOENT && polrun_is_service();
	if (*missing) {
		poltext_say("there is no %s: no policy is loaded", o->file);
		return POLRUN_OK;
	}
	if (e == 0)
		return POLRUN_OK;
	poltext_say("cannot read %s: %s", in->text.name, strerror(e));
	return polrun_fatal();
}

int
polinput_algs(struct polinput *in, struct pollink *l)
{
	enum pollink_result res =
	    pollink_algs(l, in->algs, PFPOLICY_MAX_ALGS, &in->n_algs);

	if (res == POLLINK_OK)
		return POLRUN_OK;
	if (res == POLLINK_BROKEN)
		return polrun_broken(l);
	poltext_say("ipsecd does not tell its algorithms");
	return POLRUN_ERROR;
}

int
polinput_table(struct polinput *in)
{
	static struct algmech made[PFPOLICY_MAX_ALGS];

	if (!poltext_algs(&in->names))
		return polrun_fatal();
	for (size_t i = 0;
	     i < in->names.n_rows && in->n_algs < PFPOLICY_MAX_ALGS; i++) {
		struct algmech_entry e = ipsecalgs_entry(&in->names.row[i]);

		if (e.id == 0 || (e.table != ALG_AUTH && e.table != ALG_ENCR))
			continue;
		algmech_make(&made[in->n_algs], &e);
		in->algs[in->n_algs] = made[in->n_algs].a;
		in->n_algs++;
	}
	return POLRUN_OK;
}

int
polinput_parse(struct polinput *in)
{
	struct ipsecinit_env env = {
		.resolve = polhost_resolve,
		.service = polhost_service,
		.protocol = polhost_protocol,
		.known = polhost_known,
		.names = &in->names,
		.algs = in->algs,
		.n_algs = in->n_algs,
		.report = poltext_report,
		.report_ctx = &in->text,
	};

	if (in->names.row == NULL && !poltext_algs(&in->names))
		return polrun_fatal();
	if (ipsecinit_read(
		&in->policy, &env, in->text.name, in->text.text, in->text.n))
		return POLRUN_OK;
	if (in->policy.errors == 0)
		poltext_say("no memory");
	else
		poltext_say("%s: %u erroneous %s; policy not modified",
		    in->text.name, in->policy.bad,
		    in->policy.bad == 1 ? "rule" : "rules");
	return polrun_fatal();
}

void
polinput_say(struct polinput *in, const struct ipsecinit_entry *entry,
    enum conf_severity severity, const char *format, const char *detail)
{
	struct conf_error e = { .severity = severity,
		.file = in->text.name,
		.line = entry->line,
		.col = entry->col };

	(void)snprintf(e.text, sizeof(e.text), format, detail);
	poltext_report(&in->text, &e);
}
