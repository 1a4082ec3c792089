/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/ipsecalgs.h"

#include <limits.h>
#include <stdlib.h>
#include <strings.h>

#include "base/txt.h"

#define MAX_FIELDS 10

struct record {
	struct lex *lx;
	unsigned n;
	struct lex_tok f[MAX_FIELDS];
	struct lex_tok eol;
};

/* Cut the next piece of t off, up to sep; NULL sep: everything. */
static struct lex_tok
cut(struct lex_tok *t, char sep)
{
	struct lex_tok piece = *t;
	const char *at = t->n != 0 ? memchr(t->s, sep, t->n) : NULL;

	if (at != NULL)
		piece.n = (size_t)(at - t->s);

	size_t gone = piece.n + (at != NULL);

	t->s += gone;
	t->n -= gone;
	t->col += (unsigned)gone;
	return piece;
}

/* Does a piece follow the one that cut() gives next? */
static bool
has_more(const struct lex_tok *t, char sep)
{
	return t->n != 0 && memchr(t->s, sep, t->n) != NULL;
}

static bool
add_proto(struct ipsecalgs *t, const struct record *r)
{
	struct ipsecalgs_proto p = { 0 };
	uint64_t num;

	if (r->n != 4) {
		lex_error(r->lx, &r->f[0],
		    "a PROTO record has 4 fields, this one has %u", r->n);
		return false;
	}
	if (!lex_number(&r->f[1], 255, &num) || num == 0) {
		lex_expected(
		    r->lx, &r->f[1], NULL, "a protocol number from 1 to 255");
		return false;
	}
	p.num = (uint8_t)num;
	if (r->f[2].n == 0 || !lex_copy(p.name, sizeof(p.name), &r->f[2])) {
		lex_expected(r->lx, &r->f[2], NULL, "a protocol name");
		return false;
	}
	p.async = lex_is(&r->f[3], "async");
	if (!p.async && !lex_is(&r->f[3], "sync")) {
		static const char *const modes[] = { "sync", "async", NULL };

		lex_expected(
		    r->lx, &r->f[3], modes, "an execution mode (sync, async)");
		return false;
	}
	for (unsigned i = 0; i < t->n_protos; i++)
		if (t->proto[i].num == p.num ||
		    strcmp(t->proto[i].name, p.name) == 0) {
			lex_error(
			    r->lx, &r->f[1], "the protocol is there already");
			return false;
		}
	if (t->n_protos == IPSECALGS_PROTOS) {
		lex_error(r->lx, &r->f[0], "more than %d protocols",
		    IPSECALGS_PROTOS);
		return false;
	}
	t->proto[t->n_protos++] = p;
	return true;
}

/* A comma separated list of numbers. */
static bool
read_sizes(struct lex *lx, struct ipsecalgs_sizes *out, struct lex_tok t)
{
	for (bool more = true; more;) {
		more = has_more(&t, ',');

		struct lex_tok one = cut(&t, ',');
		uint64_t v;

		if (!lex_number(&one, UINT16_MAX, &v)) {
			lex_expected(lx, &one, NULL, "a size, 0 to 65535");
			return false;
		}
		if (out->n == IPSECALGS_SIZES) {
			lex_error(
			    lx, &one, "more than %d sizes", IPSECALGS_SIZES);
			return false;
		}
		out->v[out->n++] = (uint16_t)v;
	}
	return true;
}

/* DEF/MIN-MAX,INCR */
static bool
read_range(struct lex *lx, struct ipsecalgs_row *row, struct lex_tok t)
{
	static const char seps[4] = { '/', '-', ',', '\n' };
	struct lex_tok whole = t;
	uint64_t v[4];

	for (int i = 0; i < 4; i++) {
		struct lex_tok one = cut(&t, seps[i]);

		if (!lex_number(&one, UINT16_MAX, &v[i])) {
			lex_expected(lx, &one, NULL,
			    "a number of DEFAULT/MINIMUM-MAXIMUM,INCREMENT");
			return false;
		}
	}
	if (v[3] == 0 || v[1] >= v[2] || (v[2] - v[1]) % v[3] != 0 ||
	    v[0] < v[1] || v[0] > v[2] || (v[0] - v[1]) % v[3] != 0) {
		lex_error(lx, &whole,
		    "the key sizes do not fit together: minimum below maximum, "
		    "default and maximum whole increments above the minimum");
		return false;
	}
	row->key_incr = (uint16_t)v[3];
	row->keys.n = 3;
	for (int i = 0; i < 3; i++)
		row->keys.v[i] = (uint16_t)v[i];
	return true;
}

