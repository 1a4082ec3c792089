/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whole packets, both ways: each case of the vectors' packets folder is opened,
 * and sealed again where its fields say how it was made (README there).
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/ah.h"
#include "crypto/be/be.h"
#include "vec.h"

static struct crypto *crypto;
static const char *dir;
static unsigned passed, failed;

static void
report(const json_t *c, bool ok, const char *what)
{
	ok ? passed++ : failed++;
	if (!ok)
		printf("FAILED %s: %s (%s)\n", vec_text(c, "id"), what,
		    vec_text(c, "comment"));
}

static struct sa *
make_sa(const json_t *c, const json_t *j, uint64_t seq)
{
	struct sa_spec s;
	uint16_t diag;

	vec_sa_spec(&s, j);
	s.window = 64;
	s.replay_value = seq - 1; /* the window stands just below */

	const char *real = vec_text(c, "nat_oa_src");

	if (*real != '\0' && !addr_read(&s.natt_rem, real))
		errx(1, "nat_oa_src");

	struct sa *sa =
	    sa_new(crypto, &vec_rng, &s, (struct now){ .mono = 1 }, &diag);

	saspec_fini(&s);
	return sa;
}

/* peek, SA, window, open, window: what the inbound path does. */
static enum verdict
open_esp(
    struct sa *sa, struct wr *out, const uint8_t *p, const struct ip_view *v)
{
	struct esp_head h;
	uint64_t seq;
	enum verdict why = esp_peek(&h, p, v, 4500);

	if (why != VERDICT_PASS)
		return why;
	if (h.spi != sa->spi)
		return VERDICT_ESP_NO_SA;
	if (!replay_check(&sa->replay, h.seq_low, &seq))
		return VERDICT_ESP_EARLY_REPLAY;
	why = esp_open(sa, out, p, v, &h, seq);
	if (why == VERDICT_PASS && !replay_commit(&sa->replay, seq))
		return VERDICT_ESP_REPLAY;
	return why;
}

static enum verdict
open_ah(
    struct sa *sa, struct wr *out, const uint8_t *p, const struct ip_view *v)
{
	struct ah_head h;
	uint64_t seq;
	enum verdict why = ah_peek(&h, p, v);

	if (why != VERDICT_PASS)
		return why;
	if (h.spi != sa->spi)
		return VERDICT_AH_NO_SA;
	if (!replay_check(&sa->replay, h.seq_low, &seq))
		return VERDICT_AH_EARLY_REPLAY;
	why = ah_open(sa, out, p, v, &h, seq);
	if (why == VERDICT_PASS && !replay_commit(&sa->replay, seq))
		return VERDICT_AH_REPLAY;
	return why;
}

/* Opens in; the result is in out. */
static enum verdict
open_one(struct sa *sa, struct vec_bytes *out, const struct vec_bytes *in)
{
	static uint8_t copy[VEC_ROOM];
	struct ip_view v;
	struct wr w = wr_into(out->b, sizeof(out->b));
	enum verdict why;

	out->n = 0;
	if (!ip_parse(&v, in->b, in->n))
		return VERDICT_SPD_MALFORMED_PACKET;
	memcpy(copy, in->b, in->n);
	why = sa_is_ah(sa) ? open_ah(sa, &w, in->b, &v)
			   : open_esp(sa, &w, in->b, &v);
	if (memcmp(copy, in->b, in->n) != 0)
		errx(1, "input was written to");
	out->n = w.len;
	return why;
}

static enum verdict
seal_one(struct sa *sa, struct vec_bytes *out, const struct vec_bytes *in,
    uint64_t seq, const struct vec_bytes *iv, const struct seal_opts *o)
{
	struct ip_view v;
	struct wr w = wr_into(out->b, sizeof(out->b));
	enum verdict why;

	out->n = 0;
	if (!ip_parse(&v, in->b, in->n))
		return VERDICT_SPD_MALFORMED_PACKET;
	why = sa_is_ah(sa) ? ah_seal(sa, &w, in->b, &v, seq, iv->b, o)
			   : esp_seal(sa, &w, in->b, &v, seq, iv->b, o);
	out->n = w.len;
	return why;
}

static bool
same(const struct vec_bytes *a, const struct vec_bytes *b)
{
	return a->n == b->n && memcmp(a->b, b->b, a->n) == 0;
}

