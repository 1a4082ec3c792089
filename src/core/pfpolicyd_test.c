/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/pfpolicyd.h"

#include <errno.h>

#include "base/test.h"

#include "crypto/be/be.h"

/* A client keeps what it was sent. */
struct client {
	struct pfpolicyd_session *s;
	struct pfpolicy_msg got[16];
	unsigned n;
};

static struct crypto *crypto;
static struct spd *spd;
static struct pfpolicyd *d;
static struct client one, two;
static bool steers;
static unsigned n_steered;
static int steered;
static uint8_t raw[16]; /* the last answer's header */
static size_t n_raw;
static size_t steered_count; /* rules that the steering saw */

static void
on_send(void *ctx, void *conn, const uint8_t *msg, size_t n)
{
	struct client *c = conn;
	uint16_t diag;

	(void)ctx;
	memcpy(raw, msg, 16);
	n_raw = n;
	if (msg[1] < SPD_MIN || msg[1] > SPD_MAX)
		return;
	assert_true(c->n < 16);
	assert_int_equal(pfpolicy_parse(&c->got[c->n++], &diag, msg, n), 0);
}

static bool
on_steer(void *ctx, int id)
{
	(void)ctx;
	n_steered++;
	steered = id;
	steered_count = spd_count(spd, id);
	return steers;
}

static void
forget(struct client *c)
{
	for (unsigned i = 0; i < c->n; i++)
		pfpolicy_fini(&c->got[i]);
	c->n = 0;
}

static bool no_memory;

static int
on_set_algs(void *ctx, const struct algmech_entry *e, size_t n, bool async_auth,
    bool async_encr)
{
	(void)ctx;
	if (no_memory || !algset_load(crypto, e, n))
		return ENOMEM;
	algset_set_async(crypto, ALG_AUTH, async_auth);
	algset_set_async(crypto, ALG_ENCR, async_encr);
	return 0;
}

static int
setup(void **state)
{
	const struct pfpolicyd_env env = {
		.send = on_send, .steer = on_steer, .set_algs = on_set_algs
	};

	(void)state;
	crypto = crypto_new(be_ossl, NULL, NULL);
	spd = spd_new();
	d = pfpolicyd_new(spd, crypto, &env);
	one = (struct client){ .s = pfpolicyd_open(d, &one) };
	two = (struct client){ .s = pfpolicyd_open(d, &two) };
	steers = true;
	n_steered = 0;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	forget(&one);
	forget(&two);
	pfpolicyd_free(d);
	spd_free(spd);
	crypto_free(crypto);
	return 0;
}

static void
say(struct client *c, const struct pfpolicy_msg *m)
{
	static uint8_t b[PFPOLICY_MAX + 8];
	struct wr w = wr_into(b, sizeof(b));

	assert_true(pfpolicy_write(&w, m));
	forget(c);
	pfpolicyd_input(c->s, b, w.len);
}

/* One message, one answer: its errno, which is that of a positive diagnostic. */
static void
ask(struct client *c, struct pfpolicy_msg m, int e, uint16_t diag)
{
	m.seq = 99;
	m.pid = 4711;
	say(c, &m);
	assert_int_equal(c->n, 1);
	assert_int_equal(c->got[0].errnum, e);
	assert_string_equal(
	    pfpolicy_diag_text(c->got[0].diag), pfpolicy_diag_text(diag));
	assert_int_equal(c->got[0].type, m.type);
	assert_int_equal(c->got[0].spdid, m.spdid);
	assert_int_equal(c->got[0].seq, 99);
	assert_int_equal(c->got[0].pid, 4711);
}

static struct pfpolicy_msg
msg(uint8_t type, uint8_t spdid)
{
	return (struct pfpolicy_msg){ .type = type, .spdid = spdid };
}

/* About a tunnel, or with "" about all. */
static struct pfpolicy_msg
msg_tun(uint8_t type, uint8_t spdid, const char *tun)
{
	struct pfpolicy_msg m = msg(type, spdid);

	m.has |= 1u << SPD_EXT_TUN_NAME;
	memcpy(m.rule.tun, tun, strlen(tun) + 1);
	return m;
}