/* Names of one algorithm: none empty, none taken. */
static bool
check_names(const struct record *r, const struct ipsecalgs *t, uint8_t proto)
{
	struct lex_tok list = r->f[3];

	for (bool more = true; more;) {
		more = has_more(&list, ',');

		struct lex_tok one = cut(&list, ',');

		if (one.n == 0 || one.n >= IPSECALGS_NAME) {
			lex_expected(r->lx, &one, NULL,
			    "an algorithm name shorter than %d letters",
			    IPSECALGS_NAME);
			return false;
		}
		if (ipsecalgs_by_name(t, proto, one.s, one.n) != NULL) {
			lex_error(r->lx, &one,
			    "the name is another algorithm's already");
			return false;
		}
	}
	return true;
}

static bool
known_proto(const struct ipsecalgs *t, uint64_t num)
{
	for (unsigned i = 0; i < t->n_protos; i++)
		if (t->proto[i].num == num)
			return true;
	return false;
}

static bool
append(struct ipsecalgs *t, const struct ipsecalgs_row *row)
{
	size_t n = t->n_rows;

	/* grows at the powers of two; n == 0 is one of them */
	if ((n & (n - 1)) == 0) {
		size_t cap = n == 0 ? 1 : 2 * n;
		struct ipsecalgs_row *p = realloc(t->row, cap * sizeof(*p));

		if (p == NULL)
			return false;
		t->row = p;
	}
	t->row[t->n_rows++] = *row;
	return true;
}

/* Fields 1 to 4: protocol, number, names, mechanism. */
static bool
read_who(const struct record *r, const struct ipsecalgs *t,
    struct ipsecalgs_row *row)
{
	uint64_t proto, id;

	if (!lex_number(&r->f[1], 255, &proto) || !known_proto(t, proto)) {
		lex_expected(r->lx, &r->f[1], NULL,
		    "the number of a PROTO record above");
		return false;
	}
	row->proto = (uint8_t)proto;
	if (!lex_number(&r->f[2], 255, &id)) {
		lex_expected(
		    r->lx, &r->f[2], NULL, "an algorithm number from 0 to 255");
		return false;
	}
	row->id = (uint8_t)id;
	if (ipsecalgs_by_id(t, row->proto, row->id) != NULL) {
		lex_error(r->lx, &r->f[2],
		    "the number is another algorithm's already");
		return false;
	}
	if (!check_names(r, t, row->proto))
		return false;
	if (!lex_copy(row->names, sizeof(row->names), &r->f[3])) {
		lex_error(r->lx, &r->f[3], "the names are longer than %d bytes",
		    IPSECALGS_NAMES - 1);
		return false;
	}
	if (r->f[4].n == 0 ||
	    !lex_copy(row->mech, sizeof(row->mech), &r->f[4])) {
		lex_expected(r->lx, &r->f[4], NULL,
		    "a mechanism name shorter than %d letters, or -",
		    IPSECALGS_MECH);
		return false;
	}
	return true;
}

/* Fields 5 to 8: key sizes, block or MAC sizes, parameters, flags. */
static bool
read_what(const struct record *r, struct ipsecalgs_row *row)
{
	uint64_t flags = ALG_VALID;

	if (r->f[5].n != 0 && memchr(r->f[5].s, '/', r->f[5].n) != NULL) {
		if (!read_range(r->lx, row, r->f[5]))
			return false;
	} else if (!read_sizes(r->lx, &row->keys, r->f[5])) {
		return false;
	}
	if (!read_sizes(r->lx, &row->blocks, r->f[6]))
		return false;
	if (r->n > 7 && r->f[7].n != 0 &&
	    !read_sizes(r->lx, &row->params, r->f[7]))
		return false;
	if (r->n > 8 && !lex_number(&r->f[8], UINT16_MAX, &flags)) {
		lex_expected(r->lx, &r->f[8], NULL, "flags as a number");
		return false;
	}
	row->flags = (uint16_t)flags;
	return true;
}

static bool
add_alg(struct ipsecalgs *t, const struct record *r, bool *no_memory)
{
	struct ipsecalgs_row row = { 0 };

	if (r->n < 7 || r->n > 9) {
		lex_error(r->lx, &r->f[0],
		    "an ALG record has 7 to 9 fields, this one has %u", r->n);
		return false;
	}
	if (!read_who(r, t, &row) || !read_what(r, &row))
		return false;
	if (t->n_rows == IPSECALGS_MAX) {
		lex_error(
		    r->lx, &r->f[0], "more than %d algorithms", IPSECALGS_MAX);
		return false;
	}
	*no_memory = !append(t, &row);
	return !*no_memory;
}

/* One line, without its newline; blank lines and comments are nothing. */
static void
read_line(
    struct ipsecalgs *t, struct lex *lx, struct lex_tok line, bool *no_memory)
{
	static const char *const kinds[] = { "PROTO", "ALG", NULL };
	struct record r = { .lx = lx };

