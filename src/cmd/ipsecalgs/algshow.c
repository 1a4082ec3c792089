/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/ipsecalgs/algshow.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>

#include "cmd/pol/pollink.h"
#include "cmd/pol/poltext.h"

#define ROW_TEXT 2048 /* bytes of one algorithm, as shown */

/* What was written to standard output may not have got there. */
static int
close_stdout(int e)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return e;
	poltext_say("cannot write: %s", strerror(errno));
	return 1;
}

static void
show_row(const struct ipsecalgs_row *r)
{
	char text[ROW_TEXT];
	struct wr w = wr_into(text, sizeof(text));

	ipsecalgs_print_row(&w, r);
	(void)fwrite(text, 1, w.len, stdout);
}

/* --- JSON --- */

static json_t *
json_sizes(const struct ipsecalgs_sizes *s)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < s->n; i++)
		(void)json_array_append_new(list, json_integer(s->v[i]));
	return list;
}

static json_t *
json_names(const char *s)
{
	json_t *list = json_array();

	for (;;) {
		size_t n = strcspn(s, ",");

		(void)json_array_append_new(list, json_stringn(s, n));
		if (s[n] == '\0')
			return list;
		s += n + 1;
	}
}

static json_t *
json_flags(uint16_t flags)
{
	static const char *const names[] = { "COUNTER", "COMBINED", "CCM",
		"GCM" };
	json_t *list = json_array();

	(void)json_array_append_new(
	    list, json_string((flags & ALG_VALID) != 0 ? "VALID" : "INVALID"));
	for (unsigned i = 0; i < 4; i++)
		if ((flags & ALG_COUNTER << i) != 0)
			(void)json_array_append_new(
			    list, json_string(names[i]));
	return list;
}

static json_t *
json_row(const struct ipsecalgs_row *r)
{
	json_t *o = json_pack("{s:i, s:i, s:o, s:s, s:o}", "protocol_number",
	    (int)r->proto, "algorithm_number", (int)r->id, "algorithm_names",
	    json_names(r->names), "mechanism_name", r->mech, "block_sizes",
	    json_sizes(&r->blocks));
	json_t *k;

	if (r->key_incr != 0)
		k = json_pack("{s:i, s:i, s:i, s:i}", "minimum",
		    (int)r->keys.v[1], "maximum", (int)r->keys.v[2],
		    "increment", (int)r->key_incr, "default",
		    (int)r->keys.v[0]);
	else
		k = json_sizes(&r->keys);
	(void)json_object_set_new(o, "key_sizes", k);
	(void)json_object_set_new(
	    o, "algorithm_parameters", json_sizes(&r->params));
	(void)json_object_set_new(o, "algorithm_flags", json_flags(r->flags));
	return o;
}

static json_t *
json_proto(unsigned num, const char *name, bool async)
{
	return json_pack("{s:i, s:s, s:s, s:o}", "protocol_number", (int)num,
	    "protocol_name", name, "execution_mode", async ? "async" : "sync",
	    "algorithms", json_array());
}

/* Prints and frees list. */
static int
json_done(const char *table, json_t *list)
{
	json_t *o = json_pack("{s:s, s:o}", "table", table, "protocols", list);
	bool ok = o != NULL && json_dumpf(o, stdout, JSON_INDENT(2)) == 0;

	(void)putchar('\n');
	json_decref(o);
	if (!ok)
		poltext_say("out of memory, or cannot write");
	return close_stdout(ok ? 0 : 1);
}

static int
json_file(const struct ipsecalgs *t)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < t->n_protos; i++) {
		const struct ipsecalgs_proto *p = &t->proto[i];
		json_t *o = json_proto(p->num, p->name, p->async);

		for (size_t k = 0; k < t->n_rows; k++)
			if (t->row[k].proto == p->num)
				(void)json_array_append_new(
				    json_object_get(o, "algorithms"),
				    json_row(&t->row[k]));
		(void)json_array_append_new(list, o);
	}
	return json_done("file", list);
}

/* --- the file --- */

