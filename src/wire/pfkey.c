/* SPDX-License-Identifier: BSD-2-Clause */
/* A whole message, and what it says about an SA: RFC 2367 2.1, 3.1; spec: pfkey. */
#include "wire/pfkey.h"

#include <errno.h>

#include "model/alg.h"
#include "wire/pfkey_ext.h"

#define EXT_HEADER 4 /* bytes: length and type */

/* Returns 0 or a diagnostic. */
static uint16_t
ext_parse(struct pfkey_msg *m, struct rd *r)
{
	size_t len = (size_t)rd_h16(r) * 8;
	unsigned type = rd_h16(r);
	const struct pfkey_row *row = pfkey_ext_row(type);
	struct rd b;
	uint16_t diag;

	if (row == NULL)
		return PFKEY_DIAG_UNKNOWN_EXT;
	b = rd_body(r, len, EXT_HEADER);
	if (b.bad)
		return PFKEY_DIAG_BAD_EXTLEN;
	if (pfkey_has(m, type))
		return row->duplicate;
	if (row->len != 0 && len != row->len)
		return row->malformed;
	diag = row->read(m, row, &b);
	if (diag == 0 && !rd_end(&b))
		diag = row->malformed;
	if (diag == 0)
		m->has |= UINT64_C(1) << type;
	return diag;
}

int
pfkey_parse(struct pfkey_msg *m, uint16_t *diag, const void *msg, size_t n)
{
	struct rd r = rd_from(msg, n);
	uint8_t version;
	size_t len;

	*m = (struct pfkey_msg){ 0 };
	*diag = PFKEY_DIAG_NONE;
	version = rd_u8(&r);
	m->type = rd_u8(&r);
	m->errnum = rd_u8(&r);
	m->satype = rd_u8(&r);
	len = (size_t)rd_h16(&r) * 8;
	m->diag = rd_h16(&r);
	m->seq = rd_h32(&r);
	m->pid = rd_h32(&r);
	if (r.bad || len != n || n > PFKEY_MAX)
		return EMSGSIZE;
	if (version != PFKEY_VERSION)
		return EPROTONOSUPPORT;
	while (*diag == 0 && rd_more(&r))
		*diag = ext_parse(m, &r);
	return *diag == 0 ? 0 : EINVAL;
}

/* Put a length in 64-bit words, counted from `from`, at the offset `at`. */
static void
close_len(struct wr *w, size_t from, size_t at)
{
	uint16_t words = (uint16_t)((w->len - from) / 8);

	if (w->bad || w->len - from > PFKEY_MAX) {
		w->bad = true;
		return;
	}
	memcpy(w->base + at, &words, sizeof(words));
}

static void
ext_write(struct wr *w, const struct pfkey_msg *m, unsigned type)
{
	const struct pfkey_row *row = pfkey_ext_row(type);
	size_t at = w->len;

	wr_h16(w, 0);
	wr_h16(w, (uint16_t)type);
	if (row == NULL || !row->write(w, m, row))
		w->bad = true;
	wr_align(w, at, 8);
	close_len(w, at, at);
}

bool
pfkey_write(struct wr *w, const struct pfkey_msg *m)
{
	size_t at = w->len;

	wr_u8(w, PFKEY_VERSION);
	wr_u8(w, m->type);
	wr_u8(w, m->errnum);
	wr_u8(w, m->satype);
	wr_h16(w, 0);
	wr_h16(w, m->diag);
	wr_h32(w, m->seq);
	wr_h32(w, m->pid);
	for (unsigned e = 0; e < 64; e++)
		if ((m->has >> e & 1) != 0)
			ext_write(w, m, e);
	close_len(w, at, at + 4);
	return !w->bad;
}

static bool
key_to_secret(
    struct secret *s, const struct pfkey_msg *m, const struct pfkey_key *k)
{
	unsigned salt = pfkey_is_output(m) ? k->reserved : 0;

	return secret_set(s, k->b, k->bits + salt);
}

static struct prefix
inner_prefix(const struct pfkey_addr *a)
{
	struct prefix p = { .a = a->a, .len = a->plen };

	if (p.len == 0 && !addr_is_unspec(&p.a))
		p.len = addr_bits(p.a.fam);
	prefix_canon(&p);
	return p;
}

static bool
keys_to_spec(struct sa_spec *out, const struct pfkey_msg *m)
{
	if (pfkey_has(m, PFKEY_EXT_KEY_AUTH) &&
	    !key_to_secret(&out->akey, m, &m->akey))
		return false;
	if (!pfkey_has(m, PFKEY_EXT_KEY_ENCRYPT))
		return true;
	if (!pfkey_is_output(m))
		out->ekey_iv_bits = m->ekey.reserved;
	return key_to_secret(&out->ekey, m, &m->ekey);
}

