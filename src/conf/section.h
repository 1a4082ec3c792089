/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * section - the words between a { and its } in ipsecinit.conf, as pairs of a
 * keyword and a value (spec: policy 3, 4).
 */
#ifndef CONF_SECTION_H
#define CONF_SECTION_H

#include "conf/lex.h"

#define SECTION_MAX 20 /* words */

struct section {
	struct lex_tok open; /* the { */
	unsigned n;
	struct lex_tok word[SECTION_MAX];
};

/*
 * lx stands behind the {, what names the section in errors. False: it does not
 * end, which was reported; a { that begins a line is then not yet read, since
 * an entry may begin with it.
 */
MUST_USE bool section_read(struct section *s, struct lex *lx,
    const struct lex_tok *open, const char *what);

/*
 * The next pair from *i on; keys is a NULL-terminated list of the keywords,
 * aliases too. *key gets the place in keys and *value what follows. Words
 * that are no keyword are reported as what was expected, and passed with
 * their values; so is a keyword without value. False: no more.
 */
MUST_USE bool section_pair(const struct section *s, struct lex *lx, unsigned *i,
    const char *const keys[], const char *expected, unsigned *key,
    const struct lex_tok **word, const struct lex_tok **value);

#endif /* CONF_SECTION_H */