static struct action esp = { .type = ACT_IPSEC,
	.flags = ACT_ESP | ACT_ESPA,
	.esp_alg = EALG_AES,
	.esp_max = 65535,
	.espa_alg = AALG_SHA1HMAC,
	.espa_max = 65535 };

/* ADDRULE of a protocol, so that each is another. */
static struct pfpolicy_msg
add(uint8_t spdid, uint8_t proto)
{
	struct pfpolicy_msg m = msg(SPD_ADDRULE, spdid);

	m.has = 1u << SPD_EXT_RULE | 1u << SPD_EXT_ACTION;
	m.rule.dir = RULE_BOTH;
	m.rule.priority = 5;
	m.rule.sel.has = SEL_PROTO;
	m.rule.sel.proto = proto;
	m.rule.n_actions = 1;
	m.rule.actions = &esp;
	return m;
}

static void
ask_add(struct client *c, uint8_t spdid, uint8_t proto, uint64_t index)
{
	ask(c, add(spdid, proto), 0, 0);
	assert_true(pfpolicy_has(&c->got[0], SPD_EXT_RULE));
	assert_int_equal(c->got[0].rule.index, index);
}

/* Policy 13: what ipsecconf -a does. */
static void
test_transaction(void **state)
{
	(void)state;
	ask_add(&one, SPD_ACTIVE, 6, 4);
	assert_int_equal(n_steered, 1);
	assert_int_equal(steered, SPD_ACTIVE);
	assert_int_equal(steered_count, 4);
	ask(&one, msg(SPD_CLONE, SPD_ACTIVE), 0, 0);
	ask_add(&one, SPD_STANDBY, 17, 8);
	ask(&one, add(SPD_STANDBY, 17), EEXIST, 0);
	assert_int_equal(n_steered, 1);
	assert_int_equal(spd_count(spd, SPD_ACTIVE), 4);
	ask(&one, msg(SPD_FLIP, SPD_ACTIVE), 0, 0);
	assert_int_equal(n_steered, 2);
	assert_int_equal(steered, SPD_STANDBY);
	assert_int_equal(steered_count, 8);
	assert_int_equal(spd_count(spd, SPD_ACTIVE), 8);
	ask(&one, msg_tun(SPD_FLUSH, SPD_STANDBY, ""), 0, 0);
	assert_int_equal(spd_count(spd, SPD_STANDBY), 0);
	/* the next one may begin */
	ask(&two, msg(SPD_CLONE, SPD_ACTIVE), 0, 0);
}

/* Replace: the old policy holds until the flip. */
static void
test_replace(void **state)
{
	(void)state;
	ask_add(&one, SPD_ACTIVE, 6, 4);
	ask(&one, msg(SPD_CLONE, SPD_ACTIVE), 0, 0);
	ask(&one, msg(SPD_FLUSH, SPD_STANDBY), 0, 0);
	ask_add(&one, SPD_STANDBY, 17, 4);
	assert_int_equal(spd_count(spd, SPD_ACTIVE), 4);
	ask(&one, msg(SPD_FLIP, SPD_ACTIVE), 0, 0);
	ask(&one, msg(SPD_FLUSH, SPD_STANDBY), 0, 0);
	assert_int_equal(spd_count(spd, SPD_ACTIVE), 4);
	ask(&one, add(SPD_ACTIVE, 17), EEXIST, 0);
}

