/* SPDX-License-Identifier: BSD-2-Clause */
#include "ike/kern.h"

#include <errno.h>
#include <stdlib.h>

#define X(e) (UINT64_C(1) << PFKEY_EXT_##e)

enum {
	KMP_IKEV2 = 3, /* spec: pfkey 6 */
	SPI_MIN = 256, /* RFC 4303 2.1 */
	LINGER = 3000, /* ms */
	REPLAY = 64    /* packets; spec: sa 21 */
};

/* Those of ipsecd's own have the highest bit (spec: pfkey 4). */
static uint32_t
new_seq(struct ike *ike)
{
	ike->next_seq = ike->next_seq % 0x7fffffff + 1;
	return ike->next_seq;
}

void
kern_register(struct ike *ike)
{
	struct pfkey_msg *m = act_pfkey(&ike->acts, PFKEY_REGISTER, NULL);

	m->seq = new_seq(ike);
	m->has = X(EREG);
	m->ereg[0] = SATYPE_AH;
	m->ereg[1] = SATYPE_ESP;
}

static void
await(struct child *c, uint32_t seq)
{
	list_remove(&c->wait);
	list_push_tail(&c->sa->ike->waits, &c->wait);
	c->wait_seq = seq;
}

void
kern_forget(struct child *c)
{
	list_remove(&c->wait);
	c->wait_seq = 0;
}

void
kern_getspi(struct child *c)
{
	struct ike *ike = c->sa->ike;
	struct pfkey_msg *m = act_pfkey(&ike->acts, PFKEY_GETSPI, NULL);

	/*
   * Never the number of an ACQUIRE: the packets wait for the outbound
   * half, and this one would wake them.
   */
	m->seq = new_seq(ike);
	m->satype = c->satype;
	m->has = X(SPIRANGE) | X(ADDRESS_SRC) | X(ADDRESS_DST);
	m->spi_min = SPI_MIN;
	m->spi_max = UINT32_MAX;
	m->src = c->dst;
	m->dst = c->src;
	await(c, m->seq);
}

/* One packet of what ts says, and no more. */
static struct pfkey_addr
sample(const struct ike2_ts *ts)
{
	bool ports = ts->proto == IPPROTO_TCP_ || ts->proto == IPPROTO_UDP_ ||
		     ts->proto == IPPROTO_SCTP_;

	return (struct pfkey_addr){ .a = ts->lo,
		.proto = ts->proto,
		.port = ports && ts->port_lo == ts->port_hi ? ts->port_lo : 0 };
}

void
kern_policy(struct child *c, bool tunnel)
{
	struct ike *ike = c->sa->ike;
	struct pfkey_msg *m =
	    act_pfkey(&ike->acts, PFKEY_X_INVERSE_ACQUIRE, NULL);

	m->seq = new_seq(ike);
	m->has = X(ADDRESS_SRC) | X(ADDRESS_DST);
	m->src = c->src;
	m->dst = c->dst;
	if (tunnel) {
		m->has |= X(INNER_SRC) | X(INNER_DST);
		m->isrc = sample(&c->ts_own);
		m->idst = sample(&c->ts_peer);
	} else {
		struct pfkey_addr own = sample(&c->ts_own);
		struct pfkey_addr peer = sample(&c->ts_peer);

		m->src.proto = own.proto;
		m->dst.proto = peer.proto;
		m->src.port = own.port;
		m->dst.port = peer.port;
	}
	await(c, m->seq);
}

/* The shortest prefix that has all of the range; ts is narrowed to it before.
 */
static uint8_t
prefix_of(const struct ike2_ts *ts)
{
	size_t n = addr_bytes(ts->lo.fam);

	for (size_t i = 0; i < n; i++) {
		uint8_t diff = ts->lo.b[i] ^ ts->hi.b[i];

		for (uint8_t bit = 0; bit < 8; bit++)
			if ((diff & 0x80 >> bit) != 0)
				return (uint8_t)(i * 8 + bit);
	}
	return (uint8_t)(n * 8);
}

static struct pfkey_addr
inner_of(const struct ike2_ts *ts)
{
	struct pfkey_addr a = { .a = ts->lo, .proto = ts->proto };
	struct prefix p = { ts->lo, prefix_of(ts) };

	prefix_canon(&p);
	a.a = p.a;
	/* docs/adr/0004: 0 of a whole family is no prefix at all */
	a.plen = p.len;
	if (ts->port_lo == ts->port_hi)
		a.port = ts->port_lo;
	return a;
}

/* RFC 3948; spec: sa 23. Of IPv6 only the port is told. */
static void
put_natt(struct pfkey_msg *m, const struct child *c, bool inbound)
{
	const struct ikesa *sa = c->sa;

	(void)inbound;
	if (c->satype != SATYPE_ESP ||
	    (!sa->local_natted && !sa->remote_natted))
		return;
	m->has |= X(NATT_LOC) | X(NATT_REM);
	m->natt_loc =
	    (struct pfkey_addr){ .a.fam = FAM_V4, .port = sa->local.port };
	m->natt_rem =
	    (struct pfkey_addr){ .a.fam = FAM_V4, .port = sa->remote.port };
	/* RFC 3948 3.1.2: the addresses that the other side's packets were made
     with, for checksums in transport mode */
	if (!c->tunnel && sa->remote_natted && c->ts_peer.lo.fam == FAM_V4)
		m->natt_rem.a = c->ts_peer.lo;
	if (!c->tunnel && sa->local_natted && c->ts_own.lo.fam == FAM_V4)
		m->natt_loc.a = c->ts_own.lo;
	m->sa_flags |= (sa->local_natted ? SAF_NATT_LOC : 0) |
		       (sa->remote_natted ? SAF_NATT_REM : 0);
}

