/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ipsecd/kstatop.h"

#include <stdlib.h>
#include <string.h>

#include "core/keyoffer.h"
#include "daemon/ipsecd/ipsecd.h"
#include "daemon/ipsecd/status.h"
#include "io/clock.h"

/* Reasons that Solaris has and that do not come about here: docs/reference. */
static const char *const never[] = { "tcp_clear", "tcp_secure", "tcp_mismatch",
	"tcp_ipsec_alloc", "sadb_inidle_overflow", "sadb_inidle_timeout",
	"spd_loopback_mismatch", "esp_icmp", "ip_ipsec_not_loaded" };

static void
put(json_t *o, const char *key, uint64_t n)
{
	(void)json_object_set_new(o, key, json_integer((json_int_t)n));
}

static json_t *
kstat(json_t *list, const char *module, const char *name)
{
	json_t *s = json_object();

	(void)json_array_append_new(
	    list, json_pack("{s:s,s:i,s:s,s:o}", "module", module, "instance",
		      0, "name", name, "statistics", s));
	return s;
}

static uint64_t
count(const struct ipsecd *d, int dir, enum verdict v)
{
	return d->path.stats.n[dir][v];
}

static uint64_t
both(const struct ipsecd *d, enum verdict v)
{
	return count(d, 0, v) + count(d, 1, v);
}

/* How many algorithms of each kind REGISTER would tell of. */
static void
put_algs(json_t *s, const struct ipsecd *d, uint8_t satype)
{
	static struct pfkey_msg m; /* too large for a stack */

	m.has = 0;
	m.sauth.n = m.sencr.n = 0;
	keyoffer_supported(&m, d->crypto, satype);
	put(s, "num_aalgs", m.sauth.n);
	if (satype == SATYPE_ESP)
		put(s, "num_ealgs", m.sencr.n);
}

static void
put_esp(json_t *s, const struct ipsecd *d)
{
	const struct path_proto *c = &d->path.stats.proto[0];

	put_algs(s, d, SATYPE_ESP);
	put(s, "good_auth", c->good_auth);
	put(s, "bad_auth", count(d, 1, VERDICT_ESP_BAD_AUTH));
	put(s, "bad_padding",
	    count(d, 1, VERDICT_ESP_BAD_PADLEN) +
		count(d, 1, VERDICT_ESP_BAD_PADDING));
	put(s, "replay_failures", count(d, 1, VERDICT_ESP_REPLAY));
	put(s, "replay_early_failures", count(d, 1, VERDICT_ESP_EARLY_REPLAY));
	put(s, "keysock_in", pfkeyd_heard(d->pfkeyd, SATYPE_ESP));
	put(s, "out_requests", c->out_requests);
	put(s, "acquire_requests", c->acquires);
	put(s, "bytes_expired", both(d, VERDICT_ESP_BYTES_EXPIRE));
	put(s, "out_discards", c->out_discards);
	put(s, "crypto_sync", c->crypto - c->crypto_async);
	put(s, "crypto_async", c->crypto_async);
	put(s, "crypto_failures", both(d, VERDICT_ESP_CRYPTO_FAILED));
	put(s, "bad_decrypt", count(d, 1, VERDICT_ESP_BAD_INNER));
	put(s, "sa_port_renumbers", d->path.stats.natt_renumbers);
}

static void
put_ah(json_t *s, const struct ipsecd *d)
{
	const struct path_proto *c = &d->path.stats.proto[1];

	put_algs(s, d, SATYPE_AH);
	put(s, "good_auth", c->good_auth);
	put(s, "bad_auth", count(d, 1, VERDICT_AH_BAD_AUTH));
	put(s, "replay_failures", count(d, 1, VERDICT_AH_REPLAY));
	put(s, "replay_early_failures", count(d, 1, VERDICT_AH_EARLY_REPLAY));
	put(s, "keysock_in", pfkeyd_heard(d->pfkeyd, SATYPE_AH));
	put(s, "out_requests", c->out_requests);
	put(s, "acquire_requests", c->acquires);
	put(s, "bytes_expired", both(d, VERDICT_AH_BYTES_EXPIRE));
	put(s, "out_discards", c->out_discards);
	put(s, "crypto_sync", c->crypto - c->crypto_async);
	put(s, "crypto_async", c->crypto_async);
	put(s, "crypto_failures", both(d, VERDICT_AH_CRYPTO_FAILED));
}

