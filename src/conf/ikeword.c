/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/ikeword.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/txt.h"

#include "conf/ikexform.h"
#include "model/ikealg.h"

#define ADDR 128 /* bytes of a typed address or range, with NUL */
#define TEXT 512 /* bytes of a string */

static const char *const texts[IKECFG_TEXTS] = {
	[IKECFG_LDAP_SERVER] = "ldap_server",
	[IKECFG_PKCS11_PATH] = "pkcs11_path",
	[IKECFG_PROXY] = "proxy",
	[IKECFG_SOCKS] = "socks",
	[IKECFG_REDIRECT_TO] = "redirect_to",
	[IKECFG_PPK_ID] = "ppk_id",
	[IKECFG_EAP_ID] = "eap_id",
	[IKECFG_POOL_DOMAIN] = "pool_domain",
};
static const char *const lists[IKECFG_LISTS] = {
	[IKECFG_LOCAL_ADDR] = "local_addr",
	[IKECFG_REMOTE_ADDR] = "remote_addr",
	[IKECFG_POOL_ADDR] = "pool_addr",
	[IKECFG_POOL_DNS] = "pool_dns",
	[IKECFG_POOL_SUBNET] = "pool_subnet",
};
static const char *const sels[IKECFG_SELS] = {
	[IKECFG_CERT_ROOT] = "cert_root",
	[IKECFG_CERT_TRUST] = "cert_trust",
	[IKECFG_LOCAL_ID] = "local_id",
	[IKECFG_REMOTE_ID] = "remote_id",
};

/* By enum ikecfg_by; NULL: nothing before the text. */
static const char *const bys[] = {
	[IKECFG_BY_ANY] = NULL,
	[IKECFG_BY_BARE] = NULL,
	[IKECFG_BY_SUBJECT] = "SUBJECT",
	[IKECFG_BY_ISSUER] = "ISSUER",
	[IKECFG_BY_SLOT] = "SLOT",
	[IKECFG_BY_EMAIL] = "EMAIL",
	[IKECFG_BY_IP] = "IP",
	[IKECFG_BY_DNS] = "DNS",
	[IKECFG_BY_URI] = "URI",
	[IKECFG_BY_DN] = "DN",
	[IKECFG_BY_RID] = "RID",
	[IKECFG_BY_KEY] = "KEYID",
};
#define N_BYS (sizeof(bys) / sizeof(bys[0]))

/* ---- keywords ---- */

const char *
ikeword_name(enum ikeword_kind kind, unsigned i)
{
	switch (kind) {
	case IKEWORD_VALUE:
		return ikeval_row((enum ikecfg_value)i)->name;
	case IKEWORD_TEXT:
		return texts[i];
	case IKEWORD_LIST:
		return lists[i];
	case IKEWORD_SEL:
		return sels[i];
	case IKEWORD_LABEL:
		return "label";
	case IKEWORD_XFORM:
		return "p1_xform";
	default:
		return "?";
	}
}

/* The i-th keyword of all; kind IKEWORD_NONE past the end. */
static struct ikeword
nth(unsigned i)
{
	if (i < IKECFG_VALUES)
		return (struct ikeword){ IKEWORD_VALUE, (uint8_t)i,
			ikeval_row((enum ikecfg_value)i)->in_rule, true };
	i -= IKECFG_VALUES;
	if (i < IKECFG_TEXTS)
		return (struct ikeword){ IKEWORD_TEXT, (uint8_t)i,
			i >= IKECFG_REDIRECT_TO, true };
	i -= IKECFG_TEXTS;
	if (i < IKECFG_LISTS)
		return (struct ikeword){ IKEWORD_LIST, (uint8_t)i, true,
			i >= IKECFG_POOL_ADDR };
	i -= IKECFG_LISTS;
	if (i < IKECFG_SELS)
		return (struct ikeword){ IKEWORD_SEL, (uint8_t)i,
			i >= IKECFG_LOCAL_ID, i < IKECFG_LOCAL_ID };
	i -= IKECFG_SELS;
	if (i == 0)
		return (struct ikeword){ IKEWORD_LABEL, 0, true, false };
	if (i == 1)
		return (struct ikeword){ IKEWORD_XFORM, 0, true, true };
	return (struct ikeword){ IKEWORD_NONE, 0, false, false };
}

