/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/iptun/tunset.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "client/adminlink.h"
#include "cmd/host/host.h"
#include "cmd/iptun/tunpol.h"
#include "cmd/pol/poltext.h"
#include "io/iface.h"
#include "io/ptp.h"

#define NAMES 32 /* addresses of a name that are looked at */

void
tunset_report(void *ctx, const struct conf_error *e)
{
	char line[CONF_LINE];

	(void)ctx;
	(void)fprintf(stderr, "%s\n", lex_error_print(line, e));
}

bool
tunset_resolve(void *ctx, const char *name, uint8_t fam, struct addr *out)
{
	struct addr all[NAMES];
	size_t n = host_lookup(name, all, NAMES);

	(void)ctx;
	for (size_t i = 0; i < n && i < NAMES; i++)
		if (fam == FAM_NONE || all[i].fam == fam) {
			*out = all[i];
			return true;
		}
	return false;
}

/* --- ipsecd --- */

/* The answer, or NULL: printed why. */
static json_t *
ask(const char *link, json_t *question)
{
	char text[ADMINLINK_TEXT];
	json_t *a = adminlink_ask(question, NULL, text);

	if (a == NULL && link != NULL)
		poltext_say("%s: %s", link, text);
	else if (a == NULL)
		poltext_say("%s", text);
	return a;
}

json_t *
tunset_list(void)
{
	return ask(NULL, json_pack("{s:s}", "op", "tunnel-list"));
}

const json_t *
tunset_row(const json_t *list, const char *link)
{
	const json_t *all = json_object_get(list, "tunnels"), *row;
	size_t i;

	json_array_foreach(all, i, row)
	{
		const char *name =
		    json_string_value(json_object_get(row, "link"));

		if (name != NULL && strcmp(name, link) == 0)
			return row;
	}
	return NULL;
}

/* Is it there, made by an administrator? -1: printed why not known. */
static int
is_made(const char *link)
{
	json_t *list = tunset_list();
	const char *state;
	int made;

	if (list == NULL)
		return -1;
	state =
	    json_string_value(json_object_get(tunset_row(list, link), "state"));
	made = state != NULL && strcmp(state, "made") == 0;
	json_decref(list);
	return made;
}

static void
put_addr(json_t *o, const char *key, const struct addr *a)
{
	char text[ADDR_TEXT];

	(void)json_object_set_new(o, key, json_string(addr_print(text, a)));
}

static bool
tell_tunnel(const struct tunset *s, bool create, enum tunpol_what policy)
{
	static const char *const ways[] = { "copy", "set", "clear" };
	const struct tunconf *c = s->conf;
	json_t *o = json_pack("{s:s, s:s}", "op",
	    create ? "tunnel-create" : "tunnel-modify", "name", s->link);
	json_t *answer;

	if (create)
		(void)json_object_set_new(o, "type",
		    json_string(s->type == FAM_V6 ? "ipv6" : "ipv4"));
	if (create)
		(void)json_object_set_new(
		    o, "implicit", json_boolean(s->implicit));
	if (c->has & TUNCONF_TSRC)
		put_addr(o, "tsrc", &c->tsrc);
	if (c->has & TUNCONF_TDST)
		put_addr(o, "tdst", &c->tdst);
	if (c->has & TUNCONF_HOPLIMIT)
		(void)json_object_set_new(
		    o, "hoplimit", json_integer(c->hoplimit));
	if (c->has & TUNCONF_ENCAPLIMIT)
		(void)json_object_set_new(
		    o, "encaplimit", json_integer(c->encaplimit));
	if (c->has & TUNCONF_DF)
		(void)json_object_set_new(
		    o, "df", json_string(ways[c->df % 3]));
	if (c->has & TUNCONF_PRIVATE)
		(void)json_object_set_new(
		    o, "private", json_boolean(c->is_private));
	if (policy == TUNPOL_SET || policy == TUNPOL_CLEAR || s->secure)
		(void)json_object_set_new(o, "secure",
		    json_boolean(policy == TUNPOL_SET || s->secure));
	answer = ask(s->link, o);
	json_decref(answer);
	return answer != NULL;
}

int
tunset_delete(const char *link)
{
	json_t *a = ask(
	    link, json_pack("{s:s, s:s}", "op", "tunnel-delete", "name", link));

	json_decref(a);
	return a != NULL ? 0 : 1;
}

/* --- the device --- */

static struct ptp_addr
to_ptp(const struct tunconf_pair *p)
{
	struct ptp_addr a = { .local.fam = p->local.fam,
		.remote.fam = p->remote.fam,
		.len = p->len };

	memcpy(a.local.b, p->local.b, sizeof(a.local.b));
	memcpy(a.remote.b, p->remote.b, sizeof(a.remote.b));
	if (p->remote.fam != FAM_NONE)
		a.len = addr_bits(p->remote.fam);
	return a;
}

static bool
ptp_same(const struct ptp_addr *a, const struct ptp_addr *b)
{
	return netaddr_equal(&a->local, &b->local) &&
	       a->remote.fam == b->remote.fam &&
	       netaddr_equal(&a->remote, &b->remote) && a->len == b->len;
}

