/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/tunconf.h"

#include <stdio.h>

enum word {
	W_TSRC,
	W_TDST,
	W_THOPLIMIT,
	W_ENCAPLIMIT,
	W_NO_ENCAPLIMIT,
	W_DF,
	W_ROUTER,
	W_NO_ROUTER,
	W_UP,
	W_DOWN,
	W_PRIVATE,
	W_NO_PRIVATE,
	W_MTU,
	W_ENCR,
	W_ENCR_AUTH,
	W_AUTH,
	W_ADDIF,
	W_INET,
	W_INET6,
	W_PLUMB,
	W_N
};

/* In the order of enum word. */
static const char *const words[W_N + 1] = { "tsrc", "tdst", "thoplimit",
	"encaplimit", "-encaplimit", "df", "router", "-router", "up", "down",
	"private", "-private", "mtu", "encr_algs", "encr_auth_algs",
	"auth_algs", "addif", "inet", "inet6", "plumb", NULL };

struct read {
	struct lex lx;
	const struct tunconf_env *env;
	struct tunconf *c;
	unsigned said; /* words, 1 << enum word: each once */
	unsigned algs_line;
	/* how many addresses may still come without a keyword */
	bool open;
	struct lex_tok tdst_at, remote_at;
};

static bool
word_of(const struct lex_tok *t, enum word *w)
{
	for (unsigned i = 0; i < W_N; i++)
		if (lex_is(t, words[i])) {
			*w = i;
			return true;
		}
	return false;
}

/* The value of a keyword, on its line. False: there is none, reported. */
static bool
value(struct read *r, struct lex_tok *t, const struct lex_tok *word,
    const char *what)
{
	*t = lex_peek(&r->lx);
	if (t->kind != LEX_WORD) {
		lex_error(&r->lx, word, "\"%.*s\" is followed by %s",
		    (int)word->n, word->s, what);
		return false;
	}
	*t = lex_next(&r->lx);
	return true;
}

static const char *
family(uint8_t fam)
{
	return fam == FAM_V4 ? "IPv4 " : fam == FAM_V6 ? "IPv6 " : "";
}

/* A literal or a name. False: reported. */
static bool
read_addr(
    struct read *r, const struct lex_tok *t, uint8_t fam, struct addr *out)
{
	char text[256];

	if (lex_copy(text, sizeof(text), t)) {
		if (addr_read(out, text)) {
			if (fam == FAM_NONE || out->fam == fam)
				return true;
		} else if (r->env->resolve != NULL &&
			   r->env->resolve(r->env->ctx, text, fam, out)) {
			return true;
		}
	}
	lex_expected(&r->lx, t, words,
	    "an %saddress, the name of a host that has one, or a keyword",
	    family(fam));
	return false;
}

static void
read_end(struct read *r, const struct lex_tok *word, struct addr *out)
{
	struct lex_tok t;

	if (!value(r, &t, word, "an address"))
		return;
	if (read_addr(r, &t, r->env->type, out) && addr_is_unspec(out))
		lex_error(&r->lx, &t, "no tunnel can have this end");
	if (out == &r->c->tdst)
		r->tdst_at = t;
}

static bool
read_number(struct read *r, const struct lex_tok *word, uint64_t min,
    uint64_t max, uint64_t *v)
{
	struct lex_tok t;

	if (!value(r, &t, word, "a number"))
		return false;
	if (lex_number(&t, max, v) && *v >= min)
		return true;
	lex_expected(&r->lx, &t, NULL, "a number from %u to %u", (unsigned)min,
	    (unsigned)max);
	return false;
}

static void
read_alg(struct read *r, const struct lex_tok *word, char out[TUNCONF_ALG])
{
	struct lex_tok t;

	if (!value(r, &t, word, "an algorithm"))
		return;
	if (!lex_copy(out, TUNCONF_ALG, &t) || strchr(out, '{') != NULL ||
	    strchr(out, '}') != NULL) {
		lex_expected(&r->lx, &t, NULL,
		    "an algorithm of /etc/inet/ipsecalgs, any or none");
		return;
	}
	if (r->algs_line == 0) {
		r->c->algs_at = *word;
		r->algs_line = word->line;
	} else if (r->algs_line != word->line) {
		/* services 7: all of them in one invocation of ifconfig */
		lex_error(&r->lx, word,
		    "encr_algs, encr_auth_algs and auth_algs have to be on one "
		    "line");
	}
}

