/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/keyops.h"

#include <errno.h>

#include "core/keyacq.h"

enum { DUMP_BATCH = 256 }; /* messages in a turn */

#define X(e) (UINT64_C(1) << PFKEY_EXT_##e)
#define ADDRS                                                            \
	(X(ADDRESS_SRC) | X(ADDRESS_DST) | X(INNER_SRC) | X(INNER_DST) | \
	    X(NATT_LOC) | X(NATT_REM))
#define SD     (X(ADDRESS_SRC) | X(ADDRESS_DST))
#define IDENTS (X(IDENTITY_SRC) | X(IDENTITY_DST) | X(KM_COOKIE))
#define LIVES  (X(LIFETIME_HARD) | X(LIFETIME_SOFT) | X(LIFETIME_IDLE))
#define KEYS   (X(KEY_AUTH) | X(KEY_ENCRYPT))
/* what may name an SA; also what others are known to send along */
#define NAME (X(SA) | ADDRS | IDENTS | X(REQID))
/* what else makes one */
#define MAKES \
	(X(PAIR) | X(REPLAY_VALUE) | X(WINDOW) | X(MORE_SRC) | X(MORE_DST))

/* Sequence numbers of ACQUIREs are the kernel's: the upper half (spec: pfkey 4). */
static bool
is_acquire(uint32_t seq)
{
	return seq >> 31 != 0;
}

static void
wake(struct pfkeyd *d, uint32_t seq, bool failed)
{
	d->env.wake(d->env.ctx, seq, failed);
}

/* R158: the message that was asked, without keys, to everybody. */
static void
echo(struct pfkeyd *d)
{
	d->in.has &= ~KEYS;
	d->in.errnum = 0;
	d->in.diag = 0;
	keysrv_broadcast(d, &d->in);
}

/* The spec of d->in. EINVAL: a key is longer than any algorithm's. */
static int
spec_of(struct pfkeyd *d, struct sa_spec *s, uint16_t *diag)
{
	if (pfkey_to_spec(s, &d->in))
		return 0;
	*diag = d->in.akey.bits > SECRET_MAX * 8 ? PFKEY_DIAG_BAD_AKEYBITS
						 : PFKEY_DIAG_BAD_EKEYBITS;
	return EINVAL;
}

void
keyops_describe(struct pfkey_msg *m, const struct sa *sa, bool with_keys)
{
	bool out = (sa->flags & SAF_OUTBOUND) != 0;
	uint64_t count = out ? sa->seq : sa->replay.top;
	uint64_t packets = sa->count.packets;
	struct aead_spec keys = sa_keys(sa);
	struct sa_spec s;

	sa_describe(sa, &s);
	pfkey_from_spec(m, &s, with_keys);
	/* the SA's own bytes, which stay: the same without the initial IV */
	m->akey.b = keys.akey;
	m->ekey.b = keys.ekey;
	saspec_fini(&s);
	m->current = (struct lifetime){
		.allocs = packets > UINT32_MAX ? UINT32_MAX : (uint32_t)packets,
		.bytes = sa->count.bytes,
		.addtime = sa->rest->added_wall,
		.usetime = sa->used != 0 ? sa->rest->used_wall : 0
	};
	m->has |= X(LIFETIME_CURRENT);
	m->has &= ~X(REPLAY_VALUE);
	if (count != 0)
		m->has |= X(REPLAY_VALUE);
	m->replay32 = (uint32_t)count;
	m->replay64 = count;
}

static int
run_getspi(struct pfkeyd_session *s, struct now now, uint16_t *diag)
{
	struct pfkeyd *d = s->d;
	struct pfkey_msg *m = &d->in;
	struct sa_spec name;
	struct sa *sa;
	int err;

	if ((err = spec_of(d, &name, diag)) != 0)
		return err;
	err = sadb_getspi(d->sadb, m->satype, &name.src, &name.dst, m->spi_min,
	    m->spi_max, now, diag, &sa);
	if (err != 0)
		return err;
	if (is_acquire(m->seq))
		sa_note_acquire(sa, m->seq);
	d->out = (struct pfkey_msg){ .type = m->type,
		.satype = m->satype,
		.seq = m->seq,
		.pid = m->pid,
		.has = X(SA) | SD,
		.spi = sa->spi,
		.src = m->src,
		.dst = m->dst };
	keysrv_broadcast(d, &d->out);
	return 0;
}

