/* SPDX-License-Identifier: BSD-2-Clause */
/* The questions of AUTH (pki/keystore.h). */
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>

#include "crypto/prf.h"
#include "pki/keyinside.h"
#include "pki/keysig.h"

/* "fqdn host.example" for people. */
enum { ID_TEXT = 280 };

static const char *
id_text(char buf[ID_TEXT], const struct ikeid *id)
{
	char value[IKEID_TEXT];

	(void)snprintf(buf, ID_TEXT, "%s %.200s", ikeid_type_name(id->type),
	    ikeid_print(value, id));
	return buf;
}

__attribute__((format(printf, 3, 4))) static void
refuse(struct keystore_told *t, enum keystore_verdict v, const char *fmt, ...)
{
	va_list ap;

	t->verdict = v;
	va_start(ap, fmt);
	(void)vsnprintf(t->why, sizeof(t->why), fmt, ap);
	va_end(ap);
}

const struct keystore_who *
keystore_who_of(const struct keystore *k, const char *label)
{
	const struct keystore_who *r = k->rules;

	while (r != NULL && strcmp(r->label, label) != 0)
		r = r->next;
	return r;
}

/* The identity of a payload; IKEID_NONE when there is none, or a broken one. */
static struct ikeid
id_of(uint8_t type, const struct keystore_bytes *b)
{
	struct ikeid id;

	if (type == 0 || !ikeid_set(&id, type, b->p, b->n))
		id = (struct ikeid){ .type = IKEID_NONE };
	return id;
}

/* --- preshared keys --- */

/*
 * How well an entry's identity is that of an end: 2 by the payload, 1 by the
 * address. An address stands for a peer that calls itself by an address too (a
 * NAT may have changed it), or has not said a name yet; never for a name.
 */
static unsigned
fits(const struct ikeid *entry, const struct ikeid *id, const struct addr *end)
{
	struct ikeid at = ikeid_addr(end);

	if (id->type != IKEID_NONE && ikeid_equal(entry, id))
		return 2;
	if (id->type != IKEID_NONE && id->type != IKEID_IPV4 &&
	    id->type != IKEID_IPV6)
		return 0;
	return at.type != IKEID_NONE && ikeid_equal(entry, &at);
}

static const struct keystore_pair *
psk_for(const struct keystore *k, const struct keystore_ask *a)
{
	struct ikeid own = id_of(a->own_id_type, &a->own_id);
	struct ikeid peer = id_of(a->peer_id_type, &a->peer_id);
	const struct keystore_pair *best = NULL;
	unsigned most = 0;

	for (const struct keystore_pair *p = k->psks; p != NULL; p = p->next) {
		unsigned l = fits(&p->local, &own, &a->local);
		unsigned r = fits(&p->remote, &peer, &a->remote);

		if (l != 0 && r != 0 && l + r > most) {
			most = l + r;
			best = p;
		}
	}
	return best;
}

/* RFC 7296 2.15: prf(prf(key, "Key Pad for IKEv2"), octets). */
static bool
psk_auth(const struct keystore *k, const struct keystore_pair *p,
    const struct keystore_ask *a, uint8_t out[PRF_MAX], size_t *n)
{
	const struct ikealg *prf = ikealg_by_id(IKEALG_PRF, a->prf);
	const struct mac_part pad = { (const void *)"Key Pad for IKEv2", 17 };
	const struct mac_part octets = { a->octets.p, a->octets.n };
	uint8_t key[PRF_MAX];
	bool ok;

	if (prf == NULL || !prf_usable(k->crypto, prf))
		return false;
	*n = prf_len(prf);
	ok = prf_sign(k->crypto, prf, p->key.b, secret_bytes(p->key.bits), &pad,
		 1, key) &&
	     prf_sign(k->crypto, prf, key, *n, &octets, 1, out);
	secret_wipe(key, sizeof(key));
	return ok;
}

