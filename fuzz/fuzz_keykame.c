/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages of Linux' dialect to a PF_KEY server with a real SADB and policy, a
 * listener of the other dialect beside, and time that passes. Each step is a
 * byte: which listener (bits 0-1), what it does (bits 2-4); a message follows, as
 * long as it says. What may never happen: a message that does not parse, a key for
 * somebody who did not ask, tables that disagree, policy that does not decide what
 * it names.
 */
#include <errno.h>
#include <stdlib.h>

#include "core/pfkeyd.h"
#include "crypto/be/be.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

enum { LISTENERS = 4, NATIVE = 2, NOBODY = 3, STEPS = 100 };

static struct listener {
	struct pfkeyd_session *s;
	bool full;
} listeners[LISTENERS];

static struct pfkeyd *srv;
static struct sadb *db;
static struct kspd *kspd;
static struct crypto *crypto;
static const struct listener *asker; /* whose message is being handled */
static uint64_t state, steered;
static bool steers;
static struct now now;

static void
demand(bool holds)
{
	if (!holds)
		abort();
}

static bool
fill(void *ctx, uint8_t *p, size_t n)
{
	(void)ctx;
	for (size_t i = 0; i < n; i++) {
		state = state * 6364136223846793005u + 1442695040888963407u;
		p[i] = (uint8_t)(state >> 33);
	}
	return true;
}

static const struct rng rng = { .fill = fill };

static bool
is_local(void *ctx, const struct addr *a)
{
	(void)ctx;
	return (a->b[addr_bytes(a->fam) - 1] & 1) != 0;
}

static void
check_heard(const struct listener *l, const struct pfkey_msg *m)
{
	const uint64_t keys = UINT64_C(1) << PFKEY_EXT_KEY_AUTH |
			      UINT64_C(1) << PFKEY_EXT_KEY_ENCRYPT;

	if ((m->has & keys) != 0)
		demand(l == asker &&
		       (m->type == PFKEY_GET || m->type == PFKEY_DUMP));
	if (l == &listeners[NOBODY])
		demand(m->errnum != 0);
	if (m->errnum != 0)
		demand(m->has == 0);
}

static bool
hear(void *ctx, void *conn, const uint8_t *msg, size_t n)
{
	static struct pfkey_msg m;
	static struct kame_msg k;
	const struct listener *l = conn;
	uint16_t diag;

	(void)ctx;
	if (l->full)
		return false;
	if (l == &listeners[NATIVE]) {
		demand(pfkey_parse(&m, &diag, msg, n) == 0);
		check_heard(l, &m);
		return true;
	}
	demand(kame_parse(&k, msg, n) == 0);
	demand(k.m.errnum == 0 || k.has == 0);
	check_heard(l, &k.m);
	return true;
}

static void
wake(void *ctx, uint32_t seq, bool failed)
{
	(void)ctx;
	(void)seq;
	(void)failed;
}

static int
steer(void *ctx)
{
	(void)ctx;
	if (!steers)
		return EIO;
	steered = kspd_count(kspd);
	return 0;
}

static void
expired(void *ctx, struct sa *sa, int which)
{
	(void)ctx;
	pfkeyd_expired(srv, sa, which);
}

static void
open_session(struct listener *l)
{
	bool may = l != &listeners[NOBODY];

	l->full = false;
	l->s = l == &listeners[NATIVE] ? pfkeyd_open(srv, l, may)
				       : pfkeyd_open_linux(srv, l, may);
	demand(l->s != NULL);
}

static void
start(void)
{
	const struct sadb_env sadb_env = { is_local, expired, NULL };
	const struct pfkeyd_env env = {
		.send = hear, .wake = wake, .steer = steer
	};

	if (crypto == NULL)
		demand((crypto = crypto_new(be_ossl, NULL, NULL)) != NULL);
	state = 1;
	steered = 0;
	steers = true;
	now = (struct now){ 1000000, 1700000000 };
	demand((db = sadb_new(crypto, &rng, &sadb_env)) != NULL);
	demand((kspd = kspd_new()) != NULL);
	demand((srv = pfkeyd_new(db, NULL, crypto, &env)) != NULL);
	pfkeyd_use_kspd(srv, kspd);
	for (size_t i = 0; i < LISTENERS; i++)
		open_session(&listeners[i]);
}

