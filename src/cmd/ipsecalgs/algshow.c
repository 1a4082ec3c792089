/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/ipsecalgs/algshow.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "cmd/pol/pollink.h"
#include "cmd/pol/poltext.h"

#define ROW_TEXT 2048 /* bytes of one algorithm, as shown */

const char algshow_usage[] = "usage:\tipsecalgs\n"
			     "\tipsecalgs -l\n";

bool
algshow_read(struct algshow_opts *o, int argc, char *argv[])
{
	int letter;

	*o = (struct algshow_opts){ 0 };
	opterr = 0;
	optind =
	    0; /* glibc: from the beginning, also in the middle of a word */
	while ((letter = getopt(argc, argv,
		    "+:aflrRsb:p:P:i:k:K:m:n:N:e:S:M:I:F:")) != -1) {
		if (letter == 'l') {
			o->kernel = true;
			continue;
		}
		if (letter == '?')
			(void)snprintf(o->error, sizeof(o->error),
			    "unknown option -%c", optopt);
		else
			(void)snprintf(o->error, sizeof(o->error),
			    "-%c is not in this release: ipsecalgs only shows "
			    "the tables; ipsecd offers every algorithm that "
			    "passed its self-test",
			    letter == ':' ? optopt : letter);
		return false;
	}
	if (optind == argc)
		return true;
	(void)snprintf(o->error, sizeof(o->error), "too many arguments");
	return false;
}

/* What was written to standard output may not have got there. */
static int
close_stdout(int e)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return e;
	poltext_say("cannot write: %s", strerror(errno));
	return 1;
}

static void
show_row(const struct ipsecalgs_row *r)
{
	char text[ROW_TEXT];
	struct wr w = wr_into(text, sizeof(text));

	ipsecalgs_print_row(&w, r);
	(void)fwrite(text, 1, w.len, stdout);
}

int
algshow_file(void)
{
	struct ipsecalgs t;

	if (!poltext_algs(&t))
		return 1;
	(void)puts("Algorithms, grouped by IPsec protocol:\n");
	for (unsigned i = 0; i < t.n_protos; i++) {
		char text[ROW_TEXT];
		struct wr w = wr_into(text, sizeof(text));

		ipsecalgs_print_proto(&w, &t.proto[i]);
		(void)fwrite(text, 1, w.len, stdout);
		for (size_t k = 0; k < t.n_rows; k++)
			if (t.row[k].proto == t.proto[i].num)
				show_row(&t.row[k]);
	}
	ipsecalgs_fini(&t);
	return close_stdout(0);
}

static struct ipsecalgs_sizes
sizes(const struct pfpolicy_sizes *s)
{
	struct ipsecalgs_sizes out = { .n = s->n };

	memcpy(out.v, s->v, sizeof(s->v));
	return out;
}

/* ipsecd's row, with the names that the file has for it. */
static struct ipsecalgs_row
named(const struct ipsecalgs *names, const struct pfpolicy_alg *a)
{
	struct ipsecalgs_row r = { .proto = a->table, .id = a->id };
	const struct ipsecalgs_row *known =
	    ipsecalgs_by_id(names, a->table, a->id);

	if (known != NULL)
		memcpy(r.names, known->names, sizeof(r.names));
	else
		(void)snprintf(r.names, sizeof(r.names), "%u", a->id);
	(void)snprintf(
	    r.mech, sizeof(r.mech), "%s", a->mech[0] != '\0' ? a->mech : "-");
	r.key_incr = a->key_incr;
	r.keys = sizes(&a->keys);
	r.blocks = sizes(&a->blocks);
	r.params = sizes(&a->params);
	r.flags = a->flags;
	return r;
}

static int
show_kernel(const struct ipsecalgs *names, const struct pfpolicy_msg *m)
{
	(void)puts("Kernel list of algorithms:\n");
	for (unsigned i = 0; i < m->n_algs; i++) {
		struct ipsecalgs_row r = named(names, &m->alg[i]);

		show_row(&r);
	}
	return close_stdout(0);
}

int
algshow_kernel(void)
{
	struct pollink l;
	struct ipsecalgs names;
	struct pfpolicy_msg ask = { .type = SPD_DUMPALGS }, in = { 0 };
	enum pollink_result res = POLLINK_BROKEN;
	char text[POLLINK_TEXT];
	int e = 1;

	if (!poltext_algs(&names))
		return 1;
	if (pollink_open(&l))
		res = pollink_ask(&l, &ask, &in);
	if (res == POLLINK_OK)
		e = show_kernel(&names, &in);
	else if (res == POLLINK_REFUSED)
		poltext_say("ipsecd does not tell its algorithms: %s",
		    strerror(in.errnum));
	else
		poltext_say("%s", pollink_sentence(&l, text));
	pfpolicy_fini(&in);
	pollink_close(&l);
	ipsecalgs_fini(&names);
	return e;
}
