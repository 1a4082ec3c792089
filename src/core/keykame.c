/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/keykame.h"

#include <errno.h>

#include "core/keyops.h"
#include "core/keypol.h"

#define X(e) (UINT64_C(1) << PFKEY_EXT_##e)
#define SD   (X(ADDRESS_SRC) | X(ADDRESS_DST))
#define KEYS (X(KEY_AUTH) | X(KEY_ENCRYPT))
/* What both dialects say of an SA in the same words. */
#define SHARED                                                               \
	(X(SA) | X(LIFETIME_CURRENT) | X(LIFETIME_HARD) | X(LIFETIME_SOFT) | \
	    SD | KEYS | X(IDENTITY_SRC) | X(IDENTITY_DST) |                  \
	    X(SUPPORTED_AUTH) | X(SUPPORTED_ENCRYPT))

enum {
	SPI_FIRST = 0x100, /* of a GETSPI without a range, as in Linux */
	SPI_LAST = 0x0fffffff,
	DAY = 24 * 3600
};

/* <linux/pfkeyv2.h> has a number for these, and it is ours too. */
static bool
has_number(const struct alg *a)
{
	if (a->table == ALG_AUTH)
		return a->id <= AALG_AES_XCBC;
	return a->id <= EALG_AES_GMAC;
}

/* --- into the words of wire/pfkey.h --- */

static bool
is_about_sa(uint8_t type)
{
	return (type >= PFKEY_GETSPI && type <= PFKEY_GET) ||
	       type == PFKEY_EXPIRE;
}

/* In an SA's addresses ports, protocol and prefix have no meaning there. */
static void
strip_selector(struct pfkey_addr *a)
{
	a->port = 0;
	a->proto = a->plen = 0;
}

static int
take_flags(struct pfkey_msg *m)
{
	if ((m->sa_flags & (KAME_SAF_NOPMTUDISC | KAME_SAF_DECAP_DSCP |
			       KAME_SAF_NOECN)) != 0)
		return EOPNOTSUPP;
	if ((m->sa_flags & ~SAF_PFS) != 0)
		return EINVAL;
	m->sa_flags = 0;
	return 0;
}

/*
 * Which UDP port is whose depends on the SA's direction. Who is behind a NAT is
 * not said; nothing depends on it but keepalives, which the manager sends.
 */
static int
take_natt(struct pfkeyd *d, struct pfkey_msg *m, const struct kame_msg *k)
{
	struct sa_spec name = { .satype = m->satype,
		.spi = m->spi,
		.src = m->src.a,
		.dst = m->dst.a };
	uint32_t dir;
	bool in;

	if (!kame_has(k, KAME_EXT_NATT_TYPE) || k->natt == KAME_NATT_NONE)
		return 0;
	/* what has no destination is refused for that, later */
	if (m->dst.a.fam == 0)
		return 0;
	if (k->natt != KAME_NATT_ESPINUDP || m->dst.a.fam != FAM_V4)
		return EOPNOTSUPP;
	dir = sadb_direction(d->sadb, &name);
	in = (dir & SAF_INBOUND) != 0;
	m->natt_loc.a = in ? m->dst.a : m->src.a;
	m->natt_loc.port = in ? k->dport : k->sport;
	m->natt_rem.a = in ? m->src.a : m->dst.a;
	m->natt_rem.port = in ? k->sport : k->dport;
	/* RFC 3948 3.1.2: what the sum of a transport-mode packet was made of */
	if (in && kame_has(k, KAME_EXT_NATT_OA) && k->oa.a.fam == FAM_V4)
		m->natt_rem.a = k->oa.a;
	m->has |= X(NATT_LOC) | X(NATT_REM);
	m->sa_flags |= dir | SAF_NATT_REM;
	return 0;
}

static int
take_mode(struct pfkey_msg *m, const struct kame_msg *k)
{
	if (!kame_has(k, KAME_EXT_SA2))
		return 0;
	if (k->mode > KAME_MODE_TUNNEL)
		return EOPNOTSUPP;
	if (k->mode == KAME_MODE_TUNNEL)
		m->sa_flags |= SAF_TUNNEL;
	m->reqid = k->reqid;
	if (m->reqid != 0)
		m->has |= X(REQID);
	return 0;
}

/* A key without an algorithm is read over, as in Linux. */
static void
take_keys(struct pfkey_msg *m)
{
	if (m->auth == KAME_AALG_NULL)
		m->auth = AALG_NONE;
	if (m->auth == AALG_NONE)
		m->has &= ~X(KEY_AUTH);
	if (m->encr == EALG_NONE || m->encr == EALG_NULL)
		m->has &= ~X(KEY_ENCRYPT);
	m->akey.reserved = m->ekey.reserved = 0;
}

