/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/lex.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <strings.h>

#include "base/wr.h"

struct lex
lex_from(const char *file, const void *text, size_t n, unsigned flags,
    conf_report *report, void *ctx)
{
	const char *s = text;

	return (struct lex){ .file = file,
		.p = s,
		.end = s + n,
		.line_at = s,
		.tok_end = s,
		.line = 1,
		.flags = flags,
		.report = report,
		.ctx = ctx };
}

static struct lex_tok
token(const struct lex *lx, enum lex_kind kind, const char *s, size_t n)
{
	return (struct lex_tok){ .kind = kind,
		.line = lx->line,
		.col = (unsigned)(s - lx->line_at) + 1,
		.s = s,
		.n = n };
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

/* Bytes from p to the end of its line. */
static size_t
line_left(const struct lex *lx)
{
	size_t n = (size_t)(lx->end - lx->p);
	const char *nl = n != 0 ? memchr(lx->p, '\n', n) : NULL;

	return nl != NULL ? (size_t)(nl - lx->p) : n;
}

/* p is the first byte of a line. */
static void
check_line(struct lex *lx)
{
	if (lx->max_line != 0 && line_left(lx) > lx->max_line) {
		struct lex_tok t = token(lx, LEX_WORD, lx->p + lx->max_line, 0);

		lex_error(
		    lx, &t, "the line is longer than %u bytes", lx->max_line);
	}
}

static void
next_line(struct lex *lx)
{
	lx->p++;
	lx->line++;
	lx->line_at = lx->p;
}

static bool
at_continuation(const struct lex *lx)
{
	return (lx->flags & LEX_CONTINUED) != 0 && lx->p[0] == '\\' &&
	       lx->end - lx->p > 1 && lx->p[1] == '\n';
}

/* What is no part of a word where comments are anywhere. */
static bool
at_comment(const struct lex *lx)
{
	if ((lx->flags & LEX_COMMENTS) != 0 && lx->p[0] == '#')
		return true;
	return (lx->flags & LEX_SLASHES) != 0 && lx->p[0] == '/' &&
	       lx->end - lx->p > 1 && lx->p[1] == '/';
}

/* Skip blanks, continuations and a comment; what follows is not blank. */
static void
skip_blanks(struct lex *lx)
{
	if (lx->p == lx->line_at && !lx->mid_line)
		check_line(lx);
	while (lx->p < lx->end) {
		bool comment =
		    at_comment(lx) || ((lx->flags & LEX_COMMENT_LINES) != 0 &&
					  !lx->mid_line && *lx->p == '#');

		if (is_blank(*lx->p)) {
			lx->p++;
		} else if (at_continuation(lx)) {
			lx->p++;
			next_line(lx);
			check_line(lx);
		} else if (comment) {
			lx->p += line_left(lx);
		} else {
			return;
		}
	}
}

/* The closing quote among the next bytes, or NULL. */
static const char *
closing(const struct lex *lx, size_t left)
{
	for (size_t i = 0; i < left; i++) {
		if (lx->p[i] == '"')
			return lx->p + i;
		if ((lx->flags & LEX_ESCAPES) != 0 && lx->p[i] == '\\')
			i++;
	}
	return NULL;
}

/* p is behind the opening quote. */
static struct lex_tok
quoted(struct lex *lx)
{
	size_t left = line_left(lx);
	const char *close = closing(lx, left);
	struct lex_tok t = token(lx, LEX_STRING, lx->p, left);

	if (close != NULL)
		t.n = (size_t)(close - lx->p);
	else
		lex_error(lx, &t, "the quoted text has no closing quote");
	lx->p += t.n;
	lx->p += close != NULL;
	return t;
}

static bool
ends_word(const struct lex *lx)
{
	char c = *lx->p;

	if (is_blank(c) || c == '\n' || at_continuation(lx))
		return true;
	if ((lx->flags & LEX_BRACES) != 0 && (c == '{' || c == '}'))
		return true;
	return at_comment(lx);
}

static struct lex_tok
word(struct lex *lx)
{
	struct lex_tok t = token(lx, LEX_WORD, lx->p, 0);

	while (lx->p < lx->end && !ends_word(lx))
		lx->p++;
	t.n = (size_t)(lx->p - t.s);
	return t;
}

struct lex_tok
lex_next(struct lex *lx)
{
	struct lex_tok t;

	skip_blanks(lx);
	if (lx->p == lx->end) {
		/* a last line without newline ends like any other */
		t = token(lx, lx->mid_line ? LEX_EOL : LEX_END, lx->p, 0);
		lx->mid_line = false;
		return t;
	}
	if (*lx->p == '\n') {
		t = token(lx, LEX_EOL, lx->p, 0);
		next_line(lx);
		lx->mid_line = false;
		return t;
	}
	lx->mid_line = true;
	if ((lx->flags & LEX_BRACES) != 0 && (*lx->p == '{' || *lx->p == '}')) {
		t = token(lx, *lx->p == '{' ? LEX_OPEN : LEX_CLOSE, lx->p, 1);
		lx->p++;
	} else if ((lx->flags & LEX_QUOTES) != 0 && *lx->p == '"') {
		lx->p++;
		t = quoted(lx);
	} else {
		t = word(lx);
	}
	lx->tok_end = lx->p;
	return t;
}

struct lex_tok
lex_peek(const struct lex *lx)
{
	struct lex copy = *lx;

	copy.report = NULL;
	return lex_next(&copy);
}

void
lex_skip_line(struct lex *lx)
{
	lx->p += line_left(lx);
	if (lx->p < lx->end)
		next_line(lx);
	lx->mid_line = false;
}

bool
lex_is(const struct lex_tok *t, const char *word)
{
	return (t->kind == LEX_WORD || t->kind == LEX_STRING) &&
	       strlen(word) == t->n && memcmp(word, t->s, t->n) == 0;
}

bool
lex_is_nocase(const struct lex_tok *t, const char *word)
{
	return (t->kind == LEX_WORD || t->kind == LEX_STRING) &&
	       strlen(word) == t->n && strncasecmp(word, t->s, t->n) == 0;
}

bool
lex_copy(char *buf, size_t cap, const struct lex_tok *t)
{
	buf[0] = '\0';
	if (t->n >= cap || (t->n != 0 && memchr(t->s, '\0', t->n) != NULL))
		return false;
	if (t->n != 0)
		memcpy(buf, t->s, t->n);
	buf[t->n] = '\0';
	return true;
}

/* The value of a digit, or 16. */
static unsigned
digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned)(c - 'a') + 10;
	if (c >= 'A' && c <= 'F')
		return (unsigned)(c - 'A') + 10;
	return 16;
}