struct ikeword
ikeword_find(const struct lex_tok *t)
{
	struct ikeword w;

	if (t->kind != LEX_WORD || t->n == 0)
		return (struct ikeword){ .kind = IKEWORD_NONE };
	/* spec: ike 4: the spelling of an example */
	if (lex_is(t, "ldap-list"))
		return nth(IKECFG_VALUES + IKECFG_LDAP_SERVER);
	for (unsigned i = 0; (w = nth(i)).kind != IKEWORD_NONE; i++) {
		const char *name = ikeword_name((enum ikeword_kind)w.kind, w.i);

		if (name[0] == t->s[0] && lex_is(t, name))
			break;
	}
	return w;
}

void
ikeword_all(const char *out[IKEWORD_ALL], bool in_rule)
{
	struct ikeword w;
	unsigned n = 0;

	for (unsigned i = 0; (w = nth(i)).kind != IKEWORD_NONE; i++)
		if ((in_rule ? w.in_rule : w.outside) && n < IKEWORD_ALL - 1)
			out[n++] = ikeword_name((enum ikeword_kind)w.kind, w.i);
	out[n] = NULL;
}

/* ---- strings ---- */

/* Without the quoting of " and, where it is one of the string, of \. */
static char *
unquote(const struct lex_tok *t, bool backslash)
{
	char *s = malloc(t->n + 1);
	size_t n = 0;

	if (s == NULL)
		return NULL;
	for (size_t i = 0; i < t->n; i++) {
		if (t->kind == LEX_STRING && t->s[i] == '\\' && i + 1 < t->n) {
			char next = t->s[++i];

			if (next != '"' && (next != '\\' || !backslash))
				s[n++] = '\\';
		}
		s[n++] = t->s[i];
	}
	s[n] = '\0';
	return s;
}

char *
ikeword_string(const struct lex_tok *t)
{
	return unquote(t, true);
}

char *
ikeword_selector(const struct lex_tok *t)
{
	return unquote(t, false);
}

void
ikeword_put_selector(struct wr *w, const char *s)
{
	txt_put(w, "\"");
	for (; *s != '\0'; s++) {
		if (*s == '"')
			txt_put(w, "\\");
		wr_u8(w, (uint8_t)*s);
		/* what it quotes stays with it */
		if (*s == '\\' && s[1] != '\0')
			wr_u8(w, (uint8_t) * ++s);
	}
	txt_put(w, "\"");
}

void
ikeword_put_string(struct wr *w, const char *s)
{
	txt_put(w, "\"");
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			txt_put(w, "\\");
		wr_u8(w, (uint8_t)*s);
	}
	txt_put(w, "\"");
}

/* A word or string without control characters; says so if it is none. */
static bool
is_text(struct lex *lx, const struct lex_tok *t, const char *what)
{
	if (t->kind != LEX_WORD && t->kind != LEX_STRING) {
		lex_expected(lx, t, NULL, "%s", what);
		return false;
	}
	for (size_t i = 0; i < t->n; i++)
		if ((uint8_t)t->s[i] < 0x20 || t->s[i] == 0x7f) {
			lex_error(lx, t, "a control character in the text");
			return false;
		}
	return true;
}

static bool
too_long(struct lex *lx, const struct lex_tok *t, const char *s)
{
	if (strlen(s) <= TEXT)
		return false;
	lex_error(lx, t, "longer than %d bytes", TEXT);
	return true;
}

/* ---- numbers ---- */

/* "0.5" to ms. */
static bool
read_ms(const struct lex_tok *t, uint64_t *out)
{
	uint64_t v = 0;
	unsigned places = 0;
	bool dot = false;

	for (size_t i = 0; i < t->n; i++) {
		if (t->s[i] == '.' && !dot && i != 0 && i + 1 < t->n) {
			dot = true;
			continue;
		}
		if (t->s[i] < '0' || t->s[i] > '9' || v > UINT32_MAX)
			return false;
		/* finer than a millisecond is no matter */
		if (dot && places == 3)
			continue;
		v = v * 10 + (uint64_t)(t->s[i] - '0');
		places += dot;
	}
	for (; places < 3; places++)
		v *= 10;
	*out = v;
	return t->n != 0;
}

