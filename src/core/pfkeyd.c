/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/pfkeyd.h"

#include <errno.h>
#include <stdlib.h>

#include "core/keyacq.h"
#include "core/keykame.h"
#include "core/keyops.h"
#include "core/keypol.h"
#include "core/keysrv.h"

struct pfkeyd *
pfkeyd_new(struct sadb *sadb, struct spd *spd, const struct crypto *crypto,
    const struct pfkeyd_env *env)
{
	struct pfkeyd *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return NULL;
	d->sadb = sadb;
	d->spd = spd;
	d->crypto = crypto;
	d->env = *env;
	list_init(&d->sessions);
	return d;
}

void
pfkeyd_use_kspd(struct pfkeyd *d, struct kspd *kspd)
{
	d->kspd = kspd;
}

void
pfkeyd_free(struct pfkeyd *d)
{
	if (d == NULL)
		return;
	list_each (l, &d->sessions)
		pfkeyd_close(list_item(l, struct pfkeyd_session, link));
	free(d);
}

struct pfkeyd_session *
pfkeyd_open(struct pfkeyd *d, void *conn, bool privileged)
{
	struct pfkeyd_session *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->d = d;
	s->conn = conn;
	s->privileged = privileged;
	list_push_tail(&d->sessions, &s->link);
	return s;
}

struct pfkeyd_session *
pfkeyd_open_linux(struct pfkeyd *d, void *conn, bool privileged)
{
	struct pfkeyd_session *s = pfkeyd_open(d, conn, privileged);

	if (s != NULL)
		s->is_linux = true;
	return s;
}

void
pfkeyd_close(struct pfkeyd_session *s)
{
	keyops_dump_end(s);
	list_remove(&s->link);
	free(s);
}

static void
input(struct pfkeyd_session *s, const uint8_t *msg, size_t n, struct now now)
{
	struct pfkeyd *d = s->d;
	const struct keyops_row *row;
	uint16_t diag;
	int err = pfkey_parse(&d->in, &diag, msg, n);

	if (s->privileged && n >= PFKEY_HEADER) {
		d->heard[0] += d->in.satype != SATYPE_AH;
		d->heard[1] += d->in.satype != SATYPE_ESP;
	}
	row = keyops_row(d->in.type);
	if (!s->privileged) {
		err = EPERM;
		diag = PFKEY_DIAG_NONE;
	} else if (err == 0 && row == NULL) {
		err = EINVAL;
		diag = PFKEY_DIAG_UNKNOWN_MSG;
	} else if (err == 0) {
		err = keyops_check(row, &d->in, &diag);
		if (err == 0)
			err = row->run(s, now, &diag);
	}
	if (err != 0)
		keysrv_error(s, err, diag);
}

uint64_t
pfkeyd_heard(const struct pfkeyd *d, uint8_t satype)
{
	return d->heard[satype == SATYPE_AH];
}

void
pfkeyd_input(
    struct pfkeyd_session *s, const uint8_t *msg, size_t n, struct now now)
{
	s->d->asker = s;
	if (s->is_linux)
		keykame_input(s, msg, n, now);
	else
		input(s, msg, n, now);
	s->d->asker = NULL;
}

bool
pfkeyd_is_waiting(const struct pfkeyd_session *s)
{
	return s->dumping || s->spd_dumping;
}

void
pfkeyd_writable(struct pfkeyd_session *s, struct now now)
{
	if (s->dumping)
		keyops_dump_on(s, now);
	if (s->spd_dumping)
		keypol_dump_on(s);
}

void
pfkeyd_algs_changed(struct pfkeyd *d)
{
	keyacq_tell_algs(d);
}

bool
pfkeyd_acquire(void *ctx, uint32_t seq, const struct rule *r,
    const struct flow *f, const struct addr *src, const struct addr *dst)
{
	if (r->key_id != 0)
		return keykame_acquire(ctx, seq, r, src, dst);
	return keyacq_output(ctx, seq, r, f, src, dst);
}

/* RFC 2367 3.1.8; spec: pfkey 8 */
void
pfkeyd_expired(void *ctx, struct sa *sa, int which)
{
	struct pfkeyd *d = ctx;
	struct pfkey_msg *m = &d->out;
	const uint64_t one = 1;

	*m = (struct pfkey_msg){ .type = PFKEY_EXPIRE };
	keyops_describe(m, sa, false);
	m->has &= one << PFKEY_EXT_SA | one << PFKEY_EXT_LIFETIME_CURRENT |
		  one << PFKEY_EXT_ADDRESS_SRC | one << PFKEY_EXT_ADDRESS_DST |
		  one << PFKEY_EXT_INNER_SRC | one << PFKEY_EXT_INNER_DST;
	m->has |= one << which;
	keysrv_broadcast(d, m);
}

void
pfkeyd_age(struct pfkeyd *d, struct now now)
{
	keypol_age(d, now);
}
