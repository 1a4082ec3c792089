/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Known answers of IKEv2's keys and of AUTH with a preshared key: RFC 7296 2.13 to
 * 2.18, through ike/keymat and ike/authoct.
 *
 * usage: ike_kdf kat-folder
 */
#include <err.h>
#include <stdio.h>
#include <unistd.h>

#include "crypto/be/be.h"
#include "ike/authoct.h"
#include "ike/keymat.h"
#include "vec.h"

static unsigned passed, failed;

static void
result(const json_t *v, const char *what, bool ok)
{
	ok ? passed++ : failed++;
	if (!ok)
		(void)printf("FAILED %s: %s\n", vec_text(v, "id"), what);
}

static const struct ikealg *
prf_of(const json_t *v)
{
	static const struct {
		const char *name;
		uint8_t id;
	} t[] = { { "HMAC-MD5", IKE_PRF_HMAC_MD5 },
		{ "HMAC-SHA1", IKE_PRF_HMAC_SHA1 },
		{ "HMAC-SHA256", IKE_PRF_HMAC_SHA256 },
		{ "HMAC-SHA384", IKE_PRF_HMAC_SHA384 },
		{ "HMAC-SHA512", IKE_PRF_HMAC_SHA512 },
		{ "AES-XCBC", IKE_PRF_AES_XCBC },
		{ "AES-CMAC", IKE_PRF_AES_CMAC } };

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		if (strcmp(t[i].name, vec_text(v, "prf")) == 0)
			return ikealg_by_id(IKEALG_PRF, t[i].id);
	errx(1, "%s: unknown prf", vec_text(v, "id"));
}

static struct ike_view
view(const struct vec_bytes *b)
{
	return (struct ike_view){ b->b, b->n };
}

static uint64_t
spi(const json_t *v, const char *key)
{
	static struct vec_bytes b;
	struct rd r;

	vec_hex(&b, v, key);
	r = rd_from(b.b, b.n);
	return rd_be64(&r);
}

/* n secrets, one behind the other, begin with what the vector says. */
static bool
begins(const struct secret *s, size_t n, const struct vec_bytes *want)
{
	static uint8_t flat[2048];
	struct wr w = wr_into(flat, sizeof(flat));

	for (size_t i = 0; i < n; i++)
		wr_bytes(&w, s[i].b, secret_bytes(s[i].bits));
	return !w.bad && want->n > 0 && want->n <= w.len &&
	       memcmp(flat, want->b, want->n) == 0;
}

static bool
is(const struct secret *s, const struct vec_bytes *want)
{
	return secret_bytes(s->bits) == want->n && begins(s, 1, want);
}

/* Of a pair: with and without PFS, by the two names that vectors have. */
static void
child(const json_t *v, const struct keymat *k, const struct secret *d,
    const char *key, const struct vec_bytes *shared)
{
	static struct vec_bytes want;
	struct keymat_dh dh = { { NULL, 0 }, { NULL, 0 } };
	struct keymat_child c;
	bool ok;

	if (!vec_hex_if(&want, v, key))
		return;
	if (shared != NULL)
		dh.shared = view(shared);
	ok = keymat_child(k, d, shared != NULL ? &dh : NULL, 52, 40, &c);
	if (ok) {
		struct secret s[] = { c.ei, c.ai, c.er, c.ar };

		ok = begins(s, 4, &want);
	}
	result(v, key, ok);
}

static void
keys(const json_t *v, const struct crypto *c)
{
	static struct vec_bytes ni, nr, gir, gir2, want;
	struct keymat k = { .crypto = c, .prf = prf_of(v) };
	struct secret seed, next;
	struct keymat_ike s;
	bool ok;

	vec_hex(&ni, v, "Ni");
	vec_hex(&nr, v, "Nr");
	vec_hex(&gir, v, "g_ir");
	k.ni = view(&ni);
	k.nr = view(&nr);
	vec_hex(&want, v, "SKEYSEED");
	result(v, "SKEYSEED",
	    keymat_seed(&k, view(&gir), &seed) && is(&seed, &want));
	vec_hex(&want, v, "DKM");
	ok = keymat_ike(&k, &seed, spi(v, "SPIi"), spi(v, "SPIr"), 64, 64, &s);
	if (ok) {
		struct secret all[] = { s.d, s.ai, s.ar, s.ei, s.er, s.pi,
			s.pr };

		ok = begins(all, 7, &want);
	}
	result(v, "DKM", ok);
	child(v, &k, &s.d, "DKM_child", NULL);
	child(v, &k, &s.d, "KEYMAT_128", NULL);
	if (!vec_hex_if(&gir2, v, "g_ir_new"))
		return;
	child(v, &k, &s.d, "DKM_child_dh", &gir2);
	child(v, &k, &s.d, "KEYMAT_pfs_128", &gir2);
	vec_hex(&want, v, "SKEYSEED_rekey");
	struct keymat_dh dh = { view(&gir2), { NULL, 0 } };

	result(v, "SKEYSEED_rekey",
	    keymat_reseed(&k, k.prf, &s.d, &dh, &next) && is(&next, &want));
}

/* RFC 7296 2.15 */
static void
psk(const json_t *v, const struct crypto *c)
{
	static struct vec_bytes key, msg, nonce, p, id, octets, auth;
	static uint8_t out[VEC_ROOM];
	struct keymat k = { .crypto = c, .prf = prf_of(v) };
	struct authoct a = { .crypto = c, .prf = k.prf };
	struct wr w = wr_into(out, sizeof(out));
	struct secret sk_p;
	uint8_t got[PRF_MAX];

	vec_hex(&key, v, "psk");
	vec_hex(&msg, v, "message");
	vec_hex(&nonce, v, "peer_nonce");
	vec_hex(&p, v, "SK_p");
	vec_hex(&id, v, "RestOfID");
	vec_hex(&octets, v, "signed_octets");
	vec_hex(&auth, v, "AUTH");
	if (!secret_set(&sk_p, p.b, (unsigned)p.n * 8))
		errx(1, "%s: SK_p", vec_text(v, "id"));
	a.sk_p = &sk_p;
	a.message = view(&msg);
	a.nonce = view(&nonce);
	a.id = view(&id);
	result(v, "octets",
	    authoct_write(&w, &a) && w.len == octets.n &&
		memcmp(out, octets.b, w.len) == 0);
	result(v, "AUTH",
	    keymat_shared_auth(&k, view(&key), view(&octets), got) &&
		auth.n == prf_len(k.prf) && memcmp(got, auth.b, auth.n) == 0);
}

int
main(int argc, char **argv)
{
	struct crypto *c;
	json_t *list, *v;
	size_t i;
	unsigned n = 0;

	if (argc != 2)
		errx(2, "usage: ike_kdf kat-folder");
	if (access(argv[1], R_OK) != 0) {
		(void)printf("%s is not there\n", argv[1]);
		return 77;
	}
	c = crypto_new(be_all, NULL, NULL);
	if (c == NULL)
		errx(1, "crypto_new");
	list = vec_load(argv[1], "ike_kdf.json");
	json_array_foreach(list, i, v)
	{
		if (strcmp(vec_text(v, "exchange"), "ikev2") == 0)
			keys(v, c);
		else if (strcmp(vec_text(v, "exchange"), "ikev2-auth-psk") == 0)
			psk(v, c);
		else
			continue;
		n++;
	}
	json_decref(list);
	crypto_free(c);
	(void)printf(
	    "%u vectors, %u answers right, %u wrong\n", n, passed, failed);
	return failed != 0 || n < 30;
}