	while (line.n != 0 &&
	       (line.s[line.n - 1] == ' ' || line.s[line.n - 1] == '\t' ||
		   line.s[line.n - 1] == '\r'))
		line.n--;
	if (line.n == 0 || line.s[0] == '#')
		return;
	for (bool more = true; more && r.n < MAX_FIELDS;) {
		more = has_more(&line, '|');
		r.f[r.n++] = cut(&line, '|');
	}
	if (lex_is(&r.f[0], "PROTO"))
		(void)add_proto(t, &r);
	else if (lex_is(&r.f[0], "ALG"))
		(void)add_alg(t, &r, no_memory);
	else
		lex_expected(lx, &r.f[0], kinds, "PROTO, ALG or a comment");
}

bool
ipsecalgs_read(struct ipsecalgs *t, const char *file, const void *text,
    size_t n, conf_report *report, void *ctx)
{
	struct lex lx = lex_from(file, text, n, 0, report, ctx);
	bool no_memory = false;

	*t = (struct ipsecalgs){ 0 };
	while (lx.p < lx.end && !no_memory) {
		struct lex_tok line = { .kind = LEX_WORD,
			.line = lx.line,
			.col = 1,
			.s = lx.p,
			.n = (size_t)(lx.end - lx.p) };

		line = cut(&line, '\n');
		lex_skip_line(&lx);
		read_line(t, &lx, line, &no_memory);
	}
	if (lx.errors == 0 && !no_memory)
		return true;
	ipsecalgs_fini(t);
	return false;
}

static struct ipsecalgs_row
row_of(const struct alg *a)
{
	struct ipsecalgs_row r = { .proto = a->table, .id = a->id };
	struct wr w = wr_into(r.names, sizeof(r.names) - 1);
	size_t mech = strlen(a->mech);

	txt_put(&w, a->name);
	if (a->aliases[0] != '\0')
		txt_print(&w, ",%s", a->aliases);
	memcpy(r.mech, a->mech, mech < sizeof(r.mech) ? mech + 1 : 0);
	if (a->key_incr != 0) {
		r.key_incr = a->key_incr;
		r.keys = (struct ipsecalgs_sizes){ 3,
			{ a->key_def, a->key_min, a->key_max } };
	} else {
		r.keys = (struct ipsecalgs_sizes){ 1, { a->key_def } };
	}
	r.blocks = (struct ipsecalgs_sizes){ 1, { a->block } };
	/* the others' IV is a block and their MAC is in that field */
	if ((a->flags & ALG_COUNTER) != 0)
		r.params = (struct ipsecalgs_sizes){ 3,
			{ a->iv_len, a->icv_len, a->salt_len } };
	r.flags = a->flags &
		  (ALG_VALID | ALG_COUNTER | ALG_COMBINED | ALG_CCM | ALG_GCM);
	return r;
}

bool
ipsecalgs_builtin(struct ipsecalgs *t)
{
	/* number 0 is how the file says that "any" is a word for any of them */
	static const struct ipsecalgs_row any[] = {
		{ .proto = ALG_AUTH,
		    .names = "none,any",
		    .mech = "-",
		    .keys = { 1, { 0 } },
		    .blocks = { 1, { 0 } },
		    .flags = ALG_VALID },
		{ .proto = ALG_ENCR,
		    .names = "any",
		    .mech = "-",
		    .keys = { 1, { 0 } },
		    .blocks = { 1, { 0 } },
		    .flags = ALG_VALID },
	};
	const struct alg *a;

	*t = (struct ipsecalgs){ .n_protos = 2,
		.proto = { { .num = ALG_AUTH, .name = "PROTO_IPSEC_AH" },
		    { .num = ALG_ENCR, .name = "PROTO_IPSEC_ESP" } } };
	bool ok = append(t, &any[0]) && append(t, &any[1]);

	for (size_t i = 0; ok && (a = alg_row(i)) != NULL; i++) {
		struct ipsecalgs_row r = row_of(a);

		ok = append(t, &r);
	}
	if (!ok)
		ipsecalgs_fini(t);
	return ok;
}

void
ipsecalgs_fini(struct ipsecalgs *t)
{
	free(t->row);
	*t = (struct ipsecalgs){ 0 };
}

const struct ipsecalgs_row *
ipsecalgs_by_name(
    const struct ipsecalgs *t, unsigned proto, const char *name, size_t n)
{
	for (size_t i = 0; i < t->n_rows; i++) {
		const struct ipsecalgs_row *r = &t->row[i];
		struct lex_tok list = { .s = r->names, .n = strlen(r->names) };

		while (r->proto == proto && list.n != 0) {
			struct lex_tok one = cut(&list, ',');

			if (one.n == n && strncasecmp(one.s, name, n) == 0)
				return r;
		}
	}
	return NULL;
}

