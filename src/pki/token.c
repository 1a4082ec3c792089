/* SPDX-License-Identifier: BSD-2-Clause */
#include "pki/token.h"

#include <dlfcn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
/* the standard's names for its types */
#define CRYPTOKI_COMPAT
#include <p11-kit/pkcs11.h>
#include <stdio.h>
#include <stdlib.h>

#include "crypto/be/sig.h"

/* PKCS#11 3.0, which older headers do not have. */
enum { MECH_EDDSA = 0x1057 };

struct slot {
	CK_SLOT_ID id;
	CK_SESSION_HANDLE session; /* open when `open` */
	bool open;
	char label[TOKEN_LABEL];
};

struct token {
	void *module;
	CK_FUNCTION_LIST *f;
	size_t n;
	struct slot slot[TOKEN_MAX];
};

static bool
say(char why[TOKEN_WHY], const char *what, CK_RV rv)
{
	(void)snprintf(why, TOKEN_WHY, "%s (PKCS#11 error 0x%lx)", what, rv);
	return false;
}

/* --- module and tokens --- */

/* The label is padded with blanks to 32 bytes. */
static void
read_label(struct slot *s, const CK_TOKEN_INFO *info)
{
	size_t n = 32;

	memcpy(s->label, info->label, 32);
	while (n != 0 && s->label[n - 1] == ' ')
		n--;
	s->label[n] = '\0';
}

static bool
read_slots(struct token *t, char why[TOKEN_WHY])
{
	CK_SLOT_ID id[TOKEN_MAX];
	CK_ULONG n = TOKEN_MAX;
	CK_RV rv = t->f->C_GetSlotList(CK_TRUE, id, &n);

	if (rv != CKR_OK)
		return say(why, "the module does not tell its tokens", rv);
	for (CK_ULONG i = 0; i < n && t->n < TOKEN_MAX; i++) {
		struct slot *s = &t->slot[t->n];
		CK_TOKEN_INFO info;

		if (t->f->C_GetTokenInfo(id[i], &info) != CKR_OK ||
		    (info.flags & CKF_TOKEN_INITIALIZED) == 0)
			continue;
		s->id = id[i];
		read_label(s, &info);
		t->n++;
	}
	return true;
}

static bool
start(struct token *t, char why[TOKEN_WHY])
{
	CK_C_INITIALIZE_ARGS args = { .flags = CKF_OS_LOCKING_OK };
	CK_RV (*list)(CK_FUNCTION_LIST **) = NULL;
	void *sym = dlsym(t->module, "C_GetFunctionList");
	CK_RV rv;

	/* POSIX lets a pointer to data be one to a function */
	memcpy(&list, &sym, sizeof(list));
	if (list == NULL || list(&t->f) != CKR_OK)
		return say(why, "it is no PKCS#11 module", 0);
	rv = t->f->C_Initialize(&args);
	if (rv != CKR_OK) {
		t->f = NULL;
		return say(why, "the module does not start", rv);
	}
	return read_slots(t, why);
}

struct token *
token_open(const char *path, char why[TOKEN_WHY])
{
	struct token *t = calloc(1, sizeof(*t));

	why[0] = '\0';
	if (t == NULL) {
		(void)say(why, "no memory", 0);
		return NULL;
	}
	t->module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (t->module == NULL)
		(void)snprintf(why, TOKEN_WHY, "%.200s", dlerror());
	else if (start(t, why))
		return t;
	token_close(t);
	return NULL;
}

void
token_close(struct token *t)
{
	if (t == NULL)
		return;
	if (t->f != NULL) {
		for (size_t i = 0; i < t->n; i++)
			if (t->slot[i].open) {
				(void)t->f->C_Logout(t->slot[i].session);
				(void)t->f->C_CloseSession(t->slot[i].session);
			}
		(void)t->f->C_Finalize(NULL);
	}
	if (t->module != NULL)
		(void)dlclose(t->module);
	free(t);
}

const char *
token_label(const struct token *t, size_t i)
{
	return i < t->n ? t->slot[i].label : NULL;
}

static struct slot *
slot_of(struct token *t, const char *label, char why[TOKEN_WHY])
{
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->slot[i].label, label) == 0)
			return &t->slot[i];
	(void)snprintf(why, TOKEN_WHY, "there is no token \"%.32s\"", label);
	return NULL;
}

bool
token_login(
    struct token *t, const char *label, const char *pin, char why[TOKEN_WHY])
{
	CK_UTF8CHAR copy[256];
	size_t n = strlen(pin);
	struct slot *s;
	CK_RV rv;

	why[0] = '\0';
	if ((s = slot_of(t, label, why)) == NULL)
		return false;
	if (n >= sizeof(copy))
		return say(why, "the PIN is too long", 0);
	if (!s->open) {
		rv = t->f->C_OpenSession(
		    s->id, CKF_SERIAL_SESSION, NULL, NULL, &s->session);
		if (rv != CKR_OK)
			return say(why, "the token gives no session", rv);
		s->open = true;
	}
	memcpy(copy, pin, n + 1);
	rv = t->f->C_Login(s->session, CKU_USER, copy, n);
	OPENSSL_cleanse(copy, sizeof(copy));
	if (rv == CKR_OK || rv == CKR_USER_ALREADY_LOGGED_IN)
		return true;
	return say(why,
	    rv == CKR_PIN_INCORRECT ? "the PIN is wrong" : "the token refuses",
	    rv);
}

