/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/iptun/tunshow.h"

#include <string.h>

#include "cmd/iptun/tunfile.h"
#include "cmd/iptun/tunset.h"
#include "cmd/pol/poltext.h"
#include "io/iface.h"
#include "io/ptp.h"

#define MANY 24 /* fields in one list */

/* Of a table: heading, key of the row, width. */
static const struct field {
	const char *name, *head, *key;
	int width;
} fields[] = {
	{ "link", "LINK", "link", 16 },
	{ "type", "TYPE", "type", 5 },
	{ "flags", "FLAGS", "flags", 6 },
	{ "source", "SOURCE", "source", 20 },
	{ "destination", "DESTINATION", "destination", 20 },
	{ "hoplimit", "HOPLIMIT", "hoplimit", 9 },
	{ "encaplimit", "ENCAPLIMIT", "encaplimit", 11 },
	{ "df", "DF", "df", 6 },
	{ "mtu", "MTU", "mtu", 6 },
	{ "policy", "POLICY", "policy", 10 },
	{ "state", "STATE", "state", 8 },
	{ "up", "UP", "up", 5 },
	{ "router", "ROUTER", "router", 7 },
	{ "addresses", "ADDRESSES", "addresses", 20 },
};

#define N_FIELDS (sizeof(fields) / sizeof(fields[0]))
#define USUAL	 "link,type,flags,source,destination"

static const struct field *
field_of(const char *s, size_t n)
{
	for (size_t i = 0; i < N_FIELDS; i++)
		if (strlen(fields[i].name) == n &&
		    strncasecmp(fields[i].name, s, n) == 0)
			return &fields[i];
	return NULL;
}

/* Those of a list, at most MANY; 0: *bad is none. */
static size_t
choose(const char *list, const struct field *out[MANY], char bad[32])
{
	size_t n = 0;

	if (strcmp(list, "all") == 0) {
		for (; n < N_FIELDS; n++)
			out[n] = &fields[n];
		return n;
	}
	for (const char *p = list;; p++) {
		size_t len = strcspn(p, ",");

		out[n] = field_of(p, len);
		if (out[n] == NULL || n == MANY - 1) {
			(void)snprintf(bad, 32, "%.*s", (int)len, p);
			return 0;
		}
		n++;
		p += len;
		if (*p == '\0')
			return n;
	}
}

bool
tunshow_fields(const char *list, char bad[32])
{
	const struct field *out[MANY];

	return choose(list, out, bad) != 0;
}

/* --- values --- */

static const char *
text_of(const json_t *row, const char *key)
{
	const char *s = json_string_value(json_object_get(row, key));

	return s != NULL ? s : "";
}

static void
join_addresses(char *buf, size_t cap, const json_t *row)
{
	const json_t *all = json_object_get(row, "addresses"), *a;
	size_t i, n = 0;

	buf[0] = '\0';
	json_array_foreach(all, i, a)
	{
		const char *remote = text_of(a, "remote");
		int k = snprintf(buf + n, cap - n, "%s%s%s%s",
		    i == 0 ? "" : ",", text_of(a, "local"),
		    remote[0] != '\0' ? ">" : "", remote);

		if (k < 0 || (size_t)k >= cap - n)
			return;
		n += (size_t)k;
	}
}

