/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A listing that is loaded again decides as the policy that it shows: random
 * files go through conf/ipsecinit into an SPD by the PF_POLICY server, some rules
 * are deleted by their index, what is left is dumped and printed as `ipsecconf
 * -Ln` does, and that text goes the same way into a second SPD. Random packets
 * get the same alternatives from both (spec: policy 12, 15).
 *
 * LISTING_SECONDS (4) says how long, LISTING_SEED repeats a run.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "conf/ipsecinit.h"
#include "conf/ruletext.h"
#include "core/pfpolicyd.h"
#include "core/polrand.h"
#include "crypto/be/be.h"

#define MAX_TEXT (4u << 20)

static uint64_t seed, first_seed;
static struct ipsecalgs names;
static struct alg algs[64];
static size_t n_algs;
static struct crypto *crypto;
static struct {
	uint64_t files, packets, matched, alone;
} count;

static void
demand(bool holds, const char *what)
{
	if (holds)
		return;
	printf("FAIL: %s (LISTING_SEED=%" PRIu64 ")\n", what, first_seed);
	exit(1);
}

/* --- a policy: an SPD and its server --- */

struct policy {
	struct spd *spd;
	struct pfpolicyd *d;
	struct pfpolicyd_session *s;
	uint8_t errnum; /* of the last answer */
	char *text;	/* the listing */
	size_t n;
};

static void
answer(void *ctx, void *conn, const uint8_t *msg, size_t n)
{
	static const struct ruletext_env plain = { .names = &names };
	struct policy *p = conn;
	struct pfpolicy_msg m;
	uint16_t diag;

	(void)ctx;
	demand(pfpolicy_parse(&m, &diag, msg, n) == 0, "an answer parses");
	p->errnum = m.errnum;
	if (m.type == SPD_DUMP && pfpolicy_has(&m, SPD_EXT_RULE)) {
		struct wr w = wr_into(p->text + p->n, MAX_TEXT - p->n);

		ruletext_print(&w, &plain, &m.rule);
		demand(!w.bad, "the listing has room");
		p->n += w.len;
	}
	pfpolicy_fini(&m);
}

static void
policy_open(struct policy *p)
{
	const struct pfpolicyd_env env = { .send = answer };

	p->n = 0;
	p->spd = spd_new();
	p->d = pfpolicyd_new(p->spd, crypto, &env);
	p->s = pfpolicyd_open(p->d, p);
	demand(p->s != NULL, "memory");
}

static void
policy_close(struct policy *p)
{
	pfpolicyd_free(p->d);
	spd_free(p->spd);
}

static uint8_t
tell(struct policy *p, const struct pfpolicy_msg *m)
{
	static uint8_t b[PFPOLICY_MAX + 8];
	struct wr w = wr_into(b, sizeof(b));

	demand(pfpolicy_write(&w, m), "a message has room");
	pfpolicyd_input(p->s, b, w.len);
	return p->errnum;
}

static void
list(struct policy *p)
{
	struct pfpolicy_msg m = { .type = SPD_DUMP,
		.has = 1u << SPD_EXT_TUN_NAME };

	p->n = 0;
	(void)tell(p, &m);
}

static void
report(void *ctx, const struct conf_error *e)
{
	char line[CONF_LINE];

	(void)ctx;
	if (e->severity == CONF_ERROR)
		printf("%s\n", lex_error_print(line, e));
}

static void
load(struct policy *p, const char *text, size_t n)
{
	const struct ipsecinit_env env = { .names = &names,
		.algs = algs,
		.n_algs = n_algs,
		.report = report };
	struct ipsecinit in;

	demand(ipsecinit_read(&in, &env, "listing", text, n), "it is read");
	for (size_t i = 0; i < in.n; i++)
		for (size_t k = 0; k < in.entry[i].n_rules; k++) {
			struct pfpolicy_msg m = { .type = SPD_ADDRULE,
				.has =
				    1u << SPD_EXT_RULE | 1u << SPD_EXT_ACTION,
				.rule = in.entry[i].rule[k] };
			uint8_t e;

			if (m.rule.tun[0] != '\0')
				m.has |= 1u << SPD_EXT_TUN_NAME;
			e = tell(p, &m);
			demand(e == 0 || e == EEXIST, "it is taken");
		}
	ipsecinit_fini(&in);
}

/* --- a random file --- */

static const char *const tuns[] = { "", "ip.tun0", "ip.tun1" };

static struct action
random_action(bool tunnel)
{
	static const uint8_t auth[] = { AALG_SHA256HMAC, AALG_SHA1HMAC };
	static const struct {
		uint8_t id;
		uint16_t bits;
	} esp[] = { { EALG_AES, 256 }, { EALG_AES_GCM_16, 128 },
		{ EALG_CAMELLIA, 192 } };
	struct action a = { .type = (uint8_t)(1 + polrand(&seed, 3)) };
	unsigned what = 1 + polrand(&seed, 3), i;

	if (a.type != ACT_IPSEC)
		return a;
	if (what & 1) {
		i = polrand(&seed, 2);
		a.flags |= ACT_AH;
		a.ah_alg = auth[i];
		a.ah_min = a.ah_max = i == 0 ? 256 : 160;
	}
	if (what & 2) {
		i = polrand(&seed, 3);
		a.flags |= ACT_ESP;
		a.esp_alg = esp[i].id;
		a.esp_min = a.esp_max = esp[i].bits;
		if (i != 1 && polrand(&seed, 2)) {
			a.flags |= ACT_ESPA;
			a.espa_alg = auth[0];
			a.espa_min = a.espa_max = 256;
		}
	}
	if (!tunnel && polrand(&seed, 4) == 0)
		a.flags |= ACT_UNIQUE;
	return a;
}