/* A session that prepares has STANDBY, and the policy, for itself. */
static void
test_two_sessions(void **state)
{
	struct pfpolicy_msg del = msg(SPD_DELETERULE, SPD_ACTIVE);

	(void)state;
	ask_add(&one, SPD_ACTIVE, 6, 4);
	ask(&one, msg(SPD_CLONE, SPD_ACTIVE), 0, 0);
	ask(&two, msg(SPD_CLONE, SPD_ACTIVE), EBUSY, 0);
	ask(&two, add(SPD_STANDBY, 17), EBUSY, 0);
	ask(&two, add(SPD_ACTIVE, 17), EBUSY, 0);
	ask(&two, msg(SPD_FLIP, SPD_ACTIVE), EBUSY, 0);
	ask(&two, msg(SPD_FLUSH, SPD_ACTIVE), EBUSY, 0);
	ask(&two, msg(SPD_FLUSH, SPD_STANDBY), EBUSY, 0);
	del.has = 1u << SPD_EXT_RULE;
	del.rule.index = 1;
	ask(&two, del, EBUSY, 0);
	ask_add(&one, SPD_STANDBY, 17, 8);
	/* it dies in the middle */
	pfpolicyd_close(one.s);
	assert_int_equal(spd_count(spd, SPD_ACTIVE), 4);
	assert_int_equal(spd_count(spd, SPD_STANDBY), 0);
	ask(&two, msg(SPD_CLONE, SPD_ACTIVE), 0, 0);
	ask(&two, msg(SPD_FLIP, SPD_ACTIVE), 0, 0);
	/* it dies between flip and flush: the new policy stays */
	pfpolicyd_close(two.s);
	assert_int_equal(spd_count(spd, SPD_ACTIVE), 4);
	assert_int_equal(spd_count(spd, SPD_STANDBY), 0);
}

/* No change is visible that the kernel's steering did not follow. */
static void
test_steering_fails(void **state)
{
	struct pfpolicy_msg del = msg(SPD_DELETERULE, SPD_ACTIVE);

	(void)state;
	ask_add(&one, SPD_ACTIVE, 6, 4);
	steers = false;
	ask(&one, add(SPD_ACTIVE, 17), EIO, 0);
	ask(&one, msg(SPD_FLUSH, SPD_ACTIVE), EIO, 0);
	del.has = 1u << SPD_EXT_RULE;
	del.rule.index = 1;
	ask(&one, del, EIO, 0);
	assert_int_equal(spd_count(spd, SPD_ACTIVE), 4);
	ask(&one, msg(SPD_CLONE, SPD_ACTIVE), 0, 0);
	ask_add(&one, SPD_STANDBY, 17, 8);
	ask(&one, msg(SPD_FLIP, SPD_ACTIVE), EIO, 0);
	assert_int_equal(spd_count(spd, SPD_ACTIVE), 4);
	steers = true;
	ask(&one, msg(SPD_FLIP, SPD_ACTIVE), 0, 0);
	assert_int_equal(spd_count(spd, SPD_ACTIVE), 8);
	/* a change that fails by itself asks nobody */
	n_steered = 0;
	ask(&one, add(SPD_ACTIVE, 17), EEXIST, 0);
	assert_int_equal(n_steered, 0);
	assert_int_equal(spd_count(spd, SPD_ACTIVE), 8);
}

static void
test_delete(void **state)
{
	struct pfpolicy_msg del = msg(SPD_DELETERULE, SPD_ACTIVE);

	(void)state;
	ask_add(&one, SPD_ACTIVE, 6, 4);
	ask(&one, del, EINVAL, PFPOLICY_DIAG_NO_RULE_EXT);
	del.has = 1u << SPD_EXT_RULE;
	ask(&one, del, EINVAL, PFPOLICY_DIAG_INVALID_RULE_INDEX);
	del.rule.index = 2;
	ask(&one, del, 0, 0);
	ask(&one, del, ESRCH, 0);
	assert_int_equal(spd_count(spd, SPD_ACTIVE), 3);
	del = msg_tun(SPD_DELETERULE, SPD_ACTIVE, "ip.tun0");
	del.has |= 1u << SPD_EXT_RULE;
	del.rule.index = 1;
	ask(&one, del, ENOENT, 0);
	del.rule.tun[0] = '\0';
	ask(&one, del, EINVAL, PFPOLICY_DIAG_NOT_GLOBAL_OP);
}