static void
read_df(struct read *r, const struct lex_tok *word)
{
	static const char *const ways[] = { "copy", "set", "clear", NULL };
	struct lex_tok t;

	if (!value(r, &t, word, "copy, set or clear"))
		return;
	for (uint8_t i = 0; ways[i] != NULL; i++)
		if (lex_is(&t, ways[i])) {
			r->c->df = i;
			return;
		}
	lex_expected(&r->lx, &t, ways, "copy, set or clear");
}

/* --- inner addresses --- */

/* t is ADDRESS, NAME or either with /LENGTH. */
static bool
read_local(struct read *r, const struct lex_tok *t, struct tunconf_pair *p)
{
	const char *slash = memchr(t->s, '/', t->n);
	struct lex_tok head = *t, tail = *t;
	uint64_t len;

	if (slash == NULL) {
		if (!read_addr(r, t, r->env->inner, &p->local))
			return false;
		p->len = addr_bits(p->local.fam);
		return true;
	}
	head.n = (size_t)(slash - t->s);
	tail.s = slash + 1;
	tail.n = t->n - head.n - 1;
	tail.col += (unsigned)head.n + 1;
	if (!read_addr(r, &head, r->env->inner, &p->local))
		return false;
	if (!lex_number(&tail, addr_bits(p->local.fam), &len)) {
		lex_expected(&r->lx, &tail, NULL, "a length from 0 to %u",
		    addr_bits(p->local.fam));
		return false;
	}
	p->len = (uint8_t)len;
	return true;
}

static void
read_pair(struct read *r, const struct lex_tok *first)
{
	struct tunconf_pair p = { .local.fam = FAM_NONE };
	struct lex_tok t;
	enum word w;

	if (r->c->n_pairs == TUNCONF_ADDRS) {
		lex_error(&r->lx, first, "more than %d pairs of addresses",
		    TUNCONF_ADDRS);
		return;
	}
	if (!read_local(r, first, &p))
		return;
	t = lex_peek(&r->lx);
	if (t.kind == LEX_WORD && !word_of(&t, &w)) {
		t = lex_next(&r->lx);
		if (!read_addr(r, &t, p.local.fam, &p.remote))
			return;
		r->remote_at = t;
	}
	r->c->pair[r->c->n_pairs++] = p;
}

static void
read_addif(struct read *r, const struct lex_tok *word)
{
	struct lex_tok t;

	if (value(r, &t, word, "an address"))
		read_pair(r, &t);
}

/* --- the text --- */

static const unsigned bits[W_N] = { [W_TSRC] = TUNCONF_TSRC,
	[W_TDST] = TUNCONF_TDST,
	[W_THOPLIMIT] = TUNCONF_HOPLIMIT,
	[W_ENCAPLIMIT] = TUNCONF_ENCAPLIMIT,
	[W_NO_ENCAPLIMIT] = TUNCONF_ENCAPLIMIT,
	[W_DF] = TUNCONF_DF,
	[W_ROUTER] = TUNCONF_ROUTER,
	[W_NO_ROUTER] = TUNCONF_ROUTER,
	[W_UP] = TUNCONF_UP,
	[W_DOWN] = TUNCONF_UP,
	[W_PRIVATE] = TUNCONF_PRIVATE,
	[W_NO_PRIVATE] = TUNCONF_PRIVATE,
	[W_MTU] = TUNCONF_MTU,
	[W_ENCR] = TUNCONF_ENCR,
	[W_ENCR_AUTH] = TUNCONF_ENCR_AUTH,
	[W_AUTH] = TUNCONF_AUTH };

static void
check_limit(struct read *r, const struct lex_tok *word)
{
	if (r->env->type == FAM_V4)
		lex_error(&r->lx, word,
		    "an encapsulation limit is for tunnels with IPv6 outside");
}

static void
read_value(struct read *r, enum word w, const struct lex_tok *word)
{
	struct tunconf *c = r->c;
	uint64_t v = 0;

	switch (w) {
	case W_TSRC:
		read_end(r, word, &c->tsrc);
		break;
	case W_TDST:
		read_end(r, word, &c->tdst);
		break;
	case W_THOPLIMIT:
		(void)read_number(r, word, 1, 255, &v);
		c->hoplimit = (uint8_t)v;
		break;
	case W_ENCAPLIMIT:
		check_limit(r, word);
		(void)read_number(r, word, 0, 255, &v);
		c->encaplimit = (uint8_t)v;
		break;
	case W_MTU:
		(void)read_number(r, word, 1280, 65535, &v);
		c->mtu = (uint32_t)v;
		break;
	case W_DF:
		read_df(r, word);
		break;
	case W_ENCR:
		read_alg(r, word, c->encr);
		break;
	case W_ENCR_AUTH:
		read_alg(r, word, c->encr_auth);
		break;
	case W_AUTH:
		read_alg(r, word, c->auth);
		break;
	case W_ADDIF:
		read_addif(r, word);
		break;
	default:
		break;
	}
}

