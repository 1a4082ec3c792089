/* SPDX-License-Identifier: BSD-2-Clause */
#include "pki/keysig.h"

#include <stdio.h>

#include "crypto/be/sig.h"

static bool
say(char why[KEYSIG_WHY], const char *text)
{
	(void)snprintf(why, KEYSIG_WHY, "%s", text);
	return false;
}

/* --- which --- */

static bool
takes(const uint16_t *hash, size_t n, unsigned want)
{
	for (size_t i = 0; i < n; i++)
		if (hash[i] == want)
			return true;
	return false;
}

/* The hash of the key's strength, or the next that the peer takes; 0: none. */
static uint8_t
pick_hash(enum sig_key kind, const uint16_t *hash, size_t n)
{
	static const uint8_t by_strength[] = { IKE_HASH_SHA256, IKE_HASH_SHA384,
		IKE_HASH_SHA512 };
	size_t first = kind == SIG_KEY_P384 ? 1 : kind == SIG_KEY_P521 ? 2 : 0;

	for (size_t i = 0; i < 3; i++)
		if (takes(hash, n, by_strength[(first + i) % 3]))
			return by_strength[(first + i) % 3];
	return 0;
}

/* RFC 7427; false: the peer's hashes do not go with the key. */
static bool
pick_new(struct sigalg *a, enum sig_key kind, const uint16_t *hash, size_t n)
{
	*a = (struct sigalg){ .hash = IKE_HASH_IDENTITY };
	if (kind == SIG_KEY_ED25519 || kind == SIG_KEY_ED448) {
		a->kind = kind == SIG_KEY_ED448 ? SIGALG_ED448 : SIGALG_ED25519;
		/* RFC 8420 2 */
		return takes(hash, n, IKE_HASH_IDENTITY);
	}
	a->hash = pick_hash(kind, hash, n);
	a->kind = SIGALG_ECDSA;
	if (kind == SIG_KEY_RSA || kind == SIG_KEY_RSA_PSS) {
		/* RFC 8247 3.2: PSS is what everybody has to know */
		a->kind = SIGALG_PSS;
		a->salt = (uint16_t)sigalg_hash_len(a->hash);
	}
	return a->hash != 0;
}

/* The methods before it; 0: the key has none. */
static uint8_t
pick_old(struct sigalg *a, enum sig_key kind)
{
	*a = (struct sigalg){ .kind = SIGALG_ECDSA, .plain = true };
	switch (kind) {
	case SIG_KEY_RSA:
		/* RFC 7296 3.8: SHA-1 is what everybody takes there */
		*a = (struct sigalg){ .kind = SIGALG_RSA,
			.hash = IKE_HASH_SHA1 };
		return IKE_AUTH_RSA;
	case SIG_KEY_P256:
		a->hash = IKE_HASH_SHA256;
		return IKE_AUTH_ECDSA_256;
	case SIG_KEY_P384:
		a->hash = IKE_HASH_SHA384;
		return IKE_AUTH_ECDSA_384;
	case SIG_KEY_P521:
		a->hash = IKE_HASH_SHA512;
		return IKE_AUTH_ECDSA_521;
	default:
		return 0;
	}
}

/* --- signing --- */

bool
keysig_sign(OSSL_LIB_CTX *ctx, const struct keysig_key *key,
    const uint16_t *hash, size_t n_hash, const struct keysig_octets *o,
    uint8_t *method, uint8_t data[KEYSIG_DATA], size_t *len,
    char why[KEYSIG_WHY])
{
	struct wr w = wr_into(data, KEYSIG_DATA);
	enum sig_key kind = sig_key_kind(key->key);
	uint8_t sig[SIG_MAX];
	struct sigalg a;
	size_t n, at;

	why[0] = '\0';
	*len = 0;
	*method = IKE_AUTH_SIGNATURE;
	if (!pick_new(&a, kind, hash, n_hash))
		*method = pick_old(&a, kind);
	if (*method == 0)
		return say(why,
		    n_hash == 0
			? "the peer does not speak RFC 7427, which such a key "
			  "needs"
			: "the peer takes no hash that goes with such a key");
	if (key->in_token
		? !token_sign(&key->token, key->key, &a, o->p, o->n, sig, &n)
		: !sig_sign(ctx, key->key, &a, o->p, o->n, sig, &n))
		return say(why, key->in_token
				    ? "the token did not sign with the key"
				    : "libcrypto could not sign with the key");
	if (*method == IKE_AUTH_SIGNATURE) { /* RFC 7427 3 */
		wr_u8(&w, 0);
		at = w.len;
		sigalg_write(&w, &a);
		data[0] = (uint8_t)(w.len - at);
	}
	wr_bytes(&w, sig, n);
	*len = w.bad ? 0 : w.len;
	return !w.bad || say(why, "the signature is too long");
}

