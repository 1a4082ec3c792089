/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/ipsecinit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/test.h"
#include "base/txt.h"

#include "conf/ruletext.h"

static struct ipsecalgs names;
static struct alg algs[64];
static size_t n_algs;
static char said[16384]; /* every report, a line each */
static char shown[RULETEXT_MAX];

static const struct host {
	const char *name, *addr;
	uint8_t len; /* 0: a host */
} hosts[] = {
	{ "enigma", "192.168.116.16", 0 },
	{ "enigma", "2001::aaaa:6666:6666", 0 },
	{ "partym", "192.168.13.213", 0 },
	{ "partym", "2001::eeee:3333:3333", 0 },
	{ "four", "10.0.0.4", 0 },
	{ "six", "2001:db8::6", 0 },
	{ "pair", "10.0.0.1", 0 },
	{ "pair", "10.0.0.2", 0 },
	{ "lan", "10.5.5.0", 24 },
};

static size_t
resolve(void *ctx, const char *name, struct prefix *out, size_t max)
{
	size_t n = 0;

	(void)ctx;
	if (strcmp(name, "crowd") == 0) {
		memset(out, 0, max * sizeof(*out));
		return max + 1;
	}
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		struct addr a;

		if (strcmp(name, hosts[i].name) != 0)
			continue;
		assert_true(addr_read(&a, hosts[i].addr));
		assert_true(n < max);
		out[n] = prefix_host(&a);
		if (hosts[i].len != 0)
			out[n].len = hosts[i].len;
		n++;
	}
	return n;
}

static bool
service(void *ctx, const char *name, uint16_t *port)
{
	(void)ctx;
	*port = 23;
	return strcmp(name, "telnet") == 0;
}

static bool
protocol(void *ctx, const char *name, uint8_t *proto)
{
	static const struct {
		const char *name;
		uint8_t n;
	} known[] = { { "tcp", 6 }, { "udp", 17 }, { "icmp", 1 },
		{ "ipv6-icmp", 58 }, { "ip", 0 } };

	(void)ctx;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(name, known[i].name) == 0) {
			*proto = known[i].n;
			return true;
		}
	return false;
}

static const char *const *
known(void *ctx, enum ipsecinit_names which)
{
	static const char *const host_names[] = { "enigma", "partym", NULL };
	static const char *const services[] = { "telnet", "domain", NULL };

	(void)ctx;
	return which == IPSECINIT_HOSTS	     ? host_names
	       : which == IPSECINIT_SERVICES ? services
					     : NULL;
}

static void
keep(void *ctx, const struct conf_error *e)
{
	char line[CONF_LINE];

	(void)ctx;
	assert_true(strlen(said) + CONF_LINE + 2 < sizeof(said));
	strcat(said, lex_error_print(line, e));
	strcat(said, "\n");
}

static const struct ipsecinit_env env = {
	.resolve = resolve,
	.service = service,
	.protocol = protocol,
	.known = known,
	.names = &names,
	.algs = algs,
	.report = keep,
};

static bool
load(struct ipsecinit *p, const char *text)
{
	struct ipsecinit_env e = env;

	e.n_algs = n_algs;
	said[0] = '\0';
	return ipsecinit_read(p, &e, "f", text, strlen(text));
}

/* The listing of what was read, without its #INDEX lines. */
static const char *
show(const struct ipsecinit *p)
{
	static const struct ruletext_env plain = { .names = &names };
	static char one[RULETEXT_MAX];
	struct wr all = wr_into(shown, sizeof(shown) - 1);

	for (size_t i = 0; i < p->n; i++)
		for (size_t k = 0; k < p->entry[i].n_rules; k++) {
			struct wr w = wr_into(one, sizeof(one));
			const char *nl;

			ruletext_print(&w, &plain, &p->entry[i].rule[k]);
			assert_false(w.bad);
			nl = memchr(one, '\n', w.len);
			wr_bytes(&all, nl + 1, w.len - (size_t)(nl + 1 - one));
		}
	assert_false(all.bad);
	shown[all.len] = '\0';
	return shown;
}

