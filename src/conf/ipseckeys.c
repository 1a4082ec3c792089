/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/ipseckeys.h"

#include <stdarg.h>
#include <stdio.h>

#include "conf/algname.h"
#include "conf/saattr.h"
#include "model/alg.h"

#define LINE_MAX_BYTES 4096 /* spec: sa 3 */

enum args {
	A_SA,	/* TYPE attributes */
	A_NAME, /* TYPE attributes that name an SA */
	A_TYPE, /* [TYPE] */
	A_SAVE, /* [TYPE [FILE]] */
	A_HELP, /* [TOPIC] */
	A_NONE
};

static const struct command {
	struct ipseckeys_help help;
	enum ipseckeys_op op;
	enum args args;
	bool file, arg; /* may stand in a file, among a program's arguments */
} commands[] = {
	{ { "add", "TYPE ATTRIBUTE ...", "add an SA" }, IPSECKEYS_ADD, A_SA,
	    true, false },
	{ { "update", "TYPE ATTRIBUTE ...", "change an SA's lifetimes" },
	    IPSECKEYS_UPDATE, A_SA, true, false },
	{ { "update-pair", "TYPE ATTRIBUTE ...",
	      "change the lifetimes of an SA and of its pair" },
	    IPSECKEYS_UPDATE_PAIR, A_SA, true, false },
	{ { "delete", "TYPE ATTRIBUTE ...", "delete an SA" }, IPSECKEYS_DELETE,
	    A_NAME, true, true },
	{ { "delete-pair", "TYPE ATTRIBUTE ...", "delete an SA and its pair" },
	    IPSECKEYS_DELETE_PAIR, A_NAME, true, true },
	{ { "get", "TYPE ATTRIBUTE ...", "show an SA" }, IPSECKEYS_GET, A_NAME,
	    true, true },
	{ { "flush", "[TYPE]", "delete all SAs" }, IPSECKEYS_FLUSH, A_TYPE,
	    true, true },
	{ { "dump", "[TYPE]", "show all SAs" }, IPSECKEYS_DUMP, A_TYPE, false,
	    true },
	{ { "monitor", "", "show every PF_KEY message" }, IPSECKEYS_MONITOR,
	    A_NONE, false, true },
	{ { "passive_monitor,pmonitor", "",
	      "show the PF_KEY messages that every listener gets" },
	    IPSECKEYS_PMONITOR, A_NONE, false, true },
	{ { "save", "[TYPE [FILE]]", "write all SAs as add commands" },
	    IPSECKEYS_SAVE, A_SAVE, false, true },
	{ { "help,?", "[COMMAND|attr]",
	      "this list, a command, the attributes" },
	    IPSECKEYS_HELP, A_HELP, false, true },
	{ { "quit,exit", "", "leave" }, IPSECKEYS_QUIT, A_NONE, false, true },
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static const char *const command_words[] = { "add", "update", "update-pair",
	"delete", "delete-pair", "get", "flush", "dump", "monitor",
	"passive_monitor", "pmonitor", "save", "help", "quit", "exit", NULL };
static const char *const type_words[] = { "all", "ah", "esp", NULL };

const struct ipseckeys_help *
ipseckeys_command(size_t i)
{
	return i < N_COMMANDS ? &commands[i].help : NULL;
}

const struct ipseckeys_help *
ipseckeys_attribute(size_t i)
{
	const struct saattr *a = saattr_row(i);

	return a != NULL ? &a->help : NULL;
}

static const struct command *
find(const struct lex_tok *t)
{
	for (size_t i = 0; i < N_COMMANDS; i++) {
		const char *p = commands[i].help.name;

		while (*p != '\0') {
			size_t n = strcspn(p, ",");

			if (t->kind == LEX_WORD && t->n == n &&
			    memcmp(t->s, p, n) == 0)
				return &commands[i];
			p += n;
			p += *p == ',';
		}
	}
	return NULL;
}

/* An SA type. False, reported: none, or one that is not served. */
static bool
read_type(struct saattr_line *l, bool all)
{
	struct lex_tok t = lex_peek(&l->lx);
	uint64_t v;

	if (t.kind != LEX_EOL)
		t = lex_next(&l->lx);
	if (lex_is_nocase(&t, "ah"))
		l->c.spec.satype = SATYPE_AH;
	else if (lex_is_nocase(&t, "esp"))
		l->c.spec.satype = SATYPE_ESP;
	else if (all && lex_is_nocase(&t, "all"))
		l->c.spec.satype = SATYPE_UNSPEC;
	else if (lex_cnumber(&t, 255, &v) &&
		 (v == SATYPE_AH || v == SATYPE_ESP || (all && v == 0)))
		l->c.spec.satype = (uint8_t)v;
	else if (saattr_secret(&t))
		lex_error(&l->lx, &t, "expected an SA type here");
	else
		lex_expected(&l->lx, &t, all ? type_words : type_words + 1,
		    all ? "an SA type: all, ah or esp"
			: "an SA type: ah or esp");
	return l->lx.errors == 0;
}

/* A rule is broken; point at the attribute if it was given, or at the command. */
__attribute__((format(printf, 3, 4))) static void
broken(struct saattr_line *l, enum saattr_slot s, const char *fmt, ...)
{
	char text[CONF_TEXT];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	lex_error(&l->lx, saattr_saw(l, s) ? &l->where[s] : &l->at, "%s", text);
}

static bool
saw_any(const struct saattr_line *l, enum saattr_slot from, enum saattr_slot to)
{
	for (unsigned s = from; s <= to; s++)
		if (saattr_saw(l, s))
			return true;
	return false;
}

/* Spec: sa 7.1, 8. */
static void
check_name(struct saattr_line *l)
{
	if (!saattr_saw(l, SLOT_SPI))
		broken(l, SLOT_SPI, "the spi is missing");
	else if (l->c.spec.spi == 0)
		broken(l, SLOT_SPI, "the spi must be a number other than 0");
	if (!saattr_saw(l, SLOT_DST))
		broken(l, SLOT_DST, "the destination (dst) is missing");
}

/*
 * What ipsecd will refuse (a key's length) or what is unwise, told with its
 * place. key may be absent.
 */
static void
check_alg(struct saattr_line *l, enum saattr_slot at, enum saattr_slot at_key,
    const struct alg *a, const struct secret *key)
{
	unsigned iv = at == SLOT_ENCR_ALG ? l->c.spec.ekey_iv_bits : 0,
		 extra = a->salt_len * 8u + iv;

	if ((a->flags & ALG_COUNTER) != 0 && l->c.op == IPSECKEYS_ADD)
		lex_warning(&l->lx, &l->where[at],
		    "%s is not meant for manual keys: an IV that comes twice "
		    "under one key breaks it (RFC 8221 3)",
		    a->name);
	if (key->bits == 0 ||
	    (key->bits > extra && alg_keybits_ok(a, key->bits - extra)))
		return;
	if (a->key_min == a->key_max)
		lex_warning(&l->lx, &l->where[at_key],
		    "this key has %u bits: %s takes %u%s", key->bits, a->name,
		    a->key_min + extra,
		    extra != 0 ? ", salt and IV included" : "");
	else
		lex_warning(&l->lx, &l->where[at_key],
		    "this key has %u bits: %s takes %u to %u in steps of %u%s",
		    key->bits, a->name, a->key_min + extra, a->key_max + extra,
		    a->key_incr, extra != 0 ? ", salt and IV included" : "");
}

/* RFC 4303 3.2: encryption alone is there for who asks, and no good advice. */
static void
check_open(struct saattr_line *l)
{
	struct algname room;
	const struct alg *e =
	    algname_by_id(&room, l->in->algs, ALG_ENCR, l->c.spec.encr);

	if (l->c.spec.satype == SATYPE_ESP && l->c.spec.auth == AALG_NONE &&
	    e != NULL && (e->flags & ALG_COMBINED) == 0)
		lex_warning(&l->lx, &l->where[SLOT_ENCR_ALG],
		    "DANGER: encryption without authentication: packets can "
		    "be changed on their way, unless AH is there too; add "
		    "auth_alg");
}

/* Spec: sa 7.2, 7.3. */
static void
check_keys(struct saattr_line *l)
{
	struct sa_spec *s = &l->c.spec;
	bool encr = saattr_saw(l, SLOT_ENCR_ALG),
	     ekey = saattr_saw(l, SLOT_ENCRKEY);
	struct algname room;
	const struct alg *a;

	if (s->satype == SATYPE_AH && (encr || ekey)) {
		broken(l, encr ? SLOT_ENCR_ALG : SLOT_ENCRKEY,
		    "AH does not encrypt: %s is for esp only",
		    encr ? "encr_alg" : "encrkey");
		return;
	}
	if (ekey && (!encr || s->encr == EALG_NULL))
		broken(l, SLOT_ENCRKEY,
		    "an encrkey needs an encr_alg other than null");
	if (saattr_saw(l, SLOT_AUTHKEY) && !saattr_saw(l, SLOT_AUTH_ALG))
		broken(l, SLOT_AUTHKEY, "an authkey needs an auth_alg");
	if (s->ekey_iv_bits != 0 && s->ekey_iv_bits >= s->ekey.bits)
		broken(l, SLOT_RESERVED_BITS,
		    "reserved_bits must be fewer than the bits of encrkey");
	if (l->lx.errors != 0)
		return;
	a = algname_by_id(&room, l->in->algs, ALG_AUTH, s->auth);
	if (a != NULL)
		check_alg(l, SLOT_AUTH_ALG, SLOT_AUTHKEY, a, &s->akey);
	a = algname_by_id(&room, l->in->algs, ALG_ENCR, s->encr);
	if (a != NULL)
		check_alg(l, SLOT_ENCR_ALG, SLOT_ENCRKEY, a, &s->ekey);
	if (l->c.op == IPSECKEYS_ADD)
		check_open(l);
}

static void
check_add(struct saattr_line *l)
{
	struct sa_spec *s = &l->c.spec;
	bool encr = saattr_saw(l, SLOT_ENCR_ALG);

	if (!encr && !saattr_saw(l, SLOT_AUTH_ALG))
		broken(l, SLOT_AUTH_ALG, "add needs an algorithm: %s",
		    s->satype == SATYPE_AH ? "auth_alg"
					   : "encr_alg, auth_alg or both");
	if (!saattr_saw(l, SLOT_AUTHKEY) && !saattr_saw(l, SLOT_ENCRKEY))
		broken(l, SLOT_AUTHKEY, "add needs a key: %s",
		    s->satype == SATYPE_AH ? "authkey"
					   : "encrkey, authkey or both");
	if (s->satype == SATYPE_ESP && !encr)
		s->encr = EALG_NULL;
}

/* Spec: sa 7.7. */
static void
check_nat(struct saattr_line *l)
{
	struct sa_spec *s = &l->c.spec;
	static const uint8_t zero[4];
	bool loc = saattr_saw(l, SLOT_NAT_LOC) || saattr_saw(l, SLOT_NAT_LPORT),
	     rem = saattr_saw(l, SLOT_NAT_REM) || saattr_saw(l, SLOT_NAT_RPORT);

	if (saattr_saw(l, SLOT_ENCAP) && !loc && !rem)
		broken(l, SLOT_ENCAP,
		    "encap udp needs nat_loc or nat_rem, or one of their "
		    "ports");
	if (!saattr_saw(l, SLOT_ENCAP) && (loc || rem))
		broken(l, SLOT_ENCAP, "the nat_ attributes need encap udp");
	if (saattr_saw(l, SLOT_ENCAP) && s->satype == SATYPE_AH)
		broken(l, SLOT_ENCAP,
		    "AH cannot cross a NAT: encap udp is for esp only");
	if (loc) {
		s->flags |= SAF_NATT_LOC;
		if (s->natt_loc.fam == FAM_NONE)
			s->natt_loc = addr_v4(zero);
	}
	if (rem) {
		s->flags |= SAF_NATT_REM;
		if (s->natt_rem.fam == FAM_NONE)
			s->natt_rem = addr_v4(zero);
	}
}

/* Spec: sa 7.6. */
static void
check_tunnel(struct saattr_line *l)
{
	struct sa_spec *s = &l->c.spec;

	if (!saw_any(l, SLOT_ISRC, SLOT_IPROTO))
		return;
	s->flags |= SAF_TUNNEL;
	if (s->isrc.a.fam != FAM_NONE && s->idst.a.fam != FAM_NONE &&
	    s->isrc.a.fam != s->idst.a.fam)
		broken(l, SLOT_IDST,
		    "the inner addresses are of different families");
	if ((s->sport != 0 || s->dport != 0) &&
	    (s->isport != 0 || s->idport != 0))
		broken(l, SLOT_ISPORT,
		    "an SA has inner ports or outer ones, not both");
}

/* RFC 3554: between hosts, with a known source. */
static void
check_more(struct saattr_line *l)
{
	enum saattr_slot at =
	    saattr_saw(l, SLOT_MORE_SRC) ? SLOT_MORE_SRC : SLOT_MORE_DST;

	if (!saattr_saw(l, at))
		return;
	if (l->c.op != IPSECKEYS_ADD && l->c.op != IPSECKEYS_UPDATE)
		broken(l, at, "further addresses go with add and update");
	if ((l->c.spec.flags & (SAF_TUNNEL | SAF_NATT_LOC | SAF_NATT_REM)) != 0)
		broken(l, at,
		    "further addresses are for transport mode without NAT");
	if (!saattr_saw(l, SLOT_SRC) || l->src.n != 1 || l->dst.n != 1)
		broken(l, at,
		    "with further addresses src and dst are one address each");
}

static void
check_sa(struct saattr_line *l)
{
	struct sa_spec *s = &l->c.spec;

	check_name(l);
	if (l->c.op == IPSECKEYS_ADD)
		check_add(l);
	check_keys(l);
	check_nat(l);
	check_tunnel(l);
	check_more(l);
	if (saattr_saw(l, SLOT_PAIR_SPI)) {
		if (l->c.op == IPSECKEYS_UPDATE_PAIR)
			broken(l, SLOT_PAIR_SPI,
			    "pair-spi does not go with update-pair");
		else if (s->pair_spi == 0)
			broken(l, SLOT_PAIR_SPI,
			    "the pair-spi must be a number other than 0");
		s->flags |= SAF_PAIRED;
	}
	if (s->replay_value > UINT32_MAX && (s->flags & SAF_ESN) == 0)
		broken(l, SLOT_REPLAY_VALUE,
		    "a replay_value over 32 bits needs esn");
	if (s->window != 0)
		lex_warning(&l->lx, &l->where[SLOT_REPLAY],
		    "replay protection with manual keys: when one end starts "
		    "again, the other drops its packets until this SA is "
		    "replaced (RFC 4303 3.3.3)");
}

static bool
is_link_local(const struct addr *a)
{
	return a->fam == FAM_V6 && a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80;
}

/* Spec: sa 7.6: an inner address that was not given is any. */
static void
fill_inner(struct sa_spec *s)
{
	uint8_t fam = s->isrc.a.fam != FAM_NONE	  ? s->isrc.a.fam
		      : s->idst.a.fam != FAM_NONE ? s->idst.a.fam
						  : s->dst.fam;

	if ((s->flags & SAF_TUNNEL) == 0)
		return;
	if (s->isrc.a.fam == FAM_NONE)
		s->isrc = (struct prefix){ .a.fam = fam };
	if (s->idst.a.fam == FAM_NONE)
		s->idst = (struct prefix){ .a.fam = fam };
}

/*
 * The source for this destination: the one address of the same family and
 * scope; unspecified when none was given or there are several. False: none.
 */
static bool
choose_src(struct saattr_line *l, const struct addr *dst)
{
	struct addr *src = &l->c.spec.src;
	size_t fit = 0;

	*src = (struct addr){ .fam = dst->fam };
	if (!saattr_saw(l, SLOT_SRC))
		return true;
	for (size_t i = 0; i < l->src.n; i++) {
		const struct addr *a = &l->src.a[i];

		/* the unspecified address is of every scope */
		if (a->fam != dst->fam ||
		    (!addr_is_unspec(a) &&
			is_link_local(a) != is_link_local(dst)))
			continue;
		if (fit++ == 0)
			*src = *a;
	}
	if (fit > 1) {
		*src = (struct addr){ .fam = dst->fam };
		lex_warning(&l->lx, &l->src.at,
		    "the source has several addresses that fit: "
		    "it is left unspecified");
	}
	return fit != 0;
}

/* Spec: sa 6: one command for each address of the destination. */
static void
emit(struct saattr_line *l)
{
	const struct ipseckeys_input *in = l->in;
	const struct prefix isrc = l->c.spec.isrc, idst = l->c.spec.idst;
	char text[ADDR_TEXT];
	size_t sent = 0;

	for (size_t i = 0; i < l->dst.n; i++) {
		const struct addr *dst = &l->dst.a[i];
		bool fits = choose_src(l, dst);

		if (!fits && l->dst.n > 1)
			lex_warning(&l->lx, &l->src.at,
			    "no source address fits the destination %s, which "
			    "is left out",
			    addr_print(text, dst));
		if (!fits)
			continue;
		l->c.spec.dst = *dst;
		l->c.spec.isrc = isrc;
		l->c.spec.idst = idst;
		fill_inner(&l->c.spec);
		sent++;
		if (in->emit != NULL)
			in->emit(in->ctx, &l->c);
	}
	if (sent == 0)
		lex_error(&l->lx, &l->src.at,
		    "the source is not of the destination's family and scope");
}

static void
read_sa(struct saattr_line *l, bool name_only)
{
	if (!read_type(l, false)) {
		saattr_skip(l);
		return;
	}
	l->c.spec.state = SA_MATURE;
	saattr_read(l, name_only);
	/* what was not understood would only be missed by the rules */
	if (l->lx.errors == 0 && name_only)
		check_name(l);
	else if (l->lx.errors == 0)
		check_sa(l);
	if (l->lx.errors == 0)
		emit(l);
}

/* The rest of the line must be empty. */
static void
read_end(struct saattr_line *l)
{
	struct lex_tok t = lex_peek(&l->lx);

	if (t.kind == LEX_EOL)
		return;
	if (saattr_secret(&t))
		lex_error(&l->lx, &t, "expected the end of the line");
	else
		lex_expected(&l->lx, &t, NULL, "the end of the line");
	saattr_skip(l);
}

static void
read_word(struct saattr_line *l, const char *what)
{
	struct lex_tok t = lex_peek(&l->lx);

	if (t.kind == LEX_EOL)
		return;
	t = lex_next(&l->lx);
	if (t.n == 0 || !lex_copy(l->c.word, sizeof(l->c.word), &t))
		lex_error(&l->lx, &t, "expected %s", what);
}

/* The arguments of a command that has no attributes. */
static void
read_other(struct saattr_line *l, enum args args)
{
	if ((args == A_SAVE || args == A_TYPE) &&
	    lex_peek(&l->lx).kind != LEX_EOL)
		(void)read_type(l, true);
	if (args == A_SAVE)
		read_word(l, "the name of a file");
	if (args == A_HELP)
		read_word(l, "a command, or attr");
	read_end(l);
	if (l->lx.errors == 0 && l->in->emit != NULL)
		l->in->emit(l->in->ctx, &l->c);
}

/* True when the command may not stand here; reported. */
static bool
misplaced(struct saattr_line *l, const struct command *k)
{
	if (l->in->from == IPSECKEYS_FILE && !k->file)
		lex_error(&l->lx, &l->at, "%.*s cannot be used in a file",
		    (int)l->at.n, l->at.s);
	else if (l->in->from == IPSECKEYS_ARGS && !k->arg)
		lex_error(&l->lx, &l->at,
		    "%.*s cannot be used on the command line, where others "
		    "could see the keys: use a file or the prompt",
		    (int)l->at.n, l->at.s);
	else
		return false;
	return true;
}

/* One command up to the end of its line. */
static void
read_line(struct saattr_line *l)
{
	const struct command *k = find(&l->at);

	l->c.line = l->at.line;
	if (k == NULL && saattr_secret(&l->at))
		lex_error(&l->lx, &l->at, "expected a command here");
	else if (k == NULL)
		lex_expected(&l->lx, &l->at, command_words, "a command");
	if (k == NULL || misplaced(l, k)) {
		saattr_skip(l);
		return;
	}
	l->c.op = k->op;
	if (k->args == A_SA || k->args == A_NAME)
		read_sa(l, k->args == A_NAME);
	else
		read_other(l, k->args);
}

struct ipseckeys_result
ipseckeys_read(const struct ipseckeys_input *in, const void *text, size_t n)
{
	struct lex lx = lex_from(in->file, text, n,
	    LEX_COMMENT_LINES | LEX_CONTINUED | LEX_QUOTES, in->report,
	    in->ctx);
	struct ipseckeys_result res = { 0 };
	struct saattr_line l;
	struct lex_tok t;

	lx.max_line = LINE_MAX_BYTES;
	for (;;) {
		res.errors += lx.errors;
		res.warnings += lx.warnings;
		lx.errors = lx.warnings = 0; /* of one line */
		t = lex_next(&lx);
		if (t.kind == LEX_END)
			break;
		if (t.kind == LEX_EOL)
			continue;
		l = (struct saattr_line){ .lx = lx, .in = in, .at = t };
		read_line(&l);
		if (l.lx.errors == 0)
			res.commands++;
		lx = l.lx;
		secret_wipe(&l, sizeof(l));
	}
	res.errors += lx.errors;
	res.warnings += lx.warnings;
	return res;
}
