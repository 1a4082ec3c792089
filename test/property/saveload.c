/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What `save` writes, loaded again, makes the same SADB: SAs of every kind that
 * the language can say, through DUMP messages, text and ADD messages.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/test.h"

#include "cmd/ipseckey/keysave.h"
#include "conf/ipseckeys.h"
#include "conf/saprint.h"
#include "core/keyops.h"
#include "core/said_test.h"
#include "crypto/be/be.h"
#include "gen.h"
#include "model/saspec_testing.h"

enum { ROUNDS = 300, MOST = 40, HOSTS = 6 };

static struct gen g = { .s = 20260923 };
static struct rng rng = { gen_fill, &g };
static struct crypto *crypto;
static const struct now t0 = { .mono = 1000, .wall = 1000000000 };
static struct addr hosts[HOSTS]; /* 0 and 3 are the host's own */
static char text[MOST * SAPRINT_ROOM];
static size_t added, paired, lists;

static bool
is_local(void *ctx, const struct addr *a)
{
	(void)ctx;
	return addr_equal(a, &hosts[0]) || addr_equal(a, &hosts[3]);
}

static void
expired(void *ctx, struct sa *sa, int which)
{
	(void)ctx;
	(void)sa;
	(void)which;
}

static struct sadb *
new_sadb(void)
{
	static const struct sadb_env env = { is_local, expired, NULL };
	struct sadb *d = sadb_new(crypto, &rng, &env);

	assert_non_null(d);
	return d;
}

static const struct alg *
any_alg(enum alg_table table)
{
	for (;;) {
		const struct alg *a = alg_row(gen_below(&g, 64));

		if (a != NULL && a->table == table && crypto_usable(crypto, a))
			return a;
	}
}

static void
any_key(struct secret *s, const struct alg *a)
{
	uint8_t b[SECRET_MAX];

	gen_bytes(&g, b, sizeof(b));
	b[0] |= 1;
	if (a->key_def != 0)
		assert_true(secret_set(s, b, a->key_def + a->salt_len * 8u));
}

static void
any_life(struct lifetime *l)
{
	*l = (struct lifetime){ .allocs = gen_one_in(&g, 3) ? 100 : 0,
		.bytes = gen_one_in(&g, 3) ? gen_any(&g) >> 8 : 0,
		.addtime = gen_one_in(&g, 3) ? 1 + gen_below(&g, 99999) : 0,
		.usetime = gen_one_in(&g, 3) ? 1 + gen_below(&g, 99999) : 0 };
}

static void
any_ident(struct sa_ident *id)
{
	static const char *const names[] = { "a.example", "user@b.example",
		"two words", "10.0.0.0/8", "x" };

	if (!gen_one_in(&g, 4))
		return;
	id->type = (uint16_t)(1 + gen_below(&g, 3));
	(void)snprintf(id->id, sizeof(id->id), "%s", names[gen_below(&g, 5)]);
	id->len = (uint16_t)strlen(id->id);
}

static void
any_tunnel(struct sa_spec *s)
{
	uint8_t fam = gen_one_in(&g, 2) ? FAM_V4 : FAM_V6;

	s->flags |= SAF_TUNNEL;
	s->isrc = (struct prefix){ gen_addr(&g, fam),
		(uint8_t)(8 + gen_below(&g, 24)) };
	s->idst = gen_one_in(&g, 3)
		      ? (struct prefix){ .a.fam = fam }
		      : (struct prefix){ gen_addr(&g, fam), addr_bits(fam) };
	prefix_canon(&s->isrc);
	s->iproto = gen_one_in(&g, 2) ? 6 : 0;
	s->isport = s->iproto != 0 && gen_one_in(&g, 2) ? 80 : 0;
	s->idport = s->iproto != 0 && gen_one_in(&g, 2) ? 443 : 0;
}