/* Which verdicts a reason of the vectors stands for, by their kstat names. */
static const struct {
	const char *reason, *verdicts;
} reasons[] = {
	{ "dummy", "dummy" },
	{ "bad-icv", "esp_bad_auth ah_bad_auth" },
	{ "no-sa", "esp_no_sa ah_no_sa" },
	{ "truncated", "esp_short esp_bad_auth" },
	{ "padding", "esp_bad_padding" },
	{ "pad-length", "esp_bad_padlen" },
	{ "inner-protocol", "esp_bad_inner" },
	{ "inner", "esp_bad_inner" },
	{ "keepalive", "nat_t_ka" },
	{ "ike", "ike" },
	/* 8 bytes of alignment are let through in IPv4, and then do not verify */
	{ "ah-length", "ah_bad_length ah_bad_auth" },
};

static bool
verdict_fits(const char *reason, enum verdict got)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (strcmp(reasons[i].reason, reason) == 0)
			return strstr(reasons[i].verdicts, verdict_name(got)) !=
			       NULL;
	return false;
}

static void
inbound(const json_t *c, struct sa *sa)
{
	static struct vec_bytes in, out, want;
	bool accept = strcmp(vec_text(c, "expect"), "accept") == 0;

	vec_hex(&in, c, "protected");

	enum verdict got = open_one(sa, &out, &in);

	if (!accept) {
		report(c, verdict_fits(vec_text(c, "reason"), got),
		    verdict_text(got));
		report(c, out.n == 0, "something was let out");
		return;
	}
	if (!vec_hex_if(&want, c, "plain_after") &&
	    !vec_hex_if(&want, c, "plain_after_checksum_fix"))
		vec_hex(&want, c, "plain");
	report(c, got == VERDICT_PASS, verdict_text(got));
	report(c, got != VERDICT_PASS || same(&out, &want),
	    "opened to something else");
	/* a second time it is a replay, where there is integrity */
	if (got == VERDICT_PASS && !vec_true(c, "unauthenticated"))
		report(c, open_one(sa, &out, &in) != VERDICT_PASS, "replayed");
}

/* Cases that say how they were made, and made by the rules. */
static bool
is_made_by_rules(const json_t *c)
{
	const json_t *r = json_object_get(c, "reproducible");

	return !json_is_false(r) &&
	       (strcmp(vec_text(c, "expect"), "accept") == 0 ||
		   strcmp(vec_text(c, "reason"), "dummy") == 0);
}

static void
outbound(const json_t *c, struct sa *sa)
{
	static struct vec_bytes in, out, iv, want;
	struct ip_new outer;
	struct seal_opts o = { .tfc = (unsigned)vec_number(c, "tfc"),
		.pad = (unsigned)vec_number(c, "pad"),
		.udp_csum_zero = true,
		.dummy = strcmp(vec_text(c, "reason"), "dummy") == 0 };

	vec_hex(&in, c, "plain");
	vec_hex(&iv, c, "iv");
	vec_hex(&want, c, "protected");
	if (vec_outer(&outer, json_object_get(c, "sa")))
		o.outer = &outer;

	uint64_t seq = vec_number(c, "seq");
	enum verdict got = seal_one(sa, &out, &in, seq, &iv, &o);

	report(c, got == VERDICT_PASS, verdict_text(got));
	if (got != VERDICT_PASS)
		return;
	if (*vec_text(c, "nat_oa_src") != '\0') {
		/* the NAT changed the outer header on the way */
		report(c,
		    want.n == out.n &&
			memcmp(want.b + 20, out.b + 20, out.n - 20) == 0,
		    "sealed to something else");
		return;
	}
	report(c, same(&out, &want), "sealed to something else");
}

static void
run_case(const json_t *c)
{
	uint64_t seq = vec_number(c, "seq");
	struct sa *sa = make_sa(c, json_object_get(c, "sa"), seq);

	/* RFC 3686 7: AES-CTR is not offered without integrity */
	if (vec_true(c, "unauthenticated") &&
	    strcmp(vec_text(json_object_get(c, "sa"), "encr"), "AES-CTR") ==
		0) {
		report(c, sa == NULL, "AES-CTR without integrity");
		sa_free(sa);
		return;
	}
	report(c, sa != NULL, "no SA");
	if (sa == NULL)
		return;
	inbound(c, sa);
	if (is_made_by_rules(c))
		outbound(c, sa);
	sa_free(sa);
}

