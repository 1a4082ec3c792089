/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/coalesce.h"

enum {
	TCP_SEQ = 4,
	TCP_ACK_NR = 8,
	TCP_OFFSET = 12,
	TCP_FLAGS = 13,
	TCP_WINDOW = 14,
	TCP_CSUM = 16,
	TCP_OPTS = 20,
	TCP_FIN = 0x01,
	TCP_PSH = 0x08,
	TCP_ACK = 0x10,
	TCP_ECE = 0x40,
	UDP_LEN = 4,
	UDP_CSUM = 6,
	UDP_HEAD = 8
};

static uint16_t
get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t
get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static void
put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

void
coalesce_init(struct coalesce *c,
    void (*write)(void *ctx, const struct lane_write *w), void *ctx)
{
	*c = (struct coalesce){ .write = write, .ctx = ctx };
	for (size_t i = 0; i < COALESCE_FLOWS; i++)
		c->slot[i] = &c->mem[i];
	c->alone.n = 2;
	c->alone.count = 1;
	c->alone.piece[0] = (struct lane_piece){ c->plain, SUPER_VNET_MAX };
}

static bool
is_tcp(const struct super *s)
{
	return s->kind == SUPER_TCP4 || s->kind == SUPER_TCP6;
}

static bool
is_v4(const uint8_t *pkt)
{
	return pkt[0] >> 4 == 4;
}

static uint32_t
pseudo(const uint8_t *pkt, uint8_t proto, size_t n)
{
	uint32_t sum = is_v4(pkt) ? ip_csum_add(proto, pkt + 12, 8)
				  : ip_csum_add(proto, pkt + 8, 32);

	return sum + (uint32_t)n;
}

static bool
checksum_holds(const uint8_t *pkt, size_t n, size_t upper)
{
	uint8_t proto = pkt[is_v4(pkt) ? 9 : 6];
	uint32_t sum;

	/* the one of the header is made anew, too */
	if (is_v4(pkt) && ip_csum_end(ip_csum_add(0, pkt, 20)) != 0)
		return false;
	sum = pseudo(pkt, proto, n - upper);
	return ip_csum_end(ip_csum_add(sum, pkt + upper, n - upper)) == 0;
}

/* --- to the device --- */

static void
write_out(struct coalesce *c, struct coalesce_slot *s)
{
	struct super *p = &s->s;
	uint8_t *pkt = s->pkt, proto;
	size_t len = s->w.len, field;

	if (s->w.count == 1) {
		memset(s->vnet, 0, sizeof(s->vnet));
	} else {
		proto = is_tcp(p) ? IPPROTO_TCP_ : IPPROTO_UDP_;
		p->csum = true;
		p->csum_start = p->upper;
		p->csum_off = is_tcp(p) ? TCP_CSUM : UDP_CSUM;
		p->len = (uint32_t)len;
		if (is_v4(pkt)) {
			put16(pkt + 2, (uint16_t)len);
			ip_csum_header(pkt, p->fixed);
		} else {
			put16(pkt + 4, (uint16_t)(len - p->fixed));
		}
		if (!is_tcp(p))
			put16(pkt + p->upper + UDP_LEN,
			    (uint16_t)(len - p->upper));
		/* each was verified: what is left to do is the host's affair */
		field = (size_t)p->upper + p->csum_off;
		put16(pkt + field,
		    (uint16_t)~ip_csum_end(pseudo(pkt, proto, len - p->upper)));
		super_to_vnet(s->vnet, p);
	}
	c->writes++;
	c->write(c->ctx, &s->w);
}

/* The slot is written, and free. */
static void
close_slot(struct coalesce *c, struct coalesce_slot *s)
{
	size_t i = 0;

	write_out(c, s);
	while (c->slot[i] != s)
		i++;
	c->n--;
	for (; i < c->n; i++)
		c->slot[i] = c->slot[i + 1];
	c->slot[c->n] = s;
}