static void
random_rule(struct rule *r, struct action act[3])
{
	uint8_t fam = polrand(&seed, 2) ? FAM_V4 : FAM_V6;
	unsigned tun = polrand(&seed, 4) == 0 ? 1 + polrand(&seed, 2) : 0;

	*r = (struct rule){ .dir = (uint8_t)(1 + polrand(&seed, 3)),
		.n_actions = 1 + (polrand(&seed, 4) == 0),
		.actions = act };
	memcpy(r->tun, tuns[tun], strlen(tuns[tun]));
	r->tunnel_mode = tun == 1;
	if (tun != 2)
		r->sel = polrand_sel(&seed, fam);
	for (unsigned i = 0; i < r->n_actions; i++)
		act[i] = random_action(tun != 0);
	/* a port of a protocol that has none is a warning, a type an error */
	if ((r->sel.has & SEL_TYPE) != 0 && (r->sel.has & SEL_PROTO) == 0)
		r->sel.has &= ~(unsigned)(SEL_TYPE | SEL_CODE);
}

static size_t
random_file(char *text)
{
	static const struct ruletext_env plain = { .names = &names };
	size_t n = 0;

	for (unsigned i = 1u << polrand(&seed, 8); i > 0; i--) {
		struct wr w = wr_into(text + n, MAX_TEXT - n);
		struct action act[3];
		struct rule r;

		random_rule(&r, act);
		ruletext_print(&w, &plain, &r);
		demand(!w.bad, "the file has room");
		n += w.len;
	}
	return n;
}

static void
delete_some(struct policy *p)
{
	for (unsigned i = polrand(&seed, 60); i > 0; i--) {
		struct pfpolicy_msg m = { .type = SPD_DELETERULE,
			.has = 1u << SPD_EXT_RULE | 1u << SPD_EXT_TUN_NAME };
		unsigned tun = polrand(&seed, 4) == 0 ? polrand(&seed, 3) : 0;

		m.rule.index = 1 + polrand(&seed, 200);
		memcpy(m.rule.tun, tuns[tun], strlen(tuns[tun]));
		if (tun == 0)
			m.has &= ~(1u << SPD_EXT_TUN_NAME);
		/* of a tunnel in transport mode nothing says the family */
		if (tun != 2)
			(void)tell(p, &m);
	}
}

/* --- both of them --- */

static bool
same(const struct spd_entry *a, const struct spd_entry *b)
{
	if (a == NULL || b == NULL)
		return a == NULL && b == NULL;
	if (a->rule.n_actions != b->rule.n_actions)
		return false;
	for (unsigned i = 0; i < a->rule.n_actions; i++)
		if (!action_equal(&a->rule.actions[i], &b->rule.actions[i]))
			return false;
	return true;
}

static void
compare(const struct policy *a, const struct policy *b)
{
	for (unsigned i = 0; i < 3000; i++) {
		struct flow f =
		    polrand_flow(&seed, polrand(&seed, 2) ? FAM_V4 : FAM_V6);
		const char *tun =
		    tuns[polrand(&seed, 3) == 0 ? polrand(&seed, 3) : 0];
		enum rule_dir dir = polrand(&seed, 2) ? RULE_IN : RULE_OUT;
		struct spd_entry *x = spd_lookup(a->spd, tun, dir, &f);

		demand(same(x, spd_lookup(b->spd, tun, dir, &f)),
		    "a packet gets the same from both");
		count.packets++;
		count.matched += x != NULL;
	}
	/* what a deletion left of both families may then be the same as another */
	demand(spd_count(b->spd, SPD_ACTIVE) <= spd_count(a->spd, SPD_ACTIVE),
	    "no more rules");
}

static void
walk(struct policy *a, struct policy *b)
{
	size_t n = random_file(a->text);

	policy_open(a);
	load(a, a->text, n);
	delete_some(a);
	list(a);
	a->text[a->n] = '\0';
	count.alone += strstr(a->text, "laddr ::/0 ") != NULL;
	policy_open(b);
	load(b, a->text, a->n);
	compare(a, b);
	policy_close(a);
	policy_close(b);
	count.files++;
}

static double
clock_s(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int
main(void)
{
	const char *s = getenv("LISTING_SEED");
	const char *how_long = getenv("LISTING_SECONDS");
	double end = clock_s() + (how_long != NULL ? atof(how_long) : 4);
	struct policy a = { .text = malloc(MAX_TEXT + 1) };
	struct policy b = { .text = malloc(MAX_TEXT + 1) };
	const struct alg *row;

	crypto = crypto_new(be_ossl, NULL, NULL);
	demand(a.text != NULL && b.text != NULL && crypto != NULL &&
		   ipsecalgs_builtin(&names),
	    "memory");
	while ((row = alg_row(n_algs)) != NULL)
		algs[n_algs++] = *row;
	first_seed =
	    s != NULL ? strtoull(s, NULL, 10) : (uint64_t)time(NULL) * 1000003;
	seed = first_seed;
	printf("LISTING_SEED=%" PRIu64 "\n", first_seed);
	do
		walk(&a, &b);
	while (clock_s() < end);
	printf("%" PRIu64 " files, %" PRIu64
	       " with a rule of one family alone; %" PRIu64 " packets, %" PRIu64
	       " with a rule\n",
	    count.files, count.alone, count.packets, count.matched);
	demand(count.alone > 0 && count.matched > count.packets / 10,
	    "enough happened");
	free(a.text);
	free(b.text);
	ipsecalgs_fini(&names);
	crypto_free(crypto);
	return 0;
}
