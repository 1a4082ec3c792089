/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/ikepsk.h"

#include <stdlib.h>
#include <strings.h>

#include "base/txt.h"

#include "conf/ikeword.h"
#include "conf/ikexform.h"
#include "model/ikeval.h"

enum {
	K_LOCALIDTYPE,
	K_LOCALID,
	K_REMOTEIDTYPE,
	K_REMOTEID,
	K_MODE,
	K_PPKID,
	K_EAPID,
	K_KEY,
	K_WORDS
};

static const char *const words[] = { [K_LOCALIDTYPE] = "localidtype",
	[K_LOCALID] = "localid",
	[K_REMOTEIDTYPE] = "remoteidtype",
	[K_REMOTEID] = "remoteid",
	[K_MODE] = "ike_mode",
	[K_PPKID] = "ppkid",
	[K_EAPID] = "eapid",
	[K_KEY] = "key",
	[K_WORDS] = NULL };

#define MIN_BITS 32 /* spec: ike 6 */

struct draft {
	struct lex lx;
	struct ikekeys *out;
	struct ikekey k;
	struct lex_tok at[K_WORDS]; /* the values; kind LEX_END: not there */
	bool no_memory;
};

static unsigned
word_of(const struct lex_tok *t)
{
	for (unsigned i = 0; t->kind == LEX_WORD && i < K_WORDS; i++)
		if (lex_is_nocase(t, words[i]))
			return i;
	return K_WORDS;
}

static bool
is_value(const struct lex_tok *t)
{
	return t->kind == LEX_STRING || t->kind == LEX_WORD;
}

/* ---- keys ---- */

static int
digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* RFC 7296 2.15: the characters themselves, without any end. */
static bool
text_key(struct draft *d, const struct lex_tok *t)
{
	struct secret *s = &d->k.key;
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++) {
		if (t->s[i] == '\\' && i + 1 < t->n &&
		    (t->s[i + 1] == '"' || t->s[i + 1] == '\\'))
			i++;
		if (n == sizeof(s->b)) {
			lex_error(&d->lx, t, "the key is longer than %d bits",
			    SECRET_MAX * 8);
			return false;
		}
		s->b[n++] = (uint8_t)t->s[i];
	}
	s->bits = (uint16_t)(8 * n);
	return true;
}

static bool
hex_key(struct draft *d, const struct lex_tok *t, size_t digits)
{
	struct secret *s = &d->k.key;

	if (digits > 2 * sizeof(s->b)) {
		lex_error(&d->lx, t, "the key is longer than %d bits",
		    SECRET_MAX * 8);
		return false;
	}
	if (digits % 2 != 0) {
		lex_error(&d->lx, t,
		    "the key has an odd number of hexadecimal digits");
		return false;
	}
	for (size_t i = 0; i < digits; i++) {
		int v = digit(t->s[i]);

		if (v < 0) {
			lex_error(&d->lx, t,
			    "a key is hexadecimal digits, or text in quotes");
			return false;
		}
		s->b[i / 2] = (uint8_t)(i % 2 == 0 ? v << 4 : s->b[i / 2] | v);
	}
	s->bits = (uint16_t)(4 * digits);
	return true;
}

/* What stands behind the / of a key. */
static void
cut_key(struct draft *d, const struct lex_tok *t)
{
	struct secret *s = &d->k.key;
	uint64_t bits;

	if (!lex_number(t, s->bits, &bits) || bits + 8 <= s->bits) {
		lex_error(&d->lx, t,
		    "the number behind the / has to be the bits of the key");
		return;
	}
	s->bits = (uint16_t)bits;
	if (bits % 8 != 0)
		s->b[bits / 8] &= (uint8_t)(0xff00u >> bits % 8);
}

static void
read_key(struct draft *d, const struct lex_tok *t)
{
	const char *slash =
	    t->kind == LEX_WORD && t->n != 0 ? memchr(t->s, '/', t->n) : NULL;
	size_t n = slash != NULL ? (size_t)(slash - t->s) : t->n;
	struct lex_tok bits = *t, next = ikexform_peek(&d->lx);

	if (t->kind == LEX_STRING ? !text_key(d, t) : !hex_key(d, t, n))
		return;
	/* "KEY / BITS" as well */
	if (slash == NULL && t->kind == LEX_WORD && next.kind == LEX_WORD &&
	    next.n != 0 && next.s[0] == '/') {
		bits = ikexform_next(&d->lx);
		slash = bits.s;
	}
	if (slash != NULL) {
		bits.col += (unsigned)(slash + 1 - bits.s);
		bits.n -= (size_t)(slash + 1 - bits.s);
		bits.s = slash + 1;
		if (bits.n == 0)
			bits = ikexform_next(&d->lx);
		cut_key(d, &bits);
	}
	if (d->k.key.bits < MIN_BITS)
		lex_error(
		    &d->lx, t, "the key is shorter than %d bits", MIN_BITS);
}

