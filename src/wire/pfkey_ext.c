/* SPDX-License-Identifier: BSD-2-Clause */
/* Extensions one by one: RFC 2367 2.3; spec: pfkey 5. */
#include "wire/pfkey_ext.h"

#include <sys/socket.h>

/* identity types whose data is DER, and one that is any bytes (spec: pfkey 6) */
enum { ID_DN = 4, ID_GN = 5, ID_KEY_ID = 6 };

static uint16_t
sa_read(struct pfkey_msg *m, const struct pfkey_row *row, struct rd *b)
{
	(void)row;
	m->spi = rd_be32(b);
	m->replay = rd_u8(b);
	m->state = rd_u8(b);
	m->auth = rd_u8(b);
	m->encr = rd_u8(b);
	m->sa_flags = rd_h32(b);
	return 0;
}

static bool
sa_write(struct wr *w, const struct pfkey_msg *m, const struct pfkey_row *row)
{
	(void)row;
	wr_be32(w, m->spi);
	wr_u8(w, m->replay);
	wr_u8(w, m->state);
	wr_u8(w, m->auth);
	wr_u8(w, m->encr);
	wr_h32(w, m->sa_flags);
	return true;
}

static uint16_t
life_read(struct pfkey_msg *m, const struct pfkey_row *row, struct rd *b)
{
	struct lifetime *l = (void *)((char *)m + row->at);

	l->allocs = rd_h32(b);
	l->bytes = rd_h64(b);
	l->addtime = rd_h64(b);
	l->usetime = rd_h64(b);
	return 0;
}

static bool
life_write(struct wr *w, const struct pfkey_msg *m, const struct pfkey_row *row)
{
	const struct lifetime *l = (const void *)((const char *)m + row->at);

	wr_h32(w, l->allocs);
	wr_h64(w, l->bytes);
	wr_h64(w, l->addtime);
	wr_h64(w, l->usetime);
	return true;
}

/* ::ffff:a.b.c.d/96+n is a.b.c.d/n. False for a prefix that covers more. */
static bool
addr_normalise(struct pfkey_addr *a)
{
	struct addr v4 = addr_unmap(&a->a);

	if (v4.fam == a->a.fam)
		return true;
	a->a = v4;
	if (a->plen == 0)
		return true;
	if (a->plen < 96)
		return false;
	a->plen = (uint8_t)(a->plen - 96);
	/* a length of 0 means full: "any" is told by the address (pfkey.h) */
	if (a->plen == 0)
		a->a = addr_v4((const uint8_t[4]){ 0 });
	return true;
}

/* A struct sockaddr_in of 16 bytes or a sockaddr_in6 of 28. */
static uint16_t
addr_read_ext(struct pfkey_msg *m, const struct pfkey_row *row, struct rd *b)
{
	struct pfkey_addr *a = (void *)((char *)m + row->at);
	const uint8_t *p;

	a->proto = rd_u8(b);
	a->plen = rd_u8(b);
	rd_skip(b, 2);
	uint16_t fam = rd_h16(b);
	a->port = rd_be16(b);
	if (b->bad)
		return row->malformed;
	if (fam == AF_INET) {
		if ((p = rd_take(b, 4)) != NULL)
			a->a = addr_v4(p);
		rd_skip(b, 8);
	} else if (fam == AF_INET6) {
		rd_skip(b, 4); /* flow information */
		if ((p = rd_take(b, 16)) != NULL)
			a->a = addr_v6(p);
		rd_skip(b, 8); /* scope, padding */
	} else {
		return row->bad_af;
	}
	if (!rd_end(b))
		return row->malformed;
	bool sane = addr_normalise(a) && a->plen <= addr_bits(a->a.fam);
	return sane ? 0 : row->bad_prefix;
}

static bool
addr_write_ext(
    struct wr *w, const struct pfkey_msg *m, const struct pfkey_row *row)
{
	const struct pfkey_addr *a = (const void *)((const char *)m + row->at);

