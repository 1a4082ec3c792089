/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any text, read from all three places; what is good in it is printed as save
 * does, and reads as the same again.
 */
#include <stdlib.h>

#include "conf/ipseckeys.h"
#include "conf/saprint.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void
demand(bool holds)
{
	if (!holds)
		abort();
}

/* A world of few names: by their first letter and length. */
static size_t
lookup(void *ctx, const char *name, struct addr *out, size_t max)
{
	uint8_t b[16] = { 0x20, 1, 0xd, 0xb8, [15] = (uint8_t)strlen(name) };
	size_t n = (uint8_t)name[0] % 4u;

	(void)ctx;
	for (size_t i = 0; i < n && i < max; i++) {
		b[14] = (uint8_t)i;
		out[i] = i % 2 == 0 ? addr_v6(b) : addr_v4(b + 12);
	}
	return n < max ? n : max;
}

struct again {
	struct sa_spec spec;
	struct sa_more more;
	unsigned n;
};

static void
keep(void *ctx, const struct ipseckeys_cmd *c)
{
	struct again *a = ctx;

	a->spec = c->spec;
	a->more = c->more;
	a->n++;
}

/* An identity that has no text form is not saved. */
static bool
is_saved(const struct sa_ident *id)
{
	if (id->type == 4 || id->type == 5)
		return false;
	for (size_t i = 0; i < id->len; i++)
		if ((uint8_t)id->id[i] < ' ' || id->id[i] == 0x7f ||
		    id->id[i] == '"')
			return false;
	return true;
}

static void
print_and_read(const struct sa_spec *s)
{
	static char text[SAPRINT_ROOM];
	static struct again a;
	struct ipseckeys_input in = {
		.file = "again", .from = IPSECKEYS_FILE, .emit = keep, .ctx = &a
	};

	demand(saprint_add(text, sizeof(text), s, false));
	a = (struct again){ .n = 0 };
	struct ipseckeys_result r = ipseckeys_read(&in, text, strlen(text));

	demand(r.errors == 0 && a.n == 1);
	demand(a.spec.satype == s->satype && a.spec.spi == s->spi);
	demand(a.spec.auth == s->auth && a.spec.encr == s->encr);
	demand(a.spec.window == s->window);
	demand(a.spec.replay_value == s->replay_value);
	demand(memcmp(&a.spec.akey, &s->akey, sizeof(s->akey)) == 0);
	demand(memcmp(&a.spec.ekey, &s->ekey, sizeof(s->ekey)) == 0);
	demand(addr_equal(&a.spec.dst, &s->dst));
	demand(addr_equal(&a.spec.src, &s->src));
	demand(prefix_equal(&a.spec.isrc, &s->isrc));
	demand(prefix_equal(&a.spec.idst, &s->idst));
	demand(memcmp(&a.spec.hard, &s->hard, sizeof(s->hard)) == 0);
	demand((s->more == NULL) == (a.more.n_src + a.more.n_dst == 0));
	demand(
	    s->more == NULL || memcmp(s->more, &a.more, sizeof(a.more)) == 0);
	demand(((a.spec.flags ^ s->flags) & (SAF_TUNNEL | SAF_ESN)) == 0);
}

static void
each(void *ctx, const struct ipseckeys_cmd *c)
{
	unsigned *n = ctx;

	(*n)++;
	demand(c->op < IPSECKEYS_OPS);
	if (c->op == IPSECKEYS_ADD && is_saved(&c->spec.sid) &&
	    is_saved(&c->spec.did)) {
		struct sa_spec s = c->spec;

		if (c->more.n_src != 0 || c->more.n_dst != 0)
			s.more = &c->more;
		print_and_read(&s);
	}
}

static void
report(void *ctx, const struct conf_error *e)
{
	char line[CONF_LINE];

	(void)ctx;
	demand(strlen(lex_error_print(line, e)) < CONF_LINE);
	demand(e->line != 0 && e->col != 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	for (unsigned from = IPSECKEYS_FILE; from <= IPSECKEYS_ARGS; from++) {
		unsigned count = 0;
		struct ipseckeys_input in = { .file = "fuzz",
			.from = from,
			.lookup = n % 2 == 0 ? lookup : NULL,
			.emit = each,
			.report = report,
			.ctx = &count };
		struct ipseckeys_result r = ipseckeys_read(&in, p, n);

		demand(count >= r.commands);
	}
	return 0;
}
