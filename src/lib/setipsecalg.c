/* SPDX-License-Identifier: BSD-2-Clause */
/* What <solipsec/ipsecalgadm.h> declares; spec: algs 7. */
#include "lib/setipsecalg.h"

#include <errno.h>
#include <solipsec/ipsecalgadm.h>
#include <stdlib.h>
#include <strings.h>

#include "conf/algsedit.h"
#include "lib/algent.h"
#include "lib/algfile.h"

/* What is to be done to the table; with is the caller's. */
typedef enum algsedit edit_fn(struct ipsecalgs *t, const void *with);

static int
diag_of_step(enum algfile_step s, int err)
{
	static const int diags[] = {
		[ALGFILE_DONE] = 0,
		[ALGFILE_OPEN] = LIBIPSEC_ALGS_DIAG_ALGSFILEOPEN,
		[ALGFILE_FDOPEN] = LIBIPSEC_ALGS_DIAG_ALGSFILEFDOPEN,
		[ALGFILE_LOCK] = LIBIPSEC_ALGS_DIAG_ALGSFILELOCK,
		[ALGFILE_WRITE] = LIBIPSEC_ALGS_DIAG_ALGSFILEWRITE,
		[ALGFILE_CHMOD] = LIBIPSEC_ALGS_DIAG_ALGSFILECHMOD,
		[ALGFILE_CHOWN] = LIBIPSEC_ALGS_DIAG_ALGSFILECHOWN,
		[ALGFILE_CLOSE] = LIBIPSEC_ALGS_DIAG_ALGSFILECLOSE,
		[ALGFILE_RENAME] = LIBIPSEC_ALGS_DIAG_ALGSFILERENAME,
	};

	if (s != ALGFILE_DONE)
		errno = err;
	if (s != ALGFILE_DONE && err == ENOMEM)
		return LIBIPSEC_ALGS_DIAG_NOMEM;
	return diags[s];
}

static int
diag_of_edit(enum algsedit e)
{
	static const int diags[] = {
		[ALGSEDIT_OK] = 0,
		[ALGSEDIT_ALG_EXISTS] = LIBIPSEC_ALGS_DIAG_ALG_EXISTS,
		[ALGSEDIT_PROTO_EXISTS] = LIBIPSEC_ALGS_DIAG_PROTO_EXISTS,
		[ALGSEDIT_NO_PROTO] = LIBIPSEC_ALGS_DIAG_UNKN_PROTO,
		[ALGSEDIT_NO_ALG] = LIBIPSEC_ALGS_DIAG_UNKN_ALG,
		[ALGSEDIT_BAD] = LIBIPSEC_ALGS_DIAG_BADENTRY,
		[ALGSEDIT_FULL] = LIBIPSEC_ALGS_DIAG_BADENTRY,
		[ALGSEDIT_NO_MEM] = LIBIPSEC_ALGS_DIAG_NOMEM,
	};

	return diags[e];
}

/* Of the text of c, or of a table that is there already when c is NULL. */
static int
read_table(struct ipsecalgs *t, const char *path, const char *text, size_t n)
{
	if (ipsecalgs_read(t, path, text, n, NULL, NULL))
		return 0;
	return LIBIPSEC_ALGS_DIAG_ALGSFILEBROKEN;
}

/* Nothing but a whole and readable table is ever committed. */
static int
commit(struct algfile_change *c, const struct ipsecalgs *t)
{
	struct ipsecalgs again;
	size_t n;
	char *text = algsedit_text(t, c->old, c->n, &n);
	int diag = LIBIPSEC_ALGS_DIAG_NOMEM;
	enum algfile_step s;

	if (text != NULL && ipsecalgs_read(&again, "", text, n, NULL, NULL)) {
		ipsecalgs_fini(&again);
		s = algfile_commit(c, text, n);
		diag = diag_of_step(s, c->err);
	} else {
		if (text != NULL)
			diag = LIBIPSEC_ALGS_DIAG_BADENTRY;
		algfile_abandon(c);
	}
	free(text);
	return diag;
}