static void
read_word(struct read *r, enum word w, const struct lex_tok *word)
{
	struct tunconf *c = r->c;

	/* "addif ... up": the flag is the interface's, once or more */
	if (w != W_ADDIF && w != W_UP && w != W_PLUMB && w != W_INET &&
	    w != W_INET6 && (c->has & bits[w]) != 0)
		lex_error(&r->lx, word, "\"%.*s\" is said for a second time",
		    (int)word->n, word->s);
	if ((w == W_INET && r->env->inner == FAM_V6) ||
	    (w == W_INET6 && r->env->inner == FAM_V4))
		lex_error(&r->lx, word, "this file is about %saddresses",
		    family(r->env->inner));
	c->has |= bits[w];
	if (w == W_UP || w == W_DOWN)
		c->up = w == W_UP;
	if (w == W_ROUTER || w == W_NO_ROUTER)
		c->router = w == W_ROUTER;
	if (w == W_PRIVATE || w == W_NO_PRIVATE)
		c->is_private = w == W_PRIVATE;
	if (w == W_NO_ENCAPLIMIT)
		check_limit(r, word);
	read_value(r, w, word);
}

static void
read_token(struct read *r, const struct lex_tok *t)
{
	enum word w;

	if (word_of(t, &w)) {
		read_word(r, w, t);
		return;
	}
	if (!r->open && r->c->n_pairs != 0) {
		lex_expected(&r->lx, t, words,
		    "a keyword (further addresses follow \"addif\")");
		lex_skip_line(&r->lx); /* one mistake, one line */
		return;
	}
	r->open = false;
	read_pair(r, t);
}

static void
check_whole(struct read *r)
{
	const struct tunconf *c = r->c;

	if ((c->has & TUNCONF_TSRC) != 0 && (c->has & TUNCONF_TDST) != 0) {
		if (addr_equal(&c->tsrc, &c->tdst) && c->tsrc.fam != FAM_NONE)
			lex_error(
			    &r->lx, &r->tdst_at, "tsrc and tdst are the same");
		else if (c->tsrc.fam != c->tdst.fam &&
			 c->tsrc.fam != FAM_NONE && c->tdst.fam != FAM_NONE)
			lex_error(&r->lx, &r->tdst_at,
			    "tsrc and tdst are of different families");
	}
	/* services 7: it would lead its own packets into itself */
	for (size_t i = 0; i < c->n_pairs; i++)
		if ((c->has & TUNCONF_TDST) != 0 && c->tdst.fam != FAM_NONE &&
		    addr_equal(&c->tdst, &c->pair[i].remote))
			lex_error(&r->lx, &r->remote_at,
			    "the remote address of the interface is tdst: the "
			    "tunnel would lead into itself");
}

bool
tunconf_read(struct tunconf *c, const struct tunconf_env *env, const char *file,
    const void *text, size_t n)
{
	struct read r = { .env = env, .c = c, .open = true };
	struct lex_tok t;

	*c = (struct tunconf){ 0 };
	r.lx = lex_from(file, text, n, LEX_COMMENTS | LEX_CONTINUED,
	    env->report, env->report_ctx);
	while ((t = lex_next(&r.lx)).kind != LEX_END)
		if (t.kind == LEX_WORD)
			read_token(&r, &t);
	if (r.lx.errors == 0)
		check_whole(&r);
	return r.lx.errors == 0;
}

bool
tunconf_protects(const struct tunconf *c)
{
	const char *const all[] = { c->encr, c->encr_auth, c->auth };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i][0] != '\0' && strcmp(all[i], "none") != 0)
			return true;
	return false;
}

/* --- text again --- */

static void
put(struct wr *w, const char *word, const char *v)
{
	if (w->len != 0)
		wr_u8(w, ' ');
	wr_bytes(w, word, strlen(word));
	if (v != NULL) {
		wr_u8(w, ' ');
		wr_bytes(w, v, strlen(v));
	}
}

static void
put_number(struct wr *w, const char *word, unsigned v)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%u", v);
	put(w, word, text);
}

static void
put_pair(struct wr *w, const struct tunconf_pair *p, bool first)
{
	char text[ADDR_TEXT];
	struct prefix net = { p->local, p->len };

	if (!first)
		put(w, "addif", NULL);
	put(w,
	    p->len == addr_bits(p->local.fam) ? addr_print(text, &p->local)
					      : prefix_print(text, &net),
	    NULL);
	if (p->remote.fam != FAM_NONE)
		put(w, addr_print(text, &p->remote), NULL);
}

