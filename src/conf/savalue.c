/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/savalue.h"

#include "conf/algname.h"
#include "model/alg.h"

#define N_WORDS 96 /* names of the algorithms of one table */

/* The value of attribute name, any word. False, reported: there is none. */
static bool
word_value(struct saattr_line *l, struct lex_tok *t, const char *name,
    const char *what)
{
	*t = lex_peek(&l->lx);
	if (t->kind == LEX_EOL) {
		lex_expected(&l->lx, t, NULL, "%s behind %s", what, name);
		return false;
	}
	*t = lex_next(&l->lx);
	return true;
}

/* The same, of a kind that no attribute's name can be: that one is left. */
static bool
value(struct saattr_line *l, struct lex_tok *t, const char *name,
    const char *what)
{
	*t = lex_peek(&l->lx);
	if (saattr_find(t) == NULL)
		return word_value(l, t, name, what);
	lex_expected(&l->lx, t, NULL, "%s behind %s", what, name);
	return false;
}

/* The attribute at hand and its name as typed. */
struct named {
	const struct saattr *a;
	char name[24];
};

static void
store(struct sa_spec *s, const struct saattr *a, uint64_t v)
{
	uint8_t *p = (uint8_t *)s + a->off;
	uint8_t v8 = (uint8_t)v;
	uint16_t v16 = (uint16_t)v;
	uint32_t v32 = (uint32_t)v;

	switch (a->size) {
	case 1:
		memcpy(p, &v8, 1);
		break;
	case 2:
		memcpy(p, &v16, 2);
		break;
	case 4:
		memcpy(p, &v32, 4);
		break;
	default:
		memcpy(p, &v, 8);
	}
}

static void
read_number(struct saattr_line *l, const struct named *n, uint64_t max)
{
	struct lex_tok t;
	uint64_t v;

	if (!value(l, &t, n->name, "a number"))
		return;
	if (lex_cnumber(&t, max, &v))
		store(&l->c.spec, n->a, v);
	else if (saattr_secret(&t))
		lex_error(&l->lx, &t, "%s needs a number from 0 to %llu",
		    n->name, (unsigned long long)max);
	else
		lex_expected(&l->lx, &t, NULL, "a number from 0 to %llu",
		    (unsigned long long)max);
}

/* The largest number that fits into the field. */
static uint64_t
field_max(const struct saattr *a)
{
	return UINT64_MAX >> (64 - 8 * a->size);
}

static void
read_state(struct saattr_line *l, const struct named *n)
{
	static const char *const words[] = { "mature", "dying", "dead", NULL };
	struct lex_tok t;
	uint64_t v;

	if (!value(l, &t, n->name, "a state"))
		return;
	if (lex_is(&t, "larval") || (lex_cnumber(&t, 255, &v) && v == 0)) {
		lex_error(&l->lx, &t,
		    "a larval SA comes only from key management: "
		    "state larval cannot be set");
		return;
	}
	for (unsigned i = 0; words[i] != NULL; i++)
		if (lex_is(&t, words[i])) {
			l->c.spec.state = (uint8_t)(SA_MATURE + i);
			return;
		}
	if (lex_cnumber(&t, 255, &v))
		l->c.spec.state = (uint8_t)v;
	else
		lex_expected(&l->lx, &t, words, "a state");
}

static void
read_alg(struct saattr_line *l, const struct named *n)
{
	bool auth = n->a->slot == SLOT_AUTH_ALG;
	enum alg_table table = auth ? ALG_AUTH : ALG_ENCR;
	struct algname_words words;
	struct algname room;
	const struct alg *a;
	struct lex_tok t;

	if (!value(l, &t, n->name, "an algorithm"))
		return;
	a = algname_find(&room, l->in->algs, table, &t);
	if (a == NULL) {
		algname_words(&words, l->in->algs, table);
		lex_expected(&l->lx, &t, words.word, "an %s algorithm",
		    auth ? "authentication" : "encryption");
		return;
	}
	if ((a->flags & ALG_LEGACY) != 0)
		lex_warning(&l->lx, &t,
		    "%s is weak and there for old peers only (RFC 8221)",
		    a->name);
	store(&l->c.spec, n->a, a->id);
}

