/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/ipsecalgs/algrun.h"

#include <errno.h>
#include <solipsec/ipsecalgadm.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "cmd/pol/pollink.h"
#include "cmd/pol/poltext.h"
#include "lib/algfile.h"
#include "lib/setipsecalg.h"
#include "model/algmech.h"

/* --- what is meant, and what may have been meant --- */

static void
no_proto(const struct ipsecalgs *t, const struct algopts *o)
{
	const char *words[IPSECALGS_PROTOS + 1] = { NULL };
	const char *near = NULL;

	for (unsigned i = 0; i < t->n_protos; i++)
		words[i] = t->proto[i].name;
	if (o->proto_name == NULL) {
		poltext_say("there is no protocol %u", o->proto);
		return;
	}

	struct lex_tok tok = { .s = o->proto_name, .n = strlen(o->proto_name) };

	near = lex_nearest(&tok, words);
	if (near != NULL)
		poltext_say("there is no protocol \"%s\"; did you mean \"%s\"?",
		    o->proto_name, near);
	else
		poltext_say("there is no protocol \"%s\"", o->proto_name);
}

/* The number of the protocol that is meant; 0: there is none, which was said. */
static unsigned
find_proto(const struct ipsecalgs *t, const struct algopts *o)
{
	int num = o->proto_name != NULL ? getipsecprotobyname(o->proto_name)
					: o->proto;

	for (unsigned i = 0; i < t->n_protos; i++)
		if (t->proto[i].num == num)
			return t->proto[i].num;
	no_proto(t, o);
	return 0;
}

static void
no_alg(const struct ipsecalgs *t, unsigned proto, const struct algopts *o)
{
	char near[IPSECALGS_NAME];

	if (o->alg_name == NULL) {
		poltext_say("protocol %u has no algorithm %u", proto, o->alg);
		return;
	}

	struct lex_tok tok = { .s = o->alg_name, .n = strlen(o->alg_name) };

	if (ipsecalgs_nearest(near, t, proto, &tok) != NULL)
		poltext_say("protocol %u has no algorithm \"%s\"; did you mean "
			    "\"%s\"?",
		    proto, o->alg_name, near);
	else
		poltext_say(
		    "protocol %u has no algorithm \"%s\"", proto, o->alg_name);
}

/* What has the number, or one of the names, of the one that is to be added. */
static void
exists(const struct ipsecalgs *t, unsigned proto, const struct algopts *o)
{
	const struct ipsecalgs_row *r = ipsecalgs_by_id(t, proto, o->row.id);
	const char *name = o->row.names;
	char buf[IPSECALGS_NAME];

	if (r != NULL)
		poltext_say("algorithm exists: number %u is %s; -f replaces it",
		    o->row.id, ipsecalgs_name(buf, t, proto, r->id));
	while (r == NULL) {
		size_t n = strcspn(name, ",");

		r = ipsecalgs_by_name(t, proto, name, n);
		if (r != NULL)
			poltext_say("algorithm exists: \"%.*s\" is a name of "
				    "number %u; -f replaces it",
			    (int)n, name, r->id);
		if (name[n] == '\0')
			break;
		name += n + 1;
	}
	if (r == NULL) /* it was added in between */
		poltext_say("algorithm exists");
}

/* 0, or 1 after a message. */
static int
result(int diag)
{
	int err = errno;

	if (diag == 0)
		return 0;
	if (diag <= LIBIPSEC_ALGS_DIAG_ALGSFILEOPEN &&
	    diag >= LIBIPSEC_ALGS_DIAG_ALGSFILECLOSE)
		poltext_say("%s: %s: %s", algfile_path(), ipsecalgs_diag(diag),
		    strerror(err));
	else
		poltext_say("%s", ipsecalgs_diag(diag));
	return 1;
}

/* --- the changes --- */