static void
any_natt(struct sa_spec *s)
{
	if (gen_one_in(&g, 2)) {
		s->flags |= SAF_NATT_LOC;
		s->natt_loc = gen_addr(&g, FAM_V4);
		s->natt_lport = (uint16_t)gen_below(&g, 3);
	}
	if (s->natt_loc.fam == FAM_NONE || gen_one_in(&g, 2)) {
		s->flags |= SAF_NATT_REM;
		s->natt_rem = gen_addr(&g, FAM_V4);
		s->natt_rport = (uint16_t)gen_below(&g, 3);
	}
}

static void
any_more(struct sa_spec *s, struct sa_more *m)
{
	*m = (struct sa_more){ .n_src = (uint8_t)gen_below(&g, 4),
		.n_dst = (uint8_t)(1 + gen_below(&g, SA_MORE)) };
	for (unsigned i = 0; i < SA_MORE; i++) {
		uint8_t fam = gen_one_in(&g, 2) ? FAM_V4 : FAM_V6;

		if (i < m->n_src)
			m->src[i] = gen_addr(&g, fam);
		if (i < m->n_dst)
			m->dst[i] = gen_addr(&g, fam);
	}
	s->more = m;
}

static void
any_kind(struct sa_spec *s, struct sa_more *more)
{
	switch (gen_below(&g, 5)) {
	case 0:
		any_tunnel(s);
		break;
	case 1:
		if (s->satype == SATYPE_ESP)
			any_natt(s);
		break;
	case 2:
		s->proto = 132;
		s->dport = (uint16_t)gen_below(&g, 3);
		break;
	case 3:
		if (!addr_is_unspec(&s->src))
			any_more(s, more);
		break;
	default:
		break;
	}
}

static void
any_spec(struct sa_spec *s, struct sa_more *more, uint32_t spi)
{
	unsigned fam = gen_one_in(&g, 2) ? 3 : 0;
	const struct alg *e = any_alg(ALG_ENCR), *a = any_alg(ALG_AUTH);

	*s = (struct sa_spec){ .spi = spi,
		.state = SA_MATURE,
		.src = hosts[fam + gen_below(&g, 3)],
		.dst = hosts[fam + gen_below(&g, 3)] };
	s->satype = gen_one_in(&g, 3) ? SATYPE_AH : SATYPE_ESP;
	if (gen_one_in(&g, 8))
		memset(s->src.b, 0, sizeof(s->src.b));
	if (s->satype == SATYPE_ESP) {
		s->encr = e->id;
		any_key(&s->ekey, e);
	}
	if (s->satype == SATYPE_AH || (e->flags & ALG_COMBINED) == 0) {
		s->auth = a->id;
		any_key(&s->akey, a);
	}
	if (gen_one_in(&g, 2))
		s->window = gen_below(&g, 2000);
	if (gen_one_in(&g, 4))
		s->flags |= SAF_ESN;
	if (gen_one_in(&g, 4))
		s->replay_value =
		    gen_any(&g) >> ((s->flags & SAF_ESN) != 0 ? 9 : 33);
	if (gen_one_in(&g, 6))
		s->flags |= gen_one_in(&g, 2) ? SAF_INBOUND : SAF_OUTBOUND;
	any_life(&s->hard);
	if (gen_one_in(&g, 2))
		any_life(&s->soft);
	if (gen_one_in(&g, 4))
		any_life(&s->idle);
	s->idle.allocs = 0; /* an idle lifetime is a time */
	s->idle.bytes = 0;
	any_ident(&s->sid);
	any_ident(&s->did);
	any_kind(s, more);
}

/* Some that go together, and their pair; what is refused is not there. */
static void
fill(struct sadb *d)
{
	unsigned n = 1 + gen_below(&g, MOST / 2);

	for (uint32_t i = 0; i < n; i++) {
		struct sa_more more;
		struct sa_spec s, back;
		struct sa *sa;
		uint16_t diag;

		any_spec(&s, &more, 0x1000 + 2 * i);
		if (sadb_add(d, &s, t0, &diag, &sa) != 0)
			continue;
		added++;
		lists += s.more != NULL;
		if (s.more != NULL || !gen_one_in(&g, 3))
			continue;
		back = s;
		back.spi++;
		back.src = s.dst;
		back.dst = s.src;
		back.flags &= ~(SAF_INBOUND | SAF_OUTBOUND);
		back.flags |= SAF_PAIRED;
		back.pair_spi = s.spi;
		paired += sadb_add(d, &back, t0, &diag, &sa) == 0;
	}
}

