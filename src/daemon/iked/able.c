/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/iked/able.h"

/* Said, and without it something would be less safe or not work: refused. */
static const enum ikecfg_value needed[] = { IKECFG_PPK_REQUIRED,
	IKECFG_REMOTE_AUTH, IKECFG_REQUEST_ADDR, IKECFG_REAUTH };

/* Said, and all works without it: a warning. */
static const enum ikecfg_value tuning[] = { IKECFG_USE_HTTP, IKECFG_USE_OCSP,
	IKECFG_P1_NONCE_LEN, IKECFG_P2_NONCE_LEN, IKECFG_P1_SOFT,
	IKECFG_REKEY_FUZZ, IKECFG_P2_IDLE, IKECFG_KEEP, IKECFG_NAT_KEEPALIVE,
	IKECFG_MOBIKE, IKECFG_REDIRECT, IKECFG_WINDOW, IKECFG_RESUMPTION };

static const struct {
	enum ikecfg_text text;
	const char *name;
	bool refused;
} texts[] = {
	{ IKECFG_LDAP_SERVER, "ldap_server", false },
	{ IKECFG_PKCS11_PATH, "pkcs11_path", false },
	{ IKECFG_PROXY, "proxy", false },
	{ IKECFG_SOCKS, "socks", false },
	{ IKECFG_REDIRECT_TO, "redirect_to", true },
	{ IKECFG_PPK_ID, "ppk_id", true },
	{ IKECFG_EAP_ID, "eap_id", true },
	{ IKECFG_POOL_DOMAIN, "pool_domain", true },
};

static const struct {
	enum ikecfg_list list;
	const char *name;
} lists[] = {
	{ IKECFG_POOL_ADDR, "pool_addr" },
	{ IKECFG_POOL_DNS, "pool_dns" },
	{ IKECFG_POOL_SUBNET, "pool_subnet" },
};

struct look {
	struct lex lx;		     /* reports */
	const struct ikecfg_rule *r; /* NULL: outside of rules */
	bool bad;
};

static void
tell(struct look *l, bool refused, const char *word)
{
	struct lex_tok at = { .kind = LEX_WORD, .line = 1, .col = 1 };
	const char *label = l->r != NULL ? l->r->label : "outside of rules";

	if (l->r != NULL && l->r->line != 0)
		at.line = l->r->line;
	if (refused)
		lex_error(&l->lx, &at, "\"%.100s\": this in.iked cannot do %s",
		    label, word);
	else
		lex_warning(&l->lx, &at, "\"%.100s\": %s has no effect yet",
		    label, word);
	l->bad |= refused;
}

/* What is turned off, nobody misses. */
static bool
wanted(const struct ikecfg_part *p, enum ikecfg_value v)
{
	return (p->set >> v & 1) != 0 && p->v[v] != 0;
}

static void
look_xforms(struct look *l, const struct ikecfg_part *p)
{
	for (unsigned i = 0; i < p->n_xform; i++) {
		const struct ikecfg_xform *x = &p->xform[i];

		if (x->addke[0] != 0)
			tell(l, true, "additional key exchanges");
		if (x->auth == IKECFG_PUBKEY ||
		    x->auth == IKECFG_EAP_MSCHAPV2 || x->auth == IKECFG_EAP_TLS)
			tell(l, true, ikeval_auth_name(x->auth));
	}
}

static void
look_part(struct look *l, const struct ikecfg_part *p)
{
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (wanted(p, needed[i]))
			tell(l, true, ikeval_row(needed[i])->name);
	for (size_t i = 0; i < sizeof(tuning) / sizeof(tuning[0]); i++)
		if (wanted(p, tuning[i]))
			tell(l, false, ikeval_row(tuning[i])->name);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (p->text[texts[i].text] != NULL)
			tell(l, texts[i].refused, texts[i].name);
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (p->n_list[lists[i].list] != 0)
			tell(l, true, lists[i].name);
	for (unsigned i = 0; i < p->n_list[IKECFG_REMOTE_ADDR]; i++)
		if (p->list[IKECFG_REMOTE_ADDR][i].form == IKECFG_HOST)
			tell(l, true, "a remote_addr by name");
	for (unsigned i = 0; i < p->n_list[IKECFG_LOCAL_ADDR]; i++)
		if (p->list[IKECFG_LOCAL_ADDR][i].form == IKECFG_HOST)
			tell(l, true, "a local_addr by name");
	look_xforms(l, p);
}

bool
able_check(
    const struct ikecfg *c, const char *file, conf_report *report, void *ctx)
{
	struct look l = { .lx = lex_from(file, "", 0, 0, report, ctx) };

	look_part(&l, &c->part);
	for (unsigned i = 0; i < c->n; i++) {
		l.r = &c->rule[i];
		look_part(&l, &l.r->part);
	}
	return !l.bad;
}