static bool
read_pfs(const struct lex_tok *t, uint64_t *out)
{
	const struct ikealg *a;

	if (lex_is(t, "0") || lex_is(t, "none")) {
		*out = 0;
		return true;
	}
	a = ikealg_by_name(IKEALG_KE, t->s, t->n);
	if (a == NULL || a->status == IKEALG_NEVER)
		return false;
	*out = a->id;
	return true;
}

static bool
read_word(
    const struct lex_tok *t, const struct ikecfg_word *words, uint64_t *out)
{
	for (; words->name != NULL; words++)
		if (lex_is_nocase(t, words->name)) {
			*out = words->v;
			return true;
		}
	return false;
}

static bool
read_number(const struct lex_tok *t, enum ikecfg_value v, uint64_t *out)
{
	const struct ikecfg_row *row = ikeval_row(v);
	char name[48];

	switch (v) {
	case IKECFG_P2_PFS:
		return read_pfs(t, out);
	case IKECFG_ID_TYPE:
		*out = lex_copy(name, sizeof(name), t)
			   ? ikeid_type_by_name(name)
			   : IKEID_NONE;
		return *out != IKEID_NONE;
	case IKECFG_REMOTE_AUTH:
		*out = lex_copy(name, sizeof(name), t)
			   ? ikeval_auth_by_name(name)
			   : 0;
		return *out != 0;
	default:
		break;
	}
	if (row->words != NULL)
		return read_word(t, row->words, out);
	if (row->unit == IKECFG_MS ? !read_ms(t, out)
				   : !lex_cnumber(t, row->max, out))
		return false;
	return *out >= row->min && *out <= row->max;
}

static void
put_choices(char *buf, size_t cap, const struct ikecfg_word *w)
{
	size_t n = 0;

	/* the first of a value only: the others are synonyms */
	for (unsigned i = 0; w[i].name != NULL; i++) {
		bool again = false;

		for (unsigned k = 0; k < i; k++)
			again |= w[k].v == w[i].v;
		if (!again && n < cap)
			n += (size_t)snprintf(buf + n, cap - n, "%s%s",
			    n == 0 ? "" : " or ", w[i].name);
	}
}

static const char *
unit_of(const struct ikecfg_row *row)
{
	switch (row->unit) {
	case IKECFG_SECONDS:
	case IKECFG_MS:
		return " seconds";
	case IKECFG_KB:
		return " kilobytes";
	case IKECFG_BYTES:
		return " bytes";
	case IKECFG_PERCENT:
		return " percent";
	default:
		return "";
	}
}

static void
put_number(char *buf, size_t cap, const struct ikecfg_row *row, uint64_t v)
{
	if (row->unit != IKECFG_MS || v % 1000 == 0)
		(void)snprintf(buf, cap, "%llu",
		    (unsigned long long)(row->unit == IKECFG_MS ? v / 1000
								: v));
	else
		(void)snprintf(buf, cap, "%llu.%03llu",
		    (unsigned long long)(v / 1000),
		    (unsigned long long)(v % 1000));
}

/* What should have stood there. */
static void
tell_number(struct lex *lx, const struct lex_tok *t, enum ikecfg_value v)
{
	static const char *const no_words[] = { NULL };
	const struct ikecfg_row *row = ikeval_row(v);
	char lo[24], hi[24], choices[96] = "";

	if (v == IKECFG_P2_PFS) {
		lex_expected(lx, t, NULL, "a group, its number, or 0");
	} else if (v == IKECFG_ID_TYPE) {
		lex_expected(lx, t, ikeid_type_names(),
		    "a type of identity: ip, fqdn, user_fqdn, dn, key_id");
	} else if (v == IKECFG_REMOTE_AUTH) {
		lex_expected(
		    lx, t, ikeval_auth_names(), "a method of authentication");
	} else if (row->words != NULL) {
		put_choices(choices, sizeof(choices), row->words);
		lex_expected(lx, t, no_words, "%s", choices);
	} else {
		put_number(lo, sizeof(lo), row, row->min);
		put_number(hi, sizeof(hi), row, row->max);
		lex_expected(lx, t, NULL, "%s to %s%s", lo, hi, unit_of(row));
	}
}