/* Through the bytes of a message of this type. */
static void
carry(struct pfkey_msg *m, uint8_t *buf)
{
	struct wr w = wr_into(buf, PFKEY_MAX);
	uint16_t diag;

	assert_true(pfkey_write(&w, m));
	assert_int_equal(pfkey_parse(m, &diag, buf, w.len), 0);
}

static void
save(struct sadb *d)
{
	static uint8_t buf[PFKEY_MAX];
	static struct pfkey_msg m;
	const struct addr own[] = { hosts[0], hosts[3] };
	struct keysave k;
	struct sadb_walk w;
	struct sa *sa;
	size_t len = strlen(saprint_header);

	memcpy(text, saprint_header, len + 1);
	keysave_init(&k, own, 2);
	sadb_walk_begin(d, &w, 0);
	while ((sa = sadb_walk_next(d, &w)) != NULL) {
		struct sa_spec s;

		m = (struct pfkey_msg){ .type = PFKEY_DUMP };
		keyops_describe(&m, sa, true);
		carry(&m, buf);
		assert_true(pfkey_to_spec(&s, &m));
		keysave_fit(&k, &s);
		assert_true(
		    saprint_add(text + len, sizeof(text) - len, &s, false));
		len += strlen(text + len);
	}
	sadb_walk_end(&w);
	keysave_fini(&k);
}

static void
add(void *ctx, const struct ipseckeys_cmd *c)
{
	static uint8_t buf[PFKEY_MAX];
	static struct pfkey_msg m;
	struct sa_spec s = c->spec;
	struct sa *sa;
	uint16_t diag;
	int e;

	assert_int_equal(c->op, IPSECKEYS_ADD);
	if (c->more.n_src != 0 || c->more.n_dst != 0)
		s.more = &c->more;
	m = (struct pfkey_msg){ .type = PFKEY_ADD };
	pfkey_from_spec(&m, &s, true);
	carry(&m, buf);
	assert_true(pfkey_to_spec(&s, &m));
	e = sadb_add(ctx, &s, t0, &diag, &sa);
	if (e != 0)
		errx(1, "line %u: %s, %s", c->line, strerror(e),
		    pfkey_diag_text(diag));
}

static void
say(void *ctx, const struct conf_error *e)
{
	(void)ctx;
	if (e->severity == CONF_ERROR)
		errx(1, "%u:%u: %s", e->line, e->col, e->text);
}

static bool
same_there(void *ctx, struct sa *sa)
{
	struct sa *twin = sadb_find(ctx, said(sa));

	assert_non_null(twin);
	same_spec(said(twin), said(sa));
	assert_int_equal(twin->seq, sa->seq);
	assert_int_equal(twin->replay.top, sa->replay.top);
	return true;
}

int
main(void)
{
	crypto = crypto_new(be_ossl, NULL, NULL);
	assert_non_null(crypto);
	for (unsigned i = 0; i < HOSTS; i++)
		hosts[i] = gen_addr(&g, i < 3 ? FAM_V4 : FAM_V6);
	for (unsigned i = 0; i < ROUNDS; i++) {
		struct sadb *a = new_sadb(), *b = new_sadb();
		struct ipseckeys_input in = { .file = "saved",
			.from = IPSECKEYS_FILE,
			.emit = add,
			.report = say,
			.ctx = b };

		fill(a);
		save(a);
		(void)ipseckeys_read(&in, text, strlen(text));
		assert_int_equal(sadb_count(b, 0), sadb_count(a, 0));
		sadb_each(a, 0, same_there, b);
		sadb_free(a);
		sadb_free(b);
	}
	printf("%zu SAs, %zu pairs, %zu with lists of addresses\n", added,
	    paired, lists);
	crypto_free(crypto);
	return added > 1000 && paired > 100 && lists > 50 ? 0 : 1;
}