/* ---- identities ---- */

static const char *
read_prefix(struct ikekey_who *out, const char *text)
{
	const char *slash = strchr(text, '/');
	const struct lex_tok len = { .s = slash + 1, .n = strlen(slash + 1) };
	char head[ADDR_TEXT];
	uint64_t bits;

	if ((size_t)(slash - text) >= sizeof(head))
		return "an address";
	memcpy(head, text, (size_t)(slash - text));
	head[slash - text] = '\0';
	if (!addr_read(&out->p.a, head) ||
	    !lex_number(&len, addr_bits(out->p.a.fam), &bits))
		return "an address, and the bits of a prefix behind its /";
	out->form = IKEKEY_PREFIX;
	out->p.len = (uint8_t)bits;
	prefix_canon(&out->p);
	return NULL;
}

const char *
ikepsk_read_who(struct ikekey_who *out, const char *type, const char *text)
{
	enum ikeid_type t = ikeid_type_by_name(type);

	*out = (struct ikekey_who){ .form = IKEKEY_ID };
	if (strcasecmp(type, "any") == 0) {
		out->form = IKEKEY_ANY;
		return text[0] == '\0' || strcasecmp(text, "any") == 0
			   ? NULL
			   : "the identity any, as the type says";
	}
	if (t == IKEID_NONE)
		return "a type of identity: IP, FQDN, USER_FQDN, DN, KEY_ID "
		       "or any";
	if ((t == IKEID_IPV4 || t == IKEID_IPV6) && strchr(text, '/') != NULL)
		return read_prefix(out, text);
	if (ikeid_read(&out->id, t, text))
		return NULL;
	switch (t) {
	case IKEID_IPV4:
	case IKEID_IPV6:
		return "an address; names of hosts are of type FQDN";
	case IKEID_DN:
		return "a distinguished name (C=US, O=Example, CN=host)";
	case IKEID_FQDN:
	case IKEID_EMAIL:
		return "a name";
	case IKEID_KEY:
		return "a text, or pairs of hexadecimal digits behind 0x";
	default:
		return "an identity of a type that version 2 has";
	}
}

/* The pair of type and identity, whose values were kept. */
static void
take_who(
    struct draft *d, struct ikekey_who *who, unsigned type_at, unsigned id_at)
{
	const struct lex_tok *t = &d->at[type_at], *i = &d->at[id_at];
	char name[48];
	const char *expected;
	char *text;

	if (!lex_copy(name, sizeof(name), t) ||
	    (strcasecmp(name, "any") != 0 &&
		ikeid_type_by_name(name) == IKEID_NONE)) {
		lex_expected(&d->lx, t, ikeid_type_names(),
		    "a type of identity: IP, FQDN, USER_FQDN, DN, KEY_ID or "
		    "any");
		return;
	}
	if (strcasecmp(name, "any") == 0 && i->kind == LEX_END) {
		who->form = IKEKEY_ANY;
		return;
	}
	if (i->n != 0 && memchr(i->s, '\0', i->n) != NULL) {
		lex_error(&d->lx, i, "a NUL in an identity");
		return;
	}
	text = ikeword_string(i);
	if (text == NULL) {
		d->no_memory = true;
		return;
	}
	expected = ikepsk_read_who(who, name, text);
	free(text);
	if (expected != NULL)
		lex_expected(&d->lx, i, NULL, "%s", expected);
}

/* ---- entries ---- */

static void
take_mode(struct draft *d)
{
	static const char *const modes[] = { "main", "aggressive", "both",
		NULL };
	const struct lex_tok *t = &d->at[K_MODE];

	d->k.mode = IKECFG_MAIN;
	if (t->kind == LEX_END)
		return;
	for (unsigned i = 0; modes[i] != NULL; i++)
		if (lex_is_nocase(t, modes[i])) {
			d->k.mode = (uint8_t)(IKECFG_MAIN + i);
			return;
		}
	lex_expected(&d->lx, t, modes, "main, aggressive or both");
}

