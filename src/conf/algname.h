/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * algname - what an algorithm is called in the table of /etc/inet/ipsecalgs, and
 * what it then is, for those who read and print names of SAs.
 */
#ifndef CONF_ALGNAME_H
#define CONF_ALGNAME_H

#include "conf/ipsecalgs.h"
#include "model/algmech.h"

/* m.a.name is name. Not to be copied. */
struct algname {
	struct algmech m;
	char name[IPSECALGS_NAME];
};

/*
 * By any name, or by number, of table t, or of model/alg.h where t is NULL. What
 * is returned may be in room. NULL: it is not there. One of the table that nothing
 * here computes is there, without ALG_VALID.
 */
const struct alg *algname_find(struct algname *room, const struct ipsecalgs *t,
    enum alg_table table, const struct lex_tok *word);
const struct alg *algname_by_id(struct algname *room, const struct ipsecalgs *t,
    enum alg_table table, unsigned id);

/*
 * Every name of a table, NULL at the end, for lex_nearest(); those that do not
 * fit are left out.
 */
#define ALGNAME_WORDS 512
struct algname_words {
	char text[8192];
	const char *word[ALGNAME_WORDS + 1];
};
void algname_words(
    struct algname_words *w, const struct ipsecalgs *t, enum alg_table table);

#endif /* CONF_ALGNAME_H */