static void
write_alone(struct coalesce *c, uint8_t *pkt, size_t n)
{
	c->alone.tun = c->tun;
	c->alone.len = n;
	c->alone.piece[1] = (struct lane_piece){ pkt, n };
	c->writes++;
	c->write(c->ctx, &c->alone);
}

void
coalesce_flush(struct coalesce *c)
{
	for (size_t i = 0; i < c->n; i++)
		write_out(c, c->slot[i]);
	c->n = 0;
	c->now = NULL;
}

void
coalesce_turn(struct coalesce *c)
{
	for (size_t i = 0; i < c->n;) {
		struct coalesce_slot *s = c->slot[i];

		if (s->old) {
			close_slot(c, s);
			continue;
		}
		s->old = true;
		i++;
	}
	c->now = NULL;
}

/* --- what may be one --- */

/* Where the payload of a packet begins; 0: it stays alone. */
static size_t
head_of(const uint8_t *pkt, size_t n, size_t upper, bool tcp)
{
	size_t head = upper + UDP_HEAD;
	uint8_t flags;

	if (tcp) {
		head = upper + (size_t)(pkt[upper + TCP_OFFSET] >> 4) * 4;
		flags = pkt[upper + TCP_FLAGS];
		if (head < upper + TCP_OPTS || (flags & TCP_ACK) == 0 ||
		    (flags & ~(TCP_ACK | TCP_PSH | TCP_FIN | TCP_ECE)) != 0)
			return 0;
	} else if (get16(pkt + upper + UDP_LEN) != n - upper ||
		   get16(pkt + upper + UDP_CSUM) == 0) {
		/* RFC 768: none was made, and none can be verified */
		return 0;
	}
	return head < n ? head : 0;
}

static bool
same_flow(const struct coalesce_slot *s, const char *tun, const uint8_t *pkt,
    size_t upper)
{
	size_t at = upper == 20 ? 12 : 8;

	return s->s.upper == upper && s->w.tun == tun &&
	       s->pkt[upper == 20 ? 9 : 6] == pkt[upper == 20 ? 9 : 6] &&
	       memcmp(s->pkt + at, pkt + at, upper + 4 - at) == 0;
}

/* IP headers that are the same but for length and identification. */
static bool
ip_continues(const struct coalesce_slot *s, const uint8_t *pkt)
{
	const uint8_t *a = s->pkt;
	uint16_t id;

	if (!is_v4(pkt))
		return memcmp(a, pkt, 4) == 0 && a[7] == pkt[7];
	if (a[1] != pkt[1] || a[6] != pkt[6] || a[7] != pkt[7] ||
	    a[8] != pkt[8])
		return false;
	id = get16(pkt + 4);
	/* RFC 6864 4.1: it means nothing where nobody may split */
	return id == (uint16_t)(get16(a + 4) + s->w.count) ||
	       ((a[6] & 0x40) != 0 && id == get16(a + 4));
}

static bool
tcp_continues(const struct coalesce_slot *s, const uint8_t *pkt, size_t upper,
    size_t head)
{
	const uint8_t *a = s->pkt + upper, *b = pkt + upper;
	const uint8_t ends = TCP_PSH | TCP_FIN;

	return get32(b + TCP_SEQ) == s->next_seq &&
	       memcmp(a + TCP_ACK_NR, b + TCP_ACK_NR, 4) == 0 &&
	       a[TCP_OFFSET] == b[TCP_OFFSET] &&
	       ((a[TCP_FLAGS] ^ b[TCP_FLAGS]) & ~ends) == 0 &&
	       memcmp(a + TCP_WINDOW, b + TCP_WINDOW, 2) == 0 &&
	       memcmp(a + TCP_WINDOW + 4, b + TCP_WINDOW + 4,
		   head - upper - (TCP_WINDOW + 4)) == 0;
}