static void
value_of(char *buf, size_t cap, const json_t *row, const struct field *f)
{
	const json_t *v = json_object_get(row, f->key);

	buf[0] = '\0';
	if (strcmp(f->key, "flags") == 0) {
		const char *policy = text_of(row, "policy");
		bool s = policy[0] != '\0' && strcmp(policy, "none") != 0;
		bool i = json_is_true(json_object_get(row, "implicit"));

		(void)snprintf(buf, cap, "%c%c", s ? 's' : '-', i ? 'i' : '-');
	} else if (strcmp(f->key, "addresses") == 0) {
		join_addresses(buf, cap, row);
	} else if (json_is_integer(v)) {
		(void)snprintf(
		    buf, cap, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
	} else if (json_is_boolean(v)) {
		(void)snprintf(buf, cap, "%s", json_is_true(v) ? "yes" : "no");
	} else {
		(void)snprintf(buf, cap, "%s", text_of(row, f->key));
	}
}

/* dladm's -p: colons and backslashes of a value are quoted. */
static void
put_quoted(FILE *f, const char *v)
{
	for (; *v != '\0'; v++) {
		if (*v == ':' || *v == '\\')
			(void)fputc('\\', f);
		(void)fputc(*v, f);
	}
}

static void
put_row(FILE *f, const json_t *row, const struct field *const *list, size_t n,
    bool parseable)
{
	char v[1024];

	for (size_t i = 0; i < n; i++) {
		value_of(v, sizeof(v), row, list[i]);
		if (parseable) {
			if (i != 0)
				(void)fputc(':', f);
			put_quoted(f, v);
			continue;
		}
		if (v[0] == '\0')
			(void)snprintf(v, sizeof(v), "--");
		if (i == n - 1)
			(void)fputs(v, f);
		else
			(void)fprintf(f, "%-*s ", list[i]->width, v);
	}
	(void)fputc('\n', f);
}

void
tunshow_print(FILE *f, const json_t *rows, const struct tunshow *o)
{
	const struct field *list[MANY];
	char bad[32];
	size_t n = choose(o->fields != NULL ? o->fields : USUAL, list, bad);
	size_t i;
	const json_t *row;

	for (i = 0; !o->parseable && i < n; i++)
		if (i == n - 1)
			(void)fprintf(f, "%s\n", list[i]->head);
		else
			(void)fprintf(
			    f, "%-*s ", list[i]->width, list[i]->head);
	json_array_foreach(rows, i, row)
	{
		put_row(f, row, list, n, o->parseable);
	}
}

/* --- what is there --- */

static bool
see_addr(void *ctx, const struct ptp_addr *a)
{
	char local[ADDR_TEXT], remote[ADDR_TEXT];
	struct addr l = { .fam = a->local.fam }, r = { .fam = a->remote.fam };

	memcpy(l.b, a->local.b, sizeof(l.b));
	memcpy(r.b, a->remote.b, sizeof(r.b));
	(void)json_array_append_new(
	    ctx, json_pack("{s:s, s:s?, s:i}", "local", addr_print(local, &l),
		     "remote", r.fam != 0 ? addr_print(remote, &r) : NULL,
		     "length", a->len));
	return true;
}

/* What the kernel knows of the devices. */
static void
add_kernel(json_t *rows)
{
	struct netlink n;
	json_t *row;
	size_t i;

	if (!netlink_open(&n, NETLINK_ROUTE, 0))
		return;
	json_array_foreach(rows, i, row)
	{
		const char *link = text_of(row, "link");
		unsigned index = iface_index(&n, link);
		json_t *list = json_array();

		if (index != 0)
			(void)ptp_each(&n, index, see_addr, list);
		(void)json_object_set_new(row, "addresses", list);
		(void)json_object_set_new(row, "up",
		    json_boolean(index != 0 && ptp_is_up(&n, index)));
		(void)json_object_set_new(row, "router",
		    json_boolean(
			ptp_forwards(link, 4) || ptp_forwards(link, 6)));
	}
	netlink_close(&n);
}

/* Those of that name. How many there are. */
static size_t
only(json_t *rows, const char *link)
{
	for (size_t i = json_array_size(rows); link != NULL && i > 0; i--)
		if (strcmp(text_of(json_array_get(rows, i - 1), "link"),
			link) != 0)
			(void)json_array_remove(rows, i - 1);
	return json_array_size(rows);
}

static json_t *
addr_or_null(bool there, const struct addr *a)
{
	char text[ADDR_TEXT];

	return there && a->fam != FAM_NONE ? json_string(addr_print(text, a))
					   : json_null();
}

static void
see_file(void *ctx, const struct tunfile *t)
{
	static const char *const ways[] = { "copy", "set", "clear" };
	const struct tunconf *c = &t->conf;
	json_t *list = json_array();

	for (size_t i = 0; i < c->n_pairs; i++) {
		char local[ADDR_TEXT], remote[ADDR_TEXT];

		(void)json_array_append_new(
		    list, json_pack("{s:s, s:s?, s:i}", "local",
			      addr_print(local, &c->pair[i].local), "remote",
			      c->pair[i].remote.fam != FAM_NONE
				  ? addr_print(remote, &c->pair[i].remote)
				  : NULL,
			      "length", c->pair[i].len));
	}
	(void)json_array_append_new(ctx,
	    json_pack("{s:s, s:s, s:s, s:o, s:o, s:i, s:i, s:s, s:s, s:b, s:b, "
		      "s:b, s:b, s:i, s:o, s:b}",
		"link", t->link, "type", t->type == FAM_V6 ? "ipv6" : "ipv4",
		"state", "file", "source",
		addr_or_null((c->has & TUNCONF_TSRC) != 0, &c->tsrc),
		"destination",
		addr_or_null((c->has & TUNCONF_TDST) != 0, &c->tdst),
		"hoplimit", c->has & TUNCONF_HOPLIMIT ? c->hoplimit : 64,
		"encaplimit",
		c->has & TUNCONF_ENCAPLIMIT ? c->encaplimit
		: t->type == FAM_V6	    ? 4
					    : 0,
		"df", ways[c->df % 3], "policy",
		tunconf_protects(c) ? "transport" : "none", "implicit", 1,
		"secure", tunconf_protects(c), "private", c->is_private,
		"router", c->router, "mtu",
		c->has & TUNCONF_MTU ? (int)c->mtu : 0, "addresses", list, "up",
		c->up));
}

int
tunshow_run(const struct tunshow *o)
{
	json_t *answer = NULL, *rows;
	int status = 0;

	if (o->persistent) {
		rows = json_array();
		status = tunfile_each(see_file, rows);
	} else {
		answer = tunset_list();
		if (answer == NULL)
			return 1;
		rows = json_incref(json_object_get(answer, "tunnels"));
		add_kernel(rows);
	}
	if (only(rows, o->link) == 0 && o->link != NULL) {
		poltext_say("%s: there is no tunnel of this name", o->link);
		status = 1;
	} else if (o->json) {
		json_t *all = json_pack("{s:O}", "tunnels", rows);

		(void)json_dumpf(all, stdout, JSON_INDENT(2));
		(void)fputc('\n', stdout);
		json_decref(all);
	} else {
		tunshow_print(stdout, rows, o);
	}
	json_decref(rows);
	json_decref(answer);
	return status;
}
