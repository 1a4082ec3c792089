/* SPDX-License-Identifier: BSD-2-Clause */
/* spec: pfkey 14; <linux/pfkeyv2.h>. */
#include "wire/kame.h"

#include <errno.h>
#include <sys/socket.h>

#include "wire/pfkey_ext.h"

enum {
	EXT_HEADER = 4,	 /* bytes: length and type */
	REQ_HEADER = 16, /* struct sadb_x_ipsecrequest */
	SIN = 16,	 /* bytes of a struct sockaddr_in */
	SIN6 = 28
};

#define RANGE (UINT64_C(1) << PFKEY_EXT_SPIRANGE)

struct row {
	/* what follows length and type; false: malformed. Rest: the caller's */
	bool (*read)(struct kame_msg *k, struct rd *b);
	bool (*write)(struct wr *w, const struct kame_msg *k);
};

/* Host order, in other kernels' eyes; no SPIRANGE of wire/pfkey_ext.c. */
static bool
range_read(struct kame_msg *k, struct rd *b)
{
	k->m.spi_min = rd_h32(b);
	k->m.spi_max = rd_h32(b);
	rd_skip(b, 4);
	k->m.has |= RANGE;
	return k->m.spi_min <= k->m.spi_max;
}

static bool
range_write(struct wr *w, const struct kame_msg *k)
{
	wr_h32(w, k->m.spi_min);
	wr_h32(w, k->m.spi_max);
	wr_zero(w, 4);
	return true;
}

static bool
skip_read(struct kame_msg *k, struct rd *b)
{
	(void)k;
	rd_skip(b, rd_left(b));
	return true;
}

static bool
sockaddr_read(struct addr *a, struct rd *b)
{
	uint16_t fam = rd_h16(b);
	const uint8_t *p;

	rd_skip(b, 2);
	if (fam == AF_INET6)
		rd_skip(b, 4); /* flow information */
	p = rd_take(b, fam == AF_INET6 ? 16 : 4);
	rd_skip(b, fam == AF_INET6 ? 4 : 8); /* scope; padding */
	if (p == NULL || b->bad || (fam != AF_INET && fam != AF_INET6))
		return false;
	*a = fam == AF_INET6 ? addr_v6(p) : addr_v4(p);
	return true;
}

static void
sockaddr_write(struct wr *w, const struct addr *a)
{
	bool six = a->fam == FAM_V6;

	wr_h16(w, six ? AF_INET6 : AF_INET);
	wr_zero(w, six ? 6 : 2);
	wr_bytes(w, a->b, six ? 16 : 4);
	wr_zero(w, six ? 4 : 8);
}

/* Two addresses without padding between them, and then padded together. */
static bool
ends_read(struct kame_req *q, struct rd *b)
{
	if (rd_left(b) == 0)
		return true;
	if (!sockaddr_read(&q->src, b) || !sockaddr_read(&q->dst, b) ||
	    q->src.fam != q->dst.fam || rd_left(b) >= 8)
		return false;
	rd_skip(b, rd_left(b));
	return true;
}

static bool
req_read(struct kame_req *q, struct rd *b)
{
	size_t len = rd_h16(b);
	struct rd r;

	q->proto = rd_h16(b);
	q->mode = rd_u8(b);
	q->level = rd_u8(b);
	rd_skip(b, 2);
	q->reqid = rd_h32(b);
	rd_skip(b, 4);
	r = rd_body(b, len, REQ_HEADER);
	return len % 8 == 0 && !r.bad && ends_read(q, &r) && rd_end(&r);
}

static bool
policy_read(struct kame_msg *k, struct rd *b)
{
	struct kame_policy *p = &k->pol;

	p->type = rd_h16(b);
	p->dir = rd_u8(b);
	rd_skip(b, 1);
	p->id = rd_h32(b);
	p->priority = rd_h32(b);
	while (rd_more(b)) {
		if (p->n == KAME_MAX_REQS || !req_read(&p->req[p->n], b))
			return false;
		p->n++;
	}
	return true;
}

static void
req_write(struct wr *w, const struct kame_req *q)
{
	bool ends = q->src.fam != FAM_NONE && q->src.fam == q->dst.fam;
	size_t n = q->src.fam == FAM_V6 ? 2 * SIN6 : 2 * SIN;

	wr_h16(w, (uint16_t)(REQ_HEADER + (ends ? n : 0)));
	wr_h16(w, q->proto);
	wr_u8(w, q->mode);
	wr_u8(w, q->level);
	wr_zero(w, 2);
	wr_h32(w, q->reqid);
	wr_zero(w, 4);
	if (!ends)
		return;
	sockaddr_write(w, &q->src);
	sockaddr_write(w, &q->dst);
}

static bool
policy_write(struct wr *w, const struct kame_msg *k)
{
	const struct kame_policy *p = &k->pol;

	wr_h16(w, p->type);
	wr_u8(w, p->dir);
	wr_zero(w, 1);
	wr_h32(w, p->id);
	wr_h32(w, p->priority);
	for (unsigned i = 0; i < p->n && i < KAME_MAX_REQS; i++)
		req_write(w, &p->req[i]);
	return true;
}

static bool
sa2_read(struct kame_msg *k, struct rd *b)
{
	k->mode = rd_u8(b);
	rd_skip(b, 3);
	k->sa2_seq = rd_h32(b);
	k->reqid = rd_h32(b);
	return true;
}

static bool
sa2_write(struct wr *w, const struct kame_msg *k)
{
	wr_u8(w, k->mode);
	wr_zero(w, 3);
	wr_h32(w, k->sa2_seq);
	wr_h32(w, k->reqid);
	return true;
}