/* Is there a value, and not the next keyword? */
static bool
has_value(struct lex *lx, const struct lex_tok *t)
{
	if (t->kind == LEX_STRING)
		return true;
	(void)lx;
	return t->kind == LEX_WORD && ikeword_find(t).kind == IKEWORD_NONE;
}

static void
missing(struct lex *lx, const struct lex_tok *t, const char *name)
{
	lex_expected(lx, t, NULL, "a value of \"%s\"", name);
}

static void
read_value(struct ikecfg_part *p, enum ikecfg_value v,
    const struct lex_tok *key, struct lex *lx)
{
	const struct ikecfg_row *row = ikeval_row(v);
	struct lex_tok t = ikexform_peek(lx);
	uint64_t bit = UINT64_C(1) << v, n = IKECFG_YES;

	if ((p->set & bit) != 0)
		lex_error(lx, key, "\"%s\" is there twice", row->name);
	if (row->unit == IKECFG_FLAG && !has_value(lx, &t)) {
		/* the word alone */
	} else if (!has_value(lx, &t)) {
		missing(lx, &t, row->name);
		return;
	} else {
		t = ikexform_next(lx);
		if (!read_number(&t, v, &n)) {
			tell_number(lx, &t, v);
			return;
		}
	}
	p->set |= bit;
	p->v[v] = n;
}

/* ---- addresses ---- */

/*
 * A literal with what may follow it, blanks left out: "10.0.0.0 / 8". False: no
 * room.
 */
static bool
join_addr(struct lex *lx, const struct lex_tok *first, char buf[ADDR])
{
	struct lex_tok t = *first;
	size_t n = 0;

	for (;;) {
		if (t.n >= ADDR - n || memchr(t.s, '\0', t.n) != NULL)
			return false;
		memcpy(buf + n, t.s, t.n);
		n += t.n;
		buf[n] = '\0';

		struct lex_tok next = ikexform_peek(lx);
		char last = n != 0 ? buf[n - 1] : '\0';

		if (next.kind != LEX_WORD || next.n == 0)
			return true;
		if (last != '/' && last != '-' && next.s[0] != '/' &&
		    next.s[0] != '-')
			return true;
		t = ikexform_next(lx);
	}
}

/* Bits of a netmask whose ones come first; false: they do not. */
static bool
mask_bits(const struct addr *m, uint8_t *bits)
{
	struct prefix p = { .a = *m };

	if (m->fam != FAM_V4)
		return false;
	while (p.len < 32 && (m->b[p.len / 8] & (0x80u >> p.len % 8)) != 0)
		p.len++;
	*bits = p.len;
	prefix_canon(&p);
	return addr_equal(&p.a, m);
}

/* hi becomes the last address of the prefix, lo its first. */
static void
set_prefix(struct ikecfg_addr *x, uint8_t len)
{
	struct prefix p = { .a = x->lo, .len = len };

	prefix_canon(&p);
	x->form = IKECFG_PREFIX;
	x->len = len;
	x->lo = x->hi = p.a;
	for (unsigned i = len; i < addr_bits(p.a.fam); i++)
		x->hi.b[i / 8] |= (uint8_t)(0x80u >> i % 8);
}