static void
no_psk(const struct keystore_ask *a, struct keystore_told *t)
{
	struct ikeid own = id_of(a->own_id_type, &a->own_id);
	struct ikeid peer = id_of(a->peer_id_type, &a->peer_id);
	struct ikeid at = ikeid_addr(&a->local), to = ikeid_addr(&a->remote);
	char l[ID_TEXT], r[ID_TEXT];

	refuse(t, KEYSTORE_NONE,
	    "ike.preshared has no key between localid %s and remoteid %s",
	    id_text(l, own.type != IKEID_NONE ? &own : &at),
	    id_text(r, peer.type != IKEID_NONE ? &peer : &to));
}

static void
sign_psk(const struct keystore *k, const struct keystore_ask *a,
    struct keystore_told *t)
{
	const struct keystore_pair *p = psk_for(k, a);

	if (p == NULL)
		no_psk(a, t);
	else if (!psk_auth(k, p, a, t->data, &t->n))
		refuse(t, KEYSTORE_NONE, "the PRF %u cannot be computed here",
		    a->prf);
	else
		t->method = IKE_AUTH_PSK;
}

/* --- certificates of ours --- */

/* In a file, or in a token. */
static bool
private_of(
    const struct keystore *k, const struct cert *c, struct keysig_key *key)
{
	*key = (struct keysig_key){ .key = NULL };
	for (const struct keystore_own *o = k->keys;
	     o != NULL && key->key == NULL; o = o->next)
		if (EVP_PKEY_eq(c->key, o->key) == 1)
			key->key = o->key;
	ERR_clear_error();
	if (key->key == NULL && k->token != NULL &&
	    token_find(k->token, c->key, &key->token)) {
		key->key = c->key;
		key->in_token = true;
	}
	return key->key != NULL;
}

static bool
named(const struct keystore *k, const struct cert *c,
    const struct keystore_bytes *authorities)
{
	for (size_t i = 0; i + 20 <= authorities->n; i += 20)
		if (certstore_ends_at(k->certs, c, authorities->p + i))
			return true;
	return false;
}

const struct cert *
keystore_own_cert(const struct keystore *k, const struct keystore_who *r,
    const struct keystore_ask *a, struct keysig_key *key)
{
	struct ikeid own = { .type = IKEID_NONE };
	const struct cert *c, *best = NULL;
	unsigned most = 0;

	if (a != NULL)
		own = id_of(a->own_id_type, &a->own_id);
	for (size_t i = 0; (c = certstore_row(k->certs, i)) != NULL; i++) {
		struct keysig_key with;
		unsigned score = 1;

		if (!certsel_match(&r->local, c) || !private_of(k, c, &with))
			continue;
		if (own.type != IKEID_NONE && cert_bears(c, &own))
			score += 4;
		if (a != NULL && named(k, c, &a->authorities))
			score += 2;
		if (score <= most)
			continue;
		most = score;
		best = c;
		if (key != NULL)
			*key = with;
	}
	return best;
}

/* A certificate has to bear the name that goes before it. */
static bool
own_ok(const struct cert *c, const struct keystore_ask *a, int64_t now,
    struct keystore_told *t)
{
	struct ikeid own = id_of(a->own_id_type, &a->own_id);
	char name[CERT_TEXT], id[ID_TEXT], date[CERT_DATE];
	int when = cert_when(c, now);

	if (when != 0) {
		refuse(t, KEYSTORE_NONE,
		    "our certificate %s, %s, %s %s; the peer would refuse it",
		    c->slot, cert_subject(name, c),
		    when > 0 ? "has expired on" : "is not valid before",
		    cert_date(date, c, when > 0));
		return false;
	}
	if (c->x != NULL && own.type != IKEID_NONE && !cert_bears(c, &own)) {
		refuse(t, KEYSTORE_NONE,
		    "our certificate %s, %s, does not bear the identity %s "
		    "that we would send; see local_id_type",
		    c->slot, cert_subject(name, c), id_text(id, &own));
		return false;
	}
	return true;
}

