/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/iked/keyring.h"

#include <stdio.h>
#include <stdlib.h>

#include "daemon/iked/rules.h"
#include "io/clock.h"
#include "io/log.h"

#define METHOD_PSK 2 /* RFC 7296 3.8 */

struct keyring {
	const struct crypto *c;
	struct rules *rules;
	struct ikekeys keys;
	struct keystore *store;
};

/* --- filling --- */

static bool
say_why(char why[IKEIPC_TEXT], const char *what, const char *name,
    const char *reason)
{
	(void)snprintf(why, IKEIPC_TEXT, "%.32s%s%.255s: %.600s", what,
	    name[0] != '\0' ? " " : "", name, reason);
	return false;
}

/* Every file of a kind. */
static bool
add_files(struct keyring *k, const struct intake *files, uint8_t kind,
    const char *what,
    bool (*add)(struct keystore *s, const char *slot, const void *b, size_t n,
	char *why),
    char why[IKEIPC_TEXT])
{
	const struct intake_file *f = NULL;
	char reason[KEYSTORE_WHY] = "";

	while ((f = intake_find(files, kind, f)) != NULL)
		if (!add(k->store, f->name, f->text, f->n, reason))
			return say_why(why, what, f->name, reason);
	return true;
}

/* Every selector of a list outside of the rules. */
static bool
add_anchors(struct keyring *k, enum ikecfg_sels list, const char *what,
    bool (*add)(struct keystore *s, const char *selector, char *why),
    char why[IKEIPC_TEXT])
{
	const struct ikecfg_part *p = &k->rules->cfg.part;
	char reason[KEYSTORE_WHY] = "", text[RULES_SELECTOR];

	for (unsigned i = 0; i < p->n_sel[list]; i++)
		if (!add(k->store, rules_selector(text, &p->sel[list][i]),
			reason))
			return say_why(why, what, text, reason);
	return true;
}

static bool
add_rule(struct keyring *k, const struct ikecfg_rule *r, char why[IKEIPC_TEXT])
{
	unsigned auths = ikecfg_auths(&k->rules->cfg, r);
	unsigned n = r->part.n_sel[IKECFG_REMOTE_ID];
	const struct ikecfg_sel *own = r->part.sel[IKECFG_LOCAL_ID];
	struct keystore_rule to = { .label = r->label,
		.psk = (auths & 1u << IKECFG_PRESHARED) != 0,
		.cert = (auths & ~(1u << IKECFG_PRESHARED)) != 0,
		.n_remote = n };
	char reason[KEYSTORE_WHY] = "", text[RULES_SELECTOR];
	char(*remote)[RULES_SELECTOR] = calloc(n + 1, sizeof(*remote));
	const char **list = calloc(n + 1, sizeof(*list));
	bool ok = remote != NULL && list != NULL;

	for (unsigned i = 0; ok && i < n; i++)
		list[i] = rules_selector(
		    remote[i], &r->part.sel[IKECFG_REMOTE_ID][i]);
	to.remote_id = list;
	if (r->part.n_sel[IKECFG_LOCAL_ID] != 0)
		to.local_id = rules_selector(text, &own[0]);
	if (!ok)
		(void)say_why(why, "rule", r->label, "no memory");
	else if (!keystore_add_rule(k->store, &to, reason))
		ok = say_why(why, "rule", r->label, reason);
	free(remote);
	free(list);
	return ok;
}

static void
remark(void *ctx, const char *line)
{
	(void)ctx;
	log_say(LOG_LEVEL_WARN, "%s", line);
}

static bool
fill(struct keyring *k, const struct intake *files, char why[IKEIPC_TEXT])
{
	char reason[KEYSTORE_WHY] = "";

	if (!add_files(
		k, files, IKEIPC_CERT, "certificate", keystore_add_cert, why) ||
	    !add_files(k, files, IKEIPC_CRL, "CRL", keystore_add_crl, why) ||
	    !add_files(
		k, files, IKEIPC_KEY, "private key", keystore_add_key, why) ||
	    !add_anchors(
		k, IKECFG_CERT_ROOT, "cert_root", keystore_add_root, why) ||
	    !add_anchors(
		k, IKECFG_CERT_TRUST, "cert_trust", keystore_add_trust, why))
		return false;
	keystore_ignore_crls(k->store,
	    ikecfg_value(&k->rules->cfg, NULL, IKECFG_IGNORE_CRLS) != 0);
	for (unsigned i = 0; i < k->rules->cfg.n; i++)
		if (!add_rule(k, &k->rules->cfg.rule[i], why))
			return false;
	return keystore_ready(
		   k->store, (int64_t)clock_wall(), remark, NULL, reason) ||
	       say_why(why, "keys", "", reason);
}