/* Fields of extensions that are not there are zero, so they need no question. */
bool
pfkey_to_spec(struct sa_spec *out, const struct pfkey_msg *m)
{
	*out = (struct sa_spec){
		.satype = m->satype,
		.spi = m->spi,
		.state = m->state,
		.flags = m->sa_flags,
		.window =
		    pfkey_has(m, PFKEY_EXT_WINDOW) ? m->window : m->replay,
		.auth = m->auth,
		.encr = m->encr,
		.hard = m->hard,
		.soft = m->soft,
		.idle = m->idle,
		.src = m->src.a,
		.dst = m->dst.a,
		.proto = m->src.proto != 0 ? m->src.proto : m->dst.proto,
		.sport = m->src.port,
		.dport = m->dst.port,
		.iproto = m->isrc.proto != 0 ? m->isrc.proto : m->idst.proto,
		.isport = m->isrc.port,
		.idport = m->idst.port,
		.natt_loc = m->natt_loc.a,
		.natt_rem = m->natt_rem.a,
		.natt_lport = m->natt_loc.port,
		.natt_rport = m->natt_rem.port,
		.pair_spi = m->pair_spi,
		.reqid = m->reqid,
		.replay_value = m->replay64 != 0 ? m->replay64 : m->replay32,
		.kmp = m->kmp,
		.kmc = m->kmc,
	};
	if (m->more.n_src != 0 || m->more.n_dst != 0)
		out->more = &m->more;
	if (m->sid.type != 0)
		out->sid = m->sid;
	if (m->did.type != 0)
		out->did = m->did;
	if (addr_is_unspec(&out->src))
		out->src.fam = out->dst.fam;
	if (pfkey_has(m, PFKEY_EXT_INNER_SRC))
		out->isrc = inner_prefix(&m->isrc);
	if (pfkey_has(m, PFKEY_EXT_INNER_DST))
		out->idst = inner_prefix(&m->idst);
	if (!keys_to_spec(out, m)) {
		saspec_fini(out);
		return false;
	}
	return true;
}

static void
put(struct pfkey_msg *m, enum pfkey_ext e, bool there)
{
	if (there)
		m->has |= UINT64_C(1) << e;
}

static bool
life_any(const struct lifetime *l)
{
	return l->allocs != 0 || l->bytes != 0 || l->addtime != 0 ||
	       l->usetime != 0;
}

static void
lives_from_spec(struct pfkey_msg *m, const struct sa_spec *s)
{
	m->hard = s->hard;
	m->soft = s->soft;
	m->idle = s->idle;
	put(m, PFKEY_EXT_LIFETIME_HARD, life_any(&s->hard));
	put(m, PFKEY_EXT_LIFETIME_SOFT, life_any(&s->soft));
	put(m, PFKEY_EXT_LIFETIME_IDLE, life_any(&s->idle));
}

static struct pfkey_addr
addr_of(const struct addr *a, uint8_t plen, uint8_t proto, uint16_t port)
{
	return (struct pfkey_addr){
		.a = *a, .plen = plen, .proto = proto, .port = port
	};
}

static void
addrs_from_spec(struct pfkey_msg *m, const struct sa_spec *s)
{
	if (s->more != NULL)
		m->more = *s->more;
	put(m, PFKEY_EXT_MORE_SRC, s->more != NULL && s->more->n_src != 0);
	put(m, PFKEY_EXT_MORE_DST, s->more != NULL && s->more->n_dst != 0);
	m->src = addr_of(&s->src, 0, s->proto, s->sport);
	m->dst = addr_of(&s->dst, 0, s->proto, s->dport);
	if (m->src.a.fam == FAM_NONE)
		m->src.a.fam = s->dst.fam;
	put(m, PFKEY_EXT_ADDRESS_SRC, m->src.a.fam != FAM_NONE);
	put(m, PFKEY_EXT_ADDRESS_DST, m->dst.a.fam != FAM_NONE);
	m->isrc = addr_of(&s->isrc.a, s->isrc.len, s->iproto, s->isport);
	m->idst = addr_of(&s->idst.a, s->idst.len, s->iproto, s->idport);
	put(m, PFKEY_EXT_INNER_SRC, m->isrc.a.fam != FAM_NONE);
	put(m, PFKEY_EXT_INNER_DST, m->idst.a.fam != FAM_NONE);
	m->natt_loc = addr_of(&s->natt_loc, 0, 0, s->natt_lport);
	m->natt_rem = addr_of(&s->natt_rem, 0, 0, s->natt_rport);
	put(m, PFKEY_EXT_NATT_LOC, m->natt_loc.a.fam != FAM_NONE);
	put(m, PFKEY_EXT_NATT_REM, m->natt_rem.a.fam != FAM_NONE);
}

