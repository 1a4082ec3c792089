/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/ipsecconf/pollist.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/ipsecconf/polrun.h"
#include "cmd/pol/polhost.h"
#include "cmd/pol/poltext.h"
#include "conf/ruletext.h"

#define TRIES 8 /* of a dump that a change of policy broke off */

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

int
pollist_view(void)
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
	polcache_each_line(&c, put_line, NULL);
	polcache_close(&c);
	return close_stdout(POLRUN_OK);
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

static int
refused(const struct polopts *o, const struct pfpolicy_msg *in)
{
	if (in->errnum == ENOENT && o->tun[0] != '\0')
		poltext_say("there is no policy for a tunnel \"%s\"", o->tun);
	else if (in->errnum == ESRCH)
		poltext_say("there is no rule with index %" PRIu64, o->index);
	else
		poltext_say("ipsecd: %s", polrun_refusal(in));
	return polrun_fatal();
}

/*
 * Header, rules, trailer into out. *again: the policy changed meanwhile, so
 * that the list is of no use.
 */
static int
dump(struct pollink *l, const struct polopts *o, const struct ruletext_env *env,
    FILE *out, bool *again)
{
	static uint8_t text[RULETEXT_MAX];
	struct pfpolicy_msg m =
	    question(SPD_DUMP, o->tun, o->cmd == POLOPTS_LIST_ALL);
	struct pfpolicy_msg in;
	enum pollink_result res = pollink_ask(l, &m, &in);
	uint64_t version = in.ruleset_version;
	int e = POLRUN_OK;
	bool more = true;

	*again = false;
	while (res == POLLINK_OK && more) {
		pfpolicy_fini(&in);
		res = pollink_next(l, &m, &in);
		if (res != POLLINK_OK)
			break;
		more = pfpolicy_has(&in, SPD_EXT_RULE);
		if (more) {
			struct wr w = wr_into(text, sizeof(text));

			ruletext_print(&w, env, &in.rule);
			(void)fwrite(text, 1, w.len, out);
		} else {
			*again = in.ruleset_version != version;
		}
	}
	if (res == POLLINK_BROKEN)
		e = polrun_broken(l);
	else if (res == POLLINK_REFUSED && in.errnum == EAGAIN)
		*again = true;
	else if (res == POLLINK_REFUSED)
		e = refused(o, &in);
	pfpolicy_fini(&in);
	return e;
}

/* The listing into memory: it is printed whole or not at all. */
static int
list(struct pollink *l, const struct polopts *o, const struct ruletext_env *env)
{
	bool again = true;
	int e = POLRUN_OK;

	for (int i = 0; again && e == POLRUN_OK; i++) {
		char *text = NULL;
		size_t n;
		FILE *out = open_memstream(&text, &n);

		if (out == NULL) {
			poltext_say("no memory");
			return POLRUN_ERROR;
		}
		e = dump(l, o, env, out, &again);
		if (fclose(out) != 0 && e == POLRUN_OK) {
			poltext_say("no memory");
			e = POLRUN_ERROR;
		}
		if (e == POLRUN_OK && !again)
			(void)fwrite(text, 1, n, stdout);
		free(text);
		if (again && i == TRIES - 1) {
			poltext_say("the policy changes all the time: try "
				    "again");
			return POLRUN_ERROR;
		}
	}
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
		e = refused(o, &in);
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
