/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/keypol.h"

#include <errno.h>

enum { DUMP_BATCH = 256 }; /* messages in a turn */

#define X(e) (UINT64_C(1) << PFKEY_EXT_##e)
#define POL  (UINT64_C(1) << KAME_EXT_POLICY)
#define SD   (X(ADDRESS_SRC) | X(ADDRESS_DST))

static int
steer(struct pfkeyd *d)
{
	return d->env.steer == NULL ? 0 : d->env.steer(d->env.ctx);
}

/* d->kout becomes a message about the entry. */
static void
describe(struct pfkeyd *d, uint8_t type, uint32_t seq, uint32_t pid,
    const struct kspd_entry *e)
{
	struct kame_msg *k = &d->kout;
	struct pfkey_msg *m = &k->m;
	uint64_t packets = e->e.packets;

	*k = (struct kame_msg){ .has = POL, .pol = e->pol };
	m->type = type;
	m->seq = seq;
	m->pid = pid;
	m->has = SD | X(LIFETIME_CURRENT) | X(LIFETIME_HARD) | X(LIFETIME_SOFT);
	m->src = e->src;
	m->dst = e->dst;
	if (m->src.proto == 0)
		m->src.proto = KAME_PROTO_ANY;
	m->dst.proto = m->src.proto;
	m->hard = e->hard;
	m->soft = e->soft;
	m->current = (struct lifetime){
		.allocs = packets > UINT32_MAX ? UINT32_MAX : (uint32_t)packets,
		.bytes = e->e.bytes,
		.addtime = e->added.wall,
		.usetime = e->used.mono != 0 ? e->used.wall : 0
	};
}

/* Linux tells all sockets of a change. */
static void
announce(struct pfkeyd *d, const struct kspd_entry *e)
{
	const struct pfkey_msg *in = &d->kin.m;

	describe(d, in->type, in->seq, in->pid, e);
	(void)keysrv_linux(d, NULL, &d->kout, false);
}

/* The entry that the message in d->kin makes, or names by its selector. */
static int
make(struct pfkeyd *d, struct kspd_entry **out)
{
	const struct kame_msg *k = &d->kin;

	*out = NULL;
	if ((k->m.has & SD) != SD || !kame_has(k, KAME_EXT_POLICY))
		return EINVAL;
	if (kame_has(k, KAME_EXT_SEC_CTX))
		return EOPNOTSUPP;
	return kspd_make(out, &k->m.src, &k->m.dst, &k->pol);
}

/* new in the place of old (NULL: of none), or all as it was. */
static int
put_in(struct pfkeyd *d, struct kspd_entry *new, struct kspd_entry *old)
{
	int err;

	if (old != NULL)
		kspd_remove(d->kspd, old);
	err = kspd_insert(d->kspd, new);
	if (err == 0) {
		err = steer(d);
		if (err != 0)
			kspd_remove(d->kspd, new);
	}
	/* it has been in: there is memory for it */
	if (err != 0 && old != NULL && kspd_insert(d->kspd, old) != 0)
		kspd_drop(old);
	return err;
}

static int
run_add(struct pfkeyd_session *s, struct now now)
{
	struct pfkeyd *d = s->d;
	struct kspd_entry *e, *there;
	int err = make(d, &e);

	if (err != 0)
		return err;
	e->hard = d->kin.m.hard;
	e->soft = d->kin.m.soft;
	e->added = now;
	there = kspd_same(d->kspd, e);
	if (there != NULL && d->kin.m.type != KAME_X_SPDUPDATE)
		err = EEXIST;
	else
		err = put_in(d, e, there);
	if (err != 0) {
		kspd_drop(e);
		return err;
	}
	kspd_drop(there);
	announce(d, e);
	/* what waits may be for another entry now */
	d->env.wake(d->env.ctx, 0, false);
	return 0;
}

/* Steering first: a failure leaves everything as it was. */
static int
take_out(struct pfkeyd *d, struct kspd_entry *e)
{
	int err;

	kspd_remove(d->kspd, e);
	err = steer(d);
	if (err == 0) {
		announce(d, e);
		kspd_drop(e);
		return 0;
	}
	if (kspd_insert(d->kspd, e) != 0)
		kspd_drop(e);
	return err;
}

static int
run_delete(struct pfkeyd_session *s, struct now now)
{
	struct pfkeyd *d = s->d;
	struct kspd_entry *name, *e;
	int err;

	(void)now;
	/* of the policy only the direction counts */
	d->kin.pol.type = KAME_POLICY_NONE;
	err = make(d, &name);
	if (err != 0)
		return err;
	e = kspd_same(d->kspd, name);
	kspd_drop(name);
	return e != NULL ? take_out(d, e) : ENOENT;
}