/* What ADD and UPDATE say about an SA. */
static int
take_sa(struct pfkeyd *d, struct pfkey_msg *m, const struct kame_msg *k)
{
	int err = take_flags(m);

	if (err == 0)
		err = take_mode(m, k);
	if (err == 0)
		err = take_natt(d, m, k);
	take_keys(m);
	m->state = SA_MATURE; /* as in Linux, whatever is said */
	m->has &= ~X(LIFETIME_CURRENT);
	return err;
}

/* Linux reads over the keys of an UPDATE of an SA that has its own. */
static void
spare_live(struct pfkeyd *d, struct pfkey_msg *m)
{
	struct sa_spec name = { .satype = m->satype,
		.spi = m->spi,
		.src = m->src.a,
		.dst = m->dst.a };
	struct sa *sa = sadb_find(d->sadb, &name);

	if (sa == NULL || sa->state == SA_LARVAL)
		return;
	m->has &= ~(KEYS | X(NATT_LOC) | X(NATT_REM));
	m->sa_flags = 0;
	m->natt_loc = m->natt_rem = (struct pfkey_addr){ 0 };
}

static void
take_range(struct pfkey_msg *m)
{
	if (!pfkey_has(m, PFKEY_EXT_SPIRANGE)) {
		m->has |= X(SPIRANGE);
		m->spi_min = SPI_FIRST;
		m->spi_max = SPI_LAST;
	}
}

/* Into d->in. */
static int
translate(struct pfkeyd *d, const struct kame_msg *k)
{
	const uint64_t refused = UINT64_C(1) << KAME_EXT_SEC_CTX |
				 UINT64_C(1) << KAME_EXT_KMADDRESS |
				 UINT64_C(1) << KAME_EXT_FILTER;
	struct pfkey_msg *m = &d->in;
	int err = 0;

	*m = k->m;
	if ((k->has & refused) != 0)
		return EOPNOTSUPP;
	if (!is_about_sa(m->type))
		return 0;
	strip_selector(&m->src);
	strip_selector(&m->dst);
	if (m->type == PFKEY_ADD || m->type == PFKEY_UPDATE)
		err = take_sa(d, m, k);
	else
		m->sa_flags = 0;
	if (m->type == PFKEY_UPDATE && err == 0)
		spare_live(d, m);
	if (m->type == PFKEY_GETSPI)
		take_range(m);
	/* Linux has no purge */
	if (m->type == PFKEY_DELETE && !pfkey_has(m, PFKEY_EXT_SA))
		return EINVAL;
	return err;
}

/* --- and out of them --- */

static void
put_full(struct pfkey_addr *a)
{
	strip_selector(a);
	a->plen = addr_bits(a->a.fam);
}

static uint16_t
natt_port(uint16_t port)
{
	return port != 0 ? port : 4500;
}

static void
put_natt(struct kame_msg *k, const struct pfkey_msg *m)
{
	bool in = (m->sa_flags & SAF_INBOUND) != 0;

	if ((m->sa_flags & (SAF_NATT_LOC | SAF_NATT_REM)) == 0)
		return;
	k->natt = KAME_NATT_ESPINUDP;
	k->sport = natt_port(in ? m->natt_rem.port : m->natt_loc.port);
	k->dport = natt_port(in ? m->natt_loc.port : m->natt_rem.port);
	k->has |= UINT64_C(1) << KAME_EXT_NATT_TYPE |
		  UINT64_C(1) << KAME_EXT_NATT_SPORT |
		  UINT64_C(1) << KAME_EXT_NATT_DPORT;
}

/* Mode and reqid are known where the whole SA is. */
static void
put_mode(struct kame_msg *k, const struct pfkey_msg *m)
{
	bool tunnel = (m->sa_flags & SAF_TUNNEL) != 0 ||
		      pfkey_has(m, PFKEY_EXT_INNER_SRC);

	if (!pfkey_has(m, PFKEY_EXT_SA) || m->type == PFKEY_GETSPI ||
	    m->type == PFKEY_DELETE)
		return;
	k->mode = tunnel ? KAME_MODE_TUNNEL : KAME_MODE_TRANSPORT;
	k->reqid = m->reqid;
	k->has |= UINT64_C(1) << KAME_EXT_SA2;
}

