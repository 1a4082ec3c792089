/* SPDX-License-Identifier: BSD-2-Clause */
#include "pki/keystore.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>

#include "crypto/be/sig.h"
#include "pki/keyinside.h"
#include "pki/keysig.h"

enum { KEYS_MAX = 4096, RULES_MAX = 65536, PSKS_MAX = 65536, SOON = 30 };

static bool
say(char *why, const char *text)
{
	(void)snprintf(why, KEYSTORE_WHY, "%s", text);
	return false;
}

struct keystore *
keystore_new(const struct crypto *c)
{
	struct keystore *k = calloc(1, sizeof(*k));

	if (k == NULL)
		return NULL;
	k->crypto = c;
	k->certs = certstore_new();
	if (k->certs != NULL)
		return k;
	free(k);
	return NULL;
}

static void
rule_free(struct keystore_who *r)
{
	free(r->label);
	free(r->remote);
	free(r);
}

void
keystore_free(struct keystore *k)
{
	if (k == NULL)
		return;
	while (k->psks != NULL) {
		struct keystore_pair *p = k->psks;

		k->psks = p->next;
		secret_wipe(p, sizeof(*p));
		free(p);
	}
	while (k->keys != NULL) {
		struct keystore_own *o = k->keys;

		k->keys = o->next;
		EVP_PKEY_free(o->key);
		free(o);
	}
	while (k->rules != NULL) {
		struct keystore_who *r = k->rules;

		k->rules = r->next;
		rule_free(r);
	}
	certstore_free(k->certs);
	free(k);
}

/* --- filling --- */

bool
keystore_add_psk(struct keystore *k, const struct keystore_psk *psk, char *why)
{
	struct keystore_pair *p;

	why[0] = '\0';
	if (psk->n == 0 || psk->n > KEYSTORE_PSK)
		return say(why, "a preshared key has 1 to 128 bytes");
	if (psk->local.type == IKEID_NONE || psk->remote.type == IKEID_NONE)
		return say(why, "a preshared key is between two identities");
	for (p = k->psks; p != NULL; p = p->next)
		if (ikeid_equal(&p->local, &psk->local) &&
		    ikeid_equal(&p->remote, &psk->remote))
			return say(why, "there is a key for this pair already");
	p = k->n_psks < PSKS_MAX ? calloc(1, sizeof(*p)) : NULL;
	if (p == NULL)
		return say(why, "no memory");
	p->local = psk->local;
	p->remote = psk->remote;
	if (!secret_set(&p->key, psk->key, (unsigned)psk->n * 8)) {
		free(p);
		return say(why, "the preshared key is too long");
	}
	p->next = k->psks;
	k->psks = p;
	k->n_psks++;
	return true;
}

bool
keystore_add_cert(
    struct keystore *k, const char *slot, const void *b, size_t n, char *why)
{
	return certstore_add(k->certs, slot, b, n, why);
}

bool
keystore_add_crl(
    struct keystore *k, const char *slot, const void *b, size_t n, char *why)
{
	return certstore_add_crl(k->certs, slot, b, n, why);
}

/* Nobody is asked for a password. */
static int
no_password(char *buf, int size, int rwflag, void *arg)
{
	(void)buf;
	(void)size;
	(void)rwflag;
	*(bool *)arg = true;
	return -1;
}

static EVP_PKEY *
read_key(OSSL_LIB_CTX *ctx, const uint8_t *b, size_t n, char *why)
{
	const uint8_t *p = b;
	bool locked = false;
	EVP_PKEY *key = NULL;
	BIO *bio;

	if (n != 0 && n < INT32_MAX && b[0] == 0x30) {
		key = d2i_AutoPrivateKey_ex(NULL, &p, (long)n, ctx, NULL);
	} else if (n != 0 && n < INT32_MAX) {
		bio = BIO_new_mem_buf(b, (int)n);
		if (bio != NULL)
			key = PEM_read_bio_PrivateKey_ex(
			    bio, NULL, no_password, &locked, ctx, NULL);
		BIO_free(bio);
	}
	ERR_clear_error();
	if (key == NULL)
		(void)say(why, locked ? "it is encrypted; in.iked starts "
					"without anybody who knows the "
					"password"
				      : "it is no private key");
	return key;
}

bool
keystore_add_key(
    struct keystore *k, const char *slot, const void *b, size_t n, char *why)
{
	EVP_PKEY *key;
	const char *weak;
	struct keystore_own *o;

	why[0] = '\0';
	key = read_key(certstore_ctx(k->certs), b, n, why);
	if (key == NULL)
		return false;
	weak = sig_key_weak(key);
	o = weak == NULL && k->n_keys < KEYS_MAX ? calloc(1, sizeof(*o)) : NULL;
	if (o == NULL) {
		EVP_PKEY_free(key);
		return say(why, weak != NULL ? weak : "no memory");
	}
	o->key = key;
	(void)snprintf(o->slot, sizeof(o->slot), "%s", slot);
	o->next = k->keys;
	k->keys = o;
	k->n_keys++;
	return true;
}

bool
keystore_add_root(struct keystore *k, const char *selector, char *why)
{
	return certstore_root(k->certs, selector, why);
}