/* Reads without a word, and shows as this. */
static void
reads(const char *text, const char *expected)
{
	struct ipsecinit p;

	if (!load(&p, text))
		fail_msg("%s: %s", text, said);
	assert_string_equal(said, "");
	assert_string_equal(show(&p), expected);
	ipsecinit_fini(&p);
}

#define ESP   "ipsec {encr_algs aes-gcm}"
#define SHOWN "ipsec { encr_algs aes-gcm(128..256) sa shared } \n"

static void
test_new_style(void **state)
{
	(void)state;
	reads("", "");
	reads("# only a comment\n\n", "");
	reads("{} " ESP "\n", "{ dir both } " SHOWN);
	reads("{}ipsec{encr_algs aes-gcm}", "{ dir both } " SHOWN);
	reads("{laddr 10.0.0.1 raddr 10.0.0.2/24 lport 80 rport telnet ulp tcp "
	      "dir out} " ESP,
	    "{ ulp 6 laddr 10.0.0.1/32 lport 80 raddr 10.0.0.0/24 rport 23 "
	    "dir out } " SHOWN);
	reads("{local ::1 remote ::/0 dir inbound}" ESP,
	    "{ laddr ::1/128 raddr /0 dir in } " SHOWN);
	reads("{laddr 0.0.0.0/0} " ESP, "{ laddr 0.0.0.0/0 dir both } " SHOWN);
	reads("{laddr 0.0.0.0/0 raddr 0.0.0.0/0} " ESP,
	    "{ laddr 0.0.0.0/0 raddr 0.0.0.0/0 dir both } " SHOWN);
	reads("{laddr /0 raddr 10.0.0.1/32} " ESP,
	    "{ laddr /0 raddr 10.0.0.1/32 dir both } " SHOWN);
	reads("{raddr ::ffff:10.1.2.3/120} " ESP,
	    "{ raddr 10.1.2.0/24 dir both } " SHOWN);
	reads("{lport 0 ulp ip dir in} drop {} # all\n"
	      "{ulp 6 dir both}\n\n pass # x\n{}",
	    "{ dir in } drop { } \n{ ulp 6 dir both } pass { } \n");
}

/* The blocks of the file: text, "=>", what is said and shown. */
static void
test_golden(void **state)
{
	static char file[65536], got[sizeof(said) + sizeof(shown)];
	FILE *f = fopen(GOLDEN, "r");
	unsigned blocks = 0;
	char *block, *next;

	(void)state;
	assert_non_null(f);
	file[fread(file, 1, sizeof(file) - 1, f)] = '\0';
	assert_true(feof(f));
	(void)fclose(f);
	block = strstr(file, "\n%%\n") + 4;
	for (; block != NULL; block = next) {
		char *expected = strstr(block, "\n=>\n");
		struct ipsecinit p;

		next = strstr(block, "\n%%\n");
		if (next != NULL) {
			next[1] = '\0';
			next += 4;
		}
		assert_non_null(expected);
		*expected = '\0';
		expected += 4;

		bool ok = load(&p, block);

		assert_true(ok == (p.errors == 0));
		assert_true(ok == (p.bad == 0));
		assert_true(ok || p.entry == NULL);
		(void)snprintf(got, sizeof(got), "%s%s", said,
		    ok ? show(&p) : "REFUSED\n");
		assert_string_equal(got, expected);
		ipsecinit_fini(&p);
		blocks++;
	}
	assert_true(blocks > 70);
}

/* The one rule that text makes; finish with ipsecinit_fini(). */
static const struct rule *
only(struct ipsecinit *p, const char *text)
{
	if (!load(p, text))
		fail_msg("%s: %s", text, said);
	assert_int_equal(p->n, 1);
	assert_int_equal(p->entry[0].n_rules, 1);
	return &p->entry[0].rule[0];
}

static size_t
count(enum alg_table table, uint16_t with, uint16_t without)
{
	size_t n = 0;

	for (size_t i = 0; i < n_algs; i++)
		n += algs[i].table == table && (algs[i].flags & with) == with &&
		     (algs[i].flags & without) == 0;
	return n;
}

