/* SPDX-License-Identifier: BSD-2-Clause */
/* A table that reads is written, and what was written reads the same. */
#include <stdlib.h>

#include "conf/ipsecalgs.h"

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
	ipsecalgs_fini(&t);
	return 0;
}