static int
change(edit_fn *f, const void *with)
{
	struct algfile_change c;
	struct ipsecalgs t;
	enum algfile_step s = algfile_begin(&c, algfile_path());
	int diag;

	if (s != ALGFILE_DONE)
		return diag_of_step(s, c.err);
	diag = read_table(&t, c.path, c.old, c.n);
	if (diag != 0) {
		algfile_abandon(&c);
		return diag;
	}
	diag = diag_of_edit(f(&t, with));
	if (diag == 0)
		diag = commit(&c, &t);
	else
		algfile_abandon(&c);
	ipsecalgs_fini(&t);
	return diag;
}

struct add_alg {
	struct ipsecalgs_row row;
	bool force;
};

static enum algsedit
do_add_alg(struct ipsecalgs *t, const void *with)
{
	const struct add_alg *a = with;

	return algsedit_put_alg(t, &a->row, a->force);
}

int
addipsecalg(const struct ipsecalgent *ent, unsigned flags)
{
	struct add_alg a = { .force = (flags & LIBIPSEC_ALGS_ADD_FORCE) != 0 };

	if (!algent_row(&a.row, ent))
		return LIBIPSEC_ALGS_DIAG_BADENTRY;
	return change(do_add_alg, &a);
}

int
setipsecalg_row(const struct ipsecalgs_row *row, bool force)
{
	struct add_alg a = { .row = *row, .force = force };

	return change(do_add_alg, &a);
}

/* An algorithm by name, or by number when name is NULL. */
struct which {
	const char *name;
	int num, proto;
};

static enum algsedit
do_del_alg(struct ipsecalgs *t, const void *with)
{
	const struct which *w = with;
	const struct ipsecalgs_row *row;

	if (w->proto < 0 || w->proto > UINT8_MAX)
		return ALGSEDIT_NO_PROTO;
	if (w->name == NULL)
		return w->num >= 0 && w->num <= UINT8_MAX
			   ? algsedit_remove_alg(
				 t, (unsigned)w->proto, (uint8_t)w->num)
			   : ALGSEDIT_NO_ALG;
	row =
	    ipsecalgs_by_name(t, (unsigned)w->proto, w->name, strlen(w->name));
	if (row != NULL)
		return algsedit_remove_alg(t, row->proto, row->id);
	for (unsigned i = 0; i < t->n_protos; i++)
		if (t->proto[i].num == w->proto)
			return ALGSEDIT_NO_ALG;
	return ALGSEDIT_NO_PROTO;
}

int
delipsecalgbyname(const char *name, int proto_num)
{
	struct which w = { .name = name, .proto = proto_num };

	return name != NULL ? change(do_del_alg, &w)
			    : LIBIPSEC_ALGS_DIAG_UNKN_ALG;
}

int
delipsecalgbynum(int alg_num, int proto_num)
{
	struct which w = { .num = alg_num, .proto = proto_num };

	return change(do_del_alg, &w);
}

struct add_proto {
	struct ipsecalgs_proto p;
	bool force;
};

static enum algsedit
do_add_proto(struct ipsecalgs *t, const void *with)
{
	const struct add_proto *a = with;

	return algsedit_put_proto(t, &a->p, a->force);
}

static bool
mode_ok(ipsecproto_exec_mode_t mode)
{
	return mode == LIBIPSEC_ALGS_EXEC_SYNC ||
	       mode == LIBIPSEC_ALGS_EXEC_ASYNC;
}

int
addipsecproto(const char *name, int proto_num, ipsecproto_exec_mode_t mode,
    unsigned flags)
{
	struct add_proto a = { .force =
				   (flags & LIBIPSEC_ALGS_ADD_FORCE) != 0 };
	size_t n = name != NULL ? strlen(name) : 0;

	if (n == 0 || n >= sizeof(a.p.name) || proto_num < 1 ||
	    proto_num > UINT8_MAX || !mode_ok(mode))
		return LIBIPSEC_ALGS_DIAG_BADENTRY;
	a.p.num = (uint8_t)proto_num;
	a.p.async = mode == LIBIPSEC_ALGS_EXEC_ASYNC;
	memcpy(a.p.name, name, n);
	return change(do_add_proto, &a);
}

static enum algsedit
do_del_proto(struct ipsecalgs *t, const void *with)
{
	const struct which *w = with;

	for (unsigned i = 0; i < t->n_protos; i++)
		if (w->name != NULL ? strcasecmp(t->proto[i].name, w->name) == 0
				    : t->proto[i].num == w->num)
			return algsedit_remove_proto(t, t->proto[i].num);
	return ALGSEDIT_NO_PROTO;
}

