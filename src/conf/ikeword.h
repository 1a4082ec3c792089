/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ikeword - the keywords of /etc/inet/ike/config but for p1_xform, and how their
 * values are typed: numbers, texts, addresses, selectors (spec: ike 3, 4).
 */
#ifndef CONF_IKEWORD_H
#define CONF_IKEWORD_H

#include "base/wr.h"

#include "conf/lex.h"
#include "model/ikecfg.h"

enum ikeword_kind {
	IKEWORD_NONE, /* no keyword */
	IKEWORD_VALUE,
	IKEWORD_TEXT,
	IKEWORD_LIST,
	IKEWORD_SEL,
	IKEWORD_LABEL,
	IKEWORD_XFORM
};

struct ikeword {
	uint8_t kind; /* enum ikeword_kind */
	uint8_t i;    /* enum ikecfg_value, _text, _list, _sels */
	bool in_rule, outside;
};

struct ikeword ikeword_find(const struct lex_tok *t);
const char *ikeword_name(enum ikeword_kind kind, unsigned i);
/*
 * All keywords that may stand there, NULL-terminated, to find the one that was
 * meant. out has room for IKEWORD_ALL.
 */
#define IKEWORD_ALL 96
void ikeword_all(const char *out[IKEWORD_ALL], bool in_rule);

/*
 * The value behind the keyword `key` into p; lx stands behind the keyword. Wrong
 * ones are reported and passed. False: no memory.
 */
MUST_USE bool ikeword_read(struct ikecfg_part *p, struct ikeword w,
    const struct lex_tok *key, struct lex *lx);

/* A string of the text with its escapes; freed by the caller. NULL: no memory. */
char *ikeword_string(const struct lex_tok *t);
/* The same the other way, with quotes. */
void ikeword_put_string(struct wr *w, const char *s);
/*
 * Of a selector: only \" is an escape of the string, all others are those of
 * distinguished names, which quote with \ too.
 */
char *ikeword_selector(const struct lex_tok *t);
void ikeword_put_selector(struct wr *w, const char *s);

#endif /* CONF_IKEWORD_H */