/* RFC 2367 2.3.2: what has been used up is not the user's to say. */
static int
refuse_current(const struct pfkey_msg *m, uint16_t *diag)
{
	if (!pfkey_has(m, PFKEY_EXT_LIFETIME_CURRENT))
		return 0;
	*diag = PFKEY_DIAG_MISSING_LIFETIME;
	return EOPNOTSUPP;
}

static void
announce(struct pfkeyd *d, const struct sa *sa)
{
	uint32_t seq = d->in.seq;

	d->in.pair_spi = sa->rest->pair_spi;
	if (sa->rest->pair_spi != 0)
		d->in.has |= X(PAIR);
	echo(d);
	/* last: what wakes may ask for the next SA at once */
	wake(d, is_acquire(seq) ? seq : sa_extra(sa)->acquire_seq, false);
}

static int
run_add(struct pfkeyd_session *s, struct now now, uint16_t *diag)
{
	struct pfkeyd *d = s->d;
	struct sa_spec spec;
	struct sa *sa;
	int err = refuse_current(&d->in, diag);

	if (err != 0 || (err = spec_of(d, &spec, diag)) != 0)
		return err;
	err = sadb_add(d->sadb, &spec, now, diag, &sa);
	saspec_fini(&spec);
	if (err != 0)
		return err;
	if (is_acquire(d->in.seq))
		sa_note_acquire(sa, d->in.seq);
	announce(d, sa);
	return 0;
}

static int
run_update(struct pfkeyd_session *s, struct now now, uint16_t *diag)
{
	struct pfkeyd *d = s->d;
	struct sa_spec spec;
	struct sa *sa;
	int err = refuse_current(&d->in, diag);

	if (err != 0 || (err = spec_of(d, &spec, diag)) != 0)
		return err;
	err = sadb_update(d->sadb, &spec, now, diag, &sa);
	saspec_fini(&spec);
	if (err == 0)
		announce(d, sa);
	return err;
}

static int
run_updatepair(struct pfkeyd_session *s, struct now now, uint16_t *diag)
{
	struct pfkeyd *d = s->d;
	struct sa_spec spec;
	int err = refuse_current(&d->in, diag);

	if (err != 0 || (err = spec_of(d, &spec, diag)) != 0)
		return err;
	err = sadb_update_pair(d->sadb, &spec, now, diag);
	if (err == 0)
		echo(d);
	return err;
}

/* The parts of a message that choose SAs. */
static bool
ident_fits(const struct pfkey_msg *m, enum pfkey_ext e,
    const struct sa_ident *want, const struct sa_ident *is)
{
	return !pfkey_has(m, e) ||
	       (want->type == is->type && want->len == is->len &&
		   memcmp(want->id, is->id, is->len) == 0);
}

static bool
addr_fits(const struct pfkey_msg *m, enum pfkey_ext e, const struct sa *sa)
{
	bool src = e == PFKEY_EXT_ADDRESS_SRC;
	const struct addr *a = src ? &m->src.a : &m->dst.a;

	if (a->fam == FAM_NONE || addr_is_unspec(a))
		return true;
	return src ? !addr_is_unspec(&sa->src) && sa_has_src(sa, a)
		   : sa_has_dst(sa, a);
}

static bool
is_chosen(void *ctx, const struct sa *sa)
{
	const struct pfkey_msg *m = ctx;
	const struct sa_extra *x = sa_extra(sa);

	if (m->type == PFKEY_X_DELPAIR_STATE &&
	    (sa->state != m->state || (sa->flags & SAF_PAIRED) == 0))
		return false;
	if (pfkey_has(m, PFKEY_EXT_KM_COOKIE) &&
	    (x->kmp != m->kmp || x->kmc != m->kmc))
		return false;
	return addr_fits(m, PFKEY_EXT_ADDRESS_SRC, sa) &&
	       addr_fits(m, PFKEY_EXT_ADDRESS_DST, sa) &&
	       ident_fits(m, PFKEY_EXT_IDENTITY_SRC, &m->sid, sa_sid(sa)) &&
	       ident_fits(m, PFKEY_EXT_IDENTITY_DST, &m->did, sa_did(sa));
}

