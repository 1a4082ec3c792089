/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/solipsec/jsonsa.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/alg.h"

void
jsonsa_fail(struct jsonsa_err *e, const char *fmt, ...)
{
	va_list ap;

	if (e->bad)
		return;
	e->bad = true;
	va_start(ap, fmt);
	(void)vsnprintf(e->why, sizeof(e->why), fmt, ap);
	va_end(ap);
}

json_t *
jsonsa_load(const char *path)
{
	bool in = strcmp(path, "-") == 0;
	FILE *f = in ? stdin : fopen(path, "re");
	json_error_t why;
	json_t *doc;

	if (f == NULL) {
		(void)fprintf(
		    stderr, "solipsec: %s: %s\n", path, strerror(errno));
		return NULL;
	}
	doc = json_loadf(f, 0, &why);
	if (!in)
		(void)fclose(f);
	if (doc == NULL)
		(void)fprintf(stderr, "solipsec: %s: line %d, column %d: %s\n",
		    path, why.line, why.column, why.text);
	return doc;
}

const char *
jsonsa_text(
    struct jsonsa_err *e, const json_t *o, const char *key, const char *missing)
{
	const json_t *v = json_object_get(o, key);

	if (v == NULL || json_is_null(v)) {
		if (missing == NULL)
			jsonsa_fail(e, "\"%s\" is missing", key);
		return missing != NULL ? missing : "";
	}
	if (!json_is_string(v)) {
		jsonsa_fail(e, "\"%s\" is not text", key);
		return "";
	}
	return json_string_value(v);
}

bool
jsonsa_bool(
    struct jsonsa_err *e, const json_t *o, const char *key, bool missing)
{
	const json_t *v = json_object_get(o, key);

	if (v == NULL || json_is_null(v))
		return missing;
	if (!json_is_boolean(v))
		jsonsa_fail(e, "\"%s\" is neither true nor false", key);
	return json_is_true(v);
}

static uint64_t
number(struct jsonsa_err *e, const json_t *v, const char *what, uint64_t max)
{
	const char *s;
	char *end;
	uint64_t n = 0;
	bool good = false;

	if (json_is_integer(v)) {
		n = (uint64_t)json_integer_value(v);
		good = json_integer_value(v) >= 0;
	} else if (json_is_string(v)) {
		s = json_string_value(v);
		errno = 0;
		n = strtoull(s, &end, strncmp(s, "0x", 2) == 0 ? 16 : 10);
		good = s[0] >= '0' && s[0] <= '9' && *end == '\0' && errno == 0;
	}
	if (good && n <= max)
		return n;
	jsonsa_fail(e, "\"%s\" is not a number from 0 to %llu", what,
	    (unsigned long long)max);
	return 0;
}

uint64_t
jsonsa_number(struct jsonsa_err *e, const json_t *o, const char *key,
    uint64_t max, uint64_t missing)
{
	const json_t *v = json_object_get(o, key);

	return v != NULL && !json_is_null(v) ? number(e, v, key, max) : missing;
}

uint64_t
jsonsa_number_at(struct jsonsa_err *e, const json_t *array, size_t i,
    const char *what, uint64_t max)
{
	return number(e, json_array_get(array, i), what, max);
}

static int
digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static void
bytes(struct jsonsa_err *e, const json_t *v, const char *what,
    struct jsonsa_bytes *out)
{
	const char *s = json_string_value(v);
	size_t len = json_string_length(v);

	out->n = 0;
	if (s == NULL || len % 2 != 0) {
		jsonsa_fail(
		    e, "\"%s\" is not an even number of hex digits", what);
		return;
	}
	if (len / 2 > sizeof(out->b)) {
		jsonsa_fail(e, "\"%s\" is longer than any packet", what);
		return;
	}
	for (size_t i = 0; i < len; i += 2) {
		int hi = digit(s[i]), lo = digit(s[i + 1]);

		if (hi < 0 || lo < 0) {
			jsonsa_fail(e,
			    "\"%s\" has something else than hex digits", what);
			return;
		}
		out->b[out->n++] = (uint8_t)(hi << 4 | lo);
	}
}

bool
jsonsa_hex(struct jsonsa_err *e, const json_t *o, const char *key,
    struct jsonsa_bytes *out)
{
	const json_t *v = json_object_get(o, key);