/* --- checking --- */

static bool
verify_new(OSSL_LIB_CTX *ctx, EVP_PKEY *key, const uint8_t *data, size_t n,
    const struct keysig_octets *o, char why[KEYSIG_WHY])
{
	struct rd r = rd_from(data, n), alg = rd_sub(&r, rd_u8(&r));
	char text[SIGALG_TEXT];
	struct sigalg a;

	if (alg.bad || r.bad ||
	    !sigalg_parse(&a, alg.p, (size_t)(alg.end - alg.p)))
		return say(why, "the peer signed with an algorithm that is not "
				"known here");
	if (a.hash == IKE_HASH_SHA1)
		return say(why, "the peer signed with SHA1, which is refused");
	if (!sig_fits(key, &a)) {
		(void)snprintf(why, KEYSIG_WHY,
		    "the peer says it signed by %s, which does not go with "
		    "its key",
		    sigalg_print(text, &a));
		return false;
	}
	if (sig_verify(ctx, key, &a, o->p, o->n, r.p, rd_left(&r)))
		return true;
	(void)snprintf(why, KEYSIG_WHY,
	    "the peer's signature (%s) is wrong: the key is not that of its "
	    "certificate, or something changed on the way",
	    sigalg_print(text, &a));
	return false;
}

/* RFC 7296 3.8: PKCS#1 v1.5, with a hash that the signature itself names. */
static bool
verify_rsa(OSSL_LIB_CTX *ctx, EVP_PKEY *key, const uint8_t *data, size_t n,
    const struct keysig_octets *o)
{
	static const uint8_t hashes[] = { IKE_HASH_SHA1, IKE_HASH_SHA256,
		IKE_HASH_SHA384, IKE_HASH_SHA512 };

	for (size_t i = 0; i < sizeof(hashes); i++) {
		const struct sigalg a = { .kind = SIGALG_RSA,
			.hash = hashes[i] };

		if (sig_verify(ctx, key, &a, o->p, o->n, data, n))
			return true;
	}
	return false;
}

bool
keysig_verify(OSSL_LIB_CTX *ctx, EVP_PKEY *key, uint8_t method,
    const uint8_t *data, size_t n, const struct keysig_octets *o,
    char why[KEYSIG_WHY])
{
	struct sigalg a = { .kind = SIGALG_ECDSA, .plain = true };
	bool ok;

	why[0] = '\0';
	switch (method) {
	case IKE_AUTH_SIGNATURE:
		return verify_new(ctx, key, data, n, o, why);
	case IKE_AUTH_RSA:
		ok = verify_rsa(ctx, key, data, n, o);
		break;
	case IKE_AUTH_ECDSA_256:
	case IKE_AUTH_ECDSA_384:
	case IKE_AUTH_ECDSA_521:
		a.hash =
		    (uint8_t)(method - IKE_AUTH_ECDSA_256 + IKE_HASH_SHA256);
		ok = sig_verify(ctx, key, &a, o->p, o->n, data, n);
		break;
	default:
		(void)snprintf(why, KEYSIG_WHY,
		    "authentication method %u is not known here", method);
		return false;
	}
	return ok ||
	       say(why, "the peer's signature is wrong: the key is not that "
			"of its certificate, or something changed on the way");
}