static bool
number(const char *s, size_t n, unsigned base, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned d = digit(s[i]);

		if (d >= base || v > (UINT64_MAX - d) / base)
			return false;
		v = v * base + d;
	}
	if (n == 0 || v > max)
		return false;
	*out = v;
	return true;
}

bool
lex_number(const struct lex_tok *t, uint64_t max, uint64_t *out)
{
	return number(t->s, t->n, 10, max, out);
}

bool
lex_cnumber(const struct lex_tok *t, uint64_t max, uint64_t *out)
{
	if (t->n > 2 && t->s[0] == '0' && (t->s[1] == 'x' || t->s[1] == 'X'))
		return number(t->s + 2, t->n - 2, 16, max, out);
	return number(
	    t->s, t->n, t->n > 1 && t->s[0] == '0' ? 8 : 10, max, out);
}

static unsigned
min3(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;

	return m < c ? m : c;
}

/*
 * Optimal string alignment: insertions, deletions, changes, and swaps of
 * neighbours. Both lengths are below CONF_WORD.
 */
static unsigned
distance(const char *a, size_t na, const char *b, size_t nb)
{
	uint8_t rows[3][CONF_WORD + 1]; /* i - 2, i - 1, i by i % 3 */

	for (size_t j = 0; j <= nb; j++)
		rows[0][j] = (uint8_t)j;
	for (size_t i = 1; i <= na; i++) {
		uint8_t *cur = rows[i % 3];
		const uint8_t *up = rows[(i + 2) % 3], *up2 = rows[(i + 1) % 3];

		cur[0] = (uint8_t)i;
		for (size_t j = 1; j <= nb; j++) {
			unsigned d = min3(cur[j - 1] + 1u, up[j] + 1u,
			    up[j - 1] + (a[i - 1] != b[j - 1]));

			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] && up2[j - 2] + 1u < d)
				d = up2[j - 2] + 1u;
			cur[j] = (uint8_t)d;
		}
	}
	return rows[na % 3][nb];
}

unsigned
lex_edits(const struct lex_tok *t, const char *word, size_t n)
{
	unsigned d;

	if (t->n == 0 || t->n >= CONF_WORD || n >= CONF_WORD)
		return UINT_MAX;
	d = distance(t->s, t->n, word, n);
	/* a word that shares no letter is no misspelling */
	if (d >= n || d >= t->n || d > (t->n + 2) / 3)
		return UINT_MAX;
	return d;
}

