/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ipsecd/outbox.h"

#include <errno.h>
#include <stdlib.h>

#include "core/frag.h"
#include "crypto/provider.h"
#include "wire/ip.h"

/* Bytes that may wait; more is of no use to one system call. */
enum { WAITING = 256 * 1024 };

static struct netaddr
to_net(const struct addr *a)
{
	struct netaddr n = { .fam = a->fam };

	memcpy(n.b, a->b, sizeof(n.b));
	return n;
}

static struct addr
from_net(const struct netaddr *n)
{
	struct addr a = { .fam = n->fam };

	memcpy(a.b, n->b, sizeof(a.b));
	return a;
}

int
outbox_init(struct outbox *o, const struct outbox_use *use)
{
	*o = (struct outbox){ .use = *use };
	o->room = malloc(WAITING + PATH_ROOM);
	return o->room != NULL ? 0 : ENOMEM;
}

void
outbox_fini(struct outbox *o)
{
	free(o->room);
	o->room = NULL;
}

/* n packets to dst could not be sent; EMSGSIZE is not for here. */
static void
failed(struct outbox *o, const struct netaddr *dst, uint64_t n, int err)
{
	struct addr a = from_net(dst);
	char text[ADDR_TEXT];

	if (err == EAGAIN || err == ENOBUFS) {
		o->stats.full += n;
		return;
	}
	o->stats.error += n;
	log_limit(&o->rate, LOG_LEVEL_WARN, "cannot send to %s: %s",
	    addr_print(text, &a), strerror(err));
}

/* --- whole packets --- */

static int
raw_of(const struct outbox *o, const struct netaddr *dst)
{
	return o->use.raw[dst->fam == 6];
}

static struct rawip_out
out_of(const struct outbox *o, const struct ip_view *v, const uint8_t *pkt,
    size_t n)
{
	return (struct rawip_out){ .src = to_net(&v->src),
		.dst = to_net(&v->dst),
		.via = o->use.path->via,
		.pkt = pkt,
		.n = n };
}

/* 0 or errno; everything but EMSGSIZE is counted here. */
static int
send_one(struct outbox *o, const struct rawip_out *p)
{
	int fd = raw_of(o, &p->dst), err = EAFNOSUPPORT;

	if (fd >= 0)
		err = rawip_send(fd, &p->src, &p->dst, p->via, p->pkt, p->n);
	o->stats.calls++;
	if (err == 0)
		o->stats.packets++;
	else if (err != EMSGSIZE)
		failed(o, &p->dst, 1, err);
	return err;
}

/* False: a piece is larger than the way there is now. */
static bool
send_split(struct outbox *o, const struct rawip_out *whole, uint32_t mtu)
{
	struct rawip_out part = *whole;
	uint32_t ident = 0;
	struct wr w;

	if (mtu == 0 || whole->n <= mtu)
		return send_one(o, whole) != EMSGSIZE;
	/* RFC 7739: not to be guessed */
	(void)o->use.path->rng->fill(
	    o->use.path->rng->ctx, (uint8_t *)&ident, sizeof(ident));
	for (unsigned i = 0;; i++) {
		w = wr_into(o->frag, sizeof(o->frag));
		if (!frag_write(&w, whole->pkt, whole->n, mtu, ident, i))
			return i != 0;
		part.pkt = o->frag;
		part.n = w.len;
		if (send_one(o, &part) == EMSGSIZE)
			return false;
	}
}

/* A link has become narrower a moment ago; DF: the sender hears next. */
static void
send_narrower(struct outbox *o, const struct rawip_out *whole)
{
	struct addr dst = from_net(&whole->dst);

	if (o->use.split != NULL) {
		o->use.split(o->use.ctx, whole);
		return;
	}
	if (!send_split(o, whole, o->use.refused(o->use.ctx, &dst)))
		o->stats.error++;
}

static void
flush_packets(struct outbox *o)
{
	unsigned done = 0, n = o->n;
	int fd, err = 0;

	o->n = 0;
	if (n == 0)
		return;
	fd = raw_of(o, &o->out[0].dst);
	while (done < n) {
		const struct rawip_out *p = &o->out[done];
		unsigned k = 0;

		if (!o->many || fd < 0) {
			if (send_one(o, p) == EMSGSIZE)
				send_narrower(o, p);
			done++;
			continue;
		}
		k = rawip_send_many(fd, p, n - done, &err);
		o->stats.calls++;
		o->stats.packets += k;
		done += k;
		if (done == n)
			break;
		if (err == ENOSYS || err == EPERM) {
			o->many = false;
			continue;
		}
		if (err == EMSGSIZE)
			send_narrower(o, &o->out[done]);
		else
			failed(o, &o->out[done].dst, 1, err);
		done++;
	}
}

/* --- runs --- */

