/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A policy file gives errors, each one printable line at a place in the file,
 * or rules; and what a rule lists as reads back as the same rule. What lint says
 * is such a line, too.
 */
#include <stdlib.h>

#include "conf/ipsecinit.h"
#include "conf/lint.h"
#include "conf/ruletext.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static struct ipsecalgs names;
static struct alg algs[64];
static size_t n_algs;

static void
demand(bool holds)
{
	if (!holds)
		abort();
}

/* Names give addresses by their letters: none, one, two of one family, both. */
static size_t
resolve(void *ctx, const char *name, struct prefix *out, size_t max)
{
	static const struct addr v4 = { FAM_V4, { 10, 1, 2, 3 } };
	static const struct addr w4 = { FAM_V4, { 10, 1, 2, 4 } };
	static const struct addr v6 = { FAM_V6, { 0x20, 1, 0xd, 0xb8 } };

	(void)ctx;
	demand(max == IPSECINIT_ADDRS);
	switch (name[0]) {
	case 'a':
		out[0] = prefix_host(&v4);
		return 1;
	case 'b':
		out[0] = prefix_host(&v4);
		out[1] = prefix_host(&v6);
		return 2;
	case 'c':
		out[0] = prefix_host(&v4);
		out[1] = prefix_host(&w4);
		return 2;
	case 'd':
		memset(out, 0, max * sizeof(*out));
		return max + 1;
	default:
		return 0;
	}
}

static bool
service(void *ctx, const char *name, uint16_t *port)
{
	(void)ctx;
	*port = (uint8_t)name[0];
	return name[0] != 'x';
}

static bool
protocol(void *ctx, const char *name, uint8_t *proto)
{
	(void)ctx;
	*proto = (uint8_t)name[0];
	return name[0] != 'x';
}

static void
report(void *ctx, const struct conf_error *e)
{
	char line[CONF_LINE];

	(void)ctx;
	demand(e->line > 0 && e->col > 0);
	for (const char *s = lex_error_print(line, e); *s != '\0'; s++)
		demand((uint8_t)*s >= 0x20 && *s != 0x7f);
}

static struct ipsecinit_env env = { .resolve = resolve,
	.service = service,
	.protocol = protocol,
	.names = &names,
	.algs = algs,
	.report = report };

static void
check_rule(const struct rule *r)
{
	static const struct ruletext_env plain = { .names = &names };
	static char text[RULETEXT_MAX];
	struct wr w = wr_into(text, sizeof(text));
	struct ipsecinit back;

	demand(r->n_actions > 0 && r->dir != 0);
	ruletext_print(&w, &plain, r);
	demand(!w.bad);
	demand(ipsecinit_read(&back, &env, "listing", text, w.len));
	demand(back.n == 1 && back.entry[0].n_rules == 1);

	const struct rule *q = &back.entry[0].rule[0];

	demand(q->dir == r->dir && q->fam == r->fam);
	demand(q->tunnel_mode == r->tunnel_mode && strcmp(q->tun, r->tun) == 0);
	demand(sel_equal(&q->sel, &r->sel));
	demand(q->n_actions == r->n_actions);
	for (unsigned i = 0; i < r->n_actions; i++)
		demand(action_equal(&q->actions[i], &r->actions[i]));
	ipsecinit_fini(&back);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct ipsecinit in;
	const struct alg *a;
	bool ok;

	if (n_algs == 0) {
		demand(ipsecalgs_builtin(&names));
		while ((a = alg_row(n_algs)) != NULL)
			algs[n_algs++] = *a;
		env.n_algs = n_algs;
	}
	ok = ipsecinit_read(&in, &env, "fuzz", p, n);
	demand(ok == (in.errors == 0));
	demand(ok == (in.bad == 0));
	demand(ok || in.n == 0);
	for (size_t i = 0; i < in.n; i++) {
		demand(in.entry[i].n_rules > 0);
		for (size_t k = 0; k < in.entry[i].n_rules; k++)
			check_rule(&in.entry[i].rule[k]);
	}
	lint_policy(&in, "fuzz", report, NULL);
	ipsecinit_fini(&in);
	return 0;
}