static void
put_ipsec(json_t *s, const struct ipsecd *d)
{
	const struct path_proto *c = d->path.stats.proto;
	struct larval_marks m = larval_marks(d->path.larval);

	put(s, "esp_stat_in_requests", c[0].in_requests);
	put(s, "esp_stat_in_discards", c[0].in_discards);
	put(s, "esp_stat_lookup_failure", count(d, 1, VERDICT_ESP_NO_SA));
	put(s, "ah_stat_in_requests", c[1].in_requests);
	put(s, "ah_stat_in_discards", c[1].in_discards);
	put(s, "ah_stat_lookup_failure", count(d, 1, VERDICT_AH_NO_SA));
	put(s, "sadb_acquire_maxpackets", m.packets);
	put(s, "sadb_acquire_qhiwater", m.records);
}

static uint64_t
number(const json_t *o, const char *key)
{
	return (uint64_t)json_integer_value(json_object_get(o, key));
}

/* all: of status_verdicts(), with what the kernel dropped by itself. */
static void
put_drops(json_t *s, const json_t *all)
{
	const json_t *out = json_object_get(all, "out");
	const json_t *in = json_object_get(all, "in");

	for (enum verdict v = 0; v < VERDICT_N; v++) {
		const char *name = verdict_name(v);

		if (verdict_is_drop(v))
			put(s, name, number(out, name) + number(in, name));
	}
	put(s, "esp_nat_t_ka", number(in, verdict_name(VERDICT_KEEPALIVE)));
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		if (json_object_get(s, never[i]) == NULL)
			put(s, never[i], 0);
}

/* What is dropped without a verdict: devices, sockets, the kernel's guards. */
static void
put_edges(json_t *s, const json_t *packets)
{
	static const char *const names[] = { "closed", "tun_full", "wire_full",
		"tun_error", "wire_error", "unreadable", "steer_guard",
		"steer_stray", "messages_lost", "steer_repairs" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		put(s, names[i], number(packets, names[i]));
}

static void
add_drop(json_t *list, const json_t *all, const char *side, enum verdict v)
{
	const char *name = verdict_name(v);
	uint64_t n = number(json_object_get(all, side), name);
	size_t at = 0;

	if (n == 0 || !verdict_is_drop(v))
		return;
	while (at < json_array_size(list) &&
	       number(json_array_get(list, at), "packets") >= n)
		at++;
	(void)json_array_insert_new(list, at,
	    json_pack("{s:s,s:s,s:I,s:s}", "reason", name, "direction", side,
		"packets", (json_int_t)n, "text", verdict_text(v)));
}

void
kstatop_build(json_t *out, const struct ipsecd *d, const json_t *seen)
{
	json_t *list = json_array(), *drops = json_array();
	const json_t *all = json_object_get(seen, "verdicts");

	put_esp(kstat(list, "ipsecesp", "esp_stat"), d);
	put_ah(kstat(list, "ipsecah", "ah_stat"), d);
	put_ipsec(kstat(list, "ip", "ipsec_stat"), d);
	put_drops(kstat(list, "ip", "ipdrop"), all);
	put_edges(
	    kstat(list, "ipsecd", "edges"), json_object_get(seen, "packets"));
	for (enum verdict v = 0; v < VERDICT_N; v++) {
		add_drop(drops, all, "in", v);
		add_drop(drops, all, "out", v);
	}
	(void)json_object_set_new(out, "kstats", list);
	(void)json_object_set_new(out, "drops", drops);
}

int
kstatop_stat(
    struct ipsecd *d, const json_t *in, json_t *out, char *err, size_t n)
{
	json_t *seen = status_counts(d);

	(void)in;
	(void)err;
	(void)n;
	put(out, "snaptime", clock_mono());
	kstatop_build(out, d, seen);
	json_decref(seen);
	return 0;
}
