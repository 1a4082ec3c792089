/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/judge.h"

#include "base/test.h"

#include "core/said_test.h"

static const struct action pass = { .type = ACT_PASS };
static const struct action drop = { .type = ACT_DROP };

static struct action
want(uint8_t ah, uint8_t esp, uint8_t espa)
{
	struct action a = { .type = ACT_IPSEC,
		.ah_alg = ah,
		.esp_alg = esp,
		.espa_alg = espa };

	a.flags = (uint8_t)((ah ? ACT_AH : 0) | (esp ? ACT_ESP : 0) |
			    (espa ? ACT_ESPA : 0));
	return a;
}

static struct sa *
got(struct sa *sa, uint8_t encr, uint8_t auth)
{
	*sa = bare_sa(encr ? SATYPE_ESP : SATYPE_AH, encr, auth);
	return sa;
}

static struct sa ah_sa, esp_sa;

static enum verdict
judge(const struct action *a, unsigned n, const struct sa *ah,
    const struct sa *esp)
{
	struct action copy[4];
	struct flow f = { .proto = IPPROTO_TCP_ };
	struct judge_case c = { .ah = ah, .esp = esp, .f = &f };

	memcpy(copy, a, n * sizeof(*a));
	return judge_rule(
	    &(struct rule){ .n_actions = (uint16_t)n, .actions = copy }, &c,
	    true);
}

/* One of three digits to the base 3. */
static uint8_t
pick(unsigned n, unsigned digit)
{
	return (uint8_t)(n / digit % 3);
}

/* Every pair of what is there and what is wanted; 1 and 2 are two algorithms. */
static void
test_every_pair(void **state)
{
	(void)state;
	for (unsigned w = 1; w < 27; w++)
		for (unsigned g = 1; g < 27; g++) {
			uint8_t wa = pick(w, 1), we = pick(w, 3),
				wb = pick(w, 9);
			uint8_t ga = pick(g, 1), ge = pick(g, 3),
				gb = pick(g, 9);
			struct action a = want(wa, we, wb);
			enum verdict v, is;

			/* no authentication of ESP without ESP */
			if ((wb && !we) || (gb && !ge) || (!wa && !we) ||
			    (!ga && !ge))
				continue;
			v = !wa != !ga		  ? VERDICT_SPD_GOT_AH
			    : wa != ga		  ? VERDICT_SPD_BAD_AHALG
			    : !we != !ge	  ? VERDICT_SPD_GOT_ESP
			    : we != ge		  ? VERDICT_SPD_BAD_ESPEALG
			    : wb != 0 && wb != gb ? VERDICT_SPD_BAD_ESPAALG
						  : VERDICT_PASS;
			is = judge(&a, 1, ga ? got(&ah_sa, 0, ga) : NULL,
			    ge ? got(&esp_sa, ge, gb) : NULL);
			assert_string_equal(verdict_name(is), verdict_name(v));
		}
}

static void
test_alternatives(void **state)
{
	struct action a[3] = { want(1, 0, 0), want(0, 5, 6), pass };

	(void)state;
	got(&ah_sa, 0, 1);
	got(&esp_sa, 5, 6);
	assert_int_equal(judge(a, 3, &ah_sa, NULL), VERDICT_PASS);
	assert_int_equal(judge(a, 3, NULL, &esp_sa), VERDICT_PASS);
	assert_int_equal(judge(a, 3, NULL, NULL), VERDICT_PASS);
	/* the reason is that of the last one tried */
	assert_int_equal(judge(a, 3, &ah_sa, &esp_sa), VERDICT_SPD_GOT_SECURE);
	assert_int_equal(judge(a, 2, &ah_sa, &esp_sa), VERDICT_SPD_GOT_AH);
	got(&ah_sa, 0, 2);
	assert_int_equal(judge(a, 1, &ah_sa, NULL), VERDICT_SPD_BAD_AHALG);
	assert_int_equal(judge(a, 2, &ah_sa, NULL), VERDICT_SPD_GOT_AH);
	assert_int_equal(judge(a, 2, NULL, NULL), VERDICT_SPD_GOT_CLEAR);
	assert_int_equal(judge(&pass, 1, NULL, NULL), VERDICT_PASS);
	assert_int_equal(judge(&pass, 1, &ah_sa, NULL), VERDICT_SPD_GOT_SECURE);
	assert_int_equal(judge(&drop, 1, NULL, NULL), VERDICT_SPD_EXPLICIT);
	assert_int_equal(judge(&drop, 1, &ah_sa, NULL), VERDICT_SPD_EXPLICIT);
	a[0].flags |= ACT_SELFENCAP;
	got(&ah_sa, 0, 1);
	assert_int_equal(judge(a, 1, &ah_sa, NULL), VERDICT_SPD_GOT_SELFENCAP);
}

static struct sa_ident
ident(const char *text)
{
	struct sa_ident i = { .type = 2, .len = (uint16_t)strlen(text) };

	memcpy(i.id, text, i.len);
	return i;
}