/* A packet that the entry names. */
static struct flow
flow_of(const struct kspd_entry *e)
{
	const struct sel *s = &e->e.rule.sel;
	struct flow f = { .local = s->laddr.a,
		.remote = s->raddr.a,
		.proto = (s->has & SEL_PROTO) != 0 ? s->proto : IPPROTO_UDP_,
		.lport = s->lport_min,
		.rport = s->rport_min,
		.icmp_type = s->type_min,
		.icmp_code = s->code_min };

	f.has_ports = (s->has & (SEL_LPORT | SEL_RPORT)) != 0;
	f.has_icmp = (s->has & SEL_TYPE) != 0;
	return f;
}

static void
check_entry(void *ctx, struct kspd_entry *e)
{
	struct flow f = flow_of(e);
	const struct spd_entry *found = kspd_lookup(kspd, kspd_dir(e), &f);
	const struct kspd_entry *by;

	demand(kspd_same(kspd, e) == e && kspd_by_id(kspd, e->pol.id) == e);
	demand(found != NULL);
	by = kspd_by_id(kspd, (uint32_t)found->rule.index);
	demand(by != NULL && &by->e == found);
	/* the least number decides, then the oldest */
	demand(
	    by->pol.priority < e->pol.priority ||
	    (by->pol.priority == e->pol.priority && by->pol.id <= e->pol.id));
	++*(size_t *)ctx;
}

static void
check_policy(void)
{
	size_t n = 0;
	uint32_t last = 0;

	for (int dir = KAME_DIR_IN; dir <= KAME_DIR_FWD; dir++)
		kspd_each(kspd, (enum kame_dir)dir, check_entry, &n);
	demand(n == kspd_count(kspd) && n == steered);
	for (struct kspd_entry *e = kspd_after(kspd, 0); e != NULL;
	     e = kspd_after(kspd, last)) {
		demand(e->pol.id > last);
		last = e->pol.id;
		n--;
	}
	demand(n == 0);
}

static bool
check_sa(void *ctx, struct sa *sa)
{
	struct sa_spec name;

	sa_describe(sa, &name);
	demand(sadb_find(db, &name) == sa);
	++*(size_t *)ctx;
	return true;
}

static void
finish(void)
{
	size_t n = 0;

	sadb_each(db, SATYPE_UNSPEC, check_sa, &n);
	demand(n == sadb_count(db, SATYPE_UNSPEC));
	pfkeyd_free(srv);
	sadb_free(db);
	kspd_free(kspd);
}

/* A packet that the entry names wants an SA. */
static void
want(void *ctx, struct kspd_entry *e)
{
	const struct rule *r = &e->e.rule;
	struct flow f = flow_of(e);

	(void)ctx;
	e->e.packets++;
	if (r->actions[0].type != ACT_IPSEC)
		return;
	(void)pfkeyd_acquire(srv, e->pol.id, r, &f,
	    r->tunnel_mode ? &r->end_local : &f.local,
	    r->tunnel_mode ? &r->end_remote : &f.remote);
}

/* As many bytes as the message says that it has, or all that are left. */
static void
input(struct listener *l, struct rd *r)
{
	struct rd peek = *r;
	size_t n;

	rd_skip(&peek, 4);
	n = rd_h16(&peek) * 8u;
	if (peek.bad || n > rd_left(r))
		n = rd_left(r);
	asker = l;
	pfkeyd_input(l->s, rd_take(r, n), n, now);
}

/* Up to 93 s, so that larval SAs and policy end. */
static void
pass_time(unsigned steps)
{
	now.mono += steps * 13333u;
	now.wall += steps * 13u;
	sadb_age(db, 0, now);
	pfkeyd_age(srv, now);
}

static void
step(uint8_t op, struct rd *r)
{
	struct listener *l = &listeners[op % LISTENERS];

	asker = NULL;
	switch (op >> 2 & 7) {
	case 0:
		if (op >> 7 != 0)
			steers = !steers;
		else
			l->full = !l->full;
		break;
	case 1:
		asker = l;
		if (pfkeyd_is_waiting(l->s))
			pfkeyd_writable(l->s, now);
		break;
	case 2:
		pfkeyd_close(l->s);
		open_session(l);
		break;
	case 3:
		pass_time(op >> 5);
		break;
	case 4:
		kspd_each(kspd, KAME_DIR_OUT, want, NULL);
		break;
	default:
		input(l, r);
		break;
	}
	check_policy();
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct rd r = rd_from(p, n);

	start();
	for (unsigned i = 0; i < STEPS && rd_more(&r); i++)
		step(rd_u8(&r), &r);
	finish();
	return 0;
}
