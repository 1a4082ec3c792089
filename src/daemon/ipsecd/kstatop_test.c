/* SPDX-License-Identifier: BSD-2-Clause */
/* Each statistic is what it is called: made from counters that all differ. */
#include "daemon/ipsecd/kstatop.h"

#include <string.h>

#include "base/test.h"

#include "core/larval.h"
#include "crypto/be/be.h"
#include "daemon/ipsecd/ipsecd.h"

static struct ipsecd d;
static json_t *out, *seen;

/* What the kernel counted is in the document, not in the path: other numbers. */
static uint64_t
told(int dir, enum verdict v)
{
	return dir == 0 ? 70000 + v : 80000 + 2 * v;
}

static void
fill(void)
{
	static const char *const side[] = { "out", "in" };
	struct path_proto *p = d.path.stats.proto;
	json_t *all = json_object();

	for (int dir = 0; dir < 2; dir++) {
		json_t *o = json_object();

		for (enum verdict v = 0; v < VERDICT_N; v++) {
			d.path.stats.n[dir][v] =
			    (dir == 0 ? 1000u : 2000u) + (unsigned)v;
			(void)json_object_set_new(o, verdict_name(v),
			    json_integer((json_int_t)told(dir, v)));
		}
		(void)json_object_set_new(all, side[dir], o);
	}
	p[0] = (struct path_proto){ 1, 2, 3, 4, 5, 6, 2, 7 };
	p[1] = (struct path_proto){ 11, 12, 13, 14, 15, 16, 3, 17 };
	d.path.stats.natt_renumbers = 99;
	seen = json_pack("{s:o,s:{s:i,s:i}}", "verdicts", all, "packets",
	    "closed", 31, "steer_guard", 32);
}

static int
setup(void **state)
{
	static const struct sadb_env env = { 0 };
	static const struct pfkeyd_env pfkey = { 0 };

	(void)state;
	d.crypto = crypto_new(be_all, NULL, NULL);
	d.sadb = sadb_new(d.crypto, &crypto_rng, &env);
	d.path.larval = larval_new();
	d.pfkeyd = pfkeyd_new(d.sadb, NULL, d.crypto, &pfkey);
	assert_non_null(d.pfkeyd);
	fill();
	out = json_object();
	kstatop_build(out, &d, seen);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	json_decref(out);
	json_decref(seen);
	pfkeyd_free(d.pfkeyd);
	larval_free(d.path.larval);
	sadb_free(d.sadb);
	crypto_free(d.crypto);
	return 0;
}

static json_t *
stats(const char *name)
{
	json_t *list = json_object_get(out, "kstats");

	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *o = json_array_get(list, i);

		if (strcmp(json_string_value(json_object_get(o, "name")),
			name) == 0)
			return json_object_get(o, "statistics");
	}
	fail_msg("no kstat %s", name);
	return NULL;
}

static void
is(const char *kstat, const char *name, uint64_t want)
{
	const json_t *v = json_object_get(stats(kstat), name);

	if (!json_is_integer(v) || (uint64_t)json_integer_value(v) != want)
		fail_msg("%s:%s is %lld, not %llu", kstat, name,
		    (long long)json_integer_value(v), (unsigned long long)want);
}

#define IN(v)  (2000u + (unsigned)VERDICT_##v)
#define OUT(v) (1000u + (unsigned)VERDICT_##v)

static void
test_esp(void **state)
{
	(void)state;
	is("esp_stat", "good_auth", 5);
	is("esp_stat", "bad_auth", IN(ESP_BAD_AUTH));
	is("esp_stat", "bad_padding", IN(ESP_BAD_PADLEN) + IN(ESP_BAD_PADDING));
	is("esp_stat", "replay_failures", IN(ESP_REPLAY));
	is("esp_stat", "replay_early_failures", IN(ESP_EARLY_REPLAY));
	is("esp_stat", "keysock_in", 0);
	is("esp_stat", "out_requests", 1);
	is("esp_stat", "acquire_requests", 7);
	is("esp_stat", "bytes_expired",
	    IN(ESP_BYTES_EXPIRE) + OUT(ESP_BYTES_EXPIRE));
	is("esp_stat", "out_discards", 2);
	is("esp_stat", "crypto_sync", 4);
	is("esp_stat", "crypto_async", 2);
	is("esp_stat", "crypto_failures",
	    IN(ESP_CRYPTO_FAILED) + OUT(ESP_CRYPTO_FAILED));
	is("esp_stat", "bad_decrypt", IN(ESP_BAD_INNER));
	is("esp_stat", "sa_port_renumbers", 99);
	assert_int_equal(json_object_size(stats("esp_stat")), 17);
}