static void
sign_cert(struct keystore *k, const struct keystore_who *r,
    const struct keystore_ask *a, int64_t now, struct keystore_told *t)
{
	const struct keysig_octets o = { a->octets.p, a->octets.n };
	const struct cert *c, *chain[KEYSTORE_CERTS];
	char why[KEYSIG_WHY];
	struct keysig_key key;

	c = keystore_own_cert(k, r, a, &key);
	if (c == NULL) {
		refuse(t, KEYSTORE_NONE,
		    "no certificate with a private key is that of local_id "
		    "\"%.100s\"",
		    r->local.text);
		return;
	}
	if (!own_ok(c, a, now, t))
		return;
	if (!keysig_sign(certstore_ctx(k->certs), &key, a->hash, a->n_hash, &o,
		&t->method, t->data, &t->n, why)) {
		refuse(t, KEYSTORE_NONE, "certificate %s: %s", c->slot, why);
		return;
	}
	t->n_cert = certstore_chain(k->certs, c, chain, KEYSTORE_CERTS);
	for (size_t i = 0; i < t->n_cert; i++)
		t->cert[i] =
		    (struct keystore_cert){ .encoding = chain[i]->x != NULL
							    ? KEYSTORE_X509
							    : KEYSTORE_RAW,
			    .der = { chain[i]->der, chain[i]->n } };
}

void
keystore_sign(struct keystore *k, const struct keystore_ask *a, int64_t now,
    struct keystore_told *t)
{
	const struct keystore_who *r = keystore_who_of(k, a->rule);

	memset(t, 0, sizeof(*t));
	if (r == NULL)
		refuse(t, KEYSTORE_NONE, "there is no rule %.100s", a->rule);
	else if (r->psk)
		sign_psk(k, a, t);
	else
		sign_cert(k, r, a, now, t);
}

/* --- the peer's identity --- */

/*
 * remote_id: one of those that are not negated means the peer, or there is none
 * such; and none that is negated does. c is NULL without a certificate.
 */
static bool
wanted(
    const struct keystore_who *r, const struct cert *c, const struct ikeid *id)
{
	bool any = false, yes = false;

	for (size_t i = 0; i < r->n_remote; i++) {
		const struct certsel *s = &r->remote[i];
		bool is =
		    (c != NULL && certsel_match(s, c)) ||
		    ((c == NULL || c->x == NULL) && certsel_match_id(s, id));

		if (s->negated && is)
			return false;
		any = any || !s->negated;
		yes = yes || (!s->negated && is);
	}
	return yes || !any;
}

static void
unwanted(const struct keystore_who *r, const struct cert *c,
    const struct ikeid *id, struct keystore_told *t)
{
	char text[ID_TEXT], name[CERT_TEXT] = "";

	refuse(t, KEYSTORE_NO,
	    "the peer is %s%s%s, which is not what remote_id of rule %.60s "
	    "allows",
	    id_text(text, id), c != NULL ? ", " : "",
	    c != NULL ? cert_subject(name, c) : "", r->label);
}

static void
verify_psk(const struct keystore *k, const struct keystore_who *r,
    const struct keystore_ask *a, struct keystore_told *t)
{
	struct ikeid peer = id_of(a->peer_id_type, &a->peer_id);
	const struct keystore_pair *p = psk_for(k, a);
	uint8_t want[PRF_MAX];
	char text[ID_TEXT];
	size_t n = 0;

	if (peer.type == IKEID_NONE)
		refuse(t, KEYSTORE_NO, "the peer's identity cannot be read");
	else if (p == NULL)
		no_psk(a, t);
	else if (!wanted(r, NULL, &peer))
		unwanted(r, NULL, &peer, t);
	else if (!psk_auth(k, p, a, want, &n))
		refuse(t, KEYSTORE_NONE, "the PRF %u cannot be computed here",
		    a->prf);
	else if (a->auth.n != n || !secret_equal(want, a->auth.p, n))
		refuse(t, KEYSTORE_NO,
		    "the preshared key with %s is another one than the peer's",
		    id_text(text, &peer));
	secret_wipe(want, sizeof(want));
}

