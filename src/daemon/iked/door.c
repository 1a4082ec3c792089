/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/iked/door.h"

#include <errno.h>
#include <grp.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/iked/engproc.h"
#include "daemon/ikeop/ruleop.h"
#include "io/unixsock.h"

#define QUESTION (64u << 10)
#define ANSWERS	 (64u << 20)
#define PIECE	 (32u << 10)
#define ERROR	 RULEOP_ERROR

struct door {
	struct engproc *e;
	struct loop *loop;
	struct unixsock *sock;
	gid_t group;
	/* the question that is with the engine */
	uint32_t id;
	json_t *found;
	int err;
	bool answered;
};

struct visitor {
	struct door *d;
	struct unixsock_conn *conn;
	bool privileged;
};

/* --- what the engine replies --- */

static json_t *
end_json(const struct ike_end *e)
{
	char text[ADDR_TEXT];

	return json_pack(
	    "{s:s,s:i}", "addr", addr_print(text, &e->a), "port", e->port);
}

static json_t *
id_json(uint8_t type, const struct ike_bytes *b)
{
	char text[IKEID_TEXT];
	struct ikeid id;

	if (!ikeid_set(&id, type, b->p, b->n))
		id = (struct ikeid){ 0 };
	return json_pack("{s:s,s:s}", "type", ikeid_type_name(type), "id",
	    ikeid_print(text, &id));
}

static json_t *
children_json(const struct ike_saview *v)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < v->n_child && i < 16; i++)
		(void)json_array_append_new(list,
		    json_pack("{s:i,s:I,s:I,s:b}", "satype", v->child[i].satype,
			"spi_in", (json_int_t)v->child[i].spi_in, "spi_out",
			(json_int_t)v->child[i].spi_out, "tunnel",
			v->child[i].tunnel));
	return list;
}

static json_t *
view_json(const struct ike_saview *v)
{
	char i[20], r[20];
	json_t *o;

	(void)snprintf(i, sizeof(i), "%016" PRIx64, v->spi_i);
	(void)snprintf(r, sizeof(r), "%016" PRIx64, v->spi_r);
	o = json_pack("{s:s,s:s,s:o,s:o,s:b,s:s,s:s}", "spi_i", i, "spi_r", r,
	    "local", end_json(&v->local), "remote", end_json(&v->remote),
	    "initiator", v->initiator, "state", v->state, "rule",
	    v->rule != NULL ? v->rule : "");
	if (o == NULL)
		return NULL;
	(void)json_object_set_new(
	    o, "local_id", id_json(v->own_id_type, &v->own_id));
	(void)json_object_set_new(
	    o, "remote_id", id_json(v->peer_id_type, &v->peer_id));
	(void)json_object_set_new(o, "nat",
	    json_pack("{s:b,s:b,s:b}", "encapsulated", v->natt, "local",
		v->local_natted, "remote", v->remote_natted));
	(void)json_object_set_new(o, "transforms",
	    json_pack("{s:i,s:i,s:i,s:i,s:i}", "encr", v->encr, "encr_bits",
		v->encr_bits, "prf", v->prf, "integ", v->integ, "ke", v->ke));
	(void)json_object_set_new(o, "auth",
	    json_pack(
		"{s:i,s:i}", "local", v->own_method, "remote", v->peer_method));
	(void)json_object_set_new(
	    o, "age_ms", json_integer((json_int_t)v->age));
	(void)json_object_set_new(
	    o, "rekey_in_ms", json_integer((json_int_t)v->rekey_in));
	(void)json_object_set_new(o, "children", json_integer(v->n_child));
	(void)json_object_set_new(o, "child", children_json(v));
	(void)json_object_set_new(
	    o, "retransmits", json_integer(v->retransmits));
	(void)json_object_set_new(
	    o, "dpd", json_string(v->dpd != NULL ? v->dpd : ""));
	return o;
}

