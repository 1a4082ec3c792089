/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/ipseckey/keyjson.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "cmd/ipseckey/keyder.h"

/* Where we are: what comes next needs a comma before it. */
struct json {
	FILE *f;
	bool more;
};

static void
quoted(struct json *j, const char *p, size_t n)
{
	(void)fputc('"', j->f);
	for (size_t i = 0; i < n; i++) {
		uint8_t c = (uint8_t)p[i];

		if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\')
			(void)fprintf(j->f, "\\u%04x", c);
		else
			(void)fputc(c, j->f);
	}
	(void)fputc('"', j->f);
}

/* The place of the next value of a list, or of a key with name. */
static void
place(struct json *j, const char *name)
{
	if (j->more)
		(void)fputs(", ", j->f);
	j->more = true;
	if (name != NULL)
		(void)fprintf(j->f, "\"%s\": ", name);
}

static void
open_with(struct json *j, const char *name, char c)
{
	place(j, name);
	(void)fputc(c, j->f);
	j->more = false;
}

static void
close_with(struct json *j, char c)
{
	(void)fputc(c, j->f);
	j->more = true;
}

static void
text(struct json *j, const char *name, const char *value)
{
	place(j, name);
	quoted(j, value, strlen(value));
}

static void
number(struct json *j, const char *name, uint64_t v)
{
	place(j, name);
	(void)fprintf(j->f, "%" PRIu64, v);
}

static void
spi(struct json *j, const char *name, uint32_t v)
{
	place(j, name);
	(void)fprintf(j->f, "\"0x%08x\"", v);
}

static void
alg(struct json *j, const char *name, bool auth, unsigned id)
{
	char buf[32];

	if (id != 0)
		text(j, name, keyshow_alg(buf, auth, id));
}

static void
base(struct json *j, const struct pfkey_msg *m, size_t n)
{
	const char *type = pfkey_type_text(m->type);
	char buf[32];

	(void)snprintf(buf, sizeof(buf), "unknown %u", m->type);
	text(j, "type", type != NULL ? type : buf);
	text(j, "sa_type", keyshow_satype(buf, m->satype));
	number(j, "length", n);
	number(j, "seq", m->seq);
	number(j, "pid", m->pid);
	if (m->errnum == 0)
		return;
	number(j, "errno", m->errnum);
	text(j, "error", strerror(m->errnum));
	number(j, "diagnostic", m->diag);
	text(j, "diagnostic_text", pfkey_diag_text(m->diag));
}

/* "X_OUTBOUND" is "outbound". */
static void
flag_word(void *ctx, const char *name)
{
	char low[24];
	size_t n = 0;

	if (strncmp(name, "X_", 2) == 0)
		name += 2;
	for (; name[n] != '\0' && n + 1 < sizeof(low); n++)
		low[n] = (char)tolower((uint8_t)name[n]);
	low[n] = '\0';
	text(ctx, NULL, low);
}

static void
association(struct json *j, const struct pfkey_msg *m)
{
	const char *state = keyshow_state(m->state);
	char low[32];
	size_t n = 0;

	spi(j, "spi", m->spi);
	number(j, "replay_window",
	    pfkey_has(m, PFKEY_EXT_WINDOW) ? m->window : m->replay);
	for (; state != NULL && state[n] != '\0' && n + 1 < sizeof(low); n++)
		low[n] = (char)tolower((uint8_t)state[n]);
	low[n] = '\0';
	if (state == NULL)
		(void)snprintf(low, sizeof(low), "unknown %u", m->state);
	text(j, "state", low);
	alg(j, "auth_alg", true, m->auth);
	alg(j, "encr_alg", false, m->encr);
	open_with(j, "flags", '[');
	keyshow_flags(m->sa_flags, flag_word, j);
	close_with(j, ']');
}

static void
address(struct json *j, const char *name, const struct pfkey_addr *a)
{
	char buf[ADDR_TEXT];

	open_with(j, name, '{');
	text(j, "address", addr_print(buf, &a->a));
	if (a->plen != 0)
		number(j, "prefix_length", a->plen);
	if (a->port != 0)
		number(j, "port", a->port);
	if (a->proto != 0)
		number(j, "proto", a->proto);
	close_with(j, '}');
}

static void
further(struct json *j, const char *name, const struct addr *a, unsigned n)
{
	char buf[ADDR_TEXT];

	open_with(j, name, '[');
	for (unsigned i = 0; i < n; i++)
		text(j, NULL, addr_print(buf, &a[i]));
	close_with(j, ']');
}

