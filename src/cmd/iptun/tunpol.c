/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/iptun/tunpol.h"

#include <errno.h>
#include <stdio.h>

#include "cmd/pol/poldump.h"
#include "cmd/pol/poltext.h"

/* Below every one of ipsecconf's, by which it is known again. */
#define PRIORITY 1

/* --- what is meant --- */

static void
note(void *ctx, const struct conf_error *e)
{
	char *text = ctx;

	if (e->severity != CONF_ERROR || text[0] != '\0')
		return;
	if (e->how == CONF_FOUND_NONE)
		(void)snprintf(text, CONF_TEXT, "%s", e->text);
	else
		(void)snprintf(text, CONF_TEXT, "\"%s\": expected %.180s",
		    e->found, e->text);
}

static void
add_word(char *buf, size_t cap, const char *word, const char *alg)
{
	size_t n = strlen(buf);

	if (alg[0] != '\0' && strcmp(alg, "none") != 0)
		(void)snprintf(buf + n, cap - n, " %s %s", word, alg);
}

/*
 * As a line of ipsecinit.conf. Here encr_algs without encr_auth_algs means any
 * (services 7), but for ciphers that authenticate by themselves.
 */
static bool
read_algs(struct tunpol *p, const struct tunconf *c, const struct alg *algs,
    size_t n_algs, bool any, char why[CONF_TEXT])
{
	struct ipsecinit_env env = { .names = &p->names,
		.algs = algs,
		.n_algs = n_algs,
		.report = note,
		.report_ctx = why };
	char text[512];
	bool encr = c->encr[0] != '\0' && strcmp(c->encr, "none") != 0;

	why[0] = '\0';
	(void)snprintf(text, sizeof(text),
	    "{tunnel %s negotiate transport} ipsec {", p->link);
	add_word(text, sizeof(text), "auth_algs", c->auth);
	add_word(text, sizeof(text), "encr_algs", c->encr);
	if (encr && c->encr_auth[0] == '\0')
		add_word(
		    text, sizeof(text), "encr_auth_algs", any ? "any" : "none");
	else
		add_word(text, sizeof(text), "encr_auth_algs", c->encr_auth);
	(void)snprintf(
	    text + strlen(text), sizeof(text) - strlen(text), " }\n");
	if (ipsecinit_read(&p->policy, &env, "", text, strlen(text)) &&
	    p->policy.n == 1)
		return true;
	ipsecinit_fini(&p->policy);
	if (why[0] == '\0')
		(void)snprintf(why, CONF_TEXT, "no memory");
	return false;
}

enum have { HAVE_NONE, HAVE_SIMPLE, HAVE_TRANSPORT, HAVE_TUNNEL };

/* What policy the tunnel has now. False: not told. */
static bool
look(struct tunpol *p, enum have *have)
{
	struct pfpolicy_msg ask = { .type = SPD_DUMP,
		.has = 1u << SPD_EXT_TUN_NAME };
	struct pfpolicy_msg why;
	struct poldump d = { 0 };
	enum pollink_result r;
	bool ok;

	memcpy(ask.rule.tun, p->link, sizeof(ask.rule.tun));
	r = poldump_read(&d, &p->l, &ask, &why);
	*have = HAVE_NONE;
	for (size_t i = 0; i < d.n; i++)
		if (d.rule[i].tunnel_mode)
			*have = HAVE_TUNNEL;
		else if (d.rule[i].priority != PRIORITY && *have != HAVE_TUNNEL)
			*have = HAVE_TRANSPORT;
		else if (*have == HAVE_NONE)
			*have = HAVE_SIMPLE;
	ok = r == POLLINK_OK ? !d.no_memory && !d.torn
			     : r == POLLINK_REFUSED && why.errnum == ENOENT;
	poldump_free(&d);
	return ok;
}

static bool
complain(struct lex *lx, const struct tunconf *c, const char *why)
{
	lex_error(lx, &c->algs_at, "%s", why);
	return false;
}

