/* SPDX-License-Identifier: BSD-2-Clause */
#include "pki/certsel.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <strings.h>

#include "model/ikedn.h"

static const struct {
	const char *name;
	enum certsel_by by;
	enum ikeid_type type;
} words[] = {
	{ "SUBJECT", CERTSEL_SUBJECT, IKEID_DN },
	{ "ISSUER", CERTSEL_ISSUER, IKEID_DN },
	{ "SLOT", CERTSEL_SLOT, IKEID_NONE },
	{ "EMAIL", CERTSEL_EMAIL, IKEID_EMAIL },
	{ "IP", CERTSEL_IP, IKEID_IPV4 },
	{ "DNS", CERTSEL_DNS, IKEID_FQDN },
	{ "URI", CERTSEL_URI, IKEID_NONE },
	{ "DN", CERTSEL_DN, IKEID_DN },
	{ "RID", CERTSEL_RID, IKEID_NONE },
	{ "KEYID", CERTSEL_KEYID, IKEID_KEY },
};

static bool
say(char why[CERT_WHY], const char *what, const char *text)
{
	(void)snprintf(why, CERT_WHY, "%s: %.160s", what, text);
	return false;
}

static const char *
blanks(const char *s)
{
	return s + strspn(s, " \t");
}

/* --- reading --- */

/* The keyword before the =, if it is one; *value is what stands behind it. */
static bool
keyword(struct certsel *s, enum ikeid_type *type, const char *text,
    const char **value)
{
	size_t n = strcspn(text, "= \t");
	const char *eq = blanks(text + n);

	if (*eq != '=')
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i].name) == n &&
		    strncasecmp(words[i].name, text, n) == 0) {
			s->by = words[i].by;
			*type = words[i].type;
			*value = blanks(eq + 1);
			return true;
		}
	return false;
}

/* Without a keyword: a distinguished name, or whatever bears it. */
static bool
bare(struct certsel *s, char why[CERT_WHY])
{
	s->by = CERTSEL_BARE;
	if (strchr(s->text, '=') == NULL)
		return true;
	s->by = CERTSEL_SUBJECT;
	return ikeid_read(&s->id, IKEID_DN, s->text) ||
	       say(why, "neither a keyword nor a distinguished name", s->text);
}

bool
certsel_read(struct certsel *s, const char *text, char why[CERT_WHY])
{
	enum ikeid_type type = IKEID_NONE;
	const char *value;
	size_t n;
	bool word;

	memset(s, 0, sizeof(*s));
	why[0] = '\0';
	text = blanks(text);
	if (*text == '!') {
		s->negated = true;
		text = blanks(text + 1);
	}
	value = text;
	word = keyword(s, &type, text, &value);
	n = strlen(value);
	while (n != 0 && (value[n - 1] == ' ' || value[n - 1] == '\t'))
		n--;
	if (n >= sizeof(s->text))
		return say(why, "too long", text);
	memcpy(s->text, value, n);
	s->text[n] = '\0';
	if (!word && n == 0) {
		s->by = CERTSEL_ANY;
		return !s->negated || say(why, "it excludes everything", "!");
	}
	if (n == 0)
		return say(why, "there is nothing behind the =", text);
	if (!word)
		return bare(s, why);
	return type == IKEID_NONE || ikeid_read(&s->id, type, s->text) ||
	       say(why, "not a value of that kind", text);
}

/* --- matching --- */

/* An alternative name of a kind that IKE has no identity for. */
static bool
general_is(const GENERAL_NAME *g, const struct certsel *s)
{
	const ASN1_STRING *str;
	char oid[CERTSEL_VALUE];
	uint8_t *der = NULL;
	int type = 0, n;
	const void *v = GENERAL_NAME_get0_value(g, &type);
	bool yes = false;

	switch (type) {
	case GEN_URI:
		str = v;
		n = ASN1_STRING_length(str);
		return (s->by == CERTSEL_URI || s->by == CERTSEL_BARE) &&
		       (size_t)n == strlen(s->text) &&
		       memcmp(ASN1_STRING_get0_data(str), s->text, (size_t)n) ==
			   0;
	case GEN_RID:
		return (s->by == CERTSEL_RID || s->by == CERTSEL_BARE) &&
		       OBJ_obj2txt(oid, sizeof(oid), v, 1) > 0 &&
		       strcmp(oid, s->text) == 0;
	case GEN_DIRNAME:
		if (s->by != CERTSEL_DN)
			return false;
		n = i2d_X509_NAME(v, &der);
		yes = n > 0 && ikedn_same(der, (size_t)n, s->id.b, s->id.n);
		OPENSSL_free(der);
		return yes;
	default:
		return false;
	}
}

static bool
general(const struct cert *c, const struct certsel *s)
{
	GENERAL_NAMES *names =
	    X509_get_ext_d2i(c->x, NID_subject_alt_name, NULL, NULL);
	bool yes = false;

	for (int i = 0; i < sk_GENERAL_NAME_num(names) && !yes; i++)
		yes = general_is(sk_GENERAL_NAME_value(names, i), s);
	GENERAL_NAMES_free(names);
	ERR_clear_error();
	return yes;
}

static bool
issuer_is(const struct cert *c, const struct certsel *s)
{
	uint8_t *der = NULL;
	int n = i2d_X509_NAME(X509_get_issuer_name(c->x), &der);
	bool yes = n > 0 && ikedn_same(der, (size_t)n, s->id.b, s->id.n);

	OPENSSL_free(der);
	return yes;
}

static bool
bare_is(const struct cert *c, const struct certsel *s)
{
	static const enum ikeid_type kinds[] = { IKEID_IPV4, IKEID_EMAIL,
		IKEID_FQDN };
	struct ikeid id;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (ikeid_read(&id, kinds[i], s->text) && cert_bears(c, &id))
			return true;
	return general(c, s);
}

bool
certsel_match(const struct certsel *s, const struct cert *c)
{
	bool slot = c->slot[0] != '\0' && strcmp(c->slot, s->text) == 0;

	if (s->by == CERTSEL_ANY)
		return true;
	if (s->by == CERTSEL_SLOT)
		return slot;
	if (s->by == CERTSEL_BARE && slot)
		return true;
	if (c->x == NULL)
		return false;
	switch (s->by) {
	case CERTSEL_BARE:
		return bare_is(c, s);
	case CERTSEL_ISSUER:
		return issuer_is(c, s);
	case CERTSEL_DN:
	case CERTSEL_URI:
	case CERTSEL_RID:
		return general(c, s);
	default:
		return cert_bears(c, &s->id);
	}
}

bool
certsel_match_id(const struct certsel *s, const struct ikeid *id)
{
	struct ikeid as;

	switch (s->by) {
	case CERTSEL_ANY:
		return true;
	case CERTSEL_BARE:
		return ikeid_read(&as, id->type, s->text) &&
		       ikeid_equal(&as, id);
	case CERTSEL_SUBJECT:
	case CERTSEL_DN:
		return id->type == IKEID_DN &&
		       ikedn_same(id->b, id->n, s->id.b, s->id.n);
	case CERTSEL_EMAIL:
	case CERTSEL_IP:
	case CERTSEL_DNS:
	case CERTSEL_KEYID:
		return ikeid_equal(&s->id, id);
	default:
		return false;
	}
}