struct have {
	struct ptp_addr a[64];
	size_t n;
};

static bool
see_addr(void *ctx, const struct ptp_addr *a)
{
	struct have *h = ctx;

	if (h->n < sizeof(h->a) / sizeof(h->a[0]))
		h->a[h->n++] = *a;
	return true;
}

/* Those of the families that conf speaks of become what it says. 0 or errno. */
static int
set_addrs(struct netlink *n, unsigned index, const struct tunconf *c)
{
	struct have h = { .n = 0 };
	int err = ptp_each(n, index, see_addr, &h);

	for (size_t i = 0; err == 0 && i < h.n; i++) {
		bool wanted = false, spoken = false;

		for (size_t k = 0; k < c->n_pairs; k++) {
			struct ptp_addr p = to_ptp(&c->pair[k]);

			spoken |= p.local.fam == h.a[i].local.fam;
			wanted |= ptp_same(&p, &h.a[i]);
		}
		if (spoken && !wanted)
			err = ptp_delete(n, index, &h.a[i]);
	}
	for (size_t k = 0; err == 0 && k < c->n_pairs; k++) {
		struct ptp_addr p = to_ptp(&c->pair[k]);

		err = ptp_add(n, index, &p);
		if (err == EEXIST)
			err = 0;
	}
	return err;
}

static bool
wants_v6(const struct tunconf *c)
{
	for (size_t i = 0; i < c->n_pairs; i++)
		if (c->pair[i].local.fam == FAM_V6)
			return true;
	return false;
}

/* What is the first that does not work; NULL: all does. */
static const char *
set_device(struct netlink *n, const struct tunset *s, int *err)
{
	const struct tunconf *c = s->conf;
	struct iface_setup mtu = { .mtu = c->mtu };
	unsigned index = iface_index(n, s->link);

	*err = ENODEV;
	if (index == 0)
		return "the device";
	if (wants_v6(c) && (*err = ptp_allow_v6(s->link)) != 0)
		return "IPv6";
	if ((c->has & TUNCONF_MTU) != 0 &&
	    (*err = iface_set(n, index, &mtu)) != 0)
		return "the MTU";
	if ((*err = set_addrs(n, index, c)) != 0)
		return "the addresses";
	for (uint8_t fam = 4; fam <= 6; fam += 2) {
		if ((c->has & TUNCONF_ROUTER) == 0)
			continue;
		*err = ptp_set_forwards(s->link, fam, c->router);
		if (*err != 0 && (*err != ENOENT || fam == 4))
			return "forwarding";
	}
	if ((c->has & TUNCONF_UP) != 0 &&
	    (*err = ptp_set_up(n, index, c->up)) != 0)
		return c->up ? "up" : "down";
	return NULL;
}

/* --- all of it --- */

static int
configure(const struct tunset *s)
{
	struct netlink n;
	const char *what;
	int err;

	if (!netlink_open(&n, NETLINK_ROUTE, 0)) {
		poltext_say("%s: %s", s->link, strerror(errno));
		return 1;
	}
	what = set_device(&n, s, &err);
	if (what != NULL)
		poltext_say("%s: %s: %s", s->link, what, strerror(err));
	netlink_close(&n);
	return what == NULL ? 0 : 1;
}

/* As if it had never been asked for. */
static void
undo(const struct tunset *s, struct tunpol *p, bool was_created)
{
	char text[POLLINK_TEXT];

	if (was_created)
		(void)tunset_delete(s->link);
	if (p->what == TUNPOL_SET) {
		p->what = TUNPOL_CLEAR;
		(void)tunpol_apply(p, text);
	}
}

static int
carry_out(const struct tunset *s, struct tunpol *p, bool create)
{
	char text[POLLINK_TEXT] = "";

	if (p->what == TUNPOL_IGNORED)
		poltext_say("%s: ipsecconf has set the policy of this tunnel; "
			    "the algorithms here are ignored",
		    s->link);
	/* never a moment in the clear: policy waits for the interface */
	if (tunpol_apply(p, text) != 0) {
		poltext_say("%s", text);
		return 1;
	}
	if (!tell_tunnel(s, create, p->what)) {
		if (create)
			undo(s, p, false);
		return 1;
	}
	if (configure(s) == 0)
		return 0;
	if (create)
		undo(s, p, true);
	return 1;
}

int
tunset_do(const struct tunset *s)
{
	static struct tunpol p;
	int made = is_made(s->link), status = 1;

	if (made < 0)
		return 1;
	if (s->how == TUNSET_CREATE && made) {
		poltext_say("%s: there is a tunnel of this name", s->link);
		return 1;
	}
	if (s->how == TUNSET_MODIFY && !made) {
		poltext_say("%s: there is no tunnel of this name", s->link);
		return 1;
	}
	if (tunpol_plan(&p, s->link, s->conf, s->lx))
		status = carry_out(s, &p, !made);
	tunpol_free(&p);
	return status;
}