/* Salt is a part of the key there. */
static void
put_key(struct pfkey_key *key, const struct pfkey_msg *m)
{
	if (pfkey_is_output(m))
		key->bits = (uint16_t)(key->bits + key->reserved);
	key->reserved = 0;
}

static void
put_algs(struct pfkey_algs *l, enum alg_table table)
{
	unsigned n = 0;

	for (unsigned i = 0; i < l->n; i++) {
		const struct alg *a = alg_by_id(table, l->alg[i].id);

		if (a == NULL || !has_number(a))
			continue;
		l->alg[n] = l->alg[i];
		/* reserved there */
		l->alg[n].incr = l->alg[n].salt_bits = 0;
		n++;
	}
	l->n = n;
}

/* The message of Linux that says the same; PFKEY_RESERVED: none does. */
static uint8_t
type_of(const struct pfkey_msg *m)
{
	bool named = pfkey_has(m, PFKEY_EXT_SA);

	switch (m->type) {
	case PFKEY_X_UPDATEPAIR:
		return PFKEY_UPDATE;
	case PFKEY_X_DELPAIR:
		return PFKEY_DELETE;
	case PFKEY_DELETE:
		return named || m->errnum != 0 ? PFKEY_DELETE : PFKEY_RESERVED;
	default:
		return m->type < PFKEY_X_INVERSE_ACQUIRE ? m->type
							 : PFKEY_RESERVED;
	}
}

bool
keykame_from(struct kame_msg *k, const struct pfkey_msg *m)
{
	*k = (struct kame_msg){ .m = *m };
	k->m.type = type_of(m);
	k->m.diag = 0;
	k->m.has &= SHARED;
	if (k->m.type == PFKEY_RESERVED || m->type == PFKEY_ACQUIRE)
		return false;
	if (m->errnum != 0) {
		k->m.has = 0;
		return true;
	}
	put_full(&k->m.src);
	put_full(&k->m.dst);
	put_key(&k->m.akey, m);
	put_key(&k->m.ekey, m);
	put_algs(&k->m.sauth, ALG_AUTH);
	put_algs(&k->m.sencr, ALG_ENCR);
	put_mode(k, m);
	put_natt(k, m);
	k->m.sa_flags = 0;
	return true;
}

bool
keykame_hears(const struct pfkeyd_session *s, const struct pfkey_msg *m)
{
	switch (m->type) {
	case PFKEY_GETSPI:
		return s == s->d->asker;
	case PFKEY_EXPIRE:
		return s->regular != 0 &&
		       (pfkey_has(m, PFKEY_EXT_LIFETIME_HARD) ||
			   pfkey_has(m, PFKEY_EXT_LIFETIME_SOFT));
	default:
		return true;
	}
}

/* --- ACQUIRE --- */

static void
add_comb(struct pfkey_msg *m, const struct alg *auth, const struct alg *encr)
{
	struct pfkey_comb *c = &m->comb[m->n_combs];

	if (m->n_combs == PFKEY_MAX_COMBS)
		return;
	m->n_combs++;
	/* as Linux proposes them */
	*c = (struct pfkey_comb){ .soft = { .addtime = 20 * 3600,
				      .usetime = 7 * 3600 },
		.hard = { .addtime = DAY, .usetime = 8 * 3600 } };
	if (auth != NULL) {
		c->auth = auth->id;
		c->auth_min = auth->key_min;
		c->auth_max = auth->key_max;
	}
	if (encr != NULL) {
		c->encr = encr->id;
		c->encr_min = encr->key_min;
		c->encr_max = encr->key_max;
	}
}

static bool
is_offered(const struct pfkeyd *d, const struct alg *a, enum alg_table table)
{
	return a->table == table && has_number(a) &&
	       (a->flags & ALG_LEGACY) == 0 && crypto_usable(d->crypto, a);
}

static void
add_combs(struct pfkeyd *d, struct pfkey_msg *m, const struct alg *encr)
{
	const struct alg *a;

	if (encr != NULL && (encr->flags & ALG_COMBINED) != 0) {
		add_comb(m, NULL, encr);
		return;
	}
	for (size_t i = 0; (a = alg_row(i)) != NULL; i++)
		if (is_offered(d, a, ALG_AUTH))
			add_comb(m, a, encr);
}

static void
propose(struct pfkeyd *d, struct pfkey_msg *m)
{
	const struct alg *a;

	m->has |= X(PROPOSAL);
	m->prop_replay = 32;
	if (m->satype == SATYPE_AH) {
		add_combs(d, m, NULL);
		return;
	}
	for (size_t i = 0; (a = alg_row(i)) != NULL; i++)
		if (is_offered(d, a, ALG_ENCR) && a->id != EALG_NULL)
			add_combs(d, m, a);
}