/* NULL: good. Otherwise what was expected. */
static const char *
parse_addr(struct ikecfg_addr *x, char *s)
{
	char *slash = strchr(s, '/'), *dash = strchr(s, '-');
	struct addr mask;
	uint64_t len;
	uint8_t bits;

	if (slash != NULL)
		*slash = '\0';
	else if (dash != NULL)
		*dash = '\0';
	if (!addr_read(&x->lo, s))
		return "an address, a prefix, a range, or a name in quotes";
	if (slash == NULL && dash != NULL) {
		if (!addr_read(&x->hi, dash + 1) || x->hi.fam != x->lo.fam ||
		    memcmp(x->lo.b, x->hi.b, sizeof(x->lo.b)) > 0)
			return "a range that ends behind its beginning";
		x->form = IKECFG_RANGE;
		return NULL;
	}
	if (slash == NULL) {
		set_prefix(x, addr_bits(x->lo.fam));
		return NULL;
	}
	const struct lex_tok t = { .s = slash + 1, .n = strlen(slash + 1) };

	if (lex_number(&t, addr_bits(x->lo.fam), &len))
		set_prefix(x, (uint8_t)len);
	else if (x->lo.fam == FAM_V4 && addr_read(&mask, slash + 1) &&
		 mask_bits(&mask, &bits))
		set_prefix(x, bits);
	else
		return x->lo.fam == FAM_V4
			   ? "a length of 0 to 32 or a netmask behind the /"
			   : "a length of 0 to 128 behind the /";
	return NULL;
}

/* Letters, digits, - and dots between, as names of hosts are. */
static bool
is_host(const char *s)
{
	size_t n = strlen(s);
	bool letter = false;

	for (size_t i = 0; i < n; i++) {
		char c = s[i];
		bool l = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';

		letter |= l;
		if (!l && !(c >= '0' && c <= '9') && c != '-' && c != '_' &&
		    (c != '.' || i == 0 || s[i - 1] == '.'))
			return false;
	}
	return letter && n < 254 && s[0] != '-';
}

static bool
read_list(struct ikecfg_part *p, enum ikecfg_list l, struct lex *lx)
{
	struct lex_tok t = ikexform_peek(lx);
	struct ikecfg_addr x = { 0 };
	const char *expected = "an address of some length";
	char buf[ADDR];
	bool host = false;

	if (!has_value(lx, &t)) {
		missing(lx, &t, lists[l]);
		return true;
	}
	t = ikexform_next(lx);
	if (t.kind == LEX_STRING && l <= IKECFG_REMOTE_ADDR) {
		char *s = ikeword_string(&t);

		if (s == NULL)
			return false;
		host = is_host(s) && !addr_read(&x.lo, s);
		if (host) {
			x.form = IKECFG_HOST;
			x.host = s;
			return ikecfg_add_addr(p, l, &x);
		}
		free(s);
	}
	if (t.kind == LEX_STRING ? lex_copy(buf, sizeof(buf), &t)
				 : join_addr(lx, &t, buf))
		expected = parse_addr(&x, buf);
	if (expected == NULL && l == IKECFG_POOL_DNS &&
	    !addr_equal(&x.lo, &x.hi))
		expected = "one address";
	if (expected == NULL && l == IKECFG_POOL_SUBNET &&
	    x.form != IKECFG_PREFIX)
		expected = "a prefix";
	if (expected == NULL)
		return ikecfg_add_addr(p, l, &x);
	lex_expected(lx, &t, NULL, "%s", expected);
	return true;
}

/* ---- selectors ---- */

/* How a text with = in it begins: SUBJECT=, SLOT= and so on. */
static enum ikecfg_by
by_of(const char *s, size_t *skip)
{
	for (unsigned i = 0; i < N_BYS; i++) {
		size_t n = bys[i] != NULL ? strlen(bys[i]) : 0;

		/* NOLINTNEXTLINE(clang-analyzer-core.*): s has n bytes here */
		if (n != 0 && strncasecmp(bys[i], s, n) == 0 && s[n] == '=') {
			*skip = n + 1;
			return (enum ikecfg_by)i;
		}
	}
	*skip = 0;
	/* spec: ike 4: a distinguished name, or a bare value */
	return strchr(s, '=') != NULL ? IKECFG_BY_SUBJECT
	       : s[0] == '\0'	      ? IKECFG_BY_ANY
				      : IKECFG_BY_BARE;
}

static bool
is_slot(const char *s)
{
	const struct lex_tok t = { .s = s, .n = strlen(s) };
	uint64_t v;

	return lex_number(&t, UINT32_MAX, &v);
}