static void
addresses(struct json *j, const struct pfkey_msg *m)
{
	if (pfkey_has(m, PFKEY_EXT_ADDRESS_SRC))
		address(j, "src", &m->src);
	if (pfkey_has(m, PFKEY_EXT_ADDRESS_DST))
		address(j, "dst", &m->dst);
	if (pfkey_has(m, PFKEY_EXT_MORE_SRC))
		further(j, "more_src", m->more.src, m->more.n_src);
	if (pfkey_has(m, PFKEY_EXT_MORE_DST))
		further(j, "more_dst", m->more.dst, m->more.n_dst);
	if (pfkey_has(m, PFKEY_EXT_INNER_SRC))
		address(j, "inner_src", &m->isrc);
	if (pfkey_has(m, PFKEY_EXT_INNER_DST))
		address(j, "inner_dst", &m->idst);
	if (pfkey_has(m, PFKEY_EXT_NATT_LOC))
		address(j, "nat_local", &m->natt_loc);
	if (pfkey_has(m, PFKEY_EXT_NATT_REM))
		address(j, "nat_remote", &m->natt_rem);
}

static void
hex(struct json *j, const char *name, bool hide, const uint8_t *p, size_t n)
{
	place(j, name);
	(void)fputc('"', j->f);
	for (size_t i = 0; i < n; i++) {
		if (hide)
			(void)fputs("XX", j->f);
		else
			(void)fprintf(j->f, "%02x", p[i]);
	}
	(void)fputc('"', j->f);
}

static void
key(struct json *j, const struct keyshow *s, const struct pfkey_msg *m,
    const char *name, const struct pfkey_key *k)
{
	unsigned salt = pfkey_is_output(m) ? k->reserved : 0;
	bool hide = s->hide_keys || !pfkey_is_output(m);
	size_t n = secret_bytes(k->bits);

	open_with(j, name, '{');
	hex(j, "hex", hide, k->b, n);
	number(j, "bits", k->bits);
	if (salt != 0) {
		hex(j, "salt", hide, k->b + n, secret_bytes(salt));
		number(j, "salt_bits", salt);
	}
	close_with(j, '}');
}

static void
identity(struct json *j, const char *name, const struct sa_ident *id)
{
	char buf[32], dn[KEYDER_TEXT];

	open_with(j, name, '{');
	text(j, "type", keyshow_ident(buf, id->type));
	number(j, "uid", id->uid);
	if (keyder_print(dn, id)) {
		text(j, "value", dn);
	} else if (id->type == 4 || id->type == 5) {
		hex(j, "der", false, (const uint8_t *)id->id, id->len);
	} else {
		place(j, "value");
		quoted(j, id->id, id->len);
	}
	close_with(j, '}');
}

static void
secrets_and_names(
    struct json *j, const struct keyshow *s, const struct pfkey_msg *m)
{
	if (pfkey_has(m, PFKEY_EXT_KEY_AUTH))
		key(j, s, m, "auth_key", &m->akey);
	if (pfkey_has(m, PFKEY_EXT_KEY_ENCRYPT))
		key(j, s, m, "encr_key", &m->ekey);
	if (pfkey_has(m, PFKEY_EXT_IDENTITY_SRC))
		identity(j, "src_identity", &m->sid);
	if (pfkey_has(m, PFKEY_EXT_IDENTITY_DST))
		identity(j, "dst_identity", &m->did);
}

static void
life(struct json *j, const char *name, const struct lifetime *l)
{
	open_with(j, name, '{');
	number(j, "allocations", l->allocs);
	number(j, "bytes", l->bytes);
	number(j, "addtime", l->addtime);
	number(j, "usetime", l->usetime);
	close_with(j, '}');
}

static void
lives(struct json *j, const struct pfkey_msg *m)
{
	if (pfkey_has(m, PFKEY_EXT_LIFETIME_CURRENT))
		life(j, "current", &m->current);
	if (pfkey_has(m, PFKEY_EXT_LIFETIME_SOFT))
		life(j, "soft", &m->soft);
	if (pfkey_has(m, PFKEY_EXT_LIFETIME_HARD))
		life(j, "hard", &m->hard);
	if (pfkey_has(m, PFKEY_EXT_LIFETIME_IDLE))
		life(j, "idle", &m->idle);
}