static json_t *
pair_json(const uint64_t v[2])
{
	return json_pack("{s:I,s:I}", "initiator", (json_int_t)v[0],
	    "responder", (json_int_t)v[1]);
}

static json_t *
stats_json(const struct ike_stats *s)
{
	json_t *o = json_object();

	(void)json_object_set_new(o, "current", pair_json(s->current));
	(void)json_object_set_new(o, "total", pair_json(s->total));
	(void)json_object_set_new(o, "attempted", pair_json(s->attempted));
	(void)json_object_set_new(o, "failed", pair_json(s->failed));
	(void)json_object_set_new(
	    o, "timeouts", json_integer((json_int_t)s->timeouts));
	(void)json_object_set_new(
	    o, "half_open", json_integer((json_int_t)s->half_open));
	(void)json_object_set_new(
	    o, "cookies_sent", json_integer((json_int_t)s->cookies_sent));
	(void)json_object_set_new(
	    o, "children", json_integer((json_int_t)s->children));
	(void)json_object_set_new(
	    o, "dropped", json_integer((json_int_t)s->dropped));
	return o;
}

void
door_reply(struct door *d, const struct ike_action *a)
{
	if (a->reply.id != d->id)
		return;
	if (a->reply.view != NULL)
		(void)json_array_append_new(d->found, view_json(a->reply.view));
	if (a->reply.stats != NULL)
		(void)json_array_append_new(
		    d->found, stats_json(a->reply.stats));
	d->err = a->reply.err;
	if (a->reply.last)
		d->answered = true;
}

/* --- questions --- */

/* 0 or errno; d->found is what came. */
static int
ask_engine(struct door *d, struct ike_event *ev)
{
	ev->type = IKE_EV_ADMIN;
	ev->admin.id = ++d->id;
	d->err = 0;
	d->answered = false;
	json_decref(d->found);
	d->found = json_array();
	engproc_step(d->e, ev);
	return d->answered ? d->err : EAGAIN;
}

static bool
read_addr(const json_t *in, const char *key, struct addr *a, char *err)
{
	const json_t *o = json_object_get(in, key);
	const char *text = json_string_value(o);

	if (o == NULL || (text != NULL && addr_read(a, text)))
		return true;
	(void)snprintf(err, ERROR, "`%s' is not an address", key);
	return false;
}

static bool
read_spi(const json_t *in, const char *key, uint64_t *spi, char *err)
{
	const json_t *o = json_object_get(in, key);
	const char *text = json_string_value(o);
	char *end;

	if (o == NULL)
		return true;
	errno = 0;
	*spi = text != NULL ? strtoull(text, &end, 16) : 0;
	if (text != NULL && *text != '\0' && *end == '\0' && errno == 0)
		return true;
	(void)snprintf(err, ERROR, "`%s' is not a hexadecimal number", key);
	return false;
}

static bool
read_which(const json_t *in, struct ike_event *ev, char *err)
{
	return read_addr(in, "local", &ev->admin.local, err) &&
	       read_addr(in, "remote", &ev->admin.remote, err) &&
	       read_spi(in, "spi_i", &ev->admin.spi_i, err) &&
	       read_spi(in, "spi_r", &ev->admin.spi_r, err);
}

static int
about_some(struct door *d, const json_t *in, enum ike_admin what, char *err)
{
	struct ike_event ev = { .admin.what = what };

	return read_which(in, &ev, err) ? ask_engine(d, &ev) : EINVAL;
}

static int
p1_dump(struct door *d, const json_t *in, json_t *out, char *err)
{
	int e = about_some(d, in, IKE_ADMIN_DUMP, err);

	if (e == 0 || e == ENOENT)
		(void)json_object_set(out, "p1", d->found);
	/* that there is none is an answer, unless one was named */
	return e == ENOENT && json_object_size(in) == 1 ? 0 : e;
}

static int
p1_delete(struct door *d, const json_t *in, json_t *out, char *err)
{
	(void)out;
	return about_some(d, in, IKE_ADMIN_DELETE, err);
}

