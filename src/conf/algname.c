/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/algname.h"

static const struct alg *
make(struct algname *room, const struct ipsecalgs *t,
    const struct ipsecalgs_row *r)
{
	struct algmech_entry e;

	/* 0 stands for the word "any" */
	if (r == NULL || r->id == 0)
		return NULL;
	e = (struct algmech_entry){ .table = r->proto,
		.id = r->id,
		.mech = r->mech,
		.key_incr = r->key_incr,
		.n_keys = r->keys.n,
		.n_blocks = r->blocks.n,
		.n_params = r->params.n,
		.keys = r->keys.v,
		.blocks = r->blocks.v,
		.params = r->params.v,
		.flags = r->flags };
	algmech_make(&room->m, &e);
	room->m.a.name = ipsecalgs_name(room->name, t, r->proto, r->id);
	return &room->m.a;
}

const struct alg *
algname_find(struct algname *room, const struct ipsecalgs *t,
    enum alg_table table, const struct lex_tok *word)
{
	const struct ipsecalgs_row *r;
	uint64_t v;

	if (lex_cnumber(word, UINT8_MAX, &v))
		return algname_by_id(room, t, table, (unsigned)v);
	if (t == NULL)
		return alg_by_name(table, word->s, word->n);
	r = ipsecalgs_by_name(t, table, word->s, word->n);
	return make(room, t, r);
}

const struct alg *
algname_by_id(struct algname *room, const struct ipsecalgs *t,
    enum alg_table table, unsigned id)
{
	if (t == NULL)
		return alg_by_id(table, id);
	return id <= UINT8_MAX
		   ? make(room, t, ipsecalgs_by_id(t, table, (uint8_t)id))
		   : NULL;
}

/* Comma separated names. */
static void
add_words(struct algname_words *w, size_t *used, size_t *n, const char *names)
{
	while (*names != '\0' && *n < ALGNAME_WORDS) {
		size_t len = strcspn(names, ",");

		if (*used + len + 1 > sizeof(w->text))
			return;
		memcpy(w->text + *used, names, len);
		w->text[*used + len] = '\0';
		w->word[(*n)++] = w->text + *used;
		*used += len + 1;
		names += len;
		names += *names == ',';
	}
}

void
algname_words(
    struct algname_words *w, const struct ipsecalgs *t, enum alg_table table)
{
	size_t used = 0, n = 0;
	const struct alg *a;

	for (size_t i = 0; t == NULL && (a = alg_row(i)) != NULL; i++)
		if (a->table == table) {
			add_words(w, &used, &n, a->name);
			add_words(w, &used, &n, a->aliases);
		}
	for (size_t i = 0; t != NULL && i < t->n_rows; i++)
		if (t->row[i].proto == table && t->row[i].id != 0)
			add_words(w, &used, &n, t->row[i].names);
	w->word[n] = NULL;
}
