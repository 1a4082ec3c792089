/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ipsecd/status.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/fragcache.h"
#include "core/lane.h"
#include "crypto/algset.h"
#include "daemon/ipsecd/ipsecd.h"
#include "daemon/ipsecd/loopback.h"
#include "daemon/ipsecd/steering.h"
#include "io/clock.h"

#define SAS_MAX 10000 /* SAs that are listed; the totals are always true */

/*
 * jansson's new references are stolen by the *_new setters; what could not be
 * made is left out of the document.
 */
static void
put(json_t *o, const char *key, uint64_t n)
{
	(void)json_object_set_new(o, key, json_integer((json_int_t)n));
}

static void
put_text(json_t *o, const char *key, const char *text)
{
	(void)json_object_set_new(o, key, json_string(text));
}

/* --- what the kernel counted --- */

static bool
see_counter(void *ctx, const char *name, uint64_t packets, uint64_t bytes)
{
	json_t *o = json_object();

	put(o, "packets", packets);
	put(o, "bytes", bytes);
	(void)json_object_set_new(ctx, name, o);
	return true;
}

static uint64_t
kernel(const json_t *counters, const char *name, const char *what)
{
	const json_t *c = json_object_get(counters, name);

	return (uint64_t)json_integer_value(json_object_get(c, what));
}

/* --- packets by what became of them --- */

/* What the kernel drops, and where it is counted with what is dropped here. */
static const struct {
	enum verdict v;
	int dir; /* 1: in */
	const char *name;
} dropped[] = {
	{ VERDICT_SPD_EXPLICIT, 0, STEERING_OUT_DROP },
	{ VERDICT_SPD_EXPLICIT, 1, STEERING_IN_DROP },
	{ VERDICT_SPD_GOT_CLEAR, 1, STEERING_IN_CLEAR },
	{ VERDICT_SPD_MALFORMED_FRAG, 1, STEERING_IN_FRAG },
	{ VERDICT_SPD_GOT_SECURE, 1, LOOPBACK_SECURE },
	{ VERDICT_SPD_LOOPBACK_MISMATCH, 1, LOOPBACK_MISMATCH },
};

#define N_DROPPED (sizeof(dropped) / sizeof(dropped[0]))

static json_t *
verdicts(const struct ipsecd *d, const json_t *counters)
{
	static const char *const side[] = { "out", "in" };
	json_t *all = json_object();

	for (int dir = 0; dir < 2; dir++) {
		json_t *o = json_object();

		for (enum verdict v = 0; v < VERDICT_N; v++) {
			uint64_t n = d->path.stats.n[dir][v];

			for (size_t i = 0; i < N_DROPPED; i++)
				if (dropped[i].v == v && dropped[i].dir == dir)
					n += kernel(counters, dropped[i].name,
					    "packets");
			put(o, verdict_name(v), n);
		}
		(void)json_object_set_new(all, side[dir], o);
	}
	return all;
}

static json_t *
path_counts(const struct ipsecd *d)
{
	const struct path_stats *s = &d->path.stats;
	json_t *o = json_object();

	put(o, "esp_in", s->esp_in);
	put(o, "esp_out", s->esp_out);
	put(o, "ah_in", s->ah_in);
	put(o, "ah_out", s->ah_out);
	put(o, "clear_in", s->clear_in);
	put(o, "clear_out", s->clear_out);
	put(o, "acquires", s->acquires);
	put(o, "natt_renumbers", s->natt_renumbers);
	put(o, "waiting", larval_waiting(d->path.larval));
	put(o, "fragments", fragcache_waiting(d->path.frags));
	return o;
}

static json_t *
pump_counts(const struct ipsecd *d, const json_t *counters)
{
	const struct lane_stats *lane = pump_lane_stats(d->pump);
	const struct outbox_stats *out = pump_out_stats(d->pump);
	const struct pump_stats *s = pump_stats(d->pump);
	json_t *o = json_object();

	put(o, "tun_in", s->tun_in);
	put(o, "tun_out", s->tun_out);
	put(o, "wire_in", s->wire_in);
	put(o, "wire_out", out->packets);
	put(o, "closed", s->closed);
	put(o, "tun_full", s->tun_full);
	put(o, "wire_full", out->full);
	put(o, "tun_error", s->tun_error);
	put(o, "wire_error", out->error);
	put(o, "unreadable", s->unreadable);
	put(o, "toobig_heard", s->toobig_heard);
	put(o, "queue_out", s->queue_out);
	put(o, "queue_in", s->queue_in);
	put(o, "async", s->async);
	put(o, "async_lost", s->async_lost);
	put(o, "tun_super", s->tun_super);
	put(o, "wire_joined", s->wire_joined);
	put(o, "wire_cut", out->cut);
	put(o, "wire_calls", out->calls);
	put(o, "fast_out", lane->out_fast);
	put(o, "fast_in", lane->in_fast);
	put(o, "fast_writes", lane->writes_in);
	put(o, "slow_out", lane->out_slow);
	put(o, "slow_in", lane->in_slow);
	put(o, "rests", pump_rests(d->pump));
	put(o, "messages_lost", control_lost(d->control));
	put(o, "steer_repairs", d->heals);
	put(o, STEER_COUNT_GUARD,
	    kernel(counters, STEER_COUNT_GUARD, "packets"));
	put(o, STEER_COUNT_STRAY,
	    kernel(counters, STEER_COUNT_STRAY, "packets"));
	return o;
}

/* --- policy entries --- */

