/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/sigalg.h"

#include "base/txt.h"

enum { DER_INT = 2, DER_NULL = 5, DER_OID = 6, DER_SEQ = 0x30, DER_CTX = 0xa0 };

/* An object identifier, without its tag. */
struct oid {
	uint8_t n;
	uint8_t b[10];
};

static const struct hash {
	uint8_t id;
	uint8_t len;
	struct oid oid, rsa, ecdsa;
	const char *name;
} hashes[] = {
	{ IKE_HASH_SHA1, 20, { 5, { 0x2b, 0x0e, 0x03, 0x02, 0x1a } },
	    { 9, { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x05 } },
	    { 7, { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x01 } }, "SHA1" },
	{ IKE_HASH_SHA256, 32,
	    { 9, { 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01 } },
	    { 9, { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b } },
	    { 8, { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02 } },
	    "SHA2-256" },
	{ IKE_HASH_SHA384, 48,
	    { 9, { 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02 } },
	    { 9, { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0c } },
	    { 8, { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03 } },
	    "SHA2-384" },
	{ IKE_HASH_SHA512, 64,
	    { 9, { 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03 } },
	    { 9, { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0d } },
	    { 8, { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x04 } },
	    "SHA2-512" },
};

enum { N_HASHES = sizeof(hashes) / sizeof(hashes[0]) };

static const struct oid pss_oid = { 9,
	{ 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a } };
static const struct oid mgf1_oid = { 9,
	{ 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08 } };
static const struct oid ed25519_oid = { 3, { 0x2b, 0x65, 0x70 } };
static const struct oid ed448_oid = { 3, { 0x2b, 0x65, 0x71 } };

static const struct hash *
hash_of(unsigned id)
{
	for (size_t i = 0; i < N_HASHES; i++)
		if (hashes[i].id == id)
			return &hashes[i];
	return NULL;
}

const char *
sigalg_hash_name(unsigned hash)
{
	const struct hash *h = hash_of(hash);

	return h != NULL		   ? h->name
	       : hash == IKE_HASH_IDENTITY ? "no hash"
					   : "?";
}

size_t
sigalg_hash_len(unsigned hash)
{
	const struct hash *h = hash_of(hash);

	return h != NULL ? h->len : 0;
}

/* --- writing: all is shorter than 128 bytes --- */

static size_t
der_open(struct wr *w, uint8_t tag)
{
	wr_u8(w, tag);
	wr_u8(w, 0);
	return w->len;
}

static void
der_close(struct wr *w, size_t from)
{
	if (!w->bad)
		w->base[from - 1] = (uint8_t)(w->len - from);
}

static void
put_oid(struct wr *w, const struct oid *o)
{
	wr_u8(w, DER_OID);
	wr_u8(w, o->n);
	wr_bytes(w, o->b, o->n);
}

/* An AlgorithmIdentifier with NULL for parameters, or with none. */
static void
put_alg(struct wr *w, const struct oid *o, bool null)
{
	size_t at = der_open(w, DER_SEQ);

	put_oid(w, o);
	if (null)
		wr_be16(w, DER_NULL << 8);
	der_close(w, at);
}

/* RFC 4055 3.1, RFC 7427 A.4: all that is not the default is said. */
static void
put_pss(struct wr *w, const struct sigalg *a, const struct hash *h)
{
	size_t whole = der_open(w, DER_SEQ), params, at, mgf;

	put_oid(w, &pss_oid);
	params = der_open(w, DER_SEQ);
	if (h->id != IKE_HASH_SHA1) {
		at = der_open(w, DER_CTX);
		put_alg(w, &h->oid, true);
		der_close(w, at);
		at = der_open(w, DER_CTX + 1);
		mgf = der_open(w, DER_SEQ);
		put_oid(w, &mgf1_oid);
		put_alg(w, &h->oid, true);
		der_close(w, mgf);
		der_close(w, at);
	}
	if (a->salt != 20) {
		at = der_open(w, DER_CTX + 2);
		wr_be16(w, DER_INT << 8 | 1);
		wr_u8(w, (uint8_t)a->salt);
		der_close(w, at);
	}
	der_close(w, params);
	der_close(w, whole);
}

void
sigalg_write(struct wr *w, const struct sigalg *a)
{
	const struct hash *h = hash_of(a->hash);

	if (a->kind == SIGALG_ED25519)
		put_alg(w, &ed25519_oid, false);
	else if (a->kind == SIGALG_ED448)
		put_alg(w, &ed448_oid, false);
	else if (h == NULL || (a->kind == SIGALG_PSS && a->salt > 64))
		w->bad = true;
	else if (a->kind == SIGALG_RSA)
		put_alg(w, &h->rsa, true);
	else if (a->kind == SIGALG_ECDSA)
		put_alg(w, &h->ecdsa, false);
	else
		put_pss(w, a, h);
}

/* --- reading --- */

static bool
next_is(const struct rd *r, uint8_t tag)
{
	return !r->bad && r->p != r->end && r->p[0] == tag;
}