/* NULL: good. Otherwise what was expected. */
static const char *
check_sel(const struct ikecfg_sel *s)
{
	struct ikeid id;

	switch (s->by) {
	case IKECFG_BY_ANY:
		return s->not_ ? "a name behind the !" : NULL;
	case IKECFG_BY_SLOT:
		return is_slot(s->text) ? NULL : "a number of a slot";
	case IKECFG_BY_IP:
		return ikeid_read(&id, IKEID_IPV4, s->text)
			   ? NULL
			   : "an address behind \"IP=\"";
	case IKECFG_BY_SUBJECT:
	case IKECFG_BY_ISSUER:
	case IKECFG_BY_DN:
		return ikeid_read(&id, IKEID_DN, s->text)
			   ? NULL
			   : "a distinguished name (C=US, O=Example, CN=host)";
	case IKECFG_BY_KEY:
		return ikeid_read(&id, IKEID_KEY, s->text)
			   ? NULL
			   : "a text, or pairs of hexadecimal digits "
			     "behind 0x";
	default:
		return s->text[0] != '\0' ? NULL : "a value behind the =";
	}
}

static bool
read_sel(struct ikecfg_part *p, enum ikecfg_sels l, struct lex *lx)
{
	struct lex_tok t = ikexform_peek(lx);
	struct ikecfg_sel s = { 0 };
	const char *expected;
	size_t skip;
	char *all;

	if (!has_value(lx, &t)) {
		missing(lx, &t, sels[l]);
		return true;
	}
	t = ikexform_next(lx);
	if (!is_text(lx, &t, "a selector in quotes"))
		return true;
	if (t.kind == LEX_WORD && t.n != 0 &&
	    (memchr(t.s, '\\', t.n) != NULL || memchr(t.s, '"', t.n) != NULL)) {
		lex_error(lx, &t, "a selector with \\ or \" stands in quotes");
		return true;
	}
	all = ikeword_selector(&t);
	if (all == NULL)
		return false;
	s.not_ = all[0] == '!';
	s.by = (uint8_t)by_of(all + s.not_, &skip);
	skip += s.not_;
	memmove(all, all + skip, strlen(all + skip) + 1);
	s.text = all;
	if (too_long(lx, &t, all)) {
		free(all);
		return true;
	}
	expected = check_sel(&s);
	if (expected == NULL && s.by == IKECFG_BY_ANY && l != IKECFG_REMOTE_ID)
		expected = "a selector that is not empty";
	if (expected == NULL)
		return ikecfg_add_sel(p, l, &s);
	lex_expected(lx, &t, NULL, "%s", expected);
	free(all);
	return true;
}

static bool
read_text(struct ikecfg_part *p, enum ikecfg_text i, const struct lex_tok *key,
    struct lex *lx)
{
	struct lex_tok t = ikexform_peek(lx);

	if (!has_value(lx, &t)) {
		missing(lx, &t, texts[i]);
		return true;
	}
	t = ikexform_next(lx);
	if (!is_text(lx, &t, "a text in quotes"))
		return true;
	if (p->text[i] != NULL) {
		lex_error(lx, key, "\"%s\" is there twice", texts[i]);
		return true;
	}
	if (t.n == 0) {
		lex_error(lx, &t, "\"%s\" has an empty text", texts[i]);
		return true;
	}
	p->text[i] = ikeword_string(&t);
	if (p->text[i] != NULL)
		(void)too_long(lx, &t, p->text[i]);
	return p->text[i] != NULL;
}

bool
ikeword_read(struct ikecfg_part *p, struct ikeword w, const struct lex_tok *key,
    struct lex *lx)
{
	switch (w.kind) {
	case IKEWORD_VALUE:
		read_value(p, (enum ikecfg_value)w.i, key, lx);
		return true;
	case IKEWORD_TEXT:
		return read_text(p, (enum ikecfg_text)w.i, key, lx);
	case IKEWORD_LIST:
		return read_list(p, (enum ikecfg_list)w.i, lx);
	case IKEWORD_SEL:
		return read_sel(p, (enum ikecfg_sels)w.i, lx);
	default:
		return true;
	}
}