int
algshow_file(bool json)
{
	struct ipsecalgs t;
	int e;

	if (!poltext_algs(&t))
		return 1;
	if (json) {
		e = json_file(&t);
		ipsecalgs_fini(&t);
		return e;
	}
	(void)puts("Algorithms, grouped by IPsec protocol:\n");
	for (unsigned i = 0; i < t.n_protos; i++) {
		char text[ROW_TEXT];
		struct wr w = wr_into(text, sizeof(text));

		ipsecalgs_print_proto(&w, &t.proto[i]);
		(void)fwrite(text, 1, w.len, stdout);
		for (size_t k = 0; k < t.n_rows; k++)
			if (t.row[k].proto == t.proto[i].num)
				show_row(&t.row[k]);
	}
	ipsecalgs_fini(&t);
	return close_stdout(0);
}

/* --- ipsecd's --- */

static struct ipsecalgs_sizes
sizes(const struct pfpolicy_sizes *s)
{
	struct ipsecalgs_sizes out = { .n = s->n };

	memcpy(out.v, s->v, sizeof(s->v));
	return out;
}

/*
 * ipsecd's row, with the names that the file has for it, where it is the same
 * mechanism: the file may have changed since ipsecd was told.
 */
static struct ipsecalgs_row
named(const struct ipsecalgs *names, const struct pfpolicy_alg *a)
{
	struct ipsecalgs_row r = { .proto = a->table, .id = a->id };
	const struct ipsecalgs_row *known =
	    ipsecalgs_by_id(names, a->table, a->id);

	if (known != NULL && strcmp(known->mech, a->mech) == 0)
		memcpy(r.names, known->names, sizeof(r.names));
	else
		(void)snprintf(r.names, sizeof(r.names), "%u", a->id);
	(void)snprintf(
	    r.mech, sizeof(r.mech), "%s", a->mech[0] != '\0' ? a->mech : "-");
	r.key_incr = a->key_incr;
	r.keys = sizes(&a->keys);
	r.blocks = sizes(&a->blocks);
	r.params = sizes(&a->params);
	r.flags = a->flags;
	return r;
}

static int
show_kernel(const struct ipsecalgs *names, const struct pfpolicy_msg *m)
{
	(void)puts("Kernel list of algorithms:\n");
	for (unsigned i = 0; i < m->n_algs; i++) {
		struct ipsecalgs_row r = named(names, &m->alg[i]);

		show_row(&r);
	}
	return close_stdout(0);
}

static int
json_kernel(const struct ipsecalgs *names, const struct pfpolicy_msg *m)
{
	json_t *list = json_array();

	for (unsigned t = ALG_AUTH; t <= ALG_ENCR; t++) {
		json_t *o = json_proto(t,
		    t == ALG_AUTH ? "PROTO_IPSEC_AH" : "PROTO_IPSEC_ESP",
		    t == ALG_AUTH ? m->async_auth : m->async_encr);

		for (unsigned i = 0; i < m->n_algs; i++) {
			struct ipsecalgs_row r = named(names, &m->alg[i]);

			if (r.proto == t)
				(void)json_array_append_new(
				    json_object_get(o, "algorithms"),
				    json_row(&r));
		}
		(void)json_array_append_new(list, o);
	}
	return json_done("kernel", list);
}

int
algshow_kernel(bool json)
{
	struct pollink l;
	struct ipsecalgs names;
	struct pfpolicy_msg ask = { .type = SPD_DUMPALGS }, in = { 0 };
	enum pollink_result res = POLLINK_BROKEN;
	char text[POLLINK_TEXT];
	int e = 1;

	if (!poltext_algs(&names))
		return 1;
	if (pollink_open(&l))
		res = pollink_ask(&l, &ask, &in);
	if (res == POLLINK_OK)
		e = json ? json_kernel(&names, &in) : show_kernel(&names, &in);
	else if (res == POLLINK_REFUSED)
		poltext_say("ipsecd does not tell its algorithms: %s",
		    in.diag != 0 ? pfpolicy_diag_text(in.diag)
				 : strerror(in.errnum));
	else
		poltext_say("%s", pollink_sentence(&l, text));
	pfpolicy_fini(&in);
	pollink_close(&l);
	ipsecalgs_fini(&names);
	return e;
}