static bool
plan(struct tunpol *p, const struct tunconf *c, struct lex *lx)
{
	static struct alg algs[PFPOLICY_MAX_ALGS];
	char why[CONF_TEXT];
	enum have have;
	size_t n = 0;

	if (!look(p, &have))
		return complain(lx, c, "ipsecd does not tell its policy");
	if (have == HAVE_TUNNEL && tunconf_protects(c))
		return complain(lx, c,
		    "policy of ipsecconf (negotiate tunnel) is in force for "
		    "this tunnel: Device or resource busy");
	if (have == HAVE_TRANSPORT || have == HAVE_TUNNEL) {
		p->what = TUNPOL_IGNORED;
		return true;
	}
	if (!tunconf_protects(c)) {
		p->what = have == HAVE_SIMPLE ? TUNPOL_CLEAR : TUNPOL_NOTHING;
		return true;
	}
	if (pollink_algs(&p->l, algs, PFPOLICY_MAX_ALGS, &n) != POLLINK_OK)
		return complain(lx, c, "ipsecd does not tell its algorithms");
	if (!poltext_algs(&p->names))
		return complain(lx, c, "there are no names of algorithms");
	if (!read_algs(p, c, algs, n, true, why) &&
	    !read_algs(p, c, algs, n, false, why))
		return complain(lx, c, why);
	p->what = TUNPOL_SET;
	return true;
}

bool
tunpol_plan(
    struct tunpol *p, const char *link, const struct tunconf *c, struct lex *lx)
{
	char text[POLLINK_TEXT];

	memset(p, 0, sizeof(*p));
	p->l.to.fd = -1;
	(void)snprintf(p->link, sizeof(p->link), "%s", link);
	if ((c->has & TUNCONF_ALGS) == 0)
		return true;
	if (!pollink_open(&p->l))
		return complain(lx, c, pollink_sentence(&p->l, text));
	return plan(p, c, lx);
}

/* --- making it so --- */

static int
tell(struct tunpol *p, const struct pfpolicy_msg *m, char text[POLLINK_TEXT])
{
	struct pfpolicy_msg ask = *m, reply;
	enum pollink_result r = pollink_ask(&p->l, &ask, &reply);
	int err = 0;

	if (r == POLLINK_BROKEN) {
		(void)pollink_sentence(&p->l, text);
		err = EIO;
	} else if (r == POLLINK_REFUSED) {
		err = reply.errnum;
		(void)snprintf(text, POLLINK_TEXT, "%s: ipsecd refuses: %s%s%s",
		    p->link, strerror(err),
		    reply.diag != PFPOLICY_DIAG_NONE ? ", " : "",
		    reply.diag != PFPOLICY_DIAG_NONE
			? pfpolicy_diag_text(reply.diag)
			: "");
	}
	pfpolicy_fini(&reply);
	return err;
}

static int
tell_type(struct tunpol *p, uint8_t type, bool tun, char text[POLLINK_TEXT])
{
	struct pfpolicy_msg m = { .type = type,
		.spdid = SPD_STANDBY,
		.has = tun ? 1u << SPD_EXT_TUN_NAME : 0 };

	if (tun)
		memcpy(m.rule.tun, p->link, sizeof(m.rule.tun));
	return tell(p, &m, text);
}

static int
add_rules(struct tunpol *p, char text[POLLINK_TEXT])
{
	const struct ipsecinit_entry *e = &p->policy.entry[0];
	int err = 0;

	for (size_t i = 0; err == 0 && i < e->n_rules; i++) {
		struct pfpolicy_msg m = { .type = SPD_ADDRULE,
			.spdid = SPD_STANDBY,
			.has = 1u << SPD_EXT_RULE | 1u << SPD_EXT_ACTION |
			       1u << SPD_EXT_TUN_NAME,
			.rule = e->rule[i] };

		m.rule.priority = PRIORITY;
		err = tell(p, &m, text);
	}
	return err;
}

int
tunpol_apply(struct tunpol *p, char text[POLLINK_TEXT])
{
	char ignored[POLLINK_TEXT];
	struct pfpolicy_msg all = { .type = SPD_FLUSH,
		.spdid = SPD_STANDBY,
		.has = 1u << SPD_EXT_TUN_NAME };
	int err;

	if (p->what != TUNPOL_SET && p->what != TUNPOL_CLEAR)
		return 0;
	err = tell_type(p, SPD_CLONE, false, text);
	if (err == 0) {
		err = tell_type(p, SPD_FLUSH, true, text);
		/* there is none yet */
		if (err == ENOENT)
			err = 0;
	}
	if (err == 0 && p->what == TUNPOL_SET)
		err = add_rules(p, text);
	if (err == 0)
		err = tell_type(p, SPD_FLIP, false, text);
	(void)tell(p, &all, ignored);
	return err;
}

void
tunpol_free(struct tunpol *p)
{
	if (p->l.to.fd >= 0)
		pollink_close(&p->l);
	ipsecinit_fini(&p->policy);
	ipsecalgs_fini(&p->names);
}