static void
test_refused_rules(void **state)
{
	struct pfpolicy_msg m = add(SPD_ACTIVE, 6);
	struct action bad = esp;

	(void)state;
	m.has = 1u << SPD_EXT_ACTION;
	ask(&one, m, EINVAL, PFPOLICY_DIAG_NO_RULE_EXT);
	m.has = 1u << SPD_EXT_RULE;
	ask(&one, m, EINVAL, PFPOLICY_DIAG_NO_ACTION_EXT);
	m = add(SPD_ACTIVE, 6);
	m.has |= 1u << SPD_EXT_TUN_NAME;
	ask(&one, m, EINVAL, PFPOLICY_DIAG_NOT_GLOBAL_OP);
	m = add(SPD_ACTIVE, 6);
	m.rule.index = 1;
	ask(&one, m, EINVAL, PFPOLICY_DIAG_INVALID_RULE_INDEX);
	m = add(SPD_ACTIVE, 6);
	m.rule.actions = &bad;
	bad.esp_alg = 99;
	ask(&one, m, EINVAL, PFPOLICY_DIAG_UNSUPP_ESP_ENCR_ALG);
	assert_int_equal(n_steered, 0);
	assert_int_equal(spd_count(spd, SPD_ACTIVE), 0);
}

static void
test_tunnels(void **state)
{
	struct pfpolicy_msg m = add(SPD_ACTIVE, 6);

	(void)state;
	m.has |= 1u << SPD_EXT_TUN_NAME;
	memcpy(m.rule.tun, "ip.tun0", 8);
	m.rule.tunnel_mode = true;
	ask(&one, m, 0, 0);
	assert_int_equal(one.got[0].rule.index, 4);
	m.rule.tunnel_mode = false;
	m.rule.sel.has = 0;
	ask(&one, m, EBUSY, 0);
	ask_add(&one, SPD_ACTIVE, 6, 4);
	assert_int_equal(spd_count(spd, SPD_ACTIVE), 8);
	ask(&one, msg_tun(SPD_FLUSH, SPD_ACTIVE, "ip.tun1"), ENOENT, 0);
	ask(&one, msg(SPD_FLUSH, SPD_ACTIVE), 0, 0);
	assert_int_equal(spd_count(spd, SPD_ACTIVE), 4);
	ask_add(&one, SPD_ACTIVE, 6, 4);
	ask(&one, msg_tun(SPD_FLUSH, SPD_ACTIVE, "ip.tun0"), 0, 0);
	assert_int_equal(spd_count(spd, SPD_ACTIVE), 4);
	ask(&one, msg_tun(SPD_FLUSH, SPD_ACTIVE, ""), 0, 0);
	assert_int_equal(spd_count(spd, SPD_ACTIVE), 0);
}