/* SPDGET, SPDDELETE2 */
static int
run_by_id(struct pfkeyd_session *s, struct now now)
{
	struct pfkeyd *d = s->d;
	const struct pfkey_msg *in = &d->kin.m;
	struct kspd_entry *e;

	(void)now;
	if (!kame_has(&d->kin, KAME_EXT_POLICY))
		return EINVAL;
	e = kspd_by_id(d->kspd, d->kin.pol.id);
	if (e == NULL)
		return ENOENT;
	if (in->type == KAME_X_SPDDELETE2)
		return take_out(d, e);
	describe(d, in->type, in->seq, in->pid, e);
	(void)keysrv_linux(d, s, &d->kout, false);
	return 0;
}

static int
run_flush(struct pfkeyd_session *s, struct now now)
{
	struct pfkeyd *d = s->d;
	const struct pfkey_msg *in = &d->kin.m;
	struct kspd_entry *e;
	struct link gone;
	int err;

	(void)now;
	list_init(&gone);
	while ((e = kspd_after(d->kspd, 0)) != NULL) {
		kspd_remove(d->kspd, e);
		list_push_tail(&gone, &e->link);
	}
	err = list_empty(&gone) ? 0 : steer(d);
	list_each (l, &gone) {
		e = list_item(l, struct kspd_entry, link);
		list_remove(&e->link);
		if (err == 0 || kspd_insert(d->kspd, e) != 0)
			kspd_drop(e);
	}
	if (err != 0)
		return err;
	d->kout = (struct kame_msg){ .m = { .type = in->type,
					 .satype = in->satype,
					 .seq = in->seq,
					 .pid = in->pid } };
	(void)keysrv_linux(d, NULL, &d->kout, false);
	return 0;
}

static int
run_dump(struct pfkeyd_session *s, struct now now)
{
	struct pfkeyd *d = s->d;

	(void)now;
	if (s->spd_dumping)
		return EBUSY;
	if (kspd_count(d->kspd) == 0)
		return ENOENT; /* as in Linux */
	s->spd_dumping = true;
	s->spd_last = 0;
	s->dump_pid = d->kin.m.pid;
	keypol_dump_on(s);
	return 0;
}

void
keypol_dump_on(struct pfkeyd_session *s)
{
	struct pfkeyd *d = s->d;

	for (unsigned i = 0; i < DUMP_BATCH && s->spd_dumping; i++) {
		struct kspd_entry *e = kspd_after(d->kspd, s->spd_last), *next;

		/* the rest went away meanwhile: an end without an entry */
		d->kout = (struct kame_msg){ .m = { .type = KAME_X_SPDDUMP,
						 .pid = s->dump_pid } };
		next = e != NULL ? kspd_after(d->kspd, e->pol.id) : NULL;
		/* the number of the last one is 0 */
		if (e != NULL)
			describe(d, KAME_X_SPDDUMP,
			    next != NULL ? e->pol.id : 0, s->dump_pid, e);
		if (keysrv_linux(d, s, &d->kout, false) == 0)
			return;
		s->spd_last = e != NULL ? e->pol.id : 0;
		s->spd_dumping = next != NULL;
	}
}

typedef int handler(struct pfkeyd_session *s, struct now now);

/* What only the kernel says, and what this host does not do, has none. */
static handler *const handlers[KAME_TYPE_N] = {
	[KAME_X_SPDUPDATE] = run_add,
	[KAME_X_SPDADD] = run_add,
	[KAME_X_SPDSETIDX] = run_add,
	[KAME_X_SPDDELETE] = run_delete,
	[KAME_X_SPDGET] = run_by_id,
	[KAME_X_SPDDELETE2] = run_by_id,
	[KAME_X_SPDDUMP] = run_dump,
	[KAME_X_SPDFLUSH] = run_flush,
};

int
keypol_input(struct pfkeyd_session *s, struct now now)
{
	uint8_t type = s->d->kin.m.type;

	if (type >= KAME_TYPE_N)
		return EINVAL;
	if (handlers[type] == NULL || s->d->kspd == NULL)
		return EOPNOTSUPP;
	return handlers[type](s, now);
}

static void
expire(struct pfkeyd *d, struct kspd_entry *e, enum sa_check why)
{
	describe(d, KAME_X_SPDEXPIRE, 0, 0, e);
	d->kout.m.has &=
	    ~(why == SA_HARD ? X(LIFETIME_SOFT) : X(LIFETIME_HARD));
	(void)keysrv_linux(d, NULL, &d->kout, true);
}

void
keypol_age(struct pfkeyd *d, struct now now)
{
	struct kspd_entry *e, *next;

	if (d->kspd == NULL)
		return;
	for (e = kspd_after(d->kspd, 0); e != NULL; e = next) {
		enum sa_check c = kspd_age(e, now);

		next = kspd_after(d->kspd, e->pol.id);
		if (c == SA_OK)
			continue;
		expire(d, e, c);
		e->soft_sent = true;
		if (c != SA_HARD)
			continue;
		kspd_remove(d->kspd, e);
		/* without steering it stays, and its time comes again */
		if (steer(d) == 0 || kspd_insert(d->kspd, e) != 0)
			kspd_drop(e);
	}
}
