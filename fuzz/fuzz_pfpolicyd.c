/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages of several sessions to a PF_POLICY server with a real SPD. Each step
 * is a byte: which session (bits 0-1), what it does (bits 2-3: close and open
 * again; steering fails from now on, or no more; else a message follows, as long
 * as it says). What may never happen: a question without an answer, an answer
 * that does not parse, a dump that is not what the SPD has, a change that the
 * steering did not hear of.
 */
#include <errno.h>
#include <stdlib.h>

#include "core/pfpolicyd.h"
#include "crypto/be/be.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

enum { SESSIONS = 4, STEPS = 200 };

static struct session {
	struct pfpolicyd_session *s;
} sessions[SESSIONS];

static struct pfpolicyd *srv;
static struct spd *spd;
static struct crypto *crypto;
static bool steers;
static unsigned heard;	 /* answers to the present question */
static unsigned dumped;	 /* rules of the present dump */
static uint64_t steered; /* changes of ACTIVE that were */

static void
demand(bool holds)
{
	if (!holds)
		abort();
}

static void
hear(void *ctx, void *conn, const uint8_t *msg, size_t n)
{
	struct pfpolicy_msg m;
	uint16_t diag;
	unsigned type = msg[1];

	(void)ctx;
	(void)conn;
	heard++;
	demand(n >= PFPOLICY_HEADER && n % 8 == 0);
	/* what was asked with an unknown type or set is answered as it came */
	if (type < SPD_MIN || type > SPD_MAX || msg[3] > SPD_STANDBY) {
		demand(msg[2] != 0);
		return;
	}
	demand(pfpolicy_parse(&m, &diag, msg, n) == 0);
	demand(m.errnum == 0 || m.has == 0);
	if (m.type == SPD_DUMP && pfpolicy_has(&m, SPD_EXT_RULE)) {
		demand(m.rule.fam != FAM_NONE && m.rule.n_actions > 0);
		demand(m.rule.dir == RULE_IN || m.rule.dir == RULE_OUT);
		demand(m.rule.index != 0);
		dumped++;
	}
	pfpolicy_fini(&m);
}

static bool
steer(void *ctx, int id)
{
	(void)ctx;
	(void)id;
	steered += steers;
	return steers;
}

/*
 * Whatever the table: each row is found, and one that can be used has a key
 * length that it takes.
 */
static int
set_algs(void *ctx, const struct algmech_entry *e, size_t n, bool async_auth,
    bool async_encr)
{
	const struct alg *a;
	size_t i = 0;

	(void)ctx;
	demand(algset_load(crypto, e, n));
	algset_set_async(crypto, ALG_AUTH, async_auth);
	algset_set_async(crypto, ALG_ENCR, async_encr);
	for (; (a = algset_row(crypto, i)) != NULL; i++) {
		demand(
		    algset_by_id(crypto, (enum alg_table)a->table, a->id) == a);
		if (crypto_usable(crypto, a))
			demand(alg_keybits_ok(a, a->key_def) &&
			       alg_keybits_ok(alg_impl(a), a->key_def));
	}
	demand(i == n);
	return 0;
}

static void
start(void)
{
	const struct pfpolicyd_env env = {
		.send = hear, .steer = steer, .set_algs = set_algs
	};

	/* each input has the built-in table at first */
	if (crypto == NULL)
		demand((crypto = crypto_new(be_ossl, NULL, NULL)) != NULL);
	algset_reset(crypto);
	demand((spd = spd_new()) != NULL);
	demand((srv = pfpolicyd_new(spd, crypto, &env)) != NULL);
	steers = true;
	steered = 0;
	for (size_t i = 0; i < SESSIONS; i++)
		demand((sessions[i].s = pfpolicyd_open(srv, &sessions[i])) !=
		       NULL);
}

/* As many bytes as the message says that it has, or all that are left. */
static void
input(struct session *s, struct rd *r)
{
	struct rd peek = *r;
	uint64_t version = spd_version(spd), before = steered;
	const uint8_t *msg;
	size_t n;

	rd_skip(&peek, 4);
	n = rd_h16(&peek) * 8u;
	if (peek.bad || n > rd_left(r))
		n = rd_left(r);
	msg = rd_take(r, n);
	heard = dumped = 0;
	pfpolicyd_input(s->s, msg, n);
	demand(heard > 0);
	demand(steered != before || spd_version(spd) == version || !steers);
}

/* The whole policy, asked for by a session of its own. */
static void
dump_all(int id)
{
	uint8_t b[64];
	struct wr w = wr_into(b, sizeof(b));
	struct pfpolicy_msg m = { .type = SPD_DUMP,
		.spdid = (uint8_t)id,
		.has = 1u << SPD_EXT_TUN_NAME };

	demand(pfpolicy_write(&w, &m));
	heard = dumped = 0;
	pfpolicyd_input(sessions[0].s, b, w.len);
	demand(dumped == spd_count(spd, id));
	demand(heard == dumped + 2);
}

static void
step(uint8_t op, struct rd *r)
{
	struct session *s = &sessions[op % SESSIONS];

	switch (op >> 2 & 3) {
	case 0:
		pfpolicyd_close(s->s);
		demand((s->s = pfpolicyd_open(srv, s)) != NULL);
		break;
	case 1:
		steers = !steers;
		break;
	default:
		input(s, r);
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
	dump_all(SPD_ACTIVE);
	dump_all(SPD_STANDBY);
	pfpolicyd_free(srv);
	demand(spd_count(spd, SPD_STANDBY) == 0 ||
	       spd_flush(spd, SPD_STANDBY, "", true) == 0);
	spd_free(spd);
	return 0;
}