void
tunconf_print(struct wr *w, const struct tunconf *c)
{
	static const char *const ways[] = { "copy", "set", "clear" };
	char text[ADDR_TEXT];
	size_t at = w->len;
	struct wr line = wr_into(w->base + at, w->cap - at);

	for (size_t i = 0; i < c->n_pairs; i++)
		put_pair(&line, &c->pair[i], i == 0);
	if (c->has & TUNCONF_TSRC)
		put(&line, "tsrc", addr_print(text, &c->tsrc));
	if (c->has & TUNCONF_TDST)
		put(&line, "tdst", addr_print(text, &c->tdst));
	if (c->has & TUNCONF_HOPLIMIT)
		put_number(&line, "thoplimit", c->hoplimit);
	if (c->has & TUNCONF_ENCAPLIMIT)
		put_number(&line, "encaplimit", c->encaplimit);
	if (c->has & TUNCONF_DF)
		put(&line, "df", ways[c->df % 3]);
	if (c->has & TUNCONF_MTU)
		put_number(&line, "mtu", c->mtu);
	if (c->has & TUNCONF_ENCR)
		put(&line, "encr_algs", c->encr);
	if (c->has & TUNCONF_ENCR_AUTH)
		put(&line, "encr_auth_algs", c->encr_auth);
	if (c->has & TUNCONF_AUTH)
		put(&line, "auth_algs", c->auth);
	if (c->has & TUNCONF_PRIVATE)
		put(&line, c->is_private ? "private" : "-private", NULL);
	if (c->has & TUNCONF_ROUTER)
		put(&line, c->router ? "router" : "-router", NULL);
	if (c->has & TUNCONF_UP)
		put(&line, c->up ? "up" : "down", NULL);
	wr_u8(&line, '\n');
	w->len += line.len;
	w->bad |= line.bad;
}

/* --- together --- */

static void
merge_pairs(struct tunconf *c, const struct tunconf *more)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n_pairs; i++) {
		bool gone = false;

		for (size_t k = 0; k < more->n_pairs; k++)
			gone |= more->pair[k].local.fam == c->pair[i].local.fam;
		if (!gone)
			c->pair[n++] = c->pair[i];
	}
	for (size_t k = 0; k < more->n_pairs && n < TUNCONF_ADDRS; k++)
		c->pair[n++] = more->pair[k];
	c->n_pairs = n;
}

void
tunconf_merge(struct tunconf *c, const struct tunconf *more)
{
	if (more->has & TUNCONF_TSRC)
		c->tsrc = more->tsrc;
	if (more->has & TUNCONF_TDST)
		c->tdst = more->tdst;
	if (more->has & TUNCONF_HOPLIMIT)
		c->hoplimit = more->hoplimit;
	if (more->has & TUNCONF_ENCAPLIMIT)
		c->encaplimit = more->encaplimit;
	if (more->has & TUNCONF_DF)
		c->df = more->df;
	if (more->has & TUNCONF_ROUTER)
		c->router = more->router;
	if (more->has & TUNCONF_UP)
		c->up = more->up;
	if (more->has & TUNCONF_PRIVATE)
		c->is_private = more->is_private;
	if (more->has & TUNCONF_MTU)
		c->mtu = more->mtu;
	/* all protection is said at once */
	if (more->has & TUNCONF_ALGS) {
		c->has &= ~(unsigned)TUNCONF_ALGS;
		memcpy(c->encr, more->encr, sizeof(c->encr));
		memcpy(c->encr_auth, more->encr_auth, sizeof(c->encr_auth));
		memcpy(c->auth, more->auth, sizeof(c->auth));
		c->algs_at = more->algs_at;
	}
	c->has |= more->has;
	merge_pairs(c, more);
}

bool
tunconf_is_name(const char *name, uint8_t *type)
{
	static const struct {
		const char *head;
		uint8_t type;
	} t[] = { { "ip.tun", FAM_V4 }, { "ip6.tun", FAM_V6 },
		{ "ip.6to4tun", FAM_NONE } };

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		size_t n = strlen(t[i].head);
		size_t digits;

		if (strncmp(name, t[i].head, n) != 0)
			continue;
		digits = strspn(name + n, "0123456789");
		if (digits == 0 || digits > 4 || name[n + digits] != '\0')
			continue;
		*type = t[i].type;
		return true;
	}
	return false;
}
