/* SPDX-License-Identifier: BSD-2-Clause */
#include "vec.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>

json_t *
vec_load(const char *dir, const char *name)
{
	char path[4096];
	json_error_t e;

	snprintf(path, sizeof(path), "%s/%s", dir, name);

	json_t *doc = json_load_file(path, 0, &e);

	if (doc == NULL)
		errx(1, "%s:%d: %s", path, e.line, e.text);

	json_t *v = json_object_get(doc, "vectors");

	if (!json_is_array(v) || json_array_size(v) == 0)
		errx(1, "%s: no vectors", path);
	json_incref(v);
	json_decref(doc);
	return v;
}

const char *
vec_text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s != NULL ? s : "";
}

uint64_t
vec_number(const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);

	if (json_is_integer(v))
		return (uint64_t)json_integer_value(v);
	return strtoull(vec_text(o, key), NULL, 0);
}

bool
vec_true(const json_t *o, const char *key)
{
	return json_is_true(json_object_get(o, key));
}

static int
digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	errx(1, "not a hex digit: %c", c);
}

bool
vec_hex_if(struct vec_bytes *out, const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	out->n = 0;
	if (s == NULL)
		return false;
	if (strlen(s) % 2 != 0 || strlen(s) / 2 > sizeof(out->b))
		errx(1, "%s: bad length", key);
	for (; *s != '\0'; s += 2)
		out->b[out->n++] = (uint8_t)(digit(s[0]) << 4 | digit(s[1]));
	return true;
}

void
vec_hex(struct vec_bytes *out, const json_t *o, const char *key)
{
	if (!vec_hex_if(out, o, key))
		errx(1, "%s: no %s", vec_text(o, "id"), key);
}

static const struct {
	const char *name;
	uint8_t icv, id;
} encr_names[] = {
	{ "NULL", 0, EALG_NULL },
	{ "AES-CBC", 0, EALG_AES },
	{ "3DES-CBC", 0, EALG_3DESCBC },
	{ "DES-CBC", 0, EALG_DESCBC },
	{ "BLOWFISH-CBC", 0, EALG_BLOWFISH },
	{ "CAST-CBC", 0, EALG_CAST },
	{ "CAMELLIA-CBC", 0, EALG_CAMELLIA },
	{ "AES-CTR", 0, EALG_AES_CTR },
	{ "AES-GCM", 8, EALG_AES_GCM_8 },
	{ "AES-GCM", 12, EALG_AES_GCM_12 },
	{ "AES-GCM", 16, EALG_AES_GCM_16 },
	{ "AES-CCM", 8, EALG_AES_CCM_8 },
	{ "AES-CCM", 12, EALG_AES_CCM_12 },
	{ "AES-CCM", 16, EALG_AES_CCM_16 },
	{ "AES-GMAC", 16, EALG_AES_GMAC },
	{ "CHACHA20-POLY1305", 16, EALG_CHACHA20_POLY1305 },
}, integ_names[] = {
	{ "NONE", 0, AALG_NONE },
	{ "HMAC-MD5-96", 12, AALG_MD5HMAC },
	{ "HMAC-SHA1-96", 12, AALG_SHA1HMAC },
	{ "HMAC-SHA2-256-128", 16, AALG_SHA256HMAC },
	{ "HMAC-SHA2-384-192", 24, AALG_SHA384HMAC },
	{ "HMAC-SHA2-512-256", 32, AALG_SHA512HMAC },
	{ "AES-XCBC-96", 12, AALG_AES_XCBC },
	{ "AES-CMAC-96", 12, AALG_AES_CMAC },
	{ "AES-GMAC", 16, AALG_AES_GMAC },
};

static uint8_t
encr_id(const char *name, uint64_t icv)
{
	for (size_t i = 0; i < sizeof(encr_names) / sizeof(encr_names[0]); i++)
		if (strcmp(encr_names[i].name, name) == 0 &&
		    (encr_names[i].icv == 0 || encr_names[i].icv == icv))
			return encr_names[i].id;
	errx(1, "encr %s, icv %d", name, (int)icv);
}

static uint8_t
integ_id(const char *name)
{
	for (size_t i = 0; i < sizeof(integ_names) / sizeof(integ_names[0]);
	     i++)
		if (strcmp(integ_names[i].name, name) == 0)
			return integ_names[i].id;
	errx(1, "integ %s", name);
}

static void
key(struct secret *s, const json_t *sa, const char *name, bool salted)
{
	static struct vec_bytes k, salt;

	vec_hex(&k, sa, name);
	if (salted && vec_hex_if(&salt, sa, "salt")) {
		memcpy(k.b + k.n, salt.b, salt.n);
		k.n += salt.n;
	}
	if (!secret_set(s, k.b, (unsigned)k.n * 8))
		errx(1, "%s: too long", name);
}

void
vec_sa_spec(struct sa_spec *s, const json_t *sa)
{
	const json_t *encap = json_object_get(sa, "encap");
	bool ah = strcmp(vec_text(sa, "proto"), "ah") == 0;
	struct ip_new h;

	memset(s, 0, sizeof(*s));
	s->satype = ah ? SATYPE_AH : SATYPE_ESP;
	s->spi = (uint32_t)vec_number(sa, "spi");
	s->state = SA_MATURE;
	if (strcmp(vec_text(sa, "mode"), "tunnel") == 0)
		s->flags |= SAF_TUNNEL;
	if (vec_true(sa, "esn"))
		s->flags |= SAF_ESN;
	s->auth = integ_id(vec_text(sa, "integ"));
	key(&s->akey, sa, "integ_key", ah);
	if (!ah) {
		s->encr =
		    encr_id(vec_text(sa, "encr"), vec_number(sa, "icv_len"));
		key(&s->ekey, sa, "encr_key", true);
	}
	if (json_is_object(encap)) {
		s->flags |= SAF_NATT_LOC | SAF_NATT_REM;
		s->natt_lport = (uint16_t)vec_number(encap, "sport");
		s->natt_rport = (uint16_t)vec_number(encap, "dport");
	}
	if (vec_outer(&h, sa)) {
		s->src = h.src;
		s->dst = h.dst;
	}
}

bool
vec_outer(struct ip_new *h, const json_t *sa)
{
	const json_t *o = json_object_get(sa, "outer");

	*h = (struct ip_new){ 0 };
	if (!json_is_object(o))
		return false;
	if (!addr_read(&h->src, vec_text(o, "src")) ||
	    !addr_read(&h->dst, vec_text(o, "dst")))
		errx(1, "outer: bad address");
	h->tos = (uint8_t)vec_number(o, "tos");
	h->ttl = (uint8_t)vec_number(o, "ttl");
	h->df = vec_true(o, "df");
	h->id = (uint16_t)vec_number(o, "id");
	h->flow = (uint32_t)vec_number(o, "flow");
	return true;
}

static bool
fill(void *ctx, uint8_t *p, size_t n)
{
	(void)ctx;
	memset(p, 0x5a, n);
	return true;
}

const struct rng vec_rng = { .fill = fill };