struct keyring *
keyring_read(
    const struct crypto *c, const struct intake *files, char why[IKEIPC_TEXT])
{
	struct keyring *k = calloc(1, sizeof(*k));

	if (k == NULL) {
		(void)snprintf(why, IKEIPC_TEXT, "no memory");
		return NULL;
	}
	k->c = c;
	k->rules = rules_read(files, NULL, true, why);
	if (k->rules != NULL && rules_keys(&k->keys, files, false, why)) {
		k->store = keystore_new(c);
		if (k->store != NULL && fill(k, files, why))
			return k;
		if (k->store == NULL)
			(void)snprintf(why, IKEIPC_TEXT, "no memory");
	}
	keyring_free(k);
	return NULL;
}

void
keyring_free(struct keyring *k)
{
	if (k == NULL)
		return;
	ikekeys_fini(&k->keys);
	keystore_free(k->store);
	rules_free(k->rules);
	free(k);
}

/* The preshared key of the two, or NULL: work->why says why. */
static const struct ikekey *
find(const struct keyring *k, const struct ikeipc_ask *a,
    struct keyring_work *work)
{
	char mine[ADDR_TEXT], other[ADDR_TEXT];
	struct ikeid own, peer;
	const struct ikekey *key;

	/* one that is not known is of IKEID_NONE then: its address counts */
	(void)!ikeid_set(&own, a->own_id_type, a->own_id.p, a->own_id.n);
	(void)!ikeid_set(&peer, a->peer_id_type, a->peer_id.p, a->peer_id.n);
	key = ikekeys_find(&k->keys, &own, &a->local, &peer, &a->remote);
	if (key == NULL)
		(void)snprintf(work->why, sizeof(work->why),
		    "no key in ike.preshared is for the two identities, nor "
		    "for %s and %s",
		    addr_print(mine, &a->local), addr_print(other, &a->remote));
	return key;
}

/*
 * RFC 7296 2.15: prf(prf(key, "Key Pad for IKEv2"), octets), without the NUL.
 * Bytes of it; 0: it cannot be computed.
 */
static size_t
compute(const struct keyring *k, const struct ikekey *key,
    const struct ikeipc_ask *a, uint8_t out[PRF_MAX])
{
	static const char text[] = "Key Pad for IKEv2";
	const struct mac_part pad = { (const uint8_t *)text, sizeof(text) - 1 };
	const struct mac_part octets = { a->octets.p, a->octets.n };
	const struct ikealg *prf = ikealg_by_id(IKEALG_PRF, a->prf);
	uint8_t inner[PRF_MAX];
	bool ok;

	if (prf == NULL || !prf_usable(k->c, prf))
		return 0;
	ok = prf_sign(k->c, prf, key->key.b, secret_bytes(key->key.bits), &pad,
		 1, inner) &&
	     prf_sign(k->c, prf, inner, prf_len(prf), &octets, 1, out);
	secret_wipe(inner, sizeof(inner));
	return ok ? prf_len(prf) : 0;
}

/* Bits 1 << enum ikecfg_auth that the rule has; 0: there is no such rule. */
static unsigned
methods(const struct keyring *k, const char *label)
{
	const struct ikecfg *c = &k->rules->cfg;
	const struct ikecfg_rule *r = ikecfg_by_label(c, label);

	return r != NULL ? ikecfg_auths(c, r) : 0;
}

static uint8_t
preshared(const struct keyring *k, const struct ikeipc_ask *a,
    struct ikeipc_told *told, struct keyring_work *work)
{
	const struct ikekey *key = find(k, a, work);
	size_t n;

	if (key == NULL)
		return IKEIPC_NONE;
	n = compute(k, key, a, work->auth);
	if (n == 0) {
		(void)snprintf(work->why, sizeof(work->why),
		    "PRF %u cannot be computed here", a->prf);
		return IKEIPC_NO;
	}
	told->method = METHOD_PSK;
	if (a->op == IKEIPC_SIGN) {
		told->data.p = work->auth;
		told->data.n = n;
		return IKEIPC_OK;
	}
	if (a->auth.n == n && secret_equal(a->auth.p, work->auth, n))
		return IKEIPC_OK;
	(void)snprintf(work->why, sizeof(work->why),
	    "the peer has another preshared key for these identities (line %u "
	    "of ike.preshared)",
	    key->line);
	return IKEIPC_NO;
}

static struct keystore_bytes
bytes(const struct ikeipc_bytes *b)
{
	return (struct keystore_bytes){ b->p, b->n };
}