static bool
join(struct coalesce_slot *s, uint8_t *pkt, size_t n, size_t upper, size_t head)
{
	size_t part = n - head;
	bool tcp = is_tcp(&s->s);

	if (s->last || head != s->s.head || part > s->s.gso ||
	    s->w.n == LANE_PIECES || s->w.count == LANE_BATCH ||
	    s->w.len + part > UINT16_MAX || !ip_continues(s, pkt) ||
	    (tcp && !tcp_continues(s, pkt, upper, head)))
		return false;
	if (!s->checked && !checksum_holds(s->pkt, s->w.len, upper)) {
		s->last = true;
		return false;
	}
	s->checked = true;
	if (!checksum_holds(pkt, n, upper))
		return false;
	if (tcp) {
		uint8_t flags = pkt[upper + TCP_FLAGS] & (TCP_PSH | TCP_FIN);

		s->pkt[upper + TCP_FLAGS] |= flags;
		s->next_seq += (uint32_t)part;
		s->last = flags != 0;
	}
	s->last |= part < s->s.gso;
	s->w.piece[s->w.n++] =
	    (struct lane_piece){ .p = pkt + head, .n = part };
	s->w.len += part;
	s->w.count++;
	return true;
}

static struct coalesce_slot *
begin(struct coalesce *c, uint8_t *pkt, size_t n, size_t head)
{
	struct coalesce_slot *s;
	size_t upper = c->upper;
	bool tcp = pkt[upper == 20 ? 9 : 6] == IPPROTO_TCP_;

	if (c->n == COALESCE_FLOWS)
		close_slot(c, c->slot[0]);
	s = c->slot[c->n++];
	s->s = (struct super){
		.kind =
		    (uint8_t)(upper == 20 ? (tcp ? SUPER_TCP4 : SUPER_UDP4)
					  : (tcp ? SUPER_TCP6 : SUPER_UDP6)),
		.head = (uint16_t)head,
		.gso = (uint16_t)(n - head),
		.upper = (uint16_t)upper,
		.fixed = (uint16_t)upper
	};
	s->pkt = pkt;
	s->checked = false;
	s->last = false;
	s->old = false;
	if (tcp) {
		s->next_seq =
		    get32(pkt + upper + TCP_SEQ) + (uint32_t)(n - head);
		s->last |= (pkt[upper + TCP_FLAGS] & (TCP_PSH | TCP_FIN)) != 0;
	}
	s->w.tun = c->tun;
	s->w.n = 2;
	s->w.piece[0] = (struct lane_piece){ s->vnet, SUPER_VNET_MAX };
	s->w.piece[1] = (struct lane_piece){ pkt, n };
	s->w.len = n;
	s->w.count = 1;
	return s;
}

/* The packet, behind what waits of its flow in c->now, if anything does. */
static void
put(struct coalesce *c, uint8_t *pkt, size_t n)
{
	bool tcp = pkt[c->upper == 20 ? 9 : 6] == IPPROTO_TCP_;
	size_t head = c->may ? head_of(pkt, n, c->upper, tcp) : 0;

	if (c->now != NULL) {
		if (head != 0 && join(c->now, pkt, n, c->upper, head))
			return;
		close_slot(c, c->now);
		c->now = NULL;
	}
	if (head == 0)
		write_alone(c, pkt, n);
	else
		c->now = begin(c, pkt, n, head);
}

void
coalesce_add(struct coalesce *c, const char *tun, uint8_t *pkt, size_t n,
    size_t upper, bool may)
{
	c->tun = tun;
	c->upper = upper;
	c->may = may;
	c->now = NULL;
	for (size_t i = 0; i < c->n && c->now == NULL; i++)
		if (same_flow(c->slot[i], tun, pkt, upper))
			c->now = c->slot[i];
	put(c, pkt, n);
}

void
coalesce_again(struct coalesce *c, uint8_t *pkt, size_t n)
{
	put(c, pkt, n);
}