/* It may be entered all the same: another ipsecd may have the mechanism. */
static void
warn_unusable(const struct ipsecalgs_row *r)
{
	struct algmech_entry e = ipsecalgs_entry(r);
	struct algmech m;
	const char *words[64] = { NULL };
	const struct alg *a;
	size_t n = 0;
	struct lex_tok t = { .s = r->mech, .n = strlen(r->mech) };
	const char *near;

	algmech_make(&m, &e);
	if ((m.a.flags & ALG_VALID) != 0 ||
	    (r->proto != ALG_AUTH && r->proto != ALG_ENCR))
		return;
	for (size_t i = 0; (a = alg_row(i)) != NULL && n < 63; i++)
		if (a->table == r->proto)
			words[n++] = a->mech;
	for (size_t i = 0; i < n; i++)
		if (strcmp(words[i], r->mech) == 0) {
			poltext_say("warning: %s is not computed with these "
				    "key, block or MAC sizes and parameters: "
				    "ipsecd will say INVALID",
			    r->mech);
			return;
		}
	near = lex_nearest(&t, words);
	poltext_say("warning: nothing here computes %s: ipsecd will say INVALID"
		    "%s%s%s",
	    r->mech, near != NULL ? "; did you mean \"" : "",
	    near != NULL ? near : "", near != NULL ? "\"?" : "");
}

static int
add(const struct ipsecalgs *t, const struct algopts *o)
{
	struct ipsecalgs_row row = o->row;
	unsigned proto = find_proto(t, o);
	int diag;

	if (proto == 0)
		return 1;
	row.proto = (uint8_t)proto;
	diag = setipsecalg_row(&row, o->force);
	if (diag == LIBIPSEC_ALGS_DIAG_ALG_EXISTS) {
		exists(t, proto, o);
		return 1;
	}
	if (diag == LIBIPSEC_ALGS_DIAG_BADENTRY) {
		poltext_say("the table cannot hold this: names and mechanism "
			    "are letters, digits and signs without blanks, "
			    "commas and |; a name has fewer than %d letters "
			    "and stands once",
		    IPSECALGS_NAME);
		return 1;
	}
	if (diag == 0)
		warn_unusable(&row);
	return result(diag);
}

static int
remove_alg(const struct ipsecalgs *t, const struct algopts *o)
{
	unsigned proto = find_proto(t, o);
	int diag;

	if (proto == 0)
		return 1;
	diag = o->alg_name != NULL ? delipsecalgbyname(o->alg_name, (int)proto)
				   : delipsecalgbynum(o->alg, (int)proto);
	if (diag == LIBIPSEC_ALGS_DIAG_UNKN_ALG) {
		no_alg(t, proto, o);
		return 1;
	}
	return result(diag);
}

static int
add_proto(const struct ipsecalgs *t, const struct algopts *o)
{
	int diag = addipsecproto(o->proto_name, o->proto,
	    o->async ? LIBIPSEC_ALGS_EXEC_ASYNC : LIBIPSEC_ALGS_EXEC_SYNC,
	    o->force ? LIBIPSEC_ALGS_ADD_FORCE : 0);

	if (diag != LIBIPSEC_ALGS_DIAG_PROTO_EXISTS)
		return result(diag);
	for (unsigned i = 0; i < t->n_protos; i++) {
		const struct ipsecalgs_proto *p = &t->proto[i];

		if (p->num == o->proto ||
		    strcasecmp(p->name, o->proto_name) == 0) {
			poltext_say("protocol exists: number %u is %s; -f "
				    "replaces it",
			    p->num, p->name);
			return 1;
		}
	}
	return result(diag);
}

