/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/solipsec/pktcase.h"

#include "cmd/solipsec/jsonsa.h"
#include "cmd/solipsec/pktline.h"
#include "cmd/solipsec/pktwalk.h"
#include "cmd/solipsec/pktway.h"
#include "crypto/be/be.h"
#include "wire/pfkey.h"

#define NATT_PORT 4500

/* One case as it runs. */
struct running {
	struct pktcase *p;
	const json_t *c;
	char id[80];
	bool accept;	    /* what is expected inbound */
	const char *reason; /* of an expected drop; only advice */
	struct jsonsa_err e;
};

/* What came of a check; bytes: the packet that was made, or NULL. */
struct outcome {
	const char *expected, *got, *why;
	bool ok;
	const struct jsonsa_bytes *bytes;
};

static void
hex_member(json_t *o, const char *key, const struct jsonsa_bytes *b)
{
	static const char digits[] = "0123456789abcdef";
	static char text[2 * JSONSA_ROOM + 1];

	for (size_t i = 0; i < b->n; i++) {
		text[2 * i] = digits[b->b[i] >> 4];
		text[2 * i + 1] = digits[b->b[i] & 15];
	}
	text[2 * b->n] = '\0';
	(void)json_object_set_new(o, key, json_string(text));
}

static void
tell(struct running *r, const char *direction, const struct outcome *t)
{
	json_t *o = json_object();

	t->ok ? r->p->passed++ : r->p->failed++;
	(void)json_object_set_new(o, "id", json_string(r->id));
	(void)json_object_set_new(o, "direction", json_string(direction));
	(void)json_object_set_new(o, "expected", json_string(t->expected));
	(void)json_object_set_new(o, "got", json_string(t->got));
	(void)json_object_set_new(o, "ok", json_boolean(t->ok));
	if (t->why != NULL)
		(void)json_object_set_new(o, "why", json_string(t->why));
	if (r->reason[0] != '\0')
		(void)json_object_set_new(o, "reason", json_string(r->reason));
	if (t->bytes != NULL && !t->ok)
		hex_member(o, "output", t->bytes);
	if (!pktline_put(r->p->out, o))
		r->p->lost = true;
}

/* A case that cannot be run is one that failed. */
static void
malformed(struct running *r)
{
	tell(r, r->p->directions == PKTCASE_OUT ? "out" : "in",
	    &(struct outcome){ .expected = r->accept ? "accept" : "drop",
		.got = "malformed",
		.why = r->e.why });
}

/* The first byte from which on a and b differ, as words; NULL: they are equal. */
static const char *
difference(char buf[80], const struct jsonsa_bytes *a, size_t a_from,
    const struct jsonsa_bytes *b, size_t b_from)
{
	size_t i = 0, na = a->n - a_from, nb = b->n - b_from;

	while (i < na && i < nb && a->b[a_from + i] == b->b[b_from + i])
		i++;
	if (i == na && i == nb)
		return NULL;
	(void)snprintf(buf, 80,
	    "other bytes than expected from byte %zu on (%zu and not %zu long)",
	    a_from + i, a->n, b->n);
	return buf;
}

/*
 * The SA of a case, its window just below seq. NULL: told, or said in r->e.
 * refusable: it is allowed not to offer this one.
 */
static struct sa *
make_sa(struct running *r, const json_t *j, uint64_t seq, bool refusable)
{
	struct sa_spec s;
	struct sa *sa = NULL;
	uint16_t diag = 0;
	const char *real = jsonsa_text(&r->e, r->c, "nat_oa_src", "");

	jsonsa_spec(&r->e, j, &s);
	if ((s.flags & SAF_ESN) == 0 && seq > UINT32_MAX)
		jsonsa_fail(&r->e, "\"seq\" has more than 32 bits without esn");
	if (real[0] != '\0' && !addr_read(&s.natt_rem, real))
		jsonsa_fail(&r->e, "\"nat_oa_src\" is not an address");
	s.window = 64;
	s.replay_value = seq != 0 ? seq - 1 : 0;
	if (!r->e.bad)
		sa = sa_new(r->p->crypto, &crypto_rng, &s,
		    (struct now){ .mono = 1 }, &diag);
	saspec_fini(&s);
	if (r->e.bad)
		return NULL;
	if (sa == NULL)
		tell(r, r->p->directions == PKTCASE_OUT ? "out" : "in",
		    &(struct outcome){ .expected = refusable   ? "refused"
						   : r->accept ? "accept"
							       : "drop",
			.got = "refused",
			.why = diag == 0 ? "no memory" : pfkey_diag_text(diag),
			/* an SA that is not there drops, too */
			.ok = (refusable || !r->accept) && diag != 0 });
	return sa;
}

