/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/pol/poljson.h"

#include <stdio.h>

/* json_object_set_new(), which takes value over also when it fails. */
static void
put(json_t *o, const char *key, json_t *value, bool *ok)
{
	if (json_object_set_new(o, key, value) != 0)
		*ok = false;
}

static json_t *
range(unsigned min, unsigned max)
{
	return json_pack("{s:i, s:i}", "min", (int)min, "max", (int)max);
}

static void
put_sel(json_t *o, const struct sel *s, bool *ok)
{
	char buf[ADDR_TEXT];

	if ((s->has & SEL_PROTO) != 0)
		put(o, "ulp", json_integer(s->proto), ok);
	if ((s->has & SEL_LADDR) != 0)
		put(o, "laddr", json_string(prefix_print(buf, &s->laddr)), ok);
	if ((s->has & SEL_LPORT) != 0)
		put(o, "lport", range(s->lport_min, s->lport_max), ok);
	if ((s->has & SEL_RADDR) != 0)
		put(o, "raddr", json_string(prefix_print(buf, &s->raddr)), ok);
	if ((s->has & SEL_RPORT) != 0)
		put(o, "rport", range(s->rport_min, s->rport_max), ok);
	if ((s->has & SEL_TYPE) != 0)
		put(o, "type", range(s->type_min, s->type_max), ok);
	if ((s->has & SEL_CODE) != 0)
		put(o, "code", range(s->code_min, s->code_max), ok);
}

static json_t *
alg(const struct ipsecalgs *names, enum alg_table table, uint8_t id,
    uint16_t min, uint16_t max)
{
	char name[IPSECALGS_NAME];

	return json_pack("{s:s, s:i, s:i, s:i}", "name",
	    ipsecalgs_name(name, names, table, id), "number", (int)id,
	    "min_bits", (int)min, "max_bits", (int)max);
}

static json_t *
action(const struct ipsecalgs *names, const struct action *a, bool *ok)
{
	static const char *const types[] = { "unknown", "drop", "pass",
		"ipsec" };
	json_t *o = json_object();

	put(o, "action", json_string(types[a->type & 3]), ok);
	if (a->type != ACT_IPSEC)
		return o;
	if ((a->flags & ACT_AH) != 0)
		put(o, "auth_algs",
		    alg(names, ALG_AUTH, a->ah_alg, a->ah_min, a->ah_max), ok);
	if ((a->flags & ACT_ESP) != 0)
		put(o, "encr_algs",
		    alg(names, ALG_ENCR, a->esp_alg, a->esp_min, a->esp_max),
		    ok);
	if ((a->flags & ACT_ESPA) != 0)
		put(o, "encr_auth_algs",
		    alg(names, ALG_AUTH, a->espa_alg, a->espa_min, a->espa_max),
		    ok);
	put(o, "sa",
	    json_string((a->flags & ACT_UNIQUE) != 0 ? "unique" : "shared"),
	    ok);
	return o;
}

json_t *
poljson_rule(const struct ipsecalgs *names, const struct rule *r)
{
	static const char *const dirs[] = { "none", "in", "out", "both" };
	json_t *o = json_object(), *actions = json_array();
	bool ok = true;

	put(o, "index", json_integer((json_int_t)r->index), &ok);
	if (r->tun[0] != '\0') {
		put(o, "tunnel", json_string(r->tun), &ok);
		put(o, "negotiate",
		    json_string(r->tunnel_mode ? "tunnel" : "transport"), &ok);
	}
	put(o, "dir", json_string(dirs[r->dir & 3]), &ok);
	put(o, "family",
	    r->fam == FAM_NONE
		? json_null()
		: json_string(r->fam == FAM_V4 ? "ipv4" : "ipv6"),
	    &ok);
	put(o, "priority", json_integer(r->priority), &ok);
	put_sel(o, &r->sel, &ok);
	for (unsigned i = 0; i < r->n_actions; i++)
		if (json_array_append_new(
			actions, action(names, &r->actions[i], &ok)) != 0)
			ok = false;
	put(o, "actions", actions, &ok);
	if (ok)
		return o;
	json_decref(o);
	return NULL;
}

json_t *
poljson_entry(uint64_t index, const char *tun, const char *text, size_t n)
{
	const char *nl = memchr(text, '\n', n);

	if (nl != NULL) {
		n -= (size_t)(nl + 1 - text);
		text = nl + 1;
	}
	while (n != 0 && text[n - 1] == '\n')
		n--;
	/* other managers wrote it: it may be no UTF-8 */
	json_t *t = json_stringn(text, n);
	json_t *o = json_object();
	bool ok = true;

	if (t == NULL)
		t = json_string("(not UTF-8)");
	put(o, "index", json_integer((json_int_t)index), &ok);
	if (tun[0] != '\0')
		put(o, "tunnel", json_string(tun), &ok);
	put(o, "text", t, &ok);
	if (ok)
		return o;
	json_decref(o);
	return NULL;
}

bool
poljson_print(const char *key, json_t *list)
{
	json_t *o = json_object();
	bool ok = true;

	put(o, key, list, &ok);
	ok = ok && json_dumpf(o, stdout, JSON_INDENT(2)) == 0 &&
	     putc('\n', stdout) != EOF;
	json_decref(o);
	return ok;
}
