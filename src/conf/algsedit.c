/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/algsedit.h"

#include <stdlib.h>
#include <strings.h>

#include "base/txt.h"

/* Longest record: names, mechanism and 3 lists of 16 numbers, with room. */
#define RECORD_MAX 1024

/* What a record cannot have within a field, or a name at all. */
static bool
is_plain(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c <= ' ' || c >= 0x7f || c == '|' || c == ',')
			return false;
	}
	return n != 0;
}

/* Comma separated names: the next one, NULL behind the last. */
static const char *
next_name(const char **list, size_t *n)
{
	const char *s = *list;

	if (s == NULL)
		return NULL;
	*n = strcspn(s, ",");
	*list = s[*n] == ',' ? s + *n + 1 : NULL;
	return s;
}

static bool
shares_name(const struct ipsecalgs_row *a, const struct ipsecalgs_row *b)
{
	const char *la = a->names, *x;
	size_t nx, ny;

	while ((x = next_name(&la, &nx)) != NULL) {
		const char *lb = b->names, *y;

		while ((y = next_name(&lb, &ny)) != NULL)
			if (nx == ny && strncasecmp(x, y, nx) == 0)
				return true;
	}
	return false;
}

static bool
names_ok(const struct ipsecalgs_row *row)
{
	const char *rest = row->names, *s;
	size_t n;

	while ((s = next_name(&rest, &n)) != NULL) {
		const char *more = rest, *other;
		size_t k;

		if (!is_plain(s, n) || n >= IPSECALGS_NAME)
			return false;
		while ((other = next_name(&more, &k)) != NULL)
			if (k == n && strncasecmp(s, other, n) == 0)
				return false;
	}
	return true;
}

static bool
row_ok(const struct ipsecalgs_row *row)
{
	const struct ipsecalgs_sizes *k = &row->keys;

	if (!names_ok(row) || !is_plain(row->mech, strlen(row->mech)) ||
	    k->n == 0 || row->blocks.n == 0)
		return false;
	if (row->key_incr == 0)
		return true;
	return k->n == 3 && k->v[1] < k->v[2] && k->v[0] >= k->v[1] &&
	       k->v[0] <= k->v[2] && (k->v[2] - k->v[1]) % row->key_incr == 0 &&
	       (k->v[0] - k->v[1]) % row->key_incr == 0;
}

static struct ipsecalgs_proto *
proto_of(struct ipsecalgs *t, unsigned num)
{
	for (unsigned i = 0; i < t->n_protos; i++)
		if (t->proto[i].num == num)
			return &t->proto[i];
	return NULL;
}

/* Drop the rows that f says; the order of the others stays. */
static void
drop_rows(struct ipsecalgs *t,
    bool (*f)(const struct ipsecalgs_row *r, const void *with),
    const void *with)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n_rows; i++)
		if (!f(&t->row[i], with))
			t->row[n++] = t->row[i];
	t->n_rows = n;
}

static bool
is_rival(const struct ipsecalgs_row *r, const void *with)
{
	const struct ipsecalgs_row *row = with;

	return r->proto == row->proto && r->id != row->id &&
	       shares_name(r, row);
}

enum algsedit
algsedit_put_alg(
    struct ipsecalgs *t, const struct ipsecalgs_row *row, bool force)
{
	struct ipsecalgs_row *p;
	bool taken = false;

	if (proto_of(t, row->proto) == NULL)
		return ALGSEDIT_NO_PROTO;
	if (!row_ok(row))
		return ALGSEDIT_BAD;
	for (size_t i = 0; i < t->n_rows; i++)
		taken |=
		    is_rival(&t->row[i], row) ||
		    (t->row[i].proto == row->proto && t->row[i].id == row->id);
	if (taken && !force)
		return ALGSEDIT_ALG_EXISTS;
	drop_rows(t, is_rival, row);
	for (size_t i = 0; i < t->n_rows; i++)
		if (t->row[i].proto == row->proto && t->row[i].id == row->id) {
			t->row[i] = *row;
			return ALGSEDIT_OK;
		}
	if (t->n_rows >= IPSECALGS_MAX)
		return ALGSEDIT_FULL;
	p = realloc(t->row, (t->n_rows + 1) * sizeof(*p));
	if (p == NULL)
		return ALGSEDIT_NO_MEM;
	t->row = p;
	t->row[t->n_rows++] = *row;
	return ALGSEDIT_OK;
}

static bool
is_same_alg(const struct ipsecalgs_row *r, const void *with)
{
	const struct ipsecalgs_row *row = with;

	return r->proto == row->proto && r->id == row->id;
}

enum algsedit
algsedit_remove_alg(struct ipsecalgs *t, unsigned proto, uint8_t id)
{
	struct ipsecalgs_row key = { .proto = (uint8_t)proto, .id = id };

	if (proto_of(t, proto) == NULL)
		return ALGSEDIT_NO_PROTO;
	if (ipsecalgs_by_id(t, proto, id) == NULL)
		return ALGSEDIT_NO_ALG;
	drop_rows(t, is_same_alg, &key);
	return ALGSEDIT_OK;
}

static bool
is_of_proto(const struct ipsecalgs_row *r, const void *with)
{
	return r->proto == *(const unsigned *)with;
}

/* The protocol alone, not its algorithms. */
static void
drop_proto(struct ipsecalgs *t, unsigned i)
{
	t->n_protos--;
	for (; i < t->n_protos; i++)
		t->proto[i] = t->proto[i + 1];
}

static void
remove_proto(struct ipsecalgs *t, unsigned i)
{
	unsigned num = t->proto[i].num;

	drop_proto(t, i);
	drop_rows(t, is_of_proto, &num);
}