/* --- certificates of the peer --- */

/* What came, as far as it is of use. */
struct bag {
	struct cert *cert[KEYSTORE_CERTS];
	size_t n;
	struct certstore_bytes ocsp[KEYSTORE_CERTS];
	size_t n_ocsp;
};

static void
bag_free(struct bag *b)
{
	for (size_t i = 0; i < b->n; i++)
		cert_free(b->cert[i]);
}

/* False: the first one, which the signature is by, cannot be used. */
static bool
bag_fill(struct bag *b, const struct keystore *k, const struct keystore_ask *a,
    struct keystore_told *t)
{
	char why[CERT_WHY] = "its kind is not known here";

	memset(b, 0, sizeof(*b));
	for (size_t i = 0; i < a->n_cert && i < KEYSTORE_CERTS; i++) {
		const struct keystore_cert *c = &a->cert[i];
		struct cert *got = NULL;

		if (c->encoding == KEYSTORE_OCSP) {
			b->ocsp[b->n_ocsp++] =
			    (struct certstore_bytes){ c->der.p, c->der.n };
			continue;
		}
		if (c->encoding == KEYSTORE_X509 ||
		    (c->encoding == KEYSTORE_RAW && b->n == 0))
			got = cert_new(certstore_ctx(k->certs),
			    c->encoding == KEYSTORE_RAW, c->der.p, c->der.n,
			    why);
		if (got != NULL) {
			b->cert[b->n++] = got;
		} else if (b->n == 0) {
			refuse(t, KEYSTORE_NO,
			    "the peer's certificate cannot be used: %s", why);
			return false;
		}
	}
	return true;
}

/*
 * Is the signature by this key, is the key believed, and is it the key of whom
 * the peer says it is?
 */
static bool
believe(struct keystore *k, const struct keystore_who *r,
    const struct keystore_ask *a, const struct cert *c, const struct bag *b,
    int64_t now, struct keystore_told *t)
{
	const struct keysig_octets o = { a->octets.p, a->octets.n };
	struct ikeid peer = id_of(a->peer_id_type, &a->peer_id);
	char why[CERTSTORE_WHY], name[CERT_TEXT], id[ID_TEXT];

	if (!keysig_verify(certstore_ctx(k->certs), c->key, a->method,
		a->auth.p, a->auth.n, &o, why)) {
		refuse(t, KEYSTORE_NO, "%s", why);
		return false;
	}
	if (!certstore_verify(
		k->certs, c, b->cert, b->n, b->ocsp, b->n_ocsp, now, why)) {
		refuse(t, KEYSTORE_NO, "%s", why);
		return false;
	}
	/* RFC 4945 3.1; a key alone bears no name: remote_id has to give it */
	if (c->x != NULL && !cert_bears(c, &peer)) {
		refuse(t, KEYSTORE_NO,
		    "the peer says it is %s, which its certificate, %s, does "
		    "not bear",
		    id_text(id, &peer), cert_subject(name, c));
		return false;
	}
	if (!wanted(r, c, &peer)) {
		unwanted(r, c, &peer, t);
		return false;
	}
	return true;
}

/* A key alone is the one that is here under a name that remote_id has. */
static const struct cert *
known_key(const struct keystore *k, const struct cert *c)
{
	const struct cert *own;

	for (size_t i = 0; (own = certstore_row(k->certs, i)) != NULL; i++)
		if (own->x == NULL && own->n == c->n &&
		    memcmp(own->der, c->der, c->n) == 0)
			return own;
	return NULL;
}