/* iv_bits of the end are an initial IV. */
static struct pfkey_key
key_of(const struct pfkey_msg *m, const struct secret *s, unsigned iv_bits,
    unsigned salt)
{
	if (!pfkey_is_output(m))
		return (struct pfkey_key){ .bits = s->bits,
			.reserved = (uint16_t)iv_bits,
			.b = s->b };
	if (salt + iv_bits > s->bits)
		salt = iv_bits = 0;
	return (struct pfkey_key){ .bits = (uint16_t)(s->bits - salt - iv_bits),
		.reserved = (uint16_t)salt,
		.b = s->b };
}

static void
keys_from_spec(struct pfkey_msg *m, const struct sa_spec *s)
{
	m->akey = key_of(m, &s->akey, 0, s->akey_salt_bits);
	m->ekey = key_of(m, &s->ekey, s->ekey_iv_bits, s->ekey_salt_bits);
	put(m, PFKEY_EXT_KEY_AUTH, m->akey.bits != 0);
	put(m, PFKEY_EXT_KEY_ENCRYPT, m->ekey.bits != 0);
}

void
pfkey_from_spec(struct pfkey_msg *m, const struct sa_spec *s, bool with_keys)
{
	m->satype = s->satype;
	m->spi = s->spi;
	m->state = s->state;
	m->sa_flags = s->flags;
	m->auth = s->auth;
	m->encr = s->encr;
	m->window = s->window;
	m->replay = (uint8_t)(s->window < 255 ? s->window : 255);
	put(m, PFKEY_EXT_SA, true);
	put(m, PFKEY_EXT_WINDOW, s->window > 255);
	lives_from_spec(m, s);
	addrs_from_spec(m, s);
	m->sid = s->sid;
	m->did = s->did;
	put(m, PFKEY_EXT_IDENTITY_SRC, s->sid.type != 0);
	put(m, PFKEY_EXT_IDENTITY_DST, s->did.type != 0);
	m->kmp = s->kmp;
	m->kmc = s->kmc;
	put(m, PFKEY_EXT_KM_COOKIE, s->kmp != 0 || s->kmc != 0);
	m->pair_spi = s->pair_spi;
	put(m, PFKEY_EXT_PAIR, s->pair_spi != 0);
	m->reqid = s->reqid;
	put(m, PFKEY_EXT_REQID, s->reqid != 0);
	m->replay32 = (uint32_t)s->replay_value;
	m->replay64 = s->replay_value;
	put(m, PFKEY_EXT_REPLAY_VALUE, s->replay_value != 0);
	if (with_keys)
		keys_from_spec(m, s);
}

const char *
pfkey_type_text(unsigned type)
{
	static const char *const text[PFKEY_TYPE_N] = {
		[PFKEY_RESERVED] = "RESERVED",
		[PFKEY_GETSPI] = "GETSPI",
		[PFKEY_UPDATE] = "UPDATE",
		[PFKEY_ADD] = "ADD",
		[PFKEY_DELETE] = "DELETE",
		[PFKEY_GET] = "GET",
		[PFKEY_ACQUIRE] = "ACQUIRE",
		[PFKEY_REGISTER] = "REGISTER",
		[PFKEY_EXPIRE] = "EXPIRE",
		[PFKEY_FLUSH] = "FLUSH",
		[PFKEY_DUMP] = "DUMP",
		[PFKEY_X_PROMISC] = "X_PROMISC",
		[PFKEY_X_INVERSE_ACQUIRE] = "X_INVERSE_ACQUIRE",
		[PFKEY_X_UPDATEPAIR] = "UPDATE PAIR",
		[PFKEY_X_DELPAIR] = "DELETE PAIR",
		[PFKEY_X_DELPAIR_STATE] = "DELETE PAIR STATE",
	};

	return type < PFKEY_TYPE_N ? text[type] : NULL;
}

const char *
pfkey_diag_text(unsigned diag)
{
	static const char *const text[PFKEY_DIAG_N] = {
#define D(name, sentence) sentence,
		PFKEY_DIAGS(D)
#undef D
	};

	return diag < PFKEY_DIAG_N ? text[diag] : "unknown diagnostic";
}