static void
put_keys(struct act *a, struct pfkey_msg *m, const struct secret *ekey,
    const struct secret *akey)
{
	if (ekey->bits != 0) {
		a->ekey = *ekey;
		m->ekey =
		    (struct pfkey_key){ .bits = ekey->bits, .b = a->ekey.b };
		m->has |= X(KEY_ENCRYPT);
	}
	if (akey->bits != 0) {
		a->akey = *akey;
		m->akey =
		    (struct pfkey_key){ .bits = akey->bits, .b = a->akey.b };
		m->has |= X(KEY_AUTH);
	}
}

void
kern_add(struct child *c, bool inbound, const struct secret *ekey,
    const struct secret *akey)
{
	struct ike *ike = c->sa->ike;
	struct act *a;
	struct pfkey_msg *m =
	    act_pfkey(&ike->acts, inbound ? PFKEY_UPDATE : PFKEY_ADD, &a);

	m->seq = !inbound && c->acquire != 0 ? c->acquire : new_seq(ike);
	c->add_seq[!inbound] = m->seq;
	m->satype = c->satype;
	m->has = X(SA) | X(ADDRESS_SRC) | X(ADDRESS_DST) | X(LIFETIME_HARD) |
		 X(LIFETIME_SOFT) | X(KM_COOKIE);
	m->spi = inbound ? c->spi_in : c->spi_out;
	m->state = SA_MATURE;
	m->replay = REPLAY;
	m->encr = c->encr;
	m->auth = c->auth;
	m->src = inbound ? c->dst : c->src;
	m->dst = inbound ? c->src : c->dst;
	m->hard = c->hard;
	m->soft = c->soft;
	m->kmp = KMP_IKEV2;
	m->sa_flags = (inbound ? SAF_INBOUND : SAF_OUTBOUND) |
		      (c->tunnel ? SAF_TUNNEL : 0) | (c->esn ? SAF_ESN : 0);
	if (c->tunnel) {
		m->isrc = inner_of(inbound ? &c->ts_peer : &c->ts_own);
		m->idst = inner_of(inbound ? &c->ts_own : &c->ts_peer);
		m->has |= X(INNER_SRC) | X(INNER_DST);
	}
	put_natt(m, c, inbound);
	if (!inbound && c->in_there) {
		m->pair_spi = c->spi_in;
		m->has |= X(PAIR);
	}
	put_keys(a, m, ekey, akey);
	if (inbound) {
		c->in_there = true;
		return;
	}
	c->out_there = true;
	c->acquire = 0;
}

static void
delete_one(struct ike *ike, uint8_t satype, uint32_t spi,
    const struct pfkey_addr *src, const struct pfkey_addr *dst)
{
	struct pfkey_msg *m = act_pfkey(&ike->acts, PFKEY_DELETE, NULL);

	m->seq = new_seq(ike);
	m->satype = satype;
	m->has = X(SA) | X(ADDRESS_SRC) | X(ADDRESS_DST);
	m->spi = spi;
	m->src = (struct pfkey_addr){ .a = src->a };
	m->dst = (struct pfkey_addr){ .a = dst->a };
}

void
kern_delete(struct child *c)
{
	struct ike *ike = c->sa->ike;

	if (c->out_there)
		delete_one(ike, c->satype, c->spi_out, &c->src, &c->dst);
	/* without keys it is a larval one, which goes as well */
	if (c->spi_in != 0)
		delete_one(ike, c->satype, c->spi_in, &c->dst, &c->src);
	c->in_there = c->out_there = false;
}

void
kern_delete_later(struct child *c)
{
	struct ike *ike = c->sa->ike;
	struct linger *l = calloc(1, sizeof(*l));

	if (l == NULL || !c->out_there || !c->in_there) {
		free(l);
		kern_delete(c);
		return;
	}
	l->at = ike->now + LINGER;
	l->satype = c->satype;
	l->spi_in = c->spi_in;
	l->spi_out = c->spi_out;
	l->local = c->src;
	l->remote = c->dst;
	list_push_tail(&ike->lingers, &l->link);
	c->in_there = c->out_there = false;
}

uint64_t
kern_tick(struct ike *ike)
{
	list_each (i, &ike->lingers) {
		struct linger *l = list_item(i, struct linger, link);

		/* all wait equally long: the first is the oldest */
		if (l->at > ike->now && !ike->stopping)
			return l->at;
		delete_one(ike, l->satype, l->spi_out, &l->local, &l->remote);
		delete_one(ike, l->satype, l->spi_in, &l->remote, &l->local);
		list_remove(&l->link);
		free(l);
	}
	return UINT64_MAX;
}

void
kern_drop_spi(struct ike *ike, const struct pfkey_msg *m)
{
	delete_one(ike, m->satype, m->spi, &m->src, &m->dst);
}

void
kern_refuse(struct ike *ike, uint32_t acquire, int err)
{
	struct pfkey_msg *m;

	if (acquire == 0)
		return;
	m = act_pfkey(&ike->acts, PFKEY_ACQUIRE, NULL);
	m->seq = acquire;
	m->errnum = (uint8_t)err;
}