	out->n = 0;
	if (v == NULL || json_is_null(v))
		return false;
	bytes(e, v, key, out);
	return !e->bad;
}

void
jsonsa_hex_must(struct jsonsa_err *e, const json_t *o, const char *key,
    struct jsonsa_bytes *out)
{
	if (!jsonsa_hex(e, o, key, out))
		jsonsa_fail(e, "\"%s\" is missing", key);
}

void
jsonsa_hex_at(struct jsonsa_err *e, const json_t *array, size_t i,
    const char *what, struct jsonsa_bytes *out)
{
	bytes(e, json_array_get(array, i), what, out);
}

/* icv: bytes of the whole ICV that go with the name, 0: any. */
struct name {
	const char *name;
	uint8_t icv, id;
};

static const struct name encr_names[] = {
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
	{ NULL, 0, 0 },
};
static const struct name integ_names[] = {
	{ "NONE", 0, AALG_NONE },
	{ "HMAC-MD5-96", 12, AALG_MD5HMAC },
	{ "HMAC-SHA1-96", 12, AALG_SHA1HMAC },
	{ "HMAC-SHA2-256-128", 16, AALG_SHA256HMAC },
	{ "HMAC-SHA2-384-192", 24, AALG_SHA384HMAC },
	{ "HMAC-SHA2-512-256", 32, AALG_SHA512HMAC },
	{ "AES-XCBC-96", 12, AALG_AES_XCBC },
	{ "AES-CMAC-96", 12, AALG_AES_CMAC },
	{ "AES-GMAC", 16, AALG_AES_GMAC },
	{ NULL, 0, 0 },
};

/*
 * The number of an algorithm: by its name on the wire with the length of its
 * ICV, or by the name that ipseckey knows.
 */
static uint8_t
algorithm(struct jsonsa_err *e, const struct name *names, enum alg_table table,
    const char *name, uint64_t icv)
{
	const struct alg *a = alg_by_name(table, name, strlen(name));
	bool known = false;

	for (size_t i = 0; names[i].name != NULL; i++) {
		if (strcmp(names[i].name, name) != 0)
			continue;
		known = true;
		if (names[i].icv == 0 || names[i].icv == icv ||
		    icv == UINT64_MAX)
			return names[i].id;
	}
	if (known)
		jsonsa_fail(e, "%s with an ICV of %llu bytes is not known",
		    name, (unsigned long long)icv);
	else if (a == NULL)
		jsonsa_fail(e, "the algorithm %s is not known", name);
	else
		return a->id;
	return 0;
}

static void
key(struct jsonsa_err *e, const json_t *sa, const char *name, bool salted,
    struct secret *out)
{
	static struct jsonsa_bytes k, salt;

	(void)jsonsa_hex(e, sa, name, &k);
	if (salted && k.n <= SECRET_MAX && jsonsa_hex(e, sa, "salt", &salt) &&
	    salt.n <= SECRET_MAX) {
		memcpy(k.b + k.n, salt.b, salt.n);
		k.n += salt.n;
	}
	if (k.n > SECRET_MAX || !secret_set(out, k.b, (unsigned)k.n * 8))
		jsonsa_fail(e, "\"%s\" is longer than any key", name);
	secret_wipe(&k, sizeof(k));
	secret_wipe(&salt, sizeof(salt));
}

static void
address(
    struct jsonsa_err *e, const json_t *o, const char *name, struct addr *out)
{
	const char *text = jsonsa_text(e, o, name, "");

	if (text[0] != '\0' && !addr_read(out, text))
		jsonsa_fail(e, "\"%s\" is not an address", name);
}

/* The algorithms and keys; the length of the ICV must be what they make. */
static void
algorithms(struct jsonsa_err *e, const json_t *sa, struct sa_spec *s)
{
	bool ah = s->satype == SATYPE_AH;
	uint64_t icv = jsonsa_number(e, sa, "icv_len", 255, UINT64_MAX);
	const struct alg *enc = NULL, *in;

	s->auth = algorithm(e, integ_names, ALG_AUTH,
	    jsonsa_text(e, sa, "integ", ah ? NULL : "NONE"), UINT64_MAX);
	key(e, sa, "integ_key", ah, &s->akey);
	if (!ah) {
		s->encr = algorithm(e, encr_names, ALG_ENCR,
		    jsonsa_text(e, sa, "encr", "NULL"), icv);
		key(e, sa, "encr_key", true, &s->ekey);
		enc = alg_by_id(ALG_ENCR, s->encr);
	}
	in = alg_by_id(ALG_AUTH, s->auth);
	if (e->bad || icv == UINT64_MAX)
		return;
	if (icv !=
	    (in != NULL ? in->icv_len : 0u) + (enc != NULL ? enc->icv_len : 0u))
		jsonsa_fail(e, "these algorithms have no ICV of %llu bytes",
		    (unsigned long long)icv);
}