	wr_u8(w, a->proto);
	wr_u8(w, a->plen);
	wr_zero(w, 2);
	wr_h16(w, a->a.fam == FAM_V4 ? AF_INET : AF_INET6);
	wr_be16(w, a->port);
	if (a->a.fam == FAM_V4) {
		wr_bytes(w, a->a.b, 4);
		wr_zero(w, 8);
	} else {
		wr_zero(w, 4);
		wr_bytes(w, a->a.b, 16);
		wr_zero(w, 8);
	}
	return a->a.fam == FAM_V4 || a->a.fam == FAM_V6;
}

static bool
all_zero(const uint8_t *p, size_t n)
{
	uint8_t any = 0;

	for (size_t i = 0; i < n; i++)
		any |= p[i];
	return any == 0;
}

static uint16_t
key_read(struct pfkey_msg *m, const struct pfkey_row *row, struct rd *b)
{
	struct pfkey_key *k = (void *)((char *)m + row->at);

	k->bits = rd_h16(b);
	k->reserved = rd_h16(b);
	size_t n = pfkey_key_len(m, k);
	if (k->bits == 0 || rd_left(b) != (n + 7) / 8 * 8)
		return row->malformed;
	k->b = rd_take(b, n);
	if (k->b == NULL || all_zero(k->b, n))
		return row->malformed;
	rd_skip(b, rd_left(b));
	return 0;
}

static bool
key_write(struct wr *w, const struct pfkey_msg *m, const struct pfkey_row *row)
{
	const struct pfkey_key *k = (const void *)((const char *)m + row->at);

	wr_h16(w, k->bits);
	wr_h16(w, k->reserved);
	if (k->bits == 0 || k->b == NULL)
		return false;
	wr_bytes(w, k->b, pfkey_key_len(m, k));
	return true;
}

/* How many of n bytes are the one DER value at p; n when it is no DER. */
static size_t
der_len(const uint8_t *p, size_t n)
{
	struct rd r = rd_from(p, n);
	uint32_t len;

	rd_skip(&r, 1);
	len = rd_u8(&r);
	if (len == 0x81)
		len = rd_u8(&r);
	else if (len == 0x82)
		len = rd_be16(&r);
	else if (len >= 0x80)
		return n;
	rd_skip(&r, len);
	return r.bad ? n : (size_t)(r.p - p);
}

/* Where the identity ends: what follows pads to 8 bytes. */
static size_t
ident_len(uint16_t type, const uint8_t *p, size_t n)
{
	if (type == ID_DN || type == ID_GN)
		return der_len(p, n);
	if (type == ID_KEY_ID) {
		while (n > 0 && p[n - 1] == 0)
			n--;
		return n;
	}
	size_t len = 0;
	/* the last byte is the NUL, whatever is there (spec: pfkey 3.3) */
	while (len + 1 < n && p[len] != 0)
		len++;
	return len;
}

static uint16_t
ident_read(struct pfkey_msg *m, const struct pfkey_row *row, struct rd *b)
{
	struct sa_ident *i = (void *)((char *)m + row->at);

	i->type = rd_h16(b);
	rd_skip(b, 2);
	i->uid = rd_h64(b);
	size_t n = rd_left(b);
	const uint8_t *p = rd_take(b, n);
	if (p == NULL)
		return row->malformed;
	n = ident_len(i->type, p, n);
	if (n >= sizeof(i->id))
		return row->malformed;
	memcpy(i->id, p, n);
	i->len = (uint16_t)n;
	return 0;
}

static bool
ident_write(
    struct wr *w, const struct pfkey_msg *m, const struct pfkey_row *row)
{
	const struct sa_ident *i = (const void *)((const char *)m + row->at);

	wr_h16(w, i->type);
	wr_zero(w, 2);
	wr_h64(w, i->uid);
	if (i->len >= sizeof(i->id))
		return false;
	wr_bytes(w, i->id, i->len);
	if (i->type != ID_DN && i->type != ID_GN && i->type != ID_KEY_ID)
		wr_u8(w, 0);
	return true;
}

/* Labels are passed on as they are: only their lengths are looked at. */
static uint16_t
sens_read(struct pfkey_msg *m, const struct pfkey_row *row, struct rd *b)
{
	struct pfkey_blob *blob = (void *)((char *)m + row->at);

	blob->b = b->p - 4;
	blob->n = rd_left(b) + 4;
	rd_skip(b, 5);
	unsigned words = rd_u8(b);
	rd_skip(b, 1);
	words += rd_u8(b);
	rd_skip(b, 4 + (size_t)words * 8);
	return 0;
}