/* policy 11: ciphers outside, then AH, then ESP authentication. */
static void
test_any(void **state)
{
	struct ipsecinit p;
	/* all but NULL and the NULL cipher that authenticates */
	size_t plain = count(ALG_ENCR, 0, ALG_COMBINED) - 1;
	size_t combined = count(ALG_ENCR, ALG_COMBINED, 0) - 1;
	size_t auth = count(ALG_AUTH, 0, 0);
	const struct rule *r = only(
	    &p, "{} ipsec {encr_algs any auth_algs any encr_auth_algs any}");
	size_t n = combined * auth + plain * auth * (auth - 1);
	size_t shown_combined = 0;

	(void)state;
	assert_int_equal(r->n_actions, n);
	for (unsigned i = 0; i < r->n_actions; i++) {
		const struct action *a = &r->actions[i];
		const struct alg *e = alg_by_id(ALG_ENCR, a->esp_alg);

		assert_int_equal(a->type, ACT_IPSEC);
		assert_int_not_equal(a->esp_alg, EALG_NULL);
		assert_int_not_equal(a->esp_alg, EALG_AES_GMAC);
		assert_int_not_equal(a->espa_alg, AALG_AES_GMAC);
		assert_true((a->flags & ACT_AH) != 0 && a->ah_alg != 0);
		assert_int_equal(
		    (a->flags & ACT_ESPA) == 0, (e->flags & ALG_COMBINED) != 0);
		shown_combined += (e->flags & ALG_COMBINED) != 0;
		for (unsigned k = 0; k < i; k++)
			assert_false(action_equal(a, &r->actions[k]));
	}
	assert_int_equal(shown_combined, combined * auth);
	/* the order is that of the list: AES-GCM first, SHA-2-256 first */
	assert_int_equal(r->actions[0].esp_alg, EALG_AES_GCM_16);
	assert_int_equal(r->actions[0].ah_alg, AALG_SHA256HMAC);
	assert_int_equal(r->actions[1].esp_alg, EALG_AES_GCM_16);
	assert_int_equal(r->actions[1].ah_alg, AALG_SHA384HMAC);
	ipsecinit_fini(&p);

	/* RFC 3686 7: AES-CTR is there only with ESP authentication */
	r = only(&p, "{} ipsec {encr_algs any auth_algs sha256}");
	assert_int_equal(r->n_actions, plain + combined - 1);
	for (unsigned i = 0; i < r->n_actions; i++)
		assert_int_not_equal(r->actions[i].esp_alg, EALG_AES_CTR);
	ipsecinit_fini(&p);

	/* only what has such keys, and what ipsecd can use */
	r = only(&p, "{} ipsec {encr_algs any(192) auth_algs sha256}");
	for (unsigned i = 0; i < r->n_actions; i++) {
		const struct alg *e =
		    alg_by_id(ALG_ENCR, r->actions[i].esp_alg);

		assert_true(e->key_min <= 192 && e->key_max >= 192);
		assert_int_equal(r->actions[i].esp_min, 192);
		assert_int_equal(r->actions[i].esp_max, 192);
	}
	n = r->n_actions;
	assert_true(n > 0 && n < plain + combined);
	ipsecinit_fini(&p);
	algs[0].flags &= (uint16_t)~ALG_VALID;
	assert_false(load(&p, "{} ipsec {auth_algs sha256}"));
	assert_string_equal(said,
	    "f:1:21: ipsecd does not offer this authentication algorithm "
	    "(number 5)\n");
	r = only(&p, "{} ipsec {auth_algs any}");
	assert_int_equal(r->n_actions, auth - 1);
	assert_int_equal(r->actions[0].ah_alg, AALG_SHA384HMAC);
	ipsecinit_fini(&p);
	algs[0].flags |= ALG_VALID;
	assert_false(load(&p, "{} ipsec {auth_algs any(8)}"));
	assert_string_equal(
	    said, "f:1:4: ipsecd offers no algorithm for \"any\" here\n");
}