/* Header with the version, the rules in order of match, trailer with the count. */
static void
test_dump(void **state)
{
	struct pfpolicy_msg m = add(SPD_ACTIVE, 6), dump;
	uint64_t version;

	(void)state;
	ask_add(&one, SPD_ACTIVE, 17, 4);
	m.rule.dir = RULE_OUT;
	m.rule.fam = FAM_V4;
	m.rule.sel.has |= SEL_RADDR;
	assert_true(addr_read(&m.rule.sel.raddr.a, "10.0.0.0"));
	m.rule.sel.raddr.len = 8;
	m.rule.priority = 9;
	ask(&one, m, 0, 0);
	m = add(SPD_ACTIVE, 6);
	m.has |= 1u << SPD_EXT_TUN_NAME;
	memcpy(m.rule.tun, "ip.tun0", 8);
	m.rule.tunnel_mode = true;
	m.rule.dir = RULE_IN;
	ask(&one, m, 0, 0);
	version = spd_version(spd);

	dump = msg(SPD_DUMP, SPD_ACTIVE);
	dump.seq = 3;
	say(&one, &dump);
	assert_int_equal(one.n, 7);
	assert_true(pfpolicy_has(&one.got[0], SPD_EXT_RULESET));
	assert_int_equal(one.got[0].ruleset_version, version);
	assert_int_equal(one.got[0].seq, 3);
	assert_int_equal(one.got[1].rule.index, 5);
	assert_int_equal(one.got[1].rule.dir, RULE_OUT);
	assert_int_equal(one.got[1].rule.sel.raddr.len, 8);
	assert_int_equal(one.got[2].rule.index, 1);
	assert_int_equal(one.got[3].rule.index, 2);
	assert_int_equal(one.got[4].rule.index, 3);
	assert_int_equal(one.got[4].rule.dir, RULE_IN);
	assert_int_equal(one.got[4].rule.actions[0].esp_max, 256);
	assert_int_equal(one.got[4].has & 1u << SPD_EXT_TUN_NAME, 0);
	assert_true(pfpolicy_has(&one.got[6], SPD_EXT_RULESET));
	assert_int_equal(one.got[6].ruleset_count, 5);
	assert_int_equal(one.got[6].ruleset_version, version);

	dump = msg_tun(SPD_DUMP, SPD_ACTIVE, "");
	say(&one, &dump);
	assert_int_equal(one.n, 9);
	assert_string_equal(one.got[6].rule.tun, "ip.tun0");
	assert_true(one.got[6].rule.tunnel_mode);
	dump = msg_tun(SPD_DUMP, SPD_ACTIVE, "ip.tun0");
	say(&one, &dump);
	assert_int_equal(one.n, 4);
	ask(&one, msg_tun(SPD_DUMP, SPD_ACTIVE, "ip.tun9"), ENOENT, 0);
	dump = msg(SPD_DUMP, SPD_STANDBY);
	say(&one, &dump);
	assert_int_equal(one.n, 2);
}

/* An entry of one family is shown as that, those of both as they were made. */
static void
test_dump_families(void **state)
{
	struct pfpolicy_msg del = msg(SPD_DELETERULE, SPD_ACTIVE);
	struct pfpolicy_msg dump = msg(SPD_DUMP, SPD_ACTIVE);

	(void)state;
	ask_add(&one, SPD_ACTIVE, 6, 4);
	del.has = 1u << SPD_EXT_RULE;
	del.rule.index = 1;
	ask(&one, del, 0, 0);
	say(&one, &dump);
	assert_int_equal(one.n, 5);
	assert_int_equal(one.got[1].rule.index, 2);
	assert_int_equal(one.got[1].rule.fam, FAM_V6);
	assert_true((one.got[1].rule.sel.has & SEL_LADDR) != 0);
	assert_int_equal(one.got[1].rule.sel.laddr.len, 0);
	assert_int_equal(one.got[1].rule.sel.laddr.a.fam, FAM_V6);
	for (int i = 2; i < 4; i++) {
		assert_int_equal(one.got[i].rule.fam, i == 2 ? FAM_V4 : FAM_V6);
		assert_int_equal(one.got[i].rule.sel.has, SEL_PROTO);
	}
}

static void
test_algs(void **state)
{
	struct pfpolicy_msg m = msg(SPD_ALGLIST, 0);
	unsigned rows = 0;

	(void)state;
	while (alg_row(rows) != NULL)
		rows++;
	say(&one, &m);
	assert_int_equal(one.n, 1);
	assert_int_equal(one.got[0].errnum, 0);
	assert_true(one.got[0].n_algs > 15);
	for (unsigned i = 0; i < one.got[0].n_algs; i++) {
		const struct pfpolicy_alg *a = &one.got[0].alg[i];
		const struct alg *row = alg_by_id(a->table, a->id);

		assert_true(crypto_usable(crypto, row));
		assert_int_equal(a->key_def, row->key_def);
	}
	m.type = SPD_DUMPALGS;
	say(&one, &m);
	assert_int_equal(one.got[0].n_algs, rows);
	for (unsigned i = 0; i < rows; i++) {
		const struct pfpolicy_alg *a = &one.got[0].alg[i];

		assert_int_equal(a->id, alg_row(i)->id);
		assert_int_equal((a->flags & ALG_VALID) != 0,
		    crypto_usable(crypto, alg_row(i)));
		assert_string_equal(a->mech, alg_row(i)->mech);
	}
}