/* spec: sa 17: without an SPI, all SAs of these addresses; pair: and theirs */
static int
purge(struct pfkeyd *d, bool pair, uint16_t *diag)
{
	if (addr_is_unspec(&d->in.src.a) && addr_is_unspec(&d->in.dst.a)) {
		*diag = PFKEY_DIAG_MISSING_SA;
		return EINVAL;
	}
	(void)sadb_delete_if(d->sadb, d->in.satype, pair, is_chosen, &d->in);
	echo(d);
	return 0;
}

static int
delete_named(struct pfkeyd *d, bool pair, uint16_t *diag)
{
	struct sa_spec name;
	int err = spec_of(d, &name, diag);

	if (err == 0 && name.spi == 0) {
		*diag = PFKEY_DIAG_MALFORMED_SA;
		return EINVAL;
	}
	if (err == 0 && !pfkey_has(&d->in, PFKEY_EXT_ADDRESS_DST)) {
		*diag = PFKEY_DIAG_MISSING_DST;
		return EINVAL;
	}
	if (err == 0)
		err = sadb_delete(d->sadb, &name, pair, diag);
	if (err == 0)
		echo(d);
	return err;
}

static int
run_delete(struct pfkeyd_session *s, struct now now, uint16_t *diag)
{
	(void)now;
	if (!pfkey_has(&s->d->in, PFKEY_EXT_SA))
		return purge(s->d, false, diag);
	return delete_named(s->d, false, diag);
}

static int
run_delpair(struct pfkeyd_session *s, struct now now, uint16_t *diag)
{
	(void)now;
	if (!pfkey_has(&s->d->in, PFKEY_EXT_SA))
		return purge(s->d, true, diag);
	return delete_named(s->d, true, diag);
}

static int
run_delpair_state(struct pfkeyd_session *s, struct now now, uint16_t *diag)
{
	struct pfkeyd *d = s->d;

	(void)now;
	(void)diag;
	(void)sadb_delete_if(d->sadb, d->in.satype, true, is_chosen, &d->in);
	echo(d);
	return 0;
}

static int
run_get(struct pfkeyd_session *s, struct now now, uint16_t *diag)
{
	struct pfkeyd *d = s->d;
	struct sa_spec name;
	struct sa *sa;
	int err = spec_of(d, &name, diag);

	(void)now;
	if (err == 0)
		err = sadb_get(d->sadb, &name, diag, &sa);
	if (err != 0)
		return err;
	d->out = (struct pfkey_msg){
		.type = PFKEY_GET, .seq = d->in.seq, .pid = d->in.pid
	};
	keyops_describe(&d->out, sa, true);
	(void)keysrv_reply(s, &d->out);
	return 0;
}

static int
run_flush(struct pfkeyd_session *s, struct now now, uint16_t *diag)
{
	struct pfkeyd *d = s->d;

	(void)now;
	(void)diag;
	(void)sadb_flush(d->sadb, d->in.satype);
	echo(d);
	wake(d, 0, true);
	return 0;
}

static int
run_dump(struct pfkeyd_session *s, struct now now, uint16_t *diag)
{
	const struct pfkey_msg *m = &s->d->in;

	(void)diag;
	if (s->dumping)
		return ENOMEM; /* spec: sa 17: one at a time */
	s->dumping = true;
	/* 0 marks the end (RFC 2367 3.1.10) */
	s->dump_seq = m->seq != 0 ? m->seq : 1;
	s->dump_pid = m->pid;
	s->dump_satype = m->satype;
	s->dump_idle = m->edump_timeout;
	sadb_walk_begin(s->d->sadb, &s->walk, m->satype);
	keyops_dump_on(s, now);
	return 0;
}

static bool
is_idle(const struct sa *sa, uint64_t seconds, struct now now)
{
	uint64_t since = sa->used != 0 ? sa->last_use : sa->rest->added;

	return seconds == 0 ||
	       (now.mono > since && (now.mono - since) / 1000 > seconds);
}

/* In Linux the last SA's number is 0, and no message follows it. */
static bool
is_last(struct pfkeyd_session *s)
{
	struct sa *next = sadb_walk_next(s->d->sadb, &s->walk);

	if (next != NULL)
		sadb_walk_again(&s->walk, next);
	return next == NULL;
}