bool
keykame_acquire(struct pfkeyd *d, uint32_t seq, const struct rule *r,
    const struct addr *src, const struct addr *dst)
{
	static const struct {
		uint8_t satype, flag;
	} both[] = { { SATYPE_ESP, ACT_ESP }, { SATYPE_AH, ACT_AH } };
	const struct kspd_entry *e = kspd_by_id(d->kspd, r->key_id);
	struct kame_msg *k = &d->kout;
	unsigned took = 0;

	if (e == NULL)
		return false;
	for (size_t i = 0; i < sizeof(both) / sizeof(both[0]); i++) {
		if ((r->actions[0].flags & both[i].flag) == 0)
			continue;
		*k = (struct kame_msg){ .m = { .type = PFKEY_ACQUIRE,
					    .satype = both[i].satype,
					    .seq = seq,
					    .has = SD,
					    .src.a = *src,
					    .dst.a = *dst },
			.has = UINT64_C(1) << KAME_EXT_POLICY,
			.pol = { .type = KAME_POLICY_IPSEC,
			    .dir = KAME_DIR_OUT,
			    .id = e->pol.id,
			    .priority = e->pol.priority } };
		if (k->m.src.a.fam == FAM_NONE)
			k->m.src.a.fam = dst->fam;
		if (k->m.dst.a.fam == FAM_NONE)
			return false; /* nobody to negotiate with */
		put_full(&k->m.src);
		put_full(&k->m.dst);
		propose(d, &k->m);
		took += keysrv_linux(d, NULL, k, true);
	}
	return took != 0;
}

/* --- messages --- */

void
keykame_error(struct pfkeyd_session *s, int errnum)
{
	struct pfkeyd *d = s->d;
	const struct pfkey_msg *in = &d->kin.m;

	d->kout = (struct kame_msg){ .m = { .type = in->type,
					 .errnum = (uint8_t)errnum,
					 .satype = in->satype,
					 .seq = in->seq,
					 .pid = in->pid } };
	(void)keysrv_linux(d, s, &d->kout, false);
}

/* Linux: IPComp may be registered for, and all types at once, in vain. */
static int
run_register(struct pfkeyd_session *s)
{
	struct pfkeyd *d = s->d;

	if (d->in.satype > KAME_SATYPE_IPCOMP)
		return EINVAL;
	if (d->in.satype == SATYPE_AH || d->in.satype == SATYPE_ESP)
		return (s->regular >> d->in.satype & 1) != 0 ? EEXIST : -1;
	d->in.errnum = 0;
	d->in.has = 0;
	(void)keysrv_reply(s, &d->in);
	return 0;
}

/* Only that a negotiation failed means something, and there is no answer. */
static int
run_acquire(struct pfkeyd *d)
{
	if (d->in.errnum != 0 && d->in.seq != 0)
		d->env.wake(d->env.ctx, d->in.seq, true);
	return 0;
}

/* What differs from the other dialect; -1: nothing does. */
static int
run_special(struct pfkeyd_session *s)
{
	struct pfkeyd *d = s->d;

	switch (d->in.type) {
	case PFKEY_REGISTER:
		return run_register(s);
	case PFKEY_ACQUIRE:
		return run_acquire(d);
	case PFKEY_DUMP:
		return sadb_count(d->sadb, d->in.satype) == 0 ? ENOENT : -1;
	default:
		return -1;
	}
}

static int
run(struct pfkeyd_session *s, struct now now)
{
	struct pfkeyd *d = s->d;
	const struct keyops_row *row;
	uint16_t diag;
	int err;

	if (d->kin.m.type >= KAME_X_PCHANGE)
		return keypol_input(s, now);
	if ((err = translate(d, &d->kin)) != 0)
		return err;
	row = keyops_row(d->in.type);
	if (row == NULL)
		return EINVAL;
	if ((err = run_special(s)) >= 0)
		return err;
	err = keyops_check(row, &d->in, &diag);
	return err != 0 ? err : row->run(s, now, &diag);
}

void
keykame_input(
    struct pfkeyd_session *s, const uint8_t *msg, size_t n, struct now now)
{
	int err = kame_parse(&s->d->kin, msg, n);

	if (!s->privileged)
		err = EPERM;
	else if (err == 0)
		err = run(s, now);
	if (err != 0)
		keykame_error(s, err);
}