static void
test_identities(void **state)
{
	struct action a = want(1, 5, 6);

	(void)state;
	got(&ah_sa, 0, 1);
	got(&esp_sa, 5, 6);
	*ah_sa.rest->extra->sid = ident("foo");
	assert_int_equal(
	    judge(&a, 1, &ah_sa, &esp_sa), VERDICT_SPD_AHESP_DIFFID);
	*esp_sa.rest->extra->sid = ident("foo");
	assert_int_equal(judge(&a, 1, &ah_sa, &esp_sa), VERDICT_PASS);
	*esp_sa.rest->extra->did = ident("foo");
	*ah_sa.rest->extra->did = ident("fox");
	assert_int_equal(
	    judge(&a, 1, &ah_sa, &esp_sa), VERDICT_SPD_AHESP_DIFFID);
}

/* RFC 4301 5.2 step 4. */
static void
test_selectors(void **state)
{
	struct flow f = { .proto = IPPROTO_TCP_,
		.has_ports = true,
		.lport = 80,
		.rport = 1024 };
	struct judge_case c = { .esp = &esp_sa, .f = &f };
	struct judge_case d = { .ah = &ah_sa, .f = &f };
	struct sa_extra *s;

	(void)state;
	got(&esp_sa, 5, 6);
	s = esp_sa.rest->extra;
	assert_true(addr_read(&f.local, "10.0.0.1"));
	assert_true(addr_read(&f.remote, "10.0.0.2"));
	assert_int_equal(judge_selectors(&c), VERDICT_PASS);
	s->proto = IPPROTO_TCP_;
	s->sport = 1024;
	s->dport = 80;
	assert_int_equal(judge_selectors(&c), VERDICT_PASS);
	s->sport = 1025;
	assert_int_equal(judge_selectors(&c), VERDICT_SPD_ESP_INNERMISMATCH);
	s->sport = 1024;
	s->dport = 81;
	assert_int_equal(judge_selectors(&c), VERDICT_SPD_ESP_INNERMISMATCH);
	s->dport = 80;
	f.has_ports = false;
	assert_int_equal(judge_selectors(&c), VERDICT_SPD_ESP_INNERMISMATCH);
	f.has_ports = true;
	f.proto = IPPROTO_UDP_;
	assert_int_equal(judge_selectors(&c), VERDICT_SPD_ESP_INNERMISMATCH);
	ah_sa = esp_sa;
	assert_int_equal(judge_selectors(&d), VERDICT_SPD_AH_INNERMISMATCH);

	/* tunnel mode: the inner ones, not the outer ones */
	esp_sa.flags = SAF_TUNNEL;
	assert_int_equal(judge_selectors(&c), VERDICT_PASS);
	s->isrc = prefix_host(&f.remote);
	s->idst = prefix_host(&f.local);
	s->iproto = IPPROTO_UDP_;
	s->isport = 1024;
	s->idport = 80;
	assert_int_equal(judge_selectors(&c), VERDICT_PASS);
	s->isrc.a.b[3]++;
	assert_int_equal(judge_selectors(&c), VERDICT_SPD_ESP_INNERMISMATCH);
	s->isrc.len = 24;
	assert_int_equal(judge_selectors(&c), VERDICT_PASS);
	s->idst.a.b[0]++;
	assert_int_equal(judge_selectors(&c), VERDICT_SPD_ESP_INNERMISMATCH);
	s->idst = (struct prefix){ .a = { .fam = FAM_V4 }, .len = 32 };
	assert_int_equal(judge_selectors(&c), VERDICT_PASS);
	s->iproto = IPPROTO_TCP_;
	assert_int_equal(judge_selectors(&c), VERDICT_SPD_ESP_INNERMISMATCH);
	s->iproto = 0;
	s->isport = 9;
	assert_int_equal(judge_selectors(&c), VERDICT_SPD_ESP_INNERMISMATCH);
	s->isport = 0;
	s->idport = 9;
	assert_int_equal(judge_selectors(&c), VERDICT_SPD_ESP_INNERMISMATCH);
}

/* Policy 20, the second table, every type. */
static void
test_icmp(void **state)
{
	static const uint8_t ok4[] = { 0, 4, 9, 11, 14, 16 };
	struct flow f = { .proto = IPPROTO_ICMP_, .has_icmp = true };

	(void)state;
	for (unsigned type = 0; type < 256; type++) {
		bool ok = memchr(ok4, (int)type, sizeof(ok4)) != NULL;

		f.icmp_type = (uint8_t)type;
		f.icmp_code = 2;
		assert_int_equal(judge_icmp_is_harmless(&f), ok);
	}
	f.icmp_type = 3;
	for (unsigned code = 0; code < 256; code++) {
		f.icmp_code = (uint8_t)code;
		assert_int_equal(judge_icmp_is_harmless(&f),
		    code == 0 || code == 1 || code == 4);
	}
	f.proto = IPPROTO_ICMPV6_;
	for (unsigned type = 0; type < 256; type++) {
		f.icmp_type = (uint8_t)type;
		assert_int_equal(
		    judge_icmp_is_harmless(&f), type != 128 && type != 4);
	}
	f.has_icmp = false;
	assert_false(judge_icmp_is_harmless(&f));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_pair),
		cmocka_unit_test(test_alternatives),
		cmocka_unit_test(test_identities),
		cmocka_unit_test(test_selectors),
		cmocka_unit_test(test_icmp),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
