/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/pfpolicyd.h"

#include <errno.h>
#include <stdlib.h>

#include "base/list.h"

#include "core/polcheck.h"

struct pfpolicyd {
	struct spd *spd;
	const struct crypto *crypto;
	struct pfpolicyd_env env;
	struct pfpolicyd_session *owner; /* of STANDBY */
	bool flipped; /* STANDBY holds what was ACTIVE before */
	struct link sessions;
	uint8_t buf[PFPOLICY_MAX + 8]; /* of the message being written */
};

struct pfpolicyd_session {
	struct link link;
	struct pfpolicyd *d;
	void *conn;
};

struct pfpolicyd *
pfpolicyd_new(struct spd *spd, const struct crypto *crypto,
    const struct pfpolicyd_env *env)
{
	struct pfpolicyd *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return NULL;
	d->spd = spd;
	d->crypto = crypto;
	d->env = *env;
	list_init(&d->sessions);
	return d;
}

void
pfpolicyd_free(struct pfpolicyd *d)
{
	if (d == NULL)
		return;
	list_each (l, &d->sessions)
		pfpolicyd_close(list_item(l, struct pfpolicyd_session, link));
	free(d);
}

struct pfpolicyd_session *
pfpolicyd_open(struct pfpolicyd *d, void *conn)
{
	struct pfpolicyd_session *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->d = d;
	s->conn = conn;
	list_push_tail(&d->sessions, &s->link);
	return s;
}

static void
disown(struct pfpolicyd *d)
{
	d->owner = NULL;
	d->flipped = false;
}

/* What a session had prepared, or replaced, goes with it. */
void
pfpolicyd_close(struct pfpolicyd_session *s)
{
	struct pfpolicyd *d = s->d;

	if (d->owner == s) {
		(void)spd_flush(d->spd, SPD_STANDBY, "", true);
		disown(d);
	}
	list_remove(&s->link);
	free(s);
}

/* Answers. */

static void
send_msg(struct pfpolicyd_session *s, const struct pfpolicy_msg *m)
{
	struct pfpolicyd *d = s->d;
	struct wr w = wr_into(d->buf, sizeof(d->buf));

	if (pfpolicy_write(&w, m))
		d->env.send(d->env.ctx, s->conn, d->buf, w.len);
}

/* An empty answer to m. */
static struct pfpolicy_msg
answer_to(const struct pfpolicy_msg *m)
{
	return (struct pfpolicy_msg){
		.type = m->type, .spdid = m->spdid, .seq = m->seq, .pid = m->pid
	};
}

static void
send_result(struct pfpolicyd_session *s, const struct pfpolicy_msg *m, int e,
    uint16_t diag)
{
	struct pfpolicy_msg a = answer_to(m);

	a.errnum = (uint8_t)e;
	a.diag = e == 0 ? PFPOLICY_DIAG_NONE : diag;
	send_msg(s, &a);
}

/* Changes. */

static bool
steer(struct pfpolicyd *d, int id)
{
	return d->env.steer == NULL || d->env.steer(d->env.ctx, id);
}

/* May this session change the policy? Whoever changes STANDBY owns it. */
static int
claim(struct pfpolicyd_session *s, int id)
{
	struct pfpolicyd *d = s->d;

	if (d->owner != NULL && d->owner != s)
		return EBUSY;
	if (id == SPD_STANDBY)
		d->owner = s;
	return 0;
}

typedef int change_fn(
    struct pfpolicyd_session *s, struct pfpolicy_msg *m, uint16_t *diag);

/* A change of ACTIVE counts only when the kernel's steering follows. */
static int
change(struct pfpolicyd_session *s, struct pfpolicy_msg *m, uint16_t *diag,
    change_fn *f)
{
	struct pfpolicyd *d = s->d;
	int e = claim(s, m->spdid);

	if (e != 0 || m->spdid == SPD_STANDBY)
		return e != 0 ? e : f(s, m, diag);
	*diag = PFPOLICY_DIAG_ADD_NO_MEM;
	if ((e = spd_save(d->spd)) != 0)
		return e;
	*diag = PFPOLICY_DIAG_NONE;
	e = f(s, m, diag);
	if (e == 0 && !steer(d, SPD_ACTIVE)) {
		spd_restore(d->spd);
		return EIO;
	}
	spd_forget(d->spd);
	return e;
}