static void
proposal(struct json *j, const struct pfkey_msg *m)
{
	open_with(j, "proposal", '{');
	number(j, "replay_window", m->prop_replay);
	open_with(j, "combinations", '[');
	for (unsigned i = 0; i < m->n_combs; i++) {
		const struct pfkey_comb *c = &m->comb[i];

		open_with(j, NULL, '{');
		alg(j, "auth_alg", true, c->auth);
		alg(j, "encr_alg", false, c->encr);
		number(j, "auth_min_bits", c->auth_min);
		number(j, "auth_max_bits", c->auth_max);
		number(j, "encr_min_bits", c->encr_min);
		number(j, "encr_max_bits", c->encr_max);
		life(j, "soft", &c->soft);
		life(j, "hard", &c->hard);
		close_with(j, '}');
	}
	close_with(j, ']');
	close_with(j, '}');
}

static void
extended(struct json *j, const struct pfkey_msg *m)
{
	char buf[32];

	open_with(j, "extended_proposal", '{');
	number(j, "replay_window", m->eprop_replay);
	open_with(j, "combinations", '[');
	for (unsigned i = 0; i < m->n_ecombs; i++) {
		const struct pfkey_ecomb *c = &m->ecomb[i];

		open_with(j, NULL, '{');
		open_with(j, "algorithms", '[');
		for (unsigned k = 0; k < c->n && k < PFKEY_MAX_DESCS; k++) {
			const struct pfkey_desc *d = &c->desc[k];
			bool auth = d->type == PFKEY_ALGTYPE_AUTH;

			open_with(j, NULL, '{');
			text(j, "sa_type", keyshow_satype(buf, d->satype));
			alg(j, auth ? "auth_alg" : "encr_alg", auth, d->alg);
			number(j, "min_bits", d->min);
			number(j, "max_bits", d->max);
			close_with(j, '}');
		}
		close_with(j, ']');
		life(j, "soft", &c->soft);
		life(j, "hard", &c->hard);
		close_with(j, '}');
	}
	close_with(j, ']');
	close_with(j, '}');
}

static void
supported(struct json *j, bool auth, const struct pfkey_algs *a)
{
	char buf[32];

	open_with(j, auth ? "supported_auth" : "supported_encr", '[');
	for (unsigned i = 0; i < a->n; i++) {
		const struct pfkey_supported *s = &a->alg[i];

		open_with(j, NULL, '{');
		text(j, "alg", keyshow_alg(buf, auth, s->id));
		number(j, "min_bits", s->min);
		number(j, "max_bits", s->max);
		number(j, "iv_bytes", s->ivlen);
		number(j, "salt_bits", s->salt_bits);
		number(j, "increment", s->incr);
		close_with(j, '}');
	}
	close_with(j, ']');
}

static void
others(struct json *j, const struct pfkey_msg *m)
{
	if (pfkey_has(m, PFKEY_EXT_PROPOSAL))
		proposal(j, m);
	if (pfkey_has(m, PFKEY_EXT_EPROP))
		extended(j, m);
	if (pfkey_has(m, PFKEY_EXT_SUPPORTED_AUTH))
		supported(j, true, &m->sauth);
	if (pfkey_has(m, PFKEY_EXT_SUPPORTED_ENCRYPT))
		supported(j, false, &m->sencr);
	if (pfkey_has(m, PFKEY_EXT_SPIRANGE)) {
		spi(j, "spi_min", m->spi_min);
		spi(j, "spi_max", m->spi_max);
	}
	if (pfkey_has(m, PFKEY_EXT_KM_COOKIE)) {
		number(j, "km_protocol", m->kmp);
		number(j, "km_cookie", m->kmc);
	}
	if (pfkey_has(m, PFKEY_EXT_PAIR))
		spi(j, "pair_spi", m->pair_spi);
	if (pfkey_has(m, PFKEY_EXT_REPLAY_VALUE))
		number(j, "replay_value",
		    m->replay64 != 0 ? m->replay64 : m->replay32);
	if (pfkey_has(m, PFKEY_EXT_EDUMP))
		number(j, "idle_for", m->edump_timeout);
}

void
keyjson_message(
    const struct keyshow *s, const struct pfkey_msg *m, size_t n, bool timed)
{
	struct json j = { .f = s->f };

	open_with(&j, NULL, '{');
	if (timed)
		number(&j, "time", (uint64_t)s->now);
	base(&j, m, n);
	if (pfkey_has(m, PFKEY_EXT_SA))
		association(&j, m);
	addresses(&j, m);
	secrets_and_names(&j, s, m);
	others(&j, m);
	lives(&j, m);
	close_with(&j, '}');
}
