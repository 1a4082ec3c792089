/* SPDX-License-Identifier: BSD-2-Clause */
/* A table that reads is written, and what was written reads the same. */
#include <stdlib.h>

#include "conf/algname.h"
#include "conf/algsedit.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static char first[1 << 20], second[1 << 20];

static void
demand(bool holds)
{
	if (!holds)
		abort();
}

static void
report(void *ctx, const struct conf_error *e)
{
	char line[CONF_LINE];

	(void)ctx;
	demand(e->line > 0 && e->col > 0);
	for (const char *s = lex_error_print(line, e); *s != '\0'; s++)
		demand((uint8_t)*s >= 0x20 && *s != 0x7f);
}

static size_t
write_all(char *buf, const struct ipsecalgs *t)
{
	struct wr w = wr_into(buf, sizeof(first));

	for (unsigned i = 0; i < t->n_protos; i++)
		ipsecalgs_write_proto(&w, &t->proto[i]);
	for (size_t i = 0; i < t->n_rows; i++)
		ipsecalgs_write_row(&w, &t->row[i]);
	demand(!w.bad);
	return w.len;
}

/* The text that is made of the old one says what the table says. */
static void
same_text(const struct ipsecalgs *t, const uint8_t *p, size_t n)
{
	struct ipsecalgs back;
	size_t len, m;
	char *text = algsedit_text(t, (const char *)p, n, &len);

	demand(text != NULL);
	demand(ipsecalgs_read(&back, "edited", text, len, report, NULL));
	demand(back.n_rows == t->n_rows && back.n_protos == t->n_protos);
	for (size_t i = 0; i < t->n_rows; i++)
		demand(ipsecalgs_by_id(&back, t->row[i].proto, t->row[i].id) !=
		       NULL);
	free(text);
	/* once more changes nothing */
	text = algsedit_text(&back, first, write_all(first, &back), &m);
	demand(text != NULL && m == write_all(second, &back) &&
	       memcmp(text, second, m) == 0);
	free(text);
	ipsecalgs_fini(&back);
}

/* What an entry is to us; then changes of the table. */
static void
edit(struct ipsecalgs *t, const uint8_t *p, size_t n)
{
	struct ipsecalgs_row row;
	struct algname room;

	same_text(t, p, n);
	for (size_t i = 0; i < t->n_rows; i++) {
		const struct alg *a = algname_by_id(
		    &room, t, (enum alg_table)t->row[i].proto, t->row[i].id);

		if (a != NULL && (a->flags & ALG_VALID) != 0)
			demand(alg_keybits_ok(a, a->key_def));
	}
	if (t->n_rows == 0)
		return;
	row = t->row[t->n_rows / 2];
	demand(algsedit_put_alg(t, &row, false) != ALGSEDIT_OK);
	demand(algsedit_remove_alg(t, row.proto, row.id) == ALGSEDIT_OK);
	same_text(t, p, n);
	if (algsedit_put_alg(t, &row, false) == ALGSEDIT_OK)
		same_text(t, p, n);
	demand(algsedit_set_mode(t, row.proto, true) == ALGSEDIT_OK);
	same_text(t, p, n);
	demand(algsedit_remove_proto(t, row.proto) == ALGSEDIT_OK);
	same_text(t, p, n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct ipsecalgs t, back;
	size_t len;

	if (!ipsecalgs_read(&t, "fuzz", p, n, report, NULL)) {
		demand(t.row == NULL && t.n_protos == 0);
		return 0;
	}
	len = write_all(first, &t);
	demand(ipsecalgs_read(&back, "back", first, len, report, NULL));
	demand(write_all(second, &back) == len);
	demand(memcmp(first, second, len) == 0);
	for (size_t i = 0; i < t.n_rows; i++) {
		static char text[4096];
		struct wr w = wr_into(text, sizeof(text));
		char name[IPSECALGS_NAME];

		ipsecalgs_print_row(&w, &t.row[i]);
		demand(!w.bad);
		(void)ipsecalgs_name(name, &t, t.row[i].proto, t.row[i].id);
		demand(ipsecalgs_by_name(&t, t.row[i].proto, name,
			   strlen(name)) == &t.row[i]);
	}
	ipsecalgs_fini(&back);
	edit(&t, p, n);
	ipsecalgs_fini(&t);
	return 0;
}