/* Bytes of IV that the SA puts into a packet. */
static size_t
iv_len(const struct sa *sa)
{
	return sa_is_ah(sa) ? mac_info(sa->mac)->iv_len
			    : aead_info(sa->aead)->iv_len;
}

static struct sa *
find_this(void *ctx, const struct pktway_layer *y)
{
	struct sa *sa = ctx;

	return sa->spi == y->spi && sa->satype == y->satype ? sa : NULL;
}

static enum verdict
open_one(struct sa *sa, struct jsonsa_bytes *out, const struct jsonsa_bytes *in)
{
	struct wr w = wr_into(out->b, sizeof(out->b));
	struct pktway_layer y;
	struct ip_view v;
	enum verdict why = VERDICT_SPD_MALFORMED_PACKET;

	if (ip_parse(&v, in->b, in->n))
		why = pktway_open_one(
		    &y, &w, in->b, &v, NATT_PORT, find_this, sa);
	out->n = w.len;
	return why;
}

static enum verdict
seal_one(struct sa *sa, struct jsonsa_bytes *out, const struct jsonsa_bytes *in,
    uint64_t seq, const struct jsonsa_bytes *iv, const struct seal_opts *o)
{
	struct wr w = wr_into(out->b, sizeof(out->b));
	struct ip_view v;
	enum verdict why = VERDICT_SPD_MALFORMED_PACKET;

	if (ip_parse(&v, in->b, in->n))
		why = sa_is_ah(sa) ? ah_seal(sa, &w, in->b, &v, seq, iv->b, o)
				   : esp_seal(sa, &w, in->b, &v, seq, iv->b, o);
	out->n = w.len;
	return why;
}

/* Tell what opening gave; want: the packet that an accepted one opens to. */
static void
tell_opened(struct running *r, enum verdict got, const struct jsonsa_bytes *out,
    const struct jsonsa_bytes *want)
{
	bool pass = got == VERDICT_PASS;
	struct outcome t = { .expected = r->accept ? "accept" : "drop",
		.got = pass ? "accept" : verdict_name(got),
		.why = pass ? NULL : verdict_text(got),
		.ok = pass == r->accept,
		.bytes = out };
	char buf[80];

	if (pass && r->accept) {
		t.why = difference(buf, out, 0, want, 0);
		t.ok = t.why == NULL;
	} else if (!pass && out->n != 0) {
		t.why = "dropped, but something was let out";
		t.ok = false;
	}
	tell(r, "in", &t);
}

/* from: how much of out and of want does not count. */
static void
tell_sealed(struct running *r, enum verdict got, const struct jsonsa_bytes *out,
    size_t out_from, const struct jsonsa_bytes *want, size_t want_from)
{
	bool pass = got == VERDICT_PASS;
	struct outcome t = { .expected = "accept",
		.got = pass ? "accept" : verdict_name(got),
		.why = pass ? NULL : verdict_text(got),
		.ok = pass,
		.bytes = out };
	char buf[80];

	if (pass) {
		t.why = difference(buf, out, out_from, want, want_from);
		t.ok = t.why == NULL;
	}
	tell(r, "out", &t);
}

static void
inbound(struct running *r, struct sa *sa)
{
	static struct jsonsa_bytes in, out, want;
	enum verdict got;

	jsonsa_hex_must(&r->e, r->c, "protected", &in);
	if (r->accept &&
	    !jsonsa_hex(&r->e, r->c, "plain_after_checksum_fix", &want) &&
	    !jsonsa_hex(&r->e, r->c, "plain_after", &want))
		jsonsa_hex_must(&r->e, r->c, "plain", &want);
	if (r->e.bad)
		return;
	got = open_one(sa, &out, &in);
	tell_opened(r, got, &out, &want);
}

/* How a packet of the file was sealed, as far as the fields and itself tell. */
static void
seal_choices(struct running *r, const json_t *sa, struct seal_opts *o,
    struct ip_new *outer, const struct jsonsa_bytes *want)
{
	struct ip_view v;