enum algsedit
algsedit_put_proto(
    struct ipsecalgs *t, const struct ipsecalgs_proto *p, bool force)
{
	struct ipsecalgs_proto *same;

	if (p->num == 0 || !is_plain(p->name, strlen(p->name)))
		return ALGSEDIT_BAD;
	for (unsigned i = t->n_protos; i-- > 0;) {
		const struct ipsecalgs_proto *q = &t->proto[i];

		if (q->num != p->num && strcasecmp(q->name, p->name) != 0)
			continue;
		if (!force)
			return ALGSEDIT_PROTO_EXISTS;
		/* another number's name: that protocol is replaced, whole */
		if (q->num != p->num)
			remove_proto(t, i);
	}
	same = proto_of(t, p->num);
	if (same != NULL) {
		*same = *p;
		return ALGSEDIT_OK;
	}
	if (t->n_protos == IPSECALGS_PROTOS)
		return ALGSEDIT_FULL;
	t->proto[t->n_protos++] = *p;
	return ALGSEDIT_OK;
}

enum algsedit
algsedit_remove_proto(struct ipsecalgs *t, unsigned proto)
{
	for (unsigned i = 0; i < t->n_protos; i++)
		if (t->proto[i].num == proto) {
			remove_proto(t, i);
			return ALGSEDIT_OK;
		}
	return ALGSEDIT_NO_PROTO;
}

enum algsedit
algsedit_set_mode(struct ipsecalgs *t, unsigned proto, bool async)
{
	struct ipsecalgs_proto *p = proto_of(t, proto);

	if (p == NULL)
		return ALGSEDIT_NO_PROTO;
	p->async = async;
	return ALGSEDIT_OK;
}

/* A record of the old text. */
struct record {
	bool is_alg;
	uint8_t proto, id;
};

/* What line of n bytes is the record of. False: it is none. */
static bool
read_record(struct record *r, const char *s, size_t n)
{
	static const char proto[] = "PROTO|", alg[] = "ALG|";
	uint64_t v[2] = { 0 };
	size_t at;
	int want;

	r->is_alg = n > 4 && memcmp(s, alg, 4) == 0;
	if (!r->is_alg && (n <= 6 || memcmp(s, proto, 6) != 0))
		return false;
	at = r->is_alg ? 4 : 6;
	want = r->is_alg ? 2 : 1;
	for (int i = 0; i < want; i++) {
		const char *bar = memchr(s + at, '|', n - at);
		struct lex_tok t = { .s = s + at };

		if (bar == NULL)
			return false;
		t.n = (size_t)(bar - t.s);
		if (!lex_number(&t, 255, &v[i]))
			return false;
		at += t.n + 1;
	}
	r->proto = (uint8_t)v[0];
	r->id = (uint8_t)v[1];
	return true;
}

/* The record as t has it, nothing when t does not. */
static void
put_record(struct wr *w, const struct ipsecalgs *t, const struct record *r)
{
	if (r->is_alg) {
		const struct ipsecalgs_row *row =
		    ipsecalgs_by_id(t, r->proto, r->id);

		if (row != NULL)
			ipsecalgs_write_row(w, row);
		return;
	}
	for (unsigned i = 0; i < t->n_protos; i++)
		if (t->proto[i].num == r->proto)
			ipsecalgs_write_proto(w, &t->proto[i]);
}

/* Does this line, read anew, say what t says of that record? */
static bool
is_unchanged(const struct ipsecalgs *t, const struct ipsecalgs *was,
    const struct record *r)
{
	char a[RECORD_MAX], b[RECORD_MAX];
	struct wr wa = wr_into(a, sizeof(a)), wb = wr_into(b, sizeof(b));

	put_record(&wa, t, r);
	put_record(&wb, was, r);
	return wa.len == wb.len && memcmp(a, b, wa.len) == 0;
}

/* The old lines, with changes, then what the old text did not have. */
static void
write_all(struct wr *w, const struct ipsecalgs *t, const struct ipsecalgs *was,
    const char *old, size_t n)
{
	const char *end = old + n;

	while (old < end) {
		const char *nl = memchr(old, '\n', (size_t)(end - old));
		size_t len = (size_t)((nl != NULL ? nl : end) - old);
		struct record r;

		if (!read_record(&r, old, len) || is_unchanged(t, was, &r)) {
			wr_bytes(w, old, len);
			wr_u8(w, '\n');
		} else {
			put_record(w, t, &r);
		}
		old += len + (nl != NULL);
	}
	for (unsigned i = 0; i < t->n_protos; i++) {
		bool had = false;

		for (unsigned k = 0; k < was->n_protos; k++)
			had |= was->proto[k].num == t->proto[i].num;
		if (!had)
			ipsecalgs_write_proto(w, &t->proto[i]);
	}
	for (size_t i = 0; i < t->n_rows; i++)
		if (ipsecalgs_by_id(was, t->row[i].proto, t->row[i].id) == NULL)
			ipsecalgs_write_row(w, &t->row[i]);
}

char *
algsedit_text(
    const struct ipsecalgs *t, const char *old, size_t n, size_t *out_n)
{
	size_t cap = n + (t->n_rows + t->n_protos + 1) * RECORD_MAX;
	struct ipsecalgs was;
	struct wr w;
	char *text;

	if (!ipsecalgs_read(&was, "", old, n, NULL, NULL))
		return NULL;
	text = malloc(cap);
	if (text != NULL) {
		w = wr_into(text, cap);
		write_all(&w, t, &was, old, n);
		*out_n = w.len;
		if (w.bad) {
			free(text);
			text = NULL;
		}
	}
	ipsecalgs_fini(&was);
	return text;
}
