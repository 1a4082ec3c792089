/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages of several listeners to a PF_KEY server with a real SADB, and time that
 * passes. Each step is a byte: which listener (bits 0-1), what it does (bits
 * 2-4); a message follows, as long as it says. What may never happen: a message
 * that does not parse, a key for somebody who did not ask, tables that disagree.
 */
#include <stdlib.h>

#include "core/pfkeyd.h"
#include "crypto/be/be.h"
#include "wire/pfpolicy.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

enum { LISTENERS = 4, STEPS = 200 };

/* The last listener is unprivileged. */
static struct listener {
	struct pfkeyd_session *s;
	bool full;
} listeners[LISTENERS];

static struct pfkeyd *srv;
static struct sadb *db;
static struct spd *spd;
static struct crypto *crypto;
static const struct listener *asker; /* whose message is being handled */
static uint64_t state;
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

static bool
hear(void *ctx, void *conn, const uint8_t *msg, size_t n)
{
	static struct pfkey_msg m;
	const struct listener *l = conn;
	uint16_t diag;

	(void)ctx;
	if (l->full)
		return false;
	demand(pfkey_parse(&m, &diag, msg, n) == 0);
	if (l == &listeners[LISTENERS - 1])
		demand(m.errnum != 0 && m.has == 0);
	if (pfkey_has(&m, PFKEY_EXT_KEY_AUTH) ||
	    pfkey_has(&m, PFKEY_EXT_KEY_ENCRYPT))
		demand(l == asker &&
		       (m.type == PFKEY_GET || m.type == PFKEY_DUMP));
	if (m.errnum != 0)
		demand(m.has == 0);
	return true;
}

static void
wake(void *ctx, uint32_t seq, bool failed)
{
	(void)ctx;
	(void)seq;
	(void)failed;
}

static void
expired(void *ctx, struct sa *sa, int which)
{
	(void)ctx;
	pfkeyd_expired(srv, sa, which);
}

/* Host policy, and a tunnel, so that inverse ACQUIREs find something. */
static void
add_policy(void)
{
	struct action act = { .type = ACT_IPSEC,
		.flags = ACT_AH | ACT_ESP | ACT_ESPA,
		.ah_alg = AALG_SHA1HMAC,
		.esp_alg = EALG_AES,
		.espa_alg = AALG_SHA256HMAC };
	struct rule r = {
		.dir = RULE_BOTH, .priority = 1, .n_actions = 1, .actions = &act
	};
	uint64_t index;
	uint16_t diag;

	demand(spd_add(spd, SPD_ACTIVE, &r, &diag, &index) == 0);
	memcpy(r.tun, "ip.tun0", 8);
	r.tunnel_mode = true;
	demand(spd_add(spd, SPD_ACTIVE, &r, &diag, &index) == 0);
}

static void
start(void)
{
	const struct sadb_env sadb_env = { is_local, expired, NULL };
	const struct pfkeyd_env env = { .send = hear, .wake = wake };

	if (crypto == NULL)
		demand((crypto = crypto_new(be_ossl, NULL, NULL)) != NULL);
	state = 1;
	now = (struct now){ 1000000, 1700000000 };
	demand((db = sadb_new(crypto, &rng, &sadb_env)) != NULL);
	demand((spd = spd_new()) != NULL);
	add_policy();
	demand((srv = pfkeyd_new(db, spd, crypto, &env)) != NULL);
	for (size_t i = 0; i < LISTENERS; i++)
		listeners[i] = (struct listener){
			.s = pfkeyd_open(srv, &listeners[i], i + 1 < LISTENERS)
		};
}

/* Every SA is found by its name, and a pair is a pair both ways. */
static bool
check_sa(void *ctx, struct sa *sa)
{
	struct sa *other = sadb_pair(db, sa);

	struct sa_spec name;

	sa_describe(sa, &name);
	demand(sadb_find(db, &name) == sa);
	demand(other == NULL || sadb_pair(db, other) == sa);
	demand((sa->flags & SAF_PAIRED) == 0 || other != NULL);
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
	demand(sadb_flush(db, SATYPE_UNSPEC) == n);
	demand(sadb_count(db, SATYPE_UNSPEC) == 0);
	sadb_free(db);
	spd_free(spd);
}

static void
reopen(struct listener *l)
{
	pfkeyd_close(l->s);
	l->full = false;
	l->s = pfkeyd_open(srv, l, l != &listeners[LISTENERS - 1]);
	demand(l->s != NULL);
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

static void
step(uint8_t op, struct rd *r)
{
	struct listener *l = &listeners[op % LISTENERS];

	asker = NULL;
	switch (op >> 2 & 7) {
	case 0:
		l->full = !l->full;
		break;
	case 1:
		asker = l;
		if (pfkeyd_is_waiting(l->s))
			pfkeyd_writable(l->s, now);
		break;
	case 2:
		reopen(l);
		break;
	case 3: /* up to 93 s, so that larval SAs end */
		now.mono += (op >> 5) * 13333u;
		now.wall += (op >> 5) * 13u;
		sadb_age(db, 0, now);
		break;
	default:
		input(l, r);
		break;
	}
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