bool
token_logout(struct token *t, const char *label, char why[TOKEN_WHY])
{
	struct slot *s;

	why[0] = '\0';
	if ((s = slot_of(t, label, why)) == NULL)
		return false;
	if (s->open) {
		(void)t->f->C_Logout(s->session);
		(void)t->f->C_CloseSession(s->session);
		s->open = false;
	}
	return true;
}

/* --- keys --- */

/* An attribute's bytes; 0: it is not there, or longer. */
static size_t
attribute(const struct token *t, CK_SESSION_HANDLE s, CK_OBJECT_HANDLE o,
    CK_ATTRIBUTE_TYPE type, uint8_t *out, size_t room)
{
	CK_ATTRIBUTE a = { type, out, room };

	if (t->f->C_GetAttributeValue(s, o, &a, 1) != CKR_OK ||
	    a.ulValueLen == CK_UNAVAILABLE_INFORMATION)
		return 0;
	return a.ulValueLen;
}

/* What a public key is in PKCS#11: an RSA modulus, or a point. */
struct bits {
	bool rsa;
	uint8_t b[1100];
	size_t n;
};

static bool
bits_of(struct bits *b, const EVP_PKEY *pub)
{
	enum sig_key kind = sig_key_kind(pub);
	BIGNUM *mod = NULL;
	size_t n = 0;
	int len;

	b->rsa = kind == SIG_KEY_RSA || kind == SIG_KEY_RSA_PSS;
	if (b->rsa) {
		if (EVP_PKEY_get_bn_param(pub, OSSL_PKEY_PARAM_RSA_N, &mod) !=
		    1)
			return false;
		len = BN_num_bytes(mod) <= (int)sizeof(b->b)
			  ? BN_bn2bin(mod, b->b)
			  : 0;
		BN_free(mod);
		b->n = (size_t)len;
		return len != 0;
	}
	if (EVP_PKEY_get_octet_string_param(
		pub, OSSL_PKEY_PARAM_PUB_KEY, b->b, sizeof(b->b), &n) != 1)
		return false;
	b->n = n;
	return true;
}

/* The point, which tokens have in an OCTET STRING, or as it is. */
static bool
point_is(const struct bits *b, const uint8_t *p, size_t n)
{
	size_t head = 2;

	if (n == b->n && memcmp(p, b->b, n) == 0)
		return true;
	if (n < 3 || p[0] != 4)
		return false;
	if (p[1] == 0x81)
		head = 3;
	return n == b->n + head && memcmp(p + head, b->b, b->n) == 0;
}

/* Elliptic private keys do not show their point; the public key of the same
   CKA_ID does. */
static bool
partner_is(const struct token *t, CK_SESSION_HANDLE s, CK_OBJECT_HANDLE o,
    const struct bits *b)
{
	CK_OBJECT_CLASS class = CKO_PUBLIC_KEY;
	uint8_t id[128], point[300];
	CK_ATTRIBUTE want[] = { { CKA_CLASS, &class, sizeof(class) },
		{ CKA_ID, id, 0 } };
	CK_OBJECT_HANDLE pub;
	CK_ULONG n = 0;
	size_t len;

	want[1].ulValueLen = attribute(t, s, o, CKA_ID, id, sizeof(id));
	if (want[1].ulValueLen == 0 ||
	    t->f->C_FindObjectsInit(s, want, 2) != CKR_OK)
		return false;
	if (t->f->C_FindObjects(s, &pub, 1, &n) != CKR_OK)
		n = 0;
	(void)t->f->C_FindObjectsFinal(s);
	if (n == 0)
		return false;
	len = attribute(t, s, pub, CKA_EC_POINT, point, sizeof(point));
	return point_is(b, point, len);
}

static bool
key_is(const struct token *t, CK_SESSION_HANDLE s, CK_OBJECT_HANDLE o,
    const struct bits *b)
{
	uint8_t mod[1100];
	size_t n;

	if (!b->rsa)
		return partner_is(t, s, o, b);
	n = attribute(t, s, o, CKA_MODULUS, mod, sizeof(mod));
	return n == b->n && memcmp(mod, b->b, n) == 0;
}

static bool
find_in(struct token *t, const struct slot *s, const struct bits *b,
    struct token_key *k)
{
	CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
	CK_ATTRIBUTE want = { CKA_CLASS, &class, sizeof(class) };
	CK_OBJECT_HANDLE o[TOKEN_KEYS];
	CK_ULONG n = 0;

	if (t->f->C_FindObjectsInit(s->session, &want, 1) != CKR_OK)
		return false;
	if (t->f->C_FindObjects(s->session, o, TOKEN_KEYS, &n) != CKR_OK)
		n = 0;
	(void)t->f->C_FindObjectsFinal(s->session);
	for (CK_ULONG i = 0; i < n; i++)
		if (key_is(t, s->session, o[i], b)) {
			*k = (struct token_key){ t, s->session, o[i] };
			return true;
		}
	return false;
}

