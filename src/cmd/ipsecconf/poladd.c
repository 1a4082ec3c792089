/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/ipsecconf/poladd.h"

#include <errno.h>
#include <stdio.h>

#include "cmd/ipsecconf/polrun.h"
#include "cmd/pol/polhost.h"
#include "cmd/pol/poltext.h"
#include "conf/ipsecinit.h"

/* A file that was read, and what it was read with. */
struct input {
	struct poltext text;
	struct ipsecalgs names;
	size_t n_algs;
	struct alg algs[PFPOLICY_MAX_ALGS];
	struct ipsecinit policy;
};

static void
input_free(struct input *in)
{
	ipsecinit_fini(&in->policy);
	ipsecalgs_fini(&in->names);
	poltext_free(&in->text);
}

/* The file's text; *missing: there is none, which is all right for a service. */
static int
read_file(struct input *in, const struct polopts *o, bool *missing)
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

/* in->algs are set. */
static int
parse(struct input *in)
{
	struct ipsecinit_env env = {
		.resolve = polhost_resolve,
		.service = polhost_service,
		.protocol = polhost_protocol,
		.names = &in->names,
		.algs = in->algs,
		.n_algs = in->n_algs,
		.report = poltext_report,
		.report_ctx = &in->text,
	};

	if (!poltext_algs(&in->names))
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

int
poladd_check(const struct polopts *o)
{
	/* it needs no ipsecd: what every ipsecd may offer will do */
	struct input in = { .text.quiet = true };
	const struct alg *a;
	bool missing;
	int e = read_file(&in, o, &missing);

	while (
	    (a = alg_row(in.n_algs)) != NULL && in.n_algs < PFPOLICY_MAX_ALGS)
		in.algs[in.n_algs++] = *a;
	if (e == POLRUN_OK && !missing)
		e = parse(&in);
	if (e == POLRUN_OK && !missing)
		(void)printf(
		    "%s: no errors; policy not modified\n", in.text.name);
	input_free(&in);
	return e;
}

/* A message about an entry, in the shape of those about its text. */
static void
say_at(struct input *in, const struct ipsecinit_entry *entry,
    enum conf_severity severity, const char *format, const char *detail)
{
	struct conf_error e = { .severity = severity,
		.file = in->text.name,
		.line = entry->line,
		.col = entry->col };

	(void)snprintf(e.text, sizeof(e.text), format, detail);
	poltext_report(&in->text, &e);
}

/* Tell why a rule was refused. True: go on with the next. */
static bool
refused(struct input *in, const struct ipsecinit_entry *entry,
    const struct rule *rule, const struct pfpolicy_msg *reply)
{
	if (reply->errnum == EEXIST) {
		say_at(in, entry, CONF_WARNING,
		    "policy has such a rule already: this one is ignored%s",
		    "");
		return true;
	}
	if (reply->errnum == ENOENT && rule->tun[0] != '\0')
		say_at(in, entry, CONF_ERROR,
		    "there is no tunnel interface \"%s\"", rule->tun);
	else if (reply->errnum == EBUSY && rule->tun[0] != '\0')
		say_at(in, entry, CONF_ERROR,
		    "\"%s\" has policy of another mode", rule->tun);
	else
		say_at(in, entry, CONF_ERROR, "ipsecd refuses this rule: %s",
		    polrun_refusal(reply));
	return false;
}

/* One entry into STANDBY and the cache; *added goes up by its rules. */
static int
add_entry(struct pollink *l, struct input *in, struct polcache *c,
    const struct ipsecinit_entry *entry, unsigned *added)
{
	uint64_t index = 0;

	for (size_t i = 0; i < entry->n_rules; i++) {
		/* the rule stays the entry's */
		struct pfpolicy_msg m = { .type = SPD_ADDRULE,
			.spdid = SPD_STANDBY,
			.has = 1u << SPD_EXT_RULE | 1u << SPD_EXT_ACTION,
			.rule = entry->rule[i] };
		struct pfpolicy_msg reply;
		enum pollink_result res;
		bool go_on = true;

		if (m.rule.tun[0] != '\0')
			m.has |= 1u << SPD_EXT_TUN_NAME;
		res = pollink_ask(l, &m, &reply);
		if (res == POLLINK_OK) {
			index = reply.rule.index;
			(*added)++;
		} else if (res == POLLINK_REFUSED) {
			go_on = refused(in, entry, &entry->rule[i], &reply);
		}
		pfpolicy_fini(&reply);
		if (res == POLLINK_BROKEN)
			return polrun_broken(l);
		if (!go_on)
			return polrun_fatal();
	}
	if (index != 0)
		polcache_append(c, index, entry->text, entry->len);
	return POLRUN_OK;
}

/* A message about a whole policy set; what it is for goes into the error. */
static int
tell(struct pollink *l, uint8_t type, uint8_t spdid, bool all, const char *what)
{
	struct pfpolicy_msg m = { .type = type,
		.spdid = spdid,
		.has = all ? 1u << SPD_EXT_TUN_NAME : 0 };
	struct pfpolicy_msg reply;
	enum pollink_result res = pollink_ask(l, &m, &reply);
	int e = POLRUN_OK;

	if (res == POLLINK_BROKEN)
		e = polrun_broken(l);
	else if (res == POLLINK_REFUSED) {
		poltext_say(
		    "ipsecd can not %s: %s", what, polrun_refusal(&reply));
		e = POLRUN_ERROR;
	}
	pfpolicy_fini(&reply);
	return e;
}

/* STANDBY gets what ACTIVE has, less what is to be replaced. */
static int
prepare(struct pollink *l, const struct polopts *o, struct polcache *c)
{
	int e = tell(l, SPD_CLONE, SPD_STANDBY, false, "copy the policy");

	if (e == POLRUN_OK && (o->replace || o->replace_all)) {
		e = tell(l, SPD_FLUSH, SPD_STANDBY, o->replace_all,
		    "flush the copy of the policy");
		polcache_flush(c, "", o->replace_all);
	}
	return e;
}

/* All entries, or none of them. */
static int
apply(struct pollink *l, const struct polopts *o, struct input *in,
    struct polcache *c, unsigned *added)
{
	int e = prepare(l, o, c);

	for (size_t i = 0; e == POLRUN_OK && i < in->policy.n; i++)
		e = add_entry(l, in, c, &in->policy.entry[i], added);
	if (e == POLRUN_OK) {
		int err = polcache_stage(c);

		if (err != 0) {
			poltext_say("%s: %s", c->path, strerror(err));
			e = POLRUN_ERROR;
		}
	}
	if (e == POLRUN_OK)
		e = tell(l, SPD_FLIP, SPD_STANDBY, false,
		    "make the new policy the active one");

	bool flipped = e == POLRUN_OK;

	if (flipped) {
		int err = polcache_commit(c);

		if (err != 0) {
			poltext_say("the policy is changed, but not its copy "
				    "%s: %s",
			    c->path, strerror(err));
			e = POLRUN_ERROR;
		}
	}
	/* the old policy, or what was made of the new one */
	if (l->to.fault == LINK_OK) {
		int e2 = tell(l, SPD_FLUSH, SPD_STANDBY, true,
		    "flush the copy of the policy");

		if (e == POLRUN_OK)
			e = e2;
	}
	if (!flipped)
		poltext_say("policy not modified");
	return e;
}

static void
say_added(const struct polopts *o, unsigned added)
{
	if (polrun_is_service())
		(void)printf(
		    "%u %s added\n", added, added == 1 ? "rule" : "rules");
	else if (!o->quiet && added != 0)
		poltext_say("warning: connections that exist now may come "
			    "under the new policy and be cut");
}

static int
add(struct pollink *l, const struct polopts *o, struct input *in)
{
	struct polcache c;
	unsigned added = 0;
	enum pollink_result res =
	    pollink_algs(l, in->algs, PFPOLICY_MAX_ALGS, &in->n_algs);
	int e;

	if (res == POLLINK_BROKEN)
		return polrun_broken(l);
	if (res == POLLINK_REFUSED) {
		poltext_say("ipsecd does not tell its algorithms");
		return POLRUN_ERROR;
	}
	e = parse(in);
	if (e != POLRUN_OK)
		return e;
	if (in->policy.n == 0) {
		poltext_say(
		    "%s has no rules: policy not modified", in->text.name);
		return POLRUN_OK;
	}
	e = polrun_begin_change(&c, o);
	if (e != POLRUN_OK)
		return e;
	e = apply(l, o, in, &c, &added);
	polrun_end_change(&c);
	if (e == POLRUN_OK)
		say_added(o, added);
	return e;
}

int
poladd_add(const struct polopts *o)
{
	struct input in = { .text.quiet = o->quiet };
	struct pollink l;
	bool missing;
	int e = read_file(&in, o, &missing);

	if (e == POLRUN_OK && !missing) {
		e = polrun_connect(&l);
		if (e == POLRUN_OK)
			e = add(&l, o, &in);
		pollink_close(&l);
	}
	input_free(&in);
	return e;
}
