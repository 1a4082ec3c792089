/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/ipsecconf/poladd.h"

#include <errno.h>
#include <stdio.h>

#include "cmd/ipsecconf/polinput.h"
#include "cmd/ipsecconf/polrun.h"
#include "cmd/ipsecconf/polset.h"
#include "conf/lint.h"

/* The file has no errors. */
static int
judge(struct polinput *in, const struct polopts *o)
{
	unsigned n;

	lint_policy(&in->policy, in->text.name, poltext_report, &in->text);
	n = in->text.warnings;
	if (o->strict && n != 0) {
		poltext_say("%s: %u %s, and --strict takes them for errors; "
			    "policy not modified",
		    in->text.name, n, n == 1 ? "warning" : "warnings");
		return polrun_fatal();
	}
	(void)printf("%s: no errors; policy not modified\n", in->text.name);
	return POLRUN_OK;
}

int
poladd_check(const struct polopts *o)
{
	struct polinput in = { .text.quiet = o->quiet };
	bool missing;
	int e = polinput_read(&in, o, &missing);

	/* it needs no ipsecd */
	if (e == POLRUN_OK && !missing)
		e = polinput_table(&in);
	if (e == POLRUN_OK && !missing)
		e = polinput_parse(&in);
	if (e == POLRUN_OK && !missing)
		e = judge(&in, o);
	polinput_free(&in);
	return e;
}

/* Tell why a rule was refused. True: go on with the next. */
static bool
refused(struct polinput *in, const struct ipsecinit_entry *entry,
    const struct rule *rule, const struct pfpolicy_msg *reply)
{
	if (reply->errnum == EEXIST) {
		polinput_say(in, entry, CONF_WARNING,
		    "policy has such a rule already: this one is ignored%s",
		    "");
		return true;
	}
	if (reply->errnum == ENOENT && rule->tun[0] != '\0')
		polinput_say(in, entry, CONF_ERROR,
		    "there is no tunnel interface \"%s\"", rule->tun);
	else if (reply->errnum == EBUSY && rule->tun[0] != '\0')
		polinput_say(in, entry, CONF_ERROR,
		    "\"%s\" has policy of another mode", rule->tun);
	else
		polinput_say(in, entry, CONF_ERROR,
		    "ipsecd refuses this rule: %s", polrun_refusal(reply));
	return false;
}

/* One entry into STANDBY and the cache; *added goes up by its rules. */
static int
add_entry(struct pollink *l, struct polinput *in, struct polcache *c,
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

/* STANDBY gets what ACTIVE has, less what is to be replaced. */
static int
prepare(struct pollink *l, const struct polopts *o, struct polcache *c)
{
	int e =
	    polset_tell(l, SPD_CLONE, SPD_STANDBY, false, "copy the policy");

	if (e == POLRUN_OK && (o->replace || o->replace_all)) {
		e = polset_tell(l, SPD_FLUSH, SPD_STANDBY, o->replace_all,
		    "flush the copy of the policy");
		polcache_flush(c, "", o->replace_all);
	}
	return e;
}

/* All entries, or none of them. */
static int
apply(struct pollink *l, const struct polopts *o, struct polinput *in,
    struct polcache *c, unsigned *added)
{
	int e = prepare(l, o, c);

	for (size_t i = 0; e == POLRUN_OK && i < in->policy.n; i++)
		e = add_entry(l, in, c, &in->policy.entry[i], added);
	return polset_finish(l, c, e);
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
add(struct pollink *l, const struct polopts *o, struct polinput *in)
{
	struct polcache c;
	unsigned added = 0;
	int e = polinput_algs(in, l);

	if (e != POLRUN_OK)
		return e;
	e = polinput_parse(in);
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
	struct polinput in = { .text.quiet = o->quiet };
	struct pollink l;
	bool missing;
	int e = polinput_read(&in, o, &missing);

	if (e == POLRUN_OK && !missing) {
		e = polrun_connect(&l);
		if (e == POLRUN_OK)
			e = add(&l, o, &in);
		pollink_close(&l);
	}
	polinput_free(&in);
	return e;
}