static int
p1_rekey(struct door *d, const json_t *in, json_t *out, char *err)
{
	(void)out;
	return about_some(d, in, IKE_ADMIN_REKEY, err);
}

static int
p1_flush(struct door *d, const json_t *in, json_t *out, char *err)
{
	struct ike_event ev = { .admin.what = IKE_ADMIN_FLUSH };
	int e = ask_engine(d, &ev);

	(void)in;
	(void)out;
	(void)err;
	return e == ENOENT ? 0 : e;
}

static int
stats(struct door *d, const json_t *in, json_t *out, char *err)
{
	struct ike_event ev = { .admin.what = IKE_ADMIN_STATS };
	int e = ask_engine(d, &ev);

	(void)in;
	(void)err;
	if (e == 0)
		(void)json_object_set(
		    out, "stats", json_array_get(d->found, 0));
	return e;
}

static int
debug_get(struct door *d, const json_t *in, json_t *out, char *err)
{
	(void)in;
	(void)err;
	(void)json_object_set_new(out, "level", json_integer(d->e->debug));
	return 0;
}

static int
debug_set(struct door *d, const json_t *in, json_t *out, char *err)
{
	const json_t *o = json_object_get(in, "level");
	json_int_t v = json_integer_value(o);

	(void)out;
	if (!json_is_integer(o) || v < 0 || v > UINT32_MAX) {
		(void)snprintf(err, ERROR, "`level' has to be a number");
		return EINVAL;
	}
	engproc_debug(d->e, (uint32_t)v);
	return 0;
}

static int
read_again(struct door *d, const json_t *in, json_t *out, char *err)
{
	(void)in;
	(void)out;
	(void)err;
	servant_want(&d->e->s, IKEIPC_WANT_READ);
	return 0;
}

static int help(struct door *d, const json_t *in, json_t *out, char *err);

/* In alphabetical order. */
static const struct door_op {
	const char *name, *help;
	/* 0 or errno; err is a sentence, or stays empty */
	int (*run)(struct door *d, const json_t *in, json_t *out, char *err);
} ops[] = {
	{ "debug-get", "the debug mask", debug_get },
	{ "debug-set", "change the debug mask", debug_set },
	{ "help", "the list of ops", help },
	{ "p1-delete", "delete an IKE SA, and what it made", p1_delete },
	{ "p1-dump", "IKE SAs", p1_dump },
	{ "p1-flush", "delete every IKE SA", p1_flush },
	{ "p1-rekey", "new keys for an IKE SA", p1_rekey },
	{ "read", "read the files again", read_again },
	{ "stats", "counters", stats },
};

#define N_OPS (sizeof(ops) / sizeof(ops[0]))

static int
help(struct door *d, const json_t *in, json_t *out, char *err)
{
	json_t *list = json_array();

	(void)d;
	(void)in;
	(void)err;
	for (size_t i = 0; i < N_OPS; i++)
		(void)json_array_append_new(
		    list, json_pack("{s:s,s:s}", "op", ops[i].name, "help",
			      ops[i].help));
	(void)json_object_set_new(out, "ops", list);
	(void)json_object_set_new(
	    out, "version", json_string(SOLIPSEC_VERSION));
	return 0;
}

/*
 * What the rules alone answer. A change of them is refused: the keystore works by
 * the same file, and would not know of it.
 */
static int
about_rules(const struct door *d, const json_t *in, json_t *out, char *err)
{
	struct ruleop r = { .now = &d->e->rules->cfg };
	int e;

	if (d->e->rules == NULL)
		return EAGAIN;
	e = ruleop_answer(&r, in, out);
	if (r.changed) {
		ikecfg_fini(&r.next);
		(void)json_object_clear(out);
		(void)snprintf(err, ERROR,
		    "rules are changed in ike/config, and then: ikeadm read "
		    "rule");
		return EOPNOTSUPP;
	}
	(void)snprintf(err, ERROR, "%s", r.err);
	return e;
}

