/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/icmpname.h"

/* X(word, number): the list of words and that of numbers agree by place. */
#define TYPES(X)              \
	X("unreach", 3)       \
	X("echo", 8)          \
	X("echorep", 0)       \
	X("squench", 4)       \
	X("redir", 5)         \
	X("timex", 11)        \
	X("paramprob", 12)    \
	X("timest", 13)       \
	X("timestrep", 14)    \
	X("inforeq", 15)      \
	X("inforep", 16)      \
	X("maskreq", 17)      \
	X("maskrep", 18)      \
	X("unreach6", 1)      \
	X("pkttoobig6", 2)    \
	X("timex6", 3)        \
	X("paramprob6", 4)    \
	X("echo6", 128)       \
	X("echorep6", 129)    \
	X("router-sol6", 133) \
	X("router-ad6", 134)  \
	X("neigh-sol6", 135)  \
	X("neigh-ad6", 136)   \
	X("redir6", 137)

#define CODES(X)               \
	X("net-unr", 0)        \
	X("host-unr", 1)       \
	X("proto-unr", 2)      \
	X("port-unr", 3)       \
	X("needfrag", 4)       \
	X("srcfail", 5)        \
	X("net-unk", 6)        \
	X("host-unk", 7)       \
	X("isolate", 8)        \
	X("net-prohib", 9)     \
	X("host-prohib", 10)   \
	X("net-tos", 11)       \
	X("host-tos", 12)      \
	X("filter-prohib", 13) \
	X("host-preced", 14)   \
	X("cutoff-preced", 15) \
	X("no-route6", 0)      \
	X("adm-prohib6", 1)    \
	X("addr-unr6", 3)      \
	X("port-unr6", 4)      \
	X("hop-limex6", 0)     \
	X("frag-re-timex6", 1) \
	X("err-head6", 0)      \
	X("unrec-head6", 1)    \
	X("unreq-opt6", 2)

#define WORD(word, number)   word,
#define NUMBER(word, number) number,

static const char *const type_words[] = { TYPES(WORD) NULL };
static const uint8_t type_numbers[] = { TYPES(NUMBER) };
static const char *const code_words[] = { CODES(WORD) NULL };
static const uint8_t code_numbers[] = { CODES(NUMBER) };

/* Digits, or digits-digits. */
static bool
range(const struct lex_tok *t, uint8_t *min, uint8_t *max)
{
	struct lex_tok low = *t, high = *t;
	const char *dash = t->n != 0 ? memchr(t->s, '-', t->n) : NULL;
	uint64_t a, b;

	if (dash != NULL) {
		low.n = (size_t)(dash - t->s);
		high.s = dash + 1;
		high.n = t->n - low.n - 1;
	}
	if (!lex_number(&low, 255, &a) || !lex_number(&high, 255, &b))
		return false;
	*min = (uint8_t)a;
	*max = (uint8_t)(b < a ? a : b);
	return true;
}

static bool
value(const struct lex_tok *t, const char *const words[],
    const uint8_t numbers[], uint8_t *min, uint8_t *max)
{
	for (size_t i = 0; words[i] != NULL; i++)
		if (lex_is(t, words[i])) {
			*min = *max = numbers[i];
			return true;
		}
	return range(t, min, max);
}

bool
icmpname_type(const struct lex_tok *t, uint8_t *min, uint8_t *max)
{
	return value(t, type_words, type_numbers, min, max);
}

bool
icmpname_code(const struct lex_tok *t, uint8_t *min, uint8_t *max)
{
	return value(t, code_words, code_numbers, min, max);
}

/* Letters, with a 6 at the end. */
bool
icmpname_is_v6(const struct lex_tok *t)
{
	return t->n > 1 && t->s[t->n - 1] == '6' && t->s[0] >= 'a';
}

const char *const *
icmpname_types(void)
{
	return type_words;
}

const char *const *
icmpname_codes(void)
{
	return code_words;
}