static void
take_name(struct draft *d, unsigned w)
{
	const struct lex_tok *t = &d->at[w];
	char *text = ikeword_string(t);

	if (text == NULL) {
		d->no_memory = true;
	} else if (t->n == 0 || strlen(text) >= sizeof(d->k.name) ||
		   memchr(t->s, '\0', t->n) != NULL) {
		lex_error(&d->lx, t, "\"%s\" has 1 to %d characters", words[w],
		    IKEKEY_NAME - 1);
	} else {
		memcpy(d->k.name, text, strlen(text) + 1);
	}
	free(text);
}

static void
need(struct draft *d, const struct lex_tok *open, unsigned w)
{
	/* an identity of type any needs none */
	if (d->at[w].kind == LEX_END &&
	    !((w == K_LOCALID || w == K_REMOTEID) &&
		lex_is_nocase(&d->at[w - 1], "any")))
		lex_error(&d->lx, open, "the entry has no \"%s\"", words[w]);
}

/* What the words of an entry mean together. */
static void
complete(struct draft *d, const struct lex_tok *open)
{
	bool ppk = d->at[K_PPKID].kind != LEX_END;
	bool eap = d->at[K_EAPID].kind != LEX_END;
	unsigned errors = d->lx.errors;

	d->k.what = ppk ? IKEKEY_PPK : eap ? IKEKEY_EAP : IKEKEY_PRESHARED;
	need(d, open, K_KEY);
	for (unsigned w = K_LOCALIDTYPE; w <= K_MODE; w++)
		if (!ppk && !eap) {
			if (w != K_MODE)
				need(d, open, w);
		} else if (d->at[w].kind != LEX_END) {
			lex_error(&d->lx, &d->at[w],
			    "\"%s\" does not go with \"%s\"", words[w],
			    words[ppk ? K_PPKID : K_EAPID]);
		}
	if (ppk && eap)
		lex_error(&d->lx, &d->at[K_EAPID],
		    "\"eapid\" does not go with \"ppkid\"");
	if (errors != d->lx.errors)
		return;
	if (ppk || eap) {
		take_name(d, ppk ? K_PPKID : K_EAPID);
		return;
	}
	take_who(d, &d->k.own, K_LOCALIDTYPE, K_LOCALID);
	take_who(d, &d->k.peer, K_REMOTEIDTYPE, K_REMOTEID);
	take_mode(d);
}

static void
read_pair(struct draft *d, const struct lex_tok *key)
{
	unsigned w = word_of(key);
	struct lex_tok t = ikexform_peek(&d->lx);

	if (w == K_WORDS) {
		/* what is no slip of a keyword may be a part of a key */
		if (key->kind == LEX_WORD && lex_nearest(key, words) != NULL)
			lex_expected(&d->lx, key, words, "a parameter");
		else
			lex_error(&d->lx, key,
			    "expected localidtype, localid, remoteidtype, "
			    "remoteid, key, ike_mode, ppkid or eapid");
	} else if (d->at[w].kind != LEX_END) {
		lex_error(&d->lx, key, "\"%s\" is there twice", words[w]);
	}
	if (!is_value(&t) || word_of(&t) != K_WORDS) {
		if (w != K_WORDS)
			lex_error(&d->lx, &t, "\"%s\" has no value", words[w]);
		return;
	}
	t = ikexform_next(&d->lx);
	if (w == K_WORDS)
		return;
	d->at[w] = t;
	if (w == K_KEY)
		read_key(d, &t);
}

/* One entry, whose { was read. False: its } is missing. */
static bool
read_entry(struct draft *d, const struct lex_tok *open)
{
	unsigned errors = d->lx.errors;
	const struct ikekey *other;
	struct lex_tok t;

	d->k = (struct ikekey){ .line = open->line };
	memset(d->at, 0, sizeof(d->at)); /* LEX_END */
	while ((t = ikexform_next(&d->lx)).kind != LEX_CLOSE) {
		if (t.kind == LEX_END || t.kind == LEX_OPEN) {
			lex_error(&d->lx, &t,
			    "the entry that begins at %u:%u has no }",
			    open->line, open->col);
			return false;
		}
		read_pair(d, &t);
	}
	if (errors == d->lx.errors)
		complete(d, open);
	if (errors != d->lx.errors || d->no_memory)
		return true;
	other = ikekeys_same(d->out, &d->k);
	if (other != NULL)
		lex_error(&d->lx, open, "the entry of line %u is for the same",
		    other->line);
	else if (!ikekeys_add(d->out, &d->k))
		d->no_memory = true;
	return true;
}