static bool
natt_read(struct kame_msg *k, struct rd *b)
{
	k->natt = rd_u8(b);
	rd_skip(b, 3);
	return true;
}

static bool
natt_write_ext(struct wr *w, const struct kame_msg *k)
{
	wr_u8(w, k->natt);
	wr_zero(w, 3);
	return true;
}

static bool
sport_read(struct kame_msg *k, struct rd *b)
{
	k->sport = rd_be16(b);
	rd_skip(b, 2);
	return true;
}

static bool
sport_write(struct wr *w, const struct kame_msg *k)
{
	wr_be16(w, k->sport);
	wr_zero(w, 2);
	return true;
}

static bool
dport_read(struct kame_msg *k, struct rd *b)
{
	k->dport = rd_be16(b);
	rd_skip(b, 2);
	return true;
}

static bool
dport_write(struct wr *w, const struct kame_msg *k)
{
	wr_be16(w, k->dport);
	wr_zero(w, 2);
	return true;
}

static bool
oa_read(struct kame_msg *k, struct rd *b)
{
	rd_skip(b, 4); /* protocol, prefix, reserved */
	if (!sockaddr_read(&k->oa.a, b) || rd_left(b) >= 8)
		return false;
	rd_skip(b, rd_left(b));
	return true;
}

static bool
oa_write(struct wr *w, const struct kame_msg *k)
{
	wr_zero(w, 4);
	sockaddr_write(w, &k->oa.a);
	return k->oa.a.fam != FAM_NONE;
}

/* What is not written has no writer. */
static const struct row rows[KAME_EXT_N] = {
	[PFKEY_EXT_SPIRANGE] = { range_read, range_write },
	[KAME_EXT_KMPRIVATE] = { skip_read, NULL },
	[KAME_EXT_POLICY] = { policy_read, policy_write },
	[KAME_EXT_SA2] = { sa2_read, sa2_write },
	[KAME_EXT_NATT_TYPE] = { natt_read, natt_write_ext },
	[KAME_EXT_NATT_SPORT] = { sport_read, sport_write },
	[KAME_EXT_NATT_DPORT] = { dport_read, dport_write },
	[KAME_EXT_NATT_OA] = { oa_read, oa_write },
	[KAME_EXT_SEC_CTX] = { skip_read, NULL },
	[KAME_EXT_KMADDRESS] = { skip_read, NULL },
	[KAME_EXT_FILTER] = { skip_read, NULL },
};

/* Extensions that both dialects have. False: malformed. */
static bool
common_read(struct pfkey_msg *m, unsigned type, size_t len, struct rd *b)
{
	const struct pfkey_row *row = pfkey_ext_row(type);

	if (row == NULL || (row->len != 0 && len != row->len))
		return false;
	m->has |= UINT64_C(1) << type;
	return row->read(m, row, b) == 0;
}

static bool
ext_parse(struct kame_msg *k, struct rd *r)
{
	size_t len = (size_t)rd_h16(r) * 8;
	unsigned type = rd_h16(r);
	struct rd b = rd_body(r, len, EXT_HEADER);
	uint64_t bit = UINT64_C(1) << (type & 63);

	if (b.bad || type >= KAME_EXT_N || ((k->has | k->m.has) & bit) != 0)
		return false;
	if (rows[type].read == NULL)
		return common_read(&k->m, type, len, &b) && rd_end(&b);
	if (type > PFKEY_EXT_SPIRANGE)
		k->has |= bit;
	return rows[type].read(k, &b) && rd_end(&b);
}

int
kame_parse(struct kame_msg *k, const void *msg, size_t n)
{
	struct rd r = rd_from(msg, n);
	uint8_t version;
	size_t len;

	*k = (struct kame_msg){ 0 };
	version = rd_u8(&r);
	k->m.type = rd_u8(&r);
	k->m.errnum = rd_u8(&r);
	k->m.satype = rd_u8(&r);
	len = (size_t)rd_h16(&r) * 8;
	rd_skip(&r, 2);
	k->m.seq = rd_h32(&r);
	k->m.pid = rd_h32(&r);
	if (r.bad || len != n || n > PFKEY_MAX)
		return EMSGSIZE;
	if (version != PFKEY_VERSION)
		return EINVAL;
	while (rd_more(&r))
		if (!ext_parse(k, &r))
			return EINVAL;
	return r.bad ? EINVAL : 0;
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

static bool
body_write(struct wr *w, const struct kame_msg *k, unsigned type)
{
	const struct pfkey_row *row;

	if (rows[type].read != NULL)
		return rows[type].write != NULL && rows[type].write(w, k);
	row = pfkey_ext_row(type);
	return row != NULL && row->write(w, &k->m, row);
}

bool
kame_write(struct wr *w, const struct kame_msg *k)
{
	const struct pfkey_msg *m = &k->m;
	uint64_t has = m->has | k->has;
	size_t start = w->len;

	wr_u8(w, PFKEY_VERSION);
	wr_u8(w, m->type);
	wr_u8(w, m->errnum);
	wr_u8(w, m->satype);
	wr_zero(w, 4);
	wr_h32(w, m->seq);
	wr_h32(w, m->pid);
	for (unsigned e = 0; e < KAME_EXT_N; e++) {
		size_t at = w->len;

		if ((has >> e & 1) == 0)
			continue;
		wr_h16(w, 0);
		wr_h16(w, (uint16_t)e);
		if (!body_write(w, k, e))
			w->bad = true;
		wr_align(w, at, 8);
		close_len(w, at, at);
	}
	close_len(w, start, start + 4);
	return !w->bad && has >> KAME_EXT_N == 0;
}