int
delipsecprotobyname(const char *name)
{
	struct which w = { .name = name };

	return name != NULL ? change(do_del_proto, &w)
			    : LIBIPSEC_ALGS_DIAG_UNKN_PROTO;
}

int
delipsecprotobynum(int proto_num)
{
	struct which w = { .num = proto_num };

	return change(do_del_proto, &w);
}

/* The table as it is, for ipsecalgs_fini(). */
static int
load(struct ipsecalgs *t)
{
	const char *path = algfile_path();
	char *text;
	size_t n;
	int e = algfile_text(path, &text, &n);

	if (e != 0)
		return diag_of_step(ALGFILE_OPEN, e);
	e = read_table(t, path, text, n);
	free(text);
	return e;
}

int
ipsecproto_get_exec_mode(int proto_num, ipsecproto_exec_mode_t *mode)
{
	struct ipsecalgs t;
	int diag = load(&t);

	if (diag != 0)
		return diag;
	diag = LIBIPSEC_ALGS_DIAG_UNKN_PROTO;
	for (unsigned i = 0; i < t.n_protos; i++)
		if (t.proto[i].num == proto_num) {
			*mode = t.proto[i].async ? LIBIPSEC_ALGS_EXEC_ASYNC
						 : LIBIPSEC_ALGS_EXEC_SYNC;
			diag = 0;
		}
	ipsecalgs_fini(&t);
	return diag;
}

struct set_mode {
	int num;
	bool async;
};

static enum algsedit
do_set_mode(struct ipsecalgs *t, const void *with)
{
	const struct set_mode *s = with;

	return s->num > 0 && s->num <= UINT8_MAX
		   ? algsedit_set_mode(t, (unsigned)s->num, s->async)
		   : ALGSEDIT_NO_PROTO;
}

int
ipsecproto_set_exec_mode(int proto_num, ipsecproto_exec_mode_t mode)
{
	struct set_mode s = { .num = proto_num,
		.async = mode == LIBIPSEC_ALGS_EXEC_ASYNC };

	return mode_ok(mode) ? change(do_set_mode, &s)
			     : LIBIPSEC_ALGS_DIAG_BADENTRY;
}

int *
getipsecprotos(int *count)
{
	struct ipsecalgs t;
	int *list = NULL;

	*count = 0;
	if (load(&t) != 0)
		return NULL;
	if (t.n_protos != 0)
		list = calloc(t.n_protos, sizeof(*list));
	for (unsigned i = 0; list != NULL && i < t.n_protos; i++)
		list[(*count)++] = t.proto[i].num;
	ipsecalgs_fini(&t);
	return list;
}

int *
getipsecalgs(int *count, int proto_num)
{
	struct ipsecalgs t;
	int *list = NULL, n = 0;

	*count = 0;
	if (load(&t) != 0)
		return NULL;
	if (t.n_rows != 0)
		list = calloc(t.n_rows, sizeof(*list));
	for (size_t i = 0; list != NULL && i < t.n_rows; i++)
		if (t.row[i].proto == proto_num)
			list[n++] = t.row[i].id;
	ipsecalgs_fini(&t);
	if (n == 0) {
		free(list);
		return NULL;
	}
	*count = n;
	return list;
}

const char *
ipsecalgs_diag(int result)
{
	static const char *const texts[] = {
		"no error",
		"an algorithm with that name or number exists already",
		"a protocol with that name or number exists already",
		"there is no such protocol",
		"there is no such algorithm",
		"out of memory",
		"the table of algorithms, or its successor, cannot be opened",
		"the table of algorithms cannot be read",
		"the table of algorithms is locked by another program",
		"the new table of algorithms cannot take the old one's place",
		"the new table of algorithms cannot be written",
		"the mode of the new table of algorithms cannot be set",
		"the owner of the new table of algorithms cannot be set",
		"the new table of algorithms cannot be closed",
		"the table of algorithms cannot hold this entry",
		"the table of algorithms has an error; ipsecalgs(8) shows it",
	};
	size_t i = result <= 0 ? (size_t)-result : SIZE_MAX;

	return i < sizeof(texts) / sizeof(texts[0]) ? texts[i]
						    : "unknown result";
}