static bool
sens_write(struct wr *w, const struct pfkey_msg *m, const struct pfkey_row *row)
{
	const struct pfkey_blob *blob =
	    (const void *)((const char *)m + row->at);

	if (blob->b == NULL || blob->n < 16)
		return false;
	wr_bytes(w, blob->b + 4, blob->n - 4);
	return true;
}

static uint16_t
range_read(struct pfkey_msg *m, const struct pfkey_row *row, struct rd *b)
{
	m->spi_min = rd_be32(b);
	m->spi_max = rd_be32(b);
	rd_skip(b, 4);
	return m->spi_min <= m->spi_max ? 0 : row->malformed;
}

static bool
range_write(
    struct wr *w, const struct pfkey_msg *m, const struct pfkey_row *row)
{
	(void)row;
	wr_be32(w, m->spi_min);
	wr_be32(w, m->spi_max);
	wr_zero(w, 4);
	return m->spi_min <= m->spi_max;
}

static uint16_t
ereg_read(struct pfkey_msg *m, const struct pfkey_row *row, struct rd *b)
{
	(void)row;
	for (size_t i = 0; i < sizeof(m->ereg); i++)
		m->ereg[i] = rd_u8(b);
	return 0;
}

static bool
ereg_write(struct wr *w, const struct pfkey_msg *m, const struct pfkey_row *row)
{
	(void)row;
	wr_bytes(w, m->ereg, sizeof(m->ereg));
	return true;
}

static uint16_t
kmc_read(struct pfkey_msg *m, const struct pfkey_row *row, struct rd *b)
{
	(void)row;
	m->kmp = rd_h32(b);
	m->kmc = rd_h64(b);
	return 0;
}

static bool
kmc_write(struct wr *w, const struct pfkey_msg *m, const struct pfkey_row *row)
{
	(void)row;
	wr_h32(w, m->kmp);
	wr_h64(w, m->kmc);
	return true;
}

static uint16_t
pair_read(struct pfkey_msg *m, const struct pfkey_row *row, struct rd *b)
{
	(void)row;
	m->pair_spi = rd_be32(b);
	return 0;
}

static bool
pair_write(struct wr *w, const struct pfkey_msg *m, const struct pfkey_row *row)
{
	(void)row;
	wr_be32(w, m->pair_spi);
	return true;
}

static uint16_t
replay_read(struct pfkey_msg *m, const struct pfkey_row *row, struct rd *b)
{
	(void)row;
	m->replay32 = rd_h32(b);
	m->replay64 = rd_h64(b);
	return 0;
}

static bool
replay_write(
    struct wr *w, const struct pfkey_msg *m, const struct pfkey_row *row)
{
	(void)row;
	wr_h32(w, m->replay32);
	wr_h64(w, m->replay64);
	return true;
}

static uint16_t
edump_read(struct pfkey_msg *m, const struct pfkey_row *row, struct rd *b)
{
	(void)row;
	rd_skip(b, 4);
	m->edump_timeout = rd_h64(b);
	return 0;
}

static bool
edump_write(
    struct wr *w, const struct pfkey_msg *m, const struct pfkey_row *row)
{
	(void)row;
	wr_zero(w, 4);
	wr_h64(w, m->edump_timeout);
	return true;
}

static uint16_t
window_read(struct pfkey_msg *m, const struct pfkey_row *row, struct rd *b)
{
	(void)row;
	m->window = rd_h32(b);
	return 0;
}

static bool
window_write(
    struct wr *w, const struct pfkey_msg *m, const struct pfkey_row *row)
{
	(void)row;
	wr_h32(w, m->window);
	return true;
}

/* Each address has the room of an IPv6 one. */
#define MORE_ROOM 32