struct entries {
	json_t *list;
	const json_t *counters;
};

static bool
see_entry(void *ctx, struct spd_entry *e)
{
	struct entries *l = ctx;
	json_t *o = json_object();
	char name[STEER_NAME];

	steering_counter(name, &e->rule);
	if (e->rule.tun[0] != '\0')
		put_text(o, "tunnel", e->rule.tun);
	put(o, "index", e->rule.index);
	put_text(o, "dir", e->rule.dir == RULE_OUT ? "out" : "in");
	put(o, "family", e->rule.fam);
	/* what came here, and what the kernel judged by itself */
	put(o, "packets",
	    e->packets + (e->rule.tun[0] == '\0'
				 ? kernel(l->counters, name, "packets")
				 : 0));
	put(o, "bytes",
	    e->bytes + (e->rule.tun[0] == '\0'
			       ? kernel(l->counters, name, "bytes")
			       : 0));
	put(o, "drops",
	    e->drops +
		(e->rule.tun[0] == '\0' && e->rule.actions[0].type == ACT_DROP
			? kernel(l->counters, name, "packets")
			: 0));
	(void)json_array_append_new(l->list, o);
	return true;
}

/* --- SAs --- */

static const char *
state_name(uint8_t state)
{
	static const char *const names[] = { "LARVAL", "MATURE", "DYING",
		"DEAD", "ACTIVE_ELSEWHERE", "IDLE", "ACTIVE" };

	return state < sizeof(names) / sizeof(names[0]) ? names[state] : "?";
}

static bool
see_sa(void *ctx, struct sa *sa)
{
	const struct sa *s = sa;
	bool out = (s->flags & SAF_OUTBOUND) != 0;
	char text[ADDR_TEXT];
	json_t *o = json_object();

	if (json_array_size(ctx) >= SAS_MAX) {
		json_decref(o);
		return false;
	}
	put_text(o, "type", s->satype == SATYPE_AH ? "ah" : "esp");
	(void)snprintf(text, sizeof(text), "0x%08x", s->spi);
	put_text(o, "spi", text);
	put_text(o, "src", addr_print(text, &s->src));
	put_text(o, "dst", addr_print(text, &s->dst));
	put_text(o, "dir",
	    !out		       ? "in"
	    : (s->flags & SAF_INBOUND) ? "both"
				       : "out");
	put_text(o, "state", state_name(s->state));
	put(o, "packets", sa->count.packets);
	put(o, "bytes", sa->count.bytes);
	put(o, "drops", sa->rest->drops);
	put(o, "sequence", out ? sa->seq : sa->replay.top);
	(void)json_array_append_new(ctx, o);
	return true;
}

/* --- algorithms --- */

static json_t *
algorithms(const struct ipsecd *d)
{
	json_t *list = json_array();
	const struct alg *a;

	for (size_t i = 0; (a = algset_row(d->crypto, i)) != NULL; i++) {
		json_t *o = json_object();

		put_text(o, "name", a->name);
		put(o, "number", a->id);
		put_text(o, "table", a->table == ALG_AUTH ? "auth" : "encr");
		put_text(o, "backend", crypto_backend_name(d->crypto, a));
		(void)json_object_set_new(
		    o, "absent", json_boolean(!crypto_usable(d->crypto, a)));
		(void)json_array_append_new(list, o);
	}
	return list;
}

void
status_prepare(void)
{
	json_object_seed(0);
}

json_t *
status_counts(struct ipsecd *d)
{
	json_t *o = json_object(), *counters = json_object();

	(void)steer_counters(d->steer, see_counter, counters);
	(void)json_object_set_new(o, "verdicts", verdicts(d, counters));
	(void)json_object_set_new(o, "packets", pump_counts(d, counters));
	json_decref(counters);
	return o;
}

uint64_t
status_kernel_drops(struct ipsecd *d)
{
	json_t *counters = json_object();
	uint64_t n = 0;

	(void)steer_counters(d->steer, see_counter, counters);
	for (size_t i = 0; i < N_DROPPED; i++)
		n += kernel(counters, dropped[i].name, "packets");
	json_decref(counters);
	return n;
}

char *
status_text(struct ipsecd *d)
{
	json_t *o = json_object(), *counters = json_object();
	json_t *sas = json_array();
	struct entries l = { .list = json_array(), .counters = counters };
	char *text;

	(void)steer_counters(d->steer, see_counter, counters);
	put_text(o, "version", SOLIPSEC_VERSION);
	put(o, "pid", (uint64_t)getpid());
	put(o, "uptime", (clock_mono() - d->started) / 1000);
	put_text(o, "policy", d->closed ? "closed" : "loaded");
	put(o, "policy_version", spd_version(d->spd));
	put(o, "offload", pump_offload(d->pump));
	(void)json_object_set_new(o, "verdicts", verdicts(d, counters));
	(void)json_object_set_new(o, "path", path_counts(d));
	(void)json_object_set_new(o, "packets", pump_counts(d, counters));
	spd_each(d->spd, SPD_ACTIVE, "", true, see_entry, &l);
	(void)json_object_set_new(o, "entries", l.list);
	put(o, "sas_total", sadb_count(d->sadb, SATYPE_UNSPEC));
	sadb_each(d->sadb, SATYPE_UNSPEC, see_sa, sas);
	(void)json_object_set_new(o, "sas", sas);
	(void)json_object_set_new(o, "algorithms", algorithms(d));
	json_decref(counters);
	text = json_dumps(o, JSON_INDENT(1));
	json_decref(o);
	return text;
}