void
keyops_dump_on(struct pfkeyd_session *s, struct now now)
{
	struct pfkeyd *d = s->d;
	struct pfkey_msg *m = &d->out;

	for (unsigned i = 0; i < DUMP_BATCH; i++) {
		struct sa *sa = sadb_walk_next(d->sadb, &s->walk);
		bool last = false;

		*m = (struct pfkey_msg){ .type = PFKEY_DUMP,
			.satype = s->dump_satype,
			.seq = sa != NULL ? s->dump_seq : 0,
			.pid = s->dump_pid };
		if (sa != NULL) {
			if (!is_idle(sa, s->dump_idle, now))
				continue;
			keyops_describe(m, sa, true);
			last = s->is_linux && is_last(s);
			if (last)
				m->seq = 0;
		}
		if (!keysrv_reply(s, m)) {
			if (sa != NULL)
				sadb_walk_again(&s->walk, sa);
			return;
		}
		if (sa == NULL || last) {
			keyops_dump_end(s);
			return;
		}
	}
}

void
keyops_dump_end(struct pfkeyd_session *s)
{
	if (s->dumping)
		sadb_walk_end(&s->walk);
	s->dumping = false;
}

static int
run_promisc(struct pfkeyd_session *s, struct now now, uint16_t *diag)
{
	struct pfkeyd *d = s->d;

	(void)now;
	(void)diag;
	d->in.errnum = 0;
	(void)keysrv_reply(s, &d->in);
	s->promisc = d->in.satype != 0;
	return 0;
}

static int
run_expire(struct pfkeyd_session *s, struct now now, uint16_t *diag)
{
	(void)s;
	(void)now;
	(void)diag;
	return EOPNOTSUPP;
}

static const struct keyops_row rows[PFKEY_TYPE_N] = {
	[PFKEY_GETSPI] = { KEYOPS_ONE, X(SPIRANGE) | SD,
	    X(SPIRANGE) | ADDRS | IDENTS, run_getspi },
	[PFKEY_UPDATE] = { KEYOPS_ONE, X(SA) | SD,
	    NAME | LIVES | KEYS | MAKES | X(LIFETIME_CURRENT), run_update },
	[PFKEY_ADD] = { KEYOPS_ONE, X(SA) | SD,
	    NAME | LIVES | KEYS | MAKES | X(LIFETIME_CURRENT), run_add },
	[PFKEY_DELETE] = { KEYOPS_ONE, 0, NAME, run_delete },
	[PFKEY_GET] = { KEYOPS_ONE, X(SA) | X(ADDRESS_DST), NAME, run_get },
	[PFKEY_ACQUIRE] = { KEYOPS_ANY, 0,
	    ADDRS | IDENTS | X(PROPOSAL) | X(EPROP), keyacq_input },
	[PFKEY_REGISTER] = { KEYOPS_NO_TYPE, 0, X(EREG), keyacq_register },
	[PFKEY_EXPIRE] = { KEYOPS_NO_TYPE, 0, ~UINT64_C(0), run_expire },
	[PFKEY_FLUSH] = { KEYOPS_ANY, 0, 0, run_flush },
	[PFKEY_DUMP] = { KEYOPS_ANY, 0, X(EDUMP), run_dump },
	[PFKEY_X_PROMISC] = { KEYOPS_NO_TYPE, 0, 0, run_promisc },
	[PFKEY_X_INVERSE_ACQUIRE] = { KEYOPS_ANY, SD, ADDRS | IDENTS,
	    keyacq_inverse },
	[PFKEY_X_UPDATEPAIR] = { KEYOPS_ONE, X(SA) | SD,
	    NAME | LIVES | X(LIFETIME_CURRENT), run_updatepair },
	[PFKEY_X_DELPAIR] = { KEYOPS_ONE, 0, NAME, run_delpair },
	[PFKEY_X_DELPAIR_STATE] = { KEYOPS_ANY, X(SA), NAME,
	    run_delpair_state },
};

const struct keyops_row *
keyops_row(unsigned type)
{
	return type < PFKEY_TYPE_N && rows[type].run != NULL ? &rows[type]
							     : NULL;
}