static uint16_t
more_read(struct pfkey_msg *m, const struct pfkey_row *row, struct rd *b)
{
	bool src = row->at == 0;
	struct addr *list = src ? m->more.src : m->more.dst;
	unsigned n = rd_h16(b);

	rd_skip(b, 2);
	if (n == 0 || n > SA_MORE || rd_left(b) != (size_t)n * MORE_ROOM)
		return row->malformed;
	for (unsigned i = 0; i < n; i++) {
		uint16_t fam = rd_h16(b);
		const uint8_t *p;

		rd_skip(b, 2); /* no port: those of src and dst hold for all */
		p = rd_take(b, MORE_ROOM - 4);
		if (p == NULL)
			return row->malformed;
		if (fam == AF_INET) {
			list[i] = addr_v4(p);
		} else if (fam == AF_INET6) {
			struct addr six = addr_v6(p + 4);

			list[i] = addr_unmap(&six);
		} else {
			return row->bad_af;
		}
	}
	*(src ? &m->more.n_src : &m->more.n_dst) = (uint8_t)n;
	return 0;
}

static uint16_t
reqid_read(struct pfkey_msg *m, const struct pfkey_row *row, struct rd *b)
{
	(void)row;
	m->reqid = rd_h32(b);
	return 0;
}

static bool
more_write(struct wr *w, const struct pfkey_msg *m, const struct pfkey_row *row)
{
	bool src = row->at == 0;
	const struct addr *list = src ? m->more.src : m->more.dst;
	unsigned n = src ? m->more.n_src : m->more.n_dst;

	if (n == 0 || n > SA_MORE)
		return false;
	wr_h16(w, (uint16_t)n);
	wr_zero(w, 2);
	for (unsigned i = 0; i < n; i++) {
		bool v4 = list[i].fam == FAM_V4;

		wr_h16(w, v4 ? AF_INET : AF_INET6);
		wr_zero(w, v4 ? 2 : 6);
		wr_bytes(w, list[i].b, addr_bytes(list[i].fam));
		wr_zero(w, v4 ? MORE_ROOM - 8 : MORE_ROOM - 24);
	}
	return true;
}

static bool
reqid_write(
    struct wr *w, const struct pfkey_msg *m, const struct pfkey_row *row)
{
	(void)row;
	wr_h32(w, m->reqid);
	return true;
}

#define AT(field) .at = offsetof(struct pfkey_msg, field)
#define DIAG(mal, dup) \
	.malformed = PFKEY_DIAG_##mal, .duplicate = PFKEY_DIAG_##dup