bool
keystore_add_trust(struct keystore *k, const char *selector, char *why)
{
	return certstore_trust(k->certs, selector, why);
}

void
keystore_ignore_crls(struct keystore *k, bool on)
{
	certstore_ignore_crls(k->certs, on);
}

void
keystore_use_token(struct keystore *k, struct token *t)
{
	k->token = t;
}

static bool
rule_fill(struct keystore_who *to, const struct keystore_rule *r, char *why)
{
	to->label = strdup(r->label);
	to->remote = calloc(r->n_remote + 1, sizeof(*to->remote));
	if (to->label == NULL || to->remote == NULL)
		return say(why, "no memory");
	to->psk = r->psk;
	to->cert = r->cert;
	to->n_remote = r->n_remote;
	if (!certsel_read(
		&to->local, r->local_id != NULL ? r->local_id : "", why))
		return false;
	if (to->local.negated)
		return say(why, "local_id says what it is, not what it is not");
	for (size_t i = 0; i < r->n_remote; i++)
		if (!certsel_read(&to->remote[i], r->remote_id[i], why))
			return false;
	return true;
}

bool
keystore_add_rule(struct keystore *k, const struct keystore_rule *r, char *why)
{
	struct keystore_who *to;

	why[0] = '\0';
	if (keystore_who_of(k, r->label) != NULL)
		return say(why, "there is a rule of that label already");
	to = k->n_rules < RULES_MAX ? calloc(1, sizeof(*to)) : NULL;
	if (to == NULL)
		return say(why, "no memory");
	if (!rule_fill(to, r, why)) {
		rule_free(to);
		return false;
	}
	to->next = k->rules;
	k->rules = to;
	k->n_rules++;
	return true;
}

/* --- ready --- */

struct speak {
	void (*say)(void *ctx, const char *line);
	void *ctx;
};

__attribute__((format(printf, 2, 3))) static void
remark(const struct speak *s, const char *fmt, ...)
{
	char line[KEYSTORE_WHY];
	va_list ap;

	if (s->say == NULL)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	s->say(s->ctx, line);
}

static void
remark_certs(const struct keystore *k, int64_t now, const struct speak *s)
{
	const struct cert *c;
	char name[CERT_TEXT], date[CERT_DATE];

	for (size_t i = 0; (c = certstore_row(k->certs, i)) != NULL; i++) {
		int when = cert_when(c, now);
		int soon = cert_when(c, now + SOON * 86400);

		if (when > 0)
			remark(s, "certificate %s, %s: it expired on %s",
			    c->slot, cert_subject(name, c),
			    cert_date(date, c, true));
		else if (when < 0)
			remark(s, "certificate %s, %s: not valid before %s",
			    c->slot, cert_subject(name, c),
			    cert_date(date, c, false));
		else if (soon > 0)
			remark(s, "certificate %s, %s: it will expire on %s",
			    c->slot, cert_subject(name, c),
			    cert_date(date, c, true));
	}
}

static void
remark_keys(const struct keystore *k, const struct speak *s)
{
	const struct cert *c;

	for (const struct keystore_own *o = k->keys; o != NULL; o = o->next) {
		bool found = false;

		for (size_t i = 0; (c = certstore_row(k->certs, i)) != NULL;
		     i++)
			found = found || EVP_PKEY_eq(c->key, o->key) == 1;
		if (!found)
			remark(s,
			    "private key %s: no certificate and no public key "
			    "in publickeys goes with it",
			    o->slot);
	}
	ERR_clear_error();
}

static void
remark_rules(const struct keystore *k, const struct speak *s)
{
	for (const struct keystore_who *r = k->rules; r != NULL; r = r->next)
		if (r->cert && keystore_own_cert(k, r, NULL, NULL) == NULL)
			remark(s,
			    "rule %s: no certificate with a private key is "
			    "that of local_id \"%s\"",
			    r->label, r->local.text);
}

bool
keystore_ready(struct keystore *k, int64_t now,
    void (*say_line)(void *ctx, const char *line), void *ctx, char *why)
{
	const struct speak s = { say_line, ctx };

	if (!certstore_ready(k->certs, why))
		return false;
	remark_certs(k, now, &s);
	remark_keys(k, &s);
	remark_rules(k, &s);
	return true;
}

size_t
keystore_authorities(const struct keystore *k, uint8_t *out, size_t n)
{
	const struct cert *c;
	size_t len = 0;

	for (size_t i = 0; (c = certstore_row(k->certs, i)) != NULL; i++)
		if (certstore_is_root(k->certs, i) && len + 20 <= n &&
		    cert_key_hash(c, out + len))
			len += 20;
	return len;
}

bool
keystore_own_id(const struct keystore *k, const char *rule, struct ikeid *id)
{
	const struct keystore_who *r = keystore_who_of(k, rule);
	const struct cert *c =
	    r != NULL ? keystore_own_cert(k, r, NULL, NULL) : NULL;

	*id = c != NULL ? cert_subject_id(c)
			: (struct ikeid){ .type = IKEID_NONE };
	return id->type != IKEID_NONE;
}
