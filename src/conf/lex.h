/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lex - configuration text as tokens with positions, and the one shape of an
 * error that all configuration files report. Pure: text is borrowed, nothing
 * is allocated, what is found wrong goes to the caller's report function.
 */
#ifndef CONF_LEX_H
#define CONF_LEX_H

#include "base/rd.h"

#define CONF_WORD 48  /* longest word that an error repeats, with NUL */
#define CONF_TEXT 256 /* longest message of an error, with NUL */
#define CONF_LINE 640 /* room for the longest printed error, with NUL */

enum conf_severity { CONF_ERROR, CONF_WARNING, CONF_NOTE };

enum conf_found {
	CONF_FOUND_NONE, /* text is the whole message */
	CONF_FOUND_WORD, /* from here on, text says what was expected instead */
	CONF_FOUND_EOL,
	CONF_FOUND_END /* of the text */
};

struct conf_error {
	enum conf_severity severity;
	const char *file;   /* as given to lex_from(); borrowed */
	unsigned line, col; /* from 1; col counts bytes, a tab is one */
	enum conf_found how;
	/* as typed, cut, bytes that could upset a terminal as \xNN */
	char found[CONF_WORD];
	char text[CONF_TEXT];	 /* the message, or what was expected */
	char nearest[CONF_WORD]; /* the keyword probably meant; "": none */
};

/* e is valid during the call only. */
typedef void conf_report(void *ctx, const struct conf_error *e);

/*
 * One line without newline, bytes that could upset a terminal as \xNN:
 *   FILE:LINE:COL: found "encr_alg", expected a property; did you mean "encr_algs"?
 *   FILE:LINE:COL: warning: TEXT
 *   FILE:LINE:COL: note: TEXT
 * buf has room for CONF_LINE. Returns buf.
 */
const char *lex_error_print(char *buf, const struct conf_error *e);

/* What the text looks like; a set. */
enum {
	LEX_BRACES = 1,	  /* { and } are tokens of their own, anywhere */
	LEX_COMMENTS = 2, /* # starts a comment anywhere */
	LEX_COMMENT_LINES =
	    4, /* # starts one only as the first non-blank of a line */
	LEX_CONTINUED = 8, /* a backslash before a newline is a blank */
	LEX_QUOTES = 16,   /* "a b" is one token */
	LEX_SLASHES = 32,  /* and // starts a comment anywhere */
	LEX_ESCAPES = 64   /* \" does not end a quoted token; it stays in it */
};

enum lex_kind {
	LEX_END, /* of the text; comes again and again */
	LEX_EOL, /* a newline; also before LEX_END if the last line has none */
	LEX_WORD,
	LEX_STRING, /* it was quoted; the quotes are not in it */
	LEX_OPEN,   /* { */
	LEX_CLOSE   /* } */
};

struct lex_tok {
	enum lex_kind kind;
	unsigned line, col;
	const char
	    *s; /* n bytes of the text, no NUL behind; may hold any byte */
	size_t n;
};

struct lex {
	const char *file;
	const char *p, *end; /* the rest of the text */
	const char *line_at; /* first byte of the current line */
	const char *tok_end; /* behind the last token */
	unsigned line;
	unsigned flags;	   /* LEX_* */
	unsigned max_line; /* longest line in bytes, 0: any; errors beyond */
	unsigned errors, warnings; /* reported so far */
	bool mid_line;		   /* a token of the line was seen */
	conf_report *report;
	void *ctx;
};

/* report may be NULL: then errors are only counted. */
struct lex lex_from(const char *file, const void *text, size_t n,
    unsigned flags, conf_report *report, void *ctx);

struct lex_tok lex_next(struct lex *lx);
/* What lex_next() would give; reports nothing. */
struct lex_tok lex_peek(const struct lex *lx);
/* Go on behind the end of the current line. */
void lex_skip_line(struct lex *lx);

/* The token is exactly this word (case counts). */
MUST_USE bool lex_is(const struct lex_tok *t, const char *word);
/* As lex_is(), but letters of either case are equal. */
MUST_USE bool lex_is_nocase(const struct lex_tok *t, const char *word);
/* Copy with a NUL. False: does not fit, or has a NUL inside; buf is "". */
MUST_USE bool lex_copy(char *buf, size_t cap, const struct lex_tok *t);
/* Decimal digits only, 0..max. False: something else; out is unchanged. */
MUST_USE bool lex_number(const struct lex_tok *t, uint64_t max, uint64_t *out);
/* As lex_number(), and 0x hexadecimal, and octal behind a leading 0. */
MUST_USE bool lex_cnumber(const struct lex_tok *t, uint64_t max, uint64_t *out);

/* Edits from t to a word of n bytes; UINT_MAX: too far to be meant. */
unsigned lex_edits(const struct lex_tok *t, const char *word, size_t n);
/*
 * The word of a NULL-terminated list that t is probably a misspelling of, or
 * NULL: the one with the fewest lex_edits(); one edit for each three letters
 * begun at most, a swap of neighbours is one.
 */
const char *lex_nearest(const struct lex_tok *t, const char *const words[]);

/*
 * Report at t: found t, expected what is formatted. words (may be NULL) are
 * searched for the nearest. Do not use it on a token that may be a key.
 */
__attribute__((format(printf, 4, 5))) void lex_expected(struct lex *lx,
    const struct lex_tok *t, const char *const words[], const char *fmt, ...);
/* Report a message at t that does not repeat the token. */
__attribute__((format(printf, 3, 4))) void lex_error(
    struct lex *lx, const struct lex_tok *t, const char *fmt, ...);
__attribute__((format(printf, 3, 4))) void lex_warning(
    struct lex *lx, const struct lex_tok *t, const char *fmt, ...);

#endif /* CONF_LEX_H */