/* Is it about all policies at once, by an empty tunnel name? */
static bool
is_global(const struct pfpolicy_msg *m)
{
	return pfpolicy_has(m, SPD_EXT_TUN_NAME) && m->rule.tun[0] == '\0';
}

static int
flush(struct pfpolicyd_session *s, struct pfpolicy_msg *m, uint16_t *diag)
{
	struct pfpolicyd *d = s->d;
	int e = spd_flush(d->spd, m->spdid, m->rule.tun, is_global(m));

	(void)diag;
	/* the end of a transaction; before FLIP it is a part of one */
	if (m->spdid == SPD_STANDBY && d->flipped &&
	    spd_count(d->spd, SPD_STANDBY) == 0)
		disown(d);
	return e;
}

static int
on_flush(struct pfpolicyd_session *s, struct pfpolicy_msg *m, uint16_t *diag)
{
	return change(s, m, diag, flush);
}

static int
on_clone(struct pfpolicyd_session *s, struct pfpolicy_msg *m, uint16_t *diag)
{
	int e = claim(s, SPD_STANDBY);

	(void)m;
	if (e != 0)
		return e;
	s->d->flipped = false;
	*diag = PFPOLICY_DIAG_ADD_NO_MEM;
	return spd_clone(s->d->spd);
}

static int
on_flip(struct pfpolicyd_session *s, struct pfpolicy_msg *m, uint16_t *diag)
{
	struct pfpolicyd *d = s->d;

	(void)m;
	(void)diag;
	if (d->owner != NULL && d->owner != s)
		return EBUSY;
	if (!steer(d, SPD_STANDBY))
		return EIO;
	spd_flip(d->spd);
	d->flipped = d->owner == s;
	return 0;
}

/* What a dump says of a rule. */
static struct pfpolicy_msg
show_rule(const struct pfpolicy_msg *m, const struct rule *r)
{
	struct pfpolicy_msg a = answer_to(m);

	a.rule = *r; /* actions are borrowed */
	a.has = 1u << SPD_EXT_RULE | 1u << SPD_EXT_ACTION;
	if (r->tun[0] != '\0')
		a.has |= 1u << SPD_EXT_TUN_NAME;
	return a;
}

static int
add_rule(struct pfpolicyd_session *s, struct pfpolicy_msg *m, uint16_t *diag)
{
	struct pfpolicyd *d = s->d;
	struct pfpolicy_msg shown = show_rule(m, &m->rule);
	struct wr w = wr_into(d->buf, sizeof(d->buf));
	uint64_t index;
	int e;

	*diag = PFPOLICY_DIAG_NONE;
	if (!pfpolicy_write(&w, &shown)) /* no dump could show it */
		return EMSGSIZE;
	e = spd_add(d->spd, m->spdid, &m->rule, diag, &index);
	if (e != 0)
		return e;
	m->rule.index = index; /* for the answer */
	return 0;
}

static int
on_addrule(struct pfpolicyd_session *s, struct pfpolicy_msg *m, uint16_t *diag)
{
	int e;

	*diag = PFPOLICY_DIAG_NO_RULE_EXT;
	if (!pfpolicy_has(m, SPD_EXT_RULE))
		return EINVAL;
	*diag = PFPOLICY_DIAG_NO_ACTION_EXT;
	if (!pfpolicy_has(m, SPD_EXT_ACTION))
		return EINVAL;
	*diag = PFPOLICY_DIAG_NOT_GLOBAL_OP;
	if (is_global(m))
		return EINVAL;
	e = polcheck_rule(&m->rule, s->d->crypto, diag);
	return e != 0 ? e : change(s, m, diag, add_rule);
}

static int
delete_rule(struct pfpolicyd_session *s, struct pfpolicy_msg *m, uint16_t *diag)
{
	(void)diag;
	return spd_delete(s->d->spd, m->spdid, m->rule.tun, m->rule.index);
}

static int
on_deleterule(
    struct pfpolicyd_session *s, struct pfpolicy_msg *m, uint16_t *diag)
{
	*diag = PFPOLICY_DIAG_NO_RULE_EXT;
	if (!pfpolicy_has(m, SPD_EXT_RULE))
		return EINVAL;
	*diag = PFPOLICY_DIAG_NOT_GLOBAL_OP;
	if (is_global(m))
		return EINVAL;
	*diag = PFPOLICY_DIAG_INVALID_RULE_INDEX;
	if (m->rule.index == 0)
		return EINVAL;
	*diag = PFPOLICY_DIAG_NONE;
	return change(s, m, diag, delete_rule);
}