/* For a raw key remote_id names both: the key by SLOT=, and who has it. */
static bool
raw_ok(const struct keystore_who *r, const struct cert *c,
    const struct ikeid *id, struct keystore_told *t)
{
	bool slot = false, name = false, names = false;
	char text[ID_TEXT];

	for (size_t i = 0; i < r->n_remote; i++) {
		const struct certsel *s = &r->remote[i];

		if (s->negated)
			continue;
		if (s->by == CERTSEL_SLOT) {
			slot = slot || certsel_match(s, c);
			continue;
		}
		names = names || s->by != CERTSEL_ANY;
		name =
		    name || (s->by != CERTSEL_ANY && certsel_match_id(s, id));
	}
	if (slot && (name || (!names && id->type == IKEID_KEY)))
		return true;
	refuse(t, KEYSTORE_NO,
	    slot ? "the peer's public key bears no name; remote_id of rule "
		   "%.60s has to name %s beside SLOT="
		 : "remote_id of rule %.60s does not name the public key by "
		   "SLOT= (the peer says it is %s)",
	    r->label, id_text(text, id));
	return false;
}

/* No certificate came: one that is trusted here may be the peer's. */
static void
verify_here(struct keystore *k, const struct keystore_who *r,
    const struct keystore_ask *a, int64_t now, struct keystore_told *t)
{
	const struct bag none = { .n = 0 };
	struct ikeid peer = id_of(a->peer_id_type, &a->peer_id);
	const struct cert *c;
	char text[ID_TEXT];

	refuse(t, KEYSTORE_NO,
	    "the peer sent no certificate, and none that cert_trust names is "
	    "that of %s",
	    id_text(text, &peer));
	for (size_t i = 0; (c = certstore_row(k->certs, i)) != NULL; i++) {
		if (!certstore_is_trusted(k->certs, i) || c->x == NULL ||
		    !cert_bears(c, &peer) || !wanted(r, c, &peer))
			continue;
		if (believe(k, r, a, c, &none, now, t)) {
			t->verdict = KEYSTORE_OK;
			t->why[0] = '\0';
			return;
		}
	}
}

static void
verify_cert(struct keystore *k, const struct keystore_who *r,
    const struct keystore_ask *a, int64_t now, struct keystore_told *t)
{
	struct ikeid peer = id_of(a->peer_id_type, &a->peer_id);
	const struct cert *c;
	struct bag b;

	if (peer.type == IKEID_NONE) {
		refuse(t, KEYSTORE_NO, "the peer's identity cannot be read");
		return;
	}
	if (!bag_fill(&b, k, a, t)) {
		bag_free(&b);
		return;
	}
	if (b.n == 0) {
		verify_here(k, r, a, now, t);
		return;
	}
	c = b.cert[0];
	if (c->x == NULL && (c = known_key(k, c)) == NULL)
		refuse(t, KEYSTORE_NO,
		    "the peer's public key is not among publickeys");
	else if (c->x != NULL || raw_ok(r, c, &peer, t))
		(void)believe(k, r, a, c, &b, now, t);
	bag_free(&b);
}

void
keystore_verify(struct keystore *k, const struct keystore_ask *a, int64_t now,
    struct keystore_told *t)
{
	const struct keystore_who *r = keystore_who_of(k, a->rule);
	bool psk = a->method == IKE_AUTH_PSK;

	memset(t, 0, sizeof(*t));
	if (r == NULL)
		refuse(t, KEYSTORE_NONE, "there is no rule %.100s", a->rule);
	else if (psk ? !r->psk : !r->cert)
		refuse(t, KEYSTORE_NO,
		    "the peer authenticates by %s, and rule %.60s wants %s",
		    psk ? "a preshared key" : "a signature", r->label,
		    psk ? "a signature" : "a preshared key");
	else if (psk)
		verify_psk(k, r, a, t);
	else
		verify_cert(k, r, a, now, t);
}