bool
ikepsk_read(struct ikekeys *out, const char *file, const void *text, size_t n,
    conf_report *report, void *ctx, unsigned *errors)
{
	struct draft d = { .out = out };
	bool ok, more = true;

	d.lx = lex_from(file, text, n,
	    LEX_BRACES | LEX_COMMENTS | LEX_QUOTES | LEX_ESCAPES, report, ctx);
	*out = (struct ikekeys){ 0 };
	while (more && !d.no_memory) {
		struct lex_tok t = ikexform_next(&d.lx);

		if (t.kind == LEX_END)
			break;
		if (t.kind == LEX_OPEN) {
			more = read_entry(&d, &t);
			secret_wipe(&d.k, sizeof(d.k));
			continue;
		}
		lex_error(&d.lx, &t, "expected the { of an entry");
		lex_skip_line(&d.lx);
	}
	ok = d.lx.errors == 0 && !d.no_memory;
	if (errors != NULL)
		*errors = d.lx.errors;
	secret_wipe(&d.k, sizeof(d.k));
	if (!ok)
		ikekeys_fini(out);
	return ok;
}

/* ---- print ---- */

const char *
ikepsk_type_name(const struct ikekey_who *who)
{
	if (who->form == IKEKEY_ANY)
		return "any";
	if (who->form == IKEKEY_PREFIX)
		return "IP";
	switch (who->id.type) {
	case IKEID_IPV4:
	case IKEID_IPV6:
		return "IP";
	case IKEID_FQDN:
		return "FQDN";
	case IKEID_EMAIL:
		return "USER_FQDN";
	case IKEID_DN:
		return "DN";
	case IKEID_GN:
		return "GN";
	default:
		return "KEY_ID";
	}
}

void
ikepsk_print_who(struct wr *w, const struct ikekey_who *who)
{
	char buf[IKEID_TEXT];

	if (who->form == IKEKEY_ANY)
		txt_put(w, "any");
	else if (who->form == IKEKEY_PREFIX)
		txt_put(w, prefix_print(buf, &who->p));
	else
		txt_put(w, ikeid_print(buf, &who->id));
}

/* Names in quotes: a blank or a # may be in them. */
static void
put_who(struct wr *w, const char *head, const struct ikekey_who *who)
{
	char buf[IKEID_TEXT];
	struct wr b = wr_into(buf, sizeof(buf) - 1);

	txt_print(w, "%stype %s %s ", head, ikepsk_type_name(who), head);
	ikepsk_print_who(&b, who);
	buf[b.len] = '\0';
	w->bad |= b.bad;
	if (who->form == IKEKEY_ID && who->id.type != IKEID_IPV4 &&
	    who->id.type != IKEID_IPV6)
		ikeword_put_string(w, buf);
	else
		txt_put(w, buf);
	txt_put(w, "\n  ");
}

void
ikepsk_print(struct wr *w, const struct ikekey *k, bool show)
{
	static const char *const modes[] = { "main", "main", "aggressive",
		"both" };
	size_t n = secret_bytes(k->key.bits);

	txt_put(w, "{ ");
	if (k->what == IKEKEY_PRESHARED) {
		put_who(w, "localid", &k->own);
		put_who(w, "remoteid", &k->peer);
		if (k->mode > IKECFG_MAIN && k->mode <= IKECFG_BOTH)
			txt_print(w, "ike_mode %s\n  ", modes[k->mode]);
	} else {
		txt_put(w, k->what == IKEKEY_PPK ? "ppkid " : "eapid ");
		ikeword_put_string(w, k->name);
		txt_put(w, "\n  ");
	}
	txt_put(w, "key ");
	for (size_t i = 0; i < n; i++)
		if (show)
			txt_print(w, "%02x", k->key.b[i]);
		else
			txt_put(w, "XX");
	if (k->key.bits % 8 != 0)
		txt_print(w, "/%u", k->key.bits);
	txt_put(w, "\n}\n");
}