static void
read_encap(struct saattr_line *l, const struct named *n)
{
	struct lex_tok t;

	if (value(l, &t, n->name, "udp") && !lex_is_nocase(&t, "udp"))
		lex_expected(&l->lx, &t, NULL, "udp");
}

/* The IPv6 ones only. */
static size_t
keep_v6(struct addr *a, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (a[i].fam == FAM_V6)
			a[kept++] = a[i];
	return kept;
}

/* All addresses of the first n bytes of t. 0: reported. */
static size_t
resolve(struct saattr_line *l, const struct lex_tok *t, size_t n, bool v6,
    struct addr *out, size_t max)
{
	const struct ipseckeys_input *in = l->in;
	struct lex_tok host = *t;
	char name[256];
	size_t found = 0;

	host.n = n;
	if (lex_copy(name, sizeof(name), &host)) {
		if (addr_read(out, name)) {
			*out = addr_unmap(out);
			found = 1;
		} else if (in->lookup != NULL && name[0] != '\0') {
			found = in->lookup(in->ctx, name, out, max);
		}
	}
	if (v6)
		found = keep_v6(out, found);
	if (found == 0)
		lex_expected(&l->lx, t, NULL, "an %saddress%s",
		    v6 ? "IPv6 " : "",
		    in->lookup != NULL ? " or the name of a host"
				       : " (names are not looked up)");
	return found;
}

static void
read_addr(struct saattr_line *l, const struct named *n)
{
	struct saattr_addrs *to = n->a->slot == SLOT_SRC ? &l->src : &l->dst;

	if (word_value(l, &to->at, n->name, "an address"))
		to->n = resolve(
		    l, &to->at, to->at.n, n->a->v6, to->a, IPSECKEYS_ADDRS);
}

/* One address or name of a list; all addresses of a name. */
static bool
add_more(struct saattr_line *l, const struct lex_tok *t, struct addr *list,
    uint8_t *n)
{
	struct addr a[IPSECKEYS_ADDRS];
	size_t found = resolve(l, t, t->n, false, a, IPSECKEYS_ADDRS);

	if (found > SA_MORE || *n + found > SA_MORE) {
		lex_error(&l->lx, t, "more than %d further addresses", SA_MORE);
		return false;
	}
	memcpy(&list[*n], a, found * sizeof(a[0]));
	*n = (uint8_t)(*n + found);
	return found != 0;
}

static void
read_more(struct saattr_line *l, const struct named *n)
{
	bool src = n->a->slot == SLOT_MORE_SRC;
	struct sa_more *m = &l->c.more;
	struct lex_tok t, one;

	if (!word_value(l, &t, n->name, "addresses with commas between them"))
		return;
	for (size_t at = 0; at <= t.n; at += one.n + 1) {
		const char *end;

		one = t;
		one.s = t.s + at;
		one.col = t.col + (unsigned)at;
		end = at < t.n ? memchr(one.s, ',', t.n - at) : NULL;
		one.n = end != NULL ? (size_t)(end - one.s) : t.n - at;
		if (!add_more(l, &one, src ? m->src : m->dst,
			src ? &m->n_src : &m->n_dst))
			return;
	}
}

/*
 * A name that must have one address. Solaris ignores another one with a
 * warning; but an SA without the selector would protect other packets than
 * were meant, so that is an error here.
 */
static bool
resolve_one(struct saattr_line *l, const struct lex_tok *t, size_t len, bool v6,
    struct addr *out)
{
	struct addr a[IPSECKEYS_ADDRS];
	size_t n = resolve(l, t, len, v6, a, IPSECKEYS_ADDRS);

	if (n > 1)
		lex_error(&l->lx, t,
		    "the name is vague: it has %zu addresses, give one of them",
		    n);
	if (n == 1)
		*out = a[0];
	return n == 1;
}

