/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/ipsecconf/polremove.h"

#include <stdio.h>
#include <string.h>

#include "cmd/ipsecconf/polinput.h"
#include "cmd/ipsecconf/polrun.h"
#include "cmd/ipsecconf/polset.h"
#include "cmd/pol/poldump.h"

/* A prefix of length 0 says no more than the family does. */
static struct sel
plain(const struct sel *s)
{
	struct sel p = *s;

	if (p.laddr.len == 0)
		p.has &= ~(unsigned)SEL_LADDR;
	if (p.raddr.len == 0)
		p.has &= ~(unsigned)SEL_RADDR;
	return p;
}

static bool
same_actions(const struct rule *want, const struct rule *r)
{
	bool whole_tunnel = want->tun[0] != '\0' && !want->tunnel_mode;

	if (want->n_actions != r->n_actions)
		return false;
	for (unsigned i = 0; i < r->n_actions; i++) {
		struct action a = want->actions[i];

		/* spec: policy 26, "sa unique" is forced */
		if (whole_tunnel && a.type == ACT_IPSEC)
			a.flags |= ACT_UNIQUE;
		if (!action_equal(&a, &r->actions[i]))
			return false;
	}
	return true;
}

/* Is the rule r of the SPD one that the message want would make? */
static bool
makes(const struct rule *want, const struct rule *r)
{
	struct sel a, b;

	if ((want->dir & r->dir) == 0 ||
	    (want->fam != FAM_NONE && want->fam != r->fam) ||
	    want->tunnel_mode != r->tunnel_mode ||
	    strcmp(want->tun, r->tun) != 0)
		return false;
	a = plain(&want->sel);
	b = plain(&r->sel);
	return sel_equal(&a, &b) && same_actions(want, r);
}

/* Delete r from STANDBY; it is then no more in d. */
static int delete (struct pollink *l, struct polcache *c, struct rule *r)
{
	struct pfpolicy_msg m = { .type = SPD_DELETERULE,
		.spdid = SPD_STANDBY,
		.has = 1u << SPD_EXT_RULE,
		.rule.index = r->index };
	struct pfpolicy_msg reply;
	enum pollink_result res;
	int e = POLRUN_OK;

	if (r->tun[0] != '\0')
		m.has |= 1u << SPD_EXT_TUN_NAME;
	memcpy(m.rule.tun, r->tun, sizeof(m.rule.tun));
	res = pollink_ask(l, &m, &reply);
	if (res == POLLINK_BROKEN) {
		e = polrun_broken(l);
	} else if (res == POLLINK_REFUSED) {
		poltext_say("ipsecd: %s", polrun_refusal(&reply));
		e = polrun_fatal();
	} else {
		polcache_delete(c, r->tun, r->index);
		r->index = 0;
	}
	pfpolicy_fini(&reply);
	return e;
}

/* *removed goes up by the rules of the entry that there were. */
static int
remove_entry(struct pollink *l, struct polinput *in, struct polcache *c,
    struct poldump *d, const struct ipsecinit_entry *entry, unsigned *removed)
{
	unsigned before = *removed;
	int e = POLRUN_OK;

	for (size_t i = 0; i < entry->n_rules; i++)
		for (size_t k = 0; k < d->n && e == POLRUN_OK; k++) {
			if (d->rule[k].index == 0 ||
			    !makes(&entry->rule[i], &d->rule[k]))
				continue;
			e = delete (l, c, &d->rule[k]);
			*removed += e == POLRUN_OK;
		}
	if (e == POLRUN_OK && *removed == before)
		polinput_say(in, entry, CONF_WARNING,
		    "policy has no such rule: this one is ignored%s", "");
	return e;
}

/* The rules that STANDBY has, those of all tunnels too. */
static int
read_standby(struct pollink *l, struct poldump *d)
{
	struct pfpolicy_msg ask = { .type = SPD_DUMP,
		.spdid = SPD_STANDBY,
		.has = 1u << SPD_EXT_TUN_NAME };
	struct pfpolicy_msg why;
	enum pollink_result res = poldump_read(d, l, &ask, &why);

	if (res == POLLINK_BROKEN)
		return polrun_broken(l);
	if (res == POLLINK_REFUSED)
		poltext_say("ipsecd: %s", polrun_refusal(&why));
	else if (d->no_memory)
		poltext_say("no memory");
	else if (d->torn)
		poltext_say("the policy changes all the time: try again");
	return res == POLLINK_REFUSED || d->no_memory || d->torn ? POLRUN_ERROR
								 : POLRUN_OK;
}

/* All that matches, at one moment. */
static int
apply(struct pollink *l, struct polinput *in, struct polcache *c)
{
	struct poldump d = { 0 };
	unsigned removed = 0;
	int e =
	    polset_tell(l, SPD_CLONE, SPD_STANDBY, false, "copy the policy");

	if (e == POLRUN_OK)
		e = read_standby(l, &d);
	for (size_t i = 0; e == POLRUN_OK && i < in->policy.n; i++)
		e = remove_entry(l, in, c, &d, &in->policy.entry[i], &removed);
	poldump_free(&d);
	if (e == POLRUN_OK && removed == 0) {
		poltext_say(
		    "policy has nothing of what %s says", in->text.name);
		e = polrun_fatal();
	}
	e = polset_finish(l, c, e);
	if (e == POLRUN_OK && polrun_is_service())
		(void)printf("%u %s removed\n", removed,
		    removed == 1 ? "rule" : "rules");
	return e;
}

static int
remove_all(struct pollink *l, const struct polopts *o, struct polinput *in)
{
	struct polcache c;
	int e = polinput_algs(in, l);

	if (e == POLRUN_OK)
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
	e = apply(l, in, &c);
	polrun_end_change(&c);
	return e;
}

int
polremove_remove(const struct polopts *o)
{
	struct polinput in = { .text.quiet = o->quiet };
	struct pollink l;
	bool missing;
	int e = polinput_read(&in, o, &missing);

	if (e == POLRUN_OK && !missing) {
		e = polrun_connect(&l);
		if (e == POLRUN_OK)
			e = remove_all(&l, o, &in);
		pollink_close(&l);
	}
	polinput_free(&in);
	return e;
}