/* policy 12 */
static void
test_priorities(void **state)
{
	static const char text[] =
	    "{laddr enigma} ipsec {encr_algs aes-gcm}\n" /* two messages */
	    "{} ipsec {auth_algs sha256}\n"
	    "{} ipsec {auth_algs sha256} or pass {}\n"
	    "{} ipsec {auth_algs sha256 encr_algs aes-gcm}\n"
	    "{dir in} drop {}\n"
	    "{dir in} pass {}\n";
	struct ipsecinit p;

	(void)state;
	assert_true(load(&p, text));
	assert_int_equal(p.n, 6);
	assert_int_equal(p.entry[0].rule[0].priority, 0x004fffff);
	assert_int_equal(p.entry[0].rule[1].priority, 0x004ffffe);
	assert_int_equal(p.entry[1].rule[0].priority, 0x002ffffd);
	assert_int_equal(p.entry[2].rule[0].priority, 0x00affffc);
	assert_int_equal(p.entry[3].rule[0].priority, 0x006ffffb);
	assert_int_equal(p.entry[4].rule[0].priority, 0x000ffffa);
	assert_int_equal(p.entry[5].rule[0].priority, 0x008ffff9);
	assert_int_equal(p.entry[5].line, 6);
	ipsecinit_fini(&p);
}

static void
test_fields(void **state)
{
	struct ipsecinit p;
	const struct rule *r =
	    only(&p, "{tunnel ip.tun0 negotiate tunnel laddr four} " ESP);

	(void)state;
	assert_string_equal(r->tun, "ip.tun0");
	assert_true(r->tunnel_mode);
	assert_int_equal(r->fam, FAM_V4);
	assert_int_equal(r->dir, RULE_BOTH);
	assert_int_equal(r->index, 0);
	assert_int_equal(r->sel.has, SEL_LADDR);
	ipsecinit_fini(&p);
	r = only(&p, "{} ipsec {encr_auth_algs sha256 sa unique}");
	assert_int_equal(r->fam, FAM_NONE);
	assert_int_equal(r->sel.has, 0);
	assert_int_equal(r->actions[0].flags, ACT_ESP | ACT_ESPA | ACT_UNIQUE);
	assert_int_equal(r->actions[0].esp_alg, EALG_NULL);
	assert_int_equal(r->actions[0].esp_min, 0);
	assert_int_equal(r->actions[0].esp_max, 0);
	ipsecinit_fini(&p);
	r = only(&p, "{rport 0 dir both} pass {}");
	assert_int_equal(r->sel.has, 0);
	assert_int_equal(r->actions[0].type, ACT_PASS);
	assert_int_equal(r->actions[0].flags, 0);
	ipsecinit_fini(&p);
}

/* The text of an entry is what was typed, comments inside it too. */
static void
test_entry_text(void **state)
{
	static const char text[] = "# a\n  {laddr four # b\n}\nipsec\n"
				   "{encr_algs aes-gcm} or pass {} # c\n"
				   "{dir in} drop {}";
	struct ipsecinit p;

	(void)state;
	assert_true(load(&p, text));
	assert_int_equal(p.n, 2);
	assert_int_equal(p.entry[0].line, 2);
	assert_ptr_equal(p.entry[0].text, text + 6);
	assert_int_equal(p.entry[0].len, strlen(text) - 6 - 21);
	assert_int_equal(p.entry[1].line, 6);
	assert_int_equal(p.entry[1].len, 16);
	ipsecinit_fini(&p);
}

/* An entry whose text has this many bytes in lines of at most line bytes. */
static char *
padded(size_t n, size_t line, const char *before)
{
	size_t skip = strlen(before), at = skip;
	char *s = malloc(skip + n + 1);

	assert_non_null(s);
	memcpy(s, before, skip);
	memset(s + at, ' ', n);
	s[at] = '{';
	for (size_t i = line; i < n - 16; i += line + 1)
		s[at + i] = '\n';
	memcpy(s + at + n - 16, "dir in } drop { ", 16);
	s[at + n - 1] = '}';
	s[at + n] = '\0';
	return s;
}

static void
length(size_t n, size_t line, const char *before, const char *errors)
{
	char *s = padded(n, line, before);
	struct ipsecinit p;
	bool ok = load(&p, s);

	assert_string_equal(said, errors);
	assert_int_equal(ok, errors[0] == '\0');
	ipsecinit_fini(&p);
	free(s);
}