/* The contents of the next element, which has to have this tag. */
static struct rd
der_take(struct rd *r, uint8_t tag)
{
	uint8_t got = rd_u8(r), n = rd_u8(r);

	/* nothing in here is as long as 128 bytes, and DER has one form each */
	if (got != tag || n >= 0x80)
		r->bad = true;
	return rd_sub(r, r->bad ? 0 : n);
}

static bool
is_oid(const struct rd *r, const struct oid *o)
{
	return !r->bad && (size_t)(r->end - r->p) == o->n &&
	       memcmp(r->p, o->b, o->n) == 0;
}

/* NULL, or nothing. */
static bool
no_params(struct rd *r, bool null_too)
{
	if (null_too && next_is(r, DER_NULL)) {
		struct rd null = der_take(r, DER_NULL);

		return rd_end(&null) && rd_end(r);
	}
	return rd_end(r);
}

/* The AlgorithmIdentifier of a hash, and nothing behind it. */
static bool
take_hash(struct rd *r, uint8_t *hash)
{
	struct rd seq = der_take(r, DER_SEQ), oid = der_take(&seq, DER_OID);

	for (size_t i = 0; i < N_HASHES; i++)
		if (is_oid(&oid, &hashes[i].oid)) {
			*hash = hashes[i].id;
			return no_params(&seq, true) && rd_end(r);
		}
	return false;
}

static bool
take_mgf(struct rd *r, uint8_t *hash)
{
	struct rd seq = der_take(r, DER_SEQ), oid = der_take(&seq, DER_OID);

	return is_oid(&oid, &mgf1_oid) && take_hash(&seq, hash) && rd_end(r);
}

/* A number of one byte. */
static bool
take_int(struct rd *r, uint8_t *v)
{
	struct rd i = der_take(r, DER_INT);

	*v = rd_u8(&i);
	return rd_end(&i) && rd_end(r) && *v < 0x80;
}

/* RFC 4055 3.1: RSASSA-PSS-params. */
static bool
take_pss(struct rd *r, struct sigalg *a)
{
	struct rd seq = der_take(r, DER_SEQ), part;
	uint8_t mgf = IKE_HASH_SHA1, n = 20;
	bool ok = true;

	a->kind = SIGALG_PSS;
	a->hash = IKE_HASH_SHA1;
	if (next_is(&seq, DER_CTX)) {
		part = der_take(&seq, DER_CTX);
		ok = take_hash(&part, &a->hash);
	}
	if (ok && next_is(&seq, DER_CTX + 1)) {
		part = der_take(&seq, DER_CTX + 1);
		ok = take_mgf(&part, &mgf);
	}
	if (ok && next_is(&seq, DER_CTX + 2)) {
		part = der_take(&seq, DER_CTX + 2);
		ok = take_int(&part, &n) && n <= 64;
	}
	a->salt = n;
	if (ok && next_is(&seq, DER_CTX + 3)) {
		part = der_take(&seq, DER_CTX + 3);
		ok = take_int(&part, &n) && n == 1;
	}
	return ok && mgf == a->hash && rd_end(&seq) && rd_end(r);
}

bool
sigalg_parse(struct sigalg *a, const uint8_t *der, size_t n)
{
	struct rd r = rd_from(der, n), seq = der_take(&r, DER_SEQ), oid;

	memset(a, 0, sizeof(*a));
	oid = der_take(&seq, DER_OID);
	if (!rd_end(&r) || oid.bad)
		return false;
	if (is_oid(&oid, &pss_oid))
		return take_pss(&seq, a);
	a->hash = IKE_HASH_IDENTITY;
	a->kind = SIGALG_ED25519;
	if (is_oid(&oid, &ed25519_oid))
		return rd_end(&seq);
	a->kind = SIGALG_ED448;
	if (is_oid(&oid, &ed448_oid))
		return rd_end(&seq);
	for (size_t i = 0; i < N_HASHES; i++) {
		a->hash = hashes[i].id;
		a->kind = SIGALG_RSA;
		if (is_oid(&oid, &hashes[i].rsa))
			return no_params(&seq, true);
		a->kind = SIGALG_ECDSA;
		if (is_oid(&oid, &hashes[i].ecdsa))
			return rd_end(&seq);
	}
	return false;
}

/* --- words --- */

const char *
sigalg_print(char *buf, const struct sigalg *a)
{
	static const char *const names[] = { "RSA", "RSA-PSS", "ECDSA",
		"Ed25519", "Ed448" };
	struct wr w = wr_into(buf, SIGALG_TEXT - 1);

	if ((unsigned)a->kind >= sizeof(names) / sizeof(names[0]))
		txt_put(&w, "?");
	else if (a->kind >= SIGALG_ED25519)
		txt_put(&w, names[a->kind]);
	else
		txt_print(&w, "%s with %s", names[a->kind],
		    sigalg_hash_name(a->hash));
	buf[w.len] = '\0';
	return buf;
}