static void
read_inner(struct saattr_line *l, const struct named *n)
{
	struct prefix p;
	struct lex_tok t, len;
	const char *slash;
	uint64_t bits;

	if (!word_value(l, &t, n->name, "an address"))
		return;
	slash = t.n != 0 ? memchr(t.s, '/', t.n) : NULL;
	len = t;
	len.n = slash != NULL ? (size_t)(slash - t.s) : t.n;
	if (!resolve_one(l, &t, len.n, n->a->v6, &p.a))
		return;
	p.len = addr_bits(p.a.fam);
	if (slash != NULL) {
		len = t;
		len.s = slash + 1;
		len.n = t.n - (size_t)(len.s - t.s);
		len.col += (unsigned)(len.s - t.s);
		if (!lex_number(&len, p.len, &bits)) {
			lex_expected(&l->lx, &len, NULL,
			    "a prefix length from 0 to %u", p.len);
			return;
		}
		p.len = (uint8_t)bits;
	}
	prefix_canon(&p);
	if (n->a->slot == SLOT_ISRC)
		l->c.spec.isrc = p;
	else
		l->c.spec.idst = p;
}

static void
read_nat(struct saattr_line *l, const struct named *n)
{
	struct lex_tok t;
	struct addr a;

	if (!word_value(l, &t, n->name, "an address") ||
	    !resolve_one(l, &t, t.n, false, &a))
		return;
	if (a.fam != FAM_V4)
		lex_expected(&l->lx, &t, NULL,
		    "an IPv4 address: NAT traversal is for IPv4 only");
	else if (n->a->slot == SLOT_NAT_LOC)
		l->c.spec.natt_loc = a;
	else
		l->c.spec.natt_rem = a;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* The digits and the /bits of a key; false, reported: not such a thing. */
static bool
key_parts(struct saattr_line *l, const struct lex_tok *t,
    struct lex_tok *digits, struct lex_tok *bits)
{
	size_t n = t->n;
	const char *slash = n != 0 ? memchr(t->s, '/', n) : NULL;

	*digits = *bits = *t;
	bits->n = 0;
	if (slash != NULL) {
		digits->n = (size_t)(slash - t->s);
		bits->s = slash + 1;
		bits->n = n - digits->n - 1;
		bits->col += (unsigned)digits->n + 1;
	}
	if (digits->n > 2 && t->s[0] == '0' &&
	    (t->s[1] == 'x' || t->s[1] == 'X')) {
		digits->s += 2;
		digits->n -= 2;
	}
	for (size_t i = 0; i < digits->n; i++)
		if (hex_digit(digits->s[i]) < 0) {
			digits->col += (unsigned)(digits->s + i - t->s);
			lex_error(&l->lx, digits,
			    "this byte of the key is no hexadecimal digit");
			return false;
		}
	if (digits->n == 0 || (slash != NULL && bits->n == 0)) {
		lex_error(&l->lx, t,
		    "expected a key: hexadecimal digits, then /BITS if wanted");
		return false;
	}
	return true;
}

/* Spec: sa 6. Bits count from the left; what is behind them becomes 0. */
static void
read_key(struct saattr_line *l, const struct named *n)
{
	struct secret *key =
	    n->a->slot == SLOT_AUTHKEY ? &l->c.spec.akey : &l->c.spec.ekey;
	struct lex_tok t, digits, len;
	uint64_t bits;

	if (!value(l, &t, n->name, "a key") || !key_parts(l, &t, &digits, &len))
		return;
	bits = (digits.n + 1) / 2 * 8;
	if (len.n != 0 && (!lex_cnumber(&len, digits.n * 4, &bits) || !bits)) {
		lex_error(&l->lx, &len,
		    "expected a number of bits from 1 to the %zu of the digits",
		    digits.n * 4);
		return;
	}
	if (bits > SECRET_MAX * 8) {
		lex_error(&l->lx, &t,
		    "the key has %llu bits; the longest that is possible has "
		    "%d",
		    (unsigned long long)bits, SECRET_MAX * 8);
		return;
	}
	if (len.n != 0 && bits < digits.n * 4)
		lex_warning(&l->lx, &len,
		    "only the first %llu of the key's %zu bits are used",
		    (unsigned long long)bits, digits.n * 4);
	for (size_t i = 0; i < digits.n && i / 2 < secret_bytes((unsigned)bits);
	     i++)
		key->b[i / 2] |=
		    (uint8_t)(hex_digit(digits.s[i]) << (i % 2 == 0 ? 4 : 0));
	if (bits % 8 != 0)
		key->b[bits / 8] &= (uint8_t)(0xff00u >> bits % 8);
	key->bits = (uint16_t)bits;
}

static void
read_ivbits(struct saattr_line *l, const struct named *n)
{
	if (saattr_saw(l, SLOT_ENCRKEY))
		lex_error(&l->lx, &l->where[SLOT_RESERVED_BITS],
		    "reserved_bits must stand before encrkey");
	read_number(l, n, 128);
}

/* Values are positions (spec: sa 5, pfkey 6). */
static const char *const ident_names[] = { NULL, "prefix", "fqdn", "user_fqdn",
	"der_dn", "der_gn" };

const char *
savalue_ident_name(unsigned type)
{
	return type < sizeof(ident_names) / sizeof(ident_names[0])
		   ? ident_names[type]
		   : NULL;
}

static unsigned
ident_type(const struct lex_tok *t)
{
	uint64_t v;

	for (unsigned i = 1; savalue_ident_name(i) != NULL; i++)
		if (lex_is_nocase(t, savalue_ident_name(i)))
			return i;
	if (lex_is_nocase(t, "domain") || lex_is_nocase(t, "domainname"))
		return 2;
	if (lex_is_nocase(t, "mailbox"))
		return 3;
	return lex_cnumber(t, UINT16_MAX, &v) ? (unsigned)v : 0;
}

static void
read_ident(struct saattr_line *l, const struct named *n)
{
	static const char *const words[] = { "prefix", "fqdn", "domain",
		"domainname", "user_fqdn", "mailbox", NULL };
	struct sa_ident *id =
	    n->a->slot == SLOT_SRCID ? &l->c.spec.sid : &l->c.spec.did;
	struct lex_tok t, v;
	unsigned type;

	if (!value(l, &t, n->name, "a type of identity"))
		return;
	type = ident_type(&t);
	if (type == 0) {
		lex_expected(&l->lx, &t, words, "a type of identity");
		return;
	}
	if (!word_value(l, &v, n->name, "an identity"))
		return;
	if (type == 4 || type == 5) /* DER has no text form to read */
		lex_error(&l->lx, &t,
		    "an identity of type %s can come from key management only",
		    ident_names[type]);
	else if (v.n == 0 || !lex_copy(id->id, sizeof(id->id), &v))
		lex_error(&l->lx, &v, "expected an identity of 1 to %d bytes",
		    SA_IDENT_MAX - 1);
	id->type = (uint16_t)type;
	id->len = (uint16_t)strlen(id->id);
}

void
savalue_read(
    struct saattr_line *l, const struct saattr *a, const struct lex_tok *name)
{
	struct named named = { .a = a }, *n = &named;

	if (!lex_copy(named.name, sizeof(named.name), name))
		return; /* never: it is in the table */
	switch ((enum saattr_kind)n->a->kind) {
	case K_NUMBER:
		read_number(l, n, field_max(n->a));
		break;
	case K_WINDOW:
		read_number(l, n, 65536);
		break;
	case K_STATE:
		read_state(l, n);
		break;
	case K_ALG:
		read_alg(l, n);
		break;
	case K_ENCAP:
		read_encap(l, n);
		break;
	case K_ADDR:
		read_addr(l, n);
		break;
	case K_MORE:
		read_more(l, n);
		break;
	case K_INNER:
		read_inner(l, n);
		break;
	case K_NAT:
		read_nat(l, n);
		break;
	case K_KEY:
		read_key(l, n);
		break;
	case K_IVBITS:
		read_ivbits(l, n);
		break;
	case K_IDENT:
		read_ident(l, n);
		break;
	case K_FLAG:
		l->c.spec.flags |= n->a->flag;
		break;
	case K_LABEL:
	case K_ROUTE:
	case K_REFUSED:
		break;
	}
}