static void
test_limits(void **state)
{
	static char many[64 + 22 * 40];
	struct ipsecinit p;

	(void)state;
	length(IPSECINIT_LINE, 2000, "", "");
	length(IPSECINIT_LINE + 1, 2000, "",
	    "f:1:1024: the line is longer than 1023 bytes\n");
	length(IPSECINIT_ENTRY, 1000, "", "");
	length(IPSECINIT_ENTRY + 1, 1000, "",
	    "f:1:1: the entry is longer than 8192 bytes\n");
	length(IPSECINIT_ENTRY + 1, 1000, "\n#INDEX 2\n", "");
	length(3000, 5000, "#INDEX ip.tun0,2\n", "");
	length(3000, 5000, "#INDEX2\n",
	    "f:2:1024: the line is longer than 1023 bytes\n");

	for (unsigned n = 20; n <= 22; n++) {
		strcpy(many, "{} ipsec {auth_algs sha256}");
		for (unsigned i = 1; i < n; i++)
			strcat(many, " or ipsec {auth_algs sha1}");
		assert_int_equal(load(&p, many), n == 20);
		assert_string_equal(said,
		    n == 20 ? ""
			    : "f:1:526: more than 20 actions in one entry\n");
		ipsecinit_fini(&p);
	}
}

/* 1024 alternatives are the most that a rule can have. */
static void
test_too_many_alternatives(void **state)
{
	static const char text[] =
	    "{} ipsec {encr_algs any auth_algs any encr_auth_algs any}\n";
	char twice[256];
	struct ipsecinit p;

	(void)state;
	(void)snprintf(twice, sizeof(twice),
	    "%.*s or ipsec {encr_algs any auth_algs any encr_auth_algs any} or "
	    "ipsec {encr_algs any auth_algs any encr_auth_algs any}",
	    (int)strlen(text) - 1, text);
	assert_false(load(&p, twice));
	assert_non_null(strstr(
	    said, "this entry stands for more than 1024 alternatives\n"));
	assert_int_equal(p.errors, 1);
}

/* Every listing reads back as the same rules. */
static void
test_listing_reads_back(void **state)
{
	static const char *const texts[] = {
		"{laddr enigma raddr partym} ipsec {auth_algs any encr_algs "
		"any sa shared}",
		"{} ipsec {encr_algs aes encr_auth_algs sha1 sa unique} or "
		"pass {} or drop {}",
		"{ulp ipv6-icmp type 133-137 code 3-4 dir both} pass {}",
		"{tunnel ip.tun0 negotiate tunnel laddr 10.1.2.0/24 raddr "
		"0.0.0.0/0} ipsec {encr_algs blowfish(..64) encr_auth_algs "
		"md5}",
		"{laddr ::/0 rport 65535 dir in} drop {}",
		"{ulp 17 lport 1000-2000 rport 1-65535 dir out} drop {}",
		"{tunnel ip.tun0 negotiate transport} ipsec {encr_algs aes-gcm "
		"sa unique}",
	};
	static char first[RULETEXT_MAX], indexed[RULETEXT_MAX + 64];
	struct ipsecinit p;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_true(load(&p, texts[i]));
		strcpy(first, show(&p));
		ipsecinit_fini(&p);

		/* a rule of two families is two lines */
		char *line = first;

		for (char *nl; (nl = strchr(line, '\n')) != NULL;
		     line = nl + 1) {
			(void)snprintf(indexed, sizeof(indexed),
			    "#INDEX 7\n%.*s", (int)(nl + 1 - line), line);
			if (!load(&p, indexed))
				fail_msg("%s: %s", indexed, said);
			assert_string_equal(show(&p), indexed + 9);
			ipsecinit_fini(&p);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_new_style),
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_any),
		cmocka_unit_test(test_priorities),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_entry_text),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_too_many_alternatives),
		cmocka_unit_test(test_listing_reads_back),
	};
	const struct alg *a;
	int failed;

	assert_true(ipsecalgs_builtin(&names));
	while ((a = alg_row(n_algs)) != NULL)
		algs[n_algs++] = *a;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	ipsecalgs_fini(&names);
	return failed;
}