	*o = (struct seal_opts){ .tfc = (unsigned)jsonsa_number(
				     &r->e, r->c, "tfc", 65535, 0),
		.pad = (unsigned)jsonsa_number(&r->e, r->c, "pad", 255, 0),
		.dummy = strcmp(r->reason, "dummy") == 0 };
	if (!ip_parse(&v, want->b, want->n))
		return;
	/* RFC 6935: the checksum of UDP over IPv6 may be zero */
	o->udp_csum_zero = v.proto != IPPROTO_UDP_ || v.upper + 8 > v.len ||
			   (want->b[v.upper + 6] | want->b[v.upper + 7]) == 0;
	if (jsonsa_outer(&r->e, sa, outer)) {
		o->outer = outer;
	} else if (!r->e.bad) {
		/* only the addresses count then: see sealed_from() */
		*outer =
		    (struct ip_new){ .src = v.src, .dst = v.dst, .ttl = v.ttl };
		o->outer = outer;
	}
}

/* Where the part that must be equal starts: AH, ESP or UDP. */
static size_t
sealed_from(const struct running *r, const struct sa *sa, const json_t *j,
    const struct jsonsa_bytes *b)
{
	bool tunnel = sa_is_tunnel(sa),
	     nat = json_object_get(r->c, "nat_oa_src") != NULL,
	     free_outer =
		 tunnel && !json_is_object(json_object_get(j, "outer"));
	struct ip_view v;

	if (!(nat || free_outer) || !ip_parse(&v, b->b, b->n))
		return 0;
	return v.upper;
}

static void
outbound(struct running *r, const json_t *j, struct sa *sa, uint64_t seq)
{
	static struct jsonsa_bytes in, out, iv, want;
	struct seal_opts o;
	struct ip_new outer;
	enum verdict got;

	jsonsa_hex_must(&r->e, r->c, "plain", &in);
	jsonsa_hex_must(&r->e, r->c, "protected", &want);
	(void)jsonsa_hex(&r->e, r->c, "iv", &iv);
	seal_choices(r, j, &o, &outer, &want);
	if (!r->e.bad && iv.n != iv_len(sa))
		jsonsa_fail(
		    &r->e, "\"iv\" has %zu bytes, not %zu", iv.n, iv_len(sa));
	if (r->e.bad)
		return;
	got = seal_one(sa, &out, &in, seq, &iv, &o);
	tell_sealed(r, got, &out, sealed_from(r, sa, j, &out), &want,
	    sealed_from(r, sa, j, &want));
}

/* A packet that was made by the rules, so that the rules make it again. */
static bool
is_sealable(const struct running *r)
{
	return jsonsa_bool(
		   &(struct jsonsa_err){ 0 }, r->c, "reproducible", true) &&
	       (r->accept || strcmp(r->reason, "dummy") == 0);
}

static void
run_packet(struct running *r)
{
	const json_t *j = json_object_get(r->c, "sa");
	uint64_t seq = jsonsa_number(&r->e, r->c, "seq", UINT64_MAX, 0);
	bool open = jsonsa_bool(&r->e, r->c, "unauthenticated", false);
	struct sa *sa = make_sa(r, j, seq, open);

	if (sa == NULL)
		return;
	if (open && !sa_is_ah(sa) &&
	    aead_info(sa->aead)->counter_iv) /* RFC 3686 7 */
		jsonsa_fail(
		    &r->e, "a stream cipher is offered without integrity");
	if ((r->p->directions & PKTCASE_IN) != 0 && !r->e.bad)
		inbound(r, sa);
	if ((r->p->directions & PKTCASE_OUT) != 0 && !r->e.bad &&
	    is_sealable(r))
		outbound(r, j, sa, seq);
	sa_free(sa);
}

/* ESP without a packet around it gets an IPv4 header, in transport mode. */
static void
wrap(struct jsonsa_bytes *out, uint8_t proto, const struct jsonsa_bytes *data)
{
	static const uint8_t src[4] = { 192, 0, 2, 1 },
			     dst[4] = { 192, 0, 2, 2 };
	struct ip_new h = { .src = addr_v4(src),
		.dst = addr_v4(dst),
		.ttl = 64,
		.proto = proto };
	struct wr w = wr_into(out->b, sizeof(out->b));

	ip_write(&w, &h, data->n);
	wr_bytes(&w, data->b, data->n);
	out->n = w.bad ? 0 : w.len;
}