static void
translate(
    struct keystore_ask *to, const struct ikeipc_ask *a, struct keyring_work *w)
{
	for (unsigned i = 0; i < a->n_cert; i++) {
		w->cert[i].encoding = a->cert[i].encoding;
		w->cert[i].der = bytes(&a->cert[i].der);
	}
	*to = (struct keystore_ask){ .rule = w->label,
		.initiator = a->initiator,
		.local = a->local,
		.remote = a->remote,
		.prf = a->prf,
		.own_id_type = a->own_id_type,
		.peer_id_type = a->peer_id_type,
		.own_id = bytes(&a->own_id),
		.peer_id = bytes(&a->peer_id),
		.octets = bytes(&a->octets),
		.hash = a->hash,
		.n_hash = a->n_hash,
		.authorities = bytes(&a->authorities),
		.method = a->method,
		.auth = bytes(&a->auth),
		.cert = w->cert,
		.n_cert = a->n_cert };
}

static uint8_t
certificate(const struct keyring *k, const struct ikeipc_ask *ask,
    struct ikeipc_told *told, struct keyring_work *w)
{
	static const uint8_t verdicts[] = { [KEYSTORE_OK] = IKEIPC_OK,
		[KEYSTORE_NO] = IKEIPC_NO,
		[KEYSTORE_NONE] = IKEIPC_NONE };
	struct keystore_told *t = &w->told;
	struct keystore_ask a;

	translate(&a, ask, w);
	if (ask->op == IKEIPC_SIGN)
		keystore_sign(k->store, &a, (int64_t)clock_wall(), t);
	else
		keystore_verify(k->store, &a, (int64_t)clock_wall(), t);
	told->method = t->method;
	told->data.p = t->data;
	told->data.n = t->n;
	told->n_cert = (unsigned)t->n_cert;
	for (size_t i = 0; i < t->n_cert; i++) {
		told->cert[i].encoding = t->cert[i].encoding;
		told->cert[i].der.p = t->cert[i].der.p;
		told->cert[i].der.n = t->cert[i].der.n;
	}
	(void)snprintf(w->why, sizeof(w->why), "%s", t->why);
	return verdicts[t->verdict];
}

/* Who we are by a rule whose local_id names a certificate. */
static uint8_t
own_id(
    const struct keyring *k, struct ikeipc_told *told, struct keyring_work *w)
{
	struct ikeid id;

	if (!keystore_own_id(k->store, w->label, &id)) {
		(void)snprintf(w->why, sizeof(w->why),
		    "no certificate with a private key is the rule's local_id");
		return IKEIPC_NONE;
	}
	w->id[0] = id.type;
	memcpy(w->id + 1, id.b, id.n);
	told->data.p = w->id;
	told->data.n = 1u + id.n;
	return IKEIPC_OK;
}

static uint8_t
answer(const struct keyring *k, const struct ikeipc_ask *a,
    struct ikeipc_told *told, struct keyring_work *work)
{
	const unsigned psk = 1u << IKECFG_PRESHARED;
	bool shared;
	unsigned m;

	if (k == NULL) {
		(void)snprintf(work->why, sizeof(work->why),
		    "the keystore has no files yet");
		return IKEIPC_NONE;
	}
	if (a->rule.n != 0 && a->rule.n < sizeof(work->label))
		memcpy(work->label, a->rule.p, a->rule.n);
	if (a->op == IKEIPC_ID)
		return own_id(k, told, work);
	m = methods(k, work->label);
	/* the peer says what it does; we do what the rule says */
	shared =
	    a->op == IKEIPC_VERIFY ? a->method == METHOD_PSK : (m & psk) != 0;
	if ((m & (shared ? psk : ~psk)) != 0)
		return shared ? preshared(k, a, told, work)
			      : certificate(k, a, told, work);
	(void)snprintf(work->why, sizeof(work->why), "%s",
	    m == 0   ? "there is no rule of that label any more"
	    : shared ? "the peer uses a preshared key, and the rule has none"
		     : "the peer signs, and the rule wants a preshared key");
	return IKEIPC_NO;
}

void
keyring_answer(struct keyring *k, const struct ikeipc_ask *ask,
    struct ikeipc_told *told, struct keyring_work *work)
{
	*told = (struct ikeipc_told){ 0 };
	*work = (struct keyring_work){ 0 };
	told->verdict = answer(k, ask, told, work);
	/* a name out of a certificate may have anything in it */
	for (char *p = work->why; *p != '\0'; p++)
		if (*p < ' ' || *p == 0x7f)
			*p = '?';
	told->why.p = (const uint8_t *)work->why;
	told->why.n = strlen(work->why);
}

size_t
keyring_authorities(const struct keyring *k, uint8_t *out, size_t n)
{
	return k != NULL ? keystore_authorities(k->store, out, n) : 0;
}