static int
send_run(struct outbox *o, const uint8_t *p, size_t n, size_t each)
{
	int err;

	if (o->way.sport != o->use.natt_port)
		return EADDRNOTAVAIL;
	o->stats.calls++;
	err = udpencap_send(o->use.udp, &o->df, &o->way, p, n, each);
	/* what a router said about an earlier packet is told by the next call */
	if (err != 0 && err != EAGAIN && err != ENOBUFS)
		err = udpencap_send(o->use.udp, &o->df, &o->way, p, n, each);
	return err;
}

/* A datagram that its socket does not take goes as a packet with headers. */
static void
send_as_packet(struct outbox *o, const uint8_t *p, size_t n)
{
	struct udpencap_run r = { .src = o->way.src,
		.dst = o->way.dst,
		.sport = o->way.sport,
		.tos = o->way.tos,
		.ttl = o->way.ttl,
		.p = o->frag + UDPENCAP_HEAD,
		.n = n,
		.each = n };
	struct ip_view v;
	size_t len;
	uint8_t *pkt;
	struct rawip_out out;

	memcpy(r.p, p, n);
	pkt = udpencap_packet(&r, o->way.dport, 0, &len);
	if (!ip_parse(&v, pkt, len)) {
		o->stats.error++;
		return;
	}
	pkt[6] = o->way.df ? 0x40 : 0;
	ip_csum_header(pkt, 20);
	out = out_of(o, &v, pkt, len);
	if (send_one(o, &out) == EMSGSIZE)
		o->stats.error++;
}

/* One after the other, n bytes in datagrams of `each`. */
static void
send_singly(struct outbox *o, const uint8_t *p, size_t n, size_t each)
{
	while (n != 0) {
		size_t k = n < each ? n : each;
		int err = send_run(o, p, k, k);

		if (err == 0) {
			o->stats.packets++;
		} else if (err == EAGAIN || err == ENOBUFS) {
			failed(o, &o->way.dst, 1, err);
		} else {
			struct addr dst = from_net(&o->way.dst);

			if (err == EMSGSIZE)
				(void)o->use.refused(o->use.ctx, &dst);
			send_as_packet(o, p, k);
		}
		p += k;
		n -= k;
	}
}

static void
send_cut(struct outbox *o, const uint8_t *p, size_t n, size_t each)
{
	size_t count = (n + each - 1) / each;
	int err = count > 1 && o->cut ? send_run(o, p, n, each) : EIO;

	if (err == 0) {
		o->stats.packets += count;
		o->stats.cut += count;
	} else if (count > 1 && (err == EAGAIN || err == ENOBUFS)) {
		failed(o, &o->way.dst, count, err);
	} else {
		send_singly(o, p, n, each);
	}
}

/* Datagrams of this size that one piece can hold, bytes. */
static size_t
piece_of(size_t each)
{
	size_t most = UDPENCAP_MOST / each;

	return each * (most > UDPENCAP_CUTS ? UDPENCAP_CUTS : most);
}

/* --- putting --- */

uint8_t *
outbox_room(struct outbox *o)
{
	if (o->used > WAITING)
		outbox_flush(o);
	return o->room + o->used;
}

/* Room for one more of this family. */
static struct rawip_out *
next_out(struct outbox *o, uint8_t fam)
{
	if (o->n == RAWIP_SEND || (o->n != 0 && o->out[0].dst.fam != fam))
		flush_packets(o);
	return &o->out[o->n++];
}

void
outbox_packet(struct outbox *o, size_t n, uint32_t mtu)
{
	const uint8_t *pkt = o->room + o->used;
	struct rawip_out out;
	struct ip_view v;

	if (!ip_parse(&v, pkt, n)) {
		o->stats.error++;
		return;
	}
	out = out_of(o, &v, pkt, v.len);
	if (mtu != 0 && v.len > mtu) {
		flush_packets(o);
		if (!send_split(o, &out, mtu))
			send_narrower(o, &out);
		return;
	}
	*next_out(o, out.dst.fam) = out;
	o->used += v.len;
}

void
outbox_packets(struct outbox *o, const struct netaddr *src,
    const struct netaddr *dst, const uint8_t *bytes, size_t n, size_t each)
{
	for (size_t k; n != 0; bytes += k, n -= k) {
		k = n < each ? n : each;
		*next_out(o, dst->fam) = (struct rawip_out){
			.src = *src, .dst = *dst, .pkt = bytes, .n = k
		};
	}
}

void
outbox_run(struct outbox *o, const struct udpencap_way *way,
    const uint8_t *bytes, size_t n, size_t each)
{
	size_t piece = piece_of(each);

	flush_packets(o);
	o->way = *way;
	while (n != 0) {
		size_t k = n < piece ? n : piece;

		send_cut(o, bytes, k, each);
		bytes += k;
		n -= k;
	}
}

void
outbox_flush(struct outbox *o)
{
	flush_packets(o);
	o->used = 0;
}