static void
run_bare(struct running *r)
{
	static struct jsonsa_bytes esp, data, iv, plain, sealed, out;
	uint64_t seq = jsonsa_number(&r->e, r->c, "seq", UINT64_MAX, 0);
	uint8_t next = (uint8_t)jsonsa_number(
	    &r->e, r->c, "next_header", UINT8_MAX, IPPROTO_IPIP_);
	struct seal_opts o = {
		.pad = (unsigned)jsonsa_number(&r->e, r->c, "pad", 255, 0),
		.udp_csum_zero = true,
	};
	struct sa *sa;
	enum verdict got;

	jsonsa_hex_must(&r->e, r->c, "esp", &esp);
	(void)jsonsa_hex(&r->e, r->c, "iv", &iv);
	if (r->accept)
		jsonsa_hex_must(&r->e, r->c, "payload", &data);
	wrap(&sealed, IPPROTO_ESP_, &esp);
	wrap(&plain, next, &data);
	sa = make_sa(r, json_object_get(r->c, "sa"), seq, false);
	if (sa == NULL)
		return;
	sa->flags &= ~(SAF_TUNNEL | SAF_NATT_LOC | SAF_NATT_REM);
	if (sa->satype != SATYPE_ESP)
		jsonsa_fail(&r->e, "\"esp\" with an SA that is none of ESP");
	else if (r->accept && iv.n != iv_len(sa))
		jsonsa_fail(
		    &r->e, "\"iv\" has %zu bytes, not %zu", iv.n, iv_len(sa));
	if ((r->p->directions & PKTCASE_IN) != 0 && !r->e.bad) {
		got = open_one(sa, &out, &sealed);
		tell_opened(r, got, &out, &plain);
	}
	if ((r->p->directions & PKTCASE_OUT) != 0 && !r->e.bad && r->accept) {
		got = seal_one(sa, &out, &plain, seq, &iv, &o);
		tell_sealed(r, got, &out, 0, &sealed, 0);
	}
	sa_free(sa);
}

/* The SAs of a bundle, the innermost first. */
struct bundle {
	size_t n;
	struct sa *sa[PKTWAY_LAYERS];
	uint64_t seq[PKTWAY_LAYERS];
};

static void
bundle_in(struct running *r, const struct bundle *b)
{
	static struct jsonsa_bytes a, c, want;
	struct jsonsa_bytes *in = &a, *out = &c, *swap;
	enum verdict got = VERDICT_PASS;

	jsonsa_hex_must(&r->e, r->c, "protected", in);
	if (r->accept)
		jsonsa_hex_must(&r->e, r->c, "plain", &want);
	if (r->e.bad)
		return;
	for (size_t i = b->n; i-- > 0 && got == VERDICT_PASS;) {
		got = open_one(b->sa[i], out, in);
		swap = in;
		in = out;
		out = swap;
	}
	tell_opened(r, got, in, &want);
}

static void
bundle_out(struct running *r, const struct bundle *b)
{
	static struct jsonsa_bytes a, c, iv, want;
	struct jsonsa_bytes *in = &a, *out = &c, *swap;
	const json_t *ivs = json_object_get(r->c, "ivs"),
		     *sas = json_object_get(r->c, "sas");
	enum verdict got = VERDICT_PASS;

	jsonsa_hex_must(&r->e, r->c, "plain", in);
	for (size_t i = 0; i < b->n && got == VERDICT_PASS; i++) {
		struct seal_opts o = { .udp_csum_zero = true };
		struct ip_new outer;

		jsonsa_hex_at(&r->e, ivs, i, "ivs", &iv);
		if (!r->e.bad && iv.n != iv_len(b->sa[i]))
			jsonsa_fail(&r->e, "IV %zu has %zu bytes, not %zu", i,
			    iv.n, iv_len(b->sa[i]));
		if (jsonsa_outer(&r->e, json_array_get(sas, i), &outer))
			o.outer = &outer;
		if (r->e.bad)
			return;
		got = seal_one(b->sa[i], out, in, b->seq[i], &iv, &o);
		if (got == VERDICT_PASS && i == 0 &&
		    jsonsa_hex(&r->e, r->c, "after_esp", &want)) {
			char buf[80];

			if (difference(buf, out, 0, &want, 0) != NULL)
				break; /* which shows below, too */
		}
		swap = in;
		in = out;
		out = swap;
	}
	jsonsa_hex_must(&r->e, r->c, "protected", &want);
	if (!r->e.bad)
		tell_sealed(r, got, in, 0, &want, 0);
}