bool
token_find(struct token *t, const EVP_PKEY *pub, struct token_key *k)
{
	struct bits b;
	bool found = bits_of(&b, pub);

	ERR_clear_error();
	if (!found)
		return false;
	for (size_t i = 0; i < t->n; i++)
		if (t->slot[i].open && find_in(t, &t->slot[i], &b, k))
			return true;
	return false;
}

/* --- signing --- */

/* What a signature algorithm is in PKCS#11, and what of the message is given. */
struct job {
	CK_MECHANISM mech;
	CK_RSA_PKCS_PSS_PARAMS pss;
	uint8_t in[128]; /* hash, or DigestInfo */
	const uint8_t *p;
	size_t n;
};

static const struct {
	uint8_t hash, n;
	uint8_t head[19]; /* of DigestInfo (RFC 8017 9.2) */
	const char *name;
	CK_MECHANISM_TYPE mech, mgf;
} hashes[] = {
	{ IKE_HASH_SHA1, 15,
	    { 0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a,
		0x05, 0x00, 0x04, 0x14 },
	    "SHA1", CKM_SHA_1, CKG_MGF1_SHA1 },
	{ IKE_HASH_SHA256, 19,
	    { 0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65,
		0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20 },
	    "SHA256", CKM_SHA256, CKG_MGF1_SHA256 },
	{ IKE_HASH_SHA384, 19,
	    { 0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65,
		0x03, 0x04, 0x02, 0x02, 0x05, 0x00, 0x04, 0x30 },
	    "SHA384", CKM_SHA384, CKG_MGF1_SHA384 },
	{ IKE_HASH_SHA512, 19,
	    { 0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65,
		0x03, 0x04, 0x02, 0x03, 0x05, 0x00, 0x04, 0x40 },
	    "SHA512", CKM_SHA512, CKG_MGF1_SHA512 },
};

static bool
prepare(struct job *j, const struct sigalg *a, const uint8_t *msg, size_t n)
{
	size_t i = 0, len = sigalg_hash_len(a->hash), at = 0;

	memset(j, 0, sizeof(*j));
	if (a->kind == SIGALG_ED25519 || a->kind == SIGALG_ED448) {
		j->mech.mechanism = MECH_EDDSA;
		j->p = msg;
		j->n = n;
		return true;
	}
	while (i < 4 && hashes[i].hash != a->hash)
		i++;
	if (i == 4)
		return false;
	if (a->kind == SIGALG_RSA) {
		j->mech.mechanism = CKM_RSA_PKCS;
		memcpy(j->in, hashes[i].head, hashes[i].n);
		at = hashes[i].n;
	} else if (a->kind == SIGALG_PSS) {
		j->pss = (CK_RSA_PKCS_PSS_PARAMS){ hashes[i].mech,
			hashes[i].mgf, a->salt };
		j->mech =
		    (CK_MECHANISM){ CKM_RSA_PKCS_PSS, &j->pss, sizeof(j->pss) };
	} else {
		j->mech.mechanism = CKM_ECDSA;
	}
	j->p = j->in;
	j->n = at + len;
	return EVP_Q_digest(
		   NULL, hashes[i].name, NULL, msg, n, j->in + at, &len) == 1;
}

/* r | s to DER: tokens give the plain form (RFC 4754 3). */
static bool
plain_to_der(uint8_t *sig, size_t *len)
{
	int half = (int)(*len / 2), n = 0;
	ECDSA_SIG *s = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(sig, half, NULL);
	BIGNUM *t = BN_bin2bn(sig + half, half, NULL);

	if (s == NULL || r == NULL || t == NULL ||
	    ECDSA_SIG_set0(s, r, t) != 1) {
		BN_free(r);
		BN_free(t);
	} else {
		n = i2d_ECDSA_SIG(s, &sig);
	}
	ECDSA_SIG_free(s);
	*len = n > 0 ? (size_t)n : 0;
	return n > 0;
}

bool
token_sign(const struct token_key *k, const EVP_PKEY *pub,
    const struct sigalg *a, const uint8_t *msg, size_t n, uint8_t *out,
    size_t *len)
{
	CK_FUNCTION_LIST *f = k->t->f;
	CK_ULONG size = SIG_MAX;
	struct job j;
	bool ok;

	*len = 0;
	if (!sig_fits(pub, a) || !prepare(&j, a, msg, n))
		return false;
	/* the standard's types know no const */
	ok = f->C_SignInit(k->session, &j.mech, k->object) == CKR_OK &&
	     f->C_Sign(k->session, (CK_BYTE *)(uintptr_t)j.p, j.n, out,
		 &size) == CKR_OK &&
	     size <= SIG_MAX;
	*len = ok ? size : 0;
	if (ok && a->kind == SIGALG_ECDSA && !a->plain)
		ok = plain_to_der(out, len);
	ERR_clear_error();
	return ok;
}