int
algrun_change(const struct algopts *o)
{
	struct ipsecalgs t;
	unsigned proto = 1;
	int e = 1;

	/* what is wrong with the file is told with its line */
	if (!poltext_algs(&t))
		return 1;
	if (o->cmd == ALGOPTS_MODE || o->cmd == ALGOPTS_REMOVE_PROTO)
		proto = find_proto(&t, o);
	if (o->cmd == ALGOPTS_ADD)
		e = add(&t, o);
	else if (o->cmd == ALGOPTS_REMOVE)
		e = remove_alg(&t, o);
	else if (o->cmd == ALGOPTS_ADD_PROTO)
		e = add_proto(&t, o);
	else if (o->cmd == ALGOPTS_MODE && proto != 0)
		e = result(ipsecproto_set_exec_mode(
		    (int)proto, o->async ? LIBIPSEC_ALGS_EXEC_ASYNC
					 : LIBIPSEC_ALGS_EXEC_SYNC));
	else if (o->cmd == ALGOPTS_REMOVE_PROTO && proto != 0)
		e = result(delipsecprotobynum((int)proto));
	ipsecalgs_fini(&t);
	if (e != 0 || !o->sync)
		return e;
	e = algrun_sync();
	if (e != 0)
		poltext_say("%s has changed all the same", algfile_path());
	return e;
}

/* --- telling ipsecd --- */

static struct pfpolicy_sizes
sizes(const struct ipsecalgs_sizes *s)
{
	struct pfpolicy_sizes out = { .n = (uint8_t)s->n };

	memcpy(out.v, s->v, sizeof(out.v));
	return out;
}

/* False: the table is larger than a message. */
static bool
put_row(struct pfpolicy_msg *m, const struct ipsecalgs_row *r)
{
	struct pfpolicy_alg *a = &m->alg[m->n_algs];

	/* algorithm 0 is the word "any"; other protocols are not ipsecd's */
	if (r->id == 0 || (r->proto != ALG_AUTH && r->proto != ALG_ENCR))
		return true;
	if (m->n_algs == PFPOLICY_MAX_ALGS)
		return false;
	*a = (struct pfpolicy_alg){ .table = r->proto,
		.id = r->id,
		.key_incr = r->key_incr,
		.keys = sizes(&r->keys),
		.blocks = sizes(&r->blocks),
		.params = sizes(&r->params),
		.flags = r->flags };
	memcpy(a->mech, r->mech, sizeof(a->mech));
	m->n_algs++;
	return true;
}

static bool
put_table(struct pfpolicy_msg *m, const struct ipsecalgs *t)
{
	for (unsigned i = 0; i < t->n_protos; i++) {
		const struct ipsecalgs_proto *p = &t->proto[i];

		if (p->num == ALG_AUTH)
			m->async_auth = p->async;
		else if (p->num == ALG_ENCR)
			m->async_encr = p->async;
		else
			poltext_say("warning: ipsecd has no protocol %u (%s); "
				    "it is left out",
			    p->num, p->name);
	}
	for (size_t i = 0; i < t->n_rows; i++)
		if (!put_row(m, &t->row[i])) {
			poltext_say("%s has more algorithms than ipsecd takes: "
				    "%d",
			    algfile_path(), PFPOLICY_MAX_ALGS);
			return false;
		}
	return true;
}

static int
tell(struct pfpolicy_msg *m)
{
	struct pollink l;
	struct pfpolicy_msg in = { 0 };
	enum pollink_result res = POLLINK_BROKEN;
	char text[POLLINK_TEXT];
	bool is_shared;

	if (pollink_open(&l))
		res = pollink_ask(&l, m, &in);
	is_shared = res == POLLINK_BROKEN && l.to.fault == LINK_ZONE;
	if (res == POLLINK_REFUSED)
		poltext_say("ipsecd refuses the table: %s: %s",
		    strerror(in.errnum), pfpolicy_diag_text(in.diag));
	else if (is_shared)
		poltext_say("synchronisation is not appropriate in this zone");
	else if (res != POLLINK_OK)
		poltext_say("%s", pollink_sentence(&l, text));
	pfpolicy_fini(&in);
	pollink_close(&l);
	/* spec: algs 4: there is nothing to do, and that is no failure */
	return res == POLLINK_OK || is_shared ? 0 : 1;
}

int
algrun_sync(void)
{
	struct ipsecalgs t;
	struct pfpolicy_msg m = { .type = SPD_UPDATEALGS,
		.has = 1u << SPD_EXT_ACTION };
	int e = 1;

	if (!poltext_algs(&t))
		return 1;
	if (put_table(&m, &t))
		e = tell(&m);
	ipsecalgs_fini(&t);
	return e;
}
