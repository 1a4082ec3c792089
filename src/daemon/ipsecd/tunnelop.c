/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ipsecd/tunnelop.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/ipsecd/ipsecd.h"
#include "io/iface.h"

static const char *const df_names[] = {
	[DF_COPY] = "copy", [DF_SET] = "set", [DF_CLEAR] = "clear"
};

/* --- questions --- */

static bool
take_addr(struct addr *a, const json_t *v)
{
	const char *text = json_string_value(v);

	*a = (struct addr){ .fam = FAM_NONE };
	return text != NULL && (text[0] == '\0' || addr_read(a, text));
}

static bool
take_byte(uint8_t *b, const json_t *v)
{
	json_int_t i = json_integer_value(v);

	*b = (uint8_t)i;
	return json_is_integer(v) && i >= 0 && i <= UINT8_MAX;
}

static bool
take_flag(bool *b, const json_t *v)
{
	*b = json_is_true(v);
	return json_is_boolean(v);
}

static bool
take_type(uint8_t *type, const json_t *v)
{
	const char *text = json_string_value(v);

	if (text == NULL)
		return false;
	*type = strcmp(text, "ipv4") == 0   ? FAM_V4
		: strcmp(text, "ipv6") == 0 ? FAM_V6
					    : FAM_NONE;
	return *type != FAM_NONE;
}

static bool
take_df(uint8_t *df, const json_t *v)
{
	const char *text = json_string_value(v);

	for (uint8_t i = 0; text != NULL && i <= DF_CLEAR; i++)
		if (strcmp(text, df_names[i]) == 0) {
			*df = i;
			return true;
		}
	return false;
}

/* What one key says. 0: it is none of an interface's. */
static unsigned
take(struct tunnel_say *s, const char *key, const json_t *v, bool *good)
{
	if (strcmp(key, "type") == 0)
		return *good = take_type(&s->type, v), TUNNEL_TYPE;
	if (strcmp(key, "tsrc") == 0)
		return *good = take_addr(&s->src, v), TUNNEL_SRC;
	if (strcmp(key, "tdst") == 0)
		return *good = take_addr(&s->dst, v), TUNNEL_DST;
	if (strcmp(key, "hoplimit") == 0)
		return *good = take_byte(&s->hoplimit, v) && s->hoplimit != 0,
		       TUNNEL_HOPLIMIT;
	if (strcmp(key, "encaplimit") == 0)
		return *good = take_byte(&s->encaplimit, v), TUNNEL_ENCAPLIMIT;
	if (strcmp(key, "df") == 0)
		return *good = take_df(&s->df, v), TUNNEL_DF;
	if (strcmp(key, "implicit") == 0)
		return *good = take_flag(&s->implicit, v), TUNNEL_IMPLICIT;
	if (strcmp(key, "secure") == 0)
		return *good = take_flag(&s->secure, v), TUNNEL_SECURE;
	if (strcmp(key, "private") == 0)
		return *good = take_flag(&s->is_private, v), TUNNEL_PRIVATE;
	return 0;
}

int
tunnelop_read(struct tunnel_say *s, const json_t *in, char *err, size_t n)
{
	const char *key;
	json_t *v;

	*s = (struct tunnel_say){ 0 };
	if (!admin_text(in, "name", &s->name, err, n))
		return EINVAL;
	json_object_foreach((json_t *)(uintptr_t)in, key, v)
	{
		bool good = true;
		unsigned what = take(s, key, v, &good);

		if (what == 0 && strcmp(key, "op") != 0 &&
		    strcmp(key, "name") != 0) {
			(void)snprintf(err, n, "a tunnel has no `%.40s'", key);
			return EINVAL;
		}
		if (!good) {
			(void)snprintf(
			    err, n, "the value of `%s' does not fit", key);
			return EINVAL;
		}
		s->has |= what;
	}
	return 0;
}

static int
steered(struct ipsecd *d, char *err, size_t n)
{
	int e = ipsecd_steer_again(d);

	if (e != 0)
		(void)snprintf(err, n,
		    "the tunnel is there, but the kernel does not take its "
		    "steering");
	return e;
}

int
tunnelop_create(
    struct ipsecd *d, const json_t *in, json_t *out, char *err, size_t n)
{
	struct tunnel_say s;
	int e = tunnelop_read(&s, in, err, n);

	(void)out;
	if (e == 0)
		e = tunnels_create(d->tunnels, &s, err, n);
	path_changed(&d->path);
	return e == 0 ? steered(d, err, n) : e;
}

int
tunnelop_modify(
    struct ipsecd *d, const json_t *in, json_t *out, char *err, size_t n)
{
	struct tunnel_say s;
	int e = tunnelop_read(&s, in, err, n);

	(void)out;
	if (e == 0)
		e = tunnels_modify(d->tunnels, &s, err, n);
	path_changed(&d->path);
	return e == 0 ? steered(d, err, n) : e;
}

int
tunnelop_delete(
    struct ipsecd *d, const json_t *in, json_t *out, char *err, size_t n)
{
	const char *name;
	int e;

	(void)out;
	if (!admin_text(in, "name", &name, err, n))
		return EINVAL;
	e = tunnels_delete(d->tunnels, name, err, n);
	path_changed(&d->path);
	return e == 0 ? steered(d, err, n) : e;
}

/* --- answers --- */

struct mode {
	bool any, tunnel;
};

static bool
see_mode(void *ctx, struct spd_entry *e)
{
	struct mode *m = ctx;

	m->any = true;
	m->tunnel = e->rule.tunnel_mode;
	return false;
}

static json_t *
text_or_null(const struct addr *a)
{
	char buf[ADDR_TEXT];

	return a->fam == FAM_NONE ? json_null()
				  : json_string(addr_print(buf, a));
}

static json_t *
show(struct ipsecd *d, const struct tunnel *u)
{
	unsigned index = iface_index(&d->route, u->name);
	struct mode m = { 0 };

	spd_each(d->spd, SPD_ACTIVE, u->name, false, see_mode, &m);
	return json_pack("{s:s, s:s, s:s, s:o, s:o, s:i, s:i, s:s, s:s, s:b, "
			 "s:b, s:b, s:i}",
	    "link", u->name, "type",
	    u->type == FAM_V6	? "ipv6"
	    : u->type == FAM_V4 ? "ipv4"
				: "",
	    "state",
	    u->away		  ? "waiting"
	    : u->type == FAM_NONE ? "policy"
				  : "made",
	    "source", text_or_null(&u->path.src), "destination",
	    text_or_null(&u->path.dst), "hoplimit", u->path.ttl, "encaplimit",
	    u->path.limit, "df", df_names[u->path.df], "policy",
	    !m.any     ? "none"
	    : m.tunnel ? "tunnel"
		       : "transport",
	    "implicit", u->implicit, "secure", u->path.secure, "private",
	    u->is_private, "mtu",
	    u->away ? 0 : (int)iface_mtu(&d->route, index));
}

int
tunnelop_list(
    struct ipsecd *d, const json_t *in, json_t *out, char *err, size_t n)
{
	json_t *list = json_array();
	const struct tunnel *u;

	(void)in;
	(void)err;
	(void)n;
	for (size_t i = 0; (u = tunnels_at(d->tunnels, i)) != NULL; i++)
		(void)json_array_append_new(list, show(d, u));
	return json_object_set_new(out, "tunnels", list) == 0 ? 0 : ENOMEM;
}