/* One algorithm of a new table. */
static struct pfpolicy_alg
entry(uint8_t table, uint8_t id, const char *mech)
{
	struct pfpolicy_alg a = { .table = table,
		.id = id,
		.flags = ALG_VALID,
		.key_incr = 64,
		.keys = { 3, { 256, 128, 256 } },
		.blocks = { 1, { 16 } } };

	strcpy(a.mech, mech);
	return a;
}

/* A new table is all there is: for policy, ALGLIST and DUMPALGS (algs 8). */
static void
test_update_algs(void **state)
{
	struct pfpolicy_msg m = msg(SPD_UPDATEALGS, 0), add;
	const struct pfpolicy_msg *got = &one.got[0];
	struct action act = {
		.type = ACT_IPSEC, .flags = ACT_ESP, .esp_alg = 250
	};

	(void)state;
	ask(&one, m, EINVAL, PFPOLICY_DIAG_NO_ACTION_EXT);
	m.has = 1u << SPD_EXT_ACTION;
	m.alg[0] = entry(ALG_ENCR, 250, "CKM_AES_GCM");
	m.alg[1] = entry(ALG_ENCR, EALG_AES, "CKM_AES_CBC");
	m.alg[2] = entry(ALG_ENCR, 251, "CKM_UNKNOWN");
	m.n_algs = 3;
	m.async_encr = true;
	no_memory = true;
	ask(&one, m, ENOMEM, PFPOLICY_DIAG_ADD_NO_MEM);
	no_memory = false;

	add = msg(SPD_ADDRULE, SPD_ACTIVE);
	add.has = 1u << SPD_EXT_RULE | 1u << SPD_EXT_ACTION;
	add.rule = (struct rule){ .dir = RULE_OUT,
		.fam = FAM_V4,
		.priority = 5,
		.n_actions = 1,
		.actions = &act };
	ask(&one, add, EINVAL, PFPOLICY_DIAG_UNSUPP_ESP_ENCR_ALG);
	ask(&one, m, 0, 0);
	ask(&one, add, 0, 0);
	act.esp_alg = 251;
	ask(&one, add, EINVAL, PFPOLICY_DIAG_UNSUPP_ESP_ENCR_ALG);
	act.esp_alg = EALG_AES_GCM_16;
	ask(&one, add, EINVAL, PFPOLICY_DIAG_UNSUPP_ESP_ENCR_ALG);

	m = msg(SPD_ALGLIST, 0);
	say(&one, &m);
	assert_int_equal(got->n_algs, 2);
	assert_int_equal(got->alg[0].id, 250);
	assert_int_equal(got->alg[0].key_def, 256);
	assert_true((got->alg[0].flags & ALG_COMBINED) != 0);
	assert_int_equal(got->alg[1].id, EALG_AES);
	m.type = SPD_DUMPALGS;
	say(&one, &m);
	assert_int_equal(got->n_algs, 3);
	assert_true(got->async_encr);
	assert_false(got->async_auth);
	assert_int_equal(got->alg[2].flags & ALG_VALID, 0);
	assert_string_equal(got->alg[2].mech, "CKM_UNKNOWN");
}