/* Outbound ESP then AH, inbound AH then ESP (RFC 4301 4.4.1.2 of old: bundles) */
static void
run_bundle(const json_t *c)
{
	static struct vec_bytes p, q, want, iv;
	const json_t *sas = json_object_get(c, "sas");
	const json_t *seqs = json_object_get(c, "seqs");
	const json_t *ivs = json_object_get(c, "ivs");
	struct sa *sa[2];

	vec_hex(&p, c, "plain");
	for (size_t i = 0; i < 2; i++) {
		const json_t *j = json_array_get(sas, i);
		uint64_t seq = strtoull(
		    json_string_value(json_array_get(seqs, i)), NULL, 0);
		json_t *one = json_pack("{s:O}", "iv", json_array_get(ivs, i));
		struct ip_new outer;
		struct seal_opts o = { .udp_csum_zero = true };

		vec_hex(&iv, one, "iv");
		json_decref(one);
		sa[i] = make_sa(c, j, seq);
		if (sa[i] == NULL)
			errx(1, "%s: no SA", vec_text(c, "id"));
		if (vec_outer(&outer, j))
			o.outer = &outer;
		report(c, seal_one(sa[i], &q, &p, seq, &iv, &o) == VERDICT_PASS,
		    "does not seal");
		vec_hex(&want, c, i == 0 ? "after_esp" : "protected");
		report(c, same(&q, &want), "sealed to something else");
		p = want;
	}
	for (size_t i = 2; i-- > 0;) {
		enum verdict got = open_one(sa[i], &q, &p);

		vec_hex(&want, c, i == 0 ? "plain" : "after_esp");
		report(c, got == VERDICT_PASS, verdict_text(got));
		report(c, same(&q, &want), "opened to something else");
		p = want;
		sa_free(sa[i]);
	}
}

/* ESP without an IP header: put one before it, in transport mode. */
static void
run_bare(const json_t *c)
{
	static struct vec_bytes esp, data, in, out, want, iv;
	static const uint8_t a[4] = { 192, 0, 2, 1 }, b[4] = { 192, 0, 2, 2 };
	struct ip_new h = { .src = addr_v4(a), .dst = addr_v4(b), .ttl = 64 };
	uint64_t seq = vec_number(c, "seq");
	struct sa *sa = make_sa(c, json_object_get(c, "sa"), seq);

	if (sa == NULL)
		errx(1, "%s: no SA", vec_text(c, "id"));
	sa->flags &= ~SAF_TUNNEL;
	vec_hex(&esp, c, "esp");
	vec_hex(&data, c, "payload");
	vec_hex(&iv, c, "iv");

	struct wr w = wr_into(want.b, sizeof(want.b));

	h.proto = (uint8_t)vec_number(c, "next_header");
	ip_write(&w, &h, data.n);
	wr_bytes(&w, data.b, data.n);
	want.n = w.len;
	w = wr_into(in.b, sizeof(in.b));
	h.proto = 50;
	ip_write(&w, &h, esp.n);
	wr_bytes(&w, esp.b, esp.n);
	in.n = w.len;

	enum verdict got = open_one(sa, &out, &in);

	report(c, got == VERDICT_PASS, verdict_text(got));
	report(c, same(&out, &want), "opened to something else");
	got = seal_one(sa, &out, &want, seq, &iv, NULL);
	report(c, got == VERDICT_PASS, verdict_text(got));
	report(c, same(&out, &in), "sealed to something else");
	sa_free(sa);
}

static void
run_file(const char *name, void (*run)(const json_t *c))
{
	json_t *v = vec_load(dir, name), *c;
	unsigned was = failed;
	size_t i;

	json_array_foreach(v, i, c) run(c);
	printf("%s: %zu cases, %u failures\n", name, i, failed - was);
	json_decref(v);
}

int
main(int argc, char *argv[])
{
	if (argc != 2)
		errx(2, "usage: packets FOLDER");
	dir = argv[1];
	if (access(dir, R_OK) != 0) {
		printf("%s is not there\n", dir);
		return 77;
	}
	crypto = crypto_new(be_all, NULL, NULL);
	if (crypto == NULL)
		errx(1, "no crypto");
	run_file("rfc3602_esp.json", run_case);
	run_file("rfc7634_esp.json", run_case);
	run_file("odp_packets.json", run_case);
	run_file("dpdk_packets.json", run_case);
	run_file("packets_random.json", run_case);
	run_file("packets_edge.json", run_case);
	run_file("packets_nat_transport.json", run_case);
	run_file("packets_bundle.json", run_bundle);
	run_file("mcgrew_gcm_esp.json", run_bare);
	crypto_free(crypto);
	printf("%u checks passed, %u failed\n", passed, failed);
	return failed != 0;
}