#define ADDR(field, name, af, prefix)                                        \
	{                                                                    \
		.read = addr_read_ext, .write = addr_write_ext, AT(field),   \
		DIAG(MALFORMED_##name, DUPLICATE_##name),                    \
		.bad_af = PFKEY_DIAG_##af, .bad_prefix = PFKEY_DIAG_##prefix \
	}
#define LIFE(field)                                                           \
	{                                                                     \
		.read = life_read, .write = life_write, AT(field), .len = 32, \
		DIAG(BAD_EXTLEN, NO_EXT)                                      \
	}

/* Types without a MALFORMED_ or DUPLICATE_ code get the nearest in meaning. */
static const struct pfkey_row rows[PFKEY_EXT_N] = {
	[PFKEY_EXT_SA] = { sa_read, sa_write, .len = 16,
	    DIAG(MALFORMED_SA, DUPLICATE_SA) },
	[PFKEY_EXT_LIFETIME_CURRENT] = LIFE(current),
	[PFKEY_EXT_LIFETIME_HARD] = LIFE(hard),
	[PFKEY_EXT_LIFETIME_SOFT] = LIFE(soft),
	[PFKEY_EXT_LIFETIME_IDLE] = LIFE(idle),
	[PFKEY_EXT_ADDRESS_SRC] = ADDR(src, SRC, BAD_SRC_AF, MALFORMED_SRC),
	[PFKEY_EXT_ADDRESS_DST] = ADDR(dst, DST, BAD_DST_AF, MALFORMED_DST),
	[PFKEY_EXT_INNER_SRC] =
	    ADDR(isrc, INNER_SRC, BAD_INNER_SRC_AF, PREFIX_INNER_SRC),
	[PFKEY_EXT_INNER_DST] =
	    ADDR(idst, INNER_DST, BAD_INNER_DST_AF, PREFIX_INNER_DST),
	[PFKEY_EXT_NATT_LOC] =
	    ADDR(natt_loc, NATT_LOC, BAD_NATT_LOC_AF, MALFORMED_NATT_LOC),
	[PFKEY_EXT_NATT_REM] =
	    ADDR(natt_rem, NATT_REM, BAD_NATT_REM_AF, MALFORMED_NATT_REM),
	[PFKEY_EXT_KEY_AUTH] = { key_read, key_write, AT(akey),
	    DIAG(MALFORMED_AKEY, DUPLICATE_AKEY) },
	[PFKEY_EXT_KEY_ENCRYPT] = { key_read, key_write, AT(ekey),
	    DIAG(MALFORMED_EKEY, DUPLICATE_EKEY) },
	[PFKEY_EXT_IDENTITY_SRC] = { ident_read, ident_write, AT(sid),
	    DIAG(BAD_EXTLEN, NO_EXT) },
	[PFKEY_EXT_IDENTITY_DST] = { ident_read, ident_write, AT(did),
	    DIAG(BAD_EXTLEN, NO_EXT) },
	[PFKEY_EXT_SENSITIVITY] = { sens_read, sens_write, AT(sens),
	    DIAG(BAD_LABEL, NO_EXT) },
	[PFKEY_EXT_OUTER_SENS] = { sens_read, sens_write, AT(outer_sens),
	    DIAG(BAD_LABEL, NO_EXT) },
	[PFKEY_EXT_PROPOSAL] = { pfkey_prop_read, pfkey_prop_write,
	    DIAG(BAD_EXTLEN, NO_EXT) },
	[PFKEY_EXT_EPROP] = { pfkey_prop_read_ext, pfkey_prop_write_ext,
	    DIAG(BAD_EXTLEN, NO_EXT) },
	[PFKEY_EXT_SUPPORTED_AUTH] = { pfkey_prop_read_algs,
	    pfkey_prop_write_algs, AT(sauth), DIAG(BAD_EXTLEN, NO_EXT) },
	[PFKEY_EXT_SUPPORTED_ENCRYPT] = { pfkey_prop_read_algs,
	    pfkey_prop_write_algs, AT(sencr), DIAG(BAD_EXTLEN, NO_EXT) },
	[PFKEY_EXT_SPIRANGE] = { range_read, range_write, .len = 16,
	    DIAG(MALFORMED_RANGE, DUPLICATE_RANGE) },
	[PFKEY_EXT_EREG] = { ereg_read, ereg_write, .len = 8,
	    DIAG(BAD_EXTLEN, NO_EXT) },
	[PFKEY_EXT_KM_COOKIE] = { kmc_read, kmc_write, .len = 16,
	    DIAG(BAD_EXTLEN, DUPLICATE_KMC) },
	[PFKEY_EXT_PAIR] = { pair_read, pair_write, .len = 8,
	    DIAG(BAD_EXTLEN, NO_EXT) },
	[PFKEY_EXT_REPLAY_VALUE] = { replay_read, replay_write, .len = 16,
	    DIAG(BAD_EXTLEN, NO_EXT) },
	[PFKEY_EXT_EDUMP] = { edump_read, edump_write, .len = 16,
	    DIAG(BAD_EXTLEN, NO_EXT) },
	/* at: 0 source, 1 destination */
	[PFKEY_EXT_MORE_SRC] = { more_read, more_write, .at = 0,
	    DIAG(MALFORMED_SRC, DUPLICATE_SRC),
	    .bad_af = PFKEY_DIAG_BAD_SRC_AF },
	[PFKEY_EXT_MORE_DST] = { more_read, more_write, .at = 1,
	    DIAG(MALFORMED_DST, DUPLICATE_DST),
	    .bad_af = PFKEY_DIAG_BAD_DST_AF },
	[PFKEY_EXT_WINDOW] = { window_read, window_write, .len = 8,
	    DIAG(BAD_EXTLEN, NO_EXT) },
	[PFKEY_EXT_REQID] = { reqid_read, reqid_write, .len = 8,
	    DIAG(BAD_EXTLEN, NO_EXT) },
};

const struct pfkey_row *
pfkey_ext_row(unsigned type)
{
	return type < PFKEY_EXT_N && rows[type].read != NULL ? &rows[type]
							     : NULL;
}