static void
encapsulation(struct jsonsa_err *e, const json_t *sa, struct sa_spec *s)
{
	const json_t *encap = json_object_get(sa, "encap");

	if (encap == NULL || json_is_null(encap))
		return;
	if (!json_is_object(encap) ||
	    strcmp(jsonsa_text(e, encap, "type", "udp"), "udp") != 0)
		jsonsa_fail(e, "\"encap\" is not UDP");
	s->flags |= SAF_NATT_LOC | SAF_NATT_REM;
	s->natt_lport =
	    (uint16_t)jsonsa_number(e, encap, "sport", UINT16_MAX, 4500);
	s->natt_rport =
	    (uint16_t)jsonsa_number(e, encap, "dport", UINT16_MAX, 4500);
}

void
jsonsa_spec(struct jsonsa_err *e, const json_t *sa, struct sa_spec *s)
{
	const char *proto, *mode;
	struct ip_new outer;

	*s = (struct sa_spec){ .state = SA_MATURE };
	if (!json_is_object(sa)) {
		jsonsa_fail(e, "the SA is not an object");
		return;
	}
	proto = jsonsa_text(e, sa, "proto", NULL);
	mode = jsonsa_text(e, sa, "mode", "transport");
	if (strcmp(proto, "ah") == 0)
		s->satype = SATYPE_AH;
	else if (strcmp(proto, "esp") == 0)
		s->satype = SATYPE_ESP;
	else
		jsonsa_fail(e, "\"proto\" is neither \"esp\" nor \"ah\"");
	if (strcmp(mode, "tunnel") == 0)
		s->flags |= SAF_TUNNEL;
	else if (strcmp(mode, "transport") != 0)
		jsonsa_fail(
		    e, "\"mode\" is neither \"transport\" nor \"tunnel\"");
	if (json_object_get(sa, "spi") == NULL)
		jsonsa_fail(e, "\"spi\" is missing");
	s->spi = (uint32_t)jsonsa_number(e, sa, "spi", UINT32_MAX, 0);
	if (jsonsa_bool(e, sa, "esn", false))
		s->flags |= SAF_ESN;
	s->window = (uint32_t)jsonsa_number(e, sa, "replay", 65536, 0);
	s->replay_value = jsonsa_number(e, sa, "replay_value", UINT64_MAX, 0);
	algorithms(e, sa, s);
	encapsulation(e, sa, s);
	if (jsonsa_outer(e, sa, &outer)) {
		s->src = outer.src;
		s->dst = outer.dst;
	}
	address(e, sa, "src", &s->src);
	address(e, sa, "dst", &s->dst);
}

bool
jsonsa_outer(struct jsonsa_err *e, const json_t *sa, struct ip_new *h)
{
	const json_t *o = json_object_get(sa, "outer");

	*h = (struct ip_new){ 0 };
	if (o == NULL || json_is_null(o))
		return false;
	if (!json_is_object(o)) {
		jsonsa_fail(e, "\"outer\" is not an object");
		return false;
	}
	address(e, o, "src", &h->src);
	address(e, o, "dst", &h->dst);
	if (h->src.fam == FAM_NONE || h->src.fam != h->dst.fam)
		jsonsa_fail(e, "\"outer\" needs two addresses of one family");
	h->tos = (uint8_t)jsonsa_number(e, o, "tos", UINT8_MAX, 0);
	h->ttl = (uint8_t)jsonsa_number(e, o, "ttl", UINT8_MAX, 64);
	h->df = jsonsa_bool(e, o, "df", false);
	h->id = (uint16_t)jsonsa_number(e, o, "id", UINT16_MAX, 0);
	h->flow = (uint32_t)jsonsa_number(e, o, "flow", 0xfffff, 0);
	return !e->bad;
}