const char *
lex_nearest(const struct lex_tok *t, const char *const words[])
{
	const char *best = NULL;
	unsigned best_d = UINT_MAX;

	for (size_t i = 0; words != NULL && words[i] != NULL; i++) {
		unsigned d = lex_edits(t, words[i], strlen(words[i]));

		if (d < best_d) {
			best = words[i];
			best_d = d;
		}
	}
	return best;
}

/* Start an error at t. */
static struct conf_error
error_at(const struct lex *lx, const struct lex_tok *t, enum conf_severity sev)
{
	return (struct conf_error){ .severity = sev,
		.file = lx->file,
		.line = t->line,
		.col = t->col };
}

static void
report(struct lex *lx, const struct conf_error *e)
{
	if (e->severity == CONF_ERROR)
		lx->errors++;
	else
		lx->warnings++;
	if (lx->report != NULL)
		lx->report(lx->ctx, e);
}

/*
 * s, with bytes that could upset a terminal as \xNN. Returns how many of the
 * n bytes went in: a byte goes in whole or, where w is full, not at all.
 */
static size_t
put(struct wr *w, const char *s, size_t n)
{
	static const char hex[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		uint8_t c = (uint8_t)s[i];
		bool plain = c >= 0x20 && c != 0x7f && (c < 0x80 || c >= 0xa0);

		if (w->cap - w->len < (plain ? 1u : 4u))
			return i;
		if (plain) {
			wr_u8(w, c);
		} else {
			wr_bytes(w, "\\x", 2);
			wr_u8(w, (uint8_t)hex[c >> 4]);
			wr_u8(w, (uint8_t)hex[c & 15]);
		}
	}
	return n;
}

static void
put_text(struct wr *w, const char *s)
{
	(void)put(w, s, strlen(s));
}

/* The token's text, cut with dots where it is too long. */
static void
set_found(struct conf_error *e, const struct lex_tok *t)
{
	struct wr w = wr_into(e->found, sizeof(e->found) - 4);

	e->how = t->kind == LEX_END   ? CONF_FOUND_END
		 : t->kind == LEX_EOL ? CONF_FOUND_EOL
				      : CONF_FOUND_WORD;
	if (put(&w, t->s, t->n) < t->n)
		memcpy(e->found + w.len, "...", 3);
}

void
lex_expected(struct lex *lx, const struct lex_tok *t, const char *const words[],
    const char *fmt, ...)
{
	struct conf_error e = error_at(lx, t, CONF_ERROR);
	/* looked for only when somebody will read it */
	const char *near = lx->report != NULL ? lex_nearest(t, words) : NULL;
	va_list ap;

	set_found(&e, t);
	va_start(ap, fmt);
	(void)vsnprintf(e.text, sizeof(e.text), fmt, ap);
	va_end(ap);
	if (near != NULL)
		memcpy(e.nearest, near, strlen(near) + 1);
	report(lx, &e);
}

void
lex_error(struct lex *lx, const struct lex_tok *t, const char *fmt, ...)
{
	struct conf_error e = error_at(lx, t, CONF_ERROR);
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(e.text, sizeof(e.text), fmt, ap);
	va_end(ap);
	report(lx, &e);
}

void
lex_warning(struct lex *lx, const struct lex_tok *t, const char *fmt, ...)
{
	struct conf_error e = error_at(lx, t, CONF_WARNING);
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(e.text, sizeof(e.text), fmt, ap);
	va_end(ap);
	report(lx, &e);
}

const char *
lex_error_print(char *buf, const struct conf_error *e)
{
	struct wr w = wr_into(buf, CONF_LINE);
	char at[32];

	/* as much of a long name as leaves room for the message */
	w.cap = CONF_LINE - CONF_TEXT;
	put_text(&w, e->file);
	w.cap = CONF_LINE - 1;
	(void)snprintf(at, sizeof(at), ":%u:%u: ", e->line, e->col);
	put_text(&w, at);
	if (e->severity == CONF_WARNING)
		put_text(&w, "warning: ");
	if (e->severity == CONF_NOTE)
		put_text(&w, "note: ");
	if (e->how == CONF_FOUND_END) {
		put_text(&w, "found the end of the file, expected ");
	} else if (e->how == CONF_FOUND_EOL) {
		put_text(&w, "found the end of the line, expected ");
	} else if (e->how == CONF_FOUND_WORD) {
		put_text(&w, "found \"");
		put_text(&w, e->found);
		put_text(&w, "\", expected ");
	}
	put_text(&w, e->text);
	if (e->nearest[0] != '\0') {
		put_text(&w, "; did you mean \"");
		put_text(&w, e->nearest);
		put_text(&w, "\"?");
	}
	buf[w.len] = '\0';
	return buf;
}