static void
run_bundle(struct running *r)
{
	const json_t *sas = json_object_get(r->c, "sas"),
		     *seqs = json_object_get(r->c, "seqs");
	struct bundle b = { .n = 0 };
	size_t n = json_array_size(sas);

	if (n == 0 || n > PKTWAY_LAYERS || json_array_size(seqs) != n)
		jsonsa_fail(&r->e,
		    "\"sas\" and \"seqs\" are not arrays of 1 to %d members",
		    PKTWAY_LAYERS);
	while (!r->e.bad && b.n < n) {
		b.seq[b.n] =
		    jsonsa_number_at(&r->e, seqs, b.n, "seqs", UINT64_MAX);
		b.sa[b.n] =
		    make_sa(r, json_array_get(sas, b.n), b.seq[b.n], false);
		if (b.sa[b.n] == NULL)
			break;
		b.n++;
	}
	if (b.n == n && !r->e.bad) {
		if ((r->p->directions & PKTCASE_OUT) != 0 && r->accept)
			bundle_out(r, &b);
		if ((r->p->directions & PKTCASE_IN) != 0 && !r->e.bad)
			bundle_in(r, &b);
	}
	while (b.n > 0)
		sa_free(b.sa[--b.n]);
}

static void
run_walk(struct running *r)
{
	char why[120];
	bool ok = pktwalk_run(&r->e, r->c, why);

	if (!r->e.bad)
		tell(r, "in",
		    &(struct outcome){ .expected = "as told",
			.got = ok ? "as told" : "otherwise",
			.why = ok ? NULL : why,
			.ok = ok });
}

static void
name_case(struct running *r)
{
	const json_t *id = json_object_get(r->c, "id");

	if (json_is_string(id))
		(void)snprintf(
		    r->id, sizeof(r->id), "%s", json_string_value(id));
	else if (json_is_integer(id))
		(void)snprintf(r->id, sizeof(r->id), "%lld",
		    (long long)json_integer_value(id));
	else
		(void)snprintf(r->id, sizeof(r->id), "case %u", r->p->cases);
}

void
pktcase_run(struct pktcase *p, const json_t *c)
{
	struct running r = { .p = p, .c = c, .accept = true, .reason = "" };
	const char *expect;
	unsigned before = p->passed + p->failed;

	p->cases++;
	name_case(&r);
	expect = jsonsa_text(&r.e, c, "expect", "accept");
	r.accept = strcmp(expect, "accept") == 0;
	if (!r.accept && strcmp(expect, "drop") != 0)
		jsonsa_fail(
		    &r.e, "\"expect\" is neither \"accept\" nor \"drop\"");
	r.reason = jsonsa_text(&r.e, c, "reason", "");
	if (!json_is_object(c))
		jsonsa_fail(&r.e, "the case is not an object");
	else if (json_object_get(c, "steps") != NULL)
		run_walk(&r);
	else if (json_object_get(c, "sas") != NULL)
		run_bundle(&r);
	else if (json_object_get(c, "esp") != NULL)
		run_bare(&r);
	else if (json_object_get(c, "protected") != NULL)
		run_packet(&r);
	else
		jsonsa_fail(&r.e,
		    "no case of a known kind: none of \"protected\", "
		    "\"esp\", \"sas\", \"steps\" in it");
	if (r.e.bad)
		malformed(&r);
	else if (p->passed + p->failed == before)
		/* only opening was ever meant for it */
		tell(&r, "out",
		    &(struct outcome){ .expected = "none",
			.got = "none",
			.why = "not to be sealed: it was not made by the rules",
			.ok = true });
}

bool
pktcase_all(struct pktcase *p, const json_t *doc)
{
	const json_t *a = json_object_get(doc, "vectors"), *c;
	json_t *o;
	size_t i;

	if (a == NULL)
		a = doc;
	json_array_foreach(a, i, c)
	{
		pktcase_run(p, c);
	}
	o = json_object();
	(void)json_object_set_new(o, "summary", json_true());
	(void)json_object_set_new(o, "cases", json_integer(p->cases));
	(void)json_object_set_new(
	    o, "checks", json_integer(p->passed + p->failed));
	(void)json_object_set_new(o, "passed", json_integer(p->passed));
	(void)json_object_set_new(o, "failed", json_integer(p->failed));
	if (!pktline_put(p->out, o))
		p->lost = true;
	return p->failed == 0 && p->passed != 0 && !p->lost;
}