static int
dispatch(struct door *d, const json_t *in, json_t *out, char *err)
{
	const char *op = json_string_value(json_object_get(in, "op"));
	int e;

	for (size_t i = 0; op != NULL && i < N_OPS; i++)
		if (strcmp(op, ops[i].name) == 0)
			return ops[i].run(d, in, out, err);
	e = op != NULL ? about_rules(d, in, out, err) : -1;
	if (e != -1)
		return e;
	(void)snprintf(err, ERROR, "there is no such op: ask `help'");
	return EOPNOTSUPP;
}

char *
door_answer(struct door *d, const void *msg, size_t n)
{
	json_t *in = json_loadb(msg, n, JSON_REJECT_DUPLICATES, NULL);
	json_t *out = json_object();
	char err[ERROR] = "", *text;
	int e = EINVAL;

	if (json_is_object(in))
		e = dispatch(d, in, out, err);
	else
		(void)snprintf(err, ERROR, "a question is one JSON object");
	json_decref(in);
	(void)json_object_set_new(out, "ok", json_boolean(e == 0));
	if (e != 0) {
		(void)json_object_set_new(out, "errno", json_integer(e));
		(void)json_object_set_new(out, "error",
		    json_string(err[0] != '\0' ? err : strerror(e)));
	}
	text = json_dumps(out, JSON_COMPACT);
	json_decref(out);
	return text;
}

/* --- the socket --- */

static void
send_answer(struct visitor *v, char *text)
{
	size_t n = text != NULL ? strlen(text) : 0, part;
	bool ok = text != NULL;

	if (ok) /* in place of the NUL */
		text[n++] = '\n';
	for (size_t at = 0; ok && at < n; at += part) {
		part = n - at < PIECE ? n - at : PIECE;
		ok = unixsock_send(v->conn, text + at, part);
	}
	free(text);
	if (!ok) /* half an answer would be worse than none */
		unixsock_finish(v->conn);
}

static void
visitor_message(void *user, const uint8_t *msg, size_t n)
{
	static const char refusal[] = "{\"ok\":false,\"errno\":1,\"error\":"
				      "\"only root and the group that "
				      "may manage IPsec may ask this\"}";
	struct visitor *v = user;

	if (v->privileged) {
		send_answer(v, door_answer(v->d, msg, n));
		return;
	}
	send_answer(v, strdup(refusal));
	unixsock_finish(v->conn);
}

static void *
visitor_opened(
    void *ctx, struct unixsock_conn *conn, const struct unixsock_peer *who)
{
	struct visitor *v = calloc(1, sizeof(*v));

	if (v != NULL)
		*v = (struct visitor){ ctx, conn, who->privileged };
	return v;
}

static void
visitor_closed(void *user)
{
	free(user);
}

bool
door_open(struct door *d, int fd)
{
	const struct unixsock_use use = { .type = SOCK_SEQPACKET,
		.group = d->group,
		.max = 16,
		.message = QUESTION,
		.answers = ANSWERS,
		.total = 2 * (size_t)ANSWERS,
		.opened = visitor_opened,
		.message_in = visitor_message,
		.closed = visitor_closed,
		.ctx = d };

	unixsock_close(d->sock);
	d->sock = unixsock_serve(d->loop, fd, &use);
	return d->sock != NULL;
}

struct door *
door_new(struct loop *l, struct engproc *e)
{
	struct door *d = calloc(1, sizeof(*d));
	const struct group *g = getgrnam(DOOR_GROUP);

	if (d != NULL)
		*d = (struct door){
			.e = e, .loop = l, .group = g != NULL ? g->gr_gid : 0
		};
	return d;
}

void
door_free(struct door *d)
{
	if (d == NULL)
		return;
	unixsock_close(d->sock);
	json_decref(d->found);
	free(d);
}