/* Questions: they answer themselves unless they fail. */

struct dump {
	struct pfpolicyd_session *s;
	const struct pfpolicy_msg *m;
	uint32_t n;
};

static bool
dump_one(void *ctx, struct spd_entry *e)
{
	struct dump *d = ctx;
	struct pfpolicy_msg a = show_rule(d->m, &e->rule);

	if ((a.rule.sel.has & (SEL_LADDR | SEL_RADDR)) == 0 &&
	    (a.rule.tun[0] == '\0' || a.rule.tunnel_mode) &&
	    !spd_has_twin(d->s->d->spd, d->m->spdid, e)) {
		/* what names no address is read again as of both families */
		a.rule.sel.has |= SEL_LADDR;
		a.rule.sel.laddr = (struct prefix){ .a.fam = a.rule.fam };
	}
	send_msg(d->s, &a);
	d->n++;
	return true;
}

static bool
stop_at_first(void *ctx, struct spd_entry *e)
{
	(void)e;
	*(bool *)ctx = true;
	return false;
}

static void
send_ruleset(
    struct pfpolicyd_session *s, const struct pfpolicy_msg *m, uint32_t n)
{
	struct pfpolicy_msg a = answer_to(m);

	a.has = 1u << SPD_EXT_RULESET;
	a.ruleset_count = n;
	a.ruleset_version = spd_version(s->d->spd);
	send_msg(s, &a);
}

static int
on_dump(struct pfpolicyd_session *s, struct pfpolicy_msg *m, uint16_t *diag)
{
	struct spd *spd = s->d->spd;
	struct dump d = { .s = s, .m = m };
	bool any = false;

	*diag = PFPOLICY_DIAG_NONE;
	if (m->rule.tun[0] != '\0') {
		spd_each(
		    spd, m->spdid, m->rule.tun, false, stop_at_first, &any);
		if (!any)
			return ENOENT;
	}
	send_ruleset(s, m, 0);
	spd_each(spd, m->spdid, m->rule.tun, is_global(m), dump_one, &d);
	send_ruleset(s, m, d.n);
	return 0;
}

/* spec: policy 16: diagnostic 41. False: there is no cryptography at all. */
static bool
is_loaded(const struct pfpolicyd *d, uint16_t *diag)
{
	*diag = PFPOLICY_DIAG_NOT_LOADED;
	return crypto_backends(d->crypto) != 0;
}

static int
on_algs(struct pfpolicyd_session *s, struct pfpolicy_msg *m, uint16_t *diag)
{
	const struct crypto *c = s->d->crypto;
	struct pfpolicy_msg a = answer_to(m);
	const struct alg *row;

	if (!is_loaded(s->d, diag))
		return EPROTONOSUPPORT;
	a.has = 1u << SPD_EXT_ACTION;
	a.async_auth = algset_is_async(c, ALG_AUTH);
	a.async_encr = algset_is_async(c, ALG_ENCR);
	for (size_t i = 0; (row = algset_row(c, i)) != NULL; i++) {
		struct pfpolicy_alg *to = &a.alg[a.n_algs];

		if (a.n_algs == PFPOLICY_MAX_ALGS)
			break;
		polcheck_alg(to, row, c);
		if (m->type == SPD_DUMPALGS || to->uses != 0)
			a.n_algs++;
	}
	send_msg(s, &a);
	return 0;
}

/* The whole table anew (spec: algs 8). */
static int
on_updatealgs(
    struct pfpolicyd_session *s, struct pfpolicy_msg *m, uint16_t *diag)
{
	struct pfpolicyd *d = s->d;
	struct algmech_entry e[PFPOLICY_MAX_ALGS];