static uint16_t
check_satype(enum keyops_satype rule, uint8_t satype)
{
	if (rule == KEYOPS_NO_TYPE || satype == SATYPE_AH ||
	    satype == SATYPE_ESP)
		return 0;
	if (satype != SATYPE_UNSPEC)
		return PFKEY_DIAG_UNKNOWN_SATYPE;
	return rule == KEYOPS_ONE ? PFKEY_DIAG_SATYPE_NEEDED : 0;
}

static uint16_t
check_needed(uint64_t lacks)
{
	static const struct {
		uint64_t ext;
		uint16_t diag;
	} row[] = {
		{ X(SA), PFKEY_DIAG_MISSING_SA },
		{ X(ADDRESS_SRC), PFKEY_DIAG_MISSING_SRC },
		{ X(ADDRESS_DST), PFKEY_DIAG_MISSING_DST },
		{ X(SPIRANGE), PFKEY_DIAG_MISSING_RANGE },
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		if ((lacks & row[i].ext) != 0)
			return row[i].diag;
	return 0;
}

static uint16_t
check_allowed(uint64_t more)
{
	static const struct {
		uint64_t ext;
		uint16_t diag;
	} row[] = {
		{ X(KEY_AUTH), PFKEY_DIAG_AKEY_PRESENT },
		{ X(KEY_ENCRYPT), PFKEY_DIAG_EKEY_PRESENT },
		{ X(PROPOSAL) | X(EPROP), PFKEY_DIAG_PROP_PRESENT },
		{ X(SUPPORTED_AUTH) | X(SUPPORTED_ENCRYPT),
		    PFKEY_DIAG_SUPP_PRESENT },
		/* a label that nobody enforces is not taken */
		{ X(SENSITIVITY) | X(OUTER_SENS), PFKEY_DIAG_BAD_LABEL },
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		if ((more & row[i].ext) != 0)
			return row[i].diag;
	return more != 0 ? PFKEY_DIAG_NO_EXT : 0;
}

static uint16_t
check_outer(const struct pfkey_msg *m)
{
	bool src = pfkey_has(m, PFKEY_EXT_ADDRESS_SRC);
	bool dst = pfkey_has(m, PFKEY_EXT_ADDRESS_DST);

	if (src && addr_is_multicast(&m->src.a))
		return PFKEY_DIAG_BAD_SRC;
	/* an unspecified source may be of either family (spec: pfkey 8) */
	if (src && dst && m->src.a.fam != m->dst.a.fam &&
	    !addr_is_unspec(&m->src.a))
		return PFKEY_DIAG_AF_MISMATCH;
	if (src && dst && m->src.proto != m->dst.proto)
		return PFKEY_DIAG_PROTO_MISMATCH;
	return 0;
}

static uint16_t
check_inner(const struct pfkey_msg *m)
{
	if (pfkey_has(m, PFKEY_EXT_INNER_SRC) &&
	    pfkey_has(m, PFKEY_EXT_INNER_DST)) {
		if (m->isrc.a.fam != m->idst.a.fam)
			return PFKEY_DIAG_INNER_AF_MISMATCH;
		if (m->isrc.proto != m->idst.proto)
			return PFKEY_DIAG_INNER_PROTO_MISMATCH;
	}
	if ((m->src.port != 0 || m->dst.port != 0) &&
	    (m->isrc.port != 0 || m->idst.port != 0))
		return PFKEY_DIAG_DUAL_PORT_SETS;
	return 0;
}

int
keyops_check(
    const struct keyops_row *row, const struct pfkey_msg *m, uint16_t *diag)
{
	uint64_t dst = UINT64_C(1) << PFKEY_EXT_ADDRESS_DST;

	if ((*diag = check_satype(row->satype, m->satype)) == 0 &&
	    (*diag = check_allowed(m->has & ~row->allows)) == 0 &&
	    (*diag = check_needed(row->needs & ~m->has)) == 0 &&
	    (*diag = check_outer(m)) == 0 && (*diag = check_inner(m)) == 0 &&
	    (row->needs & dst) != 0 && addr_is_unspec(&m->dst.a))
		*diag = PFKEY_DIAG_BAD_DST;
	return *diag != 0 ? EINVAL : 0;
}
