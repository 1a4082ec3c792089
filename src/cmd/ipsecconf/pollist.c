/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/ipsecconf/pollist.h"

#include <errno.h>
#include <stdio.h>

#include "cmd/ipsecconf/polrun.h"
#include "cmd/pol/poldump.h"
#include "cmd/pol/polhost.h"
#include "cmd/pol/poljson.h"
#include "cmd/pol/poltext.h"
#include "conf/ruletext.h"

static void
put_line(void *ctx, const char *line, size_t n)
{
	(void)ctx;
	/* other managers wrote it: no orders to the terminal */
	for (size_t i = 0; i < n; i++) {
		int c = (unsigned char)line[i];

		if ((c < ' ' && c != '\n' && c != '\t') || c == 0x7f)
			c = '?';
		(void)putc(c, stdout);
	}
}

/* What was written to standard output may not have got there. */
static int
close_stdout(int e)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return e;
	poltext_say("cannot write: %s", strerror(errno));
	return POLRUN_ERROR;
}

static bool
add_entry(
    void *ctx, uint64_t index, const char *tun, const char *text, size_t n)
{
	json_t **entries = ctx;

	if (json_array_append_new(
		*entries, poljson_entry(index, tun, text, n)) == 0)
		return true;
	json_decref(*entries);
	*entries = NULL;
	return false;
}

static int
view_json(const struct polcache *c)
{
	json_t *entries = json_array();

	if (entries != NULL)
		polcache_each(c, add_entry, &entries);
	if (poljson_print("entries", entries))
		return POLRUN_OK;
	poltext_say("cannot write the document");
	return POLRUN_ERROR;
}

int
pollist_view(const struct polopts *o)
{
	struct pollink l;
	struct polcache c = { .lock = -1 };
	int e = polrun_connect(&l);

	pollink_close(&l);
	if (e != POLRUN_OK)
		return e;
	e = polcache_load(&c);
	if (e != 0) {
		poltext_say("cannot read %s: %s", c.path, strerror(e));
		polcache_close(&c);
		return POLRUN_ERROR;
	}
	if (o->json)
		e = view_json(&c);
	else
		polcache_each_line(&c, put_line, NULL);
	polcache_close(&c);
	return close_stdout(e);
}

/* tun: of one tunnel or of the host; all: of everything. */
static struct pfpolicy_msg
question(uint8_t type, const char *tun, bool all)
{
	struct pfpolicy_msg m = { .type = type, .spdid = SPD_ACTIVE };

	if (tun[0] != '\0' || all)
		m.has |= 1u << SPD_EXT_TUN_NAME;
	if (!all)
		(void)snprintf(m.rule.tun, sizeof(m.rule.tun), "%s", tun);
	return m;
}

/* The whole listing is there before its first line is printed. */
static int
read_all(struct pollink *l, const struct polopts *o, struct poldump *d)
{
	struct pfpolicy_msg ask =
	    question(SPD_DUMP, o->tun, o->cmd == POLOPTS_LIST_ALL);
	struct pfpolicy_msg why;

	switch (poldump_read(d, l, &ask, &why)) {
	case POLLINK_BROKEN:
		return polrun_broken(l);
	case POLLINK_REFUSED:
		return polrun_refused(o, &why);
	case POLLINK_OK:
		break;
	}
	if (d->no_memory)
		poltext_say("no memory");
	else if (d->torn)
		poltext_say("the policy changes all the time: try again");
	return d->no_memory || d->torn ? POLRUN_ERROR : POLRUN_OK;
}

static void
print_text(const struct poldump *d, const struct ruletext_env *env)
{
	static uint8_t text[RULETEXT_MAX];

	for (size_t i = 0; i < d->n; i++) {
		struct wr w = wr_into(text, sizeof(text));

		ruletext_print(&w, env, &d->rule[i]);
		(void)fwrite(text, 1, w.len, stdout);
	}
}

static int
print_json(const struct poldump *d, const struct ipsecalgs *names)
{
	json_t *rules = json_array();

	for (size_t i = 0; i < d->n && rules != NULL; i++)
		if (json_array_append_new(
			rules, poljson_rule(names, &d->rule[i])) != 0) {
			json_decref(rules);
			rules = NULL;
		}
	if (poljson_print("rules", rules))
		return POLRUN_OK;
	poltext_say("cannot write the document");
	return POLRUN_ERROR;
}

static int
list(struct pollink *l, const struct polopts *o, const struct ruletext_env *env)
{
	struct poldump d;
	int e = read_all(l, o, &d);

	if (e == POLRUN_OK && o->json)
		e = print_json(&d, env->names);
	else if (e == POLRUN_OK)
		print_text(&d, env);
	poldump_free(&d);
	return e;
}

int
pollist_list(const struct polopts *o)
{
	struct ipsecalgs names;
	struct ruletext_env env = { .names = &names };
	struct pollink l;
	int e;

	if (!o->numeric) {
		env.host = polhost_name;
		env.service = polhost_service_name;
		env.protocol = polhost_protocol_name;
	}
	e = polrun_connect(&l);
	if (e == POLRUN_OK && !poltext_algs(&names))
		e = POLRUN_ERROR;
	else if (e == POLRUN_OK) {
		e = list(&l, o, &env);
		ipsecalgs_fini(&names);
	}
	pollink_close(&l);
	return close_stdout(e);
}

/* Ask ipsecd for a change, then make the cache agree. */
static int
change(const struct polopts *o, struct pfpolicy_msg *m,
    void (*edit)(struct polcache *c, const struct polopts *o))
{
	struct pollink l;
	struct polcache c;
	struct pfpolicy_msg in;
	enum pollink_result res;
	int e = polrun_connect(&l);

	if (e == POLRUN_OK)
		e = polrun_begin_change(&c, o);
	if (e != POLRUN_OK) {
		pollink_close(&l);
		return e;
	}
	res = pollink_ask(&l, m, &in);
	if (res == POLLINK_BROKEN) {
		e = polrun_broken(&l);
	} else if (res == POLLINK_REFUSED) {
		e = polrun_refused(o, &in);
	} else {
		edit(&c, o);
		e = polrun_save(&c);
	}
	pfpolicy_fini(&in);
	polrun_end_change(&c);
	pollink_close(&l);
	return e;
}

static void
edit_delete(struct polcache *c, const struct polopts *o)
{
	polcache_delete(c, o->tun, o->index);
}

static void
edit_flush(struct polcache *c, const struct polopts *o)
{
	polcache_flush(c, o->tun, o->cmd == POLOPTS_FLUSH_ALL);
}

int
pollist_delete(const struct polopts *o)
{
	struct pfpolicy_msg m = question(SPD_DELETERULE, o->tun, false);

	m.has |= 1u << SPD_EXT_RULE;
	m.rule.index = o->index;
	return change(o, &m, edit_delete);
}

int
pollist_flush(const struct polopts *o)
{
	struct pfpolicy_msg m =
	    question(SPD_FLUSH, o->tun, o->cmd == POLOPTS_FLUSH_ALL);

	return change(o, &m, edit_flush);
}