static void
test_ah(void **state)
{
	(void)state;
	is("ah_stat", "good_auth", 15);
	is("ah_stat", "bad_auth", IN(AH_BAD_AUTH));
	is("ah_stat", "replay_failures", IN(AH_REPLAY));
	is("ah_stat", "replay_early_failures", IN(AH_EARLY_REPLAY));
	is("ah_stat", "keysock_in", 0);
	is("ah_stat", "out_requests", 11);
	is("ah_stat", "acquire_requests", 17);
	is("ah_stat", "bytes_expired",
	    IN(AH_BYTES_EXPIRE) + OUT(AH_BYTES_EXPIRE));
	is("ah_stat", "out_discards", 12);
	is("ah_stat", "crypto_sync", 13);
	is("ah_stat", "crypto_async", 3);
	is("ah_stat", "crypto_failures",
	    IN(AH_CRYPTO_FAILED) + OUT(AH_CRYPTO_FAILED));
	assert_int_equal(json_object_size(stats("ah_stat")), 13);
}

static void
test_algs(void **state)
{
	const struct alg *a;
	json_int_t n[2] = { 0, 0 };

	(void)state;
	for (size_t i = 0; (a = alg_row(i)) != NULL; i++)
		n[a->table == ALG_ENCR] += crypto_usable(d.crypto, a);
	is("ah_stat", "num_aalgs", (uint64_t)n[0]);
	is("esp_stat", "num_ealgs", (uint64_t)n[1]);
	/* RFC 4543: ESP with GMAC is an encryption transform */
	is("esp_stat", "num_aalgs", (uint64_t)n[0] - 1);
}

static void
test_ipsec(void **state)
{
	(void)state;
	is("ipsec_stat", "esp_stat_in_requests", 3);
	is("ipsec_stat", "esp_stat_in_discards", 4);
	is("ipsec_stat", "esp_stat_lookup_failure", IN(ESP_NO_SA));
	is("ipsec_stat", "ah_stat_in_requests", 13);
	is("ipsec_stat", "ah_stat_in_discards", 14);
	is("ipsec_stat", "ah_stat_lookup_failure", IN(AH_NO_SA));
	is("ipsec_stat", "sadb_acquire_maxpackets", 0);
	is("ipsec_stat", "sadb_acquire_qhiwater", 0);
}

/* Each reason of both directions, and the kernel's share with them. */
static void
test_drops(void **state)
{
	static const char *const never[] = { "tcp_clear", "tcp_secure",
		"tcp_mismatch", "tcp_ipsec_alloc", "sadb_inidle_overflow",
		"sadb_inidle_timeout", "esp_icmp", "ip_ipsec_not_loaded" };
	json_t *list = json_object_get(out, "drops");
	json_int_t last = 1 << 30;

	(void)state;
	for (enum verdict v = 0; v < VERDICT_N; v++)
		if (verdict_is_drop(v))
			is("ipdrop", verdict_name(v), told(0, v) + told(1, v));
	is("ipdrop", "esp_nat_t_ka", told(1, VERDICT_KEEPALIVE));
	assert_null(json_object_get(stats("ipdrop"), "pass"));
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		is("ipdrop", never[i], 0);
	is("edges", "closed", 31);
	is("edges", "steer_guard", 32);
	/* the worst first */
	for (size_t i = 0; i < json_array_size(list); i++) {
		json_int_t n = json_integer_value(
		    json_object_get(json_array_get(list, i), "packets"));

		assert_true(n <= last);
		last = n;
	}
	assert_true(json_array_size(list) > 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_esp),
		cmocka_unit_test(test_ah),
		cmocka_unit_test(test_algs),
		cmocka_unit_test(test_ipsec),
		cmocka_unit_test(test_drops),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
