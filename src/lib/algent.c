/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/algent.h"

#include <stdlib.h>

/* Entry, numbers, pointers, text: largest alignment first. */
struct room {
	struct ipsecalgent ent;
	int sizes[3 * (IPSECALGS_SIZES + 1)];
	char *names[IPSECALGS_NAMES];
	char text[IPSECALGS_NAMES + IPSECALGS_MECH];
};

/* The numbers and a 0 behind them; returns what is behind that. */
static int *
put_sizes(int **out, int *at, const struct ipsecalgs_sizes *s)
{
	*out = at;
	for (unsigned i = 0; i < s->n; i++)
		*at++ = s->v[i];
	*at++ = 0;
	return at;
}

struct ipsecalgent *
algent_new(const struct ipsecalgs_row *row)
{
	struct room *r = calloc(1, sizeof(*r));
	int *at;
	size_t n = 0;

	if (r == NULL)
		return NULL;
	memcpy(r->text, row->names, sizeof(row->names));
	for (char *p = r->text; p != NULL; n++) {
		char *comma = strchr(p, ',');

		r->names[n] = p;
		if (comma != NULL)
			*comma++ = '\0';
		p = comma;
	}
	memcpy(r->text + IPSECALGS_NAMES, row->mech, sizeof(row->mech));
	r->ent = (struct ipsecalgent){ .a_names = r->names,
		.a_proto_num = row->proto,
		.a_alg_num = row->id,
		.a_mech_name = r->text + IPSECALGS_NAMES,
		.a_key_increment = row->key_incr,
		.a_alg_flags = row->flags };
	at = put_sizes(&r->ent.a_block_sizes, r->sizes, &row->blocks);
	at = put_sizes(&r->ent.a_key_sizes, at, &row->keys);
	(void)put_sizes(&r->ent.a_mech_params, at, &row->params);
	return &r->ent;
}

/* A list with 0 at the end; a list of one 0 says 0 where least is 1. */
static bool
take_sizes(struct ipsecalgs_sizes *out, const int *list, unsigned least)
{
	if (list == NULL)
		return least == 0;
	for (out->n = 0; list[out->n] != 0 || out->n < least; out->n++) {
		int v = list[out->n];

		if (out->n == IPSECALGS_SIZES || v < 0 || v > UINT16_MAX)
			return false;
		out->v[out->n] = (uint16_t)v;
		if (v == 0) {
			out->n++;
			return out->n == least;
		}
	}
	return true;
}

/* Joined by commas. */
static bool
take_names(struct ipsecalgs_row *row, char *const *names)
{
	struct wr w = wr_into(row->names, sizeof(row->names) - 1);

	if (names == NULL || names[0] == NULL)
		return false;
	for (size_t i = 0; names[i] != NULL; i++) {
		if (strchr(names[i], ',') != NULL)
			return false;
		if (i != 0)
			wr_u8(&w, ',');
		wr_bytes(&w, names[i], strlen(names[i]));
	}
	return !w.bad;
}

bool
algent_row(struct ipsecalgs_row *row, const struct ipsecalgent *ent)
{
	size_t mech = ent->a_mech_name != NULL ? strlen(ent->a_mech_name) : 0;

	*row = (struct ipsecalgs_row){ 0 };
	if (ent->a_proto_num < 1 || ent->a_proto_num > UINT8_MAX ||
	    ent->a_alg_num < 1 || ent->a_alg_num > UINT8_MAX ||
	    ent->a_key_increment < 0 || ent->a_key_increment > UINT16_MAX ||
	    ent->a_alg_flags < 0 || ent->a_alg_flags > UINT16_MAX ||
	    mech == 0 || mech >= sizeof(row->mech))
		return false;
	row->proto = (uint8_t)ent->a_proto_num;
	row->id = (uint8_t)ent->a_alg_num;
	row->key_incr = (uint16_t)ent->a_key_increment;
	row->flags = (uint16_t)ent->a_alg_flags | ALG_VALID;
	memcpy(row->mech, ent->a_mech_name, mech);
	if (!take_names(row, ent->a_names) ||
	    !take_sizes(&row->blocks, ent->a_block_sizes, 1) ||
	    !take_sizes(&row->params, ent->a_mech_params, 0))
		return false;
	if (row->key_incr == 0)
		return take_sizes(&row->keys, ent->a_key_sizes, 1);
	/* a range has exactly three, whatever is behind them */
	if (ent->a_key_sizes == NULL)
		return false;
	row->keys.n = 3;
	for (unsigned i = 0; i < 3; i++) {
		int v = ent->a_key_sizes[i];

		if (v <= 0 || v > UINT16_MAX)
			return false;
		row->keys.v[i] = (uint16_t)v;
	}
	return true;
}