/* spec: policy 16, diagnostic 41: no cryptography at all */
static void
test_no_crypto(void **state)
{
	static const uint8_t types[] = { SPD_ALGLIST, SPD_DUMPALGS,
		SPD_UPDATEALGS };
	const struct crypto_be *none[] = { NULL };
	const struct pfpolicyd_env env = { .send = on_send };
	struct crypto *nothing = crypto_new(none, NULL, NULL);
	struct pfpolicyd *other = pfpolicyd_new(spd, nothing, &env);
	struct client c = { 0 };

	(void)state;
	c.s = pfpolicyd_open(other, &c);
	for (int i = 0; i < 3; i++) {
		struct pfpolicy_msg m = msg(types[i], 0);

		ask(&c, m, EPROTONOSUPPORT, PFPOLICY_DIAG_NOT_LOADED);
	}
	pfpolicyd_free(other);
	forget(&c);
	/* an ipsecd that keeps its table says so */
	other = pfpolicyd_new(spd, crypto, &env);
	c.s = pfpolicyd_open(other, &c);
	ask(&c, msg(SPD_UPDATEALGS, 0), EOPNOTSUPP, PFPOLICY_DIAG_BAD_MSG_TYPE);
	forget(&c);
	pfpolicyd_free(other);
	crypto_free(nothing);
}

/* Which rule is it? */
static void
test_lookup(void **state)
{
	struct pfpolicy_msg m = msg(SPD_LOOKUP, SPD_ACTIVE);

	(void)state;
	ask_add(&one, SPD_ACTIVE, 6, 4);
	ask(&one, m, EINVAL, PFPOLICY_DIAG_NO_RULE_EXT);
	m.has = 1u << SPD_EXT_RULE;
	m.rule.dir = RULE_IN;
	ask(&one, m, EINVAL, PFPOLICY_DIAG_MALFORMED_LCLADDR);
	m.rule.sel.has = SEL_LADDR | SEL_RADDR | SEL_PROTO;
	m.rule.sel.proto = 6;
	assert_true(addr_read(&m.rule.sel.laddr.a, "10.0.0.1"));
	assert_true(addr_read(&m.rule.sel.raddr.a, "10.0.0.2"));
	m.rule.sel.laddr.len = 32;
	m.rule.sel.raddr.len = 24;
	ask(&one, m, EINVAL, PFPOLICY_DIAG_MALFORMED_REMADDR);
	m.rule.sel.raddr.len = 32;
	say(&one, &m);
	assert_int_equal(one.n, 1);
	assert_int_equal(one.got[0].errnum, 0);
	assert_int_equal(one.got[0].rule.index, 3);
	assert_int_equal(one.got[0].rule.n_actions, 1);
	m.rule.sel.proto = 17;
	ask(&one, m, ESRCH, 0);
	m.spdid = SPD_STANDBY;
	ask(&one, m, EINVAL, PFPOLICY_DIAG_BAD_SPDID);
}

/* What does not parse is answered all the same, also a type of message unknown. */
static void
test_malformed(void **state)
{
	static const uint8_t bad[24] = { 1, SPD_FLUSH, 0, 1, 3, 0, 0, 0, 5, 0,
		0, 0, 6, 0, 0, 0, 0, 0, 77, 0 };
	uint8_t unknown[16] = { 1, 44, 0, 0, 2 };

	(void)state;
	pfpolicyd_input(one.s, bad, sizeof(bad));
	assert_int_equal(one.n, 1);
	assert_int_equal(one.got[0].errnum, EINVAL);
	assert_int_equal(one.got[0].diag, PFPOLICY_DIAG_BAD_EXTLEN);
	assert_int_equal(one.got[0].seq, 5);
	assert_int_equal(one.got[0].pid, 6);
	n_raw = 0;
	pfpolicyd_input(one.s, unknown, sizeof(unknown));
	assert_int_equal(n_raw, 16);
	assert_int_equal(raw[1], 44);
	assert_int_equal(raw[2], EINVAL);
	assert_int_equal(raw[6], PFPOLICY_DIAG_BAD_MSG_TYPE);
	pfpolicyd_input(one.s, unknown, 0);
	pfpolicyd_input(one.s, unknown, 15);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_transaction),
		T(test_replace),
		T(test_two_sessions),
		T(test_steering_fails),
		T(test_delete),
		T(test_refused_rules),
		T(test_tunnels),
		T(test_dump),
		T(test_dump_families),
		T(test_algs),
		T(test_update_algs),
		T(test_no_crypto),
		T(test_lookup),
		T(test_malformed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