	if (!is_loaded(d, diag))
		return EPROTONOSUPPORT;
	*diag = PFPOLICY_DIAG_BAD_MSG_TYPE;
	if (d->env.set_algs == NULL)
		return EOPNOTSUPP;
	*diag = PFPOLICY_DIAG_NO_ACTION_EXT;
	if (!pfpolicy_has(m, SPD_EXT_ACTION))
		return EINVAL;
	for (unsigned i = 0; i < m->n_algs; i++) {
		const struct pfpolicy_alg *a = &m->alg[i];

		e[i] = (struct algmech_entry){ .table = a->table,
			.id = a->id,
			.mech = a->mech,
			.key_incr = a->key_incr,
			.n_keys = a->keys.n,
			.n_blocks = a->blocks.n,
			.n_params = a->params.n,
			.keys = a->keys.v,
			.blocks = a->blocks.v,
			.params = a->params.v,
			.flags = a->flags };
	}
	*diag = PFPOLICY_DIAG_ADD_NO_MEM;
	return d->env.set_algs(
	    d->env.ctx, e, m->n_algs, m->async_auth, m->async_encr);
}

/* Which rule decides about a packet with these selectors? */
static int
on_lookup(struct pfpolicyd_session *s, struct pfpolicy_msg *m, uint16_t *diag)
{
	const struct sel *sel = &m->rule.sel;
	struct flow f = { .local = sel->laddr.a,
		.remote = sel->raddr.a,
		.proto = sel->proto,
		.has_ports = (sel->has & (SEL_LPORT | SEL_RPORT)) != 0,
		.has_icmp = (sel->has & SEL_TYPE) != 0,
		.lport = sel->lport_min,
		.rport = sel->rport_min,
		.icmp_type = sel->type_min,
		.icmp_code = sel->code_min };
	struct spd_entry *e;

	*diag = PFPOLICY_DIAG_BAD_SPDID;
	if (m->spdid != SPD_ACTIVE)
		return EINVAL;
	*diag = PFPOLICY_DIAG_NOT_GLOBAL_OP;
	if (is_global(m))
		return EINVAL;
	*diag = PFPOLICY_DIAG_NO_RULE_EXT;
	if (m->rule.dir != RULE_IN && m->rule.dir != RULE_OUT)
		return EINVAL;
	*diag = PFPOLICY_DIAG_MALFORMED_LCLADDR;
	if (sel->laddr.len != addr_bits(f.local.fam) ||
	    (sel->has & SEL_LADDR) == 0)
		return EINVAL;
	*diag = PFPOLICY_DIAG_MALFORMED_REMADDR;
	if (sel->raddr.len != addr_bits(f.remote.fam) ||
	    (sel->has & SEL_RADDR) == 0)
		return EINVAL;
	*diag = PFPOLICY_DIAG_NONE;
	e = spd_lookup(s->d->spd, m->rule.tun, m->rule.dir, &f);
	if (e == NULL)
		return ESRCH;

	struct pfpolicy_msg a = show_rule(m, &e->rule);

	send_msg(s, &a);
	return 0;
}

static const struct {
	change_fn *f;
	bool answers; /* by itself, when it succeeds */
} handlers[SPD_TYPE_N] = {
	[SPD_FLUSH] = { on_flush, false },
	[SPD_ADDRULE] = { on_addrule, false },
	[SPD_DELETERULE] = { on_deleterule, false },
	[SPD_FLIP] = { on_flip, false },
	[SPD_LOOKUP] = { on_lookup, true },
	[SPD_DUMP] = { on_dump, true },
	[SPD_CLONE] = { on_clone, false },
	[SPD_ALGLIST] = { on_algs, true },
	[SPD_DUMPALGS] = { on_algs, true },
	[SPD_UPDATEALGS] = { on_updatealgs, false },
};

/* The answer of a change: as the base message; of ADDRULE with the index. */
static void
send_done(struct pfpolicyd_session *s, const struct pfpolicy_msg *m)
{
	struct pfpolicy_msg a = answer_to(m);

	if (m->type == SPD_ADDRULE) {
		a.has = 1u << SPD_EXT_RULE;
		a.rule.priority = m->rule.priority;
		a.rule.dir = m->rule.dir;
		a.rule.tunnel_mode = m->rule.tunnel_mode;
		a.rule.index = m->rule.index;
	}
	send_msg(s, &a);
}

void
pfpolicyd_input(struct pfpolicyd_session *s, const uint8_t *msg, size_t n)
{
	struct pfpolicy_msg m;
	uint16_t diag = PFPOLICY_DIAG_NONE;
	int e = pfpolicy_parse(&m, &diag, msg, n);

	if (e == 0)
		e = handlers[m.type].f(s, &m, &diag);
	if (e != 0)
		send_result(s, &m, e, diag);
	else if (!handlers[m.type].answers)
		send_done(s, &m);
	pfpolicy_fini(&m);
}
