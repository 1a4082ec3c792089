/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/section.h"

/* Only blanks stand before p on its line. */
static bool
begins_line(const struct lex *lx, const struct lex_tok *t)
{
	for (const char *p = t->s - (t->col - 1); p < t->s; p++)
		if (*p != ' ' && *p != '\t')
			return false;
	return t->s < lx->end;
}

bool
section_read(struct section *s, struct lex *lx, const struct lex_tok *open,
    const char *what)
{
	*s = (struct section){ .open = *open };
	for (bool full = false;;) {
		struct lex_tok t = lex_peek(lx);

		if (t.kind == LEX_OPEN || t.kind == LEX_END) {
			lex_expected(lx, &t, NULL,
			    "the } that ends the %s begun at %u:%u", what,
			    open->line, open->col);
			if (t.kind == LEX_OPEN && !begins_line(lx, &t))
				(void)lex_next(lx);
			return false;
		}
		t = lex_next(lx);
		if (t.kind == LEX_CLOSE)
			return true;
		if (t.kind == LEX_EOL)
			continue;
		if (s->n < SECTION_MAX) {
			s->word[s->n++] = t;
		} else if (!full) {
			full = true;
			lex_error(lx, &t, "more than %d words in one %s",
			    SECTION_MAX, what);
		}
	}
}

static bool
find(const struct lex_tok *t, const char *const keys[], unsigned *key)
{
	for (unsigned i = 0; keys[i] != NULL; i++)
		if (lex_is(t, keys[i])) {
			*key = i;
			return true;
		}
	return false;
}

bool
section_pair(const struct section *s, struct lex *lx, unsigned *i,
    const char *const keys[], const char *expected, unsigned *key,
    const struct lex_tok **word, const struct lex_tok **value)
{
	while (*i < s->n) {
		const struct lex_tok *t = &s->word[(*i)++];
		unsigned other;

		if (!find(t, keys, key)) {
			bool typo = lex_nearest(t, keys) != NULL;

			lex_expected(lx, t, keys, "%s", expected);
			/*
			 * The value is no second error: a misspelt keyword has
			 * one, and words too many end at a keyword.
			 */
			if (typo && *i < s->n)
				(*i)++;
			while (!typo && *i < s->n &&
			       !find(&s->word[*i], keys, &other))
				(*i)++;
			continue;
		}
		if (*i == s->n) {
			lex_error(lx, t, "\"%s\" has no value", keys[*key]);
			continue;
		}
		*word = t;
		*value = &s->word[(*i)++];
		return true;
	}
	return false;
}