const struct ipsecalgs_row *
ipsecalgs_by_id(const struct ipsecalgs *t, unsigned proto, uint8_t id)
{
	for (size_t i = 0; i < t->n_rows; i++)
		if (t->row[i].proto == proto && t->row[i].id == id)
			return &t->row[i];
	return NULL;
}

const char *
ipsecalgs_name(char *buf, const struct ipsecalgs *t, unsigned proto, uint8_t id)
{
	const struct ipsecalgs_row *r = ipsecalgs_by_id(t, proto, id);
	struct wr w = wr_into(buf, IPSECALGS_NAME - 1);

	if (r != NULL) {
		size_t n = strcspn(r->names, ",");

		/* every name fits: check_names() */
		wr_bytes(&w, r->names, n);
	} else {
		txt_print(&w, "%u", id);
	}
	buf[w.len] = '\0';
	return buf;
}

const char *
ipsecalgs_nearest(char *buf, const struct ipsecalgs *a, unsigned proto,
    const struct lex_tok *t)
{
	unsigned best = UINT_MAX;

	for (size_t i = 0; i < a->n_rows; i++) {
		const struct ipsecalgs_row *r = &a->row[i];
		struct lex_tok list = { .s = r->names, .n = strlen(r->names) };

		while (r->proto == proto && list.n != 0) {
			struct lex_tok one = cut(&list, ',');
			unsigned d = lex_edits(t, one.s, one.n);

			if (d < best && lex_copy(buf, IPSECALGS_NAME, &one))
				best = d;
		}
	}
	return best != UINT_MAX ? buf : NULL;
}

static void
put_sizes(struct wr *w, const struct ipsecalgs_sizes *s)
{
	for (unsigned i = 0; i < s->n; i++)
		txt_print(w, "%s%u", i != 0 ? "," : "", s->v[i]);
}

struct algmech_entry
ipsecalgs_entry(const struct ipsecalgs_row *r)
{
	return (struct algmech_entry){ .table = r->proto,
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
}

void
ipsecalgs_write_proto(struct wr *w, const struct ipsecalgs_proto *p)
{
	txt_print(w, "PROTO|%u|%s|%s\n", p->num, p->name,
	    p->async ? "async" : "sync");
}

void
ipsecalgs_write_row(struct wr *w, const struct ipsecalgs_row *r)
{
	txt_print(w, "ALG|%u|%u|%s|%s|", r->proto, r->id, r->names, r->mech);
	if (r->key_incr != 0)
		txt_print(w, "%u/%u-%u,%u", r->keys.v[0], r->keys.v[1],
		    r->keys.v[2], r->key_incr);
	else
		put_sizes(w, &r->keys);
	txt_put(w, "|");
	put_sizes(w, &r->blocks);
	/* a record without parameters and flags is a valid algorithm's */
	if (r->params.n != 0 || r->flags != ALG_VALID) {
		txt_put(w, "|");
		put_sizes(w, &r->params);
		txt_print(w, "|%u", r->flags);
	}
	txt_put(w, "\n");
}

void
ipsecalgs_print_proto(struct wr *w, const struct ipsecalgs_proto *p)
{
	txt_print(w, "Protocol %u/%s (execution mode: %s)\n\n", p->num, p->name,
	    p->async ? "async" : "sync");
}

void
ipsecalgs_print_row(struct wr *w, const struct ipsecalgs_row *r)
{
	static const struct {
		uint16_t bit;
		const char *name;
	} flags[] = {
		{ ALG_COUNTER, "COUNTER" },
		{ ALG_COMBINED, "COMBINED" },
		{ ALG_CCM, "CCM" },
		{ ALG_GCM, "GCM" },
	};

	txt_print(w, "\tProtocol number: %u\n", r->proto);
	txt_print(w, "\tAlgorithm number: %u\n", r->id);
	txt_print(w, "\tAlgorithm names: %s\n", r->names);
	txt_print(w, "\tMechanism Name: %s\n", r->mech);
	txt_put(w, "\tBlock sizes or MAC sizes: ");
	put_sizes(w, &r->blocks);
	txt_put(w, "\n\tKey sizes: ");
	if (r->key_incr != 0)
		txt_print(w, "%u-%u, increment %u, default %u", r->keys.v[1],
		    r->keys.v[2], r->key_incr, r->keys.v[0]);
	else
		put_sizes(w, &r->keys);
	txt_put(w, "\n\tAlgorithm parameters:");
	if (r->params.n != 0)
		txt_put(w, " ");
	put_sizes(w, &r->params);
	txt_print(w, "\n\tAlgorithm flags: %s",
	    (r->flags & ALG_VALID) != 0 ? "VALID" : "INVALID");
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if ((r->flags & flags[i].bit) != 0)
			txt_print(w, " %s", flags[i].name);
	txt_put(w, "\n\n");
}
